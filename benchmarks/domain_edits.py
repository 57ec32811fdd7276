"""What the benchmarks of single domains share: how fast expressions are edited under each representation of the line-up."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from kappabar import kappa, sample_systems
from kappabar.evaluate.domains.domain import Domain
from kappabar.grammars.tree import System


def drawn(place: Domain, count: int = 200) -> Sequence[System]:
    """As many expressions as the command line says, else `count`."""
    return sample_systems(place, int(sys.argv[1]) if len(sys.argv) > 1 else count, 0)


def table(place: Domain, systems: Sequence[System]) -> None:
    """Print edits a second, everything in it, one thread, of whole neighborhoods."""
    kappa(place.line_up[0], systems[:2], domain=place, edits_per_expression=None)  # compiles
    print("representation, edits, of which decode, edits a second, of those that decode a second, ms an expression")
    for spec in place.line_up:
        start = time.perf_counter()
        found = kappa(spec, systems, domain=place, edits_per_expression=None)
        seconds = time.perf_counter() - start
        edits = sum(one.size for one in found.measured)
        valid = sum(one.n_valid for one in found.measured)
        each = 1e3 * seconds / len(systems)
        print(f"{spec:24s} {edits:9,} {valid:9,} {edits / seconds:9,.0f} {valid / seconds:9,.0f} {each:9.2f}", flush=True)
