"""Lyapunov exponents of some 50 systems beside an implementation that shares nothing with ours: are the printed errors honest?

    python benchmarks/exponents.py            # ours, beside truths that are stored here; some minutes
    python benchmarks/exponents.py Lorenz ... # some of them
    python benchmarks/exponents.py --long     # as long as the rule says, where the truths may be too rough to judge
    python benchmarks/exponents.py --truth    # computes the truths again, in NumPy, SciPy and loops of its own; about ten minutes

A truth is exact, or comes from an ensemble: hundreds of trajectories at once by a plain fourth-order Runge–Kutta (or the map
itself) in complex numbers, whose imaginary part, 1e-100 times as large, is the tangent vector; at a jump the crossing is found by
Newton's method, and the imaginary part kicked. Its error is the spread over trajectories. Of limit cycles the second exponent is
the mean divergence over a period, by SciPy's Radau at 1e-10. Printed are λ (the first exponent, or the last where the first is 0
by necessity), its printed error, the truth and its error, their difference in printed errors (z), how many systems are within
what, and the root mean squares of z over chaotic and over regular systems.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import log, sqrt
from pathlib import Path
from typing import Any

import numpy as np

STORED = Path(__file__).with_name("exponents.json")
TINY = 1e-100
SEED = 7


@dataclass(frozen=True)
class Case:
    """f(x, s) -> slopes (next values), x complex (D, n), s the sign of the switch; exact: a known value instead."""

    name: str
    text: str
    f: Callable[..., Any] | None = None
    dt: float = 0.01
    transient: float = 100.0
    time: float = 400.0
    walkers: int = 1024
    """Few, for long, where trajectories from one place keep in phase: hundreds would share what the phase does to them."""
    spread: float = 1e-3
    switch: Callable[..., Any] | None = None
    exact: float | None = None
    cycle: Callable[..., Any] | None = None
    own: Callable[[], tuple[float, float]] | None = None
    chaotic: bool = True
    last: bool = False
    share: float = 16.0
    """Ours is averaged over this part of the truth's time."""

    @property
    def domain(self) -> str:
        return "map" if "[n+1]" in self.text else "ode"


def regular(name: str, text: str, exact: float | None, **more: Any) -> Case:
    return Case(name, text, exact=exact, chaotic=False, **more)


def _relaxation(mu: float) -> Case:
    f = lambda x: np.array([x[1], mu * (1 - x[0] ** 2) * x[1] - x[0]])  # noqa: E731
    divergence = lambda x: mu * (1 - x[0] ** 2)  # noqa: E731
    text = f"x' = v; v' = {mu:g}*(1 - x^2)*v - x @ x=2, v=0"
    return regular(f"van der Pol {mu:g}", text, None, cycle=lambda: _cycle(f, divergence, [2.0, 0.0], 10 + 3 * mu), last=True)


def _brusselator() -> float:
    f = lambda x: np.array([1 + x[0] ** 2 * x[1] - 4 * x[0], 3 * x[0] - x[0] ** 2 * x[1]])  # noqa: E731
    return _cycle(f, lambda x: 2 * x[0] * x[1] - 4 - x[0] ** 2, [1.0, 1.0], 60.0)


_T = "(0.4 - 6/(1 + x^2 + y^2))"


def _ikeda(x: Any) -> Any:
    turn = 0.4 - 6 / (1 + x[0] ** 2 + x[1] ** 2)
    return np.array([1 + 0.9 * (x[0] * cos(turn) - x[1] * sin(turn)), 0.9 * (x[0] * sin(turn) + x[1] * cos(turn))])


