"""The tables of a study, gathered from the folders of its comparisons: one row per domain, representation and seed, one per domain
and representation, and one per domain. A training that failed has a row with its reason and no quality."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..compare.plan import ComparisonPlan
from ..compare.summary import corrects_every_edit
from ..compare.trainings import Score, TrainingRecord, load_training, pooled
from ..kappa.kappa import Kappa
from ..kappa.tables import load_kappa
from ..results.files import read_json, slug
from ..statistics.estimate import Estimate
from ..statistics.intervals import mean_estimate
from .ledger import Tables
from .plan import REFERENCE
from .predictors import GIVEN_VALID, given_valid, matrix, predictor_rows
from .spread import over_seeds, spread
from .tasks import place, training_status

Row = dict[str, Any]
NAN = float("nan")
NOTHING = Estimate(NAN, NAN, NAN)
SHARES = {
    "r2_share": "r2", "within_10": "within_10", "within_1": "within_1", "within_0.1": "within_0.1", "exact_match": "exact",
    "skeleton_match": "skeleton", "sample_validity": "valid",
}  # fmt: skip
"""Columns of a training's row, by their names in `trainings.Score.items`."""


def gather(
    folder: Path, plan: ComparisonPlan, seconds: float, command: str, versions: dict[str, str]
) -> tuple[list[Row], list[Row], Row]:
    """Rows of study.parquet and representations.parquet for one domain, and its row of domains.parquet."""
    tree = load_kappa(place(folder, "tree"), REFERENCE)
    study: list[Row] = []
    summary: list[Row] = []
    for spec in plan.representations:
        shared = _kappa_columns(folder, plan, spec, tree)
        trained = [_training(folder, plan, spec, number) for number in range(plan.seeds)]
        study += [shared | columns for columns, _ in trained]
        summary.append(shared | _pooled_columns([(row, score) for row, score in trained if score is not None], plan))
    overlap = (read_json(folder / "study" / "overlap.json") or {"trained_on": 0})["trained_on"]
    return study, summary, _domain_row(plan, tree, study, summary, overlap, seconds, command, versions)


def _spread(row: Row, name: str, estimate: Estimate) -> None:
    row[name], row[f"{name}_low"], row[f"{name}_high"] = estimate.value, estimate.low, estimate.high


def _kappa_columns(folder: Path, plan: ComparisonPlan, spec: str, tree: Kappa | None) -> Row:
    parts = folder / "parts"
    kappa, plausible, bank = (load_kappa(where, spec) for where in (parts, place(folder, "plausible"), place(folder, "bank")))
    row: Row = {
        "domain": plan.domain,
        "representation": spec,
        "metric": plan.metric,
        "control": kappa is not None and corrects_every_edit(kappa),
        "vocabulary_size": len(read_json(parts / f"{slug(spec)}.vocabulary.json") or ()),
        "n_expressions": 0 if kappa is None else kappa.n,
        "n_expressions_bank": 0 if bank is None else bank.n,
    }
    _spread(row, "kappa_mean", NOTHING if kappa is None else kappa.mean)
    _spread(row, "kappa@4", NOTHING if kappa is None else kappa.at(4))
    _spread(row, "kappa@16", NOTHING if kappa is None else kappa.at(16))
    _spread(row, "sup", NOTHING if kappa is None else kappa.sup)
    _spread(
        row, "kappa_worst", NOTHING if kappa is None or not np.isfinite(kappa.d_max) else replace(kappa, invalid="worst").mean
    )
    _spread(row, "kappa_zero", NOTHING if kappa is None else replace(kappa, invalid="zero").mean)
    _spread(row, "kappa_per_tree", per_tree(kappa, tree))
    _spread(row, "kappa_bank", NOTHING if bank is None else bank.mean)
    _spread(row, "plausible_mean", NOTHING if plausible is None else plausible.mean)
    _spread(row, "plausible@4", NOTHING if plausible is None else plausible.at(4))
    _spread(row, "plausible@16", NOTHING if plausible is None else plausible.at(16))
    _spread(row, "plausible_validity", NOTHING if plausible is None else plausible.validity)
    _spread(row, "tokens", NOTHING if kappa is None else kappa.tokens)
    _spread(row, "validity", NOTHING if kappa is None else kappa.validity)
    _spread(row, "redundancy", NOTHING if kappa is None else kappa.redundancy)
    _spread(row, "fidelity_error", NOTHING if kappa is None else kappa.fidelity_error)
    return row


def per_tree(kappa: Kappa | None, tree: Kappa | None) -> Estimate:
    """κ mean of each expression over that of its tree edits, so that a rough expression counts no more than a calm one."""
    if kappa is None or tree is None:
        return NOTHING
    own = dict(zip([m.name for m in tree.measured], tree.means, strict=True))
    pairs = [(value, own.get(m.name, NAN)) for m, value in zip(kappa.measured, kappa.means, strict=True)]
    return mean_estimate([value / base if base > 0 else NAN for value, base in pairs], (0.0, math.inf))


