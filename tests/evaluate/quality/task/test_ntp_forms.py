"""A form is what is left once order, signs and constants are absorbed: held to values, and to fits of constants by SciPy."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from itertools import count

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import least_squares

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.sources import sample_systems
from kappabar.evaluate.quality.task.forms import form, spelled
from kappabar.evaluate.quality.task.split import skeleton
from kappabar.grammars.operators import Operator, Operators
from kappabar.grammars.tree import Node, number, system, variable, whole_exponent

Values = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def tree(text: str) -> Node:
    """x, y and z are x_0, x_1 and x_2, in whatever order they come."""
    return domain("function").parse(re.sub(r"\b[xyz]\b", lambda m: f"x_{'xyz'.index(m[0])}", text)).tree


SAME = [
    ["x - 2*y", "3*y + x", "-(y - x)", "(y + x)/7", "-(-(x - y))", "2*(3*(x + y))", "y - (-x)"],
    ["2*exp(1 - x)", "exp(x)/3", "1/exp(2*x)", "exp(x)*exp(-3*x)", "0.5^x", "-exp(-x)"],
    ["x*y*sin(2*x)", "sin(x)*(y*x)", "-(y*3*sin(-x)*x)", "y*sin(x)/(2/x)"],
    ["x/(1 + y)", "2*x/(y - 3)", "x*(1 + y)^(-1)", "-(x/(0.5 - y))"],
    ["x^2 + y", "y + x*x", "-y/2 + 3*x^2", "(2*x)^2 - y", "y - x*(x*4)"],
    ["(x + y)^2", "(y - x)*(x + 3*y)", "-(x + y)*(y + x)/5"],
    ["sin(x + 1)", "2*sin(3 - x)"],
    ["1/x", "x^(-1)", "x/x^2", "-3/(2*x)"],
    ["2", "pi", "-1/3", "sin(2)", "2^3", "exp(1)"],
    ["x^0.5", "2*x^1.7"],
]


def test_one_form_however_it_is_written() -> None:
    forms = [[form(tree(text)) for text in group] for group in SAME]
    for group, texts in zip(forms, SAME, strict=True):
        assert len(set(group)) == 1, texts
    assert len({group[0] for group in forms}) == len(SAME), "and the groups are told apart"


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("x", "x + 1"), ("x", "y"), ("x^2", "x^3"), ("sin(x)", "cos(x)"), ("x*y", "x + y"), ("x/y", "y/x"), ("x*(1 - x)", "x"),
        ("sin(x)", "sin(x + 1)"), ("sin(x^2)", "sin(x)^2"), ("x^2", "1/x^2"), ("exp(x)", "exp(x^2)"), ("x^y", "y^x"), ("x", "2"),
    ],
)  # fmt: skip
def test_what_behaves_otherwise_has_another_form(a: str, b: str) -> None:
    assert form(tree(a)) != form(tree(b))


@given(st.integers(0, 400), st.integers(0, 2**32), st.lists(st.integers(0, 5), min_size=1, max_size=6))
def test_rewriting_by_order_sign_and_factor_keeps_the_form(which: int, seed: int, steps: list[int]) -> None:
    """Each step is an identity up to a factor, which the values confirm; the form does not move."""
    first = SYSTEMS[which % len(SYSTEMS)].equations[0]
    rng, changed = np.random.default_rng(seed), first
    for step in steps:
        changed = turned(changed, step, rng)
    assert form(system(changed)) == form(system(first))
    x = np.random.default_rng(1).uniform(0.3, 2.0, (3, 40))
    before, after = evaluated(first, x), evaluated(changed, x)
    good = np.isfinite(before) & np.isfinite(after) & (np.abs(before) > 1e-9)
    if good.sum() > 3:
        ratio = after[good] / before[good]
        assert ratio == pytest.approx(np.full(len(ratio), ratio[0]), rel=1e-6)


def turned(node: Node, step: int, rng: np.random.Generator) -> Node:
    """The node in other words: only the whole may take a factor, parts keep their value."""
    c = number(round(float(rng.uniform(0.5, 3)), 2))
    if step == 0:
        return Node("*", (c, node)) if rng.random() < 0.5 else Node("*", (node, c))
    if step == 1:
        return Node("/", (node, c))
    if step == 2:
        return Node("neg", (node,))

    def inside(n: Node) -> Node:
        if whole_exponent(n) is None and n.symbol in "+*" and rng.random() < 0.7:
            return Node(n.symbol, (n.children[1], n.children[0]))
        if n.symbol == "-" and step > 3:
            return Node("neg", (Node("-", (n.children[1], n.children[0])),))
        if n.symbol == "+" and step == 5:
            return Node("-", (n.children[0], Node("neg", (n.children[1],))))
        return n

    return node.map(inside)


SYSTEMS = sample_systems("function", 400, 11)


def evaluated(node: Node, x: Values) -> Values:
    """Values of a tree at x (variables, points), by NumPy."""
    return shaped(node)(x, np.ones(1000), False)


def shaped(node: Node) -> Callable[[Values, Values, bool], Values]:
    """The tree as a function of x and of constants: `free`, one multiplies every node and stands for every number but whole
    exponents; else the tree itself."""
    numbers = count()

    def build(n: Node) -> Callable[[Values, Values, bool], Values]:
        k = next(numbers)
        if n.is_number:
            return lambda x, c, free: np.full(x.shape[1], c[k] if free else n.value)
        if n.symbol in ("pi", "e"):
            return lambda x, c, free: np.full(x.shape[1], c[k] if free else {"pi": np.pi, "e": np.e}[n.symbol])
        if n.is_variable:
            return lambda x, c, free: (c[k] if free else 1.0) * x[n.index]
        power = whole_exponent(n)
        parts = [build(child) for child in (n.children[:1] if power is not None else n.children)]

        def value(x: Values, c: Values, free: bool) -> Values:
            a = [part(x, c, free) for part in parts]
            with np.errstate(all="ignore"):
                found = a[0] ** float(power) if power is not None else OPERATORS[n.symbol](*a)
            return np.asarray((c[k] if free else 1.0) * found)

        return value

    return build(node)


OPERATORS: dict[str, Callable[..., Values]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "^": np.power, "neg": np.negative, "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan, "cot": lambda a: 1 / np.tan(a), "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "sinh": np.sinh,
    "cosh": np.cosh, "tanh": np.tanh, "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "abs": np.abs, "sign": np.sign,
}  # fmt: skip


def fitted_error(target: Node, shape: Node) -> float:
    """The least relative error with which `shape`, all of its constants free, takes the values of `target`."""
    x = np.random.default_rng(2).uniform(0.3, 1.6, (3, 60))
    wanted = evaluated(target, x)
    good = np.isfinite(wanted)
    if good.sum() < 40:
        return np.nan
    value, n, scale = shaped(shape), shape.size + 1, max(float(np.abs(wanted[good]).max()), 1e-12)

    def residual(c: Values) -> Values:
        return np.clip(np.nan_to_num((value(x, c, True) - wanted)[good] / scale, nan=10.0), -10, 10)

    best, rng = np.inf, np.random.default_rng(3)
    for trial in range(30):
        start = np.where(rng.random(n) < 0.5, -1.0, 1.0) * rng.uniform(0.3, 2.0, n) if trial else np.ones(n)
        found = least_squares(residual, start, xtol=1e-15, ftol=1e-15, gtol=1e-15, max_nfev=400)
        best = min(best, float(np.abs(found.fun).max()))
        if best < 1e-6:
            break
    return best


def test_expressions_of_one_form_and_two_skeletons_fit_each_other() -> None:
    """The oracle knows nothing of forms: SciPy fits the constants of one tree to the values of the other."""
    groups: dict[Hashable, list[Node]] = {}
    for s in SYSTEMS:
        if s.tree.size <= 12:
            groups.setdefault(form(s.tree), []).append(s.tree)
    pairs = [(found[0], other) for found in groups.values() for other in found[1:] if skeleton(other) != skeleton(found[0])][:25]
    assert len(pairs) > 15
    errors = [fitted_error(a.children[0], b.children[0]) for a, b in pairs]
    assert np.nanmax(errors) < 1e-5, [str((a, b)) for (a, b), e in zip(pairs, errors, strict=True) if not e < 1e-5]


def test_an_alphabet_of_ones_own_has_no_laws() -> None:
    own = Operators((Operator("+", 2, "infix", 1), Operator("*", 2, "infix", 2)))
    x, y = variable(0), variable(1)
    assert form(system(Node("+", (x, y))), own) != form(system(Node("+", (y, x))), own)


def test_text_of_a_form_is_one_in_every_process() -> None:
    texts = {spelled(form(tree(text))) for text in ("x*y + sin(z)*2", "-sin(3*z) + y*x", "y*x - sin(z)")}
    assert texts == {"({{(('sin',{{(('x_2'),1)}}),1)},{(('x_0'),1),(('x_1'),1)}})"}
