"""What notations are: productions over an alphabet, each token the one choice that its place leaves, with what it builds.

A notation is a push-down machine in which the slot on top of a stack and the next token decide everything (LL(1)). A production
replaces the slot by others and by heads, which are built when what stands before them is: `+` at an operand of prefix notation
stands for (operand, operand, build `+`), at a place behind an operand of infix for (tighter operand, build `+`, the place again).
So decoding is one table-driven pass that stops at the first impossible token, and writes the tree's symbols in post-order.
The same productions are the compiled machine's (`machines/pushdown.py`) and, without what is built, the grammar of constrained
decoding (`languages/notations.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from ...grammars.tree import MAX_DEPTH, SYSTEM, Node
from ..alphabet import Head, Part, Production, Scope, make_vocabulary, number_leaf
from ..base import Invalid, NumberCodec, TokenClass, Vocabulary

if TYPE_CHECKING:
    from ..machines.machine import Machine

_LEVEL = 1 << 10
"""A slot on the stack is its kind (below) plus this times the depth of the node that will fill it; a head is -1 - its number."""


class _Rule(NamedTuple):
    """A production for the pass: what to push, last one on top, but for a leaf that comes first; the rest see `Production`."""

    pushes: tuple[int, ...]
    leaf: Node | None
    deeper: int
    variable: int
    equations: int
    negates: bool
    takes: int


@dataclass(frozen=True, slots=True)
class Words:
    """A text in pieces, for a notation of characters. `tokens`: of its `Derivation`; `values`: the numbers by place; `starts`:
    where each piece begins, then the end. `fault`: what is wrong with what follows the last piece, which `texts` has too, and
    where that is certain, given the slot that waits; no reason where no symbol can stand at it."""

    tokens: Sequence[int]
    texts: Sequence[str]
    starts: Sequence[int]
    values: Mapping[int, float]
    fault: Callable[[int], tuple[str, int]] | None = None


@dataclass(slots=True)
class _Scanned:
    """How far a pass has come. `built`: symbols in post-order; `depths`: of the operands that wait, a system's equations at 2."""

    pending: list[int]
    built: list[Node | Head]
    depths: list[int] | None
    equations: int = 1
    top: int = -1


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Derivation:
    """The machine of one notation.

    `codec`: None where numbers are words of their own, with a token for any. `start`: the slots open at the start, the last one
    on top. `numbers`: the slots where numbers may stand, and what follows them. `slots`: what each kind of slot waits for, for
    the messages. `optional`: slots that give way to what is below where they have no production, and may stay open at the end.
    `counted`: the first token tells the number of equations. `leveled`: how deep a node will lie is known at its token; else its
    depth is known when it is built. `faults`: messages for a token at a slot that say more than what is expected. `alike`: a slot
    for each of those that the same tokens may follow, precedence apart. `symbols`: the tokens but for numbers, in order; those of
    the productions where there are none. `raises`: the token after which a number has no sign: `-2^2` is `-(2^2)`.
    """

    scope: Scope
    codec: NumberCodec | None
    productions: tuple[Production, ...]
    start: tuple[int, ...]
    numbers: Mapping[int, tuple[Part, ...]]
    slots: Mapping[int, str]
    optional: frozenset[int] = frozenset()
    counted: bool = False
    leveled: bool = True
    faults: Mapping[tuple[int, str], str] = field(default_factory=dict)
    alike: Mapping[int, int] = field(default_factory=dict)
    symbols: tuple[tuple[str, TokenClass], ...] = ()
    raises: str = ""
    raising: int = field(init=False, compare=False, repr=False)
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)
    heads: tuple[Head, ...] = field(init=False, compare=False, repr=False)
    first_number: int = field(init=False, compare=False, repr=False)
    _rows: list[list[_Rule | Literal[False] | None]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        symbols = self.symbols or tuple((p.text, p.kind) for p in self.productions)
        vocabulary = make_vocabulary(symbols, self.codec)
        every = [*(p.then for p in self.productions), *self.numbers.values()]
        object.__setattr__(self, "vocabulary", vocabulary)
        object.__setattr__(self, "raising", vocabulary.ids.get(self.raises, -1))
        object.__setattr__(self, "first_number", len(symbols))
        object.__setattr__(self, "heads", tuple(dict.fromkeys(part for then in every for part in then if isinstance(part, Head))))
        number = {head: i for i, head in enumerate(self.heads)}
        rows: list[list[_Rule | Literal[False] | None]] = [[None] * len(vocabulary) for _ in range(1 + max(self.slots))]
        for slot, text in self.faults:
            rows[slot][vocabulary.ids[text]] = False  # wrong here, though the slot might give way
        for p in self.productions:
            rows[p.slot][vocabulary.ids[p.text]] = self._rule(p.then, number, p)
        for slot, then in self.numbers.items():
            rows[slot][len(symbols) :] = [self._rule(then, number)] * (len(vocabulary) - len(symbols))
        object.__setattr__(self, "_rows", rows)

    def _rule(self, then: Sequence[Part], number: Mapping[Head, int], of: Production | None = None) -> _Rule:
        built = [part for part in then if isinstance(part, Head)]
        leaf = leading(then)
        return _Rule(
            pushes=tuple(-1 - number[part] if isinstance(part, Head) else part for part in reversed(then[leaf is not None :])),
            leaf=None if leaf is None else leaf.node,
            deeper=_LEVEL * (self.leveled and any(head.arity for head in built)),
            variable=max((head.variable for head in built), default=-1),
            equations=0 if of is None else of.equations,
            negates=of is not None and of.negates,
            takes=0 if of is None else of.takes,
        )

    @property
    def reachable(self) -> list[int]:
        """The slots that some sequence opens, in order."""
        opened: dict[int, set[int]] = {slot: {p for p in then if isinstance(p, int)} for slot, then in self.numbers.items()}
        for p in self.productions:
            opened.setdefault(p.slot, set()).update(part for part in p.then if isinstance(part, int))
        found, waiting = set(self.start), list(self.start)
        while waiting:
            new = opened.get(waiting.pop(), set()) - found
            found |= new
            waiting += new
        return sorted(found)

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        """The system, or the first token after which no sequence is one (its length where more had to follow)."""
        if (fault := unreadable(ids, len(self.vocabulary))) is not None:
            return fault
        scanned = self._scan(ids, None)
        return scanned if isinstance(scanned, Invalid) else self._finished(scanned, len(ids))

    def read(self, words: Words) -> Node | Invalid:
        """The same of a text's words; positions are those of its characters."""
        scanned = self._scan(words.tokens, words)
        end = len(words.tokens)
        if isinstance(scanned, Invalid):
            return Invalid(scanned.reason, words.starts[scanned.position])
        if words.fault is None:
            return self._finished(scanned, words.starts[end])
        slot = scanned.pending[-1] % _LEVEL if scanned.pending else 0
        reason, position = words.fault(slot)
        return Invalid(reason or self._unexpected(slot, slot, words.texts[end]), position)

    def machine(self, texts: Sequence[str] = (), words: Mapping[str, int] | None = None, whole: bool = False) -> Machine:
        """For decoding in bulk. Of a notation of characters: see `InfixCharacters`."""
        from ..machines.tables import pushdown_machine

        return pushdown_machine(self, tuple(texts) or self.vocabulary.tokens, words or {}, whole)

    def _scan(self, ids: Sequence[int], words: Words | None) -> _Scanned | Invalid:
        rows, first_number, optional = self._rows, self.first_number, self.optional
        limit = (MAX_DEPTH + 1) * _LEVEL
        state = _Scanned([s + 2 * _LEVEL for s in self.start], [], None if self.leveled else [])
        pending, built, depths, heads = state.pending, state.built, state.depths, self.heads
        texts: list[str] = []
        i, end, negated = 0, len(ids), False
        while i < end:
            token = ids[i]
            slot = pending.pop() if pending else 0
            first = kind = slot % _LEVEL
            rule = rows[kind][token]
            while not rule:
                if rule is False or kind not in optional:
                    text = words.texts[i] if words is not None else self.vocabulary.tokens[token]
                    return Invalid(self._unexpected(first, kind, text), i)
                if pending and pending[-1] < 0 and not self._build(state):
                    return too_deep(i)
                slot = pending.pop() if pending else 0
                kind = slot % _LEVEL
                rule = rows[kind][token]
            if token >= first_number:
                texts = texts or ([] if words is not None else [self.vocabulary.tokens[t] for t in ids])
                reading = self._number(texts, i, words)
                if isinstance(reading, Invalid):
                    return reading
                value, after = reading
                if words is not None and negated and not (after < end and ids[after] == self.raising):
                    value = -value  # the minus before it is its sign
                    if pending[-1] < 0:
                        pending.pop()
                else:
                    pending.extend(rule.pushes)
                built.append(number_leaf(value))
                if depths is not None:
                    depths.append(2)
                if pending and pending[-1] < 0 and not self._build(state):
                    return too_deep(i)
                i, negated = after, False
                continue
            negated = rule.negates
            if rule.leaf is not None:
                built.append(rule.leaf)
                if depths is not None:
                    depths.append(2)
            if rule.pushes:
                level = slot - kind + rule.deeper
                for part in rule.pushes:
                    pending.append(level + part if part >= 0 else part)
                if rule.deeper and level >= limit:
                    return too_deep(i)
            if rule.variable > state.top:
                state.top = rule.variable
                if self.counted and (reason := self.scope.misfit(state.equations, state.top)) is not None:
                    return Invalid(reason, i)
            if rule.equations:
                state.equations += rule.equations
                if state.equations > self.scope.max_equations:
                    return too_many(self.scope, i)
            if pending and pending[-1] < 0:
                if depths is not None:
                    if rule.takes and not _taken(pending, kind, rule.takes):
                        return Invalid(f"{self.vocabulary.tokens[token]!r} needs more operands", i)
                    if not self._build(state):
                        return too_deep(i)
                else:  # as `_build` does, without the call
                    while pending and pending[-1] < 0:
                        built.append(heads[-1 - pending.pop()])
            i += 1
        return state

    def _number(self, texts: Sequence[str], i: int, words: Words | None) -> tuple[float, int] | Invalid:
        """The number at a place, and the place after it."""
        if words is not None:
            return words.values[i], i + 1
        if self.codec is None:
            raise TypeError("this notation reads words")
        return self.codec.read(texts, i)

    def _build(self, state: _Scanned) -> bool:
        """Build what has all its operands; False where that is too deep."""
        pending, depths = state.pending, state.depths
        while pending and pending[-1] < 0:
            head = self.heads[-1 - pending.pop()]
            state.built.append(head)
            if depths is not None:
                deepest = max([depths.pop() for _ in range(head.arity)], default=1)
                depths.append(1 + deepest)
                if deepest >= MAX_DEPTH:
                    return False
        return True

    def _finished(self, state: _Scanned, end: int) -> Node | Invalid:
        while state.pending:
            slot = state.pending.pop() % _LEVEL
            if slot not in self.optional:
                return Invalid(f"the sequence ends where {self.slots[slot]} must follow", end)
            if not self._build(state):
                return too_deep(end)
        if (reason := self.scope.misfit(state.equations, state.top)) is not None:
            return Invalid(reason, end)
        return Node(SYSTEM, assembled(state.built))

    def _unexpected(self, first: int, slot: int, text: str) -> str:
        """Why a token cannot stand at a slot, where `first` was the slot before others gave way."""
        return self.faults.get((slot, text)) or f"expected {self.slots.get(first, 'the end')}, found {text!r}"


MORE = 1
"""The slot of the bar that another equation follows; notations that join equations by bars number theirs from 2 on."""


def joined(
    scope: Scope,
    codec: NumberCodec,
    productions: Sequence[Production],
    *,
    numbers: Mapping[int, tuple[Part, ...]],
    slots: Mapping[int, str],
    symbols: Sequence[tuple[str, TokenClass]] = (),
    leveled: bool = True,
) -> Derivation:
    """Of a notation whose equations are joined by bars: each fills the first slot of `numbers`. The rest: see `Derivation`."""
    operand = next(iter(numbers))
    bar = [Production(SYSTEM, TokenClass.STRUCTURE, MORE, (operand, MORE), equations=1)] if scope.max_equations > 1 else []
    return Derivation(
        scope=scope,
        codec=codec,
        productions=(*productions, *bar),
        symbols=(*symbols, *((p.text, p.kind) for p in bar)) if symbols else (),
        start=(MORE, operand),
        numbers=numbers,
        slots={MORE: "'|' or the end", **slots},
        optional=frozenset((MORE,)),
        leveled=leveled,
    )


def _taken(pending: list[int], kind: int, takes: int) -> bool:
    """Take so many slots of a kind from below what is built next; False where they are not there."""
    if [slot % _LEVEL for slot in pending[-1 - takes : -1]] != [kind] * takes:
        return False
    del pending[-1 - takes : -1]
    return True


def leading(then: Sequence[Part]) -> Head | None:
    """The leaf that a production begins with, if it does."""
    first = then[0] if then else None
    return first if isinstance(first, Head) and not first.arity else None


def assembled(built: Iterable[Node | Head]) -> tuple[Node, ...]:
    """The trees whose symbols these are, in post-order."""
    stack: list[Node] = []
    for item in built:
        if isinstance(item, Node):
            stack.append(item)
        elif item.node is not None:
            stack.append(item.node)
        elif item.exponent is not None:
            stack.append(Node("^", (stack.pop(), item.exponent)))
        elif item.arity == 1:
            stack.append(Node(item.symbol, (stack.pop(),)))
        else:
            below = tuple(stack[-item.arity :])
            del stack[-item.arity :]
            stack.append(Node(item.symbol, below))
    return tuple(stack)


def unreadable(ids: Sequence[int], size: int) -> Invalid | None:
    """What is wrong with a sequence before it is read: empty, or with an id outside the vocabulary of `size`; else None."""
    return unknown_id(ids, size) if ids else Invalid("the sequence is empty", 0)


def unknown_id(ids: Sequence[int], size: int) -> Invalid | None:
    """`Invalid` at the first id outside the vocabulary of `size`, or None where there is none."""
    if not ids or (min(ids) >= 0 and max(ids) < size):
        return None
    position = next(i for i, token in enumerate(ids) if not 0 <= token < size)
    return Invalid(f"token id {ids[position]} is outside the vocabulary of {size}", position)


def too_deep(position: int) -> Invalid:
    return Invalid(f"nested deeper than {MAX_DEPTH} levels", position)


def too_many(scope: Scope, position: int) -> Invalid:
    if not scope.closed:
        return Invalid("a function is one equation", position)
    return Invalid(f"more than {scope.max_equations} equations", position)
