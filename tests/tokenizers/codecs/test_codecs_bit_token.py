"""The bits of a number beside a token: what they say of it, and the number that is read from them."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.grammars.errors import SpecError
from kappabar.grammars.files.bank import bank
from kappabar.grammars.tree import coefficients
from kappabar.representations.representation import depends_on_system, representation
from kappabar.tokenizers.base import Invalid, NumberCodec
from kappabar.tokenizers.codecs.beside import Beside, is_continuous
from kappabar.tokenizers.codecs.bit_token import BitToken
from kappabar.tokenizers.codecs.bits import Bits

floats = st.floats(allow_nan=False, allow_infinity=False)


@given(floats.filter(lambda v: abs(v) < 1.797e308))
def test_by_default_the_bits_are_those_of_a_float(value: float) -> None:
    value += 0.0  # -0 has no code
    (word,) = struct.unpack(">Q", struct.pack(">d", value))
    assert BitToken().features(value) == tuple(1.0 if b == "1" else -1.0 for b in f"{word:064b}")
    assert BitToken().value(BitToken().features(value)) == value == BitToken().round(value)


@given(floats, st.integers(2, 11), st.integers(1, 52), st.data())
def test_the_number_is_read_from_features_that_are_not_quite_right(value: float, e: int, m: int, data: st.DataObject) -> None:
    codec = BitToken(e, m)
    noise = data.draw(st.lists(st.floats(-0.9, 0.9), min_size=1 + e + m, max_size=1 + e + m))
    shown = [f + n for f, n in zip(codec.features(value), noise, strict=True)]
    assert codec.value(shown) == codec.round(value) == Bits(e, m).round(value)
    assert isinstance(codec.value([1.0] * (1 + e + m)), Invalid), "an exponent of ones alone"


def test_values_are_beside_the_tokens() -> None:
    codec = BitToken(8, 7)
    assert isinstance(codec, NumberCodec) and isinstance(codec, Beside) and codec.tokens == ("NUM",)
    for system in bank("ode")[:20]:
        chosen = representation("prefix | bittoken:8,7", "ode", corpus=[system])
        assert is_continuous(chosen.tokenizer)
        bound = chosen.bind(system)
        back = bound.decode(bound.encode(system.tree))
        assert not isinstance(back, Invalid)
        assert coefficients(back) == [Bits(8, 7).round(v) for v in coefficients(system.tree)]
    assert depends_on_system("prefix | bittoken") == "bittoken:11,52"


@pytest.mark.parametrize("sizes", [(1, 7), (12, 7), (8, 0), (8, 53)])
def test_sizes_that_there_are_not_are_refused(sizes: tuple[int, int]) -> None:
    with pytest.raises(SpecError, match="exponent bits"):
        BitToken(*sizes)
