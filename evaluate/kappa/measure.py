"""One expression under one representation: its edits, what each came to, and how far each moved the meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...grammars.errors import ConditionError, EncodeError, SpecError
from ...grammars.tree import Node, System
from ...representations.representation import Representation
from ...representations.rewrites.base import Context
from ...tokenizers.base import Invalid
from ...tokenizers.machines.decode import EditDecoder, general
from ...tokenizers.machines.forest import Forest
from ..domains.domain import Domain
from ..domains.metrics import Metric, distances
from ..domains.references import known, lacking, left_out, reference
from ..edits.base import Edit, EditOperator, Neighborhood, SequenceOperator, Steps, Undrawn
from ..results.categorical import Categorical
from ..semantics.base import Behaviors, Distances, Measuring, OfForests, Setting, Status, lost_share, room_for
from .intrinsic import Gauged, gauged
from .rewritten import Changes

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

OUTCOMES = ("ok", "diverged", "undefined", "unresolved", "invalid")
"""Those of `Status`, in its order, then what has no simulation at all."""
INVALID = OUTCOMES.index("invalid")
ANOTHER_DIMENSION = "a system of another dimension"
"""The reason of an edit whose behavior has other dimensions: there is no distance to the original's."""
_BATCH = 1024
"""Trees simulated at once: bounds the memory that tapes, and trajectories where they are stored, take, whatever the
neighborhood."""
_BLOCK = 1 << 15
"""Edits decoded and simulated at once on the fast path, for the same reason."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Measured:
    """The edits of one expression, in columns of equal length n.

    `size` counts the whole neighborhood; `fidelity_error` is the distance from the tree's behavior to that of what the
    representation makes of it; `kinds` and `classes` name the step and what the edited token stands for. `distance` (n,) is NaN
    where an edit has none (invalid, unresolved; undefined under an unbounded metric) and may be inf under an unbounded metric.
    `trees` (n,) numbers the distinct trees that edits decode to, -1 for none. `weights` (n,): what each edit counts, None where
    all count the same. `counts` (n,): how many edits a row stands for, None where it is one; then positions, tokens, trees and
    reasons are those of one of them. `encoding`: what the intrinsic measures need. `repeats`: an edit is there twice, so that as
    many as the neighborhood has are not all of it. `n_left_out`: points (times) at which the original itself has no value, and
    nothing is compared. `undrawn`: edits of the neighborhood that no row is of, as they are invalid for certain; rows are then
    drawn from the others. `changes`: of edits that rewrite the whole text, what they make of the tokens.
    """

    name: str
    size: int
    n_tokens: int
    fidelity_error: float
    kinds: Categorical
    classes: Categorical
    positions: Ints
    tokens: Ints
    outcomes: Categorical
    reasons: Categorical
    distance: Floats
    trees: Ints
    weights: Floats | None = None
    counts: NDArray[np.int64] | None = None
    encoding: Gauged | None = None
    repeats: bool = False
    n_left_out: int = 0
    undrawn: Undrawn | None = None
    changes: Changes | None = None

    @property
    def n_undrawn(self) -> int:
        return 0 if self.undrawn is None else self.undrawn.total

    @property
    def n_edits(self) -> int:
        return len(self.kinds) if self.counts is None else int(self.counts.sum())

    @property
    def exact(self) -> bool:
        return self.n_edits + self.n_undrawn == self.size and not self.repeats

    def number(self, mask: NDArray[np.bool_]) -> int:
        """How many edits the masked rows stand for."""
        return int(mask.sum()) if self.counts is None else int(self.counts[mask].sum())

    def count(self, outcome: str) -> int:
        return self.number(self.outcomes.mask(outcome))

    @property
    def n_valid(self) -> int:
        return self.n_edits - self.count("invalid")

    def condensed(self) -> Measured:
        """The same edits with equal ones in one row: kind, class, outcome and distance. Every statistic over edits stays; which
        token each edit changed into what is given up. Weighted edits and rewritings stay as they are."""
        if self.weights is not None or self.counts is not None or self.changes is not None:
            return self
        keys = np.stack(
            [self.kinds.codes, self.classes.codes, self.outcomes.codes, np.nan_to_num(self.distance, nan=-1.0)], axis=1
        )
        _, first, counts = np.unique(keys, axis=0, return_index=True, return_counts=True)
        return replace(
            self,
            kinds=self.kinds.take(first),
            classes=self.classes.take(first),
            positions=self.positions[first],
            tokens=self.tokens[first],
            outcomes=self.outcomes.take(first),
            reasons=self.reasons.take(first),
            distance=self.distance[first],
            trees=self.trees[first],
            counts=counts,
        )


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """An expression that could not be measured, and why: a counted outcome, not an exception."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Original:
    """What edits of an expression are held against: the representation, bound to it; its tokens' ids and classes; and the
    behavior (I, T, D) of what they decode to, under a setting whose box is around it."""

    system: System
    representation: Representation
    ids: tuple[int, ...]
    classes: Categorical
    setting: Setting
    behavior: Floats
    fidelity_error: float

    def classes_at(self, positions: Ints) -> Categorical:
        """Classes of the tokens that edits touch; an insertion at the end touches the last."""
        return self.classes.take(np.minimum(positions, len(self.classes) - 1)) if len(self.classes) else self.classes


