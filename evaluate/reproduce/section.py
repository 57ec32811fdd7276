"""Section 5.1 measured again, beside its printed figures, and its tables."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...grammars.files.bank import bank_system
from ...grammars.files.write import write_text
from ..domains.domain import domain
from ..events import Advanced, Finished, Listener, Started, silent
from ..results.files import SCHEMA, write_json
from ..statistics.correlation import Correlation, rank_correlation
from . import flows, forecast, logistic, printed, starts
from .flows import FlowKappa
from .forecast import Subject
from .logistic import Sweep
from .printed import Printed
from .starts import Nature

if TYPE_CHECKING:
    import polars as pl

CALM, ROUGH = (3.2, 3.5), (3.7, 4.0)
"""Regimes of the logistic map among the subjects of the forecast, beside the hardest window edge that the sweep finds."""
STAGE = "Section 5.1"


@dataclass(frozen=True, slots=True)
class Row:
    """A printed figure and its measured counterpart, with the protocol in a phrase. `along`: what the paper leaves open -> the
    figure as that alone is varied."""

    printed: Printed
    measured: float
    note: str
    along: Mapping[str, Sequence[float]]

    @property
    def tried(self) -> list[float]:
        return [v for values in ([self.measured], *self.along.values()) for v in values if isfinite(v)]

    @property
    def verdict(self) -> str:
        return self.printed.verdict(self.tried)

    @property
    def moves_with(self) -> list[str]:
        """What the figure depends on: along these it is met here and missed there, or crossed."""
        return [name for name, values in self.along.items() if self.printed.verdict([self.measured, *values]) == printed.DEPENDS]

    @property
    def words(self) -> str:
        """The verdict for a reader."""
        return (
            f"depends on {' and '.join(self.moves_with)}" if self.verdict == printed.DEPENDS and self.moves_with else self.verdict
        )

    def as_dict(self) -> dict[str, Any]:
        return {
            "figure": self.printed.what,
            "place": self.printed.place,
            "printed": self.printed.text,
            "measured": self.measured if isfinite(self.measured) else None,
            "verdict": self.verdict,
            "moves_with": ", ".join(self.moves_with),
            "ranges": "; ".join(f"{name} {_between(values)}" for name, values in self.along.items()),
            "note": self.note,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
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
    def not_robust(self) -> list[str]:
        """One line for each printed figure that is not found whatever the protocol."""
        return [
            f"{row.printed.what}: printed {row.printed.text}, measured {row.measured:.3g}: {row.words}"
            for row in self.rows
            if row.verdict != printed.ROBUST
        ]

    def as_dict(self) -> dict[str, Any]:
        """The document of reproduce.json."""
        return {
            "schema": SCHEMA,
            "rows": [row.as_dict() for row in self.rows],
            "not_robust": self.not_robust,
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
    """What was done where the paper leaves it open: the first paragraph of each part's documentation, its constants as
    numbers."""
    parts = {"flows": flows, "logistic map": logistic, "forecast": forecast}
    texts = {name: " ".join((part.__doc__ or "").split("\n\n", 1)[1].split()) for name, part in parts.items()}
    return {name: _with_numbers(text, vars(starts) | vars(parts[name])) for name, text in texts.items()}


def _with_numbers(text: str, constants: Mapping[str, Any]) -> str:
    def number(word: re.Match[str]) -> str:
        value = constants.get(word[0])
        return f"{value:g}" if isinstance(value, int | float) else word[0]

    return re.sub(r"\b[A-Z][A-Z_]+\b", number, text)


def measure(folder: Path, seed: int = 0, listen: Listener = silent) -> Reproduction:
    """Measure Section 5.1, to be kept in a folder. `seed` is that of the noise in the forecasts; nothing else is random."""
    ode, maps = domain("ode"), domain("map")
    listen(Started(STAGE, len(printed.KAPPA) + 3))
    measured = []
    for name in printed.KAPPA:
        measured.append(flows.measure_flow(bank_system(name), ode))
        listen(Advanced(STAGE, 1))
    swept = logistic.sweep(maps)
    listen(Advanced(STAGE, 1))
    subjects = [Subject(f.system, ode, f.nature, f.worst) for f in measured] + _map_subjects(swept)
    forecasts = forecast.forecast_rows(subjects, forecast.NOISE, forecast.SAMPLES, seed)
    listen(Advanced(STAGE, 1))
    variants = [_variant(subjects, n, s, seed) for n in forecast.NOISES for s in forecast.SAMPLINGS]
    listen(Advanced(STAGE, 1))
    rows = (*_kappa_rows(measured), _separation_row(measured), _sweep_row(swept), *_forecast_rows(forecasts, variants, seed))
    result = Reproduction(
        folder=folder,
        seed=seed,
        rows=rows,
        flows=tuple(measured),
        sweep=swept,
        forecasts=tuple(forecasts),
        forecast_variants=tuple(variants),
    )
    listen(Finished(STAGE))
    return result


def _map_subjects(swept: Sweep) -> list[Subject]:
    """The logistic map in calm and rough regimes, and at the hardest edge of a window."""
    maps, base = domain("map"), bank_system("logistic-map")
    subjects = []
    for r in (*CALM, logistic.hardest_calm(swept), *ROUGH):
        i = int(abs(swept.r - r).argmin())
        exponent = float(swept.exponent[i])
        subjects.append(Subject(logistic.at(base, float(swept.r[i])), maps, Nature(1.0, exponent, 0.0), float(swept.kappa[i])))
    return subjects


def _kappa_rows(measured: Sequence[FlowKappa]) -> list[Row]:
    rows = []
    for flow in measured:
        main, common = flow.main, flow.common
        rule = "10 Lyapunov times" if main.horizon > flows.TURNS * flow.nature.period else f"{flows.TURNS:g} periods"
        where = "initial conditions" if flow.nature.rests else "starts on the attractor"
        note = (
            f"T = {main.horizon:.3g} ({rule}), {len(main.worst)} {where}, ± {main.error:.2g}; "
            f"T = {flows.COMMON:g} for all: {common.worst.mean():.3g} ± {common.error:.2g}"
        )
        along = {axis: flow.along(axis) for axis in flows.AXES}
        rows.append(Row(printed.KAPPA[flow.system.name], flow.worst, note, along))
    return rows


def _between(values: Iterable[float]) -> str:
    finite = [v for v in values if isfinite(v)]
    return f"{min(finite):.2g} to {max(finite):.2g}" if finite else "not measured"


def _separation_row(measured: Sequence[FlowKappa]) -> Row:
    own, common = (flows.separation(measured, [getattr(f, name) for f in measured]) for name in ("main", "common"))
    axes: dict[str, list[float]] = {"step": [], "horizon": [common], "start": []}
    for each in zip(*(f.variants for f in measured), strict=True):
        separated, first = flows.separation(measured, each), each[0]
        at_rule = first.horizon == measured[0].main.horizon
        if first.starts == flows.BANK and at_rule:
            axes["start"].append(separated)
        elif first.starts == flows.ATTRACTOR and at_rule:
            axes["step"].append(separated)
        elif first.starts == flows.ATTRACTOR and first.step == flows.STEP:
            axes["horizon"].append(separated)
    return Row(printed.SEPARATION, own, f"each over its own horizon; over T = {flows.COMMON:g} for all: {common:.3g}", axes)


def _sweep_row(swept: Sweep) -> Row:
    settled, given = ([v for v in swept.variants if v["starts"] == name] for name in (flows.ATTRACTOR, flows.BANK))
    along = {
        "step": [v["correlation"] for v in settled if v["length"] == swept.length],
        "horizon": [v["correlation"] for v in settled if abs(v["step"] - swept.step) < 1e-9],
        "start": [v["correlation"] for v in given if v["length"] == swept.length and abs(v["step"] - swept.step) < 1e-9],
    }
    note = f"{swept.length} iterates from {starts.STARTS} starts on the attractor, r ± {swept.step:.3g}"
    return Row(printed.SWEEP_CORRELATION, swept.correlation, note, along)


def _forecast_rows(rows: Sequence[dict[str, Any]], variants: Sequence[dict[str, Any]], seed: int) -> list[Row]:
    lorenz = next(r for r in rows if r["system"] == "lorenz-63")
    by_kappa, by_exponent = _correlations(rows, seed)
    flows_only = [r for r in rows if r["domain"] == "ode"]
    ours, theirs = _correlations(flows_only, seed)
    main = next(v for v in variants if (v["noise"], v["samples"]) == (forecast.NOISE, forecast.SAMPLES))

    def row(printed: Printed, measured: float, column: str, note: str) -> Row:
        noises = [v[column] for v in variants if v["samples"] == forecast.SAMPLES]
        samplings = [v[column] for v in variants if v["noise"] == forecast.NOISE]
        return Row(printed, measured, note, {"noise": noises, "sampling": samplings})

    def note(all_: Correlation, flow: Correlation) -> str:
        alone = f"over the {len(flows_only)} flows alone {flow.value:.2f}, p = {flow.p:.2g}"
        return f"n = {len(rows)} systems{_interval(all_)}, p = {all_.p:.2g}; {alone}"

    quartiles = f"quartiles {lorenz['lower_quartile']:.3g} and {lorenz['upper_quartile']:.3g}"
    return [
        row(
            printed.LORENZ_HORIZON, lorenz["lyapunov_times"], "lorenz_lyapunov_times",
            f"{lorenz['horizon']:.3g} periods, median over starts and seeds, {quartiles}; noise {forecast.NOISE:.0%}",
        ),
        row(printed.PERIODIC_HORIZON, main["least_periodic"], "least_periodic", f"of at most {forecast.LONG_CAP} tried"),
        row(printed.EDGE_HORIZON, main["edge"], "edge", "at the largest κ without a positive exponent"),
        row(printed.RANK_KAPPA, by_kappa.value, "rank_kappa", note(by_kappa, ours)),
        row(printed.RANK_EXPONENT, by_exponent.value, "rank_exponent", note(by_exponent, theirs)),
    ]  # fmt: skip


def _interval(estimate: Correlation) -> str:
    return f", 95 % interval {estimate.low:.2f} to {estimate.high:.2f}" if isfinite(estimate.low) else ""


def _correlations(rows: Sequence[dict[str, Any]], seed: int) -> tuple[Correlation, Correlation]:
    """Rank correlation of the horizon with κ, and with the exponent per period."""
    horizon = [r["horizon"] for r in rows]
    columns = [[r[name] for r in rows] for name in ("kappa", "exponent_per_period")]
    by_kappa, by_exponent = (rank_correlation(horizon, column, seed) for column in columns)
    return by_kappa, by_exponent


def _variant(subjects: Sequence[Subject], noise: float, samples: int, seed: int) -> dict[str, Any]:
    """The forecasts' figures at one noise level and sampling."""
    rows = forecast.forecast_rows(subjects, noise, samples, seed)
    by_kappa, by_exponent = _correlations(rows, seed)
    lorenz = next(r for r in rows if r["system"] == "lorenz-63")["lyapunov_times"]
    calm, edge = (
        [r["horizon"] for r in rows if r["domain"] == "map"][: len(CALM)],
        rows[len(printed.KAPPA) + len(CALM)]["horizon"],
    )
    return {
        "noise": noise,
        "samples": samples,
        "lorenz_lyapunov_times": lorenz,
        "least_periodic": forecast.least_periodic(subjects, noise, samples, seed),
        "edge": edge / min(calm),
        "rank_kappa": by_kappa.value,
        "rank_exponent": by_exponent.value,
    }


def write_tables(result: Reproduction, figures: Mapping[str, str]) -> None:
    """reproduce.json and reproduce.csv. `figures`: checksums of its figures, by file."""
    document = result.as_dict()
    write_json(result.folder / "reproduce.json", document | {"figures": dict(figures)})
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(document["rows"][0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(document["rows"])
    write_text(result.folder / "reproduce.csv", text.getvalue())
