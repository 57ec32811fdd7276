"""Are decisions right on real trainings? A representation against itself with its tokens renumbered, equal by construction.

    python benchmarks/renumbered.py FOLDER [rounds, default 12] [domain, default function] [budget, default quick] [own]

`own`: trainings as long as those of rounds on a file of one's own.

Other numbers are other rows of the embedding table, so other initial weights: both trainings of a round differ by chance alone.
Every round has a task of its own, as in `compare --rounds`. Each training's Q is kept in FOLDER as it is done, and a run that was
stopped goes on. Then the rounds are drawn anew 200 times, with repetition, and in each of these runs which of the two is which is
drawn for every round: under that, as many as 5 % may end *better* or *worse*. Without the second draw the sample's own mean
difference stays in all of them, so that share is printed beside it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from statistics import fmean

import numpy as np

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.quality.measures.quality import QualityConfig, quality
from kappabar.evaluate.quality.model.precision import one_thread
from kappabar.evaluate.quality.task.task import build_task
from kappabar.evaluate.quality.training.presets import preset
from kappabar.evaluate.quality.training.train import train
from kappabar.evaluate.statistics.sequential import decide
from kappabar.evaluate.streams import number as stream
from kappabar.grammars.tree import Node
from kappabar.representations.representation import Representation, representation
from kappabar.tokenizers.base import Invalid, Token, Tokenizer, Vocabulary

SPEC, MARGIN, RUNS = "prefix | digits:3", 0.02, 200


@dataclass(frozen=True)
class Renumbered:
    """A tokenizer whose tokens have other numbers. `old`: of each new one."""

    base: Tokenizer
    old: tuple[int, ...]

    @cached_property
    def new(self) -> dict[int, int]:
        return {old: new for new, old in enumerate(self.old)}

    @cached_property
    def vocabulary(self) -> Vocabulary:
        of = self.base.vocabulary
        return Vocabulary(tuple(of.tokens[i] for i in self.old), tuple(of.classes[i] for i in self.old))

    def tokenize(self, tree: Node) -> list[Token]:
        return self.base.tokenize(tree)

    def encode(self, tree: Node) -> list[int]:
        return [self.new[i] for i in self.base.encode(tree)]

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        return self.base.decode([self.old[i] for i in ids])


def trained_quality(place: str, budget: str, own: bool, number: int, both: Sequence[int]) -> dict[int, float]:
    """Q of the round's trainings: 0 with the tokens' own numbers, 1 with others."""
    sizes = preset(budget).for_rounds(own)
    task = build_task(domain(place), sizes.task, stream(0, "round", number) if number else 0)
    plain = representation(SPEC, place, corpus=list(task.train.systems), closed=task.domain.closed)
    order = np.random.default_rng(1).permutation(len(plain.vocabulary)).tolist()
    sides: list[Representation] = [plain, replace(plain, tokenizer=Renumbered(plain.tokenizer, tuple(order)))]
    seed, found = stream(0, "training", number), {}
    for side in both:
        with one_thread():
            model = train(task, sides[side], sizes.model, sizes.train, seed)
            rows = quality(task, sides[side], model, QualityConfig(constrained=False, choices=0), seed).rows
        found[side] = fmean(row["q"] for row in rows)
    return found


def outcomes(means: np.ndarray, swap: bool) -> dict[str, float]:
    """The share of runs, drawn anew from the rounds, that end in each outcome."""
    rng, counts = np.random.default_rng(0), dict.fromkeys(("better", "worse", "equal", "open"), 0)
    for _ in range(RUNS):
        drawn = means[rng.integers(0, len(means), len(means))]
        if swap:
            drawn = np.where(rng.random((len(drawn), 1)) < 0.5, drawn, drawn[:, ::-1])
        counts[decide(drawn, MARGIN, len(means))[0].outcome] += 1
    return {name: count / RUNS for name, count in counts.items()}


def main() -> None:
    folder, *given = sys.argv[1:]
    rounds, place, budget, *more = [*given, *("12", "function", "quick")[len(given) :]]
    path = Path(folder) / f"renumbered-{'-'.join([place, budget, *more])}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    known: dict[str, float] = json.loads(path.read_text()) if path.exists() else {}
    for number in range(int(rounds)):
        missing = [side for side in (0, 1) if f"{number}/{side}" not in known]
        for side, q in trained_quality(place, budget, "own" in more, number, missing).items() if missing else ():
            known[f"{number}/{side}"] = q
        path.write_text(json.dumps(known, indent=1))
        print(f"round {number + 1}: {known[f'{number}/0']:.4f} and {known[f'{number}/1']:.4f}", flush=True)
    means = np.array([[known[f"{n}/{side}"] for side in (0, 1)] for n in range(int(rounds))])
    d = means[:, 0] - means[:, 1]
    apart, own = d.std(ddof=1), means.std(axis=0, ddof=1).round(4)
    print(f"mean difference {d.mean():+.4f}, standard deviation in a round {apart:.4f}, of each side {own}")
    print(f"decided by these rounds as they are: {decide(means, MARGIN, len(means))[0].outcome}")
    print(f"drawn anew, sides drawn: {outcomes(means, swap=True)}; sides as they are: {outcomes(means, swap=False)}")


if __name__ == "__main__":
    main()
