"""The number codecs' codes as rules of a grammar: exactly the sequences of tokens that `read` takes for a number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

from ...grammars.errors import SpecError
from ..base import NumberCodec
from ..codecs.bins import Bins
from ..codecs.bits import ONE, ZERO, Bits
from ..codecs.centers import Centers
from ..codecs.codebook import Codebook
from ..codecs.digits import Digits, Floats
from ..codecs.grouped import Grouped
from ..codecs.one_token import OneToken
from ..codecs.radix import Radix
from .grammar import Grammar

Tree = Mapping[str, object]
"""Texts to what may follow; None where the number is complete. Equal subtrees are one object, so that they become one symbol."""

_SIGNS = ("N+", "N-")


def number_symbol(codec: NumberCodec, ids: Mapping[str, int], grammar: Grammar) -> int:
    """A new symbol of `grammar` that stands for one number. `ids`: of the codec's tokens.

    Raises SpecError for a codec whose codes are not known: `xval`, `fone` and `bittoken`, whose values are no tokens, or a
    user's own.
    """
    describe = _CODES.get(type(codec))
    if describe is None:
        raise SpecError(
            f"constrained decoding knows no grammar of the number codec {codec.spec!r}; use another codec of the catalog"
        )
    return _symbol(describe(codec), ids, grammar, {})


def _symbol(tree: Tree, ids: Mapping[str, int], grammar: Grammar, known: dict[int, int]) -> int:
    if id(tree) not in known:
        symbol = known[id(tree)] = grammar.symbol("number")
        for text, below in tree.items():
            grammar.add(symbol, ids[text], () if not isinstance(below, Mapping) else (_symbol(below, ids, grammar, known),))
    return known[id(tree)]


def _chain(steps: Iterable[Iterable[str]]) -> object:
    """One of each in turn: ['01', '2'] -> {'0': t, '1': t} with t = {'2': None}."""
    below: object = None
    for step in reversed([tuple(s) for s in steps]):
        below = dict.fromkeys(step, below)
    return below


def _one(codec: NumberCodec) -> Tree:
    return dict.fromkeys(codec.tokens)


def _floating(
    codec: NumberCodec,
    signs: Sequence[str],
    *,
    first: Sequence[str],
    rest: Sequence[str],
    zero: str,
    length: int,
    exponents: Sequence[str],
) -> Tree:
    """Sign, digits of which the first is not 0, exponent; or zero: `+`, zeros, exponent 0. Without signs, digits have their
    own."""
    number = dict.fromkeys(first, _chain([*[rest] * (length - 1), exponents]))
    with_zero = {**number, zero: _chain([*[[zero]] * (length - 1), ["E0"]])}
    return {signs[0]: with_zero, signs[1]: number} if signs else with_zero


def _digits(codec: NumberCodec) -> Tree:
    digits = codec.digits if isinstance(codec, Digits) else 0
    exponents = [t for t in codec.tokens if t.startswith("E")]
    return _floating(codec, _SIGNS, first="123456789", rest="0123456789", zero="0", length=digits, exponents=exponents)


def _floats(codec: NumberCodec) -> Tree:
    chunks = codec.chunks if isinstance(codec, Floats) else 0
    mantissas = [t for t in codec.tokens if t[0] == "N" and t not in _SIGNS]
    zero = next(t for t in mantissas if not t[1:].strip("0"))
    exponents = [t for t in codec.tokens if t.startswith("E")]
    return _floating(
        codec, _SIGNS, first=[t for t in mantissas if t[1] != "0"], rest=mantissas, zero=zero, length=chunks, exponents=exponents
    )


def _radix(codec: NumberCodec) -> Tree:
    digits = codec.digits if isinstance(codec, Radix) else 0
    signs = _SIGNS if _SIGNS[0] in codec.tokens else ()
    figures = [t for t in codec.tokens if t.startswith("D")]
    exponents = [t for t in codec.tokens if t.startswith("E")]
    return _floating(
        codec, signs, first=[t for t in figures if t != "D0"], rest=figures, zero="D0", length=digits, exponents=exponents
    )


def _grouped(codec: NumberCodec) -> Tree:
    """As `_floating`, but how long the later groups are the first one says."""
    if not isinstance(codec, Grouped):
        return {}
    exponents = [t for t in codec.tokens if t.startswith("E")]
    number: dict[str, object] = {}
    for first in codec.firsts:
        head, *rest = codec.groups(first)
        number |= dict.fromkeys(head, _chain([*rest, exponents]))
    (zero,), *zeros = codec.zeros
    return {_SIGNS[0]: {**number, zero: _chain([*zeros, ["E0"]])}, _SIGNS[1]: number}


def _bits(codec: NumberCodec) -> Tree:
    """All words but those with an exponent of ones alone, and zero with a sign."""
    if not isinstance(codec, Bits):
        return {}
    exponent, width = codec.exponent, codec.exponent + codec.mantissa

    @cache
    def after(i: int, ones: bool, zeros: bool) -> Tree | None:
        """After i bits of the magnitude. `ones`: all of these are, and of the exponent; `zeros`: all are zeros, after a minus."""
        if i == width:
            return None
        below: dict[str, Tree | None] = {}
        if not (zeros and i == width - 1):
            below[ZERO] = after(i + 1, False, zeros)
        if not (ones and i == exponent - 1):
            below[ONE] = after(i + 1, ones and i + 1 < exponent, False)
        return below

    return {ZERO: after(0, True, False), ONE: after(0, True, True)}


def _codebook(codec: NumberCodec) -> Tree:
    return _automaton(codec.codes if isinstance(codec, Codebook) else ())


def _centers(codec: NumberCodec) -> Tree:
    if not isinstance(codec, Centers) or not codec.codes:
        return _one(codec)
    return _automaton(tuple(tuple(f"C{j}.{d}" for j, d in enumerate(code)) for code in codec.codes))


def _automaton(codes: Sequence[tuple[str, ...]]) -> Tree:
    """The smallest automaton of some words of equal length: equal sets of endings are one state."""
    shared: dict[tuple[tuple[str, int], ...], Tree] = {}

    def state(words: Sequence[tuple[str, ...]], at: int) -> object:
        if at == len(words[0]):
            return None
        begun: dict[str, list[tuple[str, ...]]] = {}
        for word in words:
            begun.setdefault(word[at], []).append(word)
        below = {text: state(those, at + 1) for text, those in begun.items()}
        return shared.setdefault(tuple(sorted((text, id(t)) for text, t in below.items())), below)

    start = state(codes, 0)
    return start if isinstance(start, Mapping) else {}


_CODES: dict[type, Callable[[NumberCodec], Tree]] = {
    Digits: _digits,
    Grouped: _grouped,
    Bits: _bits,
    Floats: _floats,
    Radix: _radix,
    Bins: _one,
    OneToken: _one,
    Codebook: _codebook,
    Centers: _centers,
}
