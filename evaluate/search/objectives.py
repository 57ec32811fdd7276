"""What a search minimizes: members of the κ family, fidelity error, tokens per expression.

An objective gives one number per expression, so that every value has a mean, an interval and paired differences. Cheap ones
read a measured κ; `cost` says on which rung an objective stands: 0 for every trial, 1 for what needs a training and would be
asked of the front alone. The built-in ones all stand on rung 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...grammars.errors import SpecError, did_you_mean
from ..kappa.kappa import RARE, Kappa
from ..kappa.weighing import share
from ..statistics.estimate import Sample

Floats = NDArray[np.float64]

DEFAULT = ("mean", "fidelity", "tokens")
ALWAYS = ("mean", "fidelity", "tokens", "invalid", "vocabulary", "uncounted")
"""Recorded for every representation, minimized or not: no ranking may trade fidelity away unseen."""

NO_LOSS = 1e-6
"""A fidelity error below this counts as none: it is the relative tolerance that behaviors are simulated to."""


class Objective(Protocol):
    """Smaller is better. `cost`: its rung. `per_expression` is aligned with `kappa.measured`.

    `bounded`: whether the metric's largest distance is the worst value, which an expression then counts as that a representation
    cannot write, whose decoded form cannot be simulated, or that has no value because too few of its edits decode.
    """

    @property
    def name(self) -> str: ...

    @property
    def cost(self) -> int: ...

    @property
    def bounded(self) -> bool: ...

    def per_expression(self, kappa: Kappa, vocabulary_size: int) -> Floats: ...


@dataclass(frozen=True, slots=True)
class Member:
    """A statistic of each expression's distances: a member of the κ family."""

    name: str
    statistic: Callable[[Sample], float]
    cost: int = 0
    bounded: bool = True

    def per_expression(self, kappa: Kappa, vocabulary_size: int) -> Floats:
        return kappa.per_expression(self.statistic)


@dataclass(frozen=True, slots=True)
class Count:
    """A figure of each expression other than its distances."""

    name: str
    figure: Callable[[Kappa, int], list[float]]
    cost: int = 0
    bounded: bool = False

    def per_expression(self, kappa: Kappa, vocabulary_size: int) -> Floats:
        return np.array(self.figure(kappa, vocabulary_size), dtype=float)


def _fidelity(kappa: Kappa, _size: int) -> list[float]:
    # A rewrite that adds in another order moves a trajectory in its last bits: that is no loss, and must not decide a front.
    return [m.fidelity_error if m.fidelity_error >= NO_LOSS else 0.0 for m in kappa.measured]


def _tokens(kappa: Kappa, _size: int) -> list[float]:
    return [float(m.n_tokens) for m in kappa.measured]


def _invalid(kappa: Kappa, _size: int) -> list[float]:
    return [1.0 - share(m, ~m.outcomes.mask("invalid")) for m in kappa.measured]


def _uncounted(kappa: Kappa, _size: int) -> list[float]:
    return [float(np.isnan(mean)) for mean in kappa.means]


def _vocabulary(kappa: Kappa, size: int) -> list[float]:
    return [float(size)] * len(kappa.measured)


OBJECTIVES: dict[str, Objective] = {
    "mean": Member("mean", Sample.mean),
    "sup": Member("sup", Sample.sup),
    "fidelity": Count("fidelity", _fidelity, bounded=True),
    "tokens": Count("tokens", _tokens),
    "invalid": Count("invalid", _invalid),
    "vocabulary": Count("vocabulary", _vocabulary),
    "uncounted": Count("uncounted", _uncounted),
}
_FORMS = "kappa@M (say kappa@16), quantile@Q (say quantile@0.9)"


def objective(name: str) -> Objective:
    """The objective of that name: one of `OBJECTIVES`, `kappa@M` or `quantile@Q`. Raises `SpecError`."""
    word = name.strip()
    if word in OBJECTIVES:
        return OBJECTIVES[word]
    family, _, argument = word.partition("@")
    if family == "kappa" and argument.isdecimal() and 1 <= int(argument) <= 10_000:
        return Member(f"kappa@{int(argument)}", lambda d: d.at(int(argument)))
    if family == "quantile" and (q := _share(argument)) is not None:
        return Member(f"quantile@{q:g}", lambda d: d.quantile(q))
    raise SpecError(f"unknown objective {name!r}{did_you_mean(word, OBJECTIVES)}; there are {', '.join(OBJECTIVES)}, {_FORMS}")


def ruled_by_few(name: str) -> bool:
    """Whether a few expressions rule the mean of that objective: see `intervals.mean_estimate`."""
    family, _, argument = name.partition("@")
    return (
        name in ("sup", "fidelity")
        or (family == "kappa" and int(argument) >= RARE)
        or (family == "quantile" and float(argument) > 0.9)
    )


def read_objectives(given: str | Sequence[str] | None) -> tuple[str, ...]:
    """Names in order, from one text or several, each with commas or without. Raises `SpecError`; fewer than one is the
    default."""
    texts = [given] if isinstance(given, str) else list(given or ())
    words = [word for text in texts for word in text.split(",") if word.strip()]
    names = tuple(dict.fromkeys(objective(word).name for word in words))
    return names or DEFAULT


def _share(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0.0 <= value <= 1.0 else None
