"""The embedding against its definition in NumPy, and its vocabulary against WordPiece in plain Python."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.evaluate.domains.language import embedding
from kappabar.evaluate.domains.language.embedding import FOLDER, SIZE, VOCABULARY, WEIGHTS, SentenceModel, sentence_model
from kappabar.grammars.errors import SpecError

REASON = "the extra language (ONNX Runtime, MiniLM) is not installed"
needed = pytest.mark.skipif(any(find_spec(name) is None for name in ("onnxruntime", WEIGHTS[0], VOCABULARY[0])), reason=REASON)
TEXTS = st.text("abcdefghiklmnoprstuvwy' ", min_size=1, max_size=40)
SENTENCES = ("the cat sat on the mat", "a cat is sitting on a mat", "the senate passed a bill", "dgjkq xxv", " ", "x")


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    embedding._model.cache_clear()
    yield
    embedding._model.cache_clear()


def folder_of(place: Path) -> Path:
    for name, (package, file, _) in (("model.onnx", WEIGHTS), ("tokenizer.json", VOCABULARY)):
        found = find_spec(package)
        assert found is not None and found.origin is not None
        shutil.copy(Path(found.origin).parent / file, place / name)
    return place


def word_pieces(text: str, vocabulary: dict[str, int]) -> list[int]:
    """Words and apostrophes, each from the left by the longest piece that is known; [UNK] for a word without."""
    found = [vocabulary["[CLS]"]]
    for word in text.replace("'", " ' ").split():
        own, at = [], 0
        while at < len(word):
            ends = (end for end in range(len(word), at, -1) if ("##" * (at > 0) + word[at:end]) in vocabulary)
            end = next(ends, 0)
            if not end:
                own = [vocabulary["[UNK]"]]
                break
            own.append(vocabulary["##" * (at > 0) + word[at:end]])
            at = end
        found += own
    return [*found, vocabulary["[SEP]"]]


@needed
@given(TEXTS)
@settings(max_examples=60, deadline=None)
def test_the_tokens_are_word_pieces(text: str) -> None:
    model = sentence_model()
    vocabulary = json.loads(model.tokenizer.to_str())["model"]["vocab"]
    assert model.tokenizer.encode(text).ids == word_pieces(text, vocabulary)


@needed
def test_an_embedding_is_the_mean_over_tokens_of_what_the_network_says_in_a_filled_up_batch() -> None:
    """As sentence-transformers has it: filled up to one length, what is filled up masked, the rest averaged, length 1."""
    model = sentence_model()
    ids = [model.tokenizer.encode(text).ids for text in SENTENCES]
    longest = max(map(len, ids))
    batch, mask = np.zeros((2, len(ids), longest), np.int64)
    for row, own in enumerate(ids):
        batch[row, : len(own)], mask[row, : len(own)] = own, 1
    names = {"input_ids": batch, "attention_mask": mask, "token_type_ids": np.zeros_like(batch)}
    states = np.asarray(model.session.run(None, names)[0], np.float64)
    expected = np.array([state[: len(own)].sum(axis=0) / len(own) for state, own in zip(states, ids, strict=True)])
    expected /= np.sqrt((expected**2).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(model.embed(SENTENCES), expected, atol=1e-6)


@needed
def test_it_knows_what_is_alike() -> None:
    cosines = sentence_model().embed(SENTENCES[:3]) @ sentence_model().embed(SENTENCES[:3]).T
    assert np.diag(cosines) == pytest.approx(np.ones(3)) and cosines[0, 1] > 0.8 > 0.2 > abs(cosines[0, 2])


@needed
@given(st.lists(TEXTS, min_size=1, max_size=12), st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None)
def test_no_bit_depends_on_what_else_is_embedded(texts: list[str], random: object) -> None:
    def fresh(some: list[str]) -> np.ndarray:
        model = sentence_model()
        return SentenceModel(model.tokenizer, model.session, model.inputs, {}).embed(some)

    whole = fresh(texts)
    assert whole.shape == (len(texts), SIZE)
    order = list(range(len(texts)))
    random.shuffle(order)  # type: ignore[attr-defined]
    np.testing.assert_array_equal(fresh([texts[i] for i in order]), whole[order])
    for text, own in zip(texts, whole, strict=True):
        np.testing.assert_array_equal(fresh([text])[0], own)
    np.testing.assert_array_equal(sentence_model().embed([*texts, *texts]), np.concatenate([whole, whole]))


@needed
def test_what_it_keeps_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "_KEPT", 2)
    model = sentence_model()
    for text in SENTENCES:
        first = model.embed([text, "the cat"])
        np.testing.assert_array_equal(first, model.embed([text, "the cat"]))
        assert len(model.known) <= 5


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(SpecError, match=r'need the extra "language" .* pip install "kappabar\[language\]", or set KAPPABAR_SEN'):
        sentence_model()


@needed
def test_a_folder_of_ones_own_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    expected = sentence_model().embed(["call me ishmael"])
    monkeypatch.setenv(FOLDER, str(tmp_path))
    with pytest.raises(SpecError, match=r"has no model\.onnx"):
        sentence_model()
    folder_of(tmp_path)
    np.testing.assert_array_equal(sentence_model().embed(["call me ishmael"]), expected)


@needed
def test_files_that_are_no_model_are_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(FOLDER, str(folder_of(tmp_path)))
    for name in ("model.onnx", "tokenizer.json"):
        kept = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(b"{}")
        embedding._model.cache_clear()
        with pytest.raises(SpecError, match="cannot be read") as refused:
            sentence_model()
        assert "\n" not in str(refused.value)
        (tmp_path / name).write_bytes(kept)


@needed
def test_another_file_than_was_published_is_refused() -> None:
    package, place, digest = VOCABULARY
    assert embedding._shipped(package, place, digest)
    with pytest.raises(SpecError, match="is not the file that was published"):
        embedding._shipped(package, place, "0" * 64)
    with pytest.raises(SpecError, match="extra"):
        embedding._shipped("no_such_package", place, digest)
