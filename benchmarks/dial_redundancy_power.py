"""How many trainings the redundancy dial needs: `python benchmarks/dial_redundancy_power.py [RUNS]`.

By trainings a level and by how much trainings of one level differ (standard deviation of normalized Q), over the levels
themselves: the share of simulated studies that end as they should, where Q falls by 0.02 for 0.1 of κ̄ ("supported") and where it
does not ("equivalent to nothing"), and the largest share of "supported" among learners that depend on something else.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from kappabar.evaluate.dials.code.values import OnValues, moved
from kappabar.evaluate.dials.redundancy.design import Design
from kappabar.evaluate.dials.redundancy.power import LEARNERS, planned, shares
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.sources import sample_systems
from kappabar.grammars.draw.sampler import sampler

SPREADS = (0.02, 0.03, 0.04, 0.05)
TRAININGS = (1, 2, 3, 4)


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    design = Design(1, 1)
    drawn = replace(domain("function"), sampler=OnValues(sampler("function"), design.drawn))
    distance = moved(drawn, sample_systems(drawn, 100, 1), design.values).distance
    print("trainings a level, in all, spread; supported by κ̄; equivalent where nothing; supported by anything else, at most")
    for trainings in TRAININGS:
        plan = planned(Design(trainings, 1), distance)
        for spread in SPREADS:
            found = {one.name: shares(plan, one, spread, runs) for one in LEARNERS}
            wrong = max(found[one.name]["supported"] for one in LEARNERS if one.says != "supported")
            right, nothing = found["kappa"]["supported"], found["nothing"]["equivalent to nothing"]
            print(f"{trainings:3d} {len(plan):4d} {spread:.2f}   {right:.3f}   {nothing:.3f}   {wrong:.3f}", flush=True)


if __name__ == "__main__":
    main()
