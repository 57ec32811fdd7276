r"""Braces of LaTeX that only set: `{\displaystyle {\frac {dx}{dt}}=-x}`, as encyclopedias give it, is `\frac {dx}{dt}=-x`.

`{dx \over dt}` is `\frac{dx }{ dt}`.
"""

from __future__ import annotations

import re
from bisect import bisect_left

from .characters import Plain, Rewritten
from .latex_text import DERIVATIVE, OPENED_TIME

_ARGUMENT = re.compile(r"(?:\\(?!(?:display|text)style|left|right|quad|qquad)[A-Za-z]+\*?|[\^_}\]])\s*\Z")
_NO_COMMAND = re.compile(r"(?:\\\\\s*\[[^\[\]]*\]|\\(?:begin|end)\{[^{}]*\})\s*\Z")
_OVER = re.compile(r"\\over(?![A-Za-z])")
_WHOLE = re.compile(rf"\s*(?:{DERIVATIVE}){OPENED_TIME}\s*")
_LONGEST = 200
"""Characters of a derivative, at most."""


def _is_no_argument(text: str, start: int) -> bool:
    before = text[max(0, start - 40) : start]
    return _ARGUMENT.search(before) is None or _NO_COMMAND.search(before) is not None


def without_braces(text: str) -> str:
    """The text, as long as before."""
    signs = [i for i, c in enumerate(text) if c == "="]
    opened: list[int] = []
    made = list(text)
    at = 0
    while at < len(text):
        if text[at] == "\\":
            at += 2
            continue
        if text[at] == "{":
            opened.append(at)
        elif text[at] == "}" and opened:
            start = opened.pop()
            equation = bisect_left(signs, at) > bisect_left(signs, start)
            derivative = at - start < _LONGEST and _WHOLE.fullmatch(text, start + 1, at) is not None
            if (equation or derivative) and _is_no_argument(text, start):
                made[start] = made[at] = " "
        at += 1
    return "".join(made)


def with_fractions(given: Plain) -> Plain:
    """The text with fractions for what stands over something."""
    text, opened, marks = given.text, list[int](), dict[int, tuple[str, int]]()
    if "\\over" not in text:
        return given
    at = 0
    while at < len(text):
        if text[at] == "\\":
            over = _OVER.match(text, at)
            if over is not None and opened and opened[-1] not in marks:
                marks |= {opened[-1]: ("\\frac{", 1), at: ("}{", len(over.group()))}
            at = over.end() if over else at + 2
            continue
        opened += [at] if text[at] == "{" else []
        if text[at] == "}" and opened:
            opened.pop()
        at += 1
    made, at = Rewritten(given), 0
    for place, (piece, length) in sorted(marks.items()):
        made.keep(at, place)
        made.put(piece, place)
        at = place + length
    made.keep(at, len(text))
    return made.whole()
