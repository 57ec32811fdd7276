"""Drawing from a fitted grammar: structure first, then coefficients, conditions, horizon and ranges."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ...operators import Operators
from ...text.canonical import canonical
from ...tree import NUMBER, VARIABLE_PREFIX, System, system
from ..terms import Dice
from .backoff import BackOff
from .chains import CHAIN, STOP, View, tree
from .grammar import HEADS, Skeleton, Slot, State
from .labeling import NONE, Writing, numbered
from .labels import SAME, WHOLE, exact_value, is_number
from .magnitudes import Magnitudes
from .places import References, Sizes, condition_features, condition_references, horizon_features, number_places

_ROOM = 3
"""Times the largest equation of the corpus beyond which an equation ends as soon as it can."""


@dataclass(frozen=True)
class Model:
    """All that systems are drawn from. `shapes`: (variables, equations) of each system of the corpus; `largest`, `deepest`: views
    of its equations."""

    domain: str
    operators: Operators
    how: Writing
    labels: Mapping[str, BackOff]
    sizes: Mapping[str, Magnitudes]
    shapes: tuple[tuple[int, int], ...]
    largest: int
    deepest: int

    def draw(self, dice: Dice) -> System:
        """A system."""
        dim, count = self.shapes[dice.below(len(self.shapes))]
        state = State(dim, count)
        guide = _Drawer(self, dice)
        written = []
        for _ in range(count):
            guide.written = 0
            written.append(self.how.walk.equation(guide, state))
        whole = state.done
        values, sizes = self._values(dice, written)
        equations = []
        for i, labeled in enumerate(written):
            seen, values = numbered(labeled, values)
            equations.append(tree(self._named(seen, i, dim)))
        root = system(*equations)
        starts = self._starts(dice, dim, whole, sizes)
        spans = horizon_features(whole, len(starts), sizes)
        horizon = self._horizon(dice, spans, sizes.references())
        names = tuple(f"{VARIABLE_PREFIX}{i}" for i in range(dim))
        ranges = self._ranges(dice, dim, spans)
        return System(canonical(root) if self.operators.built_in else root, names, self.domain, starts, horizon, ranges)

    def _named(self, seen: View, equation: int, dim: int) -> View:
        """Labels of variables become variables."""
        if not seen.children and self.how.coefficients.is_variable(seen.symbol) and seen.symbol != NUMBER:
            return View(f"{VARIABLE_PREFIX}{self.how.coefficients.index(seen.symbol, equation, dim)}")
        return View(seen.symbol, tuple(self._named(c, equation, dim) for c in seen.children), seen.joins, seen.value)

    def _values(self, dice: Dice, written: Sequence[View]) -> tuple[Sequence[float], Sizes]:
        """A value for each label of a number, in order."""
        values: list[float] = []
        sizes = Sizes()
        model = self.sizes["coefficients"]
        for place in number_places(written):
            known = exact_value(place.label)
            if known is not None:
                values.append(known)
                continue
            if place.label.startswith(SAME) and sizes.seen:
                earlier = list(dict.fromkeys(sizes.seen))
                size = earlier[dice.below(len(earlier))]
            else:
                features = place.features | sizes.features()
                size = model.draw(dice, features.__getitem__, place.label.startswith(WHOLE), sizes.references())
            values.append(-size if place.label.endswith("-") else size)
            sizes.note(size)
        return values, sizes

    def _value(self, dice: Dice, label: str, sized: str, features: Mapping[str, Hashable], known: References) -> float:
        exact = exact_value(label)
        if exact is not None:
            return exact
        size = self.sizes[sized].draw(dice, features.__getitem__, label.startswith(WHOLE), known)
        return -size if label.endswith("-") else size

    def _label(self, dice: Dice, kind: str, features: Mapping[str, Hashable], allowed: frozenset[str] | None = None) -> str:
        return self.labels[kind].draw(dice, features.__getitem__, allowed)

    def _starts(self, dice: Dice, dim: int, whole: Skeleton, sizes: Sizes) -> tuple[tuple[float, ...], ...]:
        starts: list[tuple[float, ...]] = []
        for s in range(int(self._label(dice, "starts", horizon_features(whole, 0, sizes)))):
            start: list[float] = []
            for i in range(dim):
                before = starts[-1] if starts else ()
                features = condition_features(whole, i, s, start, before, sizes)
                known = condition_references(i, start, before, sizes)
                label = self._label(dice, "conditions", features)
                start.append(self._value(dice, label, "initial values", features | {"sign": label}, known))
            starts.append(tuple(start))
        return tuple(starts)

    def _horizon(self, dice: Dice, features: Mapping[str, Hashable], known: References) -> float | None:
        label = self._label(dice, "horizons", features)
        return None if label == NONE else self._value(dice, label, "spans", features, known)

    def _ranges(self, dice: Dice, dim: int, features: Mapping[str, Hashable]) -> tuple[tuple[float, float], ...]:
        there = frozenset(self.labels["ranges"].known) - {NONE}
        ranges: list[tuple[float, float]] = []
        before = NONE
        for i in range(dim):
            before = self._label(dice, "ranges", {**features, "input": i, "before": before}, there if ranges else None)
            if before == NONE:
                return ()
            low, high = map(float, before.split())
            ranges.append((low, high))
        return tuple(ranges)


class _Drawer:
    """A guide that draws. `written`: labels of the present equation so far."""

    def __init__(self, model: Model, dice: Dice) -> None:
        self.model, self.dice = model, dice
        self.written = 0
        self.numbers = 0
        self.heads, self.joins = model.labels["heads"], model.labels["joins"]

    def head(self, state: State, slot: Slot) -> str:
        model = self.model
        full = self.written > _ROOM * model.largest or len(slot.above) > model.deepest
        first = slot.above[-1][0] if slot.above and not slot.left and slot.above[-1][0].startswith(CHAIN) else ""
        allowed = _allowed(self.heads.known, self._variables(state.dim), first, self.numbers > 0, full)
        label = self.heads.draw(self.dice, lambda name: HEADS[name](state, slot), allowed)
        self.written += 1
        self.numbers += is_number(label) and not label.startswith("=")
        return label

    def join(self, state: State, slot: Slot) -> str:
        if self.written > _ROOM * self.model.largest and slot.joins:
            return STOP
        allowed = _joins(self.joins.known, slot.above[-1][0], bool(slot.joins), tuple(self.model.how.chain_of.items()))
        return self.joins.draw(self.dice, lambda name: HEADS[name](state, slot), allowed)

    def _variables(self, dim: int) -> frozenset[str]:
        labels = self.model.how.coefficients
        return frozenset(labels.variable(i, 0, dim) for i in range(dim))


@lru_cache(maxsize=4096)
def _allowed(known: tuple[str, ...], variables: frozenset[str], chain: str, numbers: bool, full: bool) -> frozenset[str]:
    """What may stand at a slot: no variable that the system has not; no chain first in a chain of its own kind, which would be
    one chain; no number once more where there was none; where there is no room left, leaves alone."""
    allowed = set()
    for label in known:
        leaf = is_number(label) or _variable(label)
        if (_variable(label) and label not in variables) or (full and not leaf) or label == chain:
            continue
        if label[:-1] != SAME or numbers:
            allowed.add(label)
    return frozenset(allowed or sorted(variables)[:1])


def _variable(label: str) -> bool:
    return label.startswith(VARIABLE_PREFIX) or (label[0] == "v" and label[1:].isdigit())


@lru_cache(maxsize=1024)
def _joins(known: tuple[str, ...], chain: str, some: bool, chain_of: tuple[tuple[str, str], ...]) -> frozenset[str]:
    """How a chain may go on: by its own operators; it ends with two terms at least."""
    own = {join for join in known if dict(chain_of).get(join) == chain}
    return frozenset(own | {STOP}) if some else frozenset(own)
