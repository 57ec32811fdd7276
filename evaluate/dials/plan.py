"""What a study that turns κ̄ alone does: everything that a number of it depends on, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from ...grammars.errors import SpecError
from ..compare.plan import BUDGETS, CompareOptions, ComparisonOptions, ComparisonPlan
from .codes import Shape
from .design import Design


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """A study by name: what it asks. `main`, `beside`: trainings of a level, see `Design`. `budget`: sizes of the learning
    task."""

    name: str
    title: str
    main: int
    beside: int
    budget: str
    shape: Shape = field(default_factory=Shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class DialPlan:
    """`copied`: the share of words that a model writes right before its training begins, in at most `copy_steps` steps of
    `copy_batch` examples. `systems`: those whose coefficients say how far a value moves the meaning."""

    main: int
    beside: int
    budget: str
    base: int
    places: int
    domain: str = "function"
    copied: float = 0.99
    copy_steps: int = 4000
    copy_batch: int = 64
    systems: int = 100
    seed: int = 0

    @property
    def design(self) -> Design:
        return Design(self.main, self.beside, Shape(self.base, self.places))

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_dict(document: Mapping[str, Any]) -> DialPlan:
        """Raises TypeError for an argument that there is not."""
        return DialPlan(**document)


def dialed(asked: Dial, options: CompareOptions) -> DialPlan:
    """The plan that options ask for: the budget and the seed are free, the rest is as the study's protocol has it. Raises
    `SpecError`."""
    free = {"budget", "seed", "strict"}
    defaults = {f.name: f.default for f in fields(ComparisonPlan)}
    for name in ComparisonOptions.__annotations__:
        value: object = options.get(name)
        if name not in free and value is not None and value != defaults.get(name):
            raise SpecError(f"the study {asked.name!r} trains as its protocol says: leave --{name.replace('_', '-')} out")
    budget = options.get("budget") or asked.budget
    if budget not in BUDGETS:
        raise SpecError(f"unknown budget {budget!r}; there are {', '.join(BUDGETS)}")
    shape = asked.shape
    return DialPlan(
        main=asked.main,
        beside=asked.beside,
        budget=budget,
        base=shape.base,
        places=shape.places,
        seed=options.get("seed") or 0,
    )
