"""Decoding a whole neighborhood at once: what `tokenizer.decode` gives for each edit, without an object per edit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..base import Invalid, Tokenizer
from ..codecs.beside import is_continuous
from .forest import Forest, join
from .kernels import NEED, READ, VALID, Numbers, Out, Tables, Text
from .machine import Bulk, Machine, Received
from .numbers import Readings

_STEP, _ITEMS = 1024, 1 << 22
"""Edits, and items, decoded at once: bounds memory, whatever the neighborhood, and lets what was read in one step serve the
next."""
_VARIABLE = re.compile(r"""(found|name|number) (?:'.*'|".*")""")


def general(reason: str) -> str:
    """An invalid sequence's reason without the token at fault, so that reasons can be counted: "expected a digit, found '*'" ->
    "expected a digit, found …"."""
    return _VARIABLE.sub(r"\1 …", reason)


@dataclass(frozen=True, slots=True)
class Decoded:
    """n edits. `trees`: the distinct ones. tree (n,): its number, or -1. reason (n,): index into `reasons`, -1 where there is a
    tree."""

    trees: Forest
    tree: NDArray[np.int64]
    reason: NDArray[np.int64]
    reasons: tuple[str, ...]


@dataclass(slots=True, eq=False)
class BulkDecoder:
    """Decodes edits of token sequences. What its codec reads and the messages it meets are remembered, with no effect on
    results."""

    tokenizer: Tokenizer
    machine: Machine
    reasons: dict[str, int] = field(default_factory=dict)
    readings: Readings = field(init=False)
    tables: Tables = field(init=False)
    _known: dict[tuple[int, ...], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.readings = Readings(len(self.machine.texts))
        self.tables = Tables(*(getattr(self.machine, name) for name in Tables._fields))

    def decode(self, ids: Sequence[int], positions: Ints, ends: Ints, tokens: Ints) -> Decoded:
        """Edit k replaces ids[positions[k]:ends[k]] by tokens[k] (by nothing where it is -1)."""
        m = self.machine
        sequence = np.asarray(ids, dtype=np.int64)
        lengths = (m.offsets[1:] - m.offsets[:-1])[sequence]
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
        pieces = [m.parts[m.offsets[t] : m.offsets[t + 1]] for t in sequence]
        seq = np.concatenate(pieces).astype(np.int32) if pieces else np.zeros(0, np.int32)
        edits = np.stack([starts[positions], starts[ends], tokens], axis=1).astype(np.int32)
        longest = int((m.offsets[1:] - m.offsets[:-1]).max())
        work = _EditedSequence(self, seq, len(seq) + longest + 1)
        forests, where, verdicts = [], [], np.zeros((len(edits), 3), np.int32)
        size = max(1, min(_STEP, _ITEMS // m.room(work.width)))
        for first in range(0, len(edits), size):
            step = slice(first, first + size)
            for forest, which in work.run(edits[step], verdicts[step]):
                forests.append(forest)
                where.append(first + which)
        return self._gather(ids, positions, ends, tokens, forests=forests, where=where, verdicts=verdicts)

    def _gather(
        self,
        ids: Sequence[int],
        positions: Ints,
        ends: Ints,
        tokens: Ints,
        *,
        forests: list[Forest],
        where: list[NDArray[np.int64]],
        verdicts: Ints,
    ) -> Decoded:
        forest = join(forests)
        which = np.concatenate(where) if where else np.zeros(0, np.int64)
        # In the order of the edits, whatever round each was decoded in.
        order = np.argsort(which, kind="stable") if len(where) > 1 else np.arange(len(which))
        firsts, inverse = distinct(forest, order)
        tree = np.full(len(verdicts), -1, np.int64)
        tree[which[order]] = inverse
        reason = np.full(len(verdicts), -1, np.int64)
        bad = np.flatnonzero(tree < 0)
        _, first, group = np.unique(_packed(verdicts[bad]), return_index=True, return_inverse=True)
        examples = bad[first].tolist()
        codes = [self._reason(verdicts[e].tolist(), ids, positions, ends, tokens, e) for e in examples]
        reason[bad] = np.array(codes, np.int64)[group]
        return Decoded(forest.take(firsts), tree, reason, tuple(self.reasons))

    def _reason(self, verdict: list[int], ids: Sequence[int], positions: Ints, ends: Ints, tokens: Ints, edit: int) -> int:
        """The number of a message: what the tokenizer itself says of one edit with this verdict."""
        key = tuple(verdict)
        if key[0] == READ:
            return key[1]
        if key not in self._known:
            a, b, token = int(positions[edit]), int(ends[edit]), int(tokens[edit])
            decoded = self.tokenizer.decode([*ids[:a], *([token] if token >= 0 else []), *ids[b:]])
            if not isinstance(decoded, Invalid):
                raise RuntimeError(f"the compiled decoder refuses what the tokenizer reads (verdict {key}): a defect in it")
            self._known[key] = self.intern(decoded.reason)
        return self._known[key]

    def intern(self, reason: str) -> int:
        return self.reasons.setdefault(general(reason), len(self.reasons))


Ints = NDArray[np.int32]


class EditDecoder(Protocol):
    """What decodes edits of a tokenizer's sequences."""

    def decode(self, ids: Sequence[int], positions: Ints, ends: Ints, tokens: Ints) -> Decoded:
        """Edit k replaces ids[positions[k]:ends[k]] by tokens[k] (by nothing where it is -1)."""
        ...


