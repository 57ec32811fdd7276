"""The work of a study of the code dial, each a function of its folder: what all trainings share, and one training."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import numpy as np

from ....grammars.tree import coefficients
from ...events import Advanced, Finished, Listener, Started
from ...results.origin import Origin
from ...streams import number as stream
from ...tables.dials import CODE_DIAL
from ..parts import keep
from ..shared import Shared
from .codes import KINDS, Floats, place_entropies
from .design import Planned, ends, numbered, training
from .learning import Learning, learning, trained
from .plan import CodePlan
from .writing import written

if TYPE_CHECKING:
    from ...quality.task.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeData:
    """What all trainings of a study share. `between`: see `design.ends`; `shares`: (K,), how often
    each value is drawn for training; `origin`: which study parts are of."""

    plan: CodePlan
    learning: Learning
    between: tuple[float, float]
    shares: Floats
    origin: Origin


def prepared(folder: Path, listen: Listener) -> None:
    """Make what all trainings share, where it is not there yet."""
    stage = "measuring how far values move the meaning, sampling systems to learn from"
    listen(Started(stage, 1))
    SHARED.of(folder)
    listen(Finished(stage))


def _built(folder: Path, plan: CodePlan, precision: str, origin: Origin) -> CodeData:
    values = plan.design.values
    known = learning(folder, plan, values, values, precision, origin)
    between = ends(plan.design, known.distance, plan.seed)
    return CodeData(plan=plan, learning=known, between=between, shares=_shares(known.task, values), origin=origin)


def _shares(task: Task, values: Sequence[float]) -> Floats:
    rank = {v: i for i, v in enumerate(values)}
    found = [rank[v] for system in task.train.systems for v in coefficients(system.tree)]
    counts = np.bincount(found, minlength=len(values))
    return np.asarray(counts / counts.sum(), dtype=float)


SHARED = Shared(CodePlan.from_dict, _built)


def learn(folder: Path, draw: int, listen: Listener) -> None:
    """Copy, train, measure, and keep the row of one training. One that does not learn its table has no quality, and says so."""
    from ...quality.model.precision import one_thread

    shared = SHARED.of(folder)
    plan = shared.plan
    level = dict(numbered(plan.design))[draw]
    planned = training(plan.design, shared.learning.distance, draw, level, shared.between, plan.seed)
    stage = f"training {draw + 1}, {level.name}"
    listen(Started(stage, KINDS[level.kind].budgets * shared.learning.sizes.train.steps))
    unfinished = folder / "unfinished" / f"{draw:04d}"
    with one_thread():
        measured = _trained(shared, planned, unfinished, stage, listen)
    listen(Finished(stage))
    bits = place_entropies(planned.table, plan.design.shape, shared.shares)
    nothing: dict[str, Any] = {column.name: None for column in CODE_DIAL}
    row = nothing | {
        "draw": draw,
        "level": level.name,
        "kind": level.kind,
        "role": level.role,
        "kappa": planned.kappa,
        "early": planned.early,
        "arbitrary": planned.arbitrary,
        **{f"place_{i}": float(b) for i, b in enumerate(bits, start=1)},
    }
    keep(folder, draw, [CODE_DIAL.row(row | measured)], shared.origin)
    shutil.rmtree(unfinished, ignore_errors=True)


def _trained(shared: CodeData, planned: Planned, unfinished: Path, stage: str, listen: Listener) -> dict[str, Any]:
    """Columns of what a training came to."""
    from .copying import copied, copying_task

    plan, known = shared.plan, shared.learning
    task, sizes = known.task, known.sizes
    values, seed = plan.design.values, stream(plan.seed, "training", planned.draw)
    kind, name = KINDS[planned.level.kind], f"table {planned.draw}"
    variables = task.columns - 1
    chosen = written(known.domain, planned.table, plan.design.shape, values, variables, name=name, times=kind.times)
    config = replace(sizes.train, batch_size=plan.copy_batch, branches=0)
    copy = copied(copying_task(task, values), chosen, sizes.model, config, seed, share=plan.copied, most=plan.copy_steps)
    said = {
        "copied": copy.share,
        "copy_examples": copy.examples,
        "floor_prior": float(known.floors.prior.mean()),
        "tokens": fmean(len(chosen.encode(item.system.tree)) for item in task.items),
    }
    if not copy.weights:
        return said | {"status": f"{100 * copy.share:.0f} % of the words were copied after {copy.examples:,} examples"}
    return said | trained(
        known,
        chosen,
        seed,
        unfinished=unfinished,
        on_step=lambda step, _loss: listen(Advanced(stage, 1)),
        start=copy.weights,
        budgets=kind.budgets,
    )