def prepare(
    representation: Representation, system: System, domain: Domain, metric: Metric, of_tree: bool = False
) -> Original | NotMeasured:
    """The original's side of every distance.

    Distances are to the behavior of the *decoded* sequence, φ(s) of Eq. 1, under the original's initial conditions, times and a
    bounding box around its behavior; what decoding itself loses is `fidelity_error`. Points at which either has no value are left
    out for all edits. Edits get the steps and the box that this behavior needs, where it needs more than theirs. `of_tree`:
    distances are to the behavior of the expression as its rewrites have it, and what decoding makes of it decides nothing but
    `fidelity_error` (NaN where that has no behavior).
    """
    name = system.name or "unnamed"
    try:
        setting = domain.semantics.setting(system)
        original = domain.semantics.simulate([system.tree], setting)
        own = reference(original, setting, domain)
        if isinstance(own, str):
            return NotMeasured(name, own)
        bound = representation.bind(Context(system, *known(original.t, own)))
        tokens = bound.tokenize(system.tree)
        ids = bound.encode(system.tree)
    except (EncodeError, ConditionError) as e:
        return NotMeasured(name, str(e))
    tree = bound.decode(ids)
    if isinstance(tree, Invalid):
        return NotMeasured(name, f"the representation cannot read its own writing: {tree.reason} (token {tree.position})")
    room = _with_room(
        bound.unrounded(system.tree) if of_tree else tree, "rewritten" if of_tree else "decoded", setting, own, domain
    )
    if isinstance(room, str):
        return NotMeasured(name, room)
    inside, reached, behavior = room
    decoded = domain.semantics.simulate([tree], inside) if of_tree else reached
    resolved = not (decoded.status == Status.UNRESOLVED).any()
    fidelity = float(distances(metric, own, decoded.y)[0]) if resolved else float("nan")
    classes = Categorical.of([str(t.kind) for t in tokens])
    return Original(
        system=system,
        representation=bound,
        ids=tuple(ids),
        classes=classes,
        setting=inside,
        behavior=behavior,
        fidelity_error=fidelity,
    )


def _with_room(tree: Node, form: str, setting: Setting, own: Floats, domain: Domain) -> tuple[Setting, Behaviors, Floats] | str:
    """Of a form of an expression whose own behavior is `own`: the setting for edits, its behavior there, and this (I, T, D)
    without the points at which `own` has no value. Or why it cannot be held against."""
    inside, behaviors = room_for(tree, setting, own, domain.semantics)
    if (behaviors.status == Status.UNRESOLVED).any():
        return f"the simulation of its {form} form is unresolved"
    behavior = np.where(np.isnan(own), np.nan, behaviors.y[0])
    lack = lacking(behavior, domain)
    return f"its {form} form cannot stand for it: {lack}" if lack else (inside, behaviors, behavior)


def measure(
    representation: Representation,
    system: System,
    domain: Domain,
    metric: Metric,
    operator: EditOperator,
    *,
    limit: int | None,
    rng: np.random.Generator,
    decoder: EditDecoder | None = None,
) -> Measured | NotMeasured:
    """κ's raw material for one expression.

    With a `decoder` of the representation's tokenizer, edits of single tokens are decoded, told apart and simulated without an
    object per edit; the numbers are those of the plain way.
    """
    original = prepare(representation, system, domain, metric, operator.promises.own)
    if isinstance(original, NotMeasured):
        return original
    # What is bound to a system decodes in its own way; the decoder knows the tokenizer alone.
    unbound = original.representation is representation
    if decoder is not None and unbound and isinstance(operator, SequenceOperator):
        steps = operator.token_steps(original.ids, len(representation.vocabulary), limit, rng)
        measured = _in_bulk(original, steps, decoder, domain, metric)
    else:
        neighborhood = operator.neighborhood(original.representation, system.tree, limit, rng)
        measured = _one_by_one(original, neighborhood, operator.name, domain, metric)
    encoding = gauged(original.representation, system, original.ids)
    return replace(measured, encoding=encoding, n_left_out=left_out(original.behavior))


