"""Random systems of the built-in domains: candidates, drawn from a typed and depth-bounded grammar (`terms.py`).

A candidate is any system that the grammar writes. Whether its behavior is worth having (bounded, not constant) is for
`evaluate/domains/sources.py` to see, which simulates candidates and keeps those that are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..errors import SourceError, did_you_mean
from ..tree import Node, System, number, system, variable
from .terms import Dice, Term, TermGrammar, cumulated, total

MAX_DRAWN_DEPTH = 10
"""No equation that a sampler draws with at most 4 terms is deeper."""

# Common terms and coefficients within a factor of 25: with more of everything a small model learns next to nothing of what it
# is shown in ten minutes, and representations cannot be told apart (docs/quality.md has the figures).
ODE_TERMS = TermGrammar(weights=(0.34, 0.19, 0.2, 0.11, 0.06, 0.1), low=0.2, high=5.0)
MAP_TERMS = TermGrammar(weights=(0.25, 0.15, 0.15, 0.25, 0.1, 0.1), high=3.0)
FUNCTION_TERMS = TermGrammar(weights=(0.2, 0.04, 0.24, 0.24, 0.1, 0.05, 0.02, 0.07, 0.02, 0.02), low=0.2, high=5.0)


class Sampler(Protocol):
    """Draws candidates. `draw` must depend on the generator's state alone."""

    def draw(self, rng: np.random.Generator) -> System: ...


@dataclass(frozen=True, slots=True)
class OdeSampler:
    """First-order systems.

    dims[i] variables with probability proportional to dim_weights[i] (default: 1 with 0.4, 2 with 0.6). Each equation
    has 1 to 3 different terms (0.3, 0.45, 0.25) of `terms`, among them with probability `restoring` one that pulls its
    variable back, -c*x (0.6) or -c*x^3 (0.4): without it, most candidates run away. From two variables on, with
    probability `mechanical` the first equation is x_0' = x_1 and the second has a spring, -c*x_0, -c*x_0^3 or
    -c*sin(x_0). Coefficients are log-uniform (see `TermGrammar`) and have 3 significant digits; `starts` initial conditions,
    uniform within ±spread, likewise; the horizon is `t_end` time units.
    """

    dims: tuple[int, ...] = (1, 2)
    dim_weights: tuple[float, ...] = (0.4, 0.6)
    terms: TermGrammar = ODE_TERMS
    counts: tuple[float, ...] = (0.3, 0.45, 0.25)
    restoring: float = 0.85
    mechanical: float = 0.35
    starts: int = 1
    spread: float = 2.0
    t_end: float = 10.0

    def draw(self, rng: np.random.Generator) -> System:
        """One candidate."""
        dice = Dice(rng)
        dim = self.dims[dice.weighted(cumulated(self.dim_weights))]
        mechanical = dim > 1 and dice.chance(self.mechanical)
        equations = [self._equation(dice, dim, i, mechanical) for i in range(dim)]
        return System(system(*equations), _names(dim), "ode", _starts(dice, self.starts, dim, self.spread), self.t_end)

    def _equation(self, dice: Dice, dim: int, index: int, mechanical: bool) -> Node:
        if mechanical and index == 0:
            return variable(1)
        given = []
        if mechanical and index == 1:
            x = variable(0)
            spring = (x, Node("^", (x, number(3.0))), Node("sin", (x,)))[dice.below(3)]
            given.append(self.terms.scaled(dice, spring))
        if dice.chance(self.restoring):
            x = variable(index)
            given.append(self.terms.scaled(dice, x if dice.chance(0.6) else Node("^", (x, number(3.0)))))
        return _equation(dice, self.terms, dim, self.counts, given)


