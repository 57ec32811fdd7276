"""Whether the order that a recommendation rests on was there earlier, and is there at equal cost: as measured, no claim."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..statistics.curves import interpolated
from .curve import Curve

SHARES = {"a quarter": 0.25, "half": 0.5}
_NEAR = 0.1
"""Steps are whole numbers: a quarter may be a little more or less."""


@dataclass(frozen=True, slots=True)
class Held:
    """What Q said at some place. `at`: "a quarter" or "half" of the training, or "equal FLOPs"; `flops`: of the latter. `ahead`:
    who was ahead of the recommended one though decided to be behind it, and by how much; `missing`: of whom it cannot be said."""

    at: str
    ahead: tuple[tuple[str, float], ...] = ()
    missing: tuple[str, ...] = ()
    flops: float = math.nan

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        known = {} if math.isnan(self.flops) else {"flops": self.flops}
        same = None if self.missing and not self.ahead else not self.ahead
        ahead = [{"representation": name, "difference": difference} for name, difference in self.ahead]
        return {"at": self.at, "same": same, **known, "ahead": ahead, "missing": list(self.missing)}


def held(curves: Sequence[Curve], chosen: str, behind: Sequence[str]) -> tuple[Held, ...]:
    """Whether `chosen` was ahead of each of those `behind` it at a quarter and at half of the training, and at the FLOPs of the
    cheapest training among them: means over the trainings that both have. Nothing where there are no curves, or none behind."""
    there = {curve.representation: curve for curve in curves if curve.representation in (chosen, *behind)}
    if chosen not in there or not behind:
        return ()
    steps = max(curve.steps[-1] for curve in there.values())
    out = []
    for at, share in SHARES.items():
        if any(_place(curve, share * steps) is not None for curve in there.values()):
            found = {name: _at_length(curve, share * steps) for name, curve in there.items()}
            out.append(_compared(at, found, chosen, behind))
    if ends := [flops for curve in there.values() for flops in curve.flops[:, -1] if math.isfinite(flops)]:
        found = {name: _at_cost(curve, min(ends)) for name, curve in there.items()}
        out.append(replace(_compared("equal FLOPs", found, chosen, behind), flops=min(ends)))
    return tuple(out)


def _compared(at: str, quality: Mapping[str, Mapping[int, float]], chosen: str, behind: Sequence[str]) -> Held:
    """`quality`: by representation and training. Of two that are even, as at Q 0, nothing can be said."""
    ahead, missing = [], []
    for name in behind:
        both = [q - quality[chosen][i] for i, q in quality.get(name, {}).items() if i in quality[chosen]]
        difference = float(np.mean(both)) if both else 0.0
        if difference > 0:
            ahead.append((name, difference))
        elif not difference < 0:
            missing.append(name)
    return Held(at, tuple(ahead), tuple(missing))


def _place(curve: Curve, steps: float) -> int | None:
    """The length that is about so many steps."""
    nearest = min(range(len(curve.steps)), key=lambda i: abs(curve.steps[i] - steps))
    return nearest if abs(curve.steps[nearest] - steps) <= _NEAR * steps else None


def _at_length(curve: Curve, steps: float) -> dict[int, float]:
    """Q of each training there, where it has one."""
    place = _place(curve, steps)
    if place is None:
        return {}
    return {n: float(q) for n, q in zip(curve.numbers, curve.quality[:, place], strict=True) if math.isfinite(q)}


def _at_cost(curve: Curve, flops: float) -> dict[int, float]:
    """The same between its ends, at some cost."""
    found = {}
    for number, costs, quality in zip(curve.numbers, curve.flops, curve.quality, strict=True):
        known = np.isfinite(costs) & np.isfinite(quality)
        found[number] = interpolated(costs[known], quality[known], flops)
    return {number: q for number, q in found.items() if math.isfinite(q)}


def sentences(found: Sequence[Held]) -> tuple[str, ...]:
    """One on earlier ends, one on equal cost; no stronger than means over some trainings."""
    early = [one for one in found if one.at in SHARES]
    cost = [one for one in found if one.at not in SHARES]
    return (*_early(early), *(_at_equal_cost(one) for one in cost))


def _early(early: Sequence[Held]) -> tuple[str, ...]:
    if not early:
        return ()
    same = [one.at for one in early if not one.ahead and not one.missing]
    if len(same) == len(early):
        return (f"The order was the same at {' and at '.join(same)} of the training, as measured.",)
    clauses = [f"at {one.at} of the training {_who(one, 'was', 'were')}" for one in early if one.ahead or one.missing]
    clauses += [f"at {' and at '.join(same)} the order was the same"] if same else []
    return ("; ".join(clauses)[:1].upper() + "; ".join(clauses)[1:] + ", as measured.",)


def _at_equal_cost(one: Held) -> str:
    where = f"At equal FLOPs ({one.flops:.2g}, those of the cheapest training among them)"
    if one.ahead or one.missing:
        return f"{where} {_who(one, 'is', 'are')}, as measured."
    return f"{where} the order is the same, as measured."


def _who(one: Held, single: str, several: str) -> str:
    clauses = []
    if one.ahead:
        named = ", ".join(f"{name} (by {difference:.3f})" for name, difference in one.ahead)
        clauses.append(f"{named} {several if len(one.ahead) > 1 else single} ahead")
    if one.missing:
        clauses.append(f"nothing can be said of {', '.join(one.missing)}")
    return " and ".join(clauses)
