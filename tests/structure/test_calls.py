"""Calls say what their values are: where there are many, by keywords."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

MOST = 6
"""Positional values of a call. Of six, with a type each, a reader still knows which is which; the widest calls that say so, of an
edit operator's or a metric's parts, have as many."""
COMPILER = "kappabar.tokenizers.machines.jit"


def wide_calls(tree: ast.Module) -> Iterator[str]:
    """Calls with more positional values. Values that are unpacked (`*row`) count as one: their number is that of a list."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and len(node.args) > MOST:
            yield f"{node.lineno} {ast.unparse(node.func)}"


def is_compiled(source: Any) -> bool:
    """Whether a file's functions are for Numba, which passes arrays by position: it imports what compiles them."""
    return any(name.startswith(COMPILER) for _, name in source.imports())


def test_the_check_sees_what_it_must() -> None:
    assert list(wide_calls(ast.parse("f(1, 2, 3, 4, 5, 6)\nf(*row, a=1)"))) == []
    assert list(wide_calls(ast.parse("f(1, 2, 3, 4, 5, 6, 7)\nx.g(1, 2, 3, 4, 5, *rest, 6, 7)"))) == ["1 f", "2 x.g"]


def test_no_call_passes_many_values_by_position(sources: list[Any]) -> None:
    compiled = [s for s in sources if is_compiled(s)]
    assert 15 < len(compiled) < len(sources) / 8, "the rule takes out hardly anything, or too much"
    wrong = [f"{s.path}:{call}" for s in sources if s not in compiled for call in wide_calls(s.tree)]
    assert not wrong
