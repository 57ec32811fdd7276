"""A finished run with one of its files damaged, altered or another's: its page is as before, or one line says what is wrong; and
no word of a foreign one can do more than be read."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kappabar.cli import main
from kappabar.evaluate.results.files import read_json, write_json

NAME = "run"
OTHERS: tuple[Any, ...] = (None, True, 3, -1, 0.5, "x", "", [], [3], ["x"], {}, {"a": 1}, 2**63, 10**400, 1e308)
DEEP = "[" * 100_000
TINY_SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"></svg>'
Damage = Callable[[Path, random.Random], None]


class Bench:
    """A run to be damaged over and over, at one place, and what its undamaged page is."""

    def __init__(self, whole: Path, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.whole, self.root, self.capsys = whole, root, capsys
        self.folder = root / "place" / NAME
        (root / "victim").write_text("as it was")
        self.files = sorted(p.relative_to(whole) for p in whole.rglob("*") if p.is_file())
        self.restore()
        self.before = self.said()
        self.page = self._page()
        assert self.before[0] == 0, self.before

    def restore(self) -> None:
        shutil.rmtree(self.folder.parent, ignore_errors=True)
        shutil.copytree(self.whole, self.folder)

    def said(self) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["report", str(self.folder), "--json"])
        out, err = self.capsys.readouterr()
        return int(ended.value.code or 0), out, err

    def _page(self) -> bytes:
        page = self.folder / "report.html"
        return page.read_bytes() if page.is_file() else b""

    def check(self, what: str, same: bool = True) -> int:
        """Report on the damaged run; `same`: where that succeeds, nothing has changed. Its exit code."""
        code, out, err = self.said()
        outside = sorted(str(p.relative_to(self.root)) for p in self.root.rglob("*") if NAME not in p.parts)
        assert outside == ["place", "victim"] and (self.root / "victim").read_text() == "as it was", what
        if code:
            assert code in (1, 2) and not out and err.startswith("kappabar: error: ") and err.count("\n") == 1, (what, err)
            assert err.strip().isprintable() and str(self.root) in err, (what, err)
        elif same:
            assert (out, self._page()) == (self.before[1], self.page), what
        return code


def cut(path: Path, rng: random.Random) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: rng.randrange(len(data))] if data else b"x")


def flip(path: Path, rng: random.Random) -> None:
    data = bytearray(path.read_bytes()) or bytearray(b"x")
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


def _places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document; of a long list its first entries."""
    if at:
        yield at
    inner = value.items() if isinstance(value, dict) else enumerate(value[:3]) if isinstance(value, list) else ()
    for key, below in inner:
        yield from _places(below, (*at, key))


def retype(path: Path, rng: random.Random) -> None:
    """One value of a document is of another type, its checksum as it was."""
    document = json.loads(path.read_text(encoding="utf-8"))
    *way, last = rng.choice(list(_places(document)))
    place = document
    for key in way:
        place = place[key]
    kinds = [v for v in OTHERS if type(v) is not type(place[last])]
    if isinstance(place, dict) and rng.random() < 0.2:
        del place[last]
    else:
        place[last] = rng.choice(kinds)
    text = json.dumps(document, ensure_ascii=False)
    path.write_text(text if rng.random() < 0.95 else text.replace("3", DEEP, 1), encoding="utf-8")


def swap(path: Path, rng: random.Random) -> None:
    """Another's file stands under this name: of the run itself, or of another one, which is sound by itself."""
    root = next(p for p in path.parents if p.name == NAME)
    kind = path.name.split(".", 1)[1]
    like = [p for p in root.rglob(f"*.{kind}") if p != path and p.read_bytes() != path.read_bytes()]
    document = read_json(path) if path.suffix == ".json" else None
    if isinstance(document, dict) and "made" in document and (not like or rng.random() < 0.4):
        write_json(path, document | {"made": document["made"] | {rng.choice(["run", "versions"]): "0" * 16}})
    elif like:
        shutil.copyfile(rng.choice(like), path)
    else:
        path.unlink()


@pytest.fixture
def bench(tiny_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Charts take nearly all the time: there are none."""
    monkeypatch.setattr("kappabar.evaluate.report.comparison._figures", lambda result, controls: [])
    monkeypatch.setattr("kappabar.evaluate.report.comparison._standings", lambda result: None)
    return Bench(tiny_run, tmp_path, capsys)


@pytest.fixture
def drawing(tiny_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Charts are made, and not drawn."""
    monkeypatch.setattr("kappabar.evaluate.report.style.as_svg", lambda chart: TINY_SVG)
    monkeypatch.setattr("kappabar.evaluate.report.style.write_bytes", lambda path, content: None)
    monkeypatch.setattr("vl_convert.svg_to_pdf", lambda svg: b"")
    return Bench(tiny_run, tmp_path, capsys)


def _fuzz(bench: Bench, n: int, seed: int) -> None:
    refused = 0
    for number in range(n):
        rng = random.Random(f"{seed} {number}")
        damage: Damage = rng.choice([cut, flip, retype, swap])
        suffix = ".json" if damage is retype else ""
        read = [p for p in bench.files if p.parts[0] in ("parts", "run.json") and p.name.endswith(suffix)]
        every = [p for p in bench.files if p.name.endswith(suffix)]
        path = rng.choice(read if rng.random() < 0.8 else every)
        bench.restore()
        damage(bench.folder / path, rng)
        refused += bool(bench.check(f"{damage.__name__} of {path}, case {seed} {number}"))
    assert refused > n / 3


def test_a_damaged_run_is_told_or_as_it_was(bench: Bench) -> None:
    _fuzz(bench, 16, 0)


@pytest.mark.nightly
def test_a_damaged_run_is_told_or_as_it_was_in_500_cases(bench: Bench) -> None:
    _fuzz(bench, 500, 1)


def _foreign(bench: Bench, unsealed: Callable[[Path], None], n: int, seed: int) -> None:
    unsealed(bench.whole)
    documents = [p for p in bench.files if p.suffix == ".json" and p.parts[0] in ("parts", "run.json")]
    tables = [p for p in bench.files if p.name.endswith("edits.parquet") and p.parts[0] == "parts"]
    for number in range(n):
        rng = random.Random(f"{seed} {number}")
        bench.restore()
        path = rng.choice(documents if rng.random() < 0.9 else tables)
        damage = retype if path.suffix == ".json" else rng.choice([cut, flip])
        damage(bench.folder / path, rng)
        bench.check(f"{damage.__name__} of {path}, case {seed} {number}", same=False)


def test_a_foreign_run_is_data(bench: Bench, tmp_path: Path, unsealed: Callable[[Path], None]) -> None:
    bench.whole = shutil.copytree(bench.whole, tmp_path.parent / f"{tmp_path.name}-foreign")
    _foreign(bench, unsealed, 14, 2)


@pytest.mark.nightly
def test_a_foreign_run_is_data_in_500_cases(drawing: Bench, tmp_path: Path, unsealed: Callable[[Path], None]) -> None:
    drawing.whole = shutil.copytree(drawing.whole, tmp_path.parent / f"{tmp_path.name}-foreign")
    _foreign(drawing, unsealed, 500, 3)
