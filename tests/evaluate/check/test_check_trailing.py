"""What follows a whole sequence: a decoder that drops it has a fault, a code that mends errors has none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

import kappabar
from kappabar.evaluate.check.reading import reads_all
from kappabar.evaluate.check.subjects import subject
from kappabar.grammars.tree import Node
from kappabar.tokenizers.base import Invalid, Token, Vocabulary

TEXTS = ("x' = y; y' = -x", "x' = sin(x)*y; y' = x/y + exp(x)", "x' = x^2 - y; y' = sqrt(y)")
TREES = [kappabar.parse(text).tree for text in TEXTS]
BUILT_IN = ("prefix", "infix", "rules", "nary", "dag", "prefix | repeat:3", "prefix | checksum", "infix | chars | bpe:96")


class Around:
    """The prefix notation, as a part of one's own; faulty ones decode otherwise."""

    def __init__(self) -> None:
        self.inner = kappabar.representation("prefix").tokenizer

    @property
    def vocabulary(self) -> Vocabulary:
        return self.inner.vocabulary

    def tokenize(self, tree: Node) -> Sequence[Token]:
        return self.inner.tokenize(tree)

    def encode(self, tree: Node) -> list[int]:
        return list(self.inner.encode(tree))

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        return self.inner.decode(list(ids))


class DropsTheLast(Around):
    """What does not decode may without its last token."""

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        whole = self.inner.decode(list(ids))
        shorter = self.inner.decode(list(ids)[:-1]) if len(ids) > 1 else whole
        return shorter if isinstance(whole, Invalid) and isinstance(shorter, Node) else whole


class DropsAPlus(Around):
    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        given, plus = list(ids), self.vocabulary.ids["+"]
        return self.inner.decode(given[:-1] if given[-1:] == [plus] else given)


class DropsTheFirst(Around):
    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        whole, rest = self.inner.decode(list(ids)), self.inner.decode(list(ids)[1:])
        return rest if isinstance(whole, Invalid) and isinstance(rest, Node) else whole


@pytest.mark.parametrize("kind", [DropsTheLast, DropsAPlus, DropsTheFirst])
def test_a_token_that_is_dropped_once_is_a_fault(kind: Any) -> None:
    checked = subject(kind(), kappabar.domain("ode"))
    assert any(reads_all(checked, tree) is not None for tree in TREES)


@pytest.mark.parametrize("sound", [Around(), *BUILT_IN], ids=("around", *BUILT_IN))
def test_what_reads_all_has_none(sound: Any) -> None:
    checked = subject(sound, kappabar.domain("ode"))
    assert [reads_all(checked, tree) for tree in TREES] == [None] * len(TREES)
