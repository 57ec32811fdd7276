"""How large a number is, by its place: smoothed empirical quantiles on a logarithmic axis, backed off, and as many digits as in
the data.

The law of n magnitudes in one context: about sqrt(n) cells of equal probability between their quantiles, even within each on
the axis of decades; the outermost reach beyond the least and the greatest by the n-th part of the range, and of 0.15 decades.
So one value alone is drawn between 0.7 and 1.4 times itself; nothing is drawn that lies beyond all n magnitudes of a corpus by
more than 0.15 / n decades. Contexts back off as in `backoff.py`, with d = 0: n of n + t draws are of the context's own law, the
others of the law of the context without its last feature. Features and strengths are chosen by the held-out density.

Rates of one system are often alike where those of two are decades apart, and horizons go with them inversely. So a law may be
of a number's ratio to one that is known by then, or of their product (`SizeLevels`), where held-out numbers are likelier so.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from math import log10, sqrt

import numpy as np
from numpy.typing import NDArray

from ..terms import Dice
from .labels import MOST_DIGITS, digits, round_to

Floats = NDArray[np.float64]

SPREAD = 0.15
"""Decades that one value alone stands for, on either side."""
_NARROW = 1e-3
_BEYOND = 1.0
_STRENGTHS = (0.1, 0.5, 2.0, 8.0, 32.0, 128.0)
_LEAST_GAIN = 0.004
_RELATIVE_GAIN = 0.05
"""How much likelier, in nats a number, held-out numbers must be by their ratios."""
_MAX_LEVELS = 5
_REDRAWS = 8
_FEW, _SOME = 3, 8
_LEAST_FIGURES = 8
_UNROUNDED = 12
_USUAL = 3
_LARGEST = 308.2
"""Decades that floating-point numbers reach."""
FIGURES = "last figures"
"""The feature of every context that says how finely the number before is written."""


@dataclass(frozen=True, slots=True)
class MagnitudeLevel:
    """One feature of the context ('' for none), and how many values of a context's own weigh as much as the law below."""

    feature: str
    strength: float


@dataclass(frozen=True, slots=True)
class SizeLevels:
    """What held-out density chose for one kind of size. `levels`: of the numbers themselves. `relative`: of their ratios to the
    `reference` (`sign` 1) or of their products with it (-1), where it is known; none where `reference` is ''."""

    levels: tuple[MagnitudeLevel, ...]
    reference: str = ""
    sign: int = 1
    relative: tuple[MagnitudeLevel, ...] = ()


Law = list[float]
"""Edges of cells of equal probability, in decades, ascending."""


def law(logs: Sequence[float]) -> Law:
    """The law of some magnitudes, given as decades."""
    ordered = np.sort(np.asarray(logs, float))
    n = len(ordered)
    cells = max(1, round(sqrt(n)))
    edges = np.quantile(ordered, np.linspace(0.0, 1.0, cells + 1))
    beyond = (SPREAD + edges[-1] - edges[0]) / n
    edges[0] -= beyond
    edges[-1] += beyond
    return [float(e) for e in edges]


def density(own: Law, at: float) -> float:
    """Per decade. Cells are taken to be at least a thousandth of a decade wide."""
    if not own[0] <= at <= own[-1]:
        return 0.0
    cells = len(own) - 1
    i = min(max(int(np.searchsorted(own, at, side="right")) - 1, 0), cells - 1)
    return 1.0 / (cells * max(own[i + 1] - own[i], _NARROW))


def choose_sizes(
    logs: Sequence[float],
    contexts: Sequence[Mapping[str, Hashable]],
    references: Sequence[Mapping[str, float]],
    folds: Sequence[int],
) -> SizeLevels:
    """The features, and the reference if any, under which values held out are likeliest. Without anything to hold out: none."""
    if not logs or min(folds) == max(folds):
        return SizeLevels((MagnitudeLevel("", 1.0),))
    values, fold = np.array(logs), np.array(folds)
    plain, p = _levels(values, contexts, fold)
    named = _likeliest(values, references, fold)
    if named is None:
        return SizeLevels(plain)
    reference, sign = named
    known = np.array([i for i, r in enumerate(references) if reference in r])
    shifted = values[known] - sign * np.array([references[i][reference] for i in known])
    relative, better = _levels(shifted, [contexts[i] for i in known], fold[known])
    if float(np.log(better).mean()) < float(np.log(p[known]).mean()) + _RELATIVE_GAIN:
        return SizeLevels(plain)
    return SizeLevels(plain, reference, sign, relative)


