"""What `nary` and `dag` promise beyond every notation: their own shapes, sizes and limits."""

from __future__ import annotations

from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.grammars.draw.strategies import expressions, trees
from kappabar.grammars.errors import EncodeError
from kappabar.grammars.text.reader import read_infix
from kappabar.grammars.tree import MAX_DEPTH, Node, number, system, variable
from kappabar.tokenizers.base import Invalid, Tokenizer
from kappabar.tokenizers.codecs.digits import Digits
from kappabar.tokenizers.notations.dag import MAX_DEFINITIONS, Dag
from kappabar.tokenizers.notations.definitions import MAX_NODES
from kappabar.tokenizers.notations.nary import Nary
from kappabar.tokenizers.notations.prefix import Prefix

DIGITS = Digits(3)


def bare(text: str) -> Node:
    tree = read_infix(text)
    assert isinstance(tree, Node)
    return tree


def texts(tok: Tokenizer, tree: Node) -> str:
    return " ".join(t.text for t in tok.tokenize(tree))


def read(tok: Tokenizer, text: str) -> Node | Invalid:
    return tok.decode([tok.vocabulary.ids[t] for t in text.split()])


@pytest.mark.parametrize(
    ("infix", "written"),
    [
        ("x_0+x_1*x_0*x_1-pi|e", "- (+ x_0 (* x_1 x_0 x_1 ) ) pi | e"),
        ("((x_0+x_1)+e)+pi|e", "(+ x_0 x_1 e pi ) | e"),
        ("x_0+(x_1+e)+pi|e", "(+ x_0 (+ x_1 e ) pi ) | e"),
        ("x_0+(x_1-e)|e", "(+ x_0 - x_1 e ) | e"),
        ("(x_0*x_1)/e*pi|e", "(* / (* x_0 x_1 ) e pi ) | e"),
    ],
)
def test_chains_worked_by_hand(infix: str, written: str) -> None:
    tok = Nary(DIGITS, 2)
    assert texts(tok, bare(infix)) == written
    assert read(tok, written) == bare(infix)


def test_superfluous_brackets_are_read_and_vanish() -> None:
    tok = Nary(DIGITS, 2)
    for written, infix in (("(+ (+ x_0 e ) pi )", "x_0+e+pi"), ("(* x_0 )", "x_0"), ("(+ (* (+ x_0 ) ) e )", "x_0+e")):
        assert read(tok, written) == bare(infix)
    for wrong, position in (("(+ )", 1), ("(+ x_0", 2), ("x_0 )", 1), ("- x_0 )", 2), ("(+ x_0 | x_0 )", 2), ("sin )", 1)):
        found = read(tok, wrong)
        assert isinstance(found, Invalid)
        assert found.position == position


@given(st.lists(expressions(2, 4), min_size=2, max_size=12), st.sampled_from("+*"))
@settings(max_examples=30)
def test_a_left_comb_is_one_bracket(operands: list[Node], symbol: str) -> None:
    tree = system(reduce(lambda a, b: Node(symbol, (a, b)), operands), variable(0))
    tok = Nary(Digits(15), 2)
    tokens = tok.tokenize(tree)
    assert sum(t.path == (0,) for t in tokens) == 2
    assert tokens[1].text != tokens[0].text
    prefix = Prefix(Digits(15), 2)
    assert tok.decode(tok.encode(tree)) == prefix.decode(prefix.encode(tree))


def test_chains_count_for_the_depth() -> None:
    tok = Nary(DIGITS, 1)
    longest = MAX_DEPTH - 1
    good = system(reduce(lambda a, b: Node("+", (a, b)), [variable(0)] * longest))
    assert good.depth == MAX_DEPTH
    ids = tok.encode(good)
    assert tok.decode(ids) == good
    found = tok.decode([*ids[:-1], ids[1], ids[-1]])
    assert isinstance(found, Invalid)
    assert "deeper" in found.reason
    assert found.position == len(ids) - 1
    sin = tok.vocabulary.ids["sin"]
    assert isinstance(tok.decode([sin, *ids]), Invalid)
    # Brackets that vanish add no depth.
    opening, closing = ids[0], ids[-1]
    assert tok.decode([*[opening] * 300, ids[1], *[closing] * 300]) == bare("x_0")


@given(st.lists(st.integers(0, 200), max_size=400))
@settings(max_examples=60)
def test_what_is_read_is_never_too_deep(choices: list[int]) -> None:
    tok = Nary(DIGITS, 1)
    ids = tok.vocabulary.ids
    few = [ids[t] for t in ("(+", "(+", "(*", "sin", "neg", "-", "x_0", "x_0", ")", ")")]
    found = tok.decode([few[c % len(few)] for c in choices] + [ids["x_0"]] * 3)
    assert isinstance(found, Invalid) or found.depth <= MAX_DEPTH


