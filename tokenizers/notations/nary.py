"""Prefix notation in which sums and products take any number of operands, between brackets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce

from ...grammars.tree import MAX_DEPTH, SYSTEM, Node, Path
from ..alphabet import Head, Scope, head_text, kind_of, make_vocabulary, number_leaf, operands
from ..base import Invalid, NumberCodec, Token, TokenClass, Vocabulary
from .derivation import too_deep, too_many, unreadable

CHAINED = ("+", "*")
_CLOSING = ")"
_CHAIN, _CLOSE, _BAR = 3, 4, 5
"""What a token is, beyond the arities 0 to 2."""

# A piece of a checked sequence: a leaf, a symbol over operands, or None where a chain ends.
_Piece = Node | Head | None


def opening(symbol: str) -> str:
    """'+' -> '(+'."""
    return f"({symbol}"


@dataclass(frozen=True, slots=True)
class Nary:
    """`x_0 + x_1*x_0*x_2 - 1` -> `- (+ x_0 (* x_1 x_0 x_2 ) ) N+ 1 0 0 E0`, with the codec `digits:3`.

    Sums and products as the n-ary operators of S-expressions (McCarthy 1960, Recursive functions of symbolic
    expressions); all other symbols as in `Prefix`. A chain that leans to the left, `((a+b)+c)+d`, is one bracket and is
    read back as exactly that; other shapes keep brackets of their own, so that trees survive to the last bit. What
    writing never gives is still read: a bracket around a chain's first operand of the same symbol, which changes
    nothing, and a bracket around one operand, which is that operand. `closed`, `n_variables`: see `Scope`.
    """

    codec: NumberCodec
    n_variables: int
    closed: bool = True
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)
    _scope: Scope = field(init=False, compare=False, repr=False)
    _heads: tuple[Head, ...] = field(init=False, compare=False, repr=False)
    _sort: list[int] = field(init=False, compare=False, repr=False)
    _variable: list[int] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        scope = Scope(self.n_variables, self.closed)
        symbols = [(opening(h.text) if h.symbol in CHAINED else h.text, h.kind) for h in scope.heads]
        symbols.append((_CLOSING, TokenClass.STRUCTURE))
        if scope.max_equations > 1:
            symbols.append((SYSTEM, TokenClass.STRUCTURE))
        sorts = [_CHAIN if h.symbol in CHAINED else h.arity for h in scope.heads]
        object.__setattr__(self, "vocabulary", make_vocabulary(symbols, self.codec))
        object.__setattr__(self, "_scope", scope)
        object.__setattr__(self, "_heads", scope.heads)
        object.__setattr__(self, "_sort", [*sorts, _CLOSE, _BAR][: len(symbols)])
        object.__setattr__(self, "_variable", [h.variable for h in scope.heads])

    def tokenize(self, tree: Node) -> list[Token]:
        self._scope.check(tree)
        tokens: list[Token] = []
        for i, equation in enumerate(tree.children):
            if i:
                tokens.append(Token(SYSTEM, TokenClass.STRUCTURE, ()))
            self._write(equation, (i,), tokens)
        return tokens

    def _write(self, node: Node, path: Path, tokens: list[Token]) -> None:
        if node.is_number:
            tokens.extend(Token(text, TokenClass.NUMBER, path) for text in self.codec.write(node.value or 0.0))
        elif node.symbol in CHAINED:
            tokens.append(Token(opening(node.symbol), TokenClass.OPERATOR, path))
            for below in chain(node, path):
                self._write(*below, tokens)
            tokens.append(Token(_CLOSING, TokenClass.STRUCTURE, path))
        else:
            tokens.append(Token(head_text(node), kind_of(node), path))
            for i, child in enumerate(operands(node)):
                self._write(child, (*path, i), tokens)

    def encode(self, tree: Node) -> list[int]:
        ids = self.vocabulary.ids
        return [ids[t.text] for t in self.tokenize(tree)]

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        if (fault := unreadable(ids, len(self.vocabulary))) is not None:
            return fault
        pieces = self._scan(ids)
        return pieces if isinstance(pieces, Invalid) else _assemble(pieces)

    def _scan(self, ids: Sequence[int]) -> list[_Piece] | Invalid:
        """Checks without building. `frames`: for each open symbol the number of operands it still needs; 0 and -1 are
        chains without and with an operand. `depths`: how deep what it holds already is. `above`: levels over the
        next operand."""
        sorts, heads, variables, first_number = self._sort, self._heads, self._variable, len(self._sort)
        texts: list[str] = []
        frames, depths = list[int](), list[int]()
        pieces: list[_Piece] = []
        equations, top, above, complete, i, end = 1, -1, 0, False, 0, len(ids)
        while i < end:
            token, start = ids[i], i
            sort = sorts[token] if token < first_number else 0
            if complete != (sort == _BAR) or (sort == _CLOSE and not (frames and frames[-1] == -1)):
                return Invalid(f"expected {_wanted(frames, complete)}, found {self.vocabulary.tokens[token]!r}", i)
            i += 1
            if sort == _BAR:
                equations += 1
                if equations > self._scope.max_equations:
                    return too_many(self._scope, start)
                complete = False
                continue
            if sort in (1, 2, _CHAIN):
                pieces.append(heads[token])
                frames.append(sort % _CHAIN)
                depths.append(0)
                above += sort != _CHAIN
                if above + 2 > MAX_DEPTH:  # the system, what is above the next operand, and that itself
                    return too_deep(start)
                continue
            depth = 1
            if sort == _CLOSE:
                frames.pop()
                depth = depths.pop()
                above -= 1
                pieces.append(None)
            elif token < first_number:
                pieces.append(heads[token].node)
                top = max(top, variables[token])
            else:
                texts = texts or [self.vocabulary.tokens[t] for t in ids]
                reading = self.codec.read(texts, start)
                if isinstance(reading, Invalid):
                    return reading
                value, i = reading
                pieces.append(number_leaf(value))
            while frames and frames[-1] == 1:  # this was the last operand
                frames.pop()
                depth = 1 + max(depth, depths.pop())
                above -= 1
            complete = not frames
            if frames:
                above += frames[-1] == 0
                depths[-1] = 1 + max(depths[-1], depth) if frames[-1] == -1 else max(depths[-1], depth)
                frames[-1] -= frames[-1] >= 0
                if frames[-1] == -1 and depths[-1] + above > MAX_DEPTH:
                    return too_deep(start)
        if not complete:
            return Invalid(f"the sequence ends where {_wanted(frames, False)} must follow", end)
        reason = self._scope.misfit(equations, top)
        return pieces if reason is None else Invalid(reason, end)


def chain(node: Node, path: Path) -> list[tuple[Node, Path]]:
    """The operands of a chain that leans to the left, each with its path: `(a+b)+(c+d)` -> `a`, `b`, `c+d`."""
    operands: list[tuple[Node, Path]] = []
    symbol = node.symbol
    while node.symbol == symbol:
        operands.append((node.children[1], (*path, 1)))
        node, path = node.children[0], (*path, 0)
    return [(node, path), *reversed(operands)]


def _wanted(frames: list[int], complete: bool) -> str:
    if complete:
        return "'|' or the end"
    return "an operand or ')'" if frames and frames[-1] == -1 else "an operand"


def _assemble(pieces: list[_Piece]) -> Node:
    """From the right, so that the operands of a symbol wait on the stack when it comes, the first one on top."""
    stack: list[Node | None] = []
    for piece in reversed(pieces):
        if not isinstance(piece, Head):
            stack.append(piece)
        elif piece.symbol in CHAINED:
            stack.append(_comb(piece.symbol, list(iter(stack.pop, None))))
        else:
            below = [node for _ in range(piece.arity) if (node := stack.pop()) is not None]
            stack.append(Node(piece.symbol, (*below, piece.exponent) if piece.exponent is not None else tuple(below)))
    return Node(SYSTEM, tuple(node for node in reversed(stack) if node is not None))


def _comb(symbol: str, below: list[Node]) -> Node:
    return reduce(lambda a, b: Node(symbol, (a, b)), below)
