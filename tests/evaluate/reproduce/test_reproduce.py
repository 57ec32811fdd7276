"""The parts of `reproduce` on small work; the whole once, marked slow. What is printed is data, what is measured is not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.metrics import METRICS
from kappabar.evaluate.expression.sensitivities import nudge_from_each
from kappabar.evaluate.reproduce import flows, forecast, logistic, printed, section, starts
from kappabar.evaluate.reproduce.forecast import Subject
from kappabar.evaluate.reproduce.section import protocol
from kappabar.evaluate.reproduce.starts import Nature
from kappabar.grammars.files.bank import bank_system

ODE, MAP = domain("ode"), domain("map")


def test_periods_are_the_systems_own():
    damped = bank_system("damped-oscillator")
    assert starts.period(damped, ODE) == pytest.approx(2 * math.pi / math.sqrt(4.5 - 0.215**2), rel=2e-3)
    assert starts.period(bank_system("rossler"), ODE) == pytest.approx(5.9, rel=0.05)
    assert starts.period(bank_system("logistic-map"), MAP) == 1.0


def test_starts_lie_on_what_the_system_settles_to():
    """The limit cycle has an amplitude near 2 (2.017 at mu = 1.5, by SciPy); conserved quantities stay; what rests starts as
    given."""
    cycle = starts.starts_of(bank_system("van-der-pol"), Nature(7.095, 0.0, 1e-3), ODE)
    assert cycle.shape == (starts.STARTS, 2) and len(np.unique(cycle.round(3), axis=0)) == starts.STARTS
    reach = solve_ivp(
        lambda t, y: [y[1], 1.5 * (1 - y[0] ** 2) * y[1] - y[0]], (0, 60), [2.0, 0.0], rtol=1e-10, atol=1e-12, dense_output=True
    )
    orbit = reach.sol(np.linspace(40, 60, 20001)).T
    assert all(np.linalg.norm(orbit - row, axis=1).min() < 2e-3 for row in cycle)
    prey = bank_system("lotka-volterra")
    rows = starts.starts_of(prey, Nature(10.78, 0.0, 1e-3), ODE)
    conserved = 0.1 * rows[:, 0] - 0.4 * np.log(rows[:, 0]) + 0.4 * rows[:, 1] - 1.1 * np.log(rows[:, 1])
    assert np.unique(conserved.round(4)).size == len(prey.x0)
    damped = bank_system("damped-oscillator")
    assert starts.starts_of(damped, Nature(2.98, -0.215, 1e-3), ODE).tolist() == [list(x) for x in damped.x0]


def test_a_flows_horizon_follows_the_rule():
    found = flows.measure_flow(bank_system("damped-oscillator"), ODE)
    assert found.main.horizon == pytest.approx(flows.TURNS * found.nature.period)
    assert found.nature.rests and not found.nature.chaotic and found.nature.exponent == pytest.approx(-0.215, abs=1e-3)
    assert 0 < found.main.mean.mean() <= found.worst < 0.1
    assert len(found.variants) == len(flows.STEPS) * len(flows.FACTORS) + 2
    assert found.common.horizon == flows.COMMON
    assert min(found.along("horizon")) < found.worst < max(found.along("horizon"))


def test_kappa_of_a_start_is_the_worst_nudge_by_scipy():
    """x' = v; v' = -4.5 x - 0.43 v from each start, each coefficient up and down by 1 %."""
    system = bank_system("damped-oscillator")
    setting = ODE.semantics.setting(system, points=401, rtol=1e-8, atol=1e-10, t_end=9.0)
    worst, _ = nudge_from_each(system, setting, 0.01, METRICS["relative-l2"], ODE)

    def run(k, c, x0):
        return solve_ivp(lambda t, y: [y[1], -k * y[0] - c * y[1]], (0, 9), x0, t_eval=setting.t, rtol=1e-10, atol=1e-12).y

    for found, x0 in zip(worst, system.x0, strict=True):
        original = run(4.5, 0.43, x0)
        moved = [run(4.5 * a, 0.43 * b, x0) for a, b in ((1.01, 1), (0.99, 1), (1, 1.01), (1, 0.99))]
        oracle = max(np.linalg.norm(m - original) for m in moved) / np.linalg.norm(original)
        assert found == pytest.approx(oracle, rel=1e-4)


def test_kappa_of_the_logistic_map_where_it_is_known():
    """At a stable fixed point 1 - 1/r a nudge moves a long orbit by the fixed point's own shift."""
    system, r = bank_system("logistic-map"), np.array([2.5])
    at_rest = logistic.starts_of(system, r, MAP)
    assert at_rest.shape == (1, starts.STARTS, 1) and np.allclose(at_rest, 1 - 1 / 2.5)
    kappa = logistic.kappa_of(system, r, at_rest, 5000, 1e-3, MAP)
    shift = max(abs(1 / r[0] - 1 / (r[0] + s)) for s in (1e-3, -1e-3)) / (1 - 1 / r[0])
    assert kappa[0] == pytest.approx(shift, rel=0.01)


