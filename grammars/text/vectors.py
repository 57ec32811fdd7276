"""Right sides as one vector, as MATLAB and Python have them, to an equation for each element.

dydt = [y(2); -y(1)]        dydt = [y[1], -y[0]]        f = @(t, y) [y(2); -y(1)]
"""

from __future__ import annotations

import re

from .characters import Plain, Rewritten
from .reader import FaultFound

_LEFT = re.compile(
    r"(?P<before>\A|[\n;])[ \t]*(?:d(?P<a>[^\W\d_]\w*?)(?:_?dt)?|(?P<b>[^\W\d_]\w*?)_?dot|"
    r"[^\W\d]\w*[ \t]*=[ \t]*@[ \t]*\([ \t]*t[ \t]*,[ \t]*(?P<c>[^\W\d]\w*)[ \t]*\)(?P<sign>))[ \t]*(?(sign)|=)[ \t]*\["
)
_ROWS = re.compile(r"[;\n]")


def with_vectors(given: Plain) -> Plain:
    """The text with its vectors written out. Raises FaultFound where their elements may be counted from 0 or from 1."""
    found = _LEFT.search(given.text)
    if found is None:
        return given
    text, made = given.text, Rewritten(given)
    end = _closing(text, found.end() - 1)
    elements = _elements(text, found.end(), end)
    name = found["a"] or found["b"] or found["c"]
    if end == len(text) or len(elements) < 2:
        return given
    used = [(sign, int(n)) for sign, n in re.findall(rf"(?<!\w){name}\s*([(\[])\s*(\d{{1,4}})\s*[)\]]", text[found.end() : end])]
    first = _first(name, used, len(elements), found.end())
    made.keep(0, found.end("before"))
    for i, (a, b) in enumerate(elements):
        made.put(f"d{name}[{i + first}] = ", a)
        made.keep(a, b)
        made.put("; " if i + 1 < len(elements) else " ", b)
    made.keep(end + 1, len(text))
    return made.whole()


def _first(name: str, used: list[tuple[str, int]], n: int, at: int) -> int:
    """What the first element is counted as."""
    numbers = {number for _, number in used}
    if 0 in numbers:
        return 0
    if any(sign == "(" for sign, _ in used) or n in numbers:
        return 1
    reason = f"whether the elements of {name} are counted from 0 or from 1 is open; write an equation for each, {name}1' = …"
    raise FaultFound(reason, at)


def _closing(text: str, opened: int) -> int:
    depth = 0
    for i in range(opened, len(text)):
        depth += (text[i] in "([{") - (text[i] in ")]}")
        if depth == 0:
            return i
    return len(text)


def _elements(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Rows of a column; where there is one, the elements of a row."""
    for signs in (";", "\n", ","):
        places, depth = [start], 0
        for i in range(start, end):
            depth += (text[i] in "([{") - (text[i] in ")]}")
            if depth == 0 and text[i] in signs:
                places += [i, i + 1]
        pieces = [(a, b) for a, b in zip(places[::2], [*places[1::2], end], strict=True) if text[a:b].strip(" \t\n,")]
        if len(pieces) > 1:
            return [(a, a + len(text[a:b].rstrip(" \t\n,"))) for a, b in pieces]
    return []
