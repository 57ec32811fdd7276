"""What the κ that a folder keeps must be like to be read: it may be anyone's, and lie damaged."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...grammars.errors import OutputError
from ..results.shape import AGAIN, Shape, check_shape
from .measure import OUTCOMES

if TYPE_CHECKING:
    import polars as pl

_COLUMN = [(None, float)]
_INTRINSIC = {
    "representation": str, "vocabulary": [str], "counts": [int], "ids": [str], "sizes?": (None, [int]), "tokens": _COLUMN,
    "number_fragments": _COLUMN, "operator_fragments": _COLUMN, "alignment": _COLUMN,
}  # fmt: skip
_MEASURED = [str, int, int, (None, float, str), bool, int, (None, [int, [str]])]
_HEADER: Shape = {
    "representation": str, "domain": str, "metric": str, "invalid": str, "edits": str, "d_max": (None, float), "seed": int,
    "intrinsic?": (None, _INTRINSIC), "epsilon?": float, "measured": [_MEASURED], "skipped": [[str, str]], "notes?": [str],
    "files?": {"*": str},
}  # fmt: skip
_LARGEST = 2**31 - 1
_LEAST = 4
"""Entries of a measured expression that every version has kept."""


def check_header(header: Any, spec: str, path: Path) -> None:
    """Raises `OutputError` where it is none of this representation."""
    check_shape(header, _HEADER, path, AGAIN)
    fault = next((f"measured[{i}] is cut off" for i, row in enumerate(header["measured"]) if len(row) < _LEAST), "")
    fault = fault or next((f"skipped[{i}] is cut off" for i, row in enumerate(header["skipped"]) if len(row) != 2), "")
    fault = fault or ("" if header["representation"] == spec else f"it is of {header['representation']!r}")
    fault = fault or ("" if (intrinsic := header.get("intrinsic")) is None else _uneven(intrinsic, len(header["measured"])))
    if fault:
        raise OutputError(f"{path} is damaged: {fault}; {AGAIN}")


def _uneven(intrinsic: Mapping[str, Any], n: int) -> str:
    """Which of its columns is of another length, or which token of an expression is none; '' where all is well."""
    size = len(intrinsic["vocabulary"])
    lengths = dict.fromkeys(("ids", "tokens", "number_fragments", "operator_fragments", "alignment"), n) | {"counts": size}
    lengths |= {"sizes": n} if intrinsic.get("sizes") is not None else {}
    uneven = next((f"intrinsic.{name} is of another length" for name, n in lengths.items() if len(intrinsic[name]) != n), "")
    words = (word for text in intrinsic["ids"] for word in text.split())
    return uneven or ("" if all(w.isdecimal() and int(w) < size for w in words) else "intrinsic.ids is no text of tokens")


def check_edits(parts: Mapping[int, pl.DataFrame], header: Mapping[str, Any]) -> None:
    """`parts`: the edits by expression. Raises `ValueError` where they are not edits of what the header says was measured."""
    measured, d_max = header["measured"], header["d_max"]
    for item, frame in parts.items():
        if not 0 <= item < len(measured):
            raise ValueError(f"there is no expression {item}")
        if any(frame[name].null_count() for name in ("kind", "class", "outcome", "position", "token", "tree", "weight")):
            raise ValueError("an edit lacks a value")
        if unknown := set(frame["outcome"]) - set(OUTCOMES):
            raise ValueError(f"an edit ended {sorted(unknown)[0]!r}")
        if any(not frame[name].is_between(-1, _LARGEST).all() for name in ("position", "token", "tree")):
            raise ValueError("an edit stands nowhere, or to no token")
        known = frame["distance"].drop_nulls()
        most = float("inf") if d_max is None else d_max * (1 + 1e-9)
        if not ((known >= 0) & (known <= most)).all() or not (frame["weight"].is_finite() & (frame["weight"] >= 0)).all():
            raise ValueError("an edit has a distance or a weight that is none")
