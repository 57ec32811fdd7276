"""Codes of sequences of numbers (adpcm, dct, vq) against IMA's and SciPy's transforms, brute force, and formulas of their own."""

from __future__ import annotations

import json
import warnings
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.fft import dct, idct

from kappabar.evaluate.domains.audio.levels import LEVELS
from kappabar.grammars.errors import SpecError
from kappabar.grammars.operators import BUILT_IN, Operators, sequences
from kappabar.grammars.tree import Node, system
from kappabar.representations.representation import Representation, canonical, representation
from kappabar.representations.saved import load, saved
from kappabar.representations.space import space
from kappabar.tokenizers.alphabet import whole_numbers
from kappabar.tokenizers.base import Invalid
from kappabar.tokenizers.catalog import notations
from kappabar.tokenizers.languages.catalog import language
from kappabar.tokenizers.languages.grammar import Shape
from kappabar.tokenizers.languages.masked_rows import END, MaskedRows, Masks
from kappabar.tokenizers.languages.tables import compiled
from kappabar.tokenizers.machines.decode import bulk_decoder
from kappabar.tokenizers.notations.adpcm import CODES, START, STEPS
from kappabar.tokenizers.wrappers.dct import cosines
from kappabar.tokenizers.wrappers.vq import Vq

LONGEST = 32
SAMPLES = sequences(*map(str, LEVELS), longest=LONGEST)
FEW = sequences("-3", "0", "2", "7", longest=4)
CODED = ("adpcm", "symbols | dct:8,20", "symbols | vq:12,3", "symbols | dct:8,20 | repeat:3", "symbols | vq:12,3 | bpe:300")
ONE = Shape(1, 0)
rows = st.lists(st.integers(0, len(LEVELS) - 1), min_size=1, max_size=LONGEST)


def row(values: Any) -> Node:
    return system(*(Node(str(int(v))) for v in values))


def values(tree: Node | Invalid) -> list[int]:
    assert isinstance(tree, Node)
    return [int(leaf.symbol) for leaf in tree.children]


def nearest(value: float, levels: Any = LEVELS) -> int:
    return min(levels, key=lambda level: (abs(level - value), level))


def corpus() -> list[Node]:
    rng = np.random.default_rng(0)
    return [row(np.array(LEVELS)[np.clip(rng.integers(-20, 21, LONGEST).cumsum() + 127, 0, 254)]) for _ in range(12)]


CORPUS = corpus()


def made(spec: str, alphabet: Operators = SAMPLES, trees: list[Node] | None = None) -> Representation:
    return representation(spec, "own", CORPUS if trees is None else trees, (), False, alphabet)


READY = {spec: made(spec) for spec in CODED}


@given(rows)
def test_what_comes_back_is_what_the_code_says_it_rounds_to(ids: list[int]) -> None:
    tree = row([LEVELS[i] for i in ids])
    for it in READY.values():
        tokenizer: Any = it.tokenizer if hasattr(it.tokenizer, "rounded") else it.tokenizer.base  # type: ignore[attr-defined]
        back = it.decode(it.encode(tree))
        assert back == tokenizer.rounded(tree) and len(values(back)) == len(ids)
        assert [t.text for t in it.tokenize(tree)] == [it.vocabulary.tokens[i] for i in it.encode(tree)]
        assert all(t.path in {(), *((i,) for i in range(len(ids)))} for t in it.tokenize(tree))


def predictions(codes: list[int]) -> list[int]:
    """The decoder of the paper, with the step's eighths added one by one."""
    predicted, index, found = 0, START, []
    for code in codes:
        step = STEPS[index]
        eighths = [step >> 3] + [step >> shift for bit, shift in ((4, 0), (2, 1), (1, 2)) if code & bit]
        predicted += -sum(eighths) if code & 8 else sum(eighths)
        predicted = max(-32768, min(32767, predicted))
        index = max(0, min(88, index + (-1 if not code & 4 else 2 * (code & 3) + 2)))
        found.append(predicted)
    return found


