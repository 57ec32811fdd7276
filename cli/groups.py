"""Groups of options that commands share: a parameter of a command that is one of these stands for its fields, in their order."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, asdict, dataclass, fields, is_dataclass
from functools import wraps
from typing import Any, get_type_hints

from . import options as o


@dataclass(frozen=True)
class Solving:
    rtol: o.Rtol = None
    atol: o.Atol = None
    box: o.Box = None
    max_step: o.MaxStep = None
    max_steps: o.MaxSteps = None


@dataclass(frozen=True)
class Working:
    jobs: o.Jobs = 0
    scheduler: o.Scheduler = None


@dataclass(frozen=True)
class Resuming:
    resume: o.Resume = False
    accept_version: o.AcceptVersion = False


@dataclass(frozen=True)
class Measuring:
    domain: o.DomainName = "ode"
    metric: o.MetricName = None
    invalid: o.Invalids = "exclude"


@dataclass(frozen=True)
class Printing:
    as_json: o.Json = False
    quiet: o.Quiet = False
    debug: o.Debug = False

    @property
    def without_progress(self) -> bool:
        return self.quiet or self.as_json


@dataclass(frozen=True)
class Comparing:
    """What only `compare` has."""

    seeds: o.Seeds = None
    rounds: o.Rounds = None
    minutes: o.Minutes = None
    until: o.Until = None
    learn_from: o.LearnFrom = None
    margin: o.Margin = 0.02
    max_fidelity_error: o.MostLost = 0.05
    budget: o.Budget = None
    study: o.StudyName = None
    domain: o.DomainOrNone = None
    metric: o.MetricName = None
    invalid: o.Invalids = "exclude"
    objective: o.TrainingObjective = "next-token"
    model: o.ModelSize = None
    device: o.Device = "cpu"
    tensorboard: o.Board = None


@dataclass(frozen=True)
class Limiting:
    """What only `search` has."""

    held_out: o.HeldOut = 0.5
    redundant: o.Redundant = False
    max_fidelity_error: o.MaxFidelityError = None
    min_valid: o.MinValid = None
    quality: o.Quality = 0


def words(*groups: Any) -> dict[str, Any]:
    """All options of some groups, by name."""
    return {name: value for group in groups for name, value in asdict(group).items()}


def ungrouped(command: Callable[..., None]) -> Callable[..., None]:
    """The command as typer wants it: every option is a parameter."""
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: kind for name, kind in hints.items() if is_dataclass(kind)}
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(command).parameters.values():
        if parameter.name in groups:
            parameters += _options(groups[parameter.name])
        else:
            own = parameter.replace(annotation=hints[parameter.name], kind=inspect.Parameter.KEYWORD_ONLY)
            parameters.append(own)

    @wraps(command)
    def called(**values: Any) -> None:
        made = {name: kind(**{f.name: values.pop(f.name) for f in fields(kind)}) for name, kind in groups.items()}
        command(**values, **made)

    called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    called.__annotations__ = {p.name: p.annotation for p in parameters}
    return called


def _options(group: Any) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            f.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if f.default is MISSING else f.default,
            annotation=hints[f.name],
        )
        for f in fields(group)
    ]
