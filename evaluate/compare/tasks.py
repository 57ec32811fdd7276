"""The tasks of a comparison, each a function of the run's folder: a learning task is drawn, one model is trained. κ is in
`kappas`.

Everything they need follows from `run.json`, so they run in any process, in any order, with equal results.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from ...representations.representation import Representation
from ..events import Advanced, Finished, Listener, Started
from ..kappa.tables import load_kappa
from ..quality.task.folds import FOLDS
from ..results.files import slug, write_json
from ..results.sealed import checksums
from ..streams import number as stream
from ..tables.folder import MODEL_TOKENS, TRAININGS
from .kappas import kappa_as_learned, unseen
from .plan import ComparisonPlan
from .run_data import RunData, forget, run_data

if TYPE_CHECKING:
    from ..quality.measures.written import Written
    from ..quality.model.trained import Trained


def do(task: Callable[..., Any], *arguments: Any) -> Any:
    """A task of whichever kind: several kinds share one round."""
    return task(*arguments)


def draw_task(folder: Path, number: int, listen: Listener) -> float:
    """Draw what training `number` learns from, and keep it for all that learn from it; the seconds that it took."""
    begun = time.monotonic()
    stage = "sampling systems to learn from" + (f", round {number + 1}" if number else "")
    listen(Started(stage, 1))
    if not number:
        forget()
    run_data(folder).learning(number)
    listen(Finished(stage))
    return time.monotonic() - begun


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
            sizes.train if plan.ends(number) else replace(sizes.train, branches=0),
            seed,
            on_step=_advancing(stage, listen),
            checkpoints=unfinished,
            device=plan.device,
            tensorboard=board,
        )
        samples, summary, written = _measured(shared, chosen, trained, number, seed)
        tokens = _surprises(folder, shared, chosen, trained, number)
    listen(Finished(stage))
    trained.save(folder / "checkpoints" / name)
    problems = [] if trained.status == "ok" else [f"training of seed {number} stopped: {trained.status}"]
    if trained.dropped:
        problems.append(f"{trained.dropped} training expressions longer than {sizes.train.max_tokens} tokens left out")
    document = {
        "representation": spec,
        "number": number,
        "history": rows(trained, spec, number),
        # Behaviors of another round are others.
        "samples": [row | {"seed": number, "item": row["item"] + shared.task_of(number) * sizes.task.n_test} for row in samples],
        "summary": TRAININGS.part(summary),
        "tokens": [MODEL_TOKENS.row(row | {"seed": number}) for row in tokens],
        "parameters": trained.parameters,
        "precision": trained.precision,
        "vocabulary": len(chosen.vocabulary),
        "trained_on": len({s.tree for s in unseen(shared, number)} & {s.tree for s in task.train.systems}),
        "problems": problems,
    }
    beside = [folder / "parts" / f"{name}.written.json"] if not number else []
    for path in beside:
        write_json(path, [one.as_dict() for one in written])
    # Last, so that a part that is there is whole.
    ours = {"files": checksums(beside)} | shared.origin.mark(folder / "parts")
    write_json(folder / "parts" / f"{name}.training.json", document | ours)
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


def _surprises(folder: Path, shared: RunData, chosen: Representation, trained: Trained, number: int) -> list[dict[str, Any]]:
    """The model's own uncertainty about each token of the measured expressions, beside that token's κ. `item`: as in
    edits.parquet.

    Of one round, for the fits of later ones have a κ of their own and say no more; of each fold once, where these are fitted to.
    """
    from .surprise import token_rows

    if shared.task_of(number) >= (FOLDS if shared.own else 1) or shared.domain.forward:  # whose tokens it does not write
        return []
    as_measured = load_kappa(folder / "parts", chosen.spec, shared.origin) if trained.status == "ok" else None
    if as_measured is None:
        return []
    by_name = {s.name: s for s in unseen(shared, number)}
    items = {m.name: i for i, m in enumerate(as_measured.measured)}
    kappa = kappa_as_learned(folder, shared, chosen, number, as_measured)
    rows = token_rows(shared.task(number), chosen, trained.model, kappa, by_name, shared.plan.seed)
    return [row | {"item": items[row["expression"]]} for row in rows if row["expression"] in items]


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
