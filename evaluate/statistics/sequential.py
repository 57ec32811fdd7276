"""Decisions about pairs over rounds of trainings, with an error that holds over all pairs and all looks at the data.

A round trains every representation once, on the same systems, and tests all on the same behaviors, drawn anew each round. So what
rounds give are independent: rows of means, in which representations stand side by side. After each round every pair has an
interval for its difference; with 95 % all intervals of all pairs after all rounds hold at once. What they say together is what
their intersection says: *better* or *worse* where it leaves out 0, *equal* where it lies within the margin (two one-sided tests),
else *open*.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from .estimate import LEVEL

Floats = NDArray[np.float64]

OUTCOMES = ("better", "worse", "equal", "open")
_DRAWS = 100_000
"""Runs without differences that the limits are taken from: 5 % of them to within 0.1 %."""
_SPREAD = 0.5
"""How much representations differ in how much their trainings differ: the standard deviation of its logarithm. Of the committed
study's trainings it is 0.53 and 0.59 in the two domains, each of 14 representations."""
_TYPICAL = 3.0
"""Degrees of freedom that what is typical of trainings counts for beside a pair's own error: those of a law of variances that
spread as `_SPREAD` says, trigamma(d / 2) = (2 · 0.5)² (Smyth 2004, "Linear models and empirical Bayes methods")."""
_SPENDING = 3
"""Of the share of looks that were, the power that is the share of the error spent."""
_CELLS = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What is known of two representations, by their positions: the mean difference of a less b over the rounds that both
    have, the limits within which it lies, and how many such rounds there are. `error`: of the difference in one round."""

    a: int
    b: int
    difference: float
    low: float
    high: float
    rounds: int
    error: float
    margin: float

    @property
    def outcome(self) -> str:
        """What a is to b, one of `OUTCOMES`."""
        if self.low >= -self.margin and self.high <= self.margin:
            return "equal"
        return "better" if self.low > 0 else "worse" if self.high < 0 else "open"

    def turned(self) -> Pair:
        """The same, of b less a."""
        return replace(self, a=self.b, b=self.a, difference=-self.difference, low=-self.high, high=-self.low)


def decide(means: Floats, margin: float, most: int, folds: int = 1) -> tuple[Pair, ...]:
    """All pairs, given `means` (rounds, representations) of at most `most` rounds; NaN where one was not trained.

    Source: simultaneous group-sequential intervals; the limits of Student's statistic at each look are those that the largest of
    all pairs passes in 5 % of runs without any difference (`boundaries`), as Tukey's range test does for one look. The error of a
    difference in one round is the pair's own, drawn to what is typical (`_typical`) as in Smyth's moderated t: few rounds tell
    little of it, and trainings of one representation differ more than those of another. So one that is unsteady widens its own
    pairs' limits and hardly the others'. Normal means are assumed; each is one over many test behaviors. Where trainings do not
    differ at all, as where no model writes anything, nothing is known of how much they could, and nothing is decided.

    `folds`: rounds test so many parts of one set of expressions in turn. A pair's difference is then the mean over the parts, and
    its error is among the rounds of one part: that representations differ otherwise on one part than on another is no chance,
    for all parts are tested. What is decided is of these expressions.

    A representation that is given up leaves its rows empty from then on; its pairs stand as they were. No pair is decided before
    some part was tested twice, and every one once. Raises ValueError for more rounds than `most`.
    """
    rounds, count = means.shape
    if rounds > most:
        raise ValueError(f"{rounds} rounds are more than the {most} that the limits are for")
    limits = boundaries(count, most, folds)
    known = {(a, b): unknown(a, b, margin) for a, b in combinations(range(count), 2)}
    for look in range(rounds):
        seen = means[: look + 1]
        found = {(a, b): _difference(seen[:, a] - seen[:, b], folds) for a, b in known}
        typical = _typical_of(found, count)
        for (a, b), before in known.items():
            if np.isnan(seen[-1, [a, b]]).any():
                continue
            one = found[a, b]
            error = math.sqrt((_TYPICAL * typical + one.squares) / (_TYPICAL + one.freedom)) if one.freedom else math.nan
            half = limits[one.rounds - 1] * error * one.share if error > 0 else math.inf
            low, high = max(before.low, one.mean - half), min(before.high, one.mean + half)
            known[a, b] = replace(before, difference=one.mean, low=low, high=high, rounds=one.rounds, error=error)
    return tuple(known.values())


def between(pairs: Sequence[Pair], a: int, b: int) -> Pair:
    """What is known of a and b, a's side first. Raises KeyError where nothing is."""
    for pair in pairs:
        if {pair.a, pair.b} == {a, b}:
            return pair if pair.a == a else pair.turned()
    raise KeyError((a, b))


def unknown(a: int, b: int, margin: float) -> Pair:
    """Two of which nothing is known yet."""
    return Pair(a=a, b=b, difference=math.nan, low=-math.inf, high=math.inf, rounds=0, error=math.nan, margin=margin)


@dataclass(frozen=True, slots=True)
class _Difference:
    """`squares`: summed squares about the mean of each part, of `freedom` degrees of freedom. `share`: what the standard error of
    `mean` is of the error of one round; infinite while a part is missing."""

    mean: float
    rounds: int
    squares: float
    freedom: int
    share: float