def bulk_decoder(tokenizer: Tokenizer) -> EditDecoder | None:
    """A decoder for this tokenizer, or None where only its own `decode` can read it: where numbers travel beside the tokens, what
    a code says depends on what stands before it."""
    if is_continuous(tokenizer):
        return None
    if isinstance(tokenizer, Received):
        below = bulk_decoder(tokenizer.base)
        return None if below is None else ReceivedDecoder(tokenizer, below)
    machine = tokenizer.machine() if isinstance(tokenizer, Bulk) else None
    return None if machine is None else BulkDecoder(tokenizer, machine)


@dataclass(slots=True, eq=False)
class ReceivedDecoder:
    """Decodes edits of what is received as a sequence of another tokenizer, each different one of these once."""

    tokenizer: Received
    below: EditDecoder
    reasons: dict[str, int] = field(default_factory=dict)

    def decode(self, ids: Sequence[int], positions: Ints, ends: Ints, tokens: Ints) -> Decoded:
        """As `BulkDecoder.decode`."""
        sent: dict[tuple[int, ...], list[int]] = {}
        reason = np.full(len(positions), -1, np.int64)
        before = list(ids)
        for k, (a, b, token) in enumerate(zip(positions.tolist(), ends.tolist(), tokens.tolist(), strict=True)):
            received = self.tokenizer.received([*before[:a], *([token] if token >= 0 else []), *before[b:]])
            if isinstance(received, Invalid):
                reason[k] = self._intern(received.reason)
            else:
                sent.setdefault(tuple(received), []).append(k)
        message = np.full(len(positions), -1, np.int64)
        for number, edits in enumerate(sent.values()):
            message[edits] = number
        forest, of, said = self._decode(self.tokenizer.received(before), list(sent))
        there = message >= 0
        reason[there] = said[message[there]]
        valid = np.flatnonzero(there & (reason < 0))
        # In the order of the edits, as trees are numbered where nothing is in between.
        firsts, inverse = distinct(forest, of[message[valid]])
        tree = np.full(len(positions), -1, np.int64)
        tree[valid] = inverse
        return Decoded(forest.take(firsts), tree, reason, tuple(self.reasons))

    def _decode(
        self, unedited: list[int] | Invalid, messages: list[tuple[int, ...]]
    ) -> tuple[Forest, NDArray[np.int64], NDArray[np.int64]]:
        """Trees, and of each sequence of the base which of them it is and its reason, -1 where there is none."""
        tree, reason = np.full(len(messages), -1, np.int64), np.full(len(messages), -1, np.int64)
        forests, count, waiting = [], 0, list(range(len(messages)))
        reference: Sequence[int] = [] if isinstance(unedited, Invalid) else unedited
        while waiting:
            # At once what are edits of the unedited one, as most are, then of the first that is not, and so on.
            edits = {k: edit for k in waiting if (edit := _edit_between(reference, messages[k])) is not None}
            found = self.below.decode(reference, *np.array(list(edits.values()), np.int32).reshape(-1, 3).T)
            codes = np.array([self._intern(text) for text in found.reasons] or [-1])
            which = np.array(list(edits), np.int64)
            tree[which] = np.where(found.tree < 0, -1, found.tree + count)
            reason[which] = np.where(found.tree < 0, codes[found.reason], -1)
            forests.append(found.trees)
            count += len(found.trees)
            waiting = [k for k in waiting if k not in edits]
            reference = messages[waiting[0]] if waiting else ()
        return join(forests), tree, reason

    def _intern(self, reason: str) -> int:
        return self.reasons.setdefault(general(reason), len(self.reasons))


