"""What a comparison will do: everything needed to repeat it, as a value that goes to `run.json` and comes back."""

from __future__ import annotations

import hashlib
import math
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias, TypedDict

from ...grammars.errors import SpecError, did_you_mean
from ...grammars.print.infix import to_infix
from ...grammars.tree import System
from ...representations.representation import Representation
from ..domains.domain import Domain
from ..domains.domain import domain as find_domain
from ..options.spelled import part
from ..options.work import FolderOptions, WorkOptions
from ..quality.task.folds import FOLDS
from ..results.origin import Origin
from ..semantics.base import DEFAULTS, Solver, SolverOptions


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

Representations: TypeAlias = str | Representation | Sequence[str | Representation]
"""What is compared: specs, or representations, which stand for their specs."""

CURVED_ROUNDS = 3
"""Rounds whose trainings give points of the curve, at least: of as many there is an interval."""
MOST_ROUNDS = 40
"""As many as `--until decided` may take."""

LEARN_FROM = ("sampler", "data", "like-data")
MARGIN = 0.02
FIDELITY = 0.05
"""Defaults: the difference in Q that is none, and the fidelity error that rules a representation out."""

HARMLESS = ("strict", "tensorboard")
"""Arguments that change no number: whether a run stops at what it would skip, and where it shows curves."""

GROWING = ("representations", "seeds")
"""Arguments of which a run that does not go in rounds may get more."""


class ComparisonOptions(TypedDict, total=False):
    """What is measured and learned; None for the domain's own choice, or as said:

    - `seeds`: trainings per representation on one task (None: 1)
    - `rounds`: instead, at most so many rounds of trainings, each on a task drawn anew; what is decided gets no further ones
    - `minutes`: instead, as many rounds as fit into this time, by a short timing
    - `until`: "decided": instead, rounds until every pair is decided, at most 40
    - `learn_from`: "sampler": systems that the domain's sampler draws; "data": those of `data`, split in five folds by families
      of forms and behaviors; "like-data": what a sampler fitted to four folds draws, tested on the fifth. None: where `data` is
      a file, "data" from 3,000 behaviors on, else "like-data", given five families; "sampler" for the rest
    - `margin`: difference in Q within which two representations are equal
    - `max_fidelity_error`: the fidelity error beyond which a representation is not recommended
    - `budget`: how much work goes into each representation: "tiny" (seconds), "quick" (minutes; None), "study" or "full" (hours)
    - `domain`: "ode" (None), "map", "function", "arithmetic", "proof", "program", "fold", "rna", "audio", "language", or
      `module:Object`
    - `metric`: distance between behaviors: "relative-l2", "bounded-l2", "attractor", or `module:Object`
    - `invalid`: how edits that do not decode count: "exclude", "worst" or "zero"
    - `seed`: of everything random
    - `strict`: stop at the first line of a source that cannot be read
    - `device`: where models are trained: "cpu", "cuda" or "cuda:N"
    - `objective`: what training minimizes: "next-token", "multi-token:K", "entropy:SHARE" or "entropy-weighted"
    - `model`: "0.3M", "0.8M", "3M", "10M" or "30M" (None: the budget's own)
    - `tensorboard`: a folder for training curves, None for none
    """

    seeds: int | None
    rounds: int | None
    minutes: float | None
    until: str | None
    learn_from: str | None
    margin: float
    max_fidelity_error: float
    budget: str | None
    domain: str | Domain | None
    metric: str | None
    invalid: str
    seed: int
    strict: bool
    device: str
    objective: str
    model: str | None
    tensorboard: Path | str | None


