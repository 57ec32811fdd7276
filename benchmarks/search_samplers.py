"""Which sampler a search should have: hypervolumes of each over seeds, on one set of expressions, at an equal number of trials.

    python benchmarks/search_samplers.py FILE [SOURCE] [TRIALS] [SEEDS] [EDITS] [SAMPLER …]

By default the bank's flows, half of them searched on and half held out, 40 trials, seeds 0 to 9, 30 edits each. In short: `FILE
sample:8 24 2 20 gp tpe`. FILE keeps every measurement and every finished walk, one a line: killed at any moment, the same
command goes on. Printed are the tables of what FILE holds. Half an hour to an hour on one core, most of it Optuna's Gaussian
process.

The protocol, written before the first result:

- The objective is the search's own: mean κ, fidelity error, tokens, under the limits that the line-up sets. Expressions, halves
  and edits are those of seed 0 for all, so a representation is measured once for all samplers and seeds.
- Each sampler goes through the search's own `Trajectory`, in its batches, from the search's own start (the line-up, each codec
  and vocabulary at its default), to the same number of trials, seeded as `kappabar search --seed N` seeds it. Repeats cost no
  trial, as in a search. `random` has no start; beside it stand the start and random trials to the same number.
- Samplers: `gp` (Optuna's Gaussian process, with its defaults), `random`, `tpe` and `nsga2` (for orientation), and
  `gp_deterministic` where it is named: Optuna's told that objectives have no noise. Up to commit 7fb51f1 there was `effects`
  too, a Gaussian process of our own.
- The figure of merit is the hypervolume, a share of the box up to (1, 1, the line-up's most tokens), of the front that was chosen
  on the searched half: scored there, and scored on the half held out. Where the two disagree, held out decides. Both at the end
  and where half of the trials beyond the start are done.
- The decision, as it was written: `effects` stays if the 95 % Student interval over seeds of its difference to `gp`, paired by
  seed, held out, at the end, lies above 0. Beside it stands the exact two-sided sign-flip test. Else Optuna's takes its place.
  It did: `effects` 0.500, `gp` 0.544, 0.044 (0.005 to 0.083) more, p = 0.023, in 8 of 10 seeds. Another default has to pass the
  same test against `gp`.
- The price is the processor time of proposals, all but the measuring, per trial beyond the start, as a ratio to `gp`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from search import interval

from kappabar.evaluate.domains.line_up import LINE_UP
from kappabar.evaluate.search import trajectory
from kappabar.evaluate.search.data import Measurement, SearchData, build, measure_spec
from kappabar.evaluate.search.limits import Limits, limits_of
from kappabar.evaluate.search.objectives import DEFAULT
from kappabar.evaluate.search.pareto import front
from kappabar.evaluate.search.plan import SearchPlan
from kappabar.evaluate.search.result import points, share_of_box
from kappabar.evaluate.search.trajectory import Trajectory, plain
from kappabar.evaluate.search.trials import TrialStore, open_study
from kappabar.evaluate.streams import number
from kappabar.representations.representation import canonical
from kappabar.representations.space import space

SAMPLERS = ("gp", "random", "tpe", "nsga2")
DEFAULT_SAMPLER = "gp"
FROM_START = "random from the start"
Walk = tuple[str, ...]


@dataclass
class Kept:
    """What FILE holds: means per spec and half, and walks per sampler and seed. Measures what it lacks, as a search's workers
    do."""

    path: Path
    data: SearchData
    protocol: dict[str, Any]
    measured: dict[tuple[str, bool], Measurement] = field(default_factory=dict)
    walks: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    seconds: float = 0.0
    """Of the processor, spent measuring in this process."""

    def __post_init__(self) -> None:
        text = self.path.read_text("utf-8") if self.path.exists() else ""
        for line in text.splitlines():
            try:
                self._take(json.loads(line))
            except json.JSONDecodeError:
                continue  # what a kill left half-written: it is done again
        if not text:
            self._write({"protocol": self.protocol})
        elif not text.endswith("\n"):
            self.path.write_text(text + "\n", "utf-8")

    def _take(self, row: dict[str, Any]) -> None:
        if "protocol" in row and row["protocol"] != self.protocol:
            sys.exit(f"{self.path} was begun with {row['protocol']}, not with {self.protocol}; name another file")
        if "walk" in row:
            self.walks[row["sampler"], row["seed"]] = row
        if "means" in row:
            arrays = {c: np.array([np.nan if v is None else v]) for c, v in row["means"].items()}
            self.measured[row["spec"], row["held"]] = Measurement(row["spec"], arrays, reason=row["reason"])

    def _write(self, row: dict[str, Any]) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
        self._take(row)

    def measure(self, specs: Sequence[str], held: bool) -> Iterator[Measurement]:
        for spec in specs:
            if (spec, held) not in self.measured:
                start = time.process_time()
                found = measure_spec(self.data, spec, held)
                means = {c: None if np.isnan(v := found.value(c)) else v for c in found.arrays}
                self._write({"spec": spec, "held": held, "means": means, "reason": found.reason})
                self.seconds += time.process_time() - start
            yield self.measured[spec, held]

    def all(self, specs: Sequence[str], held: bool) -> list[Measurement]:
        return list(self.measure(specs, held))


@dataclass(frozen=True)
class Comparison:
    kept: Kept
    start: Walk
    limits: Limits
    trials: int
    seeds: int
    references: tuple[tuple[float, ...], tuple[float, ...]]
    """The box's far corner on the searched half, and held out."""

    def walk(self, sampler: str, seed: int) -> None:
        """Walk once, unless FILE has it, and measure on the half held out what `volumes` asks for."""
        if (sampler, seed) not in self.kept.walks:
            place = space("ode")
            memory = TrialStore(open_study(None, None, "s", {}, len(DEFAULT)), place, DEFAULT, {})
            stream = number(seed, "baseline" if sampler == "random" else "search") >> 32
            warm = () if sampler == "random" else self.start
            way = Trajectory(place, DEFAULT, sampler, stream, warm, self.limits)
            begun, measuring = time.process_time(), self.kept.seconds
            specs = [asked.spec for asked, _ in way.walk(self.trials, memory, self.kept)]
            spent = time.process_time() - begun - (self.kept.seconds - measuring)
            self.kept._write({"sampler": sampler, "seed": seed, "walk": specs, "seconds": spent})
        print(sampler, seed, *(f"{v:.4f}" for v in self.volumes(tuple(self.kept.walks[sampler, seed]["walk"]))), flush=True)

    def volumes(self, walk: Walk) -> tuple[float, float, float, float]:
        """Held out and searched at the end, then held out and searched at half of the trials beyond the start."""
        half = len(self.start) + (self.trials - len(self.start)) // 2
        at_end, halfway = self._volume(walk), self._volume(walk[:half])
        return *at_end, *halfway

    def _volume(self, specs: Walk) -> tuple[float, float]:
        rows = [m for m in self.kept.all(list(dict.fromkeys(specs)), False) if self.limits.allows(m)]
        best = [rows[i] for i in front(points(rows, DEFAULT))]
        held = self.kept.all([m.spec for m in best], True)
        return share_of_box(held, DEFAULT, self.references[1]), share_of_box(best, DEFAULT, self.references[0])

    def table(self) -> None:
        """Volumes of every sampler that has all seeds, and the default's less theirs."""
        walks = {
            s: [tuple(self.kept.walks[s, seed]["walk"]) for seed in range(self.seeds)]
            for s in dict.fromkeys(name for name, _ in self.kept.walks)
            if all((s, seed) in self.kept.walks for seed in range(self.seeds))
        }
        if "random" in walks:
            walks[FROM_START] = [(*self.start, *w[: self.trials - len(self.start)]) for w in walks["random"]]
        volumes = {name: np.array([self.volumes(w) for w in those]) for name, those in walks.items()}
        alone = self.volumes(self.start)
        for i, what in enumerate(("held out", "searched", "held out, halfway", "searched, halfway")):
            print(f"\n{what}: hypervolume, mean and 95 % interval over {self.seeds} seeds; the start alone {alone[i]:.4f}")
            for name, those in volumes.items():
                line = f"  {name}: {interval(those[:, i].tolist())}"
                if name != DEFAULT_SAMPLER and DEFAULT_SAMPLER in volumes:
                    more = volumes[DEFAULT_SAMPLER][:, i] - those[:, i]
                    less = f"{DEFAULT_SAMPLER} less it {interval(more.tolist())}"
                    line += f"; {less}, p {flipped(more):.4f}, larger in {(more > 0).sum()} of {len(more)}"
                print(line)
        self._prices(walks)

    def _prices(self, walks: dict[str, list[Walk]]) -> None:
        prices = {s: sum(self.kept.walks[s, seed]["seconds"] for seed in range(self.seeds)) for s in walks if s != FROM_START}
        if DEFAULT_SAMPLER in prices:
            print("\nprice of proposals: " + ", ".join(f"{s} {p / prices[DEFAULT_SAMPLER]:.2f}" for s, p in prices.items()))