sin, cos, exp, tanh = np.sin, np.cos, np.exp, np.tanh
A = np.array
FLOWS = [
    Case("Lorenz", "x' = 10*(y - x); y' = x*(28 - z) - y; z' = x*y - 8/3*z @ x=1, y=1, z=1",
         lambda x, s: A([10 * (x[1] - x[0]), x[0] * (28 - x[2]) - x[1], x[0] * x[1] - 8 / 3 * x[2]]), 0.004, 30, 150),
    Case("Rössler", "x' = -y - z; y' = x + 0.2*y; z' = 0.2 + z*(x - 5.7) @ x=1, y=1, z=1",
         lambda x, s: A([-x[1] - x[2], x[0] + 0.2 * x[1], 0.2 + x[2] * (x[0] - 5.7)]), 0.02, 300, 1500, spread=0.1),
    Case("Sprott B", "x' = y*z; y' = x - y; z' = 1 - x*y @ x=0.1, y=0.2, z=0.3",
         lambda x, s: A([x[1] * x[2], x[0] - x[1], 1 - x[0] * x[1]]), 0.02, 100, 800),
    Case("Sprott C", "x' = y*z; y' = x - y; z' = 1 - x^2 @ x=0.1, y=0.2, z=0.3",
         lambda x, s: A([x[1] * x[2], x[0] - x[1], 1 - x[0] ** 2]), 0.02, 100, 800),
    Case("Sprott D", "x' = -y; y' = x + z; z' = x*z + 3*y^2 @ x=0.1, y=0.1, z=0.1",
         lambda x, s: A([-x[1], x[0] + x[2], x[0] * x[2] + 3 * x[1] ** 2]), 0.02, 200, 800),
    Case("Sprott F", "x' = y + z; y' = -x + 0.5*y; z' = x^2 - z @ x=0.1, y=0.1, z=0.1",
         lambda x, s: A([x[1] + x[2], -x[0] + 0.5 * x[1], x[0] ** 2 - x[2]]), 0.02, 200, 800),
    Case("Sprott H", "x' = -y + z^2; y' = x + 0.5*y; z' = x - z @ x=0.1, y=0.1, z=0.1",
         lambda x, s: A([-x[1] + x[2] ** 2, x[0] + 0.5 * x[1], x[0] - x[2]]), 0.02, 200, 800),
    Case("Sprott K", "x' = x*y - z; y' = x - y; z' = x + 0.3*z @ x=0.1, y=0.1, z=0.1",
         lambda x, s: A([x[0] * x[1] - x[2], x[0] - x[1], x[0] + 0.3 * x[2]]), 0.02, 400, 24_000, 64),  # keeps its phase
    Case("Thomas", "x' = sin(y) - 0.18*x; y' = sin(z) - 0.18*y; z' = sin(x) - 0.18*z @ x=0.1, y=1, z=0",
         lambda x, s: A([sin(x[1]) - 0.18 * x[0], sin(x[2]) - 0.18 * x[1], sin(x[0]) - 0.18 * x[2]]), 0.05, 1000, 4000),
    Case("Halvorsen", "x' = -1.4*x - 4*y - 4*z - y^2; y' = -1.4*y - 4*z - 4*x - z^2; z' = -1.4*z - 4*x - 4*y - x^2 @ x=-5, y=0, "
        "z=0",
         lambda x, s: A([-1.4 * x[0] - 4 * x[1] - 4 * x[2] - x[1] ** 2, -1.4 * x[1] - 4 * x[2] - 4 * x[0] - x[2] ** 2,
                         -1.4 * x[2] - 4 * x[0] - 4 * x[1] - x[0] ** 2]), 0.004, 30, 150),
    Case("Chen", "x' = 35*(y - x); y' = -7*x - x*z + 28*y; z' = x*y - 3*z @ x=-10, y=0, z=37",
         lambda x, s: A([35 * (x[1] - x[0]), -7 * x[0] - x[0] * x[2] + 28 * x[1], x[0] * x[1] - 3 * x[2]]), 0.001, 10, 60),
    Case("Rucklidge", "x' = -2*x + 6.7*y - y*z; y' = x; z' = -z + y^2 @ x=1, y=0, z=4.5",
         lambda x, s: A([-2 * x[0] + 6.7 * x[1] - x[1] * x[2], x[0], -x[2] + x[1] ** 2]), 0.01, 200, 600),
    Case("Moore–Spiegel", "x' = y; y' = z; z' = -z - (6 - 20 + 20*x^2)*y - 6*x @ x=0.1, y=0, z=0",
         lambda x, s: A([x[1], x[2], -x[2] - (-14 + 20 * x[0] ** 2) * x[1] - 6 * x[0]]), 0.005, 150, 300),
    Case("hyperchaotic Rössler", "x' = -y - z; y' = x + 0.25*y + w; z' = 3 + x*z; w' = -0.5*z + 0.05*w @ x=-10, y=-6, z=0, w=10",
         lambda x, s: A([-x[1] - x[2], x[0] + 0.25 * x[1] + x[3], 3 + x[0] * x[2], -0.5 * x[2] + 0.05 * x[3]]), 0.01, 200, 700),
    Case("forced Duffing", "x' = v; v' = x - x^3 - 0.2*v + 0.3*cos(t); t' = 1 @ x=0.1, v=0, t=0",
         lambda x, s: A([x[1], x[0] - x[0] ** 3 - 0.2 * x[1] + 0.3 * cos(x[2]), 1 + 0 * x[2]]), 0.02, 300, 1000),
    Case("forced pendulum", "x' = v; v' = -sin(x) - 0.5*v + 1.5*cos(2/3*t); t' = 1 @ x=0.2, v=0, t=0",
         lambda x, s: A([x[1], -sin(x[0]) - 0.5 * x[1] + 1.5 * cos(2 / 3 * x[2]), 1 + 0 * x[2]]), 0.02, 300, 1000),
    Case("steep jerk", "x' = y; y' = z; z' = -0.6*z - y - 1.2*x + 2*tanh(50*x) @ x=0.5, y=0.1, z=0",
         lambda x, s: A([x[1], x[2], -0.6 * x[2] - x[1] - 1.2 * x[0] + 2 * tanh(50 * x[0])]), 0.004, 150, 300),
]  # fmt: skip
JUMPS = [
    Case("jerk with a sign", "x' = y; y' = z; z' = -0.6*z - y - 1.2*x + 2*sign(x) @ x=0.5, y=0.1, z=0",
         lambda x, s: A([x[1], x[2], -0.6 * x[2] - x[1] - 1.2 * x[0] + 2 * s]), 0.05, 200, 1000, 256, switch=lambda x: x[0]),
    Case("jerk with x/abs(x)", "x' = y; y' = z; z' = -0.5*z - y - x + x/abs(x) @ x=0.5, y=0.1, z=0",
         lambda x, s: A([x[1], x[2], -0.5 * x[2] - x[1] - x[0] + s]), 0.05, 200, 1000, 256, switch=lambda x: x[0]),
    Case("jerk with x/sqrt(x^2)", "x' = y; y' = z; z' = -0.55*z - y - x + 1.5*x/sqrt(x^2) @ x=0.5, y=0.1, z=0",
         lambda x, s: A([x[1], x[2], -0.55 * x[2] - x[1] - x[0] + 1.5 * s]), 0.05, 200, 1000, 256, switch=lambda x: x[0]),
    Case("jerk with atan(30/x)", "x' = y; y' = z; z' = -0.6*z - y - 1.2*x + 4/pi*atan(30/x) @ x=0.5, y=0.1, z=0",
         lambda x, s: A([x[1], x[2], -0.6 * x[2] - x[1] - 1.2 * x[0] + 2 * s - 4 / np.pi * np.arctan(x[0] / 30)]), 0.05, 200,
         1000, 256,
         switch=lambda x: x[0]),
    Case("jerk with abs", "x' = y; y' = z; z' = -0.6*z - y + abs(x) - 1 @ x=0, y=0, z=0",
         lambda x, s: A([x[1], x[2], -0.6 * x[2] - x[1] + s * x[0] - 1]), 0.05, 400, 1600, 256, switch=lambda x: x[0]),
    Case("Lorenz in pieces", "x' = y - x; y' = -z*sign(x); z' = abs(x) - 1 @ x=0.1, y=0.2, z=0.1",
         lambda x, s: A([x[1] - x[0], -x[2] * s, s * x[0] - 1]), 0.05, 200, 1000, 256, switch=lambda x: x[0]),
    regular("jump across a circle", "x' = -y - z; y' = x + 0.2*y; z' = 0.2 + z*(x - 5.7) + 0.1*sign(x^2 + y^2 - 36) @ x=1, y=1, "
        "z=1", 0.0),
]  # fmt: skip
HAMILTONIAN = [
    Case("Hénon–Heiles", "x' = p; y' = q; p' = -x - 2*x*y; q' = -y - x^2 + y^2 @ x=0, y=-0.15, p=0.5437, q=0.1",
         own=lambda: _henon_heiles(), walkers=1, time=240_000, share=1),
    regular("ABC flow, on a torus", "x' = sin(z) + cos(y); y' = sin(x) + cos(z); z' = sin(y) + cos(x) @ x=0.3, y=0.1, "
        "z=1.7", 0.0),
    Case("quartic oscillators", "x' = p; y' = q; p' = -x*y^2 - 0.1*x^3; q' = -y*x^2 - 0.1*y^3 @ x=1, y=0.7, p=0.3, q=0.4",
         lambda x, s: A([x[2], x[3], -x[0] * x[1] ** 2 - 0.1 * x[0] ** 3, -x[1] * x[0] ** 2 - 0.1 * x[1] ** 3]), 0.02, 500, 2000,
         256,
         spread=1e-7),
    Case("standard map", "p[n+1] = p + 6*sin(q); q[n+1] = q + p + 6*sin(q) @ p=0.1, q=0.3",
         lambda x, s: A([x[0] + 6 * sin(x[1]), x[1] + x[0] + 6 * sin(x[1])]), 1, 100, 20000, 256, share=64),
    regular("Lotka–Volterra", "x' = x - x*y; y' = x*y - y @ x=2, y=1", 0.0),
    regular("pendulum", "x' = v; v' = -sin(x) @ x=1, v=0", 0.0),
]  # fmt: skip
MAPS = [
    Case("logistic 4", "x[n+1] = 4*x*(1 - x) @ x=0.4", exact=log(2)),
    Case("tent 1.9", "x[n+1] = 1 - 1.9*abs(x) @ x=0.3", exact=log(1.9)),
    Case("logistic 3.9", "x[n+1] = 3.9*x*(1 - x) @ x=0.4", lambda x, s: 3.9 * x * (1 - x), 1, 500, 20000, 256),
    Case("Hénon", "x[n+1] = 1 - 1.4*x^2 + y; y[n+1] = 0.3*x @ x=0.1, y=0.1",
         lambda x, s: A([1 - 1.4 * x[0] ** 2 + x[1], 0.3 * x[0]]), 1, 500, 20000, 256),
    Case("Lozi", "x[n+1] = 1 - 1.7*abs(x) + y; y[n+1] = 0.5*x @ x=0.1, y=0.1",
         lambda x, s: A([1 - 1.7 * np.where(x[0].real > 0, 1, -1) * x[0] + x[1], 0.5 * x[0]]), 1, 500, 20000, 256),
    Case("Tinkerbell", "x[n+1] = x^2 - y^2 + 0.9*x - 0.6013*y; y[n+1] = 2*x*y + 2*x + 0.5*y @ x=-0.72, y=-0.64",
         lambda x, s: A([x[0] ** 2 - x[1] ** 2 + 0.9 * x[0] - 0.6013 * x[1], 2 * x[0] * x[1] + 2 * x[0] + 0.5 * x[1]]), 1, 500,
         20000, 256,
         spread=1e-4),
    Case("delayed logistic", "x[n+1] = 2.27*x*(1 - y); y[n+1] = x @ x=0.5, y=0.5",
         lambda x, s: A([2.27 * x[0] * (1 - x[1]), x[0]]), 1, 500, 20000, 256),
    Case("Gauss map", "x[n+1] = exp(-6.2*x^2) - 0.5 @ x=0.1", lambda x, s: exp(-6.2 * x**2) - 0.5, 1, 500, 20000, 256),
    Case("Ikeda", f"x[n+1] = 1 + 0.9*(x*cos({_T}) - y*sin({_T})); y[n+1] = 0.9*(x*sin({_T}) + y*cos({_T})) @ x=0.1, y=0.1",
         lambda x, s: _ikeda(x), 1, 500, 20000, 256),
    Case("Holmes cubic", "x[n+1] = y; y[n+1] = -0.2*x + 2.77*y - y^3 @ x=1.6, y=0.1",
         lambda x, s: A([x[1], -0.2 * x[0] + 2.77 * x[1] - x[1] ** 3]), 1, 500, 20000, 256),
    Case("Burgers map", "x[n+1] = 0.75*x - y^2; y[n+1] = 1.75*y + x*y @ x=-0.1, y=0.1",
         lambda x, s: A([0.75 * x[0] - x[1] ** 2, 1.75 * x[1] + x[0] * x[1]]), 1, 500, 20000, 256),
    Case("sine map", "x[n+1] = 0.97*sin(3.141592653589793*x) @ x=0.3", lambda x, s: 0.97 * sin(np.pi * x), 1, 500, 20000, 256),
    regular("logistic 3.2", "x[n+1] = 3.2*x*(1 - x) @ x=0.4", 0.5 * log(0.16)),
    regular("linear map", "x[n+1] = 0.5*y; y[n+1] = x @ x=1, y=2", 0.5 * log(0.5)),
]  # fmt: skip
REGULAR = [
    regular("spiral", "x' = v; v' = -4.5*x - 0.43*v @ x=1, v=0", -0.215),
    regular("double well", "x' = x - x^3 @ x=0.1", -2.0),
    regular("Stuart–Landau", "x' = x - y - x*(x^2 + y^2); y' = x + y - y*(x^2 + y^2) @ x=1, y=0.5", -2.0, last=True),
    regular("Brusselator", "x' = 1 + x^2*y - 4*x; y' = 3*x - x^2*y @ x=1, y=1", None, cycle=_brusselator, last=True),
    regular("stiff relaxation", "x' = -1000*(x - cos(t)) - sin(t); t' = 1 @ x=1, t=0", -1000.0, last=True),
    *(_relaxation(mu) for mu in (1.0, 10.0, 100.0, 300.0, 1000.0)),
]  # fmt: skip
CASES = [*FLOWS, *JUMPS, *HAMILTONIAN, *MAPS, *REGULAR]


