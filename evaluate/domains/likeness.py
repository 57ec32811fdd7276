"""How alike drawn and given expressions are: some figures of each beside the other, and how well a classifier tells them
apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...grammars.errors import SourceError
from ...grammars.operators import Operators
from ...grammars.tree import Node, System
from ..statistics.estimate import Estimate
from ..statistics.intervals import mean_estimate, share_estimate
from ..streams import generator
from .domain import Domain
from .domain import domain as find_domain
from .likeness_features import features, form

if TYPE_CHECKING:
    import polars as pl

Floats = NDArray[np.float64]

ALIKE = 0.65
"""Accuracy up to which drawn expressions count as like the given ones; 0.5 is chance."""
FOLDS = 5
LEAST = 10
"""Expressions of each kind below which no classifier is trained."""
MOST = 2000
_SPLITS = 5
_TREES, _LEAVES, _LEAST_LEAF = 100, 15, 20
_TELLING = 3
_AT_ONCE = 20_000
_SHOWN = {
    "size": "size",
    "depth": "depth",
    "equations": "equations",
    "dim": "variables",
    "terms of 0": "terms of the first equation",
    "count repeated terms": "repeated terms",
    "coefficients": "coefficients",
    "least coefficient": "log10 of the least coefficient",
    "mean coefficient": "log10 of the coefficients, mean",
    "largest coefficient": "log10 of the largest coefficient",
    "negative coefficients": "share of negative coefficients",
    "whole coefficients": "share of whole coefficients",
    "mean digits of coefficients": "digits of coefficients",
    "mean initial value": "log10 of initial values, mean",
    "horizon": "horizon",
    "behavior's largest size": "log10 of the behavior's size",
}
"""Features that the table shows, and what it calls them."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: its mean over the given expressions and over the drawn ones, each with its 95 % interval."""

    what: str
    given: Estimate
    drawn: Estimate


@dataclass(frozen=True, slots=True)
class Telling:
    """A feature by which the classifier tells them apart: how much accuracy is lost where its values are shuffled, and its
    means."""

    feature: str
    lost: float
    given: float
    drawn: float


@dataclass(frozen=True, slots=True)
class Likeness:
    """See `likeness`. `accuracy`: of the classifier, on what it was not trained on, chance being 0.5; `halves`: the same between
    random halves of the given ones. NaN where there are too few. `n`: expressions of each kind that were told apart."""

    rows: tuple[Row, ...]
    accuracy: Estimate
    halves: Estimate
    telling: tuple[Telling, ...]
    n: int

    @property
    def alike(self) -> bool | None:
        """Whether accuracy is at most 0.65, as far as its interval says; None where it does not."""
        if self.accuracy.high <= ALIKE:
            return True
        return False if self.accuracy.low > ALIKE else None

    @property
    def verdict(self) -> str:
        """What a reader must know, in a sentence."""
        if np.isnan(self.accuracy.value):
            return f"Whether drawn expressions are like the given ones cannot be said of {self.n}; {LEAST} are needed."
        told = f"a classifier tells them apart with accuracy {_interval(self.accuracy)}, where 0.5 is chance"
        if not np.isnan(self.halves.value):  # of a few, halves are too small to tell
            told += f"; halves of the given ones, with {_interval(self.halves)}"
        if self.alike:
            return f"Drawn expressions are like the given ones: {told}."
        most = "; ".join(f"{t.feature} ({t.given:.3g} given, {t.drawn:.3g} drawn)" for t in self.telling)
        if self.alike is None:
            return f"Whether drawn expressions are like the given ones stays open with {self.n} of each: {told}."
        return f"Drawn expressions are not like the given ones: {told}. They differ most in {most}."

    def to_frame(self) -> pl.DataFrame:
        """One row per figure: `what`, `given`, `given_low`, `given_high`, `drawn`, `drawn_low`, `drawn_high`."""
        import polars as pl

        columns = ("what", "given", "given_low", "given_high", "drawn", "drawn_low", "drawn_high")
        rows = [(r.what, r.given.value, r.given.low, r.given.high, r.drawn.value, r.drawn.low, r.drawn.high) for r in self.rows]
        return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.Float64) | {"what": pl.String}, orient="row")

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "n": self.n,
            "accuracy": self.accuracy.as_dict(),
            "halves": self.halves.as_dict(),
            "alike": self.alike,
            "verdict": self.verdict,
            "telling": [{"feature": t.feature, "lost": t.lost, "given": t.given, "drawn": t.drawn} for t in self.telling],
            "rows": [{"what": r.what, "given": r.given.as_dict(), "drawn": r.drawn.as_dict()} for r in self.rows],
        }


