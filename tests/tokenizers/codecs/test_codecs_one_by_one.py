"""Number codecs one by one: codes worked by hand, and what each promises beyond the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.grammars.errors import SpecError
from kappabar.tokenizers.base import Invalid, NumberCodec
from kappabar.tokenizers.codecs.binned import mulaw, residual, twohot
from kappabar.tokenizers.codecs.codebook import Codebook
from kappabar.tokenizers.codecs.digits import Digits
from kappabar.tokenizers.codecs.gray import gray, thermo
from kappabar.tokenizers.codecs.one_token import OneToken
from kappabar.tokenizers.codecs.radix import Radix

floats = st.builds(lambda m, e: m * 10.0**e, st.floats(-10, 10), st.integers(-20, 20))


def substitutions(codec: NumberCodec, code: Sequence[str]) -> list[tuple[int, float]]:
    """Position and value of every one-token substitution that is a number again."""
    found = []
    for i, old in enumerate(code):
        for token in codec.tokens:
            read = codec.read([*code[:i], token, *code[i + 1 :]], 0)
            if token != old and not isinstance(read, Invalid) and read[1] == len(code):
                found.append((i, read[0]))
    return found


@pytest.mark.parametrize("codec", [gray((), 33), gray((), 64), gray((), 3), thermo((), 20), thermo((), 21)], ids=lambda c: c.spec)
def test_a_substitution_in_a_snake_or_thermometer_moves_by_one_value(codec: Codebook) -> None:
    for rank, value in enumerate(codec.values):
        neighbors = {codec.values[r] for r in (rank - 1, rank + 1) if 0 <= r < len(codec.values)}
        assert {v for _, v in substitutions(codec, codec.write(value))} == neighbors


@pytest.mark.parametrize("codec", [gray((), 20), gray((), 20, "reflected")], ids=lambda c: c.spec)
def test_in_gray_codes_neighboring_values_differ_in_one_token(codec: Codebook) -> None:
    for a, b in pairwise(codec.codes):
        assert sum(s != t for s, t in zip(a, b, strict=True)) == 1


def test_deleting_or_inserting_within_a_snake_code_never_gives_a_number() -> None:
    codec = gray((), 20)
    for code in codec.codes:
        for token in codec.tokens:
            read = codec.read([code[0], token, code[1]], 0)
            assert isinstance(read, Invalid) or (read[1] == 2 and isinstance(codec.read([code[1]], 0), Invalid))
        assert all(isinstance(codec.read([token], 0), Invalid) for token in code)


@pytest.mark.parametrize("k", [3, 16, 21])
def test_reflected_codes_jump_no_further_than_stated(k: int) -> None:
    codec = gray((), k, "reflected")
    ranks = {v: i for i, v in enumerate(codec.values)}
    width = len(codec.codes[0])
    for rank, code in enumerate(codec.codes):
        for i, value in substitutions(codec, code):
            jump = abs(ranks[value] - rank)
            assert jump % 2 == 1
            assert jump <= 2 ** (width - i) - 1
            if i == 0:
                assert ranks[value] == 2**width - 1 - rank


@given(floats)
def test_a_fine_token_stays_within_its_coarse_bin(value: float) -> None:
    codec = residual((), 8, 8)
    code = codec.write(value)
    coarse = sorted(v for v, c in zip(codec.values, codec.codes, strict=True) if c[0] == code[0])
    first = codec.values.index(coarse[0])
    assert tuple(coarse) == codec.values[first : first + len(coarse)]
    assert {v for i, v in substitutions(codec, code) if i == 1} == set(coarse) - {codec.round(value)}


@given(st.floats(-999, 999), st.integers(2, 60).map(lambda n: 2 * n + 1), st.integers(1, 1000))
def test_mulaw_levels_are_evenly_spaced_after_companding(value: float, k: int, mu: int) -> None:
    codec = mulaw((), k, mu)
    levels = [math.copysign(math.log(1 + mu * abs(v) / 1000) / math.log(1 + mu), v) for v in codec.values]
    assert levels == pytest.approx([2 * i / (k - 1) - 1 for i in range(k)], abs=1e-9)
    middles = [math.copysign(math.log(1 + mu * abs(v) / 1000) / math.log(1 + mu), v) for v in codec.edges]
    assert middles == pytest.approx([(2 * i + 1) / (k - 1) - 1 for i in range(k - 1)], abs=1e-9)
    level = math.copysign(math.log(1 + mu * abs(value) / 1000) / math.log(1 + mu), value)
    rank = codec.values.index(codec.round(value))
    assert abs(levels[rank] - level) <= min(abs(x - level) for x in levels) + 1e-9


@given(st.floats(-2000, 2000))
def test_twohot_takes_the_nearest_mixture_of_two_neighboring_centers(value: float) -> None:
    codec = twohot((), 33, 8)
    centers = twohot((), 33, 1).values
    inner = [a + (b - a) * j / 8 for a, b in pairwise(centers) for j in range(8)] + [centers[-1]]
    assert abs(codec.round(value) - value) <= min(abs(v - value) for v in inner) * (1 + 1e-9) + 1e-12
    low, weight = codec.write(value)
    below = centers[int(low[1:])]
    above = centers[min(int(low[1:]) + 1, 32)]
    assert codec.round(value) == pytest.approx(below + (above - below) * int(weight[1:]) / 8, rel=1e-12, abs=1e-15)


def test_twohot_has_a_bounded_absolute_error_near_zero() -> None:
    codec = twohot((), 33, 8)
    least = codec.reach[0]
    assert least == 1e-3
    assert all(abs(codec.round(least * i / 500) - least * i / 500) <= least / 16 * (1 + 1e-9) for i in range(-500, 501))


radices = st.sampled_from(
    [Radix(10, 3), Radix(2, 5), Radix(30, 2), *(Radix(b, d, True) for b in (3, 4, 10, 9) for d in (1, 2, 3))]
)


@given(radices, floats)
@settings(max_examples=300)
def test_radix_codes_are_the_nearest_numbers_of_that_form(codec: Radix, value: float) -> None:
    """Brute force over all mantissas of D digits and three exponents."""
    low, high = codec.reach
    if not low <= abs(value) <= high:
        return
    lowest, highest = (-((codec.base - 1) // 2), codec.base // 2) if codec.balanced else (0, codec.base - 1)
    mantissas = {0}
    for _ in range(codec.digits):
        mantissas = {m * codec.base + d for m in mantissas for d in range(lowest, highest + 1)}
    near = math.floor(math.log(abs(value), codec.base))
    size = Fraction(repr(abs(value)))
    sign = -1 if value < 0 and codec.balanced else 1
    forms = [
        sign * m * Fraction(codec.base) ** (e - codec.digits + 1)
        for m in mantissas
        for e in range(near - 1, near + 3)
        if codec.base ** abs(e) <= 10**12
    ]
    best = min(abs(f - size) for f in forms)
    assert abs(abs(Fraction(codec.round(value))) - size) <= best + size * Fraction(1, 10**14)


@given(floats)
def test_base_ten_is_digits_and_one_token_floats_are_digits_within_their_range(value: float) -> None:
    assert Radix(10, 3).round(value) == Digits(3).round(value)
    if 1e-7 <= abs(value) < 9.99e7:
        assert OneToken(3, 7).round(value) == Digits(3).round(value)


def test_known_codes() -> None:
    assert Radix(100, 2).write(12.34) == ["N+", "D12", "D34", "E0"]
    assert Radix(100, 2).write(-0.0) == ["N+", "D0", "D0", "E0"]
    assert Radix(1000, 1).write(-28.0) == ["N-", "D28", "E0"]
    assert Radix(2, 3).write(5.0) == ["N+", "D1", "D0", "D1", "E2"]
    assert Radix(10, 3, True).write(-12.3) == ["D-1", "D-2", "D-3", "E1"]
    assert Radix(10, 3, True).write(8.0) == ["D1", "D-2", "D0", "E1"]
    assert Radix(3, 4, True).write(5.0) == ["D1", "D-1", "D-1", "D0", "E2"]
    assert OneToken(3, 7).write(12.34) == ["FP123/-1"]
    assert OneToken(3, 7).write(-9.996e7) == ["FP-999/5"]
    assert len(OneToken(3, 7).tokens) == 27_001
    assert OneToken(2, 3).write(-0.0) == ["FP0/0"]
    assert thermo((), 4).write(0.0) == ["T1", "T1", "T0", "T0"]
    assert gray((), 5).write(0.0) == ["G1", "H1"]
    assert gray((), 5, "reflected").write(0.0) == ["G0", "G1", "G1"]
    assert twohot((1.0, 4.0), 5, 4).write(3.25) == ["B3", "W3"]
    assert residual((1.0, 4.0), 2, 3).values == pytest.approx((-4.0, -1.0, 0.0, 1.0, 2.0, 4.0))
    assert residual((1.0, 4.0), 2, 3).write(2.1) == ["R1", "S1"]
    assert mulaw((-8.0,), 5, 3).values == pytest.approx((-8.0, -8 / 3, 0.0, 8 / 3, 8.0))


@pytest.mark.parametrize(
    ("codec", "code", "position"),
    [
        (Radix(10, 2), "D1 D2 E0", 0),
        (Radix(10, 2), "N+ D0 D2 E0", 2),
        (Radix(10, 2), "N- D0 D0 E0", 1),
        (Radix(10, 2), "N+ D0 D0 E1", 3),
        (Radix(10, 2), "N+ D1 D10 E1", 2),
        (Radix(10, 2), "N+ D1 D1 E13", 3),
        (Radix(10, 2, True), "D0 D-1 E1", 1),
        (Radix(10, 2, True), "D1 D-5 E1", 1),
        (Radix(10, 2, True), "D1 D-4", 2),
        (OneToken(2, 3), "FP01/2", 0),
        (gray((), 9), "G2 H4", 1),
        (gray((), 9), "H1 G1", 0),
        (gray((), 9, "reflected"), "G1 G1 G1 G1", 2),
        (thermo((), 4), "T0 T1 T0 T0", 1),
        (residual((1.0,), 4, 4), "R0 S3", 1),
        (twohot((), 5, 4), "B4 W1", 1),
    ],
)
def test_codes_are_strict(codec: NumberCodec, code: str, position: int) -> None:
    found = codec.read(code.split(), 0)
    assert isinstance(found, Invalid)
    assert found.position == position


def test_a_list_with_two_values_of_one_code_is_refused() -> None:
    with pytest.raises(ValueError, match="two numbers"):
        Codebook("x", (0.0, 1.0), (1.0,), (("A",), ("A",)))


def test_direct_mistakes_are_refused() -> None:
    for build in (lambda: gray((), 8, "grey"), lambda: thermo((), 1000), lambda: Radix(2, 3, True), lambda: OneToken(9)):
        with pytest.raises(SpecError):
            build()