class CompareOptions(ComparisonOptions, SolverOptions, WorkOptions, FolderOptions, total=False):
    """All options of `compare`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonPlan:
    """What was chosen of `ComparisonOptions`, all resolved. Two runs with equal plans and versions give equal tables.

    Runs kept before there was an option have its default, and learned from the sampler. `solver`: in documents its options stand
    among the others. At most one of `rounds`, `minutes` and `until` is there, and then `seeds` is 1.
    """

    representations: tuple[str, ...]
    data: tuple[str, ...]
    domain: str
    metric: str
    invalid: str = "exclude"
    seeds: int
    rounds: int | None = None
    minutes: float | None = None
    until: str | None = None
    learn_from: str
    margin: float = MARGIN
    max_fidelity_error: float = FIDELITY
    budget: str
    seed: int = 0
    strict: bool = False
    device: str = "cpu"
    objective: str = "next-token"
    model: str | None = None
    tensorboard: str | None = None
    solver: Solver = DEFAULTS

    def __post_init__(self) -> None:
        if self.budget not in BUDGETS:
            raise SpecError(f"unknown budget {self.budget!r}{did_you_mean(self.budget, BUDGETS)}; there are {', '.join(BUDGETS)}")
        if self.seeds < 1:
            raise SpecError(f"seeds must be at least 1, not {self.seeds}")
        if self.rounds is not None and not 1 <= self.rounds <= MOST_ROUNDS:
            raise SpecError(f"a comparison has 1 to {MOST_ROUNDS} rounds, not {self.rounds}")
        if self.minutes is not None and not 0 < self.minutes < math.inf:
            raise SpecError(f"--minutes must be a number of minutes, more than 0, not {self.minutes:g}")
        if self.until not in (None, "decided"):
            raise SpecError(f"a comparison can go on until decided, not until {self.until!r}")
        if sum(given is not None for given in (self.rounds, self.minutes, self.until)) > 1:
            raise SpecError("choose one of --rounds, --minutes and --until decided")
        if self.in_rounds and self.seeds != 1:
            raise SpecError("--seeds are trainings on one task; with --rounds, --minutes or --until leave it out")
        if self.learn_from not in LEARN_FROM:
            hint = did_you_mean(self.learn_from, LEARN_FROM)
            raise SpecError(f"models learn from {', '.join(LEARN_FROM)}, not from {self.learn_from!r}{hint}")
        if not 0 < self.margin < math.inf:
            raise SpecError(f"--margin must be a difference in Q, more than 0, not {self.margin:g}; write for instance 0.02")
        if not 0 <= self.max_fidelity_error < math.inf:
            raise SpecError(
                f"--max-fidelity-error must be a number of at least 0, not {self.max_fidelity_error:g}; 1e9 leaves nothing out"
            )

    @property
    def in_rounds(self) -> bool:
        """Whether trainings go in rounds, each on a task of its own."""
        return self.rounds is not None or self.minutes is not None or self.until is not None

    @property
    def own(self) -> bool:
        """Whether what is learned comes from the measured expressions, fold by fold."""
        return self.learn_from != LEARN_FROM[0]

    @property
    def folds(self) -> int:
        """Parts of the tests that rounds take in turn."""
        return FOLDS if self.own else 1

    def ends(self, number: int) -> bool:
        """Whether training `number` also gives the ends of shorter ones, of which the curve is made: in rounds the first few do,
        at least one for each fold, and the time of the others goes into more rounds."""
        return not self.in_rounds or number < max(CURVED_ROUNDS, self.folds)

    def tuned_domain(self) -> Domain:
        """The domain, with the plan's options for simulations. Raises `SpecError` or `ConditionError`."""
        return find_domain(self.domain).tuned(self.solver)

    def as_dict(self) -> dict[str, Any]:
        document = asdict(self)
        solver: dict[str, Any] = document.pop("solver")
        return document | {"representations": list(self.representations), "data": list(self.data)} | solver

    def decisive(self) -> dict[str, Any]:
        """Those arguments that a number depends on: a run is taken up with these alone. Of its sources these are the expressions,
        which are compared themselves, wherever they come from."""
        return {name: value for name, value in self.as_dict().items() if name not in (*HARMLESS, "data")}

    def as_begun(self, begun: ComparisonPlan) -> ComparisonPlan:
        """The plan without what it has more of than it was `begun` with: representations, and trainings of each. No number of one
        depends on another, but in rounds, where what is decided gets no further ones."""
        if self.in_rounds or begun.in_rounds:
            return self
        grown = set(begun.representations) <= set(self.representations)
        specs = begun.representations if grown else self.representations
        return replace(self, representations=specs, seeds=min(self.seeds, begun.seeds))

    @staticmethod
    def from_dict(document: dict[str, Any]) -> ComparisonPlan:
        """Raises TypeError for an argument that there is not."""
        solver = part(Solver, document)
        own = {name: value for name, value in document.items() if name not in asdict(solver)}
        lists = {name: tuple(document[name]) for name in ("representations", "data")}
        return ComparisonPlan(**({"learn_from": LEARN_FROM[0]} | own | lists), solver=solver)

    def command(self) -> str:
        """The command line that repeats this run."""
        words = ["kappabar", "compare"]
        for spec in self.representations:
            words += ["-r", spec]
        for source in self.data:
            words += ["--data", source]
        words += ["--domain", self.domain, "--metric", self.metric, "--invalid", self.invalid, *self.length_words()]
        words += ["--budget", self.budget, "--seed", str(self.seed), *self.training_words(), *self.solver.words()]
        return shlex.join(words + (["--strict"] if self.strict else []))

    def length_words(self) -> list[str]:
        """Options of how long it goes on, and of what then is decided."""
        words = ["--rounds", str(self.rounds)] if self.rounds is not None else []
        words += ["--minutes", f"{self.minutes:g}"] if self.minutes is not None else []
        words += ["--until", self.until] if self.until is not None else []
        words = words or ["--seeds", str(self.seeds)]
        words += ["--learn-from", self.learn_from] if self.learn_from != LEARN_FROM[0] or is_own(self.data) else []
        given = {"--margin": self.margin, "--max-fidelity-error": self.max_fidelity_error}
        defaults = {"--margin": MARGIN, "--max-fidelity-error": FIDELITY}
        return words + [word for name, value in given.items() if value != defaults[name] for word in (name, repr(value))]

    def training_words(self) -> list[str]:
        """Options of training that are not at their defaults."""
        given = {"--device": self.device, "--objective": self.objective, "--model": self.model, "--tensorboard": self.tensorboard}
        defaults = {"--device": "cpu", "--objective": "next-token"}
        return [
            word for name, value in given.items() if value is not None and value != defaults.get(name) for word in (name, value)
        ]


