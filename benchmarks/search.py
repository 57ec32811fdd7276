"""What a search costs, and what it has over random search: throughput, hypervolumes, and the line-up's entries it dominates.

    python benchmarks/search.py [SOURCE] [TRIALS] [SEEDS] [SAMPLER …]

By default 64 sampled expressions (half of them searched on, half held out), 500 edits each, 60 trials, 2 seeds, the default sampler.
Random search has as many trials, over the same space. Throughput is per core: representations measured on the searched half,
by the seconds of their measuring. Volumes and dominances are the same on every machine; seconds are not.
"""

from __future__ import annotations

import sys
import time

from kappabar.evaluate.search.result import SearchResult
from kappabar.evaluate.search.search import search

EDITS = 500


def report(found: SearchResult, seconds: float) -> None:
    spent, v = found.spent, found.volumes
    rate = 60.0 * spent["representations"] / spent["seconds"]
    print(f"## {found.plan.sampler}, seed {found.plan.seed}: {seconds:.0f} s in all")
    print(f"{rate:.1f} representations a minute and core ({len(found.bench.searched)} expressions, {EDITS} edits each)")
    print(
        f"hypervolume {v.search:.4f}; random search {v.random:.4f}, from the same start {v.random_from_start:.4f}; "
        f"the start alone {v.start:.4f}"
    )
    for statement in found.statements[2:]:
        print(f"- {statement}")
    for entry in found.front:
        values = ", ".join(
            f"{o} {entry.searched.value(o):.4g} (held out {entry.held.value(o):.4g})" for o in found.plan.objectives
        )
        print(f"  {'knee ' if entry is found.knee else ''}{entry.spec} [{entry.origin}]: {values}")
    sys.stdout.flush()


def main() -> None:
    words = sys.argv[1:]
    source = words[0] if words else "sample:64"
    trials, seeds = int(words[1]) if len(words) > 1 else 60, int(words[2]) if len(words) > 2 else 2
    for seed in range(seeds):
        for sampler in words[3:] or ("effects",):
            start = time.perf_counter()
            found = search(source, trials=trials, sampler=sampler, seed=seed, edits_per_expression=EDITS)
            report(found, time.perf_counter() - start)


if __name__ == "__main__":
    main()
