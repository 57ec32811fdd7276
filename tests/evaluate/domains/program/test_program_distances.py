"""How far outputs are apart, against plain Python; what an observer sees of them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.evaluate.domains.observers.base import Curves, observe
from kappabar.evaluate.domains.observers.outcomes import Outcomes
from kappabar.evaluate.domains.program.distances import graded, outputs
from kappabar.evaluate.domains.program.machine import FAULTS, KINDS, LONGEST, WIDTH
from kappabar.grammars.errors import SpecError

Output = int | tuple[int, ...] | str
SEEN = Outcomes(KINDS)
values = st.one_of(
    st.integers(-20, 20), st.lists(st.integers(-3, 3), max_size=LONGEST).map(tuple), st.sampled_from(sorted(FAULTS.values()))
)
tables = st.lists(values, min_size=5, max_size=5)


def row(output: Output) -> list[float]:
    found = np.zeros(WIDTH)
    if isinstance(output, str):
        found[0] = next(kind for kind, name in FAULTS.items() if name == output)
    elif isinstance(output, int):
        found[1] = output
    else:
        found[: 2 + len(output)] = 1, len(output), *output
    return found.tolist()


def behavior(table: list[Output]) -> np.ndarray:
    return np.array([row(output) for output in table])


@cache
def levenshtein(x: tuple[int, ...], y: tuple[int, ...]) -> int:
    if not x or not y:
        return len(x) + len(y)
    swapped = levenshtein(x[1:], y[1:]) + (x[0] != y[0])
    return min(levenshtein(x[1:], y) + 1, levenshtein(x, y[1:]) + 1, swapped)


def apart(x: Output, y: Output) -> float:
    if isinstance(x, int) and isinstance(y, int):
        return abs(x - y) / max(abs(x) + abs(y), 1)
    if isinstance(x, tuple) and isinstance(y, tuple):
        return levenshtein(x, y) / max(len(x), len(y), 1)
    return float(x != y)


@given(tables, tables)
@settings(deadline=None)
def test_distances_are_means_over_inputs(a: list[Output], b: list[Output]) -> None:
    x, y = behavior(a), behavior(b)
    assert float(outputs(x, y)) == pytest.approx(np.mean([p != q for p, q in zip(a, b, strict=True)]))
    assert float(graded(x, y)) == pytest.approx(np.mean([apart(p, q) for p, q in zip(a, b, strict=True)]))


@given(tables, tables)
@settings(deadline=None)
def test_distances_are_symmetric_and_zero_between_equals_alone(a: list[Output], b: list[Output]) -> None:
    for distance in (outputs, graded):
        forth, back = float(distance(behavior(a), behavior(b))), float(distance(behavior(b), behavior(a)))
        assert forth == back and 0.0 <= forth <= 1.0 and (forth == 0.0) == (a == b)
    assert float(graded(behavior(a), behavior(b))) <= float(outputs(behavior(a), behavior(b)))


def test_many_at_once_are_as_one_by_one_and_anything_has_a_distance() -> None:
    """Arrays of any numbers: compiled code looks at no bounds."""
    rng = np.random.default_rng(0)
    others = rng.integers(-40, 40, (50, 1, 6, WIDTH)).astype(float)
    others[..., 0] = rng.integers(0, 3, others.shape[:-1])
    for distance in (outputs, graded):
        whole = distance(others[7], others)
        assert whole.shape == (50, 1) and whole[7, 0] == 0.0
        assert whole[:, 0].tolist() == [float(distance(others[7, 0], one[0])) for one in others]
        assert ((whole >= 0) & (whole <= 1)).all()


def curves(found: list[list[Output]]) -> Curves:
    n, points = len(found), len(found[0])
    columns = np.ones((n, WIDTH), np.float32)
    time = np.tile(np.linspace(0, 1, points, dtype=np.float32), (n, 1))
    shown = np.stack([behavior(table) for table in found]).astype(np.float32)
    return Curves(shown, columns, columns, time, np.ones(n, np.float32))


@given(st.lists(tables, min_size=2, max_size=4))
@settings(deadline=None)
def test_without_noise_different_outputs_are_seen_differently(found: list[list[Output]]) -> None:
    seen = observe(SEEN, curves(found), 0.0, np.random.default_rng(0))
    assert (seen.samples.shape[2], seen.scales.shape[1]) == SEEN.features(WIDTH)
    for i, one in enumerate(found):
        for j, other in enumerate(found):
            for k, (p, q) in enumerate(zip(one, other, strict=True)):
                assert (p == q) == bool((seen.samples[i, k] == seen.samples[j, k]).all())


def test_noise_puts_the_output_of_another_input() -> None:
    table: list[Output] = [*range(19), (1, 2), ()]
    known = curves([table] * 400)
    found = SEEN.noisy(known, 0.2, np.random.default_rng(1)).values
    changed = (found != known.values).any(axis=2)
    assert changed.mean() == pytest.approx(0.2, abs=0.01)
    rows = {tuple(row(output)) for output in table}
    assert {tuple(one) for one in found[changed].tolist()} == rows
    np.testing.assert_array_equal(found, SEEN.noisy(known, 0.2, np.random.default_rng(1)).values)
    np.testing.assert_array_equal(SEEN.noisy(known, 0.0, np.random.default_rng(1)).values, known.values)


def test_the_nearest_is_found_by_brute_force_and_what_stands_still_is_best() -> None:
    rng = np.random.default_rng(2)

    def some(n: int) -> list[list[Output]]:
        return [[[0, 1, (1,), "index"][k] for k in rng.integers(0, 4, 6)] for _ in range(n)]

    train, others = curves(some(90)), curves(some(150))
    found = SEEN.nearest(train, others)
    for y, least in zip(others.values.astype(float), found, strict=True):
        assert least == pytest.approx(min(SEEN.error(y, x) for x in train.values.astype(float)))
    for truth in others.values[:40].astype(float):
        still = SEEN.still(truth[None])[0]
        assert (still == still[0]).all()
        tries = [np.broadcast_to(one, truth.shape) for one in truth]
        assert SEEN.error(truth, still) == min(SEEN.error(truth, one) for one in tries)


def test_a_fit_is_whole_or_none() -> None:
    truth, other = behavior([1, (1, 2), "index", 3])[None], behavior([1, (1, 3), "index", 4])[None]
    assert SEEN.fit(truth, truth) == (1.0, 0.0) and SEEN.fit(truth, other) == (float("-inf"), 0.5)
    with pytest.raises(SpecError, match="none of 0 to 1"):
        Outcomes(2).embed(curves([["index"]]))
    with pytest.raises(SpecError, match="at least 1"):
        Outcomes(0)
