"""What a study of the redundancy dial does: everything that a number of it depends on, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...compare.plan import CompareOptions
from ..base import as_document, budget_of
from ..code.codes import Shape
from .design import Design


@dataclass(frozen=True, slots=True, kw_only=True)
class RedundancyDial:
    """A study by name: what it asks. `main`, `beside`: trainings of a level, see `Design`. `budget`: sizes of the learning
    task."""

    name: str
    title: str
    main: int
    beside: int
    budget: str
    shape: Shape = field(default_factory=lambda: Shape(4, 3))
    added: int = 5

    def plan(self, options: CompareOptions) -> RedundancyPlan:
        """The budget and the seed are free, the rest is as the study's protocol has it. Raises `SpecError`."""
        return RedundancyPlan(
            main=self.main,
            beside=self.beside,
            budget=budget_of(self.name, self.budget, options),
            base=self.shape.base,
            places=self.shape.places,
            added=self.added,
            seed=options.get("seed") or 0,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RedundancyPlan:
    """`systems`: those whose coefficients say how far a value moves the meaning, and whose token edits say what κ̄ over all edits
    is; `edits`: of each of them, drawn."""

    main: int
    beside: int
    budget: str
    base: int
    places: int
    added: int
    domain: str = "function"
    systems: int = 100
    edits: int = 200
    seed: int = 0

    @property
    def design(self) -> Design:
        return Design(self.main, self.beside, self.added, Shape(self.base, self.places))

    @property
    def domains(self) -> tuple[str, ...]:
        return (self.domain,)

    def as_dict(self) -> dict[str, Any]:
        return as_document(self)

    @staticmethod
    def from_dict(document: Mapping[str, Any]) -> RedundancyPlan:
        """Raises TypeError for an argument that there is not."""
        return RedundancyPlan(**document)
