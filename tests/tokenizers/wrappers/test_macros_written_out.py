"""Macros against their definition: each written out, and the base's reading of that."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.grammars.errors import SpecError
from kappabar.grammars.files.bank import bank
from kappabar.grammars.operators import Operator, operators
from kappabar.grammars.tree import ARITY, Node, number, system, variable
from kappabar.representations.representation import representation
from kappabar.tokenizers.base import Invalid
from kappabar.tokenizers.catalog import parse_spec
from kappabar.tokenizers.codecs.beside import NUM, bind_values
from kappabar.tokenizers.codecs.bins import Bins
from kappabar.tokenizers.codecs.digits import Digits
from kappabar.tokenizers.machines.decode import bulk_decoder, general
from kappabar.tokenizers.notations.prefix import Prefix
from kappabar.tokenizers.wrappers.macro_mining import HOLE
from kappabar.tokenizers.wrappers.macros import Macros

DEEP = "nested deeper than 200 levels"
CORPUS = [s.tree for s in bank("ode") if s.dim <= 3]
FOLDED = operators(
    Operator("ite", 3), Operator("not", 1, "prefix", 3), Operator("and", 2, "infix", 4), Operator("top", 0), numbers=True
)


def arities(tok: Macros) -> dict[str, int]:
    """Of the base's symbols; its other tokens are of numbers."""
    own = {} if tok.base.operators.built_in else {row.symbol: row.arity for row in tok.base.operators.rows}
    known = own or ARITY | dict.fromkeys(("pi", "e"), 0) | {f"^{n}": 1 for n in range(2, 10)}
    return known | {f"x_{i}": 0 for i in range(tok.base.n_variables)}


def written_out(tok: Macros, ids: list[int]) -> Node | Invalid:
    """Each operand goes where the hole is, so the rest of a pattern waits until its operand is complete. What is wrong with the
    sequence is then wrong with the base tokens, and the base finds it."""
    texts, known, base = tok.vocabulary.tokens, arities(tok), len(tok.base.vocabulary)
    written: list[int] = []
    places: list[int] = []
    waiting: list[tuple[tuple[int, ...], int, bool]] = []
    at = 0
    while at < len(ids):
        token, start = ids[at], at
        at += 1
        if token < base and texts[token] not in known and texts[token] != "|":
            # Read where it stands in the base's sequence: a codec may count the numbers before it.
            read = tok.base.codec.read([*(texts[i] for i in written), *(texts[i] for i in ids[start:])], len(written))
            at = start - len(written) + (read.position + 1 if isinstance(read, Invalid) else read[1])
            written += [i if i < base else 0 for i in ids[start:at]]
            places += range(start, at)
            if isinstance(read, Invalid):
                break
            complete = True
        else:
            template = tok.parts[token] if token >= base else (token, *[HOLE] * known.get(texts[token], 0))
            cuts = [-1, *(i for i, part in enumerate(template) if part == HOLE), len(template)]
            segments = [template[a + 1 : b] for a, b in pairwise(cuts)]
            written += segments[0]
            places += [start] * len(segments[0])
            waiting += [(segment, start, i == 0) for i, segment in enumerate(reversed(segments[1:]))]
            complete = len(segments) == 1 and texts[token] != "|"
        while complete and waiting:
            segment, place, complete = waiting.pop()
            written += segment
            places += [place] * len(segment)
    tree = tok.base.decode(written)
    return tree if isinstance(tree, Node) else Invalid(tree.reason, [*places, len(ids)][min(tree.position, len(places))])


def agree(tok: Macros, ids: list[int]) -> bool:
    """Whether it is a tree, for both. That a pattern's end lies too deep is certain, and said, at its token; written out, what is
    wrong with its operands comes before."""
    found, expected = tok.decode(ids), written_out(tok, ids)
    if isinstance(found, Invalid) and isinstance(expected, Invalid) and general(found.reason) != general(expected.reason):
        assert found.reason == DEEP and found.position < expected.position, (found, expected)
    elif isinstance(found, Invalid):
        assert isinstance(expected, Invalid) and found.position == expected.position, (found, expected)
    else:
        assert found == expected
    return isinstance(found, Node)