def test_a_spike_is_found_and_chaos_is_not_one():
    kappa, exponent = np.full(200, 0.01), np.full(200, -0.5)
    kappa[60], kappa[120:] = 0.05, 0.8
    exponent[120:] = 0.4
    assert logistic.spikes(kappa, exponent) == [60]


def test_features_and_a_perfect_learner():
    assert forecast.features(np.array([[2.0, 3.0]]))[0].tolist() == [1, 2, 3, 4, 6, 9, 8, 12, 18, 27]
    system = logistic.at(bank_system("logistic-map"), 3.9)
    subject = Subject(system, MAP, Nature(1.0, 0.49, 0.01), 0.5)
    exact, noisy = (float(np.median(forecast.horizons(subject, noise))) for noise in (1e-9, 0.05))
    assert exact > 20 > noisy > 1
    assert float(np.median(forecast.horizons(subject, 0.05))) == noisy


def test_forecasts_are_out_of_sample():
    """No state that is forecast from, or compared with, is among those trained on; what rests is asked of its other condition."""
    lorenz, damped = bank_system("lorenz-63"), bank_system("damped-oscillator")
    course = forecast._course(Subject(lorenz, ODE, Nature(0.64, 0.9, 0.01), 0.7), 20, 5)
    known = {row.tobytes() for row in course.training}
    assert len(course.training) == forecast.TRAINING * 20 and not known & {row.tobytes() for row in course.truth}
    assert course.starts[-1] + 5 * course.per < len(course.truth)
    resting = forecast._course(Subject(damped, ODE, Nature(2.98, -0.215, 0.001), 0.03), 20, 5)
    assert not {row.tobytes() for row in resting.training} & {row.tobytes() for row in resting.truth}


def test_verdicts():
    one, span = printed.KAPPA["lorenz-63"], printed.RANK_KAPPA
    assert [one.met(v) for v in (0.79, 0.72, 0.6, 0.9)] == [True, True, False, False]
    assert [span.met(v) for v in (-0.8, -0.65, -0.4)] == [True, True, False]
    assert one.verdict([0.75, 0.8]) == "robust" and one.verdict([math.nan]) == "not measured"
    assert one.verdict([0.5, 0.6]) == one.verdict([0.95, 1.2]) == "not found"
    assert one.verdict([0.5, 0.76]) == one.verdict([0.5, 1.2]) == "depends"
    assert printed.PERIODIC_HORIZON.low == forecast.LONG_CAP


def test_a_row_says_what_it_moves_with():
    row = section.Row(printed.KAPPA["lorenz-63"], 0.76, "", {"step": [0.75, 0.8], "start": [0.4, 0.7]})
    assert (row.verdict, row.moves_with, row.words) == ("depends", ["start"], "depends on start")
    assert section.Row(printed.KAPPA["lorenz-63"], 0.76, "", {"step": [0.75, 0.8]}).words == "robust"


def test_the_protocol_names_numbers_and_no_constants() -> None:
    texts = protocol()
    assert "larger of 3 own periods" in texts["flows"] and "14 starts" in texts["flows"]
    assert "50 per period over 30 periods" in texts["forecast"]
    constants = {name for module in (flows, forecast, logistic, starts) for name in vars(module) if name.isupper()}
    assert not constants & {word.strip(",.;()") for text in texts.values() for word in text.split()}
