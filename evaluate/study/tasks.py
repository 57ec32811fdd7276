"""What a study measures beside its comparisons, each a task on a finished comparison's folder: κ under plausible edits, by the
models that it trained; κ on the bank, a second set of expressions; and κ under tree edits, once per domain."""

from __future__ import annotations

from pathlib import Path

from ...grammars.tree import Node, System
from ...representations.representation import Representation
from ..compare.plan import ComparisonPlan
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
from ..kappa.tables import has_kappa, save_kappa
from ..results.files import read_json, slug, write_json
from .plan import REFERENCE

KINDS = ("plausible", "bank", "tree")
StudyTask = tuple[Path, str, str]


def kappa_folder(folder: Path, kind: str) -> Path:
    """Where a comparison's folder keeps the κ of a kind."""
    return folder / "study" / kind


def missing(folder: Path, plan: ComparisonPlan) -> list[StudyTask]:
    """What is not measured yet, of all that a study wants of a comparison."""
    wanted = [(folder, spec, kind) for kind in KINDS[:2] for spec in plan.representations] + [(folder, REFERENCE, "tree")]
    return [task for task in wanted if not has_kappa(kappa_folder(folder, task[2]), task[1])]


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
        write_json(folder / "study" / "overlap.json", {"trained_on": sum(s.tree in trees for s in systems)})
    save_kappa(kappa_folder(folder, kind), kappa)


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
