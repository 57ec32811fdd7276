"""Robustness of a representation to natural edits: what becomes of the encoding, and of the meaning, when a text is written in
another way. A figure of its own, beside κ: nothing here is a mistake."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..statistics.estimate import Estimate
from ..statistics.intervals import mean_estimate, share_estimate
from ..tables.robustness import FATES, ROBUSTNESS
from .measure import Measured

Floats = NDArray[np.float64]
EVERY = "all"
"""The kind of all: each expression counts once, its rewritings alike."""
SHARES = ("encoded", *FATES)
_OF_TOKENS = ("apart", "kept")


@dataclass(frozen=True, slots=True, eq=False)
class Robustness:
    """Of the rewritings of some expressions. `epsilon`, `d_max`: the metric's, below which a meaning is the same, and its largest
    distance."""

    representation: str
    measured: Sequence[Measured]
    epsilon: float
    d_max: float

    @property
    def kinds(self) -> list[str]:
        """All, then each kind, in the order in which expressions have them; none where the edits were no rewritings."""
        found: list[str] = []
        for m in self.measured:
            at = 0
            for kind in m.kinds if m.changes is not None else ():
                if kind not in found:
                    found.insert(at, kind)
                at = found.index(kind) + 1
        return [EVERY, *found] if found else []

    def estimates(self, kind: str = EVERY) -> dict[str, Any]:
        """The figures of a kind, as `tables.robustness.ROBUSTNESS` has them."""
        each = [values for m in self.measured if (values := self._of(m, kind)) is not None]
        columns = {name: np.array([values[name] for values in each], float) for name in each[0]}
        return {
            "kind": kind,
            "n_expressions": len(each),
            "n_rewritings": int(columns["n"].sum()),
            **{name: _share(columns[name]) for name in SHARES},
            **{name: mean_estimate(columns[name], (0.0, 1.0)) for name in _OF_TOKENS},
            "longer": mean_estimate(columns["longer"]),
            "moved": mean_estimate(columns["moved"], (0.0, self.d_max)),
        }

    def rows(self) -> list[dict[str, Any]]:
        """One row of `ROBUSTNESS` per kind."""
        return [ROBUSTNESS.row({"representation": self.representation} | self.estimates(kind)) for kind in self.kinds]

    def as_dict(self) -> list[dict[str, Any]] | None:
        """As JSON has it; None where the edits were no rewritings."""
        found = [self.estimates(kind) for kind in self.kinds]
        rows = [{k: v.as_dict() if isinstance(v, Estimate) else v for k, v in row.items()} for row in found]
        return rows or None

    def column(self, name: str, kind: str = EVERY) -> Floats:
        """A figure of each expression, averaged over its rewritings of a kind; NaN where it has none."""
        found = [self._of(m, kind) for m in self.measured]
        return np.array([np.nan if values is None else values[name] for values in found])

    def _of(self, m: Measured, kind: str) -> dict[str, float] | None:
        """Means over an expression's rewritings of a kind, of tokens over those that can be encoded; None where it has none."""
        changes = m.changes
        mask = np.ones(len(m.kinds), bool) if kind == EVERY else m.kinds.mask(kind)
        if changes is None or not mask.any():
            return None
        fates = self.fates(m)
        encoded, longest = mask & (changes.tokens >= 0), np.maximum(changes.tokens, m.n_tokens)
        return {
            "n": float(mask.sum()),
            "encoded": float(encoded.sum() / mask.sum()),
            **{fate: float((fates[mask] == i).mean()) for i, fate in enumerate(FATES)},
            "apart": _mean(changes.apart / np.maximum(longest, 1), encoded),
            "kept": _mean(changes.kept / max(m.n_tokens, 1), encoded),
            "longer": _mean(changes.tokens - m.n_tokens, encoded),
            "moved": _mean(m.distance, mask & (fates == FATES.index("moves"))),
        }

    def fates(self, m: Measured) -> NDArray[np.int64]:
        """(n,): what became of each rewriting, as places in `FATES`, of which each has exactly one."""
        lost = np.zeros(len(m.kinds), bool) if m.changes is None else m.changes.tokens < 0
        with np.errstate(invalid="ignore"):
            stays = m.distance <= self.epsilon
        conditions = {"lost": lost, "unread": m.outcomes.mask("invalid"), "unresolved": np.isnan(m.distance), "stays": stays}
        places = [FATES.index(fate) for fate in conditions]
        return np.asarray(np.select(list(conditions.values()), places, FATES.index("moves")), np.int64)

    def rewritings(self) -> Iterator[dict[str, Any]]:
        """One row of `tables.robustness.REWRITINGS` per rewriting."""
        for item, m in enumerate(self.measured):
            if (changes := m.changes) is None:
                continue
            fates = self.fates(m)
            for i, kind in enumerate(m.kinds):
                figures = {"tokens": changes.tokens[i], "apart": changes.apart[i], "kept": changes.kept[i]}
                yield {
                    "representation": self.representation,
                    "expression": m.name,
                    "item": item,
                    "kind": kind,
                    "text": changes.texts[i],
                    "fate": FATES[fates[i]],
                    "reason": m.reasons[i],
                    "distance": float(m.distance[i]),
                    "tokens_before": m.n_tokens,
                    **{name: int(n) if n >= 0 else None for name, n in figures.items()},
                }


def _mean(values: NDArray[Any], mask: NDArray[np.bool_]) -> float:
    return float(values[mask].mean()) if mask.any() else float("nan")


def _share(values: Floats) -> Estimate:
    """A mean of shares. Of yes and no the interval is exact, and there is one where all are alike."""
    known = values[~np.isnan(values)]
    if len(known) and np.isin(known, (0.0, 1.0)).all():
        return share_estimate(float(known.mean()), len(known))
    return mean_estimate(known, (0.0, 1.0))
