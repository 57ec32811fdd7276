"""How far structures are from each other, against sets of pairs in plain Python, and against ViennaRNA's distance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.evaluate.domains.rna.distances import base_pairs, mountain
from kappabar.evaluate.domains.rna.folding import LONGEST, ROWS, SIGNS


def row(structure: str) -> np.ndarray:
    found = np.zeros((ROWS, 1))
    found[: len(structure), 0] = [1 + SIGNS.index(sign) for sign in structure]
    return found


def pairs(structure: str) -> set[tuple[int, int]]:
    waiting, found = [], set()
    for i, sign in enumerate(structure):
        if sign == "(":
            waiting.append(i)
        elif sign == ")":
            found.add((waiting.pop(), i))
    return found


def heights(structure: str) -> list[int]:
    return np.cumsum([{"(": 1, ")": -1, ".": 0}[sign] for sign in structure]).tolist()


@st.composite
def structures(draw: st.DrawFn, most: int = 30) -> str:
    text, open_now = "", 0
    for _ in range(draw(st.integers(1, most))):
        sign = draw(st.sampled_from(".()" if open_now else ".("))
        open_now += {"(": 1, ")": -1, ".": 0}[sign]
        text += sign
    return text + ")" * open_now


@given(structures(), structures())
@settings(max_examples=200, deadline=None)
def test_distances_are_those_of_plain_sets(a: str, b: str) -> None:
    short, long = sorted((a, b), key=len)
    shifts = range(len(long) - len(short) + 1)
    both = max(len({(i + s, j + s) for i, j in pairs(short)} & pairs(long)) for s in shifts)
    total = len(pairs(a)) + len(pairs(b))
    assert float(base_pairs(row(a), row(b))) == pytest.approx(1 - 2 * both / total if total else 0.0)
    high, low = np.array(heights(long)), heights(short)
    padded = (np.concatenate([np.zeros(s), low, np.zeros(len(long) - len(low) - s)]) for s in shifts)
    total = int(high.sum()) + sum(low)
    assert float(mountain(row(a), row(b))) == pytest.approx(min(np.abs(p - high).sum() for p in padded) / total if total else 0.0)
    for distance in (base_pairs, mountain):
        assert float(distance(row(a), row(b))) == float(distance(row(b), row(a))) and float(distance(row(a), row(a))) == 0.0


@given(structures(), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_of_one_length_it_is_the_distance_that_vienna_has(a: str, random: object) -> None:
    rna = pytest.importorskip("RNA", reason="the extra rna (ViennaRNA) is not installed")
    b = a[::-1].translate(str.maketrans("()", ")("))
    total = len(pairs(a)) + len(pairs(b))
    assert float(base_pairs(row(a), row(b))) == pytest.approx(rna.bp_distance(a, b) / total if total else 0.0)


def test_known_distances() -> None:
    stem, slipped, opened = "((((....))))", "(((.....))).", "............"
    assert float(base_pairs(row(stem), row(slipped))) == 1.0, "no pair in common"
    assert float(mountain(row(stem), row(slipped))) == pytest.approx(8 / 56), "and yet nearly the same mountain"
    assert float(base_pairs(row(stem), row(opened))) == float(mountain(row(stem), row(opened))) == 1.0
    assert float(base_pairs(row(opened), row(opened[:3]))) == 0.0, "neither has a pair"
    assert float(base_pairs(row(stem), row("." + stem))) == float(mountain(row(stem), row(stem + "."))) == 0.0
    assert float(base_pairs(row("((...))"), row("(.....)"))) == pytest.approx(1 / 3)


def test_what_is_no_structure_has_a_distance_and_stays_within_its_arrays() -> None:
    """Any symbols, brackets without partners among them: compiled code looks at no bounds."""
    rng = np.random.default_rng(0)
    strange = [np.full((ROWS, 1), float(symbol)) for symbol in (0, 1, 2, 3)]
    strange += [rng.integers(0, 4, (ROWS, 1)).astype(float) for _ in range(200)]
    for one in strange:
        for pair in ((row("((...))"), one), (one, row("((...))")), (one, one)):
            for distance in (base_pairs, mountain):
                assert 0.0 <= float(distance(*pair)) <= 1.0


def test_many_at_once_are_as_one_by_one() -> None:
    every = ["((...))", ".((...))", "(((....)))", "." * LONGEST, "(((...)))(...)"]
    others = np.array([row(one) for one in every])[:, None]
    for distance in (base_pairs, mountain):
        whole = distance(others[2], others)
        assert whole.shape == (5, 1) and whole[:, 0].tolist() == [float(distance(others[2, 0], one[0])) for one in others]
