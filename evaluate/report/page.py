"""`report.html`: one file that opens offline, a pure function of what the run's folder holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

if TYPE_CHECKING:
    from ..kappa import Kappa
    from .heat_map import HeatMap

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the main table: the row's field, what it is called, what it means."""

    field: str
    title: str
    help: str
    digits: int = 3
    text: bool = False


COLUMNS = (
    Column("representation", "representation", "the spec, as -r takes it", text=True),
    Column("vocabulary_size", "V", "content tokens in the vocabulary", 0),
    Column("tokens", "tokens", "tokens per expression", 1),
    Column("fidelity_error", "fidelity error", "distance that encoding and decoding alone move the meaning"),
    Column("validity", "validity", "share of edits that decode"),
    Column("redundancy", "redundancy", "share of edits within 0.01 of the original's behaviour"),
    Column("kappa_mean", "κ mean", "mean distance over valid edits, averaged over expressions"),
    Column("kappa_difference", "Δκ", "paired difference of κ mean to the smoothest that is no control; significant where its interval excludes zero"),
    Column("kappa@4", "κ@4", "expected maximum over 4 random valid edits (unbiased), over the expressions that have as many"),
    Column("kappa@16", "κ@16", "expected maximum over 16 random valid edits (unbiased), over the expressions that have as many"),
    Column("sup", "sup", "largest distance found per expression (Eq. 1); a lower bound where the neighbourhood was sampled"),
    Column("n_unresolved", "unresolved", "edits whose simulation could not be resolved: counted, without a distance", 0),
    Column("bits", "NTP bits", "next-token loss in bits per held-out expression", 1),
    Column("quality", "Q", "semantic quality of what the model writes (Eq. 3)"),
    Column("quality_share", "Q share", "Q between prior sampling (0) and the representation's own round trip (1)", 2),
    Column("quality_constrained", "Q constrained", "Q where the model may only write what the representation's grammar allows"),
    Column("r2_share", "R² > 0.9", "share of test behaviours fitted with R² above 0.9"),
    Column("within_10", "≤ 10 %", "share of test behaviours within 10 % relative error"),
    Column("within_1", "≤ 1 %", "share of test behaviours within 1 % relative error"),
    Column("sample_validity", "valid samples", "share of the model's samples that decode"),
    Column("unigram_bits", "unigram bits", "bits per expression under the tokens' own frequencies", 1),
    Column("naive_bits", "L log₂ V", "bits per expression where every token of the vocabulary costs the same", 1),
    Column("number_fragments", "tokens/number", "tokens that write part of a coefficient", 2),
    Column("operator_fragments", "tokens/operator", "tokens that write part of an operator's or function's name", 2),
    Column("alignment", "aligned", "share of tokens that write part of exactly one node of the tree", 2),
    Column("vocabulary_use", "V used", "share of the vocabulary that occurs", 2),
    Column("shannon_efficiency", "H / log₂ V", "Shannon entropy of the tokens over its largest value", 2),
    Column("renyi_efficiency", "Rényi eff.", "Rényi entropy of order 2.5 over its largest value (Zouhar et al. 2023)", 2),
    Column("note", "note", "when not to believe a row", text=True),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    sort: str
    interval: str = ""


def _cell(row: Row, column: Column) -> Cell:
    value = row[column.field]
    if isinstance(value, str):
        return Cell(value, value)
    if not isfinite(value):
        return Cell("-", "nan")
    low, high = row.get(f"{column.field}_low"), row.get(f"{column.field}_high")
    interval = ""
    if low is not None and high is not None and isfinite(low) and low != high:
        interval = f"{low:.{column.digits}f} … {high:.{column.digits}f}"
    return Cell(f"{value:.{column.digits}f}", repr(float(value)), interval)


def _group_cell(group: dict[str, Any] | None) -> Cell:
    if group is None or group["mean"]["value"] is None:
        return Cell("-", "nan", "" if group is None or group["validity"] is None else f"{group['validity']:.0%} valid")
    return Cell(f"{group['mean']['value']:.3f}", "", f"{group['validity']:.0%} valid")


def breakdown(kappas: Sequence[Kappa]) -> tuple[list[str], list[dict[str, Any]]]:
    """Column names and rows of the table by edit kind, then by token class."""
    kinds = [k.by("kinds") for k in kappas]
    classes = [k.by("classes") for k in kappas]
    names = sorted({g for k in kinds for g in k}), sorted({g for c in classes for g in c})
    rows = [
        {
            "representation": kappa.representation,
            "cells": [_group_cell(by_kind.get(g)) for g in names[0]] + [_group_cell(by_class.get(g)) for g in names[1]],
        }
        for kappa, by_kind, by_class in zip(kappas, kinds, classes, strict=True)
    ]
    return [*names[0], *names[1]], rows


def render(
    run: dict[str, Any],
    rows: Sequence[Row],
    kappas: Sequence[Kappa],
    figures: Sequence[dict[str, str]],
    verdict: Sequence[str],
    skipped: Sequence[dict[str, str]],
    missing: str,
    heat: HeatMap | None = None,
) -> str:
    """The page. Every text from data is escaped by the template."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    groups, parts = breakdown(kappas)
    return environment.get_template("page.html.j2").render(
        run=run,
        rows=rows,
        columns=COLUMNS,
        cells=[[_cell(row, column) for column in COLUMNS] for row in rows],
        figures=figures,
        verdict=verdict,
        skipped=skipped,
        groups=groups,
        breakdown=parts,
        complete=not missing,
        missing=missing,
        heat=heat,
    )
