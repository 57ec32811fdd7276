"""A run with one of its files damaged, altered, missing or another's, gone on with: it ends as one that was not damaged, or one
line says what is wrong; nothing is written outside it."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from kappabar.cli import main
from kappabar.evaluate.commands.kappa import kappa
from kappabar.evaluate.commands.search import search
from kappabar.evaluate.compare import run_data
from kappabar.evaluate.events import Advanced
from kappabar.evaluate.kappa.unfinished import Unfinished
from kappabar.evaluate.measuring import run as measuring

SPECS = ("prefix | digits:2", "infix | chars")
DATA = "x' = -0.5*x @ x=2; T=4\nx' = 1 - x @ x=0; T=3\nx' = x - x^3 @ x=0.1; T=5\n"
OTHER_DATA = DATA.replace("0.5", "0.6")
Damage = Callable[[Path, random.Random], None]
TRAINED = ("run.json", "summary.csv", "summary.parquet", "verdict.json", "edits.parquet", "tokens.parquet", "samples.parquet")
"""Of a comparison what is the same whenever it is trained."""


@dataclass
class Resumed:
    """A run that is to be gone on with, over and over at one place. `whole`: the run; `other`: one of other expressions and
    another seed; `words`: the command that goes on with it; `same`: names of the files to compare, of none all but those whose
    names end as `but` says."""

    whole: Path
    other: Path | None
    root: Path
    words: Sequence[str]
    capsys: pytest.CaptureFixture[str]
    same: Sequence[str] = ()
    but: Sequence[str] = (".pdf",)

    def __post_init__(self) -> None:
        self.folder = self.root / "place" / "run"
        (self.root / "victim").write_text("as it was")
        self.files = sorted(p.relative_to(self.whole) for p in self.whole.rglob("*") if p.is_file())
        self.restore()
        code, err = self.said()
        assert code == 0, err
        self.after = self.contents()

    def restore(self) -> None:
        shutil.rmtree(self.folder.parent, ignore_errors=True)
        shutil.copytree(self.whole, self.folder)
        run_data.forget()

    def said(self) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main([*self.words, "--out", str(self.folder), "--resume", "--quiet", "--jobs", "1"])
        return int(ended.value.code or 0), self.capsys.readouterr().err

    def contents(self) -> dict[str, bytes]:
        names = {str(p.relative_to(self.folder)): p for p in self.folder.rglob("*") if p.is_file()}
        kept = [n for n in names if (n in self.same if self.same else not n.endswith(tuple(self.but)))]
        return {name: names[name].read_bytes() for name in sorted(kept)}

    def check(self, what: str) -> int:
        """Go on with the damaged run; its exit code."""
        code, err = self.said()
        outside = sorted(str(p.relative_to(self.root)) for p in self.root.rglob("*") if "run" not in p.parts)
        assert outside == ["one.txt", "place", "victim"] and (self.root / "victim").read_text() == "as it was", what
        if code:
            assert code in (1, 2) and err.startswith("kappabar: error: ") and err.count("\n") == 1, (what, err)
            assert err.strip().isprintable() and str(self.folder) in err, (what, err)
        else:
            found = self.contents()
            assert [n for n in found.keys() | self.after.keys() if found.get(n) != self.after.get(n)] == [], what
        return code

    def fuzz(self, n: int, seed: int, damages: Mapping[str, Damage], gone: float = 0.15) -> int:
        """How many of `n` damages are refused."""
        read = [
            p for p in self.files if p.parts[0] in ("parts", "unfinished", "tokenizer", "run.json", "search.json", "search.db")
        ]
        refused = 0
        for number in range(n):
            rng = random.Random(f"{seed} {number}")
            how = "gone" if rng.random() < gone else rng.choice([*damages, "foreign"] if self.other else list(damages))
            every = read if rng.random() < 0.8 else self.files
            path = rng.choice([p for p in every if how != "retype" or p.suffix == ".json"])
            self.restore()
            if how == "gone":
                (self.folder / path).unlink()
            elif how == "foreign" and self.other is not None:
                if (self.other / path).is_file():
                    shutil.copyfile(self.other / path, self.folder / path)
            else:
                damages[how](self.folder / path, rng)
            refused += bool(self.check(f"{how} of {path}, case {seed} {number}"))
        return refused


@pytest.fixture
def unpaged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages take nearly all the time, and are functions of the rest: there are none."""
    monkeypatch.setattr("kappabar.evaluate.commands.report.write_kappa_page", lambda result: None)
    monkeypatch.setattr("kappabar.evaluate.commands.report.write_page", lambda result: None)
    monkeypatch.setattr("kappabar.evaluate.commands.search.write_search_page", lambda folder: None)
    monkeypatch.setattr("kappabar.evaluate.commands.search.write_svg", lambda chart, path: None)


