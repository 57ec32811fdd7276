"""The parts of `reproduce` on small work; the whole once, marked slow. What is printed is data, what is measured is not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kappabar.evaluate.domains import domain
from kappabar.evaluate.reproduce import flows, forecast, logistic, printed
from kappabar.evaluate.reproduce.forecast import Subject
from kappabar.evaluate.reproduce.section import protocol
from kappabar.grammars.bank import bank_system


def test_periods_are_the_systems_own():
    ode = domain("ode")
    damped = bank_system("damped-oscillator")
    assert flows.period(damped, ode) == pytest.approx(2 * math.pi / math.sqrt(4.5 - 0.215**2), rel=2e-3)
    assert flows.period(bank_system("rossler"), ode) == pytest.approx(5.9, rel=0.05)
    assert flows.period(bank_system("logistic-map"), domain("map")) == 1.0


def test_a_flows_horizon_follows_the_rule():
    found = flows.measure_flow(bank_system("damped-oscillator"), domain("ode"))
    assert found.horizon == pytest.approx(flows.TURNS * found.period)
    assert not found.chaotic and found.exponent == pytest.approx(-0.215, abs=1e-3)
    assert 0 < found.mean <= found.worst < 0.1
    assert len(found.variants) == len(flows.STEPS) * len(flows.FACTORS)


def test_kappa_of_the_logistic_map_where_it_is_known():
    """At a stable fixed point 1 - 1/r a nudge moves a long orbit by the fixed point's own shift."""
    system, r = bank_system("logistic-map"), np.array([2.5])
    kappa = logistic.kappa_of(system, r, 5000, 1e-3, domain("map"))
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
    subject = Subject(system, domain("map"), 1.0, 0.49, True, 0.5)
    exact, noisy = forecast.horizon(subject, noise=1e-9), forecast.horizon(subject, noise=0.05)
    assert exact > 20 > noisy > 1
    assert forecast.horizon(subject, noise=0.05) == noisy


def test_verdicts():
    one, span = printed.KAPPA["lorenz-63"], printed.RANK_KAPPA
    assert [one.verdict(v) for v in (0.79, 0.72, 0.6, math.nan)] == ["yes", "yes", "no", "not measured"]
    assert [span.verdict(v) for v in (-0.8, -0.65, -0.4)] == ["yes", "yes", "no"]


def test_the_protocol_names_numbers_and_no_constants() -> None:
    texts = protocol()
    assert "larger of 3 own periods" in texts["flows"] and "50 per period over 30 periods" in texts["forecast"]
    constants = {name for module in (flows, forecast, logistic) for name in vars(module) if name.isupper()}
    assert not constants & {word.strip(",.;()") for text in texts.values() for word in text.split()}
