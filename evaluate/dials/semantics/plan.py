"""What a study of the semantics dial does: everything that a number of it depends on, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...compare.plan import CompareOptions
from ..base import as_document, budget_of
from ..code.codes import Shape
from .families import FAMILIES, Family


@dataclass(frozen=True, slots=True, kw_only=True)
class SemanticsDial:
    """A study by name: what it asks. `seeds`: trainings of each family at each level. `budget`: sizes of model, training and
    task; of expressions there are as many as `shape` has words for each coefficient."""

    name: str
    title: str
    seeds: int
    budget: str
    shape: Shape = field(default_factory=lambda: Shape(4, 3))
    families: tuple[Family, ...] = FAMILIES

    def plan(self, options: CompareOptions) -> SemanticsPlan:
        """The budget and the seed are free, the rest is as the study's protocol has it. Raises `SpecError`."""
        return SemanticsPlan(
            families=self.families,
            seeds=self.seeds,
            budget=budget_of(self.name, self.budget, options),
            base=self.shape.base,
            places=self.shape.places,
            seed=options.get("seed") or 0,
        )


@dataclass(frozen=True, slots=True)
class Training:
    """One training: `level` is the position of that whose behavior is observed. `seed`: of how many, from 0; those of one seed
    have the same batches and noise at every level, and the same weights to begin with."""

    draw: int
    seed: int
    family: Family
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SemanticsPlan:
    """`plantings`: how often a model's errors are planted. `edited`: expressions whose token edits say what κ̄ over all edits is,
    `edits`: of each of them, at most."""

    families: tuple[Family, ...]
    seeds: int
    budget: str
    base: int
    places: int
    plantings: int = 4
    edited: int = 60
    edits: int = 400
    seed: int = 0

    @property
    def shape(self) -> Shape:
        return Shape(self.base, self.places)

    @property
    def domains(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(family.domain for family in self.families))

    @property
    def trainings(self) -> list[Training]:
        """All of them, one of every family and level before a second one of any."""
        chosen = [(s, f, k) for s in range(self.seeds) for f in self.families for k in range(len(f.levels))]
        return [Training(draw, *one) for draw, one in enumerate(chosen)]

    def family(self, name: str) -> Family:
        """The family of that name. Raises StopIteration where there is none."""
        return next(family for family in self.families if family.name == name)

    def as_dict(self) -> dict[str, Any]:
        return as_document(self)

    @staticmethod
    def from_dict(document: Mapping[str, Any]) -> SemanticsPlan:
        """Raises TypeError for an argument that there is not."""
        return SemanticsPlan(**{**document, "families": tuple(map(Family.from_dict, document["families"]))})
