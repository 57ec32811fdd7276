"""Functions that a text defines, put where it calls them: `f(x) = x^2; x' = -f(2*x)` is `x' = -(2*x)^2`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..tree import Node
from .functions import MAX_SIZE
from .reader import FaultFound
from .sections import Macro
from .written import CALL, CALLED, NAMED, TIMED


def expanded(node: Node, macros: Sequence[Macro]) -> Node:
    """The settled raw tree without calls of `macros`. Raises FaultFound."""
    known = {macro.name: macro for macro in macros}
    return _expanded(node, known, ())


def _expanded(node: Node, known: Mapping[str, Macro], within: tuple[str, ...]) -> Node:
    at = node.span[0] if node.span else 0
    if node.symbol.startswith(CALL):
        name, arguments = node.symbol.removeprefix(CALL), tuple(_expanded(c, known, within) for c in node.children)
    elif node.symbol.endswith(TIMED) and node.symbol[1 : -len(TIMED)] in known:
        name, arguments = node.symbol[1 : -len(TIMED)], (Node(NAMED + "t", span=node.span),)
    else:
        made = node.over(tuple(_expanded(c, known, within) for c in node.children))
        if made.size > MAX_SIZE:
            raise FaultFound(f"longer than {MAX_SIZE:,} symbols with its functions in their places", at)
        return made
    macro = known.get(name)
    if macro is None or name in within:  # what is called and no function of the text's is the one that its equation defines
        raise FaultFound(f"{name!r} is defined by itself", at)
    if len(arguments) != len(macro.arguments):
        raise FaultFound(f"{name!r} takes {len(macro.arguments)} arguments, not {len(arguments)}", at)
    body = _expanded(macro.body, known, (*within, name))
    given = dict(zip(macro.arguments, arguments, strict=True))
    filled = _filled(body, given)
    if filled.size > MAX_SIZE:
        raise FaultFound(f"longer than {MAX_SIZE:,} symbols with its functions in their places", at)
    return replace(filled, span=node.span)


def _filled(node: Node, given: Mapping[str, Node]) -> Node:
    if not node.children:
        name = node.symbol.removeprefix(CALLED).removeprefix(NAMED) if node.symbol.startswith(NAMED) else ""
        return given.get(name, node)
    return node.over(tuple(_filled(c, given) for c in node.children))
