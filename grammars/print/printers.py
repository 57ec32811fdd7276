"""Trees to prefix tokens, LaTeX, SymPy and networkx graphs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..operators import BUILT_IN, Operators
from ..tree import NUMBER, Node
from .infix import Piece, format_number, infix_pieces
from .latex import latex_name, latex_pieces

if TYPE_CHECKING:
    import networkx as nx


def to_prefix(node: Node) -> list[str]:
    """`2*x_0 + 1` -> ['+', '*', '2', 'x_0', '1']: operators before operands, numbers in full."""
    return [format_number(n.value or 0.0) if n.is_number else n.symbol for _, n in node.walk()]


def to_latex(node: Node, names: Sequence[str] | None = None, alphabet: Operators = BUILT_IN) -> str:
    """LaTeX of an expression, with the parentheses that a reader needs and fractions set as fractions.

    In another alphabet: its infix, operators and functions set upright.
    """
    if not alphabet.built_in:
        return "".join(_own_piece(piece, node, names) for piece in infix_pieces(node, alphabet=alphabet))
    return "".join([piece.text for piece in latex_pieces(node, names)])


def _own_piece(piece: Piece, tree: Node, names: Sequence[str] | None) -> str:
    if piece.kind == "variable":
        return latex_name(tree.at(piece.path), names)
    if piece.kind == "number" and tree.at(piece.path).is_number:
        return latex_pieces(tree.at(piece.path))[0].text
    if piece.kind == "structure" or piece.text in _SET_ALONE:
        return piece.text
    word = "".join(_SPECIAL.get(c, c) for c in piece.text)
    upright = rf"\mathrm{{{word}}}"
    return rf"\mathbin{{{upright}}}" if piece.kind == "operator" else upright


_SET_ALONE = frozenset("+-*/=<>")
"""Operators that LaTeX spaces by itself."""
_SPECIAL = {c: rf"\{c}" for c in "#$%&_{}"} | {"\\": r"\backslash ", "^": r"\wedge ", "~": r"\sim "}


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