def _one_by_one(original: Original, neighborhood: Neighborhood, operator: str, domain: Domain, metric: Metric) -> Measured:
    edits = neighborhood.edits
    weights = _weights(edits, operator)
    outcomes, reasons, distance, trees = judge(edits, original.system, original.behavior, original.setting, domain, metric)
    positions = np.array([e.position for e in edits], np.int32)
    return Measured(
        name=original.system.name or "unnamed",
        size=neighborhood.size,
        n_tokens=len(original.ids),
        fidelity_error=original.fidelity_error,
        kinds=Categorical.of([e.kind for e in edits]),
        classes=original.classes_at(positions),
        positions=positions,
        tokens=np.array([e.token for e in edits], np.int32),
        outcomes=outcomes,
        reasons=reasons,
        distance=distance,
        trees=trees,
        weights=weights if (weights != 1.0).any() else None,
        repeats=neighborhood.repeats,
        undrawn=Undrawn(neighborhood.foreign, original.classes) if neighborhood.foreign else None,
        changes=Changes.of(original.ids, edits),
    )


def _weights(edits: Sequence[Edit], operator: str) -> Floats:
    """What each edit counts. Raises `SpecError` where an operator gives what no law can be."""
    for edit in edits:
        weight: object = edit.weight
        if not isinstance(weight, int | float | np.number) or not (np.isfinite(weight) and weight >= 0):
            raise SpecError(
                f"edit operator {operator!r} gives its {edit.kind} at {edit.position} the weight {weight!r}; "
                "a weight is a finite number of at least 0"
            )
    weights = np.array([float(e.weight) for e in edits])
    if len(weights) and not weights.any():
        raise SpecError(
            f"edit operator {operator!r} gives all {len(weights)} edits of an expression the weight 0; give one a larger one"
        )
    return weights


def judge(
    edits: Sequence[Edit], system: System, behavior: Floats, setting: Setting, domain: Domain, metric: Metric
) -> tuple[Categorical, Categorical, Floats, Ints]:
    """Outcome, reason (for invalid edits), distance and tree of each edit. Edits that decode to one tree are simulated once."""
    reasons = [""] * len(edits)
    outcomes, distance = np.full(len(edits), INVALID, np.int16), np.full(len(edits), np.nan)
    numbers = np.full(len(edits), -1, np.int32)
    positions: dict[Node, list[int]] = {}
    for i, edit in enumerate(edits):
        if isinstance(edit.result, Invalid):
            reasons[i] = general(edit.result.reason)
        elif not domain.comparable(edit.result, system):
            reasons[i] = ANOTHER_DIMENSION
        else:
            positions.setdefault(edit.result, []).append(i)
    trees = list(positions)
    for start in range(0, len(trees), _BATCH):
        batch = trees[start : start + _BATCH]
        moved = _moved(batch, behavior, setting, domain, metric)
        for k, (tree, status, d) in enumerate(zip(batch, moved.status.max(axis=1), moved.distance, strict=True)):
            for i in positions[tree]:
                outcomes[i], numbers[i] = status, start + k
                distance[i] = np.nan if status == Status.UNRESOLVED else d
    return Categorical(outcomes, OUTCOMES), Categorical.of(reasons), distance, numbers


def _moved(trees: Sequence[Node], behavior: Floats, setting: Setting, domain: Domain, metric: Metric) -> Distances:
    """How far each tree's behavior is from `behavior`: on the fly where metric and semantics can, else by storing them."""
    if metric.running is not None and isinstance(domain.semantics, Measuring):
        return domain.semantics.distances(trees, setting, behavior, metric.running)
    return _compared(domain.semantics.simulate(trees, setting), behavior, setting, domain, metric)


