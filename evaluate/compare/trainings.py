"""The trainings of a comparison as the run's folder keeps them: one part per representation and seed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import numpy as np

from ...grammars.errors import OutputError
from ..quality.measures.items import item_values
from ..quality.task.forward import NO_VALUE
from ..results.files import is_kept, read_json, slug
from ..results.origin import MADE, Origin
from ..results.sealed import check_files
from ..results.shape import AGAIN, check_shape
from ..statistics.correlation import spearman
from ..statistics.estimate import Estimate
from ..statistics.intervals import FEW, mean_estimate
from ..tables.column import Row
from ..tables.folder import HISTORY, MODEL_TOKENS, SAMPLES, TRAININGS
from ..tables.measures import COEFFICIENT_ERROR, DECODINGS, GIVEN_VALID, MEASURES
from ..tables.summary import ALONG, KEPT

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Score:
    """What training made of one representation: the test items' measures, pooled over seeds, and the cost.

    `items`: per test item, the means over seeds of columns of samples.parquet. `bits`: held-out loss per expression, one per
    seed. `table`: the columns themselves as (seeds, items); `splits`, `forms`: of each item. `vocabulary`: size of what was
    learned, `trained_on`: expressions of κ that training showed. `scalars`, `along`: see `along_training`. `tokens`: rows of
    tokens_model.parquet. `unconstrained`: why decoding was not constrained, '' where it was. `precision`: what trainings computed
    in, '' where it is not known. `no_values`: samples of a forward domain that decode and are no values.
    """

    items: Mapping[str, Sequence[float]]
    bits: Sequence[float]
    floor_prior: float
    floor_nearest: float
    ceiling: float
    parameters: int
    flops: float
    n_test: int
    seeds: int
    problems: Sequence[str] = ()
    table: Mapping[str, np.ndarray[Any, np.dtype[np.float64]]] = field(default_factory=dict)
    splits: Sequence[str | None] = ()
    forms: Sequence[str | None] = ()
    scalars: Mapping[str, float] = field(default_factory=dict)
    along: Mapping[str, Estimate] = field(default_factory=dict)
    tokens: Sequence[Mapping[str, Any]] = ()
    unconstrained: str = ""
    precision: str = ""
    vocabulary: int = 0
    trained_on: int = 0
    no_values: int = 0

    def values(self, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        """A column of samples.parquet as (seeds, items); no items where it was not measured."""
        if name in self.table:
            return self.table[name]
        return np.asarray(self.items.get(name, ()), dtype=float)[None]


@dataclass(frozen=True, slots=True)
class TrainingRecord:
    """One finished training: `history` rows for training.parquet, `samples` rows for samples.parquet, `summary` of its quality,
    `tokens` rows for tokens_model.parquet, `precision` what it computed in, `vocabulary` the size of the vocabulary that it
    learned, `trained_on` how many of the expressions that κ was measured on it was trained on, which chance alone brings together
    (none of them in folders of older versions)."""

    number: int
    history: Sequence[Row]
    samples: Sequence[Row]
    summary: Mapping[str, Any]
    parameters: int
    problems: Sequence[str]
    tokens: Sequence[Row] = ()
    precision: str = ""
    vocabulary: int = 0
    trained_on: int = 0


_OF_ITSELF = ("representation", "files", MADE)
"""What a part says of itself beside the record."""
_PART = {
    "representation?": str, "number": int, "history": [{"*": (None, str, bool, int, float)}],
    "samples": [{"*": (None, str, bool, int, float)}], "summary": {"*": (None, str, bool, int, float)}, "parameters": int,
    "problems": [str], "tokens?": [{"*": (None, str, bool, int, float)}], "precision?": str, "vocabulary?": int,
    "trained_on?": int, "files?": {"*": str},
}  # fmt: skip


def _file(parts: Path, spec: str, number: int) -> Path:
    return parts / f"{slug(spec)}.{number}.training.json"


def has_training(parts: Path, spec: str, number: int) -> bool:
    """Whether a training is kept for a spec and seed; its rows are not read."""
    return is_kept(_file(parts, spec, number))


def load_training(parts: Path, spec: str, number: int, origin: Origin | None = None) -> TrainingRecord | None:
    """The training kept for a spec and seed, or None. `origin`: the run that it is to be of. Raises `OutputError` where it is
    damaged, or another's."""
    path = _file(parts, spec, number)
    document = read_json(path)
    if document is None:
        return None
    check_shape(document, _PART, path, AGAIN)
    if origin:
        origin.check(document, path)
    check_files(parts, document.get("files", {}), f"delete {path} and go on with --resume, to train it again")
    try:
        part = TrainingRecord(**{name: value for name, value in document.items() if name not in _OF_ITSELF})
        tables = (
            (HISTORY, part.history),
            (SAMPLES, part.samples),
            (MODEL_TOKENS, part.tokens),
            (TRAININGS, [_summed(spec, part)]),
        )
        fault = next(filter(None, (table.fault(rows) for table, rows in tables)), "") or _misnamed(document, spec, number)
    except (TypeError, AttributeError) as e:
        fault = str(e)
    if fault:
        raise OutputError(f"cannot read {path}: {fault}; delete it and go on with --resume, to make that part again")
    return part


