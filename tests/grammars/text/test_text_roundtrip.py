"""What is printed, here and by SymPy, reads back, in other ways of writing too; and mutations of real equations are refused in a
line or print back."""

from __future__ import annotations

import random

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.grammars.constant import constant_value
from kappabar.grammars.draw.strategies import trees
from kappabar.grammars.errors import ParseError
from kappabar.grammars.files.bank import bank
from kappabar.grammars.print.infix import to_infix
from kappabar.grammars.print.printers import to_latex, to_sympy
from kappabar.grammars.print.ways_infix import infix_ways
from kappabar.grammars.text.parse import parse
from kappabar.grammars.tree import Node, number


def value(tree: Node, at: tuple[float, ...]) -> float:
    """By plain arithmetic on numbers in the variables' places."""
    found = constant_value(tree.map(lambda n: number(at[n.index]) if n.is_variable else n))
    assert found is not None
    return found


@given(trees(max_dim=2, max_leaves=6, tame=True))
@settings(max_examples=60, deadline=None)
def test_what_sympy_prints_reads_back(tree: Node) -> None:
    """`str` and `srepr` of its expressions, which are in its own order: the same values."""
    expression = to_sympy(tree.children[0])
    for text in (str(expression), sympy.srepr(expression)):
        try:
            read = parse(text, "function")
        except ParseError as e:
            assert any(word in e.reason for word in ("no finite", "two readings: Euler", "unknown function", "an input")), (
                text,
                e.reason,
            )
            continue
        draw = random.Random(3)
        for _ in range(5):
            at = {f"x_{i}": draw.uniform(0.2, 0.9) for i in range(3)}
            expected = expression.subs(at)
            if expected.is_real and expected.is_finite:
                found = value(read.tree.children[0], tuple(at[name] for name in read.names))
                assert found == pytest.approx(float(expected), rel=1e-6, abs=1e-6), text


def test_equations_of_sympy_are_read_as_printed() -> None:
    t = sympy.Symbol("t")
    x, y = (sympy.Function(name)(t) for name in "xy")
    equations = [sympy.Eq(x.diff(t), -x * y + sympy.Rational(1, 2)), sympy.Eq(y.diff(t, 2), sympy.sin(t) * y - 3 * y.diff(t))]
    same = parse("x' = 1/2 - x*y; y'' = sin(t)*y - 3*y'")
    for text in (str(equations), "; ".join(map(sympy.srepr, equations))):
        read = parse(text)
        assert read.names == same.names
        at = (0.3, 0.7, 0.2, 0.9)
        assert [value(e, at) for e in read.equations] == pytest.approx([value(e, at) for e in same.equations])


@given(trees(max_dim=3, max_leaves=8))
@settings(max_examples=100)
def test_what_is_printed_reads_back(tree: Node) -> None:
    """Of every tree in canonical form, bare and with its names, in infix and LaTeX."""
    once = parse(to_infix(tree)) if _in_domain(tree) else None
    if once is None:
        return
    assert parse(to_infix(once.tree)) == once
    names = ("theta", "x_dot", "größe")[: once.dim]
    sides = [f"{name}' = {to_infix(e, names)}" for name, e in zip(names, once.equations, strict=True)]
    assert parse("; ".join(sides)).tree == once.tree
    latex = [rf"\dot{{{to_latex(Node(f'x_{i}'), names)}}} = {to_latex(e, names)}" for i, e in enumerate(once.equations)]
    again = parse(r" \\ ".join(latex))
    assert (again.tree, again.names) == (once.tree, names)


def _in_domain(tree: Node) -> bool:
    try:
        parse(to_infix(tree))
    except ParseError:
        return False
    return True


def test_the_bank_comes_back_without_stars() -> None:
    """`*` is a space wherever people leave it out; what has two readings keeps it."""
    read = 0
    for system in bank("ode"):
        text = "; ".join(f"{n}' = {to_infix(e, system.names)}" for n, e in zip(system.names, system.equations, strict=True))
        try:
            bare = parse(text.replace("*", " "))
        except ParseError as e:
            assert "two readings" in e.reason or "a number stands behind" in e.reason
            continue
        read += 1
        assert bare.tree == system.tree
    assert read > 10


def test_other_ways_of_writing_are_read_or_refused_with_both_readings() -> None:
    """`ways_infix.py` writes them without these readers: a person's text in each is the same system, or is refused."""
    read: dict[str, int] = {}
    for system in (*bank("ode"), *bank("map")):
        for way, text in infix_ways(system.tree).items():
            if way in ("letters", "joined index", "counted from one"):
                continue  # of other names
            try:
                found = parse(text, system.domain)
            except ParseError as e:
                assert way == "lines" or "two readings" in e.reason, (way, text, e.reason)
                continue
            assert found.tree == system.tree, (way, text)
            read[way] = read.get(way, 0) + 1
    assert {"spaces", "double star", "times sign", "point zero", "bare point", "bracketed index"} <= set(read)
    assert min(read[way] for way in ("joined product", "spaced product", "superscript", "minus sign", "center dot")) > 10


PIECES = (
    *"'()|^*/ 2xt;,=@²½√ẋσe<{}_-+", "\n", "\\", "\x00", " with ", "sin ", "max(", "if(", "..", "1e-400", "\\frac", "\\le", "[0]",
    "inf", "dx/dt", "(t)", "x(0)=1", "done\n",
)  # fmt: skip


@given(st.data())
@settings(max_examples=300)
def test_mutations_of_real_equations_are_refused_in_a_line_or_print_back(data: st.DataObject) -> None:
    domain = data.draw(st.sampled_from(("ode", "map", "function")))
    system = data.draw(st.sampled_from(bank(domain)))
    sides = {"ode": "{}' = {}", "map": "{}[n+1] = {}", "function": "y = {1}"}[domain]
    named = zip(system.names, system.equations, strict=False)
    text = "; ".join(sides.format(name, to_infix(e, system.names)) for name, e in named)
    for _ in range(data.draw(st.integers(1, 2))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(st.sampled_from(PIECES)) + text[at + data.draw(st.sampled_from((0, 0, 1, 3))) :]
    try:
        read = parse(text, domain)
    except ParseError as e:
        assert "\n" not in str(e) and len(str(e)) < 260
        assert 1 <= e.line <= text.count("\n") + 1
        assert 1 <= e.column <= max(map(len, text.split("\n"))) + 1
    else:
        assert parse(to_infix(read.tree), domain).tree == read.tree
