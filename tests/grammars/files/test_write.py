"""A disk that is full is no mistake: one line, exit 1, and `--resume` named; whatever was to be written."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from kappabar.evaluate.results.files import write_frame, write_json
from kappabar.grammars.errors import OutputError, RunError
from kappabar.grammars.files.write import prepare, write_bytes, write_text

WRITERS: list[Callable[[Path], Any]] = [
    lambda path: write_text(path, "text"),
    lambda path: write_bytes(path, b"bytes"),
    lambda path: write_json(path, {"a": 1}),
    lambda path: write_frame(path, pl.DataFrame({"a": [1]})),
]


def _failing(number: int) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> Any:
        raise OSError(number, "as it is")

    return fail


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_one_line(
    write: Callable[[Path], Any], number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_text("before")
    monkeypatch.setattr(Path, "write_bytes", _failing(number))
    monkeypatch.setattr(Path, "write_text", _failing(number))
    with pytest.raises(RunError, match=r"cannot write .*: its disk is full; free it, and go on with --resume") as told:
        write(tmp_path / "a")
    assert "\n" not in str(told.value) and told.value.exit_code == 1
    assert [p.name for p in tmp_path.iterdir()] == ["a"] and (tmp_path / "a").read_bytes() == b"before"


def test_what_may_not_be_written_is_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "write_text", _failing(errno.EACCES))
    with pytest.raises(OutputError, match=r": as it is$"):
        write_text(tmp_path / "a", "text")
    monkeypatch.setattr(Path, "touch", _failing(errno.ENOSPC))
    with pytest.raises(RunError, match="disk is full"):
        prepare(tmp_path / "b")
