"""Intrinsic measures against tokenization-scorer, against counting by hand, and by what must hold for any tokenizer."""

from __future__ import annotations

from collections import Counter
from math import log2

import numpy as np
import pytest

from kappabar.evaluate.kappa import intrinsic as module
from kappabar.evaluate.kappa.intrinsic import Gauge, Intrinsic, intrinsic
from kappabar.evaluate.kappa.writing import Writing, base_tokens, writing
from kappabar.evaluate.tables.summary import PER_EXPRESSION
from kappabar.grammars.errors import EncodeError
from kappabar.grammars.files.bank import bank
from kappabar.grammars.print.infix import infix_pieces, to_infix
from kappabar.grammars.text.parse import parse
from kappabar.grammars.tree import is_whole_power
from kappabar.representations.representation import representation

SYSTEMS = list(bank("ode"))
SPECS = [
    "infix | chars",
    "infix | chars | bpe:120",
    "prefix | digits:3",
    "tree",
    "rules | bins:8,log",
    "infix | digits:2 | unigram:90",
]


def measured(spec, systems=SYSTEMS):
    chosen = representation(spec, corpus=systems)
    return chosen, intrinsic(chosen, systems)


@pytest.mark.parametrize("spec", SPECS)
def test_efficiencies_are_those_of_tokenization_scorer(spec):
    scorer = pytest.importorskip(
        "tokenization_scorer", reason="tokenization-scorer is not installed (pip install kappabar[test])"
    )
    chosen, found = measured(spec)
    lines = [" ".join(str(i) for i in chosen.encode(s)) for s in SYSTEMS]
    size = len(chosen.vocabulary)
    assert found.renyi_efficiency == pytest.approx(scorer.score([lines], metric="renyi", power=2.5, vocab=size))
    assert found.shannon_efficiency == pytest.approx(scorer.score([lines], metric="shannon", vocab=size))
    assert found.entropy == pytest.approx(scorer.score([lines], metric="entropy"))
    assert found.tokens.sum() == -scorer.score([lines], metric="sequence_length")


@pytest.mark.parametrize("spec", SPECS)
def test_bits_are_those_of_plain_counting(spec):
    chosen, found = measured(spec)
    sequences = [chosen.encode(s) for s in SYSTEMS]
    counts = Counter(i for s in sequences for i in s)
    total = sum(counts.values())
    expected = [-sum(log2(counts[i] / total) for i in s) for s in sequences]
    assert found.unigram_bits == pytest.approx(expected)
    assert found.unigram_bits.sum() == pytest.approx(total * found.entropy)
    assert found.naive_bits == pytest.approx([len(s) * log2(len(chosen.vocabulary)) for s in sequences])
    assert found.vocabulary_use == len(counts) / len(chosen.vocabulary)
    assert [found.sequence(i) for i in range(len(found))] == [tuple(s) for s in sequences]
    assert found.renyi_efficiency <= found.shannon_efficiency <= 1


@pytest.mark.parametrize(
    ("spec", "numbers", "operators"),
    [
        ("infix | chars", (1 + 3) / 2, (1 + 1 + 3 + 1) / 4),
        ("prefix | digits:3", 5, 1),
        ("tree | bins:8,log", 1, 1),
        ("rules | e2e", 4, 1),
    ],
)
def test_fragments_by_hand(spec, numbers, operators):
    system = parse("x' = 1 - 0.5*sin(x^2)")
    chosen = representation(spec, corpus=[system])
    found = intrinsic(chosen, [system])
    if spec == "rules | e2e":  # `A→N` introduces a number, sign, mantissa and exponent follow
        numbers = 1 + len(chosen.tokenizer.codec.write(0.5))
    assert found.number_fragments.tolist() == [numbers]
    assert found.operator_fragments.tolist() == [operators]


def test_a_system_without_coefficients_has_no_fragments_of_them():
    chosen = representation("prefix", corpus=SYSTEMS)
    found = intrinsic(chosen, [parse("x' = sin(x^2)")])
    assert np.isnan(found.number_fragments).all()
    assert found.as_dict()["number_fragments"]["value"] is None


@pytest.mark.parametrize(
    "spec", ["infix | chars", "prefix", "postfix | bins:16,log", "tree", "rules", "prefix | digits:2 | repeat:3"]
)
def test_what_merges_nothing_is_aligned(spec):
    assert (measured(spec)[1].alignment == 1).all()


