"""Every number codec that a spec can name, fitted and not: the same promises, and the same trees in prefix and infix."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Protocol, runtime_checkable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.grammars.draw.strategies import trees
from kappabar.grammars.errors import EncodeError, SpecError
from kappabar.grammars.tree import Node, is_whole_power, number, system
from kappabar.tokenizers.alphabet import operands
from kappabar.tokenizers.base import Invalid, NumberCodec, Tokenizer
from kappabar.tokenizers.catalog import NOTATIONS, parse_spec

VALUES = (0.1, 1.0, -2.5, 3.0, 28.0, 2.667, 0.1, -0.0625, 50.0)
SPECS = (
    *("digits:1", "digits:3", "e2e:4,1", "e2e:4,2", "bins:9,log", "bins:65,log"),
    *("residual:2,2", "residual:16,16", "residual:3,50"),
    *("mulaw:3,1", "mulaw:64,255", "mulaw:65,255", "mulaw:1001,100000"),
    *("twohot:3,1", "twohot:3,4", "twohot:64,16"),
    *("gray:3,snake", "gray:64,snake", "gray:3,reflected", "gray:64,reflected", "gray:100,reflected"),
    *("thermo:2", "thermo:32"),
    *("fp:1,0", "fp:2,7", "fp:3,3"),
    *("base:2,1", "base:2,20", "base:10,3", "base:100,2", "base:1000,1", "base:36,4"),
    *("digits:1,rtl", "digits:4,rtl", "digits:7,rtl", "digits:2,ltl", "digits:4,ltl", "digits:9,ltl"),
    *("bits:8,7", "bits:5,10", "bits:2,1", "bits:8,23"),
    *("signed:1,3", "signed:8,3", "signed:1,10", "signed:3,10", "signed:4,9", "signed:2,100"),
)
WIDE = (*VALUES, 6.626e-34, -1.381e-23, 2.998e8, -6.022e23, 1e120, 1e-250)
FITTED = ((), VALUES, WIDE)
"""Coefficients that codecs are fitted to."""
BOTH = [(spec, fitted) for spec in SPECS for fitted in FITTED]
floats = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.builds(lambda m, e: m * 10.0**e, st.floats(-10, 10), st.integers(-30, 30)),
    st.sampled_from((0.0, -0.0, 5e-324, -1e308, *VALUES)),
)


@runtime_checkable
class Bounded(NumberCodec, Protocol):
    @property
    def reach(self) -> tuple[float, float]: ...

    @property
    def worst_error(self) -> float: ...


@cache
def codec(spec: str, fitted: tuple[float, ...]) -> Bounded:
    corpus = [system(*map(number, fitted))] if fitted else []
    found = parse_spec(["prefix", spec]).codec(corpus)
    assert isinstance(found, Bounded)
    assert found.spec == spec
    return found


codecs = st.sampled_from(BOTH).map(lambda which: codec(*which))


@given(codecs, floats)
@settings(max_examples=600)
def test_reading_what_was_written_gives_the_declared_rounding(it: Bounded, value: float) -> None:
    code, expected = it.write(value), it.round(value)
    assert set(code) <= set(it.tokens)
    assert it.read(["before", *code, "after"], 1) == (expected, 1 + len(code))
    assert math.copysign(1.0, expected) > 0 or expected < 0, "zero has no sign"
    assert expected == 0.0 or (expected < 0) == (value < 0)
    assert it.round(expected) == expected
    assert it.write(expected) == code


@given(codecs, floats, floats)
@settings(max_examples=300)
def test_codes_say_where_they_end(it: Bounded, first: float, second: float) -> None:
    a, b = it.write(first), it.write(second)
    assert it.read(a + b, 0) == (it.round(first), len(a))
    assert it.read(a + b, len(a)) == (it.round(second), len(a + b))
    for end in range(len(a)):
        assert it.read(a[:end], 0) == Invalid(_reason(it.read(a[:end], 0)), end)


def _reason(found: object) -> str:
    assert isinstance(found, Invalid)
    return found.reason


@given(codecs, floats, floats)
@settings(max_examples=600)
def test_rounding_keeps_the_order(it: Bounded, a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert it.round(low) <= it.round(high)


@cache
def reach_of(spec: str, fitted: tuple[float, ...]) -> tuple[float, float]:
    return codec(spec, fitted).reach


def _between(low: float, high: float, share: float) -> float:
    return min(max(low * (high / low) ** share, low), high)


@pytest.mark.parametrize(("spec", "fitted"), BOTH)
@given(share=st.floats(0, 1), sign=st.sampled_from((1, -1)))
@settings(max_examples=40)
def test_the_error_within_reach_is_at_most_the_declared_one(
    spec: str, fitted: tuple[float, ...], share: float, sign: int
) -> None:
    it = codec(spec, fitted)
    value = sign * _between(*reach_of(spec, fitted), share)
    assert abs(it.round(value) - value) <= it.worst_error * abs(value) * (1 + 1e-12)


@pytest.mark.parametrize(("spec", "fitted"), BOTH)
def test_the_declared_error_is_no_exaggeration(spec: str, fitted: tuple[float, ...]) -> None:
    """Some of many values within reach come within half of it; those next to one and those next to the ends, too."""
    it = codec(spec, fitted)
    (low, high), worst = it.reach, it.worst_error
    steps = [1.0 + i * worst / 50 for i in range(500)]
    spread = (_between(low, high, i / 2000) for i in range(2001))
    tried = (sign * v for start in (low, 1.0) for v in (*(start * s for s in steps), *spread) for sign in (1, -1))
    assert any(abs(it.round(v) - v) >= 0.5 * worst * abs(v) for v in tried if low <= abs(v) <= high)


@pytest.mark.parametrize(("spec", "fitted"), BOTH)
def test_beyond_the_range_numbers_become_the_outermost(spec: str, fitted: tuple[float, ...]) -> None:
    it = codec(spec, fitted)
    for sign in (1.0, -1.0):
        largest = it.round(sign * 1.7e308)
        assert abs(largest) >= it.reach[1]
        assert it.round(sign * abs(largest) * 1.5) == largest
        assert it.round(sign * 5e-324) == 0.0
        assert it.round(sign * it.reach[0]) * sign > 0


@given(codecs, st.data())
@settings(max_examples=600)
def test_reading_is_total_and_every_number_has_one_code(it: Bounded, data: st.DataObject) -> None:
    width = len(it.write(1.5))
    tokens = st.sampled_from((*it.tokens, "x_0", "+", "")) if data.draw(st.booleans()) else st.sampled_from(it.tokens)
    code = data.draw(st.lists(tokens, max_size=width + 2))
    start = data.draw(st.integers(0, len(code)))
    found = it.read(code, start)
    if isinstance(found, Invalid):
        assert start <= found.position <= len(code) and found.reason
    else:
        value, end = found
        assert start < end <= len(code)
        assert it.round(value) == value
        assert it.write(value) == code[start:end]


@pytest.mark.parametrize(("spec", "fitted"), BOTH)
def test_tokens_are_unique_and_all_notations_take_them(spec: str, fitted: tuple[float, ...]) -> None:
    it = codec(spec, fitted)
    assert len(set(it.tokens)) == len(it.tokens)
    assert not any(c.isspace() or c == "|" for t in it.tokens for c in t)
    for notation in NOTATIONS.values():
        if notation.build is not None and not notation.sequences:
            notation.build(it, 3, True)  # refuses a token that it has itself


@given(st.sampled_from(SPECS), st.lists(floats, max_size=12), st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_fitting_is_deterministic_and_takes_any_values(spec: str, values: list[float], random: object) -> None:
    def fit(given: list[float]) -> NumberCodec | None:
        return parse_spec(["prefix", spec]).codec([system(number(v)) for v in given])

    one = fit(values)
    assert one == fit(values[::-1]) == fit(values + values)
    assert isinstance(one, Bounded)
    for value in (*values, 0.0, 1.0, -1.0):
        assert one.read(one.write(value), 0) == (one.round(value), len(one.write(value)))
        assert one.write(one.round(value)) == one.write(value)
    assert one.round(0.0) == 0.0 or spec.startswith("bins")


@pytest.mark.parametrize("spec", SPECS)
def test_a_number_that_is_not_finite_is_refused(spec: str) -> None:
    for value in (math.nan, math.inf, -math.inf):
        with pytest.raises(EncodeError, match="not finite"):
            codec(spec, ()).write(value)


@dataclass(frozen=True)
class _Rounded:
    codec: NumberCodec

    def __call__(self, node: Node) -> Node:
        """The tree with every coefficient rounded; whole exponents are structure."""
        below = tuple(map(self, operands(node)))
        if node.is_number:
            return number(self.codec.round(node.value or 0.0))
        return Node("^", (*below, node.children[1])) if is_whole_power(node) else Node(node.symbol, below)


@cache
def built(notation: str, spec: str, fitted: tuple[float, ...]) -> Tokenizer:
    return parse_spec([notation, spec]).build(3, True, [system(*map(number, fitted))] if fitted else [])


@pytest.mark.parametrize("notation", ["prefix", "infix"])
@given(which=st.sampled_from(BOTH), tree=trees(max_dim=3, max_leaves=6))
@settings(max_examples=60)
def test_trees_come_back_with_rounded_numbers(notation: str, which: tuple[str, bool], tree: Node) -> None:
    tokenizer = built(notation, *which)
    expected = _Rounded(codec(*which))(tree)
    # A rounded exponent that has become whole is structure when it is read again; the tokens differ, the tree does not.
    assert tokenizer.decode(tokenizer.encode(tree)) == expected


@pytest.mark.parametrize("spec", SPECS)
def test_specs_parse_back(spec: str) -> None:
    assert parse_spec(["prefix", spec]).parts == ("prefix", spec)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("residual:1,4", "K1"),
        ("residual:1000,1000", "the limit is 100,000"),
        ("mulaw:2", "K is"),
        ("mulaw:8,0", "MU is"),
        ("twohot:50000,3", "the limit"),
        ("twohot:8,0", "W is"),
        ("gray:64,snak", "did you mean 'snake'"),
        ("digits:3,rlt", "did you mean 'rtl'"),
        ("digits:3,", "one of rtl, ltl"),
        ("bits:1", "E is"),
        ("bits:8,0", "M is"),
        ("fone:0", "W is"),
        ("fone:9,9", "at most 15 in all"),
        ("gray:2", "K is"),
        ("thermo:257", "K is"),
        ("fp:4,100", "the limit"),
        ("fp:5", "D is"),
        ("base:1", "B is"),
        ("base:10,16", "at most 10^15"),
        ("signed:3,2", "B is"),
        ("signed:30,4", "at most 10^15"),
        ("xval:3", "it takes none"),
    ],
)
def test_arguments_out_of_range_are_refused(spec: str, message: str) -> None:
    with pytest.raises(SpecError, match=message.replace("^", r"\^")):
        parse_spec(["prefix", spec])


def test_the_number_of_tokens_is_the_promised_one() -> None:
    def width(spec: str) -> int:
        return len(codec(spec, ()).write(twelve))

    twelve = 12.34
    assert [width(s) for s in ("residual:16,16", "mulaw:64,255", "twohot:64,16", "gray:64,snake")] == [2, 1, 2, 2]
    assert [width(s) for s in ("gray:64,reflected", "thermo:32", "fp:3,3", "base:100,2", "signed:3,10")] == [6, 32, 1, 4, 4]
