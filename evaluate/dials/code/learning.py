"""What is learned where coefficients are drawn from a list, and how far each value moves the meaning, kept in a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from ....grammars.draw.sampler import sampler
from ....grammars.errors import OutputError
from ....representations.representation import Representation
from ...domains.domain import Domain
from ...domains.domain import domain as find_domain
from ...domains.sources import sample_systems
from ...results.files import read_json, write_json
from ...results.origin import Origin
from ...results.shape import AGAIN, check_shape
from ...streams import number as stream
from ...tables.column import Row
from ..base import Plan, sizes_of
from .values import OnValues, moved

if TYPE_CHECKING:
    from torch import Tensor

    from ...quality.model.trained import Trained
    from ...quality.task.task import Floors, Task
    from ...quality.training.presets import Preset

Floats = NDArray[np.float64]
STATED = 0.5
"""The normalized Q until which examples are counted."""
ENDS = (1, 4, 16)
"""Budgets at whose ends a longer training's quality is told."""
_DISTANCE = {"distance": [[float]], "places": int, "left_out": int}


class OverValues(Plan, Protocol):
    """A plan whose expressions have coefficients from a list. `systems`: those that say how far a value moves the meaning."""

    @property
    def domain(self) -> str: ...

    @property
    def systems(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Learning:
    """`distance`: (K, K) between all values, see `values.moved`."""

    domain: Domain
    distance: Floats
    sizes: Preset
    task: Task
    floors: Floors


def learning(
    folder: Path, plan: OverValues, values: Sequence[float], drawn: Sequence[float], precision: str, origin: Origin
) -> Learning:
    """What the folder has of it, else made and kept there. `values`: all that words may mean, rising; `drawn`: those of them that
    coefficients have. Raises `OutputError` where what is there is damaged, or another's."""
    from ...quality.task.saved import read_task, task_key, write_task
    from ...quality.task.task import build_task, floors

    plain = find_domain(plan.domain)
    domain = replace(plain, sampler=OnValues(sampler(plan.domain), tuple(drawn)))
    chosen = sizes_of(plan)
    sizes = replace(chosen, train=replace(chosen.train, precision=precision))
    distance = _distance(folder, plan, domain, values, origin)
    path, key = folder / "parts" / "task.safetensors", task_key(plan.domain, {"values": list(drawn)}, sizes.task, plan.seed)
    known = read_task(path, key, domain, sizes.task, plan.seed)
    if known is None:
        task = build_task(domain, sizes.task, plan.seed)
        known = task, floors(task)
        write_task(path, key, *known)
    return Learning(domain=domain, distance=distance, sizes=sizes, task=known[0], floors=known[1])


def trained(
    known: Learning,
    representation: Representation,
    seed: int,
    *,
    unfinished: Path,
    on_step: Callable[[int, float], None],
    start: Mapping[str, Tensor] | None = None,
    budgets: int = 1,
) -> Row:
    """Columns of what one training comes to, and its status. `start`: weights to begin with; `unfinished`: its checkpoints;
    `budgets`: how many times the budget's steps, a power of 2, on the way to which a training of each lower power ends."""
    from ...quality.measures.quality import quality
    from ...quality.training.train import train

    sizes = known.sizes
    once = replace(sizes.train, steps=budgets * sizes.train.steps, branches=budgets.bit_length() - 1)
    done = train(known.task, representation, sizes.model, once, seed, on_step=on_step, checkpoints=unfinished, start=start)
    if done.status != "ok":
        return {"status": done.status}
    asked = replace(sizes.quality, constrained=False, choices=0)
    summary, last = quality(known.task, representation, done, asked, seed, known.floors).summary, done.history[-1]
    ended = {"bits": last["val_bits_per_expression"], "flops": last["flops"], "status": "ok"}
    found = ended | {name: summary[name] for name in ("quality", "quality_share", "ceiling")}
    return found if budgets == 1 else found | _ends(known, done, summary["ceiling"])


def _ends(known: Learning, done: Trained, ceiling: float) -> Row:
    """Normalized Q where shorter trainings end, on the tests that are looked at there, and the examples until it is `STATED`."""
    from ...quality.model.trained import END_PROBE

    prior = float(known.floors.prior[:END_PROBE].mean())
    ends = {row["step"]: (row["quality"] - prior) / (ceiling - prior) for row in done.history if row["ended"]}
    found: Row = {f"share_{n}": ends.get(n * known.sizes.train.steps) for n in ENDS}
    return found | {"examples_to": reached({known.sizes.train.batch_size * step: q for step, q in ends.items()}, STATED)}


def reached(shares: Mapping[int, float], stated: float) -> float | None:
    """At how many examples a curve, {examples: share}, is first at `stated`, in proportion to their logarithm: at its first point
    at the earliest. None where it is nowhere."""
    points = sorted(shares.items())
    if points and points[0][1] >= stated:
        return float(points[0][0])
    for (a, low), (b, high) in pairwise(points):
        if low < stated <= high:
            return float(a * (b / a) ** ((stated - low) / (high - low)))
    return None


def _distance(folder: Path, plan: OverValues, domain: Domain, values: Sequence[float], origin: Origin) -> Floats:
    where = folder / "parts" / "distance.json"
    moves = read_json(where)
    if moves is None:
        found = moved(domain, sample_systems(domain, plan.systems, stream(plan.seed, "tables")), values)
        moves = {"distance": found.distance.tolist(), "places": found.places, "left_out": found.left_out}
        write_json(where, moves | origin.mark(where.parent))
    check_shape(moves, _DISTANCE, where, AGAIN)
    origin.check(moves, where)
    if {len(moves["distance"]), *map(len, moves["distance"])} != {len(values)}:
        raise OutputError(f"{where} is damaged: it is not of {len(values)} values; {AGAIN}")
    return np.array(moves["distance"])
