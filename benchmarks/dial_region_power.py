"""How many seeds a study of the region dial takes, by simulation.

    python benchmarks/dial_region_power.py [RUNS]

Expressions have a size, and a distance to training, that go with their κ(s); what needs no model has slopes of its own. Slopes
of trainings differ by a standard deviation of 0.05 to 0.2 besides. For 4, 6, … seeds, each of two tasks of 750 tests that three
representations learn: the standard error of what is beyond a control, as pilots show it; the share of simulated studies that end
as they should, where q falls by 0.02 for 0.1 of κ(s) beyond the steepest control ("supported") and where it does not ("equivalent
to nothing"); and the largest share of "supported" among learners that depend on something else. Ten minutes at 200 runs.
"""

from __future__ import annotations

import sys

from kappabar.evaluate.dials.region.power import LEARNERS, Size, shares

SPREADS = (0.05, 0.1, 0.2)
SEEDS = (4, 6, 8, 10)


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print("seeds, spread; standard error; supported by κ(s); equivalent where nothing; supported by anything else, at most")
    for seeds in SEEDS:
        for spread in SPREADS:
            found = {one.name: shares(one, spread, Size(seeds), runs) for one in LEARNERS}
            wrong = max(found[one.name]["supported"] for one in LEARNERS if one.says != "supported")
            right, nothing = found["kappa"]["supported"], found["nothing"]["equivalent to nothing"]
            error = found["nothing"]["error"]
            print(f"{seeds} {spread:.2f}   {error:.3f}   {right:.3f}   {nothing:.3f}   {wrong:.3f}", flush=True)


if __name__ == "__main__":
    main()
