"""Comments of other languages, blanked before a text is read: every place stays where it is.

x' = -x  # decay       `#` everywhere             \\dot x = -x % decay     `%` of LaTeX, everywhere
x' = -x; % decay       `%` and `//` where no operator can stand: at the beginning of a line, behind `;` or `,`
"""

from __future__ import annotations

import re

_BLOCK = re.compile(r"/\*.*?\*/|\(\*(?!\*).*?\*\)", re.DOTALL)
_HASH = re.compile(r"#[^\n]*")
_PERCENT = re.compile(r"(?<!\\)%[^\n]*")
_LINE = re.compile(r"(?:(?<=[;,\n])|\A)[ \t]*(?P<comment>(?:%|//)[^\n]*)")
_MOST, _MANY = 60, 3
"""Characters of a comment that is told, and how many."""
_CONTINUED = re.compile(r"\.\.\.[ \t]*\n")


def without_comments(text: str, latex: bool) -> str:
    """The text with spaces for its comments, as long as before."""
    if latex:
        return _blanked(_PERCENT, _blanked(_HASH, text))
    text = _blanked(_CONTINUED, _blanked(_BLOCK, _blanked(_HASH, text)))
    if "%" not in text and "//" not in text:
        return text

    def line(found: re.Match[str]) -> str:
        within = text[: found.start()].count("(") > text[: found.start()].count(")")  # an operator may begin a line there
        return found.group() if within else " " * len(found.group())

    return _LINE.sub(line, text)


def told(text: str, latex: bool) -> tuple[str, ...]:
    """What a person should know of comments that are not by `#` and may hold an equation."""
    blanked, text = without_comments(text, latex), _blanked(_HASH, text)
    found = [m for pattern in ((_PERCENT,) if latex else (_BLOCK, _LINE)) for m in pattern.finditer(text)]
    passed = [" ".join(m.group().split()) for m in found if "=" in m.group() and not blanked[slice(*m.span())].strip()]
    return tuple(f"passed over as a comment: {one if len(one) <= _MOST else one[: _MOST - 1] + '…'}" for one in passed[:_MANY])


def _blanked(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda found: "".join(c if c == "\n" and pattern is _BLOCK else " " for c in found.group()), text)
