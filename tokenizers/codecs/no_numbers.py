"""The number codec of domains whose trees hold no numbers: no tokens, and nothing to write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...grammars.errors import EncodeError
from ..base import Invalid, unexpected


@dataclass(frozen=True, slots=True)
class NoNumbers:
    """Adds nothing to a vocabulary. No spec names it: notations take it by themselves where the alphabet has no numbers."""

    spec: str = ""
    tokens: tuple[str, ...] = ()

    def write(self, value: float) -> list[str]:
        raise EncodeError(f"the number {value:g} is in no vocabulary: the domain's expressions hold none")

    def read(self, tokens: Sequence[str], start: int) -> tuple[float, int] | Invalid:
        return unexpected("an operand", tokens, start)

    def round(self, value: float) -> float:
        return value
