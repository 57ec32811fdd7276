"""A corpus in labels, and everything in it that is a choice: what a fit counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from ...operators import Operators
from ...tree import NUMBER, Node, System
from .chains import View, groups, is_leaf, view
from .grammar import HEADS, Skeleton, State, Teacher, Walk, skeleton
from .labels import EXACT, Labels, digits, is_number, is_structure, outstanding
from .places import References, Sizes, condition_features, condition_references, horizon_features, number_places

Context = Mapping[str, Hashable]
NONE = "none"
KINDS = ("heads", "joins", "conditions", "starts", "horizons", "ranges")
"""What is chosen among labels."""
SIZED = ("coefficients", "initial values", "spans")
"""What has a size."""


_ROUND = 2
"""Digits up to which a whole horizon is one that somebody chose."""


@dataclass(slots=True)
class Column:
    """Choices of one kind, each with its context and the number of the system that it is of."""

    choices: list[str] = field(default_factory=list)
    contexts: list[Context] = field(default_factory=list)
    systems: list[int] = field(default_factory=list)

    def add(self, choice: str, context: Context, system: int) -> None:
        self.choices.append(choice)
        self.contexts.append(context)
        self.systems.append(system)


@dataclass(slots=True)
class SizedColumn:
    """Magnitudes of one kind, likewise, and what each may be held against."""

    values: list[float] = field(default_factory=list)
    contexts: list[Context] = field(default_factory=list)
    systems: list[int] = field(default_factory=list)
    references: list[References] = field(default_factory=list)

    def add(self, value: float, context: Context, system: int, references: References) -> None:
        self.values.append(abs(value))
        self.contexts.append(context)
        self.systems.append(system)
        self.references.append(references)


@dataclass(frozen=True, slots=True)
class Writing:
    """How systems are written in labels: one for numbers of equations, of conditions and of horizons each; the alphabet's
    chains and operands."""

    coefficients: Labels
    conditions: Labels
    spans: Labels
    chain_of: dict[str, str]
    walk: Walk


def writing(corpus: Sequence[System], closed: bool, operators: Operators) -> Writing:
    """How the systems of a corpus are best written."""
    coefficients = [[v for e in s.equations for v in _numbers(e, None, 0)] for s in corpus]
    conditions = [[v for start in s.x0 for v in start] for s in corpus]
    spans = [[] if s.t_end is None else [s.t_end] for s in corpus]
    times = Counter(t for own in spans for t in own)
    often = {t for t, n in times.items() if n > 1 or (t.is_integer() and digits(t) <= _ROUND)}
    labels = Labels(outstanding(coefficients), closed)
    chain_of = groups(operators)
    arities = {row.symbol: row.arity for row in operators.rows if row.arity and row.symbol not in chain_of}
    return Writing(
        labels,
        Labels(outstanding(conditions), closed),
        Labels(frozenset(often), closed),
        chain_of,
        Walk(arities, labels.is_variable),
    )


def _numbers(node: Node, parent: Node | None, position: int) -> list[float]:
    """The numbers of an equation that are no whole exponents."""
    if node.value is not None:
        return [] if is_structure(parent, position) else [node.value]
    return [v for k, child in enumerate(node.children) for v in _numbers(child, node, k)]


@dataclass(slots=True)
class Labeled:
    """A system in labels: `equations`, and the values of its numbers in the order of its text."""

    equations: list[View] = field(default_factory=list)
    values: list[float] = field(default_factory=list)


def labeled(system: System, how: Writing) -> Labeled:
    """A system's equations in labels."""
    made = Labeled()
    earlier: set[float] = set()

    def write(seen: View, parent: View | None, position: int, equation: int) -> View:
        if seen.symbol == NUMBER:
            value = seen.value or 0.0
            structure = parent is not None and parent.symbol == "^" and position == 1 and value.is_integer()
            label = how.coefficients.number(value, structure, earlier)
            made.values.append(value)
            if not label.startswith(EXACT):
                earlier.add(abs(value))
            return View(label)
        if is_leaf(seen.symbol):
            return View(how.coefficients.variable(int(seen.symbol[2:]), equation, system.dim))
        children = tuple(write(child, seen, k, equation) for k, child in enumerate(seen.children))
        return View(seen.symbol, children, seen.joins)

    for i, equation in enumerate(system.equations):
        made.equations.append(write(view(equation, how.chain_of), None, 0, i))
    return made


