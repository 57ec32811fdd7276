"""How close written expressions come to the observed ones: each is simulated where the observed one was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....grammars.tree import Node, System
from ....tokenizers.base import Invalid
from ...domains.domain import Domain
from ...domains.metrics import distances
from ...semantics.base import Setting, Status, lost_share, rooms_for
from .forward import no_value


@dataclass(frozen=True, slots=True)
class Item:
    """A behavior to be found again. truth: (I, T, D), noise-free, of `system` in `setting`. answer: the expression to be written,
    where it is another than the system's own."""

    system: System
    setting: Setting
    truth: NDArray[np.float64]
    answer: Node | None = None

    @property
    def target(self) -> Node:
        """The expression that is right."""
        return self.system.tree if self.answer is None else self.answer


@dataclass(frozen=True, slots=True)
class SampleOutcome:
    """What became of one written expression.

    status: "ok", "diverged", "undefined" (somewhere where the truth is defined), "unresolved" or "invalid" (then `reason` says
    why; in a forward domain also of what is not one number for each equation, whatever its value). q: 1 - distance to the truth
    by `Domain.quality` (bounded-l2 but for domains with a bounded metric of their own), over its largest; 0 for "invalid" and
    "unresolved". r2 (variance-weighted over dimensions) and relative_l2, or what stands for them where behaviors are no numbers
    (`Observer.fit`): NaN for those two and "undefined".
    """

    status: str
    q: float
    r2: float = float("nan")
    relative_l2: float = float("nan")
    reason: str = ""


def score(domain: Domain, items: Sequence[Item], trees: Sequence[Node | Invalid]) -> list[SampleOutcome]:
    """The outcome of each tree, held against the item at the same position."""
    outcomes: list[SampleOutcome | None] = [_refusal(domain, item, tree) for item, tree in zip(items, trees, strict=True)]
    runs = [i for i, outcome in enumerate(outcomes) if outcome is None]
    valid = [tree for i in runs if isinstance(tree := trees[i], Node)]
    behaviors = domain.semantics.simulate(valid, rooms(domain, [items[i] for i in runs])) if runs else []
    for i, behavior in zip(runs, behaviors, strict=True):
        outcomes[i] = _compare(domain, items[i].truth, behavior.y[0], Status(int(behavior.status.max())))
    return [outcome for outcome in outcomes if outcome is not None]


def rooms(domain: Domain, items: Sequence[Item]) -> list[Setting]:
    """In which setting each item's answers are simulated: that of the edits of its own expression."""
    return rooms_for([i.system.tree for i in items], [i.setting for i in items], [i.truth for i in items], domain.semantics)


def constant(domain: Domain, items: Sequence[Item]) -> list[float]:
    """q of a constant that knows each behavior's truth, not the best one: its mean over its points, or as the observer has it."""
    return [_compare(domain, i.truth, domain.observer.still(i.truth), Status.OK).q for i in items]


def _refusal(domain: Domain, item: Item, tree: Node | Invalid) -> SampleOutcome | None:
    if isinstance(tree, Invalid):
        return SampleOutcome("invalid", 0.0, reason=tree.reason)
    if not domain.comparable(tree, item.system):
        return SampleOutcome(
            "invalid", 0.0, reason=f"{len(tree.children)} equations do not fit an observation of {len(item.system.equations)}"
        )
    if domain.forward and (reason := no_value(tree)):
        return SampleOutcome("invalid", 0.0, reason=reason)
    return None


def _compare(domain: Domain, truth: NDArray[np.float64], y: NDArray[np.float64], status: Status) -> SampleOutcome:
    if status == Status.UNRESOLVED:
        return SampleOutcome("unresolved", 0.0, reason="the solver gave up")
    lost = bool((lost_share(truth, y[None]) > 0).any())
    if status == Status.UNDEFINED and not lost:
        status = Status.OK
    metric = domain.quality
    bounded = float(distances(metric, truth, y[None])[0]) / metric.d_max
    r2, relative = domain.observer.fit(truth, y)
    return SampleOutcome(status.name.lower(), 1.0 - bounded, float("nan") if lost else r2, float("nan") if lost else relative)
