"""Tables on the terminal, as wide as it is (`fitted.py`); piped output is plain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import isfinite, isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.text import Text

from ..evaluate.compare.answer import precision_words
from ..evaluate.compare.shown import HEADS, STAR, lines, starred
from ..evaluate.domains.sources import GIVEN
from ..evaluate.results.format import cell
from ..evaluate.tables.robustness import ROBUSTNESS
from ..evaluate.tables.summary import SUMMARY
from ..grammars.print.infix import as_written
from ..tokenizers.base import Invalid
from .fitted import Fitted as _table
from .fitted import console as _console

if TYPE_CHECKING:
    from ..evaluate.across.run import Across
    from ..evaluate.compare.comparison import Comparison
    from ..evaluate.dials.run import Dialed
    from ..evaluate.expression.lyapunov import Lyapunov
    from ..evaluate.expression.simulate import Simulation
    from ..evaluate.expression.tokenize import Tokenization
    from ..evaluate.kappa.kappa import Kappa
    from ..evaluate.measuring.measured import Measured
    from ..evaluate.report.reproduction import Rebuilt
    from ..evaluate.reproduce.probing.section import Probed
    from ..evaluate.reproduce.section import Reproduction
    from ..evaluate.search.searched import Searched
    from ..evaluate.statistics.estimate import Estimate
    from ..evaluate.study.run import Study
    from ..evaluate.study.survey import Surveyed

_SPARKS = "▁▂▃▄▅▆▇█"
ENDS = ("diverged", "undefined", "unresolved")
"""Outcomes of edits that decode and do not end well; how many there are, JSON and tables have as `n_…`."""


def show_fields(document: dict[str, Any]) -> None:
    table = _table("field", "value")
    for key, value in document.items():
        lines = value if isinstance(value, list) else [value]
        table.add_row(key, Text("\n".join(" ".join(map(str, v)) if isinstance(v, list) else str(v) for v in lines)))
    _console().print(table)


def show_tokens(result: Tokenization) -> None:
    console = _console()
    console.print(
        Text(
            f"{result.representation.spec}: {len(result.ids)} tokens over a vocabulary of {len(result.representation.vocabulary)}"
        )
    )
    styles = {
        "operator": "bold magenta",
        "function": "cyan",
        "variable": "green",
        "number": "yellow",
        "structure": "dim",
        "mixed": "blue",
    }
    line = Text()
    for token in result.tokens:
        line.append(token.text, style=styles[str(token.kind)])
        line.append(" ")
    console.print(line)
    decoded = result.decoded
    if isinstance(decoded, Invalid):
        console.print(Text(f"decodes to nothing: {decoded.reason} (token {decoded.position})"))
    else:
        console.print(Text(f"decodes to: {as_written(decoded, None, result.representation.operators)}"))
    if result.fidelity_error is not None:
        console.print(Text(f"fidelity error: {result.fidelity_error:.4g}"))
    for note in result.notes:
        console.print(Text(note))


def show_simulation(result: Simulation) -> None:
    console = _console()
    if result.said:
        for text in result.said:
            after = "\n" if "\n" in text else "; "  # a picture begins on a line of its own
            console.print(Text(f"status: {result.status}" + (f"{after}{text}" if text != result.status else "")))
        return
    missing = int(np.isnan(result.y).any(axis=2).sum())
    console.print(
        Text(f"status: {result.status}; {_points(result)}" + (f", {missing} of them without a value" if missing else ""))
    )
    if result.status == "unresolved":
        console.print(
            Text(
                "the solver gave up on the way: from there on its last value is held, which is no solution (--max-steps, --rtol)"
            )
        )
    right = ("first", "last", "least", "greatest")
    table = _table("start", "variable", *right, "course", right=right)
    for i, trajectory in enumerate(result.y):
        for j, name in enumerate(result.labels):
            y = trajectory[:, j]
            there = y[~np.isnan(y)]
            extremes = (there.min(), there.max()) if len(there) else (np.nan, np.nan)
            row = ["undefined" if np.isnan(v) else f"{v:.6g}" for v in (y[0], y[-1], *extremes)]
            table.add_row(str(i + 1), name, *row, _sparkline(y.tolist()))
    console.print(table)


def _points(result: Simulation) -> str:
    """Where its values are: times, or inputs."""
    if result.inputs is None:
        return f"t = {result.t[0]:g} … {result.t[-1]:g}, {len(result.t)} points"
    if result.inputs.shape[1] != 1:
        return f"{len(result.inputs)} inputs"
    column = result.inputs[:, 0]
    return f"inputs {result.system.names[0]} = {column[0]:g} … {column[-1]:g}, {len(column)} points"


def show_lyapunov(result: Lyapunov) -> None:
    table = _table("exponent", "value", "standard error", right=("value", "standard error"))
    for i, (value, error) in enumerate(zip(result.spectrum, result.standard_error, strict=True)):
        table.add_row(str(i + 1), f"{value:.6g}", f"{error:.2g}")
    console = _console()
    console.print(table)
    unit = "iterates" if result.system.domain == "map" else "time units"
    console.print(Text(f"averaged over {result.t:.6g} {unit}, after a transient of {result.transient:.6g}"))
    console.print(Text(f"sum {sum(result.spectrum):.6g}; mean divergence {result.divergence:.6g}"))
    for note in result.notes:
        console.print(Text(note))


def show_section(result: Reproduction | Probed) -> None:
    """Section 5.1 by its table, 5.2 by its sentences."""
    from ..evaluate.reproduce.section import Reproduction

    if isinstance(result, Reproduction):
        show_reproduction(result)
    else:
        show_run(result)


def show_reproduction(result: Reproduction) -> None:
    table = _table("figure", "printed", "measured", "verdict", "how", right=("printed", "measured"))
    for row in result.rows:
        measured = f"{row.measured:.3g}" if isfinite(row.measured) else "-"
        table.add_row(Text(row.printed.what), row.printed.text, measured, row.words, Text(row.note))
    console = _console()
    console.print(table)
    edges = [e for e in result.sweep.edges if e["found"] is not None]
    console.print(
        Text(f"logistic map: κ spikes at {len(edges)} of {len(result.sweep.edges)} known edges without a positive exponent")
    )
    robust = len(result.rows) - len(result.not_robust)
    console.print(
        Text(f"{robust} of {len(result.rows)} figures are robust: met whatever was varied of what the paper leaves open")
    )
    console.print(Text(f"page: {result.folder / 'reproduce.html'}"))


def _sparkline(values: Sequence[float], width: int = 32) -> str:
    step = max(1, len(values) // width)
    picked = list(values)[::step][:width]
    there = [v for v in picked if not isnan(v)] or [0.0]
    low, high = min(there), max(there)
    span = (high / 2 - low / 2) or 1.0  # halves, since the difference of large ones is infinite
    return "".join(" " if isnan(v) else _SPARKS[min(7, int(8 * (v / 2 - low / 2) / span))] for v in picked)


def _interval(estimate: Estimate) -> str:
    return cell(estimate.value, estimate.low, estimate.high)


def show_kappa(results: Sequence[Kappa], folder: Path | None = None) -> None:
    """`folder`: where the run's page is, if it left one."""
    console = _console()
    measured = any(k.intrinsic is not None for k in results)
    shown = [SUMMARY[name] for name in ("unigram_bits", "alignment", "renyi_efficiency") if measured]
    heads = [column.short or column.title for column in shown]
    cells: dict[str, Callable[[Kappa], str]] = {
        "kappa_mean": lambda k: _interval(k.mean),
        "kappa@4": lambda k: _interval(k.at(4)),
        "sup": lambda k: cell(k.sup.value) + ("" if k.exact or not isfinite(k.sup.value) else "+"),
        "validity": lambda k: cell(k.validity.value),
        "redundancy": lambda k: cell(k.redundancy.value),
        "fidelity_error": lambda k: cell(k.fidelity_error.value),
        "tokens": lambda k: cell(k.tokens.value, digits=1),
    }
    table = _table("representation", *(SUMMARY[name].title for name in cells), *heads, "n", right=("n", "tokens", *heads))
    for k in results:
        measures = (cell(_intrinsic(k, c.name), digits=c.digits) for c in shown)
        n = str(k.n) if k.n == k.n_given else f"{k.n} of {k.n_given}"
        table.add_row(Text(k.representation), *(text(k) for text in cells.values()), *measures, n)
    console.print(table)
    first = results[0]
    console.print(
        Text(
            f"metric {first.metric}; invalid edits: {first.invalid}; edits: {first.edits}; in parentheses: 95 % intervals over "
            "expressions"
        )
    )
    if not all(k.exact or not isfinite(k.sup.value) for k in results):
        console.print(Text("+ a lower bound: the neighborhood was sampled, or an edit of it has no distance"))
    for k in results:
        _show_robustness(k)
    for k in results:
        for note in (*_fewer(k), *_outcomes(k), *k.notes, *k.masked):
            console.print(Text(f"{k.representation}: {note}"))
    if folder is not None:
        console.print(Text(f"report: {folder / 'report.html'}"))


