"""Whether a model's uncertain tokens carry the meaning: its entropy per token against the token's sensitivity, over
expressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..statistics.correlation import FEWEST, spearman
from ..statistics.estimate import Estimate
from ..statistics.intervals import mean_estimate

Floats = NDArray[np.float64]

TOP = 0.2
"""The share of the tokens that counts as the most uncertain."""
_ORDERS = 1000


def token_measures(rows: Sequence[Mapping[str, Any]], seed: int) -> dict[str, Estimate | int | float]:
    """From the rows of tokens_model.parquet of one representation, over one seed or several, whose entropies are averaged.

    `entropy_sensitivity`: Spearman's rho over all tokens, its interval over whole expressions. `..._p`: the share of random
    orders of the tokens within each expression that bring it as far from where such orders bring it on average. `..._within`: the
    mean over expressions of each one's own rho, which expressions that are as a whole uncertain and rough do not touch.
    `top_entropy_sensitivity`: of the sensitivity summed over an expression's tokens, the share at its 20 % most uncertain ones,
    all expressions together; tokens on the edge count in part, so that it is 20 % by chance. `token_entropy`, `token_surprisal`:
    bits, mean over expressions of the mean over tokens. `n_token_expressions`, `n_model_tokens`: how many it rests on.
    """
    parts = _by_expression(rows)
    entropy, sensitivity = [p[0] for p in parts], [p[1] for p in parts]
    own = [spearman(a, b) for a, b in zip(entropy, sensitivity, strict=True)]
    carried = np.array([_carried(a, b) for a, b in zip(entropy, sensitivity, strict=True)]).reshape(-1, 2)
    return {
        "entropy_sensitivity": _pooled_correlation(entropy, sensitivity),
        "entropy_sensitivity_p": _within_p(entropy, sensitivity, seed),
        "entropy_sensitivity_within": mean_estimate(own, (-1.0, 1.0)),
        "top_entropy_sensitivity": _ratio(carried[:, 0], carried[:, 1]),
        "token_entropy": mean_estimate([p[2] for p in parts], (0.0, np.inf)),
        "token_surprisal": mean_estimate([p[3] for p in parts], (0.0, np.inf)),
        "n_token_expressions": len(parts),
        "n_model_tokens": int(sum(len(a) for a in entropy)),
    }


def _by_expression(rows: Sequence[Mapping[str, Any]]) -> list[tuple[Floats, Floats, float, float]]:
    """Per expression: entropy (mean over seeds) and sensitivity of the tokens that have one; means over all tokens of entropy,
    surprisal."""
    items: dict[int, dict[int, list[Mapping[str, Any]]]] = {}
    for row in rows:
        items.setdefault(row["item"], {}).setdefault(row["position"], []).append(row)
    parts = []
    for item in sorted(items):
        tokens = [items[item][i] for i in sorted(items[item])]
        entropy = np.array([np.mean([r["entropy"] for r in group]) for group in tokens])
        surprisal = np.array([np.mean([r["surprisal"] for r in group]) for group in tokens])
        moved = np.array([np.nan if group[0]["sensitivity"] is None else group[0]["sensitivity"] for group in tokens])
        keep = np.isfinite(moved)
        parts.append((entropy[keep], moved[keep], float(entropy.mean()), float(surprisal.mean())))
    return parts


def _pooled_correlation(a: Sequence[Floats], b: Sequence[Floats]) -> Estimate:
    """Spearman's rho over all tokens, its interval from leaving out whole expressions; of fewer than FEWEST there is none.

    The ranks are those of all tokens together and stay as an expression is left out, which hardly moves them. Pseudovalues are of
    Fisher's z.
    """
    from scipy.stats import rankdata

    x, y = np.concatenate([*a, np.zeros(0)]), np.concatenate([*b, np.zeros(0)])
    value = spearman(x, y)
    if np.isnan(value):
        return Estimate(value, value, value)
    if len(a) < FEWEST:
        return Estimate(value, float("nan"), float("nan"))
    u, v = rankdata(x), rankdata(y)
    ends = np.cumsum([0, *(len(p) for p in a)])
    stretches = [slice(i, j) for i, j in pairwise(ends)]
    sums = np.array(
        [[j.stop - j.start, u[j].sum(), v[j].sum(), (u[j] ** 2).sum(), (v[j] ** 2).sum(), u[j] @ v[j]] for j in stretches]
    )
    z = _fisher(sums.sum(axis=0))
    pseudo = len(a) * z - (len(a) - 1) * np.array([_fisher(sums.sum(axis=0) - one) for one in sums])
    estimate = mean_estimate(pseudo)
    return Estimate(value, float(np.tanh(z + estimate.low - estimate.value)), float(np.tanh(z + estimate.high - estimate.value)))


def _fisher(sums: Floats) -> float:
    """Fisher's z of the correlation of n pairs with these sums of u, v, u², v² and uv."""
    n, su, sv, suu, svv, suv = sums
    spread = (n * suu - su**2) * (n * svv - sv**2)
    rho = (n * suv - su * sv) / np.sqrt(spread) if spread > 0 else 0.0
    return float(np.arctanh(np.clip(rho, -1 + 1e-9, 1 - 1e-9)))


def _within_p(a: Sequence[Floats], b: Sequence[Floats], seed: int) -> float:
    """Two-sided permutation p of the pooled correlation, tokens changing places within their expressions: which expressions are
    as a whole uncertain and rough is left as it is. NaN where there is nothing to exchange."""
    from scipy.stats import rankdata

    x, y = np.concatenate([*a, np.zeros(0)]), np.concatenate([*b, np.zeros(0)])
    if np.isnan(spearman(x, y)):
        return float("nan")
    ends = np.cumsum([len(p) for p in a])[:-1]
    pairs = list(zip(np.split(rankdata(x), ends), np.split(rankdata(y), ends), strict=True))
    pairs = [(u - u.mean(), v) for u, v in pairs if len(u) > 1 and np.ptp(u) > 0 and np.ptp(v) > 0]
    if not pairs:
        return float("nan")
    rng = np.random.default_rng([seed, len(a), 2])
    # Centered within expressions: its mean over all orders is zero.
    drawn = sum(rng.permuted(np.broadcast_to(v, (_ORDERS, len(v))), axis=1) @ u for u, v in pairs)
    observed = sum(float(u @ v) for u, v in pairs)
    return float((1 + (np.abs(drawn) >= abs(observed) - 1e-9).sum()) / (1 + _ORDERS))


def _carried(entropy: Floats, sensitivity: Floats) -> tuple[float, float]:
    """Sensitivity at the most uncertain tokens, and in all. Tokens of equal entropy share what is left of the 20 % equally."""
    left, total = TOP * len(entropy), 0.0
    for level in np.unique(entropy)[::-1]:
        group = sensitivity[entropy == level]
        part = min(1.0, left / len(group))
        total += part * float(group.sum())
        left -= part * len(group)
        if left <= 1e-12:
            break
    return total, float(sensitivity.sum())


def _ratio(above: Floats, below: Floats) -> Estimate:
    """Sum over sum, its interval from what each expression adds to it; NaN where nothing moves anything."""
    if not below.sum() > 0:
        return Estimate(float("nan"), float("nan"), float("nan"))
    value = float(above.sum() / below.sum())
    estimate = mean_estimate(value + (above - value * below) / below.mean(), (0.0, 1.0))
    return Estimate(value, estimate.low, estimate.high)
