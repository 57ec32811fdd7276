"""What a study of the code dial does: everything that a number of it depends on, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...compare.plan import CompareOptions
from ..base import as_document, budget_of
from .codes import Shape
from .design import Design


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeDial:
    """A study by name: what it asks. `main`, `beside`, `corrected`, `longer`: trainings of a level, see `Design`. `budget`: sizes
    of the learning task."""

    name: str
    title: str
    main: int
    beside: int
    budget: str
    corrected: int = 0
    longer: int = 0
    shape: Shape = field(default_factory=Shape)

    def plan(self, options: CompareOptions) -> CodePlan:
        """The budget and the seed are free, the rest is as the study's protocol has it. Raises `SpecError`."""
        return CodePlan(
            main=self.main,
            beside=self.beside,
            corrected=self.corrected,
            longer=self.longer,
            budget=budget_of(self.name, self.budget, options),
            base=self.shape.base,
            places=self.shape.places,
            seed=options.get("seed") or 0,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CodePlan:
    """`copied`: the share of words that a model writes right before its training begins, in at most `copy_steps` steps of
    `copy_batch` examples. `systems`: those whose coefficients say how far a value moves the meaning."""

    main: int
    beside: int
    corrected: int
    longer: int
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
        return Design(self.main, self.beside, Shape(self.base, self.places), corrected=self.corrected, longer=self.longer)

    @property
    def domains(self) -> tuple[str, ...]:
        return (self.domain,)

    def as_dict(self) -> dict[str, Any]:
        return as_document(self)

    @staticmethod
    def from_dict(document: Mapping[str, Any]) -> CodePlan:
        """Raises TypeError for an argument that there is not."""
        return CodePlan(**document)
