"""The property of rewrites of the built-in alphabet at single points: a behavior sees only where it passes, a value any sign.

The value at a point is that of the domain `function`: x/x is 1 at 0, as its limit is."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from ...grammars.tree import MAX_DEPTH, Node, system, variables
from ...representations.representation import Representation
from ...representations.rewrites.base import Framed
from ..domains.domain import domain
from ..semantics.base import Floats, Setting
from .base import Fault, Subject
from .rewriting import TOLERANCE, apply_of, nudged, rewrites

_REACHES = (1.0, 5.0)
"""Points are at most so far from 0. Each reach has a scale of its own: far out, one large value would hide all others."""
_POINTS = 24
_NUDGE = 1e-9
_NEAR, _SHIFT = 16, 1e-6
"""So many points around one, and how far away, must agree that there is no value: rounding would have one on some."""
_NOISE = 8.0
"""Times what nudging moves a value, a difference is rounding's, as far as can be told."""


def applies(subject: Subject) -> bool:
    """Whether values are to stay as they are: not those of a rewrite in new variables or units."""
    item = subject.item
    stages = item.rewrites if isinstance(item, Representation) else (item,)
    return rewrites(subject) and subject.domain.operators.built_in and not any(isinstance(r, Framed) for r in stages)


def kept(subject: Subject, tree: Node) -> Fault | None:
    """Where a right side has a steady value, the rewritten one has it too, to 1e-6 of its size thereabouts; where it has none,
    the rewritten one has none."""
    rewritten = apply_of(subject)(tree)
    if rewritten == tree or rewritten.depth > MAX_DEPTH or len(rewritten.children) != len(tree.children):
        return None
    for before, after in zip(tree.children, rewritten.children, strict=True):
        if before == after:
            continue
        width = 1 + max(max(variables(system(side)), default=0) for side in (before, after))
        for reach in _REACHES:
            if (wrong := _differs(before, after, _points(width, reach))) is not None:
                point, old, new = wrong
                where = ", ".join(f"x_{i} = {value:g}" for i, value in enumerate(point))
                was, now = (f"{value:.9g}" if np.isfinite(value) else "undefined" for value in (old, new))
                detail = f"becomes {subject.written(rewritten)}, which at {where} is {now}, not {was}"
                reason = "undefined" if now == "undefined" else "defined" if was == "undefined" else "values"
                return Fault(reason, detail)
    return None


def _differs(before: Node, after: Node, points: Floats) -> tuple[Floats, float, float] | None:
    """A point, the value there, and what it became."""
    one = system(before)
    trees = [one, nudged(one, 1.0), nudged(one, -1.0), system(after)]
    values = _values(trees, points)
    moved = _values([one], points * (1.0 + _NUDGE) + _NUDGE)
    steady = np.asarray(np.isfinite([values[0], values[1], values[2], moved[0]]).all(axis=0))
    wrong = steady & ~_close(values, moved, steady)
    for i in np.flatnonzero(np.isnan(values[0]) & np.isfinite(values[3])):
        near = _values(trees, points[i] + _SHIFT * np.maximum(np.abs(points[i]), 1.0) * _points(len(points[i]), 1.0)[:_NEAR])
        wrong[i] = np.isnan(near[:3]).all() and np.isfinite(near[3]).all()
    if not wrong.any():
        return None
    first = int(np.flatnonzero(wrong)[0])
    return points[first], float(values[0][first]), float(values[3][first])


def _close(values: Floats, moved: Floats, steady: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where the rewritten side is as near to the written one as rounding lets it be."""
    if not steady.any():
        return steady
    with np.errstate(invalid="ignore"):  # infinite less infinite, where nothing is steady
        spread = np.abs(np.array([values[1], values[2], moved[0]]) - values[0]).max(axis=0)
        allowed = TOLERANCE * max(1.0, float(np.abs(values[0][steady]).max())) + _NOISE * spread
        close: NDArray[np.bool_] = np.abs(values[3] - values[0]) <= allowed
    return close


@cache
def _points(width: int, reach: float) -> Floats:
    """Of one sign and of the other, then of any: (n, width)."""
    drawn = np.random.default_rng(width).uniform(-1.0, 1.0, (_POINTS, width))
    drawn[0], drawn[1] = 0.5, -0.5
    points: Floats = reach * drawn
    return points


def _values(trees: list[Node], points: Floats) -> Floats:
    """(N, T), NaN where there is no value, infinite where it is too large to be told from an infinite one."""
    behaviors = domain("function").semantics.simulate(trees, _setting(points))
    y: Floats = behaviors.y[:, 0, :, 0]
    return np.where(np.abs(y) >= 1e100, np.inf, y)


def _setting(points: Floats) -> Setting:
    return Setting(points, np.arange(float(len(points))), np.array([1e140]))
