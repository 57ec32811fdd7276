"""How fast programs are edited: `python benchmarks/program.py [EXPRESSIONS]`.

Edits a second, everything in it (decoding, running on 32 inputs, distance, statistics), one thread, of whole neighborhoods of
drawn programs under each representation of the line-up; φ alone, on programs in postfix; and how long the table of shortest
programs takes.
"""

from __future__ import annotations

import time

import numpy as np
from domain_edits import drawn, table

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
    systems = drawn(PROGRAM)
    table(PROGRAM, systems)
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
