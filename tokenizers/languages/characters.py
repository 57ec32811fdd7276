"""Infix text, character by character, as a grammar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...grammars.text.reader import ALIASES
from ...grammars.tree import FUNCTIONS
from ..notations.infix import InfixCharacters
from .grammar import Grammar, Shape
from .notations import fitting, joined

_DIGITS = "0123456789"
_WHOLE = 20
"""Digits before the point, at most."""
_LARGEST = 308
"""Powers of ten below this times a number below 10 are floats."""


def write_characters(t: InfixCharacters, grammar: Grammar, shape: Shape) -> tuple[int, ...]:
    """Smaller than what decodes: numbers are below 1e308, with at most 20 digits before the point and 3 in the exponent, which
    keeps them finite; a minus before a number counts as an operator of the fuel."""
    scope, variables = fitting(t.n_variables, t.closed, shape)
    ids = t.vocabulary.ids
    operand, more = grammar.symbol("operand"), grammar.symbol("more", optional=True)
    close, star = grammar.symbol("close"), grammar.symbol("star", optional=True)
    grammar.add(close, ids[")"])
    grammar.add(star, ids["*"])
    grammar.add(operand, ids["("], (operand, close, more))
    grammar.add(operand, ids["-"], (operand,), 1)
    for c in "+-/^":
        grammar.add(more, ids[c], (operand,), 1)
    grammar.add(more, ids["*"], (star, operand), 1)
    leaves = [h.text for h in scope.heads if h.node is not None and (not h.node.is_variable or h.node.index < variables)]
    aliases = [alias for alias, name in ALIASES.items() if name in FUNCTIONS and set(alias) <= ids.keys()]
    words = dict.fromkeys(leaves, False) | dict.fromkeys([*FUNCTIONS, *aliases], True)
    _Names(grammar, ids, words, (operand, close)).begin(operand, (more,))
    _numbers(grammar, ids, operand, (more,))
    return joined(grammar, t.vocabulary, shape, operand)


class _Names:
    """Names letter by letter. `words`: whether each is a function, which goes on with `(` and then `argument`."""

    def __init__(self, grammar: Grammar, ids: Mapping[str, int], words: Mapping[str, bool], argument: Sequence[int]) -> None:
        self.grammar, self.ids, self.words, self.argument = grammar, ids, words, argument

    def begin(self, symbol: int, then: Sequence[int]) -> None:
        """Give `symbol` the first letters."""
        self._letters(symbol, "", then)

    def _letters(self, symbol: int, begun: str, then: Sequence[int]) -> None:
        for letter in sorted({w[len(begun)] for w in self.words if w.startswith(begun) and w != begun}):
            text = begun + letter
            # A function is certain, and paid for, as soon as no other word can follow.
            cost = int(self._only_functions(text) and not (begun and self._only_functions(begun)))
            self.grammar.add(symbol, self.ids[letter], (*self._after(text), *then), cost)

    def _after(self, text: str) -> tuple[int, ...]:
        """What follows a beginning: nothing where it is a name that is no other's beginning."""
        longer = any(w.startswith(text) and w != text for w in self.words)
        function = self.words.get(text)
        if not longer and function is False:
            return ()
        symbol = self.grammar.symbol(f"name {text}", optional=function is False)
        if function:
            self.grammar.add(symbol, self.ids["("], self.argument)
        self._letters(symbol, text, ())
        return (symbol,)

    def _only_functions(self, begun: str) -> bool:
        return all(function for word, function in self.words.items() if word.startswith(begun))


def _numbers(grammar: Grammar, ids: Mapping[str, int], operand: int, then: Sequence[int]) -> None:
    """Give `operand` the literals of `grammars/text/expression.lark` that are surely finite."""
    digits = [ids[c] for c in _DIGITS]
    below = {limit: _exponent(grammar, ids, limit) for limit in (_LARGEST - 1, _LARGEST - _WHOLE - 1)}
    small, large = below.values()
    fraction = {e: grammar.symbol("fraction", optional=True) for e in (small, large)}
    for exponent, symbol in fraction.items():
        grammar.add(symbol, digits, (symbol,))
        grammar.add(symbol, ids["e"], (exponent,))
    point = grammar.symbol("point")
    grammar.add(point, digits, (fraction[small],))
    grammar.add(operand, ids["."], (point, *then))
    whole = [grammar.symbol(f"{n} digits", optional=True) for n in range(1, _WHOLE + 1)]
    for n, symbol in enumerate(whole, 1):
        exponent = small if n == 1 else large
        grammar.add(symbol, ids["."], (fraction[exponent],))
        grammar.add(symbol, ids["e"], (exponent,))
        if n < _WHOLE:
            grammar.add(symbol, digits, (whole[n],))
    grammar.add(operand, digits, (whole[0], *then))


def _exponent(grammar: Grammar, ids: Mapping[str, int], largest: int) -> int:
    """What follows `e`: a sign and up to three digits; without a minus, no more than `largest`."""
    symbol, plus, minus = grammar.symbol("exponent"), grammar.symbol("plus"), grammar.symbol("minus")
    grammar.add(symbol, ids["+"], (plus,))
    grammar.add(symbol, ids["-"], (minus,))
    _numeral(grammar, ids, plus, "", largest)
    _numeral(grammar, ids, minus, "", 999)
    grammar.copy(plus, symbol)
    return symbol


def _numeral(grammar: Grammar, ids: Mapping[str, int], symbol: int, begun: str, largest: int) -> None:
    """Give `symbol` the digits that go on a numeral of up to three digits, and their successors."""
    anything: tuple[int, ...] = ()
    for digit in _DIGITS:
        text = begun + digit
        if int(text) > largest:
            continue
        if len(text) == 3:
            following: tuple[int, ...] = ()
        elif int(text + "9" * (3 - len(text))) <= largest and anything:
            following = anything
        else:
            following = (grammar.symbol(f"exponent {text}", optional=True),)
            _numeral(grammar, ids, following[0], text, largest)
            if int(text + "9" * (3 - len(text))) <= largest:
                anything = following
        grammar.add(symbol, ids[digit], following)
