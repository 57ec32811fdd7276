"""What is observed of behaviors, as numbers and as symbols: what noise does, what is seen, what is alike."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.evaluate.domains.domain import Domain, domain
from kappabar.evaluate.domains.observers.base import Curves, Observer, observe
from kappabar.evaluate.domains.observers.numbers import NUMBERS
from kappabar.evaluate.domains.observers.symbols import Symbols
from kappabar.evaluate.quality.task.observe import curves
from kappabar.evaluate.quality.task.outcomes import constant
from kappabar.evaluate.quality.task.task import TaskConfig, build_task
from kappabar.grammars.errors import SpecError

BITS, LETTERS = Symbols(), Symbols(5, ordered=True)
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def boolean() -> Domain:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return domain("examples.boolean:BOOLEAN")


def drawn(n: int, points: int, size: int, seed: int, inputs: int = 0) -> Curves:
    """n sequences of symbols, and inputs beside them, which are numbers."""
    rng = np.random.default_rng(seed)
    symbols = rng.integers(0, size, (n, points, 1)).astype(np.float32)
    beside = rng.standard_normal((n, points, inputs)).astype(np.float32)
    present = np.ones((n, 1 + inputs), np.float32)
    measured = present * (np.arange(1 + inputs) == 0)
    time = np.tile(np.linspace(0, 1, points, dtype=np.float32), (n, 1))
    return Curves(np.concatenate([symbols, beside], axis=2), present, measured, time, np.ones(n, np.float32))


@given(st.integers(2, 6), st.integers(1, 9), st.integers(0, 2), st.integers(0, 5))
@settings(max_examples=25, deadline=None)
def test_without_noise_every_symbol_can_be_read_from_what_is_seen(size: int, points: int, inputs: int, seed: int) -> None:
    observer, known = Symbols(size), drawn(4, points, size, seed, inputs)
    seen = observe(observer, known, 0.0, np.random.default_rng(seed))
    columns = 1 + inputs
    assert (seen.samples.shape[2], seen.scales.shape[1]) == observer.features(columns)
    which = seen.samples[:, :, 1 : 1 + columns * size].reshape(4, points, columns, size)
    assert (which[:, :, 0].argmax(axis=2) == known.values[:, :, 0]).all() and not which[:, :, 1:].any()
    np.testing.assert_array_equal(seen.samples[:, :, -inputs:] if inputs else 0, known.values[:, :, 1:] if inputs else 0)


def test_noise_makes_any_other_symbol_and_leaves_inputs() -> None:
    known = drawn(300, 40, 5, 0, inputs=1)
    observer = Symbols(5)
    found = observer.noisy(known, 0.2, np.random.default_rng(1))
    changed = found.values[:, :, 0] != known.values[:, :, 0]
    assert changed.mean() == pytest.approx(0.2, abs=0.01)
    steps = Counter(((found.values - known.values)[:, :, 0][changed] % 5).astype(int).tolist())
    assert set(steps) == {1, 2, 3, 4} and max(steps.values()) < 1.15 * min(steps.values())
    np.testing.assert_array_equal(found.values[:, :, 1], known.values[:, :, 1])
    again = observer.noisy(known, 0.2, np.random.default_rng(1))
    np.testing.assert_array_equal(found.values, again.values)


def test_noise_leaves_the_end_of_a_sequence_where_it_is() -> None:
    known = drawn(300, 40, 5, 0)
    found = LETTERS.noisy(known, 0.2, np.random.default_rng(1))
    assert ((found.values == 0) == (known.values == 0)).all()
    there = known.values > 0
    assert (found.values != known.values)[there].mean() == pytest.approx(0.2, abs=0.01)
    steps = Counter(((found.values - known.values)[there & (found.values != known.values)] % 4).astype(int).tolist())
    assert set(steps) == {1, 2, 3} and max(steps.values()) < 1.15 * min(steps.values())


@pytest.mark.parametrize("observer", [BITS, LETTERS, NUMBERS], ids=lambda one: type(one).__name__)
def test_the_nearest_is_found_by_brute_force(observer: Observer) -> None:
    size = observer.size if isinstance(observer, Symbols) else 4
    train, others = drawn(300, 12, size, 3), drawn(280, 12, size, 4)
    found = observer.nearest(train, others)
    for i in range(0, 280, 27):
        y = others.values[i].astype(float)
        if observer is NUMBERS:
            each = [domain("function").distance("bounded-l2").function(y, x.astype(float)) for x in train.values]
        else:
            each = [observer.error(y, x.astype(float)) for x in train.values]
        assert found[i] == pytest.approx(min(each), abs=1e-6)
    assert observer.nearest(train, train) == pytest.approx(np.zeros(300), abs=1e-6)
    lonely = replace(others, present=np.zeros_like(others.present))
    assert np.isinf(observer.nearest(train, lonely)).all()


def test_a_constant_is_the_best_that_stands_still() -> None:
    """By trying all of them."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        truth = rng.integers(0, 5, (2, 9, 3)).astype(float)
        still = Symbols(5).still(truth)
        assert still.shape == truth.shape and (still == still[:, :1]).all()
        every = [(truth == symbol).mean(axis=1) for symbol in range(5)]
        assert (truth == still).mean(axis=1) == pytest.approx(np.max(every, axis=0))
    assert not LETTERS.still(truth).any(), "of a sequence the empty one"
    holes = np.array([[[0.0], [np.nan], [1.0], [1.0]]])
    assert BITS.still(holes).tolist() == [[[1.0]] * 4]
    assert NUMBERS.still(np.array([[[1.0], [3.0], [np.nan]]])).tolist() == [[[2.0]] * 3]


