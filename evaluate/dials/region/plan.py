"""What a study of the region dial does: everything that a number of it depends on, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...compare.plan import CompareOptions
from ..base import as_document, budget_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionDial:
    """A study by name: what it asks. `seeds`: tasks of each domain, all drawn anew. `budget`: sizes of model, training, task."""

    name: str
    title: str
    domains: tuple[str, ...]
    representations: tuple[str, ...]
    seeds: int
    budget: str

    def plan(self, options: CompareOptions) -> RegionPlan:
        """The budget and the seed are free, the rest is as the study's protocol has it. Raises `SpecError`."""
        return RegionPlan(
            domains=self.domains,
            representations=self.representations,
            seeds=self.seeds,
            budget=budget_of(self.name, self.budget, options),
            seed=options.get("seed") or 0,
        )


@dataclass(frozen=True, slots=True)
class Training:
    """One training. `seed`: of how many tasks, from 0; those of one domain and seed learn the same and are tested on the same."""

    draw: int
    seed: int
    domain: str
    representation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionPlan:
    """`edits`: of each test expression, drawn, by which its κ is measured. `plantings`: how often errors are planted.
    `nearest`: training expressions that are tried for the one that behaves most like a test."""

    domains: tuple[str, ...]
    representations: tuple[str, ...]
    seeds: int
    budget: str
    edits: int = 200
    plantings: int = 4
    nearest: int = 16
    seed: int = 0

    @property
    def tasks(self) -> list[tuple[str, int]]:
        """Domain and seed of each task, one of every domain before a second one of any."""
        return [(domain, seed) for seed in range(self.seeds) for domain in self.domains]

    @property
    def trainings(self) -> list[Training]:
        """All of them, by task."""
        chosen = [(seed, domain, one) for domain, seed in self.tasks for one in self.representations]
        return [Training(draw, *each) for draw, each in enumerate(chosen)]

    def as_dict(self) -> dict[str, Any]:
        return as_document(self)

    @staticmethod
    def from_dict(document: Mapping[str, Any]) -> RegionPlan:
        """Raises TypeError for an argument that there is not."""
        lists = {name: tuple(document[name]) for name in ("domains", "representations") if name in document}
        return RegionPlan(**{**document, **lists})
