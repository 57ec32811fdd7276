"""How fast training is, against a plain eager float32 loop of the same model on the same batches.

    python benchmarks/training.py [steps of each, default 12] [names of objectives ...]

Both run in this process, on one thread, step by step in turn, and are timed by the processor's time, so that what else runs here
touches both alike. The plain loop pads a batch to its longest sequence, computes everything in float32 as PyTorch comes, with its
fused attention, rotary positions by complex products, and AdamW. Ours is timed in the precision that "auto" means here and, where
that is bfloat16, in float32 too, stepping by AdamW as the plain one does. Then the cost of Muon's steps against AdamW's, of other
objectives against next-token prediction, and of a checkpoint.
"""

from __future__ import annotations

import math
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.observers.base import observe
from kappabar.evaluate.quality.model.model import MODEL_SIZES, PAD, Block, Model
from kappabar.evaluate.quality.model.precision import one_thread, precision
from kappabar.evaluate.quality.model.trained import TrainConfig
from kappabar.evaluate.quality.task.task import TaskConfig, build_task
from kappabar.evaluate.quality.training.batches import padded
from kappabar.evaluate.quality.training.presets import preset
from kappabar.evaluate.quality.training.train import Run
from kappabar.representations.representation import representation

SPECS = ("prefix | digits:3", "infix | chars")
OBJECTIVES = ("multi-token:2", "multi-token:4", "entropy:0.2", "entropy-weighted")
SIZE = "0.8M"


class PlainBlock(Block):
    """The block that one would write first."""

    def forward(self, x, rotary, cache, layer):
        b, length, d = x.shape
        qkv = self.qkv(self.norm_attention(x)).view(b, length, 3, self.heads, -1).transpose(1, 3)  # (B, H, 3, L, d_head)
        q, k, v = qkv.unbind(2)
        q, k = (torch.view_as_real(torch.view_as_complex(t.unflatten(-1, (-1, 2))) * rotary).flatten(-2) for t in (q, k))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(y.transpose(1, 2).reshape(b, length, d))
        return x + self.down(F.gelu(self.up(self.norm_mlp(x))))


class Plain:
    """The loop that one would write first."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.model = Model(run.model.config, run.model.vocabulary, *run.model.shape, seed=0)
        for block in self.model.blocks:
            block.__class__ = PlainBlock
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=run.config.lr, fused=False, foreach=False)
        self.noise = np.random.default_rng(0)

    def step(self, rows) -> float:
        seen = observe(
            self.run.task.domain.observer, self.run.task.train.curves.select(rows), self.run.task.config.noise, self.noise
        )
        tokens = padded([self.run.encoded[row] for row in rows])
        logits = self.model(torch.from_numpy(seen.samples), torch.from_numpy(seen.scales), tokens[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten(), ignore_index=PAD)
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.run.config.clip)
        self.optimizer.step()
        return float(loss.detach())


class Ours:
    def __init__(self, run: Run) -> None:
        self.run = run

    def step(self, rows) -> float:
        self.run.stream.take = lambda: rows
        return self.run.update()[0]


def timed(loops, batches):
    """Seconds of processor time of each loop, in turn on each batch; the first two batches only warm up."""
    found = [[] for _ in loops]
    for i, rows in enumerate(batches):
        for k in np.random.default_rng(i).permutation(len(loops)):
            start = time.process_time()
            loops[k].step(rows)
            found[k].append(time.process_time() - start)
    return np.array([f[2:] for f in found])


def main() -> None:
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 12
    names = tuple(sys.argv[2:]) or OBJECTIVES
    task = build_task(domain("ode"), TaskConfig(n_train=4000, n_val=32, n_test=8), 0)
    with one_thread():
        for spec in SPECS:
            form = representation(spec, "ode", corpus=list(task.train.systems))
            for size, batch_size in (("quick", 32), (SIZE, 32), (SIZE, 64), (SIZE, 128)):
                against_plain(task, form, size, batch_size, steps)
        form = representation(SPECS[0], "ode", corpus=list(task.train.systems))
        for size, batch_size in (("quick", 32), (SIZE, 64)):
            muon(task, form, size, batch_size, steps)
        objectives(task, form, steps, names)
        checkpoints(task, form)


def start(task, form, **settings) -> Run:
    size = settings.pop("size", SIZE)
    config = MODEL_SIZES[size] if size in MODEL_SIZES else preset(size).model
    return Run(task, form, config, TrainConfig(steps=10_000, **settings), 0)


def against_plain(task, form, size, batch_size, steps):
    kinds = dict.fromkeys(("float32", precision("auto")))
    ours = [start(task, form, size=size, batch_size=batch_size, precision=kind, optimizer="adamw") for kind in kinds]
    batches = [ours[0].stream.take() for _ in range(steps + 2)]
    tokens = sum(len(ours[0].encoded[r]) + 1 for b in batches[2:] for r in b)
    plain, *fast = timed([Plain(ours[0]), *map(Ours, ours)], batches)
    print(f"{form.spec:18} {size:5} batch {batch_size:3}: plain float32 {tokens / plain.sum():7,.0f} tokens/s; ours ", end="")
    for run, row in zip(ours, fast, strict=True):
        ratios = np.log(plain / row)
        ratio, error = math.exp(ratios.mean()), ratios.std(ddof=1) / math.sqrt(len(ratios))
        speed = f"{tokens / row.sum():7,.0f}"
        print(f"{run.precision} {speed}, {ratio:.2f} times (± {1.96 * error * ratio:.2f})  ", end="", flush=True)
    print()


def muon(task, form, size, batch_size, steps):
    runs = [start(task, form, size=size, batch_size=batch_size, optimizer=name) for name in ("adamw", "muon")]
    batches = [runs[0].stream.take() for _ in range(steps + 2)]
    adamw, ours = timed([Ours(run) for run in runs], batches)
    print(
        f"{size:5} batch {batch_size:3}: a step with Muon costs {ours.sum() / adamw.sum():.2f} of one with AdamW alone",
        flush=True,
    )


def objectives(task, form, steps, names):
    runs = [start(task, form, batch_size=64, objective=name) for name in ("next-token", *names)]
    batches = [runs[0].stream.take() for _ in range(steps + 2)]
    seconds = timed([Ours(run) for run in runs], batches)
    for name, row in zip(names, seconds[1:], strict=True):
        print(f"{name:18} costs {row.sum() / seconds[0].sum():.2f} of next-token, per step of 64", flush=True)


def checkpoints(task, form):
    for size in MODEL_SIZES:
        run = start(task, form, size=size, batch_size=8)
        with tempfile.TemporaryDirectory() as folder:
            run.update()
            run.resume(Path(folder))
            found = []
            for _ in range(3):
                began = time.perf_counter()
                run.keep(Path(folder))
                found.append(time.perf_counter() - began)
            kept = sum(p.stat().st_size for p in Path(folder).iterdir()) / 1e6
        print(
            f"{size:5} ({run.model.size() / 1e6:.2f} million parameters): a checkpoint of {kept:.0f} MB takes {max(found):.2f} "
            "s of wall time; "
            f"kept once in {max(5.0, 62.5 * max(found)):.0f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
