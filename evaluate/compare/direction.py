"""What is learned, in words, by the direction of a domain (`Domain.direction`)."""

from __future__ import annotations

from dataclasses import dataclass

from ..domains.domain import DIRECTIONS

_INVERSE, _FORWARD = DIRECTIONS


@dataclass(frozen=True, slots=True)
class Told:
    """`told`: in a clause. `constant`: whose Q `floor_constant` is, at length, `line` in a word, `note` what that word means."""

    direction: str
    told: str
    constant: str
    line: str
    note: str


TOLD = {
    _INVERSE: Told(
        direction=_INVERSE,
        told="behaviors are observed, expressions are written",
        constant="each behavior's own mean",
        line="own mean",
        note="own mean: each behavior's, as a constant",
    ),
    _FORWARD: Told(
        direction=_FORWARD,
        told="expressions are shown, their values are written",
        constant="the median of the values learned from",
        line="median",
        note="median: of the values learned from, as a constant",
    ),
}
INVERSE = TOLD[_INVERSE]
