"""One search's way through the space, by Optuna's ask and tell, as a function of its seed and of what was measured alone.

A sampler's state lives in its process, and no storage holds it. So the sampler always walks from the start, in memory, over a
study of its own; the storage holds what was measured, whole trials only, each written in one transaction. A search that is
resumed walks the same way again, takes from the storage what is there, and measures the rest: killed at any moment, it ends as if
it had not been. Trials are asked for in batches of a fixed size and told in order, so that the number of processes changes
nothing.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import optuna
from optuna.trial import Trial, TrialState

from ...grammars.errors import KappabarError, SpecError
from ...representations.space import Choice, Point, Space
from . import evolve
from .data import Measurement
from .limits import LIMITED, NO_LIMITS, Limits
from .plan import SAMPLERS
from .trials import TrialStore
from .workers import Workers

BATCH = 8
"""Trials asked for before the first of them is told."""
POPULATION = 12
"""Of NSGA-II: small, as a search has a hundred trials rather than thousands."""
_FAR = 1e9
"""What has no value or an infinite one, and the excess of that: samplers compare numbers."""
_REPEATS = 20
"""How often in a row a sampler may propose what it has proposed before, at no cost, before that counts as a trial."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A trial: its number, the point and the spec proposed. `warm`: enqueued, not proposed by the sampler."""

    number: int
    spec: str
    point: Point
    warm: bool


@dataclass(slots=True)
class Trajectory:
    """A search by one sampler. `walk` yields every counted trial with its measurement's values, in order."""

    space: Space
    objectives: tuple[str, ...]
    sampler: str
    seed: int
    warm: tuple[str, ...] = ()
    limits: Limits = NO_LIMITS
    _study: optuna.Study = field(init=False, repr=False)
    _queue: list[str] = field(init=False, repr=False)
    _seen: set[str] = field(init=False, default_factory=set, repr=False)

    def __post_init__(self) -> None:
        self._study = optuna.create_study(directions=["minimize"] * len(self.objectives), sampler=_sampler(self))
        self._queue = list(self.warm)

    def walk(self, trials: int, memory: TrialStore, workers: Workers) -> Iterator[tuple[Asked, Measurement]]:
        """Ask, measure and tell until there are `trials` of them."""
        number = 0
        while number < trials:
            batch: list[tuple[Trial, Asked]] = []
            # The full batch is always asked for: otherwise more trials, later, would not go on the same way.
            while len(batch) < BATCH:
                batch.append(self._ask(number + len(batch), batch, memory))
            memory.fill([asked.spec for _, asked in batch[: trials - number]], workers)
            for trial, asked in batch[: trials - number]:
                measurement = memory[asked.spec]
                self._tell(trial, measurement)
                yield asked, measurement
            number += len(batch)

    def _ask(self, number: int, batch: Sequence[tuple[Trial, Asked]], memory: TrialStore) -> tuple[Trial, Asked]:
        """The next trial that is new. One that repeats an earlier trial is told what is known of that, and asked again."""
        under_way = {asked.spec for _, asked in batch}
        for attempt in range(_REPEATS + 1):
            warm = bool(self._queue)
            if warm:
                self._study.enqueue_trial(self.space.point(self._queue.pop(0)))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
                trial = self._study.ask()
                point = _draw(self.space, trial)
            spec = self.space.spec(point)
            if spec not in self._seen or attempt == _REPEATS:
                break
            if spec in under_way:
                self._study.tell(trial, state=TrialState.FAIL)
            else:
                self._tell(trial, memory[spec])
        self._seen.add(spec)
        return trial, Asked(number, spec, point, warm)

    def _tell(self, trial: Trial, measurement: Measurement) -> None:
        trial.set_user_attr("within", self.limits.allows(measurement))
        for column, excess in zip(LIMITED, self.limits.excess(measurement), strict=True):
            trial.set_constraint(column, min(excess, _FAR))
        values = [measurement.value(o) for o in self.objectives]
        if all(math.isfinite(v) for v in values):
            self._study.tell(trial, values)
        else:
            self._study.tell(trial, state=TrialState.FAIL)


def _draw(space: Space, trial: Trial) -> Point:
    return {
        d.name: trial.suggest_categorical(d.name, d.options) if isinstance(d, Choice) else trial.suggest_float(d.name, 0.0, 1.0)
        for d in space.dimensions
    }


def _sampler(way: Trajectory) -> optuna.samplers.BaseSampler:
    if way.sampler not in MAKERS:
        raise SpecError(f"unknown sampler {way.sampler!r}; there are {', '.join(SAMPLERS)}")
    return MAKERS[way.sampler](way)


MAKERS: dict[str, Callable[[Trajectory], optuna.samplers.BaseSampler]] = {
    "gp": lambda way: optuna.samplers.GPSampler(seed=way.seed),
    "nsga2": lambda way: evolve.sampler(way.seed, POPULATION),
    "tpe": lambda way: optuna.samplers.TPESampler(seed=way.seed, multivariate=True, n_startup_trials=BATCH),
    "random": lambda way: optuna.samplers.RandomSampler(seed=way.seed),
}
"""`SAMPLERS`, made for a trajectory."""


def plain(space: Space, line_up: Sequence[str]) -> tuple[str, ...]:
    """What a search starts from: the line-up's entries that lie in the space, which are measured anyway, then every codec and
    vocabulary at its default: parts whose effects are large. Notations are in the line-up, and rewrites move little."""
    specs: dict[str, None] = {}
    for spec in (*line_up, *space.plain_numbers()):
        try:
            specs[space.spec(space.point(spec))] = None
        except KappabarError:
            continue  # a control, or a part without a place in the space: it is measured beside the search
    return tuple(specs)
