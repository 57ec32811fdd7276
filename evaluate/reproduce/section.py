"""`reproduce`: Section 5.1 measured again, beside its printed figures; tables, figures and a page in a folder."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...grammars.bank import bank_system
from ...grammars.files import prepare, write_text
from ..domains import domain
from ..events import Advanced, Finished, Listener, Started, silent
from ..run_folder import write_json
from ..statistics import Estimate, rank_correlation
from . import flows, forecast, logistic, printed
from .flows import FlowKappa
from .forecast import Subject
from .logistic import Sweep
from .printed import Printed

if TYPE_CHECKING:
    import polars as pl

CALM, ROUGH = (3.2, 3.5), (3.7, 4.0)
"""Regimes of the logistic map among the subjects of the forecast, beside the hardest window edge that the sweep finds."""
STAGE = "Section 5.1"


@dataclass(frozen=True, slots=True)
class Row:
    """A printed figure and its measured counterpart, with the protocol in a phrase."""

    printed: Printed
    measured: float
    note: str

    def as_dict(self) -> dict[str, Any]:
        value = self.measured if isfinite(self.measured) else None
        return {
            "figure": self.printed.what,
            "place": self.printed.place,
            "printed": self.printed.text,
            "measured": value,
            "reproduced": self.printed.verdict(self.measured),
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Reproduction:
    """Everything measured. `rows` is the main table; the rest is what it comes from and how it moves with the protocol."""

    folder: Path
    seed: int
    rows: tuple[Row, ...]
    flows: tuple[FlowKappa, ...]
    sweep: Sweep
    forecasts: tuple[dict[str, Any], ...]
    forecast_variants: tuple[dict[str, Any], ...]

    @property
    def not_reproduced(self) -> list[str]:
        """One line for each printed figure that was not found again."""
        failed = [row for row in self.rows if row.printed.verdict(row.measured) != "yes"]
        return [f"{row.printed.what}: printed {row.printed.text}, measured {row.measured:.3g} ({row.note})" for row in failed]

    def as_dict(self) -> dict[str, Any]:
        """The document of reproduce.json."""
        return {
            "rows": [row.as_dict() for row in self.rows],
            "not_reproduced": self.not_reproduced,
            "protocol": protocol(),
            "seed": self.seed,
            "flows": [flow.as_dict() for flow in self.flows],
            "flow_variants": flows.variant_rows(self.flows),
            "sweep_variants": list(self.sweep.variants),
            "spikes": self.sweep.spikes,
            "edges": self.sweep.edges,
            "forecasts": list(self.forecasts),
            "forecast_variants": list(self.forecast_variants),
            "run": str(self.folder),
        }

    def to_frame(self) -> pl.DataFrame:
        """The main table."""
        import polars as pl

        return pl.DataFrame([row.as_dict() for row in self.rows])


def protocol() -> dict[str, str]:
    """What was done where the paper leaves it open: the first paragraph of each part's documentation, its constants as numbers."""
    parts = {"flows": flows, "logistic map": logistic, "forecast": forecast}
    texts = {name: " ".join((part.__doc__ or "").split("\n\n", 1)[1].split()) for name, part in parts.items()}
    return {name: _with_numbers(text, vars(parts[name])) for name, text in texts.items()}


def _with_numbers(text: str, constants: Mapping[str, Any]) -> str:
    def number(word: re.Match[str]) -> str:
        value = constants.get(word[0])
        return f"{value:g}" if isinstance(value, int | float) else word[0]

    return re.sub(r"\b[A-Z][A-Z_]+\b", number, text)


def reproduce(out: Path | str, seed: int = 0, listen: Listener = silent) -> Reproduction:
    """Measure Section 5.1 and write reproduce.csv, reproduce.json, reproduce.html and figures into the empty folder `out`.

    `seed` is that of the noise in the forecasts; nothing else is random. Raises OutputError where the folder cannot be
    written or is not empty.
    """
    folder = Path(out)
    prepare(folder)
    ode, maps = domain("ode"), domain("map")
    listen(Started(STAGE, len(printed.KAPPA) + 3))
    measured = []
    for name in printed.KAPPA:
        measured.append(flows.measure_flow(bank_system(name), ode))
        listen(Advanced(STAGE, 1))
    swept = logistic.sweep(maps)
    listen(Advanced(STAGE, 1))
    subjects = [Subject(f.system, ode, f.period, f.exponent, f.chaotic, f.worst) for f in measured] + _map_subjects(swept)
    forecasts = forecast.forecast_rows(subjects, forecast.NOISE, forecast.SAMPLES, seed)
    listen(Advanced(STAGE, 1))
    variants = [_variant(subjects, n, s, seed) for n in forecast.NOISES for s in forecast.SAMPLINGS]
    listen(Advanced(STAGE, 1))
    rows = (*_kappa_rows(measured), _sweep_row(swept), *_forecast_rows(forecasts, seed))
    result = Reproduction(folder, seed, rows, tuple(measured), swept, tuple(forecasts), tuple(variants))
    _write(result)
    listen(Finished(STAGE))
    return result


