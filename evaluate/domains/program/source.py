"""Programs as their people write them, and back: `fold(xs, 0, (s, x) -> s + x)`, `if n < 2 then 1 else n`.

Names of variables are a text's own. A tree has the variables by their places, and is written with `a`, `b`, … in their order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lark import Token

from ....grammars.errors import did_you_mean
from ....grammars.operators import operand_count
from ....grammars.text.own import TreeBuilder
from ....grammars.text.reader import FaultFound, limited, span_of
from ....grammars.tree import MAX_DEPTH, SYSTEM, Node
from .language import ARITIES, BINDS, CODES, INDICES, INPUTS, NAMES, NIL, NUMBERS, ROWS

GRAMMAR = r"""
start: expression
?expression: "let" WORD "=" expression "in" expression           -> let
           | "if" expression "then" expression "else" expression -> choice
           | equal
?equal: joined | equal ("=" | "==") joined -> same | equal "<" joined -> less | equal ">" joined -> more
?joined: sum | sum "++" joined -> join
?sum: product | sum "+" product -> add | sum "-" product -> subtract
?product: one | product "*" one -> times | product "/" one -> over | product "%" one -> modulo
?one: WORD "(" argument ("," argument)* ")"  -> call
    | "[" [expression ("," expression)*] "]" -> listed
    | "-" one                                -> minus
    | "(" expression ")"
    | WORD                                   -> word
    | DIGITS                                 -> digits
    | INDEX                                  -> place
?argument: expression
    | WORD "->" expression                   -> body
    | "(" WORD "," WORD ")" "->" expression  -> body
