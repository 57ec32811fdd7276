"""Expressions as plain arrays and back, to the bit: trees in pre-order over a table of symbols, the rest as JSON in bytes.

Nothing is evaluated and nothing imported: what is read is checked to be trees of an alphabet.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...grammars.errors import KappabarError, OutputError
from ...grammars.files.write import write_bytes
from ...grammars.operators import Operators
from ...grammars.tree import NUMBER, SYSTEM, VARIABLE_PREFIX, Node, System

Arrays = dict[str, NDArray[Any]]

TREES = ("symbols", "codes", "arity", "numbers", "lengths")
_WORDS = ("names", "domain", "x0", "t_end", "ranges", "name", "citation", "regime")
"""Of a `System`, all but its tree."""


def write_systems(path: Path, systems: Sequence[System]) -> None:
    """Keep systems, whole or not at all. Raises `OutputError`."""
    write_bytes(path, packed(flattened(systems)))


def read_systems(path: Path, operators: Operators) -> tuple[System, ...] | None:
    """What `write_systems` kept, or None where there is no file. Raises `OutputError` where it is damaged."""
    from safetensors import SafetensorError

    try:
        return unflattened(unpacked(path.read_bytes()), "", operators)
    except FileNotFoundError:
        return None
    except (OSError, LookupError, TypeError, ValueError, SafetensorError, KappabarError) as e:
        reason = " ".join(str(e).split())[:200]
        raise OutputError(
            f"{path} holds no expressions ({reason}); delete it, and go on with --resume to have it again"
        ) from None


def packed(arrays: Arrays) -> bytes:
    """Arrays as one file's bytes, with their digest."""
    from safetensors.numpy import save

    return save(arrays | {"sha256": digest(arrays)})


def unpacked(data: bytes) -> Arrays:
    """What `packed` made. Raises ValueError, LookupError or SafetensorError where it is damaged."""
    from safetensors.numpy import load

    # Copies lie in memory as what is computed does: sums of what is read have the same bits.
    arrays: Arrays = {name: array.copy() for name, array in load(data).items()}
    if arrays.pop("sha256").tobytes() != digest(arrays).tobytes():
        raise ValueError("it is damaged")
    return arrays


def flattened(systems: Sequence[System], prefix: str = "") -> Arrays:
    """Systems as arrays, under names that begin with `prefix`; notes are left out."""
    words = [[getattr(s, word) for word in _WORDS] for s in systems]
    arrays = {f"{prefix}trees.{name}": value for name, value in flat([s.tree for s in systems]).items()}
    return arrays | {f"{prefix}systems": as_bytes(words)}


def unflattened(arrays: Mapping[str, NDArray[Any]], prefix: str, operators: Operators) -> tuple[System, ...]:
    """What `flattened` made. Raises ValueError, LookupError or TypeError where it is no trees of the alphabet `operators`."""
    made = trees({name: arrays[f"{prefix}trees.{name}"] for name in TREES}, operators)
    rows = from_bytes(arrays[f"{prefix}systems"])
    return tuple(System(tree, **dict(zip(_WORDS, map(_tuples, row), strict=True))) for tree, row in zip(made, rows, strict=True))


def flat(of: Sequence[Node]) -> Arrays:
    """Nodes in pre-order, one tree after the other: `codes` index `symbols`, `numbers` are the values of numbers."""
    nodes = [node for tree in of for _, node in tree.walk()]
    table = {symbol: i for i, symbol in enumerate(dict.fromkeys(node.symbol for node in nodes))}
    return {
        "symbols": as_bytes(list(table)),
        "codes": np.array([table[node.symbol] for node in nodes], np.int32),
        "arity": np.array([len(node.children) for node in nodes], np.int32),
        "numbers": np.array([node.value for node in nodes if node.symbol == NUMBER], np.float64),
        "lengths": np.array([tree.size for tree in of], np.int64),
    }


def trees(arrays: Mapping[str, NDArray[Any]], operators: Operators) -> list[Node]:
    """What `flat` made. Raises as `unflattened` does."""
    symbols: list[str] = from_bytes(arrays["symbols"])
    codes, arities, numbers = (arrays[name].tolist() for name in ("codes", "arity", "numbers"))
    known = {(code, arity) for code, arity in set(zip(codes, arities, strict=True)) if _fits(symbols[code], arity, operators)}
    leaves, number = [Node(symbol) for symbol in symbols], symbols.index(NUMBER) if NUMBER in symbols else -1
    made: list[Node] = []
    end = len(codes)
    for length in reversed(arrays["lengths"].tolist()):
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
        made.append(stack[0])
        end -= length
    if end or numbers:
        raise ValueError("its trees are cut off")
    return made[::-1]


def _fits(symbol: str, arity: int, operators: Operators) -> bool:
    if symbol == SYSTEM:
        return arity > 0
    if symbol == NUMBER or (symbol.startswith(VARIABLE_PREFIX) and symbol[len(VARIABLE_PREFIX) :].isdecimal()):
        return arity == 0
    return operators.arity(symbol) == arity


def digest(arrays: Mapping[str, NDArray[Any]]) -> NDArray[np.uint8]:
    """SHA-256 over names, types, shapes and bytes."""
    summed = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        summed.update(f"{name} {array.dtype} {array.shape} ".encode() + array.tobytes())
    return np.frombuffer(summed.digest(), np.uint8)


def as_bytes(document: Any) -> NDArray[np.uint8]:
    """As JSON; numbers of NumPy's, which a sampler of one's own may give, as Python's."""
    return np.frombuffer(json.dumps(document, default=lambda value: value.item()).encode(), np.uint8)


def from_bytes(array: NDArray[Any]) -> Any:
    """What `as_bytes` made."""
    return json.loads(array.tobytes().decode())


def _tuples(value: Any) -> Any:
    """As the fields of a `System` have it: JSON has lists for tuples."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