def show_measured(result: Measured) -> None:
    """A run of κ alone, whose folder was read again."""
    show_kappa(result.kappas)
    _show_ending(result)


def _show_robustness(kappa: Kappa) -> None:
    """What natural edits do, a row for each way of writing."""
    robustness = kappa.robustness
    if not robustness.kinds:
        return
    shares = [ROBUSTNESS[name] for name in ("encoded", "stays", "moves", "unread", "kept", "longer")]
    heads = [column.title for column in shares]
    table = _table(ROBUSTNESS["kind"].title, *heads, "n", right=("n", *heads))
    for kind in robustness.kinds:
        figures = robustness.estimates(kind)
        cells = {c.name: cell(figures[c.name].value, digits=c.digits) for c in shares} | {"kept": _interval(figures["kept"])}
        table.add_row(Text(kind), *cells.values(), str(figures["n_expressions"]))
    console = _console()
    console.print(Text(f"{kappa.representation}: the same text written in other ways"))
    console.print(table)


def _fewer(kappa: Kappa, m: int = 4) -> Iterator[str]:
    """Why there is no κ@m: it would be over fewer expressions than the mean and the sup."""
    if short := kappa.n_short(m):
        kind = "valid edits" if kappa.invalid == "exclude" else "edits"
        known = kappa.where_known(m)
        figures = ", ".join(
            f"{word} {known[key]:.3f}" for word, key in ((f"κ@{m}", "value"), ("mean", "mean"), ("sup", "sup")) if key in known
        )
        rest = f"; the other {known['n']} have {figures}" if figures else ""
        yield f"no κ@{m}: {short} of {kappa.n} expressions have fewer than {m} {kind} among those drawn{rest}"


