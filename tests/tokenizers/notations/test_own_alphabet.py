"""Notations under an alphabet of one's own: what is written comes back, and any sequence is a tree or says why not."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.grammars.draw.strategies import own_trees
from kappabar.grammars.errors import EncodeError, SpecError
from kappabar.grammars.operators import BUILT_IN, Operator, Operators, operators
from kappabar.grammars.print.infix import to_infix
from kappabar.grammars.tree import Node, number, system, variable
from kappabar.representations.representation import canonical, representation
from kappabar.tokenizers.base import Invalid
from kappabar.tokenizers.catalog import parse_spec
from kappabar.tokenizers.languages.catalog import language
from kappabar.tokenizers.languages.grammar import Shape
from kappabar.tokenizers.languages.masked_rows import END, MaskedRows, Masks
from kappabar.tokenizers.languages.tables import compiled
from kappabar.tokenizers.machines.decode import bulk_decoder, general
from kappabar.tokenizers.notations.characters import InfixCharacters

LOGIC = operators(
    Operator("iff", 2, "infix", 1),
    Operator("imp", 2, "infix-right", 2),
    Operator("not", 1, "prefix", 3),
    Operator("and", 2, "infix", 4),
    Operator("'", 1, "postfix", 5),
    Operator("ite", 3),
    Operator("top", 0),
)
SETS = operators(Operator("union", 2, "infix", 1), Operator("scale", 2), Operator("maj", 5), numbers=True)
SUMS = operators(
    Operator("<", 2, "infix", 1),
    Operator("+", 2, "infix", 2),
    Operator("-", 2, "infix", 2),
    Operator("mod", 2, "infix-right", 3),
    Operator("!", 1, "postfix", 4),
    Operator("neg", 1, "prefix", 5),  # a name of arithmetic
    Operator("gcd"),
    numbers=True,
)
NOTATIONS = ("prefix", "postfix", "tree", "rules", "infix", "sexpr", "bracketed", "dag", "three-address")
WRAPPED = ("prefix | repeat:3", "prefix | macros:4", "infix | checksum", "rules | bpe:60")


def _made(spec: str, alphabet: Operators, closed: bool = True) -> Any:
    n = 3
    corpus = [
        system(
            *[Node("not", (Node("and", (variable(i), variable(0))),)) for i in range(n)][: n if closed else 1],
        )
    ]
    if alphabet is SUMS:
        corpus = [system(*[Node("mod", (variable(i), number(2.5))) for i in range(n)][: n if closed else 1])]
    if alphabet is SETS:
        corpus = [system(*[Node("scale", (variable(i), number(2.5))) for i in range(n)][: n if closed else 1])]
    room = [system(*[variable(n - 1)] * (n if closed else 1))]
    return representation(spec, "own", corpus, room, closed, alphabet)


MADE = {(spec, closed): _made(spec, LOGIC, closed) for spec in (*NOTATIONS, *WRAPPED) for closed in (True, False)}


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("spec", [*NOTATIONS, *WRAPPED])
@given(data=st.data())
def test_what_is_written_comes_back(spec: str, closed: bool, data: st.DataObject) -> None:
    made = MADE[spec, closed]
    tree = data.draw(own_trees(LOGIC, closed, 3, 8))
    ids = made.encode(tree)
    assert made.decode(ids) == tree
    assert [made.vocabulary.tokens[i] for i in ids] == [t.text for t in made.tokenize(tree)]


@pytest.mark.parametrize("spec", NOTATIONS)
@given(ids=st.lists(st.integers(0, 200), min_size=1, max_size=14))
def test_any_sequence_is_a_tree_or_says_why_not(spec: str, ids: list[int]) -> None:
    made = MADE[spec, True]
    found = made.decode([i % len(made.vocabulary) for i in ids])
    if isinstance(found, Invalid):
        assert 0 <= found.position <= len(ids)
    else:
        assert made.decode(made.encode(found)) == found


@pytest.mark.parametrize("spec", [f"{n} | digits:2" for n in NOTATIONS])
@given(data=st.data())
def test_numbers_are_the_codecs(spec: str, data: st.DataObject) -> None:
    made = _made(spec, SETS)
    tree = data.draw(own_trees(SETS, True, 3, 6))
    rounding = made.tokenizer.codec.round
    assert made.decode(made.encode(tree)) == tree.map(lambda n: n if n.value is None else number(rounding(n.value)))


def test_a_vocabulary_holds_the_alphabet_and_nothing_else() -> None:
    assert set(_made("prefix", LOGIC, False).vocabulary.tokens) == {*LOGIC.by_symbol, "x_0", "x_1", "x_2"}
    assert set(_made("infix", LOGIC, False).vocabulary.tokens) == {*LOGIC.by_symbol, "x_0", "x_1", "x_2", "(", ")", ","}


def test_specs_without_numbers_have_no_codec() -> None:
    for spec in (*NOTATIONS, *WRAPPED):
        full = canonical(spec, LOGIC)
        assert "digits" not in full and canonical(full, LOGIC) == full
    assert canonical("infix", SETS) == "infix | digits:3"
    assert canonical("infix") == "infix | chars" and parse_spec(["prefix"]).alphabet is BUILT_IN


@pytest.mark.parametrize("spec", ["nary", "terms", "library", "latex | chars", "prefix | digits:3", "sort | prefix"])
def test_what_is_for_arithmetic_says_so(spec: str) -> None:
    with pytest.raises(SpecError):
        canonical(spec, LOGIC)


def test_trees_of_another_alphabet_are_refused() -> None:
    made = MADE["prefix", True]
    for tree in (Node("+", (variable(0), variable(0))), number(1.0), Node("and", (variable(0),))):
        with pytest.raises(EncodeError):
            made.encode(system(tree))


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize(
    "spec", [*NOTATIONS[:-1], "rules | bpe:60", "prefix | digits:2", "infix | bins:16,log", "infix | chars", "plain | chars"]
)
@given(data=st.data())
def test_the_compiled_machines_read_it_as_the_plain_way_does(spec: str, closed: bool, data: st.DataObject) -> None:
    alphabet = SUMS if any(word in spec for word in ("digits", "bins", "infix | chars")) else LOGIC
    made = _bulk(spec, closed)
    decoder, size = made[1], len(made[0].vocabulary)
    tree = data.draw(own_trees(LOGIC_OF_ONE_READING if spec == "plain | chars" else alphabet, closed, 3, 8))
    written = made[0].encode(tree)
    random = data.draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=12))
    for ids in (written, random):
        edits = [(0, 0, -1)]
        for _ in range(6):
            a = data.draw(st.integers(0, len(ids)))
            edits.append((a, data.draw(st.integers(a, min(a + 1, len(ids)))), data.draw(st.integers(-1, size - 1))))
        found = decoder.decode(ids, *(np.array(column, np.int32) for column in zip(*edits, strict=True)))
        for k, (a, b, token) in enumerate(edits):
            plain = made[0].decode([*ids[:a], *([token] if token >= 0 else []), *ids[b:]])
            if isinstance(plain, Invalid):
                assert found.reasons[found.reason[k]] == general(plain.reason)
            else:
                assert found.trees.tree(int(found.tree[k])) == plain


@cache
def _bulk(spec: str, closed: bool) -> Any:
    if "chars" in spec:
        made = SimpleNamespace(tokenizer=InfixCharacters(3, closed, SUMS if spec == "infix | chars" else LOGIC_OF_ONE_READING))
        made.vocabulary, made.encode, made.decode = made.tokenizer.vocabulary, made.tokenizer.encode, made.tokenizer.decode
    else:
        made = _made(spec, SUMS, closed) if "digits" in spec or "bins" in spec else MADE[spec, closed]
    decoder = bulk_decoder(made.tokenizer)
    assert decoder is not None
    return made, decoder


@pytest.mark.parametrize("spec", ["infix", "infix | chars", "prefix", "bracketed", "postfix", "sexpr", "tree", "rules", "dag"])
@pytest.mark.parametrize(
    "rows", [(Operator("s", 1), Operator("+", 2, "infix", 1)), (Operator("s", 1),), (Operator("top", 0),), (Operator("f", 3),)]
)
def test_small_alphabets_have_machine_and_language(spec: str, rows: tuple[Operator, ...]) -> None:
    """Calls of one operand alone, which need no comma; no operator of two operands, or none at all."""
    made = representation(spec, "own", [system(variable(1))], (), False, operators(*rows)).tokenizer
    assert spec == "dag" or bulk_decoder(made) is not None
    if spec == "postfix" and rows[0].arity == 3:
        return
    walk = MaskedRows(Masks(compiled(language(made, [Shape(1, 2)])), 1), [Shape(1, 2)], 20)
    for i in (*made.encode(system(variable(1))), END):
        assert walk.allowed()[0, i + 1]
        walk.take(np.array([i]))


@pytest.mark.parametrize("row", [("a", 2), Operator("a", True), Operator("a", 2.0), Operator(5), Operator("a", commutative="no")])
def test_what_is_no_row_of_an_alphabet_is_one_line(row: Any) -> None:
    with pytest.raises(SpecError) as caught:
        operators(row)
    assert "\n" not in str(caught.value)


def test_a_symbol_that_is_written_as_something_else_is_named() -> None:
    alphabet = operators(Operator("N", 0), Operator("and", 2, "infix", 1), numbers=True)
    with pytest.raises(SpecError, match="'A→N' twice; rename the symbol") as caught:
        representation("rules", "own", [system(variable(0))], (), True, alphabet)
    assert "\n" not in str(caught.value)
    assert representation("prefix", "own", [system(variable(0))], (), True, alphabet).vocabulary.ids["N"] >= 0


CHARACTERS = representation("infix | chars", "own", [], [system(variable(1))], False, SUMS)


def _read(text: str) -> Node | Invalid:
    ids = CHARACTERS.vocabulary.ids
    return CHARACTERS.decode([ids[c] for c in text])


@given(tree=own_trees(SUMS, False, 2, 9))
def test_characters_are_the_infix_text_and_come_back(tree: Node) -> None:
    ids = CHARACTERS.encode(tree)
    text = "".join(CHARACTERS.vocabulary.tokens[i] for i in ids)
    assert text == to_infix(tree, None, SUMS).replace(" ", "")
    assert CHARACTERS.decode(ids) == tree
    assert [t.text for t in CHARACTERS.tokenize(tree)] == list(text)


@given(ids=st.lists(st.integers(0, 200), min_size=1, max_size=14))
def test_any_characters_are_a_tree_or_say_why_not(ids: list[int]) -> None:
    found = CHARACTERS.decode([i % len(CHARACTERS.vocabulary) for i in ids])
    if isinstance(found, Invalid):
        assert 0 <= found.position <= len(ids)
    else:
        assert CHARACTERS.decode(CHARACTERS.encode(found)) == found


@pytest.mark.parametrize(
    ("text", "same"),
    [("3--3", ("-", 3.0, -3.0)), ("3-3", ("-", 3.0, 3.0)), ("2.modx_1", None), (".5+2e1", ("+", 0.5, 20.0)), ("gcd(1,2)!", None)],
)
def test_characters_have_one_reading(text: str, same: tuple[str, float, float] | None) -> None:
    tree = _read(text)
    assert isinstance(tree, Node)
    if same is not None:
        assert tree == system(Node(same[0], (number(same[1]), number(same[2]))))


@pytest.mark.parametrize("text", ["3-", "--3", "1e", "3mo", "x_2", "1e999", "gcd(1)", "mod3", ")"])
def test_what_is_no_text_says_why(text: str) -> None:
    found = _read(text)
    assert isinstance(found, Invalid) and found.reason


def test_characters_are_the_base_of_merges_and_need_no_numbers() -> None:
    trees = [system(Node("mod", (number(12.0), number(float(n))))) for n in range(9)]
    merged = representation("infix | chars | bpe:40", "own", trees, [system(variable(1))], False, SUMS)
    assert any(t.startswith("12m") for t in merged.vocabulary.tokens)
    assert all(merged.decode(merged.encode(tree)) == tree for tree in trees)
    tree = system(Node("'", (Node("and", (Node("top"), variable(0))),)))
    plain = representation("infix | chars", "own", [], [system(variable(1))], False, LOGIC_OF_ONE_READING)
    assert plain.decode(plain.encode(tree)) == tree and "0" in plain.vocabulary.tokens and "7" not in plain.vocabulary.tokens


LOGIC_OF_ONE_READING = Operators(tuple(row for row in LOGIC.rows if row.symbol != "iff"))


@pytest.mark.parametrize(
    "rows",
    [
        (Operator("no", 1, "prefix", 1), Operator("not", 1, "prefix", 1)),
        (Operator("-", 1, "prefix", 1),),
        (Operator("e5", 0),),
        (Operator(".", 2, "infix", 1),),
        (Operator("-1", 2, "infix", 1),),
        (Operator("e", 2, "infix", 1),),
        (Operator("e", 1, "postfix", 1), Operator("-", 2, "infix", 2)),
        (Operator("x", 0), Operator("_", 2, "infix", 1)),
    ],
)
def test_alphabets_of_several_readings_are_refused_in_one_line(rows: tuple[Operator, ...]) -> None:
    with pytest.raises(SpecError, match="two readings") as caught:
        representation("infix | chars", "own", [], [system(variable(0))], False, operators(*rows, numbers=True))
    assert "\n" not in str(caught.value)
