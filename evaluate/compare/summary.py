"""The table of a comparison: one row per representation, numbers only, sorted by nothing but the line-up's order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..kappa.kappa import Kappa
from ..statistics.correlation import rank_correlation, rank_correlation_of_means
from ..statistics.estimate import Estimate
from ..statistics.intervals import mean_estimate, paired_difference
from ..tables.column import Row
from ..tables.summary import ATS, OF_ALL, PER_EXPRESSION, SUMMARY
from .columns import Values, measure_values
from .trainings import Score

_FEW_EXPRESSIONS = 20
_FEW_VALID = 10
_LOSSY = 0.05
LOSSLESS = 1e-6
"""Errors of a round trip up to this are those of adding in another order; a code that drops a digit of six has more."""
_FEW_SAMPLES = 0.5
_FEW_SKELETONS = 10


def summarize(
    kappas: Sequence[Kappa], vocabularies: Sequence[int], scores: Sequence[Score | None], seed: int, *, own: bool = False
) -> list[Row]:
    """Rows with every column of the table; missing measures are NaN. Differences are paired by expression and are
    to the smoothest representation (least κ mean) that is no control. `own`: whether what is learned and tested is what κ is
    measured on."""
    means = [np.nan if corrects_every_edit(k) else k.mean.value for k in kappas]
    best = int(np.nanargmin(means)) if np.isfinite(means).any() else 0
    return [
        _row(kappa, size, score, _difference(kappa, kappas[best]), seed, own)
        for kappa, size, score in zip(kappas, vocabularies, scores, strict=True)
    ]


def _row(kappa: Kappa, size: int, score: Score | None, difference: Estimate, seed: int, own: bool) -> Row:
    values = _kappa_values(kappa) | {"vocabulary_size": size, "kappa_difference": difference}
    values |= _score_values(score) | measure_values(score, seed) | _intrinsic_values(kappa)
    # A fold may hold what none of the others has, and no round trip of it succeeds: then all expressions say what is lost.
    ceiling = None if own or score is None else score.ceiling
    values["lossless"] = is_lossless({"ceiling": ceiling, "fidelity_error": kappa.fidelity_error.value})
    values["note"] = "; ".join(_notes(kappa, score, values))
    return SUMMARY.row(values)


def _kappa_values(kappa: Kappa) -> Values:
    return {
        "representation": kappa.representation,
        "domain": kappa.domain,
        "metric": kappa.metric,
        "invalid": kappa.invalid,
        "tokens": kappa.tokens,
        "fidelity_error": kappa.fidelity_error,
        "validity": kappa.validity,
        "redundancy": kappa.redundancy,
        "kappa_mean": kappa.mean,
        **{f"kappa@{m}": kappa.at(m) for m in ATS},
        "sup": kappa.sup,
        "sup_exact": kappa.exact,
        "n_expressions": kappa.n,
        "n_given": kappa.n_given,
        "n_edits": sum(m.n_edits for m in kappa.measured),
        "n_valid": sum(m.n_valid for m in kappa.measured),
        "n_diverged": kappa.count("diverged"),
        "n_undefined": kappa.count("undefined"),
        "n_unresolved": kappa.count("unresolved"),
    }


def drawable(rows: Sequence[Row]) -> list[Row]:
    """The rows with None for what no axis has a place for: NaN and infinite figures."""
    return [{k: None if isinstance(v, float) and not np.isfinite(v) else v for k, v in row.items()} for row in rows]


def corrects_every_edit(kappa: Kappa) -> bool:
    """Whether no edit that was tried changed anything: an error-correcting control."""
    return bool(kappa.measured) and is_control(kappa.sup.value, kappa.redundancy.value)


def is_control(sup: float, redundancy: float) -> bool:
    """The same, by two figures of a row. Of NaN, not."""
    return sup < 1e-9 and redundancy > 0.99


def is_lossless(row: Mapping[str, Any]) -> bool:
    """Whether a row's representation reads back what it writes of the task's expressions: its own round trip has Q 1 there. Where
    that was not measured, by its fidelity error.

    A code that rounds has fewer bits to predict, those of what it drops: next-token losses compare among lossless ones.
    """
    if row.get("lossless") is not None:
        return bool(row["lossless"])
    ceiling = row.get("ceiling")
    error = row.get("fidelity_error") if ceiling is None or not np.isfinite(ceiling) else 1.0 - ceiling
    return error is not None and bool(error <= LOSSLESS)


def _difference(kappa: Kappa, best: Kappa) -> Estimate:
    """Mean difference over the expressions that both measured."""
    if kappa is best:
        return Estimate(0.0, 0.0, 0.0)
    ours = dict(zip([(i, m.name) for i, m in _numbered(kappa)], kappa.means, strict=True))
    theirs = dict(zip([(i, m.name) for i, m in _numbered(best)], best.means, strict=True))
    common = [key for key in ours if key in theirs]
    difference = paired_difference([ours[k] for k in common], [theirs[k] for k in common])
    return difference if np.isfinite(kappa.d_max) else Estimate(difference.value, np.nan, np.nan)


def _numbered(kappa: Kappa) -> list[tuple[int, Any]]:
    """Expressions with how often their name came before: names need not be unique."""
    seen: dict[str, int] = {}
    out = []
    for m in kappa.measured:
        seen[m.name] = seen.get(m.name, -1) + 1
        out.append((seen[m.name], m))
    return out


def _score_values(score: Score | None) -> Values:
    nan = float("nan")
    return {
        "bits": mean_estimate(() if score is None else score.bits, (0.0, float("inf"))),
        "floor_prior": nan if score is None else score.floor_prior,
        "floor_nearest": nan if score is None else score.floor_nearest,
        "ceiling": nan if score is None else score.ceiling,
        "parameters": 0 if score is None else score.parameters,
        "flops": nan if score is None else score.flops,
        "n_test": 0 if score is None else score.n_test,
        "seeds": 0 if score is None else score.seeds,
        "vocabulary_learned": score.vocabulary if score is not None and score.vocabulary else nan,
        "n_trained_on": 0 if score is None else score.trained_on,
        "precision": "" if score is None else score.precision,
    }


def _intrinsic_values(kappa: Kappa) -> Values:
    intrinsic, nan = kappa.intrinsic, float("nan")
    nothing = Estimate(nan, nan, nan)
    values: Values = {
        name: nothing if intrinsic is None else intrinsic.estimate(name) for name in PER_EXPRESSION if name != "tokens"
    }
    return values | {name: nan if intrinsic is None else intrinsic.share(name) for name in OF_ALL}


def _notes(kappa: Kappa, score: Score | None, values: Values) -> list[str]:
    """When not to believe a row."""
    notes = []
    if not kappa.measured:
        return ["nothing could be measured"]
    if corrects_every_edit(kappa):
        notes.append("corrects every single edit: κ = 0 says nothing about meaning (control)")
    if kappa.n < kappa.n_given:
        notes.append(
            f"κ rests on {kappa.n} of {kappa.n_given} expressions: the others have no edit that counts, or could not be measured"
        )
    if kappa.n < _FEW_EXPRESSIONS:
        notes.append(f"only {kappa.n} expression{'s' * (kappa.n != 1)}")
    valid = [m.n_valid for m in kappa.measured]
    if np.median(valid) < _FEW_VALID:
        notes.append(f"κ rests on {int(np.median(valid))} valid edits per expression (median)")
    if kappa.fidelity_error.value > _LOSSY:
        notes.append(f"its own rounding moves the meaning by {kappa.fidelity_error.value:.2f}")
    notes.extend(kappa.notes)
    if score is not None and any(m.n_undrawn for m in kappa.measured):
        notes.append(f"its model learned the {score.vocabulary:,} tokens that occur in the task, or are single characters")
    if score is not None:
        notes.extend(score.problems)
        decoded, quality = values["sample_validity"].value, values["quality"]
        if decoded < _FEW_SAMPLES:
            share = f"{100 * decoded:.0f} %" if decoded >= 0.005 else "none"
            notes.append(f"{'only ' * (share != 'none')}{share} of the model's samples decode")
        if (quality.low if np.isfinite(quality.low) else quality.value) <= score.floor_prior:
            notes.append("Q not clearly above prior sampling")
        if score.no_values:
            notes.append(f"{score.no_values} of the model's samples decode and are no values, but still to be worked out")
        if 0 < values["n_skeleton"] < _FEW_SKELETONS:
            notes.append(f"its coefficient error rests on {values['n_skeleton']} right skeletons")
        if score.unconstrained:
            notes.append(f"not decoded under a grammar: {score.unconstrained}")
    return notes


def correlations(kappas: Sequence[Kappa], scores: Sequence[Score | None], rows: Sequence[Row], seed: int) -> dict[str, Any]:
    """Spearman's rho of κ mean with Q across representations, all of them and without those that correct every edit.

    The headline figure of a comparison, whichever way it falls; the hypothesis expects it negative. Its interval resamples
    expressions, test items and representations; those of the other columns, which are there to compare, representations alone.
    Beside each is its permutation p. `bits` is among lossless representations.
    """
    means = [by_expression(k, kappas) for k in kappas]
    quality = [np.asarray(() if s is None else s.items["q"], dtype=float) for s in scores]
    every = list(range(len(kappas)))
    plain = [i for i in every if not corrects_every_edit(kappas[i])]

    def headline(chosen: Sequence[int]) -> dict[str, Any]:
        estimate = rank_correlation_of_means([means[i] for i in chosen], [quality[i] for i in chosen], seed)
        return estimate.as_dict() | {"n_representations": sum(bool(len(quality[i])) for i in chosen)}

    def other(column: str, rows: Sequence[Row] = rows) -> dict[str, Any]:
        pairs = [(r[column], r["quality"]) for r in rows if np.isfinite(r[column]) and np.isfinite(r["quality"])]
        return rank_correlation([p[0] for p in pairs], [p[1] for p in pairs], seed).as_dict() | {"n_representations": len(pairs)}

    return {
        "kappa_mean": headline(every),
        "kappa_mean_without_control": headline(plain),
        "bits": other("bits", [r for r in rows if is_lossless(r)]) | {"among": "lossless"},
        "tokens": other("tokens"),
        "validity": other("validity"),
        "seeds": max((r["seeds"] for r in rows), default=0),
        "least_seeds": min((r["seeds"] for r in rows if r["seeds"]), default=0),
    }


def by_expression(kappa: Kappa, kappas: Sequence[Kappa]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """κ's means in one order of expressions for all representations, NaN where one was not measured."""
    order = list(dict.fromkeys((i, m.name) for k in kappas for i, m in _numbered(k)))
    own = dict(zip([(i, m.name) for i, m in _numbered(kappa)], kappa.means, strict=True))
    return np.array([own.get(key, np.nan) for key in order])
