"""Tables of the compiled machines, from what the tokenizers know of their symbols."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ...grammars.constant import LEAVES
from ...grammars.tree import MAX_DEPTH, Node
from ..alphabet import Head, Production, Scope
from ..base import NumberCodec
from . import characters, preorder
from .forest import NUMBER_ITEM, SYMBOLS, VARIABLE_ITEM, WHOLE_POWER
from .machine import Kind, Machine
from .precedence import CLOSED, MAX_EQUATIONS
from .precedence import MAX_DEPTH as DEPTH


def item_of(head: Head) -> tuple[int, float, int]:
    """What a symbol writes: its item, the value of a constant, the index of a variable (else -1)."""
    if head.exponent is not None:
        return WHOLE_POWER + int(head.exponent.value or 0), 0.0, -1
    return (SYMBOLS.index(head.symbol), 0.0, -1) if head.node is None else leaf_of(head.node)


def leaf_of(node: Node) -> tuple[int, float, int]:
    if node.is_variable:
        return VARIABLE_ITEM + node.index, 0.0, node.index
    return NUMBER_ITEM, LEAVES[node.symbol], -1


def _table(rows: Sequence[Sequence[int]]) -> NDArray[np.int32]:
    return np.array(rows, dtype=np.int32)


def preorder_machine(
    scope: Scope,
    codec: NumberCodec,
    productions: Sequence[Production],
    *,
    texts: tuple[str, ...],
    start: Sequence[int],
    number: int,
    optional: int,
    counted: bool,
) -> Machine:
    """Of `derivation.Derivation`, whose fields these are."""
    rows: list[tuple[int, ...]] = []
    opens: list[int] = []
    leaves: list[float] = []
    for p in productions:
        first = len(opens)
        item, value, variable = item_of(p.head) if p.head is not None else (-1, 0.0, -1)
        leaf = p.head is not None and p.head.node is not None
        if p.head is not None and not leaf:
            opens.append(preorder.EMIT + item)
        opens += reversed(p.opens)
        builds = p.head is not None and not leaf
        rows.append((p.slot, item if leaf else -1, variable, builds, p.equations, first, len(opens)))
        leaves.append(value)
    rows += [(number, -1, -1, 0, 0, 0, 0)] * len(codec.tokens)
    leaves += [0.0] * len(codec.tokens)
    config = (len(productions), optional, counted, scope.closed, scope.max_equations, MAX_DEPTH, *start)
    return Machine(
        kind=Kind.PREORDER,
        config=np.array(config, np.int64),
        table=_table(rows),
        opens=np.array(opens, np.int32),
        leaves=np.array(leaves),
        texts=texts,
        codec=codec,
        first_number=len(productions),
    )


def postorder_machine(scope: Scope, codec: NumberCodec, texts: tuple[str, ...]) -> Machine:
    """Of `postfix.Postfix`."""
    items = [item_of(h) for h in scope.heads]
    rows = [(item, h.arity, variable) for h, (item, _, variable) in zip(scope.heads, items, strict=True)]
    n, separated = len(rows), scope.max_equations > 1
    rows += [(0, 0, -1)] * (len(texts) - n)
    leaves = np.zeros(len(texts))
    leaves[:n] = [value for _, value, _ in items]
    config = np.array((n, n if separated else -1, scope.closed, scope.max_equations, MAX_DEPTH), np.int64)
    return Machine(
        kind=Kind.POSTORDER,
        config=config,
        table=_table(rows),
        opens=np.zeros(0, np.int32),
        leaves=leaves,
        texts=texts,
        codec=codec,
        first_number=n + separated,
    )


def _precedence(scope: Scope, *more: int) -> NDArray[np.int64]:
    config = np.zeros(3 + len(more), np.int64)
    config[CLOSED], config[MAX_EQUATIONS], config[DEPTH] = scope.closed, scope.max_equations, MAX_DEPTH
    config[3:] = more
    return config


def symbol_row(sort: int, symbol: Node | str) -> tuple[int, int, float, int]:
    """A symbol of infix as `precedence.take` wants it: sort, item, value, variable."""
    if isinstance(symbol, Node):
        if symbol.is_number:  # a whole power's exponent
            return sort, int(symbol.value or 0), 0.0, -1
        return (sort, *leaf_of(symbol))
    return sort, SYMBOLS.index(symbol) if symbol in SYMBOLS else 0, 0.0, -1


def symbols_machine(
    scope: Scope, codec: NumberCodec, symbols: Iterable[tuple[int, Node | str]], texts: tuple[str, ...]
) -> Machine:
    """Of `infix.Infix`. `symbols`: sort and symbol of each token before the codec's."""
    entries = [symbol_row(sort, symbol) for sort, symbol in symbols]
    rows = [(sort, item, variable) for sort, item, _, variable in entries] + [(0, 0, -1)] * (len(texts) - len(entries))
    leaves = np.zeros(len(texts))
    leaves[: len(entries)] = [value for _, _, value, _ in entries]
    n = len(entries)
    return Machine(
        kind=Kind.SYMBOLS,
        config=_precedence(scope, n),
        table=_table(rows),
        opens=np.zeros(0, np.int32),
        leaves=leaves,
        texts=texts,
        codec=codec,
        first_number=n,
    )


def characters_machine(scope: Scope, words: Iterable[tuple[str, int, Node | str]], texts: tuple[str, ...]) -> Machine:
    """Of `infix.InfixCharacters`. `words`: every word but numbers, with its sort and symbol."""
    rows = [(text, *symbol_row(sort, symbol)) for text, sort, symbol in words]
    entries, characters_at = [len(rows)], 1 + characters.ENTRY * len(rows)
    for text, kind, item, _, variable in rows:
        entries += [_hash(text), kind, item, variable, characters_at, characters_at + len(text)]
        characters_at += len(text)
    flat = entries + [ord(c) for text, *_ in rows for c in text]
    leaves = [value for _, _, _, value, _ in rows]
    codes = _table([[ord(c)] for c in texts])
    return Machine(
        kind=Kind.CHARACTERS,
        config=_precedence(scope),
        table=codes,
        opens=np.array(flat, np.int32),
        leaves=np.array(leaves),
        texts=texts,
        codec=None,
        first_number=len(texts),
    )


def _hash(word: str) -> int:
    code = characters.HASH_START
    for c in word:
        code = (code * characters.HASH_STEP + ord(c)) & characters.HASH_MASK
    return code