def _map_subjects(swept: Sweep) -> list[Subject]:
    """The logistic map in calm and rough regimes, and at the hardest edge of a window."""
    place, base = domain("map"), bank_system("logistic-map")
    found = []
    for r in (*CALM, logistic.hardest_calm(swept), *ROUGH):
        i = int(abs(swept.r - r).argmin())
        exponent = float(swept.exponent[i])
        found.append(Subject(logistic.at(base, float(swept.r[i])), place, 1.0, exponent, exponent > 0, float(swept.kappa[i])))
    return found


def _kappa_rows(measured: Sequence[FlowKappa]) -> list[Row]:
    rows = []
    for flow in measured:
        rule = "10 Lyapunov times" if flow.horizon > flows.TURNS * flow.period else f"{flows.TURNS:g} periods"
        spread = [v["kappa_worst"] for v in flow.variants]
        note = f"T = {flow.horizon:.3g} ({rule}); {min(spread):.2g} to {max(spread):.2g} over the steps and horizons tried"
        rows.append(Row(printed.KAPPA[flow.system.name], flow.worst, note))
    return rows


def _sweep_row(swept: Sweep) -> Row:
    found = [v["correlation"] for v in swept.variants]
    note = f"{swept.length} iterates, edits of {swept.step:.3g}; {min(found):.2f} to {max(found):.2f} over the edits and lengths tried"
    return Row(printed.SWEEP_CORRELATION, swept.correlation, note)


def _forecast_rows(rows: Sequence[dict[str, Any]], seed: int) -> list[Row]:
    lorenz = next(r for r in rows if r["system"] == "lorenz-63")
    by_kappa, by_exponent = _correlations(rows, seed)
    n, flows_only = len(rows), [r for r in rows if r["domain"] == "ode"]
    ours, theirs = _correlations(flows_only, seed)

    def note(all_: Estimate, flow: Estimate) -> str:
        five = f"over the five flows alone {flow.value:.2f}"
        return f"n = {n}, 95 % interval {all_.low:.2f} to {all_.high:.2f}; {five}"

    return [
        Row(printed.LORENZ_HORIZON, lorenz["lyapunov_times"], f"{lorenz['horizon']:.3g} periods; median over starts and seeds"),
        Row(printed.RANK_KAPPA, by_kappa.value, note(by_kappa, ours)),
        Row(printed.RANK_EXPONENT, by_exponent.value, note(by_exponent, theirs)),
    ]


def _correlations(rows: Sequence[dict[str, Any]], seed: int) -> tuple[Estimate, Estimate]:
    """Rank correlation of the horizon with κ, and with the exponent per period."""
    horizon = [r["horizon"] for r in rows]
    columns = [[r[name] for r in rows] for name in ("kappa", "exponent_per_period")]
    by_kappa, by_exponent = (rank_correlation(horizon, column, seed) for column in columns)
    return by_kappa, by_exponent


def _variant(subjects: Sequence[Subject], noise: float, samples: int, seed: int) -> dict[str, Any]:
    rows = forecast.forecast_rows(subjects, noise, samples, seed)
    by_kappa, by_exponent = _correlations(rows, seed)
    lorenz = next(r for r in rows if r["system"] == "lorenz-63")["lyapunov_times"]
    correlations = {"rank_kappa": by_kappa.value, "rank_exponent": by_exponent.value}
    return {"noise": noise, "samples": samples, "lorenz_lyapunov_times": lorenz} | correlations


def _write(result: Reproduction) -> None:
    from ..report.reproduction import charts, render
    from ..report.style import write_figure

    document = result.as_dict()
    write_json(result.folder / "reproduce.json", document)
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(document["rows"][0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(document["rows"])
    write_text(result.folder / "reproduce.csv", text.getvalue())
    figures = charts(result)
    drawn = {name: write_figure(chart, result.folder / "figures" / f"{name}.svg") for name, (_, chart) in figures.items()}
    captions = {name: caption for name, (caption, _) in figures.items()}
    write_text(result.folder / "reproduce.html", render(document, drawn, captions))
