"""Best of k by observed error: a model's k samples against the k nearest known systems, at equal calls of φ.

    python benchmarks/best_of_k.py function|ode [budget, default quick] [representation, default "prefix | digits:3"] [seed]

Both choose alike: of k expressions the one whose simulation is nearest to the noisy observation (`measures/choose`). Retrieval
has the k training systems whose observations are nearest, the model k samples at temperature 1 after its greedy one. Prints, for
each k, Q and the shares within 10 % and 2 % of the true behavior, with the paired difference and its 95 % interval over test
behaviors (one training: what the next would give is not in it).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.quality.decoding.decode import sample
from kappabar.evaluate.quality.measures.choose import best_of, observed_errors
from kappabar.evaluate.quality.measures.quality import decoded, length_limit
from kappabar.evaluate.quality.model.precision import one_thread
from kappabar.evaluate.quality.task.outcomes import SampleOutcome, score
from kappabar.evaluate.quality.task.split import nearest_rows
from kappabar.evaluate.quality.task.task import Task, build_task
from kappabar.evaluate.quality.training.presets import preset
from kappabar.evaluate.quality.training.train import train
from kappabar.evaluate.statistics.intervals import paired_difference
from kappabar.evaluate.streams import number as stream
from kappabar.grammars.tree import Node
from kappabar.representations.representation import representation
from kappabar.tokenizers.base import Invalid

MOST = 64
FIGURES = {"Q": lambda o: o.q, "within 10 %": lambda o: o.relative_l2 <= 0.1, "within 2 %": lambda o: o.relative_l2 <= 0.02}

Pool = Sequence[Sequence[Node | Invalid]]


def retrieved(task: Task) -> Pool:
    """The MOST nearest training systems of each test behavior, nearest first: (MOST, items)."""
    asked = task.observations(task.test, "test-noise")
    seen = task.observations(task.train, "retrieval-noise")
    rows = nearest_rows(seen, asked, task.train.curves, task.test.curves, MOST)
    return [[task.train.systems[int(i)].tree for i in column] for column in rows.T]


def sampled(task: Task, spec: str, budget: str, seed: int) -> Pool:
    """The greedy expression of each test behavior, then MOST - 1 at temperature 1: (MOST, items)."""
    import torch

    sizes = preset(budget)
    chosen = representation(spec, task.domain.name, corpus=list(task.train.systems), closed=task.domain.closed)
    pool = []
    with one_thread():
        trained = train(task, chosen, sizes.model, sizes.train, seed)
        asked = task.observations(task.test, "test-noise")
        for draw in range(MOST):
            generator = torch.Generator().manual_seed(stream(seed, "choices", draw))
            heat = {"temperature": 1.0, "generator": generator} if draw else {}
            pool.append(decoded(chosen, sample(trained.model, asked, length_limit(trained.max_length), **heat)))
    return pool


def chosen(task: Task, pool: Pool) -> dict[int, list[SampleOutcome]]:
    """For each k the outcomes of what is nearest to the observation among the first k."""
    observed = task.observed(task.test, "test-noise")
    errors = np.array([observed_errors(task.domain, task.items, trees, observed) for trees in pool])
    outcomes = [score(task.domain, task.items, trees) for trees in pool]
    # The earlier one where two fit alike: the greedy one, the nearest one.
    best = best_of(errors, -np.arange(len(pool))[:, None] * np.ones_like(errors))
    return {k: [outcomes[int(s)][i] for i, s in enumerate(row)] for k, row in zip(best.counts, best.samples, strict=True)}


def main() -> None:
    given = sys.argv[1:]
    name, budget, spec, seed = [*given, *("ode", "quick", "prefix | digits:3", "0")[len(given) :]]
    task = build_task(domain(name), preset(budget).for_rounds().task, int(seed))
    ours, theirs = chosen(task, sampled(task, spec, budget, int(seed))), chosen(task, retrieved(task))
    print(f"{name}, {spec}, budget {budget}, {len(task.items)} test behaviors, {len(task.train)} training systems")
    for k in ours:
        for figure, of in FIGURES.items():
            model, known = (np.array([of(o) for o in side[k]], float) for side in (ours, theirs))
            apart = paired_difference(model, known)
            means = f"model {model.mean():.3f}  retrieval {known.mean():.3f}"
            print(f"  k = {k:2d}  {figure:11s} {means}  difference {apart.value:+.3f} ({apart.low:+.3f} to {apart.high:+.3f})")


if __name__ == "__main__":
    main()
