"""How uncertain the next token is, by an n-gram model of the tokens: the small causal model of `Patches`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

Context = tuple[int, ...]

ORDER = 5
"""Tokens to the left that the model sees: the length of a number of `digits:3`."""
_REPEATED = 2  # a context seen once says more about its system than about the language
_DECIMALS = 9  # of an entropy in nats: another order of summation must not move a boundary


def entropies(texts: Sequence[Sequence[int]], alphabet: int) -> dict[Context, float]:
    """Entropy [nats] of the next token after each context of up to `ORDER` tokens that `texts` hold at least twice.

    Interpolated Witten-Bell smoothing (Witten & Bell 1991; Chen & Goodman 1998, section 2.5) down to the uniform
    distribution over the alphabet: with c(h) tokens of T(h) kinds seen after h, and h' the context without its first
    token, p(w|h) = (c(hw) + T(h) p(w|h')) / (c(h) + T(h)). A context that is missing has the distribution of h'.
    """
    entropy: dict[Context, float] = {(): math.log(alphabet)}
    shorter: dict[Context, dict[int, float]] = {}
    for length in range(ORDER + 1):
        longer: dict[Context, dict[int, float]] = {}
        for h, counts in _followers(texts, length):
            # Whatever follows h follows h' at the same places, so h' and the token after it are always there.
            lower = {w: shorter[h[1:]][w] if h else 1.0 / alphabet for w in counts}
            total, kinds = sum(counts.values()), len(counts)
            share = kinds / (total + kinds)
            longer[h] = {w: n / (total + kinds) + share * lower[w] for w, n in counts.items()}
            entropy[h] = _entropy(longer[h], lower, share, entropy[h[1:]])
        shorter = longer
    return {h: round(value, _DECIMALS) for h, value in entropy.items()}


def _followers(texts: Sequence[Sequence[int]], length: int) -> Iterator[tuple[Context, dict[int, int]]]:
    """Each context of so many tokens that is followed at least twice, with what follows it how often; in sorted order."""
    width = length + 1
    windows = [sliding_window_view(np.asarray(text, dtype=np.int64), width) for text in texts if len(text) >= width]
    if not windows:
        return
    rows, counts = np.unique(np.concatenate(windows), axis=0, return_counts=True)
    for context, group in groupby(zip(rows.tolist(), counts.tolist(), strict=True), key=lambda item: item[0][:-1]):
        after = {row[-1]: count for row, count in group}
        if sum(after.values()) >= _REPEATED:
            yield tuple(context), after


def _entropy(upper: Mapping[int, float], lower: Mapping[int, float], share: float, below: float) -> float:
    """Entropy of p, which is `upper` for the tokens that were seen and `share` times p' for all others.

    `lower`: p' of those seen; `below`: its entropy. What p' has for the others follows from it, without a sum over the
    alphabet.
    """
    unseen = max(0.0, 1.0 - sum(lower.values()))
    surprise = max(0.0, below + sum(p * math.log(p) for p in lower.values()))
    return -sum(p * math.log(p) for p in upper.values()) + share * (surprise - unseen * math.log(share))


def surprises(text: Sequence[int], table: Mapping[Context, float]) -> list[float]:
    """Entropy [nats] of what the model expects at each token, from the tokens to its left."""
    ids = tuple(text)
    bits = []
    for i in range(len(ids)):
        context = ids[max(0, i - ORDER) : i]
        while context not in table:
            context = context[1:]
        bits.append(table[context])
    return bits
