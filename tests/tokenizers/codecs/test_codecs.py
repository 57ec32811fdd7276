"""Number codecs: what is read back is the declared rounding, within the declared error, and every code is strict."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kappabar.grammars.errors import EncodeError, SpecError
from kappabar.tokenizers.base import Invalid, NumberCodec
from kappabar.tokenizers.codecs.bins import MODES, Bins
from kappabar.tokenizers.codecs.digits import Digits, Floats

VALUES = (0.1, 1.0, -2.5, 3.0, 28.0, 2.667, 0.1, -1e-4, 50.0)
CODECS: list[NumberCodec] = [
    *(Digits(n) for n in (1, 3, 15)),
    *(Floats(*p) for p in ((4, 1), (4, 2), (4, 4), (6, 3), (1, 1))),
    *(Bins(k, mode) for k in (1, 2, 3, 64) for mode in MODES),
    *(Bins.fit(VALUES, k, mode) for k in (1, 2, 5, 64) for mode in MODES),
    Bins.fit([*VALUES, 0.0], 8, "log"),
    Bins.fit([0.0], 8, "log"),
]
floats = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.builds(lambda m, e: m * 10.0**e, st.floats(-10, 10), st.integers(-110, 110)),
)
codecs = st.sampled_from(CODECS)


@given(codecs, floats)
@example(Digits(3), -0.0)
@example(Digits(3), 5e-324)
@example(Digits(3), 1e308)
@example(Digits(3), -9.996e12)
@example(Digits(3), 9.996e-13)
@example(Digits(3), 9.9e-13)
@example(Floats(4, 1), 9.999e-98)
@example(Floats(4, 1), 9.9996e-98)
@example(Floats(4, 2), 5e-324)
@example(Floats(4, 2), -1e308)
@example(Bins(3, "uniform"), -1e308)
def test_reading_what_was_written_gives_the_declared_rounding(codec: NumberCodec, value: float) -> None:
    code = codec.write(value)
    assert set(code) <= set(codec.tokens)
    expected = codec.round(value)
    assert codec.read(["before", *code, "after"], 1) == (expected, 1 + len(code))
    assert codec.round(expected) == expected
    assert codec.write(expected) == code


@given(st.sampled_from([c for c in CODECS if isinstance(c, Digits | Floats | Bins)]), floats)
def test_error_within_reach_is_at_most_the_declared_one(codec: Digits | Floats | Bins, value: float) -> None:
    low, high = codec.reach
    if isinstance(codec, Bins):
        low, high = min((c for c in codec.centers if c > 0), default=math.inf), max(codec.centers)
    size = abs(value)
    if low <= size <= high:
        assert abs(codec.round(size) - size) <= codec.worst_error * size * (1 + 1e-12)


@given(st.floats(1e-11, 1e11), st.integers(1, 15))
def test_digits_round_the_shortest_decimal_half_to_even(value: float, digits: int) -> None:
    exact = Decimal(repr(value))
    unit = Decimal(1).scaleb(exact.adjusted() - digits + 1)
    assert Digits(digits).round(value) == float(exact.quantize(unit, rounding="ROUND_HALF_EVEN"))


def test_known_codes() -> None:
    assert Digits(3).write(12.34) == ["N+", "1", "2", "3", "E1"]
    assert Digits(3).write(9.995) == ["N+", "1", "0", "0", "E1"]
    assert Digits(3).write(-0.0) == ["N+", "0", "0", "0", "E0"]
    assert Digits(3).round(1e300) == 9.99e12
    assert Digits(3).round(-1e-300) == 0.0
    assert Floats(4, 1).write(12.34) == ["N+", "N1234", "E-2"]
    assert Floats(4, 2).write(12.34) == ["N+", "N12", "N34", "E-2"]
    assert Floats(4, 4).write(-5.0) == ["N-", "N5", "N0", "N0", "N0", "E-3"]
    assert Bins(3, "uniform").centers == (-10.0, 0.0, 10.0)


@pytest.mark.parametrize("chunks", [1, 2, 4])
def test_all_mantissa_chunks_are_read(chunks: int) -> None:
    """The published decoder reads the first chunk only and turns 12.34 into 1.2e35."""
    codec = Floats(4, chunks)
    assert codec.read(codec.write(12.34), 0) == (12.34, 2 + chunks)


@pytest.mark.parametrize(
    ("codec", "code", "position"),
    [
        (Digits(3), "N+ 0 1 2 E0", 2),
        (Digits(3), "N- 0 0 0 E0", 1),
        (Digits(3), "N+ 0 0 0 E1", 4),
        (Digits(3), "N+ 1 2 E0 3", 3),
        (Digits(3), "1 2 3 E0", 0),
        (Digits(3), "N+ 1 2", 3),
        (Digits(3), "N+ 1 2 3", 4),
        (Digits(3), "N+ 1 2 3 E13", 4),
        (Floats(4, 2), "N+ N01 N23 E0", 1),
        (Floats(4, 2), "N+ N00 N23 E0", 2),
        (Floats(4, 2), "N+ N00 N00 E1", 3),
        (Floats(4, 2), "N- N00 N00 E0", 1),
        (Floats(4, 2), "N+ N12 E0", 2),
        (Floats(4, 1), "N+ N0012 E0", 1),
        (Bins(4), "B4", 0),
        (Bins(4), "", 0),
    ],
)
def test_codes_are_strict(codec: NumberCodec, code: str, position: int) -> None:
    found = codec.read(code.split(), 0)
    assert isinstance(found, Invalid)
    assert found.position == position


@given(codecs, st.data())
def test_every_number_has_one_code(codec: NumberCodec, data: st.DataObject) -> None:
    width = len(codec.write(1.5))
    code = data.draw(st.lists(st.sampled_from(codec.tokens), min_size=width, max_size=width))
    found = codec.read(code, 0)
    if not isinstance(found, Invalid):
        value, end = found
        assert codec.write(value) == code[:end]


@pytest.mark.parametrize("codec", CODECS, ids=lambda c: c.spec)
def test_no_token_looks_like_a_symbol_of_a_notation(codec: NumberCodec) -> None:
    assert len(set(codec.tokens)) == len(codec.tokens)
    assert not set(codec.tokens) & {*"+-*/^()|", "neg", "pi", "e", "x_0", *(f"^{n}" for n in range(2, 10))}


@given(st.lists(floats, min_size=1, max_size=30), st.integers(1, 20), st.sampled_from(MODES))
def test_fitted_bins_stay_within_the_values_and_ignore_their_order(values: list[float], k: int, mode: str) -> None:
    bins = Bins.fit(values, k, mode)
    assert 1 <= len(bins.tokens) <= k
    assert bins == Bins.fit(values[::-1], k, mode)
    assert max(map(abs, bins.centers)) <= max(map(abs, values))
    assert all(a < e <= b for a, e, b in zip(bins.centers, bins.edges, bins.centers[1:], strict=False))


@given(floats, st.integers(1, 32).map(lambda n: 2 * n + 1))
def test_log_bins_with_odd_k_treat_both_signs_alike(value: float, k: int) -> None:
    bins = Bins(k, "log")
    if abs(value) not in bins.edges:
        assert bins.round(-value) == -bins.round(value)


def test_quantile_bins_are_exact_where_they_can_be() -> None:
    assert Bins.fit(VALUES, 64, "quantile").centers == tuple(sorted(set(VALUES)))
    assert Bins.fit([float(i) for i in range(8)], 2, "quantile").centers == (2.0, 6.0)
    assert Bins.fit([1.0] * 97 + [5.0, 6.0, 7.0], 2, "quantile").centers == (1.0,)
    assert Bins.fit(VALUES, 1, "log").tokens == ("B0",)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("codec", [Digits(3), Floats(4, 1), Bins(8)], ids=lambda c: c.spec)
def test_a_number_that_is_not_finite_is_refused(codec: NumberCodec, value: float) -> None:
    with pytest.raises(EncodeError, match="not finite"):
        codec.write(value)


@pytest.mark.parametrize(
    "build",
    [
        lambda: Digits(0),
        lambda: Digits(16),
        lambda: Floats(4, 3),
        lambda: Floats(12, 1),
        lambda: Bins(0),
        lambda: Bins(4, "cubic"),
        lambda: Bins(2, "log", (1.0, 1.0)),
    ],
)
def test_arguments_out_of_range_are_refused(build: object) -> None:
    with pytest.raises(SpecError):
        build()  # type: ignore[operator]
