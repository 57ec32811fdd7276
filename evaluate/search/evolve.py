"""How NSGA-II makes children in this space: of the parents that hold the most volume, and different from them in what counts."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.trial import FrozenTrial, TrialState

from .pareto import on_front

_MIXED = 0.4
"""Share of children with two parents."""
_FREE = 0.15
"""Share of children of nobody: drawn anew in every coordinate."""
_STEP = 0.15
"""Standard deviation of a step in a share of a range."""
_DRAWS = 4096
"""Points by which volumes are estimated."""


class Children:
    """A child: a parent, perhaps mixed with another coordinate by coordinate, with one to three coordinates changed. A name is
    drawn anew, a share of a range moves by a normal step, reflected at the ends.

    Parents are drawn from all trials, by the volume that each alone dominates below the worst of the trials. Optuna's own way, a
    tournament within a generation and each coordinate changed with probability 1/n to anything, spends the few trials that a
    search has on ends of the front that hold no volume, and forgets what a parent's arguments were.
    """

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)

    def __call__(
        self, study: optuna.Study, search_space: Mapping[str, BaseDistribution], parents: list[FrozenTrial]
    ) -> dict[str, Any]:
        rng = self._rng
        if rng.random() < _FREE:
            return {name: self._drawn(distribution) for name, distribution in search_space.items()}
        finished = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        trials = [t for t in finished if t.user_attrs.get("within", True)] or finished
        shares = self._shares(np.array([t.values for t in trials], dtype=float))
        first, second = (trials[i] for i in rng.choice(len(trials), size=2, p=shares))
        mixed = rng.random() < _MIXED
        child = {n: (second if mixed and rng.random() < 0.5 else first).params[n] for n in search_space}
        names = list(search_space)
        for i in rng.choice(len(names), size=min(1 + int(rng.binomial(2, 0.4)), len(names)), replace=False):
            child[names[i]] = self._changed(search_space[names[i]], child[names[i]])
        return child

    def _shares(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,): each trial's chance to be a parent: mostly by its volume, a tenth for whatever is on the front."""
        worst = np.where(values.max(axis=0) > 0, values.max(axis=0), 1.0)
        draws = self._rng.random((_DRAWS, values.shape[1])) * worst
        below = (values[:, None, :] <= draws[None, :, :]).all(axis=2)
        alone = (below & (below.sum(axis=0) == 1)).sum(axis=1).astype(float)
        front = on_front(values).astype(float)
        volume = alone / alone.sum() if alone.sum() else front / front.sum()
        return np.asarray(0.9 * volume + 0.1 * front / front.sum(), dtype=float)

    def _drawn(self, distribution: BaseDistribution) -> Any:
        if isinstance(distribution, CategoricalDistribution):
            return distribution.choices[int(self._rng.integers(len(distribution.choices)))]
        return float(self._rng.random())

    def _changed(self, distribution: BaseDistribution, value: Any) -> Any:
        if isinstance(distribution, CategoricalDistribution):
            others = [c for c in distribution.choices if c != value]
            return others[int(self._rng.integers(len(others)))] if others else value
        moved = abs(float(value) + self._rng.normal(0.0, _STEP))
        return float(moved if moved <= 1.0 else max(2.0 - moved, 0.0))


def sampler(seed: int, population: int) -> optuna.samplers.NSGAIISampler:
    """Optuna's NSGA-II, of which the generations are left, and the order that trials within limits come first; children are
    these."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.samplers.NSGAIISampler(population_size=population, seed=seed, child_generation_strategy=Children(seed))
