"""Sentences that are quoted, read from `bank.toml`, and which of them is nearest to a meaning."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ....grammars.tree import System
from ..named import named
from .embedding import SIZE, sentence_model
from .reading import text_of

NEAREST = 3


@cache
def quotations(parse: Callable[[str], System]) -> tuple[System, ...]:
    """Each with its name, the kind of text that it is from as its regime, and the work."""
    return named(__package__, "sentence", "sentence", "{kind}", parse)


def nearest_of(parse: Callable[[str], System], behavior: NDArray[np.float64]) -> str:
    """A behavior (32, 12) in words: the quotations of the bank that are nearest to it, each with its cosine."""
    bank = quotations(parse)
    texts = [text_of(one.tree) for one in bank]
    vector = behavior.reshape(SIZE)
    cosines = sentence_model().embed(texts) @ vector / max(float(np.linalg.norm(vector)), 1e-12)
    order = np.argsort(-cosines, kind="stable")[:NEAREST]
    return "like " + "; ".join(f"“{texts[i]}” ({cosines[i]:.2f})" for i in order)
