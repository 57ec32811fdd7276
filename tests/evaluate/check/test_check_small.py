"""What is tried before anything is drawn, on what domain, and what a failure says of it."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.evaluate.check import even
from kappabar.evaluate.check.properties import BY_NAME
from kappabar.evaluate.check.searching import run_property
from kappabar.evaluate.check.small import small_attempts, small_systems, small_trees
from kappabar.evaluate.check.strategies import drawn_trees
from kappabar.evaluate.check.subjects import most_variables, subject
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.edits.base import Edit
from kappabar.grammars.draw.strategies import own_expressions
from kappabar.grammars.errors import SourceError
from kappabar.grammars.operators import Operator, operators
from kappabar.grammars.tree import Node, number, system, variable, variables
from kappabar.tokenizers.base import Invalid

TESTS = Path(__file__).parents[2]
X = variable(0)


@pytest.fixture(autouse=True)
def _beside_the_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(TESTS)


def test_small_trees_are_all_of_two_symbols_and_of_many_variables_each_once() -> None:
    found = list(small_trees(subject("prefix", domain("ode"))))
    assert len(set(found)) == len(found)
    symbols = {(n.symbol, i, c.symbol) for t in found for _, n in t.children[0].walk() for i, c in enumerate(n.children)}
    names = [row.symbol for row in domain("ode").operators.rows if row.arity]
    for outer in names:
        for place in range(domain("ode").operators.arity(outer) or 0):
            assert {(outer, place, inner) for inner in names} <= symbols
    assert system(*(variable(i) for i in reversed(range(12)))) in found
    assert system(number(1.7976931348623157e308)) in found
    sizes = [t.children[0].size for t in found]
    assert sizes.index(3) < sizes.index(4)


def test_attempts_are_empty_single_long_and_edited() -> None:
    checked = subject("prefix | bins:5", domain("ode"))
    found = list(small_attempts(checked))
    assert found[0].ids == ()
    assert {len(a.ids) for a in found if a.tree is None} == {0, 1, 1500}
    assert {a.kind for a in found if a.tree is not None} == {"substitution", "insertion", "deletion"}


def test_small_systems_begin_below_zero_too() -> None:
    starts = {s.x0[0][0] for s in small_systems(subject("sort", domain("ode")))}
    assert min(starts) < 0.0 < max(starts) and 0.0 in starts


def test_a_domain_without_variables_has_none_drawn() -> None:
    place = domain("check_faults.domains:WORDS")
    checked = subject("infix", place)
    assert most_variables(place) == checked.dim == 0
    assert not any(t.startswith("x_") and t != "x_0" for t in checked.item.vocabulary.tokens)

    @given(drawn_trees(checked))
    def none(tree: Node) -> None:
        assert not variables(tree)

    none()
    assert not any(variables(tree) for tree in small_trees(checked))


def test_an_alphabet_of_operators_alone_needs_variables() -> None:
    with pytest.raises(SourceError, match="no expression without variables"):
        own_expressions(operators(Operator("and", 2, "infix", 1)), 0)


def test_a_grammar_that_is_not_what_its_alphabet_says() -> None:
    item = BY_NAME["texts"]
    checked = subject("infix", domain("check_faults.domains:AMBIGUOUS"))
    assert item.applies(checked)
    (failure,) = run_property(item, checked, 60, 0).failures
    assert failure.reason == "read otherwise"
    sound = subject("infix", domain("check_faults.domains:WORDS"))
    assert item.applies(sound) and run_property(item, sound, 60, 0).ok
    assert not item.applies(subject("infix", domain("ode")))


def test_message_and_equation_are_of_one_tree() -> None:
    checked = subject("check_faults.writers:ReadsMore", domain("ode"))
    for failure in run_property(BY_NAME["decode is closed"], checked, 200, 0).failures:
        assert failure.detail.startswith(f"decodes to {failure.equation}, whose")
    for name, prop in (("operators:Upwards", "edits are symmetric"), ("operators:NoDeletions", "edits have inverses")):
        checked = subject(f"check_faults.{name}", domain("ode"))
        (failure, *_) = run_property(BY_NAME[prop], checked, 10, 0).failures
        assert not isinstance(domain("ode").parse(f"{failure.equation} @ x_0=1").tree, Invalid)


EDITS = [Edit(kind, i, t, Invalid("none", 0)) for kind in ("insertion", "substitution") for i in range(4) for t in range(5)]


def test_an_even_draw_is_not_called_uneven() -> None:
    """The stated share is a bound: of two hundred draws of a uniform law none comes near it."""
    rng = np.random.default_rng(0)
    for _ in range(200):
        drawn = [EDITS[r] for _ in range(120) for r in rng.permutation(len(EDITS))[:20]]
        assert even._unlikely(EDITS, drawn) is None


def test_a_draw_from_half_or_with_a_preference_is() -> None:
    rng = np.random.default_rng(0)
    half = [EDITS[r] for _ in range(120) for r in rng.permutation(len(EDITS) // 2)[:20]]
    assert even._unlikely(EDITS, half) is not None
    first = [EDITS[r] for _ in range(120) for r in rng.choice(len(EDITS), 20, p=np.repeat([0.03, 0.02], 20))]
    wrong = even._unlikely(EDITS, first)
    assert wrong is not None and wrong[0] == "the kind insertion"


@given(st.integers(1, 40), st.floats(0.02, 0.98), st.data())
def test_the_bound_is_above_the_binomial_tail(n: int, p: float, data: st.DataObject) -> None:
    count = data.draw(st.integers(math.ceil(n * p), n))
    tail = sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(count, n + 1))
    assert tail <= math.exp(-n * even.divergence(count / n, p)) * (1 + 1e-9)
