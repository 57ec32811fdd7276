"""Infix sequences against an independent parser of the same language, the Lark grammar."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from kappabar.grammars.draw.strategies import trees
from kappabar.grammars.text.reader import read_infix
from kappabar.grammars.tree import FUNCTIONS, Node
from kappabar.tokenizers.base import Invalid
from kappabar.tokenizers.codecs.bins import Bins
from kappabar.tokenizers.notations.characters import InfixCharacters
from kappabar.tokenizers.notations.infix import Infix

DIM = 3
CHARACTERS = InfixCharacters(DIM)
CODEC = Bins(16)
SYMBOLS = Infix(CODEC, DIM)


@st.composite
def edited(draw: st.DrawFn, size: int, ids: list[int]) -> list[int]:
    """A sequence at edit distance one."""
    kind = draw(st.sampled_from("sid"))
    at = draw(st.integers(0, len(ids) - 1))
    token = draw(st.integers(0, size - 1))
    if kind == "d":
        return ids[:at] + ids[at + 1 :]
    return [*ids[:at], token, *ids[at + (kind == "s") :]]


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("(x_0", 4),
        ("x_0)", 3),
        ("(x_0|x_0)", 4),
        ("sinx_0", 3),
        ("sin", 3),
        ("sin(", 4),
        ("sin()", 4),
        ("2x_0", 1),
        ("x_0(", 3),
        ("x_0x", 3),
        ("x_3", 2),
        ("x_00", 3),
        ("x_", 2),
        ("x", 1),
        ("six_0", 2),
        ("2e", 2),
        ("2e+", 3),
        ("2ex", 2),
        ("2e-x", 3),
        ("2.5.", 3),
        ("2..", 2),
        (".", 1),
        ("..5", 1),
        ("x_0.", 3),
        ("x_0.5", 3),
        ("1e999", 5),
        ("1e999*x_0", 5),
        ("*x_0", 0),
        ("x_0**", 5),
        ("x_0***x_0", 5),
        ("x_0|", 4),
        ("|x_0", 0),
        ("x_0||x_0", 4),
        ("x_0|x_0|x_0|x_0", 11),
        ("x_0--", 5),
    ],
)
def test_invalid_characters_and_where_that_is_certain(text: str, position: int) -> None:
    found = CHARACTERS.decode([CHARACTERS.vocabulary.ids[c] for c in text])
    assert isinstance(found, Invalid)
    assert found.position == position


@pytest.mark.parametrize("text", ["-2**2", "-2^2", "-2*2", "2**-2", "-(2)**2", "--2", "-2e-3^2", "2-2", "2--2", "-2", "-.5"])
def test_signs_of_numbers_agree_with_the_grammar(text: str) -> None:
    assert CHARACTERS.decode([CHARACTERS.vocabulary.ids[c] for c in text]) == read_infix(text)


@given(text=st.text(alphabet="0123456789.+-*/^()|x_esinpl", max_size=14))
@example("2..5")
@example("1e5x")
@example("x_0**-2")
@example("-2^2")
@example("ln(x_0)")
@example("2e")
@example("x_0^2^3|x_1")
@settings(max_examples=250)
def test_characters_agree_with_the_grammar(text: str) -> None:
    tok = CHARACTERS
    assume(text)
    found, reference = tok.decode([tok.vocabulary.ids[c] for c in text]), read_infix(text)
    if isinstance(reference, Node):
        used = {n.index for _, n in reference.walk() if n.is_variable}
        count = len(reference.children)
        fits = count <= DIM and max(used, default=-1) < count
        assert found == reference if fits else isinstance(found, Invalid)
    else:
        assert isinstance(found, Invalid)


@given(tree=trees(max_dim=DIM), data=st.data())
@settings(max_examples=100)
def test_edited_characters_agree_with_the_grammar(tree: Node, data: st.DataObject) -> None:
    tok = CHARACTERS
    ids = data.draw(edited(len(tok.vocabulary), tok.encode(tree)))
    assume(ids)
    found, reference = tok.decode(ids), read_infix("".join(tok.vocabulary.tokens[i] for i in ids))
    if isinstance(found, Node):
        assert found == reference
    elif isinstance(reference, Node):
        assert any(word in found.reason for word in ("no equation", "equations", "unknown name"))


@given(tree=trees(max_dim=DIM), data=st.data())
@settings(max_examples=100)
def test_edited_symbols_agree_with_the_grammar(tree: Node, data: st.DataObject) -> None:
    """With one-token numbers, each token is a stretch of text: a number in parentheses, anything else as it is."""
    tok, codec = SYMBOLS, CODEC
    ids = data.draw(edited(len(tok.vocabulary), tok.encode(tree)))
    texts = [tok.vocabulary.tokens[i] for i in ids]
    values = {t: codec.read([t], 0)[0] for t in codec.tokens}  # type: ignore[index]
    reference = read_infix(" ".join(f"({values[t]!r})" if t in values else t for t in texts))
    found = tok.decode(ids)
    if isinstance(found, Node):
        assert found == reference
    elif isinstance(reference, Node) and not any(a in FUNCTIONS and b in values for a, b in pairwise(texts)):
        assert "equation" in found.reason