def own_corpus() -> list[Node]:
    leaves = [variable(0), variable(1), number(2.0), Node("top")]
    pairs = [Node("and", (Node("not", (a,)), b)) for a in leaves for b in leaves]
    return [system(Node("ite", (a, b, Node("not", (number(2.0),)))), a) for a, b in pairwise(pairs)]


SPECS = {"digits": Digits(2), "bins": Bins(8)}
TOKENIZERS = {name: Macros.train(Prefix(codec, 3), CORPUS, 40) for name, codec in SPECS.items()}
TOKENIZERS["own"] = Macros.train(Prefix(Bins(4), 2, True, FOLDED), own_corpus(), 12)


@pytest.mark.parametrize("name", TOKENIZERS)
def test_edits_are_read_as_what_they_are_written_out(name: str) -> None:
    tok, trees, rng = TOKENIZERS[name], own_corpus() if name == "own" else CORPUS, np.random.default_rng(0)
    assert len(tok.templates) > 5
    valid = 0
    for tree in trees * (600 // len(trees)):
        ids = tok.encode(tree)
        for _ in range(rng.integers(0, 4)):
            at, kind = int(rng.integers(len(ids))), rng.integers(3)
            ids[at : at + (kind < 2)] = [] if kind == 1 and len(ids) > 1 else [int(rng.integers(len(tok.vocabulary)))]
        valid += agree(tok, ids)
    assert 100 < valid < 500


@pytest.mark.parametrize("name", TOKENIZERS)
@given(data=st.data())
def test_any_tokens_are_read_as_what_they_are_written_out(name: str, data: st.DataObject) -> None:
    tok = TOKENIZERS[name]
    token = st.integers(0, len(tok.vocabulary) - 1) | st.integers(len(tok.base.vocabulary), len(tok.vocabulary) - 1)
    agree(tok, data.draw(st.lists(token, max_size=14)))


@given(data=st.data())
@settings(max_examples=200)
def test_depths_are_those_of_what_is_written_out(data: st.DataObject) -> None:
    """Patterns of chance with heads below each other, nested up to the limit: each hole as deep as it lies."""
    base = Prefix(Bins(2, "uniform"), 1)
    ids = base.vocabulary.ids
    symbols = st.sampled_from(["+", "*", "sin", "^2"])

    def pattern(depth: int) -> list[int]:
        text = data.draw(symbols) if depth else data.draw(st.sampled_from(["?", "?", "x_0", "B0"]))
        holes = 0 if not depth else ARITY.get(text, 1)
        return [
            HOLE if text == "?" else ids[text],
            *(i for _ in range(holes) for i in pattern(data.draw(st.integers(0, depth - 1)))),
        ]

    tok = Macros(base, 3, tuple({tuple(pattern(data.draw(st.integers(1, 5)))): None for _ in range(3)}))
    holes = [template.count(HOLE) for template in tok.parts]
    for text, arity in arities(tok).items():
        holes[ids[text]] = arity
    start = data.draw(st.lists(st.sampled_from([t for t, n in enumerate(holes) if n]), min_size=1, max_size=4))
    body = start * (data.draw(st.integers(150, 205)) // len(start))
    operands = 1 + sum(holes[t] - 1 for t in body) + data.draw(st.integers(-1, 1))
    agree(tok, body + [ids["x_0"]] * operands)


@pytest.mark.parametrize("extra", range(4))
def test_the_limit_of_depth_counts_all_heads_of_a_pattern(extra: int) -> None:
    base = Prefix(Bins(2, "uniform"), 1)
    sine, plus, x = (base.vocabulary.ids[t] for t in ("sin", "+", "x_0"))
    tok = Macros(base, 2, ((plus, HOLE, sine, sine, x), (plus, sine, sine, sine, HOLE, HOLE)))
    tail, front = len(base.vocabulary), len(base.vocabulary) + 1
    # The system is at depth 1, so 198 heads above a variable are as many as there may be.
    for middle, below in (([tail, x], 3), ([front, x, x], 4), ([x], 0)):
        ids = [sine] * (196 - below + extra) + middle
        assert agree(tok, ids) == (extra <= 2)
    # Of two faults the one that is certain first: the end of the pattern cannot be reached.
    assert tok.decode([sine] * 197 + [tail]) == Invalid(DEEP, 197)


@pytest.mark.parametrize("codec", ["xval", "fone", "bittoken"])
def test_numbers_without_a_value_of_their_own_are_left_as_holes(codec: str) -> None:
    """A macro has one text, whatever the values: none may lie within it, where no model could see them."""
    tok = parse_spec(["prefix", codec, "macros:20"]).build(3, True, CORPUS)
    assert isinstance(tok, Macros)
    assert len(tok.templates) > 5 and not any(NUM in text for text in tok.vocabulary.tokens[len(tok.base.vocabulary) :])
    rng = np.random.default_rng(1)
    for tree in CORPUS:
        bound = bind_values(tok, tree)
        ids = bound.encode(tree)
        assert [bound.vocabulary.tokens[i] for i in ids].count(NUM) == [
            tok.base.vocabulary.tokens[i] for i in tok.base.encode(tree)
        ].count(NUM)
        assert agree(bound, ids)
        ids[rng.integers(len(ids))] = int(rng.integers(len(tok.vocabulary)))
        agree(bound, ids)
    with pytest.raises(SpecError, match="no value for this NUM"):
        Macros(tok.base, 1, ((tok.base.vocabulary.ids["sin"], tok.base.vocabulary.ids[NUM]),))


@pytest.mark.parametrize("texts", ["+ ?", "+ ? ? ?", "?", "N+ 1", "| ? ?", "sin |", "+ N+ ? ?", ""])
def test_what_is_no_pattern_is_refused(texts: str) -> None:
    base = Prefix(Digits(2), 2)
    template = [HOLE if text == "?" else base.vocabulary.ids[text] for text in texts.split()]
    saved = json.loads(Macros(base, 1, ()).to_json()) | {"templates": [template]}
    with pytest.raises(SpecError, match="is no macro"):
        Macros.from_json(base, json.dumps(saved))


def test_a_pattern_of_many_symbols_has_room_in_bulk() -> None:
    """One token writes more items than a sequence of it has tokens twice over."""
    base = Prefix(Digits(2), 1)
    ids = base.vocabulary.ids
    powers = [ids[t] for t in ("+", "^2", "^3", "^4", "^5", "x_0", "+", "^2", "^3", "^4", "x_0")]
    tok = Macros(base, 1, ((*powers, HOLE),))
    decoder, macro = bulk_decoder(tok), len(base.vocabulary)
    assert decoder is not None
    zeros = np.zeros(1, np.int32)
    for n in (1, 5, 20):
        written = [macro] * n + [ids["x_0"]]
        found = decoder.decode(written, zeros, zeros, zeros - 1)
        assert found.trees.tree(0) == tok.decode(written)


def test_in_bulk_over_an_alphabet_of_ones_own() -> None:
    tok = TOKENIZERS["own"]
    decoder, rng = bulk_decoder(tok), np.random.default_rng(2)
    assert decoder is not None
    valid = 0
    for tree in own_corpus():
        ids = tok.encode(tree)
        at, tokens = rng.integers(0, len(ids), 60), rng.integers(0, len(tok.vocabulary), 60)
        found = decoder.decode(ids, at.astype(np.int32), (at + 1).astype(np.int32), tokens.astype(np.int32))
        for k in range(60):
            expected = tok.decode([*ids[: at[k]], int(tokens[k]), *ids[at[k] + 1 :]])
            if isinstance(expected, Node):
                assert found.trees.tree(int(found.tree[k])) == expected
                valid += 1
            else:
                assert found.reasons[found.reason[k]] == general(expected.reason)
    assert valid > 100


def test_the_catalogs_macros_are_decoded_in_bulk() -> None:
    assert bulk_decoder(representation("prefix | macros:16", "ode").tokenizer) is not None
