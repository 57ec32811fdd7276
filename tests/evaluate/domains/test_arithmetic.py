"""Arithmetic: values against Python's own reading of the same texts, in fractions; its distance, normal form and sampler."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.cli.listing import listing
from kappabar.evaluate.commands.export import export
from kappabar.evaluate.commands.kappa import kappa
from kappabar.evaluate.domains.arithmetic import ARITHMETIC, Expressions, exact, normal
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.line_up import line_up
from kappabar.evaluate.domains.sources import load, sample_systems
from kappabar.evaluate.explore.question import first_look
from kappabar.evaluate.expression.simulate import simulate
from kappabar.evaluate.semantics.base import Behaviors, Status
from kappabar.grammars.errors import ParseError
from kappabar.grammars.print.infix import to_infix
from kappabar.grammars.print.printers import to_latex
from kappabar.grammars.tree import Node, System, number, system

PYTHONS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Mod: operator.mod,
    ast.Lt: operator.lt, ast.Gt: operator.gt, ast.Eq: operator.eq,
}  # fmt: skip
SIGNS = ["<", ">", "=", "+", "-", "*", "/", "mod"]


def _pythons(text: str) -> Fraction:
    """The value of a text as Python's grammar and fractions have it."""

    def walk(node: Any) -> Fraction:
        if isinstance(node, ast.Constant):
            return Fraction(str(node.value))
        if isinstance(node, ast.UnaryOp):
            return -walk(node.operand)
        if isinstance(node, ast.Compare):
            return Fraction(PYTHONS[type(node.ops[0])](walk(node.left), walk(node.comparators[0])))
        return Fraction(PYTHONS[type(node.op)](walk(node.left), walk(node.right)))

    return walk(ast.parse(text.replace("mod", "%").replace("=", "=="), mode="eval").body)


def _value(tree: Node) -> Behaviors:
    return ARITHMETIC.semantics.simulate([tree], ARITHMETIC.semantics.setting(System(tree, (), "arithmetic")))


_NUMBERS = st.one_of(st.integers(-999, 999).map(float), st.integers(-9999, 9999).map(lambda n: n / 100))


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> Node:
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return number(draw(_NUMBERS))
    return Node(draw(st.sampled_from(SIGNS[3:])), (draw(expressions(depth - 1)), draw(expressions(depth - 1))))


@given(tree=expressions(), compared=st.sampled_from([None, *SIGNS[:3]]), other=expressions())
def test_values_and_texts_are_pythons(tree: Node, compared: str | None, other: Node) -> None:
    whole = system(tree if compared is None else Node(compared, (tree, other)))
    text = to_infix(whole, None, ARITHMETIC.operators)
    assert ARITHMETIC.parse(text).tree == whole
    found = _value(whole)
    try:
        wanted = _pythons(text)
    except ZeroDivisionError:
        assert found.status[0, 0] == Status.UNDEFINED and np.isnan(found.y).all()
        return
    assert exact(whole.children[0]) == wanted
    assert found.y.shape == (1, 1, 1, 1) and found.y.item() == float(wanted) and found.status[0, 0] == Status.OK


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1 + 0.2 = 0.3", 1), ("5.5 mod 0.1", 0), ("-7 mod 3", 2), ("7 mod -3", -2), ("-7.5 % 2", 0.5), ("2 < 1 < 3", 1),
        ("-(2 + 3) * 2", -10), ("3-3", 0), ("3--3", 6), ("12 × 3 ÷ 4", 9), ("1 − −1 == 2", 1), ("1e2 + .5", 100.5),
    ],
)  # fmt: skip
def test_cases_by_hand(text: str, value: float) -> None:
    assert _value(ARITHMETIC.parse(text).tree).y.item() == value


