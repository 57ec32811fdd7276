"""What a sampler has over random search on one set of expressions: hypervolumes over seeds of the samplers, with intervals.

    python benchmarks/search_seeds.py [SOURCE] [TRIALS] [SEEDS] [EDITS] [SAMPLER …]

By default 24 sampled expressions of which 12 are searched on, 60 trials, 10 seeds, 300 edits each, the default sampler; in short:
`sample:8 30 3 60`. Expressions, halves and edits stay the same, so a representation is measured once for all seeds. Volumes are those of
`search`: of what keeps to the limits, as shares of the box. Random search runs cold, and from the search's start up to as many trials.
"""

from __future__ import annotations

import sys

import optuna
from search import interval

from kappabar.evaluate.domains.line_up import LINE_UP
from kappabar.evaluate.search.data import Measurement, build
from kappabar.evaluate.search.limits import limits_of
from kappabar.evaluate.search.objectives import DEFAULT
from kappabar.evaluate.search.result import share_of_box
from kappabar.evaluate.search.trajectory import Trajectory, plain
from kappabar.evaluate.search.trials import TrialStore, open_study
from kappabar.evaluate.search.workers import workers
from kappabar.representations.representation import canonical
from kappabar.representations.space import space


def main() -> None:
    words = sys.argv[1:]
    source = words[0] if words else "sample:24"
    trials, seeds, edits = (int(words[i]) if len(words) > i else default for i, default in ((1, 60), (2, 10), (3, 300)))
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    bench, place = build([source], "ode", None, "exclude", DEFAULT, edits, 0.5, 0), space("ode")
    line_up = [canonical(spec) for spec in LINE_UP]
    start = plain(place, line_up)
    known: dict[str, Measurement] = {}
    with workers(bench, 1) as crew:

        def walk(sampler: str, warm: tuple[str, ...], seed: int) -> list[Measurement]:
            memory = TrialStore(open_study(None, None, "s", {}, len(DEFAULT), False), place, DEFAULT, known)
            return [found for _, found in Trajectory(place, DEFAULT, sampler, seed, warm, limits).walk(trials, memory, crew)]

        def volume(rows: list[Measurement]) -> float:
            return share_of_box([m for m in rows if limits.allows(m)], DEFAULT, reference)

        TrialStore(open_study(None, None, "s", {}, len(DEFAULT), False), place, DEFAULT, known).fill((*line_up, *start), crew)
        limits = limits_of([known[s] for s in line_up if s in start], None, None)
        reference = (1.0, 1.0, max(known[s].value("tokens") for s in line_up))
        begun = [known[s] for s in start]
        cold = [walk("random", (), seed + 1_000_003) for seed in range(seeds)]
        random = {"random, cold": [volume(r) for r in cold]}
        random["random, same start"] = [volume([*begun, *r[: trials - len(begun)]]) for r in cold]
        print(f"{len(bench.searched)} expressions; limits: {limits}; the start alone ({len(start)}): {volume(begun):.4f}")
        for sampler in words[4:] or ("effects",):
            volumes = [volume(walk(sampler, start, seed)) for seed in range(seeds)]
            print(f"{sampler}: {interval(volumes)}")
            for name, theirs in random.items():
                more = [a - b for a, b in zip(volumes, theirs, strict=True)]
                print(f"  less {name} ({interval(theirs)}): {interval(more)}; larger in {sum(m > 0 for m in more)} of {seeds}")


if __name__ == "__main__":
    main()
