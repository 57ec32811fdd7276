"""index.md of a survey of tokenizers, built from the rows of its tables alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...grammars.files.write import write_text
from ..study.ledger import MISSING, Row, Tables
from ..study.plan import STUDIES
from ..study.survey import TABLES, Surveyed
from ..study.survey_plan import PRIMARY, place
from ..tables.column import LIMITS, Column
from ..tables.survey import TOKENIZERS
from .style import write_svg
from .survey_figures import figures
from .table import markdown

_MAIN = ("kappa_mean", "validity", "tokens", "number_fragments", "single_token", "kept")
_MORE = ("silent", "kappa_moving", "stays", "unread")
_INTERVAL = (*PRIMARY, "single_token", "validity")
_TINY = "validity"
EVERY = "all"


def write_survey_page(folder: Path, header: Mapping[str, Any], tables: Tables) -> Surveyed:
    """Figures and index.md of a survey, from its tables."""
    drawn = figures(tables)
    for name, (_, chart) in drawn.items():
        write_svg(chart, folder / f"{name}.svg")
    said = sentences(tables)
    captions = [(name, caption) for name, (caption, _) in drawn.items()]
    write_text(folder / "index.md", page(header, tables, said, captions))
    document = {"title": STUDIES[header["study"]].title, "sentences": said, "repeat": header["repeat"]}
    return Surveyed(folder, {name: tuple(map(dict, tables[name])) for name in TABLES}, document)


_ABOUT = {
    "head": """Made by a command, from the tables beside this page. Nothing is trained: these figures are of texts, tokens and
    meanings, and say nothing of any model's quality.""",
    "tokenizers": """Means over expressions; in parentheses 95 % intervals of one figure each, over expressions, which carry no
    comparison. *Numbers of one token*: share of coefficients. *Tokens kept*: the share of an expression's tokens that stay when
    its text is written in another way.""",
    "more": """*V*: tokens of the vocabulary; *possible*: such as can stand in an expression, and of these such of white space
    alone. *Silent*: share of the token edits that decode and leave the meaning where it is; it and the κ of the others were added
    when the first tables had been seen. *Stays*, *unread*: share of the texts written in another way that decode to the same
    meaning, or to none.""",
    "compared": """Paired differences, *a* less *b*, with intervals that hold over all {n} together (95 %, Bonferroni). *Alike*:
    no difference in any expression. *Open*: the interval has 0 in it.""",
    "breaks": "A space stands between tokens.",
    "pieces": "Coefficients of the expressions by the number of tokens that write part of them:",
    "ways": """Share of the original's tokens that stay, by way of writing, with 95 % intervals over the *n* expressions that can
    be written so; then how many tokens it takes more. A dash: no tokens for it. *Decodes to the same*: share of rewritings, from
    the least to the most of the tokenizers, references apart. The ways are those of natural edits.""",
    "classes": """Of the drawn token edits that decode, the share that touch tokens of a class, pooled over expressions, and κ
    mean of these.""",
}


def _about(name: str, **values: int) -> str:
    return " ".join(_ABOUT[name].split()).format(**values)


