"""Trees as texts of a grammar of one's own: parentheses as the alphabet has them, the words as the grammar has them.

    SYMBOLS = operators(Operator("not", 1, "prefix", 2), Operator("and", 2, "infix", 1)), one: "~" one -> not, …
    and(not(x_0), x_1) -> "~ x_0 & x_1"

Read again, such a text is the same tree, or the grammar and the alphabet do not say the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import product

from lark.grammar import Rule
from lark.lexer import PatternStr

from ..errors import ParseError
from ..operators import Operators
from ..print.infix import to_infix
from ..tree import Node, number, system, variable
from .own import TextReader, parser_of

_PLACE = re.compile(r"\bop(\d+)\b")


def surfaces(reader: TextReader) -> dict[str, str]:
    """How the grammar writes each symbol: the symbol itself where the grammar has it, else the first text of a rule that builds
    it with one word of its own. Left out is what no text of a symbol alone reads back."""
    leaves = [variable(0), *(Node(c) for c in reader.operators.constants), number(1.0)]
    found: dict[str, str] = {}
    for row in reader.operators.rows:
        trees = [system(Node(row.symbol, (leaf,) * row.arity)) for leaf in leaves if row.arity]
        for word, tree in product(_words(reader, row.symbol) if trees else (), trees):
            if reread(reader, to_text(reader.operators, tree, {row.symbol: word})) == tree:
                found.setdefault(row.symbol, word)
    return found


def reread(reader: TextReader, text: str) -> Node | None:
    """What the text is read as, None where it is refused."""
    try:
        return reader(text).tree
    except ParseError:
        return None


def to_text(alphabet: Operators, tree: Node, words: Mapping[str, str]) -> str:
    """The one equation of a tree in infix, with these words for its symbols."""
    symbols = [row.symbol for row in alphabet.rows]
    places = {symbol: f"op{i}" for i, symbol in enumerate(symbols)}
    # Names are kept apart by spaces, whatever the words are that they stand for.
    named = Operators(tuple(replace(row, symbol=places[row.symbol]) for row in alphabet.rows), alphabet.numbers)
    text = to_infix(_renamed(tree, places), None, named)
    return _PLACE.sub(lambda m: words.get(symbols[int(m[1])], symbols[int(m[1])]), text)


def _renamed(tree: Node, places: Mapping[str, str]) -> Node:
    if tree.is_number or tree.is_variable:
        return tree
    return Node(places.get(tree.symbol, tree.symbol), tuple(_renamed(child, places) for child in tree.children))


def _words(reader: TextReader, symbol: str) -> list[str]:
    parser = parser_of(reader)

    def literals(rule: Rule) -> list[str]:
        patterns = [parser.get_terminal(s.name).pattern for s in rule.expansion if s.is_term]
        return [p.value for p in patterns if isinstance(p, PatternStr)]

    building = [literals(rule) for rule in parser.rules if (rule.alias or rule.origin.name) == symbol]
    return list(dict.fromkeys([symbol, *(words[0] for words in building if len(words) == 1)]))
