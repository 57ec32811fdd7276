"""What people write, and what is refused: one line, with line and column."""

import functools
import operator
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.grammars.constant import constant_value
from kappabar.grammars.errors import ParseError, SpecError
from kappabar.grammars.print.infix import to_infix
from kappabar.grammars.text.parse import DOMAINS, parse
from kappabar.grammars.text.reader import Fault, read_infix
from kappabar.grammars.tree import Node, Path, coefficients, number, system, variable

LORENZ = "x' = 10*(y - x); y' = x*(28 - z) - y; z' = x*y - 8/3*z  @ x=1, y=1, z=1; T=20"


def test_lorenz():
    lorenz = parse(LORENZ)
    assert lorenz.names == ("x", "y", "z")
    assert lorenz.x0 == ((1.0, 1.0, 1.0),)
    assert lorenz.t_end == 20
    assert coefficients(lorenz.tree) == [10, 28, 8, 3]
    assert to_infix(lorenz.tree) == "10*(x_1 - x_0) | x_0*(28 - x_2) - x_1 | x_0*x_1 - 8/3*x_2"


def test_three_ways_to_write_one_system():
    prime = parse("x' = y; y' = -2*x")
    assert prime.tree == parse("dx/dt = y; dy/dt = -2*x").tree == parse("x_1 | -2*x_0").tree


def test_parameters_are_replaced_by_their_values():
    assert parse("dx/dt = v; dv/dt = mu*(1 - x^2)*v - x  with mu=3/2  @ x=2, v=0; T=30").equations[1].children[0].children[
        0
    ].children[0] == number(1.5)


def test_a_parameter_may_be_called_like_a_constant():
    assert parse("x' = e*x with e=0.5").tree == system(Node("*", (number(0.5), variable(0))))


def test_maps_and_functions():
    henon = parse("x[n+1] = 1 - a*x[n]^2 + y; y[n+1] = b*x with a=1.4, b=0.3 @ x=0, y=0; T=50", "map")
    assert to_infix(henon.tree, henon.names) == "1 - 1.4*x^2 + y | 0.3*x"
    wave = parse("y = sin(x)*exp(-x/3) @ x=-5..5", "function")
    assert wave.names == ("x",)
    assert wave.ranges == ((-5.0, 5.0),)


def test_aliases_and_both_powers():
    assert parse("x' = ln(x) + Abs(x)**2").tree == parse("x' = log(x) + abs(x)^2").tree


def test_the_sign_of_a_literal_is_its_own():
    assert parse("x' = -2*x").tree == parse("x' = -(2)*x").tree == system(Node("*", (number(-2), variable(0))))
    assert parse("x' = -2^2*x").tree == system(Node("*", (Node("neg", (Node("^", (number(2), number(2))),)), variable(0))))


def test_spans_point_into_the_source():
    text = "x' = sin(x) - 2.5"
    tree = parse(text).equations[0]
    assert {text[slice(*n.span)] for _, n in tree.walk()} == {"sin(x) - 2.5", "sin(x)", "x", "2.5"}


BAD = [
    ("x' = foo(x)", 1, 6, "unknown function 'foo'"),
    ("x' = sni(x)", 1, 6, "did you mean 'sin'"),
    ("x' = (x", 1, 6, "never closed"),
    ("x' = x)", 1, 7, "closes nothing"),
    ("x' = x;\ny' = sin(y", 2, 9, "never closed"),
    ("x' = w", 1, 6, "unknown variable 'w'"),
    ("x'=x; y'=y @ x=1", 1, 14, "no condition for 'y'"),
    ("x'=x @ y=1", 1, 8, "unknown variable 'y'"),
    ("x' = x @ x=1; T=-1", 1, 15, "positive"),
    ("x' = 9^9^9^9", 1, 6, "no finite value"),
    ("x' = x^(9^9^9)", 1, 9, "no finite value"),
    ("x' = 1/0 + x", 1, 6, "no finite value"),
    ("x' = 1e999*x", 1, 6, "too large"),
    ("", 1, 1, "empty"),
    ("x' = x +", 1, 9, "ends"),
    ("x' = 2 3", 1, 8, "a number stands behind '2'"),
    ("x = 3", 1, 3, "x'"),
    ("x' = x; x' = 2*x", 1, 9, "second equation"),
    ("\x00\x01", 1, 1, "unexpected character"),
    ("x' = " + "(" * 100_000 + "x", 1, 100_001, "longer"),
    ("x' = " + "(" * 50_000 + "x" + ")" * 40_000, 1, 406, "nested deeper"),
    ("x' = " + "-" * 5000 + "x", 1, None, "nested deeper"),
    ("x' = x @ x=1; T=1e300", 1, 15, "at most 1e+100"),
    ("x' = " + "+".join(["x"] * 3400), 1, None, "more than 3,000 terms"),
    ("x' = " + "x" * 10_000_000, 1, 100_001, "longer"),
    ('__import__("os").system("touch /tmp/x")', 1, None, "unexpected"),
    ("x' = x.__class__", 1, 7, "unexpected"),
    ("x' = (lambda: x)()", 1, None, ""),
    ("x' = [c for c in ().__class__.__base__.__subclasses__()]", 1, None, ""),
]


