"""Exports of a tokenizer of Hugging Face's own: its ids, whatever else its file does, and special tokens that it has itself."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kappabar.grammars.errors import SpecError
from kappabar.grammars.files.bank import bank
from kappabar.representations.export import export
from kappabar.representations.representation import Representation, representation
from kappabar.representations.texts import to_text
from kappabar.tokenizers.wrappers.hugging_face import Tokenizer, decoders, models, pre_tokenizers, trainers


@cache
def engine() -> Tokenizer:
    """A byte-level BPE with a special token of its own."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=320, initial_alphabet=alphabet, special_tokens=["<s>"], show_progress=False)
    made.train_from_iterator([to_text(representation("infix"), s) for s in bank("ode")], trainer)
    return made


def _with(change: dict[str, Any], folder: Path) -> Representation:
    """The tokenizer with its document changed."""
    (folder / "own.json").write_text(json.dumps(json.loads(engine().to_str()) | change), "utf-8")
    return representation(f"infix | hf:{folder / 'own.json'}")


def test_special_tokens_that_it_has_itself_keep_their_ids(tmp_path: Path) -> None:
    document = json.loads(engine().to_str())
    token = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    size = engine().get_vocab_size()
    added = [*document["added_tokens"], token | {"id": size, "content": "<pad>"}]
    r = _with({"added_tokens": added}, tmp_path)
    assert len(r.vocabulary) == size + 1
    made = export(r, tmp_path / "out", template="bos-eos")
    assert made.special_tokens == {"<pad>": size, "<bos>": size + 1, "<eos>": size + 2}
    assert made.model_vocabulary_size == made.table_size == size + 3


def test_a_special_token_never_takes_the_id_of_another(tmp_path: Path) -> None:
    """Where ids have gaps, the library counts tokens, and gives the next one's number to what is added."""
    document = json.loads(engine().to_str())
    model = document["model"]
    last = max(model["vocab"], key=model["vocab"].get)
    vocab = {t: i + 5 * (t == last) for t, i in model["vocab"].items()}
    r = _with({"model": model | {"vocab": vocab}, "added_tokens": []}, tmp_path)
    with pytest.raises(SpecError, match="would get the id"):
        export(r, tmp_path / "out", special_tokens=True)
    assert not (tmp_path / "out").exists()
    text = export(r, tmp_path / "plain").folder / "tokenizer.json"
    tree = bank("ode")[0].tree
    assert Tokenizer.from_file(str(text)).encode(to_text(r, tree)).ids == r.encode(tree)


def test_its_export_neither_pads_nor_cuts_nor_drops_merges(tmp_path: Path) -> None:
    document = json.loads(engine().to_str())
    padding = {"strategy": {"Fixed": 400}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0}
    truncation = {"direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0}
    changes = {"padding": padding | {"pad_token": "<s>"}, "truncation": truncation}
    r = _with(changes | {"model": document["model"] | {"dropout": 0.9}}, tmp_path)
    made = export(r, tmp_path / "out")
    theirs = Tokenizer.from_file(str(made.folder / "tokenizer.json"))
    for s in bank("ode")[:10]:
        assert theirs.encode(to_text(r, s.tree)).ids == r.encode(s.tree)


def test_a_template_of_its_own_is_told_and_another_takes_its_place(tmp_path: Path) -> None:
    own = {
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}},
    }
    r, tree = _with({"post_processor": own}, tmp_path), bank("ode")[0].tree
    made = export(r, tmp_path / "own")
    assert made.template == "its own"
    theirs = Tokenizer.from_file(str(made.folder / "tokenizer.json"))
    assert theirs.encode(to_text(r, tree)).ids == [0, *r.encode(tree)]
    eos = export(r, tmp_path / "eos", template="eos")
    theirs = Tokenizer.from_file(str(eos.folder / "tokenizer.json"))
    assert theirs.encode(to_text(r, tree)).ids == [*r.encode(tree), eos.special_tokens["<eos>"]]


def test_one_without_a_decoder_gets_one_that_does_the_same(tmp_path: Path) -> None:
    """For `convert_tokens_to_string` of transformers, which raises where there is none."""
    r, tree = _with({"decoder": None}, tmp_path), bank("ode")[0].tree
    theirs = Tokenizer.from_file(str(export(r, tmp_path / "out").folder / "tokenizer.json"))
    bare = Tokenizer.from_file(str(tmp_path / "own.json"))
    found = theirs.encode(to_text(r, tree))
    assert bare.decoder is None and found.ids == r.encode(tree)
    assert theirs.decoder.decode(found.tokens) == theirs.decode(found.ids) == bare.decode(found.ids)
