"""Where in a sequence meaning sits: how far edits at each token of one expression move its behavior."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...grammars.errors import SpecError, did_you_mean
from ..results.notebook import displayed
from ..results.plots import drawn
from .kappa import Kappa
from .measure import Measured
from .weighing import invalid_share

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Worst:
    """The edit at a token that moved the meaning most: its kind, the new token ('' for none), the distance."""

    kind: str
    token: str
    distance: float


@displayed("representation", "expression", "tokens")
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Profile:
    """The sensitivity of each of L tokens: arrays (L,).

    `mean`: mean distance of the counted edits at a token, under κ's policy for invalid ones; NaN where none counts. `n`: all
    edits there, `n_valid` those that decode, `n_counted` those that count; `share_invalid` of them, by weight, do not decode (NaN
    where there are none). An edit is at the token that it substitutes or deletes, an insertion at the token that it stands
    before, at the end at the last one; a transposition at the first of its two.
    """

    representation: str
    expression: str
    metric: str
    invalid: str
    d_max: float
    tokens: tuple[str, ...]
    classes: tuple[str, ...]
    mean: Floats
    n: Counts
    n_valid: Counts
    n_counted: Counts
    worst: tuple[Worst | None, ...]
    share_invalid: Floats

    def __len__(self) -> int:
        return len(self.mean)

    def rows(self) -> list[dict[str, Any]]:
        """One row per token."""
        return [
            {
                "position": i,
                "token": self.tokens[i],
                "class": self.classes[i],
                "mean": _number(self.mean[i]),
                "n": int(self.n[i]),
                "n_valid": int(self.n_valid[i]),
                "n_counted": int(self.n_counted[i]),
                "share_invalid": _number(self.share_invalid[i]),
                "worst_kind": worst.kind if worst else None,
                "worst_token": worst.token if worst else None,
                "worst_distance": worst.distance if worst else None,
            }
            for i, worst in enumerate(self.worst)
        ]

    def to_frame(self) -> pl.DataFrame:
        """One row per token."""
        import polars as pl

        return pl.DataFrame(self.rows(), schema=_SCHEMA)

    def plot(self) -> alt.Chart | alt.LayerChart:
        """The tokens side by side, colored by mean distance."""
        chart: alt.Chart | alt.LayerChart = drawn("figures", "sensitivity_strip", self)
        return chart


_SCHEMA = {
    "position": int, "token": str, "class": str, "mean": float, "n": int, "n_valid": int, "n_counted": int,
    "share_invalid": float, "worst_kind": str, "worst_token": str, "worst_distance": float,
}  # fmt: skip


def profile(kappa: Kappa, item: int | str) -> Profile:
    """The profile of one measured expression, by index or name. Texts are empty where κ was measured without `intrinsic`.

    Raises `SpecError` for an expression that κ does not hold, and where its edits were not kept one by one.
    """
    index = _index(kappa, item)
    m = kappa.measured[index]
    if m.counts is not None:
        raise SpecError(f"the edits of {m.name!r} were condensed, and no longer know their tokens; measure κ without condensing")
    at = positions(m)
    groups = [at == i for i in range(m.n_tokens)]
    valid = ~m.outcomes.mask("invalid")
    samples = [kappa.sample(m, group, _undrawn(m, i)) for i, group in enumerate(groups)]
    vocabulary = () if kappa.intrinsic is None else kappa.intrinsic.vocabulary
    texts = () if kappa.intrinsic is None else kappa.intrinsic.texts(index)
    return Profile(
        representation=kappa.representation,
        expression=m.name,
        metric=kappa.metric,
        invalid=kappa.invalid,
        d_max=kappa.d_max,
        tokens=texts if len(texts) == m.n_tokens else ("",) * m.n_tokens,
        classes=tuple(m.classes[int(np.argmax(g))] if g.any() else "" for g in groups),
        mean=np.array([s.mean() if len(s) else np.nan for s in samples]),
        n=np.array([g.sum() for g in groups], np.int64),
        n_valid=np.array([(g & valid).sum() for g in groups], np.int64),
        n_counted=np.array([len(s) for s in samples], np.int64),
        worst=tuple(_worst(m, group, vocabulary) for group in groups),
        share_invalid=np.array([invalid_share(m, g, _undrawn(m, i)) for i, g in enumerate(groups)]),
    )


def _undrawn(m: Measured, position: int) -> int:
    return 0 if m.undrawn is None else m.undrawn.at(position)


def positions(m: Measured) -> NDArray[np.int64]:
    """The token that each edit is at: (n,). An insertion at the end is at the last token."""
    return np.minimum(m.positions.astype(np.int64), m.n_tokens - 1)


def _index(kappa: Kappa, item: int | str) -> int:
    names = [m.name for m in kappa.measured]
    if isinstance(item, str):
        if item not in names:
            raise SpecError(f"no expression {item!r} was measured{did_you_mean(item, names)}")
        return names.index(item)
    if not -len(names) <= item < len(names):
        raise SpecError(f"expression {item} of {len(names)}: give an index from 0 to {len(names) - 1}, or a name")
    return item % len(names)


def _worst(m: Measured, group: NDArray[np.bool_], vocabulary: Sequence[str]) -> Worst | None:
    counted = group & ~np.isnan(m.distance)
    if m.weights is not None:
        counted &= m.weights > 0
    distance = np.where(counted, m.distance, -1.0)
    k = int(np.argmax(distance)) if len(distance) else -1
    if k < 0 or distance[k] < 0:
        return None
    token = int(m.tokens[k])
    text = "" if token < 0 else vocabulary[token] if token < len(vocabulary) else f"#{token}"
    return Worst(m.kinds[k], text, float(distance[k]))


def _number(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)
