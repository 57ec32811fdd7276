"""Choices that depend on their context, as far as what was seen bears: interpolated absolute discounting, several orders mixed.

A context is a list of features, the most telling first. With n(s, c) the times that s was chosen in context c, n(c) their sum and
T(c) the number of different choices,

    p(s | c) = (max(n(s, c) - d, 0) + (t + d T(c)) p(s | c')) / (n(c) + t)

where c' is the context without its last feature and the last resort is even among all that was ever chosen. This is
Ney, Essen & Kneser 1994 ("On structuring probabilistic dependences") with the strength t of Teh 2006 ("A hierarchical Bayesian
language model based on Pitman-Yor processes"); d = 0 is Dirichlet back-off (MacKay & Peto 1995). Deviation from Kneser & Ney:
lower orders count how often, not in how many contexts, so that a level can be added without counting the others again.

Everything is chosen by held-out likelihood: which features, in what order, d and t of each, level after level. Greedy search
takes the feature that gains most, or the coarsest of those that gain nearly as much (a coarse one leaves finer ones to follow):
how nearly is tried at five values, and the five orders are mixed, their weights found by expectation maximization.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from ..terms import Dice

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]

FOLDS = 5
MAX_LEVELS = 8
LEAST_GAIN = 0.002
"""Nats per choice that another feature must bring on what was held out."""
_GRID = [(d, t) for d in (0.0, 0.3, 0.6, 0.85) for t in (0.05, 0.3, 1.0, 4.0)]
_NEARLY = (1.0, 0.9, 0.75, 0.6, 0.45)
"""Shares of the largest gain that are near enough."""
_ROUNDS = 300
_LEAST_WEIGHT = 0.02
_TRIES = 20


@dataclass(frozen=True, slots=True)
class Level:
    """One feature of the context, with the discount d and strength t of the contexts that end with it."""

    feature: str
    discount: float
    strength: float


@dataclass(frozen=True, slots=True)
class Order:
    """The levels of a back-off, outermost first (the outermost has no feature: ''), and its weight in the mixture."""

    weight: float
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Orders to be mixed, and the mean log-likelihood in nats per choice on what was held out: of the mixture, and of the
    outermost level alone (`unigram`); None where nothing could be held out."""

    orders: tuple[Order, ...]
    held_out: float | None = None
    unigram: float | None = None


@dataclass(frozen=True, slots=True)
class Events:
    """n choices and their contexts in columns: `symbols` (n,) and per feature (n,) numbers that stand for what was seen; `folds`
    (n,): which part of the corpus each is of."""

    symbols: Ids
    features: Mapping[str, Ids]
    folds: Ids

    def __len__(self) -> int:
        return len(self.symbols)


def events(symbols: Sequence[Hashable], contexts: Sequence[Mapping[str, Hashable]], folds: Sequence[int]) -> Events:
    """Columns of choices. Every context has the same features."""
    names = list(contexts[0]) if contexts else []
    columns = {name: _numbered([c[name] for c in contexts]) for name in names}
    return Events(_numbered(symbols), columns, np.array(folds, np.int64))


def _numbered(values: Sequence[Hashable]) -> Ids:
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(v, len(numbers)) for v in values], np.int64)


def choose(given: Events) -> Chosen:
    """The orders under which what is held out, fold by fold, is likeliest. Of one fold alone nothing can be held out: all that
    was chosen is then even."""
    if not len(given) or given.folds.min() == given.folds.max():
        return Chosen((Order(1.0, (Level("", 0.0, 1.0),)),))
    found: dict[tuple[Level, ...], Floats] = {}
    for nearly in _NEARLY:
        levels, p, unigram = _order(given, nearly)
        found.setdefault(levels, p)
    weights, mean = _mixed(np.array(list(found.values())))
    orders = tuple(Order(float(w), levels) for w, levels in zip(weights, found, strict=True) if w > 0.0)
    return Chosen(orders, mean, unigram)


def _order(given: Events, nearly: float) -> tuple[tuple[Level, ...], Floats, float]:
    """One order, each choice's probability under it, and the mean log-likelihood of its outermost level."""
    context = np.zeros(len(given), np.int64)
    even = np.full(len(given), 1.0 / (int(given.symbols.max()) + 1))
    level, p = _best_level("", context, given, even)
    levels, unigram = [level], float(np.log(p).mean())
    best = unigram
    left = {name: ids for name, ids in given.features.items() if ids.max() > 0}
    while left and len(levels) <= MAX_LEVELS:
        joined = {name: _joined(context, ids) for name, ids in left.items()}
        tried = {name: _best_level(name, ids, given, p) for name, ids in joined.items()}
        gains = {name: float(np.log(after).mean()) - best for name, (_, after) in tried.items()}
        most = max(gains.values())
        if most < LEAST_GAIN:
            break
        name = min((n for n in gains if gains[n] >= nearly * most), key=lambda n: int(joined[n].max()))
        level, p = tried[name]
        levels.append(level)
        context, best = joined[name], best + gains[name]
        del left[name]
    return tuple(levels), p, unigram


def _mixed(p: Floats) -> tuple[Floats, float]:
    """Weights (K,) of orders under which choices have probabilities (K, n), small ones left out, and the mean log-likelihood."""
    weights = np.full(len(p), 1.0 / len(p))
    for _ in range(_ROUNDS):
        shares = weights[:, None] * p
        weights = (shares / shares.sum(axis=0)).mean(axis=1)
    weights = np.where(weights >= _LEAST_WEIGHT, weights, 0.0)
    weights /= weights.sum()
    return weights, float(np.log(weights @ p).mean())


def _joined(context: Ids, more: Ids) -> Ids:
    """Numbers of pairs."""
    _, joined = np.unique(context * (int(more.max()) + 1) + more, return_inverse=True)
    return np.asarray(joined, np.int64)


