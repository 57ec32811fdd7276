"""Tables of the code dial: what none of them changes, and what each changes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.evaluate.dials.code import codes
from kappabar.evaluate.dials.code.codes import KINDS, Shape, early, level, place_entropies, table_of
from kappabar.evaluate.dials.code.values import ratios, spaced

SHAPES = (Shape(4, 4), Shape(16, 2), Shape(2, 6))
KEEPING = ("natural", "low-first", "renamed", "redrawn", "redrawn-low-first", "half-redrawn")
"""Kinds whose level is exactly the natural one's where distances are linear in rank."""


def linear(shape: Shape) -> codes.Floats:
    ranks = np.arange(shape.words)
    return np.asarray(np.abs(ranks[:, None] - ranks) / (shape.words - 1))


def counted(table: codes.Table, shape: Shape, distance: codes.Floats) -> float:
    """The level by going through all words and replacements."""
    rank = {word: int(table[i]) for i, word in enumerate(np.ndindex(shape.grid))}
    moved = [
        distance[own, rank[(*word[:place], other, *word[place + 1 :])]]
        for word, own in rank.items()
        for place in range(shape.places)
        for other in range(shape.base)
        if other != word[place]
    ]
    return float(np.mean(moved))


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_table_is_a_bijection_and_the_same_again(name: str, shape: Shape) -> None:
    distance = ratios(spaced(shape.words, 0.2, 5.0))
    one, again, other = (table_of(name, shape, distance, 0.4, 7, draw) for draw in (3, 3, 4))
    assert sorted(one.tolist()) == list(range(shape.words)) and (one == again).all()
    assert name in ("natural", "low-first", "reflected") or (one != other).any()


@pytest.mark.parametrize("name", KEEPING)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_controls_have_exactly_the_natural_level(name: str, shape: Shape) -> None:
    distance = linear(shape)
    table = table_of(name, shape, distance, 0.0, 1, 2)
    assert level(table, shape, distance) == pytest.approx(level(codes.natural(shape), shape, distance), rel=1e-12)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_level_is_the_mean_over_all_replacements(shape: Shape) -> None:
    distance = ratios(spaced(shape.words, 0.2, 5.0))
    for table in (codes.natural(shape), codes.scattered(shape, np.random.default_rng(0))):
        assert level(table, shape, distance) == pytest.approx(counted(table, shape, distance), rel=1e-12)


@given(st.floats(0.24, 0.54), st.integers(0, 5))
@settings(max_examples=8, deadline=None)
def test_swapped_tables_have_the_level_asked_for(target: float, draw: int) -> None:
    shape = Shape()
    distance = ratios(spaced(shape.words, 0.2, 5.0))
    table = table_of("annealed", shape, distance, target, 0, draw)
    assert abs(level(table, shape, distance) - target) <= 1e-3
    assert codes.out_of_place(table) > 0.8, "nothing of the natural order is left over"


def test_a_swap_changes_the_level_as_it_is_said_to() -> None:
    """Of words in one place, in several, and of one with itself."""
    shape, rng = Shape(), np.random.default_rng(3)
    distance, near = ratios(spaced(shape.words, 0.2, 5.0)), codes.adjacent(shape).astype(float)
    table = codes.scattered(shape, rng)
    a, b = np.array([0, 0, 17, 5]), np.array([1, 255, 18, 5])
    gains = codes._gains(table, distance, near, a, b)
    for i, j, gain in zip(a, b, gains, strict=True):
        swapped = table.copy()
        swapped[[i, j]] = swapped[[j, i]]
        moved = (level(swapped, shape, distance) - level(table, shape, distance)) * shape.neighbors * shape.words / 2
        assert gain == pytest.approx(moved, abs=1e-9)


def test_the_dial_moves_by_what_it_says() -> None:
    """The issue's least movement of 0.3, and the figures of the module's description."""
    shape = Shape()
    distance = ratios(spaced(shape.words, 0.2, 5.0))
    worst = table_of("annealed", shape, distance, 1.0, 0, 0)
    low, random, high = (
        level(t, shape, distance) for t in (codes.natural(shape), codes.scattered(shape, np.random.default_rng(0)), worst)
    )
    assert (low, random, high) == pytest.approx((0.193, 0.445, 0.543), abs=0.004) and high - low >= 0.3


def test_reflected_neighbors_differ_in_one_token() -> None:
    for shape in SHAPES:
        table = codes.reflected(shape)
        words = np.array(np.unravel_index(np.argsort(table), shape.grid)).T
        assert ((words[1:] != words[:-1]).sum(axis=1) == 1).all()


def test_how_early_a_word_speaks() -> None:
    shape = Shape()
    rng = np.random.default_rng(0)
    assert early(codes.natural(shape), shape) > 0.97
    assert early(codes.low_first(codes.natural(shape), shape), shape) < 0.03
    assert early(codes.redrawn(shape, rng), shape) == pytest.approx(early(codes.natural(shape), shape), abs=1e-6)
    assert early(codes.scattered(shape, rng), shape) < 0.2


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_the_entropy_of_words_is_every_tables_own(seed: int) -> None:
    rng, shape = np.random.default_rng(seed), Shape()
    shares = rng.dirichlet(np.ones(shape.words))
    whole = -(shares * np.log2(shares)).sum()
    for table in (codes.natural(shape), codes.scattered(shape, rng), codes.redrawn(shape, rng)):
        assert sum(place_entropies(table, shape, shares)) == pytest.approx(whole)
    uniform = np.full(shape.words, 1 / shape.words)
    assert place_entropies(codes.scattered(shape, rng), shape, uniform) == pytest.approx((2.0,) * 4)