@given(st.lists(st.integers(0, 15), min_size=1, max_size=LONGEST))
def test_codes_of_adpcm_are_decoded_as_the_paper_does(codes: list[int]) -> None:
    assert values(READY["adpcm"].decode(codes)) == [nearest(p) for p in predictions(codes)]


def test_the_steps_grow_by_a_tenth() -> None:
    """IMA's table of 89 is 7 · 1.1^k, cut by hand to whole numbers and to 15 bits at its end."""
    assert len(STEPS) == 89 and (STEPS[0], STEPS[-1]) == (7, 32767) and sorted(STEPS) == list(STEPS)
    assert all(abs(step / (7.3 * 1.1**k) - 1) < 0.06 for k, step in enumerate(STEPS))


@given(rows)
def test_adpcm_is_that_of_the_standard_library(ids: list[int]) -> None:
    """Its `audioop` codes two samples a byte, the first in the upper half; Python 3.13 has it no more."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        audioop = pytest.importorskip("audioop")
    numbers = [LEVELS[i] for i in ids] + [0] * (len(ids) % 2)
    packed, _ = audioop.lin2adpcm(np.array(numbers, "<i2").tobytes(), 2, (0, START))
    codes = [half for byte in packed for half in (byte >> 4, byte & 15)]
    assert READY["adpcm"].encode(row(numbers)) == codes
    linear, _ = audioop.adpcm2lin(packed, 2, (0, START))
    assert predictions(codes) == np.frombuffer(linear, "<i2").tolist()


@given(rows)
def test_each_code_is_the_nearest_that_there_is(ids: list[int]) -> None:
    """Successive approximation to quarters of a step leaves half a quarter, where the step reaches so far."""
    tree = row([LEVELS[i] for i in ids])
    codes = READY["adpcm"].encode(tree)
    before, index = 0, START
    for value, code, after in zip(values(tree), codes, predictions(codes), strict=True):
        reach = 2 * STEPS[index] - (STEPS[index] >> 3)
        if abs(value - before) <= reach and abs(after) < 32767:
            assert abs(value - after) <= (STEPS[index] >> 3) + 3, "half of a quarter of the step, and what shifts cut off"
        before, index = after, max(0, min(88, index + (-1 if not code & 4 else 2 * (code & 3) + 2)))


def test_cosines_are_scipys() -> None:
    for n in (2, 5, 8, 16):
        np.testing.assert_allclose(cosines(n), dct(np.eye(n), norm="ortho", axis=0), atol=1e-12)


@given(rows)
def test_the_transform_is_scipys_in_whole_steps(ids: list[int]) -> None:
    block, levels = 8, 20
    it, numbers = READY["symbols | dct:8,20"], np.array([float(LEVELS[i]) for i in ids])
    step = np.sqrt(block) * 32124 / levels
    padded = np.pad(numbers, (0, -len(numbers) % block)).reshape(-1, block)
    exact = dct(padded, norm="ortho", axis=1) / step
    texts = [it.vocabulary.tokens[i] for i in it.encode(row(numbers))]
    if len(ids) % block:
        assert texts.pop() == f"={len(ids) % block}"
    blocks: list[list[int]] = []
    inside: list[int] = []
    for text in texts:
        inside += [int(text)] if text != "/" else []
        if text == "/" or len(inside) == block:
            blocks.append(inside + [0] * (block - len(inside)))
            inside = []
    assert not inside and np.abs(np.array(blocks) - exact).max() <= 0.5 + 1e-9
    back = values(it.decode(it.encode(row(numbers))))
    whole = np.rint(np.where(np.abs(np.abs(exact % 1) - 0.5) < 1e-9, np.nan, exact))
    if not np.isnan(whole).any():
        signal = idct(whole * step, norm="ortho", axis=1).reshape(-1)[: len(ids)]
        assert all(abs(b - s) <= abs(nearest(s) - s) + 1e-6 for b, s in zip(back, signal, strict=True))


@given(rows)
def test_frames_are_the_nearest_codewords(ids: list[int]) -> None:
    it = READY["symbols | vq:12,3"]
    tokenizer: Any = it.tokenizer
    words = [[LEVELS[i] for i in word] for word in tokenizer.codewords]
    assert 1 < len(words) <= 12
    codes = it.encode(row([LEVELS[i] for i in ids]))
    whole = len(ids) // 3
    for k in range(whole):
        given_frame = [LEVELS[i] for i in ids[3 * k : 3 * k + 3]]
        apart = [sum((a - b) ** 2 for a, b in zip(given_frame, word, strict=True)) for word in words]
        assert codes[k] - len(LEVELS) == apart.index(min(apart))
    assert codes[whole:] == ids[3 * whole :], "what is left is as it is"
    again = it.decode(codes)
    assert isinstance(again, Node) and it.encode(again) == codes


def test_the_codebook_is_fitted_and_is_the_same_again() -> None:
    it: Any = READY["symbols | vq:12,3"].tokenizer
    assert Vq.train(it.base, CORPUS, 12, 3) == it

    def distortion(words: Any) -> float:
        frames = np.array([values(tree) for tree in CORPUS])[:, :30].reshape(-1, 1, 3).astype(float)
        return float(((frames - np.array(words, float)) ** 2).sum(axis=-1).min(axis=1).mean())

    fitted = distortion([[LEVELS[i] for i in word] for word in it.codewords])
    rng = np.random.default_rng(1)
    frames = np.array([values(tree) for tree in CORPUS])[:, :30].reshape(-1, 3)
    drawn = [distortion(rng.choice(frames, 12, replace=False)) for _ in range(20)]
    assert fitted < min(drawn), "better than any twelve of the frames themselves"
    few = Vq.train(it.base, [row([8, 16, 24, -8, -8, -8])], 12, 3)
    assert sorted(tuple(LEVELS[i] for i in word) for word in few.codewords) == [(-8, -8, -8), (8, 16, 24)]
    none = Vq.train(it.base, [row([8])], 12, 3)
    assert none.codewords == () and none.encode(row([8, 0, 16])) == it.base.encode(row([8, 0, 16]))


@pytest.mark.parametrize("spec", ["symbols | dct:2,2", "symbols | dct:4,1", "symbols | vq:3,2", "adpcm"])
def test_what_is_allowed_is_exactly_what_decodes(spec: str) -> None:
    it = made(spec, FEW, [row([-3, 0, 7, 7]), row([2, 2, 0, 7])])
    masks, size = Masks(compiled(language(it.tokenizer, [ONE])), 1), len(it.vocabulary)
    seen = 0

    def visit(ids: list[int]) -> None:
        nonlocal seen
        walk = MaskedRows(masks, [ONE], 40)
        for i in ids:
            walk.take(np.array([i]))
        allowed = walk.allowed()[0]
        assert bool(allowed[END + 1]) == (not isinstance(it.decode(ids), Invalid)), ids
        after = [i for i in range(size) if allowed[i + 1]]
        seen += 1
        # A token is possible where something behind it decodes: a block needs its end, and nothing else needs anything.
        behind = [[], [it.vocabulary.ids["/"]]] if "dct" in spec else [[]]
        assert after == [i for i in range(size) if any(not isinstance(it.decode([*ids, i, *b]), Invalid) for b in behind)], ids
        if len(ids) < 9:
            for i in after[:: 1 if len(ids) < 2 else 5]:
                visit([*ids, i])

    visit([])
    assert seen > 15


def test_sequences_of_a_transform_by_brute_force() -> None:
    """All of up to five tokens: what decodes has whole blocks, and a length at the end alone; others say where it is certain."""
    it = made("symbols | dct:2,1", FEW)
    texts, decoded = it.vocabulary.tokens, 0
    assert set(texts) == {"-1", "0", "1", "/", "=1"}
    for n in range(6):
        for ids in product(range(len(texts)), repeat=n):
            blocks, inside, rest, wrong = 0, 0, False, -1
            for k, text in enumerate(texts[i] for i in ids):
                if rest or (text == "=1" and (inside or not blocks)) or (text != "=1" and not inside and blocks == 2):
                    wrong = k
                    break
                rest = text == "=1"
                inside += text not in ("/", "=1")
                if text == "/" or inside == 2:
                    blocks, inside = blocks + 1, 0
            found = it.decode(list(ids))
            if wrong < 0 and not inside and blocks:
                assert len(values(found)) == 2 * blocks - rest
                decoded += 1
            else:
                assert isinstance(found, Invalid) and found.position == (wrong if wrong >= 0 else n)
    assert decoded > 50


def test_vectors_are_decoded_in_bulk_and_the_others_one_by_one() -> None:
    assert bulk_decoder(READY["symbols | vq:12,3"].tokenizer) is not None
    assert bulk_decoder(READY["adpcm"].tokenizer) is None and bulk_decoder(READY["symbols | dct:8,20"].tokenizer) is None


@pytest.mark.parametrize("spec", CODED)
def test_what_was_saved_comes_back(spec: str) -> None:
    it = READY[spec]
    document = json.loads(json.dumps(saved(it), allow_nan=False))
    assert load(document, it.spec, Path("t.json"), SAMPLES) == it


def test_numbers_in_order_are_told_by_the_symbols_alone() -> None:
    assert whole_numbers(FEW) == (-3, 0, 2, 7) and whole_numbers(SAMPLES) == LEVELS
    for alphabet in (
        BUILT_IN,
        sequences("A", "C"),
        sequences("1", "0"),
        sequences("0", "01"),
        sequences("7"),
        sequences("-0", "1"),
    ):
        assert whole_numbers(alphabet) == ()
    assert notations(FEW) == ["symbols", "adpcm"] and notations(sequences("A", "C")) == ["symbols"]
    assert {"dct", "vq"} <= {v.name for v in space("own", alphabet=FEW).vocabularies}
    assert not {"dct", "vq"} & {v.name for v in space("own", alphabet=sequences("A", "C")).vocabularies}
    assert not {"dct", "vq"} & {v.name for v in space().vocabularies}


@pytest.mark.parametrize(
    ("spec", "alphabet", "message"),
    [
        ("adpcm", sequences("A", "C"), "whole numbers"),
        ("adpcm", sequences("0", "40000"), "16 bits"),
        ("adpcm", BUILT_IN, "sequences"),
        ("symbols | vq", sequences("A", "C"), "whole numbers"),
        ("prefix | digits:3 | dct", BUILT_IN, "whole numbers"),
        ("adpcm | dct", SAMPLES, "directly behind"),
        ("symbols | kmers:1 | vq", SAMPLES, "from 2"),
        ("symbols | bpe:300 | vq", SAMPLES, "directly behind"),
        ("symbols | dct:16", FEW, "no whole blocks"),
        ("symbols | vq:1", SAMPLES, "from 2"),
    ],
)
def test_what_cannot_be_coded_is_one_line(spec: str, alphabet: Operators, message: str) -> None:
    with pytest.raises(SpecError, match=message) as caught:
        made(canonical(spec, alphabet), alphabet, [row([0])] if alphabet is FEW else None)
    assert "\n" not in str(caught.value)


def test_codes_are_a_sign_and_a_size() -> None:
    assert CODES[0] == "+0" and CODES[7] == "+7" and CODES[8] == "-0" and CODES[15] == "-7"
    it = made("adpcm")
    assert [t.text for t in it.tokenize(row([8, 32124, -32124]))] == ["+0", "+7", "-7"]
    for ids, position in (([], 0), ([0] * (LONGEST + 1), LONGEST), ([0, 16], 1)):
        found = it.decode(ids)
        assert isinstance(found, Invalid) and found.position == position
