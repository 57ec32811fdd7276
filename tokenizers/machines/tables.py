"""Tables of the compiled machines, from what the tokenizers know of their symbols."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...grammars.constant import LEAVES
from ...grammars.operators import Operators
from ...grammars.tree import MAX_DEPTH
from ..alphabet import Head, Rule, Scope
from ..base import NumberCodec, Vocabulary
from . import characters
from .forest import NUMBER_ITEM, SYMBOL_ITEM, SYMBOLS, VARIABLE_ITEM, WHOLE_POWER
from .machine import Machine


class Stated(Protocol):
    """What a `derivation.Derivation` says of a notation: see there."""

    @property
    def scope(self) -> Scope: ...
    @property
    def codec(self) -> NumberCodec | None: ...
    @property
    def vocabulary(self) -> Vocabulary: ...
    @property
    def first_number(self) -> int: ...
    @property
    def end_number(self) -> int: ...
    @property
    def rules(self) -> Sequence[tuple[int, int, int, Rule]]: ...
    @property
    def heads(self) -> Sequence[Head]: ...
    @property
    def start(self) -> Sequence[int]: ...
    @property
    def numbers(self) -> Container[int]: ...
    @property
    def slots(self) -> Mapping[int, str]: ...
    @property
    def optional(self) -> Container[int]: ...
    @property
    def faults(self) -> Mapping[tuple[int, str], str]: ...
    @property
    def counted(self) -> bool: ...
    @property
    def leveled(self) -> bool: ...
    @property
    def raising(self) -> int: ...
    @property
    def keeps(self) -> Sequence[int]: ...
    @property
    def most_nodes(self) -> int: ...


def _item(head: Head, alphabet: Operators) -> tuple[int, float]:
    """What a symbol writes: its item, and the value of a constant."""
    if head.exponent is not None:
        return WHOLE_POWER + int(head.exponent.value or 0), 0.0
    if head.node is not None and head.node.is_variable:
        return VARIABLE_ITEM + head.node.index, 0.0
    if head.node is not None and head.node.is_number:
        return NUMBER_ITEM, head.node.value or 0.0
    symbol = head.symbol if head.node is None else head.node.symbol
    if alphabet.built_in:
        return (SYMBOLS.index(symbol), 0.0) if head.node is None else (NUMBER_ITEM, LEAVES[symbol])
    return SYMBOL_ITEM + list(alphabet.by_symbol).index(symbol), 0.0


def _symbols(alphabet: Operators) -> tuple[tuple[str, int], ...]:
    return () if alphabet.built_in else tuple((row.symbol, row.arity) for row in alphabet.rows)


def _table(rows: Sequence[Sequence[int]], columns: int) -> NDArray[np.int32]:
    return np.array(rows, dtype=np.int32).reshape(-1, columns)


def pushdown_machine(derivation: Stated, texts: tuple[str, ...], words: Mapping[str, int], whole: bool) -> Machine:
    """Of `derivation.Derivation`. `texts`: of its tokens, or the characters of `words`, which have its tokens; `whole`: see
    `notations.characters.InfixCharacters`."""
    scope, ids = derivation.scope, derivation.vocabulary.ids
    messages = {text: i for i, text in enumerate(dict.fromkeys(("the end", *derivation.slots.values())))}
    faults = {text: i for i, text in enumerate(dict.fromkeys(derivation.faults.values()), 1)}
    leaves = {head.node: i for i, head in enumerate(derivation.heads) if head.node is not None}
    size = 1 + max(derivation.slots)
    table = np.full((size, len(derivation.vocabulary)), -1, np.int32)
    rules: list[tuple[int, ...]] = []
    opens: list[int] = []
    for (slot, text), fault in derivation.faults.items():
        table[slot, ids[text]] = -1 - faults[fault]
    for slot, token, end, rule in derivation.rules:
        table[slot, token:end] = len(rules)
        leaf = -1 if rule.leaf is None else leaves[rule.leaf]
        span = len(opens), len(opens) + len(rule.pushes)
        rules.append((rule.variable, rule.deeper, rule.negates, *span, leaf, *rule[-6:]))
        opens += rule.pushes
    slots = [
        (s in derivation.optional, messages[derivation.slots.get(s, "the end")], s in derivation.numbers) for s in range(size)
    ]
    items = [_item(head, scope.operators) for head in derivation.heads]
    room = [1 + (head.exponent is not None) for head in derivation.heads]
    codes, tree = characters.spelled(words, texts)
    fixed = (
        derivation.first_number,
        derivation.counted,
        scope.closed,
        scope.max_equations,
        MAX_DEPTH,
        derivation.leveled,
        max(len(rule.pushes) for *_, rule in derivation.rules),
        bool(words) and 1 + characters.NUMBERS * scope.operators.numbers + characters.WHOLE * whole,
        derivation.raising,
        derivation.end_number,
        len(derivation.keeps),
        derivation.most_nodes,
    )
    return Machine(
        config=np.array((*fixed, *derivation.start), np.int64),
        table=table,
        rules=_table(rules, 12),
        slots=_table(slots, 3),
        opens=np.array(opens, np.int32),
        heads=_table([(item, head.arity) for head, (item, _) in zip(derivation.heads, items, strict=True)], 2),
        values=np.array([value for _, value in items]),
        most=derivation.most_nodes,
        widest=1 + max(sum(room[-1 - part] for part in rule.pushes if part < 0) for *_, rule in derivation.rules),
        codes=np.array(codes, np.int32),
        words=np.array(tree, np.int32),
        texts=texts,
        codec=derivation.codec,
        numbers=range(0) if words else range(derivation.first_number, derivation.end_number),
        symbols=_symbols(scope.operators),
    )