def aligned_by_characters(chosen, system):
    """Alignment of merged characters, from the text alone: which node each character writes, and where tokens end."""
    nodes = []
    for piece in infix_pieces(system.tree):
        path = piece.path
        if path and path[-1] == 1 and is_whole_power(system.tree.at(path[:-1])):
            path = path[:-1]
        nodes += [path] * len(piece.text)
    text = to_infix(system.tree).replace(" ", "")
    assert len(text) == len(nodes)
    ends = np.cumsum([len(t.text) for t in chosen.tokenize(system)])
    assert ends[-1] == len(text)
    shares = [len(set(nodes[a:b])) == 1 for a, b in zip([0, *ends], ends, strict=False)]
    return np.mean(shares)


@pytest.mark.parametrize("size", [60, 200, 512])
def test_alignment_counts_the_tokens_that_stay_within_a_node(size):
    chosen, found = measured(f"infix | chars | bpe:{size}")
    assert found.alignment == pytest.approx([aligned_by_characters(chosen, s) for s in SYSTEMS])
    assert found.alignment.mean() < 1


def test_the_repetition_code_changes_lengths_alone():
    plain, thrice = (measured(spec)[1] for spec in ("prefix | digits:2", "prefix | digits:2 | repeat:3"))
    assert thrice.tokens == pytest.approx(3 * plain.tokens)
    assert thrice.number_fragments == pytest.approx(3 * plain.number_fragments, nan_ok=True)
    assert (thrice.entropy, thrice.renyi_efficiency) == pytest.approx((plain.entropy, plain.renyi_efficiency))


@pytest.mark.parametrize(
    "spec",
    [
        *SPECS,
        "infix | chars | bpe:120 | repeat:3",
        "prefix | macros:16",
        "prefix | bins:8,log | patches:90,2",
        "nary | checksum:0",
        "dag",
    ],
)
def test_base_tokens_are_the_encoding_in_pieces(spec):
    chosen = representation(spec, corpus=SYSTEMS)
    for system in SYSTEMS[:10]:
        tree = chosen.rewrite(system)
        found = base_tokens(chosen.tokenizer, tree)
        assert len(found) == len(chosen.encode(system))
        below = chosen.tokenizer
        while hasattr(below, "base"):
            below = below.base
        plain = Counter(t.text for t in below.tokenize(tree))
        times = 3 if spec.endswith("repeat:3") else 1
        checks = {"CK"} if "checksum" in spec else set()
        assert Counter(t.text for parts in found for t in parts if t.text[:2] not in checks) == Counter(
            {text: times * n for text, n in plain.items()}
        )
        written = writing(chosen, system)
        assert [t.text for t in written.tokens] == [chosen.vocabulary.tokens[i] for i in chosen.encode(system)]
        assert [t.kind for t in written.tokens] == [str(t.kind) for t in chosen.tokenize(system)]
        assert Writing.from_dict(written.as_dict()) == written


def test_one_expression_that_cannot_be_written_leaves_the_rest():
    gauge = Gauge(representation("prefix", corpus=SYSTEMS[:1]))
    gauge.add(SYSTEMS[0])
    with pytest.raises(EncodeError):
        gauge.add(parse(" | ".join(["x_0"] * 9)))
    assert len(gauge.result()) == 1
    assert gauge.result().as_dict() == intrinsic(gauge.representation, SYSTEMS[:1]).as_dict()


def test_beyond_the_ids_kept_the_mean_stays_exact(monkeypatch):
    whole = measured("tree")[1]
    monkeypatch.setattr(module, "MOST_KEPT", 100)
    part = measured("tree")[1]
    assert len(part.ids) <= 100
    a, b = whole.estimate("unigram_bits"), part.estimate("unigram_bits")
    assert a.value == pytest.approx(b.value)
    assert np.isnan(b.low) and np.isfinite(a.low)
    assert part.sequence(len(part) - 1) == ()
    for measure in PER_EXPRESSION:
        if measure != "unigram_bits":
            assert part.column(measure) == pytest.approx(whole.column(measure), nan_ok=True)


def test_documents_come_back_whole():
    found = measured("infix | chars | bpe:120")[1]
    again = Intrinsic.from_document(found.document())
    assert again.as_dict() == found.as_dict()
    assert again.texts(2) == found.texts(2)


def test_nothing_measured_is_no_number():
    found = intrinsic(representation("prefix", corpus=SYSTEMS), [])
    assert len(found) == 0
    assert np.isnan(found.shannon_efficiency)
    assert found.as_dict()["unigram_bits"]["value"] is None