def _training(folder: Path, plan: ComparisonPlan, spec: str, number: int) -> tuple[Row, Score | None]:
    """Columns of one training; the score is None where there is none to believe."""
    row: Row = {"seed": number, "status": "not finished", "bits": NAN, "quality_share": NAN, "floor_prior": NAN, "floor_nearest": NAN,
                "ceiling": NAN, "quality_constrained": NAN, "n_test": 0, "precision": "", "parameters": 0, "flops": NAN, "seconds": NAN}  # fmt: skip
    _spread(row, "quality", NOTHING)
    row |= dict.fromkeys(SHARES, NAN)
    part = load_training(folder / "parts", spec, number)
    if part is None:
        return row, None
    row["status"] = training_status(folder, spec, number) or "ok"
    row["seconds"] = sum(_or_nan(h.get("seconds")) for h in part.history[-1:])
    score = pooled([part]) if row["status"] == "ok" and part.samples else None
    if score is None:
        return row, None
    _spread(row, "quality", mean_estimate(score.items["q"], (0.0, 1.0)))
    row |= {column: _mean(score.items.get(key, ())) for column, key in SHARES.items()}
    row |= {"floor_prior": score.floor_prior, "floor_nearest": score.floor_nearest, "ceiling": score.ceiling}
    row["precision"] = score.precision
    row |= {"n_test": score.n_test, "parameters": score.parameters, "flops": score.flops, "bits": _last_bits(part)}
    row["quality_share"] = _share(row["quality"], score)
    row["quality_constrained"] = _or_nan(part.summary.get("quality_constrained"))
    return row, score


def _last_bits(part: TrainingRecord) -> float:
    return _or_nan(part.history[-1]["bits"]) if part.history else NAN


def _or_nan(value: Any) -> float:
    return NAN if value is None else float(value)


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else NAN


def _share(quality: float, score: Score) -> float:
    span = score.ceiling - score.floor_prior
    return (quality - score.floor_prior) / span if span > 0 else NAN


def _pooled_columns(trained: Sequence[tuple[Row, Score]], plan: ComparisonPlan) -> Row:
    """Means over seeds; Q's interval is for items and seeds."""
    row: Row = {"seeds": len(trained), "n_failed": plan.seeds - len(trained)}
    trainings = [r for r, _ in trained]
    _spread(row, "quality", pooled_quality(trainings))
    for column in ("bits", "quality_share", "quality_constrained", *SHARES, "floor_prior", "floor_nearest", "ceiling", "n_test"):
        values = [r[column] for r, _ in trained if math.isfinite(r[column])]
        row[column] = _mean(values)
    return row


def pooled_quality(trainings: Sequence[Mapping[str, Any]]) -> Estimate:
    """Q over seeds from rows of study.parquet, those without quality left out."""
    kept = [r for r in trainings if r["quality"] is not None and math.isfinite(r["quality"])]
    quality, low, high = ([r[f"quality{end}"] for r in kept] for end in ("", "_low", "_high"))
    return over_seeds(quality, low, high, max((r["n_test"] for r in kept), default=0))


def restated(tables: Tables, seed: int) -> dict[str, list[Row]]:
    """A study's tables with all that follows from the rows of study.parquet computed from them again: predictors, Q's intervals over
    items and seeds, Q given valid samples, and how much seeds vary. A page built from kept tables has the statistics of its version."""
    study = [dict(r) for r in tables["study"]]
    summary = []
    for row in tables["representations"]:
        own = [r for r in study if (r["domain"], r["representation"]) == (row["domain"], row["representation"])]
        new = dict(row) | {GIVEN_VALID: _mean([v for v in (given_valid(r) for r in own) if math.isfinite(v)])}
        _spread(new, "quality", pooled_quality(own))
        summary.append(new)
    domains = []
    for row in tables["domains"]:
        new, own = dict(row), [r for r in study if r["domain"] == row["domain"]]
        found = spread(matrix(own, "quality"))
        _spread(new, "intraclass", found.intraclass)
        domains.append(new | {"sd_between": found.between, "sd_within": found.within, "freedom_within": found.freedom})
    return {"study": study, "representations": summary, "predictors": predictor_rows(study, seed), "domains": domains}


def _domain_row(
    plan: ComparisonPlan,
    tree: Kappa | None,
    study: Sequence[Row],
    summary: Sequence[Row],
    overlap: int,
    seconds: float,
    command: str,
    versions: dict[str, str],
) -> Row:
    q = np.array([r["quality"] for r in study], dtype=float).reshape(-1, plan.seeds)
    found = spread(q)
    row: Row = {
        "domain": plan.domain,
        "metric": plan.metric,
        "data": ", ".join(plan.data),
        "budget": plan.budget,
        "seeds": plan.seeds,
    }
    row |= {"n_representations": len(plan.representations), "n_trained": sum(r["seeds"] > 0 for r in summary)}
    row |= {"n_trainings": len(study), "n_failed": sum(r["status"] != "ok" for r in study)}
    row |= {name: max((r[name] for r in study), default=0) for name in ("n_expressions", "n_expressions_bank", "n_test")}
    row["n_trained_on"] = overlap
    row["precision"] = ", ".join(sorted({r["precision"] for r in study} - {""}))
    for name in ("floor_prior", "floor_nearest"):
        row[name] = next((r[name] for r in study if math.isfinite(r[name])), NAN)
    _spread(row, "kappa_tree", NOTHING if tree is None else tree.mean)
    _spread(row, "intraclass", found.intraclass)
    row |= {"sd_between": found.between, "sd_within": found.within, "freedom_within": found.freedom}
    row |= {"seconds_training": float(np.nansum([r["seconds"] for r in study])), "seconds": seconds}
    return row | {"hours": seconds / 3600, "command": command, "versions": json.dumps(versions)}