def _compared(behaviors: Behaviors, behavior: Floats, setting: Setting, domain: Domain, metric: Metric) -> Distances:
    return Distances(distances(metric, behavior, behaviors.y), compared_status(behavior, behaviors, setting, bool(domain.series)))


def compared_status(reference: Floats, others: Behaviors, setting: Setting, series: bool) -> NDArray[np.int8]:
    """(N, I): the others' status by what is compared. Where the reference is undefined nothing is, so that others may be
    undefined there or, where points are independent (`series` is False), overflow."""
    whole = lost_share(reference, others.y) == 0.0
    status = np.where((others.status == Status.UNDEFINED) & whole, np.int8(Status.OK), others.status)
    there = np.isfinite(reference).all(axis=-1)
    if not series and not there.all():
        beyond = ((np.abs(others.y) >= setting.box).any(axis=-1) & there).any(axis=-1)
        compared = np.where(beyond, np.int8(Status.DIVERGED), np.int8(Status.OK))
        status = np.where(whole & (others.status <= Status.UNDEFINED), compared, status)
    return np.asarray(status, dtype=np.int8)


def _in_bulk(original: Original, steps: Steps, decoder: EditDecoder, domain: Domain, metric: Metric) -> Measured:
    """As `_one_by_one`, for edits that replace tokens by at most one."""
    n = len(steps.positions)
    outcomes, reasons = np.full(n, INVALID, np.int16), np.zeros(n, np.int16)
    distance, trees = np.full(n, np.nan), np.full(n, -1, np.int32)
    names: dict[str, int] = {"": 0, ANOTHER_DIMENSION: 1}
    streams = metric.running is not None and isinstance(domain.semantics, Measuring)
    known = 0
    for first in range(0, n, _BLOCK):
        part = slice(first, min(first + _BLOCK, n))
        decoded = decoder.decode(original.ids, steps.positions[part], steps.ends[part], steps.tokens[part])
        fit = domain.comparable_all(decoded.trees, original.system)
        each = np.full(len(fit), np.nan)
        status = np.full(len(fit), INVALID, np.int16)
        if fit.any():
            moved = _forest_moved(decoded.trees.take(np.flatnonzero(fit)), original, domain, metric)
            status[fit] = moved.status.max(axis=1)
            each[fit] = np.where(status[fit] == Status.UNRESOLVED, np.nan, moved.distance)
        there = np.flatnonzero(decoded.tree >= 0)
        number = decoded.tree[there]
        outcomes[part][there], distance[part][there] = status[number], each[number]
        counted = np.arange(len(fit)) if streams else np.cumsum(fit) - 1  # as `judge` does where trees are objects
        trees[part][there] = np.where(fit[number], known + counted[number], -1)
        reasons[part][there] = np.where(fit[number], 0, 1)
        gone = np.flatnonzero(decoded.tree < 0)
        codes = np.array([names.setdefault(r, len(names)) for r in decoded.reasons], np.int16)
        reasons[part][gone] = codes[decoded.reason[gone]]
        known += len(fit) if streams else int(fit.sum())
    return Measured(
        name=original.system.name or "unnamed",
        size=steps.size,
        n_tokens=len(original.ids),
        fidelity_error=original.fidelity_error,
        kinds=steps.kinds,
        classes=original.classes_at(steps.positions),
        positions=steps.positions,
        tokens=steps.tokens,
        outcomes=Categorical(outcomes, OUTCOMES),
        reasons=Categorical(reasons, tuple(names)),
        distance=distance,
        trees=trees,
    )


def _forest_moved(trees: Forest, original: Original, domain: Domain, metric: Metric) -> Distances:
    """`_moved` of a forest, which only semantics of the built-in alphabet, and `OfForests`, take as it is."""
    if metric.running is not None and isinstance(domain.semantics, Measuring) and not trees.symbols:
        return domain.semantics.distances(trees, original.setting, original.behavior, metric.running)
    moved = []
    for start in range(0, len(trees), _BATCH):
        which = np.arange(start, min(start + _BATCH, len(trees)))
        if isinstance(domain.semantics, OfForests):
            behaviors = domain.semantics.simulate_forest(trees.take(which), original.setting)
            moved.append(_compared(behaviors, original.behavior, original.setting, domain, metric))
        else:
            batch = [trees.tree(i) for i in which.tolist()]
            moved.append(_moved(batch, original.behavior, original.setting, domain, metric))
    return Distances(np.concatenate([m.distance for m in moved]), np.concatenate([m.status for m in moved]))
