"""What training and sampling cost in floating-point operations, by formula: the same on every machine.

A multiplication and its addition count as two. Per position 2 N for the N weights it is multiplied by, and 4 · layers · d · c for
attention over c positions (query · key and weights · value); the backward pass twice the forward: Kaplan et al. 2020
(arXiv:2001.08361, Section 2.1) and Hoffmann et al. 2022 (arXiv:2203.15556, Appendix F), hence 6 N D and attention. As in the
latter, training counts attention over the whole square, which causality halves in the best of kernels, and the output layer,
which the former leaves out. Left out are norms, activations, softmax and the reading of embeddings (some 2 %), and the optimizer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .model import SPECIAL, Model


@dataclass(frozen=True, slots=True)
class Shape:
    """body: weights that each position is multiplied by. observer: weights of the observer, counted once for each of the `prefix`
    positions that it gives (its two parts meet fewer each: an upper bound). head: tokens that have a logit."""

    body: int
    observer: int
    prefix: int
    layers: int
    d_model: int
    head: int


def shape_of(model: Model) -> Shape:
    """What the formulas need of a model."""
    weights = {name: p.numel() for name, p in model.named_parameters() if p.ndim > 1}
    return Shape(
        body=sum(n for name, n in weights.items() if name.startswith("blocks.")),
        observer=sum(n for name, n in weights.items() if name.startswith("observer.")),
        prefix=model.prefix,
        layers=model.config.layers,
        d_model=model.config.d_model,
        head=model.vocabulary + SPECIAL,
    )


def forward_flops(shape: Shape, tokens: int) -> float:
    """One sequence, BOS included in `tokens`, in one pass: logits for each of the tokens."""
    positions = shape.prefix + tokens
    attention = 4.0 * shape.layers * shape.d_model * positions * positions
    return 2.0 * (shape.body * positions + shape.observer * shape.prefix + shape.d_model * shape.head * tokens) + attention


def training_flops(shape: Shape, sequences: int, tokens: int) -> float:
    """One step on that many sequences padded to `tokens` (BOS included): the forward pass and twice that."""
    return 3.0 * sequences * forward_flops(shape, tokens)


def sampling_flops(shape: Shape, lengths: Iterable[int]) -> float:
    """Sequences written with a cache, each of that many tokens (EOS left out) and one more choice.

    The observation and BOS go through in one pass; then each token attends to what stands before it and to itself.
    """
    start = forward_flops(shape, 1)
    step = 2.0 * (shape.body + shape.d_model * shape.head)
    context = 4.0 * shape.layers * shape.d_model
    first = shape.prefix + 1  # positions in the cache after the first pass
    return sum(start + n * step + context * (n * first + n * (n + 1) / 2) for n in lengths)
