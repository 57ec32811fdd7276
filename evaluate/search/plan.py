"""What a search will do: everything needed to repeat it, as a value that goes to `search.json` and comes back."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import Any, TypedDict

from ..compare.plan import HARMLESS
from ..domains.domain import Domain
from ..domains.domain import domain as find_domain
from ..options.spelled import part
from ..options.work import FolderOptions, WorkOptions
from ..results.versions import versions
from .objectives import read_objectives

SAMPLERS = ("gp", "tpe", "nsga2", "random")


class PlanOptions(TypedDict, total=False):
    """What is searched for, and where:

    - `objective`: what to minimize, names or texts with commas (None: mean κ, fidelity error, tokens)
    - `sampler`: "gp", "tpe", "nsga2" or "random", all of Optuna's; `gp`, a Gaussian process, is the default
    - `domain`: "ode", "map", "function", "arithmetic", "proof", "program", "fold", "rna", "audio", "language", or `module:Object`
    - `metric`: distance between behaviors, None for the domain's
    - `invalid`: how edits that do not decode count: "exclude", "worst" or "zero"
    - `edits_per_expression`: edits drawn; None enumerates all
    - `held_out`: share of the expressions that only scores the front
    - `seed`: of everything random
    - `redundant`: also search the controls, which lower κ by redundancy
    - `strict`: stop at the first line of a source that cannot be read
    - `max_fidelity_error`, `min_valid`: what the front may lose by rounding, and the share of its edits that must decode (None:
      as the worst entry of the line-up)
    """

    objective: str | Sequence[str] | None
    sampler: str
    domain: str | Domain
    metric: str | None
    invalid: str
    edits_per_expression: int | None
    held_out: float
    seed: int
    redundant: bool
    strict: bool
    max_fidelity_error: float | None
    min_valid: float | None


class SearchOptions(PlanOptions, WorkOptions, FolderOptions, total=False):
    """The options of `search` that other jobs share, or that its numbers depend on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPlan:
    """What was chosen of `PlanOptions`, all resolved. `systems`: fingerprint of the expressions. Equal plans, equal results."""

    data: tuple[str, ...]
    objectives: tuple[str, ...]
    sampler: str = "gp"
    domain: str = "ode"
    metric: str
    invalid: str = "exclude"
    edits_per_expression: int | None = 500
    held_out: float = 0.5
    seed: int = 0
    redundant: bool = False
    strict: bool = False
    systems: str = ""
    max_fidelity_error: float | None = None
    min_valid: float | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"data": list(self.data), "objectives": list(self.objectives)}

    def decisive(self) -> dict[str, Any]:
        """Those arguments that a number depends on: a search is taken up with these alone."""
        return {name: value for name, value in self.as_dict().items() if name not in HARMLESS}

    @property
    def name(self) -> str:
        """The study's: searches that differ in anything but their length have studies of their own in one storage."""
        text = json.dumps(self.decisive(), sort_keys=True)
        return f"kappabar-{hashlib.sha256(text.encode()).hexdigest()[:12]}"

    def command(self, trials: int) -> str:
        """The command line that repeats it."""
        words = ["kappabar", "search"]
        for source in self.data:
            words += ["--data", source]
        words += ["--trials", str(trials), "--objective", ",".join(self.objectives), "--sampler", self.sampler]
        words += ["--domain", self.domain, "--metric", self.metric, "--invalid", self.invalid]
        words += ["--edits-per-expression", str(self.edits_per_expression or 0), "--held-out", repr(self.held_out)]
        words += ["--seed", str(self.seed)]
        words += [] if self.max_fidelity_error is None else ["--max-fidelity-error", repr(self.max_fidelity_error)]
        words += [] if self.min_valid is None else ["--min-valid", repr(self.min_valid)]
        return shlex.join(words + ["--redundant"] * self.redundant + ["--strict"] * self.strict)


def planned(data: Sequence[str], options: SearchOptions) -> SearchPlan:
    """What the options ask for, before any expression is read. Raises `SpecError`."""
    own = {"data": tuple(data), "objectives": read_objectives(options.get("objective"))}
    return part(SearchPlan, {**options, **own, "metric": options.get("metric") or find_domain(options["domain"]).metric})


def library_versions(plan: SearchPlan) -> dict[str, str]:
    """Versions of what the numbers and the way to them depend on."""
    return versions((plan.domain, plan.metric, *plan.objectives)) | {"optuna": metadata.version("optuna")}
