"""Fourier features beside a token: what they say of a number, and the number that is read from them."""

from __future__ import annotations

import cmath
import math
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.grammars.errors import EncodeError, SpecError
from kappabar.grammars.files.bank import bank
from kappabar.grammars.tree import coefficients
from kappabar.representations.representation import depends_on_system, representation
from kappabar.tokenizers.base import Invalid, NumberCodec
from kappabar.tokenizers.codecs.beside import Beside, is_continuous
from kappabar.tokenizers.codecs.fone import Fone

CODECS = (Fone(), Fone(1, 0), Fone(1, 14), Fone(15, 0), Fone(3, 2))
codecs = st.sampled_from(CODECS)
floats = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.builds(lambda m, e: m * 10.0**e, st.floats(-10, 10), st.integers(-8, 8)),
)


@given(codecs, floats)
def test_a_number_is_rounded_to_its_last_decimal(codec: Fone, value: float) -> None:
    rounded, unit = codec.round(value), Decimal(1).scaleb(-codec.decimals)
    most = 10**codec.whole - unit
    expected = max(-most, min(most, Decimal(repr(value)).quantize(unit))) if abs(value) < 10**codec.whole else None
    assert rounded == (math.copysign(float(most), value) if expected is None else float(expected))
    assert codec.round(rounded) == rounded
    assert rounded != 0.0 or math.copysign(1.0, rounded) > 0


@given(codecs, floats)
def test_the_number_is_read_from_its_features(codec: Fone, value: float) -> None:
    assert codec.value(codec.features(value)) == codec.round(value)


@given(codecs, floats, st.lists(st.floats(-0.2, 0.2), min_size=31, max_size=31))
def test_it_is_still_where_a_model_is_not_quite_right(codec: Fone, value: float, noise: list[float]) -> None:
    """A digit is read right while its angle is less than half of a tenth of a turn off: what is left over of the digits behind it
    is known by then. Pairs that are 0.2 off in both are at most 0.29 off, an angle of less than 0.31 = sin(π/10)."""
    shown = [f + e for f, e in zip(codec.features(value), noise, strict=False)]
    if codec.round(value) != 0.0:
        assert codec.value(shown) == codec.round(value)


@given(st.integers(0, 99_999))
def test_features_are_those_of_the_paper(n: int) -> None:
    """cos(2πx/T), sin(2πx/T) for T = 10^i: as complex numbers, powers of one another (x mod 10 is ten times x mod 100)."""
    sign, *pairs = Fone(5, 0).features(float(n))
    turns = [complex(c, s) for c, s in zip(pairs[::2], pairs[1::2], strict=True)]
    assert sign == (1.0 if n else 0.0)
    assert turns[0] == pytest.approx(cmath.exp(2j * math.pi * (n % 10) / 10), abs=1e-12)
    for short, long in pairwise(turns):
        assert long**10 == pytest.approx(short, abs=1e-9)


def test_periods_go_from_the_last_digit_to_the_first() -> None:
    assert Fone(2, 1).periods == (1.0, 10.0, 100.0)
    assert Fone(1, 0).periods == (10.0,)
    assert all(len(c.features(1.5)) == 1 + 2 * len(c.periods) for c in CODECS)


def test_it_is_bound_to_the_numbers_of_a_tree() -> None:
    codec = Fone(2, 1)
    assert isinstance(codec, NumberCodec) and isinstance(codec, Beside)
    assert codec.write(1.26) == ["NUM"]
    bound = codec.bound([1.26, -300.0])
    assert bound.read(["NUM", "+", "NUM"], 2) == (-99.9, 3)
    assert codec.read(["NUM"], 0) == Invalid("no value for this NUM", 0)
    for refused in (math.nan, math.inf):
        with pytest.raises(EncodeError, match="not finite"):
            codec.write(refused)


def test_a_representation_with_it_rounds_and_needs_its_system() -> None:
    ours = representation("prefix | fone:3,1", "ode")
    assert ours.spec == "prefix | fone:3,1"
    assert is_continuous(ours.tokenizer)
    assert depends_on_system("prefix | fone") == "fone:5,5"
    assert depends_on_system("prefix | bits") == ""
    for s in bank("ode")[:8]:
        back = ours.round_trip(s)
        assert not isinstance(back, Invalid)
        assert coefficients(back) == [Fone(3, 1).round(v) for v in coefficients(s.tree)]


@pytest.mark.parametrize("wrong", [(0, 3), (16, 0), (8, 8), (1, -1)])
def test_digits_are_those_of_a_float(wrong: tuple[int, int]) -> None:
    with pytest.raises(SpecError, match="at most 15 in all"):
        Fone(*wrong)
