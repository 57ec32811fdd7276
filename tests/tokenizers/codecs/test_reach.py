"""Ranges of number codecs: widened or fitted to a corpus, told where a number falls out, and printed as they are."""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_EVEN, Context, Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kappabar.evaluate.commands.kappa import kappa
from kappabar.evaluate.expression.tokenize import tokenize
from kappabar.grammars.text.parse import parse
from kappabar.grammars.tree import Node, number, system
from kappabar.representations.representation import representation
from kappabar.tokenizers.base import Invalid, NumberCodec
from kappabar.tokenizers.catalog import parse_spec
from kappabar.tokenizers.codecs.digits import Digits
from kappabar.tokenizers.codecs.radix import Radix
from kappabar.tokenizers.codecs.reach import Ranged, falls_out
from kappabar.tokenizers.languages.catalog import language
from kappabar.tokenizers.languages.grammar import Shape
from kappabar.tokenizers.languages.masked_rows import END, MaskedRows, Masks
from kappabar.tokenizers.languages.tables import compiled
from kappabar.tokenizers.machines.decode import bulk_decoder

PHYSICS = (
    6.62607015e-34,
    1.380649e-23,
    1.602176634e-19,
    8.8541878128e-12,
    6.6743e-11,
    2.99792458e8,
    6.02214076e23,
    -9.1093837e-31,
)
SPECS = (
    "digits:1", "digits:3", "digits:6", "base:2,9", "base:100,2", "base:1000,1", "signed:3,10", "signed:6,3", "e2e:4,1",
    "e2e:4,2",
    "bins:64,log", "bins:65,log", "residual:16,16", "twohot:64,16", "gray:64,snake", "gray:64,reflected", "thermo:32",
    "fp:3,7", "fp:2,7", "mulaw:64,255", "bins:64,uniform", "bins:64,quantile",
)  # fmt: skip
GRID = [sign * m * 10.0**e for e in range(-30, 31) for m in (1.0, 1.7, 3.3, 9.99, 9.996) for sign in (1, -1)]


def codec(spec: str, *values: float) -> NumberCodec:
    found = parse_spec(["prefix", spec]).codec([system(*map(number, values))] if values else [])
    assert found is not None
    return found


def test_of_a_codec_that_promises_nothing_what_it_keeps_beyond_its_reach_has_not_fallen_out() -> None:
    class Sloppy:
        """Up to 2 it promises nothing; beyond, it keeps what is whole."""

        spec, reach, worst_error = "sloppy", (1.0, 2.0), math.inf

        def round(self, value: float) -> float:
            return value if value == int(value) else 2.0

    sloppy: Any = Sloppy()
    assert [falls_out(sloppy, v) for v in (0.5, 1.5, 5.0, 5.5, -1.5)] == [False, False, False, True, True]


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("values", [(), (0.1, 28.0, -2.5), PHYSICS, (*GRID, 0.0)], ids=["none", "few", "physics", "all"])
def test_what_falls_out_is_told_and_all_else_comes_within_the_declared_error(spec: str, values: tuple[float, ...]) -> None:
    it = codec(spec, *values)
    assert isinstance(it, Ranged)
    for v in GRID:
        error = abs(it.round(v) - v) / abs(v)
        if not falls_out(it, v):
            assert it.round(v) * v > 0 and error <= it.worst_error * (1 + 1e-9)
        elif math.isfinite(it.worst_error):
            assert error > it.worst_error or not it.reach[0] <= abs(v) <= it.reach[1]


@pytest.mark.parametrize(
    "spec", [s for s in SPECS if not s.startswith(("fp", "mulaw")) and not s.endswith(("uniform", "quantile"))]
)
def test_a_fitted_codec_loses_no_number_of_its_corpus(spec: str) -> None:
    it = codec(spec, *PHYSICS)
    assert not [v for v in PHYSICS if falls_out(it, v)]
    assert all(it.round(v) * v > 0 for v in PHYSICS)


@pytest.mark.parametrize("digits", [1, 3, 6])
def test_widened_digits_are_the_decimals_of_python(digits: int) -> None:
    wide, context = Digits.fit(GRID, digits), Context(prec=digits, rounding=ROUND_HALF_EVEN)
    assert all(wide.round(v) == float(context.create_decimal(repr(v))) for v in GRID)
    assert all(Radix.fit(GRID, 10, digits).round(v) == wide.round(v) for v in GRID)
    assert wide.reach[0] == 1e-30 and Decimal(repr(wide.reach[1])).adjusted() == 31 - (digits > 3)


@pytest.mark.parametrize("base", [2, 10, 100, 1000])
def test_ordinary_numbers_widen_nothing(base: int) -> None:
    ordinary = (0.0, 1e-12, -9.99e12, 3.0, -0.0)
    assert Digits.fit(ordinary) == Digits.fit(()) == Digits(3) and Digits(3).tokens == Digits.fit(ordinary).tokens
    assert Radix.fit((1e-9, 1e9), base, 1).tokens == Radix(base, 1).tokens
    assert Radix.fit((1e-9, 1e20), base, 1).tokens[: base + 3] == Radix(base, 1).tokens[: base + 3]


@pytest.mark.parametrize("value", [5e-324, -2e-308, 1.7976931348623157e308, -1e305])
@pytest.mark.parametrize("spec", ["digits:3", "digits:15", "base:100,2", "base:2,9", "signed:3,10"])
def test_no_range_is_widened_beyond_the_floats(spec: str, value: float) -> None:
    it = codec(spec, value)
    found = it.read(it.write(value), 0)
    assert not isinstance(found, Invalid) and math.isfinite(found[0]) and found[0] == it.round(value)
    assert falls_out(it, value) == (not 1e-301 < abs(value) < 1e301)


