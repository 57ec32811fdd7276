"""The notation `terms` as a grammar. Apart from the others, since every order of its tokens is a system."""

from __future__ import annotations

from ..alphabet import Scope
from ..notations.polynomial import MINUS, monomial_text, monomials
from ..notations.terms import Terms
from .grammar import Grammar, Shape
from .notations import fitting, number_of


def write_terms(t: Terms, grammar: Grammar, shape: Shape) -> tuple[int, ...]:
    """All sequences that decode to the shape: somewhere stands what makes the system as large as it must be, its last `=k` or
    last variable."""
    variables = fitting(Scope(t.n_variables, t.closed), shape)
    ids, last = t.vocabulary.ids, shape.equations - 1
    number = number_of(grammar, t.vocabulary, t.codec)
    small, large = grammar.symbol("still too small"), grammar.symbol("terms", optional=True)
    begins = {ids[f"={k}"]: k for k in range(shape.equations)}
    terms = {ids[monomial_text(m)]: max(m, default=0) for m in monomials(t.n_variables) if max(m, default=-1) < variables}
    for token, k in (begins | terms | {ids[MINUS]: 0}).items():
        grammar.add(large, token, (large,))
        grammar.add(small, token, (large if k >= last else small,))
    grammar.copy(number, large, (large,))
    grammar.copy(number, small, (small if last else large,))
    return (small,)
