"""How many seeds a study of the semantics dial takes, by simulation, and how far its families turn κ̄.

    python benchmarks/dial_semantics_power.py [RUNS]

First, by family and level: κ̄ over substitutions of a coefficient's tokens, Q of the exact posterior's best answers, of draws
from it and of an expression at random. Then simulated learners write expressions of the families, their errors are planted as a
model's are, and trainings of one level differ besides by a standard deviation of 0.01 to 0.04 of attainable Q: for 2, 3, … seeds
the share of simulated studies that end as they should, where Q falls by 0.02 for 0.1 of κ̄ beyond the controls ("supported") and
where nothing is lost ("equivalent to nothing"), the share of "supported" of learners that depend on the mechanics of φ alone, and
what becomes of draws from the posterior, exact and blurred, most often. Half an hour at 200 runs.
"""

from __future__ import annotations

import sys

import numpy as np

from kappabar.evaluate.dials.code.codes import Shape
from kappabar.evaluate.dials.semantics.families import FAMILIES
from kappabar.evaluate.dials.semantics.judging import judged
from kappabar.evaluate.dials.semantics.power import LEARNERS, Ground, grounds, shares, simulated
from kappabar.evaluate.quality.task.task import TaskConfig

SPREADS = (0.01, 0.02, 0.03, 0.04)
SEEDS = (2, 3, 4, 5, 6)
TESTS = 400


def shown(name: str, levels: list[Ground]) -> None:
    print(f"{name}: horizon, κ̄, attainable, posterior, any")
    for horizon, one in zip(next(f for f in FAMILIES if f.name == name).levels, levels, strict=True):
        print(f"  {horizon:5g} {one.kappa:.3f} {one.attainable:.4f} {one.posterior:.4f} {float(one.q.mean()):.4f}", flush=True)


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    families = [grounds(family, Shape(4, 3), TaskConfig(n_test=TESTS)) for family in FAMILIES]
    for family, levels in zip(FAMILIES, families, strict=True):
        shown(family.name, levels)
    rng = np.random.default_rng(0)
    for one in LEARNERS:
        slope = judged(simulated(families, one, 0.0, 20, rng))
        if slope is not None:
            print(f"{one.name}: {slope.value / 10:+.4f} for 0.1 of κ̄, standard error of 20 seeds {slope.error / 10:.4f}")
    print("seeds, spread; supported by κ̄; equivalent where nothing; supported by mechanics, at most; draws from the posterior")
    for seeds in SEEDS:
        for spread in SPREADS:
            found = {one.name: shares(families, one, spread, seeds, runs) for one in LEARNERS}
            wrong = max(found[one.name]["supported"] for one in LEARNERS if one.says == "")
            right, nothing = found["kappa"]["supported"], found["nothing"]["equivalent to nothing"]
            told = {name: max(found[name].items(), key=lambda pair: pair[1]) for name in ("posterior", "blurred")}
            ends = ", ".join(f"{name} {share:.2f} {outcome}" for name, (outcome, share) in told.items())
            print(f"{seeds} {spread:.2f}   {right:.3f}   {nothing:.3f}   {wrong:.3f}   {ends}", flush=True)


if __name__ == "__main__":
    main()
