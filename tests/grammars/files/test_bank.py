from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.semantics.base import Status
from kappabar.grammars.errors import SourceError
from kappabar.grammars.files.bank import bank, bank_system
from kappabar.grammars.print.infix import to_infix
from kappabar.grammars.text.parse import parse
from kappabar.grammars.tree import System

DOMAINS = ("ode", "map", "function")
EVERY = [system for name in DOMAINS for system in bank(name)]
REGIMES = {
    "fixed point", "limit cycle", "chaotic", "conservative", "excitable", "transient", "quasi-periodic", "smooth", "oscillatory",
    "bursting",
}  # fmt: skip


def behaviors(system: System, rtol: float = 1e-6, points: int = 201) -> np.ndarray:
    semantics = domain(system.domain).semantics
    found = semantics.simulate([system.tree], semantics.setting(system, rtol=rtol, points=points, box=1e4))
    assert (found.status == Status.OK).all()
    return found.y[0]


def test_the_bank_has_enough_of_each_domain() -> None:
    assert [len(bank(name)) >= least for name, least in (("ode", 30), ("map", 8), ("function", 8))] == [True] * 3


def test_names_are_kebab_case_and_their_own() -> None:
    names = [system.name for system in EVERY]
    assert len(set(names)) == len(names)
    assert all(name == name.lower() and name.replace("-", "").isalnum() for name in names)


@pytest.mark.parametrize("system", EVERY, ids=lambda s: s.name)
def test_every_system_is_complete(system: System) -> None:
    assert system.regime in REGIMES
    assert re.match(r"[\w' .,-]+ (1[6-9]|20)\d\d, \S+", system.citation), "author year, work"
    if system.domain == "function":
        assert len(system.ranges) == system.dim
    else:
        assert system.x0
        assert all(len(row) == system.dim for row in system.x0)
        assert system.t_end


@pytest.mark.parametrize("system", EVERY, ids=lambda s: s.name)
def test_every_system_prints_and_parses_back(system: System) -> None:
    assert parse(to_infix(system.tree), system.domain).tree == system.tree


@pytest.mark.parametrize("system", EVERY, ids=lambda s: s.name)
def test_every_system_is_bounded_and_moves_from_each_start(system: System) -> None:
    """And is not stiff: the engine reaches the horizon within its default step limit, or the status is UNRESOLVED."""
    y = behaviors(system)
    scale = np.abs(y).max(axis=1)
    assert (y.std(axis=1) > 1e-2 * scale).any(axis=1).all()


FLOWS = [s for s in EVERY if s.domain == "ode"]


@pytest.mark.parametrize("system", [s for s in FLOWS if s.regime == "limit cycle"], ids=lambda s: s.name)
def test_limit_cycles_still_move_at_their_end(system: System) -> None:
    y = behaviors(system)
    early, late = np.split(y[:, 1:], 2, axis=1)
    assert (late.std(axis=1).max(axis=1) > 0.1 * early.std(axis=1).max(axis=1)).all()


@pytest.mark.parametrize("system", [s for s in FLOWS if s.regime == "fixed point"], ids=lambda s: s.name)
def test_fixed_points_are_approached(system: System) -> None:
    """Integrated ten times longer, the right-hand side vanishes: the state no longer moves."""
    semantics = domain("ode").semantics
    setting = semantics.setting(system, t_end=10 * (system.t_end or 0), points=1001)
    y = semantics.simulate([system.tree], setting).y[0]
    assert (np.ptp(y[:, -10:], axis=1) < 1e-4 * (1 + np.abs(y).max(axis=1))).all()


def chaos(system: System, seed: int) -> float:
    """Factor by which a perturbation of 1e-9 has grown when it is largest within eight horizons."""
    semantics = domain(system.domain).semantics
    nudge = 1e-9 * np.random.default_rng(seed).standard_normal(system.dim)
    starts = [tuple(np.array(x0) + sign * nudge) for x0 in system.x0[:1] for sign in (0, 1)]
    setting = semantics.setting(system, x0=starts, t_end=8 * (system.t_end or 0), rtol=1e-10, atol=1e-12, points=401)
    y = semantics.simulate([system.tree], setting).y[0]
    return float(np.linalg.norm(y[1] - y[0], axis=-1).max() / np.linalg.norm(nudge))


@pytest.mark.parametrize("system", [s for s in EVERY if s.regime == "chaotic"], ids=lambda s: s.name)
def test_chaotic_systems_magnify_a_nudge(system: System) -> None:
    assert chaos(system, 0) > 1e3


@pytest.mark.parametrize("system", [s for s in FLOWS if s.regime in ("limit cycle", "fixed point")], ids=lambda s: s.name)
def test_regular_systems_do_not(system: System) -> None:
    assert chaos(system, 0) < 1e3


ENERGIES = {
    "harmonic-oscillator": lambda x, v: v**2 + 2.1 * x**2,
    "pendulum": lambda a, w: w**2 / 2 - np.cos(a),
    "lotka-volterra": lambda x, y: 0.1 * x - 0.4 * np.log(x) + 0.4 * y - 1.1 * np.log(y),
    "kepler-orbit": lambda x, y, u, v: (u**2 + v**2) / 2 - 1 / np.hypot(x, y),
    "rigid-body": lambda x, y, z: x**2 + 2 * y**2 + 3 * z**2,
    "henon-heiles": lambda x, y, u, v: (u**2 + v**2 + x**2 + y**2) / 2 + x**2 * y - y**3 / 3,
    "gingerbreadman-map": None,
}


def test_every_conservative_system_has_its_conserved_quantity_here() -> None:
    assert {s.name for s in EVERY if s.regime == "conservative"} == set(ENERGIES)


@pytest.mark.parametrize("name", [name for name, energy in ENERGIES.items() if energy])
def test_conservative_systems_conserve(name: str) -> None:
    """The textbook's conserved quantity, an oracle that knows nothing of our trees or engine."""
    energy = ENERGIES[name](*np.moveaxis(behaviors(bank_system(name), rtol=1e-9), -1, 0))
    assert np.ptp(energy, axis=1) == pytest.approx(0, abs=1e-5 * (1 + np.abs(energy).max()))


@given(st.integers(0, len(EVERY) - 1))
def test_lookup_by_name(i: int) -> None:
    assert bank_system(EVERY[i].name) is EVERY[i]


def test_unknown_names_get_a_hint() -> None:
    with pytest.raises(SourceError, match="did you mean 'lorenz-63'"):
        bank_system("lorentz-63")
    with pytest.raises(SourceError, match="did you mean 'map'"):
        bank("maps")


def test_lorenz_is_lorenz() -> None:
    lorenz = bank_system("lorenz-63")
    assert to_infix(lorenz.tree, lorenz.names) == "10*(y - x) | x*(28 - z) - y | x*y - 8/3*z"
    assert lorenz.x0[0] == (1, 1, 1)
    assert lorenz.t_end == 20