@pytest.mark.parametrize("text", ["x + 1", "1 +", "mod", "(1", "1 2", "1 <> 2", "sin(1)", "1e999"])
def test_other_texts_are_refused_in_one_line(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        ARITHMETIC.parse(text)
    assert "line 1" in str(caught.value)


def test_division_by_zero_is_undefined_and_what_is_too_large_has_diverged() -> None:
    assert [simulate(text, domain="arithmetic").status for text in ("1 / 0", "1 mod (2 - 2)", "1 / 3")] == [
        "undefined", "undefined", "ok",
    ]  # fmt: skip
    assert simulate("1e300 * 1e300", domain="arithmetic").status == "diverged"
    assert simulate("1e300 * 1e300 * 0", domain="arithmetic").status == "ok"  # exact on the way


@given(a=st.floats(-1e6, 1e6), b=st.floats(-1e6, 1e6), c=st.floats(-1e6, 1e6))
def test_relative_error_is_a_bounded_distance(a: float, b: float, c: float) -> None:
    def d(x: float, y: float) -> float:
        return float(ARITHMETIC.quality.function(np.full((1, 1), x), np.full((1, 1), y)))

    assert 0 <= d(a, b) <= 1 and d(a, b) == d(b, a) and (d(a, b) == 0) == (a == b)
    assert d(a, c) <= d(a, b) + d(b, c) + 1e-12
    assert [d(3, 1), d(0, 2), d(0, 0), d(1, -1), d(100, 102)] == [0.5, 1, 0, 1, pytest.approx(2 / 202)]


def test_the_domains_own_distance_measures_quality() -> None:
    assert ARITHMETIC.quality.name == ARITHMETIC.distance().name == "relative-error"


@given(tree=expressions(), compared=st.sampled_from(SIGNS[:3]), other=expressions())
def test_the_normal_form_is_of_the_same_value_and_blind_to_order(tree: Node, compared: str, other: Node) -> None:
    whole = Node(compared, (tree, other))
    turned = Node({"<": ">", ">": "<", "=": "="}[compared], (_turned(other), _turned(tree)))
    assert normal(whole) == normal(turned) and normal(normal(whole)) == normal(whole)
    try:
        assert exact(normal(whole)) == exact(whole)
    except ZeroDivisionError:
        return


def _turned(tree: Node) -> Node:
    children = tuple(map(_turned, tree.children))
    return Node(tree.symbol, children[::-1] if tree.symbol in "+*=" else children, tree.value)


def test_what_is_not_the_same_is_told_apart() -> None:
    texts = ("1 - 2", "2 - 1", "1 < 2", "2 < 1", "1 mod 2", "2 mod 1", "1 + 2", "1 + 3")
    assert len({normal(ARITHMETIC.parse(text).tree) for text in texts}) == len(texts)


def test_the_sampler_draws_what_it_says() -> None:
    drawn = sample_systems("arithmetic", 400, 3)
    assert [s.tree for s in drawn] == [s.tree for s in sample_systems("arithmetic", 500, 3)][:400]
    values = [abs(node.value) for s in drawn for _, node in s.tree.walk() if node.value is not None]
    texts = [to_infix(number(v)) for v in values]
    compared = [s for s in drawn if s.equations[0].symbol in "<>="]
    assert 0.1 < len(compared) / len(drawn) < 0.3
    assert {True, False} == {exact(s.equations[0]) == 1 for s in compared}
    plain = [text for s in drawn if s not in compared for text in (to_infix(n) for _, n in s.tree.walk() if n.is_number)]
    assert max(len(text.lstrip("-").partition(".")[0]) for text in plain) == Expressions().digits
    assert max(len(text.partition(".")[2]) for text in plain) == len(Expressions().decimals) - 1
    assert all(_value(s.tree).status[0, 0] == Status.OK for s in drawn) and texts


def test_an_edits_value_is_its_own_however_far_it_goes() -> None:
    shown = ARITHMETIC.parse("1 < 0")
    setting = ARITHMETIC.semantics.setting(shown)
    from kappabar.evaluate.semantics.base import room_for

    inside, behaviors = room_for(shown.tree, setting, np.zeros((1, 1, 1)), ARITHMETIC.semantics)
    far = ARITHMETIC.semantics.simulate([ARITHMETIC.parse("12345").tree], inside)
    assert behaviors.y.item() == 0 and far.y.item() == 12345 and far.status[0, 0] == Status.OK


def test_kappa_needs_no_data_and_the_domain_is_listed() -> None:
    measured: Any = kappa("infix | chars", domain="arithmetic", edits_per_expression=20)
    assert measured.n_given == 64 and measured.metric == "relative-error" and 0 < measured.mean.value < 1
    assert [row["name"] for row in listing("domains")][:4] == ["ode", "map", "function", "arithmetic"]
    assert domain("arithmetic") is ARITHMETIC and len(load(["sample:64"], ARITHMETIC).systems) == 64


def test_its_line_up_is_of_ways_to_write_numbers_and_an_export_is_fitted_to_what_it_draws(tmp_path: Path) -> None:
    assert line_up(ARITHMETIC) == tuple(map(ARITHMETIC.canonical, line_up(ARITHMETIC)))
    assert line_up(domain("ode"))[0] == "infix | chars" != line_up(replace(ARITHMETIC, line_up=()))[0]
    assert first_look(ARITHMETIC) == line_up(ARITHMETIC)[:3]
    trees = [s.tree for s in sample_systems("arithmetic", 64)]
    for spec in line_up(ARITHMETIC):
        made = ARITHMETIC.representation(spec, trees)
        assert all(isinstance(made.round_trip(tree), Node) for tree in trees)
    exported = export("infix | chars | bpe:64", tmp_path / "bpe", domain="arithmetic")
    assert exported.vocabulary_size == 64 == len(ARITHMETIC.representation("infix | chars | bpe:64", trees).vocabulary)


def test_latex_sets_signs_as_signs() -> None:
    assert to_latex(ARITHMETIC.parse("2 + 3 mod 4 < 1").equations[0], None, ARITHMETIC.operators) == (
        r"2+3\mathbin{\mathrm{mod}}4<1"
    )
