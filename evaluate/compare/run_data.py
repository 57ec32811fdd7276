"""What all tasks of a run share, as a function of its folder: plan, expressions, learning tasks, and what is fitted to which.

Everything follows from `run.json` and the parts that are kept beside it, so that it is the same in every process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...grammars.errors import OutputError
from ...grammars.operators import Operators
from ...grammars.tree import System
from ...representations.representation import Representation
from ...representations.saved import load, saved
from ...tokenizers.base import Partial
from ...tokenizers.wrappers.restricted import Restricted
from ..domains.domain import Domain
from ..domains.sources import load as read_sources
from ..quality.task.folds import FOLDS, Folds, folds
from ..results.files import read_json, slug, write_json
from ..results.origin import Origin
from ..results.trees import read_systems
from ..streams import number as stream
from .own_data import own_systems
from .plan import ComparisonPlan, fingerprint, origin_of

if TYPE_CHECKING:
    from ..quality.task.task import Floors, Task, TaskConfig
    from ..quality.training.presets import Preset


@dataclass(frozen=True)
class RunData:
    """What all tasks of a run share: the systems measured, the learning task, and what needs no model, its floors."""

    folder: Path
    plan: ComparisonPlan
    edits_per_expression: int
    sizes: Preset
    domain: Domain
    systems: tuple[System, ...]
    origin: Origin
    _known: dict[int, tuple[Task, Floors]] = field(default_factory=dict, repr=False)

    def task_of(self, number: int) -> int:
        """Which task training `number` learns: its own in rounds and where data are tested fold by fold, else all learn the
        first."""
        return number if self.plan.in_rounds or self.own else 0

    @property
    def own(self) -> bool:
        """Whether what is learned comes from the measured expressions, fold by fold."""
        return self.plan.own

    def task(self, number: int = 0) -> Task:
        return self.learning(number)[0]

    def floors(self, number: int = 0) -> Floors:
        return self.learning(number)[1]

    def learning(self, number: int = 0) -> tuple[Task, Floors]:
        """What training `number` learns from and is tested on. Drawn, simulated and split once in a run, and read ever after: the
        same bits in all of its processes, and when it goes on. Only the last one is kept in memory: it is large."""
        which = self.task_of(number)
        if which not in self._known:
            learning = self._drawn(which)
            self._known.clear()
            self._known[which] = learning
        return self._known[which]

    def _drawn(self, which: int) -> tuple[Task, Floors]:
        from ..quality.task.saved import read_task, task_key, write_task
        from ..quality.task.task import build_task, floors

        seed = stream(self.plan.seed, "round", which) if which else self.plan.seed
        path, config, options = self.folder / "parts" / task_file(which), self.sizes.task, self.plan.solver.given()
        options |= {"direction": self.domain.direction} if self.domain.forward else {}
        if self.own:
            config = replace(config, max_dim=max(config.max_dim, *(s.dim for s in self.systems)))
            options |= {"learn_from": self.plan.learn_from, "fold": which % FOLDS, "systems": fingerprint(self.systems)}
        key = task_key(self.plan.domain, options, config, seed)
        learning = read_task(path, key, self.domain, config, seed)
        if learning is None:
            task = build_task(self.domain, config, seed, *self._own(which, config, seed))
            learning = task, floors(task)
            write_task(path, key, *learning)
        return learning

    def _own(self, which: int, config: TaskConfig, seed: int) -> tuple[Sequence[System], Sequence[System]] | tuple[()]:
        """What is learned from and what is tested, where these are a person's own; nothing where the domain's sampler draws."""
        if not self.own:
            return ()
        train, parts = self.sizes.train, self.folder / "parts"
        sizes = {"wanted": config.n_train + config.n_val, "examples": train.steps * train.batch_size}
        return own_systems(parts, self.domain, self.folds, self.plan.learn_from, fold=which, seed=seed, **sizes)

    @cached_property
    def folds(self) -> Folds:
        """The measured expressions in folds, for those who learn from them."""
        return folds(self.domain, self.systems)

    def measured(self) -> list[tuple[int | None, Sequence[System]]]:
        """The measured expressions in groups, each with the fold that what it is measured under was fitted without; all in one
        and None where that is fitted to all of them."""
        return [(k, self.folds.measured(k)) for k in range(FOLDS)] if self.own else [(None, self.systems)]

    def fit(self, spec: str, fold: int | None = None) -> Representation:
        """The representation whose κ, fidelity and tokens are measured: fitted to `--data` alone, as `kappabar kappa` fits it,
        but for a `fold` of them where models learn from them too."""
        if fold is None:
            return self._kept(spec, f"{slug(spec)}.json", lambda: self.domain.representation(spec, self.systems))
        fitted = self.folds.fitted
        return self._kept(spec, f"{slug(spec)}.fold.{fold}.json", lambda: self.domain.representation(spec, fitted(fold)))

    def fit_learned(self, spec: str, number: int = 0) -> Representation:
        """The representation that training `number` learns, and Q is of. Fitted to its training expressions alone, whatever is
        measured, where the domain's sampler draws these; else the one that its fold's κ is of. Of a vocabulary most of which no
        expression can hold, it has the tokens that occur in the task."""
        which, task = self.task_of(number), self.task(number)
        name = f"{slug(spec)}.learned.{which}.json" if which else f"{slug(spec)}.learned.json"

        def made() -> Representation:
            whole = self.fit(spec, which % FOLDS) if self.own else self.domain.representation(spec, task.train.expressions)
            if not isinstance(whole.tokenizer, Partial):
                return whole
            occurring = (*task.train.expressions, *task.val.expressions, *task.test.expressions)
            return replace(whole, tokenizer=Restricted.to_occurring(whole.tokenizer, map(whole.rewrite, occurring)))

        return self._kept(spec, name, made)

    def _kept(self, spec: str, name: str, make: Callable[[], Representation]) -> Representation:
        """Made once in a run, and loaded ever after: ids mean the same in all of its processes, whatever they would fit."""
        path = self.folder / "tokenizer" / name
        document = read_json(path)
        if document is not None:
            self.origin.check(document, path)
            return load(document, spec, path, self.domain.operators)
        made = make()
        if (stored := saved(made)) is not None:
            write_json(path, stored | self.origin.mark(path.parent))
        return made


EXPRESSIONS = "parts/expressions.safetensors"
"""What is measured, as it was read when a run began: workers need not see the files that it came from."""
HEADERS = ("run.json", Path(EXPRESSIONS).name)
"""What a folder has before anything is measured."""


def check_expressions(folder: Path, header: Mapping[str, Any], operators: Operators) -> None:
    """Raises `OutputError` where a folder holds other expressions than its run's, or damaged ones. It may hold none: they are
    kept when it is gone on with."""
    kept = read_systems(folder / EXPRESSIONS, operators)
    if kept is not None and fingerprint(kept) != header.get("systems_sha256"):
        raise OutputError(f"{folder / EXPRESSIONS} is of another run; delete it, and go on with --resume to have it again")


def task_file(which: int) -> str:
    """The name of a learning task among a run's parts."""
    return f"task.{which}.safetensors" if which else "task.safetensors"


