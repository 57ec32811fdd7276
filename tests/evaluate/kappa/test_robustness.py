"""What rewritings make of tokens: distances against the textbook's tables, and the figures of a case worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.evaluate.edits.base import Edit, Rewriting
from kappabar.evaluate.kappa.measure import OUTCOMES, Measured
from kappabar.evaluate.kappa.rewritten import Changes, common, edit_distance
from kappabar.evaluate.kappa.robustness import EVERY, Robustness
from kappabar.evaluate.results.categorical import Categorical
from kappabar.grammars.tree import Node
from kappabar.tokenizers.base import Invalid

SEQUENCES = st.lists(st.integers(0, 3), max_size=90)


def textbook(a: list[int], b: list[int]) -> tuple[int, int]:
    """Levenshtein distance and length of the longest common subsequence, by their tables."""
    steps, shared = list(range(len(b) + 1)), [0] * (len(b) + 1)
    for i, x in enumerate(a, 1):
        above, above_shared = steps, shared
        steps, shared = [i], [0]
        for j, y in enumerate(b, 1):
            steps.append(min(above[j] + 1, steps[-1] + 1, above[j - 1] + (x != y)))
            shared.append(above_shared[j - 1] + 1 if x == y else max(above_shared[j], shared[-1]))
    return steps[-1], shared[-1]


@given(SEQUENCES, SEQUENCES)
def test_by_bits_as_by_tables(a: list[int], b: list[int]) -> None:
    assert (edit_distance(a, b), common(a, b)) == textbook(a, b)


@given(SEQUENCES)
def test_of_itself_and_of_nothing(a: list[int]) -> None:
    assert (edit_distance(a, a), common(a, a)) == (0, len(a))
    assert (edit_distance(a, []), common(a, [])) == (edit_distance([], a), common([], a)) == (len(a), 0)


IDS = (1, 2, 3, 4)


def expression(*rows: tuple[str, tuple[int, ...] | None, str, float]) -> Measured:
    """An expression of four tokens; of each rewriting its kind, ids, outcome and distance."""
    edits = [Edit(k, 0, -1, Node("x_0") if o != "invalid" else Invalid("", 0), 1.0, Rewriting(k, i)) for k, i, o, _ in rows]
    nothing = np.zeros(len(rows), np.int32)
    return Measured(
        name="item",
        size=len(rows),
        n_tokens=4,
        fidelity_error=0.0,
        kinds=Categorical.of([k for k, *_ in rows]),
        classes=Categorical.of(["number"] * len(rows)),
        positions=nothing,
        tokens=nothing - 1,
        outcomes=Categorical.of([o for _, _, o, _ in rows], OUTCOMES),
        reasons=Categorical.of([""] * len(rows)),
        distance=np.array([d for *_, d in rows]),
        trees=nothing,
        changes=Changes.of(IDS, edits),
    )


def test_a_case_by_hand() -> None:
    nan = float("nan")
    one = expression(
        ("spaces", (1, 9, 2, 3, 4), "ok", 0.0), ("dot", None, "invalid", nan), ("names", (1, 2, 8, 4), "diverged", 0.8)
    )
    other = expression(
        ("spaces", (1, 2, 3, 4), "ok", 0.005), ("dot", (7, 7), "invalid", nan), ("star", (1, 2), "unresolved", nan)
    )
    plain = expression()
    found = Robustness("r", (one, other, plain), 0.01, 1.0)
    assert found.kinds == [EVERY, "spaces", "dot", "star", "names"]
    every = found.estimates()
    assert (every["n_expressions"], every["n_rewritings"]) == (2, 6)
    shares = {name: every[name].value for name in ("stays", "moves", "unread", "unresolved", "lost", "encoded")}
    assert shares == pytest.approx(
        {"stays": 1 / 3, "moves": 1 / 6, "unread": 1 / 6, "unresolved": 1 / 6, "lost": 1 / 6, "encoded": 5 / 6}
    )
    assert every["moved"].value == pytest.approx(0.8)
    # Of the first 1 of 5 and 1 of 4 tokens; of the second none, 4 of 4 and 2 of 4.
    assert every["apart"].value == pytest.approx(((0.2 + 0.25) / 2 + (0 + 1 + 0.5) / 3) / 2)
    assert every["kept"].value == pytest.approx(((1 + 0.75) / 2 + (1 + 0 + 0.5) / 3) / 2)
    assert every["longer"].value == pytest.approx((0.5 + (0 - 2 - 2) / 3) / 2)
    assert found.estimates("spaces")["stays"].value == 1.0
    assert found.estimates("spaces")["stays"].low == pytest.approx(0.025**0.5)  # Clopper and Pearson's, of two of two
    assert np.isnan(found.column("kept", "star")[0]) and found.column("kept", "star")[1] == 0.5
    assert np.isnan(found.column("kept")[2])
    assert [row["kind"] for row in found.rows()] == found.kinds
    assert [r["tokens"] for r in found.rewritings()] == [5, None, 4, 4, 2, 2]


def test_of_other_edits_there_is_nothing() -> None:
    assert Changes.of(IDS, [Edit("substitution", 0, 3, Node("x_0"))]) is None
    assert Robustness("r", (expression(),), 0.01, 1.0).as_dict() is None
