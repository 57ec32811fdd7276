"""The columns of a search's tables. Which objectives there are, the search says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .column import Column, Table
from .summary import EXPECTED_MAXIMUM, SUMMARY

_NAMED = {
    "mean": SUMMARY["kappa_mean"],
    "sup": replace(SUMMARY["sup"], title="κ sup"),
    "fidelity": SUMMARY["fidelity_error"],
    "tokens": replace(SUMMARY["tokens"], title="tokens per expression"),
    "invalid": Column("invalid", "share of edits that do not decode", unit="share", title="share of invalid edits"),
    "vocabulary": replace(SUMMARY["vocabulary_size"], kind=float, title="vocabulary size"),
    "uncounted": Column("uncounted", "share of expressions that have no κ of their own", unit="share", title="share of "
        "expressions without a κ"),
}  # fmt: skip


def objective(name: str) -> Column:
    """The column of an objective: its mean over expressions."""
    kind, _, at = name.partition("@")
    forms = {"kappa": EXPECTED_MAXIMUM.format(m=at), "quantile": f"quantile {at} of the distances of an expression's edits"}
    text = forms.get(kind) if at else None
    column = _NAMED.get(name) or Column(name, text or "what the search minimizes", unit="distance" if text else "", title=name)
    return replace(column, name=name, interval="", estimator="mean over expressions")


def trials(objectives: Sequence[str], beside: Sequence[str] = ()) -> Table:
    """trials.csv and trials.parquet of a search with these objectives. `beside`: what folders of older versions may lack."""
    counts = "expressions that have a κ of their own; the others count as the largest distance"
    return Table(
        "trials.parquet",
        "one row per trial, in order, on the expressions that are searched on",
        (
            Column("search", "the sampler's name, baseline of the random search beside", str),
            Column("trial", "number of the trial", int),
            SUMMARY["representation"],
            Column("start", "whether the search started from it", bool, presence="newer"),
            *map(objective, objectives),
            *(replace(objective(name), presence="newer") for name in beside),
            Column("kappa_n", counts, int, "expressions", presence="newer"),
            Column("within_limits", "whether it keeps to the limits", bool, presence="newer"),
            Column("missing", "expressions that could not be measured", int, "expressions", presence="newer"),
            Column("edits", "edits drawn", int, "edits", presence="newer"),
            Column("front", "whether it is on the front", bool, presence="newer"),
            Column("reason", "why it is on no front", str, presence="newer"),
        ),
    )


def fronts(objectives: Sequence[str], name: str = "pareto.csv") -> Table:
    """pareto.csv, and line_up.csv and local.csv with the same columns."""
    columns = [
        Column("representation", SUMMARY["representation"].help, str),
        Column("origin", "where it is from: start, search, line-up, merge or assign", str),
        Column("knee", "whether it is the knee of the front", bool),
        Column("front_held_out", "whether it is on the front of the expressions held out", bool),
    ]
    for end, where in (("", "searched on"), ("_held_out", "held out")):
        columns.append(Column(f"kappa_n{end}", f"expressions {where} that have a κ of their own", int, "expressions"))
    for end, where in (("", "searched on"), ("_held_out", "held out")):
        columns.append(Column(f"within_limits{end}", f"whether it keeps to the limits on the expressions {where}", bool))
    for column in map(objective, objectives):
        columns.append(column)
        held_out = replace(column, name=f"{column.name}_held_out", help=f"{column.help}, on the expressions held out")
        limits = [
            replace(column, name=column.name + end, help=f"{which} limit of the 95 % interval of {held_out.name}")
            for end, which in (("_low", "lower"), ("_high", "upper"))
        ]
        columns += [held_out, *limits]
    made = [Column("made_of", "the point of the front that the local search began with", str)]
    return Table(name, "one row per representation", tuple(made + columns if name == "local.csv" else columns))


QUALITY = Table(
    "quality.parquet",
    "one row per representation of the front that a model learned",
    (
        SUMMARY["representation"],
        replace(SUMMARY["quality"], interval="test behaviors"),
        replace(SUMMARY["bits"], interval=""),
        Column("reason", "why there is none", str),
        SUMMARY["precision"],
    ),
)


PROGRESS = Table(
    "progress",
    "one row per trial: what a search has come to with it",
    (
        Column("search", "the sampler's name, baseline of the random search beside", str),
        Column("trial", "number of the trial", int),
        SUMMARY["representation"],
        Column(
            "hypervolume",
            "share of the box from zero to the reference point that the trials so far dominate, of those that keep to the limits",
            unit="share",
        ),
    ),
)
"""Of what a search's folder gives in Python; in no file."""
