"""How fast proofs are edited: `python benchmarks/proof.py [EXPRESSIONS]`.

Edits a second, everything in it (decoding, unification, distance, statistics), one thread, of whole neighborhoods of drawn proofs
under each representation of the line-up; and φ alone, on proofs in postfix.
"""

from __future__ import annotations

import time

import numpy as np
from domain_edits import drawn, table

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.proof.theorems import Detachment, postfix

PROOF = domain("proof")


def main() -> None:
    systems = drawn(PROOF)
    table(PROOF, systems)
    items: list[int] = []
    starts = [0]
    for system in systems:
        postfix(system.tree.children[0], items)
        starts.append(len(items))
    rule, many = Detachment(), 50
    tiled = np.tile(np.array(items, np.int8), many)
    ends = np.concatenate([np.array(starts[:-1]) + k * starts[-1] for k in range(many)] + [[many * starts[-1]]])
    start = time.perf_counter()
    rule.run(tiled, ends.astype(np.int64))
    print(f"theorems of proofs in postfix: {many * len(systems) / (time.perf_counter() - start):,.0f} a second")


if __name__ == "__main__":
    main()
