"""Infix text, character by character, as a grammar: the words of a derivation, spelled."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field

from ...grammars.errors import SpecError
from ..notations.characters import InfixCharacters
from .grammar import Grammar, Shape
from .notations import expressions, joined

_DIGITS = "0123456789"
_WHOLE = 20
"""Digits before the point, at most."""
_LARGEST = 308
"""Powers of ten below this times a number below 10 are floats."""

Followed = tuple[tuple[int, ...], int]
"""The symbols after a word, and what it costs."""


def write_characters(t: InfixCharacters, grammar: Grammar, shape: Shape) -> tuple[int, ...]:
    """Smaller than what decodes: numbers are below 1e308, with at most 20 digits before the point and 3 in the exponent, which
    keeps them finite; a minus before a number counts as an operator of the fuel where it is one of the alphabet's.

    Raises SpecError where a symbol that may follow a number begins as its exponent does.
    """
    derivation, ids = t.derivation, t.vocabulary.ids
    spoken = Grammar(len(derivation.vocabulary))
    symbols = expressions(derivation, spoken, shape)
    spelled = [grammar.symbol(name, optional) for name, optional in zip(spoken.names, spoken.optional, strict=True)]
    words = {word: token for word, token in t.words.items() if set(word) <= ids.keys()}
    speller = _Speller(grammar, ids)
    for symbol, rules in enumerate(spoken.rules):
        chosen = {word: rules[token] for word, token in words.items() if token in rules}
        followed = {word: (tuple(spelled[s] for s in rule.opens), rule.cost) for word, rule in chosen.items()}
        speller.spell(spelled[symbol], followed)
    operand = derivation.start[-1]
    if derivation.scope.operators.numbers:
        number = grammar.symbol("number")
        _numbers(grammar, ids, number)
        for slot, then in derivation.numbers.items():
            behind = [symbols[part] for part in then if isinstance(part, int) and part in symbols]
            for symbol in behind:
                _check_exponents(t, spoken.rules[symbol])
            if slot in symbols:
                grammar.copy(number, spelled[symbols[slot]], [spelled[symbol] for symbol in behind])
    for first, symbol, rest, cost in speller.later:
        grammar.copy(first, symbol, rest, cost)
    return joined(grammar, t.vocabulary, shape, spelled[symbols[operand]])


def _check_exponents(t: InfixCharacters, behind: Container[int]) -> None:
    wrong = next((word for word, token in t.words.items() if token in behind and word.startswith("e")), None)
    if wrong is not None:
        raise SpecError(
            f"constrained decoding reads from the left, and after a number {wrong!r} begins as an exponent does; "
            "use 'infix', symbol by symbol"
        )


@dataclass(slots=True)
class _Speller:
    """Spells words. `later`: copies of symbols (from, to, what follows, cost) that may not have all their letters yet."""

    grammar: Grammar
    ids: Mapping[str, int]
    later: list[tuple[int, int, Sequence[int], int]] = field(default_factory=list)

    def spell(self, symbol: int, words: Mapping[str, Followed], begun: str = "", paid: int = 0) -> None:
        """Give `symbol` the letters that go on words after `begun`, of whose cost `paid` is paid: it is as soon as it is
        certain."""
        for letter in dict.fromkeys(word[len(begun)] for word in words if len(word) > len(begun)):
            text = begun + letter
            shared: tuple[int, ...] = ()
            below = {word: followed for word, followed in words.items() if word.startswith(text)}
            if not begun:  # what follows all of them alike waits below
                shared = _shared([opens for opens, _ in below.values()])
                below = {word: (opens[: len(opens) - len(shared)], cost) for word, (opens, cost) in below.items()}
            cost = min(cost for _, cost in below.values())
            self.grammar.add(symbol, self.ids[letter], (*self._after(below, text, cost), *shared), cost - paid)

    def _after(self, words: Mapping[str, Followed], text: str, paid: int) -> tuple[int, ...]:
        """What follows a beginning, which may be a word itself."""
        whole = words.get(text)
        if whole is not None and len(words) == 1:
            return whole[0]
        symbol = self.grammar.symbol(f"word {text}", optional=whole is not None and not whole[0])
        if whole is not None and whole[0]:
            (first, *rest), cost = whole
            self.later.append((first, symbol, rest, cost - paid))
        self.spell(symbol, words, text, paid)
        return (symbol,)


def _shared(runs: list[tuple[int, ...]]) -> tuple[int, ...]:
    """The longest run that all end with."""
    n = 0
    while all(len(run) > n for run in runs) and len({run[-1 - n] for run in runs}) == 1:
        n += 1
    return runs[0][len(runs[0]) - n :]


def _numbers(grammar: Grammar, ids: Mapping[str, int], operand: int) -> None:
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
    grammar.add(operand, ids["."], (point,))
    whole = [grammar.symbol(f"{n} digits", optional=True) for n in range(1, _WHOLE + 1)]
    for n, symbol in enumerate(whole, 1):
        exponent = small if n == 1 else large
        grammar.add(symbol, ids["."], (fraction[exponent],))
        grammar.add(symbol, ids["e"], (exponent,))
        if n < _WHOLE:
            grammar.add(symbol, digits, (whole[n],))
    grammar.add(operand, digits, (whole[0],))


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
