"""Number codec in decimal floating point whose digits stand in groups of three, counted from the left or from the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ...grammars.errors import SpecError
from .digits import MAX_EXPONENT, Digits, decimal, extremes, settle, widened
from .stated import State, Stated, any_of, floating

DIRECTIONS = ("rtl", "ltl")
GROUP = 3
_SIGNS = {"N+": "", "N-": "-"}


@dataclass(frozen=True, slots=True)
class Grouped(Stated):
    """`digits:7,rtl`, `digits:7,ltl`: seven significant digits in groups of three, a token each, and a power of ten.

    - `rtl`: groups are counted from the right, from the decimal point, as people write 1,234,567: `N+ 1 234 567 E6`. A digit's
      place in its group says which of 1, 10 and 100 it counts, whatever the number's length. The exponent is that of the first
      group's units, a multiple of three. What the last group has beyond the significant digits is zeros: 12.345678 -> `N+ 12 345
      680 E0`.
    - `ltl`: groups are counted from the left, from the first digit: `N+ 123 456 7 E6`, 12.345678 -> `N+ 123 456 8 E1`; the
      exponent is that of the first digit, as in `digits:7`.

    Source: Singh & Strouse 2024 (Tokenization counts: the impact of tokenization on arithmetic in frontier LLMs, arXiv
    2402.14903): GPT-4's tokens of one to three digits, left to right as its tokenizer cuts them, or right to left as commas force
    it to, which does better at sums. Deviations: theirs are whole numbers in a text; here numbers have a sign, as many
    significant digits as asked for, and an exponent, so `rtl` also groups the digits behind the point.

    Rounding, range and worst relative error are those of `digits:7`, but that `rtl` takes exponents in threes: from -12 to 14
    without a corpus. Every number has one code. Raises `SpecError` as `Digits` does, or where the direction is neither.
    """

    digits: int = 7
    direction: str = "rtl"
    lowest: int = -12
    highest: int = 12
    tokens: tuple[str, ...] = field(init=False, compare=False, repr=False)
    firsts: tuple[int, ...] = field(init=False, compare=False, repr=False)
    start: State = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        Digits(self.digits, self.lowest, min(self.highest, MAX_EXPONENT))  # refuses what is out of range
        if self.direction not in DIRECTIONS:
            raise SpecError(f"unknown direction {self.direction!r} of {self.spec}; there are {', '.join(DIRECTIONS)}")
        step = 1
        if self.direction == "rtl":
            step = GROUP
            object.__setattr__(self, "lowest", self.lowest // GROUP * GROUP)
            object.__setattr__(self, "highest", self.highest // GROUP * GROUP + GROUP - 1)
        exponents = tuple(f"E{n}" for n in range(self.lowest, self.highest + 1, step))
        firsts = tuple(range(1, GROUP + 1)) if self.direction == "rtl" else (min(GROUP, self.digits),)
        object.__setattr__(self, "firsts", firsts)
        chains = [self.zeros, *(self.groups(first) for first in firsts)]
        figures = sorted({t for chain in chains for group in chain for t in group}, key=lambda t: (len(t), t))
        object.__setattr__(self, "start", self._stated(figures, exponents))
        object.__setattr__(self, "tokens", (*_SIGNS, *figures, *exponents))

    def _stated(self, figures: Sequence[str], exponents: Sequence[str]) -> State:
        """How long the later groups are the first one says."""
        long = {n: [text for text in figures if len(text) == n] for n in range(1, GROUP + 1)}
        fault = f"a number has at most {self.digits} significant digits"
        numbers: dict[str, State] = {}
        for first in self.firsts:
            after = any_of("an exponent", exponents)
            head, *rest = self.groups(first)
            for group in reversed(rest):
                after = any_of("a group of digits", group, after, dict.fromkeys(long[len(group[0])], fault))
            numbers |= dict.fromkeys(head, after)
        zero = [text for (text,) in self.zeros]
        heads = [text for first in self.firsts for text in long[first]]
        places = [heads, *(long[len(text)] for text in zero[1:])]
        return floating("a group of digits", numbers, zero, figures=places, exponents=exponents)

    @classmethod
    def fit(cls, values: Sequence[float], digits: int = 7, direction: str = "rtl") -> Grouped:
        """With exponents for all of these coefficients, and those that there are without any."""
        plain = cls(digits, direction)
        return cls(digits, direction, *widened(-12, 12, [decimal(v, plain.digits)[2] for v in extremes(values)]))

    @property
    def spec(self) -> str:
        return f"digits:{self.digits},{self.direction}"

    @property
    def reach(self) -> tuple[float, float]:
        """Smallest and largest magnitude that is written to within `worst_error`."""
        return float(f"1e{self.lowest}"), float("9." + "9" * (self.digits - 1) + f"e{self.highest}")

    @property
    def worst_error(self) -> float:
        """Largest relative error within `reach`."""
        return 0.5 * 10.0 ** (1 - self.digits)

    def lengths(self, first: int) -> tuple[int, ...]:
        """The digits of each group, where the first has so many: (1, 3, 3) of `rtl`, (3, 3, 1) of `ltl`."""
        rest = max(self.digits - first, 0)
        if self.direction == "rtl":
            return (first, *[GROUP] * -(-rest // GROUP))
        return (first, *[GROUP] * (rest // GROUP), *([rest % GROUP] if rest % GROUP else []))

    @property
    def zeros(self) -> list[list[str]]:
        """The groups of zero, as `groups` has those of other numbers."""
        return [["0" * length] for length in self.lengths(self.firsts[0])]

    def groups(self, first: int) -> list[list[str]]:
        """What each group of a number other than zero may be, where the first has so many digits."""
        out, left = [], self.digits
        for i, length in enumerate(self.lengths(first)):
            real = min(length, left)  # beyond these the digits are not significant, and zero
            left -= real
            low = 10 ** (real - 1) if i == 0 else 0
            out.append([f"{n:0{real}}" + "0" * (length - real) for n in range(low, 10**real)])
        return out

    def write(self, value: float) -> list[str]:
        sign, mantissa, exponent = settle(value, self.digits, self.lowest, self.highest)
        first = exponent % GROUP + 1 if self.direction == "rtl" else self.firsts[0]
        lengths = self.lengths(first)
        figures = mantissa.ljust(sum(lengths), "0")
        cuts = [sum(lengths[:i]) for i in range(len(lengths) + 1)]
        shown = exponent - (first - 1 if self.direction == "rtl" else 0)
        return [sign, *(figures[a:b] for a, b in pairwise(cuts)), f"E{shown}"]

    def value(self, texts: Sequence[str]) -> float:
        """See `stated.Stated`."""
        figures = "".join(texts[1:-1])
        whole = len(texts[1]) if self.direction == "rtl" else 1
        return float(f"{_SIGNS[texts[0]]}{figures}e{int(texts[-1][1:]) - len(figures) + whole}")

    def round(self, value: float) -> float:
        sign, mantissa, exponent = settle(value, self.digits, self.lowest, self.highest)
        return float(f"{_SIGNS[sign]}{mantissa}e{exponent - self.digits + 1}")
