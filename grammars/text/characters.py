"""Characters as people paste them, to those that the grammars have: one table, and where each came from.

ẋ = σ·(y − x²)   ->   x' = sigma*(y - x^(2))
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from .reader import FaultFound

GREEK = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "zeta",
    "eta",
    "theta",
    "iota",
    "kappa",
    "lambda",
    "mu",
    "nu",
    "xi",
    "omicron",
    "pi",
    "rho",
    "sigma",
    "tau",
    "upsilon",
    "phi",
    "chi",
    "psi",
    "omega",
]
"""Names of the letters, in their order; capitals likewise (`Delta`)."""
_LOWER = "αβγδεζηθικλμνξοπρστυφχψω"
_LETTERS = dict(zip(_LOWER, GREEK, strict=True)) | dict(zip(_LOWER.upper(), (name.capitalize() for name in GREEK), strict=True))
_VARIANTS = {"ϵ": "epsilon", "ϑ": "theta", "ϕ": "phi", "ϰ": "kappa", "ϱ": "rho", "ς": "sigma", "µ": "mu"}
_OPERATORS = {
    **dict.fromkeys("·×⋅∙•∗✕✖⨯", "*"),
    **dict.fromkeys("÷∕⁄", "/"),
    **dict.fromkeys("−–—‐‑‒", "-"),
    **dict.fromkeys("′’‘ʹʼ", "'"),
    **dict.fromkeys("″ʺ", "''"),
    **dict.fromkeys("∣❘", "|"),
    **dict.fromkeys("“”", '"'),
    "‴": "'''",
    "≤": "<=",
    "≥": ">=",
    "⩽": "<=",
    "⩾": ">=",
    "…": "..",
    "∞": "inf",
    "≔": ":=",
    "←": "<-",
    "ˆ": "^",
    "˙": "'",
    "¨": "''",
    "´": "'",
    "∂": "d",
}
APART = "\u2063"
"""Stands between two names that stand side by side, and is no space."""
_NOTHING = dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", "")
_AS_IT_IS = {"√": "√", "\u2062": APART, "\u2063": "", "\u2064": "+"}
TABLE: dict[str, str] = {**_LETTERS, **_VARIANTS, **_OPERATORS, **_NOTHING, **_AS_IT_IS}
"""What stands for a character; any other that is no ASCII stands for its NFKC form."""
_GREEK = frozenset((*_LETTERS, *_VARIANTS))
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿˣʸ", "0123456789+-nxy", strict=True))
_INDICES = frozenset("ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼᵣᵤᵥ")
_DOTS = {"\u0307": "'", "\u0308": "''", "\u20db": "'''"}
ALIKE = dict(zip("аеорсухіјѕԁԛԝһӏАВЕКМНОРСТУХІЈЅ", "aeopcyxijsdqwhlABEKMHOPCTYXIJS", strict=True))
"""Cyrillic letters that look like Latin ones. (Greek letters are their names: `Α` is `Alpha`.)"""
_WORD_OR_COMMENT = re.compile(r"#[^\n]*|[^\W\d]\w*")
_WORDS = frozenset("äöüëïÄÖÜËÏ")
"""Letters of words: no second derivatives."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A text in the grammars' characters. `origin[i]`: where its character i came from; one more for its end."""

    text: str
    origin: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The characters of the given text that those from `start` to `end` came from, half-open."""
        return self.origin[start], self.origin[end - 1] + 1 if end > start else self.origin[start]


@dataclass(slots=True)
class Rewritten:
    """A text in the making out of another, and where its characters came from."""

    given: Plain
    text: list[str] = field(default_factory=list)
    origin: list[int] = field(default_factory=list)

    def put(self, text: str, at: int) -> None:
        """Characters that stand for the one at `at`."""
        self.text.append(text)
        self.origin.extend([self.given.origin[at]] * len(text))

    def keep(self, start: int, end: int) -> None:
        self.text.append(self.given.text[start:end])
        self.origin.extend(self.given.origin[start:end])

    def whole(self) -> Plain:
        return Plain("".join(self.text), (*self.origin, self.given.origin[len(self.given.text)]))


def plain(text: str, latex: bool = False) -> Plain:
    """The text in ASCII names and operators; with `latex` Greek letters are commands, and exponents stand in braces.

    Raises FaultFound for a mixed number (`2½`), which a product would be.
    """
    if text.isascii():
        return Plain(text, range(len(text) + 1))
    _check_alike(text)
    pieces: list[str] = []
    places: list[int] = []
    at = 0
    while at < len(text):
        end, piece = _piece(text, at)
        if latex and text[at] not in _OPERATORS:
            piece = (
                f"\\{piece.strip(APART)} "
                if text[at] in _GREEK
                else _in_braces(piece)
                if piece[-1:] == ")" != text[at]
                else piece
            )
        pieces.append(piece)
        places.extend([at] * len(piece))
        at = end
    return Plain("".join(pieces), (*places, len(text)))


def _check_alike(text: str) -> None:
    """Raises FaultFound for a name that could be read as one of Latin letters and holds others."""
    for found in _WORD_OR_COMMENT.finditer(text):
        name = found.group()
        other = next((c for c in name if c in ALIKE), None)
        if other is not None and not name.startswith("#") and all(c in ALIKE or c.isascii() for c in name):
            meant = "".join(ALIKE.get(c, c) for c in name)
            raise FaultFound(f"the letter {other!r} of {name!r} is Cyrillic; type {meant!r}", found.start() + name.index(other))


def _in_braces(piece: str) -> str:
    """`^(2)` -> `^{2}`, `(1/2)` -> `{1/2}`."""
    return piece.replace("(", "{").replace(")", "}")


_STEPS = re.compile(r"([ₙₖₜᵢⱼ])([₊₋])₁")


@lru_cache(maxsize=4)
def _has_steps(text: str) -> bool:
    return _STEPS.search(text) is not None


def _below(text: str, at: int) -> tuple[int, str] | None:
    """The index of a map: `xₙ₊₁` and `xₙ` are `x_{n+1}` and `x_n` where a text has the first."""
    if text[at] not in "ₙₖₜᵢⱼ" or not _has_steps(text):
        return None
    step = _STEPS.match(text, at)
    letter = unicodedata.normalize("NFKC", text[at])
    return (at + 1, f"_{letter}") if step is None else (step.end(), f"_{{{letter}{'+' if step[2] == '₊' else '-'}1}}")


def _piece(text: str, at: int) -> tuple[int, str]:
    """What stands for the characters from `at` on, and where the next begins."""
    character = text[at]
    if character.isascii() and not unicodedata.combining(text[at + 1 : at + 2] or " "):
        return at + 1, character
    if (index := _below(text, at)) is not None:
        return index
    if character in _RAISED:
        end = at
        while text[end : end + 1] in _RAISED and end < len(text):
            end += 1
        return end, f"^({''.join(_RAISED[c] for c in text[at:end])})"
    if unicodedata.category(character) == "No" and "⁄" in (value := unicodedata.normalize("NFKC", character)):
        if text[:at].rstrip()[-1:].isdigit():
            raise FaultFound(f"{text[at]!r} behind a number may be a mixed number or a product; write it as a decimal", at)
        return at + 1, f"({value.replace('⁄', '/')})"
    return _dotted(text, at)


def _apart(text: str, at: int, piece: str) -> str:
    """π beside a letter is the number, in a product: `2πx` is `2 pi x`. Other Greek letters may begin a name."""
    if text[at] not in "π𝜋":
        return piece
    before, behind = text[at - 1 : at], text[at + 1 : at + 2]
    return APART * before.isalpha() + piece + APART * (behind.isalpha() and behind not in _INDICES)


def _dotted(text: str, at: int) -> tuple[int, str]:
    """A letter with the dots above it that make it a derivative; the prime stands behind the letter's index: `ẋ₁` is `x1'`."""
    end = at + 1
    while unicodedata.combining(text[end : end + 1] or " "):
        end += 1
    letter = unicodedata.normalize("NFD", text[at:end])
    mark = "" if text[at:end] in _WORDS else _DOTS.get(letter[1:], "")
    word = any(c.isalpha() and c not in _RAISED for c in (text[at - 1 : at], text[end : end + 1]))
    if (not mark or word) and len(whole := unicodedata.normalize("NFC", text[at:end])) == 1:
        return end, _apart(text, at, TABLE.get(whole, whole if whole.isascii() else unicodedata.normalize("NFKC", whole)))
    if not mark or word:
        return at + 1, TABLE.get(text[at], text[at] if text[at].isascii() else unicodedata.normalize("NFKC", text[at]))
    index = end
    while index < len(text) and (text[index] == "_" or (text[index].isalnum() and text[index] not in _RAISED)):
        index += 1
    name = "".join(_piece(c, 0)[1] for c in (letter[0], *text[end:index]))
    return index, name + mark
