"""Rewrites that depend on the system: what is written in its frame is put back by a bound representation."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.grammars.draw.strategies import trees
from kappabar.grammars.errors import ConditionError, SpecError
from kappabar.grammars.print.infix import to_infix
from kappabar.grammars.text.parse import parse
from kappabar.grammars.text.reader import read_infix
from kappabar.grammars.tree import MAX_DEPTH, Node, System, coefficients, number, system, variable
from kappabar.representations.representation import canonical, representation
from kappabar.representations.rewrites.base import Context, Framed, Rewrite
from kappabar.representations.rewrites.basis import substituted
from kappabar.representations.rewrites.catalog import REWRITES, built_in
from kappabar.representations.rewrites.chebyshev import weights
from kappabar.representations.rewrites.limits import agree, evaluate
from kappabar.representations.rewrites.nondim import Nondim, Units
from kappabar.representations.rewrites.rename import Rename
from kappabar.tokenizers.base import Invalid

EXACT = "prefix | digits:15"
units = st.floats(1e-3, 1e3)


def tree_of(text: str) -> Node:
    found = read_infix(text)
    assert isinstance(found, Node)
    return found


def lorenz() -> Context:
    s = parse("x' = 10*(y - x); y' = x*(28 - z) - y; z' = x*y - 2.5*z @ x=1, y=2, z=3; T=5")
    rng = np.random.default_rng(1)
    return Context(s, np.linspace(0, 5, 51), rng.normal(0, 8, (1, 51, 3)))


def oscillator(amplitude: float, speed: float) -> Context:
    """x' = speed*v; v' = -speed*x, and its solution in closed form."""
    tree = system(*(Node("*", (number(c), variable(i))) for c, i in ((speed, 1), (-speed, 0))))
    t = np.linspace(0, 200 * np.pi / speed, 40_001)
    y = amplitude * np.stack([np.sin(speed * t), np.cos(speed * t)], axis=-1)[None]
    return Context(System(tree, ("x", "v"), x0=((0.0, amplitude),), t_end=float(t[-1])), t, y)


def one(spec: str) -> Any:
    rewrite = built_in(spec)
    assert rewrite is not None
    return rewrite


@pytest.mark.parametrize("spec", ["rename", "nondim", "nondim:binary", "nondim | rename", "sort | rename | nondim:max,keep"])
def test_decoding_puts_back_what_binding_moved(spec):
    context = lorenz()
    shuffled = Rename().frame(context).moved(context)
    for place in (context, shuffled):
        bound = representation(f"{spec} | {EXACT}", corpus=[place.system]).bind(place)
        assert bound.spec == canonical(f"{spec} | {EXACT}")
        found = bound.decode(bound.encode(place.system))
        assert isinstance(found, Node)
        assert all(agree(a, b, 1e-9) for a, b in zip(place.system.equations, found.children, strict=True))
        assert bound.round_trip(place.system) == found


def test_what_cannot_be_decoded_stays_invalid():
    bound = representation("rename | prefix").bind(lorenz())
    assert isinstance(bound.decode([]), Invalid)


def test_binding_is_free_where_nothing_depends_on_the_system():
    plain = representation("sort | expand | prefix")
    assert plain.bind(lorenz()) is plain
    assert not plain.framed
    bound = representation("rename | prefix").bind(lorenz().system)
    assert not bound.framed
    assert bound.bind(lorenz()) is bound


def test_units_need_a_behavior():
    with pytest.raises(ConditionError, match="behavior"):
        representation("nondim | prefix").bind(lorenz().system)


@pytest.mark.parametrize(
    "text", ["x_1 | x_2 | -x_0", "x_2 | x_0*x_1 | x_2 - x_0", "x_0 | x_2 | x_1", "1 | x_3 | x_2 | x_1 - x_2"]
)
def test_renaming_a_system_permutes_its_vector_field(text):
    tree = tree_of(text)
    frame = Rename().frame(Context(System(tree, tuple("abcd"[: len(tree.children)]))))
    points = np.random.default_rng(3).normal(size=(5, len(tree.children)))
    context = Context(
        System(tree, tuple("abcd"[: len(tree.children)]), x0=tuple(map(tuple, points.tolist()))), np.arange(5.0), points[None]
    )
    moved = frame.moved(context)
    before = np.stack([evaluate(e, points) for e in tree.children], axis=-1)
    after = np.stack([evaluate(e, np.array(moved.system.x0)) for e in moved.system.equations], axis=-1)
    place = [context.system.names.index(name) for name in moved.system.names]
    assert np.array_equal(before[:, place], after)
    assert np.array_equal(moved.y, points[None][..., place])
    assert frame.back(frame.to(tree)) == tree
    assert Rename().apply(frame.to(tree)) == frame.to(tree)


@given(trees(), trees())
def test_renaming_is_undone_for_any_tree(tree, edited):
    names = tuple(f"v{i}" for i in range(len(tree.children)))
    frame = Rename().frame(Context(System(tree, names)))
    assert frame.back(frame.to(tree)) == tree
    assert frame.to(frame.back(edited)) == edited


def test_inputs_of_a_function_move_with_their_ranges():
    s = System(tree_of("x_2 - sin(x_0)"), ("a", "b", "c"), "function", ranges=((0, 1), (2, 3), (4, 5)))
    moved = Rename().frame(Context(s)).moved(Context(s)).system
    assert to_infix(moved.tree) == "x_0 - sin(x_1)"
    assert (moved.names, moved.ranges) == (("c", "a", "b"), ((4, 5), (0, 1), (2, 3)))


@given(units, units)
def test_an_oscillator_has_amplitude_and_speed_one_in_its_own_units(amplitude, speed):
    frame = Nondim("max", "speed").frame(context := oscillator(amplitude, speed))
    moved = frame.moved(context)
    x, v = coefficients(moved.system.tree) if coefficients(moved.system.tree) else (0.0, 0.0)
    assert np.allclose(np.abs(moved.y).max(), 1)
    assert (x, -v) == pytest.approx((np.sqrt(2), np.sqrt(2)), rel=1e-3)
    assert moved.system.t_end == pytest.approx(200 * np.pi / np.sqrt(2), rel=1e-3)
    rms = Nondim("rms", "speed").frame(context)
    assert np.sqrt(np.mean(rms.moved(context).y ** 2)) == pytest.approx(1)


@given(trees(dim=2), st.tuples(units, units), units)
def test_units_are_undone_for_any_tree(tree, scales, time):
    frame = Units(scales, scales, time, True)
    back = frame.back(frame.to(tree))
    if (
        max((abs(v) for v in coefficients(tree)), default=0) < 1e50
        and min((abs(v) for v in coefficients(tree) if v), default=1) > 1e-50
    ):
        for before, after in zip(tree.children, back.children, strict=True):
            points = np.random.default_rng(5).normal(size=(6, 2))
            with np.errstate(all="ignore"):
                a, b = evaluate(before, points), evaluate(after, points)
                near = evaluate(before, points * (1 + 1e-13))
                smooth = np.isfinite(a) & np.isfinite(b) & (np.abs(a - near) <= 1e-9 * np.abs(a)) & (np.abs(a) > 1e-9)
            assert np.allclose(a[smooth], b[smooth], rtol=1e-6)


@given(trees(dim=2), st.tuples(units, units), units)
def test_units_are_what_they_say(tree, scales, time):
    """du/dv = T/s * f(s*u), evaluated on both sides."""
    moved = Units(scales, scales, time, True).to(tree)
    points = np.random.default_rng(6).normal(size=(6, 2))
    for before, after, unit in zip(tree.children, moved.children, scales, strict=True):
        with np.errstate(all="ignore"):
            a = time / unit * evaluate(before, points * scales)
            near = time / unit * evaluate(before, points * scales * (1 + 1e-13))
            b = evaluate(after, points)
            smooth = (np.abs(a) > 1e-9) & (np.abs(a) < 1e9) & np.isfinite(b) & (np.abs(a - near) <= 1e-9 * np.abs(a))
        assert np.allclose(a[smooth], b[smooth], rtol=1e-6)


@given(trees(max_leaves=15), st.lists(st.floats(1e-90, 1e90), min_size=3, max_size=3))
def test_units_never_make_a_number_infinite(tree, scales):
    frame = Units(tuple(scales), tuple(scales), 1.0, True)
    for found in (frame.to(tree), frame.back(tree)):
        assert len(found.children) == len(tree.children)
        assert np.isfinite(coefficients(found)).all()


@pytest.mark.parametrize("symbol", ["sin", "+", "*", "^", "/"])
def test_the_deepest_tree_has_a_frame(symbol):
    tree = variable(0)
    while tree.depth < MAX_DEPTH - 1:
        tree = Node(symbol, (tree,)) if symbol == "sin" else Node(symbol, (tree, number(2.5)))
    for frame in (Units((3.0,), (3.0,), 2.0), Rename().frame(Context(System(system(tree), ("x",))))):
        assert frame.back(frame.to(system(tree))).depth <= MAX_DEPTH + 4


def test_familiar_numbers_come_back():
    context = lorenz()
    frame = Nondim().frame(context)
    assert coefficients(frame.back(frame.to(context.system.tree))) == [10.0, 28.0, 2.5]


@pytest.mark.parametrize("spec", ["chebyshev", "bernstein"])
def test_a_basis_is_that_of_the_functions_range(spec):
    s = System(tree_of("1 + 2*x_0 - 3*x_0^2"), ("x",), "function", ranges=((0.0, 2.0),))
    frame = one(spec).frame(Context(s))
    written = frame.to(s.tree)
    assert written != one(spec).apply(s.tree)
    assert frame.back(written) == written
    expected = {
        "chebyshev": "-1.5 - 4*(x_0 - 1) - 1.5*(2*(x_0 - 1)^2 - 1)",
        "bernstein": "1*((2 - x_0)/2)^2 + 3*(2*(x_0/2)*((2 - x_0)/2)) - 7*(x_0/2)^2",
    }
    assert agree(s.equations[0], tree_of(expected[spec]).children[0])
    assert to_infix(written) == expected[spec]


@given(st.lists(st.integers(-20, 20), min_size=2, max_size=7), st.tuples(st.integers(-9, 0), st.integers(1, 9)))
def test_chebyshev_coefficients_are_numpys(c, bounds):
    tree = number(c[0])
    for k, a in enumerate(c[1:], 1):
        tree = Node("+", (tree, Node("*", (number(a), Node("^", (variable(0), number(k))) if k > 1 else variable(0)))))
    s = System(system(tree), ("x",), "function", ranges=(tuple(map(float, bounds)),))
    written = one("chebyshev:30").frame(Context(s)).to(s.tree).children[0]
    expected = np.polynomial.Polynomial(c).convert(kind=np.polynomial.Chebyshev, domain=bounds)
    x = np.linspace(*bounds, 11)
    assert np.allclose(evaluate(written, x[:, None]), expected(x), rtol=1e-9, atol=1e-9)
    middle, half = Fraction(sum(bounds), 2), Fraction(bounds[1] - bounds[0], 2)
    found = [float(w) for w in weights(substituted(list(map(Fraction, c)), half, middle))]
    assert np.allclose(found[: len(expected.coef)], expected.coef, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", REWRITES)
def test_names_give_rewrites_and_print_back(name):
    rewrite = one(name)
    assert isinstance(rewrite, Rewrite)
    assert one(rewrite.spec) == rewrite
    assert isinstance(rewrite, Framed) == (name in ("rename", "nondim", "chebyshev", "bernstein"))
    assert REWRITES[name].summary.endswith(".")
    full = canonical(f"{name} | prefix")
    assert canonical(full) == full


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sort:3 | prefix", "it takes none"),
        ("nondim:rsm | prefix", "did you mean 'rms'"),
        ("nondim:rms,speed,4 | prefix", "write nondim:SCALE,TIME"),
        ("chebyshev:0 | prefix", "from 1 to 30"),
        ("bernstien | prefix", "did you mean 'bernstein'"),
    ],
)
def test_what_is_wrong_with_a_rewrite(text, words):
    with pytest.raises(SpecError, match=words):
        canonical(text)
