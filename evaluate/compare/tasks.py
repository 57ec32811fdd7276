"""The tasks of a comparison, each a function of the run's folder: the κ of one representation, one training.

Everything they need follows from `run.json`, so they run in any process, in any order, with equal results.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from ...grammars.errors import EncodeError, OutputError
from ...grammars.files.write import write_text
from ...grammars.tree import System
from ...representations.representation import Representation
from ...representations.saved import load, saved
from ...tokenizers.base import Partial
from ...tokenizers.wrappers.restricted import Restricted
from ..domains.domain import Domain
from ..domains.sources import load as read_sources
from ..edits.token import TokenEdits
from ..events import Advanced, Event, Finished, Listener, Skipped, Started
from ..kappa.kappa import Kappa, measure_all
from ..kappa.tables import load_kappa, save_kappa
from ..kappa.writing import writing
from ..quality.task.folds import FOLDS, Folds, folds
from ..results.files import read_json, slug, write_json
from ..streams import number as stream
from ..tables.folder import MODEL_TOKENS, TRAININGS
from .own_data import own_systems
from .plan import ComparisonPlan, fingerprint

if TYPE_CHECKING:
    from ..quality.measures.written import Written
    from ..quality.model.trained import Trained
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
    _known: dict[int, tuple[Task, Floors]] = field(default_factory=dict, repr=False)

    def task_of(self, number: int) -> int:
        """Which task training `number` learns: its own in rounds and where data are tested fold by fold, else all learn the
        first."""
        return number if self.plan.in_rounds or self.plan.learn_from != "sampler" else 0

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
        if self.plan.learn_from != "sampler":
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
        source, parts = self.plan.learn_from, self.folder / "parts"
        if source == "sampler":
            return ()
        wanted = config.n_train + config.n_val
        return own_systems(parts, self.domain, self.folds, source, fold=which, seed=seed, wanted=wanted)

    @cached_property
    def folds(self) -> Folds:
        """The measured expressions in folds, for those who learn from them."""
        return folds(self.domain, self.systems)

    def fit(self, spec: str) -> Representation:
        """The representation whose κ, fidelity and tokens are measured: fitted to `--data` alone, as `kappabar kappa` fits it."""
        return self._fitted(spec, f"{slug(spec)}.json", self.systems)

    def fit_learned(self, spec: str, number: int = 0) -> Representation:
        """The representation that training `number` learns, and Q is of: fitted to its training expressions alone, whatever is
        measured. Of a vocabulary most of which no expression can hold, it has the tokens that occur in the task."""
        which, task = self.task_of(number), self.task(number)
        name = f"{slug(spec)}.learned.{which}.json" if which else f"{slug(spec)}.learned.json"
        occurring = (*task.train.systems, *task.val.systems, *task.test.systems)
        return self._fitted(spec, name, task.train.systems, occurring)

    def _fitted(
        self, spec: str, name: str, systems: Sequence[System], occurring: Sequence[System] | None = None
    ) -> Representation:
        """Fitted once in a run, and loaded ever after: ids mean the same in all of its processes, whatever they would fit."""
        path = self.folder / "tokenizer" / name
        document = read_json(path)
        if document is not None:
            return load(document, spec, path, self.domain.operators)
        made = self.domain.representation(spec, systems)
        if occurring is not None and isinstance(made.tokenizer, Partial):
            made = replace(made, tokenizer=Restricted.to_occurring(made.tokenizer, map(made.rewrite, occurring)))
        if (stored := saved(made)) is not None:
            write_json(path, stored)
        return made


def task_file(which: int) -> str:
    """The name of a learning task among a run's parts."""
    return f"task.{which}.safetensors" if which else "task.safetensors"


_benches: dict[tuple[str, str], RunData] = {}


def run_data(folder: Path) -> RunData:
    """What all tasks of a run share, built once per process. Only the last one is kept: it is large."""
    header = read_json(folder / "run.json")
    if header is None:
        raise OutputError(f"{folder} holds no run.json")
    key = (str(folder.resolve()), repr((header["arguments"], header["budget"])))
    if key not in _benches:
        _benches.clear()
        _benches[key] = _build(folder, ComparisonPlan.from_dict(header["arguments"]), header["budget"])
    return _benches[key]


def do(task: Callable[..., None], *arguments: Any) -> None:
    """A task of whichever kind: several kinds share one round."""
    task(*arguments)


def draw_task(folder: Path, number: int, listen: Listener) -> None:
    """Draw what training `number` learns from, and keep it for all that learn from it."""
    stage = "sampling systems to learn from" + (f", round {number + 1}" if number else "")
    listen(Started(stage, 1))
    if not number:
        _benches.clear()  # what this process knows may be of a folder that was deleted
    run_data(folder).learning(number)
    listen(Finished(stage))


