"""Exponents where the right-hand side jumps, where it is stiff, and where a map crushes a direction: what must not be told
wrongly."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import pytest

from kappabar.evaluate.expression.lyapunov import lyapunov
from kappabar.evaluate.expression.settling import halves_agree, not_come_round, standard_error
from kappabar.grammars.errors import KappabarError

JERK = "x' = y; y' = z; z' = -0.6*z - y - 1.2*x + {} @ x=0.5, y=0.1, z=0"


@lru_cache
def jerk_exponent(crossings=4000, seed=0):
    """The first exponent of the jerk with 2 sign(x): exact exponentials between crossings that are located on them, in NumPy."""
    a, b = np.array([[0.0, 1, 0], [0, 0, 1], [-1.2, -1, -0.6]]), np.array([0.0, 0, 2])
    w, p = np.linalg.eig(a)
    q = np.linalg.inv(p)
    rng = np.random.default_rng(seed)
    x, v, s = np.array([0.5, 0.1, 0.0]), rng.standard_normal(3), 1.0
    step, total, time = (p * np.exp(w * 0.05) @ q).real, 0.0, 0.0
    for crossing in range(crossings):
        rest = -np.linalg.solve(a, s * b)
        y, t = x - rest, 0.0
        while ((after := step @ y)[0] + rest[0]) * s >= 0.0 or t == 0.0:
            y, t = after, t + 0.05
        low, high = 0.0, 0.05
        for _ in range(45):
            middle = 0.5 * (low + high)
            over = ((p[0] * np.exp(w * middle)) @ (q @ y)).real + rest[0]
            low, high = (low, middle) if over * s < 0 else (middle, high)
        flow = (p * np.exp(w * (t + low)) @ q).real
        x, v = rest + flow @ (x - rest), flow @ v
        v = v - 2 * s * b * v[0] / x[1]
        x[0], s = 0.0, -s
        size = np.linalg.norm(v)
        v = v / size
        if crossing > 100:
            total, time = total + math.log(size), time + t + low
    return total / time


@pytest.mark.parametrize(
    "jump", ["2*sign(x)", "2*x/abs(x)", "2*x/sqrt(x^2)", "2*x*(4*x^2)^(-0.5)*2", "2*sqrt(x^4)*x^(-3)*sqrt(x^2)"]
)
def test_a_jump_has_the_exponents_of_exact_exponentials(jump):
    found = lyapunov(JERK.format(jump), t_end=10_000)
    error = found.standard_error[0]
    assert found.spectrum[0] == pytest.approx(jerk_exponent(), abs=4 * math.hypot(error, 0.002))
    assert abs(found.spectrum[1]) < 4 * found.standard_error[1] < 0.02
    assert sum(found.spectrum) == pytest.approx(-0.6, abs=1e-6)  # sign's saltation is a shear, of determinant 1
    assert "saltation" in found.notes[-1]


def test_a_jump_that_only_its_value_tells_is_as_the_same_jump_written_by_sign():
    """atan(1/x) is sign(x) pi/2 - atan(x)."""
    by_value = lyapunov(JERK.format("4/pi*atan(30/x)"), t_end=6_000)
    by_name = lyapunov(JERK.format("2*sign(x) - 4/pi*atan(x/30)"), t_end=6_000)
    error = math.hypot(by_value.standard_error[0], by_name.standard_error[0])
    assert abs(by_value.spectrum[0] - by_name.spectrum[0]) < 4 * error


def test_dry_friction_sticks():
    """Once it slides on v = 0 every x within reach stays: a neutral direction, and one that was crushed."""
    found = lyapunov("x' = v; v' = -x - 0.7*sign(v) @ x=3, v=0.1")
    assert found.spectrum == (pytest.approx(0, abs=1e-6), -math.inf) and found.divergence == -math.inf and found.settled
    forced = lyapunov("x' = v; v' = -x - 0.4*sign(v) + 0.5*cos(1.3*t); t' = 1 @ x=0.1, v=0.2, t=0", t_end=5_000)
    assert forced.spectrum[2] == -math.inf and abs(forced.spectrum[0]) < 0.002
    assert "slid along a jump" in " ".join(forced.notes)


def test_sliding_that_no_sign_accounts_for_is_refused_by_the_name_of_its_function():
    with pytest.raises(KappabarError, match="'/'"):
        lyapunov("x' = v; v' = -atan(1/v) + 0.3*sin(t); t' = 1 @ x=1, v=0.5, t=0")


def mean_divergence(mu):
    """Of van der Pol's limit cycle over one period, by SciPy."""
    integrate = pytest.importorskip("scipy.integrate")

    def slopes(t, z):
        return z[1], mu * (1 - z[0] ** 2) * z[1] - z[0], mu * (1 - z[0] ** 2)

    def upwards(t, z):
        return z[0]

    upwards.direction = 1.0
    found = integrate.solve_ivp(
        slopes, (0, 4 * mu + 20), [2.0, 0.0, 0.0], method="Radau", rtol=1e-8, atol=1e-10, events=upwards, dense_output=True
    )
    (first, last), states = found.t_events[0][:2], found.y_events[0][:2]
    return (states[1, 2] - states[0, 2]) / (last - first)


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
@pytest.mark.parametrize(("mu", "known"), [(300, -536.05), (1000, -1788.3)])
def test_relaxation_oscillations_are_averaged_over_their_own_periods(mu, known):
    expected = mean_divergence(mu)
    assert expected == pytest.approx(known, rel=1e-4)
    found = lyapunov(f"x' = v; v' = {mu}*(1 - x^2)*v - x @ x=2, v=0")
    assert found.settled and found.t > 20 * 1.6 * mu
    assert abs(found.spectrum[0]) < 3 * found.standard_error[0] < 3e-3
    assert found.spectrum[1] == pytest.approx(expected, rel=0.005)


