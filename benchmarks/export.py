"""What merging costs beside raw Hugging Face: our batch encoding against `encode_batch` on the same texts, in turns.

    TOKENIZERS_PARALLELISM=false python benchmarks/export.py [EXPRESSIONS [TURNS]]

With that variable as here, one thread is timed, in seconds of the processor, which other work on the machine hardly moves;
without it, all cores, in seconds of the clock.

"raw, compact" is `encode_batch` of the library's own model on the same sequences, one character per base token, with the ids it
gives. "raw, readable" is `encode_batch` of the exported `tokenizer.json` on the texts of `to_texts`; for `infix | chars` these
are the same characters in ASCII, which the library takes faster. Ours: base ids to merged ids in one call, and the whole way from
trees. Texts a second, by the best turn; every turn begins with new tokenizers, as the library keeps what it has encoded. Ids are
compared first.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

import numpy as np
from tokenizers import Tokenizer

from kappabar.grammars.draw.sampler import sampler
from kappabar.representations.fast_tokenizer import fast_tokenizer
from kappabar.representations.representation import representation
from kappabar.representations.texts import to_texts
from kappabar.tokenizers.wrappers.subword import Subword

SPECS = ("infix | chars | bpe:512", "prefix | digits:3 | bpe:512", "tree | digits:3 | bpe:512", "prefix | digits:3 | unigram:512")
FIT = 1000

Ids = list[list[int]]


def fastest(makers: dict[str, Callable[[], Callable[[], Ids]]], turns: int) -> dict[str, float]:
    """Seconds of the best turn of each. Making a job is not timed."""
    clock = time.process_time if os.environ.get("TOKENIZERS_PARALLELISM") == "false" else time.perf_counter
    best = dict.fromkeys(makers, float("inf"))
    for _ in range(turns):
        for name, make in makers.items():
            job = make()
            start = clock()
            job()
            best[name] = min(best[name], clock() - start)
    return best


def batch(model: str, texts: list[str]) -> Callable[[], Ids]:
    engine = Tokenizer.from_str(model)
    return lambda: [e.ids for e in engine.encode_batch(texts)]


def measure(spec: str, count: int, turns: int) -> None:
    rng, source = np.random.default_rng(0), sampler("ode")
    trees = [source.draw(rng).tree for _ in range(count)]
    ours = representation(spec, corpus=trees[:FIT], extra=trees)
    tokenizer = ours.tokenizer
    if not isinstance(tokenizer, Subword):
        raise SystemExit(f"{spec} has no merges")
    base, saved = tokenizer.base, tokenizer.to_json()
    written = [base.encode(tree) for tree in trees]
    first = ord(min(text for text in Tokenizer.from_str(tokenizer.model).get_vocab() if len(text) == 1))
    compact = ["".join([chr(first + i) for i in ids]) for ids in written]
    readable, exported = list(to_texts(ours, trees)), fast_tokenizer(tokenizer).to_str()

    def merging() -> Callable[[], Ids]:
        again = Subword.from_json(base, saved)
        return lambda: again.merge_many(written)

    def encoding() -> Callable[[], Ids]:
        again = Subword.from_json(base, saved)
        return lambda: again.encode_many(trees)

    makers: dict[str, Callable[[], Callable[[], Ids]]] = {
        "raw, compact": lambda: batch(tokenizer.model, compact),
        "raw, readable": lambda: batch(exported, readable),
        "ours, of base ids": merging,
        "ours, of trees": encoding,
    }
    expected = [ours.encode(tree) for tree in trees]
    wrong = {name: sum(a != b for a, b in zip(make()(), expected, strict=True)) for name, make in makers.items()}
    best = fastest(makers, turns)
    print(f"\n{spec}: {count:,} expressions, {sum(map(len, written)) / count:.1f} base tokens, {len(tokenizer.vocabulary)} ids")
    for name, seconds in best.items():
        ratios = (best[raw] / seconds for raw in ("raw, compact", "raw, readable"))
        told = "   ".join(f"{ratio:5.2f}" for ratio in ratios)
        print(f"  {name:18} {count / seconds:12,.0f} texts/s   x compact, x readable: {told}   other ids: {wrong[name]}")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    turns = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    for spec in SPECS:
        measure(spec, count, turns)


if __name__ == "__main__":
    main()
