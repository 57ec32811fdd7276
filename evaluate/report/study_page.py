"""index.md of a study, built from the rows of its tables alone: every number is a mark of the ledger, which knows its row."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...grammars.files.write import write_text
from ..compare.answer import precision_words
from ..compare.summary import is_lossless
from ..results.files import plain_name, write_json
from ..study.ledger import Ledger, Row, Tables
from ..study.plan import REFERENCE
from ..study.predictors import BOTH, PREDICTORS, TARGETS, others
from ..study.run import TABLES, Study
from ..study.verdict import Answer, answers, at, cautions, changes, headline, named
from ..tables.column import Column
from ..tables.study import REPRESENTATIONS
from .study_figures import figures
from .style import write_svg

_COLUMNS = tuple(
    REPRESENTATIONS[name]
    for name in (
        "vocabulary_size",
        "tokens",
        "fidelity_error",
        "validity",
        "kappa_mean",
        "kappa@16",
        "plausible_mean",
        "kappa_per_tree",
        "bits",
        "quality",
        "quality_valid",
        "quality_share",
        "within_1",
        "seeds",
    )
)
_WITH_INTERVAL = ("kappa_mean", "plausible_mean", "quality")


@dataclass(frozen=True, slots=True)
class Page:
    """`draft` has marks for numbers, `text` the numbers; `document` is verdict.json."""

    draft: str
    text: str
    document: dict[str, Any]
    ledger: Ledger


def write_study_page(folder: Path, title: str, tables: Tables) -> Study:
    """Figures, index.md and verdict.json of a study, from its tables."""
    drawn = figures(tables)
    for name, (_, chart) in drawn.items():
        write_svg(chart, folder / f"{plain_name(name, folder / 'domains.parquet')}.svg")
    made = page(title, tables, [(name, caption) for name, (caption, _) in drawn.items()])
    write_text(folder / "index.md", made.text)
    write_json(folder / "verdict.json", made.document)
    return Study(folder, {name: tuple(tables[name]) for name in TABLES}, made.document)


def page(title: str, tables: Tables, figures: Sequence[tuple[str, str]]) -> Page:
    """`figures`: file names (without .svg) with captions."""
    ledger = Ledger(tables)
    verdict, sentence = headline(ledger)
    answered = answers(ledger)
    care, change = cautions(ledger), changes(ledger)
    parts = [
        f"# {title}",
        "Made by a command, from the tables beside this page; each number is in one of their rows, and `verdict.json` says in "
        "which.",
        f"**{sentence}**",
        "\n".join(_how(ledger)),
        "## Answers",
        *_answers(answered),
        "## Read with care",
        "\n".join(f"- {line}" for line in care),
        "## What would change the verdict",
        "\n".join(f"- {line}" for line in change),
        "## Figures",
        *(f"![{caption}]({name}.svg)" for name, caption in figures),
        "## Representations",
        *(_representations(ledger, row) for row in tables["domains"]),
        "## Predictors",
        "Rank correlation with Q, its 95 % interval, and p by permutation of whole representations. *Adjusted p*: after Holm. "
        "*Given the "
        "others*: given next-token loss, length, validity and fidelity; for one of these, given κ mean and the rest of them; "
        "where loss is "
        "among them, over lossless codes, whose fidelity error is none. Negative is what is claimed for κ, loss, length and "
        "fidelity "
        "error, positive for validity. *n*: representations.",
        *_predictors(ledger),
        *_failed(tables),
        "## Made with",
        *_made(tables["domains"]),
    ]
    draft = "\n\n".join(parts) + "\n"
    document = {
        "title": title,
        "verdict": verdict,
        "headline": sentence,
        "answers": [a.as_dict() | {"text": ledger.settle(a.as_dict()["text"])} for a in answered],
        "cautions": [ledger.settle(line) for line in care],
        "would_change": [ledger.settle(line) for line in change],
        "numbers": [q.as_dict() for q in ledger.quotes],
    }
    return Page(draft, ledger.settle(draft), document, ledger)


def _how(ledger: Ledger) -> list[str]:
    lines = []
    for row in ledger.tables["domains"]:

        def q(style: str, column: str, name: str = row["domain"]) -> str:
            return ledger(style, "domains", column, domain=name)

        lines.append(
            f"- Domain {row['domain']}: {q('d', 'n_representations')} representations, {q('d', 'seeds')} seeds, "
            f"{q('d', 'n_test')} test "
            f"items; κ on {q('d', 'n_expressions')} expressions of the task's distribution "
            f"(of which {q('d', 'n_trained_on')} were also trained on) and {q('d', 'n_expressions_bank')} of the "
            f"bank, metric `{row['metric']}`. Tree edits, which no representation can influence: κ mean "
            f"{ledger.interval('.3f', 'domains', 'kappa_tree', domain=row['domain'])}. Q of prior sampling "
            f"{q('.3f', 'floor_prior')}, of "
            f"nearest-neighbor retrieval {q('.3f', 'floor_nearest')}. It took {q('.2f', 'hours')} hours."
        )
    return lines


def _answers(answers: Sequence[Answer]) -> list[str]:
    blocks = []
    for question in dict.fromkeys(a.question for a in answers):
        lines = [f"- *{a.verdict}*: {' '.join(a.sentences)}" for a in answers if a.question == question]
        blocks += [f"### {question}", "\n".join(lines)]
    return blocks


def _code(spec: str) -> str:
    return "`" + spec.replace("|", "\\|") + "`"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _representations(ledger: Ledger, domain: Row) -> str:
    rows = []
    own = [r for r in ledger.tables["representations"] if r["domain"] == domain["domain"]]
    for row in sorted(own, key=lambda r: -(r["quality"] if r["quality"] is not None else -1)):
        where = {"domain": row["domain"], "representation": row["representation"]}
        cells = [_cell(ledger, row, column, where) for column in _COLUMNS]
        rows.append([_code(row["representation"]) + (" (control)" if row["control"] else ""), *cells])
    table = _table(["representation", *(c.title for c in _COLUMNS)], rows)
    note = (
        "Means over seeds; Q's interval is over test items and seeds. Bits with a star: the code rounds, and what it drops "
        "need not be predicted."
    )
    return f"### Domain {domain['domain']}\n\n{note}\n\n{table}"


def _cell(ledger: Ledger, row: Row, column: Column, where: dict[str, Any]) -> str:
    if column.name in _WITH_INTERVAL:
        return ledger.interval(column.style, "representations", column.name, **where)
    star = "*" * (column.name == "bits" and row["bits"] is not None and not is_lossless(row))
    return ledger(column.style, "representations", column.name, **where) + star


def _predictors(ledger: Ledger) -> list[str]:
    blocks = []
    domains = list(dict.fromkeys(r["domain"] for r in ledger.tables["predictors"]))
    for domain in sorted(domains, key=lambda d: d != BOTH):
        rows = []
        for p in PREDICTORS:
            where = at(domain, p.name)
            rows.append(
                [
                    p.words.replace("|", "\\|"),
                    ledger.correlation("predictors", **where),
                    ledger(".3g", "predictors", "p_holm", **where),
                    ledger.correlation("predictors", **at(domain, p.name, control=False)),
                    ledger.correlation("predictors", **at(domain, p.name, others(p))),
                    *(ledger.correlation("predictors", **at(domain, p.name, target=target)) for target in TARGETS[1:]),
                    ledger("d", "predictors", "n", **where),
                ]
            )
        head = [
            "predictor",
            "with Q",
            "adjusted p",
            "without the control",
            "given the others",
            "with Q share",
            "with a hundredth",
            "with Q given valid samples",
            "n",
        ]
        blocks.append(f"### {named(domain)}\n\n{_table(head, rows)}")
    return blocks


def _failed(tables: Tables) -> list[str]:
    bad = [r for r in tables["study"] if r["status"] != "ok"]
    if not bad:
        return []
    lines = [f"- Domain {r['domain']}, {_code(r['representation'])}: `seed {r['seed']}: {r['status']}`" for r in bad]
    return ["## Trainings without quality", "\n".join(lines)]


def _made(domains: Sequence[Row]) -> list[str]:
    first = domains[0]
    versions = ", ".join(f"{name} {version}" for name, version in json.loads(first["versions"]).items())
    return [
        f"```sh\n{first['command']}\n```",
        f"Versions: `{versions}`. κ's expressions: `{first['data']}`; tree edits under `{REFERENCE}`; budget "
        f"`{first['budget']}`.",
        precision_words(sorted({r["precision"] for r in domains if r.get("precision")})).capitalize() + ".",
    ]