def _likeliest(values: Floats, references: Sequence[Mapping[str, float]], fold: NDArray[np.int64]) -> tuple[str, int] | None:
    """The reference, and whether in ratio or product, against which values are likeliest in one law; None without any that half
    of the values have."""
    best: tuple[float, str, int] | None = None
    for name in dict.fromkeys(name for known in references for name in known):
        known = np.array([i for i, r in enumerate(references) if name in r])
        if 2 * len(known) < len(values) or fold[known].min() == fold[known].max():
            continue
        at = np.array([references[i][name] for i in known])
        for sign in (1, -1):
            shifted = values[known] - sign * at
            _, p = _best(shifted, [()] * len(known), fold[known], np.full(len(known), _wide(shifted)), "")
            score = float(np.log(p).mean())
            best = (score, name, sign) if best is None or score > best[0] else best
    return None if best is None else best[1:]


def _wide(values: Floats) -> float:
    """The density of anything at all."""
    return 1.0 / (float(np.ptp(values)) + 2 * _BEYOND)


def _levels(
    values: Floats, contexts: Sequence[Mapping[str, Hashable]], fold: NDArray[np.int64]
) -> tuple[tuple[MagnitudeLevel, ...], Floats]:
    """The features under which values held out are likeliest, greedily, and each value's density by the other folds."""
    wide = _wide(values)
    keys: list[tuple[Hashable, ...]] = [()] * len(values)
    level, p = _best(values, keys, fold, np.full(len(values), wide), "")
    levels, best = [level], float(np.log(p).mean())
    left = [name for name in contexts[0] if name != FIGURES and len({c[name] for c in contexts}) > 1]
    while left and len(levels) <= _MAX_LEVELS:
        tried = {
            name: _best(values, [(*k, c[name]) for k, c in zip(keys, contexts, strict=True)], fold, p, name) for name in left
        }
        name = max(left, key=lambda n: float(np.log(tried[n][1]).mean()))
        level, better = tried[name]
        if float(np.log(better).mean()) < best + _LEAST_GAIN:
            break
        levels.append(level)
        p, best = better, float(np.log(better).mean())
        keys = [(*k, c[name]) for k, c in zip(keys, contexts, strict=True)]
        left.remove(name)
    return tuple(levels), p


def _best(
    values: Floats, keys: Sequence[tuple[Hashable, ...]], fold: NDArray[np.int64], below: Floats, name: str
) -> tuple[MagnitudeLevel, Floats]:
    """The strength of one more level, and each value's density by the other folds under it."""
    rows: dict[tuple[Hashable, ...], list[int]] = {}
    for i, key in enumerate(keys):
        rows.setdefault(key, []).append(i)
    counts, own = np.zeros(len(values)), np.zeros(len(values))
    for members in rows.values():
        at = np.array(members)
        for f in np.unique(fold[at]):
            held, others = at[fold[at] == f], at[fold[at] != f]
            if len(others):
                there = law(values[others].tolist())
                counts[held] = len(others)
                own[held] = [density(there, v) for v in values[held]]
    tried = [(t, (counts * own + t * below) / (counts + t)) for t in _STRENGTHS]
    strength, p = max(tried, key=lambda pair: float(np.log(pair[1]).mean()))
    return MagnitudeLevel(name, strength), p


def figures_law(values: Sequence[float]) -> tuple[tuple[int, float], ...]:
    """(digits, share): to how many significant digits numbers are rounded, so that their shortest texts have as many as given.

    A tenth of what is rounded to 3 digits shows 2 or fewer, and a hundredth 1: that is taken off the lower ones.
    """
    if not values:
        return ((_USUAL, 1.0),)
    counts = [digits(v) for v in values]
    # What is not rounded shows 15 digits or 17, as its source writes them, or a few less.
    fine = max((n for n in counts if n >= _UNROUNDED), default=MOST_DIGITS)
    shown = np.bincount([min(n, _UNROUNDED) for n in counts], minlength=_UNROUNDED + 1) / len(values)
    rounded = np.zeros(_UNROUNDED + 1)
    for k in range(_UNROUNDED, 0, -1):
        from_above = sum(rounded[j] * 0.9 * 0.1 ** (j - k) for j in range(k + 1, _UNROUNDED))
        rounded[k] = max(shown[k] - from_above, 0.0) / (0.9 if 1 < k < _UNROUNDED else 1.0)
    rounded[_USUAL] += 2.0 / len(values)  # of few numbers the digits say little, and there would be as few to draw
    return tuple((k if k < _UNROUNDED else fine, float(share)) for k, share in enumerate(rounded) if share > 1e-9)


