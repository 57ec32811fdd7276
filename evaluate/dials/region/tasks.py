"""The work of a study of the region dial, each a function of its folder: what trainings of a task share, and one training."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ....grammars.errors import OutputError
from ....representations.representation import Representation
from ...domains.domain import domain as find_domain
from ...edits.token import TokenEdits
from ...events import Advanced, Finished, Listener, Started
from ...kappa.kappa import measure_all
from ...results.files import read_json, slug, write_json
from ...results.origin import Origin
from ...results.shape import AGAIN, check_shape
from ...streams import generator
from ...streams import number as stream
from ...tables.column import Row
from ...tables.dials import REGION_DIAL
from ..answers import answers
from ..base import sizes_of
from ..parts import header_of, keep
from ..shared import Shared
from .plan import RegionPlan, Training

if TYPE_CHECKING:
    from ...quality.model.trained import Trained
    from ...quality.task.task import Floors, Task
    from ...quality.training.presets import Preset


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskData:
    """What all trainings of a domain and seed share. `nearest`: of each test, the distance to the training expression that
    behaves most like it."""

    plan: RegionPlan
    sizes: Preset
    task: Task
    floors: Floors
    nearest: tuple[float, ...]
    seed: int
    origin: Origin


def prepared(folder: Path, name: str, seed: int, listen: Listener) -> None:
    """Make what the trainings of a task share, where it is not there yet."""
    stage = f"sampling systems to learn from, {name} {seed + 1}"
    listen(Started(stage, 1))
    SHARED.of(folder, name, seed)
    listen(Finished(stage))


def _built(folder: Path, plan: RegionPlan, precision: str, origin: Origin, name: str, seed: int) -> TaskData:
    from ...quality.task.saved import read_task, task_key, write_task
    from ...quality.task.task import build_task, floors

    chosen, domain = sizes_of(plan), find_domain(name)
    sizes = replace(chosen, train=replace(chosen.train, precision=precision, branches=0))
    own, stem = stream(plan.seed, "round", seed), f"{slug(name)}-{seed:03d}"
    path, where = folder / "parts" / f"{stem}.safetensors", folder / "parts" / f"{stem}.json"
    key = task_key(name, {"study": origin.run}, sizes.task, own)
    learning = read_task(path, key, domain, sizes.task, own)
    if learning is None:
        task = build_task(domain, sizes.task, own)
        learning = task, floors(task)
        write_task(path, key, *learning)
    document = read_json(where)
    if document is None:
        document = {"nearest": _nearest(learning[0], plan.nearest)}
        write_json(where, document | origin.mark(where.parent))
    check_shape(document, {"nearest": [float], "made?": {"*": str}}, where, AGAIN)
    origin.check(document, where)
    if len(document["nearest"]) != len(learning[0].items):
        raise OutputError(f"{where} is damaged: it is not of {len(learning[0].items)} tests; {AGAIN}")
    return TaskData(
        plan=plan,
        sizes=sizes,
        task=learning[0],
        floors=learning[1],
        nearest=tuple(document["nearest"]),
        seed=seed,
        origin=origin,
    )


SHARED = Shared(RegionPlan.from_dict, _built)


def _nearest(task: Task, count: int) -> list[float]:
    """How far each test is from the training expression that behaves most like it, of so many that look most like it without
    noise: bounded distance, 0 to 1."""
    from ...quality.task.outcomes import score
    from ...quality.task.split import nearest_rows

    train, test, embed = task.train.curves, task.test.curves, task.domain.observer.embed
    rows = nearest_rows(embed(train), embed(test), train, test, count)
    targets = task.train.targets
    q = [[one.q for one in score(task.domain, task.items, [targets[i] for i in column])] for column in rows.T.tolist()]
    return [1.0 - best for best in np.max(q, axis=0).tolist()]


def learn(folder: Path, draw: int, listen: Listener) -> None:
    """Train, write for the tests, and keep a row for each of them. A training that fails keeps them without a quality."""
    from ...quality.model.precision import one_thread
    from ...quality.training.train import train

    training = RegionPlan.from_dict(header_of(folder)["arguments"]).trainings[draw]
    shared = SHARED.of(folder, training.domain, training.seed)
    stage = f"training {draw + 1}, {training.representation} on {training.domain}"
    listen(Started(stage, shared.sizes.train.steps))
    unfinished = folder / "unfinished" / f"{draw:04d}"
    chosen = shared.task.domain.representation(training.representation, list(shared.task.train.systems))
    seed = stream(shared.plan.seed, "training", training.seed)
    with one_thread():
        done = train(
            shared.task,
            chosen,
            shared.sizes.model,
            shared.sizes.train,
            seed,
            on_step=lambda step, _loss: listen(Advanced(stage, 1)),
            checkpoints=unfinished,
        )
        measured = _answered(shared, chosen, done, seed) if done.status == "ok" else {}
    rows = _rows(shared, training, chosen, done.status, measured)
    listen(Finished(stage))
    keep(folder, draw, rows, shared.origin)
    shutil.rmtree(unfinished, ignore_errors=True)


def _answered(shared: TaskData, chosen: Representation, done: Trained, seed: int) -> dict[str, list[float]]:
    """Column -> value for each test: q of greedy answers, and of their errors planted, mean over plantings."""
    from ...quality.task.outcomes import score
    from .planting import planted

    task = shared.task
    quality = [one.q for one in score(task.domain, task.items, answers(task, chosen, done, seed))]
    rng = generator(seed, "plantings")
    each = [planted(chosen, task.items, float(np.mean(quality)), task.domain, rng) for _ in range(shared.plan.plantings)]
    return {
        "quality": quality,
        "planted": np.mean([one.q for one in each], axis=0).tolist(),
        "edits": [float(np.mean([one.edits for one in each]))] * len(task.items),
    }


def _rows(
    shared: TaskData, training: Training, chosen: Representation, status: str, measured: dict[str, list[float]]
) -> list[Row]:
    task, kappas = shared.task, _kappas(shared, chosen)
    ceiling = _ceilings(shared, chosen)
    rows: list[Row] = []
    for i, item in enumerate(task.items):
        own: dict[str, Any] = {column.name: None for column in REGION_DIAL}
        tree = item.target
        own |= {
            "draw": training.draw,
            "domain": training.domain,
            "representation": training.representation,
            "seed": training.seed,
            "item": i,
            "status": status,
            "kappa": kappas.get(i),
            "size": tree.size,
            "depth": tree.depth,
            "tokens": len(chosen.encode(tree)),
            "nearest": shared.nearest[i],
            "retrieval": shared.floors.nearest[i].q,
            "prior": float(shared.floors.prior[i]),
            "ceiling": ceiling[i],
        }
        rows.append(REGION_DIAL.row(own | {name: values[i] for name, values in measured.items()}))
    return rows


def _kappas(shared: TaskData, chosen: Representation) -> dict[int, float]:
    """κ(s) of the tests that have one, by their position: the mean distance of the drawn token edits that decode."""
    systems = [replace(item.system, name=str(i)) for i, item in enumerate(shared.task.items)]
    domain = shared.task.domain
    found = measure_all(
        chosen,
        systems,
        domain,
        domain.quality,
        TokenEdits(),
        edits_per_expression=shared.plan.edits,
        seed=shared.plan.seed,
        condense=True,
    )
    named = zip(found.measured, found.means.tolist(), strict=True)
    return {int(one.name): mean for one, mean in named if np.isfinite(mean)}


def _ceilings(shared: TaskData, chosen: Representation) -> Sequence[float]:
    """q of the representation's own round trip of each test."""
    from ...quality.task.outcomes import score

    items = shared.task.items
    return [one.q for one in score(shared.task.domain, items, [chosen.decode(chosen.encode(item.target)) for item in items])]
