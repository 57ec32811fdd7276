"""Constrained decoding: which tokens may follow, so that what a model writes decodes to a tree that fits its observation.

`constraint(representation, equations, variables)` gives the language for each observation (`tokenizers/languages/`); a
`ConstrainedRows` follows some rows of it token by token. What a walk allows depends on the ids so far and the room that is left,
and on nothing else; every walk ends within its room. Merges and macros are part of the grammar; `repeat` and `checksum` are walks
over another's walk.

Two engines: compiled tables (the default for the catalog's tokenizers), and `llguidance`, which takes any grammar in its Lark
dialect: that of a user's tokenizer (see `tokenizers/languages/lark_text.py`), or for comparison the catalog's. The tables cost a
seventh of it per token, and know how much room is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from ....grammars.errors import SpecError
from ....tokenizers.languages.catalog import language
from ....tokenizers.languages.grammar import Language, Shape
from ....tokenizers.languages.lark_text import Described, lark_text, spelled
from ....tokenizers.languages.tables import compiled
from ....tokenizers.wrappers.checksum import Checksum
from ....tokenizers.wrappers.kmers import Kmers
from ....tokenizers.wrappers.patches import Patches
from ....tokenizers.wrappers.repeat import Repeat
from ....tokenizers.wrappers.subword import Subword
from ....tokenizers.wrappers.vq import Vq
from ..model.model import EOS, PAD, SPECIAL
from .constrained_rows import ConstrainedRows, Constraint

if TYPE_CHECKING:
    from ....representations.representation import Representation
    from ....tokenizers.base import Tokenizer
    from ....tokenizers.languages.masked_rows import Masks

ENGINES = ("tables", "llguidance")


def constraint(
    representation: Representation, equations: Sequence[int], variables: Sequence[int], engine: str = "tables"
) -> Constraint:
    """For each i the sequences that decode to a tree of `equations[i]` equations over at most `variables[i]` variables. Of an
    alphabet of sequences, all that decode: how many symbols the right one has is nothing that a model is told.

    Raises SpecError where the representation has no grammar: `xval`, `fone` and `bittoken`, whose values are no tokens, and a
    user's own tokenizer without `lark`, codec, or merges over a control.
    """
    if engine not in ENGINES:
        raise SpecError(f"unknown engine {engine!r} of constrained decoding; there are {', '.join(ENGINES)}")
    told = not representation.operators.sequence
    shapes = tuple(Shape(n, v) if told else Shape(1, 0) for n, v in zip(equations, variables, strict=True))
    return _over(representation.tokenizer, shapes, engine)


def _over(tokenizer: Tokenizer, shapes: tuple[Shape, ...], engine: str) -> Constraint:
    if isinstance(tokenizer, Repeat):
        return Repeated(_over(tokenizer.base, shapes, engine), tokenizer.times)
    if isinstance(tokenizer, Checksum):
        size = len(tokenizer.base.vocabulary)
        return Checked(_over(tokenizer.base, shapes, engine), size, len(tokenizer.vocabulary) - size)
    base, parts = _described(tokenizer)
    if base is not None:
        return Guided(shapes, {s: base.lark(*s) for s in set(shapes)}, tuple(spelled(parts)))
    grammar = language(tokenizer, dict.fromkeys(shapes))
    return guided(grammar, shapes) if engine == "llguidance" else Tabled.of(grammar, shapes)


def _described(tokenizer: Tokenizer) -> tuple[Described | None, Sequence[Sequence[int]]]:
    """A user's tokenizer that gives a grammar of its own, under any merges, and its tokens that each token stands for."""
    if isinstance(tokenizer, Subword | Patches | Kmers | Vq):
        base, below = _described(tokenizer.base)
        return base, [[b for p in piece for b in below[p]] for piece in tokenizer.parts] if base else ()
    return (tokenizer, [(i,) for i in range(len(tokenizer.vocabulary))]) if isinstance(tokenizer, Described) else (None, ())


@dataclass(frozen=True, slots=True, eq=False)
class Tabled:
    """By compiled tables: exact, and always with an end in reach."""

    shapes: tuple[Shape, ...]
    masks: Masks

    @classmethod
    def of(cls, grammar: Language, shapes: tuple[Shape, ...]) -> Tabled:
        from ....tokenizers.languages.masked_rows import Masks

        return cls(shapes, Masks(compiled(grammar), SPECIAL))

    def __len__(self) -> int:
        return len(self.shapes)

    def start(self, rows: Sequence[int], max_length: int) -> ConstrainedRows:
        from ....tokenizers.languages.masked_rows import MaskedRows as Rows

        try:
            return _TabledWalk(Rows(self.masks, [self.shapes[i] for i in rows], max_length))
        except ValueError as error:
            raise SpecError(f"{error}; allow longer sequences") from None


