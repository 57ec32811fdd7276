"""What a model wrote beside the truth: of a few test behaviors, both as text and as curves, to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....grammars.tree import Node
from ....tokenizers.base import Invalid
from ...domains.domain import Domain
from ...tables.column import Row
from ..task.outcomes import Item, rooms

KINDS = ("best", "median", "worst")
_POINTS = 80
"""As many as a small figure shows."""
Curve = tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The test behavior of which a model wrote the best, the median or the worst expression by `q`.

    `target`, `text`: the true one and the model's, in infix; `reason` where it does not decode. `x`: times, or inputs; `truth`,
    `own`: a curve per dimension at them, None where it has no value. No curves where there is no one axis, or the domain
    says its behaviors in words, and none of the model's where it cannot be simulated.
    """

    kind: str
    q: float
    target: str
    text: str
    reason: str
    x: Curve = ()
    truth: tuple[Curve, ...] = ()
    own: tuple[Curve, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_dict(document: dict[str, Any]) -> Written:
        """What `as_dict` gave, from JSON. Raises TypeError for anything else."""
        curves = {name: tuple(map(tuple, document[name])) for name in ("truth", "own")}
        return Written(**(document | curves | {"x": tuple(document["x"])}))


def looked_at(domain: Domain, items: Sequence[Item], rows: Sequence[Row], trees: Sequence[Node | Invalid]) -> list[Written]:
    """The three of `KINDS`; `rows` (of samples.parquet) and `trees`: what was written for each item."""
    order = sorted(range(len(rows)), key=lambda i: (-rows[i]["q"], i))
    chosen = dict(zip(KINDS, (order[0], order[len(order) // 2], order[-1]), strict=True)) if order else {}
    return [_written(domain, kind, items[i], rows[i], trees[i]) for kind, i in chosen.items()]


def _written(domain: Domain, kind: str, item: Item, row: Row, tree: Node | Invalid) -> Written:
    words = {"target": row["target"], "text": row["text"] or "", "reason": row["reason"] or ""}
    axis = item.setting.t if domain.series else item.setting.x0[:, 0] if item.setting.x0.shape[1] == 1 else None
    if axis is None or domain.say is not None:
        return Written(kind=kind, q=row["q"], **words)
    at = np.unique(np.linspace(0, len(axis) - 1, _POINTS).round().astype(int))
    own: tuple[Curve, ...] = ()
    if isinstance(tree, Node) and domain.comparable(tree, item.system) and row["status"] != "unresolved":
        behavior = domain.semantics.simulate([tree], rooms(domain, [item]))[0]
        own = _curves(behavior.y[0, 0][at])
    return Written(kind=kind, q=row["q"], **words, x=_curve(axis[at]), truth=_curves(item.truth[0][at]), own=own)


def _curves(values: NDArray[np.float64]) -> tuple[Curve, ...]:
    return tuple(map(_curve, values.T))


def _curve(values: NDArray[np.float64]) -> Curve:
    """To four digits: it is looked at."""
    return tuple(float(f"{v:.4g}") if np.isfinite(v) else None for v in values)
