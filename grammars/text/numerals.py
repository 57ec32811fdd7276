"""Numbers as people of other countries and other programs write them: refused with what to write, before anything is read.

1,5 -> "write 1.5"      1,000 and 1'000 and 1 000 -> "write 1000"      log(1,5) -> log(1.5) or log(1, 5)?
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .reader import Fault, FaultFound

_COMMA = re.compile(r"(?<![\w.])\d+(?:\.\d+)*(?:,\d+)+(?:\.\d+)?")
_SET = re.compile(r"(?<![\w.])\d+(?:\{,\}\d+)+(?:\.\d+)?")
_GROUPED = re.compile(r"(?<![\w.^])\d{1,3}(?:(?P<sign>'|\\[,;: ]| )\d{3})(?:(?P=sign)\d{3})*(?![\w.'])")
_GROUPS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?\Z")
_POINTS = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{3}){2,}(?![\w.])")
_CALL = re.compile(r"(?<![^\W_])(log|[Mm]ax|[Mm]in|fmax|fmin|maximum|minimum|add|Add|mul|Mul)\s*(?:\\left\s*)?\\?[({]")
_SIGNS = re.compile(r"'|\\[,;: ]| ")
_TOO_MANY = re.compile(r"takes \d+ arguments?, not \d+")
_OPEN, _CLOSE = "([{", ")]}"


def check_numerals(text: str) -> None:
    """Raises FaultFound for the first number of `text`, which has no comments, that is written otherwise than here."""
    found = [*_outside(text), *_SET.finditer(text), *_GROUPED.finditer(text), *_POINTS.finditer(text)]
    if found:
        first = min(found, key=lambda number: number.start())
        raise FaultFound(_told(first.group()), first.start())
    _check_calls(text)


def explained(fault: Fault, text: str) -> Fault:
    """The fault, where a decimal comma may be what it is of: among the arguments of a function, or in its place."""
    opened = text.find("(", fault.offset) if _TOO_MANY.search(fault.reason) else -1
    if opened >= 0:
        comma = _COMMA.search(text, opened, _end(text, opened))
        return fault if comma is None else Fault(f"{fault.reason}; {_told(comma.group())}", comma.start())
    within = (found for found in _COMMA.finditer(text) if found.start() <= fault.offset < found.end())
    comma = next(within, None) if text[max(0, fault.offset - 1) : fault.offset + 1].count(",") else None
    return fault if comma is None else Fault(_told(comma.group()), comma.start())


def _told(number: str) -> str:
    plain = _SIGNS.sub("", number) if "'" in number or "\\" in number or " " in number else number.replace("{,}", ",")
    if "," not in plain or _GROUPS.match(plain):
        bare = plain.replace(",", "") if plain.count(".") < 2 else plain.replace(".", "")
        decimal = f", or {plain.replace(',', '.')} where the comma is that of a decimal" if plain.count(",") == 1 else ""
        return f"{number!r} has its thousands set apart; write {bare}{decimal}"
    head, _, tail = plain.rpartition(",")
    return f"{number!r} has a decimal comma; write {re.sub('[.,]', '', head)}.{tail}"


def _outside(text: str) -> Iterator[re.Match[str]]:
    """Digits, comma, digits outside parentheses, where a comma ends something and none can follow."""
    at, depth = 0, 0
    for found in _COMMA.finditer(text):
        between = text[at : found.start()]
        depth += sum(map(between.count, _OPEN)) - sum(map(between.count, _CLOSE))
        at = found.start()
        if depth <= 0:
            yield found


def _check_calls(text: str) -> None:
    """`log(1,5)` and, among other arguments, `max(x, 1,5)` are functions of fewer arguments, too."""
    tight = {i: number for number in _COMMA.finditer(text) for i in range(*number.span()) if text[i] == ","}
    called = {found.end() - 1: found[1] for found in _CALL.finditer(text)} if tight else {}
    opened: list[tuple[str, list[int]]] = []
    for i in range(len(text)) if called else ():
        if text[i] in _OPEN:
            opened.append((called.get(i, ""), []))
        elif text[i] == "," and opened:
            opened[-1][1].append(i)
        elif text[i] in _CLOSE and opened:
            name, commas = opened.pop()
            doubtful = [tight[c] for c in commas if c in tight]
            spaced = any(text[c + 1].isspace() for c in commas)
            if doubtful and (name == "log" or (name and spaced)):
                number = doubtful[0].group()
                reason = f"two readings: {name}(… {number.replace(',', '.')} …) or {name}(… {number.replace(',', ', ')} …)"
                raise FaultFound(f"{reason}; write the one that is meant", doubtful[0].start())


def _end(text: str, opened: int) -> int:
    """Where the parenthesis closes that opens at `opened`."""
    depth = 0
    for i in range(opened, len(text)):
        depth += (text[i] in _OPEN) - (text[i] in _CLOSE)
        if depth == 0:
            return i
    return len(text)
