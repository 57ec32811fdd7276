"""Expressions of the semantics dial: how rough they are at each level, what can be known of them, and planted errors."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from kappabar.evaluate.dials.code.codes import Shape, natural
from kappabar.evaluate.dials.code.writing import written
from kappabar.evaluate.dials.semantics.families import FAMILIES, Family
from kappabar.evaluate.dials.semantics.lines import edited
from kappabar.evaluate.dials.semantics.planting import displaced, donors, planted
from kappabar.evaluate.dials.semantics.posterior import best_answers, posterior, qualities
from kappabar.evaluate.dials.semantics.space import Meaning, Space, kappa, meaning, seen, space, split, task_of
from kappabar.evaluate.domains.metrics import METRICS, distances
from kappabar.evaluate.domains.observers.base import Curves
from kappabar.evaluate.kappa.measure import Measured
from kappabar.evaluate.quality.task.outcomes import score
from kappabar.evaluate.quality.task.task import TaskConfig
from kappabar.grammars.errors import RunError
from kappabar.grammars.tree import coefficients
from kappabar.tokenizers.base import Invalid

NAMES = [family.name for family in FAMILIES]
SMALL, TIMES = Shape(2, 2), 33


def family_of(name: str) -> Family:
    return next(family for family in FAMILIES if family.name == name)


@lru_cache
def whole(name: str, shape: Shape = SMALL) -> Space:
    return space(family_of(name), shape)


@lru_cache
def at(name: str, level: float, shape: Shape = SMALL) -> Meaning:
    return meaning(whole(name, shape), level, TIMES)


def one_dimension(values: np.ndarray, noisy: bool = True) -> Curves:
    """Curves (n, P) of one column."""
    n, points = values.shape
    ones = np.ones((n, 1), np.float32)
    return Curves(values[..., None].astype(np.float32), ones, ones * noisy, np.zeros((n, points), np.float32), ones[:, 0])


@pytest.mark.parametrize("name", NAMES)
def test_every_choice_of_values_is_there_once(name: str) -> None:
    found = whole(name)
    values = family_of(name).values(SMALL.words)
    assert len(set(found.trees)) == len(found) == SMALL.words ** found.ranks.shape[1]
    for tree, ranks in zip(found.trees, found.ranks, strict=True):
        assert coefficients(tree) == [values[r] for r in ranks]
    assert (found.number(found.ranks) == np.arange(len(found))).all()
    assert all(found.numbers[tree] == i for i, tree in enumerate(found.trees))


def test_more_than_can_be_enumerated_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 10,000"):
        space(FAMILIES[0], Shape(4, 4))


def test_an_expression_without_behavior_is_told() -> None:
    wild = replace(family_of("logistic"), low=3.9, high=4.6)
    with pytest.raises(RunError, match="have no behavior up to 64"):
        meaning(space(wild, SMALL), 64.0, TIMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_family_turns_kappa_by_what_is_asked_for(name: str) -> None:
    """At least 0.3 over the edits that it turns, in at least 8 levels between about 2 and 256; by the family's description."""
    family, shape = family_of(name), Shape(4, 3)
    rows = np.random.default_rng(0).choice(shape.words**2, 80, replace=False)
    assert len(family.levels) >= 8 and (family.levels[0], family.levels[-1]) == (2.0, 256.0)
    told = {
        "logistic": (0.006, 0.040, 0.085, 0.173, 0.223, 0.264, 0.311, 0.330),
        "ricker": (0.029, 0.080, 0.128, 0.216, 0.276, 0.335, 0.396, 0.418),
        "pendulum": (0.044, 0.083, 0.146, 0.230, 0.321, 0.402, 0.477, 0.530),
    }[name]
    assert list(told) == sorted(told) and told[-1] - told[0] >= 0.3
    few = [0, 3, 7] if family.domain == "map" else [0, 4]  # a flow to 256 takes its time
    for level in few:
        found = kappa(whole(name, shape), at(name, family.levels[level], shape), rows)
        assert found == pytest.approx(told[level], abs=0.035)
    if family.domain == "map":
        ends = [kappa(whole(name, shape), at(name, level, shape), rows) for level in (2.0, 256.0)]
        assert ends[1] - ends[0] >= 0.3


