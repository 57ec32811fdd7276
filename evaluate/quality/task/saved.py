"""A learning task as one file of numbers and words, and back, so that a run draws, simulates and splits once for all of its
processes.

Plain arrays as safetensors: expressions (`results.trees`), curves and behaviors as they are, the rest as JSON in bytes, and a
digest of it all. Settings are not kept: semantics give them again.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError

from ....grammars.errors import KappabarError, OutputError
from ....grammars.files.write import write_bytes
from ....grammars.operators import Operators
from ...domains.domain import Domain
from ...domains.observers.base import Curves
from ...results.trees import TREES, Arrays, as_bytes, flat, flattened, from_bytes, packed, trees, unflattened, unpacked
from .outcomes import Item, SampleOutcome
from .task import PARTS, Counts, Examples, Floors, Task, TaskConfig

_FORM = 1
_CURVES = tuple(f.name for f in fields(Curves))


def task_key(domain: str, options: Mapping[str, Any], config: TaskConfig, seed: int) -> dict[str, Any]:
    """What a task depends on: the domain's name, the options of its simulations, sizes and the seed. Versions are the run's to
    compare."""
    return {"form": _FORM, "domain": domain, "options": dict(options), "config": asdict(config), "seed": seed}


def write_task(path: Path, key: Mapping[str, Any], task: Task, floors: Floors) -> None:
    """Keep a task and its floors, whole or not at all. Raises `OutputError`."""
    truths = [item.truth for item in task.items]
    arrays: Arrays = {
        "key": as_bytes(dict(key)),
        "counts": as_bytes(asdict(task.counts)),
        "new_skeleton": task.new_skeleton,
        "new_form": task.new_form,
        "truth": np.concatenate([np.ravel(y) for y in truths]),
        "truth_shapes": np.array([y.shape for y in truths], np.int64),
        "prior": floors.prior,
        "nearest": as_bytes([asdict(outcome) for outcome in floors.nearest]),
    }
    for name in PARTS:
        part = task.part(name)
        arrays |= {f"{name}.answers.{field}": value for field, value in flat(part.answers).items()} if part.answers else {}
        arrays |= flattened(part.systems, f"{name}.")
        arrays |= {f"{name}.curves.{field}": getattr(part.curves, field) for field in _CURVES}
    write_bytes(path, packed(arrays))


def read_task(path: Path, key: Mapping[str, Any], domain: Domain, config: TaskConfig, seed: int) -> tuple[Task, Floors] | None:
    """What `write_task` kept, to the bit, or None where there is no file. Raises `OutputError` where it is damaged, or another
    run's."""
    try:
        arrays = unpacked(path.read_bytes())
        if from_bytes(arrays["key"]) != json.loads(json.dumps(key)):
            raise ValueError("it is of another task")
        with _without_collector():
            return _read(arrays, domain, config, seed)
    except FileNotFoundError:
        return None
    except (OSError, LookupError, TypeError, ValueError, SafetensorError, KappabarError) as e:
        reason = " ".join(str(e).split())[:200]
        raise OutputError(
            f"{path} is not this run's learning task ({reason}); delete it and go on with --resume, to make it again"
        ) from None


@contextmanager
def _without_collector() -> Iterator[None]:
    """Trees hold no circles, and of hundreds of thousands the collector would look at all again and again: half of the time."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def _read(arrays: Arrays, domain: Domain, config: TaskConfig, seed: int) -> tuple[Task, Floors]:
    train, val, test = (_examples(arrays, name, domain.operators) for name in PARTS)
    shapes = arrays["truth_shapes"]
    ends = np.cumsum(shapes.prod(axis=1))
    truths = np.split(arrays["truth"], ends[:-1])
    items = tuple(
        Item(system, domain.semantics.setting(system, points=config.times), y.reshape(shape).copy(), answer)
        for system, y, shape, answer in zip(test.systems, truths, shapes, test.answers or [None] * len(test), strict=True)
    )
    nearest = tuple(SampleOutcome(**row) for row in from_bytes(arrays["nearest"]))
    new_skeleton, new_form, prior = (arrays[name] for name in ("new_skeleton", "new_form", "prior"))
    if not len(items) == len(new_skeleton) == len(new_form) == len(prior) == len(nearest):
        raise ValueError("its parts are of different lengths")
    task = Task(
        domain=domain,
        config=config,
        seed=seed,
        train=train,
        val=val,
        test=test,
        items=items,
        new_skeleton=new_skeleton,
        new_form=new_form,
        counts=Counts(**from_bytes(arrays["counts"])),
    )
    return task, Floors(prior, nearest)


def _examples(arrays: Arrays, name: str, operators: Operators) -> Examples:
    systems = unflattened(arrays, f"{name}.", operators)
    curves = Curves(*(arrays[f"{name}.curves.{field}"] for field in _CURVES))
    if any(len(getattr(curves, field)) != len(systems) for field in _CURVES):
        raise ValueError("its curves are not those of its expressions")
    stored = f"{name}.answers.symbols" in arrays
    answers = trees({field: arrays[f"{name}.answers.{field}"] for field in TREES}, operators) if stored else []
    return Examples(systems, curves, tuple(answers))
