"""What a search costs, and what it has over random search: throughput, hypervolumes over seeds, and the line-up's entries it
dominates.

    python benchmarks/search.py [SOURCE] [TRIALS] [SEEDS] [EDITS] [SAMPLER …]

By default 64 sampled expressions (half of them searched on, half held out), 60 trials, 5 seeds, 500 edits each, the default
sampler. In short: `sample:16 30 3 100`. The seed decides the halves, the edits and the sampler. Random search has as many trials
over the same space and keeps to the same limits: a cold run, and the search's own start followed by the cold run's trials.
Volumes have 95 % intervals over seeds (Student's t), differences are paired by seed. Throughput is per core: representations
measured on the searched half, by the seconds of their measuring. Volumes and dominances are the same on every machine; seconds
are not.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from scipy import stats

from kappabar.evaluate.commands.search import search
from kappabar.evaluate.search.result import SearchResult

KINDS = ("search", "random", "random_from_start", "start")


def report(found: SearchResult, seconds: float, edits: int) -> None:
    spent = found.spent
    rate = 60.0 * spent["representations"] / spent["seconds"]
    print(f"## {found.plan.sampler}, seed {found.plan.seed}: {seconds:.0f} s in all")
    print(f"{rate:.1f} representations a minute and core ({len(found.data.searched)} expressions, {edits} edits each)")
    for statement in found.statements:
        print(f"- {statement}")
    for entry in found.front:
        values = ", ".join(
            f"{o} {entry.searched.value(o):.4g} (held out {entry.held.value(o):.4g})" for o in found.plan.objectives
        )
        n = f"κ of {entry.searched.kappa_n} ({entry.held.kappa_n})"
        print(f"  {'knee ' if entry is found.knee else ''}{entry.spec} [{entry.origin}]: {values}, {n}")
    sys.stdout.flush()


def interval(values: list[float]) -> str:
    """The mean with its 95 % interval over seeds."""
    mean, n = float(np.mean(values)), len(values)
    if n < 2:
        return f"{mean:.4f}"
    half = float(stats.t.ppf(0.975, n - 1) * np.std(values, ddof=1) / np.sqrt(n))
    return f"{mean:.4f} ({mean - half:.4f} to {mean + half:.4f})"


def over_seeds(sampler: str, results: list[SearchResult]) -> None:
    volumes = {kind: [float(getattr(r.volumes, kind)) for r in results] for kind in KINDS}
    print(f"# {sampler}, {len(results)} seeds: hypervolume, mean and 95 % interval")
    for kind, values in volumes.items():
        print(f"{kind.replace('_', ' ')}: {interval(values)}")
    for kind in KINDS[1:3]:
        more = [a - b for a, b in zip(volumes["search"], volumes[kind], strict=True)]
        print(f"search less {kind.replace('_', ' ')}: {interval(more)}; larger in {sum(m > 0 for m in more)} of {len(more)}")


def main() -> None:
    words = sys.argv[1:]
    source = words[0] if words else "sample:64"
    trials, seeds, edits = (int(words[i]) if len(words) > i else default for i, default in ((1, 60), (2, 5), (3, 500)))
    for sampler in words[4:] or ("gp",):
        results = []
        for seed in range(seeds):
            start = time.perf_counter()
            results.append(search(source, trials=trials, sampler=sampler, seed=seed, edits_per_expression=edits))
            report(results[-1], time.perf_counter() - start, edits)
        over_seeds(sampler, results)


if __name__ == "__main__":
    main()
