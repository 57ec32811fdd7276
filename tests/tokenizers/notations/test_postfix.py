"""Postfix against a reader with one stack and a counter, which knows nothing of places and productions."""

from __future__ import annotations

import numpy as np
import pytest

from kappabar.grammars.errors import SpecError
from kappabar.grammars.operators import Operator, Operators
from kappabar.grammars.tree import MAX_DEPTH, Node, number, system
from kappabar.tokenizers.base import Invalid, NumberCodec
from kappabar.tokenizers.codecs.bins import Bins
from kappabar.tokenizers.codecs.digits import Digits
from kappabar.tokenizers.languages.catalog import language
from kappabar.tokenizers.languages.grammar import Shape
from kappabar.tokenizers.machines.decode import bulk_decoder, general
from kappabar.tokenizers.notations.postfix import Postfix

NOT, AND = Operator("not", 1, "prefix", 3), Operator("and", 2, "infix", 2)
THREE = Operators((NOT, AND, Operator("if", 3, "call"), Operator("q", 4, "call")))
TOKENIZERS = {
    "arithmetic": Postfix(Digits(1), 2),
    "function": Postfix(Bins(3), 1, False),
    "up-to-four": Postfix(Bins(2), 2, True, THREE),
}


def by_stack(t: Postfix, ids: list[int]) -> Node | int:
    """The system, or where it was certain that there is none."""
    heads = {head.text: head for head in t.derivation.scope.heads}
    texts, stack, done, at = [t.vocabulary.tokens[i] for i in ids], list[tuple[Node, int]](), list[Node](), 0
    while at < len(texts):
        head = heads.get(texts[at])
        if texts[at] == "|" and t.closed:
            if len(stack) != 1 or len(done) + 2 > t.n_variables:
                return at
            done.append(stack.pop()[0])
        elif head is None:
            codec: NumberCodec = t.codec
            read = codec.read(texts, at)
            if isinstance(read, Invalid):
                return read.position
            stack.append((number(read[0]), 2))
            at = read[1] - 1
        elif head.node is not None:
            stack.append((head.node, 2))
        else:
            if len(stack) < head.arity:
                return at
            below = [stack.pop() for _ in range(head.arity)][::-1]
            depth = 1 + max(d for _, d in below)
            if depth > MAX_DEPTH:
                return at
            operands = [*(tree for tree, _ in below), *([head.exponent] if head.exponent is not None else [])]
            stack.append((Node(head.symbol, tuple(operands)), depth))
        at += 1
    if len(stack) != 1:
        return len(texts)
    tree = system(*done, stack[0][0])
    variables = 1 + max((node.index for _, node in tree.walk() if node.is_variable), default=-1)
    return len(texts) if t.closed and variables > len(tree.children) else tree


def some(t: Postfix, seed: int, count: int) -> list[list[int]]:
    """Sequences whose operators have operands enough, now and then one too few."""
    rng, size = np.random.default_rng(seed), len(t.vocabulary)
    arity = {t.vocabulary.ids[head.text]: head.arity for head in t.derivation.scope.heads}
    leaves = [i for i, n in arity.items() if n == 0] + [i for i in range(size) if t.vocabulary.tokens[i].startswith("B")]
    rows = []
    for _ in range(count):
        row, waiting = [], 0
        for _ in range(int(rng.integers(1, 24))):
            fit = [i for i, n in arity.items() if 0 < n <= waiting + (rng.random() < 0.05)]
            if rng.random() < 0.05:
                row.append(int(rng.integers(size)))
            elif waiting == 1 and "|" in t.vocabulary.ids and rng.random() < 0.1:
                row, waiting = [*row, t.vocabulary.ids["|"]], 0
            elif fit and rng.random() < 0.6:
                row.append(int(rng.choice(fit)))
                waiting += 1 - arity[row[-1]]
            else:
                row, waiting = [*row, int(rng.choice(leaves))], waiting + 1
        rows.append(row)
    return rows


@pytest.mark.parametrize("name", TOKENIZERS)
def test_reads_what_a_stack_reads(name: str) -> None:
    t, read = TOKENIZERS[name], 0
    for row in some(t, 1, 1500):
        tree, other = t.decode(row), by_stack(t, row)
        if isinstance(other, Node):
            assert tree == other
            read += 1
        else:
            assert isinstance(tree, Invalid) and tree.position == other, (tree, row)
    assert read > 60


@pytest.mark.parametrize("name", TOKENIZERS)
def test_the_machine_reads_the_same(name: str) -> None:
    t = TOKENIZERS[name]
    bulk = bulk_decoder(t)
    assert bulk is not None
    for row in some(t, 2, 20):
        spans = [(at, min(at + kind, len(row))) for at in range(len(row)) for kind in (0, 1)]
        edits = [(*span, token) for span in spans for token in range(-1, len(t.vocabulary), 3)]
        found = bulk.decode(row, *(np.array(column, np.int32) for column in zip(*edits, strict=True)))
        for (at, end, token), tree, reason in zip(edits, found.tree.tolist(), found.reason.tolist(), strict=True):
            plain = t.decode([*row[:at], *([token] if token >= 0 else []), *row[end:]])
            assert (tree >= 0) == isinstance(plain, Node)
            if isinstance(plain, Invalid):
                assert found.reasons[reason] == general(plain.reason)


def test_messages_say_how_many_operands_there_are() -> None:
    t = TOKENIZERS["up-to-four"]
    ids = t.vocabulary.ids

    def reason(text: str) -> str:
        tree = t.decode([ids[word] for word in text.split()])
        assert isinstance(tree, Invalid)
        return tree.reason

    assert reason("and") == "'and' needs 2 operands, found 0"
    assert reason("x_0 if") == "'if' needs 3 operands, found 1"
    assert reason("x_0 x_0 q") == "an operator needs more operands"
    assert reason("x_0 x_0 | x_1") == "'|' after several expressions; one must stand before it"
    assert reason("x_0 x_0") == "the sequence ends where an operator must follow"
    assert isinstance(t.decode([ids[w] for w in ["x_0", "x_0", "x_0", "x_0", "x_0", "q", "and", "not"]]), Node)


def test_three_operands_have_no_masks_and_that_is_told() -> None:
    with pytest.raises(SpecError, match="several places at once, as 'if' does"):
        language(TOKENIZERS["up-to-four"], [Shape(1, 1)])