def _interval(estimate: Estimate) -> str:
    return f"{estimate.value:.2f} ({estimate.low:.2f} to {estimate.high:.2f})"


def likeness(given: Sequence[System], drawn: Sequence[System], domain: Domain | str = "ode", *, seed: int = 0) -> Likeness:
    """How alike two lists of systems are. Trees that repeat count once; of more than 2,000, the first 2,000 of either are taken.

    The classifier is one of gradient-boosted trees (scikit-learn's HistGradientBoostingClassifier: 100 trees of 15 leaves,
    otherwise as it comes) over the features of `likeness_features`, with as many of either kind, in five folds, each expression
    being told by the trees that were not grown on it. Its accuracy has the interval of Clopper & Pearson of n trials where n
    are told from n: the folds share most of what they grew on, so that 2 n are not independent (of 2 n, the interval lay above
    chance in 8 of 100 comparisons of one sampler's draws with each other, 2.5 being its promise). `halves`: the mean over five
    splits of the given ones, with as many trials as there are given ones. `seed`: of folds, halves and shuffles; the same, to
    the last bit, on any number of threads.

    Raises SourceError where either list is empty.
    """
    chosen = find_domain(domain)
    ours, theirs = _unique(given)[:MOST], _unique(drawn)[:MOST]
    if not ours or not theirs:
        raise SourceError(
            f"{len(ours)} given and {len(theirs)} drawn expressions: there is nothing to compare; give some of both"
        )
    names, values = features(chosen, [*ours, *theirs])
    x, y = values[: len(ours)], values[len(ours) :]
    rows = _rows(names, x, y, chosen.operators) + _form_rows(ours, theirs)
    n = min(len(ours), len(theirs))
    none = Estimate(*[float("nan")] * 3)
    if n < LEAST:
        return Likeness(rows, none, none, (), n)
    rng = generator(seed, "likeness")
    hits, lost = told_apart(x[:n], y[:n], rng, shuffle=True)
    order = np.argsort(-lost, kind="stable")[:_TELLING]
    telling = tuple(Telling(names[j], float(lost[j]), _mean(x[:, j]), _mean(y[:, j])) for j in order if lost[j] > 0)
    return Likeness(rows, share_estimate(float(hits.mean()), n), _halves(x, rng), telling, n)


def _unique(systems: Sequence[System]) -> list[System]:
    return list({s.tree: s for s in reversed(systems)}.values())[::-1]


def _mean(values: Floats) -> float:
    return float(np.nanmean(values)) if not np.isnan(values).all() else float("nan")


def _rows(names: Sequence[str], x: Floats, y: Floats, operators: Operators) -> tuple[Row, ...]:
    """Figures of each expression, averaged; of operators, their shares in all operators of an expression."""
    rows = [Row(shown, mean_estimate(x[:, j]), mean_estimate(y[:, j])) for f, shown in _SHOWN.items() for j in _at(names, f)]
    symbols = [(row.symbol, j) for row in operators.rows for j in _at(names, f"count {row.symbol}")]
    columns = [j for _, j in symbols]
    totals = [np.maximum(side[:, columns].sum(axis=1), 1.0) for side in (x, y)]
    shares = [
        Row(f"share of {symbol}", *(mean_estimate(side[:, j] / total) for side, total in zip((x, y), totals, strict=True)))
        for symbol, j in symbols
    ]
    kept = [row for row in (*rows, *shares) if not (np.isnan(row.given.value) and np.isnan(row.drawn.value))]
    return tuple(kept)


def _at(names: Sequence[str], name: str) -> list[int]:
    return [names.index(name)] if name in names else []