@pytest.mark.parametrize("name", NAMES)
def test_kappa_of_coefficients_is_that_of_the_edits_themselves(name: str) -> None:
    """By the machinery of κ: substitutions of a number's token that decode."""
    found, of = whole(name), meaning(whole(name), 8.0, 201)  # as many times as κ takes
    values = family_of(name).values(SMALL.words)
    dim = found.domain.parse(family_of(name).text).dim
    representation = written(found.domain, natural(SMALL), SMALL, values, dim, "natural")
    rows = np.array([0, 5, 9])
    every = edited(found, of, rows.tolist(), representation, 10_000, 0)
    assert not every.skipped
    means = []
    for item in every.measured:
        assert isinstance(item, Measured) and item.counts is not None and item.fidelity_error == 0.0
        chosen = item.kinds.mask("substitution") & item.classes.mask("number") & ~item.outcomes.mask("invalid")
        assert item.counts[chosen].sum() == found.ranks.shape[1] * SMALL.neighbors
        means.append(np.average(item.distance[chosen], weights=item.counts[chosen]))
    assert kappa(found, of, rows) == pytest.approx(np.mean(means), abs=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_all_pairs_have_the_q_of_the_metric_and_of_what_is_written(name: str) -> None:
    found, of = whole(name), at(name, 12.0)
    q = qualities(of.y)
    for i in range(len(found)):
        apart = distances(METRICS["bounded-l2"], of.y[i][None], of.y[:, None])
        assert q[i] == pytest.approx(1.0 - apart, abs=1e-5)
    config = TaskConfig(times=TIMES)
    parts = split(len(found), config, 1)
    task = task_of(found, of, seen(found, of, config.points), parts, config, 1)
    for shift in (0, 1, 7):
        answers = (parts.test + shift) % len(found)
        told = [one.q for one in score(task.domain, task.items, [found.trees[i] for i in answers])]
        assert told == pytest.approx(q[parts.test, answers], abs=1e-4)


def test_no_expression_is_in_two_parts() -> None:
    config = TaskConfig(n_test=30, n_val=10)
    for count in (16, 100, 4096):
        parts = split(count, config, 5)
        every = np.concatenate([parts.train, parts.val, parts.test])
        assert sorted(every.tolist()) == list(range(count)) and len(parts.test) == min(30, count // 4)


def test_the_same_are_tested_at_every_level_under_the_same_noise() -> None:
    config, tasks = TaskConfig(times=TIMES), []
    found = whole("logistic")
    for level in (2.0, 64.0):
        of = at("logistic", level)
        tasks.append(task_of(found, of, seen(found, of, config.points), split(len(found), config, 2), config, 2))
    first, second = tasks
    for part in ("train", "val", "test"):
        assert [s.tree for s in first.part(part).systems] == [s.tree for s in second.part(part).systems]
        assert first.part(part).curves.values.shape == second.part(part).curves.values.shape
    noise = [(t.observed(t.test, "test-noise").values - t.test.curves.values) for t in tasks]
    size = [np.abs(t.test.curves.values).mean(axis=1, keepdims=True) for t in tasks]
    assert noise[0] / size[0] == pytest.approx(noise[1] / size[1], abs=1e-5)
    assert (first.items[0].truth.shape, second.items[0].truth.shape) == ((1, 3, 1), (1, 65, 1))


def test_the_posterior_is_bayes_rule() -> None:
    """By SciPy's density, point by point: the noise's size is the expression's own."""
    rng = np.random.default_rng(0)
    values = rng.normal(2.0, 1.0, (5, 4)).astype(np.float32)
    observed = values[[1, 3]] * 1.05
    size = 0.3 * np.abs(values).mean(axis=1, keepdims=True)
    density = np.array([norm.pdf(one, values, size).prod(axis=1) for one in observed])
    found = posterior(one_dimension(values), one_dimension(observed), 0.3)
    assert found == pytest.approx(density / density.sum(axis=1, keepdims=True), rel=1e-4)


def test_what_is_not_measured_tells_nothing() -> None:
    values = np.array([[1.0, 2.0], [3.0, 5.0]], np.float32)
    found = posterior(one_dimension(values, noisy=False), one_dimension(values, noisy=False), 0.1)
    assert found == pytest.approx(np.full((2, 2), 0.5))


def test_the_posterior_is_calibrated() -> None:
    """Of observations of expressions drawn evenly, what it gives to the true one is on average what a draw from it hits."""
    rng = np.random.default_rng(1)
    values = np.linspace(1.0, 1.3, 12)[:, None] * np.ones(6)
    truth = rng.integers(12, size=4000)
    size = 0.05 * np.abs(values[truth]).mean(axis=1, keepdims=True)
    observed = values[truth] + size * rng.standard_normal((4000, 6))
    found = posterior(one_dimension(values), one_dimension(observed), 0.05)
    assert found[np.arange(4000), truth].mean() == pytest.approx((found**2).sum(axis=1).mean(), abs=0.01)


def test_the_best_answer_is_no_worse_than_any_other_or_a_draw() -> None:
    found, of = whole("ricker"), at("ricker", 2.0)
    q = qualities(of.y)
    rng = np.random.default_rng(0)
    likely = rng.dirichlet(np.full(len(found), 0.3), size=20)
    best = best_answers(likely, q)
    expected = likely @ q.astype(float)
    assert expected[np.arange(20), best] == pytest.approx(expected.max(axis=1), abs=1e-5)
    draws = np.einsum("ij,jk,ik->i", likely, q, likely)
    assert (expected[np.arange(20), best] >= draws - 1e-6).all()


@given(st.integers(2, 40), st.integers(1, 6), st.integers(0, 100))
@settings(deadline=None)
def test_errors_go_to_others_each_once(count: int, times: int, seed: int) -> None:
    found = donors(count, times, np.random.default_rng(seed))
    assert len(found) == min(times, count - 1)
    assert (np.sort(found, axis=1) == np.arange(count)).all() and (found != np.arange(count)).all()
    assert len({row.tobytes() for row in found}) == len(found)


@given(st.integers(2, 64), st.data())
def test_an_error_stays_as_large_where_there_is_room(count: int, data: st.DataObject) -> None:
    rank = data.draw(st.integers(0, count - 1))
    error = data.draw(st.integers(-count + 1, count - 1))
    (moved,) = displaced(np.array([rank]), np.array([error]), count)
    assert 0 <= moved < count
    if max(rank, count - 1 - rank) >= abs(error):
        assert abs(moved - rank) == abs(error)
    assert moved == rank + error or not 0 <= rank + error < count


def test_planted_errors_are_the_models_own() -> None:
    found = whole("logistic", Shape(2, 3))
    truth = np.array([9, 27, 36, 54])
    ranks = found.ranks[truth]
    moves = np.array([[1, 0], [0, 0], [-1, 1], [0, 0]])
    lost = Invalid("nothing", 0)
    answers = [found.trees[i] for i in found.number(ranks + moves)[:3]] + [lost]
    giver = np.array([2, 3, 1, 0])
    first, second, third, fourth = planted(found, truth, answers, giver)
    assert first == found.trees[int(found.number(ranks[0] + moves[2]))]
    assert second is lost, "what does not decode decodes nowhere"
    assert third == found.trees[36], "no error is no error"
    assert fourth == found.trees[int(found.number(ranks[3] + moves[0]))]
    strange = found.domain.parse("x[n+1] = 2*x  @ x=0.4; T=5").tree
    assert planted(found, truth, [strange] * 4, giver) == [strange] * 4


def test_planted_at_their_own_places_errors_are_what_was_written() -> None:
    found = whole("ricker", Shape(2, 3))
    rng = np.random.default_rng(0)
    truth, answers = rng.integers(len(found), size=(2, 30))
    written_down = [found.trees[i] for i in answers]
    assert planted(found, truth, written_down, np.arange(30)) == written_down
