"""Number codec with values beside the tokens, as they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ...grammars.errors import EncodeError
from ..base import Invalid
from .beside import NUM, NumberText, read_value


@dataclass(frozen=True, slots=True)
class XVal:
    """`xval`: every number is the token `NUM`; the n-th `NUM` in reading order takes the n-th of `values`.

    Source: Golkar et al. 2023 (xVal: a continuous number encoding), where the value scales the token's embedding, and a `NUM`
    without a value counts as 1 (here it is invalid). See `Beside` for what edits can do to values.

    Range: all finite floats. Exact but for -0, which becomes 0: `reach` ends at the largest float and `worst_error` is 0. No
    measurement over token edits sees what the values contribute; compare it with the other codecs with this in mind.
    """

    values: tuple[float, ...] = ()

    @property
    def spec(self) -> str:
        return "xval"

    @property
    def tokens(self) -> tuple[str, ...]:
        return (NUM,)

    @property
    def reach(self) -> tuple[float, float]:
        """Smallest and largest magnitude that is written to within `worst_error`: all floats."""
        return math.ulp(0.0), math.nextafter(math.inf, 0.0)

    @property
    def worst_error(self) -> float:
        return 0.0

    def bound(self, values: Sequence[float]) -> XVal:
        """The codec that reads these values, in this order."""
        return XVal(tuple(map(self.round, values)))

    def write(self, value: float) -> list[str]:
        return [NumberText.of(self.round(value))]

    def read(self, tokens: Sequence[str], start: int) -> tuple[float, int] | Invalid:
        return read_value(self.values, tokens, start)

    def round(self, value: float) -> float:
        if not math.isfinite(value):
            raise EncodeError(f"the number {value} is not finite; only finite numbers can be written")
        return value + 0.0