def check_training(plan: ComparisonPlan) -> None:
    """Raises `SpecError` for a device, objective or model size that there is not, or TensorBoard where it is missing."""
    from ..quality.model.model import model_size
    from ..quality.model.objectives import objective
    from ..quality.model.precision import device
    from ..quality.training.curves import check_board

    device(plan.device)
    objective(plan.objective)
    if plan.model is not None:
        model_size(plan.model)
    if plan.tensorboard is not None:
        check_board()


def sizes_of(plan: ComparisonPlan, sizes: Preset) -> Preset:
    """A budget's sizes with what the plan chooses itself."""
    from ..quality.model.model import model_size

    model = sizes.model if plan.model is None else model_size(plan.model)
    return replace(sizes, model=model, train=replace(sizes.train, objective=plan.objective))


def _build(folder: Path, plan: ComparisonPlan, budget: dict[str, Any]) -> RunData:
    from ..quality.training.presets import Preset

    domain = plan.tuned_domain()
    systems = read_sources(list(plan.data), domain, seed=plan.seed, strict=plan.strict).systems
    sizes = sizes_of(plan, Preset.from_dict(budget["sizes"]))
    return RunData(
        folder=folder,
        plan=plan,
        edits_per_expression=budget["edits_per_expression"],
        sizes=sizes,
        domain=domain,
        systems=tuple(systems),
    )


def measure_kappa(folder: Path, spec: str, listen: Listener) -> None:
    """Measure κ of one representation and keep it."""
    shared = run_data(folder)
    plan = shared.plan
    chosen = shared.fit(spec)
    kappa = measure_all(
        chosen,
        shared.systems,
        shared.domain,
        shared.domain.distance(plan.metric),
        TokenEdits(),
        invalid=plan.invalid,
        edits_per_expression=shared.edits_per_expression,
        seed=plan.seed,
        listen=_without_skips(listen),
    )
    write_json(folder / "parts" / f"{slug(spec)}.vocabulary.json", list(chosen.vocabulary.tokens))
    by_name = {s.name: s for s in shared.systems}  # `load` makes names unique
    measured = [by_name[m.name] for m in kappa.measured]
    documents = [writing(chosen, s, shared.domain.closed).as_dict() for s in measured]
    write_text(folder / "parts" / f"{slug(spec)}.writing.json", json.dumps(documents, ensure_ascii=False))
    from ..explore.documents import part

    looked = part(chosen, measured, shared.domain, shared.domain.distance(plan.metric), plan.seed)
    write_text(folder / "parts" / f"{slug(spec)}.explorer.json", json.dumps(looked, ensure_ascii=False, separators=(",", ":")))
    save_kappa(folder / "parts", kappa)


def _without_skips(listen: Listener) -> Listener:
    """What one representation skips the others mostly skip too: the table at the end says it once."""

    def quieter(event: Event) -> None:
        if not isinstance(event, Skipped):
            listen(event)

    return quieter


def learn(folder: Path, spec: str, number: int, listen: Listener) -> None:
    """Train seed `number` on one representation, measure its quality, and keep both.

    A training that was interrupted goes on from its last checkpoint. One that stopped early has no quality, and a problem that
    says why.
    """
    from ..quality.model.precision import one_thread
    from ..quality.training.curves import rows
    from ..quality.training.train import train

    shared = run_data(folder)
    plan, sizes = shared.plan, shared.sizes
    chosen, task = shared.fit_learned(spec, number), shared.task(number)
    seed = stream(plan.seed, "training", number)
    name = f"{slug(spec)}.{number}"
    stage = f"training on {spec}" + (f", round {number + 1}" if plan.in_rounds else f", seed {number}" if number else "")
    listen(Started(stage, sizes.train.steps))
    unfinished = folder / "unfinished" / name
    board = None if plan.tensorboard is None else Path(plan.tensorboard) / name
    # Sums in another order differ in their last bits, and training magnifies that: one thread, whatever the machine has.
    with one_thread():
        trained = train(
            task,
            chosen,
            sizes.model,
            sizes.train,
            seed,
            on_step=_advancing(stage, listen),
            checkpoints=unfinished,
            device=plan.device,
            tensorboard=board,
        )
        samples, summary, written = _measured(shared, chosen, trained, number, seed)
        # The fits of later rounds have a κ of their own, and one round says as much of a model's own uncertainty as several.
        tokens = _surprises(folder, shared, chosen, trained) if not shared.task_of(number) else []
    listen(Finished(stage))
    trained.save(folder / "checkpoints" / name)
    problems = [] if trained.status == "ok" else [f"training of seed {number} stopped: {trained.status}"]
    if trained.dropped:
        problems.append(f"{trained.dropped} training expressions longer than {sizes.train.max_tokens} tokens left out")
    document = {
        "number": number,
        "history": rows(trained, spec, number),
        # Behaviors of another round are others.
        "samples": [row | {"seed": number, "item": row["item"] + shared.task_of(number) * sizes.task.n_test} for row in samples],
        "summary": TRAININGS.part(summary),
        "tokens": [MODEL_TOKENS.row(row | {"seed": number}) for row in tokens],
        "parameters": trained.parameters,
        "precision": trained.precision,
        "vocabulary": len(chosen.vocabulary),
        "trained_on": len({s.tree for s in shared.systems} & {s.tree for s in task.train.systems}),
        "problems": problems,
    }
    if not number:
        write_json(folder / "parts" / f"{name}.written.json", [one.as_dict() for one in written])
    # Last, so that a part that is there is whole.
    write_json(folder / "parts" / f"{name}.training.json", document)
    _forget(unfinished)


