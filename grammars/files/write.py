"""Writing files and folders, so that an interruption leaves no half of one."""

from __future__ import annotations

import errno
import os
import platform
from collections.abc import Callable
from pathlib import Path

from ..errors import KappabarError, OutputError, RunError

_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
FULL = "its disk is full; free it, and go on with --resume where a command has that option"


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
        raise unwritten(f"cannot write to {folder}", e, "; choose another --out") from None


def check_empty(folder: Path, resume: bool | None = None) -> None:
    """Raises `OutputError` where the folder holds files, before there is any work: see `prepare`. Makes none."""
    if not resume and folder.is_dir() and any(folder.iterdir()):
        instead = "empty it" if resume is None else "add --resume to go on with the run in it"
        raise OutputError(f"{folder} is not empty; choose another --out, or {instead}")


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Have `write` write the file, so that it is there whole or not at all; its folder is made. Raises `OutputError`, or
    `RunError` where the disk is full."""
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
        raise unwritten(f"cannot write {path}", e) from None


def is_full(error: BaseException) -> bool:
    """Whether an error says that a disk is full."""
    return isinstance(error, OSError) and error.errno in _FULL


def unwritten(what: str, error: OSError, otherwise: str = "") -> KappabarError:
    """What to raise where something could not be written: a full disk is no mistake of anyone's."""
    if is_full(error):
        return RunError(f"{what}: {FULL}")
    return OutputError(f"{what}: {error.strerror or error}{otherwise}")


def write_text(path: Path, text: str) -> None:
    """`write_whole` of a text, as UTF-8."""
    write_whole(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """`write_whole` of bytes."""
    write_whole(path, lambda temporary: temporary.write_bytes(content))
