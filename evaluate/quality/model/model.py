"""A small decoder-only transformer that writes an expression for an observed behavior, or the value of an expression.

Input: one embedding for the observation's scales, one per patch of observed samples (or the tokens of the expression that is
shown), then BOS and the tokens. Pre-norm blocks, rotary positions (Su et al. 2021, arXiv:2104.09864), GELU, tied embeddings, no
biases, no dropout. Attention is causal over everything, the observation included, so that training needs no mask. The same
modules, and for one seed the same initial weights, serve every representation: only the embedding table knows the vocabulary.

Ids inside the model are content ids plus `SPECIAL`; PAD, BOS and EOS never leave this folder.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ....grammars.errors import SpecError, did_you_mean
from .observer import Observer
from .prompt import Prompt

PAD, BOS, EOS = 0, 1, 2
SPECIAL = 3
"""Content id i of a representation's vocabulary is id i + SPECIAL of the model."""


_LONG = 192
"""From this many positions on the weights of attention take too much memory to be kept."""


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """Sizes of the model. `patch`: consecutive observed samples that share one embedding.

    The default has about 0.8 million parameters without the embedding table.
    """

    d_model: int = 128
    layers: int = 4
    heads: int = 4
    patch: int = 4
    rotary_base: float = 1000.0

    def __post_init__(self) -> None:
        if self.d_model % (2 * self.heads):
            raise ValueError(f"d_model={self.d_model} must be a multiple of twice heads={self.heads}")


MODEL_SIZES = {
    "0.3M": ModelConfig(d_model=96, layers=2, heads=3),
    "0.8M": ModelConfig(),
    "3M": ModelConfig(d_model=192, layers=6, heads=6),
    "10M": ModelConfig(d_model=320, layers=8, heads=10),
    "30M": ModelConfig(d_model=512, layers=9, heads=16),
}
"""By their number of parameters without the embedding table, roughly. Heads are 32 wide."""


def model_size(name: str) -> ModelConfig:
    """The sizes of that name. Raises `SpecError`."""
    if name not in MODEL_SIZES:
        raise SpecError(f"unknown model size {name!r}{did_you_mean(name, MODEL_SIZES)}; there are {', '.join(MODEL_SIZES)}")
    return MODEL_SIZES[name]


@dataclass(slots=True)
class Cache:
    """Keys and values of the positions written so far: (layers, batch, heads, capacity, d_head) each."""

    keys: Tensor
    values: Tensor
    length: int = 0

    def select(self, rows: Tensor) -> Cache:
        """The cache of some rows of the batch."""
        return Cache(self.keys[:, rows], self.values[:, rows], self.length)


