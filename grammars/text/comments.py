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


def _blanked(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda found: "".join(c if c == "\n" and pattern is _BLOCK else " " for c in found.group()), text)
