"""How alike the draws of a fitted sampler and what it was fitted to are.

    python benchmarks/likeness.py [function|ode|map|FILE …] [--seeds N]

By default `function` and `ode`, three seeds, and the calibration. Of a built-in domain: a sampler is fitted to 500 draws of the
built-in one (kept as `sample_systems` keeps them), and 2,000 draws of it are told from 2,000 fresh ones of the built-in sampler
by the classifier of `evaluate/domains/likeness.py`: boosted trees, five folds, chance 0.5. To be shown: at most 0.65 on
`function`, 0.70 on `ode`. Of a file (of ODEs): fitted to all of it, as many draws are told from it, five sets of them, beside
halves of it.

Beside each stands a second look, by features that neither the tilt nor the grammar counts as such: how often each chain of three
symbols going down occurs. The calibration: 13 and 60 draws of the built-in sampler are told from as many others, 100 times; an
interval that lies above 0.5, or a verdict "not like", is then false. A minute and a half on one core for each domain and seed.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence

import numpy as np

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.like_data import LikeData, like_data
from kappabar.evaluate.domains.likeness import likeness, told_apart
from kappabar.evaluate.domains.sources import load, sample_systems
from kappabar.grammars.tree import System

GIVEN, FRESH, SETS, CALIBRATION = 500, 2000, 5, 100
WANTED = {"function": 0.65, "ode": 0.70}


def chains(systems: Sequence[System]) -> list[Counter[str]]:
    """Of each system, how often each chain of three symbols occurs, numbers and variables blurred."""
    counted = []
    for system in systems:
        counts: Counter[str] = Counter()
        stack = [(system.tree, "", "")]
        while stack:
            node, parent, grandparent = stack.pop()
            label = "number" if node.is_number else "variable" if node.is_variable else node.symbol
            for position, child in enumerate(node.children):
                stack.append((child, f"{label}.{position}", parent))
            counts[f"{grandparent} {parent} {label}"] += 1
        counted.append(counts)
    return counted


def second_look(given: Sequence[System], drawn: Sequence[System]) -> float:
    """Accuracy by chains that occur in at least one system of a hundred."""
    rows = chains([*given, *drawn])
    names = [name for name, n in Counter(name for row in rows for name in row).items() if n >= len(rows) / 100]
    values = np.array([[row[name] for name in names] for row in rows], float)
    hits, _ = told_apart(values[: len(given)], values[len(given) :], np.random.default_rng(0), shuffle=False)
    return float(hits.mean())


def fitted(systems: Sequence[System], name: str) -> LikeData:
    """Fits, and prints how long that took and what held-out likelihood says."""
    start = time.process_time()
    sampler = like_data(systems, name)
    seconds = time.process_time() - start
    print(
        f"  fitted to {len(systems)} in {seconds:.1f} s of processor time; nats per choice held out, unigram -> chosen:", end=""
    )
    for kind, chosen in sampler.fitted.choices.labels.items():
        if chosen.held_out is not None and chosen.unigram:
            print(f" {kind} {chosen.unigram:.2f} -> {chosen.held_out:.2f};", end="")
    print()
    return sampler


def of_domain(name: str, seed: int) -> None:
    """One domain, one corpus."""
    print(f"{name}, seed {seed}")
    sampler = fitted(sample_systems(name, GIVEN, 1000 + seed), name)
    given = sample_systems(name, FRESH, 2000 + seed)
    start = time.process_time()
    drawn = sample_systems(name, FRESH, 3000 + seed, sampler=sampler)
    speed = (time.process_time() - start) / FRESH
    result = likeness(given, drawn, name, seed=seed)
    known = {s.tree for s in sampler.fitted.corpus}
    again = sum(s.tree in known for s in drawn)
    print(f"  {1e3 * speed:.1f} ms of processor time per system kept; {again} of {FRESH} are of the corpus itself")
    print(f"  accuracy {result.accuracy.value:.3f} ({result.accuracy.low:.3f} to {result.accuracy.high:.3f})", end="")
    print(f"{f', wanted at most {WANTED[name]}' if name in WANTED else ''}; second look {second_look(given, drawn):.3f}")
    for t in result.telling:
        print(f"    {t.feature}: {t.given:.3f} given, {t.drawn:.3f} drawn, {t.lost:.3f} of accuracy")


def of_file(path: str) -> None:
    """A file of ODEs: as many draws, several times, and its halves."""
    systems = load([path], "ode").systems
    print(path)
    sampler = fitted(systems, "ode")
    drawn = sample_systems("ode", SETS * len(systems), 0, sampler=sampler)
    results = [likeness(systems, drawn[k * len(systems) : (k + 1) * len(systems)], domain("ode"), seed=k) for k in range(SETS)]
    for name, values in (("accuracy", [r.accuracy for r in results]), ("halves", [r.halves for r in results])):
        each = ", ".join(f"{e.value:.2f}" for e in values)
        print(
            f"  {name} {np.mean([e.value for e in values]):.3f} ({each}); the first {values[0].low:.2f} to {values[0].high:.2f}"
        )
    print(f"  {results[0].verdict}")
    row = results[0].rows[-1]
    print(f"  {row.what}: {row.given.value:.2f} given, {np.mean([r.rows[-1].drawn.value for r in results]):.2f} drawn")


def calibration(name: str) -> None:
    """Draws of one sampler told from others of the same."""
    for n in (13, 60):
        lots = sample_systems(name, 2 * n * CALIBRATION, 77)
        results = [
            likeness(lots[2 * n * k : 2 * n * k + n], lots[2 * n * k + n : 2 * n * (k + 1)], name, seed=k)
            for k in range(CALIBRATION)
        ]
        above = sum(r.accuracy.low > 0.5 for r in results)
        unlike = sum(r.alike is False for r in results)
        mean = np.mean([r.accuracy.value for r in results])
        print(
            f"{name}, {n} against {n} of the same: accuracy {mean:.3f}, above chance {above}, not like {unlike} of {CALIBRATION}"
        )


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("what", nargs="*", default=["function", "ode"])
    words.add_argument("--seeds", type=int, default=3)
    words.add_argument("--no-calibration", action="store_true")
    given = words.parse_args()
    for what in given.what:
        if what in ("ode", "map", "function"):
            for seed in range(given.seeds):
                of_domain(what, seed)
        else:
            of_file(what)
    if not given.no_calibration:
        calibration("ode")


if __name__ == "__main__":
    main()