class Block(nn.Module):
    """Attention and feed-forward, each on the normalized residual stream."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        d = config.d_model
        self.heads = config.heads
        self.norm_attention = nn.LayerNorm(d, bias=False)
        self.qkv = nn.Linear(d, 3 * d, bias=False)
        self.out = nn.Linear(d, d, bias=False)
        self.norm_mlp = nn.LayerNorm(d, bias=False)
        self.up = nn.Linear(d, 4 * d, bias=False)
        self.down = nn.Linear(4 * d, d, bias=False)

    def forward(self, x: Tensor, rotary: Tensor, cache: Cache | None, layer: int) -> Tensor:
        """x (B, L, d) -> (B, L, d). With a cache, x holds only the positions after `cache.length`."""
        b, length, d = x.shape
        qkv = self.qkv(self.norm_attention(x)).view(b, length, 3, self.heads, d // self.heads)
        q, k, v = _Rotated.apply(qkv, rotary)  # type: ignore[no-untyped-call]  # (B, H, L, d_head) each
        causal = length > 1
        if cache is not None:
            end = cache.length + length
            cache.keys[layer, :, :, cache.length : end] = k
            cache.values[layer, :, :, cache.length : end] = v
            k, v = cache.keys[layer, :, :, :end].to(q.dtype), cache.values[layer, :, :, :end].to(q.dtype)
        y = _attention(q, k, v, causal).to(x.dtype)
        x = x + self.out(y.transpose(1, 2).reshape(b, length, d))
        mlp: Tensor = self.down(F.gelu(self.up(self.norm_mlp(x))))  # exact: a third of the time of the one by tanh, on CPUs
        return x + mlp


class Model(nn.Module):
    """p(token | tokens before it, observation).

    `points`, `features`, `scales`: shape of an observation (see `observe.Observations`); without features it is an expression of
    at most so many tokens as there are points. `vocabulary`: number of content tokens.
    """

    def __init__(self, config: ModelConfig, vocabulary: int, points: int, features: int, scales: int, seed: int) -> None:
        super().__init__()
        self.config, self.vocabulary = config, vocabulary
        self.shape = (points, features, scales)
        d = config.d_model
        self.observer = Observer(d, config.patch, points, features, scales) if features else Prompt(points, SPECIAL)
        self.embedding = nn.Embedding(vocabulary + SPECIAL, d)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(d, bias=False)
        initialize(self, seed, config.layers)

    @property
    def prefix(self) -> int:
        """Number of positions before BOS."""
        return self.observer.length

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return self.embedding.weight.device

    def size(self) -> int:
        """Number of parameters without the embedding table."""
        return sum(p.numel() for n, p in self.named_parameters() if not n.startswith("embedding"))

    def to_bfloat16(self) -> Model:
        """Cast all but the observer in place: observed differences between samples are finer than bfloat16."""
        for module in (self.embedding, self.blocks, self.norm):
            module.to(torch.bfloat16)
        return self

    def prefix_embeddings(self, samples: Tensor, scales: Tensor) -> Tensor:
        """samples (B, P, F) and scales (B, S) -> (B, prefix, d)."""
        embeddings: Tensor = self.observer(samples, scales, self.embedding)
        return embeddings.to(self.embedding.weight.dtype)

    def forward(self, samples: Tensor, scales: Tensor, tokens: Tensor) -> Tensor:
        """tokens (B, L), BOS first -> logits (B, L, vocabulary + SPECIAL) of the token after each."""
        return self.head(self.states(samples, scales, tokens)[1][:, self.prefix :])

    def states(self, samples: Tensor, scales: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """States (B, prefix + L, d) before the last block and after it, and the rotary table that it used."""
        x = torch.cat([self.prefix_embeddings(samples, scales), self.embedding(tokens)], dim=1)
        rotary = _rotary_table(0, x.shape[1], self.config, x.device)
        *trunk, last = self.blocks
        for block in trunk:
            x = block(x, rotary, None, 0)
        return x, last(x, rotary, None, 0), rotary

    def prefill(self, samples: Tensor, scales: Tensor, max_length: int) -> tuple[Tensor, Cache]:
        """Logits (B, V) of the first token, and a cache with room for `max_length` tokens after BOS."""
        bos = torch.full((len(samples), 1), BOS, device=samples.device)
        prefix = self.prefix_embeddings(samples, scales)
        x = torch.cat([prefix, self.embedding(bos)], dim=1)
        c = self.config
        shape = (c.layers, len(x), c.heads, x.shape[1] + max_length, c.d_model // c.heads)
        cache = Cache(x.new_empty(shape), x.new_empty(shape))
        return self.head(self._body(x, cache)[:, -1]), cache

    def step(self, tokens: Tensor, cache: Cache) -> Tensor:
        """Logits (B, V) after one more token (B,) for each row; the cache grows by one position."""
        return self.head(self._body(self.embedding(tokens)[:, None], cache)[:, -1])

    def _body(self, x: Tensor, cache: Cache) -> Tensor:
        rotary = _rotary_table(cache.length, x.shape[1], self.config, x.device)
        for i, block in enumerate(self.blocks):
            x = block(x, rotary, cache, i)
        cache.length += x.shape[1]
        return x

    def head(self, x: Tensor) -> Tensor:
        """States (…, d) -> logits (…, vocabulary + SPECIAL)."""
        return F.linear(self.norm(x), self.embedding.weight)


def initialize(module: nn.Module, seed: int, layers: int, name: str = "") -> None:
    """Draw a module's weights. `name` goes before its parameters' names; `layers`: blocks that add to one residual stream."""
    # Each parameter has its own stream, named after it: a larger vocabulary then cannot shift the others' weights.
    for key, parameter in module.named_parameters():
        if parameter.ndim < 2:
            nn.init.ones_(parameter) if "norm" in key else nn.init.zeros_(parameter)
            continue
        generator = torch.Generator().manual_seed(_stream(seed, name + key))
        std = 0.02 if key.startswith("embedding") else parameter.shape[1] ** -0.5
        if key.endswith(("out.weight", "down.weight")):
            std /= math.sqrt(2 * layers)
        nn.init.normal_(parameter, std=std, generator=generator)


def _attention(q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Tensor:
    """q (B, H, L, d), k and v (B, H, L', d) -> (B, H, L, d)."""
    *rows, length, d = q.shape
    if length > 1 and (q.device.type != "cpu" or length > _LONG):
        return F.scaled_dot_product_attention(q, k, v, is_causal=causal)
    # Two products: on CPUs, and at such lengths, they cost half of what the fused kernel does.
    unseen = q.new_full((length, k.shape[2]), -math.inf).triu(1) if causal else q.new_zeros(1)
    scores = torch.baddbmm(unseen, q.flatten(0, 1), k.flatten(0, 1).transpose(1, 2), alpha=d**-0.5)
    return torch.bmm(torch.softmax(scores, dim=-1), v.flatten(0, 1)).view(*rows, length, d)


def _stream(seed: int, name: str) -> int:
    """A seed for the parameter `name`, the same on every machine and in every process."""
    return int.from_bytes(hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=7).digest(), "big")


