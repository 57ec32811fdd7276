"""The tables of a study, gathered from the folders of its comparisons: one row per domain, representation and seed, one per
domain and representation, and one per domain. A training that failed has a row with its reason and no quality."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..compare.kept import vocabulary
from ..compare.plan import ComparisonPlan
from ..compare.summary import corrects_every_edit
from ..compare.trainings import Score, TrainingRecord, load_training, pooled
from ..kappa.kappa import Kappa
from ..kappa.tables import load_kappa
from ..results.origin import Origin
from ..statistics.estimate import Estimate
from ..statistics.intervals import mean_estimate
from ..tables.column import Row, flat
from ..tables.study import DOMAINS, REPRESENTATIONS, SHARES, STUDY
from .ledger import Tables
from .plan import REFERENCE
from .predictors import GIVEN_VALID, given_valid, matrix, predictor_rows
from .spread import Floats, over_seeds, spread
from .tasks import kappa_folder, origin_in, trained_on, training_status

NAN = float("nan")
NOTHING = Estimate(NAN, NAN, NAN)


def gather(
    folder: Path, plan: ComparisonPlan, seconds: float, command: str, versions: dict[str, str]
) -> tuple[list[Row], list[Row], Row]:
    """Rows of study.parquet and representations.parquet for one domain, and its row of domains.parquet."""
    origin = origin_in(folder)
    tree = load_kappa(kappa_folder(folder, "tree"), REFERENCE, origin)
    study: list[Row] = []
    summary: list[Row] = []
    for spec in plan.representations:
        shared = _kappa_values(folder, plan, spec, tree, origin)
        trained = [_training(folder, plan, spec, number, origin) for number in range(plan.seeds)]
        rows = [STUDY.row(shared | values) for values, _ in trained]
        study += rows
        pooled_rows = [row for row, (_, score) in zip(rows, trained, strict=True) if score is not None]
        summary.append(REPRESENTATIONS.row(shared | _pooled_values(pooled_rows, plan)))
    return (
        study,
        summary,
        _domain_row(
            plan, tree, study, summary, overlap=trained_on(folder, origin), seconds=seconds, command=command, versions=versions
        ),
    )


def _kappa_values(folder: Path, plan: ComparisonPlan, spec: str, tree: Kappa | None, origin: Origin | None) -> Row:
    parts = folder / "parts"
    kappa, plausible, bank = (
        load_kappa(where, spec, origin) for where in (parts, kappa_folder(folder, "plausible"), kappa_folder(folder, "bank"))
    )
    bounded = kappa is not None and np.isfinite(kappa.d_max)

    def of(kappa: Kappa | None, figure: Callable[[Kappa], Estimate]) -> Estimate:
        return NOTHING if kappa is None else figure(kappa)

    return {
        "domain": plan.domain,
        "representation": spec,
        "metric": plan.metric,
        "control": kappa is not None and corrects_every_edit(kappa),
        "vocabulary_size": len(vocabulary(parts, spec)),
        "n_expressions": 0 if kappa is None else kappa.n,
        "n_expressions_bank": 0 if bank is None else bank.n,
        "kappa_mean": of(kappa, lambda k: k.mean),
        "kappa@4": of(kappa, lambda k: k.at(4)),
        "kappa@16": of(kappa, lambda k: k.at(16)),
        "sup": of(kappa, lambda k: k.sup),
        "kappa_worst": of(kappa if bounded else None, lambda k: replace(k, invalid="worst").mean),
        "kappa_zero": of(kappa, lambda k: replace(k, invalid="zero").mean),
        "kappa_per_tree": per_tree(kappa, tree),
        "kappa_bank": of(bank, lambda k: k.mean),
        "plausible_mean": of(plausible, lambda k: k.mean),
        "plausible@4": of(plausible, lambda k: k.at(4)),
        "plausible@16": of(plausible, lambda k: k.at(16)),
        "plausible_validity": of(plausible, lambda k: k.validity),
        "tokens": of(kappa, lambda k: k.tokens),
        "validity": of(kappa, lambda k: k.validity),
        "redundancy": of(kappa, lambda k: k.redundancy),
        "fidelity_error": of(kappa, lambda k: k.fidelity_error),
    }


def per_tree(kappa: Kappa | None, tree: Kappa | None) -> Estimate:
    """κ mean of each expression over that of its tree edits, so that a rough expression counts no more than a calm one."""
    if kappa is None or tree is None:
        return NOTHING
    own = dict(zip([m.name for m in tree.measured], tree.means, strict=True))
    pairs = [(value, own.get(m.name, NAN)) for m, value in zip(kappa.measured, kappa.means, strict=True)]
    return mean_estimate([value / base if base > 0 else NAN for value, base in pairs], (0.0, math.inf))


def _training(folder: Path, plan: ComparisonPlan, spec: str, number: int, origin: Origin | None) -> tuple[Row, Score | None]:
    """Values of one training; the score is None where there is none to believe."""
    nothing = (
        "bits",
        "quality_share",
        "floor_prior",
        "floor_nearest",
        "ceiling",
        "quality_constrained",
        "flops",
        "seconds",
        *SHARES,
    )
    row: Row = dict.fromkeys(nothing, NAN) | {"seed": number, "status": "not finished", "quality": NOTHING}
    row |= {"n_test": 0, "precision": "", "parameters": 0}
    part = load_training(folder / "parts", spec, number, origin)
    if part is None:
        return row, None
    row["status"] = training_status(folder, spec, number) or "ok"
    row["seconds"] = sum(_or_nan(h.get("seconds")) for h in part.history[-1:])
    score = pooled([part]) if row["status"] == "ok" and part.samples else None
    if score is None:
        return row, None
    quality = mean_estimate(score.items["q"], (0.0, 1.0))
    row |= {column: _mean(score.items.get(key, ())) for column, key in SHARES.items()}
    row |= {"floor_prior": score.floor_prior, "floor_nearest": score.floor_nearest, "ceiling": score.ceiling}
    row |= {"n_test": score.n_test, "precision": score.precision, "parameters": score.parameters, "flops": score.flops}
    row |= {"quality": quality, "quality_share": _share(quality.value, score), "bits": _last_bits(part)}
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


def _pooled_values(trainings: Sequence[Row], plan: ComparisonPlan) -> Row:
    """Means over seeds; Q's interval is for items and seeds."""
    averaged = ("bits", "quality_share", "quality_constrained", *SHARES, "floor_prior", "floor_nearest", "ceiling", "n_test")
    means = {column: _mean([r[column] for r in trainings if math.isfinite(r[column])]) for column in averaged}
    own = {"seeds": len(trainings), "n_failed": plan.seeds - len(trainings), "quality": pooled_quality(trainings)}
    return means | own | {GIVEN_VALID: _given_valid(trainings)}


