"""Bits of a number, held to NumPy's and the processor's own formats."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.grammars.errors import SpecError
from kappabar.tokenizers.base import Invalid
from kappabar.tokenizers.codecs.bits import Bits

DOUBLE, SINGLE, HALF, BRAIN = Bits(11, 52), Bits(8, 23), Bits(5, 10), Bits(8, 7)
any_float = st.floats(allow_nan=False, allow_infinity=False)
near = st.one_of(st.floats(-1e-4, 1e-4), st.floats(-7e4, 7e4), any_float)


def spelled(bits: str) -> list[str]:
    return [f"b{b}" for b in bits]


@given(any_float)
@settings(max_examples=300)
def test_double_precision_is_the_float_itself(value: float) -> None:
    if value != 0.0:
        (word,) = struct.unpack(">Q", struct.pack(">d", value))
        assert DOUBLE.write(value) == spelled(f"{word:064b}")
    assert DOUBLE.round(value) == value


@given(near)
@settings(max_examples=300)
def test_single_and_half_precision_round_as_numpy_does(value: float) -> None:
    for codec, kind, unsigned in ((SINGLE, np.float32, np.uint32), (HALF, np.float16, np.uint16)):
        with np.errstate(over="ignore"):
            theirs = kind(value)
        if not np.isfinite(theirs):
            assert abs(codec.round(value)) == codec.reach[1] == float(np.finfo(kind).max)
        elif theirs != 0:
            assert codec.round(value) == float(theirs)
            assert codec.write(value) == spelled(f"{int(theirs.view(unsigned)):0{codec.width}b}")
        else:
            assert codec.write(value) == spelled("0" * codec.width)


@given(near)
@settings(max_examples=300)
def test_brain_floats_round_as_torch_does(value: float) -> None:
    torch = pytest.importorskip("torch")
    theirs = float(torch.tensor(value, dtype=torch.float64).to(torch.bfloat16))
    once = float(np.float32(value)) if abs(value) < 3e38 else value
    if math.isfinite(theirs) and once == value:  # torch rounds by way of single precision, twice
        assert BRAIN.round(value) == theirs


def test_every_word_of_a_small_format() -> None:
    """All 2^6 words of bits:3,2: those with an exponent of ones alone and -0 are none; values differ and rise with the word."""
    codec, values = Bits(3, 2), []
    for word in range(2**6):
        bits = f"{word:06b}"
        found = codec.read(spelled(bits), 0)
        if bits[1:4] == "111":
            assert found == Invalid("an exponent of ones alone is no number", 3)
        elif bits == "100000":
            assert found == Invalid("zero has no minus sign", 5)
        else:
            assert isinstance(found, tuple)
            exponent, mantissa = int(bits[1:4], 2), int(bits[4:], 2)
            size = (mantissa / 4 if exponent == 0 else 1 + mantissa / 4) * 2.0 ** (max(exponent, 1) - 3)
            assert found == (-size if bits[0] == "1" else size, 6)
            values.append(found[0])
    assert len(set(values)) == len(values) == 2 * 28 - 1
    assert values[:28] == sorted(values[:28])


@pytest.mark.parametrize(("texts", "position"), [("b0 b1", 2), ("b0 b1 x_0", 2), ("b2", 0), ("b0 b1 b1 b1 b0 b0", 3)])
def test_codes_are_strict(texts: str, position: int) -> None:
    found = Bits(3, 2).read(texts.split(), 0)
    assert isinstance(found, Invalid)
    assert found.position == position


@pytest.mark.parametrize("wrong", [(1, 7), (12, 7), (8, 0), (8, 53)])
def test_sizes_are_those_of_a_float(wrong: tuple[int, int]) -> None:
    with pytest.raises(SpecError, match="out of range"):
        Bits(*wrong)
