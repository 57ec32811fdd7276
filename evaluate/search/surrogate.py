"""The search's own sampler: a Gaussian process over what representations are made of, and draws from it.

Which parts a representation has says most of what it costs, part by part and in pairs, and a search has a hundred trials. So each
objective (its logarithm) is a sum of effects of the rewrites, the notation, the codec and the vocabulary with their arguments,
and of pairs of these; each effect is Gaussian with a fixed variance. Per trial one function is drawn from the posterior (Thompson
1933), and of many candidates, drawn anew or changed from the front, the one is tried that would add most volume if that function
were true. What has a limit is a function too, and what would not keep to it comes last. Optuna's own samplers were measured
before: TPE, NSGA-II and its Gaussian process did not reliably beat random search in this space.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial, TrialState

from ...grammars.errors import KappabarError
from ...representations.space import NONE, Choice, Point, Space
from .limits import LIMITED, NO_LIMITS, Limits
from .objectives import NO_LOSS
from .pareto import on_front
from .trials import distributions

Floats = NDArray[np.float64]

_CANDIDATES = 700
_CHANGED = 0.6
"""Share of candidates that are changed from a point of the front; the others are drawn anew."""
_DRAWS = 4096
"""Points by which volumes are estimated."""
_MAIN, _EXACT, _PAIR, _REWRITE = 0.5, 0.35, 0.35, 0.1
"""Variances of effects: of a name, of a name with its arguments, of a pair of names, of a rewrite."""
_REACH = 0.25
"""How far apart, in shares of their ranges, arguments still say something about each other."""
_NOISE = 0.02
_NEAR = 1e-3
"""What a drawn value may be above a limit: the logarithm blurs what is nearly zero."""


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """n points as numbers: names (n, 3) of notation, codec, vocabulary; arguments (n, 2, k); rewrites (n, r), 0 or 1."""

    names: NDArray[np.int64]
    arguments: Floats
    rewrites: Floats


@dataclass(slots=True, eq=False)
class Surrogate(optuna.samplers.BaseSampler):
    """Proposes the next point of `space`; a function of `seed` and of the trials told."""

    space: Space
    seed: int
    objectives: tuple[str, ...] = ()
    limits: Limits = NO_LIMITS
    _rng: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self._rng = np.random.default_rng(self.seed)

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return distributions(self.space)

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        return self._drawn()[param_name]

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: Mapping[str, BaseDistribution]
    ) -> dict[str, Any]:
        drawn = [(t, self._spec(t.params)) for t in study.get_trials(deepcopy=False) if t.params]
        # The repeat of a trial that is under way is told as failed, and says nothing.
        tried = {spec for t, spec in drawn if t.state != TrialState.FAIL}
        finished = [
            t for t, spec in drawn if t.state == TrialState.COMPLETE or (t.state == TrialState.FAIL and spec not in tried)
        ]
        known = [t for t in finished if t.state == TrialState.COMPLETE]
        if len(known) < 2:
            return dict(self._drawn())
        values = np.array([self._values(t) for t in known], dtype=float)
        # What cannot be measured is as bad as the worst that can.
        every = np.array(
            [self._values(t) if t.state == TrialState.COMPLETE else values.max(axis=0) for t in finished], dtype=float
        )
        points = [dict(t.params) for t in finished]
        n = values.shape[1] - len(self._beside)
        within = self._over(values, n, NO_LOSS) <= 0.0
        good = np.flatnonzero(within) if within.any() else np.arange(len(known))
        front = [dict(known[good[i]].params) for i in np.flatnonzero(on_front(values[good, :n]))]
        candidates = [self._candidate(front) for _ in range(_CANDIDATES)]
        predicted = self._function(points, every, candidates)
        over = self._over(predicted, n, _NEAR)
        gain = np.where(over > 0.0, -over, self._gains(predicted[:, :n], values[good, :n]))
        seen = {spec for _, spec in drawn}
        for i in np.argsort(-gain, kind="stable"):
            if self._spec(candidates[i]) not in seen:
                return dict(candidates[i])
        return dict(candidates[0])

    @property
    def _beside(self) -> list[str]:
        """The columns with limits that are no objectives."""
        return [c for c in LIMITED if self.limits.any and c not in self.objectives]

    def _values(self, trial: FrozenTrial) -> list[float]:
        """A trial's objectives, then what has limits beside them."""
        beside = dict(zip(LIMITED, trial.user_attrs["limited"], strict=True)) if self._beside else {}
        return [*trial.values, *(beside[c] for c in self._beside)]

    def _over(self, rows: Floats, n: int, slack: float) -> Floats:
        """(n,): by how much rows of `_values` are above the limits; at most 0 within. `n`: the number of objectives."""
        if not self.limits.any:
            return np.zeros(len(rows))
        columns = [self.objectives.index(c) if c in self.objectives else n + self._beside.index(c) for c in LIMITED]
        return np.asarray(np.maximum(rows[:, columns] - self.limits.bounds - slack, 0.0).sum(axis=1))

    def _spec(self, point: Mapping[str, Any]) -> str:
        try:
            return self.space.spec(point)
        except (KappabarError, KeyError):
            return ""  # no representation, or a trial that was never drawn: nothing to try

    def _function(self, points: Sequence[Mapping[str, Any]], values: Floats, candidates: Sequence[Point]) -> Floats:
        """One draw from the posterior of each objective at the candidates: (candidates, objectives)."""
        both = self._coded([*points, *candidates])
        covariance = _kernel(both)
        n = len(points)
        prior, cross, own = covariance[n:, n:], covariance[n:, :n], covariance[:n, :n] + _NOISE * np.eye(n)
        solved = np.linalg.solve(own, cross.T)
        spread = np.linalg.cholesky(prior - cross @ solved + 1e-6 * np.eye(len(candidates)))
        floor = 1e-3 * np.maximum(np.median(values, axis=0), 1e-3)
        logs = np.log(values + floor)
        mean, scale = logs.mean(axis=0), np.maximum(logs.std(axis=0), 1e-6)
        drawn = solved.T @ ((logs - mean) / scale) + spread @ self._rng.standard_normal((len(candidates), values.shape[1]))
        sampled: Floats = np.exp(np.clip(drawn * scale + mean, -30.0, 30.0)) - floor
        return sampled

    def _gains(self, predicted: Floats, values: Floats) -> Floats:
        """The volume that each candidate would add, in the box below the worst fifth of what is known: fronts are decided
        there."""
        worst = np.maximum(np.quantile(values, 0.8, axis=0), 1e-9)
        draws = self._rng.random((_DRAWS, values.shape[1])) * worst
        free = draws[~(values[:, None, :] <= draws[None, :, :]).all(axis=2).any(axis=0)]
        gain: Floats = (predicted[:, None, :] <= free[None, :, :]).all(axis=2).sum(axis=1).astype(float)
        return gain

    def _candidate(self, front: Sequence[Mapping[str, Any]]) -> Point:
        fresh = self._drawn()
        if self._rng.random() >= _CHANGED:
            return fresh
        parent = front[int(self._rng.integers(len(front)))]
        other = front[int(self._rng.integers(len(front)))]
        share = self._rng.random()
        point = {d.name: self._rng.random() for d in self.space.dimensions}
        return {n: (fresh[n] if point[n] < 0.15 else other[n] if point[n] < 0.15 + 0.5 * share else parent[n]) for n in point}

    def _drawn(self) -> Point:
        return {
            d.name: d.options[int(self._rng.integers(len(d.options)))] if isinstance(d, Choice) else float(self._rng.random())
            for d in self.space.dimensions
        }

    def _coded(self, points: Sequence[Mapping[str, Any]]) -> Coded:
        space = self.space
        notations = {n: i for i, n in enumerate((*space.notations, *space.coded))}
        codecs = {c.name: i for i, c in enumerate(space.codecs)}
        vocabularies = {v.name: i for i, v in enumerate(space.vocabularies)} | {NONE: len(space.vocabularies)}
        arguments = {c.name: len(c.arguments) for c in space.codecs}, {v.name: len(v.arguments) for v in space.vocabularies}
        rewrites = {r: i for i, r in enumerate(space.rewrites)}
        names = np.zeros((len(points), 3), np.int64)
        most = max((n for counts in arguments for n in counts.values()), default=0)
        shares, bag = np.zeros((len(points), 2, most)), np.zeros((len(points), max(len(rewrites), 1)))
        for row, p in enumerate(points):
            written = p["notation"] in space.coded
            names[row] = notations[p["notation"]], codecs[p["codec"]] if written else -1, vocabularies[p["vocabulary"]]
            for k, (part, counts) in enumerate(zip(("codec", "vocabulary"), arguments, strict=True)):
                for i in range(counts.get(p[part], 0) if written or k else 0):
                    shares[row, k, i] = p[f"{part} {i + 1}"]
            for d in space.dimensions:
                if d.name.startswith("rewrite") and p[d.name] in rewrites:
                    bag[row, rewrites[p[d.name]]] = 1.0
        return Coded(names, shares, bag)


def _kernel(points: Coded) -> Floats:
    """Covariance (n, n) of the sum of effects."""
    same = points.names[:, None, :] == points.names[None, :, :]
    apart = ((points.arguments[:, None] - points.arguments[None, :]) ** 2).sum(axis=3)
    near = np.exp(-apart / (2 * _REACH**2))
    total = _MAIN * same.sum(axis=2) + _EXACT * (same[:, :, 1:] * near).sum(axis=2)
    for a, b in ((0, 1), (0, 2), (1, 2)):
        total = total + _PAIR * (same[:, :, a] & same[:, :, b])
    covariance: Floats = total + _REWRITE * points.rewrites @ points.rewrites.T
    return covariance
