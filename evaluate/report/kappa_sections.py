"""What pages show of κ itself, whether models were trained or not: its figures, the maps, the explorer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from ..compare.kept import writings
from ..explore.assets import asset, explorer_script
from ..explore.documents import for_run
from ..kappa.kappa import Kappa
from ..results.format import number
from ..tables.column import Row
from . import figures, panels
from .heat_map import heat_map
from .page import Section, figure, render, script_json
from .style import Drawing

Plan = tuple[str, str, bool, Callable[[], Drawing]]
"""A figure: its section, its name, whether there is anything to show, and how it is drawn."""

TITLES = {
    "kappa-distributions": "Roughness, expression by expression",
    "fidelity": "Smoothness against fidelity",
    "breakdown": "κ by kind of edit and by what the edited token stands for",
    "validity": "Validity and redundancy",
}
_ENDING = {
    "explore": "Explorer",
    "heat-map": "Where meaning sits",
    "skipped": "What was skipped",
    "method": "How it was measured",
}
_LOST, _SHOWN_LOST = 0.01, 3
"""The fidelity error from which an expression is named, and how many of each representation are."""
_NEEDS = {"explore": "explorer", "heat-map": "heat"}
"""Sections that are there where a value is."""


def of_kappa(kappas: Sequence[Kappa], rows: Sequence[Row], controls: Sequence[str]) -> list[Plan]:
    """The figures of κ: roughness, fidelity, by kind, by class, validity."""
    kinds, classes = [k.by("kinds") for k in kappas], [k.by("classes") for k in kappas]
    has_fidelity = any(r["fidelity_error"] is not None and r["kappa_mean"] is not None for r in rows)
    touched = "what the edited token stands for"
    return [
        ("kappa-distributions", "kappa-distributions", True, lambda: figures.kappa_distributions(kappas)),
        ("fidelity", "fidelity-against-kappa", has_fidelity, lambda: panels.fidelity_against_kappa(rows, controls)),
        ("breakdown", "kappa-by-kind", any(kinds), lambda: panels.breakdown_panels(kappas, kinds, "kind of edit")),
        ("breakdown", "kappa-by-class", any(classes), lambda: panels.breakdown_panels(kappas, classes, touched)),
        ("validity", "validity-and-redundancy", True, lambda: panels.validity_panels(rows)),
    ]


def sections(folder: Path, plans: Sequence[Plan], titles: Mapping[str, str], bare: Sequence[str] = ()) -> list[Section]:
    """The figures that have something to show, drawn and kept, by section. `bare`: sections that are there without any."""
    drawn: dict[str, list[Any]] = {}
    for section, name, there, draw in plans:
        if there:
            drawn.setdefault(section, []).append(figure(folder, name, draw()))
        elif section in bare:
            drawn.setdefault(section, [])
    return [Section(name, titles[name], tuple(panel)) for name, panel in drawn.items()]


def insides(folder: Path, kappas: Sequence[Kappa]) -> dict[str, Any]:
    """The values of a page that look into expressions: the table of kinds and classes, the maps, the explorer."""
    groups, parts = breakdown(kappas)
    return {
        "groups": groups,
        "breakdown": parts,
        "lost": lost(kappas),
        "heat": heat_map(kappas, [writings(folder / "parts", k.representation) for k in kappas]),
        "explorer": _explorer(folder, [k.representation for k in kappas]),
    }


def lost(kappas: Sequence[Kappa]) -> list[tuple[str, str, str]]:
    """Representation, expression and fidelity error of the expressions whose meaning encoding alone moves furthest."""
    worst = []
    for kappa in kappas:
        known = sorted((m for m in kappa.measured if m.fidelity_error >= _LOST), key=lambda m: (-m.fidelity_error, m.name))
        worst += [(kappa.representation, m.name, number(m.fidelity_error, None, None, 3)[0]) for m in known[:_SHOWN_LOST]]
    return worst


def rendered(template: str, drawn: Sequence[Section], values: Mapping[str, Any]) -> str:
    """The page, its sections in their order."""
    ids = [("verdict", "Verdict"), ("table", "The table"), *((s.id, s.title) for s in drawn)]
    ids += [(i, title) for i, title in _ENDING.items() if i not in _NEEDS or values[_NEEDS[i]]]
    css = asset("explorer.css") if values["explorer"] else ""
    return render(template, ids, values, charts=True, css=css)


def _explorer(folder: Path, specs: Sequence[str]) -> dict[str, Any] | None:
    """What the explorer needs, or None where the run kept nothing for it."""
    documents, note = for_run(folder / "parts", specs)
    return {"note": script_json(note), "data": script_json(documents), "js": Markup(explorer_script())} if documents else None


def breakdown(kappas: Sequence[Kappa]) -> tuple[list[str], list[dict[str, Any]]]:
    """Column names and rows of the table by edit kind, then by token class; a cell is mean, interval and share that decodes."""
    kinds = [k.by("kinds") for k in kappas]
    classes = [k.by("classes") for k in kappas]
    names = sorted({g for k in kinds for g in k}), sorted({g for c in classes for g in c})
    rows = [
        {
            "representation": kappa.representation,
            "cells": [_group(by_kind.get(g)) for g in names[0]] + [_group(by_class.get(g)) for g in names[1]],
        }
        for kappa, by_kind, by_class in zip(kappas, kinds, classes, strict=True)
    ]
    return [*names[0], *names[1]], rows


def _group(group: Row | None) -> tuple[str, str, str]:
    if group is None:
        return "-", "", ""
    valid = "" if group["validity"] is None else f"{group['validity']:.0%} decode"
    mean = group["mean"]
    if mean["value"] is None:
        return "-", "", valid
    return (*number(mean["value"], mean["low"], mean["high"], 3), valid)