def _edit_between(old: Sequence[int], new: Sequence[int]) -> tuple[int, int, int] | None:
    """The edit (position, end, token or -1) that makes `new` of `old`, or None where it takes more than one token."""
    shorter = min(len(old), len(new))
    start = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    tail = next((i for i in range(shorter - start) if old[-1 - i] != new[-1 - i]), shorter - start)
    middle = new[start : len(new) - tail]
    return None if len(middle) > 1 else (start, len(old) - tail, middle[0] if middle else -1)


def _packed(verdicts: Ints) -> NDArray[np.int64]:
    """One number for each verdict (n, 3), in their order: numbers are sorted many times faster than rows."""
    code, x, y = verdicts.astype(np.int64).T
    packed: NDArray[np.int64] = (code << 58) + (x << 29) + y
    return packed


def distinct(forest: Forest, order: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of one tree of each kind, and the number of each tree's kind, trees being taken in `order`."""
    from .compiling import distinct_kernel

    ordered = forest if _as_it_is(order, len(forest)) else forest.take(order)
    firsts, inverse = np.empty(len(order), np.int64), np.empty(len(order), np.int64)
    count = distinct_kernel()(ordered.items, ordered.values, ordered.starts, firsts, inverse)
    return order[firsts[:count]], inverse


def _as_it_is(order: NDArray[np.int64], count: int) -> bool:
    """Whether taking so many in this order changes nothing."""
    return len(order) == count and bool((order[:-1] < order[1:]).all())


@dataclass(slots=True, eq=False)
class _EditedSequence:
    """One original sequence under edit: base tokens, edits in base positions, and what its numbers read as."""

    decoder: BulkDecoder
    seq: Ints
    width: int
    read_end: Ints = field(init=False)
    read_value: NDArray[np.float64] = field(init=False)
    base: list[int] = field(init=False)

    def __post_init__(self) -> None:
        m = self.decoder.machine
        self.base = self.seq.tolist()
        self.read_end, self.read_value = np.full(len(self.seq), -1, np.int32), np.zeros(len(self.seq))
        if m.codec is None:
            return
        texts = [m.texts[i] for i in self.base]
        for i in np.flatnonzero((self.seq >= m.numbers.start) & (self.seq < m.numbers.stop)).tolist():
            self.read_end[i], self.read_value[i] = self._read(self.base, texts, i)

    def _read(self, ids: list[int], texts: list[str], start: int) -> tuple[int, float]:
        """The number that starts at `start` of these base tokens: its end and value, or -2 - reason."""
        m, readings = self.decoder.machine, self.decoder.readings
        if m.codec is None:
            raise RuntimeError("this machine reads its numbers itself")
        reading = m.codec.read(texts, start)
        if isinstance(reading, Invalid):
            # Never before the start, whatever a codec says.
            end, value, reason = max(reading.position, start) + 1, 0.0, self.decoder.intern(reading.reason)
        else:
            (value, end), reason = reading, -1
        if readings.trusted:
            after_all = [readings.vocabulary_size] * (end > len(ids))
            readings.add(ids[start:end] + after_all, value, reason)
        return (end if reason < 0 else -2 - reason), value

    def run(self, edits: Ints, verdicts: Ints) -> list[tuple[Forest, NDArray[np.int64]]]:
        """Decode these edits: forests with the edits that they are of, and `verdicts` of all. Asks for numbers until none is
        missing."""
        forests = []
        n = len(edits)
        which = np.arange(n)
        asked: Ints = np.empty((n, 0), np.int32)
        ends: Ints = np.empty((n, 0), np.int32)
        answers: NDArray[np.float64] = np.empty((n, 0))
        more = ((0, 0), (0, 1))
        while len(which):
            forest, verdict = self._round(edits, which, asked, ends, answers)
            verdicts[which] = verdict
            valid, need = verdict[:, 0] == VALID, verdict[:, 0] == NEED
            forests.append((forest, which[valid]))
            which, verdict = which[need], verdict[need]
            if len(which):
                asked, ends, answers = np.pad(asked, more, constant_values=-1), np.pad(ends, more), np.pad(answers, more)
                asked[which, -1] = verdict[:, 1]
                for e, (_, i, after) in zip(which.tolist(), verdict.tolist(), strict=True):
                    ends[e, -1], answers[e, -1] = self._answer(edits[e].tolist(), i, after)
        return forests

    def _answer(self, edit: list[int], i: int, after: int) -> tuple[int, float]:
        """The number that an edit makes at position i of its sequence."""
        m = self.decoder.machine
        a, b, token = edit
        middle = m.parts[m.offsets[token] : m.offsets[token + 1]].tolist() if token >= 0 else []
        rest = [*self.base[min(i, a) : a], *middle, *self.base[b:]][max(i - a, 0) :]
        if m.codec is None:
            return after, float("".join([m.texts[t] for t in rest[: after - i]]))
        end, value = self._read(rest, [m.texts[t] for t in rest], 0)
        return (end + i if end >= 0 else end), value

    def _round(
        self, edits: Ints, which: NDArray[np.int64], asked: Ints, ends: Ints, answers: NDArray[np.float64]
    ) -> tuple[Forest, Ints]:
        from .compiling import decoder

        m, n, known = self.decoder.machine, len(which), self.decoder.readings
        if not known.trusted:
            known = Readings(len(m.texts))
        room = n * m.room(self.width)
        items, values = np.empty(room, np.int32), np.empty(room)
        starts, shapes = np.zeros(n + 1, np.int64), np.empty((n, 2), np.int32)
        verdicts = np.zeros((n, 3), np.int32)
        count = decoder()(
            self.decoder.tables,
            Text(self.seq, edits, m.offsets, m.parts),
            Numbers(
                read_end=self.read_end,
                read_value=self.read_value,
                asked=asked,
                ends=ends,
                answers=answers,
                keys=known.keys,
                nexts=known.nexts,
                value=known.value,
                reason=known.reason,
                radix=known.vocabulary_size + 1,
            ),
            Out(items, values, starts, shapes, verdicts),
            which,
            self.width,
        )
        size = int(starts[count])
        valid = np.flatnonzero(verdicts[:, 0] == VALID)
        equations, top = np.ascontiguousarray(shapes[valid].T)
        forest = Forest(items[:size].copy(), values[:size].copy(), starts[: count + 1], equations, top, m.symbols)
        return forest, verdicts
