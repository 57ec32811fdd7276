"""What a search will do: everything needed to repeat it, as a value that goes to `search.json` and comes back."""

from __future__ import annotations

import hashlib
import json
import shlex
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import Any

from ..compare.plan import HARMLESS
from ..results.versions import versions

SAMPLERS = ("effects", "gp", "tpe", "nsga2", "random")


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """The arguments of a search, all resolved. `systems`: fingerprint of the expressions. Equal plans, equal results."""

    data: tuple[str, ...]
    objectives: tuple[str, ...]
    sampler: str
    domain: str
    metric: str
    invalid: str
    edits_per_expression: int | None
    held_out: float
    seed: int
    redundant: bool
    strict: bool
    systems: str
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


def library_versions(plan: SearchPlan) -> dict[str, str]:
    """Versions of what the numbers and the way to them depend on."""
    return versions((plan.domain, plan.metric, *plan.objectives)) | {"optuna": metadata.version("optuna")}
