"""Number codec in binary floating point, bit by bit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from ...grammars.errors import EncodeError, SpecError
from .stated import State, Stated

MAX_BITS_EXPONENT, MAX_BITS_MANTISSA = 11, 52
ZERO, ONE = "b0", "b1"


@dataclass(frozen=True, slots=True)
class Bits(Stated):
    """`bits:8,7`: the bits of an IEEE 754 number with 8 exponent and 7 mantissa bits, most significant first, the sign before
    them: 1.0 -> `b0`, then `b0 b1 b1 b1 b1 b1 b1 b1`, then seven `b0`. 16 tokens per number, two in the vocabulary.

    Source: Kreitner et al. 2025 (Efficient numeracy in language models through single-token number embeddings, arXiv 2510.06824:
    BitTokens), with the 64 bits of `bits:11,52` as features of a single token, and optionally those of the reciprocal.
    Deviations: each bit is a token of its own, so that token edits reach the number, the reciprocal is left out, and the sizes
    are free: `bits:8,7` is bfloat16, `bits:5,10` half, `bits:8,23` single precision.

    Rounds to the nearest, ties to even, of the float itself (not of its decimal text), numbers below the normal ones gradually,
    as IEEE 754 does. Deviations from IEEE 754: there are no infinities and no NaN, so an exponent of ones alone is no number and
    numbers above the range become the largest; -0 is no number either. So every value has one code. The worst relative error in
    the normal range is half a unit of the last bit. Raises `SpecError` where there are not 2 to 11 exponent or 1 to 52 mantissa
    bits.
    """

    exponent: int = 8
    mantissa: int = 7

    def __post_init__(self) -> None:
        if not 2 <= self.exponent <= MAX_BITS_EXPONENT or not 1 <= self.mantissa <= MAX_BITS_MANTISSA:
            rule = f"bits takes 2 to {MAX_BITS_EXPONENT} exponent bits and 1 to {MAX_BITS_MANTISSA} mantissa bits"
            raise SpecError(f"{self.spec} is out of range; {rule}")

    @property
    def spec(self) -> str:
        return f"bits:{self.exponent},{self.mantissa}"

    @property
    def tokens(self) -> tuple[str, ...]:
        return (ZERO, ONE)

    @property
    def width(self) -> int:
        """Tokens per number."""
        return 1 + self.exponent + self.mantissa

    @property
    def reach(self) -> tuple[float, float]:
        """Smallest and largest magnitude that is written to within `worst_error`: the normal numbers."""
        return math.ldexp(1.0, 1 - self._bias), self._value(self._most)

    @property
    def worst_error(self) -> float:
        """Largest relative error within `reach`: half a unit of the last bit at a power of two."""
        return 0.5 / (float(2**self.mantissa) + 0.5)

    @property
    def _bias(self) -> int:
        return int(2 ** (self.exponent - 1)) - 1

    @property
    def _most(self) -> int:
        """The largest magnitude as a whole number: the last before an exponent of ones alone."""
        return int((2**self.exponent - 1) * 2**self.mantissa) - 1

    def _settle(self, value: float) -> tuple[bool, int]:
        """Sign, and the bits of the magnitude as a whole number: magnitudes are ordered as these are."""
        if not math.isfinite(value):
            raise EncodeError(f"the number {value} is not finite; only finite numbers can be written")
        exponent = max(math.frexp(abs(value))[1] - 1, 1 - self._bias) if value else 1 - self._bias
        if exponent > self._bias:
            return value < 0, self._most
        units = round(math.ldexp(abs(value), self.mantissa - exponent))  # exact before it is rounded: a shift by a power of two
        bits = min(units + (exponent - 1 + self._bias) * 2**self.mantissa, self._most)  # a carry goes to the next exponent
        return value < 0 and bits > 0, bits

    def _value(self, bits: int) -> float:
        exponent, mantissa = divmod(bits, 2**self.mantissa)
        whole = mantissa + (2**self.mantissa if exponent else 0)
        return math.ldexp(float(whole), max(exponent, 1) - self._bias - self.mantissa)

    def write(self, value: float) -> list[str]:
        negative, bits = self._settle(value)
        return [ONE if negative else ZERO, *(ONE if b == "1" else ZERO for b in f"{bits:0{self.width - 1}b}")]

    @property
    def start(self) -> State:
        return _words(self.exponent, self.width - 1)

    def value(self, texts: Sequence[str]) -> float:
        """See `stated.Stated`."""
        size = self._value(int("".join(["1" if text == ONE else "0" for text in texts[1:]]), 2))
        return -size if texts[0] == ONE else size

    def round(self, value: float) -> float:
        negative, bits = self._settle(value)
        return -self._value(bits) if negative else self._value(bits)


@lru_cache(maxsize=16)
def _words(exponent: int, width: int) -> State:
    """A sign and `width` bits, but for exponents of ones alone, and zero with a minus."""

    @cache
    def after(i: int, ones: bool, zeros: bool) -> State | None:
        """After i bits of the magnitude. `ones`: all of these are, and of the exponent; `zeros`: all are zeros, after a minus."""
        if i == width:
            return None
        below: dict[str, State | None] = {}
        faults: dict[str, str] = {}
        if zeros and i == width - 1:
            faults[ZERO] = "zero has no minus sign"
        else:
            below[ZERO] = after(i + 1, False, zeros)
        if ones and i == exponent - 1:
            faults[ONE] = "an exponent of ones alone is no number"
        else:
            below[ONE] = after(i + 1, ones and i + 1 < exponent, False)
        return State("a bit", below, faults.get)

    return State("a bit", {ZERO: after(0, True, False), ONE: after(0, True, True)})
