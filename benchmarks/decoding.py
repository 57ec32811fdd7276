"""What decoding costs: the cache against re-running the prefix for each token, and masks as a share of sampling time.

    python benchmarks/decoding.py [spec …]

One process, one thread, the default model without training, batches of 256; what is compared takes turns. Seconds are the
processor's, so that other work on the machine counts little. For the masks each row takes the tokens of a real encoding, so that
the constraint is asked what it is asked in use; what it adds is its own time, masking, and summing up what was removed, against
the model's steps and free choice on the same rows. The last column is `llguidance` on the same grammar, microseconds a row.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import torch

from kappabar.evaluate.domains.observers.base import Observations
from kappabar.evaluate.domains.observers.numbers import Numbers
from kappabar.evaluate.domains.sources import sample_systems
from kappabar.evaluate.quality.decoding.constrain import constraint
from kappabar.evaluate.quality.decoding.constrained_rows import Constraint
from kappabar.evaluate.quality.decoding.decode import _choose, sample
from kappabar.evaluate.quality.model.model import BOS, EOS, PAD, SPECIAL, Model, ModelConfig
from kappabar.grammars.errors import EncodeError, KappabarError
from kappabar.grammars.tree import System
from kappabar.representations.representation import Representation, representation
from kappabar.tokenizers.catalog import CODECS, notations

BATCH, LENGTH, POINTS, COLUMNS = 256, 64, 32, 2
WRAPPED = ("bpe:512", "unigram:512", "patches:512,2", "macros:64", "checksum", "repeat:3")


def main() -> None:
    torch.set_num_threads(1)
    systems = sample_systems("ode", 2 * BATCH, 0)
    specs = sys.argv[1:] or [
        *(n for n in notations() if n != "latex"),
        *(f"prefix | {c}" for c in CODECS if c not in ("xval", "fone", "bittoken", "centers")),
        *(f"prefix | {w}" for w in WRAPPED),
        "infix | chars | bpe:512",
    ]
    if not sys.argv[1:]:
        cached()
    columns = "".join(f"{name:>9}" for name in ("V", "length", "step ms", "mask ms", "share", "us/row"))
    print(f"{'representation':30}{columns}{'llguidance':>12}")
    for spec in specs:
        masked(spec, systems)


def observations(n: int) -> Observations:
    rng = np.random.default_rng(0)
    samples, scales = Numbers().features(COLUMNS)
    shapes = (n, POINTS, samples), (n, scales)
    return Observations(*(rng.standard_normal(shape).astype(np.float32) for shape in shapes))


def model_of(vocabulary: int) -> Model:
    return Model(ModelConfig(), vocabulary, POINTS, *Numbers().features(COLUMNS), seed=0)


def cached() -> None:
    """Greedy, all sequences of full length, so that nothing is compacted away."""
    model, seen = model_of(80), observations(BATCH)
    model.embedding.weight.data[EOS] = 0.0
    fast, slow = [], []
    for _ in range(3):
        began = time.process_time()
        samples = sample(model, seen, LENGTH - 1)
        fast.append(time.process_time() - began)
        began = time.process_time()
        again(model, seen)
        slow.append(time.process_time() - began)
    steps = max(map(len, samples.ids))
    a, b = sorted(fast)[1], sorted(slow)[1]
    print(f"{BATCH} sequences of {steps} tokens: with the cache {a:.2f} s, re-running the prefix {b:.2f} s, {b / a:.1f} times\n")


@torch.inference_mode()
def again(model: Model, seen: Observations) -> None:
    """The same without a cache: the whole sequence, observation included, for every token."""
    samples, scales = torch.from_numpy(seen.samples), torch.from_numpy(seen.scales)
    tokens = torch.full((len(samples), 1), BOS)
    for _ in range(LENGTH):
        logits = model(samples, scales, tokens)[:, -1].float()
        logits[:, [PAD, BOS]] = float("-inf")
        tokens = torch.cat([tokens, logits.argmax(dim=1, keepdim=True)], dim=1)


def masked(spec: str, systems: list[System]) -> None:
    try:
        polynomial = spec.split(" ")[0] in ("terms", "library")
        r = representation(spec, "ode", None if polynomial else [s.tree for s in systems], [s.tree for s in systems])
    except KappabarError as error:
        print(f"{spec:28}{error}")
        return
    kept = [(s, ids) for s in systems if (ids := written(r, s))]
    kept = [kept[i % len(kept)] for i in range(BATCH)]
    equations, variables = [len(s.equations) for s, _ in kept], [s.dim for s, _ in kept]
    encoded = [ids for _, ids in kept]
    tables = constraint(r, equations, variables)
    follow(tables, encoded, None)  # compiles, and fills the kept masks as the first batch of any run does
    step, mask, rows = follow(tables, encoded, model_of(len(r.vocabulary)))
    try:
        _, slow, _ = follow(constraint(r, equations, variables, "llguidance"), encoded, None)
    except KappabarError:
        slow = float("nan")
    length = sum(map(len, encoded)) / BATCH
    print(
        f"{r.spec:30}{len(r.vocabulary):9}{length:9.1f}{1e3 * step:9.1f}{1e3 * mask:9.1f}{mask / (step + mask):9.1%}"
        f"{1e6 * mask / rows:9.2f}{1e6 * slow / rows:12.2f}",
        flush=True,
    )


def written(r: Representation, system: System) -> list[int]:
    try:
        return r.encode(system.tree)
    except EncodeError:
        return []


@torch.inference_mode()
def follow(held: Constraint, encoded: list[list[int]], model: Model | None) -> tuple[float, float, int]:
    """Seconds that the model and free scoring took, seconds that the constraint and masking took, and rows asked."""
    room = int(1.25 * max(map(len, encoded))) + 4
    tokens = torch.tensor([[*(i + SPECIAL for i in ids), EOS, *[PAD] * (max(map(len, encoded)) - len(ids))] for ids in encoded])
    began = time.process_time()
    walk = held.start(range(BATCH), room)
    mask, step, rows = time.process_time() - began, 0.0, 0
    seen = observations(BATCH)
    began = time.process_time()
    logits, cache = model.prefill(*map(torch.from_numpy, (seen.samples, seen.scales)), room) if model else (None, None)
    step += time.process_time() - began
    for at in range(tokens.shape[1]):
        rows += len(tokens)
        if model is not None and logits is not None:
            copy = logits.clone()
            began = time.process_time()
            _choose(logits, None, 1.0, None)
            middle = time.process_time()
            _choose(copy, walk, 1.0, None)
            step, mask = step + middle - began, mask + (time.process_time() - middle) - (middle - began)
        else:
            began = time.process_time()
            walk.allowed()
            mask += time.process_time() - began
        chosen = tokens[:, at]
        began = time.process_time()
        walk.take(chosen)
        mask += time.process_time() - began
        running = chosen > EOS
        if not bool(running.any()):
            break
        if int(running.sum()) <= 0.7 * len(tokens):
            keep = running.nonzero()[:, 0]
            began = time.process_time()
            walk.select(keep)
            mask += time.process_time() - began
            tokens, chosen = tokens[keep], chosen[keep]
            cache = cache.select(keep) if cache is not None else None
        if model is not None and cache is not None:
            began = time.process_time()
            logits = model.step(chosen, cache)
            step += time.process_time() - began
    return step, mask, rows


if __name__ == "__main__":
    main()
