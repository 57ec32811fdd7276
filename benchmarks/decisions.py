"""What rounds of trainings decide, and how often wrongly, in runs that are simulated from how much trainings really differ.

    python benchmarks/decisions.py [RUNS] [ROUNDS] [SPREAD=…]

Q of a training is normal about its representation's. Two domains, with the variances of the committed study's trainings (14
representations, three seeds each): what is left of Q when each training's round and representation are taken out, 0.027 on `ode`
and 0.044 on `function`. Representations differ in it, by factors e^(0.5 z), z normal, or not at all, or one differs four times as
much as the others; or one is late at times: in a quarter of its trainings it is twelve times that behind, and ahead in the others
by as much as makes its mean the others'. Printed:

1. the share of runs in which any of equal representations is called better or worse at any look, which should be at most 0.05;
2. the same for *equal* where neighbors are exactly a margin of 0.02 apart;
3. in how many rounds a true difference of 0.05 between one of three representations and the two others is found, in 80 % of runs;
4. after how many half of the pairs of seven representations are better, worse or equal within 0.03, on average, where these
   differ as the study's do: standard deviations of 0.063 on `ode` and 0.110 on `function`.

`SPREAD=0.02` sets how much trainings differ instead.

A minute by default (2,000 runs, at most 8 rounds).
"""

from __future__ import annotations

import sys

import numpy as np

from kappabar.evaluate.statistics.sequential import Floats, decide

DOMAINS = {"ode": 0.027, "function": 0.044}
APART = {"ode": 0.063, "function": 0.110}
MARGIN = 0.02
LATE, LATE_SHARE = 12.0, 0.25
SPREADS = ("alike", "as in the study", "one four times", "one late at times")


def spreads(kind: str, count: int, base: float, rng: np.random.Generator) -> Floats:
    """How much trainings of each representation differ. What is late at times does not otherwise differ from the others."""
    factors = np.exp(0.5 * rng.standard_normal(count)) if kind == "as in the study" else np.ones(count)
    factors[0] *= 4.0 if kind == "one four times" else 1.0
    return np.asarray(base * factors)


def share(runs: int, rounds: int, truth: list[float], kind: str, base: float, wrong: tuple[str, ...]) -> float:
    """The share of runs in which any pair ends as one of `wrong`."""
    rng, found = np.random.default_rng(len(truth)), 0
    for _ in range(runs):
        means = np.array(truth) + rng.standard_normal((rounds, len(truth))) * spreads(kind, len(truth), base, rng)
        if kind == SPREADS[3]:
            means[:, 0] += LATE * base * (LATE_SHARE - (rng.random(rounds) < LATE_SHARE))
        found += any(pair.outcome in wrong for pair in decide(means, MARGIN, rounds))
    return found / runs


def rounds_to_find(runs: int, difference: float, base: float) -> int | None:
    """The least planned number of rounds in which 80 % of runs call the one that is ahead of two others better than both."""
    for rounds in (*range(3, 13), 14, 16, 18, 20, 23, 26, 30, 35, 40):
        rng, found = np.random.default_rng(rounds), 0
        for _ in range(runs):
            means = np.array([difference, 0.0, 0.0]) + rng.standard_normal((rounds, 3)) * base
            pairs = decide(means, MARGIN, rounds)
            found += pairs[0].outcome == pairs[1].outcome == "better"
        if found >= 0.8 * runs:
            return rounds
    return None


def rounds_to_half(runs: int, apart: float, base: float) -> int | None:
    """The least planned number of rounds after which half of seven representations' pairs are decided."""
    for rounds in range(2, 41):
        rng, decided = np.random.default_rng(rounds), 0.0
        for _ in range(runs):
            means = rng.standard_normal(7) * apart + rng.standard_normal((rounds, 7)) * base
            decided += np.mean([pair.outcome != "open" for pair in decide(means, 0.03, rounds)])
        if decided >= 0.5 * runs:
            return rounds
    return None


def main() -> None:
    numbers = [word for word in sys.argv[1:] if "=" not in word]
    given = dict(word.split("=", 1) for word in sys.argv[1:] if "=" in word)
    runs, rounds = (int(numbers[i]) if len(numbers) > i else default for i, default in ((0, 2000), (1, 8)))
    error = (0.05 * 0.95 / runs) ** 0.5
    print(f"{runs} runs each, at most {rounds} rounds; the standard error of a share of 0.05 is {error:.4f}")
    for kind in SPREADS:
        for count in (2, 3, 5, 7):
            equal = share(runs, rounds, [0.0] * count, kind, 0.03, ("better", "worse"))
            print(f"trainings differ {kind}, {count} representations: better or worse though equal {equal:.4f}", flush=True)
    for kind in SPREADS[:2]:
        apart = [MARGIN * i for i in range(3)]
        print(f"trainings differ {kind}: equal though a margin apart {share(runs, rounds, apart, kind, 0.006, ('equal',)):.4f}")
    for name, base in DOMAINS.items():
        base = float(given.get("SPREAD", base))
        half = rounds_to_half(max(runs // 20, 50), APART[name], base)
        print(f"{name}: half of the pairs of seven are decided, on average, after {half} rounds", flush=True)
        for difference in (0.05, 0.1):
            needed = rounds_to_find(max(runs // 5, 50), difference, base)
            print(f"{name}: a difference of {difference} from two others is found in 80 % of runs of {needed} rounds", flush=True)


if __name__ == "__main__":
    main()