def _measured(
    shared: RunData, chosen: Representation, trained: Trained, number: int, seed: int
) -> tuple[list[dict[str, Any]], dict[str, Any], list[Written]]:
    """Rows of samples, their summary, and some to look at. Of a training that stopped, no rows, and what needs no model."""
    from ..quality.measures.quality import quality, round_trip

    task, floors = shared.learning(number)
    if trained.status == "ok":
        measured = quality(task, chosen, trained, shared.sizes.quality, seed, floors)
        return measured.rows, measured.summary, measured.written
    return (
        [],
        {
            "floor_prior": float(floors.prior.mean()),
            "floor_nearest": fmean(o.q for o in floors.nearest),
            "ceiling": fmean(o.q for o in round_trip(task, chosen)),
        },
        [],
    )


def _surprises(folder: Path, shared: RunData, chosen: Representation, trained: Trained) -> list[dict[str, Any]]:
    """The model's own uncertainty about each token of the measured expressions, beside that token's κ. `item`: as in
    edits.parquet."""
    from .surprise import token_rows

    as_measured = load_kappa(folder / "parts", chosen.spec) if trained.status == "ok" else None
    if as_measured is None:
        return []
    by_name = {s.name: s for s in shared.systems}
    items = {m.name: i for i, m in enumerate(as_measured.measured)}
    kappa = _kappa_as_learned(folder / "learned", shared, chosen, as_measured)
    rows = token_rows(shared.task(), chosen, trained.model, kappa, by_name, shared.plan.seed)
    return [row | {"item": items[row["expression"]]} for row in rows if row["expression"] in items]


def _kappa_as_learned(parts: Path, shared: RunData, chosen: Representation, as_measured: Kappa) -> Kappa:
    """κ of the tokens that the model writes: of the same expressions, as far as it can see them, under the fit that it learned.

    Measured once for all trainings, unless both fits write and read them alike."""
    from ..quality.task.task import takes

    plan, seen = shared.plan, [s for s in shared.systems if takes(shared.domain, shared.sizes.task, s)]
    if alike(chosen, shared.fit(chosen.spec), seen):
        return as_measured
    as_learned = load_kappa(parts, chosen.spec)
    if as_learned is None:
        as_learned = measure_all(
            chosen,
            seen,
            shared.domain,
            shared.domain.distance(plan.metric),
            TokenEdits(),
            invalid=plan.invalid,
            edits_per_expression=shared.edits_per_expression,
            seed=plan.seed,
        )
        save_kappa(parts, as_learned)
    return as_learned


def alike(a: Representation, b: Representation, systems: Sequence[System]) -> bool:
    """Whether two fits have one vocabulary, and write and read the systems alike."""
    if a.vocabulary.tokens != b.vocabulary.tokens:
        return False
    try:
        return all(a.encode(s.tree) == b.encode(s.tree) and a.round_trip(s.tree) == b.round_trip(s.tree) for s in systems)
    except EncodeError:
        return False


def _advancing(stage: str, listen: Listener) -> Callable[[int, float], None]:
    """Tells of the steps done, those before the checkpoint that training goes on from at once."""
    done = 0

    def on_step(step: int, loss: float) -> None:
        nonlocal done
        listen(Advanced(stage, step - done, f"{loss:.1f} bits"))
        done = step

    return on_step


def _forget(unfinished: Path) -> None:
    """Delete the checkpoint of a training that is done."""
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        unfinished.parent.rmdir()
    except OSError:
        return  # others still train, or none ever wrote there
