"""A tokenizer of the user's own that breaks its promise is told in one line; built-in ones are not looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from kappabar.evaluate.commands.kappa import kappa
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.expression.parse import parse
from kappabar.evaluate.expression.tokenize import tokenize
from kappabar.grammars.errors import EncodeError, SpecError
from kappabar.grammars.tree import Node
from kappabar.representations import contract as guard
from kappabar.representations.representation import Representation, representation
from kappabar.tokenizers.base import Token
from kappabar.tokenizers.codecs.digits import Digits
from kappabar.tokenizers.notations.prefix import Prefix
from kappabar.tokenizers.wrappers.repeat import Repeat

SYSTEM = parse("x' = -0.5*x @ x=1; T=2")


class Own:
    """Prefix notation, of which any method may be another."""

    def __init__(self, **methods: Callable[..., Any]) -> None:
        self.base_ = Prefix(Digits(3), 1)
        self.vocabulary = self.base_.vocabulary
        self.methods = methods

    def tokenize(self, tree: Node) -> list[Token]:
        return self.methods.get("tokenize", self.base_.tokenize)(tree)

    def encode(self, tree: Node) -> list[int]:
        return self.methods.get("encode", self.base_.encode)(tree)

    def decode(self, ids: Sequence[int]) -> Any:
        return self.methods.get("decode", self.base_.decode)(ids)


def _raises(*_: object) -> object:
    raise KeyError("first\nsecond")


def _refuses(*_: object) -> object:
    raise EncodeError("not in the vocabulary")


@pytest.mark.parametrize(
    ("methods", "said"),
    [
        ({"encode": lambda tree: [0, 10_000]}, "encode gives the id 10000"),
        ({"encode": lambda tree: [-1]}, "encode gives the id -1"),
        ({"encode": lambda tree: ["x_0"]}, "encode gives the id 'x_0'"),
        ({"encode": lambda tree: None}, "encode raises TypeError"),
        ({"encode": _raises}, "encode raises KeyError: 'first"),
        ({"decode": _raises}, "decode raises KeyError: 'first"),
        ({"decode": lambda ids: None}, "decode gives None, neither a tree nor Invalid"),
        ({"decode": lambda ids: Node("x_0")}, "decode gives a tree whose root is 'x_0', not a system"),
        ({"tokenize": lambda tree: None}, "tokenize gives None"),
        ({"tokenize": lambda tree: ["x_0"]}, "tokenize gives a list, not a list of tokens"),
    ],
)
def test_a_broken_promise_is_one_line_with_what_shows_it(methods: dict[str, Callable[..., Any]], said: str) -> None:
    broken = Representation("lab:Own", (), Own(**methods))
    for use in (lambda: tokenize(SYSTEM, broken), lambda: kappa(broken, [SYSTEM], edits_per_expression=5)):
        with pytest.raises(SpecError) as caught:
            use()
        assert str(caught.value).startswith(f"lab:Own: {said}") and "\n" not in str(caught.value)
        assert str(caught.value).endswith("kappabar check lab:Own shows it")


def test_what_keeps_its_promise_is_as_it_was() -> None:
    own, plain = Representation("lab:Own", (), Own()), Representation("prefix | digits:3", (), Prefix(Digits(3), 1))
    assert own.encode(SYSTEM) == plain.encode(SYSTEM) and own.tokenize(SYSTEM) == plain.tokenize(SYSTEM)
    assert own.decode(plain.encode(SYSTEM)) == SYSTEM.tree == own.round_trip(SYSTEM)
    with pytest.raises(EncodeError, match="not in the vocabulary"):
        Representation("lab:Own", (), Own(encode=_refuses)).encode(SYSTEM)


def test_stages_and_codecs_of_ones_own_are_seen() -> None:
    class Codec(Digits):
        pass

    assert guard.is_own(Repeat(Own(), 3)) and guard.is_own(Prefix(Codec(3), 1))
    for spec in ("prefix | digits:3", "infix | chars | bpe:300", "rules | bins:16 | repeat:3"):
        assert not guard.is_own(representation(spec, corpus=domain("ode").corpus()[:3]).tokenizer)