WORD: /[a-z]\w*/
DIGITS: /\d+/
INDEX: /\$\d+/
%import common.WS
%ignore WS
"""
_WORD, _BODY = "?word ", "?body "
"""What waits for its scope to be known: a name; a body with the names that it binds."""


def _around(children: Sequence[Any]) -> tuple[int, int] | None:
    spans = [c.span if isinstance(c, Node) else span_of(c) for c in children if c is not None]
    known = [span for span in spans if span]
    return (known[0][0], known[-1][1]) if known else None


def _made(symbol: str, children: Sequence[Node]) -> Node:
    return limited(Node(symbol, tuple(children), span=_around(children)), 2 * MAX_DEPTH)


def _binary(symbol: str) -> Callable[[Any, list[Node]], Node]:
    def build(self: Any, children: list[Node]) -> Node:
        return _made(symbol, children)

    return build


class Builder(TreeBuilder):
    """Rules to trees. Names are looked up at the end, from the outside."""

    same, less, join = _binary("="), _binary("<"), _binary("++")
    add, subtract, times, over, modulo = _binary("+"), _binary("-"), _binary("*"), _binary("/"), _binary("%")
    choice = _binary("if")

    def start(self, children: list[Node]) -> Node:
        return _scoped(children[0], ())

    def more(self, children: list[Node]) -> Node:
        return _made("<", children[::-1])

    def minus(self, children: list[Node]) -> Node:
        return _made("-", (Node("0"), *children))

    def let(self, children: list[Any]) -> Node:
        name, value, body = children
        return _made("let", (value, _made(f"{_BODY}{name}", (body,))))

    def body(self, children: list[Any]) -> Node:
        *names, inside = children
        return _made(f"{_BODY}{' '.join(names)}", (inside,))

    def listed(self, children: list[Any]) -> Node:
        found = Node(NIL)
        for item in reversed([c for c in children if c is not None]):
            found = _made("cons", (item, found))
        return found

    def word(self, children: list[Token]) -> Node:
        return Node(f"{_WORD}{children[0]}", span=span_of(children[0]))

    def digits(self, children: list[Token]) -> Node:
        (token,) = children
        if token not in NUMBERS:
            raise FaultFound(f"programs have the numbers 0 to 3; {token} is a sum or product of these", token.start_pos or 0)
        return Node(str(token), span=span_of(token))

    def place(self, children: list[Token]) -> Node:
        (token,) = children
        if token not in INDICES:
            raise FaultFound(f"there are {INDICES[0]} to {INDICES[-1]}, not {token}", token.start_pos or 0)
        return Node(str(token), span=span_of(token))

    def call(self, children: list[Any]) -> Node:
        name, *operands = children
        code = CODES.get(name)
        if code is None or ROWS[code].fixity != "call" or not ARITIES[code]:
            hint = did_you_mean(str(name), [row.symbol for row in ROWS if row.arity and row.fixity == "call"])
            raise FaultFound(f"there is no function {str(name)!r}{hint}", name.start_pos or 0)
        if len(operands) != ARITIES[code]:
            raise FaultFound(f"{str(name)!r} takes {operand_count(ARITIES[code])}, not {len(operands)}", name.start_pos or 0)
        return _made(str(name), operands)


def _scoped(node: Node, scope: tuple[str, ...]) -> Node:
    """The tree with variables by their places. scope: the names that are bound, the outermost first."""
    if node.symbol.startswith(_WORD):
        return _looked_up(node, scope)
    if node.symbol.startswith(_BODY):
        raise FaultFound("a body with names of its own stands last in let, map, filter, fold and repeat", _start(node))
    if node.symbol not in BINDS:
        return node.over(tuple(_scoped(child, scope) for child in node.children))
    *operands, body = node.children
    names = [_name(len(scope) + k) for k in range(BINDS[node.symbol])]
    if body.symbol.startswith(_BODY):
        given = body.symbol.removeprefix(_BODY).split()
        if len(given) != len(names):
            raise FaultFound(f"the body of {node.symbol!r} has {len(names)} names, not {len(given)}", _start(body))
        names, (body,) = given, body.children
    return node.over((*(_scoped(child, scope) for child in operands), _scoped(body, (*scope, *names))))


def _looked_up(node: Node, scope: tuple[str, ...]) -> Node:
    word = node.symbol.removeprefix(_WORD)
    if word in scope:
        level = len(scope) - 1 - scope[::-1].index(word)
        inside = len(scope) - 1 - level
        if level < len(NAMES):
            return Node(NAMES[level], span=node.span)
        if inside < len(INDICES):
            return Node(INDICES[inside], span=node.span)
        raise FaultFound(f"{word!r} is bound too deep: a program has {len(NAMES)} variables in one scope", _start(node))
    free = NAMES.index(word) if word in NAMES else -1
    if word not in INPUTS and word != NIL and free < len(scope):
        hint = did_you_mean(word, (*INPUTS, *scope))
        raise FaultFound(f"{word!r} is bound nowhere{hint}", _start(node))
    return Node(word, span=node.span)


def _start(node: Node) -> int:
    return node.span[0] if node.span else 0


def _name(level: int) -> str:
    """How the variable of a level is called; those that no symbol has as well, so that a text shows where they are bound."""
    return NAMES[level] if level < len(NAMES) else f"v{level}"


_LOOSEST, _CALL = 0, 10


def written(tree: Node) -> str:
    """A program, or a system of one, as text that is read back as the same tree."""
    return " | ".join(_written(child, 0) for child in tree.children) if tree.symbol == SYSTEM else _written(tree, 0)


def _written(node: Node, bound: int, weakest: int = _LOOSEST) -> str:
    """`bound`: how many variables are bound there. `weakest`: what binds less tightly stands in parentheses."""
    symbol, children = node.symbol, node.children
    if symbol == NIL:
        return "[]"
    if not children:
        return symbol
    if symbol == "cons" and (items := _elements(node)) is not None:
        return f"[{', '.join(_written(item, bound) for item in items)}]"
    row = ROWS[CODES[symbol]]
    if symbol == "if":
        text, level = "if {} then {} else {}".format(*(_written(child, bound) for child in children)), _LOOSEST
    elif symbol == "let":
        value, body = children
        text, level = f"let {_name(bound)} = {_written(value, bound)} in {_written(body, bound + 1)}", _LOOSEST
    elif row.infix:
        level = row.precedence
        left, right = (level + 1, level) if row.fixity == "infix-right" else (level, level + 1)
        text = f"{_written(children[0], bound, left)} {symbol} {_written(children[1], bound, right)}"
    else:
        text, level = f"{symbol}({', '.join(_operands(node, bound))})", _CALL
    return f"({text})" if level < weakest else text


def _operands(node: Node, bound: int) -> list[str]:
    """The arguments of a call, a body with its names."""
    if not (binds := BINDS.get(node.symbol, 0)):
        return [_written(child, bound) for child in node.children]
    *operands, body = node.children
    names = [_name(bound + k) for k in range(binds)]
    head = names[0] if binds == 1 else f"({', '.join(names)})"
    return [*(_written(child, bound) for child in operands), f"{head} -> {_written(body, bound + binds)}"]


def _elements(node: Node) -> list[Node] | None:
    """Of a list that is written out."""
    found = []
    while node.symbol == "cons":
        item, node = node.children
        found.append(item)
    return found if node.symbol == NIL else None
