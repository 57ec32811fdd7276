"""Numbers beside the tokens: bound to a tree it comes back exactly, an edit never changes a value, and unbound nothing is
guessed."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.grammars.draw.strategies import trees
from kappabar.grammars.errors import EncodeError
from kappabar.grammars.text.reader import read_infix
from kappabar.grammars.tree import Node, coefficients
from kappabar.tokenizers.base import Invalid, NumberCodec
from kappabar.tokenizers.catalog import NOTATIONS, notations, parse_spec
from kappabar.tokenizers.codecs.beside import Beside, bind_values, is_continuous
from kappabar.tokenizers.codecs.digits import Digits
from kappabar.tokenizers.codecs.xval import XVal
from kappabar.tokenizers.notations.characters import InfixCharacters


def bare(text: str) -> Node:
    tree = read_infix(text)
    assert isinstance(tree, Node)
    return tree


@pytest.mark.parametrize("notation", ["prefix", "infix", "postfix", "tree", "rules"])
@pytest.mark.parametrize("wrapper", [None, "repeat:3", "checksum:0", "bpe:120"])
@given(tree=trees(max_dim=3, max_leaves=6))
@settings(max_examples=12)
def test_a_bound_tokenizer_gives_its_tree_back_exactly(notation: str, wrapper: str | None, tree: Node) -> None:
    corpus = [bare("2*x_0+3*x_1|x_0-2*x_1|2*x_0")] * 3
    plain = parse_spec([notation, "xval", *([wrapper] if wrapper else [])]).build(3, True, corpus)
    ids = plain.encode(tree)
    tokenizer = bind_values(plain, tree)
    assert is_continuous(plain)
    assert is_continuous(tokenizer)
    assert tokenizer.vocabulary == plain.vocabulary
    assert tokenizer.encode(tree) == ids
    assert tokenizer.decode(ids) == tree
    if coefficients(tree):
        unbound = plain.decode(ids)
        assert isinstance(unbound, Invalid)
        assert unbound.reason == "no value for this NUM"


@pytest.mark.parametrize(
    "parts",
    [*([n] for n in sorted(notations()) if NOTATIONS[n].build is not None), ["prefix", "macros:8"], ["dag", "patches:200,2"]],
    ids=str,
)
def test_every_notation_and_wrapper_binds(parts: list[str]) -> None:
    """The values go where digits would have gone, also where a notation reorders, shares or combines the numbers."""
    texts = ("2.5*x_0+7.25*x_1-0.5|x_0*x_1*4.75-2.5*x_0+3", "3*(x_1-2.5)|(x_0+0.125)*(x_0+0.125)*6", "x_1|x_0")
    corpus = [bare(text) for text in texts] * 3
    notation, *wrappers = parts
    exact = parse_spec([notation, "digits:15", *wrappers]).build(2, True, corpus)
    plain = parse_spec([notation, "xval", *wrappers]).build(2, True, corpus)
    for tree in corpus[:3]:
        assert bind_values(plain, tree).decode(plain.encode(tree)) == exact.decode(exact.encode(tree))


@given(tree=trees(max_dim=2, max_leaves=4), data=st.data())
def test_no_edit_touches_a_value(tree: Node, data: st.DataObject) -> None:
    tokenizer = bind_values(parse_spec(["prefix", "xval"]).build(2, True), tree)
    ids = tokenizer.encode(tree)
    at = data.draw(st.integers(0, len(ids) - 1))
    token = data.draw(st.integers(0, len(tokenizer.vocabulary) - 1))
    values = {node.value for _, node in tree.walk() if node.is_number}
    for edited in ([*ids[:at], token, *ids[at + 1 :]], [*ids[:at], token, *ids[at:]], [*ids[:at], *ids[at + 1 :]]):
        found = tokenizer.decode(edited)
        if isinstance(found, Node):
            # A number may become the whole exponent of a general power, or stop being one: then it is no coefficient any more, or
            # one.
            assert set(coefficients(found)) <= values


def test_values_go_to_the_tokens_in_reading_order() -> None:
    tree = bare("2.5*x_0-7.25")
    tokenizer = bind_values(parse_spec(["prefix", "xval"]).build(1, True), tree)

    def decoded(text: str) -> Node | Invalid:
        return tokenizer.decode([tokenizer.vocabulary.ids[t] for t in text.split()])

    assert [t.text for t in tokenizer.tokenize(tree)] == ["-", "*", "NUM", "x_0", "NUM"]
    assert decoded("- NUM NUM") == bare("2.5-7.25")
    assert decoded("- x_0 NUM") == bare("x_0-2.5")  # the deleted one takes its place, not its value, along
    assert decoded("+ + NUM NUM NUM") == Invalid("no value for this NUM", 4)


def test_what_a_codec_can_do_says_whether_values_are_beside_the_tokens() -> None:
    assert isinstance(XVal(), Beside)
    assert not isinstance(Digits(3), Beside)


def test_the_codec_itself() -> None:
    codec = XVal()
    assert isinstance(codec, NumberCodec)
    assert codec.write(-0.0) == ["NUM"]
    assert math.copysign(1.0, codec.round(-0.0)) == 1.0
    assert codec.read(["NUM"], 0) == Invalid("no value for this NUM", 0)
    assert codec.read([], 0) == Invalid("the sequence ends where a number must follow", 0)
    assert isinstance(codec.read(["x_0"], 0), Invalid)
    bound = codec.bound([1.5, -0.0, 1e-300])
    code = ["x_0", "NUM", "+", "NUM", "NUM", "NUM"]
    assert [bound.read(code, i) for i in (1, 3, 4)] == [(1.5, 2), (0.0, 4), (1e-300, 5)]
    assert bound.read(code, 5) == Invalid("no value for this NUM", 5)
    with pytest.raises(EncodeError, match="not finite"):
        codec.write(math.inf)
    with pytest.raises(EncodeError, match="not finite"):
        codec.bound([math.nan])


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_codec_bound_to_a_value_is_exact(value: float) -> None:
    codec = XVal().bound([value])
    assert codec.read(codec.write(value), 0) == (codec.round(value), 1)
    assert codec.round(value) == value


def test_tokenizers_with_values_in_their_tokens_are_left_alone() -> None:
    tree = bare("2*x_0")
    for tokenizer in (InfixCharacters(1), parse_spec(["prefix", "digits:3", "repeat:3"]).build(1, True)):
        assert not is_continuous(tokenizer)
        assert bind_values(tokenizer, tree) is tokenizer
