"""Grammars as text for `llguidance`: those of the catalog, and any that a user gives.

The alphabet is one private character per base token, so a merged token is a string of several. A user's tokenizer says what it
writes by a method `lark(equations, variables)`, which gives a grammar in the Lark dialect of llguidance with `character(id)` for
the token `id`:

    def lark(self, equations: int, variables: int) -> str:
        return f"start: {terminal([3, 4, 5])} start | {terminal([6])}"

Such a grammar knows neither the fuel nor the room that is left: what it allows may be nested too deep, or not end in time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Protocol, runtime_checkable

from .grammar import Grammar, Shape

_FIRST, _ROOM = 0xE000, 0x1900  # the private characters of three bytes; where they are too few, those of four
_FAR = 0xF0000


@runtime_checkable
class Described(Protocol):
    """A tokenizer that gives a grammar of its own."""

    def lark(self, equations: int, variables: int) -> str: ...


def character(token: int) -> str:
    """The character that stands for a base token."""
    return chr(_FIRST + token) if token < _ROOM else chr(_FAR + token)


def spelled(parts: Sequence[Sequence[int]]) -> list[bytes]:
    """What each token of a vocabulary is in that alphabet, in UTF-8."""
    return ["".join(map(character, piece)).encode() for piece in parts]


def terminal(tokens: Iterable[int]) -> str:
    """One of these base tokens: '/[a-cx]/'."""
    ordered = sorted(set(tokens))
    cuts = [0, *(i for i, (a, b) in enumerate(pairwise(ordered), 1) if ord(character(b)) != ord(character(a)) + 1), len(ordered)]
    runs = (ordered[a:b] for a, b in pairwise(cuts))
    return "/[" + "".join(f"{character(run[0])}-{character(run[-1])}" for run in runs) + "]/"


def lark_text(grammar: Grammar, shape: Shape) -> str:
    """The grammar of one shape, without fuel. `no_forcing`: else llguidance would take bytes that must follow for granted."""
    lines = ['%llguidance {"no_forcing": true}', f"start: {' '.join(f's{s}' for s in grammar.starts[shape])}"]
    waiting, known = list(grammar.starts[shape]), set(grammar.starts[shape])
    while waiting:
        symbol = waiting.pop()
        by_rule: dict[tuple[int, ...], list[int]] = {}
        for token, rule in grammar.rules[symbol].items():
            by_rule.setdefault(rule.opens, []).append(token)
        choices = [" ".join([terminal(tokens), *(f"s{s}" for s in opens)]) for opens, tokens in by_rule.items()]
        choices += ['""'] if grammar.optional[symbol] else []
        lines.append(f"s{symbol}: {' | '.join(choices)}")
        new = {s for opens in by_rule for s in opens} - known
        known |= new
        waiting.extend(sorted(new))
    return "\n".join(lines) + "\n"
