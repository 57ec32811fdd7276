"""Files that are there whole or not at all, and folders that hold nothing of anybody's."""

from __future__ import annotations

from pathlib import Path

import pytest

from kappabar.grammars.errors import OutputError
from kappabar.grammars.files.write import prepare, write_bytes, write_text, write_whole


def test_what_is_written_is_read_and_its_folder_made(tmp_path: Path) -> None:
    write_text(tmp_path / "a" / "b.txt", "κ\n")
    write_bytes(tmp_path / "a" / "b.bin", b"\x00\xff")
    assert (tmp_path / "a" / "b.txt").read_bytes() == "κ\n".encode()
    assert (tmp_path / "a" / "b.bin").read_bytes() == b"\x00\xff"
    assert sorted(p.name for p in (tmp_path / "a").iterdir()) == ["b.bin", "b.txt"]


@pytest.mark.parametrize("kind", [OSError, KeyboardInterrupt])
def test_an_interruption_leaves_the_old_file_and_nothing_else(tmp_path: Path, kind: type[BaseException]) -> None:
    file = tmp_path / "f.txt"
    write_text(file, "old")

    def half(path: Path) -> None:
        path.write_text("ne", encoding="utf-8")
        raise kind

    with pytest.raises(OutputError if kind is OSError else kind):
        write_whole(file, half)
    assert file.read_text("utf-8") == "old" and list(tmp_path.iterdir()) == [file]


def test_a_file_where_a_folder_must_be_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for failing in (lambda: write_text(tmp_path / "file" / "f.txt", ""), lambda: prepare(tmp_path / "file")):
        with pytest.raises(OutputError) as error:
            failing()
        assert "\n" not in str(error.value)


@pytest.mark.parametrize(("resume", "advice"), [(None, "or empty it"), (False, "add --resume")])
def test_only_what_can_be_resumed_says_so(tmp_path: Path, resume: bool | None, advice: str) -> None:
    """`kappabar kappa --out` once advised an option that it does not have."""
    prepare(tmp_path / "new", resume)
    assert list((tmp_path / "new").iterdir()) == []
    (tmp_path / "new" / "f").touch()
    with pytest.raises(OutputError, match=advice):
        prepare(tmp_path / "new", resume)
    prepare(tmp_path / "new", resume=True)
