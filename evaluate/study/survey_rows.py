"""A survey's figures from expressions.parquet: means with intervals, and the pairs that its protocol compares."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..statistics.estimate import LEVEL
from ..statistics.intervals import limits, mean_estimate
from ..tables.column import Row
from ..tables.survey import MEASURES, PAIRS, TOKENIZERS
from .survey_plan import PRIMARY, pairs, place

Floats = NDArray[np.float64]
_SIGNED = ("longer",)
_DRAWN = "kappa@16"
_UNBOUNDED = ("tokens", "number_fragments")


def column(rows: Sequence[Row], spec: str, name: str) -> dict[str, float]:
    """A measure of each expression under a representation that has a value."""
    return {r["expression"]: r[name] for r in rows if r["representation"] == spec and r[name] is not None}


def tokenizer_rows(expressions: Sequence[Row], about: Mapping[str, Mapping[str, Any]], compared: Sequence[str]) -> list[Row]:
    """tokenizers.parquet. `about`: of each representation what its tokenizer is."""
    found = []
    for spec, tokenizer in about.items():
        figures = {c.name: _estimate(c.name, list(column(expressions, spec, c.name).values())) for c in MEASURES}
        if len(column(expressions, spec, _DRAWN)) < len(column(expressions, spec, "kappa_mean")):
            figures[_DRAWN] = mean_estimate([])  # over fewer expressions than the mean it could be less than that
        row = {
            "reference": spec not in compared,
            "vocabulary_size": int(tokenizer["vocabulary_size"]),
            "possible": int(tokenizer["possible"]),
            "blank": int(tokenizer["blank"]),
            "n_expressions": sum(r["representation"] == spec for r in expressions),
        }
        found.append(TOKENIZERS.row(place(spec) | row | figures))
    return found


def _estimate(name: str, values: Sequence[float]) -> Any:
    low = -math.inf if name in _SIGNED else 0.0
    return mean_estimate(values, (low, math.inf if name in (*_SIGNED, *_UNBOUNDED) else 1.0))


def pair_rows(expressions: Sequence[Row], compared: Sequence[str]) -> list[Row]:
    """pairs.parquet: paired differences with intervals that hold over all of them together, by Bonferroni."""
    asked = [(name, a, b) for name in PRIMARY for a, b in pairs(compared)]
    level = 1 - (1 - LEVEL) / max(len(asked), 1)
    found = []
    for name, a, b in asked:
        first, second = column(expressions, a, name), column(expressions, b, name)
        both = [e for e in first if e in second]
        differences = np.array([first[e] - second[e] for e in both])
        low, high = limits(differences, level)
        row = {"measure": name, "a": a, "b": b, "n": len(both), "difference": _mean(differences), "low": low, "high": high}
        found.append(PAIRS.row(row | {"outcome": outcome(differences, low, high)}))
    return found


def outcome(differences: Floats, low: float, high: float) -> str:
    """`less` and `more` are claims; differences that are all the same and not zero vary in no way that is known, and are open."""
    if len(differences) and not differences.any():
        return "alike"
    return "less" if high < 0 else "more" if low > 0 else "open"


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else math.nan
