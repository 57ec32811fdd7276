"""How fast κ is, as ratios measured in this one process on the same edits.

    python benchmarks/edits.py [edits per expression of the plain way, default 1500]

Systems: ODEBench's three-dimensional ones where its file is at hand (`../shared/data/odebench`), else the bank's. Three figures:
edits per second with every neighborhood enumerated, and how that compares with the engine's own rate on the valid ones; the fast
way against the plain one (one object per edit, each decoded and lowered by itself) on the same edits, with equal results; and
text notations against prefix.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.metrics import metric
from kappabar.evaluate.domains.sources import load
from kappabar.evaluate.edits.token import TokenEdits
from kappabar.evaluate.kappa import measure as steps
from kappabar.evaluate.kappa.kappa import measure_all
from kappabar.representations.representation import representation
from kappabar.tokenizers.machines.decode import bulk_decoder

ODEBENCH = Path(__file__).parents[2] / "shared" / "data" / "odebench" / "odebench.json"
ODE, BOUNDED = domain("ode"), metric("bounded-l2")


def main() -> None:
    limit = int(sys.argv[1]) if len(sys.argv) > 1 else 1500
    systems = load([str(ODEBENCH)] if ODEBENCH.exists() else ["bank"]).systems
    cubes = [s for s in systems if s.dim == 3]
    print(f"{len(cubes)} systems of dimension 3 from {'ODEBench' if ODEBENCH.exists() else 'the bank'}")
    rates = {spec: enumerate_all(spec, systems, cubes) for spec in ("prefix | digits:3", "infix | chars | bpe:512")}
    first, second = rates.values()
    print(f"infix | bpe at {second / first:.2f} of prefix")
    for spec in rates:
        against_plain(spec, systems, cubes, limit)


def enumerate_all(spec, corpus, systems):
    """Edits per second, every neighborhood enumerated; and the engine's own rate, on the valid ones alone, right after."""
    chosen = representation(spec, corpus=corpus)
    measure_all(
        chosen, systems[:1], ODE, BOUNDED, TokenEdits(), invalid="exclude", edits_per_expression=200
    )  # kernels loaded, lanes warm
    kept = []
    simulate = steps._forest_moved

    def keeping(*arguments):
        kept.append(arguments)
        return simulate(*arguments)

    steps._forest_moved = keeping
    try:
        start, busy = time.perf_counter(), time.process_time()
        found = measure_all(chosen, systems, ODE, BOUNDED, TokenEdits(), invalid="exclude", edits_per_expression=None)
        wall, busy = time.perf_counter() - start, time.process_time() - busy
    finally:
        steps._forest_moved = simulate
    start = time.perf_counter()
    for arguments in kept:
        simulate(*arguments)
    alone = time.perf_counter() - start
    n, valid = (sum(getattr(m, name) for m in found.measured) for name in ("n_edits", "n_valid"))
    print(f"{spec}: {n:,} edits, {valid:,} valid, {n / wall:,.0f} edits/s by wall, {n / busy:,.0f} per core-second")
    print(f"    valid edits at {alone / wall:.2f} of the engine's own rate")
    print(f"    unresolved: {found.count('unresolved') / max(valid, 1):.1%} of the valid")
    return n / wall


def against_plain(spec, corpus, systems, limit):
    """Both ways on the same edits, by processor time: equal results, and how many times faster."""
    chosen = representation(spec, corpus=corpus)
    decoder = bulk_decoder(chosen.tokenizer)
    busy = {"fast": 0.0, "plain": 0.0}
    for i, system in enumerate(systems):
        pair = {}
        for way, used in (("plain", None), ("fast", decoder)):
            start = time.process_time()
            pair[way] = steps.measure(
                chosen, system, ODE, BOUNDED, TokenEdits(), limit=limit, rng=np.random.default_rng(i), decoder=used
            )
            busy[way] += time.process_time() - start
        same = np.array_equal(pair["plain"].distance, pair["fast"].distance, equal_nan=True)
        if not same or list(pair["plain"].reasons) != list(pair["fast"].reasons):
            raise SystemExit(f"the two ways disagree on {system.name}")
    print(f"{spec}: fast way {busy['plain'] / busy['fast']:.1f} times the plain one, simulation included; equal results")
    decode_only(chosen, decoder, systems[0], limit)


def decode_only(chosen, decoder, system, limit):
    """Decoding alone, without simulation."""
    ids = chosen.encode(system)
    found = TokenEdits().token_steps(ids, len(chosen.vocabulary), limit, np.random.default_rng(0))
    start = time.process_time()
    for _ in range(5):
        decoder.decode(ids, found.positions, found.ends, found.tokens)
    fast = (time.process_time() - start) / 5
    start = time.process_time()
    TokenEdits().neighborhood(chosen, system.tree, limit, np.random.default_rng(0))
    plain = time.process_time() - start
    n = len(found.positions)
    print(f"    decoding alone: {fast / n * 1e6:.2f} µs an edit against {plain / n * 1e6:.1f}: {plain / fast:.0f} times")


if __name__ == "__main__":
    main()
