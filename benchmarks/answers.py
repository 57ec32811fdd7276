"""Does a person get an answer for their own file, and the same one again?

    python benchmarks/answers.py FOLDER FILE [FILE …] [--minutes 20] [--seeds 3] [--jobs 2]

For each file (`laboratory.py` makes one) and seed: `compare --data FILE --minutes N` with five encodings, kept in FOLDER; what is
there already goes on or is read. Then, for each file: the recommendations, whether two of three agree or are equal within the
margin, and whether any pair that is *better* in one run is *worse* in another. Two hours for two files.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

from kappabar import compare
from kappabar.evaluate.compare.comparison import Comparison

SPECS = ("prefix | digits:3", "infix | chars", "infix | chars | bpe:256", "prefix | bins:64,quantile", "rules | digits:3")


def alike(a: str | None, b: str | None, runs: Sequence[Comparison]) -> bool:
    """Whether two recommendations are one, or some run has found them equal and none has told them apart."""
    if a is None or b is None:
        return False
    outcomes = {run.rounds.of(a, b).outcome for run in runs if run.rounds is not None} if a != b else {"equal"}
    return "equal" in outcomes and not outcomes & {"better", "worse"}


def turned(runs: Sequence[Comparison]) -> list[str]:
    """Pairs that are better in one run and worse in another."""
    found = []
    for a, b in combinations(SPECS, 2):
        outcomes = {run.rounds.of(a, b).outcome for run in runs if run.rounds is not None}
        found += [f"{a} and {b}"] if {"better", "worse"} <= outcomes else []
    return found


def report(file: str, runs: Sequence[Comparison]) -> None:
    print(f"{file}:")
    for seed, run in enumerate(runs):
        pairs = () if run.rounds is None else run.rounds.pairs
        counts = {outcome: sum(pair.outcome == outcome for pair in pairs) for outcome in ("better", "worse", "equal", "open")}
        trained = 0 if run.rounds is None else len(run.rounds.means)
        print(f"  seed {seed}: {trained} rounds; pairs {counts}\n    " + "\n    ".join(run.answer))
    told = [run.best() for run in runs]
    agreeing = sum(alike(a, b, runs) for a, b in combinations(told, 2))
    print(f"  recommendations {told}: {agreeing} pairs of them agree or are equal within the margin")
    print(f"  better in one run and worse in another: {', '.join(turned(runs)) or 'no pair'}")


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("folder", type=Path)
    given.add_argument("files", nargs="+")
    given.add_argument("--minutes", type=float, default=20.0)
    given.add_argument("--seeds", type=int, default=3)
    given.add_argument("--jobs", type=int, default=2)
    chosen = given.parse_args()
    for file in chosen.files:
        runs = []
        for seed in range(chosen.seeds):
            out = chosen.folder / f"{Path(file).stem}-{seed}"
            runs.append(compare(SPECS, file, minutes=chosen.minutes, seed=seed, jobs=chosen.jobs, out=out, resume=out.exists()))
        report(file, runs)


if __name__ == "__main__":
    main()
