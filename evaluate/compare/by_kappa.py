"""Which representation to use where Q does not say it: by κ, fidelity and length alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..statistics.sequential import Pair, between
from ..tables.column import Row
from .ranking import Ranking

HYPOTHESIS = "That a lower κ brings a higher Q is the hypothesis that is tested here, and no measurement of these models."


def smoothest(names: Sequence[str], by: Mapping[str, Row], smooth: Ranking) -> tuple[str, str] | None:
    """The shortest of those `names` than which none is significantly smoother, by κ mean, and a clause that says why; None where
    κ ranks fewer than two of them."""
    known = [name for name in names if name in smooth.names]
    if len(known) < 2:
        return None
    place = smooth.names.index
    pairs = {a: {b: between(smooth.pairs, place(a), place(b)) for b in known if b != a} for a in known}
    leaders = [name for name, own in pairs.items() if not any(pair.low > 0 for pair in own.values())]
    if not leaders:  # differences over unequal sets of expressions can go round in a circle
        return None
    chosen = min(leaders, key=lambda name: (by[name]["tokens"], by[name]["kappa_mean"]))
    smoother = [name for name, pair in pairs[chosen].items() if pair.high < 0]
    alike = [name for name in leaders if name != chosen]
    clauses = ["smoother than " + ", ".join(f"{n} by {_by(pairs[chosen][n])}" for n in smoother)] if smoother else []
    if alike:
        clauses.append("in κ not told apart from " + ", ".join(f"{n}, {length(by, n, chosen)}" for n in alike))
    return chosen, f"use {chosen} (κ mean {by[chosen]['kappa_mean']:.3f}): {'; '.join(clauses)}."


def _by(pair: Pair) -> str:
    return f"{-pair.difference:.3f} ({-pair.high:.3f} to {-pair.low:.3f})"


def length(by: Mapping[str, Row], name: str, than: str) -> str:
    """How long one is, as a clause about it."""
    ratio = by[name]["tokens"] / by[than]["tokens"]
    if not 0 < ratio < float("inf") or abs(ratio - 1) < 0.05:
        return "which is as long"
    return f"which is {ratio:.1f} times as long"