def planned(
    options: CompareOptions, domain: str, representations: Iterable[str], data: tuple[str, ...], *, seeds: int, budget: str
) -> ComparisonPlan:
    """What the options ask of one domain; `seeds` and `budget`: where they leave these open. Raises `SpecError`."""
    chosen = find_domain(domain)
    given = {name: value for name, value in options.items() if value not in (None, "")}
    if "tensorboard" in given:
        given["tensorboard"] = str(given["tensorboard"])
    specs = tuple(dict.fromkeys(map(chosen.canonical, representations)))
    own = {"representations": specs, "data": data, "domain": domain, "solver": part(Solver, options)}
    open_ones = {"seeds": seeds, "budget": budget, "metric": chosen.metric, "learn_from": LEARN_FROM[0]}
    return part(ComparisonPlan, {**open_ones, **given, **own})


def sources(data: str | Sequence[str] | None, default: tuple[str, ...]) -> tuple[str, ...]:
    """`data` as a plan has it."""
    if data is None:
        return default
    return (data,) if isinstance(data, str) else tuple(data)


def spec_words(representations: Representations | None) -> tuple[str, ...] | None:
    """One representation or several by their specs: what they are fitted to is the run's. Raises `SpecError`."""
    if representations is None:
        return None
    return tuple(r.spec if isinstance(r, Representation) else r for r in several(representations))


def several(representations: Representations) -> tuple[str | Representation, ...]:
    """One representation or several. Raises `SpecError` for what is none, and for no representation at all."""
    if isinstance(representations, str | Representation):
        return (representations,)
    given = tuple(representations) if isinstance(representations, Iterable) else (representations,)
    for one in given:
        if not isinstance(one, str | Representation):
            raise SpecError(
                f"a representation is a spec such as 'prefix | digits:3' or a Representation, not a {type(one).__name__}"
            )
    if not given:
        raise SpecError("no representation; give a spec such as 'prefix | digits:3'")
    return given


def is_own(data: Sequence[str]) -> bool:
    """Whether any source is a file: a person's own expressions."""
    return not all(word.split(":")[0].strip() in ("bank", "sample") for word in data)


def origin_of(header: Mapping[str, Any]) -> Origin:
    """Which run a header is of, by all that a number depends on: of its sources the expressions, not where they lie; of what it
    may get more of, nothing (`as_begun`)."""
    in_rounds = any(header["arguments"].get(name) is not None for name in ("rounds", "minutes", "until"))
    left = (*HARMLESS, "data", *(() if in_rounds else GROWING))
    arguments = {k: v for k, v in header["arguments"].items() if k not in left}
    sizes = {name: header.get(name) for name in ("budget", "precision", "quality_metric", "systems_sha256")}
    return Origin.of({"arguments": arguments, **sizes}, [header.get("versions", {}), *header.get("earlier_versions", ())])


def fingerprint(systems: Sequence[System]) -> str:
    """SHA-256 over the systems as measured: equations, conditions and horizons, in order."""
    digest = hashlib.sha256()
    for s in systems:
        digest.update(repr((s.domain, to_infix(s.tree), s.x0, s.t_end, s.ranges)).encode())
    return digest.hexdigest()
