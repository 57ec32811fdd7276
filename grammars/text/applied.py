"""Functions in front of arguments without parentheses, as papers have them: `sin x`, `2 sin x cos x`, `sin²x`.

An argument is one factor, and ends there: what follows it has two readings, which `products.py` refuses with both, as in LaTeX.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..tree import NUMBER, Node
from . import functions
from .reader import FaultFound
from .written import BARE, BESIDE, NAMED, PAREN


def applied(node: Node, text: str, declared: frozenset[str], inputs: bool) -> Node:
    """The raw tree with its functions applied. `declared`: names that the text gives a meaning of its own. `inputs`: whether a
    name that nobody declared is an input, so that `cos kx` has two readings. Raises FaultFound for these."""

    def walk(n: Node) -> Node:
        made = replace(n, children=tuple(map(walk, n.children))) if n.children else n
        return _chain(made) if n.symbol == BESIDE else made

    def _chain(chain: Node) -> Node:
        factors = _factors(chain)
        made: list[Node] = []
        at = 0
        while at < len(factors):
            one = factors[at]
            follows = factors[at + 1] if at + 1 < len(factors) else None
            name, exponent = _function(one, declared)
            if name and follows is not None and not _function(follows, declared)[0] and "\n" not in _between(text, one, follows):
                if inputs:
                    _check_letters(name, follows, declared)
                made.append(_bare(one, name, exponent, follows))
                at += 2
            else:
                made.append(one)
                at += 1
        whole = made[0]
        for factor in made[1:]:
            whole = Node(BESIDE, (whole, factor), None, _over(whole, factor))
        return whole

    return walk(node)


def _function(node: Node, declared: frozenset[str]) -> tuple[str, Node | None]:
    """A function's name without an argument, and its power, which stands before that."""
    base, exponent = node.children if node.symbol == "^" else (node, None)
    name = base.symbol.removeprefix(NAMED)
    if base.children or not base.symbol.startswith(NAMED) or name not in functions.PREFIXED or name in declared:
        return "", None
    return name, exponent


def _bare(one: Node, name: str, exponent: Node | None, argument: Node) -> Node:
    """`sin` and `x^2` are (sin x)^2 for `products.py`, which has both readings of it."""
    inner, power = argument.children if argument.symbol == "^" else (argument, None)
    made = functions.called(name, (inner,))
    if isinstance(made, str):
        raise FaultFound(made, _start(one))
    span = _over(one, inner)
    if exponent is not None:
        raised = exponent.children[0] if exponent.symbol == PAREN else exponent
        if raised.symbol != NUMBER or (raised.value or 0.0) < 0:
            raise FaultFound("a function to a negative power may mean its inverse; write it as a fraction", _start(one))
        made = Node("^", (made, replace(raised, span=span)))
    bare = Node(BARE, (replace(made, span=span),), None, span)
    return bare if power is None else Node("^", (bare, power), None, _over(one, argument))


def _check_letters(name: str, argument: Node, declared: frozenset[str]) -> None:
    letters = argument.symbol.removeprefix(NAMED)
    if (
        argument.symbol.startswith(NAMED)
        and len(letters) == 2
        and letters.isalpha()
        and letters not in (*declared, "pi", "Pi", "mu")
    ):
        one = "*".join(letters)
        reason = f"two readings: {name}({one}), or an input {letters}, which then needs a range after '@'"
        raise FaultFound(reason, _start(argument))


def _factors(node: Node) -> Sequence[Node]:
    return [*_factors(node.children[0]), node.children[1]] if node.symbol == BESIDE else [node]


def _between(text: str, left: Node, right: Node) -> str:
    return text[left.span[1] : right.span[0]] if left.span and right.span else ""


def _over(left: Node, right: Node) -> tuple[int, int] | None:
    return (left.span[0], right.span[1]) if left.span and right.span else None


def _start(node: Node) -> int:
    return node.span[0] if node.span else 0
