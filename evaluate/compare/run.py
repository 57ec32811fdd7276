"""The main job: several representations on the same expressions: fidelity, κ, next-token loss and semantic quality.

Every finished part is kept in the run's folder at once; the table, the figures and the page are functions of the parts.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ...grammars.errors import OutputError, SpecError
from ...grammars.tree import System
from ...representations.representation import depends_on_system
from ..domains.domain import domain as find_domain
from ..domains.sources import Loaded, Source, load
from ..events import Finished, Listener, Started
from ..kappa.kappa import check_policy
from ..kappa.tables import check_kappa, has_kappa, kept_tokens
from ..options.work import Work
from ..quality.task.folds import folds
from ..results.files import SCHEMA, check_same, claimed, read_header, write_json
from ..results.origin import Origin
from ..results.sealed import check_seals
from ..results.shape import AGAIN
from ..results.trees import write_systems
from ..results.versions import taken_up, versions
from ..workers.pool import runner
from ..workers.tasks import Runner, TaskArguments
from .comparison import plan_of
from .kappas import measure_kappa
from .own_data import choice
from .plan import BUDGETS, MOST_ROUNDS, ComparisonPlan, fingerprint, is_own, origin_of
from .rounds import decided
from .run_data import EXPRESSIONS, HEADERS, check_expressions, task_file
from .tasks import check_training, do, draw_task, learn
from .timing import rounds_within
from .trainings import TrainingRecord, has_training, load_training


def new_folder(kind: str, resume: bool) -> Path:
    """A folder under runs/ that bears the time. Raises `OutputError` where a run is to be resumed, which is in no new folder."""
    if resume:
        raise OutputError("--resume needs --out DIR, the folder of the run to go on with")
    return Path("runs") / datetime.datetime.now().strftime(f"{kind}-%Y%m%d-%H%M%S")


def checked(plan: ComparisonPlan, given: Sequence[Source] = (), read: Loaded | None = None) -> Loaded:
    """The systems to be measured, `given` themselves or by the plan's data, or those that were `read` when the plan was settled.
    Raises `SpecError` or `SourceError` for whatever in a plan cannot be done."""
    from ..quality.training.presets import preset

    domain = plan.tuned_domain()
    for spec in plan.representations:
        if part := depends_on_system(spec, domain.operators):
            raise SpecError(
                f"{spec!r} cannot be learned here: {part!r} needs what is in no token, the system that is written or its "
                "numbers, and a model has yet to find it; measure it with kappabar kappa"
            )
    check_policy(plan.invalid, domain.distance(plan.metric))
    preset(BUDGETS[plan.budget].preset)
    check_training(plan)
    if read is not None:
        return read
    loaded = load(given or plan.data, domain, seed=plan.seed, strict=plan.strict)
    if plan.own:
        folds(domain, loaded.systems)
    return loaded


def settled(plan: ComparisonPlan, given: Sequence[Source] = ()) -> tuple[ComparisonPlan, Loaded | None]:
    """A plan that says what models learn from, where nobody said it, and what was read for that, if anything was: a person's own
    expressions, which are in folds where the plan says so. Raises `SourceError` as `checked` does."""
    domain = plan.tuned_domain()
    if not is_own(plan.data):
        return replace(plan, learn_from=choice(plan.data, domain, ())), None
    read = load(given or plan.data, domain, seed=plan.seed, strict=plan.strict)
    return replace(plan, learn_from=choice(plan.data, domain, read.systems)), read


def measure(plan: ComparisonPlan, folder: Path, work: Work, given: Sequence[Source] = (), read: Loaded | None = None) -> None:
    """Measure and learn what a plan says, into a folder that is prepared for it. Everything that can be the user's mistake is
    found before the folder is touched: raises as `checked` does, which says what `given` and `read` are."""
    loaded = checked(plan, given, read)
    loaded.tell(work.listen)
    with claimed(folder, work.resume, *HEADERS), runner(work.jobs, work.scheduler, work.listen) as running:
        execute(folder, plan, loaded, running, work)


def execute(folder: Path, plan: ComparisonPlan, loaded: Loaded, running: Runner, work: Work) -> None:
    """Measure and learn what the folder does not hold yet. Raises `OutputError` where it holds a run of which a number could
    differ; `work.accept_version`: versions may."""
    path = folder / "run.json"
    begun = read_header(path, resume=True)
    skipped = [{"what": f"{s.source} {s.where}", "stage": "reading", "reason": s.reason} for s in loaded.skipped]
    header = _header(plan, loaded.systems, skipped, begun)
    header["rounds"] = _most(plan, begun)
    if begun is not None:
        _check_resumable(folder, plan, begun, header)
        header |= taken_up(begun, header["versions"], folder, work.accept_version)
        check_seals(folder / "parts", AGAIN)  # before hours of work
        check_expressions(folder, header, find_domain(plan.domain).operators)
        for spec in plan.representations:
            check_kappa(folder / "parts", spec, origin_of(header))
    if not (folder / EXPRESSIONS).exists():
        write_systems(folder / EXPRESSIONS, loaded.systems)
    write_json(path, header)
    running.share(folder)
    started = time.monotonic()
    drawing = _run(folder.resolve(), plan, running, work.listen)
    if plan.in_rounds:
        if header["rounds"] is None:
            spent = time.monotonic() - started
            header["rounds"] = rounds_within(folder, plan, spent=spent, drawing=drawing, jobs=work.jobs)
            planned = f"rounds that fit into {plan.minutes:g} minutes (one at least): {header['rounds']}"
            work.listen(Started(planned, header["rounds"]))
            work.listen(Finished(planned))
            write_json(path, header)
        _run_rounds(folder.resolve(), plan, header["rounds"], running, work.listen, origin_of(header))


def _most(plan: ComparisonPlan, begun: Mapping[str, Any] | None) -> int | None:
    """How many rounds there are at most: None where a timing has yet to say, and without rounds. One that goes on has what it was
    begun with, for that was timed where it began."""
    if plan.until is not None:
        return MOST_ROUNDS
    return plan.rounds if plan.minutes is None or begun is None else begun.get("rounds")


def _check_resumable(folder: Path, plan: ComparisonPlan, begun: Mapping[str, Any], header: Mapping[str, Any]) -> None:
    """Versions aside."""
    known = plan_of(begun, folder / "run.json")
    check_same(
        known.decisive(),
        plan.as_begun(known).decisive(),
        f"{folder} holds a run with other arguments",
        f"repeat those ({begun.get('repeat')}) or choose another --out",
    )
    if begun.get("systems_sha256") != header["systems_sha256"]:
        raise OutputError(
            f"the expressions of {', '.join(plan.data)} are not those that {folder} was begun with; choose another --out"
        )
    sizes, ours = (
        {name: document.get(name) for name in ("precision", "budget", "quality_metric")} for document in (begun, header)
    )
    check_same(
        sizes,
        ours,
        f"{folder} holds a run of other sizes than this version's",
        "go on with the version that began it, or choose another --out",
    )


def _header(
    plan: ComparisonPlan, systems: Sequence[System], skipped: list[dict[str, str]], begun: Mapping[str, Any] | None
) -> dict[str, Any]:
    """`begun`: what the folder holds of a run that goes on: its trainings go on in the precision that they began in."""
    from ..quality.model.precision import precision
    from ..quality.training.presets import preset

    budget = BUDGETS[plan.budget]
    chosen = preset(budget.preset)
    if plan.in_rounds:
        chosen = chosen.for_rounds(own=True) if plan.own else chosen.for_sampled_rounds()
    sizes = asdict(chosen)
    known = (begun or {}).get("precision")
    # Resolved once and for all processes of a run: workers of a cluster need not be machines of one kind.
    sizes["train"]["precision"] = known or precision(sizes["train"]["precision"], plan.device)
    return {
        "command": "compare",
        "schema": SCHEMA,
        "repeat": plan.command(),
        "arguments": plan.as_dict(),
        "budget": {
            "name": budget.name,
            "edits_per_expression": budget.edits_per_expression,
            "sizes": sizes,
        },
        "precision": sizes["train"]["precision"],
        "versions": versions((plan.domain, plan.metric, *plan.representations)),
        "data": [{"source": source} for source in plan.data],
        "quality_metric": find_domain(plan.domain).quality.name,
        "direction": find_domain(plan.domain).direction,
        "n_systems": len(systems),
        "systems_sha256": fingerprint(systems),
        "skipped": skipped,
    }


def _run(folder: Path, plan: ComparisonPlan, running: Runner, listen: Listener) -> float:
    """Make what is missing: the learning task and κ of every representation, then, but for rounds, the trainings, those with the
    longest sequences first. The seconds that the task took to draw, 0 where it was there."""
    parts = folder / "parts"
    untrained = [(spec, i) for i in range(plan.seeds) for spec in plan.representations if not has_training(parts, spec, i)]
    first: list[TaskArguments] = [(draw_task, folder, 0)] if untrained and not (parts / task_file(0)).exists() else []
    first += [(measure_kappa, folder, spec) for spec in plan.representations if not has_kappa(parts, spec)]
    drawing: float = sum(seconds for _, seconds in running.each(do, first, listen) if seconds)
    if not plan.in_rounds:
        _train(folder, untrained, running, listen)
    return drawing


def _train(folder: Path, untrained: list[tuple[str, int]], running: Runner, listen: Listener, *, draw: int | None = None) -> None:
    """`draw`: the number of a task to be drawn meanwhile."""
    lengths = {spec: kept_tokens(folder / "parts", spec) for spec, _ in untrained}
    untrained.sort(key=lambda training: (training[1], -lengths[training[0]]))
    tasks: list[TaskArguments] = [] if draw is None else [(draw_task, folder, draw)]
    tasks += [(learn, folder, spec, i) for spec, i in untrained]
    for _ in running.each(do, tasks, listen):
        pass


def _run_rounds(
    folder: Path, plan: ComparisonPlan, most: int, running: Runner, listen: Listener, origin: Origin | None = None
) -> None:
    """Round by round: train what is not decided yet, and look. Where there is room, the next round's task is drawn meanwhile."""
    parts, going = folder / "parts", list(plan.representations)
    trained: dict[str, list[TrainingRecord]] = {spec: [] for spec in plan.representations}
    for number in range(most):
        untrained = [(spec, number) for spec in going if not has_training(parts, spec, number)]
        if untrained and not (parts / task_file(number)).exists():
            for _ in running.each(draw_task, [(folder, number)], listen):
                pass
        ahead = running.size > 1 and number + 1 < most and not (parts / task_file(number + 1)).exists()
        _train(folder, untrained, running, listen, draw=number + 1 if ahead and untrained else None)
        for spec in going:
            trained[spec] += [part] if (part := load_training(parts, spec, number, origin)) else []
        if number:  # it is large, and all that learn from it have; the first is for studies and pages
            (parts / task_file(number)).unlink(missing_ok=True)
        going = decided(trained, plan.margin, most, plan.folds).going
        if len(plan.representations) == 1:
            going = list(plan.representations)  # of one there is nothing to decide
        if not going:
            (parts / task_file(number + 1)).unlink(missing_ok=True)
            return
