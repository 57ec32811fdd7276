"""Bars of absolute values: which opens and which closes, where a text leaves it open.

|x| + 2|y|    one reading        |2x|x|3|    refused: abs(2x)x abs(3), or abs(2x abs(x)3)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .reader import FaultFound

_ENDS = re.compile(r"#[^\n]*|[;,=@\n&]|\\\\")
_PAIR = re.compile(r"\\left\s*\\?\||\\right\s*\\?\||\\\|")
_INNERMOST = re.compile(r"\([^()]*\)")
MOST = 24
"""Bars of one expression that are looked at."""


def check_bars(text: str) -> None:
    """Raises FaultFound where bars of one expression pair up in two ways, both of which have products without a sign."""
    if text.count("|") < 4:
        return
    text = _PAIR.sub(lambda found: "(" * (len(found.group()) - 1) + "x", text)  # these say which they are
    while (inner := _INNERMOST.search(text)) is not None:
        _check(text, inner.start() + 1, inner.end() - 1)
        text = text[: inner.start()] + "x" * len(inner.group()) + text[inner.end() :]
    at = 0
    for end in [*_ENDS.finditer(text), None]:
        _check(text, at, end.start() if end else len(text))
        at = end.end() if end else at


def _check(text: str, start: int, end: int) -> None:
    bars = [i for i in range(start, end) if text[i] == "|"]
    if not 4 <= len(bars) <= MOST or len(bars) % 2:
        return
    found = [pairing for pairing, _ in zip(_pairings(text[start:end], [i - start for i in bars]), range(2), strict=False)]
    if len(found) > 1:
        readings = [_written(text[start:end].strip("() "), pairing) for pairing in found]
        raise FaultFound(f"two readings: {readings[0]} or {readings[1]}; write the one that is meant", bars[1])


def _pairings(text: str, bars: list[int], chosen: str = "") -> Iterator[str]:
    """The ways in which bars open ("(") and close (")")."""
    depth = chosen.count("(") - chosen.count(")")
    if depth > len(bars) - len(chosen):
        return
    if len(chosen) == len(bars):
        yield chosen
        return
    at, k = bars[len(chosen)], len(chosen)
    before, behind = text[:at].rstrip()[-1:], text[at + 1 :].lstrip()[:1]
    operand = chosen[-1] == ")" if before == "|" and k else _ends_operand(before)
    if depth and operand:
        yield from _pairings(text, bars, chosen + ")")
    if _starts_operand(behind) or (behind in ("|", "+", "-") and not operand):
        yield from _pairings(text, bars, chosen + "(")


def _ends_operand(character: str) -> bool:
    return character.isalnum() or character in (")", "}", "]", "'", "_", ".")


def _starts_operand(character: str) -> bool:
    return character.isalnum() or character in ("(", "{", "\\", "√", ".", "_")


def _written(text: str, pairing: str) -> str:
    signs = iter(pairing)
    return "".join((" abs(" if next(signs) == "(" else ")") if c == "|" else c for c in text).strip()
