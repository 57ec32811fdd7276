"""IMA ADPCM: sequences of numbers as differences from the number before, in steps that follow how far it moves."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ...grammars.errors import SpecError
from ...grammars.operators import Operators
from ...grammars.tree import Node, system
from ..alphabet import Scope, whole_numbers
from ..base import Invalid, NumberCodec, Token, TokenClass, Vocabulary
from .derivation import unknown_id
from .symbols import no_numbers

STEPS = (
    7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107, 118, 130,
    143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796, 876, 963, 1060, 1166, 1282,
    1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894, 6484, 7132, 7845, 8630, 9493,
    10442, 11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794, 32767,
)  # fmt: skip
MOVES = (-1, -1, -1, -1, 2, 4, 6, 8)
"""By the three bits of a code's size: how far the step's index goes."""
LOWEST, HIGHEST = -(1 << 15), (1 << 15) - 1
CODES = tuple(f"{sign}{size}" for sign in "+-" for size in range(8))
"""The four bits as a sign and a size: `+0` … `+7`, `-0` … `-7`, in the order of their numbers."""
START = 56
"""The index of the first step, 1552: in files a header states it for each block. From the least, 7, a sound of some milliseconds
is over before steps are as large as it: those of the domain `audio` are 0.20 from what is decoded, and 0.04 from here, in the
waveform distance."""
_SIGN = 8


def no_samples(alphabet: Operators) -> str:
    """What an alphabet lacks for this notation: whole numbers of 16 bits that rise."""
    numbers = whole_numbers(alphabet)
    if numbers and not LOWEST <= numbers[0] <= numbers[-1] <= HIGHEST:
        return f"writes numbers of 16 bits, and {numbers[0]} … {numbers[-1]} are more"
    return no_numbers(alphabet)


@dataclass(frozen=True, slots=True)
class Adpcm:
    """`0 8 24` -> `+0 +4 +7`: one of sixteen codes for each number, the difference from what is predicted (the number that was
    decoded before) in eighths of a step, whose size each code changes.

    IMA Digital Audio Focus and Technical Working Groups, "Recommended practices for enhancing digital audio compatibility in
    multimedia systems" 3.00 (1992); a sequence begins at 0, and at a step that is the same for all (`START`). Lossy: what is
    decoded is the alphabet's number nearest to the predictor, the lower of two; the predictor goes on unrounded. Every sequence
    of codes is one of numbers. Decoded in plain Python, as it has no compiled machine.

    `n_variables`, `closed`, `operators`: see `Scope`. `codec`: of no use, as there are no numbers but symbols. Raises `SpecError`
    where the alphabet is none of whole numbers of 16 bits, rising.
    """

    codec: NumberCodec
    n_variables: int
    closed: bool
    operators: Operators
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)
    _leaves: tuple[Node, ...] = field(init=False, compare=False, repr=False)
    _between: tuple[float, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if lack := no_samples(self.operators):
            raise SpecError(f"adpcm {lack}")
        numbers = whole_numbers(self.operators)
        object.__setattr__(self, "vocabulary", Vocabulary(CODES, (TokenClass.OPERATOR,) * len(CODES)))
        object.__setattr__(self, "_leaves", tuple(map(Node, self.operators.constants)))
        object.__setattr__(self, "_between", tuple((a + b) / 2 for a, b in pairwise(numbers)))

    def tokenize(self, tree: Node) -> list[Token]:
        return [Token(CODES[code], TokenClass.OPERATOR, (i,)) for i, code in enumerate(self.encode(tree))]

    def encode(self, tree: Node) -> list[int]:
        return self._written(tree)[0]

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        if (fault := unknown_id(ids, len(CODES))) is not None:
            return fault
        if not ids:
            return Invalid("the sequence ends where a code must follow", 0)
        if len(ids) > self.operators.sequence:
            return Invalid(f"more than {self.operators.sequence} symbols", self.operators.sequence)
        predicted, index, leaves = 0, START, []
        for code in ids:
            step, size = STEPS[index], code % _SIGN
            moved = (step >> 3) + (size & 1) * (step >> 2) + (size >> 1 & 1) * (step >> 1) + (size >> 2) * step
            predicted = _held(predicted - moved if code >= _SIGN else predicted + moved)
            index = min(max(index + MOVES[size], 0), len(STEPS) - 1)
            leaves.append(self._nearest(predicted))
        return system(*leaves)

    def rounded(self, tree: Node) -> Node:
        """See `base.Lossy`: what the encoder knows that the decoder will have."""
        return system(*map(self._nearest, self._written(tree)[1]))

    def _nearest(self, value: int) -> Node:
        return self._leaves[bisect_left(self._between, value)]

    def _written(self, tree: Node) -> tuple[list[int], list[int]]:
        """The codes of a sequence, and what is predicted after each: by successive approximation, as the paper has it."""
        Scope(self.n_variables, self.closed, self.operators).check(tree)
        predicted, index = 0, START
        codes, known = [], []
        for leaf in tree.children:
            difference, step = int(leaf.symbol) - predicted, STEPS[index]
            code = _SIGN if difference < 0 else 0
            left, moved = abs(difference), step >> 3
            for bit in (4, 2, 1):
                if left >= step:
                    code, left, moved = code | bit, left - step, moved + step
                step >>= 1
            predicted = _held(predicted - moved if code & _SIGN else predicted + moved)
            index = min(max(index + MOVES[code % _SIGN], 0), len(STEPS) - 1)
            codes.append(code)
            known.append(predicted)
        return codes, known


def _held(value: int) -> int:
    return min(max(value, LOWEST), HIGHEST)
