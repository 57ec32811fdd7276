"""The number codecs' codes as rules of a grammar: exactly the sequences of tokens that `read` takes for a number."""

from __future__ import annotations

from collections.abc import Mapping

from ...grammars.errors import SpecError
from ..base import NumberCodec
from ..codecs.stated import State, Stated
from .grammar import Grammar


def number_symbol(codec: NumberCodec, ids: Mapping[str, int], grammar: Grammar) -> int:
    """A new symbol of `grammar` that stands for one number. `ids`: of the codec's tokens.

    Raises SpecError for a codec that does not state its codes: `xval`, `fone` and `bittoken`, whose values are no tokens, or
    one of a user's own that has `read` alone.
    """
    if isinstance(codec, Stated):
        return _symbol(codec.start, ids, grammar, {})
    raise SpecError(
        f"constrained decoding knows no grammar of the number codec {codec.spec!r}; use one that states its codes "
        "(tokenizers/codecs/stated.py), as most of the catalog do"
    )


def _symbol(state: State, ids: Mapping[str, int], grammar: Grammar, known: dict[int, int]) -> int:
    """The symbol of a place, one for each object."""
    if id(state) not in known:
        symbol = known[id(state)] = grammar.symbol("number")
        for text, below in state.following.items():
            grammar.add(symbol, ids[text], () if below is None else (_symbol(below, ids, grammar, known),))
    return known[id(state)]
