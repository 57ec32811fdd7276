"""The second rung of a search: what a model makes of a few points of the front. A training costs as much as a hundred trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...representations.representation import depends_on_system
from ..compare.comparison import gathered
from ..compare.plan import ComparisonPlan
from ..compare.run import measure
from ..domains.domain import domain as find_domain
from ..domains.sources import Source
from ..options.work import Work
from .result import Quality, SearchResult

QUALITY = "quality"
"""Where in a search's folder its comparison is."""


def chosen(result: SearchResult, n: int) -> tuple[str, ...]:
    """The knee, then points spread evenly along the front in the order of its first objective; n at most."""
    specs = [e.spec for e in result.front]
    spread = [specs[round(i * (len(specs) - 1) / max(n - 1, 1))] for i in range(min(n, len(specs)))]
    knee = [result.knee.spec] if result.knee else []
    return tuple(dict.fromkeys([*knee, *spread]))[:n]


def judge_quality(result: SearchResult, n: int, folder: Path, work: Work, given: Sequence[Source] = ()) -> tuple[Quality, ...]:
    """Train on n points of the front, by `compare` in a folder of its own, which a resumed search goes on with.

    A representation that must be bound to its system cannot be learned, and has a reason instead.
    """
    plan = result.plan
    specs = chosen(result, n)
    bound = {spec: part for spec in specs if (part := depends_on_system(spec))}
    learned = [spec for spec in specs if spec not in bound]
    rows: Sequence[Mapping[str, Any]] = ()
    if learned:
        own, domain = folder / QUALITY, find_domain(plan.domain)
        compared = ComparisonPlan(
            learn_from="sampler",
            representations=tuple(dict.fromkeys(map(domain.canonical, learned))),
            data=plan.data,
            domain=plan.domain,
            metric=plan.metric,
            invalid=plan.invalid,
            seeds=1,
            budget="quick",
            seed=plan.seed,
            strict=plan.strict,
        )
        measure(compared, own, replace(work, resume=own.exists()), given)
        rows = gathered(own).rows
    row_of = {str(row["representation"]): row for row in rows}

    def one(spec: str) -> Quality:
        if spec in bound:
            return Quality(spec, None, None, None, None, f"{bound[spec]!r} needs to know the system that it writes")
        value, low, high, bits = (float(row_of[spec][c]) for c in ("quality", "quality_low", "quality_high", "bits"))
        return Quality(spec, value, low, high, bits, precision=str(row_of[spec]["precision"]))

    return tuple(one(spec) for spec in specs)
