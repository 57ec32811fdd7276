"""Number codecs in decimal floating point: single digits, and the sign-mantissa-exponent of E2E.

Both round the shortest decimal text of a float half to even, so 9.995 with three digits becomes 10.0 although
the binary value is slightly below; and both give every rounded number exactly one code.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context
from math import isfinite

from ...grammars.errors import EncodeError, SpecError
from .stated import State, Stated, figures_alike

MAX_DIGITS = 15
"""More decimal digits than this do not survive the way through a float."""

MAX_EXPONENT = 300
"""Largest exponent that a range is widened to: no number beyond is rounded out of the floats."""
_EXPONENT = 12

_SIGNS = {"N+": "", "N-": "-"}
_FIGURES = "0123456789"


def decimal(value: float, digits: int) -> tuple[bool, str, int]:
    """Sign, mantissa digits and exponent of the first digit: -12.345, 3 -> (True, "123", 1); 0 -> (False, "000", 0).

    Raises `EncodeError` where the value is not finite.
    """
    if value - value != 0.0:
        raise EncodeError(f"the number {value} is not finite; only finite numbers can be written")
    if value == 0.0:
        return False, "0" * digits, 0
    context = Context(prec=digits, rounding=ROUND_HALF_EVEN, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])
    rounded = context.create_decimal(repr(float(value)))
    sign, figures, _ = rounded.as_tuple()
    return bool(sign), "".join(map(str, figures)).ljust(digits, "0"), rounded.adjusted()


def widened(lowest: int, highest: int, exponents: Iterable[int]) -> tuple[int, int]:
    """A range of exponents that holds these, too, as far as floats allow."""
    needed = [max(-MAX_EXPONENT, min(MAX_EXPONENT, n)) for n in exponents]
    return min([lowest, *needed]), max([highest, *needed])


def extremes(values: Iterable[float]) -> list[float]:
    """The least and the greatest of either sign, of those that are finite and not zero."""
    rows = [v for v in values if isfinite(v) and v]
    sides = ([v for v in rows if v > 0], [v for v in rows if v < 0])
    return [end(side) for side in sides if side for end in (min, max)]


def settle(value: float, digits: int, lowest: int, highest: int) -> tuple[str, str, int]:
    """`decimal` within the range of exponents: the largest number above it, zero below it."""
    negative, mantissa, exponent = decimal(value, digits)
    if exponent < lowest:
        return "N+", "0" * digits, 0
    if exponent > highest:
        mantissa, exponent = "9" * digits, highest
    return "N-" if negative else "N+", mantissa, exponent


@dataclass(frozen=True, slots=True)
class Digits(Stated):
    """`digits:3`: sign, three mantissa digits one by one, power of ten: 12.34 -> `N+ 1 2 3 E1` (1.23 · 10^1).

    Digit by digit as the P10 encoding of Charton 2022 (Linear algebra with transformers), but with the exponent of the first
    digit, so that it alone tells the magnitude. Exponents run from -12 to 12, and as far beyond as the corpus needs (`fit`; 300
    at most): larger numbers become the largest, 9.99e12, smaller ones zero. The worst relative error between is half a unit of
    the last digit. Raises `SpecError` where there are no digits or more than 15, or the exponents leave 0 out.
    """

    digits: int = 3
    lowest: int = -_EXPONENT
    highest: int = _EXPONENT
    tokens: tuple[str, ...] = field(init=False, compare=False, repr=False)
    start: State = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not 1 <= self.digits <= MAX_DIGITS:
            raise SpecError(f"digits:{self.digits} is out of range; digits takes 1 to {MAX_DIGITS}")
        if not -MAX_EXPONENT <= self.lowest <= 0 <= self.highest <= MAX_EXPONENT:
            raise SpecError(
                f"exponents from {self.lowest} to {self.highest}: they reach from -{MAX_EXPONENT} over 0 to {MAX_EXPONENT}"
            )
        exponents = tuple(f"E{n}" for n in range(self.lowest, self.highest + 1))
        start = figures_alike("a digit", _FIGURES[1:], "0", figures=_FIGURES, length=self.digits, exponents=exponents)
        object.__setattr__(self, "start", start)
        object.__setattr__(self, "tokens", (*_SIGNS, *_FIGURES, *exponents))

    @classmethod
    def fit(cls, values: Sequence[float], digits: int = 3) -> Digits:
        """With exponents for all of these coefficients, and those from -12 to 12."""
        plain = cls(digits)
        return cls(digits, *widened(plain.lowest, plain.highest, [decimal(v, digits)[2] for v in extremes(values)]))

    @property
    def spec(self) -> str:
        return f"digits:{self.digits}"

    @property
    def reach(self) -> tuple[float, float]:
        """Smallest and largest magnitude that is written to within `worst_error`."""
        return float(f"1e{self.lowest}"), float("9." + "9" * (self.digits - 1) + f"e{self.highest}")

    @property
    def worst_error(self) -> float:
        """Largest relative error within `reach`: 0.005 for three digits."""
        return 0.5 * 10.0 ** (1 - self.digits)

    def write(self, value: float) -> list[str]:
        sign, mantissa, exponent = settle(value, self.digits, self.lowest, self.highest)
        return [sign, *mantissa, f"E{exponent}"]

    def value(self, texts: Sequence[str]) -> float:
        """See `stated.Stated`."""
        return float(f"{_SIGNS[texts[0]]}{''.join(texts[1:-1])}e{int(texts[-1][1:]) - self.digits + 1}")

    def round(self, value: float) -> float:
        sign, mantissa, exponent = settle(value, self.digits, self.lowest, self.highest)
        return float(f"{_SIGNS[sign]}{mantissa}e{exponent - self.digits + 1}")


@dataclass(frozen=True, slots=True)
class Floats(Stated):
    """`e2e:4,1`: sign, mantissa as a whole number in one or more chunks, its power of ten: 12.34 -> `N+ N1234 E-2`;
    with two chunks (`e2e:4,2`) `N+ N12 N34 E-2`.

    Source: Kamienny et al. 2022 (End-to-end symbolic regression with transformers), `FloatSequences` with
    float_precision 3, mantissa_len 1, max_exponent 100. Deviations: the sign is `N+`, not the operator's `+`;
    mantissas are normalized (0012 is no mantissa, and with one chunk such tokens do not exist), so a number has one
    code; all chunks are read back (their decoder reads the first only). Exponents run from -100 to 100: larger numbers
    become 9999e100, those below 1000e-100 zero.
    """

    digits: int = 4
    chunks: int = 1
    tokens: tuple[str, ...] = field(init=False, compare=False, repr=False)
    start: State = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not 1 <= self.digits <= MAX_DIGITS or self.chunks < 1 or self.digits % self.chunks:
            rule = f"e2e takes 1 to {MAX_DIGITS} digits and a number of chunks that divides them"
            raise SpecError(f"{self.spec} is out of range; {rule}, for example e2e:4,2")
        width = self.digits // self.chunks
        if width > 5:
            raise SpecError(f"{self.spec} would need {10**width:,} mantissa tokens; use chunks of at most 5 digits")
        firsts = tuple(f"N{n}" for n in range(10 ** (width - 1), 10**width))
        others = tuple(f"N{n:0{width}}" for n in range(10 ** (width - 1)))
        mantissas = (*others, *firsts) if self.chunks > 1 else (others[0], *firsts)
        exponents = tuple(f"E{n}" for n in range(-self.max_exponent, self.max_exponent + 1))
        start = figures_alike("a mantissa", firsts, others[0], figures=mantissas, length=self.chunks, exponents=exponents)
        object.__setattr__(self, "start", start)
        object.__setattr__(self, "tokens", (*_SIGNS, *mantissas, *exponents))

    @property
    def max_exponent(self) -> int:
        return 100

    @property
    def spec(self) -> str:
        return f"e2e:{self.digits},{self.chunks}"

    @property
    def reach(self) -> tuple[float, float]:
        """Smallest and largest magnitude that is written to within `worst_error`."""
        return float(f"1e{self.digits - 1 - self.max_exponent}"), float("9" * self.digits + f"e{self.max_exponent}")

    @property
    def worst_error(self) -> float:
        """Largest relative error within `reach`: 0.0005 for four digits."""
        return 0.5 * 10.0 ** (1 - self.digits)

    def _settled(self, value: float) -> tuple[str, str, int]:
        shift = self.digits - 1
        sign, mantissa, exponent = settle(value, self.digits, shift - self.max_exponent, shift + self.max_exponent)
        return sign, mantissa, exponent - shift if mantissa[0] != "0" else 0

    def write(self, value: float) -> list[str]:
        sign, mantissa, exponent = self._settled(value)
        width = self.digits // self.chunks
        return [sign, *(f"N{mantissa[i : i + width]}" for i in range(0, self.digits, width)), f"E{exponent}"]

    def value(self, texts: Sequence[str]) -> float:
        """See `stated.Stated`."""
        return float(f"{_SIGNS[texts[0]]}{''.join([t[1:] for t in texts[1:-1]])}e{texts[-1][1:]}")

    def round(self, value: float) -> float:
        sign, mantissa, exponent = self._settled(value)
        return float(f"{_SIGNS[sign]}{mantissa}e{exponent}")
