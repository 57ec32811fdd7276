"""Plausible edits: substitutions weighted by how likely a trained model finds them, the mistakes that it really makes.

Section 5.2 of the paper probes a language model so. The law: a position, all alike; there a token other than the present
one, with probability proportional to what the model gives it. Either given the tokens before it (`left`), or as the
probability of the whole edited sequence (`whole`), where what follows has a say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...grammars.errors import SpecError, did_you_mean
from ...grammars.tree import Node
from ...representations.representation import Representation
from ...tokenizers.base import Invalid
from .base import Edit, Neighborhood, Promises

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

CONTEXTS = ("left", "whole")
PROMISES = Promises(unit=True)


class Scorer(Protocol):
    """A model of one expression's token sequence. Log-probabilities in nats; -inf is allowed, NaN is not."""

    def left(self, ids: Sequence[int]) -> Floats:
        """(L, V): of each content token at each position, given the tokens before it."""
        ...

    def whole(self, ids: Sequence[int], substitutions: Sequence[tuple[int, int]]) -> Floats:
        """(n,): of the whole sequence with one token replaced, for each (position, token)."""
        ...


@dataclass(frozen=True, slots=True)
class Law:
    """Substitutions with their probabilities, which sum to 1: `positions`, `tokens` and `weights`, (n,) each."""

    positions: Integers
    tokens: Integers
    weights: Floats


def left_law(ids: Sequence[int], scorer: Scorer) -> Law:
    """All L(V-1) substitutions, each position with probability 1/L, a token there by p(token | tokens before it)."""
    scores = _others(ids, scorer)
    order = np.broadcast_to(np.arange(scores.shape[1]), scores.shape)
    keep = order != np.asarray(ids, dtype=np.int64)[:, None]
    rows = (len(ids), scores.shape[1] - 1)
    return _law(order[keep].reshape(rows), scores[keep].reshape(rows))


def whole_law(ids: Sequence[int], scorer: Scorer, k: int) -> Law:
    """The k likeliest alternatives by `left` at each position, weighted there by the probability of the whole edited sequence.

    What is less likely than those by its left context is not scored: each costs a pass over the sequence.
    """
    scores = _others(ids, scorer)
    tokens = np.argsort(-scores, axis=1, kind="stable")[:, : min(k, scores.shape[1] - 1)]
    pairs = [(i, int(token)) for i, row in enumerate(tokens) for token in row]
    return _law(tokens, scorer.whole(ids, pairs).reshape(tokens.shape))


def _others(ids: Sequence[int], scorer: Scorer) -> Floats:
    """`left` with the present tokens ruled out."""
    scores = np.array(scorer.left(ids), dtype=np.float64)
    scores[np.arange(len(ids)), np.asarray(ids, dtype=np.int64)] = -np.inf
    return scores


def _law(tokens: Integers, scores: Floats) -> Law:
    """Row by row. A position at which no alternative has any probability has no mistake to weigh: the others share its part."""
    top = scores.max(axis=1, initial=-np.inf, keepdims=True)
    weights = np.exp(scores - np.where(np.isfinite(top), top, 0.0))
    mass = weights.sum(axis=1, keepdims=True)
    weights = np.divide(weights, mass, out=np.zeros_like(weights), where=mass > 0)
    positions = np.repeat(np.arange(len(tokens)), tokens.shape[1])
    return Law(positions, tokens.reshape(-1).astype(np.int64), weights.reshape(-1) / max(int((mass > 0).sum()), 1))


@dataclass(frozen=True, slots=True)
class Plausible:
    """Substitutions drawn with the law of a model.

    Without a limit: the whole law, every substitution once with its weight; the weights sum to 1. With one: that many draws, with
    replacement, of weight 1 each, so that plain means over them estimate means under the law. `size` counts all substitutions,
    also those that `whole` does not score. `scorer_for` gives the model of a tree's tokens; `k` is `whole`'s (see `whole_law`).
    `note`: what is to be said of the model beside every figure. Raises `SpecError` for another context.
    """

    scorer_for: Callable[[Representation, Node], Scorer]
    context: str = "left"
    k: int = 8
    note: str = ""
    promises: Promises = PROMISES

    def __post_init__(self) -> None:
        check_law(self.context, self.k)

    @property
    def name(self) -> str:
        return law_name(self.context)

    def law(self, representation: Representation, tree: Node) -> Law:
        """The law over substitutions of the tree's tokens. Raises `EncodeError` where the vocabulary cannot write it."""
        ids = representation.encode(tree)
        scorer = self.scorer_for(representation, tree)
        return left_law(ids, scorer) if self.context == "left" else whole_law(ids, scorer, self.k)

    def neighborhood(
        self, representation: Representation, tree: Node, limit: int | None, rng: np.random.Generator
    ) -> Neighborhood:
        """Raises `EncodeError` where the vocabulary cannot write the tree, and what `scorer_for` raises."""
        ids, law = representation.encode(tree), self.law(representation, tree)
        scored, size = len(law.weights), len(ids) * (len(representation.vocabulary) - 1)
        if not scored or not law.weights.any():
            return Neighborhood(0, ())
        ranks = np.arange(scored) if limit is None else rng.choice(scored, size=limit, p=law.weights)
        decoded: dict[int, Node | Invalid] = {}  # likely substitutions are drawn again and again
        edits = []
        for rank in ranks.tolist():
            position, token = int(law.positions[rank]), int(law.tokens[rank])
            if rank not in decoded:
                decoded[rank] = representation.decode([*ids[:position], token, *ids[position + 1 :]])
            weight = float(law.weights[rank]) if limit is None else 1.0
            edits.append(Edit("substitution", position, token, decoded[rank], weight))
        return Neighborhood(size, tuple(edits))


def check_law(context: str, k: int) -> None:
    """Raises `SpecError` for a context or a number of alternatives that there is not."""
    if context not in CONTEXTS:
        raise SpecError(f"unknown context {context!r}{did_you_mean(context, CONTEXTS)}; there are {', '.join(CONTEXTS)}")
    if k < 1:
        raise SpecError(f"k is the number of alternatives scored per position, at least 1, not {k}")


def law_name(context: str) -> str:
    """The operator's name under a context."""
    return "plausible" if context == "left" else f"plausible-{context}"
