"""What a study measures beside its comparisons, each a task on a finished comparison's folder: κ under plausible edits, by the
models that it trained; κ on the bank, a second set of expressions; and κ under tree edits, once per domain."""

from __future__ import annotations

from pathlib import Path

from ...grammars.tree import Node, System
from ...representations.representation import Representation
from ..compare.plan import ComparisonPlan, origin_of
from ..compare.run_data import RunData, run_data
from ..domains.domain import Domain
from ..domains.sources import load
from ..edits.base import EditOperator
from ..edits.plausible import Plausible
from ..edits.token import TokenEdits
from ..edits.tree import TreeEdits
from ..events import Event, Listener, Skipped
from ..kappa.kappa import Kappa, measure_all
from ..kappa.measure import NotMeasured
from ..kappa.tables import check_kappa, has_kappa, save_kappa
from ..results.files import read_json, slug, write_json
from ..results.origin import Origin
from ..results.shape import check_shape
from .plan import REFERENCE

KINDS = ("plausible", "bank", "tree")
StudyTask = tuple[Path, str, str]


def kappa_folder(folder: Path, kind: str) -> Path:
    """Where a comparison's folder keeps the κ of a kind."""
    return folder / "study" / kind


def _wanted(folder: Path, plan: ComparisonPlan) -> list[StudyTask]:
    """All that a study wants of a comparison."""
    return [(folder, spec, kind) for kind in KINDS[:2] for spec in plan.representations] + [(folder, REFERENCE, "tree")]


def missing(folder: Path, plan: ComparisonPlan) -> list[StudyTask]:
    """What is not measured yet."""
    return [task for task in _wanted(folder, plan) if not has_kappa(kappa_folder(folder, task[2]), task[1])]


def origin_in(folder: Path) -> Origin | None:
    """Which run a comparison's folder holds; None before it is begun."""
    header = read_json(folder / "run.json")
    return None if header is None else origin_of(header)


def check_beside(folder: Path, plan: ComparisonPlan) -> None:
    """Raises `OutputError` where what a study has measured beside a comparison is damaged, or another's."""
    origin = origin_in(folder)
    for _, spec, kind in _wanted(folder, plan):
        check_kappa(kappa_folder(folder, kind), spec, origin)
    if origin is not None:
        trained_on(folder, origin)


def trained_on(folder: Path, origin: Origin | None) -> int:
    """How many of the measured expressions models were trained on. Raises `OutputError` where what says it is damaged."""
    path = folder / "study" / "overlap.json"
    document = read_json(path)
    if document is None:
        return 0
    again = f"delete {path} and {kappa_folder(folder, 'tree')}, and go on with --resume, to have both again"
    check_shape(document, {"trained_on": int}, path, again)
    if origin is not None:
        origin.check(document, path)
    return int(document["trained_on"])


def measure_beside(folder: Path, spec: str, kind: str, listen: Listener) -> None:
    """Measure one of the `KINDS` under a representation, and keep it."""
    shared = run_data(folder)
    systems = tuple(load(["bank"], shared.domain).systems) if kind == "bank" else shared.systems
    # A model's mistakes are in the tokens that it learned; else what is measured is fitted to what it is measured on.
    chosen = shared.fit_learned(spec) if kind == "plausible" else shared.domain.representation(spec, systems)
    operator = _operator(folder, shared, chosen, kind)
    if isinstance(operator, str):
        kappa = _nothing(shared, spec, systems, operator)
    else:
        kappa = measure_all(
            chosen,
            systems,
            shared.domain,
            shared.domain.distance(shared.plan.metric),
            operator,
            invalid=shared.plan.invalid,
            edits_per_expression=shared.edits_per_expression,
            seed=shared.plan.seed,
            listen=_renamed(listen, f"{kind} edits" if kind != "bank" else "the bank"),
        )
    if kind == "tree":
        trees = {s.tree for s in shared.task().train.systems}
        overlap = {"trained_on": sum(s.tree in trees for s in systems)}
        write_json(folder / "study" / "overlap.json", overlap | shared.origin.mark(folder / "study"))
    save_kappa(kappa_folder(folder, kind), kappa, origin=shared.origin)


def _operator(folder: Path, shared: RunData, chosen: Representation, kind: str) -> EditOperator | str:
    if kind == "tree":
        return TreeEdits()
    return TokenEdits() if kind == "bank" else plausible_of_run(folder, shared, chosen)


def plausible_of_run(folder: Path, shared: RunData, representation: Representation) -> Plausible | str:
    """Plausible edits by the first model of the run that was trained to the end; or why there is none.

    It sees each measured expression's own behavior, with the noise of its task: see `edits.plausible_model.train_plausible`.
    """
    from ..edits.plausible_model import NtpScorer, observation
    from ..quality.model.trained import load as load_model

    spec = representation.spec
    status = "no training is finished"
    for number in range(shared.plan.seeds):
        status = training_status(folder, spec, number) or status
        if status == "ok":
            break
    else:
        return f"no model: {status}"
    trained = load_model(folder / "checkpoints" / f"{slug(spec)}.{number}")
    model = trained.model
    known: dict[Node, System] = {}
    for system in shared.systems:
        known.setdefault(system.tree, system)

    def scorer_for(asked: Representation, tree: Node) -> NtpScorer:
        return NtpScorer(model, asked, observation(shared.task(), known, tree))

    return Plausible(scorer_for, note=f"plausible edits by a model trained in {trained.precision}")


def training_status(folder: Path, spec: str, number: int) -> str | None:
    """ "ok", or why a training stopped early; None where there is none."""
    header = read_json(folder / "checkpoints" / f"{slug(spec)}.{number}" / "model.json")
    return None if header is None else str(header["status"])


def _nothing(shared: RunData, spec: str, systems: tuple[System, ...], reason: str) -> Kappa:
    """A κ of no expression: kept, so that it is not tried again."""
    domain: Domain = shared.domain
    return Kappa(
        representation=spec,
        domain=domain.name,
        metric=shared.plan.metric,
        invalid=shared.plan.invalid,
        edits="plausible",
        measured=(),
        skipped=tuple(NotMeasured(s.name or "unnamed", reason) for s in systems),
        d_max=shared.domain.distance(shared.plan.metric).d_max,
        seed=shared.plan.seed,
    )


def _renamed(listen: Listener, kind: str) -> Listener:
    """Stages named apart from the comparison's own; what is skipped, tables say."""
    from dataclasses import replace

    def renamed(event: Event) -> None:
        if not isinstance(event, Skipped):
            listen(replace(event, stage=f"{event.stage}, {kind}"))

    return renamed
