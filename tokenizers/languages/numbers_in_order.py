"""What codes of sequences of numbers may write: every code behind every other, up to the greatest length."""

from __future__ import annotations

from ..notations.adpcm import CODES, Adpcm
from ..wrappers.dct import Dct
from .grammar import Grammar, Shape


def write_adpcm(t: Adpcm, grammar: Grammar, shape: Shape) -> tuple[int, ...]:
    """All that decodes: from one code to as many as a sequence has numbers. Each after the first costs one."""
    grammar.fuel = t.operators.sequence - 1
    more, first = grammar.symbol("a code or the end", optional=True), grammar.symbol("the first code")
    grammar.add(more, range(len(CODES)), (more,), 1)
    grammar.add(first, range(len(CODES)), (more,))
    return (first,)


def write_dct(t: Dct, grammar: Grammar, shape: Shape) -> tuple[int, ...]:
    """All that decodes: blocks, each up to its end or of all its coefficients, and perhaps the length of the last. Each block
    after the first costs one."""
    grammar.fuel = t.blocks - 1
    behind = grammar.symbol("a block, a length or the end", optional=True)
    following = behind
    for k in range(t.block - 1, 0, -1):  # of which k are written
        inside = grammar.symbol(f"coefficient {k}")
        grammar.add(inside, range(t.end), (following,))
        grammar.add(inside, t.end, (behind,))
        following = inside
    first = grammar.symbol("the first block")
    for symbol, cost in ((first, 0), (behind, 1)):
        grammar.add(symbol, range(t.end), (following,), cost)
        grammar.add(symbol, t.end, (behind,), cost)
    grammar.add(behind, range(t.end + 1, len(t.vocabulary)))
    return (first,)
