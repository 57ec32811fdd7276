"""The work of a study of the code dial, each a function of its folder: what all trainings share, and one training."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....grammars.draw.sampler import sampler
from ....grammars.errors import OutputError
from ....grammars.tree import coefficients
from ...domains.domain import Domain
from ...domains.domain import domain as find_domain
from ...domains.sources import sample_systems
from ...events import Advanced, Finished, Listener, Started
from ...results.files import read_json, write_json
from ...results.origin import Origin
from ...results.shape import AGAIN, check_shape
from ...streams import number as stream
from ...tables.dials import CODE_DIAL
from ..base import sizes_of
from ..parts import header_of, keep, origin_of
from .codes import place_entropies
from .design import Planned, ends, numbered, training
from .plan import CodePlan
from .values import OnValues, moved
from .writing import written

if TYPE_CHECKING:
    from ...quality.task.task import Floors, Task
    from ...quality.training.presets import Preset

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CodeData:
    """What all trainings of a study share. `distance`: see `values.moved`; `between`: see `design.ends`; `shares`: how often each
    value is drawn for training; `origin`: which study parts are of."""

    plan: CodePlan
    domain: Domain
    distance: Floats
    between: tuple[float, float]
    sizes: Preset
    task: Task
    floors: Floors
    shares: Floats
    origin: Origin


def prepared(folder: Path, listen: Listener) -> None:
    """Make what all trainings share, where it is not there yet."""
    stage = "measuring how far values move the meaning, sampling systems to learn from"
    listen(Started(stage, 1))
    _data(folder)
    listen(Finished(stage))


_known: dict[str, CodeData] = {}


def _data(folder: Path) -> CodeData:
    """Built once per process and kept in the folder's parts; only the last one is in memory: it is large."""
    header = header_of(folder)
    origin = origin_of(header)
    key = f"{folder.resolve()} {origin}"
    if key not in _known:
        _known.clear()
        _known[key] = _built(folder, CodePlan.from_dict(header["arguments"]), header["precision"], origin)
    return _known[key]


_DISTANCE = {"distance": [[float]], "places": int, "left_out": int}


def _built(folder: Path, plan: CodePlan, precision: str, origin: Origin) -> CodeData:
    from ...quality.task.saved import read_task, task_key, write_task
    from ...quality.task.task import build_task, floors

    values = plan.design.values
    domain = replace(find_domain(plan.domain), sampler=OnValues(sampler(plan.domain), values))
    path, where = folder / "parts" / "task.safetensors", folder / "parts" / "distance.json"
    chosen = sizes_of(plan)
    sizes = replace(chosen, train=replace(chosen.train, precision=precision))
    moves = read_json(where)
    if moves is None:
        found = moved(domain, sample_systems(domain, plan.systems, stream(plan.seed, "tables")), values)
        moves = {"distance": found.distance.tolist(), "places": found.places, "left_out": found.left_out}
        write_json(where, moves | origin.mark(where.parent))
    check_shape(moves, _DISTANCE, where, AGAIN)
    origin.check(moves, where)
    if {len(moves["distance"]), *map(len, moves["distance"])} != {len(values)}:
        raise OutputError(f"{where} is damaged: it is not of {len(values)} values; {AGAIN}")
    key = task_key(plan.domain, {"values": list(values)}, sizes.task, plan.seed)
    learning = read_task(path, key, domain, sizes.task, plan.seed)
    if learning is None:
        task = build_task(domain, sizes.task, plan.seed)
        learning = task, floors(task)
        write_task(path, key, *learning)
    distance = np.array(moves["distance"])
    between = ends(plan.design, distance, plan.seed)
    return CodeData(
        plan=plan,
        domain=domain,
        distance=distance,
        between=between,
        sizes=sizes,
        task=learning[0],
        floors=learning[1],
        shares=_shares(learning[0], values),
        origin=origin,
    )


def _shares(task: Task, values: tuple[float, ...]) -> Floats:
    """How often each value stands in what is learned from."""
    rank = {v: i for i, v in enumerate(values)}
    found = [rank[v] for system in task.train.systems for v in coefficients(system.tree)]
    counts = np.bincount(found, minlength=len(values))
    return np.asarray(counts / counts.sum(), dtype=float)


def learn(folder: Path, draw: int, listen: Listener) -> None:
    """Copy, train, measure, and keep the row of one training. One that does not learn its table has no quality, and says so."""
    from ...quality.model.precision import one_thread

    shared = _data(folder)
    plan = shared.plan
    level = dict(numbered(plan.design))[draw]
    planned = training(plan.design, shared.distance, draw, level, shared.between, plan.seed)
    stage = f"training {draw + 1}, {level.name}"
    listen(Started(stage, shared.sizes.train.steps))
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
    from ...quality.measures.quality import quality
    from ...quality.training.train import train
    from .copying import copied, copying_task

    plan, task, sizes = shared.plan, shared.task, shared.sizes
    values, seed = plan.design.values, stream(plan.seed, "training", planned.draw)
    chosen = written(shared.domain, planned.table, plan.design.shape, values, task.columns - 1, f"table {planned.draw}")
    config = replace(sizes.train, batch_size=plan.copy_batch, branches=0)
    copy = copied(copying_task(task, values), chosen, sizes.model, config, seed, share=plan.copied, most=plan.copy_steps)
    known = {
        "copied": copy.share,
        "copy_examples": copy.examples,
        "floor_prior": float(shared.floors.prior.mean()),
        "tokens": fmean(len(chosen.encode(item.system.tree)) for item in task.items),
    }
    if not copy.weights:
        return known | {"status": f"{100 * copy.share:.0f} % of the words were copied after {copy.examples:,} examples"}
    done = train(
        task,
        chosen,
        sizes.model,
        replace(sizes.train, branches=0),
        seed,
        on_step=lambda step, _loss: listen(Advanced(stage, 1)),
        checkpoints=unfinished,
        start=copy.weights,
    )
    if done.status != "ok":
        return known | {"status": done.status}
    summary = quality(task, chosen, done, replace(sizes.quality, constrained=False, choices=0), seed, shared.floors).summary
    last = done.history[-1]
    ended = {"bits": last["val_bits_per_expression"], "flops": last["flops"], "status": "ok"}
    return known | ended | {name: summary[name] for name in ("quality", "quality_share", "ceiling")}