def truth(case: Case) -> tuple[float, float]:
    """The exponent and its error, by no code of ours."""
    if case.exact is not None:
        return case.exact, 0.0
    if case.own is not None:
        return case.own()
    if case.cycle is not None:
        value = case.cycle()
        return value, 1e-6 * abs(value)
    start = A([float(part.split("=")[1]) for part in case.text.split("@")[1].split(",")])
    rng = np.random.default_rng(SEED)
    shape = len(start), case.walkers
    x = start[:, None] + case.spread * rng.standard_normal(shape) * (1 + np.abs(start[:, None]))
    x = x + 1j * TINY * rng.standard_normal(shape)
    s = np.ones(case.walkers) if case.switch is None else np.where(case.switch(x).real > 0, 1.0, -1.0)
    sums = np.zeros(case.walkers)
    every = 5 if case.domain == "ode" else 1
    early, steps = round(case.transient / case.dt), round((case.transient + case.time) / case.dt)
    steps -= (steps - early) % every
    early -= early % every
    for n in range(1, steps + 1):
        x, s = case.f(x, s) if case.domain == "map" else _step(case, x, s), s  # type: ignore[misc]
        if isinstance(x, tuple):
            x, s = x
        if n % every == 0:
            size = np.sqrt((x.imag**2).sum(axis=0)) / TINY
            x = x.real + 1j * (x.imag / size)
            if n > early:
                sums += np.log(size)
    rates = sums / ((steps - early) * case.dt)
    rates = rates[np.isfinite(rates)]
    if len(rates) < 0.9 * case.walkers:
        raise SystemExit(f"{case.name}: most of the ensemble ran away")
    return float(rates.mean()), float(rates.std(ddof=1) / sqrt(len(rates)))


