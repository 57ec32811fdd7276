"""Digits in groups of three, from the right or from the left: codes worked by hand, and what the direction is for."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.grammars.errors import SpecError
from kappabar.tokenizers.base import Invalid
from kappabar.tokenizers.catalog import parse_spec
from kappabar.tokenizers.codecs.digits import Digits
from kappabar.tokenizers.codecs.grouped import Grouped

floats = st.builds(lambda m, e: m * 10.0**e, st.floats(-10, 10), st.integers(-14, 14))
sizes = st.integers(1, 15)


@pytest.mark.parametrize(
    ("digits", "direction", "value", "code"),
    [
        (7, "rtl", 1234567.0, "N+ 1 234 567 E6"),
        (7, "ltl", 1234567.0, "N+ 123 456 7 E6"),
        (7, "rtl", 12.345678, "N+ 12 345 680 E0"),
        (7, "ltl", 12.345678, "N+ 123 456 8 E1"),
        (4, "rtl", -0.00012, "N- 120 000 E-6"),
        (4, "ltl", -0.00012, "N- 120 0 E-4"),
        (3, "rtl", 28.0, "N+ 28 000 E0"),
        (3, "ltl", 28.0, "N+ 280 E1"),
        (1, "rtl", 300.0, "N+ 300 E0"),
        (4, "rtl", -0.0, "N+ 0 000 E0"),
        (4, "ltl", -0.0, "N+ 000 0 E0"),
        (4, "rtl", 9.99996e14, "N+ 999 900 E12"),  # above the range: the largest
    ],
)
def test_codes_worked_by_hand(digits: int, direction: str, value: float, code: str) -> None:
    codec = Grouped(digits, direction)
    assert codec.write(value) == code.split()
    assert codec.read(code.split(), 0) == (codec.round(value), len(code.split()))


@given(st.integers(1, 10**12 - 1))
def test_from_the_right_groups_are_those_of_the_thousands_separators(n: int) -> None:
    """The oracle is Python's own `format(n, ',')`."""
    code = Grouped(12, "rtl").write(float(n))
    words = f"{n:,}".split(",")
    assert code[1 : 1 + len(words)] == words
    assert not "".join(code[1 + len(words) : -1]).strip("0")
    assert code[-1] == f"E{3 * (len(words) - 1)}"


@given(sizes, floats)
def test_from_the_left_groups_are_cut_as_a_tokenizer_does(digits: int, value: float) -> None:
    """The oracle is the regular expression of GPT-4's tokenizer for digits, over those of `digits`."""
    single, code = Digits(digits).write(value), Grouped(digits, "ltl").write(value)
    assert [code[0], *re.findall(r"\d{1,3}", "".join(single[1:-1])), code[-1]] == code
    assert code[-1] == single[-1]


@given(sizes, st.sampled_from(("rtl", "ltl")), floats)
def test_numbers_are_rounded_as_single_digits_are(digits: int, direction: str, value: float) -> None:
    if abs(value) < 9.9e12 and (value == 0 or abs(value) >= 1e-12):
        assert Grouped(digits, direction).round(value) == Digits(digits).round(value)


@given(sizes, st.integers(1, 999), st.integers(0, 3))
def test_from_the_right_a_place_in_a_group_means_the_same_in_every_number(digits: int, n: int, k: int) -> None:
    """Times a thousand: the same groups under another exponent. From the left the groups of times ten are, too."""
    right, left = Grouped(digits, "rtl"), Grouped(digits, "ltl")
    assert right.write(float(n))[:-1] == right.write(float(n * 1000**k))[:-1]
    assert left.write(float(n))[:-1] == left.write(float(n * 10**k))[:-1]


def test_the_vocabulary_holds_what_can_occur() -> None:
    for digits in range(1, 8):
        for direction in ("rtl", "ltl"):
            codec = Grouped(digits, direction)
            figures = {t for chain in (codec.zeros, *map(codec.groups, codec.firsts)) for group in chain for t in group}
            assert set(codec.tokens[2 : 2 + len(figures)]) == figures
            assert all(t[0] == "E" for t in codec.tokens[2 + len(figures) :])


@pytest.mark.parametrize(
    ("code", "position"),
    [
        ("N+ 1 23 E0", 2),
        ("N+ 1 234 567 E6", 3),
        ("N+ 12 345 E0", 2),  # a fifth significant digit
        ("N+ 01 200 E0", 1),
        ("N- 0 000 E0", 1),
        ("N+ 0 001 E0", 2),
        ("N+ 0 000 E3", 3),
        ("N+ 1 234 E1", 3),
        ("N+ 1 234", 3),
        ("1 234 E0", 0),
        ("N+ ١ 234 E0", 1),
    ],
)
def test_codes_are_strict(code: str, position: int) -> None:
    found = Grouped(4, "rtl").read(code.split(), 0)
    assert isinstance(found, Invalid)
    assert found.position == position


def test_single_digits_print_as_before() -> None:
    assert parse_spec(["prefix", "digits"]).parts == ("prefix", "digits:3")
    assert parse_spec(["prefix", "digits:4,ltl"]).parts == ("prefix", "digits:4,ltl")
    with pytest.raises(SpecError, match="there are rtl, ltl"):
        Grouped(3, "")
    with pytest.raises(SpecError, match="1 to 15"):
        Grouped(16)