def figures_class(value: float) -> str:
    """How finely a number is written: those of one system are alike in it."""
    shown = digits(value)
    return "few" if shown <= _FEW else "some" if shown <= _SOME else "all"


Figures = tuple[tuple[int, float], ...]


@dataclass(slots=True)
class Magnitudes:
    """Laws by context, to draw from.

    `figures`: as of `figures_law`, by how finely the number before is written; None: of all. `relative`: laws of what is left
    when the `reference`, with its `sign`, is taken off; `within`: decades that nothing leaves."""

    levels: tuple[MagnitudeLevel, ...]
    laws: list[dict[tuple[Hashable, ...], tuple[int, Law]]] = field(default_factory=list)
    figures: dict[Hashable, Figures] = field(default_factory=dict)
    relative: Magnitudes | None = None
    reference: str = ""
    sign: int = 1
    within: tuple[float, float] = (0.0, 0.0)

    @property
    def features(self) -> tuple[str, ...]:
        return tuple(level.feature for level in self.levels[1:])

    def draw(self, dice: Dice, feature: Callable[[str], Hashable], whole: bool, references: Mapping[str, float]) -> float:
        """A magnitude > 0, whole or not, in the context whose features `feature` gives by name. `references`: decades of numbers
        that are known, by name."""
        of, shift = self, 0.0
        if self.relative is not None and self.reference in references:
            of, shift = self.relative, self.sign * references[self.reference]
        context = tuple(map(feature, of.features))
        rounding = self.figures.get(feature(FIGURES)) or self.figures.get(None) or ((_USUAL, 1.0),)
        sums = list(accumulate(share for _, share in rounding))
        value = 1.0
        for _ in range(_REDRAWS):
            decades = of._decades(dice, context) + shift
            decades = min(max(decades, self.within[0]), self.within[1])
            value = round_to(10.0**decades, rounding[dice.weighted(sums)][0])
            if whole and value > 0.5:
                return float(round(value))
            if whole and shift:
                return value  # what it goes with is so small, or so large, that it cannot be whole
            if not whole and not value.is_integer():
                return value
        return max(1.0, float(round(value))) if whole else value or 1.0

    def _decades(self, dice: Dice, context: tuple[Hashable, ...]) -> float:
        for depth in range(len(self.levels) - 1, -1, -1):
            there = self.laws[depth].get(context[:depth])
            if there is not None and (depth == 0 or dice.unit() * (there[0] + self.levels[depth].strength) < there[0]):
                edges = there[1]
                cell = dice.below(len(edges) - 1)
                return edges[cell] + (edges[cell + 1] - edges[cell]) * dice.unit()
        return 0.0


def laws(
    chosen: SizeLevels,
    values: Sequence[float],
    contexts: Sequence[Mapping[str, Hashable]],
    references: Sequence[Mapping[str, float]],
) -> Magnitudes:
    """Laws of magnitudes > 0 that were seen, under chosen levels."""
    logs = [log10(v) for v in values]
    made = _counted(chosen.levels, logs, contexts)
    made.figures[None] = figures_law(values)
    by_class: dict[Hashable, list[float]] = {}
    for value, context in zip(values, contexts, strict=True):
        by_class.setdefault(context[FIGURES], []).append(value)
    made.figures |= {before: figures_law(own) for before, own in by_class.items() if len(own) >= _LEAST_FIGURES}
    if chosen.reference:
        known = [(i, r[chosen.reference]) for i, r in enumerate(references) if chosen.reference in r]
        shifted = [logs[i] - chosen.sign * at for i, at in known]
        made.relative = _counted(chosen.relative, shifted, [contexts[i] for i, _ in known])
        made.reference, made.sign = chosen.reference, chosen.sign
    return made


def _counted(levels: tuple[MagnitudeLevel, ...], logs: Sequence[float], contexts: Sequence[Mapping[str, Hashable]]) -> Magnitudes:
    made = Magnitudes(levels)
    least, most = (min(logs) - SPREAD / len(logs), min(max(logs) + SPREAD / len(logs), _LARGEST)) if logs else (0.0, 0.0)
    made.within = least, most
    for depth in range(len(levels)):
        rows: dict[tuple[Hashable, ...], list[float]] = {}
        for at, context in zip(logs, contexts, strict=True):
            rows.setdefault(tuple(context[name] for name in made.features[:depth]), []).append(at)
        made.laws.append({key: (len(own), [min(max(e, least), most) for e in law(own)]) for key, own in rows.items()})
    return made
