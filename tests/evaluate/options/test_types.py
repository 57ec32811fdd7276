"""Arguments of a wrong kind are told in one line where they are given, and not far within."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kappabar
from kappabar.grammars.errors import KappabarError, SpecError
from kappabar.tokenizers.base import Invalid

DATA = ["x' = -0.5*x @ x=1; T=10"]
WRONG: dict[str, Callable[[], Any]] = {
    "edits below 0": lambda: kappabar.kappa("prefix", DATA, edits_per_expression=-1),
    "a number as text": lambda: kappabar.kappa("prefix", DATA, edits_per_expression="many"),  # type: ignore[arg-type]
    "half an edit": lambda: kappabar.kappa("prefix", DATA, edits_per_expression=1.5),  # type: ignore[arg-type]
    "true edits": lambda: kappabar.kappa("prefix", DATA, edits_per_expression=True),
    "a seed below 0": lambda: kappabar.kappa("prefix", DATA, seed=-1),
    "a metric's number": lambda: kappabar.kappa("prefix", DATA, metric=3),  # type: ignore[arg-type]
    "no policy": lambda: kappabar.kappa("prefix", DATA, invalid=None),  # type: ignore[arg-type]
    "a tolerance as text": lambda: kappabar.kappa("prefix", DATA, rtol="x"),  # type: ignore[arg-type]
    "jobs below 0": lambda: kappabar.kappa("prefix", DATA, jobs=-3),
    "yes and no as text": lambda: kappabar.kappa("prefix", DATA, resume="no"),  # type: ignore[arg-type]
    "a folder's number": lambda: kappabar.kappa("prefix", DATA, out=3),  # type: ignore[arg-type]
    "a domain's number": lambda: kappabar.kappa("prefix", DATA, domain=3),  # type: ignore[arg-type]
    "no representation": lambda: kappabar.kappa([], DATA),
    "None for one": lambda: kappabar.kappa(None, DATA),  # type: ignore[arg-type]
    "a number among them": lambda: kappabar.compare(["prefix", 5], DATA),  # type: ignore[list-item]
    "a budget's number": lambda: kappabar.compare(["prefix"], DATA, budget=5),  # type: ignore[call-overload]
    "seeds as text": lambda: kappabar.compare(["prefix"], DATA, seeds="x"),  # type: ignore[call-overload]
    "a number as domain": lambda: kappabar.compare(["prefix"], DATA, domain=7),  # type: ignore[call-overload]
    "trials as text": lambda: kappabar.search(DATA, trials="1"),  # type: ignore[arg-type]
    "examples as text": lambda: kappabar.check("digits:3", examples="1"),  # type: ignore[arg-type]
    "a place's number": lambda: kappabar.export("prefix", 5),  # type: ignore[arg-type]
    "a folder to load": lambda: kappabar.load(5),  # type: ignore[arg-type]
    "points as text": lambda: kappabar.simulate(DATA[0], points="a"),  # type: ignore[arg-type]
    "a spec's number": lambda: kappabar.representation(5),  # type: ignore[arg-type]
    "a text to encode": lambda: kappabar.representation("prefix").encode(DATA[0]),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("which", WRONG)
def test_a_wrong_argument_is_one_line(which: str) -> None:
    with pytest.raises(KappabarError) as told:
        WRONG[which]()
    assert "\n" not in str(told.value)


def test_what_is_told_names_function_and_argument() -> None:
    with pytest.raises(SpecError, match="kappa: edits_per_expression is int, or None, not 'many'"):
        WRONG["a number as text"]()


def test_numbers_of_numpy_are_numbers() -> None:
    a = kappabar.kappa("prefix", DATA, edits_per_expression=np.int64(60), seed=np.int64(2))  # type: ignore[arg-type]
    assert a.mean == kappabar.kappa("prefix", DATA, edits_per_expression=60, seed=2).mean  # type: ignore[union-attr]


def test_no_number_of_edits_is_all_of_them_as_on_the_command_line() -> None:
    """It drew none, and gave NaN without a word."""
    every = kappabar.kappa("prefix", ["x' = -x @ x=1; T=2"], edits_per_expression=None)
    assert kappabar.kappa("prefix", ["x' = -x @ x=1; T=2"], edits_per_expression=0).mean == every.mean  # type: ignore[union-attr]


def test_decoding_takes_any_ids_and_never_raises() -> None:
    """Arrays are what a training loop has."""
    prefix = kappabar.representation("prefix")
    tree = kappabar.parse(DATA[0]).tree
    ids = prefix.encode(tree)
    torch = pytest.importorskip("torch")
    for form in (np.array(ids), torch.tensor(ids), tuple(ids), iter(ids), [np.int32(i) for i in ids]):
        assert prefix.decode(form) == tree
    for none in ([1.5], ["x"], "abc", None, 5, np.array([[1, 2]]), {"a": 1}):
        assert isinstance(prefix.decode(none), Invalid)
