"""A finished run with one of its files damaged, altered or another's: its page is as before, or one line says what is wrong; and
no word of a foreign one can do more than be read."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from kappabar.cli import main

NAME = "run"
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


def _fuzz(bench: Bench, n: int, seed: int, damages: Mapping[str, Damage]) -> None:
    refused = 0
    for number in range(n):
        rng = random.Random(f"{seed} {number}")
        how = rng.choice(["cut", "flip", "retype", "swap"])
        suffix = ".json" if how == "retype" else ""
        read = [p for p in bench.files if p.parts[0] in ("parts", "run.json") and p.name.endswith(suffix)]
        every = [p for p in bench.files if p.name.endswith(suffix)]
        path = rng.choice(read if rng.random() < 0.8 else every)
        bench.restore()
        damages[how](bench.folder / path, rng)
        refused += bool(bench.check(f"{how} of {path}, case {seed} {number}"))
    assert refused > n / 3


def test_a_damaged_run_is_told_or_as_it_was(bench: Bench, damages: Mapping[str, Damage]) -> None:
    _fuzz(bench, 16, 0, damages)


@pytest.mark.nightly
def test_a_damaged_run_is_told_or_as_it_was_in_500_cases(bench: Bench, damages: Mapping[str, Damage]) -> None:
    _fuzz(bench, 500, 1, damages)


def _foreign(bench: Bench, unsealed: Callable[[Path], None], n: int, seed: int, damages: Mapping[str, Damage]) -> None:
    unsealed(bench.whole)
    documents = [p for p in bench.files if p.suffix == ".json" and p.parts[0] in ("parts", "run.json")]
    tables = [p for p in bench.files if p.name.endswith("edits.parquet") and p.parts[0] == "parts"]
    for number in range(n):
        rng = random.Random(f"{seed} {number}")
        bench.restore()
        path = rng.choice(documents if rng.random() < 0.9 else tables)
        how = "retype" if path.suffix == ".json" else rng.choice(["cut", "flip"])
        damages[how](bench.folder / path, rng)
        bench.check(f"{how} of {path}, case {seed} {number}", same=False)


def test_a_foreign_run_is_data(
    bench: Bench, tmp_path: Path, unsealed: Callable[[Path], None], damages: Mapping[str, Damage]
) -> None:
    bench.whole = shutil.copytree(bench.whole, tmp_path.parent / f"{tmp_path.name}-foreign")
    _foreign(bench, unsealed, 14, 2, damages)


@pytest.mark.nightly
def test_a_foreign_run_is_data_in_500_cases(
    drawing: Bench, tmp_path: Path, unsealed: Callable[[Path], None], damages: Mapping[str, Damage]
) -> None:
    drawing.whole = shutil.copytree(drawing.whole, tmp_path.parent / f"{tmp_path.name}-foreign")
    _foreign(drawing, unsealed, 500, 3, damages)
