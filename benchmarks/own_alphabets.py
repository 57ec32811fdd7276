"""Are alphabets of one's own first class? The Boolean one of the examples and one with other fixities, beside arithmetic.

    python benchmarks/own_alphabets.py [walks, default 10000]

For every notation and some wrappers: walks under the grammar, and how many of them decode; and how fast edits of a formula are
decoded in bulk, as a ratio to `prefix | digits:3` on equations of about as many tokens, one after the other in this process. Some
minutes.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kappabar.grammars.errors import KappabarError
from kappabar.grammars.operators import BUILT_IN, Operator, Operators
from kappabar.grammars.tree import Node, number, system, variable
from kappabar.representations.representation import Representation, representation
from kappabar.tokenizers.languages.catalog import language
from kappabar.tokenizers.languages.grammar import Shape
from kappabar.tokenizers.languages.masked_rows import MaskedRows, Masks
from kappabar.tokenizers.languages.tables import compiled
from kappabar.tokenizers.machines.decode import bulk_decoder

sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))
FIXITIES = Operators(
    (
        Operator("up", 1, "postfix", 9),
        Operator("~", 1, "prefix", 7),
        Operator("@", 2, "infix-right", 5),
        Operator("&", 2, "infix", 3),
        Operator("pair", 2, "call"),
        Operator("c", 0),
    ),
    numbers=False,
)
NOTATIONS = ("prefix", "postfix", "tree", "rules", "infix", "infix | chars", "sexpr", "bracketed", "nary", "dag")
WRAPPED = ("prefix | macros:4", "rules | bpe:64", "prefix | unigram:32", "prefix | patches:32,2")
VARIABLES, ROOM, REPEATS = 3, 40, 5


def some(alphabet: Operators, n: int, seed: int = 0) -> list[Node]:
    """Random trees of some dozen operators."""
    rng = np.random.default_rng(seed)
    rows = [row for row in alphabet.rows if row.arity]

    def tree(left: int) -> Node:
        if left < 1:
            numbered = alphabet.numbers and rng.random() < 0.4
            return number(round(float(rng.normal()), 2)) if numbered else variable(int(rng.integers(VARIABLES)))
        row = rows[int(rng.integers(len(rows)))]
        return Node(row.symbol, tuple(tree((left - 1) // row.arity) for _ in range(row.arity)))

    return [system(tree(int(rng.integers(20, 50)))) for _ in range(n)]


def walked(r: Representation, n: int) -> int:
    """How many of n walks decode."""
    shape, rng = Shape(1, VARIABLES), np.random.default_rng(0)
    rows = MaskedRows(Masks(compiled(language(r.tokenizer, [shape])), 1), [shape] * n, ROOM)
    ids: list[list[int]] = [[] for _ in range(n)]
    running = np.ones(n, np.bool_)
    while running.any():
        allowed = rows.allowed()
        chosen = (rng.random(allowed.shape) * allowed).argmax(axis=1) - 1
        for i in np.flatnonzero(running & (chosen >= 0)):
            ids[i].append(int(chosen[i]))
        running &= chosen >= 0
        rows.take(chosen)
    return sum(isinstance(r.decode(row), Node) for row in ids)


def rate(r: Representation, trees: Sequence[Node]) -> float:
    """Substitutions and insertions decoded in bulk per second of one core; 0 where there is no machine. An expression costs some
    0.2 ms whatever its edits, so small neighborhoods are slower by the edit."""
    decoder = bulk_decoder(r.tokenizer)
    if decoder is None:
        return 0.0
    jobs = []
    for tree in trees:
        ids, size = r.encode(tree), len(r.vocabulary)
        at = np.repeat(np.arange(len(ids), dtype=np.int32), size)
        tokens = np.tile(np.arange(size, dtype=np.int32), len(ids))
        jobs.append((ids, np.tile(at, 2), np.concatenate([at + 1, at]), np.tile(tokens, 2)))
    best = float("inf")
    for _ in range(REPEATS):
        start = time.process_time()
        for job in jobs:
            decoder.decode(*job)
        best = min(best, time.process_time() - start)
    return sum(len(at) for _, at, _, _ in jobs) / best


def main() -> None:
    from boolean import OPERATORS

    n = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    arithmetic = some(BUILT_IN, 60)
    plain = representation("prefix | digits:3", "function", arithmetic, closed=False)
    for name, alphabet in (("boolean", OPERATORS), ("fixities", FIXITIES)):
        trees = some(alphabet, 60)
        for spec in (*NOTATIONS, *WRAPPED):
            try:
                r = representation(spec, name, trees, closed=False, operators=alphabet)
                print(f"{name:9s} {spec:22s} {walked(r, n):6d} of {n} walks decode", end="", flush=True)
                print(f"; edits at {rate(r, trees) / rate(plain, arithmetic):.2f} of prefix | digits:3", flush=True)
            except KappabarError as error:
                print(f"{name:9s} {spec:22s} refused: {error}", flush=True)


if __name__ == "__main__":
    main()
