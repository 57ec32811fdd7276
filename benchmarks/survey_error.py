"""How often the tokenizers study would claim a difference where there is none.

    python benchmarks/survey_error.py [runs]

The paired differences of its own expressions (docs/studies/tokenizers/expressions.parquet) are centered, so that no pair differs,
expressions are drawn again with replacement, all pairs on the same ones, and all are tested as the study tests them. Prints the
share of draws in which any pair comes out as `less` or `more`, which the protocol wants at 5 % or below.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import polars as pl

from kappabar.evaluate.statistics.estimate import LEVEL
from kappabar.evaluate.study.survey_plan import PRIMARY, pairs
from kappabar.evaluate.study.survey_rows import column, limits, outcome

STUDY = Path(__file__).parents[1] / "docs" / "studies" / "tokenizers"


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 1500
    differences = centered()
    level, rng = 1 - (1 - LEVEL) / len(differences), np.random.default_rng(0)
    n = len(next(iter(differences.values())))
    claims: dict[str, int] = dict.fromkeys(PRIMARY, 0)
    wrong = 0
    for _ in range(runs):
        drawn = rng.integers(0, n, n)
        claimed = [measure for (measure, *_), values in differences.items() if claims_one(values[drawn], level)]
        wrong += bool(claimed)
        for measure in claimed:
            claims[measure] += 1
    print(f"{len(differences)} pairs over {n} expressions: a false claim in {wrong / runs:.3f} of {runs:,} draws")
    print("; ".join(f"{measure}: {count} claims" for measure, count in claims.items()))


def centered() -> dict[tuple[str, str, str], np.ndarray]:
    """Of each measure and pair the differences less their mean; NaN where an expression has no value."""
    rows = pl.read_parquet(STUDY / "expressions.parquet").to_dicts()
    compared = json.loads((STUDY / "study.json").read_text("utf-8"))["arguments"]["representations"]
    names = sorted({row["expression"] for row in rows})
    found = {}
    for measure in PRIMARY:
        for a, b in pairs(compared):
            x, y = column(rows, a, measure), column(rows, b, measure)
            values = np.array([x[name] - y[name] if name in x and name in y else np.nan for name in names])
            found[measure, a, b] = values - np.nanmean(values)
    return found


def claims_one(values: np.ndarray, level: float) -> bool:
    known = values[~np.isnan(values)]
    return outcome(known, *limits(known, level)) in ("less", "more")


if __name__ == "__main__":
    main()
