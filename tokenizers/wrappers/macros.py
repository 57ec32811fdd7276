"""Macro tokens over prefix notation: frequent tree patterns with holes, learned from the corpus, as operators of their own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ...grammars.errors import SpecError
from ...grammars.tree import Node
from ..alphabet import Head, Part, Production, number_leaf
from ..base import Invalid, Token, TokenClass, Tokenizer, Vocabulary
from ..codecs.beside import Beside
from ..machines.machine import Machine
from ..notations.derivation import Derivation
from ..notations.prefix import Prefix
from .macro_mining import HOLE, Template, Term, mine
from .merged import JOIN, merged_token, merged_vocabulary

MAX_MACROS = 10_000


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
    derivation: Derivation = field(init=False, compare=False, repr=False)
    parts: tuple[Template, ...] = field(init=False, compare=False, repr=False)
    _arity: dict[str, int] = field(init=False, compare=False, repr=False)
    _starting: dict[int, list[int]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        plain = self.base.derivation
        parts = (*((i,) for i in range(len(plain.vocabulary))), *self.templates)
        vocabulary = merged_vocabulary(plain.vocabulary, parts)
        (operand,) = plain.numbers
        macros = [
            Production(vocabulary.tokens[i], vocabulary.classes[i], operand, _parts(parts[i], self.base, operand))
            for i in range(len(plain.vocabulary), len(parts))
        ]
        derivation = replace(plain, productions=(*plain.productions, *macros))
        starting: dict[int, list[int]] = {}
        for i, template in enumerate(self.templates, len(plain.vocabulary)):
            starting.setdefault(template[0], []).append(i)
        object.__setattr__(self, "derivation", derivation)
        object.__setattr__(self, "parts", parts)
        object.__setattr__(self, "_arity", {p.text: len(p.then) - 1 for p in plain.productions})
        object.__setattr__(self, "_starting", starting)

    @property
    def vocabulary(self) -> Vocabulary:
        return self.derivation.vocabulary

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
        corpus_terms = [plain._terms(base.tokenize(tree)) for tree in corpus]
        return cls(base, size, tuple(mine(corpus_terms, size, numbers=not isinstance(base.codec, Beside))))

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
        arity = self._arity.get(pieces[start].text)
        end = start + 1
        # The tokens of one number, and only they, write one node.
        while arity is None and end < len(pieces) and pieces[end].path == pieces[start].path:
            end += 1
        label = tuple(ids[piece.text] for piece in pieces[start:end])
        children: list[Term] = []
        for _ in range(arity or 0):
            child, end = self._term(pieces, end)
            children.append(child)
        return Term(label, tuple(children), start, arity is None), end

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        return self.derivation.decode(ids)

    def machine(self) -> Machine:
        """See `machines.machine.Bulk`."""
        return self.derivation.machine()

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


def _parts(template: Template, base: Prefix, operand: int) -> tuple[Part, ...]:
    """What a macro stands for: the productions of its pattern, each in the place of a slot of another, and slots for holes.
    Raises `SpecError` where it is no pattern."""
    texts = ["?" if token < 0 else base.vocabulary.tokens[token] for token in template]
    written = {p.text: p.then for p in base.derivation.productions if p.slot == operand}
    parts: list[Part] = []
    following: list[Part] = [operand]
    at = 0
    while following:
        part = following.pop()
        if isinstance(part, Head):
            parts.append(part)
        elif texts[at : at + 1] == ["?"]:
            parts.append(part)
            at += 1
        elif at < len(texts) and texts[at] in written:
            following.extend(reversed(written[texts[at]]))
            at += 1
        else:
            read = base.codec.read(texts, at)
            if isinstance(read, Invalid):
                raise SpecError(f"{JOIN.join(texts)!r} is no macro: {read.reason}")
            parts.append(Head(JOIN.join(texts[at : read[1]]), TokenClass.NUMBER, node=number_leaf(read[0])))
            at = read[1]
    if at < len(texts) or not any(isinstance(part, Head) for part in parts):
        raise SpecError(f"{JOIN.join(texts)!r} is no macro: it is not one expression")
    return tuple(parts)
