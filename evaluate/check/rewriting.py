"""Properties of rewrites: they keep what a system does, and never raise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import reduce

import numpy as np

from ...grammars.errors import ConditionError, EncodeError
from ...grammars.tree import MAX_DEPTH, Node, System, coefficient_paths, with_value
from ...representations.representation import Representation
from ...representations.rewrites.base import Context, Framed
from ..domains.domain import Domain
from ..semantics.base import Floats, Setting, Status
from .base import Fault, Idempotent, Refused, Subject
from .writing import malformed

TOLERANCE = 1e-6
"""Largest difference of behaviors, relative to the larger of 1 and the behavior's own size in that dimension."""
_POINTS = 21
_NUDGE = 1e-9


def apply_of(subject: Subject) -> Callable[[Node], Node]:
    item = subject.item
    function: Callable[[Node], Node] = item.rewrite if isinstance(item, Representation) else item.apply
    return function


def rewrites(subject: Subject) -> bool:
    """Whether the subject is a rewrite, or a representation that has some."""
    return not isinstance(subject.item, Representation) or bool(subject.item.rewrites)


def total(subject: Subject, tree: Node) -> Fault | None:
    """Any tree gives a well-formed tree with as many equations, and the same again; the drawn tree stays as it is."""
    apply, before = apply_of(subject), subject.written(tree)
    rewritten: object = apply(tree)
    if not isinstance(rewritten, Node):
        return Fault("type", f"gives a {type(rewritten).__name__}, not a tree")
    if subject.written(tree) != before:
        return Fault("changes its argument", f"what was {before} is {subject.written(tree)} afterwards")
    if apply(tree) != rewritten:
        return Fault("not deterministic", f"gives {subject.written(rewritten)}, then {subject.written(apply(tree))}")
    if rewritten.depth > MAX_DEPTH:
        return None if tree.depth > MAX_DEPTH // 4 else Fault("malformed", f"makes a tree that is nested {rewritten.depth} deep")
    if wrong := malformed(rewritten, subject.domain.closed, subject.domain.operators):
        return Fault("malformed", f"gives no tree of the domain: {wrong}")
    if len(rewritten.children) != len(tree.children):
        return Fault(
            "equations", f"{len(tree.children)} equations become {len(rewritten.children)}: {subject.written(rewritten)}"
        )
    return None


def says_idempotent(subject: Subject) -> bool:
    return isinstance(subject.item, Idempotent) and subject.item.idempotent


def idempotent(subject: Subject, tree: Node) -> Fault | None:
    """Applied twice is applied once, where the rewrite says `idempotent`."""
    apply = apply_of(subject)
    once = apply(tree)
    twice = apply(once)
    return (
        None if once == twice else Fault("not idempotent", f"gives {subject.written(once)}, and of that {subject.written(twice)}")
    )


def meaning(subject: Subject, system: System) -> Fault | None:
    """The behavior is the same to 1e-6, and defined where it was.

    Systems whose behavior is not finite up to the horizon are left out, and those that rounding could move as far: where
    coefficients nudged by 1e-9 or another tolerance give something else.
    """
    domain, tree = subject.domain, system.tree
    setting = _setting(domain, system)
    if setting is None:
        return None
    reference = _behavior(domain, tree, setting)
    if reference is None or not _steady(domain, tree, setting, reference):
        return None
    rewritten = _rewritten(subject, system, Context(system, setting.t, reference))
    changed = domain.semantics.simulate([rewritten], setting)
    status = Status(int(changed.status.max()))
    if status != Status.OK:
        return Fault(
            "undefined", f"becomes {subject.written(rewritten)}, whose behavior is {status.name.lower()}; the original's is not"
        )
    distance = _distance(reference, changed.y[0])
    if distance <= TOLERANCE:
        return None
    return Fault("meaning", f"becomes {subject.written(rewritten)}, whose behavior differs by {distance:.2g} of its size")


def _rewritten(subject: Subject, system: System, context: Context) -> Node:
    """What is written of a system; of a rewrite that depends on the system, what its frame puts back.

    Raises `Refused` where the system lacks what the rewrite needs.
    """
    item, tree = subject.item, system.tree
    try:
        if isinstance(item, Representation):
            bound = item.bind(context)
            return reduce(lambda t, frame: frame.back(t), reversed(bound.frames), bound.rewrite(tree))
        if isinstance(item, Framed):
            frame = item.frame(context)
            return frame.back(frame.to(tree))
    except (ConditionError, EncodeError) as e:
        raise Refused(str(e)) from None
    applied: Node = item.apply(tree)
    return applied


def _setting(domain: Domain, system: System) -> Setting | None:
    """A tight one; None where the system has a condition that the domain refuses."""
    try:
        return domain.semantics.setting(system, points=_POINTS, rtol=1e-10, atol=1e-12, box=1e4)
    except ConditionError:
        return None


def _behavior(domain: Domain, tree: Node, setting: Setting) -> Floats | None:
    behaviors = domain.semantics.simulate([tree], setting)
    y: Floats = behaviors.y[0]
    return y if int(behaviors.status.max()) == Status.OK else None


def _steady(domain: Domain, tree: Node, setting: Setting, reference: Floats) -> bool:
    others = [(nudged(tree, sign), setting) for sign in (1.0, -1.0)] + [(tree, replace(setting, rtol=1e-8, atol=1e-10))]
    others.append((tree, replace(setting, x0=setting.x0 * (1.0 + _NUDGE) + _NUDGE)) if domain.closed else (tree, setting))
    behaviors = [_behavior(domain, other, s) for other, s in others]
    return all(y is not None and _distance(reference, y) <= TOLERANCE / 2 for y in behaviors)


def nudged(tree: Node, sign: float) -> Node:
    """Every coefficient moved by a billionth of itself, in alternating directions: what rounding does, and more."""
    for i, path in enumerate(coefficient_paths(tree)):
        value = tree.at(path).value or 0.0
        tree = with_value(tree, path, value + sign * (1.0 if i % 2 else -1.0) * _NUDGE * max(abs(value), 1e-3))
    return tree


def _distance(reference: Floats, other: Floats) -> float:
    scale = np.maximum(np.abs(reference).max(axis=-2, keepdims=True), 1.0)
    return float((np.abs(reference - other) / scale).max())