def test_how_well_symbols_fit_is_the_share_that_is_wrong_up_to_the_end() -> None:
    truth, other = (np.array(values, float).reshape(1, -1, 1) for values in ([1, 2, 3, 0, 0, 0, 0, 0], [1, 2, 4, 4, 0, 0, 0, 0]))
    assert LETTERS.fit(truth, truth) == (1.0, 0.0)
    assert LETTERS.fit(truth, other) == (-np.inf, 0.5), "two of the four that either has"
    assert Symbols(5).fit(truth, other) == (-np.inf, 0.25), "of a table every point counts"
    holes = truth.copy()
    holes[0, 2:] = np.nan
    assert LETTERS.fit(holes, other) == (1.0, 0.0)
    curve = np.array([1.0, 2.0, 3.0]).reshape(1, 3, 1)
    r2, relative = NUMBERS.fit(curve, curve + 0.1)
    assert r2 == pytest.approx(1 - 0.03 / 2) and relative == pytest.approx(np.sqrt(0.03 / 14))


def test_what_comes_first_is_seen_of_a_sequence_and_all_over_of_a_table() -> None:
    system = domain("function").parse("y = x")
    assert LETTERS.rows(system, 100, 4).tolist() == [0, 1, 2, 3] and LETTERS.rows(system, 2, 4).tolist() == [0, 1, 1, 1]
    assert BITS.rows(system, 101, 5).tolist() == [0, 25, 50, 75, 100]


def test_what_stands_behind_the_symbols_is_not_seen() -> None:
    """As a fold has a temperature behind its turns, for a metric of its own."""
    observer, system = Symbols(4, ordered=True, length=5), domain("function").parse("y = x")
    assert observer.rows(system, 6, 8).tolist() == [0, 1, 2, 3, 4, 4, 4, 4]
    truth = np.array([2.0, 3.0, 1.0, 0.0, 0.0, 0.27]).reshape(1, 6, 1)
    other = truth + np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.1]).reshape(1, 6, 1)
    assert observer.fit(truth, other) == (1.0, 0.0)
    assert observer.fit(truth, np.where(truth == 3.0, 1.0, truth))[1] == pytest.approx(1 / 3)
    with pytest.raises(SpecError, match="first 5 points is one of sequences"):
        Symbols(4, length=5)


def test_what_is_no_symbol_is_told() -> None:
    with pytest.raises(SpecError, match="value 2, which is none of the symbols 0 to 1"):
        BITS.embed(drawn(50, 9, 3, 0))
    with pytest.raises(SpecError, match="an observer of 1 symbols sees nothing"):
        Symbols(1)


def test_a_truth_table_is_observed_as_bits(boolean: Domain) -> None:
    """The task of the example: whole tables, noise that flips, a constant that is the majority."""
    assert boolean.observer == Symbols(2)
    task = build_task(boolean, TaskConfig(n_train=60, n_val=8, n_test=12, noise=0.25), 0)
    seen, clean = task.observed(task.test, "test-noise"), task.test.curves
    assert set(np.unique(seen.values)) == {0.0, 1.0}
    flipped = (seen.values != clean.values)[:, :, 0].mean()
    assert 0.1 < flipped < 0.4 and (seen.values[:, :, 1:] == clean.values[:, :, 1:]).all()
    share = [max(item.truth.mean(), 1 - item.truth.mean()) for item in task.items]
    assert constant(boolean, task.items) == pytest.approx(share), "an average of bits is no bit, and would be wrong everywhere"


def test_curves_of_any_system_are_those_of_the_task(boolean: Domain) -> None:
    task = build_task(boolean, TaskConfig(n_train=40, n_val=4, n_test=6), 0)
    one = task.test.systems[0]
    found = task.curve(one)
    assert found is not None
    np.testing.assert_array_equal(found.values[0], task.test.curves.values[0])
    setting = boolean.semantics.setting(one, points=task.config.times)
    y = boolean.semantics.simulate([one.tree], setting).y[0]
    own = curves(boolean, [one], [setting], [y], task.config.points, task.columns)
    np.testing.assert_array_equal(own.values, found.values)
    assert task.curve(boolean.parse("a and b and c and d and e and f and g")) is None, "it has more columns"
