"""What a representation may not lose to be on a search's front: fidelity, edits that decode, expressions that have a κ at all.

A κ over the few edits or expressions that a representation can still read is low for the wrong reason. Without limits of the
user's own, a trial has to do no worse in any of the three than the worst entry of the default line-up does on the same
expressions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...grammars.errors import SpecError
from .data import Measurement
from .objectives import NO_LOSS

LIMITED = ("fidelity", "invalid", "uncounted")
"""The columns that have a limit: the fidelity error, the share of edits that do not decode, that of expressions without a κ."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that a measurement's `LIMITED` columns may be, as means over the searched expressions. By default there are
    none."""

    fidelity: float = float("inf")
    invalid: float = float("inf")
    uncounted: float = float("inf")

    @property
    def any(self) -> bool:
        return bool(np.isfinite(self.bounds).any())

    @property
    def bounds(self) -> NDArray[np.float64]:
        """(3,), in the order of `LIMITED`."""
        return np.array([self.fidelity, self.invalid, self.uncounted])

    def excess(self, measurement: Measurement) -> tuple[float, float, float]:
        """How far a measurement is above each limit; at most 0 where it keeps to it, infinite where there is no value."""
        over = [
            measurement.value(c) - most - NO_LOSS if np.isfinite(most) else 0.0
            for c, most in zip(LIMITED, self.bounds, strict=True)
        ]
        fidelity, invalid, uncounted = (float(v) if v == v else float("inf") for v in over)
        return fidelity, invalid, uncounted

    def allows(self, measurement: Measurement) -> bool:
        return max(self.excess(measurement)) <= 0.0

    def as_dict(self) -> dict[str, float | None]:
        """The limits as options have them; None for no limit."""
        least_valid = 1.0 - self.invalid
        return {
            "max_fidelity_error": self.fidelity if np.isfinite(self.fidelity) else None,
            "min_valid": least_valid if np.isfinite(least_valid) else None,
            "max_without_kappa": self.uncounted if np.isfinite(self.uncounted) else None,
        }

    def __str__(self) -> str:
        parts = [f"a fidelity error of at most {self.fidelity:.3g}"] if np.isfinite(self.fidelity) else []
        parts += [f"at least {1.0 - self.invalid:.3g} of the edits decode"] if np.isfinite(self.invalid) else []
        parts += (
            [f"at most {self.uncounted:.3g} of the expressions without a κ of their own"] if np.isfinite(self.uncounted) else []
        )
        return ", ".join(parts) or "none"


NO_LIMITS = Limits()


def limits_of(line_up: Sequence[Measurement], max_fidelity_error: float | None, min_valid: float | None) -> Limits:
    """The user's limits, and where there are none those that every entry of the line-up keeps to. Entries without values set
    none."""

    def worst(column: str) -> float:
        return max((v for m in line_up if np.isfinite(v := m.value(column))), default=float("inf"))

    return Limits(
        worst("fidelity") if max_fidelity_error is None else max_fidelity_error,
        worst("invalid") if min_valid is None else 1.0 - min_valid,
        worst("uncounted"),
    )


def check_limits(max_fidelity_error: float | None, min_valid: float | None) -> None:
    """Raises `SpecError` for a limit that is none."""
    if max_fidelity_error is not None and not max_fidelity_error >= 0.0:
        raise SpecError(f"a fidelity error is at least 0; --max-fidelity-error cannot be {max_fidelity_error:g}")
    if min_valid is not None and not 0.0 <= min_valid <= 1.0:
        raise SpecError(f"the share of edits that decode lies between 0 and 1; --min-valid cannot be {min_valid:g}")
