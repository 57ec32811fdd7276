"""What the terminal says of edits that do not end well: the numbers that JSON and tables have, and why there is no κ."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kappabar.cli.terminal import show_comparison, show_kappa
from kappabar.evaluate.compare.direction import INVERSE
from kappabar.evaluate.compare.summary import summarize
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.kappa.kappa import Kappa
from kappabar.evaluate.kappa.measure import OUTCOMES, Measured
from kappabar.evaluate.results.categorical import Categorical


def family(*outcomes: str) -> Kappa:
    """κ of one expression with an edit of each outcome; those that are unresolved or do not decode have no distance."""
    n, zeros = len(outcomes), np.zeros(len(outcomes), np.int32)
    d = np.array([np.nan if o in ("invalid", "unresolved") else 0.5 for o in outcomes])
    item = Measured(
        name="item",
        size=n,
        n_tokens=5,
        fidelity_error=0.0,
        kinds=Categorical.of(["substitution"] * n),
        classes=Categorical.of(["number"] * n),
        positions=zeros,
        tokens=zeros,
        outcomes=Categorical.of(outcomes, OUTCOMES),
        reasons=Categorical.of([""] * n),
        distance=d,
        trees=zeros,
    )
    return Kappa(
        representation="prefix",
        domain="ode",
        metric="bounded-l2",
        invalid="exclude",
        edits="token",
        measured=(item,),
        skipped=(),
        d_max=domain("ode").quality.d_max,
        seed=0,
    )


MIXED = family("ok", "diverged", "undefined", "diverged", "unresolved", "invalid")


def told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line.rstrip() for line in capsys.readouterr().out.splitlines() if "edits" in line and ": " in line]


def test_kappa_says_how_many_edits_did_not_end_well(capsys: pytest.CaptureFixture[str]) -> None:
    show_kappa([MIXED])
    assert "prefix: of 6 edits 2 diverged, 1 undefined, 1 unresolved" in told(capsys)
    show_kappa([family("ok", "invalid")])
    assert not any("diverged" in line for line in told(capsys))


def test_so_does_a_comparison(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    plain = replace(family("ok"), representation="tree")
    rows = summarize([MIXED, plain], [10, 10], [None, None], 0)
    nothing: dict[str, Any] = dict.fromkeys(("advice", "lead", "verdict", "skipped", "unfinished", "curves"), ())
    result: Any = SimpleNamespace(rows=rows, rounds=None, folder=tmp_path, told=INVERSE, **nothing)
    show_comparison(result)
    assert [line for line in told(capsys) if "of" in line] == ["prefix: of 6 edits 2 diverged, 1 undefined, 1 unresolved"]


def test_where_no_edit_has_a_distance_a_sentence_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    show_kappa([family("unresolved", "unresolved", "invalid")])
    found = told(capsys)
    assert "prefix: no κ: none of the 3 edits has a distance (1 do not decode, 2 unresolved)" in found
    show_kappa([MIXED])
    assert not any("no κ:" in line for line in told(capsys))
