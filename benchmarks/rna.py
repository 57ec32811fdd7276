"""How fast RNA is edited beside ViennaRNA's own folding: `python benchmarks/rna.py [EXPRESSIONS]`. Needs the extra `rna`.

Seconds are of the processor, of one thread. ViennaRNA's rate on random sequences of 40 bases, each once; then edits a second,
everything in it (decoding, folding, distance, statistics), of neighborhoods of such sequences under each representation of the
line-up, and the same over ViennaRNA's rate. An edit that gives a sequence again is folded once: then a share may be above one.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from kappabar import kappa, sample_systems
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.rna.folding import BASES, folded, vienna
from kappabar.evaluate.domains.rna.sampling import Random

RNA = domain("rna")
BASES_EACH, SEQUENCES = 40, 2000


def main() -> None:
    rng = np.random.default_rng(0)
    texts = ["".join(BASES[i] for i in rng.integers(len(BASES), size=BASES_EACH)) for _ in range(SEQUENCES)]
    fold = vienna().fold
    start = time.process_time()
    for text in texts:
        fold(text)
    rate = SEQUENCES / (time.process_time() - start)
    print(f"ViennaRNA {vienna().__version__}: {rate:,.0f} sequences of {BASES_EACH} bases a second")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    systems = sample_systems(RNA, count, 0, sampler=Random(BASES_EACH, BASES_EACH))
    for spec in RNA.line_up:
        kappa(spec, systems[:1], domain=RNA, edits_per_expression=20)  # compiles
        folded.cache_clear()
        start = time.process_time()
        found = kappa(spec, systems, domain=RNA, edits_per_expression=None if spec == RNA.line_up[0] else 300)
        seconds = time.process_time() - start
        edits = sum(one.size for one in found.measured)
        print(
            f"{spec:24s} {edits:9,} edits, {edits / seconds:9,.0f} a second, {edits / seconds / rate:.2f} of its rate", flush=True
        )


if __name__ == "__main__":
    main()