def _rk4(case: Case, x: Any, s: Any, h: Any) -> Any:
    f = case.f
    k1 = f(x, s)  # type: ignore[misc]
    k2 = f(x + 0.5 * h * k1, s)  # type: ignore[misc]
    k3 = f(x + 0.5 * h * k2, s)  # type: ignore[misc]
    k4 = f(x + h * k3, s)  # type: ignore[misc]
    return x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def _step(case: Case, x: Any, s: Any) -> Any:
    new = _rk4(case, x, s, case.dt)
    if case.switch is None:
        return new, s
    crossed = np.flatnonzero(case.switch(new).real * s < 0)
    if not len(crossed):
        return new, s
    old, side = x[:, crossed], s[crossed]
    first, last = case.switch(old).real, case.switch(new[:, crossed]).real
    there = case.dt * first / (first - last)
    for _ in range(5):  # Newton's method
        at = _rk4(case, old, side, there)
        speed = case.switch(at.real + 1j * TINY * case.f(at.real, side)).imag / TINY  # type: ignore[misc]
        there = np.clip(there - case.switch(at).real / speed, 0.0, case.dt)
    at = _rk4(case, old, side, there)
    before, after = case.f(at.real, side), case.f(at.real, -side)  # type: ignore[misc]
    along = case.switch(at).imag / case.switch(at.real + 1j * TINY * before).imag * TINY
    at = at + 1j * along * (after - before)
    s = s.copy()
    s[crossed] = -side
    new[:, crossed] = _rk4(case, at, -side, case.dt - there)
    return new, s


