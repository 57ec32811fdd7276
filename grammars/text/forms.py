"""Derivatives and functions as other programs write them, to those of all texts, each piece as long as before.

Mathematica   x'[t] == Sin[x[t]], x[0] == 1     Modelica   der(x) = -x;
Maple         diff(x(t), t) = -x(t)             MATLAB     diff(x, t, 2) == -x, f = @(t, x) -x
Python        f = lambda t, x: -x
"""

from __future__ import annotations

import re

from .functions import HINTS

_NAME = r"(?<![^\W\d])[^\W\d]\w*+"
_PRIMED = re.compile(rf"({_NAME}'+)\[\s*t\s*\]")
_OF_TIME = re.compile(rf"(?<![^\W\d])({_NAME})\[\s*t\s*\]")
_AT_ZERO = re.compile(rf"{_NAME}'*\[\s*0(?:\.0*)?\s*\](?=\s*==)")
_HEAD = re.compile(r"(?<![^\W\d])([A-Z][A-Za-z]+\d*)\[(?!\s*(?:\d+|[nktij](?:\s*[-+]\s*\d+)?)\s*\])")
_DIFF = re.compile(
    rf"(?<!\w)diff\(\s*({_NAME})(?:\s*\(\s*t\s*\))?\s*,\s*(?:t\s*\$\s*(?P<to>[1-9])|t\s*,\s*(?P<n>[1-9])|(?P<ts>t(?:\s*,\s*t)*))\s*\)"
)
_MAPLE = re.compile(rf"(?<!\w)(?:D|\(\s*D\s*@@\s*([1-9])\s*\))\s*\(\s*({_NAME})\s*\)\s*\(\s*t\s*\)")
_DER = re.compile(rf"(?<!\w)der\(\s*({_NAME})\s*\)")
_PLAIN_SIDE = re.compile(r"'\s*=|/\s*dt\s*=")
_BRACES = re.compile(r"\A(\s*)\{(.*)\}(\s*(?:(?:with\b|@).*)?)\Z", re.DOTALL)
_ANONYMOUS = re.compile(
    rf"\A\s*(?:{_NAME}\s*=\s*)?(?:@\s*\(\s*t\s*,\s*(?P<a>{_NAME})\s*\)|lambda\s+(?:t\s*,\s*(?P<b>{_NAME})|(?P<c>{_NAME})\s*,\s*t)\s*:)"
)
_LAMBDA = re.compile(rf"\A\s*(?:{_NAME}\s*=\s*)?lambda\s+({_NAME}(?:\s*,\s*{_NAME})*)\s*:")
_HEADER = re.compile(r"\A\s*function\b[^\n]*\n")
_END = re.compile(r"\n\s*end\s*;?(?=\s*(?:\Z|with\b|@))")
_FUNCTIONS = {name.lower(): name for name in HINTS}


def with_forms(text: str, domain: str) -> str:
    """The text, as long as before."""
    text = _with_heads(text) if "[" in text else text
    if domain == "function":
        return _LAMBDA.sub(lambda found: f"f({found[1]})=".ljust(len(found.group())), text)
    if domain != "ode":
        return text
    text = _ANONYMOUS.sub(lambda found: f"{found['a'] or found['b'] or found['c']}'=".ljust(len(found.group())), text)
    if _PRIMED.search(text) is not None:
        text = _PRIMED.sub(lambda found: found[1].ljust(len(found.group())), text)
        text = _OF_TIME.sub(lambda found: found[1].ljust(len(found.group())), text)
        text = _AT_ZERO.sub(lambda found: found.group().replace("[", "(").replace("]", ")"), text)
        text = _BRACES.sub(r"\1 \2 \3", text)
    text = _DIFF.sub(lambda found: (found[1] + "'" * _order(found)).ljust(len(found.group())), text)
    text = _MAPLE.sub(lambda found: (found[2] + "'" * int(found[1] or 1)).ljust(len(found.group())), text)
    if "der(" in text and _PLAIN_SIDE.search(text) is None:
        text = _DER.sub(lambda found: (found[1] + "'").ljust(len(found.group())), text)
    return text


def without_header(text: str) -> str:
    """The text without the first and the last line of a function of MATLAB or Julia, as long as before."""
    header = _HEADER.match(text)
    if header is None:
        return text
    text = " " * len(header.group()) + text[header.end() :]
    return _END.sub(lambda found: " " * len(found.group()), text)


def _order(found: re.Match[str]) -> int:
    return int(found["to"] or found["n"] or found["ts"].count("t"))


def _with_heads(text: str) -> str:
    """`Sin[x]` is `sin(x)`. `Log[b, x]`, whose base comes first, stays, and is refused."""
    heads = {found.end() - 1: found for found in _HEAD.finditer(text) if found[1].lower() in _FUNCTIONS}
    made = list(text)
    opened: list[tuple[int, int]] = []
    for i, c in enumerate(text) if heads else ():
        if c in "([{":
            opened.append((i, 0))
        elif c == "," and opened:
            opened[-1] = opened[-1][0], opened[-1][1] + 1
        elif c in ")]}" and opened:
            start, commas = opened.pop()
            found = heads.get(start)
            if found is not None and c == "]" and not (commas and found[1] == "Log"):
                made[start], made[i] = "(", ")"
                made[found.start() : start] = _FUNCTIONS[found[1].lower()]
    return "".join(made)
