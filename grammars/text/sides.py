"""What stands before the equals sign, as papers and other programs have it: found in the text, before it is read.

m x'' + c x' = -k x        a derivative with factors and terms beside it is marked, and solved for by `solved.py`
x' := -x, dx/dt == -x      other signs of equality become =
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .characters import Plain, Rewritten
from .latex_text import DERIVATIVE, OPENED_TIME, SET
from .reader import MARK, FaultFound

_NAME = r"[^\W\d]\w*"
_QUOTIENT = rf"d(?:\s*\^?\s*\(?\s*\d\s*\)?)?\s*{_NAME}(?:\s*\(\s*t\s*\))?\s*/\s*dt(?:\s*\^?\s*\(?\s*\d\s*\)?)?(?!\w)"
_OF_TIME = r"(?:\s*\(\s*t\s*\))?"
_PLAIN = re.compile(rf"(?<![^\W\d])(?:{_NAME}\s*'+|{_QUOTIENT})")
_ALONE = re.compile(
    rf"(?:\(\s*{_NAME}\s*\)|{_NAME})\s*'+{_OF_TIME}|{_QUOTIENT}|(?:D|d\s*/\s*dt)\s*\(.*\)|d\s*/\s*dt\s+{_NAME}|Eq.*", re.DOTALL
)
_LATEX = re.compile(DERIVATIVE)
_LATEX_ALONE = re.compile(rf"(?:{DERIVATIVE}){OPENED_TIME}")
_SET = re.compile(rf"(?:{SET}|\s)*")
_BLANK = re.compile(r"\s*")
_AT_ZERO = re.compile(r"(?:\\left\s*)?\(\s*0(?:\.0*)?\s*(?:\\right\s*)?\)")
_NUMBERED = re.compile(r"\(\s*(?:\d+[a-z]?|[a-z]|[ivx]+)\s*\)\s|\d+[.)]\s|-\s+(?=\S*'|\S+/)")
_RELATION = re.compile(r":=|<-|(?<![<>!])==?|~|\\(?:coloneqq|equiv|triangleq)(?![A-Za-z])")
_ASSIGNED = re.compile(rf"(?:d{_NAME}|{_NAME}dot|.*'|.*/\s*dt)\s*\Z", re.DOTALL)
_GAP = re.compile(r"\s*\[[\d.]+[a-z]+\]")
_WITH = re.compile(r"with\b")


@dataclass(frozen=True, slots=True)
class _Statement:
    start: int
    relation: re.Match[str]


def with_sides(given: Plain, domain: str, latex: bool) -> Plain:
    """The text with its left sides marked and its signs of equality alike. Raises FaultFound for the number of an equation."""
    text, made, at = given.text, Rewritten(given), 0
    for statement in _statements(text, latex):
        sign = statement.relation
        set_before = (_SET if latex else _BLANK).match(text, statement.start, sign.start())
        start = set_before.end() if set_before else statement.start
        end = start + len(text[start : sign.start()].rstrip(" \t\r\n\f\v&~$" if latex else None))
        left = text[start:end]
        if domain == "ode" and _has_derivative(left, latex) and not (_LATEX_ALONE if latex else _ALONE).fullmatch(left):
            if (number := _NUMBERED.match(left)) is not None:
                shown = number.group().strip()
                raise FaultFound(f"{shown!r} may be the number or the mark of the equation; leave it out, or write *", start)
            made.keep(at, start)
            made.put(MARK, start)
            made.keep(start, end)
            made.put(MARK, end)
            at = end
        if sign.group() not in "=~" and _is_equality(sign.group(), left, domain, latex):
            made.keep(at, sign.start())
            made.put("=", sign.start())
            at = sign.end()
    made.keep(at, len(text))
    return made.whole() if at else given


def _is_equality(sign: str, left: str, domain: str, latex: bool) -> bool:
    """Whether it can be nothing else: `x <- 1` may compare, and so may `x == 1` in a function."""
    if sign == "<-":
        return domain != "function" and _ASSIGNED.match(left) is not None
    if sign == "==":
        return domain == "map" or _has_derivative(left, latex) or _AT_ZERO.search(left) is not None
    return True


def _has_derivative(left: str, latex: bool) -> bool:
    return any(_AT_ZERO.match(left[found.end() :].lstrip()) is None for found in (_LATEX if latex else _PLAIN).finditer(left))


def _statements(text: str, latex: bool) -> Iterator[_Statement]:
    """Where statements begin that have a sign of equality outside parentheses, and that sign: up to the parameters."""
    start, depth, at, found = 0, 0, 0, None
    while at < len(text):
        c = text[at]
        if latex and c == "\\" and text[at + 1 : at + 2] in ("\\", "{", "}"):
            at += 2
            if text[at - 1] == "\\" and depth <= 0:
                gap = _GAP.match(text, at)
                start = at = gap.end() if gap else at
                found = None
            continue
        depth += (c in "([{") - (c in ")]}")
        if depth <= 0 and (c in ";@" or (c == "\n" and not latex) or (c == "," and not text[at + 1 : at + 2].isdigit())):
            start, found = at + 1, None
            if c == "@":
                return
        elif depth <= 0 and c == "w" and _WITH.match(text, at) and not text[at - 1 : at].isalnum():
            return
        elif depth <= 0 and found is None and c in ":<=~\\" and (found := _RELATION.match(text, at)) is not None:
            yield _Statement(start, found)
            at = found.end()
            continue
        at += 1
