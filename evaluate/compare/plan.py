"""What a comparison will do: everything needed to repeat it, as a value that goes to `run.json` and comes back."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ...grammars.errors import SpecError, did_you_mean
from ...grammars.print.infix import to_infix
from ...grammars.tree import System
from ..domains.domain import Domain
from ..domains.domain import domain as find_domain
from ..semantics.base import Solver


@dataclass(frozen=True, slots=True)
class Budget:
    """How much work a comparison puts into each representation. `preset` names the sizes of the learning task."""

    name: str
    edits_per_expression: int
    preset: str


BUDGETS = {
    "tiny": Budget("tiny", 50, "tiny"),
    "quick": Budget("quick", 400, "quick"),
    "study": Budget("study", 2000, "study"),
    "full": Budget("full", 3000, "full"),
}


HARMLESS = ("strict", "tensorboard")
"""Arguments that change no number: whether a run stops at what it would skip, and where it shows curves."""


@dataclass(frozen=True, slots=True)
class ComparisonPlan:
    """The arguments of a comparison, all resolved. Two runs with equal plans and versions give equal tables.

    `device`: where models are trained. `objective`: what training minimizes. `model`: a size by name, None for the budget's own.
    `tensorboard`: a folder for training curves, None for none. Runs kept before there were these four have their defaults.
    `rtol`, `atol`, `box`, `max_step` and `max_steps`: see `semantics.base.Solver`; None, as in runs kept before there were these, for the
    domain's own.
    """

    representations: tuple[str, ...]
    data: tuple[str, ...]
    domain: str
    metric: str
    invalid: str
    seeds: int
    budget: str
    seed: int
    strict: bool
    device: str = "cpu"
    objective: str = "next-token"
    model: str | None = None
    tensorboard: str | None = None
    rtol: float | None = None
    atol: float | None = None
    box: float | None = None
    max_step: float | None = None
    max_steps: int | None = None

    def __post_init__(self) -> None:
        if self.budget not in BUDGETS:
            raise SpecError(f"unknown budget {self.budget!r}{did_you_mean(self.budget, BUDGETS)}; there are {', '.join(BUDGETS)}")
        if self.seeds < 1:
            raise SpecError(f"seeds must be at least 1, not {self.seeds}")

    @property
    def solver(self) -> Solver:
        return Solver(self.rtol, self.atol, self.box, self.max_step, self.max_steps)

    def place(self) -> Domain:
        """The domain, with the plan's options for simulations. Raises `SpecError` or `ConditionError`."""
        return find_domain(self.domain).tuned(self.solver)

    def as_dict(self) -> dict[str, Any]:
        document = asdict(self)
        return document | {"representations": list(self.representations), "data": list(self.data)}

    def decisive(self) -> dict[str, Any]:
        """Those arguments that a number depends on: a run is taken up with these alone."""
        return {name: value for name, value in self.as_dict().items() if name not in HARMLESS}

    @staticmethod
    def from_dict(document: dict[str, Any]) -> ComparisonPlan:
        return ComparisonPlan(
            **(document | {"representations": tuple(document["representations"]), "data": tuple(document["data"])})
        )

    def command(self) -> str:
        """The command line that repeats this run."""
        words = ["kappabar", "compare"]
        for spec in self.representations:
            words += ["-r", spec]
        for source in self.data:
            words += ["--data", source]
        words += ["--domain", self.domain, "--metric", self.metric, "--invalid", self.invalid, "--seeds", str(self.seeds)]
        words += ["--budget", self.budget, "--seed", str(self.seed), *self.training_words(), *self.solver.words()]
        return shlex.join(words + (["--strict"] if self.strict else []))

    def training_words(self) -> list[str]:
        """Options of training that are not at their defaults."""
        given = {"--device": self.device, "--objective": self.objective, "--model": self.model, "--tensorboard": self.tensorboard}
        defaults = {"--device": "cpu", "--objective": "next-token"}
        return [
            word for name, value in given.items() if value is not None and value != defaults.get(name) for word in (name, value)
        ]


def fingerprint(systems: Sequence[System]) -> str:
    """SHA-256 over the systems as measured: equations, conditions and horizons, in order."""
    digest = hashlib.sha256()
    for s in systems:
        digest.update(repr((s.domain, to_infix(s.tree), s.x0, s.t_end, s.ranges)).encode())
    return digest.hexdigest()
