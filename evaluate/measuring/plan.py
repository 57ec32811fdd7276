"""What a run of κ alone will do: everything needed to repeat it, as a value that goes to `run.json` and comes back."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..options.spelled import part
from ..results.shape import check_shape
from ..semantics.base import Solver

GROWING = ("representations",)
"""What a run may have more of when it is taken up again: no number of one representation depends on another."""
HARMLESS = ("data", "strict")
"""Arguments that change no number: what the expressions are called from is another thing than what they are, which is compared;
nor does it matter whether a run stops at what it would skip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KappaPlan:
    """What was chosen of the options of `kappa`, all resolved. Two runs with equal plans and versions leave equal folders.

    `data`: sources, as `sources.named` has them. `edits_per_expression`: None where every neighborhood is enumerated. `solver`:
    in documents its options stand among the others.
    """

    representations: tuple[str, ...]
    data: tuple[str, ...]
    domain: str
    metric: str
    edits: str
    edits_per_expression: int | None
    invalid: str
    seed: int
    strict: bool
    solver: Solver

    def as_dict(self) -> dict[str, Any]:
        document = asdict(self)
        solver: dict[str, Any] = document.pop("solver")
        return document | {"representations": list(self.representations), "data": list(self.data)} | solver

    def decisive(self) -> dict[str, Any]:
        """Those arguments that must be equal for a run to be taken up."""
        return {name: value for name, value in self.as_dict().items() if name not in (*GROWING, *HARMLESS)}

    @staticmethod
    def from_dict(document: Mapping[str, Any], file: object) -> KappaPlan:
        """The plan that `file` holds. Raises `OutputError` where it holds none."""
        check_shape(document, _SHAPE, file)
        lists = {name: tuple(document[name]) for name in ("representations", "data")}
        return part(KappaPlan, {**document, **lists, "solver": part(Solver, document)})

    def command(self) -> str:
        """The command line that repeats this run."""
        words = ["kappabar", "kappa"]
        for spec in self.representations:
            words += ["-r", spec]
        for source in self.data:
            words += ["--data", source]
        words += ["--edits", self.edits, "--edits-per-expression", str(self.edits_per_expression or 0), "--domain", self.domain]
        words += ["--metric", self.metric, "--invalid", self.invalid, "--seed", str(self.seed), *self.solver.words()]
        return shlex.join(words + (["--strict"] if self.strict else []))


_SHAPE = {
    "representations": [str],
    "data": [str],
    "domain": str,
    "metric": str,
    "edits": str,
    "edits_per_expression": (int, None),
    "invalid": str,
    "seed": int,
    "strict": bool,
    "*": (int, float, None),
}
