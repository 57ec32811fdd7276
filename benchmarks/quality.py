"""Whether the task is calibrated: what a model makes of it in the time that a budget buys, against what needs no model.

    python benchmarks/quality.py function|ode|ode:1|ode:2|copy [budget, default full] [representation, default "prefix |
    digits:3"] [NAME=VALUE ...]

A setting of the training or of the model (`optimizer=adamw`, `batch_size=64`, `d_model=128`; `seed=1`) changes one thing in the
budget, as the tables of docs/quality.md do.

`ode:1` and `ode:2` are the systems of one and of two equations alone. `copy` is a domain whose answer is known: functions c*x,
whose coefficient stands in the observation; what is missing there to the ceiling, the harness itself would hold down. Prints Q
raw and normalized, the tolerance curve of greedy samples, of the best of 16 by observed error, and of nearest-neighbor retrieval.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace

import numpy as np

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.sources import sample_systems
from kappabar.evaluate.quality.measures.quality import quality
from kappabar.evaluate.quality.model.precision import one_thread
from kappabar.evaluate.quality.task.task import build_task, floors
from kappabar.evaluate.quality.training.presets import Preset, preset
from kappabar.evaluate.quality.training.train import train
from kappabar.evaluate.tables.measures import CHOICES, TOLERANCES
from kappabar.grammars.draw.sampler import OdeSampler
from kappabar.grammars.tree import Node, System, number, system, variable
from kappabar.representations.representation import representation


def proportional() -> list[System]:
    """c*x over [-5, 5], c from -9.99 to 9.99 in steps of a hundredth, without those near 0, in random order."""
    values = [c / 100 for c in range(-999, 1000) if abs(c) >= 10]
    return [
        System(system(Node("*", (number(c), variable(0)))), ("x_0",), "function", ranges=((-5.0, 5.0),))
        for c in np.random.default_rng(0).permutation(values).tolist()
    ]


def changed(sizes: Preset, settings: dict[str, str]) -> tuple[Preset, int]:
    """A budget with other settings, by their names, and the seed. Values are read as what they replace."""
    seed = int(settings.pop("seed", "0"))
    for part in ("train", "model"):
        now = getattr(sizes, part)
        own = {name: type(getattr(now, name))(settings.pop(name)) for name in list(settings) if hasattr(now, name)}
        sizes = replace(sizes, **{part: replace(now, **own)})
    if settings:
        raise SystemExit(f"neither training nor model has a setting {', '.join(settings)}")
    return sizes, seed


def main() -> None:
    given = [word for word in sys.argv[1:] if "=" not in word]
    what, budget, spec = [*given, *("function", "full", "prefix | digits:3")[len(given) :]]
    sizes, seed = changed(preset(budget), dict(word.split("=", 1) for word in sys.argv[1:] if "=" in word))
    name, _, dim = what.partition(":")
    place = domain("function" if name == "copy" else name)
    config, systems = sizes.task, None
    if what == "copy":
        # Neighboring coefficients are nearer than any separation; that no tree is shared makes the test.
        config, systems = replace(config, n_val=50, n_test=100, separation=0.0), proportional()
    if dim:
        count = int((config.n_train + 2 * (config.n_val + config.n_test)) / (1 - config.new_forms)) + 100
        systems = sample_systems(place, count, sampler=OdeSampler(dims=(int(dim),), dim_weights=(1.0,)))
    began = time.perf_counter()
    task = build_task(place, config, 0, systems)
    base = floors(task)
    print(f"{what}: {len(task.train)} systems to learn from, {len(task.test)} to test, {task.counts}")
    print(f"task built in {time.perf_counter() - began:.0f} s; {int(task.new_skeleton.sum())} tests of new skeletons")
    chosen = representation(spec, place.name, corpus=list(task.train.systems), closed=place.closed)
    began = time.process_time()
    with one_thread():
        trained = train(task, chosen, sizes.model, sizes.train, seed)
        seconds = time.process_time() - began
        found = quality(task, chosen, trained, sizes.quality, seed, base).summary
    print(
        f"{spec}: {sizes.train.steps} steps of {sizes.train.batch_size}, {trained.parameters:,} parameters, {seconds:.0f} s of "
        "processor time"
    )
    for row in trained.history:
        line = (
            f"  step {row['step']:6d}  {row['val_bits_per_expression']:.1f} bits  Q {row['quality']:.3f}  {row['seconds']:.0f} s"
            + ("  an end" if row["ended"] else "")
        )
        if row.get("gradient_alignment") is not None:
            line += f"  gradient alignment {row['gradient_alignment']:.2f} ± {row['gradient_alignment_se']:.2f}"
        print(line, flush=True)
    print(
        f"Q {found['quality']:.3f} ({found['quality_low']:.3f} to {found['quality_high']:.3f}), normalized "
        f"{found['quality_share']:.3f}; "
        f"prior {found['floor_prior']:.3f}, retrieval {found['floor_nearest']:.3f}, round trip {found['ceiling']:.3f}"
    )
    for split in ("new_skeleton", "new_coefficients"):
        if f"quality_{split}" in found:
            print(f"  {split}: Q {found[f'quality_{split}']:.3f}")
    counts = [k for k in CHOICES if k <= sizes.quality.choices]
    print(
        f"  best of k = {counts} by observed error: Q {[round(found[f'quality@{k}'], 3) for k in counts]}, "
        f"within 1 % {[round(found[f'within_1@{k}'], 3) for k in counts]}"
    )
    for key in TOLERANCES:
        print(
            f"  {key:11s} greedy {found[key]:.3f}   constrained {found[f'{key}_constrained']:.3f}   retrieval "
            f"{found[f'nearest_{key}']:.3f}"
        )
    print(
        f"  R2 > 0.9 {found['r2_above_0.9']:.3f}, valid {found['valid']:.3f}, skeleton {found['skeleton']:.3f}, exact "
        f"{found['exact']:.3f}"
    )


if __name__ == "__main__":
    main()
