"""The paper's order of domains (Section 3, Table 1) beside what was measured, and whether redundancy goes with smoothness."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median
from typing import Any

import numpy as np

from ..statistics.correlation import FEWEST, Correlation, partial_rank_correlation, rank_correlation
from ..statistics.estimate import LEVEL
from ..statistics.holm import holm
from ..tables.column import Row
from .rows import kept

PAPER: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("natural language", 1, ("language",)),
    ("audio", 2, ("audio",)),
    ("code", 3, ("program",)),
    ("theorem proving", 4, ("proof",)),
    ("protein structure", 4, ("fold",)),
    ("dynamical systems", 5, ("ode", "map")),
)
"""A row of Table 1, its place by κ̄ (low, low to medium, medium, high, high, very high), and what is measured for it."""
ORDERED = {
    "mean_relative": ("κ̄ over the distance of two independent expressions", +1),
    "redundancy": ("Redundancy", -1),
    "validity": ("Validity", 0),
}
"""What is compared across domains, whose metrics differ: κ̄ by itself is not. With it the sign of the rank correlation with the
paper's order of κ̄ that Section 3 claims, 0 where it claims none."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """Spearman's rank correlation of a measure with the paper's order, over its rows. `values`: of each row of Table 1 that has
    one, in the paper's order. `holm`: p times the tests that are not rejected before it (Holm 1979)."""

    measure: str
    distribution: str
    values: dict[str, float]
    found: Correlation
    holm: float = float("nan")

    def as_dict(self) -> dict[str, Any]:
        found = self.found.as_dict()
        return {"measure": self.measure, "distribution": self.distribution, "values": self.values, "n": self.found.n, **found} | {
            "p_holm": None if np.isnan(self.holm) else self.holm
        }


def standing(rows: Sequence[Row], distribution: str, measure: str) -> dict[str, float]:
    """What stands for each row of Table 1: of a domain the median of its representations, controls left out, and of several
    domains their mean; a row of which a domain is missing has nothing."""
    found = {}
    for name, _, domains in PAPER:
        each = []
        for domain in domains:
            own = [row[measure] for row in kept(rows) if (row["domain"], row["distribution"]) == (domain, distribution)]
            each += [median(known)] if (known := [v for v in own if v is not None and v == v]) else []
        if len(each) == len(domains):
            found[name] = fmean(each)
    return found


def orders(rows: Sequence[Row], seed: int = 0) -> list[Ordered]:
    """Every measure that is compared, under every distribution that has three rows of Table 1 or more."""
    place = {name: rank for name, rank, _ in PAPER}
    tests = []
    for distribution in dict.fromkeys(row["distribution"] for row in rows):
        for measure in ORDERED:
            values = standing(rows, distribution, measure)
            if len(values) > 2:
                found = rank_correlation([float(place[name]) for name in values], list(values.values()), seed)
                tests.append(Ordered(measure, distribution, values, found))
    return [replace(t, holm=p) for t, p in zip(tests, holm([t.found.p for t in tests]), strict=True)]


def redundancy_and_size(rows: Sequence[Row], distribution: str, seed: int = 0) -> dict[str, Correlation]:
    """Within domains that have two representations or more, over these: the partial rank correlation of κ̄ of the edits that are
    not silent, over the distance of two independent expressions, with redundancy at equal vocabulary, and with the vocabulary at
    equal redundancy.

    Of the edits that are not silent: silent ones are redundancy, so that κ̄ of all would fall with it by arithmetic alone.
    """
    here = [row for row in kept(rows) if row["distribution"] == distribution]
    own = [row for row in here if row["kappa_moving"] is not None and row["apart"]]
    several = Counter(row["domain"] for row in own)
    own = [row for row in own if several[row["domain"]] > 1]
    if len(own) < 4:
        return {}
    domains = list(dict.fromkeys(row["domain"] for row in own))
    strata = [domains.index(row["domain"]) for row in own]
    moved = [row["kappa_moving"] / row["apart"] for row in own]
    sides = {name: [float(row[name]) for row in own] for name in ("redundancy", "vocabulary")}
    return {
        name: partial_rank_correlation(moved, sides[name], [sides[other]], seed, strata=strata)
        for name, other in (("redundancy", "vocabulary"), ("vocabulary", "redundancy"))
    }


def said(rows: Sequence[Row]) -> list[str]:
    """What the table says of the paper's order, and of redundancy, in sentences."""
    tests = orders(rows)
    defined = sum(not np.isnan(test.found.p) for test in tests)
    return [*(_sentence(test, defined) for test in tests), *_relation(rows)]


def _sentence(test: Ordered, tests: int) -> str:
    name, claimed = ORDERED[test.measure]
    measured = ", ".join(f"{row} {value:.2f}" for row, value in sorted(test.values.items(), key=lambda pair: pair[1]))
    missing = [row for row, _, _ in PAPER if row not in test.values]
    lacking = f" (without {', '.join(missing)})" if missing else ""
    head = f"{name}, {test.distribution} expressions, {len(test.values)} rows of Table 1{lacking}: {measured}."
    if np.isnan(test.found.value):
        return f"{head} No correlation is defined."
    p = f"exact p = {test.found.p:.3f}, {test.holm:.3f} over all {tests} tests"
    return f"{head} Spearman's ρ with the paper's order {test.found.value:+.2f}, {p}: {_verdict(test, claimed)}."


def _verdict(test: Ordered, claimed: int) -> str:
    if test.found.n < FEWEST:
        return f"with fewer than {FEWEST} rows nothing is claimed"
    if test.holm > 1 - LEVEL:
        return "neither an order like the paper's nor one against it is shown"
    way = "rises" if test.found.value > 0 else "falls"
    if not claimed:
        return f"it {way} along it, of which the paper says nothing"
    return f"it {way} along it, {'as' if test.found.value * claimed > 0 else 'against what'} the paper says"


def _relation(rows: Sequence[Row]) -> list[str]:
    sentences = []
    for distribution in dict.fromkeys(row["distribution"] for row in rows):
        found = {k: c for k, c in redundancy_and_size(rows, distribution).items() if not np.isnan(c.value)}
        if len(found) == 2 and found["redundancy"].n >= FEWEST:
            a, b = (f"{c.value:+.2f} ({c.low:+.2f} to {c.high:+.2f})" for c in found.values())
            n = found["redundancy"].n
            sentences.append(
                f"Within domains, over {n} encodings of {distribution} expressions, how far an edit moves the meaning where it "
                f"moves it at all has a rank correlation of {a} with redundancy at equal vocabulary, and of {b} with the "
                "vocabulary's size at equal redundancy. Encodings were chosen and not drawn: this describes them."
            )
    return sentences