def _given_valid(trainings: Sequence[Mapping[str, Any]]) -> float:
    return _mean([v for v in map(given_valid, trainings) if math.isfinite(v)])


def pooled_quality(trainings: Sequence[Mapping[str, Any]]) -> Estimate:
    """Q over seeds from rows of study.parquet, those without quality left out."""
    measured = [r for r in trainings if r["quality"] is not None and math.isfinite(r["quality"])]
    quality, low, high = ([r[f"quality{end}"] for r in measured] for end in ("", "_low", "_high"))
    return over_seeds(quality, low, high, max((r["n_test"] for r in measured), default=0))


def restated(tables: Tables, seed: int) -> dict[str, list[Row]]:
    """A study's tables with all that follows from the rows of study.parquet computed from them again: predictors, Q's intervals
    over items and seeds, Q given valid samples, and how much seeds vary. A page built from kept tables has the statistics of its
    version."""
    study = [dict(r) for r in tables["study"]]
    summary = []
    for row in tables["representations"]:
        own = [r for r in study if (r["domain"], r["representation"]) == (row["domain"], row["representation"])]
        summary.append(dict(row) | flat({GIVEN_VALID: _given_valid(own), "quality": pooled_quality(own)}))
    domains = []
    for row in tables["domains"]:
        own = [r for r in study if r["domain"] == row["domain"]]
        domains.append(dict(row) | flat(_spread(matrix(own, "quality"))))
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
    values: Row = {
        "domain": plan.domain,
        "metric": plan.metric,
        "data": ", ".join(plan.data),
        "budget": plan.budget,
        "seeds": plan.seeds,
        "n_representations": len(plan.representations),
        "n_trained": sum(r["seeds"] > 0 for r in summary),
        "n_trainings": len(study),
        "n_failed": sum(r["status"] != "ok" for r in study),
        **{name: max((r[name] for r in study), default=0) for name in ("n_expressions", "n_expressions_bank", "n_test")},
        "n_trained_on": overlap,
        "precision": ", ".join(sorted({r["precision"] for r in study} - {""})),
        **{name: next((r[name] for r in study if math.isfinite(r[name])), NAN) for name in ("floor_prior", "floor_nearest")},
        "kappa_tree": NOTHING if tree is None else tree.mean,
        "seconds_training": float(np.nansum([r["seconds"] for r in study])),
        "seconds": seconds,
        "hours": seconds / 3600,
        "command": command,
        "versions": json.dumps(versions),
    }
    return DOMAINS.row(values | _spread(np.array([r["quality"] for r in study], dtype=float).reshape(-1, plan.seeds)))


def _spread(quality: Floats) -> Row:
    """How much Q varies, of (representations, seeds)."""
    spreads = spread(quality)
    return {
        "intraclass": spreads.intraclass,
        "sd_between": spreads.between,
        "sd_within": spreads.within,
        "freedom_within": spreads.freedom,
    }
