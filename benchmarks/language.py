"""How fast sentences are edited beside the embedder's own rate: `python benchmarks/language.py [EXPRESSIONS]`. Needs the extra
`language`.

Seconds are of the processor, of one thread. The model's rate on sentences of the natural distribution, each once, in batches of
one length; then edits a second, everything in it (decoding, word pieces, embedding, distance, statistics), of samples of 400
edits of such sentences under each representation of the line-up, and the same over the model's rate. Edits that the model reads
alike are embedded once: then a share may be above one. Several tokens that were one are more to embed: then it may be below.
"""

from __future__ import annotations

import sys
import time
from itertools import pairwise

import numpy as np

from kappabar import kappa, sample_systems
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.language.embedding import BATCH, pooled, sentence_model
from kappabar.evaluate.domains.language.reading import text_of

LANGUAGE = domain("language")
SENTENCES, EDITS = 600, 400


def rate(texts: list[str]) -> float:
    """Sentences a second of the model itself, sorted by length, in batches."""
    model = sentence_model()
    ids = sorted((model.tokenizer.encode(text).ids for text in texts), key=len)
    ends = [i for i, (a, b) in enumerate(pairwise(ids), 1) if len(a) != len(b)]
    groups = [ids[i:j] for i, j in pairwise([0, *ends, len(ids)])]
    batches = [np.array(group[k : k + BATCH], np.int64) for group in groups for k in range(0, len(group), BATCH)]
    pooled(model.raw(batches[0]))
    start = time.process_time()
    for batch in batches:
        pooled(model.raw(batch))
    return len(texts) / (time.process_time() - start)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 6
    systems = sample_systems(LANGUAGE, SENTENCES, 0)
    own = rate([text_of(one.tree) for one in systems])
    print(f"MiniLM, {SENTENCES} sentences: {own:,.0f} a second in batches")
    for spec in LANGUAGE.line_up[:3]:
        kappa(spec, systems[:1], domain=LANGUAGE, edits_per_expression=20)  # compiles
        sentence_model().known.clear()
        start = time.process_time()
        found = kappa(spec, systems[:count], domain=LANGUAGE, edits_per_expression=EDITS)
        seconds = time.process_time() - start
        edits = sum(len(one.distance) for one in found.measured)
        print(
            f"{spec:24s} {edits:7,} edits, {edits / seconds:7,.0f} a second, {edits / seconds / own:.2f} of its rate", flush=True
        )


if __name__ == "__main__":
    main()