@dataclass(frozen=True, slots=True)
class MapSampler:
    """Iterated maps.

    As `OdeSampler`, with smaller coefficients, without pulling terms, and with probability `unimodal` per equation one of
    the two textbook humps c*x*(1 - x), c in [1, 4], and c*x*exp(-a*x) in place of its first term.
    """

    dims: tuple[int, ...] = (1, 2)
    dim_weights: tuple[float, ...] = (0.5, 0.5)
    terms: TermGrammar = MAP_TERMS
    counts: tuple[float, ...] = (0.3, 0.4, 0.2, 0.1)
    unimodal: float = 0.3
    starts: int = 1
    spread: float = 1.0
    t_end: float = 50.0

    def draw(self, rng: np.random.Generator) -> System:
        """One candidate."""
        dice = Dice(rng)
        dim = self.dims[dice.weighted(cumulated(self.dim_weights))]
        equations = [self._equation(dice, dim, i) for i in range(dim)]
        return System(system(*equations), _names(dim), "map", _starts(dice, self.starts, dim, self.spread), self.t_end)

    def _equation(self, dice: Dice, dim: int, index: int) -> Node:
        if not dice.chance(self.unimodal):
            return _equation(dice, self.terms, dim, self.counts)
        x = variable(index)
        if dice.chance(0.5):
            hump = Term(False, dice.uniform(1.0, 4.0), (x, Node("-", (number(1.0), x))))
        else:
            decay = Node("exp", (Node("*", (number(-dice.magnitude(0.2, 2.0)), x)),))
            hump = Term(False, dice.magnitude(1.0, 20.0), (x, decay))
        if dim == 1 or dice.chance(0.3):
            return total([hump])
        coupling = TermGrammar(self.terms.weights, 0.05, 0.3, 0.0)
        return total([hump, coupling.term(dice, dim)])


@dataclass(frozen=True, slots=True)
class FunctionSampler:
    """Functions of one or more inputs: sums of 1 to 3 different terms (0.4, 0.4, 0.2) of `terms`.

    Every input runs over `bounds`. dims[i] inputs with probability proportional to dim_weights[i] (default: one).
    Inputs that the drawn terms do not use stay inputs.
    """

    dims: tuple[int, ...] = (1,)
    dim_weights: tuple[float, ...] = (1.0,)
    terms: TermGrammar = FUNCTION_TERMS
    counts: tuple[float, ...] = (0.4, 0.4, 0.2)
    bounds: tuple[float, float] = (-5.0, 5.0)

    def draw(self, rng: np.random.Generator) -> System:
        """One candidate."""
        dice = Dice(rng)
        dim = self.dims[dice.weighted(cumulated(self.dim_weights))]
        equation = _equation(dice, self.terms, dim, self.counts)
        return System(system(equation), _names(dim), "function", ranges=(self.bounds,) * dim)


def sampler(domain: str = "ode") -> Sampler:
    """The built-in domain's sampler, with its defaults. Raises SourceError for a domain that has none."""
    samplers: dict[str, Sampler] = {"ode": OdeSampler(), "map": MapSampler(), "function": FunctionSampler()}
    if domain not in samplers:
        known = f"{did_you_mean(domain, samplers)}; there is one for {', '.join(samplers)}"
        raise SourceError(f"domain {domain!r} has no sampler{known}")
    return samplers[domain]


def _names(dim: int) -> tuple[str, ...]:
    return tuple(f"x_{i}" for i in range(dim))


def _starts(dice: Dice, count: int, dim: int, spread: float) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(dice.uniform(-spread, spread) for _ in range(dim)) for _ in range(count))


def _equation(dice: Dice, grammar: TermGrammar, dim: int, counts: tuple[float, ...], given: Sequence[Term] = ()) -> Node:
    """A sum of different terms, the given ones among them. A term drawn twice is drawn again, and left out when that goes on."""
    count = 1 + dice.weighted(cumulated(counts))
    terms = list(given)
    for _ in range(3 * count):
        if len(terms) >= count:
            break
        term = grammar.term(dice, dim)
        if all(term.shape != other.shape for other in terms):
            terms.insert(dice.below(len(terms) + 1), term)
    return total(terms)
