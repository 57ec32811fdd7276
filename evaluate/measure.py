"""One expression under one representation: its edits, what each came to, and how far each moved the meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..grammars.errors import ConditionError, EncodeError
from ..grammars.tree import Node, System
from ..representations.representation import Representation
from ..tokenizers.base import Invalid
from .domains import Domain
from .edits.base import Edit, EditOperator
from .metrics import Metric, distances
from .semantics.base import Distances, Measuring, Setting, Status, edit_setting

Floats = NDArray[np.float64]

OUTCOMES = ("ok", "diverged", "unresolved", "invalid")
_BATCH = 1024
"""Trees simulated at once: bounds the memory that tapes, and trajectories where they are stored, take, whatever the
neighbourhood."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The edits of one expression, in columns. `distance` is NaN where an edit has none (invalid, unresolved).

    `size` counts the whole neighbourhood; `fidelity_error` is the distance from the tree's behaviour to that of what
    the representation makes of it; `kinds` and `classes` name the step and what the edited token stands for.
    """

    name: str
    size: int
    n_tokens: int
    fidelity_error: float
    kinds: tuple[str, ...]
    classes: tuple[str, ...]
    positions: tuple[int, ...]
    tokens: tuple[int, ...]
    outcomes: tuple[str, ...]
    reasons: tuple[str, ...]
    distance: Floats

    @property
    def exact(self) -> bool:
        return len(self.kinds) == self.size

    def count(self, outcome: str) -> int:
        return self.outcomes.count(outcome)

    @property
    def n_valid(self) -> int:
        return len(self.outcomes) - self.count("invalid")


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """An expression that could not be measured, and why: a counted outcome, not an exception."""

    name: str
    reason: str


def measure(
    representation: Representation,
    system: System,
    domain: Domain,
    metric: Metric,
    operator: EditOperator,
    limit: int | None,
    rng: np.random.Generator,
) -> Measured | NotMeasured:
    """κ's raw material for one expression.

    Distances are to the behaviour of the *decoded* sequence, φ(s) of Eq. 1, under the original's initial conditions,
    times and a bounding box around its behaviour; what decoding itself loses is `fidelity_error`.
    """
    name = system.name or "unnamed"
    try:
        tokens = representation.tokenize(system.tree)
        ids = representation.encode(system.tree)
        setting = domain.semantics.setting(system)
    except (EncodeError, ConditionError) as e:
        return NotMeasured(name, str(e))
    reference = representation.decode(ids)
    if isinstance(reference, Invalid):
        return NotMeasured(
            name, f"the representation cannot read its own writing: {reference.reason} (token {reference.position})"
        )
    original = domain.semantics.simulate([system.tree], setting)
    if (original.status != Status.OK).any():
        worst = Status(int(original.status.max())).name.lower()
        return NotMeasured(name, f"its own simulation is {worst} up to the horizon")
    setting = edit_setting(setting, original.y[0])
    decoded = domain.semantics.simulate([reference], setting)
    if (decoded.status == Status.UNRESOLVED).any():
        return NotMeasured(name, "the simulation of its decoded form is unresolved")
    fidelity = float(distances(metric, original.y[0], decoded.y)[0])
    neighborhood = operator.neighborhood(representation, system.tree, limit, rng)
    outcomes, reasons, distance = judge(neighborhood.edits, system, decoded.y[0], setting, domain, metric)
    classes = [str(t.kind) for t in tokens]
    return Measured(
        name,
        neighborhood.size,
        len(ids),
        fidelity,
        tuple(e.kind for e in neighborhood.edits),
        tuple(kind_of_position(classes, e.position) for e in neighborhood.edits),
        tuple(e.position for e in neighborhood.edits),
        tuple(e.token for e in neighborhood.edits),
        outcomes,
        reasons,
        distance,
    )


def judge(
    edits: Sequence[Edit], system: System, behavior: Floats, setting: Setting, domain: Domain, metric: Metric
) -> tuple[tuple[str, ...], tuple[str, ...], Floats]:
    """Outcome, reason (for invalid edits) and distance of each edit. Edits that decode to one tree are simulated once."""
    outcomes, reasons = ["invalid"] * len(edits), [""] * len(edits)
    distance = np.full(len(edits), np.nan)
    places: dict[Node, list[int]] = {}
    for i, edit in enumerate(edits):
        if isinstance(edit.result, Invalid):
            reasons[i] = edit.result.reason
        elif not domain.comparable(edit.result, system):
            # Its behaviour has other dimensions: there is no distance to the original's.
            reasons[i] = "a system of another dimension"
        else:
            places.setdefault(edit.result, []).append(i)
    trees = list(places)
    for start in range(0, len(trees), _BATCH):
        batch = trees[start : start + _BATCH]
        moved = _moved(batch, behavior, setting, domain, metric)
        for tree, status, d in zip(batch, moved.status.max(axis=1), moved.distance, strict=True):
            for i in places[tree]:
                outcomes[i] = Status(int(status)).name.lower()
                distance[i] = np.nan if status == Status.UNRESOLVED else d
    return tuple(outcomes), tuple(reasons), distance


def _moved(trees: Sequence[Node], behavior: Floats, setting: Setting, domain: Domain, metric: Metric) -> Distances:
    """How far each tree's behaviour is from `behavior`: on the fly where metric and semantics can, else by storing them."""
    if metric.running is not None and isinstance(domain.semantics, Measuring):
        return domain.semantics.distances(trees, setting, behavior, metric.running)
    behaviors = domain.semantics.simulate(trees, setting)
    return Distances(distances(metric, behavior, behaviors.y), behaviors.status)


def kind_of_position(kinds: Sequence[str], position: int) -> str:
    """Class of the token that an edit touches; an insertion at the end touches the last."""
    return kinds[min(position, len(kinds) - 1)] if kinds else "structure"
