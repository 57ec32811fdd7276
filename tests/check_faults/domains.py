"""Domains of one's own for `kappabar check`: one whose grammar is not what its alphabet says, and one without variables."""

from __future__ import annotations

import numpy as np

from kappabar.evaluate.domains.domain import Domain
from kappabar.evaluate.semantics.values import Values
from kappabar.grammars.operators import Operator, operators
from kappabar.grammars.text.own import TextReader


def length(tree, inputs):
    return np.full(len(inputs), float(tree.size))


def inputs(n):
    return np.zeros((4, n))


LOGIC = operators(Operator("and", 2, "infix", 1), Operator("not", 1, "prefix", 2))
AMBIGUOUS_GRAMMAR = """
?start: "~" start -> not
    | start "&" start -> and
    | NAME
    | "(" start ")"
NAME: /[a-z]\\w*/
%import common.WS
%ignore WS
"""
AMBIGUOUS = Domain(
    "ambiguous", TextReader("ambiguous", AMBIGUOUS_GRAMMAR, LOGIC), Values(length, inputs), closed=False, operators=LOGIC
)

LETTERS = operators(Operator("a", 0), Operator("b", 0), Operator("star", 1, "postfix", 2), Operator("or", 2, "infix", 1))
WORDS_GRAMMAR = """
?start: star | start "or" star -> or
?star: atom | star "star" -> star
?atom: "a" -> a | "b" -> b | "(" start ")"
%import common.WS
%ignore WS
"""
WORDS = Domain("words", TextReader("words", WORDS_GRAMMAR, LETTERS), Values(length, inputs), closed=False, operators=LETTERS)
