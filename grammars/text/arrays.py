"""Arrays of XPPAUT written out, as it does itself: `x[1..3]' = x[j+1] - [j]*x[j]` are three lines, in which `[j]` is a number.

A block of lines between `%[1..3]` and `%` is repeated likewise.
"""

from __future__ import annotations

import re

from .characters import Plain, Rewritten
from .reader import MAX_LENGTH, FaultFound

_BOUNDS = re.compile(r"\[\s*(\d{1,4})\s*\.\.\s*(\d{1,4})\s*\]")
_ELEMENT = re.compile(r"\[\s*(?:j\s*(?:([-+*])\s*(\d{1,4})\s*)?|\d{1,4}\s*\.\.\s*\d{1,4}\s*|(?<=\w\[)(\d{1,4}))\]")
_LITERAL = re.compile(r"(?<=\w)\[\s*(\d{1,4})\s*\]")
_LINE = re.compile(r"(?:\\[ \t]*\n|[^\n])*\n?")
_BLOCK = re.compile(
    r"^[ \t]*%[ \t]*\[\s*(\d{1,4})\s*\.\.\s*(\d{1,4})\s*\][ \t]*\n(.*?)^[ \t]*%[ \t]*$\n?", re.MULTILINE | re.DOTALL
)
_COMMENT = re.compile(r"[ \t]*[#\"%]")


def with_arrays(given: Plain) -> Plain:
    """The text without arrays. Raises FaultFound where that would be too long."""
    if "[" not in given.text:
        return given
    made, at = Rewritten(given), 0
    for block in _BLOCK.finditer(given.text):
        _lines(made, at, block.start())
        for j in _indices(block, block.start()):
            _line(made, *block.span(3), j)
        at = block.end()
    _lines(made, at, len(given.text))
    return made.whole()


def _lines(made: Rewritten, start: int, end: int) -> None:
    while start < end:
        line = _LINE.match(made.given.text, start, end)
        stop = line.end() if line else end
        bounds = _BOUNDS.search(made.given.text, start, stop)
        if bounds is None or _COMMENT.match(made.given.text, start):
            for found in _LITERAL.finditer(made.given.text, start, stop):  # x[3] is x3
                made.keep(start, found.start())
                made.keep(*found.span(1))
                start = found.end()
            made.keep(start, stop)
        else:
            for j in _indices(bounds, start):
                _line(made, start, stop, j)
        start = stop


def _indices(bounds: re.Match[str], at: int) -> range:
    first, last = int(bounds[1]), int(bounds[2])
    if first > last:
        raise FaultFound(f"{bounds[0]} is empty: it runs upwards", bounds.start())
    return range(first, last + 1)


def _line(made: Rewritten, start: int, end: int, j: int) -> None:
    """One line, or a block of them, of the index j."""
    for found in _ELEMENT.finditer(made.given.text, start, end):
        made.keep(start, found.start())
        value = (
            int(found[3])
            if found[3]
            else {"+": j + int(found[2] or 0), "-": j - int(found[2] or 0), "*": j * int(found[2] or 0), None: j}[found[1]]
        )
        if value < 0:
            raise FaultFound(f"the element {found[0]} of {j} would have a negative index", found.start())
        made.put(str(value), found.start())
        start = found.end()
    made.keep(start, end)
    if made.given.text[end - 1 : end] != "\n":
        made.put("\n", max(0, end - 1))
    if len(made.origin) > MAX_LENGTH:
        raise FaultFound(f"longer than {MAX_LENGTH:,} characters with its arrays written out", start)
