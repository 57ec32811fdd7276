"""A learning task as one file of numbers and words, and back, so that a run draws, simulates and splits once for all of its
processes.

Plain arrays as safetensors: trees in pre-order over a table of symbols, curves and behaviors as they are, the rest as JSON in
bytes, and a digest of it all. Settings are not kept: semantics give them again.
"""

from __future__ import annotations

import gc
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from ....grammars.errors import KappabarError, OutputError
from ....grammars.files.write import write_bytes
from ....grammars.operators import Operators
from ....grammars.tree import NUMBER, SYSTEM, VARIABLE_PREFIX, Node, System
from ...domains.domain import Domain
from .observe import Curves
from .outcomes import Item, SampleOutcome
from .task import PARTS, Counts, Examples, Floors, Task, TaskConfig

Arrays = dict[str, NDArray[Any]]

_FORM = 1
_CURVES = tuple(f.name for f in fields(Curves))
_TREES = ("symbols", "codes", "arity", "numbers", "lengths")
_WORDS = ("names", "domain", "x0", "t_end", "ranges", "name", "citation", "regime")
"""Of a `System`, all but its tree."""


def task_key(domain: str, options: Mapping[str, Any], config: TaskConfig, seed: int) -> dict[str, Any]:
    """What a task depends on: the domain's name, the options of its simulations, sizes and the seed. Versions are the run's to
    compare."""
    return {"form": _FORM, "domain": domain, "options": dict(options), "config": asdict(config), "seed": seed}


def write_task(path: Path, key: Mapping[str, Any], task: Task, floors: Floors) -> None:
    """Keep a task and its floors, whole or not at all. Raises `OutputError`."""
    truths = [item.truth for item in task.items]
    arrays: Arrays = {
        "key": _text(dict(key)),
        "counts": _text(asdict(task.counts)),
        "new_skeleton": task.new_skeleton,
        "new_form": task.new_form,
        "truth": np.concatenate([np.ravel(y) for y in truths]),
        "truth_shapes": np.array([y.shape for y in truths], np.int64),
        "prior": floors.prior,
        "nearest": _text([asdict(outcome) for outcome in floors.nearest]),
    }
    for name in PARTS:
        part = task.part(name)
        arrays |= {f"{name}.answers.{field}": value for field, value in _flat(part.answers).items()} if part.answers else {}
        arrays |= {f"{name}.trees.{field}": value for field, value in _flat([s.tree for s in part.systems]).items()}
        arrays |= {f"{name}.curves.{field}": getattr(part.curves, field) for field in _CURVES}
        arrays[f"{name}.systems"] = _text([[getattr(s, word) for word in _WORDS] for s in part.systems])

    write_bytes(path, save(arrays | {"sha256": _digest(arrays)}))


def read_task(path: Path, key: Mapping[str, Any], domain: Domain, config: TaskConfig, seed: int) -> tuple[Task, Floors] | None:
    """What `write_task` kept, to the bit, or None where there is no file. Raises `OutputError` where it is damaged, or another
    run's."""
    try:
        # Copies lie in memory as what is computed does: sums of what is read have the same bits.
        arrays: Arrays = {name: array.copy() for name, array in load(path.read_bytes()).items()}
        if arrays.pop("sha256").tobytes() != _digest(arrays).tobytes():
            raise ValueError("it is damaged")
        if _document(arrays["key"]) != json.loads(json.dumps(key)):
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
    nearest = tuple(SampleOutcome(**row) for row in _document(arrays["nearest"]))
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
        counts=Counts(**_document(arrays["counts"])),
    )
    return task, Floors(prior, nearest)


def _examples(arrays: Arrays, name: str, operators: Operators) -> Examples:
    trees = _trees({field: arrays[f"{name}.trees.{field}"] for field in _TREES}, operators)
    rows = _document(arrays[f"{name}.systems"])
    curves = Curves(*(arrays[f"{name}.curves.{field}"] for field in _CURVES))
    if any(len(getattr(curves, field)) != len(trees) for field in _CURVES):
        raise ValueError("its curves are not those of its expressions")
    systems = [System(tree, **dict(zip(_WORDS, map(_tuples, row), strict=True))) for tree, row in zip(trees, rows, strict=True)]
    stored = f"{name}.answers.symbols" in arrays
    answers = _trees({field: arrays[f"{name}.answers.{field}"] for field in _TREES}, operators) if stored else []
    return Examples(tuple(systems), curves, tuple(answers))


def _flat(trees: Sequence[Node]) -> Arrays:
    """Nodes in pre-order, one tree after the other: `codes` index `symbols`, `numbers` are the values of numbers."""
    nodes = [node for tree in trees for _, node in tree.walk()]
    table = {symbol: i for i, symbol in enumerate(dict.fromkeys(node.symbol for node in nodes))}
    return {
        "symbols": _text(list(table)),
        "codes": np.array([table[node.symbol] for node in nodes], np.int32),
        "arity": np.array([len(node.children) for node in nodes], np.int32),
        "numbers": np.array([node.value for node in nodes if node.symbol == NUMBER], np.float64),
        "lengths": np.array([tree.size for tree in trees], np.int64),
    }


def _trees(flat: Arrays, operators: Operators) -> list[Node]:
    symbols: list[str] = _document(flat["symbols"])
    codes, arities, numbers = (flat[name].tolist() for name in ("codes", "arity", "numbers"))
    known = {(code, arity) for code, arity in set(zip(codes, arities, strict=True)) if _fits(symbols[code], arity, operators)}
    leaves, number = [Node(symbol) for symbol in symbols], symbols.index(NUMBER) if NUMBER in symbols else -1
    trees: list[Node] = []
    end = len(codes)
    for length in reversed(flat["lengths"].tolist()):
        stack: list[Node] = []
        for at in range(end - 1, end - length - 1, -1):  # from the last leaf up: children wait on the stack, the first on top
            code, arity = codes[at], arities[at]
            if (code, arity) not in known or arity > len(stack):
                raise ValueError(f"it holds a tree with {symbols[code]!r} of {arity} operands")
            if code == number:
                stack.append(Node(NUMBER, (), numbers.pop()))
            elif arity:
                children = tuple(stack[: -arity - 1 : -1])
                del stack[-arity:]
                stack.append(Node(symbols[code], children))
            else:
                stack.append(leaves[code])
        if len(stack) != 1 or stack[0].symbol != SYSTEM:
            raise ValueError("it holds what is no tree of a system")
        trees.append(stack[0])
        end -= length
    if end or numbers:
        raise ValueError("its trees are cut off")
    return trees[::-1]


def _fits(symbol: str, arity: int, operators: Operators) -> bool:
    if symbol == SYSTEM:
        return arity > 0
    if symbol == NUMBER or (symbol.startswith(VARIABLE_PREFIX) and symbol[len(VARIABLE_PREFIX) :].isdecimal()):
        return arity == 0
    return operators.arity(symbol) == arity


def _digest(arrays: Arrays) -> NDArray[np.uint8]:
    digest = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype} {array.shape} ".encode() + array.tobytes())
    return np.frombuffer(digest.digest(), np.uint8)


def _text(document: Any) -> NDArray[np.uint8]:
    """As JSON; numbers of NumPy's, which a sampler of one's own may give, as Python's."""
    return np.frombuffer(json.dumps(document, default=lambda value: value.item()).encode(), np.uint8)


def _document(array: NDArray[Any]) -> Any:
    return json.loads(array.tobytes().decode())


def _tuples(value: Any) -> Any:
    """As the fields of a `System` have it: JSON has lists for tuples."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