@pytest.mark.parametrize("spec", ["prefix | digits:3", "rules | base:100,2", "postfix | signed:3,10"])
def test_machines_and_masks_know_the_wider_range(spec: str) -> None:
    flow = parse("x' = 6.6e-34*x - 3e20 @ x=1; T=1")
    made = representation(spec, corpus=[flow])
    ids, size = made.encode(flow), len(made.vocabulary)
    decoder = bulk_decoder(made.tokenizer)
    assert decoder is not None and made.decode(ids) == flow.tree
    positions = np.repeat(np.arange(len(ids), dtype=np.int32), size)
    found = decoder.decode(ids, positions, positions + 1, np.tile(np.arange(size, dtype=np.int32), len(ids)))
    masks, shape = Masks(compiled(language(made.tokenizer, [Shape(1, 1)])), 1), Shape(1, 1)
    for k, (at, token) in enumerate(zip(positions.tolist(), list(range(size)) * len(ids), strict=True)):
        edited = [*ids[:at], token, *ids[at + 1 :]]
        tree = made.decode(edited)
        assert (found.tree[k] < 0) == isinstance(tree, Invalid)
        assert found.tree[k] < 0 or found.trees.tree(int(found.tree[k])) == _valued(tree)
        if spec.startswith("prefix"):
            assert _accepted(masks, shape, edited) != isinstance(tree, Invalid)


def _valued(tree: Node | Invalid) -> Node | Invalid:
    """Constants as numbers: a forest does not tell them apart."""
    values = {"pi": math.pi, "e": math.e}
    return tree if isinstance(tree, Invalid) else tree.map(lambda n: number(values[n.symbol]) if n.symbol in values else n)


def _accepted(masks: Masks, shape: Shape, ids: list[int]) -> bool:
    walk = MaskedRows(masks, [shape], 60)
    for i in (*ids, END):
        if not walk.allowed()[0, i + 1]:
            return False
        walk.take(np.array([i]))
    return True


def test_kappa_and_tokenize_name_what_falls_out(tmp_path: Path) -> None:
    texts = ["y = 6.626e-34*x + 2*x^2 @ x=0..1", "y = 1e-9*x - 1 @ x=0..1", "y = 3*x @ x=0..1"]
    (tmp_path / "f.txt").write_text("\n".join(texts), encoding="utf-8")
    specs = ["prefix | fp:2,7", "prefix | digits:3", "infix | chars"]
    few, none, plain = kappa(specs, data=str(tmp_path / "f.txt"), domain="function", edits_per_expression=5)
    assert few.notes == (
        "2 of 5 coefficients, in 2 of 3 expressions, lie outside fp:2,7 (1e-07 to 9.9e+07) and become its outermost numbers, or "
        "zero",
    )
    assert few.as_dict()["notes"] == list(few.notes) and none.notes == plain.notes == ()
    assert none.fidelity_error.value < 1e-3
    shown = tokenize(texts[0], "prefix | digits:3", "function")
    assert shown.notes == shown.as_dict()["notes"] == ["outside digits:3 (1e-12 to 9.99e+12): 6.626e-34 becomes 0"]
    assert tokenize(texts[2], "prefix | digits:3", "function").notes == []


def test_the_table_of_the_documentation_is_what_the_codecs_do() -> None:
    """Reach and worst error as printed, by brute force over the printed range."""
    page = (Path(__file__).parents[3] / "docs" / "representations.md").read_text("utf-8")
    rows = re.findall(
        r"^\| `([a-z0-9]+:[^`]*)`[^|]*\| *≤? ?(\d+) \| (\d+) \| ([0-9.e-]+) … ([0-9.e]+)[^|]*\| ([0-9.]+) \|", page, re.M
    )
    assert len(rows) >= 13
    for spec, tokens, length, least, most, worst in rows:
        it = codec(spec)
        assert len(it.tokens) == int(tokens) and len(it.write(2.5)) == int(length), spec
        low, high = float(least), float(most)
        # The printed ends are rounded: a little inside them every number comes within the printed error, and some nearly that
        # far.
        inside = np.exp(np.linspace(math.log(low * 1.01), math.log(high * 0.99), 20_001)).tolist()
        near_one = (1.0 + np.arange(1, 4000) / 2000).tolist()
        errors = [abs(it.round(s * v) - s * v) / v for v in (*inside, *near_one) for s in (1, -1)]
        assert 0.6 * float(worst) <= max(errors) <= 1.06 * float(worst), (spec, max(errors))
        assert falls_out(it, high * 1.6 * (1 + 2 * float(worst))) or high > 1e300, spec


@pytest.mark.parametrize(("decades", "printed"), [(6, 0.26), (18, 1.0), (42, 4.0)])
def test_the_error_of_bins_over_a_corpus_is_that_of_their_ratio(decades: int, printed: float) -> None:
    it = codec("bins:64,log", 10.0 ** (-decades / 2), 10.0 ** (decades / 2), 0.0)
    assert isinstance(it, Ranged)
    ratio = 10.0 ** (decades / (32 - 1))  # 32 positive centers, zero, and 31 negative ones, which lie further apart
    wider = 10.0 ** (decades / (31 - 1))
    assert math.sqrt(ratio) - 1 < it.worst_error == pytest.approx(math.sqrt(wider) - 1, rel=1e-9)
    assert it.worst_error == pytest.approx(printed, rel=0.02)
