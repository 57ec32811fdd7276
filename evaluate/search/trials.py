"""What was measured, by spec: in memory, and in any storage of Optuna's, where each trial is kept whole or not at all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from optuna.trial import TrialState, create_trial

from ...grammars.errors import KappabarError, OutputError
from ...representations.space import Choice, Space
from ..events import Advanced, Listener, silent
from ..results.files import parsed
from ..results.sealed import sealed
from ..results.versions import taken_up
from .data import Measurement
from .workers import Workers


@dataclass(slots=True)
class TrialStore:
    """Measurements on the searched half, kept in `study` as they come: a trial's values are the objectives, its attributes the
    spec, every column per expression, and what it cost.

    `shown`: where it is kept, for messages. `known` may be shared: what one search has measured another need not measure again,
    and yet has it in its own study.
    """

    study: optuna.Study
    space: Space
    objectives: tuple[str, ...]
    known: dict[str, Measurement]
    listen: Listener = silent
    stage: str = "search"
    shown: str = "in memory"
    _kept: set[str] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        with told(self.shown, "begin again with another --out or --storage"):
            for trial in self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.FAIL)):
                if "measurement" in trial.user_attrs:
                    measurement = _read(trial.user_attrs["spec"], trial.user_attrs["measurement"])
                    self.known[measurement.spec] = measurement
                    self._kept.add(measurement.spec)

    def __getitem__(self, spec: str) -> Measurement:
        return self.known[spec]

    def fill(self, specs: Sequence[str], workers: Workers) -> None:
        """Measure what is not known, and keep each as soon as it is there."""
        wanted = [s for s in dict.fromkeys(specs) if s not in self._kept]
        for spec in wanted:
            if spec in self.known:
                self._keep(self.known[spec])
        for measurement in workers.measure([s for s in wanted if s not in self.known], False):
            self._keep(measurement)

    def _keep(self, measurement: Measurement) -> None:
        with told(self.shown, _AGAIN):
            self.study.add_trial(self._trial(measurement))
        self.known[measurement.spec] = measurement
        self._kept.add(measurement.spec)
        first = self.objectives[0]
        reason = measurement.why_not(self.objectives)
        text = f"{measurement.spec}: {reason}" if reason else f"{first} {measurement.value(first):.3f}: {measurement.spec}"
        self.listen(Advanced(self.stage, 1, text))

    def _trial(self, measurement: Measurement) -> optuna.trial.FrozenTrial:
        values = [measurement.value(o) for o in self.objectives]
        finite = all(np.isfinite(values))  # what is infinite keeps its value in the measurement: no sampler can learn from it
        try:
            point: Mapping[str, str | float] = self.space.point(measurement.spec)
        except KappabarError:
            point = {}  # measured beside the search: a control of the line-up, say
        return create_trial(
            state=TrialState.COMPLETE if finite else TrialState.FAIL,
            values=values if finite else None,
            params=dict(point),
            distributions={name: d for name, d in distributions(self.space).items() if name in point},
            user_attrs={"spec": measurement.spec, "measurement": _write(measurement)},
        )


def distributions(space: Space) -> dict[str, BaseDistribution]:
    """The space's coordinates as Optuna has them."""
    return {
        d.name: CategoricalDistribution(d.options) if isinstance(d, Choice) else FloatDistribution(0.0, 1.0)
        for d in space.dimensions
    }


def without_password(url: str) -> str:
    """A storage's URL as messages show it."""
    return re.sub(r"(://[^/@:]*):[^/]*@", r"\1:…@", url)


@contextmanager
def told(shown: str, otherwise: str) -> Iterator[None]:
    """Turns what a storage raises, SQLAlchemy's and drivers' own, of many kinds, into an `OutputError`: a file that is locked,
    damaged or on a full disk, a server that is gone. `shown`: its URL, as messages show it; `otherwise`: what to do then."""
    try:
        yield
    except KappabarError:
        raise
    except Exception as error:
        error = error.__cause__ if isinstance(error.__cause__, Exception) else error  # Optuna's own words say less
        reason = " ".join(str(error).partition("[SQL")[0].partition("(Background")[0].split())[:200]
        reason = without_password(reason) or type(error).__name__
        raise OutputError(f"cannot use the storage {shown}: {reason}; {otherwise}") from None


_AGAIN = "free it, and go on with --resume"


def _write(measurement: Measurement) -> str:
    arrays = {name: [None if np.isnan(v) else v for v in values.tolist()] for name, values in measurement.arrays.items()}
    text = json.dumps(
        {
            "spec": measurement.spec,
            "arrays": arrays,
            "missing": measurement.missing,
            "edits": measurement.edits,
            "reason": measurement.reason,
            "seconds": measurement.seconds,
        }
    )
    return sealed(measurement.spec, text)


def _read(spec: str, text: str) -> Measurement:
    """Raises `ValueError`, `LookupError` or `TypeError` where it is damaged, or another's."""
    document: dict[str, Any] = parsed(spec, text.encode())
    arrays = {name: np.array([np.nan if v is None else v for v in row], dtype=float) for name, row in document["arrays"].items()}
    return Measurement(document["spec"], arrays, document["missing"], document["edits"], document["reason"], document["seconds"])


def _versions(
    begun_with: Mapping[str, Any], now: dict[str, str], url: str | None, begun: bool, accept_version: bool
) -> dict[str, Any]:
    """What a study has of versions. Raises `OutputError` where numbers depend on what differs from those that it was begun
    with."""
    return taken_up(begun_with, now, url, accept_version) if begun else {"versions": now}


def open_study(
    storage: str | None,
    folder: Path | None,
    name: str,
    arguments: dict[str, Any],
    directions: int,
    *,
    resume: bool = False,
    versions: dict[str, str] | None = None,
    accept_version: bool = False,
) -> optuna.Study:
    """The study that keeps a search's trials: in `storage`, else in the folder's search.db, else in memory.

    Raises `OutputError` where the storage cannot be used, holds this search and `resume` was not asked for, or holds another
    search under the name.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    url = storage or (f"sqlite:///{(folder / 'search.db').resolve()}" if folder is not None else None)
    shown = without_password(url or "")
    with told(shown, "choose another --out or --storage"):
        existing = set(optuna.get_all_study_names(storage=url)) if url is not None else set()
        if name in existing and not resume:
            raise OutputError(f"{shown} already holds this search; add --resume to go on with it")
        study = optuna.create_study(storage=url, study_name=name, directions=["minimize"] * directions, load_if_exists=True)
        begun_with = study.user_attrs.get("arguments")
        if begun_with is not None and begun_with != arguments:
            raise OutputError(f"{shown} holds a search with other arguments; repeat those or choose another place")
        if begun_with is None:
            study.set_user_attr("arguments", arguments)
        for key, value in _versions(study.user_attrs, versions or {}, shown, begun_with is not None, accept_version).items():
            study.set_user_attr(key, value)
        return study
