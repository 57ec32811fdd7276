"""Writing files and folders, so that an interruption leaves no half of one."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from pathlib import Path

from ..errors import OutputError


def prepare(folder: Path, resume: bool | None = None) -> None:
    """Make the folder. Raises `OutputError` where it cannot be written, or holds files: `resume` is whether to go on with those,
    None for what cannot be resumed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        check_empty(folder, resume)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as e:
        raise OutputError(f"cannot write to {folder}: {e.strerror or e}; choose another --out") from None


def check_empty(folder: Path, resume: bool | None = None) -> None:
    """Raises `OutputError` where the folder holds files, before there is any work: see `prepare`. Makes none."""
    if not resume and folder.is_dir() and any(folder.iterdir()):
        instead = "empty it" if resume is None else "add --resume to go on with the run in it"
        raise OutputError(f"{folder} is not empty; choose another --out, or {instead}")


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Have `write` write the file, so that it is there whole or not at all; its folder is made. Raises `OutputError`."""
    # Several processes, on several machines, may write one file of a shared folder.
    temporary = path.with_name(f"{path.name}.{platform.node()}-{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            write(temporary)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as e:
        raise OutputError(f"cannot write {path}: {e.strerror or e}") from None


def write_text(path: Path, text: str) -> None:
    """`write_whole` of a text, as UTF-8."""
    write_whole(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """`write_whole` of bytes."""
    write_whole(path, lambda temporary: temporary.write_bytes(content))
