"""Behaviors as short text for a page: a plot needs no more than twelve bits of a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
LEVELS = len(ALPHABET) ** 2
UNDEFINED = "."
_CODES = np.frombuffer((ALPHABET + UNDEFINED).encode("ascii"), np.uint8)


def pack(y: Floats, low: Floats, high: Floats) -> list[str]:
    """(N, T, D) values -> N texts of 2·T·D characters, row by row: the level of each value between `low` and `high` (D,), of
    4096, as two digits to base 64. What lies outside has the level of the edge; what is undefined (NaN) is two dots."""
    share = np.clip((np.nan_to_num(y, nan=0.0) - low) / (high - low), 0.0, 1.0)
    level = np.rint(share * (LEVELS - 1)).astype(np.int64).reshape(len(y), -1)
    digits = np.stack([level // len(ALPHABET), level % len(ALPHABET)], axis=-1)
    digits[np.isnan(y).reshape(len(y), -1)] = len(ALPHABET)
    return [_CODES[row].tobytes().decode("ascii") for row in digits.reshape(len(y), -1)]


def unpack(text: str, low: Floats, high: Floats) -> Floats:
    """The (T, D) values of a text, to half a level."""
    digits = np.array([np.nan if c == UNDEFINED else ALPHABET.index(c) for c in text]).reshape(-1, 2)
    level = (digits[:, 0] * len(ALPHABET) + digits[:, 1]).reshape(-1, len(low))
    return np.asarray(low + level / (LEVELS - 1) * (high - low))


def rounded(values: Floats, span: Floats | Sequence[float] | float) -> Any:
    """Values as lists, rounded to about a hundred-thousandth of their span; None where undefined (NaN)."""
    unit = 10.0 ** np.floor(np.log10(np.maximum(np.asarray(span, np.float64), 1e-300)) - 5)
    # Rounded in units that are powers of ten, and again as decimals, so that no digits of the division are written.
    decimals = int(np.clip(-np.floor(np.log10(unit)).min(), 0, 15))
    numbers = np.round(np.round(values / unit) * unit, decimals)
    return without_nan(numbers)


def without_nan(values: Floats) -> Any:
    """Values as lists, None where they are NaN, which JSON does not have."""
    missing = np.isnan(values)
    if not missing.any():
        return values.tolist()
    objects = values.astype(object)
    objects[missing] = None
    return objects.tolist()