@pytest.mark.parametrize(
    ("infix", "written"),
    [
        ("x_1*sin(x_0^2-pi)+sin(x_0^2-pi)|e", "d0 sin - ^2 x_0 pi + * x_1 d0 d0 | e"),
        ("sin(x_0)*sin(x_0)|sin(x_0)", "* sin x_0 sin x_0 | sin x_0"),  # as long as with a definition
        ("sin(x_0)*sin(x_0)|sin(x_0)*sin(x_0)", "d0 * sin x_0 sin x_0 d0 | d0"),
        ("exp(log(cos(-x_0*e)))|exp(log(cos(-x_0*e)))+tan(-x_0*e)", "d0 * neg x_0 e d1 exp log cos d0 d1 | + d1 tan d0"),
        ("5.5*x_0|5.5*x_1", "* N+ 5 5 0 E0 x_0 | * N+ 5 5 0 E0 x_1"),  # equal numbers may be equal by chance
    ],
)
def test_definitions_worked_by_hand(infix: str, written: str) -> None:
    tok = Dag(DIGITS, 2)
    assert texts(tok, bare(infix)) == written
    assert read(tok, written) == bare(infix)


@given(tree=trees(max_dim=3), picks=st.lists(st.integers(0, 10**6), max_size=12))
@settings(max_examples=60)
def test_sharing_only_shortens(tree: Node, picks: list[int]) -> None:
    """Systems in which subtrees do recur: each pick adds a sum or a product of two subtrees found so far."""
    pool = [node for _, node in tree.walk() if node.symbol != "|"]
    for pick in picks:
        pool.append(Node("+*"[pick % 2], (pool[pick % len(pool)], pool[pick // 7 % len(pool)])))
    big = system(pool[-1], *tree.children[1:])
    if big.depth > MAX_DEPTH or big.size > MAX_NODES:
        return
    tok, prefix = Dag(Digits(15), 3), Prefix(Digits(15), 3)
    ids = tok.encode(big)
    assert len(ids) <= len(prefix.encode(big))
    assert tok.decode(ids) == prefix.decode(prefix.encode(big))
    names = [t.text for t in tok.tokenize(big) if t.text in {f"d{k}" for k in range(MAX_DEFINITIONS)}]
    assert all(names.count(name) >= 3 for name in names)  # its definition and at least two uses


def test_with_too_many_candidates_those_that_save_most_are_defined() -> None:
    tok = Dag(DIGITS, 1)
    small = [reduce(lambda a, f: Node(f, (a,)), ["sin"] * (3 + k), Node("^", (variable(0), number(k + 2)))) for k in range(8)]
    large = reduce(lambda a, f: Node(f, (a,)), ["cos"] * 20, variable(0))
    total = reduce(lambda a, b: Node("+", (a, b)), [*small, large, *small, large])
    written = texts(tok, system(total))
    assert written.startswith("d0 sin sin sin sin ^3 x_0 d1")
    assert "d7 " + "cos " * 20 in written
    assert read(tok, written) == system(total)


def test_definitions_are_used_only_after_they_are_made() -> None:
    tok = Dag(DIGITS, 2)
    assert read(tok, "d0 x_0 d1 sin d0 d2 pi * d1 d0 | d0") == bare("sin(x_0)*x_0|x_0")  # d2 is not used
    assert read(tok, "d0 x_0 d0") == bare("x_0")
    for wrong, position in (
        ("d1 x_0 d1", 0),
        ("d0 sin d0 d0", 2),
        ("d0 x_0", 2),
        ("d0 x_0 d1", 3),
        ("x_0 | d0 x_0 d0", 2),
        ("d0 x_0 d0 d1 x_0", 3),
        ("d0 | x_0", 1),
        ("d0 x_0 | x_0", 2),
    ):
        found = read(tok, wrong)
        assert isinstance(found, Invalid), wrong
        assert found.position == position, wrong


def test_references_cannot_blow_up() -> None:
    tok = Dag(DIGITS, 1)
    power = " ".join(f"d{k} + " + " ".join(["* " * 9 + f"d{k - 1} " * 10] * 2) for k in range(1, MAX_DEFINITIONS))
    found = read(tok, f"d0 x_0 {power} d7")
    assert isinstance(found, Invalid)
    assert "more than 10,000 nodes" in found.reason
    deep = " ".join(f"d{k} " + "sin " * 60 + (f"d{k - 1}" if k else "x_0") for k in range(4))
    found = read(tok, f"{deep} d3")
    assert isinstance(found, Invalid)
    assert "deeper" in found.reason
    many = reduce(lambda a, b: Node("+", (a, b)), [variable(0)] * 100)
    with pytest.raises(EncodeError, match="10,000"):
        tok.encode(system(reduce(lambda a, b: Node("+", (a, b)), [many] * 60)))


@given(st.lists(st.integers(0, 10**4), max_size=60))
@settings(max_examples=60)
def test_what_is_read_can_be_written_again(choices: list[int]) -> None:
    tok = Dag(DIGITS, 2)
    ids = tok.vocabulary.ids
    few = [ids[t] for t in ("d0", "d1", "+", "sin", "x_0", "x_0", "|")]
    found = tok.decode([ids["d0"], *[few[c % len(few)] for c in choices], ids["x_0"]])
    if not isinstance(found, Invalid):
        assert found.depth <= MAX_DEPTH
        assert tok.decode(tok.encode(found)) == found
