"""Trees to prefix tokens, LaTeX, SymPy and networkx graphs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..operators import BUILT_IN, Operators
from ..tree import NEGATE, NUMBER, SYSTEM, Node
from .infix import Piece, format_number, infix_pieces

if TYPE_CHECKING:
    import networkx as nx

_LATEX_FUNCTION = {
    "asin": r"\arcsin", "acos": r"\arccos", "atan": r"\arctan", "sign": r"\operatorname{sign}",
}  # fmt: skip


def to_prefix(node: Node) -> list[str]:
    """`2*x_0 + 1` -> ['+', '*', '2', 'x_0', '1']: operators before operands, numbers in full."""
    return [format_number(n.value or 0.0) if n.is_number else n.symbol for _, n in node.walk()]


def to_latex(node: Node, names: Sequence[str] | None = None, alphabet: Operators = BUILT_IN) -> str:
    """LaTeX of an expression, with the parentheses that a reader needs and fractions set as fractions.

    In another alphabet: its infix, operators and functions set upright.
    """
    if not alphabet.built_in:
        return "".join(_own_piece(piece, node, names) for piece in infix_pieces(node, alphabet=alphabet))
    return _latex(node, 1, names)


def _own_piece(piece: Piece, tree: Node, names: Sequence[str] | None) -> str:
    if piece.kind == "variable":
        return _latex_name(tree.at(piece.path), names)
    if piece.kind == "number" and tree.at(piece.path).is_number:
        return _latex_number(tree.at(piece.path).value or 0.0)
    if piece.kind == "structure":
        return piece.text
    word = "".join(_SPECIAL.get(c, c) for c in piece.text)
    upright = rf"\mathrm{{{word}}}"
    return rf"\mathbin{{{upright}}}" if piece.kind == "operator" else upright


_SPECIAL = {c: rf"\{c}" for c in "#$%&_{}"} | {"\\": r"\backslash ", "^": r"\wedge ", "~": r"\sim "}


def _latex(node: Node, weakest: int, names: Sequence[str] | None) -> str:
    level, text = _latex_parts(node, names)
    return rf"\left({text}\right)" if level < weakest else text


def _latex_parts(node: Node, names: Sequence[str] | None) -> tuple[int, str]:
    """The binding strength (1 sum, 2 product, 3 sign, 4 power, 5 atom) and the text of a node."""
    symbol, children = node.symbol, node.children
    if symbol == NUMBER:
        return (3 if (node.value or 0.0) < 0 else 5), _latex_number(node.value or 0.0)
    if not children:
        return 5, _latex_name(node, names)
    if symbol == SYSTEM:
        return 5, r" \\ ".join(_latex(c, 1, names) for c in children)
    if symbol == NEGATE:
        return 3, "-" + _latex(children[0], 3, names)
    if symbol in ("+", "-"):
        return 1, f"{_latex(children[0], 1, names)} {symbol} {_latex(children[1], 2, names)}"
    if symbol == "*":
        return 2, rf"{_latex(children[0], 2, names)} \cdot {_latex(children[1], 4, names)}"
    if symbol == "/":
        return 4, rf"\frac{{{_latex(children[0], 1, names)}}}{{{_latex(children[1], 1, names)}}}"
    if symbol == "^":
        return 4, f"{{{_latex(children[0], 5, names)}}}^{{{_latex(children[1], 1, names)}}}"
    argument = ", ".join(_latex(c, 1, names) for c in children)
    if symbol == "sqrt":
        return 5, rf"\sqrt{{{argument}}}"
    if symbol == "abs":
        return 5, rf"\left|{argument}\right|"
    return 5, rf"{_LATEX_FUNCTION.get(symbol, chr(92) + symbol)}\left({argument}\right)"


def _latex_number(value: float) -> str:
    mantissa, _, exponent = format_number(value).partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa


def _latex_name(node: Node, names: Sequence[str] | None) -> str:
    if not node.is_variable:
        return r"\pi" if node.symbol == "pi" else node.symbol
    if names is None:
        return f"x_{{{node.index}}}"
    name = names[node.index]
    head, _, tail = name.partition("_")
    return (
        name
        if len(name) == 1
        else (rf"{head}_{{{tail}}}" if tail and len(head) == 1 else rf"\mathrm{{{name}}}".replace("_", r"\_"))
    )


def to_sympy(node: Node, names: Sequence[str] | None = None) -> Any:
    """The SymPy expression (a `Tuple` for a system), built node by node: SymPy never parses text.

    Numbers become `Float`, whole ones `Integer`. SymPy puts sums and products into its own canonical order.
    """
    import sympy

    if node.symbol == NUMBER:
        value = node.value or 0.0
        return sympy.Integer(int(value)) if value.is_integer() and abs(value) < 2**53 else sympy.Float(value)
    if node.is_variable:
        return sympy.Symbol(names[node.index] if names is not None else node.symbol)
    arguments = [to_sympy(c, names) for c in node.children]
    match node.symbol:
        case "|":
            return sympy.Tuple(*arguments)
        case "pi":
            return sympy.pi
        case "e":
            return sympy.E
        case "+":
            return arguments[0] + arguments[1]
        case "-":
            return arguments[0] - arguments[1]
        case "*":
            return arguments[0] * arguments[1]
        case "/":
            return arguments[0] / arguments[1]
        case "^":
            return arguments[0] ** arguments[1]
        case "neg":
            return -arguments[0]
        case "abs":
            return sympy.Abs(arguments[0])
        case name:
            return getattr(sympy, name)(arguments[0])


def to_networkx(tree: Node) -> nx.DiGraph[Any]:
    """Parent-to-child graph: one node per tree node, named by its path, with `symbol`, `value` and the edge's `position`."""
    import networkx as nx

    graph: nx.DiGraph[Any] = nx.DiGraph()
    for path, node in tree.walk():
        graph.add_node(path, symbol=node.symbol, value=node.value)
        if path:
            graph.add_edge(path[:-1], path, position=path[-1])
    return graph


def to_dag(tree: Node) -> nx.DiGraph[Any]:
    """Parent-to-child graph of the distinct subtrees: equal ones are one node, named by the path of its first occurrence.

    Nodes have `symbol` and `value`; an edge's `positions` are all places at which the parent has that child: (0, 1) for
    `sin(x_0) * sin(x_0)`. A node with several incoming edges is what the notation `dag` may define once.
    """
    import networkx as nx

    graph: nx.DiGraph[Any] = nx.DiGraph()
    names: dict[Node, tuple[int, ...]] = {}
    for path, node in tree.walk():
        if node not in names:
            names[node] = path
            graph.add_node(path, symbol=node.symbol, value=node.value)
    for node, name in names.items():
        for position, child in enumerate(node.children):
            positions = graph.get_edge_data(name, names[child], {"positions": ()})["positions"]
            graph.add_edge(name, names[child], positions=(*positions, position))
    return graph