def _henon_heiles(walkers: int = 120, stretch: float = 4_000.0, stretches: int = 120) -> tuple[float, float]:
    """Orbits stick to islands, for times without a longest: 120 of them, each for 480,000, by Yoshida's symplectic steps."""
    from numba import njit

    @njit  # type: ignore[untyped-decorator]
    def follow(z: Any, count: int) -> float:
        x, y, p, q, a, b, e, f = z
        root, total, h = 2.0 ** (1 / 3), 0.0, 0.05
        w = 1 / (2 - root)
        for n in range(count):
            for drift, kick in ((w / 2, w), ((1 - root) * w / 2, -root * w), ((1 - root) * w / 2, w), (w / 2, 0.0)):
                x, y, a, b = x + h * drift * p, y + h * drift * q, a + h * drift * e, b + h * drift * f
                e, f = e - h * kick * ((1 + 2 * y) * a + 2 * x * b), f - h * kick * (2 * x * a + (1 - 2 * y) * b)
                p, q = p - h * kick * (x + 2 * x * y), q - h * kick * (y + x * x - y * y)
            if n % 20 == 19:
                size = sqrt(a * a + b * b + e * e + f * f)
                total += log(size)
                a, b, e, f = a / size, b / size, e / size, f / size
        z[:] = x, y, p, q, a, b, e, f
        return total

    rng = np.random.default_rng(SEED)
    rates = np.zeros(walkers)
    for i in range(walkers):
        z = np.concatenate([[0.0, -0.15, 0.5437, 0.1] + 1e-7 * rng.standard_normal(4), rng.standard_normal(4)])
        steps = round(stretch / 0.05)
        follow(z, steps)  # a transient
        rates[i] = sum(follow(z, steps) for _ in range(stretches)) / (stretches * stretch)
    return float(rates.mean()), float(rates.std(ddof=1) / sqrt(walkers))


