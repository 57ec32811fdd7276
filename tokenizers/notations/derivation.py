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
from typing import TYPE_CHECKING, Literal

from ...grammars.tree import MAX_DEPTH, SYSTEM, Node
from ..alphabet import ANY_NUMBER, LEVEL, Head, Part, Production, Rule, Scope, make_vocabulary, number_leaf
from ..base import Invalid, NumberCodec, TokenClass, Vocabulary

if TYPE_CHECKING:
    from ..machines.machine import Machine


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
    """How far a pass has come. `built`: symbols in post-order, since the last definition; `depths`: of the operands that wait, a
    system's equations at 2; `nodes`: of the equations, or of a definition, if each open operand is a leaf."""

    pending: list[int]
    built: list[Node | Head]
    depths: list[int] | None
    equations: int = 1
    top: int = -1
    definitions: list[Node] = field(default_factory=list)
    nodes: int = 1


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Derivation:
    """The machine of one notation.

    `codec`: None where numbers are words of their own, with a token for any. `start`: the slots open at the start, the last one
    on top. `numbers`: the slots where numbers may stand, and what follows them. `slots`: what each kind of slot waits for, for
    the messages. `optional`: slots that give way to what is below where they have no production, and may stay open at the end.
    `counted`: the first token tells the number of equations. `leveled`: how deep a node will lie is known at its token; else its
    depth is known when it is built. `faults`: messages for a token at a slot that say more than what is expected. `alike`: a slot
    for each of those that the same tokens may follow, precedence apart. `symbols`: the tokens but for numbers, in order; those of
    the productions where there are none. `first_number`: where numbers stand among them; behind all where it is not given.
    `keeps`: the slots before which each definition in turn ends. `most_nodes`: of a system with its references written out, the
    root included; 0 for any number. `rules`: the slot and the tokens (from one up to another) of each, for the passes.
    `raises`: the token after which a number has no sign: `-2^2` is `-(2^2)`.
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
    keeps: tuple[int, ...] = ()
    most_nodes: int = 0
    first_number: int = -1
    raises: str = ""
    raising: int = field(init=False, compare=False, repr=False)
    end_number: int = field(init=False, compare=False, repr=False)
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)
    heads: tuple[Head, ...] = field(init=False, compare=False, repr=False)
    rules: tuple[tuple[int, int, int, Rule], ...] = field(init=False, compare=False, repr=False)
    _rows: list[list[Rule | Literal[False] | None]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        symbols = self.symbols or tuple((p.text, p.kind) for p in self.productions)
        first = self.first_number if self.first_number >= 0 else len(symbols)
        vocabulary = make_vocabulary(symbols, self.codec, first)
        end, ids = first + len(vocabulary) - len(symbols), vocabulary.ids
        placed = [(ids[p.text], ids[p.text] + 1, p) for p in self.productions]
        placed += [(first, end, Production(ANY_NUMBER, TokenClass.NUMBER, slot, then)) for slot, then in self.numbers.items()]
        heads = tuple(dict.fromkeys(part for *_, p in placed for part in p.then if isinstance(part, Head)))
        number = {head: i for i, head in enumerate(heads)}
        rules = [(p.slot, start, stop, self._rule(p, number)) for start, stop, p in placed]
        rows: list[list[Rule | Literal[False] | None]] = [[None] * len(vocabulary) for _ in range(1 + max(self.slots))]
        for slot, text in self.faults:
            rows[slot][ids[text]] = False  # wrong here, though the slot might give way
        for slot, start, stop, rule in rules:
            rows[slot][start:stop] = [rule] * (stop - start)
        object.__setattr__(self, "first_number", first)
        object.__setattr__(self, "end_number", end)
        object.__setattr__(self, "vocabulary", vocabulary)
        object.__setattr__(self, "raising", ids.get(self.raises, -1))
        object.__setattr__(self, "heads", heads)
        object.__setattr__(self, "rules", tuple(rules))
        object.__setattr__(self, "_rows", rows)

    def _rule(self, p: Production, number: Mapping[Head, int]) -> Rule:
        heads = [part for part in p.then if isinstance(part, Head)]
        leaf = p.then[0].node if p.then and isinstance(p.then[0], Head) else None
        deeper = depths(p.then) if self.leveled else [0] * len(p.then)
        below = [(part, LEVEL * d) for part, d in zip(p.then, deeper, strict=True)][leaf is not None :]
        nodes = p.equations + sum(head.arity + (head.exponent is not None) for head in heads) if self.most_nodes else 0
        return Rule(
            leaf=leaf,
            pushes=tuple(-1 - number[part] if isinstance(part, Head) else part + depth for part, depth in reversed(below)),
            deeper=LEVEL * max(deeper, default=0),
            variable=max((head.variable for head in heads), default=-1),
            negates=p.negates,
            counts=bool(p.equations or p.refers >= 0 or p.slot in self.keeps or nodes or p.takes),
            equations=p.equations,
            refers=p.refers,
            keeps=p.slot in self.keeps,
            nodes=nodes,
            takes=p.takes,
        )

    @property
    def outer(self) -> frozenset[int]:
        """The slots that no expression has: where equations begin, and definitions end."""
        return frozenset((self.start[0], *self.keeps, *(p.slot for p in self.productions if p.equations)))

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
        slot = scanned.pending[-1] % LEVEL if scanned.pending else 0
        reason, position = words.fault(slot)
        return Invalid(reason or self._unexpected(slot, slot, words.texts[end]), position)

    def machine(self, texts: Sequence[str] = (), words: Mapping[str, int] | None = None, whole: bool = False) -> Machine:
        """For decoding in bulk. Of a notation of characters: see `InfixCharacters`."""
        from ..machines.tables import pushdown_machine

        return pushdown_machine(self, tuple(texts) or self.vocabulary.tokens, words or {}, whole)

    def _scan(self, ids: Sequence[int], words: Words | None) -> _Scanned | Invalid:
        rows, optional, first_number, end_number = self._rows, self.optional, self.first_number, self.end_number
        limit = (MAX_DEPTH + 1) * LEVEL
        state = _Scanned([s + 2 * LEVEL for s in self.start], [], None if self.leveled else [])
        pending, built, depths, heads = state.pending, state.built, state.depths, self.heads
        texts: list[str] = []
        i, end, negated, top = 0, len(ids), False, -1
        while i < end:
            token = ids[i]
            slot = pending.pop() if pending else 0
            first = kind = slot % LEVEL
            rule = rows[kind][token]
            while not rule:
                if rule is False or kind not in optional:
                    text = words.texts[i] if words is not None else self.vocabulary.tokens[token]
                    return Invalid(self._unexpected(first, kind, text), i)
                if pending and pending[-1] < 0 and not self._build(state):
                    return too_deep(i)
                slot = pending.pop() if pending else 0
                kind = slot % LEVEL
                rule = rows[kind][token]
            if rule.counts and (fault := self._count(state, rule, slot, i)) is not None:
                return fault
            after, leaf, signed = i + 1, rule.leaf, False
            if first_number <= token < end_number:
                texts = texts or ([] if words is not None else [self.vocabulary.tokens[t] for t in ids])
                reading = self._number(texts, i, words)
                if isinstance(reading, Invalid):
                    return reading
                value, after = reading
                signed = words is not None and negated and not (after < end and ids[after] == self.raising)
                leaf = number_leaf(-value if signed else value)
            if leaf is not None:
                built.append(leaf)
                if depths is not None:
                    depths.append(2)
            if signed:
                if pending[-1] < 0:  # the minus before it is its sign
                    pending.pop()
            elif rule.pushes:
                level = slot - kind
                for part in rule.pushes:
                    pending.append(level + part if part >= 0 else part)
                if rule.deeper and level + rule.deeper >= limit:
                    return too_deep(i)
            if rule.variable > top:
                top = rule.variable
                if self.counted and (reason := self.scope.misfit(state.equations, top)) is not None:
                    return Invalid(reason, i)
            if pending and pending[-1] < 0:
                if depths is not None:
                    if not self._build(state):
                        return too_deep(i)
                else:  # as `_build` does, without the call
                    while pending and pending[-1] < 0:
                        built.append(heads[-1 - pending.pop()])
            i, negated = after, rule.negates
        state.top = top
        return state

    def _count(self, state: _Scanned, rule: Rule, slot: int, at: int) -> Invalid | None:
        """What few tokens do: begin an equation, keep a definition, refer to one, take several slots, or add to the nodes where
        they are counted."""
        kind = slot % LEVEL
        for _ in range(rule.takes):
            if not state.pending or state.pending[-1] % LEVEL != kind:
                return Invalid("an operator needs more operands", at)
            state.pending.pop()
        if rule.keeps:
            state.definitions += assembled(state.built)
            state.built.clear()
            state.nodes = 1
        level, nodes = slot - kind + rule.deeper, rule.nodes
        if rule.refers >= 0:
            named = state.definitions[rule.refers]
            state.built.append(named)
            level, nodes = level + LEVEL * (named.depth - 1), named.size - 1
        if level >= (MAX_DEPTH + 1) * LEVEL:
            return too_deep(at)
        state.equations += rule.equations
        if state.equations > self.scope.max_equations:
            return too_many(self.scope, at)
        state.nodes += nodes
        if 0 < self.most_nodes <= state.nodes:
            return Invalid(f"more than {self.most_nodes:,} nodes with all references written out", at)
        return None

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
            slot = state.pending.pop() % LEVEL
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


def depths(then: Sequence[Part]) -> list[int]:
    """How much deeper than what a production builds each of its parts lies. The last head takes all before it for its operands,
    also what only closes them; of others, which lie below it, the arity tells."""
    found: list[int] = []
    missing: list[int] = []
    for part in reversed(then):
        while len(missing) > 1 and not missing[-1]:
            missing.pop()
        found.append(len(missing))
        if missing:
            missing[-1] -= 1
        if isinstance(part, Head) and part.arity:
            missing.append(part.arity)
    return found[::-1]


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
    if not (scope.closed or scope.operators.sequence):
        return Invalid("a function is one equation", position)
    return Invalid(f"more than {scope.max_equations} {scope.counted}", position)
