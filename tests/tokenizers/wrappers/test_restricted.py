"""A tokenizer with fewer tokens writes and reads as it did, renumbered."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kappabar.grammars.errors import EncodeError
from kappabar.grammars.files.bank import bank
from kappabar.grammars.tree import Node
from kappabar.representations.representation import representation
from kappabar.tokenizers.base import Invalid
from kappabar.tokenizers.languages.catalog import language
from kappabar.tokenizers.languages.grammar import Shape
from kappabar.tokenizers.languages.masked_rows import END, MaskedRows, Masks
from kappabar.tokenizers.languages.tables import compiled
from kappabar.tokenizers.notations.characters import InfixCharacters
from kappabar.tokenizers.wrappers.hugging_face import Tokenizer, decoders, models, pre_tokenizers, trainers
from kappabar.tokenizers.wrappers.pretrained import Pretrained
from kappabar.tokenizers.wrappers.restricted import Restricted

TREES = [s.tree for s in bank("ode") if s.dim <= 2]


@pytest.mark.parametrize("spec", ["infix | chars | bpe:200", "prefix | digits:3"])
def test_it_is_the_base_renumbered(spec: str) -> None:
    base = representation(spec, corpus=TREES).tokenizer
    one = Restricted.to_occurring(base, TREES[:12])
    assert one.vocabulary.tokens == tuple(base.vocabulary.tokens[i] for i in one.kept)
    assert list(one.kept) == sorted({i for tree in TREES[:12] for i in base.encode(tree)})
    for tree in TREES[:12]:
        assert [one.kept[i] for i in one.encode(tree)] == base.encode(tree)
        assert one.decode(one.encode(tree)) == base.decode(base.encode(tree))
        assert one.tokenize(tree) == base.tokenize(tree)
    rng = np.random.default_rng(0)
    for _ in range(200):
        ids = rng.integers(0, len(one.vocabulary), 8).tolist()
        assert one.decode(ids) == base.decode([one.kept[i] for i in ids])
    assert isinstance(one.decode([len(one.vocabulary)]), Invalid)


def test_what_takes_another_token_cannot_be_written() -> None:
    base = representation("prefix | digits:3", corpus=TREES).tokenizer
    one = Restricted.to_occurring(base, [TREES[0]])
    other = next(tree for tree in TREES if not set(base.encode(tree)) <= set(one.kept))
    for job in (one.encode, one.tokenize):
        with pytest.raises(EncodeError, match="that are kept"):
            job(other)
    assert isinstance(one.decode(one.encode(TREES[0])), Node)


def test_of_a_base_that_knows_what_is_possible_it_knows_it(tmp_path: Path) -> None:
    model = {"type": "WordLevel", "vocab": {"x_0": 0, "Q": 1, "-": 2, "|": 3, "+": 4}, "unk_token": "[UNK]"}
    split = {"type": "Split", "pattern": {"Regex": "x_0|."}, "behavior": "Isolated", "invert": False}
    document = {"version": "1.0", "added_tokens": [], "normalizer": None, "pre_tokenizer": split, "post_processor": None}
    (tmp_path / "tokenizer.json").write_text(json.dumps(document | {"decoder": {"type": "Fuse"}, "model": model}))
    base = representation(f"infix | hf:{tmp_path}", corpus=TREES).tokenizer
    one = Restricted(base, (0, 1, 4))
    assert one.possible.tolist() == [0, 2]
    assert base.possible.tolist() == [0, 2, 3, 4]


def test_of_a_byte_level_vocabulary_the_language_is_that_of_its_characters() -> None:
    """Every encoding is in it, and whatever is chosen under it, to the end, decodes."""
    engine = Tokenizer(models.BPE())
    engine.pre_tokenizer, engine.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    texts = ["".join([c.text for c in InfixCharacters(9).tokenize(tree)]) for tree in TREES]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    engine.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=360, initial_alphabet=alphabet, show_progress=False))
    base = Pretrained(InfixCharacters(2), "here", engine.to_str())
    one = Restricted.to_occurring(base, TREES)
    assert one.runs is not None
    assert Restricted(base, tuple(sorted({i for tree in TREES for i in base.encode(tree)}))).runs is None
    shape = Shape(2, 2)
    masks = Masks(compiled(language(one, [shape])), 1)
    for tree in (tree for tree in TREES if len(tree.children) == 2):
        walk = MaskedRows(masks, [shape], 400)
        for i in (*one.encode(tree), END):
            assert walk.allowed()[0, i + 1]
            walk.take(np.array([i]))
    rng, walk = np.random.default_rng(0), MaskedRows(masks, [shape] * 40, 60)
    rows: list[list[int]] = [[] for _ in range(40)]
    running = np.ones(40, np.bool_)
    while running.any():
        chosen = (rng.random(walk.allowed().shape) * walk.allowed()).argmax(axis=1) - 1
        assert walk.allowed().any(axis=1).all()
        for i in np.flatnonzero(running & (chosen >= 0)):
            rows[i].append(int(chosen[i]))
        running &= chosen >= 0
        walk.take(chosen)
    assert all(isinstance(one.decode(ids), Node) for ids in rows)
