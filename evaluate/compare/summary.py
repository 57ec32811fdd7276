"""The table of a comparison: one row per representation, numbers only, sorted by nothing but the line-up's order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..kappa.intrinsic import MEASURES, SHARES
from ..kappa.kappa import Kappa
from ..statistics.correlation import rank_correlation, rank_correlation_of_means
from ..statistics.estimate import Estimate
from ..statistics.intervals import mean_estimate, paired_difference
from .columns import measure_columns
from .trainings import Score

Row = dict[str, Any]

_FEW_EXPRESSIONS = 20
_FEW_VALID = 10
_LOSSY = 0.05
LOSSLESS = 1e-6
"""Errors of a round trip up to this are those of adding in another order; a code that drops a digit of six has more."""
_FEW_SAMPLES = 0.5
_FEW_SKELETONS = 10


def _spread(row: Row, name: str, estimate: Estimate) -> None:
    row[name] = estimate.value
    row[f"{name}_low"], row[f"{name}_high"] = estimate.low, estimate.high


def summarize(kappas: Sequence[Kappa], vocabularies: Sequence[int], scores: Sequence[Score | None], seed: int) -> list[Row]:
    """Rows with every column of the table; missing measures are NaN. Differences are paired by expression and are
    to the smoothest representation (least κ mean) that is no control."""
    means = [np.nan if corrects_every_edit(k) else k.mean.value for k in kappas]
    best = int(np.nanargmin(means)) if np.isfinite(means).any() else 0
    rows = []
    for kappa, size, score in zip(kappas, vocabularies, scores, strict=True):
        row: Row = {
            "representation": kappa.representation,
            "domain": kappa.domain,
            "metric": kappa.metric,
            "invalid": kappa.invalid,
        }
        row["vocabulary_size"] = size
        _spread(row, "tokens", kappa.tokens)
        _spread(row, "fidelity_error", kappa.fidelity_error)
        _spread(row, "validity", kappa.validity)
        _spread(row, "redundancy", kappa.redundancy)
        _spread(row, "kappa_mean", kappa.mean)
        _spread(row, "kappa_difference", _difference(kappa, kappas[best]))
        for m in (4, 16, 64):
            _spread(row, f"kappa@{m}", kappa.at(m))
        _spread(row, "sup", kappa.sup)
        row["sup_exact"] = kappa.exact
        row |= {
            "n_expressions": kappa.n,
            "n_given": kappa.n_given,
            "n_edits": sum(m.n_edits for m in kappa.measured),
            "n_valid": sum(m.n_valid for m in kappa.measured),
            "n_diverged": kappa.count("diverged"),
            "n_undefined": kappa.count("undefined"),
            "n_unresolved": kappa.count("unresolved"),
        }
        row |= _score_columns(score, seed)
        row |= _intrinsic_columns(kappa)
        row["vocabulary_learned"] = score.vocabulary if score is not None and score.vocabulary else float("nan")
        row["n_trained_on"] = 0 if score is None else score.trained_on
        row["precision"] = "" if score is None else score.precision
        row["note"] = "; ".join(_notes(kappa, score, row))
        rows.append(row)
    return rows


def corrects_every_edit(kappa: Kappa) -> bool:
    """Whether no edit that was tried changed anything: an error-correcting control."""
    return bool(kappa.measured) and is_control(kappa.sup.value, kappa.redundancy.value)


def is_control(sup: float, redundancy: float) -> bool:
    """The same, by two figures of a row. Of NaN, not."""
    return sup < 1e-9 and redundancy > 0.99


def is_lossless(row: Mapping[str, Any]) -> bool:
    """Whether a row's representation reads back what it writes of the task's expressions: its own round trip has Q 1 there. Where that was not
    measured, by its fidelity error.

    A code that rounds has fewer bits to predict, those of what it drops: next-token losses compare among lossless ones.
    """
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
    found = paired_difference([ours[k] for k in common], [theirs[k] for k in common])
    return found if np.isfinite(kappa.d_max) else Estimate(found.value, np.nan, np.nan)


def _numbered(kappa: Kappa) -> list[tuple[int, Any]]:
    """Expressions with how often their name came before: names need not be unique."""
    seen: dict[str, int] = {}
    out = []
    for m in kappa.measured:
        seen[m.name] = seen.get(m.name, -1) + 1
        out.append((seen[m.name], m))
    return out


def _score_columns(score: Score | None, seed: int) -> Row:
    row: Row = {}
    _spread(row, "bits", mean_estimate(() if score is None else score.bits, (0.0, float("inf"))))
    nan = float("nan")
    row["floor_prior"] = nan if score is None else score.floor_prior
    row["floor_nearest"] = nan if score is None else score.floor_nearest
    row["ceiling"] = nan if score is None else score.ceiling
    row["parameters"] = 0 if score is None else score.parameters
    row["flops"] = nan if score is None else score.flops
    row["n_test"] = 0 if score is None else score.n_test
    row["seeds"] = 0 if score is None else score.seeds
    measured = measure_columns(score, seed)
    # Who reads the table by the order of its columns finds them where they were: new ones follow.
    old = ("quality", "r2_share", "within_10", "within_1", "within_0.1", "exact_match", "skeleton_match", "sample_validity")
    first = {f"{name}{part}": measured[f"{name}{part}"] for name in old for part in ("", "_low", "_high")}
    bits = {name: row.pop(name) for name in ("bits", "bits_low", "bits_high")}
    ranges = {name: row.pop(name) for name in ("floor_prior", "floor_nearest", "ceiling")}
    return bits | first | ranges | {"quality_share": measured["quality_share"]} | row | measured


def _intrinsic_columns(kappa: Kappa) -> Row:
    row: Row = {}
    found, nan = kappa.intrinsic, float("nan")
    for measure in MEASURES[1:]:  # the first, tokens, is a column already
        _spread(row, measure, Estimate(nan, nan, nan) if found is None else found.estimate(measure))
    for measure in SHARES:
        row[measure] = nan if found is None else found.share(measure)
    return row


def _notes(kappa: Kappa, score: Score | None, row: Row) -> list[str]:
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
    if row["fidelity_error"] > _LOSSY:
        notes.append(f"its own rounding moves the meaning by {row['fidelity_error']:.2f}")
    notes.extend(kappa.notes)
    if score is not None:
        notes.extend(score.problems)
        if row["sample_validity"] < _FEW_SAMPLES:
            share = f"{100 * row['sample_validity']:.0f} %" if row["sample_validity"] >= 0.005 else "none"
            notes.append(f"{'only ' * (share != 'none')}{share} of the model's samples decode")
        if (row["quality_low"] if np.isfinite(row["quality_low"]) else row["quality"]) <= score.floor_prior:
            notes.append("Q not clearly above prior sampling")
        if 0 < row["n_skeleton"] < _FEW_SKELETONS:
            notes.append(f"its coefficient error rests on {row['n_skeleton']} right skeletons")
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
