"""Number codec with values beside the tokens, as Fourier features: two for every decimal digit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

from ...grammars.errors import EncodeError, SpecError
from ..base import Invalid
from .beside import NUM, NumberText, read_value
from .digits import MAX_DIGITS

_EXACT = Context(prec=400, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Fone:
    """`fone:5,5`: every number is the token `NUM`; beside it travel the value's Fourier features, with five digits before the
    decimal point and five after it.

    Source: Zhou et al. 2025 (FoNE: precise single-token number embeddings via Fourier features, arXiv 2502.09741), whose code has
    five and five as well. There the features are padded and added to the embedding of the one token `[NUM]`, and a head reads
    each digit from the pair of outputs of its period. Here, as with `xval`, values travel beside the tokens and no model is
    trained on them (`compare` refuses both: its models write tokens): `features` and `value` say what a model would be shown and
    what its head would read. Deviations: a number of either sign has a feature for its sign (periods alone know a number modulo
    the longest one); numbers are rounded to the last digit, half to even in decimal, and those too large become the largest,
    where the paper takes only numbers that fit. See `Beside` for what edits can do to values.

    Fixed point, not floating: the error is at most half of the last decimal in absolute terms. `reach` begins where that is
    `worst_error`, half a percent of the number. Raises `SpecError` where there are no digits before the point, or more than 15 in
    all.
    """

    whole: int = 5
    decimals: int = 5
    values: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.whole < 1 or self.decimals < 0 or self.whole + self.decimals > MAX_DIGITS:
            rule = f"fone takes at least 1 digit before the point, 0 after it, and at most {MAX_DIGITS} in all"
            raise SpecError(f"{self.spec} is out of range; {rule}")

    @property
    def spec(self) -> str:
        return f"fone:{self.whole},{self.decimals}"

    @property
    def tokens(self) -> tuple[str, ...]:
        return (NUM,)

    @property
    def reach(self) -> tuple[float, float]:
        """Smallest and largest magnitude that is written to within `worst_error`."""
        return self._value(min(100, self._most)), self._value(self._most)

    @property
    def worst_error(self) -> float:
        """Largest relative error within `reach`: 0.005, or where there are fewer than three digits in all half of the last."""
        return 0.5 / min(100, self._most)

    @property
    def _most(self) -> int:
        """The largest number, in units of the last decimal."""
        return int(10 ** (self.whole + self.decimals)) - 1

    @property
    def periods(self) -> tuple[float, ...]:
        """From the last digit's, 10^(1 - decimals), to the first one's, 10^whole."""
        return tuple(float(f"1e{i}") for i in range(1 - self.decimals, self.whole + 1))

    def features(self, value: float) -> tuple[float, ...]:
        """The sign (-1, 0 or 1), then for each period T the pair cos(2πx/T), sin(2πx/T): 1 + 2 (whole + decimals) numbers.

        Eq. 1 and Definition 3.1 of the paper, of |x|. Angles are those of the digits, exact before they are turned to floats:
        x/T of a float would lose the last digits of a large number.
        """
        units = self._units(value)
        angles = [2.0 * math.pi * (abs(units) % 10**i) / 10**i for i in range(1, self.whole + self.decimals + 1)]
        sign = float((units > 0) - (units < 0))
        return (sign, *(f(a) for a in angles for f in (math.cos, math.sin)))

    def value(self, features: Sequence[float]) -> float:
        """The number whose features are nearest, digit by digit from the last, as the paper's head reads its outputs: the digit
        of a period is that whose angle, with the digits read already, is nearest."""
        units = 0
        for i in range(self.whole + self.decimals):
            angle = math.atan2(features[2 + 2 * i], features[1 + 2 * i]) / (2.0 * math.pi) % 1.0
            digit = round(angle * 10 - units / 10**i) % 10
            units += digit * 10**i
        return self._value(-units if features[0] < 0 else units)

    def bound(self, values: Sequence[float]) -> Fone:
        """The codec that reads these values, in this order."""
        return Fone(self.whole, self.decimals, tuple(map(self.round, values)))

    def write(self, value: float) -> list[str]:
        return [NumberText.of(self.round(value))]

    def read(self, tokens: Sequence[str], start: int) -> tuple[float, int] | Invalid:
        return read_value(self.values, tokens, start)

    def round(self, value: float) -> float:
        return self._value(self._units(value))

    def _units(self, value: float) -> int:
        """How many of the last decimal it is, within range."""
        if not math.isfinite(value):
            raise EncodeError(f"the number {value} is not finite; only finite numbers can be written")
        most = self._most
        if abs(value) >= 10**self.whole:
            return most if value > 0 else -most
        scaled = _EXACT.scaleb(Decimal(repr(float(value))), self.decimals)
        return max(-most, min(most, int(scaled.to_integral_value(ROUND_HALF_EVEN, _EXACT))))

    def _value(self, units: int) -> float:
        return float(f"{units}e{-self.decimals}") + 0.0
