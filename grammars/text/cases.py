r"""Cases of papers behind an equals sign to the `Piecewise` of all texts.

f(x) = \begin{cases} x & \text{if } x < 1 \\ 2 & \text{otherwise} \end{cases}   ->   f(x) = Piecewise((x, x < 1), (2, otherwise))
"""

from __future__ import annotations

import re

from .characters import Plain, Rewritten
from .reader import FaultFound

_CASES = re.compile(
    r"(?<==)(?P<before>[\s&]*(?:\\left\s*\\\{)?\s*)\\begin\{d?cases\}(?P<rows>.*?)\\end\{d?cases\}(\s*\\right\s*\.)?", re.DOTALL
)
_ROW = re.compile(r"\\\\(?:\s*\[[\d.]+[a-z]+\])?")
_WORDS = re.compile(r"\\(?:text|mathrm)\{\s*(?:if|when|for)?\s*\}|\\q?quad(?![A-Za-z])|\\[,;:! ]|\b(?:if|for|when)\b")
_ELSE = re.compile(r"\\(?:text|mathrm)\{\s*(?:otherwise|else)[.,\s]*\}|otherwise|else")
_RELATION = re.compile(r"\\(?:leq?|geq?|lt|gt)(?:slant)?(?![A-Za-z])|<=|>=|<|>")
_COMPLEMENT = {"<": ">=", ">": "<=", "<=": ">", ">=": "<"}


def with_cases(given: Plain) -> Plain:
    """The text with its cases as `Piecewise`. Raises FaultFound for a row that is no value and condition."""
    made, at = Rewritten(given), 0
    for found in _CASES.finditer(given.text):
        if "&" not in found["rows"] or _RELATION.search(found["rows"]) is None:
            continue  # equations in a brace
        made.keep(at, found.end("before"))
        _piecewise(made, found.start("rows"), found.end("rows"))
        at = found.end()
    made.keep(at, len(given.text))
    return made.whole() if at else given


def _piecewise(made: Rewritten, start: int, end: int) -> None:
    text, conditions = made.given.text, []
    made.put("Piecewise(", start)
    places = [start, *(i for row in _ROW.finditer(text, start, end) for i in row.span()), end]
    rows = [(a, b) for a, b in zip(places[::2], places[1::2], strict=True) if text[a:b].strip()]
    for i, (a, b) in enumerate(rows):
        value, mark, condition = text[a:b].partition("&")
        if not mark:
            raise FaultFound("a row of cases is a value, & and a condition", a)
        first = a + len(value) + 1
        conditions.append(condition)
        made.put(", (" if i else "(", a)
        made.keep(a, a + len(value.rstrip().rstrip(",;")))
        made.put(", ", first - 1)
        if _ELSE.search(condition) or (i and i + 1 == len(rows) and _is_rest(conditions[-2], condition)):
            made.put("otherwise", first)
        else:
            _keep_condition(made, first, b)
        made.put(")", b - 1)
    made.put(")", end)


def _keep_condition(made: Rewritten, start: int, end: int) -> None:
    """Without its words, and without the stop that ends it."""
    end = start + len(made.given.text[start:end].rstrip().rstrip(",;."))
    for word in _WORDS.finditer(made.given.text, start, end):
        made.keep(start, word.start())
        start = word.end()
    made.keep(start, end)


def _is_rest(one: str, other: str) -> bool:
    """Whether a condition holds just where the one before it does not: `x < 1` and `x >= 1`."""
    parts = [_RELATION.split(_WORDS.sub("", side).replace(" ", "").rstrip(",;.\n")) for side in (one, other)]
    relations = [[_plain(r) for r in _RELATION.findall(side)] for side in (one, other)]
    return parts[0] == parts[1] and len(relations[0]) == 1 and relations[1] == [_COMPLEMENT[relations[0][0]]]


def _plain(relation: str) -> str:
    word = relation.lstrip("\\").removesuffix("slant")
    return {"le": "<=", "leq": "<=", "ge": ">=", "geq": ">=", "lt": "<", "gt": ">"}.get(word, relation)
