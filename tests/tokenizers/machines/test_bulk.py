"""Decoding in bulk against the tokenizers' own `decode`, which is the reference."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.grammars.draw.strategies import trees
from kappabar.grammars.files.bank import bank
from kappabar.grammars.text.parse import parse
from kappabar.grammars.tree import MAX_DEPTH, Node, number
from kappabar.representations.representation import representation
from kappabar.tokenizers.base import Invalid
from kappabar.tokenizers.codecs.digits import Digits
from kappabar.tokenizers.machines.decode import bulk_decoder, general
from kappabar.tokenizers.notations.characters import InfixCharacters
from kappabar.tokenizers.notations.prefix import Prefix

SPECS = (
    "prefix | digits:3", "prefix | e2e:4,2", "prefix | bins:16,log", "postfix | digits:2", "postfix | bins:16,uniform",
    "tree | digits:3", "rules | digits:2", "rules | bins:16,log", "infix | digits:3", "infix | bins:16,log", "infix | chars",
    "nary | digits:2", "sexpr | digits:2", "bracketed | bins:16,log",
    "infix | chars | bpe:120", "infix | chars | unigram:90", "prefix | digits:3 | bpe:120", "rules | digits:2 | unigram:150",
    "prefix | digits:2 | macros:24", "prefix | bins:16,log | macros:16 | bpe:140",
    "prefix | digits:2 | repeat:3", "infix | chars | bpe:120 | repeat:5", "prefix | digits:2 | checksum:5",
    "rules | digits:2 | checksum:3 | repeat:3",
)  # fmt: skip
FLOWS = bank("ode")
CONSTANTS = {"pi": math.pi, "e": math.e}


def plain(tree):
    """Constants as the numbers that they are: a forest does not tell them apart."""
    return tree.map(lambda n: number(CONSTANTS[n.symbol]) if n.symbol in CONSTANTS else n)


def agree(tokenizer, decoder, ids, edits):
    """Decode each edit (position, end, token) both ways; how many are valid."""
    found = decoder.decode(ids, *(np.array(column, np.int32) for column in zip(*edits, strict=True)))
    for k, (a, b, token) in enumerate(edits):
        expected = tokenizer.decode([*ids[:a], *([token] if token >= 0 else []), *ids[b:]])
        if isinstance(expected, Invalid):
            assert found.tree[k] == -1
            assert found.reasons[found.reason[k]] == general(expected.reason)
        else:
            assert found.reason[k] == -1
            assert found.trees.tree(int(found.tree[k])) == plain(expected)
            assert found.trees.equations[found.tree[k]] == len(expected.children)
    return int((found.tree >= 0).sum())


@pytest.mark.parametrize("spec", SPECS)
def test_edits_of_real_systems_decode_as_the_tokenizer_decodes_them(spec):
    chosen = representation(spec, corpus=FLOWS)
    decoder, valid = bulk_decoder(chosen.tokenizer), 0
    rng = np.random.default_rng(3)
    for system in FLOWS[::9]:
        ids = chosen.encode(system)
        positions = rng.integers(0, len(ids), 150)
        steps = rng.integers(0, 3, 150)
        tokens = rng.integers(0, len(chosen.vocabulary), 150)
        edits = [(int(p), int(p + (k > 0)), int(t) if k < 2 else -1) for p, k, t in zip(positions, steps, tokens, strict=True)]
        valid += agree(chosen.tokenizer, decoder, ids, edits)
    assert valid > 10


@pytest.mark.parametrize("spec", SPECS)
def test_sequences_of_chance_decode_alike(spec):
    chosen = representation(spec, corpus=FLOWS)
    decoder = bulk_decoder(chosen.tokenizer)
    size = len(chosen.vocabulary)

    @given(st.lists(st.integers(0, size - 1), max_size=12), st.data())
    def check(ids, data):
        a = data.draw(st.integers(0, len(ids)))
        edits = [(a, data.draw(st.integers(a, len(ids))), data.draw(st.integers(-1, size - 1))) for _ in range(3)]
        agree(chosen.tokenizer, decoder, ids, edits)

    check()


CHARACTERS = representation("infix | chars", corpus=FLOWS)
DECODER = bulk_decoder(CHARACTERS.tokenizer)


@given(st.text(alphabet="0123456789.eE+-*/^()|xsincoqrt_", max_size=16))
def test_text_of_any_kind_reads_alike(text):
    ids = [CHARACTERS.vocabulary.ids[c] for c in text if c in CHARACTERS.vocabulary.ids]
    agree(CHARACTERS.tokenizer, DECODER, ids, [(0, 0, -1)])


@given(st.floats(allow_nan=False, allow_infinity=False).map(abs), st.booleans())
def test_every_literal_is_rounded_right(value, power):
    text = repr(value) + ("^2" if power else "")
    ids = [CHARACTERS.vocabulary.ids[c] for c in f"-{text}*x_0"]
    assert agree(CHARACTERS.tokenizer, DECODER, ids, [(0, 0, -1), (0, 1, -1)]) == 2


@pytest.mark.parametrize(
    "text",
    [
        "1e400",
        "-1e-400",
        "1..5",
        "2e",
        "2exp(x_0)",
        "12345678901234567890",
        "0.1e-5",
        "1.e5",
        ".5",
        "1.2.3",
        "x_01",
        "2**3",
        "ln(x_0)",
    ],
)
def test_odd_literals_and_names(text):
    agree(CHARACTERS.tokenizer, DECODER, [CHARACTERS.vocabulary.ids[c] for c in text], [(0, 0, -1)])


@given(trees(dim=3))
def test_nothing_is_lost_without_an_edit(tree):
    tokenizer = Prefix(Digits(15), 3)
    ids = tokenizer.encode(tree)
    assert agree(tokenizer, bulk_decoder(tokenizer), ids, [(0, 0, -1)]) == 1


@pytest.mark.parametrize("spec", ["prefix", "postfix", "tree", "rules", "infix | digits:3", "infix | chars", "prefix | macros"])
@pytest.mark.parametrize("depth", [MAX_DEPTH - 2, MAX_DEPTH - 1])
def test_the_limit_of_depth_is_the_same(spec, depth):
    deepest = parse("x_0").tree.children[0]
    for _ in range(depth - 1):
        deepest = Node("sin", (deepest,))
    chosen = representation(spec, corpus=FLOWS)
    ids = chosen.encode(Node("|", (deepest,)))
    tokens = [chosen.vocabulary.ids[t] for t in ("sin", "A→sin(E)", "(sin/1", "neg", "-") if t in chosen.vocabulary.ids]
    agree(
        chosen.tokenizer,
        bulk_decoder(chosen.tokenizer),
        ids,
        [(0, 0, -1), *((a, a, t) for a in (0, 1, len(ids)) for t in tokens)],
    )


def test_equal_trees_are_told_apart_from_others_once():
    chosen = representation("infix | chars", corpus=FLOWS)
    ids = [chosen.vocabulary.ids[c] for c in "2*x_0"]
    one, point, five = (chosen.vocabulary.ids[c] for c in "1.5")
    found = bulk_decoder(chosen.tokenizer).decode(
        ids,
        *(np.array(c, np.int32) for c in zip((1, 1, point), (0, 0, -1), (0, 1, five), (0, 1, one), (0, 1, five), strict=True)),
    )
    # "2.*x_0" is "2*x_0"; the two fives are one.
    assert found.tree.tolist() == [0, 0, 1, 2, 1]
    assert len(found.trees) == 3


@dataclass(frozen=True)
class Vague(Digits):
    """A codec that says of every mistake that it was at the start: its readings must not be remembered."""

    def read(self, tokens, start):
        found = super().read(tokens, start)
        return Invalid(found.reason, start) if isinstance(found, Invalid) else found


def test_a_codec_that_is_vague_about_positions_is_read_right():
    tokenizer = Prefix(Vague(2), 2)
    decoder = bulk_decoder(tokenizer)
    ids = tokenizer.encode(parse("x' = 12*x + 0.5*y; y' = 3 - 12*y").tree)
    size = len(tokenizer.vocabulary)
    edits = [(p, p + 1, t) for p in range(len(ids)) for t in range(size)]
    agree(tokenizer, decoder, ids, edits)
    assert not decoder.readings.trusted
    assert agree(tokenizer, bulk_decoder(Prefix(Digits(2), 2)), ids, edits) > 100


def test_of_a_repeated_sequence_every_edit_is_one_tree():
    chosen = representation("prefix | digits:3 | repeat:3", corpus=FLOWS)
    ids = chosen.encode(FLOWS[0])
    edits = [(p, p + k, t) for p in range(len(ids)) for k in (0, 1) for t in range(-1, 20) if k or t >= 0]
    assert agree(chosen.tokenizer, bulk_decoder(chosen.tokenizer), ids, edits) == len(edits)


def test_of_a_sum_that_is_checked_no_edit_is_a_tree():
    chosen = representation("prefix | digits:3 | checksum:0", corpus=FLOWS)
    ids = chosen.encode(FLOWS[0])
    edits = [(p, p + 1, t) for p in range(len(ids)) for t in range(len(chosen.vocabulary)) if t != ids[p]]
    assert agree(chosen.tokenizer, bulk_decoder(chosen.tokenizer), ids, edits) == 0


def test_what_is_received_of_a_sequence_with_several_faults_is_decoded_alike():
    """Then what was sent differs in more than one token."""
    chosen = representation("prefix | digits:2 | repeat:3", corpus=FLOWS)
    decoder, rng = bulk_decoder(chosen.tokenizer), np.random.default_rng(4)
    for system in FLOWS[::6]:
        ids = chosen.encode(system)
        for _ in range(4):
            ids.pop(int(rng.integers(len(ids))))
        places = rng.integers(0, len(ids), (60, 2))
        edits = [(int(a), int(max(a, b)), int(rng.integers(-1, 20))) for a, b in places]
        agree(chosen.tokenizer, decoder, ids, edits)


def test_what_cannot_be_decoded_in_bulk_says_so():
    assert bulk_decoder(representation("prefix | xval | repeat:3", corpus=FLOWS).tokenizer) is None


def test_a_word_with_the_hash_of_another_is_not_taken_for_it():
    """x_0r and x_20 had one hash, and so had cq1 and cos."""
    tokenizer = InfixCharacters(40)
    decoder, size = bulk_decoder(tokenizer), len(tokenizer.vocabulary)
    for text in ("x_0", "x_1+x_2", "cos(x_0)", "x_20"):
        ids = [tokenizer.vocabulary.ids[c] for c in text]
        edits = [(p, p + k, t) for p in range(len(ids)) for k in (0, 1) for t in range(size)]
        agree(tokenizer, decoder, ids, edits + [(len(ids), len(ids), t) for t in range(size)])
    agree(tokenizer, decoder, [tokenizer.vocabulary.ids[c] for c in "cq1(x_0)"], [(0, 0, -1)])


def test_numbers_beside_the_tokens_go_the_plain_way():
    for codec in ("xval", "fone", "bittoken"):
        chosen = representation(f"prefix | {codec}", corpus=FLOWS)
        assert bulk_decoder(chosen.tokenizer) is None
        assert bulk_decoder(chosen.bind(FLOWS[0]).tokenizer) is None
