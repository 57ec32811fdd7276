"""`compare` of a tokenizer of Hugging Face's: κ over its whole vocabulary, the model over the tokens that occur in the task."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kappabar import compare
from kappabar.evaluate.compare import plan
from kappabar.evaluate.domains.sources import sample_systems
from kappabar.evaluate.quality.model.model import ModelConfig
from kappabar.evaluate.quality.task.task import TaskConfig
from kappabar.evaluate.quality.training import presets
from kappabar.evaluate.quality.training.train import TrainConfig
from kappabar.tokenizers.notations.characters import InfixCharacters
from kappabar.tokenizers.wrappers.hugging_face import Tokenizer, decoders, models, pre_tokenizers, trainers


def test_a_model_learns_the_tokens_that_occur(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Tokenizer(models.BPE())
    engine.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    engine.decoder = decoders.ByteLevel()
    characters = InfixCharacters(9)
    texts = ["".join([t.text for t in characters.tokenize(s.tree)]) for s in sample_systems("ode", 60, 1)]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    engine.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet, show_progress=False))
    (tmp_path / "tokenizer.json").write_text(engine.to_str(), "utf-8")

    tiny = presets.Preset(
        TaskConfig(n_train=120, n_val=20, n_test=10),
        ModelConfig(d_model=32, layers=1, heads=2),
        TrainConfig(steps=6, batch_size=16, checkpoints=2, probe=4),
    )
    monkeypatch.setitem(plan.BUDGETS, "quick", plan.Budget("quick", 25, "quick"))
    monkeypatch.setitem(presets.PRESETS, "quick", tiny)
    out = tmp_path / "run"
    result = compare([f"infix | hf:{tmp_path}", "infix | chars"], "sample:6", out=out)

    whole, plain = result.rows
    assert whole["vocabulary_size"] == engine.get_vocab_size() > 300
    assert 20 < whole["vocabulary_learned"] < 250
    assert (
        f"its model learned the {whole['vocabulary_learned']:,} tokens that occur in the task, or are single characters"
        in whole["note"]
    )
    assert "stand in no expression" in whole["note"]
    assert "not decoded under a grammar" not in whole["note"] and whole["sample_validity_constrained"] == 1.0
    assert "that occur" not in plain["note"]
    learned = [json.loads(p.read_text()) for p in (out / "tokenizer").glob("*.learned.json")]
    assert sorted(len(document["kept"] or ()) for document in learned) == [0, whole["vocabulary_learned"]]
    (tmp_path / "tokenizer.json").unlink()  # what was fitted lies in the folder
    again = compare([f"infix | hf:{tmp_path}", "infix | chars"], "sample:6", out=out, resume=True)
    assert [row["quality"] for row in again.rows] == [row["quality"] for row in result.rows]