def flipped(differences: Sequence[float] | np.ndarray) -> float:
    """p of the exact two-sided sign-flip test that the mean is 0."""
    signs = np.array(list(product((-1.0, 1.0), repeat=len(differences))))
    means = np.abs(signs @ np.asarray(differences))
    return float((means >= abs(sum(differences)) * (1 - 1e-12)).mean())


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    words = sys.argv[2:]
    source = words[0] if words else "bank"
    trials, seeds, edits = (int(words[i]) if len(words) > i else default for i, default in ((1, 40), (2, 10), (3, 30)))
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    trajectory.MAKERS["gp_deterministic"] = lambda way: optuna.samplers.GPSampler(seed=way.seed, deterministic_objective=True)
    data = build(SearchPlan(data=(source,), objectives=DEFAULT, metric="bounded-l2", edits_per_expression=edits))
    kept = Kept(Path(sys.argv[1]), data, {"source": source, "trials": trials, "edits": edits})
    line_up = tuple(canonical(spec) for spec in LINE_UP)
    start = plain(space("ode"), line_up)
    begun, held = kept.all(line_up, False), kept.all(line_up, True)
    limits = limits_of([m for m in begun if m.spec in start], None, None)
    searched_corner, held_corner = ((1.0, 1.0, max(m.value("tokens") for m in rows)) for rows in (begun, held))
    comparison = Comparison(kept, start, limits, trials, seeds, (searched_corner, held_corner))
    print(f"{len(data.searched)} and {len(data.held_out)} expressions; limits: {limits}; a start of {len(start)}", flush=True)
    chosen = words[4:] or list(SAMPLERS)
    for seed in range(seeds):
        for sampler in chosen:
            comparison.walk(sampler, seed)
    comparison.table()


if __name__ == "__main__":
    main()
