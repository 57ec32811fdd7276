"""A tokenizer of one's own, in one file: prefix notation read backwards, with coefficients in fixed point.

    kappabar compare -r "prefix | digits:3" -r examples.reversed_tokenizer:Reversed --data sample:100

`-0.5*x_0` is `* -0.5 x_0` in prefix notation, and here `x_0 0 0 5 0 0 0 0 N- *`: the coefficient is `-0000.500`, last figure
first. Operands stand before their operator, so decoding is a stack machine. Three decimals lose small coefficients: the column
of fidelity will say so. What a tokenizer must do is `kappabar.Tokenizer`, and nothing else is needed: Kappabar
calls `Reversed(n_variables, closed)` for the expressions that it compares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from kappabar import (
    ARITY,
    CONSTANTS,
    FUNCTIONS,
    MAX_DEPTH,
    SYSTEM,
    Invalid,
    Node,
    Path,
    Token,
    TokenClass,
    Vocabulary,
    number,
    system,
    variable,
    variables,
)

FIGURES, DECIMALS, LARGEST = 7, 3, 9999.999
SIGNS = ("N+", "N-")


@dataclass(frozen=True, slots=True)
class Reversed:
    """Writes systems of up to `n_variables` variables. `closed`: every variable has an equation of its own."""

    n_variables: int
    closed: bool = True
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        classes = {symbol: TokenClass.FUNCTION if symbol in FUNCTIONS else TokenClass.OPERATOR for symbol in ARITY}
        classes |= {variable(i).symbol: TokenClass.VARIABLE for i in range(self.n_variables)}
        classes |= dict.fromkeys((*CONSTANTS, *SIGNS, *"0123456789"), TokenClass.NUMBER) | {SYSTEM: TokenClass.STRUCTURE}
        object.__setattr__(self, "vocabulary", Vocabulary(tuple(classes), tuple(classes.values())))

    def tokenize(self, tree: Node) -> list[Token]:
        """The tokens, each with its class and the path of the node that it writes. The last equation comes first."""
        tokens: list[Token] = []
        for i, equation in enumerate(tree.children):
            tokens += [self._token(SYSTEM, ())] if i else []
            tokens += [self._token(text, (i, *path)) for path, node in equation.walk() for text in _texts(node)]
        return tokens[::-1]

    def encode(self, tree: Node) -> list[int]:
        return [self.vocabulary.ids[token.text] for token in self.tokenize(tree)]

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        """A tree for every sequence of ids, or the reason why there is none and where that was certain. Never raises."""
        texts = [self.vocabulary.tokens[i] for i in ids]
        equations: list[Node] = []
        stack: list[Node] = []
        position = 0
        while position < len(texts):
            text, width = texts[position], 1
            if text.isdigit() or text in SIGNS:
                code, width, good = texts[position : position + FIGURES + 1], FIGURES + 1, 0
                while good < len(code) and (code[good] in SIGNS if good == FIGURES else code[good].isdigit()):
                    good += 1
                if good < width:
                    return Invalid(f"a coefficient is {FIGURES} figures and a sign", position + good)
                stack.append(number(float(f"{code[-1][1]}{''.join(code[-2::-1])}e-{DECIMALS}")))
            elif text == SYSTEM and len(stack) == 1:
                equations.append(stack.pop())
            elif text == SYSTEM or len(stack) < ARITY.get(text, 0):
                return Invalid(f"{text!r} after {len(stack)} complete expressions", position)
            else:
                stack.append(Node(text, tuple(stack.pop() for _ in range(ARITY.get(text, 0)))))
            if stack and stack[-1].depth >= MAX_DEPTH:
                return Invalid(f"nested deeper than {MAX_DEPTH}", position)
            position += width
        return self._system([*equations, *stack], len(stack), position)

    def _system(self, backwards: list[Node], last: int, end: int) -> Node | Invalid:
        tree = system(*backwards[::-1])
        limit = len(backwards) if self.closed else self.n_variables
        if last != 1:
            return Invalid(f"the first equation is {last} expressions", end)
        if len(backwards) > (self.n_variables if self.closed else 1) or max(variables(tree), default=-1) >= limit:
            return Invalid(f"{len(backwards)} equations do not fit the variables", end)
        return tree

    def _token(self, text: str, path: Path) -> Token:
        return Token(text, self.vocabulary.classes[self.vocabulary.ids[text]], path)


def _texts(node: Node) -> list[str]:
    """-0.5 -> ["N-", "0", "0", "0", "0", "5", "0", "0"]; any other node -> its symbol. Numbers are held within ±9999.999."""
    if node.value is None:
        return [node.symbol]
    figures = f"{min(abs(node.value), LARGEST):0{FIGURES + 1}.{DECIMALS}f}"
    return ["N-" if node.value < 0 else "N+", *figures.replace(".", "")]
