"""Walks through `llguidance`, for grammars that only it can read. The one file that imports it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from llguidance import LLExecutor, LLMatcher, LLTokenizer, TokenizerWrapper
from torch import Tensor

from ....grammars.errors import SpecError
from ....tokenizers.languages.grammar import Shape
from ..model.model import EOS, SPECIAL
from .constrained_rows import ConstrainedRows


def walk(shapes: Sequence[Shape], texts: Mapping[Shape, str], alphabet: Sequence[bytes], max_length: int) -> ConstrainedRows:
    """Rows of these shapes. Raises SpecError for a grammar that llguidance does not read."""
    tokenizer = LLTokenizer(TokenizerWrapper(_Alphabet(alphabet)), n_vocab=len(alphabet) + 1, eos_token=len(alphabet), slices=[])
    first = {shape: LLMatcher(tokenizer, LLMatcher.grammar_from_lark(texts[shape])) for shape in set(shapes)}
    for matcher in first.values():
        if matcher.is_error():
            raise SpecError(f"llguidance does not read the grammar: {' '.join(matcher.get_error().split())[:200]}")
    return _GuidedWalk([first[shape].deep_copy() for shape in shapes], len(alphabet), max_length)


class _Alphabet:
    """What llguidance asks of a tokenizer."""

    def __init__(self, tokens: Sequence[bytes]) -> None:
        self.tokens = [*tokens, b"<end>"]
        self.eos_token_id, self.bos_token_id = len(tokens), None
        self.special_token_ids = [len(tokens)]

    def __call__(self, text: bytes) -> list[int]:
        # Only asked where bytes are forced, which the grammars here switch off.
        known = {token: i for i, token in enumerate(self.tokens)}
        return [known[character.encode()] for character in text.decode()]


class _GuidedWalk:
    def __init__(self, matchers: list[LLMatcher], size: int, left: int) -> None:
        self.matchers, self.size, self.left = matchers, size, left
        self.ended = np.zeros(len(matchers), np.bool_)
        self.executor: Any = LLExecutor(
            1
        )  # masks come one at a time: results and times then do not depend on the number of cores

    def allowed(self) -> Tensor:
        bits = np.zeros((len(self.matchers), -(-(self.size + 1) // 32)), np.int32)
        running = [(matcher, i) for i, matcher in enumerate(self.matchers) if not self.ended[i]]
        if running:
            self.executor.unsafe_compute_mask_ptr(running, bits.ctypes.data, bits.shape[1] * 4, len(bits))
        allowed = np.unpackbits(bits.view(np.uint8), axis=1, count=self.size + 1, bitorder="little").astype(np.bool_)
        out = np.zeros((len(allowed), SPECIAL + self.size), np.bool_)
        out[:, SPECIAL:], out[:, EOS] = allowed[:, :-1], allowed[:, -1]
        if self.left == 0:
            out[out[:, EOS], SPECIAL:] = False
        out[self.ended] = True
        return torch.from_numpy(out)

    def take(self, chosen: Tensor) -> None:
        ids = chosen.numpy()
        running = np.flatnonzero(~self.ended & (ids >= SPECIAL))
        taken = [(self.matchers[i], int(ids[i]) - SPECIAL) for i in running]
        done: list[bool] = self.executor.consume_token_par(taken) if taken else []
        if not all(done):
            raise ValueError(f"row {running[done.index(False)]} does not allow its token")
        self.ended |= ids < SPECIAL
        self.left -= 1

    def select(self, rows: Tensor) -> None:
        chosen = rows.tolist()
        twice = len(set(chosen)) < len(chosen)
        self.matchers = [self.matchers[i].deep_copy() if twice else self.matchers[i] for i in chosen]
        self.ended = self.ended[rows.numpy()]
