"""Number codecs in any base: sign, digits and exponent, or balanced digits that need no sign."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from ...grammars.errors import EncodeError, SpecError
from .digits import MAX_EXPONENT, extremes, widened
from .stated import State, Stated, figures_alike

MAX_BASE = 10_000
_PRECISION = 10**15  # more does not survive the way through a float
_GREATEST = 10**12


@dataclass(frozen=True, slots=True)
class Radix(Stated):
    """`base:B,D` and `signed:D,B`: D digits in base B, each one token, then the power of B of the first digit.

    - `base:100,2`: sign, then digits from 0 to B - 1: 12.34 -> `N+ D12 D34 E0`. B = 1000 with one digit is close to the
      P1000 encoding of Charton 2022, whose exponent is one of ten.
    - `signed:3,10` (`balanced`): no sign; digits from -⌊(B-1)/2⌋ to ⌊B/2⌋ (-4 … 5; -1, 0, 1 in base 3), as in balanced ternary
      (Knuth, The Art of Computer Programming, 4.1): -12.3 -> `D-1 D-2 D-3 E1`, 8 -> `D1 D-2 D0 E1`. For even B the two signs
      differ slightly in what they can hold. The nearest mantissa is taken, ties to even, of the shortest decimal text of the
      float; between the greatest mantissa of one exponent and the least of the next, the nearer, ties to the larger. The first
      digit is not 0, so every value has one code. Exponents run from -n to n, with the largest n for which B^n <= 10^12, and as
      far beyond as the corpus needs (`fit`; about 10^300 at most): larger numbers become the largest of their sign, those that
      would need a smaller exponent zero. Worst relative error: about half a unit of the least mantissa. `lowest`, `highest`: -n
      and n where not given. Raises `SpecError` where B is not in 2 … 10,000 (3 … if balanced), D is less than 1, or B^D exceeds
      10^15.
    """

    base: int = 10
    digits: int = 3
    balanced: bool = False
    lowest: int | None = None
    highest: int | None = None
    _range: tuple[int, int] = field(init=False, compare=False, repr=False)
    tokens: tuple[str, ...] = field(init=False, compare=False, repr=False)
    start: State = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        least = 3 if self.balanced else 2
        if not least <= self.base <= MAX_BASE or not 1 <= self.digits <= 50 or self.base**self.digits > _PRECISION:
            rule = f"B is {least} to {MAX_BASE:,}, D at least 1 and B to the power of D at most 10^15"
            raise SpecError(f"{self.spec} is out of range; {rule}")
        top, most = self._exponent(_GREATEST), self._exponent(10**MAX_EXPONENT)
        least, last = -top if self.lowest is None else self.lowest, top if self.highest is None else self.highest
        if not -most <= least <= 0 <= last <= most:
            raise SpecError(f"{self.spec} with exponents from {least} to {last}: they reach from -{most} over 0 to {most}")
        lowest, highest = self._digit_range
        digits = tuple(f"D{d}" for d in range(lowest, highest + 1))
        exponents = tuple(f"E{n}" for n in range(least, last + 1))
        firsts, signed = [d for d in digits if d != "D0"], not self.balanced
        start = figures_alike("a digit", firsts, "D0", figures=digits, length=self.digits, exponents=exponents, signed=signed)
        tokens = (*(("N+", "N-") if signed else ()), *digits, *exponents)
        for name, value in (("_range", (least, last)), ("start", start), ("tokens", tokens)):
            object.__setattr__(self, name, value)

    @classmethod
    def fit(cls, values: Sequence[float], base: int = 10, digits: int = 3, balanced: bool = False) -> Radix:
        """With exponents for all of these coefficients, and those that there are without any."""
        plain = cls(base, digits, balanced)
        most = plain._exponent(10**MAX_EXPONENT)
        needed = (max(-most, min(most, plain._unlimited(v)[1])) for v in extremes(values))
        return cls(base, digits, balanced, *widened(*plain._range, needed))

    def _exponent(self, greatest: int) -> int:
        """The largest n for which B^n is at most this."""
        n = 1
        while self.base ** (n + 1) <= greatest:
            n += 1
        return n

    @property
    def spec(self) -> str:
        return f"signed:{self.digits},{self.base}" if self.balanced else f"base:{self.base},{self.digits}"

    @property
    def reach(self) -> tuple[float, float]:
        """Smallest and largest magnitude that is written to within `worst_error`, whatever its sign."""
        spans = [self._span(negative) for negative in (False, True)]
        least, most = max(low for low, _ in spans), min(high for _, high in spans)
        return self._value(least, self._range[0]), self._value(most, self._range[1])

    @property
    def worst_error(self) -> float:
        """Largest relative error within `reach`."""
        worst = 0.0
        for low, high in map(self._span, (False, True)):
            gap = self.base * low  # the least of the next exponent, in units of this one
            worst = max(worst, 0.5 / (low + 0.5), (gap - high) / (gap + high))
        return worst

    @property
    def _digit_range(self) -> tuple[int, int]:
        return (-((self.base - 1) // 2), self.base // 2) if self.balanced else (0, self.base - 1)

    def _span(self, negative: bool) -> tuple[int, int]:
        """Least and greatest magnitude of a mantissa of D digits whose first is not 0."""
        lowest, highest = self._digit_range
        if negative and self.balanced:
            lowest, highest = -highest, -lowest
        ones = (self.base**self.digits - 1) // (self.base - 1)
        return self.base ** (self.digits - 1) + lowest * (ones // self.base), highest * ones

    def _settle(self, value: float) -> tuple[int, int]:
        """Mantissa, with its sign, and exponent, within the range of exponents."""
        if not math.isfinite(value):
            raise EncodeError(f"the number {value} is not finite; only finite numbers can be written")
        if value == 0.0:
            return 0, 0
        mantissa, exponent = self._unlimited(value)
        if exponent < self._range[0]:
            return 0, 0
        if exponent > self._range[1]:
            mantissa, exponent = self._span(value < 0)[1], self._range[1]
        return -mantissa if value < 0 else mantissa, exponent

    def _unlimited(self, value: float) -> tuple[int, int]:
        """Magnitude of the mantissa, and exponent, of a finite number other than zero."""
        exact = abs(Fraction(repr(float(value))))
        low, high = self._span(value < 0)
        exponent = math.floor(math.log(abs(value)) / math.log(self.base)) - 1  # never too large
        unit = Fraction(self.base) ** (exponent - self.digits + 1)
        while (mantissa := round(exact / unit)) > high:
            exponent, unit = exponent + 1, unit * self.base
        if exact < low * unit:
            smaller = exact - high * unit / self.base < low * unit - exact
            mantissa, exponent = (high, exponent - 1) if smaller else (low, exponent)
        return mantissa, exponent

    def _value(self, mantissa: int, exponent: int) -> float:
        """Correctly rounded, as quotients and conversions of whole numbers are."""
        power = exponent - self.digits + 1
        return float(mantissa * self.base**power) if power >= 0 else mantissa / self.base**-power

    def write(self, value: float) -> list[str]:
        mantissa, exponent = self._settle(value)
        sign = [] if self.balanced else ["N-" if mantissa < 0 else "N+"]
        rest = mantissa if self.balanced else abs(mantissa)
        digits: list[str] = []
        for _ in range(self.digits):
            digit = rest % self.base
            digit -= self.base if digit > self._digit_range[1] else 0
            digits.append(f"D{digit}")
            rest = (rest - digit) // self.base
        return [*sign, *reversed(digits), f"E{exponent}"]

    def value(self, texts: Sequence[str]) -> float:
        """See `stated.Stated`."""
        mantissa = 0
        for text in texts[:-1] if self.balanced else texts[1:-1]:
            mantissa = mantissa * self.base + int(text[1:])
        return self._value(-mantissa if texts[0] == "N-" else mantissa, int(texts[-1][1:]))

    def round(self, value: float) -> float:
        return self._value(*self._settle(value))
