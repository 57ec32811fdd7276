"""Expressions that are kept while others are still to be measured: taken up, they make the κ that there would have been."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.edits.catalog import EDITS
from kappabar.evaluate.kappa import unfinished as module
from kappabar.evaluate.kappa.kappa import Kappa, measure_all
from kappabar.evaluate.kappa.tables import edit_frame, token_frame
from kappabar.evaluate.kappa.unfinished import Unfinished
from kappabar.evaluate.results.origin import Origin
from kappabar.grammars.text.parse import parse
from kappabar.grammars.tree import System

ODE = domain("ode")
RUN = Origin.of("a run", [{"kappabar": "1"}])
TEXTS = ["x' = -0.5*x", "x' = sin(x)", "x' = 1e9 - x", "x' = x - x^3", "x' = -2*x + 1", "x' = 0.25*x"]


def systems() -> list[System]:
    from dataclasses import replace

    return [replace(parse(f"{text} @ x=1; T=2"), name=f"s{i}") for i, text in enumerate(TEXTS)]


def measured(spec: str, edits: str, each: Any = module.measure_each, given: list[System] | None = None) -> Kappa:
    given = given or systems()
    chosen = ODE.representation(spec, [s.tree for s in given])
    return measure_all(chosen, given, ODE, ODE.distance(None), EDITS[edits], edits_per_expression=12, each=each)


def killed(folder: Path, spec: str, edits: str, after: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A measuring that ends after some expressions, taken up and finished in the same folder: which it then measured."""
    seen: list[str] = []

    def ending(recipe: Any, given: Any, runner: Any = None) -> Iterator[Any]:
        for item in recipe.measured(given):
            if len(seen) == after:
                raise KeyboardInterrupt
            seen.append(item.name)
            yield item

    monkeypatch.setattr(module, "measure_each", ending)
    with pytest.raises(KeyboardInterrupt):
        measured(spec, edits, Unfinished(folder, RUN, 2).each)
    after = -1
    seen.clear()
    return seen


CASES = [("prefix | digits:3", "token"), ("infix | chars", "natural"), ("terms", "token"),
         ("prefix | fp:2,7", "token"), ("prefix | bins:8", "token"),
         ("prefix | xval", "coefficient"), ("infix | chars | bpe:40", "transpose")]  # fmt: skip


@pytest.mark.parametrize(("spec", "edits"), CASES)
def test_what_is_taken_up_is_what_would_have_been(spec: str, edits: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With expressions that cannot be written among them, numbers out of range, and rewritings."""
    whole = measured(spec, edits)
    seen = killed(tmp_path / "u", spec, edits, 5, monkeypatch)
    assert sorted(p.name for p in (tmp_path / "u").iterdir()) == ["0", "1"]
    again = measured(spec, edits, Unfinished(tmp_path / "u", RUN, 2).each)
    assert seen == ["s4", "s5"]
    assert json.dumps(again.as_dict()) == json.dumps(whole.as_dict())
    assert edit_frame(again).equals(edit_frame(whole)) and token_frame(again).equals(token_frame(whole))
    Unfinished(tmp_path / "u", RUN).forget()
    assert not (tmp_path / "u").exists()


def test_other_cases_have_what_they_are_for() -> None:
    assert measured("terms", "token").skipped and measured("infix | chars", "natural").robustness.kinds
    assert any("lie outside" in note for note in measured("prefix | fp:2,7", "token").notes)


@pytest.mark.parametrize("file", ["gauged.json", "*.kappa.json", "*.edits.parquet"])
def test_what_is_cut_off_is_measured_again(file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = killed(tmp_path, "prefix", "token", 5, monkeypatch)
    (path,) = (tmp_path / "1").glob(file)
    path.write_bytes(path.read_bytes()[:40])
    measured("prefix", "token", Unfinished(tmp_path, RUN, 2).each)
    assert seen == ["s2", "s3", "s4", "s5"]


def test_what_was_kept_of_another_fit_or_of_others_is_measured_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = killed(tmp_path, "prefix | digits:3", "token", 5, monkeypatch)
    document = json.loads((tmp_path / "0" / "gauged.json").read_text())
    (tmp_path / "0" / "gauged.json").write_text(json.dumps(document | {"fit": "other"}))
    measured("prefix | digits:3", "token", Unfinished(tmp_path, RUN, 2).each)
    assert len(seen) == 6
    seen.clear()
    measured("prefix | digits:3", "token", Unfinished(tmp_path, RUN, 2).each, given=systems()[::-1])
    assert len(seen) == 6


def test_what_is_kept_of_another_run_or_in_another_place_is_measured_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sound by itself, of the same expressions under the same fit: another seed's, say."""
    seen = killed(tmp_path, "prefix", "token", 5, monkeypatch)
    other = Origin.of("another run", [{"kappabar": "1"}])
    measured("prefix", "token", Unfinished(tmp_path, other, 2).each)
    assert len(seen) == 6
    seen.clear()
    measured("prefix", "token", Unfinished(tmp_path, other, 2).each)
    assert seen == ["s4", "s5"]


def test_few_expressions_leave_nothing(tmp_path: Path) -> None:
    measured("prefix", "token", Unfinished(tmp_path / "u", RUN, 6).each)
    assert not (tmp_path / "u").exists()
