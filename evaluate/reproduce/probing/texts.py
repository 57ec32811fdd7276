"""Kinds of text, and edits of one word, number or sign of each by another of the same kind of text."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module

import numpy as np

from ....grammars.print.infix import to_infix
from ...domains.domain import domain
from ...domains.language.sampling import scripture
from ...domains.sources import load, sample_systems

PIECE = re.compile(r"[A-Za-z']+|\d+(?:\.\d+)?|[^\sA-Za-z\d']")
MODULES = ("scipy.special", "numpy.linalg", "scipy.linalg", "scipy.stats", "scipy.integrate", "scipy.optimize", "scipy.signal")
"""Whose functions' first sentences are mathematical prose that is installed with the package."""
_LEAST, _MOST = 3, 60
"""Pieces of a sentence of prose."""
_WORDS, _NUMBERS, _SIGNS = "word", "number", "sign"


def kind_of(piece: str) -> str:
    return _WORDS if piece[0].isalpha() else _NUMBERS if piece[0].isdigit() else _SIGNS


@cache
def prose() -> tuple[str, ...]:
    """Sentences of the World English Bible, of any length up to 60 pieces, different ones, in alphabetical order. Raises
    NotInstalledError where the extra `language` is not installed."""
    found = {" ".join(part.split()) for part in re.split(r"[.!?]", scripture())}
    return tuple(sorted(one for one in found if _LEAST <= len(PIECE.findall(one)) <= _MOST))


@cache
def comments() -> tuple[str, ...]:
    """What functions of SciPy and NumPy are said to do: the first line of each, different ones, in alphabetical order."""
    found = set()
    for name in MODULES:
        module = import_module(name)
        for known in dir(module):
            text = inspect.getdoc(getattr(module, known)) if callable(getattr(module, known)) else None
            first = " ".join((text or "").partition("\n\n")[0].split())
            if known[0] != "_" and len(PIECE.findall(first)) >= 4 and "(" not in first and "Deprecated" not in first:
                found.add(first.rstrip("."))
    return tuple(sorted(found))


@cache
def equations() -> tuple[str, ...]:
    """The right sides of the bank's systems and functions, as text."""
    banks = [load(["bank"], name).systems for name in ("ode", "map", "function")]
    found = {to_infix(equation) for systems in banks for one in systems for equation in one.equations}
    return tuple(sorted(found))


@cache
def arithmetic() -> tuple[str, ...]:
    """Expressions of integers and decimals, drawn."""
    place = domain("arithmetic")
    return tuple(to_infix(one.equations[0], alphabet=place.operators) for one in sample_systems(place, 400, 0))


KINDS: dict[str, Callable[[], Sequence[str]]] = {
    "prose": prose,
    "mathematical comments": comments,
    "equations": equations,
    "arithmetic": arithmetic,
}
"""The first is what the others are held against."""


@dataclass(frozen=True, slots=True)
class TextEdits:
    """A text of so many pieces, and what single edits make of it."""

    text: str
    pieces: int
    edited: tuple[str, ...]


def text_edits(texts: Sequence[str], n: int, each: int, rng: np.random.Generator) -> list[TextEdits]:
    """Of up to `n` drawn texts, `each` edits: one piece, all alike, becomes another of its sort (word, number, sign) that occurs
    in these texts, all alike. A piece whose sort has no other stays, and is not counted."""
    sorts: dict[str, list[str]] = {}
    for piece in sorted({p for text in texts for p in PIECE.findall(text)}):
        sorts.setdefault(kind_of(piece), []).append(piece)
    found = []
    for i in rng.permutation(len(texts)).tolist()[:n]:
        spans = [m.span() for m in PIECE.finditer(texts[i])]
        usable = [s for s in spans if len(sorts[kind_of(texts[i][slice(*s)])]) > 1]
        if not usable:
            continue
        edited = []
        for _ in range(each):
            a, b = usable[int(rng.integers(len(usable)))]
            own = texts[i][a:b]
            others = [p for p in sorts[kind_of(own)] if p != own]
            edited.append(texts[i][:a] + others[int(rng.integers(len(others)))] + texts[i][b:])
        found.append(TextEdits(texts[i], len(spans), tuple(edited)))
    return found
