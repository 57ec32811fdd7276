"""What a kind of study that turns κ̄ alone has to say, so that one run trains, keeps and resumes all kinds."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ...grammars.errors import SpecError
from ..compare.plan import BUDGETS, CompareOptions, ComparisonOptions, ComparisonPlan
from ..events import Listener
from ..tables.column import Row, Table

if TYPE_CHECKING:
    from ..quality.training.presets import Preset


class Plan(Protocol):
    """Everything that a number of a study depends on, as a value. `domains`: those whose expressions it learns from."""

    @property
    def budget(self) -> str: ...

    @property
    def seed(self) -> int: ...

    @property
    def domains(self) -> tuple[str, ...]: ...

    def as_dict(self) -> dict[str, Any]: ...


@runtime_checkable
class Dial(Protocol):
    """A study by name: what it asks."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    def plan(self, options: CompareOptions) -> Plan:
        """What options ask for. Raises `SpecError`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of study. A plan is always of its own kind.

    `read`: a plan from a header's arguments. `stated`: what its numbers depend on besides, by name, for the header; `shape`: what
    those have to be. `trainings`: how many there are, numbered from 0. `shared`: for each task of `prepare` what it is called
    with behind the folder; `prepare` makes what trainings share, `learn` does one and keeps its rows. `said`: what the rows say,
    of so many trainings. `table`: of the rows; `figures`: the file in `report` that draws them. `package`: the dial's own, in
    which its protocol is, once there is one.
    """

    table: Table
    figures: str
    package: str
    read: Callable[[Mapping[str, Any]], Any]
    stated: Callable[[Any], dict[str, Any]]
    shape: Mapping[str, Any]
    trainings: Callable[[Any], int]
    shared: Callable[[Any], list[tuple[Any, ...]]]
    prepare: Callable[..., None]
    learn: Callable[[Path, int, Listener], None]
    said: Callable[[Sequence[Row], Any], list[str]]


def as_document(plan: Any) -> dict[str, Any]:
    """A plan, a dataclass, as its header holds it, and as JSON gives it back."""
    document: dict[str, Any] = json.loads(json.dumps(asdict(plan)))
    return document


_FREE = {"budget", "seed", "strict"}


def budget_of(name: str, default: str, options: CompareOptions) -> str:
    """The budget that options ask for. It and the seed are free, the rest is as the protocol of the study `name` has it: raises
    `SpecError` where it is given."""
    defaults = {f.name: f.default for f in fields(ComparisonPlan)}
    for option in ComparisonOptions.__annotations__:
        value: object = options.get(option)
        if option not in _FREE and value is not None and value != defaults.get(option):
            raise SpecError(f"the study {name!r} trains as its protocol says: leave --{option.replace('_', '-')} out")
    budget = options.get("budget") or default
    if budget not in BUDGETS:
        raise SpecError(f"unknown budget {budget!r}; there are {', '.join(BUDGETS)}")
    return budget


def sizes_of(plan: Plan) -> Preset:
    """Task, model, training and quality measurement of a plan's budget."""
    from ..quality.training.presets import preset  # PyTorch

    return preset(BUDGETS[plan.budget].preset).for_rounds()
