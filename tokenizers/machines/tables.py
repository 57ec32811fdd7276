"""Tables of the compiled machines, from what the tokenizers know of their symbols."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...grammars.constant import LEAVES
from ...grammars.operators import Operators
from ...grammars.tree import MAX_DEPTH
from ..alphabet import Head, Part, Production, Scope
from ..base import NumberCodec, Vocabulary
from . import characters, pushdown
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
    def productions(self) -> Sequence[Production]: ...
    @property
    def heads(self) -> Sequence[Head]: ...
    @property
    def start(self) -> Sequence[int]: ...
    @property
    def numbers(self) -> Mapping[int, tuple[Part, ...]]: ...
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


def _item(head: Head, alphabet: Operators) -> tuple[int, float]:
    """What a symbol writes: its item, and the value of a constant."""
    if head.exponent is not None:
        return WHOLE_POWER + int(head.exponent.value or 0), 0.0
    if head.node is not None and head.node.is_variable:
        return VARIABLE_ITEM + head.node.index, 0.0
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
    scope, ids, first_number = derivation.scope, derivation.vocabulary.ids, derivation.first_number
    number = {head: i for i, head in enumerate(derivation.heads)}
    messages = {text: i for i, text in enumerate(dict.fromkeys(("the end", *derivation.slots.values())))}
    faults = {text: i for i, text in enumerate(dict.fromkeys(derivation.faults.values()), 1)}
    size = 1 + max(derivation.slots)
    table = np.full((size, len(derivation.vocabulary)), -1, np.int32)
    rules: list[tuple[int, ...]] = []
    opens: list[int] = []

    def rule(then: tuple[Part, ...], equations: int = 0, takes: int = 0, negates: bool = False) -> int:
        heads = [part for part in then if isinstance(part, Head)]
        first, leaf = len(opens), then[0] if then else None
        begins = isinstance(leaf, Head) and not leaf.arity
        opens.extend(pushdown.BUILD + number[part] if isinstance(part, Head) else part for part in reversed(then[begins:]))
        deeper = derivation.leveled and any(head.arity for head in heads)
        rules.append(
            (
                max((h.variable for h in heads), default=-1),
                deeper,
                equations,
                negates,
                first,
                len(opens),
                number[leaf] if isinstance(leaf, Head) and begins else -1,
                takes,
            )
        )
        return len(rules) - 1

    for (slot, text), fault in derivation.faults.items():
        table[slot, ids[text]] = -1 - faults[fault]
    for p in derivation.productions:
        table[p.slot, ids[p.text]] = rule(p.then, p.equations, p.takes, p.negates)
    for slot, then in derivation.numbers.items():
        table[slot, first_number:] = rule(then)
    slots = [
        (s in derivation.optional, messages[derivation.slots.get(s, "the end")], s in derivation.numbers) for s in range(size)
    ]
    items = [_item(head, scope.operators) for head in derivation.heads]
    widest = max(r[pushdown.OPENS_END] - r[pushdown.OPENS] for r in rules)
    codes, tree = characters.spelled(words, texts)
    fixed = (
        first_number,
        derivation.counted,
        scope.closed,
        scope.max_equations,
        MAX_DEPTH,
        derivation.leveled,
        widest,
        bool(words) and 1 + characters.NUMBERS * scope.operators.numbers + characters.WHOLE * whole,
        derivation.raising,
    )
    return Machine(
        config=np.array((*fixed, *derivation.start), np.int64),
        table=table,
        rules=_table(rules, 8),
        slots=_table(slots, 3),
        opens=np.array(opens, np.int32),
        heads=_table([(item, head.arity) for head, (item, _) in zip(derivation.heads, items, strict=True)], 2),
        values=np.array([value for _, value in items]),
        codes=np.array(codes, np.int32),
        words=np.array(tree, np.int32),
        texts=texts,
        codec=derivation.codec,
        first_number=len(texts) if words else first_number,
        symbols=_symbols(scope.operators),
    )
