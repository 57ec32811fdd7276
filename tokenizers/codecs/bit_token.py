"""Number codec with values beside the tokens, as the bits of an IEEE 754 number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..base import Invalid
from .beside import NUM, NumberText, read_value
from .bits import ONE, ZERO, Bits


@dataclass(frozen=True, slots=True)
class BitToken:
    """`bittoken:11,52`: every number is the token `NUM`; beside it travel the value's bits, 11 of the exponent and 52 of the
    mantissa, which are those of a float.

    Source: Kreitner et al. 2025 (Efficient numeracy in language models through single-token number embeddings, arXiv 2510.06824:
    BitTokens). There the bits are added to the embedding of the one token, and a head says of each how likely it is one. Here, as
    with `xval` and `fone`, values travel beside the tokens and no model is trained on them: `features` and `value` say what a
    model would be shown and what its head would read. Deviations: the reciprocal's bits, optional in the paper, are left out;
    sizes are free. `bits:E,M` has the same bits as tokens, and rounds alike; see `Bits`, and `Beside` for what edits do.
    """

    exponent: int = 11
    mantissa: int = 52
    values: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        _ = self.written  # raises for sizes that there are not

    @property
    def written(self) -> Bits:
        """The codec whose tokens are these bits."""
        return Bits(self.exponent, self.mantissa)

    @property
    def spec(self) -> str:
        return f"bittoken:{self.exponent},{self.mantissa}"

    @property
    def tokens(self) -> tuple[str, ...]:
        return (NUM,)

    @property
    def reach(self) -> tuple[float, float]:
        """Smallest and largest magnitude that is written to within `worst_error`: the normal numbers."""
        return self.written.reach

    @property
    def worst_error(self) -> float:
        return self.written.worst_error

    def features(self, value: float) -> tuple[float, ...]:
        """1 for a one and -1 for a zero, the sign first: 1 + exponent + mantissa numbers."""
        return tuple(1.0 if bit == ONE else -1.0 for bit in self.written.write(value))

    def value(self, features: Sequence[float]) -> float | Invalid:
        """The number whose bits are those of the features that are more than 0; some are no number's (see `Bits`)."""
        read = self.written.read([ONE if f > 0 else ZERO for f in features], 0)
        return read if isinstance(read, Invalid) else read[0]

    def bound(self, values: Sequence[float]) -> BitToken:
        """The codec that reads these values, in this order."""
        return BitToken(self.exponent, self.mantissa, tuple(map(self.round, values)))

    def write(self, value: float) -> list[str]:
        return [NumberText.of(self.round(value))]

    def read(self, tokens: Sequence[str], start: int) -> tuple[float, int] | Invalid:
        return read_value(self.values, tokens, start)

    def round(self, value: float) -> float:
        return self.written.round(value)
