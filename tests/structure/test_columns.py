"""Columns are named as the registry (`evaluate/tables/`) names them: a misspelt one is found here, in whichever file it
stands."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest

from kappabar.evaluate.tables.catalog import TABLES
from kappabar.evaluate.tables.search import fronts
from kappabar.evaluate.tables.summary import PLACES

SCOPE = ("evaluate/compare/", "evaluate/study/", "evaluate/report/", "cli/")
ELSEWHERE = ("evaluate/report/reproduction.py",)
"""Its rows are those of reproduce.json, which has no table."""
DOCUMENTS = {
    "header", "begun", "known", "run", "document", "sizes", "budget", "training", "correlation", "skip", "mean", "ledger",
    "tables", "self", "drawn", "charts", "words", "match", "spec", "entry", "legend", "mark", "unit", "encoding",
    "environment", "chart", "options", "os", "read_json", "e", "a", "q",
}  # fmt: skip
"""What is no row where it is asked for a key by name: headers, verdicts, charts, options. No row is called so."""
PROFILE = {"n_counted", "worst_token"}
"""What a figure shows of `Profile.rows`, which is in no file."""
NAMES = PROFILE | {name for table in (*TABLES, fronts((), "local.csv"), PLACES) for name in table.stored}
CHARTED = re.compile(r"([\w@.\\*]+):[QNOT]")


def _root(node: ast.expr) -> str:
    """`row` of `row["a"]["b"]`, `rows[0]` and `row.get("a")`; '' where there is no name."""
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Subscript | ast.Attribute):
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        else:
            return ""
    return node.id


def _pattern(node: ast.expr) -> str | None:
    """A key that is text, as a pattern: of f-strings what is filled in may be anything."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        parts = [re.escape(str(v.value)) if isinstance(v, ast.Constant) else ".*" for v in node.values]
        return "".join(parts)
    return None


def _asked(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, pattern) of each key that a row is asked for, and of each field that a chart shows."""
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        found: list[tuple[ast.expr, ast.expr]] = []
        if isinstance(node, ast.Subscript):
            found = [(node.value, node.slice)]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
            found = [(node.func.value, node.args[0])]
        for of, key in found:
            if _root(of) not in DOCUMENTS and (pattern := _pattern(key)) is not None:
                yield key.lineno, pattern
        if isinstance(node, ast.expr) and id(node) not in inside:
            field = CHARTED.fullmatch(_pattern(node) or "")
            yield from [(node.lineno, field[1])] if field else []


def _made(tree: ast.AST) -> set[str]:
    """Keys that a file makes by itself: of dictionaries that it writes, and of what it sets."""
    dicts = (key for node in ast.walk(tree) if isinstance(node, ast.Dict) for key in node.keys)
    sets = (node.slice for node in ast.walk(tree) if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store))
    words = (n for node in ast.walk(tree) if isinstance(node, ast.Call) for n in (k.arg for k in node.keywords))
    return {k.value for k in (*dicts, *sets) if isinstance(k, ast.Constant) and isinstance(k.value, str)} | {
        w for w in words if w
    }


def misnamed(tree: ast.AST) -> list[tuple[int, str]]:
    """(line, key) of each that is no column of any table and nothing that the file makes."""
    good = NAMES | _made(tree)
    return [(line, key) for line, key in _asked(tree) if not any(re.fullmatch(key, name) for name in good)]


def test_the_check_sees_what_it_must() -> None:
    bad = [
        'row["kapa_mean"]', 'row.get("qualty")', 'rows[0]["bit"]', 'f(r[f"kappa_{x}_lo"])', 'alt.X("kappa_men:Q")',
        'alt.X(f"{x}_lw:Q")',
        'best["n_tests"] + 1',
    ]  # fmt: skip
    good = [
        'row["kappa_mean_low"]', 'row.get("quality")', 'r[f"n_{word}"]', 'header["anything"]', 'alt.X("bits:Q")',
        'alt.X(f"{x[0]}_low:Q")',
        'x = {"at": 1}', 'row["at"]',
    ]  # fmt: skip
    assert [line for line, _ in misnamed(ast.parse("\n".join(bad)))] == [1, 2, 3, 4, 5, 6, 7]
    assert misnamed(ast.parse("\n".join(good))) == []


def test_every_column_that_is_asked_for_is_in_the_registry(sources: list[Any]) -> None:
    read = [s for s in sources if s.path.startswith(SCOPE) and s.path not in ELSEWHERE]
    assert sum(1 for s in read for _ in _asked(s.tree)) > 200, "hardly anything was read"
    assert not [f"{s.path}:{line} asks for {key}" for s in read for line, key in misnamed(s.tree)]


@pytest.mark.parametrize("name", ["summary.csv", "study.parquet", "edits.parquet", "trials.parquet", "dial.parquet"])
def test_the_registry_is_whole(name: str) -> None:
    assert name in {t.name for t in TABLES}