class Killed:
    """Ends a run at the n-th step."""

    def __init__(self, n: int) -> None:
        self.left = n

    def __call__(self, event: object) -> None:
        if isinstance(event, Advanced):
            self.left -= 1
            if not self.left:
                raise KeyboardInterrupt


@pytest.fixture
def measured(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, unpaged: None) -> Resumed:
    """A run of κ that was killed within its second representation, one expression of which is kept."""
    monkeypatch.setattr(measuring, "Unfinished", partial(Unfinished, size=1))
    root, place = tmp_path / "root", tmp_path / "root" / "one.txt"
    root.mkdir()
    for name, text, seed in (("other", OTHER_DATA, 1), ("whole", DATA, 0)):
        place.write_text(text, encoding="utf-8")
        with pytest.raises(KeyboardInterrupt):
            kappa(SPECS, str(place), edits_per_expression=20, seed=seed, out=tmp_path / name / "run", listen=Killed(5))
        assert list((tmp_path / name / "run" / "unfinished").rglob("gauged.json"))
    words = ["kappa", "-r", SPECS[0], "-r", SPECS[1], "--data", str(place), "--edits-per-expression", "20"]
    return Resumed(tmp_path / "whole" / "run", tmp_path / "other" / "run", root, words, capsys)


@pytest.fixture
def compared(copied_run: Callable[[Path], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], unpaged: None) -> Resumed:
    root = tmp_path / "root"
    root.mkdir()
    whole = copied_run(tmp_path / "whole")
    shutil.move(tmp_path / "whole" / "one.txt", root / "one.txt")
    words = ["compare", "-r", SPECS[0], "-r", SPECS[1], "--data", str(root / "one.txt"), "--budget", "tiny", "--seeds", "1"]
    return Resumed(whole, None, root, words, capsys, same=TRAINED)


@pytest.fixture
def searched(tmp_path: Path, capsys: pytest.CaptureFixture[str], unpaged: None) -> Resumed:
    """A search that has yet a trial to go."""
    pytest.importorskip("optuna")
    root, place = tmp_path / "root", tmp_path / "root" / "one.txt"
    root.mkdir()
    for name, text, seed in (("other", OTHER_DATA, 1), ("whole", DATA, 0)):
        place.write_text(text, encoding="utf-8")
        options = {"trials": 2, "edits_per_expression": 4, "sampler": "random", "seed": seed}
        search(str(place), out=tmp_path / name / "run", local=False, **options)  # type: ignore[arg-type]
    words = ["search", "--data", str(place), "--trials", "3", "--edits-per-expression", "4", "--sampler", "random"]
    but = (".pdf", ".svg", ".db", "cost.json")
    return Resumed(tmp_path / "whole" / "run", tmp_path / "other" / "run", root, words, capsys, but=but)


def test_a_damaged_run_of_kappa_goes_on_or_is_told(measured: Resumed, damages: Mapping[str, Damage]) -> None:
    assert measured.fuzz(16, 0, damages) > 2


def test_a_damaged_comparison_goes_on_or_is_told(compared: Resumed, damages: Mapping[str, Damage]) -> None:
    assert compared.fuzz(8, 0, damages, gone=0.0) > 1


def test_a_damaged_search_goes_on_or_is_told(searched: Resumed, damages: Mapping[str, Damage]) -> None:
    searched.fuzz(4, 0, damages)


@pytest.mark.nightly
def test_a_damaged_run_of_kappa_goes_on_or_is_told_in_300_cases(measured: Resumed, damages: Mapping[str, Damage]) -> None:
    assert measured.fuzz(300, 1, damages) > 60


@pytest.mark.nightly
def test_a_damaged_comparison_goes_on_or_is_told_in_120_cases(compared: Resumed, damages: Mapping[str, Damage]) -> None:
    assert compared.fuzz(120, 1, damages, gone=0.05) > 30


@pytest.mark.nightly
def test_a_damaged_search_goes_on_or_is_told_in_80_cases(searched: Resumed, damages: Mapping[str, Damage]) -> None:
    assert searched.fuzz(80, 1, damages) > 10