def _best_level(name: str, context: Ids, given: Events, below: Floats) -> tuple[Level, Floats]:
    """The discount and strength of one more level, and each choice's probability by the other folds under it."""
    n_sc, n_c, kinds = _held_out_counts(context, given)
    best: tuple[float, Level, Floats] | None = None
    for d, t in _GRID:
        p = (np.maximum(n_sc - d, 0.0) + (t + d * kinds) * below) / (n_c + t)
        score = float(np.log(p).mean())
        if best is None or score > best[0]:
            best = (score, Level(name, d, t), p)
    if best is None:
        raise ValueError("no smoothing to choose from")
    return best[1], best[2]


def _held_out_counts(context: Ids, given: Events) -> tuple[Floats, Floats, Floats]:
    """Of each choice n(s, c), n(c) and T(c) among the folds that it is not of: (n,) each."""
    pair = _joined(context, given.symbols)
    folds = int(given.folds.max()) + 1
    by_pair = np.zeros((int(pair.max()) + 1, folds))
    np.add.at(by_pair, (pair, given.folds), 1.0)
    others = by_pair.sum(axis=1, keepdims=True) - by_pair  # of each pair, by the fold left out
    context_of = np.zeros(len(by_pair), np.int64)
    context_of[pair] = context
    width = int(context.max()) + 1
    n_c, kinds = np.zeros((width, folds)), np.zeros((width, folds))
    np.add.at(n_c, context_of, others)
    np.add.at(kinds, context_of, (others > 0).astype(float))
    return others[pair, given.folds], n_c[context, given.folds], kinds[context, given.folds]


@dataclass(slots=True)
class _Counts:
    """What was chosen in one context, and the running sums of its discounted counts."""

    symbols: list[str] = field(default_factory=list)
    counts: list[float] = field(default_factory=list)
    sums: list[float] = field(default_factory=list)
    back: float = 0.0

    def close(self, level: Level) -> None:
        total = 0.0
        for count in self.counts:
            total += count - level.discount
            self.sums.append(total)
        self.back = level.strength + level.discount * len(self.counts)


@dataclass(slots=True)
class _OrderCounts:
    """The counts of one order, by level and context."""

    levels: tuple[Level, ...]
    tables: list[dict[tuple[Hashable, ...], _Counts]]
    features: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.features = tuple(level.feature for level in self.levels[1:])

    def once(self, dice: Dice, context: tuple[Hashable, ...]) -> str | None:
        """A choice, None for an even one."""
        for depth in range(len(self.levels) - 1, -1, -1):
            counts = self.tables[depth].get(context[:depth])
            if counts is None:
                continue
            top = counts.sums[-1]
            if dice.unit() * (top + counts.back) < top:
                return counts.symbols[dice.weighted(counts.sums)]
        return None

    def seen(self, context: tuple[Hashable, ...], allowed: frozenset[str]) -> tuple[list[str], list[float]]:
        """What was chosen among the allowed in the finest context where any was, and how often."""
        for depth in range(len(self.levels) - 1, -1, -1):
            counts = self.tables[depth].get(context[:depth])
            rows = [(s, n) for s, n in zip(counts.symbols, counts.counts, strict=True) if s in allowed] if counts else []
            if rows:
                return [s for s, _ in rows], list(accumulate(n for _, n in rows))
        return [], []


@dataclass(slots=True)
class BackOff:
    """Counts under the chosen orders, to draw from. `known`: all that was ever chosen."""

    known: tuple[str, ...]
    orders: list[_OrderCounts]
    weights: list[float]

    def draw(self, dice: Dice, feature: Callable[[str], Hashable], allowed: frozenset[str] | None = None) -> str:
        """A choice in the context whose features `feature` gives by name; among the `allowed` ones, if any, in proportion."""
        contexts: dict[int, tuple[Hashable, ...]] = {}
        which = 0
        for _ in range(_TRIES):
            which = dice.weighted(self.weights) if len(self.weights) > 1 else 0
            order = self.orders[which]
            if which not in contexts:
                contexts[which] = tuple(map(feature, order.features))
            drawn = order.once(dice, contexts[which])
            choice = self.known[dice.below(len(self.known))] if drawn is None else drawn  # '' is a choice, too
            if allowed is None or choice in allowed:
                return choice
        # Hardly anything that is allowed was seen here.
        choices, sums = self.orders[which].seen(contexts[which], allowed or frozenset())
        if choices:
            return choices[dice.weighted(sums)]
        among = sorted(allowed or self.known)
        return among[dice.below(len(among))]


def counted(chosen: Chosen, symbols: Sequence[str], contexts: Sequence[Mapping[str, Hashable]]) -> BackOff:
    """Counts of what was seen under chosen orders."""
    orders = [_counted(order.levels, symbols, contexts) for order in chosen.orders]
    return BackOff(tuple(dict.fromkeys(symbols)), orders, list(accumulate(order.weight for order in chosen.orders)))


def _counted(levels: tuple[Level, ...], symbols: Sequence[str], contexts: Sequence[Mapping[str, Hashable]]) -> _OrderCounts:
    made = _OrderCounts(levels, [{} for _ in levels])
    rows: list[dict[tuple[Hashable, ...], dict[str, float]]] = [{} for _ in levels]
    for symbol, context in zip(symbols, contexts, strict=True):
        key = tuple(context[name] for name in made.features)
        for depth, table in enumerate(rows):
            row = table.setdefault(key[:depth], {})
            row[symbol] = row.get(symbol, 0.0) + 1.0
    for level, table, counts in zip(levels, rows, made.tables, strict=True):
        for place, row in table.items():
            counts[place] = _Counts(list(row), list(row.values()))
            counts[place].close(level)
    return made