def _rotary_table(start: int, length: int, config: ModelConfig, device: torch.device) -> Tensor:
    """exp(i · angle) for positions start … start+length-1: (length, d_head / 2), complex."""
    half = config.d_model // config.heads // 2
    frequency = config.rotary_base ** (-torch.arange(half, dtype=torch.float32, device=device) / half)
    angle = torch.arange(start, start + length, dtype=torch.float32, device=device)[:, None] * frequency
    return torch.polar(torch.ones_like(angle), angle)


class _Rotated(torch.autograd.Function):
    """qkv (B, L, 3, H, d_head) -> q and k rotated by their positions, and v, each (B, H, L, d_head), as attention wants them.

    By hand, since autograd would take the parts of qkv apart and put their gradients together by way of several zero-filled
    copies, which cost as much as all products of attention. On CPUs the result is float32: attention in bfloat16 takes five times
    as long there. Neither twice differentiable nor for torch.func.
    """

    @staticmethod
    def forward(ctx: Any, qkv: Tensor, rotary: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        ctx.save_for_backward(rotary)
        ctx.kind = qkv.dtype
        turned = _turn(qkv.permute(2, 0, 3, 1, 4).to(torch.float32, copy=True, memory_format=torch.contiguous_format), rotary)
        q, k, v = turned if qkv.device.type == "cpu" else turned.to(qkv.dtype)
        return q, k, v

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (rotary,) = ctx.saved_tensors
        joined = torch.stack([g.float() for g in gradients])
        return _turn(joined, rotary.conj()).permute(1, 3, 0, 2, 4).to(ctx.kind, memory_format=torch.contiguous_format), None


def _turn(x: Tensor, rotary: Tensor) -> Tensor:
    """Rotate, in place, the pairs of neighbors along the last axis of x (3, B, H, L, d_head), those of v left out."""
    torch.view_as_complex(x[:2].view(2, *x.shape[1:-1], -1, 2)).mul_(rotary)
    return x
