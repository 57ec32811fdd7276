"""How fast programs are edited: `python benchmarks/program.py [EXPRESSIONS]`.

Edits a second, everything in it (decoding, running on 32 inputs, distance, statistics), one thread, of whole neighborhoods of
drawn programs under each representation of the line-up; φ alone, on programs in postfix; and how long the table of shortest
programs takes.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from kappabar import kappa, sample_systems
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.program.inputs import ROWS
from kappabar.evaluate.domains.program.runs import postfix, run
from kappabar.evaluate.domains.program.tables import shortest

PROGRAM = domain("program")


def main() -> None:
    shortest(3)  # compiles
    start = time.perf_counter()
    count = sum(map(len, shortest(7)))
    print(f"shortest programs of at most 7 symbols: {count:,} in {time.perf_counter() - start:.1f} s")
    systems = sample_systems(PROGRAM, int(sys.argv[1]) if len(sys.argv) > 1 else 200, 0)
    kappa("prefix", systems[:2], domain=PROGRAM, edits_per_expression=None)  # compiles
    print("representation, edits, of which decode, edits a second, of those that decode a second")
    for spec in PROGRAM.line_up:
        start = time.perf_counter()
        found = kappa(spec, systems, domain=PROGRAM, edits_per_expression=None)
        seconds = time.perf_counter() - start
        edits = sum(one.size for one in found.measured)
        valid = sum(one.n_valid for one in found.measured)
        print(f"{spec:24s} {edits:9,} {valid:9,} {edits / seconds:9,.0f} {valid / seconds:9,.0f}", flush=True)
    items: list[int] = []
    starts = [0]
    for _ in range(50):
        for system in systems:
            postfix(system.tree.children[0], items)
            starts.append(len(items))
    codes, ends = np.array(items, np.int8), np.array(starts, np.int64)
    start = time.perf_counter()
    run(codes, ends)
    print(f"programs in postfix, each on {ROWS} inputs: {(len(ends) - 1) / (time.perf_counter() - start):,.0f} a second")


if __name__ == "__main__":
    main()
