"""Postfix (reverse Polish) notation: every symbol after its operands, no parentheses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...grammars.operators import BUILT_IN, Operators
from ...grammars.tree import MAX_DEPTH, SYSTEM, Node, Path
from ..alphabet import Head, Scope, head_text, kind_of, make_vocabulary, number_leaf, operands
from ..base import Invalid, NumberCodec, Token, TokenClass, Vocabulary
from .derivation import too_deep, too_many, unreadable

if TYPE_CHECKING:
    from ..machines.machine import Machine


@dataclass(frozen=True, slots=True)
class Postfix:
    """`x_1 | -2*x_0^2` -> `x_1 | N- 2 0 0 E0 x_0 ^2 *`, with the codec `digits:3`.

    The mirror image of `Prefix` (see there for sources and deviations) but for numbers, whose tokens keep their order.
    `closed`, `n_variables`, `operators`: see `Scope`.
    """

    codec: NumberCodec
    n_variables: int
    closed: bool = True
    operators: Operators = BUILT_IN
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)
    scope: Scope = field(init=False, compare=False, repr=False)
    _heads: tuple[Head, ...] = field(init=False, compare=False, repr=False)
    _arity: list[int] = field(init=False, compare=False, repr=False)
    _variable: list[int] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        scope = Scope(self.n_variables, self.closed, self.operators)
        symbols = [(h.text, h.kind) for h in scope.heads]
        if scope.max_equations > 1:
            symbols.append((SYSTEM, TokenClass.STRUCTURE))
        object.__setattr__(self, "vocabulary", make_vocabulary(symbols, self.codec))
        object.__setattr__(self, "scope", scope)
        object.__setattr__(self, "_heads", scope.heads)
        object.__setattr__(self, "_arity", [h.arity for h in scope.heads])
        object.__setattr__(self, "_variable", [h.variable for h in scope.heads])

    def tokenize(self, tree: Node) -> list[Token]:
        self.scope.check(tree)
        tokens: list[Token] = []
        for i, equation in enumerate(tree.children):
            if i:
                tokens.append(Token(SYSTEM, TokenClass.STRUCTURE, ()))
            self._write(equation, (i,), tokens)
        return tokens

    def _write(self, node: Node, path: Path, tokens: list[Token]) -> None:
        if node.is_number:
            tokens.extend(Token(text, TokenClass.NUMBER, path) for text in self.codec.write(node.value or 0.0))
            return
        for i, child in enumerate(operands(node)):
            self._write(child, (*path, i), tokens)
        tokens.append(Token(head_text(node), kind_of(node, self.operators), path))

    def encode(self, tree: Node) -> list[int]:
        ids = self.vocabulary.ids
        return [ids[t.text] for t in self.tokenize(tree)]

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        if (fault := unreadable(ids, len(self.vocabulary))) is not None:
            return fault
        steps = self._scan(ids)
        return steps if isinstance(steps, Invalid) else self._assemble(steps)

    def machine(self) -> Machine:
        """See `machines.machine.Bulk`."""
        from ..machines.tables import postorder_machine

        return postorder_machine(self.scope, self.codec, self.vocabulary.tokens)

    def _scan(self, ids: Sequence[int]) -> list[Node | Head] | Invalid:
        """Checks without building: only the depths of the operands that wait are kept."""
        arities, heads, variables = self._arity, self._heads, self._variable
        separator = len(heads) if self.scope.max_equations > 1 else -1
        texts: list[str] = []
        waiting: list[int] = []
        steps: list[Node | Head] = []
        equations, top, i, end = 1, -1, 0, len(ids)
        while i < end:
            token = ids[i]
            if token < len(heads):
                arity, head = arities[token], heads[token]
                if arity == 0:
                    waiting.append(2)
                    if variables[token] > top:
                        top = variables[token]
                elif len(waiting) < arity:
                    return Invalid(f"{head.text!r} needs {arity} operands, found {len(waiting)}", i)
                else:
                    depth = 1 + (waiting.pop() if arity == 1 else max([waiting.pop() for _ in range(arity)]))
                    if depth > MAX_DEPTH:
                        return too_deep(i)
                    waiting.append(depth)
                steps.append(head)
                i += 1
            elif token == separator:
                if len(waiting) != 1:
                    return Invalid(f"'|' after {len(waiting)} expressions; one must stand before it", i)
                equations += 1
                if equations > self.scope.max_equations:
                    return too_many(self.scope, i)
                waiting.pop()
                i += 1
            else:
                texts = texts or [self.vocabulary.tokens[t] for t in ids]
                reading = self.codec.read(texts, i)
                if isinstance(reading, Invalid):
                    return reading
                value, i = reading
                waiting.append(2)
                steps.append(number_leaf(value))
        if len(waiting) != 1:
            return Invalid(f"the sequence ends with {len(waiting)} expressions in its last equation; it must be one", end)
        if (reason := self.scope.misfit(equations, top)) is not None:
            return Invalid(reason, end)
        return steps

    @staticmethod
    def _assemble(steps: list[Node | Head]) -> Node:
        stack: list[Node] = []
        for step in steps:
            if isinstance(step, Node):
                stack.append(step)
            elif step.node is not None:
                stack.append(step.node)
            elif step.exponent is not None:
                stack.append(Node("^", (stack.pop(), step.exponent)))
            else:
                below = tuple(stack[-step.arity :])
                del stack[-step.arity :]
                stack.append(Node(step.symbol, below))
        return Node(SYSTEM, tuple(stack))
