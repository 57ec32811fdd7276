"""How fast sequences are edited: `python benchmarks/fold.py [EXPRESSIONS]`.

Seconds until the table of each length is there; then edits a second, everything in it (decoding, folds, distance, statistics),
one thread, of whole neighborhoods of drawn sequences under each representation of the line-up, with κ's own time for an
expression; and φ alone, of sequences as numbers, with and without the distance to one of them.
"""

from __future__ import annotations

import time

import numpy as np
from domain_edits import drawn, table

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
        count = len(folds(beads).sequences)
        print(f"{beads} beads: {count:,} sequences fold; {time.perf_counter() - start:.2f} s", flush=True)
    table(FOLD, drawn(FOLD, 2000))
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