def _misnamed(document: Mapping[str, Any], spec: str, number: int) -> str:
    """Of which other training it is; '' of none."""
    of = document.get("representation", spec), document["number"]
    others = {(row.get("representation", spec), row.get("seed", number)) for row in (*document["history"], *document["samples"])}
    wrong = next((one for one in (of, *others) if one != (spec, number)), None)
    return "" if wrong is None else f"it is of {wrong[0]!r}, number {wrong[1]}"


def pooled(parts: Sequence[TrainingRecord]) -> Score | None:
    """The trainings of one representation as one score: per test item, means over seeds and samples. Trainings that stopped early
    count among the problems alone."""
    if not parts:
        return None
    measured = [part for part in parts if part.samples] or list(parts)[:1]  # one that stopped early has no samples
    samples = [row for part in measured for row in part.samples]
    items = sorted({row["item"] for row in samples})
    split = {row["item"]: (row.get("split"), row.get("form")) for row in samples}
    names = [name + decoding for decoding in DECODINGS for name in (*(m.sample for m in MEASURES), COEFFICIENT_ERROR)]
    columns = [name for name in names if samples and name in samples[0]]
    table = {name: np.stack([item_values(part.samples, name, items) for part in measured]) for name in columns}
    first = measured[0].summary
    finished = [part.history[-1] for part in measured if part.history and part.samples]
    return Score(
        items={
            m.sample: _over_seeds(table[m.sample]) if m.sample in table else []
            for m in MEASURES
            if not m.once and m is not GIVEN_VALID
        },
        bits=[row["bits"] for row in finished],
        floor_prior=_over_tasks(measured, "floor_prior"),
        floor_nearest=_over_tasks(measured, "floor_nearest"),
        ceiling=_over_tasks(measured, "ceiling"),
        parameters=parts[0].parameters,
        flops=fmean(row["flops"] for row in finished) if finished else float("nan"),
        n_test=len({_behavior(row) for row in samples}),
        seeds=len([part for part in parts if part.samples]),
        problems=sorted({p for part in parts for p in part.problems}),
        table=table,
        splits=[split[i][0] for i in items],
        forms=[split[i][1] for i in items],
        scalars={name: _mean([part.summary.get(name) for part in measured]) for name in KEPT},
        along=along_training([part.history for part in measured]),
        tokens=[row for part in measured for row in part.tokens],
        unconstrained=first.get("note_constrained", ""),
        vocabulary=max(part.vocabulary for part in parts),
        trained_on=max(part.trained_on for part in parts),
        no_values=sum((row.get("reason") or "").startswith(NO_VALUE) for row in samples),
        precision=", ".join(sorted({part.precision for part in parts if part.precision})),
    )


def _behavior(row: Row) -> tuple[Any, ...]:
    """Which behavior a sample is of: one that is tested in several rounds is one."""
    text = row.get("target")
    return (row["item"],) if text is None else (row.get("name"), text)