def _cycle(f: Any, divergence: Any, start: list[float], t: float) -> float:
    """Mean divergence over one period of the limit cycle that passes x = its start's mean upwards."""
    from scipy.integrate import solve_ivp

    def both(_: float, z: Any) -> Any:
        return np.append(f(z[:2]), divergence(z[:2]))

    def event(_: float, z: Any) -> float:
        return float(z[0] - level)

    options: Any = {"method": "Radau", "rtol": 1e-10, "atol": 1e-12}
    level = 0.0
    settled = solve_ivp(both, (0, t), [*start, 0.0], **options)
    late = settled.y[0, settled.t > 0.5 * t]
    level = 0.5 * (late.min() + late.max())
    event.direction = 1.0  # type: ignore[attr-defined]
    found = solve_ivp(both, (0, t), [*settled.y[:2, -1], 0.0], events=event, **options)
    times, states = found.t_events[0][:2], found.y_events[0][:2]
    return float((states[1, 2] - states[0, 2]) / (times[1] - times[0]))


def compare(names: list[str]) -> None:
    import kappabar

    stored = json.loads(STORED.read_text("utf-8"))
    scores: dict[bool, list[float]] = {True: [], False: []}
    told: dict[str, int] = dict.fromkeys(
        ("within 1 % or the printed error", "within 1 % or twice the printed error", "settled"), 0
    )
    roughest = 0.0
    print(f"{'system':24}{'λ':>12}{'error':>10}{'truth':>12}{'error':>10}{'off':>8}{'z':>7}  settled")
    for case in CASES:
        if names and case.name not in names:
            continue
        value, error = stored[case.name]
        begin = time.perf_counter()
        # No longer than the error stays three times the truth's; without a truth that is random, as long as the rule says.
        span = case.walkers * case.time / case.share if error and case.chaotic and "--long" not in sys.argv else None
        found = kappabar.lyapunov(case.text, domain=case.domain, t_end=span)
        place = -1 if case.last else 0
        ours, printed = found.spectrum[place], found.standard_error[place]
        z = (ours - value) / printed
        off = abs(ours - value) / abs(value) if value else np.inf  # of nothing there is no hundredth
        scores[case.chaotic].append(z)
        roughest = max(roughest, error / printed)
        for key, right in zip(told, (off <= 0.01 or abs(z) <= 1, off <= 0.01 or abs(z) <= 2, found.settled), strict=True):
            told[key] += right
        flag = "" if 3 * error <= printed else " (truth too rough)"
        shown = f"{case.name:24}{ours:12.6f}{printed:10.1e}{value:12.6f}{error:10.1e}{off:8.2%}{z:7.2f}"
        print(f"{shown}  {found.settled} {time.perf_counter() - begin:.1f} s{flag}", flush=True)
    rows = sum(map(len, scores.values()))
    print(
        f"{rows} systems: {', '.join(f'{count} {key}' for key, count in told.items())}; a truth's error over ours at most "
        f"{roughest:.2f}"
    )
    for chaotic, z in scores.items():
        if z:
            kind = "chaotic systems" if chaotic else "regular systems"
            print(f"{len(z)} {kind}: root mean square of z {sqrt(sum(v * v for v in z) / len(z)):.2f}")


def main() -> None:
    words = sys.argv[1:]
    if "--truth" not in words:
        compare([w for w in words if w != "--long"])
        return
    names = [w for w in words if w != "--truth"]
    for case in CASES:
        if not names or case.name in names:
            begin = time.perf_counter()
            found = truth(case)
            stored = json.loads(STORED.read_text("utf-8")) if STORED.exists() else {}
            stored[case.name] = found
            print(
                f"{case.name:24}{stored[case.name][0]:12.6f}{stored[case.name][1]:10.1e} {time.perf_counter() - begin:.0f} s",
                flush=True,
            )
            STORED.write_text(json.dumps(stored, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