STIFF = [
    ("x' = -1000*(x - cos(t)) - sin(t); t' = 1 @ x=1, t=0", (0.0, -1000.0)),  # a stiff axis that stays one, and first
    ("t' = 1; x' = -1000*(x - cos(t)) - sin(t) @ t=0, x=1", (0.0, -1000.0)),
    ("x' = -2000*(x - y); y' = z; z' = -y @ x=1, y=1, z=0", (0.0, 0.0, -2000.0)),
    ("x' = -5000*(x - sin(t)); y' = -300*y + t/t; t' = 1 @ x=0, y=0, t=1", (0.0, -300.0, -5000.0)),
]


@pytest.mark.parametrize(("text", "expected"), STIFF)
def test_stiff_linear_systems_are_within_their_printed_errors(text, expected):
    """Triangular or nearly so: the exponents are the eigenvalues' real parts."""
    found = lyapunov(text)
    assert found.settled and "stiff: followed by implicit steps" in found.notes
    for value, error, known in zip(found.spectrum, found.standard_error, expected, strict=True):
        assert abs(value - known) <= max(2 * error, 1e-10 * abs(known)) and error <= max(0.0025 * abs(known), 1e-3)


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
def test_a_flow_that_is_met_in_mid_jump_is_stiff_still():
    """Two pilots, one of them where van der Pol's oscillator leaves the slow branch, do not agree; the third decides."""
    found = lyapunov("x' = v; v' = 100*(1 - x^2)*v - x @ x=2, v=0")
    assert found.settled and "stiff: followed by implicit steps" in found.notes
    assert found.spectrum[1] == pytest.approx(mean_divergence(100), rel=0.0025)


def test_a_hundredth_of_a_turn_does_not_settle():
    found = lyapunov("x' = v; v' = 1000*(1 - x^2)*v - x @ x=2, v=0", t_end=10)
    assert not found.settled and any("come round" in note or "differ" in note for note in found.notes)
    slow = lyapunov("x' = 1e-7*y; y' = -1e-7*x; z' = x - z @ x=1, y=0, z=0", t_end=1_000)
    assert not slow.settled and "has not come round" in " ".join(slow.notes)


