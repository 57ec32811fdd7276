"""Number codec with one token per floating-point number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ...grammars.errors import SpecError
from .bins import MAX_BINS
from .digits import settle
from .stated import State, Stated, any_of

MAX_FP_DIGITS = 4
MAX_FP_EXPONENT = 100


@dataclass(frozen=True, slots=True)
class OneToken(Stated):
    """`fp:3,7`: sign, mantissa and exponent in one token: 12.34 -> `FP123/-1` (123 · 10^-1), zero -> `FP0/0`.

    The FP15 encoding of Charton 2022 (Linear algebra with transformers): three significant digits and a vocabulary of some 30,000
    tokens. Deviation: the exponent of the first digit runs from -E to E, the same for every mantissa. (The three-token float of
    ODEFormer is `e2e`.) Rounds the shortest decimal text half to even. Numbers above the range become the largest, those below
    10^-E zero; the worst relative error between is half a unit of the last digit. One token per value. Raises `SpecError` where D
    is not in 1 … 4, E not in 0 … 100, or there would be more than 100,000 tokens.
    """

    digits: int = 3
    max_exponent: int = 7
    tokens: tuple[str, ...] = field(init=False, compare=False, repr=False)
    start: State = field(init=False, compare=False, repr=False)
    _values: dict[str, float] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not 1 <= self.digits <= MAX_FP_DIGITS or not 0 <= self.max_exponent <= MAX_FP_EXPONENT:
            rule = f"fp takes 1 to {MAX_FP_DIGITS} digits and exponents up to 0 to {MAX_FP_EXPONENT}"
            raise SpecError(f"{self.spec} is out of range; {rule}")
        size = 1 + 18 * 10 ** (self.digits - 1) * (2 * self.max_exponent + 1)
        if size > MAX_BINS:
            raise SpecError(f"{self.spec} would need {size:,} tokens; the limit is {MAX_BINS:,}")
        values = {"FP0/0": 0.0}
        for sign in ("", "-"):
            for exponent in range(-self.max_exponent - self.digits + 1, self.max_exponent - self.digits + 2):
                for mantissa in range(10 ** (self.digits - 1), 10**self.digits):
                    values[f"FP{sign}{mantissa}/{exponent}"] = float(f"{sign}{mantissa}e{exponent}")
        object.__setattr__(self, "_values", values)
        object.__setattr__(self, "tokens", tuple(values))
        object.__setattr__(self, "start", any_of("a number", values))

    @property
    def spec(self) -> str:
        return f"fp:{self.digits},{self.max_exponent}"

    @property
    def reach(self) -> tuple[float, float]:
        """Smallest and largest magnitude that is written to within `worst_error`."""
        shift = self.max_exponent - self.digits + 1
        return float(f"1e{-self.max_exponent}"), float("9" * self.digits + f"e{shift}")

    @property
    def worst_error(self) -> float:
        """Largest relative error within `reach`: 0.005 for three digits."""
        return 0.5 * 10.0 ** (1 - self.digits)

    def write(self, value: float) -> list[str]:
        sign, mantissa, exponent = settle(value, self.digits, -self.max_exponent, self.max_exponent)
        if mantissa[0] == "0":
            return ["FP0/0"]
        return [f"FP{'-' if sign == 'N-' else ''}{mantissa}/{exponent - self.digits + 1}"]

    def value(self, texts: Sequence[str]) -> float:
        """See `stated.Stated`."""
        return self._values[texts[0]]

    def round(self, value: float) -> float:
        return self._values[self.write(value)[0]]