@dataclass(slots=True)
class Corpus:
    """All choices of a corpus, in columns by kind. `wanted`: the features of structure that are written down."""

    wanted: Collection[str] = tuple(HEADS)
    columns: dict[str, Column] = field(default_factory=lambda: {kind: Column() for kind in KINDS})
    sized: dict[str, SizedColumn] = field(default_factory=lambda: {kind: SizedColumn() for kind in SIZED})
    largest: int = 1
    deepest: int = 1

    def read(self, number: int, system: System, how: Writing) -> None:
        """Take up a system's choices."""
        written = labeled(system, how)
        self._structure(number, system, written, how)
        sizes = self._coefficients(number, written)
        whole = tuple(map(skeleton, written.equations))
        spans = horizon_features(whole, len(system.x0), sizes)
        self.columns["starts"].add(str(len(system.x0)), horizon_features(whole, 0, sizes), number)
        self._conditions(number, system, how, whole, sizes)
        label = NONE if system.t_end is None else how.spans.number(system.t_end, False, ())
        self.columns["horizons"].add(label, spans, number)
        if system.t_end is not None and not label.startswith(EXACT):
            self.sized["spans"].add(system.t_end, spans, number, sizes.references())
        before = NONE
        for i in range(system.dim):
            here = f"{system.ranges[i][0]!r} {system.ranges[i][1]!r}" if i < len(system.ranges) else NONE
            self.columns["ranges"].add(here, spans | {"input": i, "before": before}, number)
            before = here

    def _structure(self, number: int, system: System, written: Labeled, how: Writing) -> None:
        teacher, state = Teacher(self.wanted), State(system.dim, len(system.equations))
        for equation in written.equations:
            teacher.follow(equation)
            how.walk.equation(teacher, state)
            self.largest = max(self.largest, _size(equation))
            self.deepest = max(self.deepest, _depth(equation))
        for kind, noted in (("heads", teacher.heads), ("joins", teacher.joins)):
            for choice, context in noted:
                self.columns[kind].add(choice, context, number)

    def _coefficients(self, number: int, written: Labeled) -> Sizes:
        sizes = Sizes()
        for place, value in zip(number_places(written.equations), written.values, strict=True):
            if place.label.startswith(EXACT):
                continue
            if not place.label.startswith("same"):
                self.sized["coefficients"].add(value, place.features | sizes.features(), number, sizes.references())
            sizes.note(value)
        return sizes

    def _conditions(self, number: int, system: System, how: Writing, whole: Skeleton, sizes: Sizes) -> None:
        before: Sequence[float] = ()
        for s, start in enumerate(system.x0):
            for i, value in enumerate(start):
                context = condition_features(whole, i, s, start[:i], before, sizes)
                label = how.conditions.number(value, False, ())
                self.columns["conditions"].add(label, context, number)
                if not label.startswith(EXACT):
                    known = condition_references(i, start[:i], before, sizes)
                    self.sized["initial values"].add(value, context | {"sign": label}, number, known)
            before = start


def _size(seen: View) -> int:
    return 1 + sum(map(_size, seen.children))


def _depth(seen: View) -> int:
    return 1 + max(map(_depth, seen.children), default=0)


def numbered(seen: View, values: Sequence[float]) -> tuple[View, Sequence[float]]:
    """A view in which the labels of numbers are numbers again; and the values that are left for what follows."""
    if is_number(seen.symbol):
        return View(NUMBER, (), (), values[0]), values[1:]
    children = []
    for child in seen.children:
        done, values = numbered(child, values)
        children.append(done)
    return View(seen.symbol, tuple(children), seen.joins), values
