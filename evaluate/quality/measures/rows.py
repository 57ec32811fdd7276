"""What one written expression comes to, as columns of a row of `samples.parquet`, and what a list of such rows sums up to."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ....grammars.errors import EncodeError
from ....grammars.print.infix import as_written
from ....grammars.tree import Node, coefficient_paths
from ....tokenizers.base import Invalid
from ...statistics.estimate import Estimate
from ...statistics.intervals import crossed_mean, median_estimate
from ...tables.measures import COEFFICIENT_ERROR, DECODINGS, GIVEN_VALID, SPLITS, TOLERANCES, measures_in, suffix
from ..task.outcomes import SampleOutcome
from ..task.split import skeleton
from .items import item_values, span_share

if TYPE_CHECKING:
    from ....representations.representation import Representation
    from ..task.task import Floors

Row = dict[str, Any]
_STATUSES = ("ok", "diverged", "undefined", "unresolved", "invalid")


def rounded(representation: Representation, tree: Node) -> Node | Invalid:
    """The tree after its round trip; a tree that the vocabulary cannot write is invalid like one that cannot be read."""
    try:
        return representation.round_trip(tree)
    except EncodeError as error:
        return Invalid(str(error), 0)


def coefficient_error(tree: Node, target: Node) -> float | None:
    """Median over the coefficients of |c - c*| / |c*|, of two trees of one skeleton. Coefficients that should be 0 are left out;
    None where none is left."""
    if all(equation.is_number for equation in target.children):
        return None  # values alone, which have no form that could be right
    pairs = [(tree.at(path).value, target.at(path).value) for path in coefficient_paths(target)]
    errors = [abs(ours - true) / abs(true) for ours, true in pairs if ours is not None and true]
    return _finite(statistics.median(errors)) if errors else None


def measured(
    representation: Representation, truth: Node, tree: Node | Invalid, outcome: SampleOutcome, length: int, log_probability: float
) -> Row:
    """Columns of one sample. Form is compared with what the representation makes of the truth, coefficients with the truth's own
    where rewriting keeps its form."""
    target = rounded(representation, truth)
    right = isinstance(tree, Node) and isinstance(target, Node) and skeleton(tree) == skeleton(target)
    error = None
    alone = isinstance(target, Node) and all(
        equation.is_number for equation in target.children
    )  # values, whose form says nothing
    if right and not alone and isinstance(tree, Node) and isinstance(target, Node):
        exact = representation.rewrite(truth)
        error = coefficient_error(tree, exact if skeleton(exact) == skeleton(target) else target)
    return {
        "text": as_written(tree, None, representation.operators) if isinstance(tree, Node) else None,
        "status": outcome.status,
        "q": outcome.q,
        "r2": _finite(outcome.r2),
        "relative_l2": _finite(outcome.relative_l2),
        "r2_above_0.9": outcome.r2 > 0.9,
        **{key: outcome.relative_l2 <= limit for key, limit in TOLERANCES.items()},
        "exact": tree == target,
        "skeleton": right,
        COEFFICIENT_ERROR: error,
        "valid": isinstance(tree, Node),
        GIVEN_VALID.sample: outcome.q if isinstance(tree, Node) else None,
        "reason": outcome.reason,
        "length": length,
        "log_probability": log_probability,
    }


def distinct_share(trees: Sequence[Node | Invalid]) -> float:
    """Distinct trees among those that decode; NaN with fewer than two."""
    valid = [t for t in trees if isinstance(t, Node)]
    return len(set(valid)) / len(valid) if len(valid) > 1 else float("nan")


def summarize(rows: Sequence[Row], base: Floors, ceiling: Sequence[SampleOutcome]) -> Row:
    """Means over test items (over an item's samples first) with intervals over items: of all, and of each split."""
    items = sorted({row["item"] for row in rows})
    split = {row["item"]: (row.get("split"), row.get("form")) for row in rows}
    summary: Row = {"n_items": len(items)}
    for name in ("", *SPLITS):
        chosen = [i for i in items if not name or name in split[i]]
        own = [row for row in rows if not name or name in split[row["item"]]]
        summary |= _part(own, chosen, suffix(name), base, ceiling)
    for status in _STATUSES:
        summary[f"n_{status}"] = sum(row["status"] == status for row in rows)
    first = [row for row in rows if row["sample"] == 0]
    for tail in DECODINGS:
        texts = [row[f"text{tail}"] for row in first if row.get(f"text{tail}") is not None]
        summary[f"distinct_items{tail}"] = len(set(texts)) / len(texts) if texts else None
    return summary


def _part(rows: Sequence[Row], items: Sequence[int], tail: str, base: Floors, ceiling: Sequence[SampleOutcome]) -> Row:
    """The summary of some of the items, each name with a tail."""
    row: Row = {f"n_items{tail}": len(items)} if tail else {}
    prior = statistics.fmean(float(base.prior[i]) for i in items) if items else float("nan")
    nearest = [base.nearest[i] for i in items]
    top = statistics.fmean(ceiling[i].q for i in items) if items else float("nan")
    row |= {f"floor_prior{tail}": _finite(prior), f"ceiling{tail}": _finite(top)}
    row[f"floor_nearest{tail}"] = statistics.fmean(o.q for o in nearest) if nearest else None
    for key, limit in TOLERANCES.items():
        row[f"nearest_{key}{tail}"] = statistics.fmean(o.relative_l2 <= limit for o in nearest) if nearest else None
    for decoding in DECODINGS:
        end = decoding + tail
        for measure in measures_in(decoding):
            if rows and measure.sample + decoding in rows[0]:
                values = item_values(rows, measure.sample + decoding, items)[None]
                _spread(row, measure.of_training, end, crossed_mean(values, measure.share))
        if f"quality{end}" in row:
            q = Estimate(*(_number(row[f"quality{end}{x}"]) for x in ("", "_low", "_high")))
            _spread(row, "quality_share", end, span_share(q, prior, top))
            errors = item_values(rows, COEFFICIENT_ERROR + decoding, items)
            _spread(row, COEFFICIENT_ERROR, end, median_estimate(errors))
            row[f"n_skeleton{end}"] = int(np.isfinite(errors).sum())
    return row


def _spread(row: Row, name: str, tail: str, estimate: Estimate) -> None:
    for part, value in (("", estimate.value), ("_low", estimate.low), ("_high", estimate.high)):
        row[f"{name}{tail}{part}"] = _finite(value)


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def suffixed(row: Mapping[str, Any], tail: str) -> Row:
    """The row with a tail at every name."""
    return {f"{key}{tail}": value for key, value in row.items()}
