"""A corpus as token texts: what the exported tokenizer makes the representation's own ids of, and what has no text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from kappabar.grammars.draw.sampler import sampler
from kappabar.grammars.errors import EncodeError, SpecError
from kappabar.grammars.files.bank import bank
from kappabar.grammars.operators import BUILT_IN
from kappabar.grammars.text.parse import parse
from kappabar.grammars.tree import Node, System
from kappabar.representations.export import export
from kappabar.representations.representation import Representation, representation
from kappabar.representations.rewrites.catalog import REWRITES
from kappabar.representations.texts import to_text, token_texts
from kappabar.tokenizers.base import Invalid, Token, TokenClass, Vocabulary
from kappabar.tokenizers.catalog import CODECS, WRAPPERS, notations

FEW = ("sort | prefix | digits:3 | bpe:300", "infix | chars", "rules | bins:32 | unigram:300", "latex | chars", "dag | e2e:2,2")
BESIDE = {"xval", "fone", "bittoken"}
"""Codecs whose numbers no text holds."""


@cache
def corpus(n: int) -> tuple[System, ...]:
    rng, source = np.random.default_rng(11), sampler("ode")
    return (*bank("ode"), *(source.draw(rng) for _ in range(n)))


def _every_part() -> list[str]:
    """Every notation, codec, wrapper and rewrite, merges over every notation, and merges under a wrapper."""
    return [
        *notations(),
        *(f"prefix | {name}" for name in CODECS if name not in {*BESIDE, "centers"}),
        *(f"prefix | {name}" for name, w in WRAPPERS.items() if name != "hf" and not w.lacks(BUILT_IN)),
        *(f"{notation} | bpe:700" for notation in notations() if notation not in ("terms", "library", "rules")),
        "rules | bins:32 | bpe:700",
        "prefix | bins:32 | unigram:700",
        "prefix | digits:3 | bpe:300 | repeat:3",
        *(f"{rewrite} | prefix" for rewrite in REWRITES),
    ]


def _agrees(spec: str, systems: Sequence[System], out: Path) -> None:
    """The lines of a file, as a stranger's program reads it."""
    from tokenizers import Tokenizer

    ours = representation(spec, corpus=systems)
    found = token_texts(ours, systems)
    skipped = {one.name for one in found.unwritten}
    theirs = Tokenizer.from_file(str(export(ours, out).folder / "tokenizer.json"))
    (out / "lines.txt").write_text("".join(f"{text}\n" for text in found.texts), "utf-8")
    lines = (out / "lines.txt").read_text("utf-8").splitlines()
    ids = [e.ids for e in theirs.encode_batch(lines)]
    expected = [_ids(ours, s) for i, s in enumerate(systems, 1) if (s.name or f"expression {i}") not in skipped]
    assert ids == expected and list(found.lengths) == [len(one) for one in ids]
    assert len(lines) + len(found.unwritten) == len(systems) and lines


def _ids(ours: Representation, system: System) -> list[int]:
    return ours.encode(system)


@pytest.mark.parametrize("spec", FEW)
def test_lines_are_tokenized_to_the_ids_of_the_representation(spec: str, tmp_path: Path) -> None:
    _agrees(spec, corpus(60), tmp_path)


@pytest.mark.nightly
@pytest.mark.parametrize("spec", _every_part())
def test_lines_of_every_part_are_tokenized_to_the_ids_of_the_representation(spec: str, tmp_path: Path) -> None:
    _agrees(spec, corpus(1000), tmp_path)


def test_what_cannot_be_written_is_named_with_its_reason() -> None:
    systems = [parse("x' = x^2"), parse("x' = sin(x)"), parse("x' = -x"), parse("x' = x/(1 + x)")]
    named = [replace(systems[0], name="a"), replace(systems[1], name="b"), systems[2], systems[3]]
    found = token_texts(representation("terms", corpus=named), named)
    assert len(found.texts) == len(found.lengths) == 2
    assert [one.name for one in found.unwritten] == ["b", "expression 4"]
    assert all(one.reason for one in found.unwritten)


@dataclass(frozen=True)
class Own:
    """A user's tokenizer of two words, whose `encode` does as it is told."""

    ids: tuple[int, ...] = ()
    error: type[Exception] | None = None

    @property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary(("one", "two"), (TokenClass.MIXED,) * 2)

    def tokenize(self, tree: Node) -> list[Token]:
        return []

    def encode(self, tree: Node) -> list[int]:
        if self.error is not None:
            raise self.error("nothing doing")
        return list(self.ids)

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        return Invalid("never a tree", 0)


def _own(tokenizer: Own) -> Representation:
    return replace(representation("prefix"), tokenizer=tokenizer)


def test_a_tokenizer_of_ones_own_that_fails_is_told_in_one_line() -> None:
    tree = parse("x' = x").tree
    assert token_texts(_own(Own(error=EncodeError)), [tree]).unwritten[0].reason == "nothing doing"
    for job in (lambda r: token_texts(r, [tree]), lambda r: to_text(r, tree)):
        with pytest.raises(SpecError, match="encode raises"):
            job(_own(Own(error=RuntimeError)))
        with pytest.raises(SpecError, match="the id 7"):
            job(_own(Own((0, 7))))


def test_a_text_that_the_exported_tokenizer_reads_otherwise_is_none() -> None:
    """Ids that come and go: those of the text are others by the time they are compared."""

    class Fickle(Own):
        def encode(self, tree: Node) -> list[int]:
            COUNT.append(0)
            return [len(COUNT) % 2]

    COUNT: list[int] = []
    found = token_texts(_own(Fickle()), [parse("x' = x").tree])
    assert found.texts == () and "reads 'one' as other ids" in found.unwritten[0].reason
