"""Elements of vectors to those of all texts: MATLAB's `dx(1) = -x(2)` is `dx[1] = -x[2]`, where a left side says that x is one,
and so is `dxdt[1]` of Stan and C.

Each piece keeps its length, so that places stay where they are.
"""

from __future__ import annotations

import re

_LEFT = re.compile(
    r"(?<![^\W_])(?:d([^\W\d_]\w*?)(?:_?dt)?|([^\W\d_]\w*?)_?dot)[ \t]*(?:\([ \t]*([1-9]\d{0,3})[ \t]*(?:,[ \t]*1[ \t]*)?\)|"
    r"\[[ \t]*(\d{1,4})[ \t]*\])(?=[ \t]*=(?!=))"
)
_ELEMENT = r"(?<!\w)(?:{})\(\s*[1-9]\d{{0,3}}\s*\)"


def with_elements(text: str) -> str:
    """The text, as long as before."""
    vectors = {found[1] or found[2] for found in _LEFT.finditer(text)}
    if not vectors:
        return text
    text = _LEFT.sub(lambda found: f"d{found[1] or found[2]}[{found[3] or found[4]}]".ljust(len(found.group())), text)
    element = re.compile(_ELEMENT.format("|".join(map(re.escape, vectors))))
    return element.sub(lambda found: found.group().replace("(", "[").replace(")", "]"), text)