@dataclass(slots=True)
class _TabledWalk:
    rows: Any  # tokenizers.language_walk.Walk

    def allowed(self) -> Tensor:
        return torch.from_numpy(self.rows.allowed())

    def take(self, chosen: Tensor) -> None:
        self.rows.take(_CODES.take(np.minimum(chosen.numpy(), SPECIAL)) + np.maximum(chosen.numpy() - SPECIAL, 0))

    def select(self, rows: Tensor) -> None:
        self.rows.select(rows.numpy())


_CODES = np.array([-2, -2, -1, 0])
"""What PAD, BOS, EOS and the first content id are to a walk through tables."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """`repeat:3`: code words only, each token three times. What decodes by a correction is not in this language."""

    base: Constraint
    times: int

    def __len__(self) -> int:
        return len(self.base)

    def start(self, rows: Sequence[int], max_length: int) -> ConstrainedRows:
        return _RepeatedWalk(self.base.start(rows, max_length // self.times), self.times)


@dataclass(slots=True)
class _RepeatedWalk:
    """All rows are equally long, so `sent` (how often the last token was written already) is the same for all."""

    base: ConstrainedRows
    times: int
    sent: int = 0
    last: Tensor | None = None

    def allowed(self) -> Tensor:
        allowed = self.base.allowed()
        if self.sent and self.last is not None:
            again = torch.zeros_like(allowed)
            again.scatter_(1, self.last[:, None], True)
            return again | (self.last < SPECIAL)[:, None]
        return allowed

    def take(self, chosen: Tensor) -> None:
        if self.sent == 0 or self.last is None:
            self.base.take(chosen)
            self.last = chosen
        else:
            self.last = self.last.where(chosen != PAD, PAD)  # the base hears of it with the next token
        self.sent = (self.sent + 1) % self.times

    def select(self, rows: Tensor) -> None:
        self.base.select(rows)
        self.last = None if self.last is None else self.last[rows]


@dataclass(frozen=True, slots=True)
class Checked:
    """`checksum:M`: a sequence of the base, and its one check token. `size`: of the base's vocabulary."""

    base: Constraint
    size: int
    modulus: int

    def __len__(self) -> int:
        return len(self.base)

    def start(self, rows: Sequence[int], max_length: int) -> ConstrainedRows:
        zeros = torch.zeros(len(rows), dtype=torch.int64)
        return _CheckedWalk(self.base.start(rows, max_length - 1), self.size + SPECIAL, self.modulus, zeros, zeros.clone())


@dataclass(slots=True)
class _CheckedWalk:
    """`total`: the sum of the ids + 1 so far. `stage`: 0 before the check token, 1 after it, 2 after the end. `first`: the first
    check token."""

    base: ConstrainedRows
    first: int
    modulus: int
    total: Tensor
    stage: Tensor

    def allowed(self) -> Tensor:
        allowed = torch.nn.functional.pad(self.base.allowed(), (0, self.modulus))
        allowed.scatter_(1, (self.first + self.total % self.modulus)[:, None], allowed[:, EOS, None].clone())
        allowed[:, EOS] = False
        allowed[self.stage == 1] = torch.arange(allowed.shape[1]) == EOS
        allowed[self.stage == 2] = True
        return allowed

    def take(self, chosen: Tensor) -> None:
        check, over = chosen >= self.first, chosen < SPECIAL
        # For the base the check token is the end; after that it hears nothing more of the row.
        self.base.take(chosen.where(~check, EOS))
        self.total += (chosen - SPECIAL + 1).where(~check & ~over, 0)
        self.stage = self.stage.where(~check, 1).where(~over, 2)

    def select(self, rows: Tensor) -> None:
        self.base.select(rows)
        self.total, self.stage = self.total[rows], self.stage[rows]


def guided(grammar: Language, shapes: tuple[Shape, ...]) -> Guided:
    """The catalog's own grammars through llguidance."""
    return Guided(shapes, {s: lark_text(grammar.grammar, s) for s in set(shapes)}, tuple(spelled(grammar.parts)))


@dataclass(frozen=True, slots=True, eq=False)
class Guided:
    """By llguidance: `texts` are grammars by shape, `alphabet` is what each token is in their alphabet. Knows no fuel and no
    room: a row may still be unfinished at the end."""

    shapes: tuple[Shape, ...]
    texts: dict[Shape, str]
    alphabet: tuple[bytes, ...]

    def __len__(self) -> int:
        return len(self.shapes)

    def start(self, rows: Sequence[int], max_length: int) -> ConstrainedRows:
        try:
            from .guidance import walk
        except ImportError:
            raise SpecError('this grammar needs llguidance; install it: pip install "kappabar[guidance]"') from None
        return walk([self.shapes[i] for i in rows], self.texts, self.alphabet, max_length)
