"""Macro tokens over prefix notation: frequent tree patterns with holes, learned from the corpus, as operators of their own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ...grammars.errors import SpecError
from ...grammars.tree import SYSTEM, Node
from ..alphabet import Scope
from ..base import Invalid, Token, Tokenizer, Vocabulary
from ..notations.derivation import unknown_id
from ..notations.prefix import Prefix
from .macro_mining import HOLE, Template, Term, mine
from .merged import merged_token, merged_vocabulary

MAX_MACROS = 10_000
_BAR, _NUMBER = -1, -2  # in place of an arity


@dataclass(frozen=True, slots=True)
class Macros:
    """`macros:64`: `x_1*(1 - x_0)` -> `*·?·-·N+·1·0·0·E0·? x_1 x_0`, where that pattern is frequent in the corpus.

    A macro is an operator in prefix notation: its token, then one operand for each hole (`?`) of its pattern, in order.
    Library learning as in DreamCoder (Ellis et al. 2021) and Stitch (Bowers et al. 2023), by another algorithm and with its
    own limits: see `macro_mining`. Each hole takes an operand of its own, also where two are always equal, and a pattern
    lies within one equation. A tree is written in the fewest tokens that the macros allow: plainly where none saves one,
    and by the earlier macro where two save the same.

    Over `Prefix` alone: there an operand is one run of tokens, of which the tokens themselves tell the end. The text of a macro
    is its pattern's tokens joined by `·`, its class theirs or MIXED, its node the pattern's root. Decoding puts the operands into
    the holes, so a macro and its written-out pattern are synonyms, as are macros that overlap. `size` was asked for; there are
    fewer where no other pattern saves more than it takes. `templates`: base token ids in prefix order, -1 for holes. Train with
    `train`; `to_json` and `from_json` save and load.
    """

    base: Prefix
    size: int
    templates: tuple[Template, ...]
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)
    parts: tuple[Template, ...] = field(init=False, compare=False, repr=False)
    _arity: list[int] = field(init=False, compare=False, repr=False)
    _segments: list[tuple[Template, ...]] = field(init=False, compare=False, repr=False)
    _starting: dict[int, list[int]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        alphabet = len(self.base.vocabulary)
        parts = (*((i,) for i in range(alphabet)), *self.templates)
        object.__setattr__(self, "parts", parts)
        object.__setattr__(self, "vocabulary", merged_vocabulary(self.base.vocabulary, parts))
        arity = _arities(self.base)
        heads = ((i, *[HOLE] * n) if n > 0 else (i,) for i, n in enumerate(arity))
        object.__setattr__(self, "_segments", [_cut(template) for template in (*heads, *self.templates)])
        object.__setattr__(self, "_arity", arity + [template.count(HOLE) for template in self.templates])
        starting: dict[int, list[int]] = {}
        for i, template in enumerate(self.templates, alphabet):
            starting.setdefault(template[0], []).append(i)
        object.__setattr__(self, "_starting", starting)

    @classmethod
    def train(cls, base: Tokenizer, corpus: Sequence[Node], size: int = 64) -> Macros:
        """Learn macros from the corpus' trees. The same corpus gives the same macros.

        Raises `SpecError` where the base is not `Prefix` or `size` is not positive, and what `base.encode` raises.
        """
        if not isinstance(base, Prefix):
            raise SpecError("macros are operators of prefix notation; put them directly after 'prefix' and its number codec")
        if not 1 <= size <= MAX_MACROS:
            raise SpecError(f"macros:{size} is out of range; macros takes 1 to {MAX_MACROS:,}")
        plain = cls(base, size, ())
        return cls(base, size, tuple(mine([plain._terms(base.tokenize(tree)) for tree in corpus], size)))

    def tokenize(self, tree: Node) -> list[Token]:
        pieces = self.base.tokenize(tree)
        merged = self.rewritten(pieces)
        return [merged_token(self.vocabulary.tokens[i], [pieces[p] for p in positions]) for i, positions in merged]

    def encode(self, tree: Node) -> list[int]:
        return [i for i, _ in self.rewritten(self.base.tokenize(tree))]

    def rewritten(self, pieces: list[Token]) -> list[tuple[int, list[int]]]:
        """The token ids that write the base's tokens, each with the positions of those that it stands for."""
        ids = [self.base.vocabulary.ids[piece.text] for piece in pieces]
        merged: list[tuple[int, list[int]]] = []
        for term in self._terms(pieces):
            if merged:
                merged.append((ids[term.start - 1], [term.start - 1]))
            choices: dict[int, Choice] = {}
            self._choose(term, ids, choices)
            _emit(choices, term.start, ids, merged)
        return merged

    def _choose(self, term: Term, ids: Sequence[int], choices: dict[int, Choice]) -> int:
        """The least number of tokens that write a term; how, for it and all below, goes to `choices`, by start."""
        cost = len(term.label) + sum([self._choose(child, ids, choices) for child in term.children])
        end = term.children[-1].start if term.children else term.start + len(term.label)
        end = choices[end].end if term.children else end
        operands = [child.start for child in term.children]
        best = Choice(cost, end, -1, list(range(term.start, term.start + len(term.label))), operands)
        choices[term.start] = best
        for token in self._starting.get(term.label[0], ()):
            positions: list[int] = []
            operands = []
            if _matches(self.parts[token], ids, term.start, choices, positions, operands):
                cost = 1 + sum([choices[operand].cost for operand in operands])
                if cost < best.cost:
                    best = Choice(cost, end, token, positions, operands)
        choices[term.start] = best
        return best.cost

    def _terms(self, pieces: list[Token]) -> list[Term]:
        """The equations of a tree that the base has written."""
        terms: list[Term] = []
        at = 0
        while at < len(pieces):
            term, at = self._term(pieces, at)
            terms.append(term)
            at += 1  # the bar between equations
        return terms

    def _term(self, pieces: list[Token], start: int) -> tuple[Term, int]:
        ids = self.base.vocabulary.ids
        arity = self._arity[ids[pieces[start].text]]
        end = start + 1
        # The tokens of one number, and only they, write one node.
        while arity == _NUMBER and end < len(pieces) and pieces[end].path == pieces[start].path:
            end += 1
        label = tuple(ids[piece.text] for piece in pieces[start:end])
        children: list[Term] = []
        for _ in range(arity):
            child, end = self._term(pieces, end)
            children.append(child)
        return Term(label, tuple(children), start, arity == _NUMBER), end

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        if (fault := unknown_id(ids, len(self.parts))) is not None:
            return fault
        written, positions, fault = self._expanded(ids)
        tree = self.base.decode(written)
        if isinstance(tree, Invalid) and tree.position < len(written):
            return Invalid(tree.reason, positions[tree.position])
        if fault is not None:
            return fault
        return Invalid(tree.reason, len(ids)) if isinstance(tree, Invalid) else tree

    def _expanded(self, ids: Sequence[int]) -> tuple[list[int], list[int], Invalid | None]:
        """The base tokens up to the first number that is none, for each the position of its token, and what is wrong there.

        Each operand goes where the hole is, so the rest of a pattern waits until its operand is complete. What else may
        be wrong with the sequence is then wrong with the base tokens, and the base finds it.
        """
        written: list[int] = []
        positions: list[int] = []
        waiting: list[tuple[Template, int, bool]] = []
        texts, before = [self.vocabulary.tokens[i] for i in ids], list[str]()
        at = 0
        while at < len(ids):
            segments, start = self._segments[ids[at]], at
            at += 1
            if self._arity[ids[start]] == _NUMBER:
                # Read where it stands in the base's sequence: a codec may count the numbers before it.
                before.extend([self.vocabulary.tokens[i] for i in written[len(before) :]])
                read = self.base.codec.read(before + texts[start:], len(written))
                shift = start - len(written)
                if isinstance(read, Invalid):
                    return written, positions, Invalid(read.reason, read.position + shift)
                at = read[1] + shift
                written.extend(ids[start:at])
                positions.extend(range(start, at))
            else:
                written.extend(segments[0])
                positions.extend([start] * len(segments[0]))
                waiting.extend((s, start, i == 0) for i, s in enumerate(reversed(segments[1:])))
            complete = len(segments) == 1 and self._arity[ids[start]] != _BAR
            while complete and waiting:
                segment, position, complete = waiting.pop()
                written.extend(segment)
                positions.extend([position] * len(segment))
        return written, positions, None

    def to_json(self) -> str:
        """Everything but the base tokenizer."""
        base = list(self.base.vocabulary.tokens)
        return json.dumps({"kind": "macros", "size": self.size, "base": base, "templates": self.templates})

    @classmethod
    def from_json(cls, base: Tokenizer, text: str) -> Macros:
        """What `to_json` wrote. Raises `SpecError` where the base tokens are not those it was trained over."""
        saved = json.loads(text)
        if not isinstance(base, Prefix) or saved["base"] != list(base.vocabulary.tokens):
            raise SpecError("these macros were learned over other base tokens; use the base of their training")
        return cls(base, saved["size"], tuple(tuple(t) for t in saved["templates"]))


