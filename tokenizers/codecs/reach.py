"""How far a number codec reaches, and which numbers fall out of it."""

from __future__ import annotations

import math
from typing import Protocol, runtime_checkable

from ..base import Coding, NumberCodec, Tokenizer, Wrapping

_SLACK = 1e-9


@runtime_checkable
class Ranged(Protocol):
    """A codec that declares its error: relative, at most `worst_error` for magnitudes within `reach` (least, greatest)."""

    @property
    def reach(self) -> tuple[float, float]: ...

    @property
    def worst_error(self) -> float: ...


def codec_of(tokenizer: Tokenizer) -> NumberCodec | None:
    """The number codec that a tokenizer writes with, under any wrappers; None where it writes numbers itself."""
    while isinstance(tokenizer, Wrapping):
        tokenizer = tokenizer.base
    return tokenizer.codec if isinstance(tokenizer, Coding) else None


def falls_out(codec: NumberCodec, value: float) -> bool:
    """Whether a finite number lies outside what the codec can say: it becomes zero, or of another sign, or it lies outside the
    declared reach and is further off than any number within. 6.63e-34 under `digits:3` without a corpus, which becomes 0."""
    try:
        rounded = codec.round(value)
    except Exception:  # of a user's codec, of any kind: what it does with the number is told where it writes it
        return False
    if rounded == value:
        return False
    if (rounded > 0) - (rounded < 0) != (value > 0) - (value < 0):
        return True
    if not isinstance(codec, Ranged):
        return False
    least, most = codec.reach
    if least <= abs(value) <= most:
        return False
    if math.isinf(codec.worst_error):  # nothing is promised near zero
        return abs(value) > most and rounded != value
    return abs(rounded - value) > codec.worst_error * abs(value) * (1.0 + _SLACK)


def range_text(codec: NumberCodec) -> str:
    """'digits:3 (1e-12 to 9.99e+12)'."""
    if not isinstance(codec, Ranged):
        return codec.spec
    least, most = codec.reach
    return f"{codec.spec} ({least:.3g} to {most:.3g})"