def _outcomes(kappa: Kappa) -> Iterator[str]:
    """How the edits that decode ended where it was not well, why there is no κ, and what a mean under an unbounded metric cannot
    hold."""
    edits, count = sum(m.n_edits for m in kappa.measured), kappa.count("undefined")
    if ended := ", ".join(f"{n:,} {word}" for word in ENDS if (n := kappa.count(word))):
        yield f"of {edits:,} edits {ended}"
    if kappa.measured and not kappa.n:
        yield (
            f"no κ: none of the {edits:,} edits has a distance ({kappa.count('invalid'):,} do not decode, "
            f"{kappa.count('unresolved'):,} unresolved)"
        )
    if count and not isfinite(kappa.d_max):
        yield f"{count:,} {'edit is' if count == 1 else 'edits are'} undefined somewhere, without a distance under {kappa.metric}"


def _intrinsic(kappa: Kappa, measure: str) -> float | None:
    return None if kappa.intrinsic is None else kappa.intrinsic.estimate(measure).value


def show_run(result: Comparison | Measured | Study | Surveyed | Dialed | Searched | Rebuilt | Across | Probed) -> None:
    """A study by its sentences, a comparison by its table; a search or a reproduction, built again, by where its page is."""
    from ..evaluate.across.run import Across
    from ..evaluate.dials.run import Dialed
    from ..evaluate.measuring.measured import Measured
    from ..evaluate.report.reproduction import Rebuilt
    from ..evaluate.reproduce.probing.section import Probed
    from ..evaluate.search.searched import Searched
    from ..evaluate.study.run import Study  # which loads all that runs one
    from ..evaluate.study.survey import Surveyed

    if isinstance(result, Study | Surveyed | Dialed | Across | Probed):
        console = _console()
        for line in result.lines():
            console.print(line, markup=False, highlight=False, soft_wrap=True)
    elif isinstance(result, Searched | Rebuilt):
        _console().print(Text(f"report: {result.page}"))
    elif isinstance(result, Measured):
        show_measured(result)
    else:
        show_comparison(result)