@pytest.mark.parametrize(("text", "line", "column", "words"), BAD, ids=[repr(b[0][:24]) for b in BAD])
def test_bad_input_is_one_line_with_a_place(text, line, column, words):
    start = time.perf_counter()
    with pytest.raises(ParseError) as caught:
        parse(text)
    assert time.perf_counter() - start < 5
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 250
    assert words in message
    assert caught.value.line == line
    assert column is None or caught.value.column == column


@pytest.mark.parametrize("sign", "+-*/")
@pytest.mark.parametrize("n", [140, 400])
def test_a_flat_sum_or_product_is_no_nesting(sign, n):
    """Its value is that from the left, to rounding, and it prints back."""
    text = sign.join(f"{1 + i % 7}*x" if sign in "+-" else f"(x+{i % 3})" for i in range(n))
    tree = parse(f"y = {text}", "function").tree
    assert tree.depth <= 202
    assert parse(to_infix(tree), "function").tree == tree
    apply = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}[sign]
    terms = [(1 + i % 7) * 0.999 if sign in "+-" else 0.999 + i % 3 for i in range(n)]
    try:
        expected = functools.reduce(apply, terms)
    except ArithmeticError:
        return
    found = constant_value(tree.map(lambda node: number(0.999) if node.is_variable else node).children[0])
    assert found is None or found == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_few_terms_stay_as_they_are_written():
    tree = parse("y = " + " + ".join(["x"] * 150), "function").tree.children[0]
    for _ in range(149):
        assert tree.children[1].is_variable
        tree = tree.children[0]


def test_an_unknown_domain_is_named():
    with pytest.raises(SpecError, match="did you mean 'ode'"):
        parse("x' = x", "odee")


@given(st.text(max_size=60), st.sampled_from(DOMAINS))
def test_any_text_parses_or_is_refused(text, domain):
    try:
        parse(text, domain)
    except ParseError as e:
        assert e.line >= 1
        assert e.column >= 1


@given(st.text("x_01|+-*/^().e sincog2", max_size=40))
def test_read_infix_never_raises(text):
    found = read_infix(text)
    assert isinstance(found, Node | Fault)
    if isinstance(found, Fault):
        assert 0 <= found.offset <= len(text)
    else:
        assert read_infix(to_infix(found)) == found


def test_each_part_of_a_long_sum_is_looked_at_a_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking for constants below each node anew takes a thousand times as long for a thousand terms."""
    seen = 0
    walk = Node.walk

    def counted(self: Node) -> Iterator[tuple[Path, Node]]:
        nonlocal seen
        for place in walk(self):
            seen += 1
            yield place

    monkeypatch.setattr(Node, "walk", counted)
    size = parse("x' = " + " + ".join(["2*x"] * 200)).tree.size
    assert seen < 20 * size


def test_the_first_constant_that_has_no_value_is_told() -> None:
    for text, column in (("x' = x*(1/0) + log(-1)", 9), ("x' = log(-1)*(x + 1/0)", 6), ("x' = 2 + 1/0", 6)):
        with pytest.raises(ParseError, match="this constant has no finite value") as caught:
            parse(text)
        assert caught.value.column == column, text