def _difference(d: Floats, folds: int) -> _Difference:
    """Of differences by round, NaN where one of the two was not trained."""
    parts = [part[~np.isnan(part)] for part in (d[k::folds] for k in range(folds))]
    there = [part for part in parts if len(part)]
    rounds = sum(map(len, there))
    mean = float(np.mean([part.mean() for part in there])) if there else math.nan
    squares = float(sum(((part - part.mean()) ** 2).sum() for part in there))
    share = math.sqrt(sum(1 / len(part) for part in there)) / folds if len(there) == folds else math.inf
    return _Difference(mean, rounds, squares, rounds - len(there), share)


def _typical(variances: Floats, beside: NDArray[np.int_]) -> Floats:
    """(runs,): the variance in one round that is typical of pairs' differences, given each pair's, (runs, pairs). `beside`:
    (representations, pairs of each).

    Each representation has the median of its pairs' (the lower one of two), so that one which is unsteady rules its own alone;
    typical is their geometric mean.
    """
    own = np.sort(variances[:, beside], axis=2)[:, :, (beside.shape[1] - 1) // 2]
    return np.asarray(np.exp(np.log(own).mean(axis=1)))


def _typical_of(found: Mapping[tuple[int, int], _Difference], count: int) -> float:
    """The same of pairs that may have fewer rounds, or none: of what has no error, or none but 0, nothing is told. 0 where that
    is all."""
    known = {pair: one.squares / one.freedom for pair, one in found.items() if one.freedom and one.squares > 0}
    own = [sorted(v for pair, v in known.items() if i in pair) for i in range(count)]
    return math.exp(fmean(math.log(v[(len(v) - 1) // 2]) for v in own if v)) if known else 0.0


def more_rounds(pair: Pair, count: int, most: int, folds: int = 1) -> float:
    """How many rounds more would about decide an open pair if its difference stays as it is: infinite where it is exactly at the
    margin or nothing is known yet, 0 where it is decided."""
    if pair.outcome != "open":
        return 0.0
    aim = max(abs(pair.difference), pair.margin - abs(pair.difference))
    if not (aim > 0 and math.isfinite(pair.error)):
        return math.inf
    limit = boundaries(count, most, folds)[-1]
    return max(1.0, math.ceil((limit * pair.error / aim) ** 2) - pair.rounds)


@lru_cache(maxsize=64)
def boundaries(count: int, most: int, folds: int = 1) -> tuple[float, ...]:
    """(most,): after how many rounds of `count` representations which value of Student's statistic, the largest of all pairs in
    absolute value, is passed by chance: at any look in 5 % of runs of at most `most` rounds. Looks before there is an error, the
    first or the first `folds`, have none.

    From runs of normal means, always the same ones, whose representations differ in how much their trainings differ (`_SPREAD`).
    The error is spent in proportion to the cube of a look's number (the power family of Kim & DeMets 1987, near to O'Brien and
    Fleming's limits): late looks, which know more, have most of it, and the last one's limits are a tenth above those of a test
    that looks once.
    """
    rng = np.random.default_rng([count, most])
    pairs = np.array(list(combinations(range(count), 2)), dtype=int).reshape(-1, 2)
    if most <= folds or not len(pairs):
        return (math.inf,) * most
    step = max(1, _CELLS // (most * len(pairs)))
    runs = (_without_difference(rng, min(step, _DRAWS - start), most, count) for start in range(0, _DRAWS, step))
    largest = np.concatenate([_largest(means, pairs, folds) for means in runs])
    share = (np.arange(folds + 1, most + 1) / most) ** _SPENDING
    # Of each run and look, how many of all runs lie above, as a share of the error that this look may spend.
    ranks = np.argsort(np.argsort(-largest, axis=0), axis=0)
    spent = ((ranks + 1) / _DRAWS / share).min(axis=1)
    level = float(np.quantile(spent, 1 - LEVEL))
    tops = [float(np.quantile(column, 1 - min(level * s, 1.0))) for column, s in zip(largest.T, share, strict=True)]
    return (*[math.inf] * folds, *tops)


def _without_difference(rng: np.random.Generator, runs: int, rounds: int, count: int) -> Floats:
    """(runs, rounds, count): means of runs in which all representations are alike."""
    spread = np.exp(_SPREAD * rng.standard_normal((runs, 1, count)))
    return np.asarray(rng.standard_normal((runs, rounds, count), dtype=np.float32) * spread)


def _largest(means: Floats, pairs: NDArray[np.int_], folds: int = 1) -> Floats:
    """(runs, looks − folds): Student's statistic of the pair that has the largest, from the first look on that has an error."""
    d = means[:, :, pairs[:, 0]] - means[:, :, pairs[:, 1]]
    runs, rounds, count = d.shape
    sums, squares = np.zeros((folds, runs, count)), np.zeros((runs, count))
    looks = np.zeros(folds, dtype=int)
    beside = np.array([(pairs == i).any(axis=1).nonzero()[0] for i in range(means.shape[2])])
    top = []
    for look in range(rounds):
        part, now = look % folds, d[:, look]
        n = looks[part]
        if n:  # what one more adds to the squares about its part's mean
            squares += (now - sums[part] / n) ** 2 * n / (n + 1)
        sums[part] += now
        looks[part] += 1
        if look < folds:
            continue
        freedom = look + 1 - folds
        own = (_TYPICAL * _typical(squares / freedom, beside)[:, None] + squares) / (_TYPICAL + freedom)
        error = np.sqrt(own * (1 / looks).sum()) / folds
        top.append((np.abs((sums / looks[:, None, None]).mean(axis=0)) / error).max(axis=1))
    return np.stack(top, axis=1)