_benches: dict[tuple[str, str], RunData] = {}


def run_data(folder: Path) -> RunData:
    """What all tasks of a run share, built once per process. Only the last one is kept: it is large."""
    header = read_json(folder / "run.json")
    if header is None:
        raise OutputError(f"{folder} holds no run.json")
    key = (str(folder.resolve()), repr((header["arguments"], origin_of(header))))
    if key not in _benches:
        _benches.clear()
        _benches[key] = _build(folder, ComparisonPlan.from_dict(header["arguments"]), header)
    return _benches[key]


def forget() -> None:
    """Drop what this process knows of any run: it may be of a folder that was deleted."""
    _benches.clear()


def sizes_of(plan: ComparisonPlan, sizes: Preset) -> Preset:
    """A budget's sizes with what the plan chooses itself."""
    from ..quality.model.model import model_size

    model = sizes.model if plan.model is None else model_size(plan.model)
    return replace(sizes, model=model, train=replace(sizes.train, objective=plan.objective))


def _build(folder: Path, plan: ComparisonPlan, header: dict[str, Any]) -> RunData:
    from ..quality.training.presets import Preset

    domain = plan.tuned_domain()
    systems = read_systems(folder / EXPRESSIONS, domain.operators)
    if systems is None:  # of a run that was begun before they were kept
        systems = read_sources(plan.data, domain, seed=plan.seed, strict=plan.strict).systems
    if fingerprint(systems) != header.get("systems_sha256"):
        raise OutputError(f"the expressions in {folder} are not those that it was begun with; begin anew in another --out")
    sizes = sizes_of(plan, Preset.from_dict(header["budget"]["sizes"]))
    return RunData(
        folder=folder,
        plan=plan,
        edits_per_expression=header["budget"]["edits_per_expression"],
        sizes=sizes,
        domain=domain,
        systems=systems,
        origin=origin_of(header),
    )
