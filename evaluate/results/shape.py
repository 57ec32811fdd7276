"""Whether a document that a folder holds has what its reader needs: a folder may come from anyone, and lie damaged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from ...grammars.errors import OutputError

Shape = Any
"""A type (`float`: any finite number, of which whole ones are `int`), a list with the shape of every entry, or with the shapes of
its entries in their order, of which an older version may have had fewer, a dict with the shapes of keys that must be there (a key
that ends in '?' may be missing, '*' stands for all others), or a tuple of alternatives, None among them."""

_LARGEST = 2**63
_NAMES = {str: "text", int: "whole number", float: "finite number", bool: "true or false"}


AGAIN = "delete it and go on with --resume, to make that part again"
"""What to do with a damaged part."""


def check_shape(document: Any, shape: Shape, file: object, otherwise: str = "begin again in a new folder") -> None:
    """Raises `OutputError`, with the first place that is otherwise, where a document of `file` has not this shape; `otherwise`:
    what to do then."""
    fault = _otherwise(document, shape, "")
    if fault:
        raise OutputError(f"{file} is damaged: {fault}; {otherwise}")


def shaped(document: Any, shape: Shape, path: object) -> Any:
    """What a part is, or () where there is none. Raises as `check_shape` does."""
    if document is None:
        return ()
    check_shape(document, shape, path, AGAIN)
    return document


def _otherwise(value: Any, shape: Shape, key: str) -> str:
    """What of it is otherwise, or ''."""
    if isinstance(shape, tuple):
        faults = [_otherwise(value, one, key) for one in shape]
        return faults[0] if all(faults) else ""
    if shape is None:
        return "" if value is None else f"{key} is not null"
    if isinstance(shape, dict):
        return _in_mapping(value, shape, key) if isinstance(value, dict) else f"{key or 'all of it'} is no object"
    if isinstance(shape, list):
        return _in_list(value, shape, key) if isinstance(value, list) else f"{key or 'all of it'} is no list"
    return "" if _is(value, shape) else f"{key} is no {_NAMES[shape]}"


def _is(value: Any, kind: type) -> bool:
    if kind is bool or isinstance(value, bool):
        return kind is bool and isinstance(value, bool)
    if kind is not str and isinstance(value, int):
        return abs(value) <= _LARGEST
    return isfinite(value) if kind is float and isinstance(value, float) else isinstance(value, kind)


def _in_mapping(value: Mapping[str, Any], shapes: Mapping[str, Shape], place: str) -> str:
    named = {key.removesuffix("?"): shape for key, shape in shapes.items()}
    lacking = [key for key in shapes if key not in value and not key.endswith("?") and key != "*"]
    if lacking:
        return f"{_inside(place, lacking[0])} is missing"
    others = {key: shapes["*"] for key in value if key not in named} if "*" in shapes else {}
    wanted = {key: shape for key, shape in named.items() if key in value} | others
    return next((fault for key, shape in wanted.items() if (fault := _otherwise(value[key], shape, _inside(place, key)))), "")


def _in_list(value: Sequence[Any], shape: Sequence[Shape], place: str) -> str:
    if len(shape) > 1 and len(value) > len(shape):
        return f"{place} has {len(value)} entries, more than {len(shape)}"
    shapes = shape if len(shape) > 1 else [shape[0]] * len(value)
    faults = (_otherwise(entry, one, f"{place}[{i}]") for i, (entry, one) in enumerate(zip(value, shapes, strict=False)))
    return next((f for f in faults if f), "")


def _inside(place: str, key: str) -> str:
    name = key if key.isprintable() else repr(key)
    return f"{place}.{name}" if place else name