def page(header: Mapping[str, Any], tables: Tables, said: Sequence[str], figures: Sequence[tuple[str, str]]) -> str:
    """`figures`: file names (without .svg) with captions."""
    shown = [(name, f"![{caption}]({name}.svg)") for name, caption in figures]
    parts = [
        f"# {STUDIES[header['study']].title}",
        _about("head"),
        "\n".join(f"- {sentence}" for sentence in said),
        "## Read with care",
        "\n".join(f"- {line}" for line in _cautions(header)),
        "## Tokenizers",
        _about("tokenizers"),
        _main(tables),
        _about("more"),
        _more(tables),
        *(text for name, text in shown if not name.startswith("kept")),
        "## Compared",
        _about("compared", n=len(tables["pairs"])),
        *(_pairs(tables, measure) for measure in PRIMARY),
        "## How numbers break",
        _about("breaks"),
        *_breaks(tables),
        _about("pieces"),
        _pieces(tables),
        "## The same text, written in other ways",
        _about("ways"),
        *(text for name, text in shown if name.startswith("kept")),
        *(_ways(tables, notation) for notation in _notations(tables)),
        "## Which edits decode",
        _about("classes"),
        _classes(tables),
        "## Made with",
        *_made(header),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _notations(tables: Tables) -> list[str]:
    return list(dict.fromkeys(row["notation"] for row in tables["tokenizers"]))


def _column(measure: str) -> Column:
    return TOKENIZERS[measure]


def _value(value: float | None, column: Column) -> str:
    if value is None or value != value:
        return MISSING
    if column.name == _TINY:
        return f"{100 * value:.3f} %" if value < 0.1 else f"{100 * value:.1f} %"
    return format(value, column.style)


def _cell(row: Row, column: Column) -> str:
    low, high = (row[column.name + end] for end in LIMITS)
    value = _value(row[column.name], column)
    return value if low is None or column.name not in _INTERVAL else f"{value} ({_value(low, column)} to {_value(high, column)})"


def _name(row: Row) -> str:
    return f"{row['tokenizer']}, {row['notation']}{' (reference)' if row['reference'] else ''}"


def _main(tables: Tables) -> str:
    head = ["tokenizer", *(_column(name).title for name in _MAIN), "n"]
    rows = [
        [_name(row), *(_cell(row, _column(name)) for name in _MAIN), str(row["n_expressions"])] for row in tables["tokenizers"]
    ]
    return markdown(head, rows)


def _more(tables: Tables) -> str:
    counts = ("vocabulary_size", "possible", "blank")
    head = ["tokenizer", *(_column(name).title for name in (*counts, *_MORE))]
    rows = [
        [_name(row), *(f"{row[name]:,}" for name in counts), *(_value(row[name], _column(name)) for name in _MORE)]
        for row in tables["tokenizers"]
    ]
    return markdown(head, rows)


def _signed(value: float | None, column: Column) -> str:
    return MISSING if value is None else format(value, f"+.{column.digits}f")


def _pairs(tables: Tables, measure: str) -> str:
    column = _column(measure)
    rows = []
    for row in (r for r in tables["pairs"] if r["measure"] == measure):
        interval = "" if row["low"] is None else f" ({_signed(row['low'], column)} to {_signed(row['high'], column)})"
        names = (f"{p['tokenizer']}, {p['notation']}" for p in map(place, (row["a"], row["b"])))
        rows.append([*names, str(row["n"]), _signed(row["difference"], column) + interval, row["outcome"]])
    return f"### {column.title}\n\n" + markdown(["a", "b", "n", "difference", "a has"], rows) if rows else ""


def _breaks(tables: Tables) -> list[str]:
    blocks = []
    for notation in _notations(tables):
        own = [r for r in tables["breaks"] if r["notation"] == notation]
        numbers = list(dict.fromkeys(r["number"] for r in own))
        rows = [
            [name, *(f"`{r['written']}`" for r in own if r["tokenizer"] == name)]
            for name in dict.fromkeys(r["tokenizer"] for r in own)
        ]
        blocks.append(markdown([f"as {notation}", *numbers], rows))
    return blocks


def _pieces(tables: Tables) -> str:
    rows = []
    for spec in dict.fromkeys(r["representation"] for r in tables["numbers"]):
        counts = {r["pieces"]: r["count"] for r in tables["numbers"] if r["representation"] == spec}
        grouped = [*(counts.get(n, 0) for n in range(1, 6)), sum(c for n, c in counts.items() if n > 5)]
        where = place(spec)
        rows.append([f"{where['tokenizer']}, {where['notation']}", *(str(c) for c in grouped)])
    return markdown(["tokenizer", "1", "2", "3", "4", "5", "more"], rows)


def _ways(tables: Tables, notation: str) -> str:
    own = [r for r in tables["robustness"] if r["notation"] == notation]
    references = {r["representation"] for r in tables["tokenizers"] if r["reference"]}
    tokenizers = list(dict.fromkeys(r["tokenizer"] for r in own))
    kept, rows = _column("kept"), []
    for kind in dict.fromkeys(r["kind"] for r in own):
        each = {r["tokenizer"]: r for r in own if r["kind"] == kind}
        stays = [r["stays"] for r in each.values() if r["representation"] not in references] or [0.0]
        same = f"{min(stays):.2f}" if max(stays) - min(stays) < 0.005 else f"{min(stays):.2f} to {max(stays):.2f}"
        cells = [_with_interval(each.get(name), kept) for name in tokenizers]
        rows.append([kind, str(max(r["n_expressions"] for r in each.values())), *cells, same])
    return markdown([f"as {notation}, written with", "n", *tokenizers, "decodes to the same"], rows)


def _with_interval(row: Row | None, column: Column) -> str:
    if row is None or row[column.name] is None:
        return MISSING
    low, high = (row[column.name + end] for end in LIMITS)
    interval = "" if low is None else f" ({low:.2f} to {high:.2f})"
    return f"{row[column.name]:.2f}{interval}; {row['longer']:+.1f}"


def _classes(tables: Tables) -> str:
    kinds = sorted({r["class"] for r in tables["classes"]})
    rows = []
    for spec in dict.fromkeys(r["representation"] for r in tables["classes"]):
        own = {r["class"]: r for r in tables["classes"] if r["representation"] == spec}
        cells = [
            f"{r['share']:.2f}: κ {_value(r['kappa_mean'], _column('kappa_mean'))}"
            if (r := own.get(kind)) is not None
            else MISSING
            for kind in kinds
        ]
        rows.append([f"{place(spec)['tokenizer']}, {place(spec)['notation']}", *cells])
    return markdown(["tokenizer", *kinds], rows)


def sentences(tables: Tables) -> list[str]:
    """What is decided, in words: of each primary measure the order within a notation, and LaTeX beside infix."""
    decided = sum(r["outcome"] in ("less", "more") for r in tables["pairs"])
    every = f"Of {len(tables['pairs'])} comparisons {decided} are decided, with an error of 5 % over all of them together."
    said = [every] if tables["pairs"] else []
    for measure in PRIMARY:
        pairs = [r for r in tables["pairs"] if r["measure"] == measure]
        for notation in _notations(tables):
            if text := _order(tables, measure, notation, pairs):
                said.append(text)
        said += [*_across(measure, pairs), *(_silent(tables) if measure == "kappa_mean" else [])]
    return said


def _order(tables: Tables, measure: str, notation: str, pairs: Sequence[Row]) -> str:
    column = _column(measure)
    rows = [r for r in tables["tokenizers"] if r["notation"] == notation and not r["reference"] and r[measure] is not None]
    own = [r for r in pairs if place(r["a"])["notation"] == place(r["b"])["notation"] == notation]
    if not own:
        return ""
    order = ", ".join(f"{r['tokenizer']} {_value(r[measure], column)}" for r in sorted(rows, key=lambda r: r[measure]))
    undecided = [
        f"{place(r['a'])['tokenizer']} and {place(r['b'])['tokenizer']} are {r['outcome']}"
        for r in own
        if r["outcome"] in ("open", "alike")
    ]
    decided = f"{len(own) - len(undecided)} of {len(own)} pairs are decided" + (f" ({'; '.join(undecided)})" if undecided else "")
    return f"**{column.title}**, as {notation}, from least to most: {order}; {decided}."


def _across(measure: str, pairs: Sequence[Row]) -> list[str]:
    column, parts = _column(measure), []
    for r in pairs:
        one, other = place(r["a"]), place(r["b"])
        if one["notation"] == other["notation"]:
            continue
        how = f" by {abs(r['difference']):.{column.digits}f}" if r["outcome"] in ("less", "more") else ""
        turned = {"less": "more", "more": "less"}.get(r["outcome"], r["outcome"])
        parts.append(
            f"{one['tokenizer']} {turned}{how} as {other['notation']} than as {one['notation']}"
            if how
            else f"{one['tokenizer']} {turned}"
        )
    return [f"**{column.title}** between the notations: {'; '.join(parts)}."] if parts else []


def _silent(tables: Tables) -> list[str]:
    """How much of the edits that decode does nothing, which a small κ mean may be made of."""
    rows = [r for r in tables["tokenizers"] if not r["reference"] and r["silent"] is not None]
    if not rows:
        return []
    least, most = min(rows, key=lambda r: r["silent"]), max(rows, key=lambda r: r["silent"])
    return [
        f"A small κ mean may be made of edits that change nothing: from {least['silent']:.2f} ({least['tokenizer']}, "
        f"{least['notation']}) to {most['silent']:.2f} ({most['tokenizer']}, {most['notation']}) of those that decode leave the "
        "meaning where it is, such as white space that is put in. *κ mean of the others* leaves them out."
    ]


def _cautions(header: Mapping[str, Any]) -> list[str]:
    lines = [
        f"{header['n_systems']} systems stand for equations of their kind and for no others; intervals are over them.",
        "κ is over the token edits that decode, and few do: a tokenizer is judged by those. Validity stands beside it, and which "
        "tokens these edits touch, below.",
        "*Unread* is as much the notation's figure as the tokenizer's: decoding takes the grammar of `infix | chars` or of "
        "`latex` and no more, so that `2x` is no infix there.",
    ]
    skipped = header.get("skipped") or {}
    return lines + [f"`{spec}` left out {len(items)}: {items[0][0]} ({items[0][1]})." for spec, items in skipped.items()]


def _made(header: Mapping[str, Any]) -> list[str]:
    versions = ", ".join(f"{name} {version}" for name, version in header["versions"].items())
    about = {place(spec)["tokenizer"]: entry for spec, entry in header.get("tokenizers", {}).items() if entry.get("sha256")}
    lines = [f"| {name} | {entry.get('package') or MISSING} | `{str(entry['sha256'])[:16]}` |" for name, entry in about.items()]
    table = "\n".join(["| tokenizer | version of its package | SHA-256 of its model begins |", "| --- | --- | --- |", *lines])
    settings = {k: v for k, v in header["arguments"].items() if k not in ("representations", "references")}
    return [
        f"```sh\n{header['repeat']}\n```",
        table,
        f"Settings: `{json.dumps(settings, ensure_ascii=False)}`. Versions: `{versions}`.",
    ]
