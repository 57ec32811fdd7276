"""Documents bear a checksum of what they are and of their name, and say which run they are of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kappabar.evaluate.results.files import is_kept, read_json, write_json
from kappabar.evaluate.results.origin import Origin
from kappabar.evaluate.results.sealed import check_files, check_seals, checksums, holds
from kappabar.grammars.errors import OutputError

DOCUMENT = {"a": [1, 2.5, None], "κ": {"b": "c"}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_json(tmp_path / "a.json", DOCUMENT)
    return tmp_path / "a.json"


def test_what_is_written_is_read_and_is_json(path: Path) -> None:
    assert read_json(path) == DOCUMENT and is_kept(path)
    assert {k: v for k, v in json.loads(path.read_text("utf-8")).items() if k != "sha256"} == DOCUMENT
    before = path.read_bytes()
    write_json(path, read_json(path))
    assert path.read_bytes() == before


@pytest.mark.parametrize("document", [[1, 2], {}, "x", None])
def test_what_has_no_names_has_no_checksum(tmp_path: Path, document: Any) -> None:
    write_json(tmp_path / "a.json", document)
    assert read_json(tmp_path / "a.json") == document and b"sha256" not in (tmp_path / "a.json").read_bytes()


def test_every_flipped_bit_of_what_it_says_is_found(path: Path) -> None:
    data = path.read_bytes()
    end = data.index(b"sha256") - 5
    for at in range(end):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[at] ^= 1 << bit
            assert not holds(path.name, bytes(flipped))
    path.write_bytes(data.replace(b"2.5", b"2.6"))
    for check in (read_json, lambda p: check_seals(p.parent, "begin again")):
        with pytest.raises(OutputError, match="altered or damaged since it was written") as told:
            check(path)
        assert "\n" not in str(told.value)


def test_another_name_is_found_and_another_folder_is_not(path: Path, tmp_path: Path) -> None:
    (tmp_path / "b.json").write_bytes(path.read_bytes())
    with pytest.raises(OutputError, match="has another's name"):
        read_json(tmp_path / "b.json")
    (tmp_path / "moved").mkdir()
    path.rename(tmp_path / "moved" / "a.json")
    assert read_json(tmp_path / "moved" / "a.json") == DOCUMENT


@pytest.mark.parametrize("value", ["3", "null", '"' + "0" * 64 + '"', "[]"])
def test_a_checksum_that_is_none_is_told(path: Path, value: str) -> None:
    path.write_text(f'{{"a": 1,\n "sha256": {value}\n}}\n')
    with pytest.raises(OutputError, match="its checksum is another"):
        read_json(path)


def test_what_a_person_writes_needs_none(path: Path) -> None:
    path.write_text(json.dumps(DOCUMENT))
    assert read_json(path) == DOCUMENT
    check_seals(path.parent, "begin again")


@pytest.mark.parametrize("text", ["NaN", "-Infinity", "1e999", "1" * 30, "1" * 5000, "[" * 10**5])
def test_numbers_that_are_none_are_told(path: Path, text: str) -> None:
    path.write_text(f'{{"a": {text}}}')
    with pytest.raises(OutputError, match="cannot read"):
        read_json(path)


def test_files_that_a_document_speaks_for(path: Path, tmp_path: Path) -> None:
    known = checksums([path])
    check_files(tmp_path, known, "begin again")
    check_files(tmp_path, {f"../{tmp_path.name}/{name}": digest for name, digest in known.items()}, "begin again")
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(OutputError, match=r"a\.json was altered or damaged .*; begin again"):
        check_files(tmp_path, known, "begin again")
    path.unlink()
    with pytest.raises(OutputError, match=r"cannot read .*a\.json: .*; begin again"):
        check_files(tmp_path, known, "begin again")


def test_a_part_is_of_its_run_its_folder_and_its_versions(tmp_path: Path) -> None:
    old, new = {"kappabar": "1"}, {"kappabar": "2"}
    before, now = Origin.of({"seed": 0}, [old]), Origin.of({"seed": 0}, [new, old])
    path = tmp_path / "parts" / "a.json"
    now.check({}, path)
    for origin in (before, now):
        now.check(origin.mark(path.parent), path)
    wrong = {
        "of another run": Origin.of({"seed": 1}, [new]).mark(path.parent),
        "by versions that are not in run.json": Origin.of({"seed": 0}, [{"kappabar": "3"}]).mark(path.parent),
        "of another folder": now.mark(tmp_path / "learned"),
    }
    for words, mark in wrong.items():
        with pytest.raises(OutputError, match=f"is {words}; delete it and go on with --resume"):
            now.check(mark, path)
    for broken in (3, [], {"run": 3}, "x"):
        with pytest.raises(OutputError, match="of another run"):
            now.check({"made": broken}, path)
