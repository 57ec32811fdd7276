"""Polynomial systems as all their coefficients over a library of monomials, in a fixed order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import comb

from ...grammars.tree import SYSTEM, Node
from ..alphabet import Scope, make_vocabulary
from ..base import Invalid, NumberCodec, Token, TokenClass, Vocabulary
from .derivation import unreadable
from .polynomial import MAX_DEGREE, MINUS, OWN, equation_tree, monomials
from .terms import coefficients

_OWN = (MINUS, "zero", "one")


@dataclass(frozen=True, slots=True)
class Library:
    """`2*x_0 - x_0^3` -> `zero 2 zero minus`, where `2` stands for its code: the coefficients of 1, x_0, x_0^2, x_0^3.

    Nothing but coefficients: those of each equation over all monomials up to degree 3 of the system's own variables (see
    `polynomial`), equation after equation. 0, 1 and -1 have a token each (`zero`, `one`, `minus`), so that no codec rounds them.
    The number of coefficients tells the number of equations n: n * (n + 3 choose 3), that is 4, 20, 60, 140, …; where not
    `closed`, it is always (n_variables + 3 choose 3). Canonical like `Terms`, and trees come back in the same form.

    With a codec of one token per number, every substitution is a system in which at most one coefficient differs. Every
    insertion and deletion is invalid: the count is wrong.
    Raises `EncodeError` for what is no such polynomial. `tokenize` knows the equation of a token, not the node.
    `n_variables`: see `Scope`.
    """

    codec: NumberCodec
    n_variables: int
    closed: bool = True
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)
    _scope: Scope = field(init=False, compare=False, repr=False)
    _equations: dict[int, int] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        scope = Scope(self.n_variables, self.closed)
        size = len(monomials(self.n_variables))  # raises where that is too large
        counts = {n * comb(n + MAX_DEGREE, MAX_DEGREE): n for n in range(1, self.n_variables + 1)}
        object.__setattr__(self, "vocabulary", make_vocabulary([(t, TokenClass.NUMBER) for t in _OWN], self.codec))
        object.__setattr__(self, "_scope", scope)
        object.__setattr__(self, "_equations", counts if self.closed else {size: 1})

    @property
    def canonical(self) -> bool:
        """Trees come back in a form of their own."""
        return True

    def tokenize(self, tree: Node) -> list[Token]:
        self._scope.check(tree)
        tokens: list[Token] = []
        for i, equation in enumerate(tree.children):
            weights = coefficients(equation, i, self.codec)
            for m in monomials(len(tree.children) if self.closed else self.n_variables):
                tokens += [Token(text, TokenClass.NUMBER, (i,)) for text in self._write(weights.get(m, 0.0))]
        return tokens

    def _write(self, coefficient: float) -> list[str]:
        return [_OWN[OWN.index(coefficient)]] if coefficient in OWN else self.codec.write(coefficient)

    def encode(self, tree: Node) -> list[int]:
        ids = self.vocabulary.ids
        return [ids[t.text] for t in self.tokenize(tree)]

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        if (fault := unreadable(ids, len(self.vocabulary))) is not None:
            return fault
        values = self._scan(ids)
        if isinstance(values, Invalid):
            return values
        n = self._equations.get(len(values))
        if n is None:
            known = ", ".join(map(str, self._equations))
            return Invalid(f"{len(values)} coefficients are no system; it must be one of {known}", len(ids))
        library = monomials(n if self.closed else self.n_variables)
        rows = [values[k : k + len(library)] for k in range(0, len(values), len(library))]
        return Node(SYSTEM, tuple(equation_tree(dict(zip(library, row, strict=True))) for row in rows))

    def _scan(self, ids: Sequence[int]) -> list[float] | Invalid:
        most = max(self._equations)
        texts: list[str] = []
        values: list[float] = []
        i, end = 0, len(ids)
        while i < end:
            if len(values) == most:
                return Invalid(f"more than {most} coefficients", i)
            if ids[i] < len(OWN):
                values.append(OWN[ids[i]])
                i += 1
                continue
            texts = texts or [self.vocabulary.tokens[t] for t in ids]
            read = self.codec.read(texts, i)
            if isinstance(read, Invalid):
                return read
            value, i = read
            values.append(value)
        return values
