"""Polynomial systems as lists of terms, each a monomial of a library with its coefficient; every order of tokens is a system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ...grammars.errors import EncodeError
from ...grammars.tree import SYSTEM, Node, Path
from ..alphabet import Scope, make_vocabulary
from ..base import Invalid, NumberCodec, Token, TokenClass, Vocabulary
from .derivation import unreadable
from .polynomial import MINUS, Monomial, equation_tree, monomial_text, monomials, polynomial, settled


@dataclass(frozen=True, slots=True)
class Terms:
    """`2*(x_1 - x_0) | x_0*x_1 + 1` -> `=0 x_0 -2 x_1 2 =1 const x_0*x_1`, where `-2` and `2` stand for their codes.

    One token per monomial up to degree 3 (see `polynomial`), its coefficient after it unless that is 1 (-1 is `minus`,
    so that no codec rounds a sign); `=k` begins what belongs to equation k. Written are all equations in order, and in
    each the terms that are not zero in the library's order: this form depends on the polynomials alone. So trees come
    back as that sum of terms, not in their own form: meaning is kept up to the rounding of the expanded
    coefficients, and `encode(decode(encode(t))) == encode(t)`.

    Read is every sequence of codes, monomials and `=k` in any order: a number after a monomial is its coefficient, any
    other number a constant; equal monomials add up (the sum is rounded like every coefficient, so that what is read can
    be written again); terms before any `=k` belong to equation 0, a second `=k` resumes; an equation without terms is 0.
    Hence with a codec of one token per number *every* sequence but the empty one is a system, and an edit that touches no
    `=k` changes at most three coefficients, all of one equation (a number for a number: one; a monomial for a monomial:
    two; other edits may hand a coefficient to a neighboring term). With longer codes only the inside of a number can be
    invalid. The number of equations is that of the highest `=k` or variable: an edit that adds or removes that one
    changes the system's dimension.
    Raises `EncodeError` for what is no such polynomial. `tokenize` knows the equation of a token, not the node.
    `closed`, `n_variables`: see `Scope`.
    """

    codec: NumberCodec
    n_variables: int
    closed: bool = True
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)
    _scope: Scope = field(init=False, compare=False, repr=False)
    _library: tuple[Monomial, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        scope = Scope(self.n_variables, self.closed)
        library = monomials(self.n_variables)
        symbols = [(_begin(k), TokenClass.STRUCTURE) for k in range(scope.max_equations)]
        symbols += [(monomial_text(m), TokenClass.VARIABLE) for m in library]
        symbols.append((MINUS, TokenClass.NUMBER))
        object.__setattr__(self, "vocabulary", make_vocabulary(symbols, self.codec))
        object.__setattr__(self, "_scope", scope)
        object.__setattr__(self, "_library", library)

    @property
    def canonical(self) -> bool:
        """Trees come back in a form of their own."""
        return True

    def tokenize(self, tree: Node) -> list[Token]:
        self._scope.check(tree)
        tokens: list[Token] = []
        for i, equation in enumerate(tree.children):
            path = (i,)
            tokens.append(Token(_begin(i), TokenClass.STRUCTURE, path))
            for m, c in coefficients(equation, i, self.codec).items():
                tokens += self._term(m, c, path)
        return tokens

    def _term(self, monomial: Monomial, coefficient: float, path: Path) -> list[Token]:
        texts = [] if coefficient == 1.0 else [MINUS] if coefficient == -1.0 else self.codec.write(coefficient)
        return [Token(monomial_text(monomial), TokenClass.VARIABLE, path), *(Token(t, TokenClass.NUMBER, path) for t in texts)]

    def encode(self, tree: Node) -> list[int]:
        ids = self.vocabulary.ids
        return [ids[t.text] for t in self.tokenize(tree)]

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        if (fault := unreadable(ids, len(self.vocabulary))) is not None:
            return fault
        scanned = self._scan(ids)
        if isinstance(scanned, Invalid):
            return scanned
        library = self._library
        size = 1 + max(scanned)
        if self.closed:
            size = max(size, *(1 + library[m][-1] for terms in scanned.values() for m in terms if m), 1)
        trees = []
        for k in range(size):
            terms = scanned.get(k, {})
            trees.append(equation_tree({library[m]: settled(terms[m], self.codec.round) for m in sorted(terms)}))
        return Node(SYSTEM, tuple(trees))

    def _scan(self, ids: Sequence[int]) -> dict[int, dict[int, float]] | Invalid:
        """The sums of coefficients by equation and index of the monomial (0 is the constant)."""
        n_equations = self._scope.max_equations
        minus = n_equations + len(self._library)
        texts: list[str] = []
        terms: dict[int, float] = {}
        equations = {min(ids[0], n_equations) % n_equations: terms}
        i, end = 0, len(ids)
        while i < end:
            token = ids[i]
            i += 1
            if token < n_equations:
                terms = equations.setdefault(token, {})
                continue
            monomial, value = 0, 1.0
            if token < minus:
                monomial = token - n_equations
            else:
                i -= 1
            if i < end and ids[i] == minus:
                value = -1.0
                i += 1
            elif i < end and ids[i] > minus:
                texts = texts or [self.vocabulary.tokens[t] for t in ids]
                read = self.codec.read(texts, i)
                if isinstance(read, Invalid):
                    return read
                value, i = read
            terms[monomial] = terms.get(monomial, 0.0) + value
        return equations


def coefficients(equation: Node, index: int, codec: NumberCodec) -> dict[Monomial, float]:
    """The coefficients of an equation as they are kept (`settled`), none of them zero, in the order of the library.

    Raises `EncodeError`, which names the equation, where it is no polynomial of the library's degree.
    """
    try:
        terms = polynomial(equation)
    except EncodeError as error:
        raise EncodeError(f"equation {index + 1}: {error}") from None
    rounded = {m: settled(c, codec.round) for m, c in sorted(terms.items(), key=lambda item: (len(item[0]), item[0]))}
    return {m: c for m, c in rounded.items() if c}


def _begin(equation: int) -> str:
    return f"={equation}"