def show_comparison(result: Comparison) -> None:
    console = _console()
    table = _table("representation", *HEADS, "note", right=HEADS)
    for line in lines(result.rows):
        table.add_row(*map(Text, line))
    console.print(table)
    if starred(result.rows):
        console.print(Text(STAR))
    for row in result.rows:
        if ended := ", ".join(f"{row[f'n_{word}']:,} {word}" for word in ENDS if row[f"n_{word}"]):
            console.print(Text(f"{row['representation']}: of {row['n_edits']:,} edits {ended}"))
    _show_curves(result)
    if result.told.direction != "inverse":
        console.print(Text(f"{result.told.direction}: {result.told.told}"))
    for sentence in (*result.advice, *_minutes_more(result), *result.lead, *result.verdict):
        console.print(Text(sentence))
    if kinds := sorted({row["precision"] for row in result.rows} - {""}):
        console.print(Text(precision_words(kinds)))
    _show_ending(result)


def _show_ending(result: Comparison | Measured) -> None:
    """What was left out, what is still to be done, and where the page is."""
    console = _console()
    for skip in result.skipped:
        console.print(Text(" ".join(f"skipped {skip['what']} ({skip['stage']}): {skip['reason']}".split())))
    if result.unfinished:
        again = f"{result.plan.command()} --out {result.folder} --resume"
        if any(source.partition(":")[0] == GIVEN for source in result.plan.data):
            again = f"the same call in Python, with out={str(result.folder)!r} and resume=True"
        console.print(Text(f"not finished: {', '.join(result.unfinished)}; go on with: {again}"))
    console.print(Text(f"report: {result.folder / 'report.html'}"))


def _show_curves(result: Comparison) -> None:
    """What the curves say in numbers; nothing where there are none."""
    from ..evaluate.compare.curve import levels_shown
    from ..evaluate.tables.curve import EFFICIENCY, level_name

    if not result.curves:
        return
    levels = levels_shown(result.curves, next((s.floor_prior for s in result.scores if s is not None), None))
    heads = [EFFICIENCY[name].title for name in ("curve_area", *map(level_name, levels), "ceiling_fitted")]
    table = _table("curve over training systems", *heads, right=heads)
    for curve in result.curves:
        reached = [" ".join(filter(None, (text, interval and f"({interval})"))) for text, interval in map(curve.words_to, levels)]
        ceiling = "none" if curve.ceiling.estimate is None else _interval(curve.ceiling.estimate)
        table.add_row(Text(curve.representation), _interval(curve.area), *reached, ceiling)
    _console().print(table)


def _minutes_more(result: Comparison) -> list[str]:
    """How long what is open would take; on no page, since it depends on the machine."""
    if result.rounds is None or result.recommendation is None:
        return []
    more = result.recommendation.minutes_more(result.minutes_a_round)
    return [f"That is up to {more:.0f} minutes of one processor's time here."] if more else []


def show_listing(what: str, rows: Sequence[dict[str, str]]) -> None:
    table = _table(*(rows[0] if rows else ("name",)))
    for row in rows:
        table.add_row(*(Text(str(v)) for v in row.values()))
    _console().print(table)
