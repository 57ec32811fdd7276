"""Which label stands for a node: operators as they are, variables by their place, numbers by what kind of number they are.

x_1 in the equation of x_0    v1     (where each variable has an equation: counted from its own, so that equations share)
x_1 of a function             x_1
the 2 of x^2, 1, 0.5 often    =2.0   (structure, and values that stand out: exact)
0.37, -12.5                   real+, real-
250                           int+   (a whole number stays one)
0.37 once more                same+  (a number that stood earlier in the system, with this sign)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, log10

from ...tree import NUMBER, VARIABLE_PREFIX, Node, whole_exponent

EXACT = "="
SAME = "same"
WHOLE, REAL = "int", "real"
SMALL = 10.0
"""Whole numbers up to this are values that stand out, each by itself."""
_LEAST = 3
_RARE = 1e-2
_WINDOW = 0.1
MOST_DIGITS = 17


def digits(value: float) -> int:
    """Significant digits of a number as it is written shortest: 0.250 -> 2, 1500 -> 2, 1/3 -> 16."""
    mantissa = f"{abs(value)!r}".split("e")[0].replace(".", "").strip("0")
    return max(len(mantissa), 1)


def round_to(value: float, figures: int) -> float:
    """To that many significant digits."""
    return float(f"{value:.{figures - 1}e}") if figures < MOST_DIGITS else value


def outstanding(values: Sequence[Iterable[float]]) -> frozenset[float]:
    """Magnitudes that occur in more of the systems than their neighborhood explains; `values` of each system.

    Small whole numbers always do. Another does if it occurs in at least 3 systems, and so often by chance (Poisson) with a
    probability below 1 % for all values together, where chance is the share that its rounding cell has of all numbers within a
    tenth of a decade.
    """
    counts = Counter(m for own in values for m in {abs(v) for v in own})
    exact = {m for m in counts if m == 0.0 or (m.is_integer() and m <= SMALL)}
    figures = sorted(digits(m) for m, n in counts.items() for _ in range(n) if m not in exact)
    if not figures:
        return frozenset(exact)
    finest = figures[int(0.95 * (len(figures) - 1))]
    logs = sorted((log10(m), n) for m, n in counts.items() if m > 0.0)
    for m, n in counts.items():
        if n >= _LEAST and m not in exact:
            around = sum(k for at, k in logs if abs(at - log10(m)) <= _WINDOW) - n
            if _tail(n, around * _cell(m, finest) / (2 * _WINDOW)) < _RARE / len(counts):
                exact.add(m)
    return frozenset(exact)


def _cell(magnitude: float, figures: int) -> float:
    """How wide a rounding cell is on the axis of decades."""
    mantissa = magnitude / 10.0 ** int(log10(magnitude) // 1)
    return log10(1.0 + 10.0 ** (1 - figures) / mantissa)


def _tail(n: int, expected: float) -> float:
    """P(at least n) of a Poisson law."""
    term, below = exp(-expected), 0.0
    for k in range(n):
        below += term
        term *= expected / (k + 1)
    return 1.0 - below


@dataclass(frozen=True, slots=True)
class Labels:
    """How a corpus's nodes are labeled. `exact`: magnitudes that stand out. `closed`: whether variables count from their
    equation's own."""

    exact: frozenset[float]
    closed: bool

    def variable(self, index: int, equation: int, dim: int) -> str:
        return f"v{(index - equation) % dim}" if self.closed else f"{VARIABLE_PREFIX}{index}"

    def index(self, label: str, equation: int, dim: int) -> int:
        """The variable that a label is of."""
        return (int(label[1:]) + equation) % dim if self.closed else int(label[len(VARIABLE_PREFIX) :])

    def is_variable(self, label: str) -> bool:
        return label[1:].isdigit() and label[0] == "v" if self.closed else label.startswith(VARIABLE_PREFIX)

    def number(self, value: float, structure: bool, earlier: Iterable[float]) -> str:
        """The label of a number. `structure`: whether it is a whole exponent. `earlier`: magnitudes that were not exact."""
        if structure or abs(value) in self.exact:
            return f"{EXACT}{value!r}"
        sign = "-" if value < 0 else "+"
        if abs(value) in earlier:
            return SAME + sign
        return (WHOLE if value.is_integer() else REAL) + sign


def is_number(label: str) -> bool:
    """Whether a label is of a number."""
    return label.startswith(EXACT) or label[:-1] in (SAME, WHOLE, REAL)


def exact_value(label: str) -> float | None:
    """The value that a label itself says."""
    return float(label[1:]) if label.startswith(EXACT) else None


def is_structure(parent: Node | None, position: int) -> bool:
    """Whether the child at `position` is a whole exponent."""
    return parent is not None and position == 1 and whole_exponent(parent) is not None and parent.children[1].symbol == NUMBER
