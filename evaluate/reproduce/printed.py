"""The figures that Section 5.1 of "On Semantic Smoothness and the Stages of Learning" prints. Nothing else here is from the paper."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

TOLERANCE = 0.1
"""A figure printed as one number counts as reproduced within a tenth of it; one printed as a range, inside the range."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed figure: what it is, its range (low = high for a single number), and where in the section it stands."""

    what: str
    low: float
    high: float
    place: str

    @property
    def text(self) -> str:
        return f"{self.low:g}" if self.low == self.high else f"{self.low:g} to {self.high:g}"

    def verdict(self, measured: float) -> str:
        """`yes`, `no`, or `not measured`. A single number has TOLERANCE on both sides."""
        if not isfinite(measured):
            return "not measured"
        margin = TOLERANCE * abs(self.low) if self.low == self.high else 0.0
        return "yes" if self.low - margin <= measured <= self.high + margin else "no"


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

SWEEP_RANGE = (2.8, 4.0)
"""The parameter range of Figure 6."""