SINGULAR = [
    ("x[n+1] = 2*x*(1 - x) @ x=0.5", (-math.inf,)),
    ("x[n+1] = 2*x*(1 - x) @ x=0.3", (-math.inf,)),  # reaches 0.5 but for rounding
    ("x[n+1] = 3.2360679774997896964*x*(1 - x) @ x=0.4", (-math.inf,)),  # 1 + sqrt(5): the superstable 2-cycle
    ("x[n+1] = 1 - x^2*1.3107026413368328 @ x=0.1", (-math.inf,)),  # a root of r^3 - 2 r^2 + r - 1: nearest superstable 4-cycle
    ("x[n+1] = 0.1*x + 0.3*y; y[n+1] = 0.2*x + 0.6*y @ x=1, y=1", (math.log(0.7), -math.inf)),  # of rank 1 but for rounding
    ("x[n+1] = sign(x)*0.5 @ x=1", (-math.inf,)),
    ("x[n+1] = 1e-200*y; y[n+1] = x @ x=1, y=1", (-100 * math.log(10), -100 * math.log(10))),  # small is not nothing
]


@pytest.mark.parametrize(("text", "expected"), SINGULAR)
def test_what_a_map_crushes_has_the_exponent_minus_infinity(text, expected):
    found = lyapunov(text, domain="map")
    assert found.spectrum == pytest.approx(expected, abs=1e-3)
    assert all(error == 0.0 for value, error in zip(found.spectrum, found.standard_error, strict=True) if value == -math.inf)


def test_the_error_of_a_map_is_that_of_independent_orbits():
    """Runs from 24 places of the Hénon attractor scatter by what each prints, within what 24 can tell."""
    starts = np.random.default_rng(1).uniform(-0.1, 0.1, (24, 2))
    text = "x[n+1] = 1 - 1.4*x^2 + y; y[n+1] = 0.3*x"
    found = [lyapunov(text, x0=list(map(float, x)), t_end=12_800, domain="map") for x in starts]
    printed = np.sqrt(np.mean([f.standard_error[0] ** 2 for f in found]))
    assert 0.6 < np.std([f.spectrum[0] for f in found], ddof=1) / printed < 1.35


def test_errors_of_correlated_blocks():
    noise = np.random.default_rng(0).standard_normal((2048, 1))
    assert standard_error(noise)[0] == pytest.approx(1 / math.sqrt(2048), rel=0.4)
    assert standard_error(np.repeat(noise[:256], 8, axis=0))[0] == pytest.approx(1 / 16, rel=0.4)
    assert halves_agree(noise, np.zeros(1))


def test_errors_of_what_has_no_longest_time():
    """Noise with a spectrum f^-0.4, whose mean scatters as n^-0.3: from many stretches the scatter is known."""
    rng, n, count = np.random.default_rng(1), 1 << 17, 128
    frequency = np.fft.rfftfreq(n)
    frequency[0] = frequency[1]
    walk = np.fft.irfft(np.fft.rfft(rng.standard_normal(n)) * frequency**-0.2)
    stretches = walk.reshape(-1, count, 1)
    z = np.array([(s.mean() - walk.mean()) / standard_error(s)[0] for s in stretches])
    plain = np.array([(s.mean() - walk.mean()) / (s.std(ddof=1) / math.sqrt(count)) for s in stretches])
    assert np.median(np.abs(z)) < 0.67 * np.median(np.abs(plain))  # the largest of the plain ones gets to 0.80


def test_halves_that_differ():
    noise = np.random.default_rng(0).standard_normal((2048, 1))
    assert not halves_agree(noise + np.linspace(0, 0.6, 2048)[:, None], np.zeros(1))


def test_who_has_come_round():
    t = np.linspace(0, 1, 200)
    places = np.stack([t, 3 + 0 * t, t**2, np.sin(70 * t), t + 0.01 * np.sin(70 * t), np.exp(-5 * t)], axis=1)
    assert not_come_round(places, np.ones(6)) == [2, 5]


@pytest.mark.parametrize(
    "text", ["x' = log(x) - 2 @ x=1", "x' = log(x) @ x=0.5", "x' = y; y' = 1 + log(3 - x) @ x=0, y=1", "x' = -x^0.5 - 1 @ x=1"]
)
def test_where_the_state_goes_to_no_value_is_said_in_one_line(text):
    """A logarithm or a root of what comes down to 0 does not jump there: it ends."""
    with pytest.raises(KappabarError, match="no value") as caught:
        lyapunov(text)
    assert "\n" not in str(caught.value) and "jumps" not in str(caught.value)