@dataclass(frozen=True, slots=True)
class Choice:
    """How the term is written that ends before `end`: in `cost` tokens, of which the first is `token`, which stands for the
    base tokens at `positions` (-1: these themselves); then come the operands, named by where they start."""

    cost: int
    end: int
    token: int
    positions: list[int]
    operands: list[int]


def _matches(
    template: Template, ids: Sequence[int], start: int, choices: dict[int, Choice], positions: list[int], operands: list[int]
) -> bool:
    """Whether the term at `start` is an instance; where the template's own tokens and the operands are, is appended.

    Token by token: after an operator come its operands, and a number's code tells its own end.
    """
    at = start
    for token in template:
        if token == HOLE:
            operands.append(at)
            at = choices[at].end
        elif ids[at] == token:
            positions.append(at)
            at += 1
        else:
            return False
    return True


def _emit(choices: dict[int, Choice], start: int, ids: Sequence[int], merged: list[tuple[int, list[int]]]) -> None:
    choice = choices[start]
    if choice.token < 0:
        merged.extend((ids[p], [p]) for p in choice.positions)
    else:
        merged.append((choice.token, choice.positions))
    for operand in choice.operands:
        _emit(choices, operand, ids, merged)


def _arities(base: Prefix) -> list[int]:
    """Operands of each base token; negative for the bar and for tokens of numbers."""
    known = {head.text: head.arity for head in Scope(base.n_variables, base.closed, base.operators).heads} | {SYSTEM: _BAR}
    numbers = set(base.codec.tokens)
    return [_NUMBER if text in numbers else known[text] for text in base.vocabulary.tokens]


def _cut(template: Template) -> tuple[Template, ...]:
    """The parts of a template between its holes: one more than it has holes."""
    cuts = [-1, *(i for i, token in enumerate(template) if token == HOLE), len(template)]
    return tuple(template[a + 1 : b] for a, b in pairwise(cuts))
