"""predictors.parquet, from study.parquet alone: how well each column ranks the representations by quality."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compare.summary import LOSSLESS, is_lossless
from ..statistics.correlation import partial_rank_correlation, significant
from ..statistics.estimate import RESAMPLES
from ..statistics.holm import holm
from ..tables.column import Column
from ..tables.study import PREDICTORS as TABLE
from ..tables.study import STUDY

Row = Mapping[str, Any]
Floats = NDArray[np.float64]
BOTH = "all"
"""The name, among domains, of all of them with each as a stratum: ranks are taken within domains, and nothing between them
counts. A representation's rows in them are one: drawn and permuted together."""


MAIN = "kappa_mean"
"""Chosen before any result: the other members of the family are looked at, and pay for being many."""
RIVALS = ("bits", "tokens", "validity", "fidelity_error")
SINGLED = (MAIN, "plausible_mean")
"""Predictors that are also held against each rival alone."""
PART = "sample_validity"
"""A sample that does not decode has quality zero: Q is this share times the quality of what decodes. Against Q it is part with
whole, which is no prediction; against Q given valid samples it is one."""
GIVEN_VALID = "quality_valid"
TARGETS = ("quality", "quality_share", "within_1", GIVEN_VALID)
PREDICTORS = (*(c for c in STUDY if c.family and c.claimed), *(STUDY[name] for name in (*RIVALS, PART)))
"""Columns of study.parquet, each with the sign of its correlation with Q if it predicts as claimed for it."""


def predictor_rows(study: Sequence[Row], seed: int, resamples: int = RESAMPLES) -> list[dict[str, Any]]:
    """One row per domain × predictor × target × with or without control × what is given (nothing, the others, and one
    rival for some)."""
    domains = list(dict.fromkeys(r["domain"] for r in study))
    rows: list[dict[str, Any]] = []
    for name in [*domains, *([BOTH] if len(domains) > 1 else [])]:
        for control in (True, False):
            chosen = [r for r in study if (name == BOTH or r["domain"] == name) and (control or not r["control"])]
            for target in TARGETS:
                block = [_row(chosen, p, target, given, seed, resamples) for p, given in _asked(target)]
                _adjust(block)
                rows += [TABLE.row({"domain": name, "control": control, **row}) for row in block]
    return rows


def others(predictor: Column) -> tuple[str, ...]:
    """What a predictor is held against: the rivals, or κ mean and the other rivals. Next-token loss and fidelity error are not
    held against each other: losses compare among lossless codes, which have no fidelity error."""
    apart = {"bits": "fidelity_error", "fidelity_error": "bits"}.get(predictor.name)
    return RIVALS if predictor.family else (MAIN, *(r for r in RIVALS if r not in (predictor.name, apart)))


def _asked(target: str) -> Iterator[tuple[Column, tuple[str, ...]]]:
    for predictor in PREDICTORS:
        yield predictor, ()
        yield predictor, others(predictor)
        if target == TARGETS[0] and predictor.name in SINGLED:
            yield from ((predictor, (one,)) for one in others(predictor))


def _row(
    rows: Sequence[Row], predictor: Column, target: str, given: tuple[str, ...], seed: int, resamples: int
) -> dict[str, Any]:
    x, y, *rest = (matrix(rows, column) for column in (predictor.name, target, *given))
    strata, clusters = _places(rows)
    used = np.logical_and.reduce([(~np.isnan(m)).any(axis=1) for m in (x, y, *rest)])
    # Among lossless codes fidelity error is zero throughout: nothing to hold anything against, and no degree of freedom either.
    rest = [m for m in rest if used.any() and len(np.unique(np.nanmean(m[used], axis=1))) > 1]
    estimates = (
        partial_rank_correlation(
            x, y, rest, seed, strata=strata, clusters=clusters, resamples=resamples, permutations=5 * resamples - 1
        )
        if used.any()
        else None
    )
    return {
        "predictor": predictor.name,
        "target": target,
        "given": ", ".join(given),
        "rho": math.nan if estimates is None else estimates.value,
        "low": math.nan if estimates is None else estimates.low,
        "high": math.nan if estimates is None else estimates.high,
        "p": math.nan if estimates is None else estimates.p,
        "p_holm": math.nan,
        "p_exact": estimates is not None and estimates.exact,
        "n": len(np.unique(clusters[used])),
        "n_rows": int(used.sum()),
        "seeds": int(np.isfinite(y).sum(axis=1).max(initial=0)),
        "least_rho": math.nan if estimates is None else estimates.least,
        "expected": predictor.claimed,
        "whole": predictor.name == PART and target != GIVEN_VALID,
    }


def _adjust(block: Sequence[dict[str, Any]]) -> None:
    """Holm's adjustment over the predictors, nothing given; a part of the target is none of them."""
    alone = [row for row in block if not row["given"] and not row["whole"]]
    for row, value in zip(alone, holm([r["p"] for r in alone]), strict=True):
        row["p_holm"] = value


def claims(row: Row, adjusted: bool) -> bool:
    """Whether a row of predictors.parquet carries a claim: `correlation.significant`, by p or by p after Holm."""
    p = row["p_holm" if adjusted else "p"]
    return not row["whole"] and significant(row["rho"], row["low"], row["high"], p, row["n"])


def _keys(rows: Sequence[Row]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((r["domain"], r["representation"]) for r in rows))


def _places(rows: Sequence[Row]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Domain and representation of each row of `matrix`, as numbers."""
    domains, specs = (list(dict.fromkeys(r[name] for r in rows)) for name in ("domain", "representation"))
    keys = _keys(rows)
    return np.array([domains.index(d) for d, _ in keys], np.int64), np.array([specs.index(s) for _, s in keys], np.int64)


def matrix(rows: Sequence[Row], column: str) -> Floats:
    """(representations, seeds) of a column, NaN where there is no value; a row for each domain and representation."""
    keys = {key: i for i, key in enumerate(_keys(rows))}
    seeds = sorted({r["seed"] for r in rows})
    out = np.full((len(keys), max(len(seeds), 1)), np.nan)
    for r in rows:
        out[keys[r["domain"], r["representation"]], seeds.index(r["seed"])] = _value(r, column)
    return out


def _value(row: Row, column: str) -> float:
    """A column, or what follows from several: bits of lossless codes alone, fidelity errors of rounding as none, Q given valid
    samples."""
    if column == GIVEN_VALID:
        return given_valid(row)
    value = row[column]
    if value is None or (column == "bits" and not is_lossless(row)):
        return math.nan
    return 0.0 if column == "fidelity_error" and value <= LOSSLESS else float(value)


def given_valid(row: Row) -> float:
    """Q over the samples of a training that decode; NaN where none does, or nothing was sampled."""
    quality, valid = row["quality"], row[PART]
    return math.nan if quality is None or not valid else float(quality / valid)