def _form_rows(given: Sequence[System], drawn: Sequence[System]) -> tuple[Row, ...]:
    """How many of each have a form, the tree but for its numbers, that none of the (other) given ones has."""
    ours = [form(s) for s in given]
    times: dict[Node, int] = {}
    for tree in ours:
        times[tree] = times.get(tree, 0) + 1
    alone = [float(times[tree] == 1) for tree in ours]
    new = [float(form(s) not in times) for s in drawn]
    name = "share of forms that no other given one has"
    return (Row(name, share_estimate(float(np.mean(alone)), len(alone)), share_estimate(float(np.mean(new)), len(new))),)


def _halves(x: Floats, rng: np.random.Generator) -> Estimate:
    """The accuracy between random halves, averaged over splits."""
    if len(x) < 2 * LEAST:
        return Estimate(*[float("nan")] * 3)
    means = []
    for _ in range(_SPLITS):
        order = rng.permutation(len(x))
        half = len(x) // 2
        means.append(float(told_apart(x[order[:half]], x[order[half : 2 * half]], rng, shuffle=False)[0].mean()))
    return share_estimate(float(np.mean(means)), len(x))


def told_apart(x: Floats, y: Floats, rng: np.random.Generator, *, shuffle: bool) -> tuple[NDArray[np.bool_], Floats]:
    """Whether each of the 2 n rows is told right by a classifier that has not seen it; with `shuffle`, how much accuracy is lost
    where a feature's values are exchanged among those told (F,), else zeros."""
    from threadpoolctl import threadpool_limits

    values = np.concatenate([x, y])
    kind = np.repeat([0, 1], [len(x), len(y)])
    folds = np.concatenate([rng.permutation(len(side)) % FOLDS for side in (x, y)])
    hits, lost = np.zeros(len(kind), bool), np.zeros(values.shape[1])
    with threadpool_limits(1, "openmp"):
        for fold in range(FOLDS):
            held = np.flatnonzero(folds == fold)
            grown = np.flatnonzero(folds != fold)
            columns = _varied(values[grown])
            if not len(columns):  # all alike: a guess
                hits[held] = rng.random(len(held)) < 0.5
                continue
            model = _classifier(len(grown), int(rng.integers(1 << 31)))
            model.fit(values[np.ix_(grown, columns)], kind[grown])
            seen, truth = values[np.ix_(held, columns)], kind[held]
            hits[held] = model.predict(seen) == truth
            if shuffle:
                lost[columns] += (hits[held].mean() - _shuffled(model, seen, truth, rng)) / FOLDS
    return hits, lost


def _shuffled(model: Any, seen: Floats, truth: NDArray[np.int64], rng: np.random.Generator) -> Floats:
    """The accuracy where one feature's values are exchanged among the rows (n, F), feature by feature: (F,)."""
    rows, width = seen.shape
    accuracy = np.zeros(width)
    at_once = max(1, _AT_ONCE // rows)  # a call of its own for each takes longer than the trees
    for start in range(0, width, at_once):
        columns = range(start, min(start + at_once, width))
        stack = np.tile(seen, (len(columns), 1, 1))
        for k, j in enumerate(columns):
            stack[k, :, j] = rng.permutation(seen[:, j])
        told = model.predict(stack.reshape(-1, width)).reshape(len(columns), rows)
        accuracy[start : start + len(columns)] = (told == truth).mean(axis=1)
    return accuracy


def _varied(values: Floats) -> NDArray[np.int64]:
    """Columns that have more than one value; scikit-learn fails on one that has none."""
    there = [column[~np.isnan(column)] for column in values.T]
    return np.array([j for j, column in enumerate(there) if len(column) and np.ptp(column) > 0], np.int64)


def _classifier(rows: int, seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    leaf = max(3, min(_LEAST_LEAF, rows // 20))  # of few, smaller leaves: or nothing would ever be split
    return HistGradientBoostingClassifier(
        max_iter=_TREES, max_leaf_nodes=_LEAVES, min_samples_leaf=leaf, early_stopping=False, random_state=seed
    )
