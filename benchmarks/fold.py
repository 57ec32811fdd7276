"""How fast sequences are edited: `python benchmarks/fold.py [EXPRESSIONS]`.

Seconds until the table of each length is there; then edits a second, everything in it (decoding, folds, distance, statistics),
one thread, of whole neighborhoods of drawn sequences under each representation of the line-up, with κ's own time for an
expression; and φ alone, of sequences as numbers, with and without the distance to one of them.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from kappabar import kappa, sample_systems
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.fold.folding import folded
from kappabar.evaluate.domains.fold.overlap import contacts
from kappabar.evaluate.domains.fold.tables import folds
from kappabar.evaluate.domains.fold.walks import LONGEST

FOLD = domain("fold")


def main() -> None:
    folds(4)  # compiles
    for beads in range(13, LONGEST + 1):
        start = time.perf_counter()
        table = folds(beads)
        print(f"{beads} beads: {len(table.sequences):,} sequences fold; {time.perf_counter() - start:.2f} s", flush=True)
    systems = sample_systems(FOLD, int(sys.argv[1]) if len(sys.argv) > 1 else 2000, 0)
    kappa("symbols", systems[:2], domain=FOLD, edits_per_expression=None)  # compiles
    print("representation, edits, of which decode, edits a second, of those that decode a second, ms an expression")
    for spec in FOLD.line_up:
        start = time.perf_counter()
        found = kappa(spec, systems, domain=FOLD, edits_per_expression=None)
        seconds = time.perf_counter() - start
        edits = sum(one.size for one in found.measured)
        valid = sum(one.n_valid for one in found.measured)
        each = 1e3 * seconds / len(systems)
        print(f"{spec:24s} {edits:9,} {valid:9,} {edits / seconds:9,.0f} {valid / seconds:9,.0f} {each:9.2f}", flush=True)
    many = 1 << 20
    sequences, lengths = np.random.default_rng(0).integers(0, 1 << 16, many), np.full(many, 16)
    for some in (50, 1000):
        start = time.perf_counter()
        for at in range(0, many, some):
            y, _ = folded(sequences[at : at + some], lengths[at : at + some])
        seconds = time.perf_counter() - start
        known = folds(16).behaviors[:1, :, None]
        print(f"φ of sequences, {some:,} at once: {many / seconds:,.0f} a second", end="; ", flush=True)
        start = time.perf_counter()
        contacts(known, np.nan_to_num(y))
        print(f"distances: {len(y) / (time.perf_counter() - start):,.0f} a second", flush=True)


if __name__ == "__main__":
    main()
