"""The figures that Section 5.1 of "On Semantic Smoothness and the Stages of Learning" prints. Nothing else here is from the
paper."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf, isfinite

TOLERANCE = 0.1
"""A figure printed as one number is met within a tenth of it; one printed as a range, inside the range."""
ROBUST, DEPENDS, NOT_FOUND, NOT_MEASURED = "robust", "depends", "not found", "not measured"
"""Met under every protocol tried; under some; under none."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed figure: what it is, its range (low = high for a single number), and where in the section it stands. `words`: how
    the paper says it, where it gives no number."""

    what: str
    low: float
    high: float
    place: str
    words: str = ""

    @property
    def text(self) -> str:
        return self.words or (f"{self.low:g}" if self.low == self.high else f"{self.low:g} to {self.high:g}")

    def met(self, measured: float) -> bool:
        """Whether a measured value is the printed one. A single number has TOLERANCE on both sides."""
        margin = TOLERANCE * abs(self.low) if self.low == self.high else 0.0
        return self.low - margin <= measured <= self.high + margin

    def verdict(self, tried: Iterable[float]) -> str:
        """What several values say together. They bracket a printed value, too, where some lie below and some above it: what the
        paper leaves open moves the figure across it."""
        values = [v for v in tried if isfinite(v)]
        if not values:
            return NOT_MEASURED
        if all(map(self.met, values)):
            return ROBUST
        bracketed = min(values) <= self.high and max(values) >= self.low
        return DEPENDS if bracketed or any(map(self.met, values)) else NOT_FOUND


_BANK = "Section 5.1, second paragraph"
_SWEEP = "Section 5.1, second paragraph, and Figure 6"
_FORECAST = "Section 5.1, third paragraph"

KAPPA = {
    "damped-oscillator": Printed("κ̄ of a damped oscillator", 0.03, 0.06, _BANK),
    "lotka-volterra": Printed("κ̄ of Lotka–Volterra", 0.03, 0.06, _BANK),
    "van-der-pol": Printed("κ̄ of Van der Pol's limit cycle", 0.03, 0.06, _BANK),
    "rossler": Printed("κ̄ of Rössler's system", 0.56, 0.56, _BANK),
    "lorenz-63": Printed("κ̄ of Lorenz's system", 0.79, 0.79, _BANK),
}
SWEEP_CORRELATION = Printed("logistic map: correlation of κ̄ with the positive part of the exponent", 0.86, 0.86, _SWEEP)
LORENZ_HORIZON = Printed("valid prediction of Lorenz's system, Lyapunov times", 3.6, 3.6, _FORECAST)
RANK_KAPPA = Printed("rank correlation of the prediction horizon with κ̄", -0.8, -0.5, _FORECAST)
RANK_EXPONENT = Printed("rank correlation of the prediction horizon with the Lyapunov exponent", -0.8, -0.5, _FORECAST)

SEPARATION = Printed("least κ̄ of a chaotic flow over the greatest of the others", 10.0, inf, _BANK, "an order of magnitude")
PERIODIC_HORIZON = Printed(
    "valid prediction of the flows that are not chaotic, the least of them, periods", 100.0, inf, _FORECAST, "indefinitely"
)
EDGE_HORIZON = Printed(
    "logistic map: horizon at a window's edge over the least in calm regimes", 0.0, 0.5, _FORECAST, "hard to learn"
)
"""Claims in words, with what is asked of them here: at least 10; all of the 100 periods tried; at most half."""

SWEEP_RANGE = (2.8, 4.0)
"""The parameter range of Figure 6."""
