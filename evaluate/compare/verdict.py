"""What a comparison says, in plain sentences, each from numbers in the table. It tests the hypothesis; it does not argue for
it."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from ..statistics.correlation import FEWEST, significant
from ..tables.column import Row
from .summary import is_control


def verdict(rows: Sequence[Row], correlation: dict[str, Any], in_rounds: bool = False) -> list[str]:
    """Sentences, the headline first. `in_rounds`: what one training leaves open, the recommendation says."""
    seeds = "" if in_rounds else _seeds(correlation)
    others = (_smoothest(rows), _best_quality(rows), seeds, _control(rows, correlation), _fidelity(rows))
    return [_headline(correlation), *filter(None, others)]


def verdict_of_kappa(rows: Sequence[Row]) -> list[str]:
    """Sentences where no model was trained."""
    controls = [r["representation"] for r in rows if _is_control(r)]
    corrected = f"Every edit is corrected under {', '.join(controls)}: κ = 0 says nothing of meaning there." if controls else ""
    return list(filter(None, (_smoothest(rows), corrected, _fidelity(rows))))


def _interval(entry: dict[str, Any]) -> str:
    """Value, interval where there is one, and p."""
    how = f"over all {entry['n_permutations']:,} orders" if entry["exact"] else f"by {entry['n_permutations']:,} permutations"
    interval = "" if entry["low"] is None else f"95 % interval {entry['low']:+.2f} to {entry['high']:+.2f}; "
    return f"{entry['value']:+.2f} ({interval}p = {entry['p']:.2g}, {how})"


def _claims(entry: dict[str, Any]) -> bool:
    return significant(entry["value"], entry["low"], entry["high"], entry["p"], entry["n_representations"])


def _between(low: float, high: float) -> str:
    """An interval in parentheses; nothing where there is none, as of one expression alone."""
    return f" ({low:.3f} to {high:.3f})" if isfinite(low) else ""


def _headline(correlation: dict[str, Any]) -> str:
    entry = correlation["kappa_mean"]
    if entry["value"] is None:
        return "No rank correlation of κ with Q: it needs both measured, and not all equal, for at least three representations."
    n, seeds, least = entry["n_representations"], correlation["seeds"], correlation.get("least_seeds", correlation["seeds"])
    trainings = f"{least} to {seeds} trainings of each" if least < seeds else f"{seeds} training{'s' * (seeds != 1)} of each"
    scope = f"over {n} representations and {trainings}"
    without = correlation["kappa_mean_without_control"]
    if n < FEWEST:
        reading = f"of fewer than {FEWEST} representations no claim is made, whichever way it falls"
    elif not _claims(entry):
        reading = "no relation can be told from chance, so this run neither supports nor contradicts the Smoothness Hypothesis"
    elif without["n_representations"] < n and not _claims(without):
        reading = (
            "without the control it cannot be told from chance, so this run neither supports nor contradicts the "
            "Smoothness Hypothesis"
        )
    elif entry["value"] < 0:
        reading = "smoother representations came with higher semantic quality, as the Smoothness Hypothesis expects"
    else:
        reading = "smoother representations came with lower semantic quality, against the Smoothness Hypothesis"
    return f"Rank correlation of κ mean with Q {scope}: {_interval(entry)}; {reading}."


def _is_control(row: Row) -> bool:
    """Whether no edit that was tried changed anything."""
    return is_control(row["sup"], row["redundancy"])


def _smoothest(rows: Sequence[Row]) -> str:
    ordered = sorted((r for r in rows if isfinite(r["kappa_mean"]) and not _is_control(r)), key=lambda r: r["kappa_mean"])
    if len(ordered) < 2:
        return ""
    best = ordered[0]
    control = " but for the control" if any(_is_control(r) for r in rows) else ""
    return (
        f"Least κ mean as measured{control}: {best['representation']}, {best['kappa_mean']:.3f}"
        f"{_between(best['kappa_mean_low'], best['kappa_mean_high'])}."
    )


def _best_quality(rows: Sequence[Row]) -> str:
    ordered = sorted((r for r in rows if isfinite(r["quality"])), key=lambda r: -r["quality"])
    if not ordered:
        return ""
    best = ordered[0]
    floors = f"Prior sampling reaches {best['floor_prior']:.3f}, nearest-neighbor retrieval {best['floor_nearest']:.3f}."
    if best["quality"] == 0.0:
        trained = " trained so far" * (len(ordered) < len(rows))
        return f"Q is 0 for every representation{trained}: no model wrote anything that behaves as it should. {floors}"
    return (
        f"Highest Q as measured: {best['representation']}, "
        f"{best['quality']:.3f}{_between(best['quality_low'], best['quality_high'])}. {floors}"
    )


def _seeds(correlation: dict[str, Any]) -> str:
    if correlation.get("least_seeds", correlation["seeds"]) != 1:
        return ""
    where = "With one seed" if correlation["seeds"] == 1 else "Where a representation has one seed"
    return (
        f"{where} the intervals of Q leave out how much one training differs from the next: repeat with --seeds 3 before "
        "ranking by Q."
    )


def _control(rows: Sequence[Row], correlation: dict[str, Any]) -> str:
    controls = [r for r in rows if _is_control(r)]
    if not controls:
        return ""
    entry = correlation["kappa_mean_without_control"]
    plural = len(controls) > 1
    without = (
        f" Without {'them' if plural else 'it'} the rank correlation is {_interval(entry)}." if entry["value"] is not None else ""
    )
    named = ", ".join(r["representation"] + (f" (Q {r['quality']:.3f})" if isfinite(r["quality"]) else "") for r in controls)
    return (
        f"Error-correcting control{'s' * plural} with κ = 0: {named}. "
        f"{'They add' if plural else 'It adds'} nothing to meaning, so whatever κ predicts must be explained in "
        f"{'their' if plural else 'its'} presence.{without}"
    )


def _fidelity(rows: Sequence[Row]) -> str:
    lossy = [f"{r['representation']} ({r['fidelity_error']:.3f})" for r in rows if r["fidelity_error"] > 0.01]
    return f"Read κ beside fidelity: these lose meaning by their own rounding: {', '.join(lossy)}." if lossy else ""
