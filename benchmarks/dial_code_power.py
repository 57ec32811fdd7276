"""How many trainings a study of the code dial takes, by simulation.

    python benchmarks/dial_code_power.py [RUNS]

Tables are drawn as a study's are, and levels of κ̄ measured on systems of `function` whose coefficients are drawn among the code's
values. Trainings of one level differ in normalized Q by a standard deviation of 0.02 to 0.05. For 3, 4, … trainings of each of 13
levels: the share of simulated studies that end as they should, where Q falls by 0.02 for 0.1 of κ̄ ("supported") and where it does
not ("equivalent to nothing"), and the largest share of "supported" among learners that depend on something else. Twenty minutes.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from kappabar.evaluate.dials.code.design import Design, planned
from kappabar.evaluate.dials.code.power import LEARNERS, shares
from kappabar.evaluate.dials.code.values import OnValues, moved
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.sources import sample_systems
from kappabar.grammars.draw.sampler import sampler

SPREADS = (0.02, 0.03, 0.04, 0.05)
TRAININGS = (3, 4, 5, 6, 8, 10)


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    values = Design(1, 1).values
    drawn = replace(domain("function"), sampler=OnValues(sampler("function"), values))
    distance = moved(drawn, sample_systems(drawn, 100, 1), values).distance
    print("trainings a level, in all, spread; supported by κ̄; equivalent where nothing; supported by anything else, at most")
    for trainings in TRAININGS:
        plan = [p for p in planned(Design(trainings, 0), distance) if p.level.role == "main"]
        for spread in SPREADS:
            found = {one.name: shares(plan, one, spread, runs) for one in LEARNERS}
            wrong = max(found[one.name]["supported"] for one in LEARNERS if one.says != "supported")
            right, nothing = found["kappa"]["supported"], found["nothing"]["equivalent to nothing"]
            print(f"{trainings:3d} {len(plan):4d} {spread:.2f}   {right:.3f}   {nothing:.3f}   {wrong:.3f}", flush=True)


if __name__ == "__main__":
    main()