def _over_tasks(parts: Sequence[TrainingRecord], name: str) -> float:
    """What needs no model, the same for all trainings on one task: its mean over those of rounds."""
    values = [float(part.summary[name]) for part in parts]
    return values[0] if len(set(values)) == 1 else fmean(values)


def _over_seeds(values: np.ndarray[Any, np.dtype[np.float64]]) -> list[float]:
    return [fmean(float(v) for v in column if math.isfinite(v)) for column in values.T]


def _mean(values: Sequence[Any]) -> float:
    known = [float(v) for v in values if v is not None]
    return fmean(known) if known else float("nan")


def along_training(histories: Sequence[Sequence[Row]]) -> dict[str, Estimate]:
    """What the checkpoints of one representation's trainings say together.

    `coupling`: Spearman's rho of compression (-bits) with Q over the checkpoints of a training, mean over trainings: 1 where Q
    rises whenever the loss falls, 0 where they are decoupled. Interval over trainings, from FEW on: they lie near 1 but for some.
    Checkpoints follow each other, and loss and Q both go with the steps: they are no sample of anything, cannot be resampled, and
    a test of no relation between them would find one in any training that learns. `coupling_pooled`: over the checkpoints of all
    trainings together, without interval. `gradient_alignment`: at the last checkpoint, mean over trainings, on the same
    observations; interval over trainings, from two on. Those of single trainings have standard errors for drawing other
    observations, and no interval: where few observations bear the gradient of Q, Student's with the jackknife over groups covers
    87 % of the time. `gradient_alignment_corrected` has none at all: it is there only where chance made that gradient stand out.
    """
    pairs = [_pairs(history) for history in histories]
    own = [spearman([p[0] for p in pair], [p[1] for p in pair]) for pair in pairs]
    every = [p for pair in pairs for p in pair]
    pooled_rho = spearman([p[0] for p in every], [p[1] for p in every])
    columns = {
        "coupling": mean_estimate(own, (-1.0, 1.0)) if int(np.isfinite(own).sum()) >= FEW else _without_interval(own),
        "coupling_pooled": Estimate(pooled_rho, float("nan"), float("nan")),
    }
    aligned, corrected = (_last(histories, name) for name in ALONG[2:])
    return columns | {
        "gradient_alignment": mean_estimate(aligned, (-1.0, 1.0)),
        "gradient_alignment_corrected": _without_interval(corrected),
    }


def _pairs(history: Sequence[Row]) -> list[tuple[float, float]]:
    return [(-row["bits"], row["quality"]) for row in history if row.get("bits") is not None and row.get("quality") is not None]


def _without_interval(values: Sequence[float]) -> Estimate:
    return Estimate(mean_estimate(values).value, float("nan"), float("nan"))


def _last(histories: Sequence[Sequence[Row]], name: str) -> list[float]:
    """A column of the last checkpoints, where it is known."""
    return [history[-1][name] for history in histories if history and history[-1].get(name) is not None]


def model_token_frame(trained: Mapping[str, Sequence[TrainingRecord]]) -> pl.DataFrame:
    """tokens_model.parquet: for each training the tokens of the expressions measured by κ, see `compare.surprise`."""
    return MODEL_TOKENS.frame([row for records in trained.values() for part in records for row in part.tokens])


def training_frame(trained: Mapping[str, Sequence[TrainingRecord]]) -> pl.DataFrame:
    """trainings.parquet: one row per training: all of its summary, its cost in FLOPs and seconds.

    Seconds are here and in training.parquet, and not in the table, which is the same bytes for the same seed.
    """
    return TRAININGS.frame([_summed(spec, part) for spec, records in trained.items() for part in records])


def _summed(spec: str, part: TrainingRecord) -> Row:
    """A row of trainings.parquet."""
    last = part.history[-1] if part.history else {}
    return {
        "representation": spec,
        "seed": part.number,
        "parameters": part.parameters,
        "precision": part.precision or None,
        "flops": last.get("flops"),
        "seconds": last.get("seconds"),
        **{k: v if isinstance(v, str | int) else _number(v) for k, v in part.summary.items()},
    }


def _number(value: Any) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
