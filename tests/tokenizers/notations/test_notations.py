"""Every notation with every kind of codec: round trip, strict and total decoding, classes and nodes of the tokens."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.grammars.draw.strategies import trees
from kappabar.grammars.errors import EncodeError
from kappabar.grammars.text.reader import read_infix
from kappabar.grammars.tree import (
    FUNCTIONS,
    MAX_DEPTH,
    SYSTEM,
    Node,
    is_whole_power,
    number,
    number_paths,
    system,
    variable,
    with_value,
)
from kappabar.tokenizers.base import Invalid, NumberCodec, TokenClass, Tokenizer
from kappabar.tokenizers.codecs.bins import Bins
from kappabar.tokenizers.codecs.digits import Digits, Floats
from kappabar.tokenizers.notations.characters import InfixCharacters
from kappabar.tokenizers.notations.dag import Dag
from kappabar.tokenizers.notations.infix import Infix
from kappabar.tokenizers.notations.nary import Nary
from kappabar.tokenizers.notations.postfix import Postfix
from kappabar.tokenizers.notations.prefix import Prefix
from kappabar.tokenizers.notations.rules import Rules
from kappabar.tokenizers.notations.statements import MAX_STATEMENTS, ThreeAddress
from kappabar.tokenizers.notations.tree import TreeNotation

NOTATIONS = {
    "prefix": Prefix,
    "postfix": Postfix,
    "tree": TreeNotation,
    "rules": Rules,
    "infix": Infix,
    "nary": Nary,
    "dag": Dag,
    "three-address": ThreeAddress,
}
CODECS: dict[str, NumberCodec] = {"digits": Digits(3), "e2e": Floats(4, 1), "chunks": Floats(4, 2), "bins": Bins(16)}
DIM = 3
PAIRS = [(n, c) for n in NOTATIONS for c in CODECS]
ALL = [*PAIRS, ("chars", "exact")]


@cache
def tokenizer(notation: str, codec: str, closed: bool = True, n_variables: int = DIM) -> Tokenizer:
    codecs = [] if notation == "chars" else [CODECS[codec]]
    built: Tokenizer = NOTATIONS.get(notation, InfixCharacters)(*codecs, n_variables, closed)
    return built


def rounded(tree: Node, codec: NumberCodec | None) -> Node:
    """The tree with its coefficients, and nothing else, rounded."""
    if codec is None:
        return tree
    for path in number_paths(tree):
        tree = with_value(tree, path, codec.round(tree.at(path).value or 0.0))
    return tree


def bare(text: str) -> Node:
    tree = read_infix(text)
    assert isinstance(tree, Node)
    return tree


# What breaks published encoders, and some more of the kind.
HARD = [
    "x_0-(x_1-x_2)|x_0|x_0",
    "x_0/(x_1*x_2)|x_0|x_0",
    "x_0^(x_1+x_2)|x_0|x_0",
    "-x_0^2",
    "(-x_0)^2",
    "(-2)^2|-2^2",
    "-(2)",
    "-(-2)",
    "--x_0",
    "x_0-(-2.5)",
    "x_0^-2",
    "x_0^-x_0",
    "(x_0^x_1)^x_1|x_0^x_1^x_1",
    "(x_0^2)^3|x_0^2^3",
    "(x_0*x_1)^2|x_0*x_1^2",
    "-x_0*x_1|-(x_0*x_1)",
    "(x_0+x_1)+x_0|x_0+(x_1+x_0)",
    "x_0*(x_1/x_0)|x_0*x_1/x_0",
    "12.34*x_0-1e-5",
    "sin(-x_0)^2",
    "(2^3)^x_0",
    "pi*e^-(x_0)",
]


@pytest.mark.parametrize("text", HARD)
@pytest.mark.parametrize(("notation", "codec"), ALL)
def test_hard_cases_survive(notation: str, codec: str, text: str) -> None:
    tree = bare(text)
    tok = tokenizer(notation, codec)
    assert tok.decode(tok.encode(tree)) == rounded(tree, CODECS.get(codec))


@pytest.mark.parametrize(("notation", "codec"), ALL)
@given(tree=trees(max_dim=DIM))
@settings(max_examples=20)
def test_round_trip_is_the_identity_up_to_rounding(notation: str, codec: str, tree: Node) -> None:
    tok = tokenizer(notation, codec)
    ids = tok.encode(tree)
    assert tok.decode(ids) == rounded(tree, CODECS.get(codec))
    assert tok.encode(tree) == ids


@pytest.mark.parametrize(("notation", "codec"), ALL)
@given(tree=trees(dim=1, max_leaves=6))
@settings(max_examples=8)
def test_round_trip_of_functions(notation: str, codec: str, tree: Node) -> None:
    """One equation over several inputs."""
    tree = system(Node("+", (tree.children[0], variable(2))))
    tok = tokenizer(notation, codec, closed=False)
    assert tok.decode(tok.encode(tree)) == rounded(tree, CODECS.get(codec))


def class_of(node: Node) -> TokenClass:
    if node.symbol in ("number", "pi", "e"):
        return TokenClass.NUMBER
    if node.symbol in FUNCTIONS:
        return TokenClass.FUNCTION
    return TokenClass.VARIABLE if node.symbol.startswith("x_") else TokenClass.OPERATOR


@pytest.mark.parametrize(("notation", "codec"), ALL)
@given(tree=trees(max_dim=DIM))
@settings(max_examples=10)
def test_tokens_know_their_class_and_node(notation: str, codec: str, tree: Node) -> None:
    tok = tokenizer(notation, codec)
    tokens = tok.tokenize(tree)
    assert [tok.vocabulary.ids[t.text] for t in tokens] == tok.encode(tree)
    written = set()
    for token in tokens:
        node = tree.at(token.path)
        usual = tok.vocabulary.classes[tok.vocabulary.ids[token.text]]
        assert notation == "chars" or token.kind == usual
        if token.kind is not TokenClass.STRUCTURE:
            in_exponent = token.path and token.path[-1] == 1 and is_whole_power(tree.at(token.path[:-1]))
            assert token.kind == class_of(node) or (notation == "chars" and in_exponent)
            written.add(token.path)
    hidden = {p for p, n in tree.walk() if p and p[-1] == 1 and is_whole_power(tree.at(p[:-1]))}
    if notation == "nary":  # a chain is one token
        hidden |= {p for p, n in tree.walk() if p and p[-1] == 0 and n.symbol in "+*" and tree.at(p[:-1]).symbol == n.symbol}
    if notation in ("dag", "three-address"):  # a reference stands for the whole subtree
        named = {t.path for t in tokens if t.text[0] in "dt" and t.text[1:].isdecimal()}
        hidden |= {p for p, _ in tree.walk() if any(p[:k] in named for k in range(1, len(p) + 1))}
    # A sign that infix folds into a number aside, every node but the root is written by some token.
    assert {p for p, n in tree.walk() if n.symbol != SYSTEM} - hidden <= written


ids_lists = st.lists(st.integers(0, 10_000), max_size=25)


@pytest.mark.parametrize(("notation", "codec"), ALL)
@given(numbers=ids_lists)
@settings(max_examples=20)
def test_decoding_is_total_on_random_ids(notation: str, codec: str, numbers: list[int]) -> None:
    tok = tokenizer(notation, codec)
    check_outcome(tok, [n % len(tok.vocabulary) for n in numbers])


def check_outcome(tok: Tokenizer, ids: list[int]) -> None:
    found = tok.decode(ids)
    assert found == tok.decode(ids)
    if isinstance(found, Invalid):
        assert found.reason
        assert "\n" not in found.reason
        assert 0 <= found.position <= len(ids)
    else:
        assert found.symbol == SYSTEM
        assert found.depth <= MAX_DEPTH
        assert tok.decode(tok.encode(found)) == found


def test_a_whole_power_raises_what_stands_before_it() -> None:
    """`pi ^2 ^2` was pi^(2^2), whose inner 2 no codec writes as a symbol: what it encoded to was another tree."""
    tok = tokenizer("infix", "bins")
    symbols = {text: i for i, text in enumerate(tok.vocabulary.tokens)}
    for texts, tree in (
        ("pi ^2 ^3", "(pi^2)^3"),
        ("pi ^2 ^ x_0", "(pi^2)^x_0"),
        ("x_0 ^ x_1 ^2", "x_0^(x_1^2)"),
        ("- x_0 ^2", "-(x_0^2)"),
        ("sin ( x_0 ) ^2 ^2", "(sin(x_0)^2)^2"),
        ("x_0 * x_1 ^2 ^3 + x_0", "x_0*(x_1^2)^3 + x_0"),
    ):
        found = tok.decode([symbols[text] for text in texts.split()] + [symbols[t] for t in ("|", "x_0", "|", "x_0")])
        assert found == bare(f"{tree}|x_0|x_0")
        assert tok.decode(tok.encode(bare(f"{tree}|x_0|x_0"))) == found


@st.composite
def edited(draw: st.DrawFn, size: int, ids: list[int]) -> list[int]:
    """A sequence at edit distance one."""
    kind = draw(st.sampled_from("sid"))
    at = draw(st.integers(0, len(ids) - 1))
    token = draw(st.integers(0, size - 1))
    if kind == "d":
        return ids[:at] + ids[at + 1 :]
    return [*ids[:at], token, *ids[at + (kind == "s") :]]


@pytest.mark.parametrize(("notation", "codec"), ALL)
@given(tree=trees(max_dim=DIM, max_leaves=5), data=st.data())
@settings(max_examples=20)
def test_edits_decode_or_tell_where_they_cannot(notation: str, codec: str, tree: Node, data: st.DataObject) -> None:
    tok = tokenizer(notation, codec)
    ids = data.draw(edited(len(tok.vocabulary), tok.encode(tree)))
    check_outcome(tok, ids)
    found = tok.decode(ids)
    if isinstance(found, Invalid) and found.position < len(ids):
        # Certain means: whatever follows the token at that position, the answer is the same.
        tail = data.draw(st.lists(st.integers(0, len(tok.vocabulary) - 1), max_size=4))
        again = tok.decode(ids[: found.position + 1] + tail)
        assert isinstance(again, Invalid)
        assert again.position == found.position


@pytest.mark.parametrize(("notation", "codec"), [p for p in ALL if p[1] in ("digits", "exact", "bins")])
@given(tree=trees(max_dim=DIM, max_leaves=5), data=st.data())
@settings(max_examples=12)
def test_the_tokens_before_the_position_could_still_become_a_system(
    notation: str, codec: str, tree: Node, data: st.DataObject
) -> None:
    tok = tokenizer(notation, codec)
    ids = tok.encode(tree)
    cut = data.draw(st.integers(1, len(ids)))
    found = tok.decode(ids[:cut])
    # A beginning of a valid sequence is never blamed on one of its tokens.
    assert not isinstance(found, Invalid) or found.position == cut


@pytest.mark.parametrize(("notation", "codec"), ALL)
def test_ids_outside_the_vocabulary_and_nothing_at_all_are_invalid(notation: str, codec: str) -> None:
    tok = tokenizer(notation, codec)
    size = len(tok.vocabulary)
    assert tok.decode([]) == Invalid("the sequence is empty", 0)
    good = tok.encode(bare("x_0"))
    for wrong in (-1, size, 10**9):
        found = tok.decode([*good, wrong])
        assert isinstance(found, Invalid)
        assert found.position == len(good)


@pytest.mark.parametrize(("notation", "codec"), [p for p in ALL if p[1] in ("digits", "exact")])
def test_variables_need_an_equation_of_their_own(notation: str, codec: str) -> None:
    open_, closed = tokenizer(notation, codec, closed=False), tokenizer(notation, codec)
    tree = bare("x_1")
    assert open_.decode(open_.encode(tree)) == tree
    with pytest.raises(EncodeError, match="x_1 has no equation: the system has 1"):
        closed.encode(tree)
    other = tokenizer(notation, codec).encode(bare("x_0|x_1|x_0"))
    assert not isinstance(closed.decode(other), Invalid)
    ids = closed.vocabulary.ids
    source = open_.tokenize(tree)
    found = closed.decode([ids[t.text] for t in source])
    assert isinstance(found, Invalid)
    assert "x_1 has no equation" in found.reason


@pytest.mark.parametrize(("notation", "codec"), [p for p in ALL if p[1] in ("digits", "exact") and p[0] != "tree"])
def test_more_equations_than_variables_are_invalid(notation: str, codec: str) -> None:
    tok, larger = tokenizer(notation, codec), tokenizer(notation, codec, n_variables=DIM + 1)
    texts = [t.text for t in larger.tokenize(bare("x_0|x_0|x_0|x_0"))]
    found = tok.decode([tok.vocabulary.ids[t] for t in texts])
    assert isinstance(found, Invalid)
    assert "more than 3 equations" in found.reason


@pytest.mark.parametrize(("notation", "codec"), ALL)
@pytest.mark.parametrize(
    "tree",
    [
        variable(0),
        system(),
        system(*[variable(0)] * (DIM + 1)),
        system(variable(DIM)),
        system(Node("x_a")),
        system(Node("erf", (variable(0),))),
        system(Node("+", (variable(0),))),
        system(number(float("nan"))),
    ],
    ids=lambda t: t.symbol + "".join(c.symbol for c in t.children),
)
def test_trees_outside_the_vocabulary_are_refused(notation: str, codec: str, tree: Node) -> None:
    with pytest.raises(EncodeError) as error:
        tokenizer(notation, codec).encode(tree)
    assert "\n" not in str(error.value)


def nested(depth: int) -> Node:
    node = variable(0)
    for _ in range(depth - 2):
        node = Node("sin", (node,))
    return system(node)


@pytest.mark.parametrize(("notation", "codec"), [p for p in ALL if p[1] in ("digits", "exact")])
def test_depth_is_limited_on_both_ways(notation: str, codec: str) -> None:
    tok = tokenizer(notation, codec)
    deepest = nested(MAX_DEPTH)
    ids = tok.encode(deepest)
    assert tok.decode(ids) == deepest
    with pytest.raises(EncodeError, match="nested"):
        tok.encode(nested(MAX_DEPTH + 1))
    found = tok.decode(deepened(notation, ids))
    assert isinstance(found, Invalid)
    assert "deeper" in found.reason


def deepened(notation: str, ids: list[int]) -> list[int]:
    """One more `sin` around the expression: what opens and what closes it is written once more."""
    start, width, tail = {
        "prefix": (0, 1, 0), "postfix": (1, 1, 0), "tree": (1, 1, 1), "rules": (1, 5, 0), "infix": (0, 2, 1), "nary": (0, 1, 0),
        "dag": (0, 1, 0), "three-address": (3 * MAX_STATEMENTS, 1, 0), "chars": (0, 4, 1),
    }[notation]  # fmt: skip
    return ids[: start + width] + ids[start:] + ids[len(ids) - tail :]


def test_sequences_worked_by_hand() -> None:
    tree = bare("x_1|-2*x_0^2")
    digits = Digits(3)

    def texts(tok: Tokenizer) -> str:
        return " ".join(t.text for t in tok.tokenize(tree))

    assert texts(Prefix(digits, 2)) == "x_1 | * N- 2 0 0 E0 ^2 x_0"
    assert texts(Postfix(digits, 2)) == "x_1 | N- 2 0 0 E0 x_0 ^2 *"
    assert texts(TreeNotation(digits, 2)) == "(|/2 x_1 (*/2 N- 2 0 0 E0 (^2/1 x_0 ) ) )"
    assert texts(Nary(digits, 2)) == "x_1 | (* N- 2 0 0 E0 ^2 x_0 )"
    assert texts(Dag(digits, 2)) == "x_1 | * N- 2 0 0 E0 ^2 x_0"
    assert texts(ThreeAddress(digits, 2)) == "t0 ^2 x_0 x_1 | * N- 2 0 0 E0 t0"
    assert texts(Infix(digits, 2)) == "x_1 | N- 2 0 0 E0 * x_0 ^2"
    assert texts(InfixCharacters(2)) == " ".join("x_1|-2*x_0^2")
    assert texts(Rules(Bins(2), 2)) == ("S→E|S E→T T→F F→P P→A A→x_1 S→E E→T T→T*F T→F F→P P→A A→N B0 F→P P→A^2 A→x_0")


def test_rules_use_parentheses_only_where_needed_and_forget_superfluous_ones() -> None:
    tok = Rules(Digits(3), 1)
    count = sum(t.text == "A→(E)" for t in tok.tokenize(bare("(x_0+x_0)*x_0-(x_0+x_0)")))
    assert count == 2
    powers = Rules(Digits(3), 2)
    for text, count in (
        ("(x_0^x_1)^x_1|x_0", 1),
        ("x_0^x_1^x_1|x_0", 0),
        ("(x_0^2)^3|x_1", 1),
        ("-x_0^-x_1|x_0", 0),
        ("(-x_0)^x_1|x_0", 1),
    ):
        assert sum(t.text == "A→(E)" for t in powers.tokenize(bare(text))) == count
    assert {"P→A^F", "E→E-T", "T→T/F", "F→-F", "A→sin(E)", "P→A^9"} <= set(powers.vocabulary.tokens)
    ids = tok.vocabulary.ids
    wrapped = "S→E E→T T→F F→P P→A A→(E) E→T T→F F→P P→A A→(E) E→T T→F F→P P→A A→x_0"
    assert tok.decode([ids[t] for t in wrapped.split()]) == bare("x_0")


def test_a_whole_exponent_is_structure_that_no_codec_rounds() -> None:
    for notation in NOTATIONS:
        tok = NOTATIONS[notation](Bins(1), 1, True)
        assert tok.decode(tok.encode(bare("x_0^3"))) == bare("x_0^3")


def test_positions_point_at_the_first_impossible_token() -> None:
    prefix = Prefix(Digits(3), 2)
    ids = prefix.vocabulary.ids

    def position(text: str) -> int:
        found = prefix.decode([ids[t] for t in text.split()])
        assert isinstance(found, Invalid)
        return found.position

    tree = TreeNotation(Digits(3), 3)
    assert tree.decode([tree.vocabulary.ids[t] for t in ["(|/1", "x_2", ")"]]) == Invalid(
        "x_2 has no equation: the system has 1", 1
    )
    assert position("+ x_0") == 2
    assert position("+ x_0 x_0 x_0") == 3
    assert position("+ | x_0 x_0") == 1
    assert position("* N+ 0 5 0 E0 x_0") == 3
    assert position("5") == 0
    assert position("x_0 |") == 2
    assert position("x_0 | x_0 | x_0") == 3
