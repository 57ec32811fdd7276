"""Where numbers stand once the structure of a system is known, and of what their sizes may depend: coefficients, conditions,
horizons."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import log10

from .chains import CHAIN, View
from .grammar import Skeleton, skeleton
from .labels import is_number
from .magnitudes import FIGURES, figures_class

References = Mapping[str, float]
"""Decades of numbers that are known by then, by what they are; without those that are zero."""


@dataclass(frozen=True, slots=True)
class Place:
    """A number in a system written in labels: its `label`, and the features of where it stands."""

    label: str
    features: dict[str, Hashable]


def number_places(equations: Sequence[View]) -> Iterator[Place]:
    """The numbers of a system, in the order of its text."""
    known: dict[int, Skeleton] = {}
    whole = tuple(skeleton(e, known) for e in equations)
    for i, equation in enumerate(equations):
        own = {"equation": i, "whole equation": whole[i], "system": whole, "dim": len(equations)}
        terms = equation.children if equation.symbol.startswith(CHAIN) else (equation,)
        for j, term in enumerate(terms):
            join = equation.joins[j - 1] if j and equation.joins else ""
            inside = own | {"term": known[id(term)], "join": join, "terms": len(terms), "nth": min(j, 4)}
            above = ((equation.symbol, min(j, 1)),) if term is not equation else ()
            yield from _numbers(term, above, (), inside, known)


def _numbers(
    seen: View, above: tuple[tuple[str, int], ...], around: Skeleton, own: dict[str, Hashable], known: dict[int, Skeleton]
) -> Iterator[Place]:
    """`known`: the skeletons of all views here, by identity."""
    if is_number(seen.symbol):
        parents = {"place": above[-1:], "above": above, "beside": around, "grandparent": above[-2:-1], "sign": seen.symbol[-1]}
        parents["kind"] = seen.symbol[:-1]
        yield Place(seen.symbol, own | parents)
    for k, child in enumerate(seen.children):
        yield from _numbers(child, (*above, (seen.symbol, min(k, 1))), known[id(seen)], own, known)


def bucket(magnitude: float | None) -> Hashable:
    """Half decades; None of nothing and of zero."""
    return round(2 * log10(abs(magnitude))) if magnitude else None


@dataclass(slots=True)
class Sizes:
    """How large the numbers of a system were so far, in half decades."""

    first: Hashable = None
    last: Hashable = None
    largest: float = 0.0
    seen: list[float] = field(default_factory=list)

    def note(self, value: float) -> None:
        """One more number."""
        here = bucket(value)
        self.first = here if self.first is None else self.first
        self.last = here
        self.largest = max(self.largest, abs(value))
        self.seen.append(abs(value))

    def references(self) -> References:
        """Numbers that the next one may be held against, in decades."""
        if not self.seen or not self.largest:
            return {}
        named = {"first": self.seen[0], "last": self.seen[-1], "largest": self.largest}
        return {name: log10(value) for name, value in named.items() if value}

    def features(self) -> dict[str, Hashable]:
        sizes = {"first size": self.first, "last size": self.last, "largest size": bucket(self.largest)}
        return sizes | {FIGURES: figures_class(self.seen[-1]) if self.seen else None}


def condition_features(
    system: Skeleton, variable: int, start: int, earlier: Sequence[float], before: Sequence[float], sizes: Sizes
) -> dict[str, Hashable]:
    """Of a variable's initial value: `earlier`, those of this start so far; `before`, those of the start before."""
    own: Hashable = system[variable] if variable < len(system) else ""
    last = earlier[-1] if earlier else None
    return {
        "variable": variable,
        "start": min(start, 3),
        "dim": len(system),
        "equation": own,
        "system": system,
        "last": None if last is None else (bucket(last), last < 0),
        "last whole": None if last is None else last.is_integer(),
        "before": (bucket(before[variable]), before[variable] < 0) if variable < len(before) else None,
        "scale": bucket(sizes.largest),
        "first size": sizes.first,
        FIGURES: None if last is None or last.is_integer() else figures_class(last),
    }


def condition_references(variable: int, earlier: Sequence[float], before: Sequence[float], sizes: Sizes) -> References:
    """What an initial value may be held against: see `condition_features`."""
    named = {"value before": earlier[-1] if earlier else 0.0, "start before": before[variable] if variable < len(before) else 0.0}
    return {**sizes.references(), **{name: log10(abs(value)) for name, value in named.items() if value}}


def horizon_features(system: Skeleton, starts: int, sizes: Sizes) -> dict[str, Hashable]:
    """Of a system's horizon, its number of starts, and its ranges."""
    return {
        "dim": len(system),
        "starts": starts,
        "system": system,
        "first equation": system[0] if system else "",
        "scale": bucket(sizes.largest),
        "first size": sizes.first,
        FIGURES: None,
    }
