"""Proofs: condensed detachment over Łukasiewicz' axioms, whose behavior is the most general theorem that they prove.

    kappabar kappa --data DD211 --domain proof -r prefix
    kappabar compare --domain proof

A proof is a string over D, 1, 2 and 3: an axiom, or D before two proofs. Not every such string proves something, so an edit that
decodes may be undefined.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from lark import Token

from ....grammars.operators import Operator, Operators
from ....grammars.text.own import TextReader, TreeBuilder
from ....grammars.text.reader import span_of
from ....grammars.tree import SYSTEM, Node
from ..distributions import Distribution
from ..domain import Domain
from ..named import named
from ..observers.symbols import Symbols
from .detachment import SYMBOLS
from .distances import METRICS
from .sampling import NAME, Random, Shortest
from .theorems import AXIOMS, RULE, Detachment, said

GRAMMAR = r"""
?start: proof
?proof: "D" proof proof -> rule
      | AXIOM           -> axiom
AXIOM: /[1-3]/
%import common.WS
%ignore WS
"""


class Builder(TreeBuilder):
    """Rules to symbols, which are no names in Lark."""

    def rule(self, children: list[Node]) -> Node:
        left, right = (child.span for child in children)
        return Node(RULE, tuple(children), span=(left[0] - 1, right[1]) if left and right else None)

    def axiom(self, children: list[Token]) -> Node:
        (token,) = children
        return Node(str(token), span=span_of(token))


def written(tree: Node) -> str:
    """A proof, or a system of one, as its people write it: DD211."""
    return ("" if tree.symbol == SYSTEM else tree.symbol) + "".join(map(written, tree.children))


OPERATORS = Operators((Operator(RULE), *(Operator(str(k), 0) for k in range(1, 1 + len(AXIOMS)))), write=written)

LINE_UP = ("prefix", "postfix", "tree", "infix", "prefix | bpe:64", "prefix | macros:16", "prefix | repeat:3")
"""Polish and reverse Polish notation, parentheses, merges and frequent patterns, and the control."""

READER = TextReader(NAME, GRAMMAR, OPERATORS, Builder, closed=False)

PROOF = Domain(
    name=NAME,
    parse=READER,
    semantics=Detachment(),
    metric="generalization",
    metrics=METRICS,
    closed=False,
    operators=OPERATORS,
    sampler=Shortest(),
    line_up=LINE_UP,
    observer=Symbols(SYMBOLS, ordered=True),
    bank=partial(named, __package__, "proof", "proof", "{theorem}", READER),
    say=said,
    distributions=(Distribution("natural"), Distribution("uniform", domain="random-proof")),
)

RANDOM = replace(PROOF, name="random-proof", sampler=Random(), distributions=(Distribution("uniform"),))
"""The same under random proofs, for what depends on where expressions come from."""
