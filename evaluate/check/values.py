"""The property of rewrites of the built-in alphabet at single points: a behavior sees only where it passes, a value any sign."""

from __future__ import annotations

from functools import cache

import numpy as np

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
_NOISE = 8.0
"""Times what nudging moves a value, a difference is rounding's, as far as can be told."""


def applies(subject: Subject) -> bool:
    """Whether values are to stay as they are: not those of a rewrite in new variables or units."""
    item = subject.item
    stages = item.rewrites if isinstance(item, Representation) else (item,)
    return rewrites(subject) and subject.domain.operators.built_in and not any(isinstance(r, Framed) for r in stages)


def kept(subject: Subject, tree: Node) -> Fault | None:
    """Where a right side has a steady value, the rewritten one has it too, to 1e-6 of its size thereabouts."""
    rewritten = apply_of(subject)(tree)
    if rewritten == tree or rewritten.depth > MAX_DEPTH or len(rewritten.children) != len(tree.children):
        return None
    for before, after in zip(tree.children, rewritten.children, strict=True):
        width = 1 + max(max(variables(system(side)), default=0) for side in (before, after))
        for reach in _REACHES:
            if (wrong := _differs(before, after, reach, width)) is not None:
                point, old, new = wrong
                where = ", ".join(f"x_{i} = {value:g}" for i, value in enumerate(point))
                now = f"{new:.9g}" if np.isfinite(new) else "undefined"
                detail = f"becomes {subject.written(rewritten)}, which at {where} is {now}, not {old:.9g}"
                return Fault("undefined" if now == "undefined" else "values", detail)
    return None


def _differs(before: Node, after: Node, reach: float, width: int) -> tuple[Floats, float, float] | None:
    """A point, the value there, and what it became."""
    points = _points(width, reach)
    one = system(before)
    values = _values([one, nudged(one, 1.0), nudged(one, -1.0), system(after)], points)
    moved = _values([one], points * (1.0 + _NUDGE) + _NUDGE)
    steady = np.isfinite([values[0], values[1], values[2], moved[0]]).all(axis=0)
    if not steady.any():
        return None
    spread = np.abs(np.array([values[1], values[2], moved[0]]) - values[0]).max(axis=0)
    allowed = TOLERANCE * max(1.0, float(np.abs(values[0][steady]).max())) + _NOISE * spread
    wrong = steady & ~(np.abs(values[3] - values[0]) <= allowed)
    if not wrong.any():
        return None
    i = int(np.flatnonzero(wrong)[0])
    return points[i], float(values[0][i]), float(values[3][i])


@cache
def _points(width: int, reach: float) -> Floats:
    """Of one sign and of the other, then of any: (n, width)."""
    drawn = np.random.default_rng(width).uniform(-1.0, 1.0, (_POINTS, width))
    drawn[0], drawn[1] = 0.5, -0.5
    points: Floats = reach * drawn
    return points


def _values(trees: list[Node], points: Floats) -> Floats:
    """(N, T), NaN where there is no value, or none that a float holds."""
    behaviors = domain("function").semantics.simulate(trees, _setting(points))
    y: Floats = behaviors.y[:, 0, :, 0]
    return np.where(np.abs(y) < 1e100, y, np.nan)


def _setting(points: Floats) -> Setting:
    return Setting(points, np.arange(float(len(points))), np.array([1e140]))
