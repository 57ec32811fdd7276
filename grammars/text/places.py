"""Which domain a text is of, where the one that was asked for does not read it; and the words between its equations."""

from __future__ import annotations

import re

from .reader import FaultFound

_INDEX = r"(?:\[\s*([nktij])\s*(\+\s*1\s*)?\]|_\{\s*([nktij])\s*(\+\s*1\s*)?\}|_([nktij])(\+1)?(?!\w))"
_INDEXED = re.compile(rf"(?<![^\W\d])([^\W\d_]+)\s*{_INDEX}")
_STEP = re.compile(
    r"(?<!\w)(?:[^\W\d]\w*+\s*(?:\[\s*[nktij]\s*\+\s*1\s*\]|\(\s*[nktij]\s*\+\s*1\s*\))|[^\W\d_]\w*?_(?:\{\s*[nktij]\s*\+\s*1\s*\}|"
    r"[nktij]\s*\+\s*1))\s*&?\s*="
)
_RATE = re.compile(
    r"(?<!\w)[^\W\d]\w*+\s*'+\s*(?:\(\s*t\s*\))?\s*=|/\s*d\s*t\s*(?:\^?\(?\d\)?)?\s*=|"
    r"(?:\\d{1,3}ot(?![A-Za-z])|\}\{\s*d\s*t\s*\})[^=]{0,40}="
)
_OTHER_TIME = re.compile(
    r"(?<!\w)d(?:\^?\d)?\w*+\s*/\s*d(?!t\b)([^\W\d])(?:\^?\d)?\s*=|\\frac\{\s*d[^{}]{1,9}\}\{\s*d\s*(?!t)([A-Za-z])\}[^=]{0,20}="
)
_WORD = re.compile(r"(?:[,;]\s*)?(?<!\w)(?:and|where)(?=\s+[^\W\d][^;,\n=<>]{0,60}=(?!=))")


def elsewhere(domain: str, text: str) -> str:
    """What to say of a text that `domain` does not read: of which domain it seems to be."""
    if domain != "map" and (found := _STEP.search(text)) is not None:
        return f"{_side(found)} is an equation of a map; read it with --domain map"
    if domain != "ode" and (found := _RATE.search(text)) is not None:
        return "a derivative on the left is an equation of domain ode; read it with --domain ode"
    if domain == "ode" and (found := _OTHER_TIME.search(text)) is not None:
        return f"the time is t here; write d…/dt on the left, and t for {found[1] or found[2]}"
    return ""


def _side(found: re.Match[str]) -> str:
    return " ".join(found.group().rstrip("=& ").split()) + " = …"


def check_indices(text: str) -> None:
    """Raises FaultFound where a variable of a map has two indices: `x[n+1] = x[k]`."""
    found = [(m[1], m[2] or m[4] or m[6], bool(m[3] or m[5] or m[7]), m.start()) for m in _INDEXED.finditer(text)]
    stepped = {name: index for name, index, step, _ in found if step}
    for name, index, _, at in found:
        if name in stepped and index != stepped[name]:
            raise FaultFound(f"{name} has two indices, {stepped[name]} and {index}; a map has one", at)


def without_words(text: str) -> str:
    """`x' = y and y' = -x`, `…, where k = 2`: words between equations, as long as before."""
    return _WORD.sub(lambda found: ";".ljust(len(found.group())), text)
