"""How often the printed intervals cover, over populations that were measured: 93 to 98 % is asked for.

    python benchmarks/intervals.py [expressions, default 600] [samples, default 400] [--quality]

A population is what one representation gives on many sampled systems of a domain; samples of n = 10, 30, 71 and 200 are drawn
from it with replacement, its mean is the truth, and the intervals are those of the package. Per statistic and n: the least and
the largest coverage over representations and domains, the share of samples that have an interval at all, its median width.
`--quality` trains small models as well (half an hour on one core) and adds Q and the shares of samples, over one seed and three,
and what is said along training, over 2, 3, 6 and 10 of 24 trainings that take seconds each. A line for each pair of
representations stands for paired differences of κ mean; a ranking is counted by how often it is wrong of equals.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np

from kappabar.evaluate.compare.ranking import rank
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.metrics import metric
from kappabar.evaluate.domains.sources import load
from kappabar.evaluate.edits.token import TokenEdits
from kappabar.evaluate.kappa.kappa import RARE, measure_all
from kappabar.evaluate.quality.measures.items import item_values
from kappabar.evaluate.statistics.estimate import Estimate, Sample
from kappabar.evaluate.statistics.intervals import crossed_mean, mean_estimate, median_estimate, paired_difference
from kappabar.evaluate.tables.measures import COEFFICIENT_ERROR, CONSTRAINED, is_share, measures_in
from kappabar.evaluate.tables.summary import PER_EXPRESSION
from kappabar.representations.representation import representation

SIZES = (10, 30, 71, 200)
SPECS = (
    "prefix | digits:3", "tree | digits:3", "rules | digits:3", "infix | chars", "infix | chars | bpe:512", "prefix | digits:1",
    "prefix | bins:64,log", "prefix | bins:256,quantile",
)  # fmt: skip
UNIT = (0.0, 1.0)
Floats = np.ndarray
found: dict[tuple[str, int], list[tuple[float, float, float]]] = defaultdict(list)


def main() -> None:
    words = [w for w in sys.argv[1:] if w != "--quality"]
    n, samples = [int(w) for w in [*words, *("600", "400")[len(words) :]]]
    for name in ("function", "ode"):
        means = {}
        for spec in SPECS:
            columns = population(name, spec, n)
            means[spec] = columns["κ mean"]
            for statistic, x in columns.items():
                expressions(statistic, x, samples)
            print(f"{name}: {spec}", file=sys.stderr, flush=True)
        for a, b in combinations(means.values(), 2):
            count("Δκ", len(a), float(np.nanmean(a - b)), samples, lambda i, a=a, b=b: paired_difference(a[i], b[i]))
        rankings(means, samples)
    if "--quality" in sys.argv:
        quality_items(samples)
        along(samples)
    show()


def population(name: str, spec: str, n: int) -> dict[str, Floats]:
    """What pages print of each expression, one column a statistic; NaN where there is none."""
    systems = [replace(s, name=str(i)) for i, s in enumerate(load([f"sample:{n}:77"], domain=name).systems)]
    k = measure_all(
        representation(spec, corpus=systems[:100]),
        systems,
        domain(name),
        metric("bounded-l2"),
        TokenEdits(),
        invalid="exclude",
        edits_per_expression=100,
    )
    valid = np.array([1 - m.outcomes.mask("invalid").mean() for m in k.measured])
    columns = {"κ mean": k.means, "sup": k.per_expression(Sample.sup), "validity": valid}
    columns |= {f"κ@{m}": k.each_at(m) for m in (4, 16, 64)}
    columns["redundancy"] = np.array([(m.distance <= k.epsilon).mean() for m in k.measured])
    columns["fidelity error"] = np.array([m.fidelity_error for m in k.measured])
    columns |= {f"κ mean ({p})": replace(k, invalid=p).means for p in ("worst", "zero")}
    columns |= {m: k.intrinsic.column(m) for m in PER_EXPRESSION}
    for name_, each in (("kind", [m.kinds for m in k.measured]), ("class", [m.classes for m in k.measured])):
        for group in sorted({w for c in each for w in c.words()}):
            parts = [k.sample(m, c.mask(group)) for m, c in zip(k.measured, each, strict=True)]
            columns[f"κ mean by {name_}: {group}"] = np.array([p.mean() if len(p) else np.nan for p in parts])
            columns[f"sup by {name_}: {group}"] = np.array([p.sup() if len(p) else np.nan for p in parts])
    whole = {int(m.name): i for i, m in enumerate(k.measured)}
    rows = [whole.get(i) for i in range(n)]
    return {s: np.array([np.nan if r is None else x[r] for r in rows]) for s, x in columns.items()}


def expressions(statistic: str, x: Floats, samples: int) -> None:
    x = x[np.isfinite(x)]
    if len(x) < 200 or np.ptp(x) < 1e-12:
        return
    rare = (
        statistic.startswith("sup")
        or statistic == "fidelity error"
        or (statistic.startswith("κ@") and int(statistic[2:]) >= RARE)
    )
    within = UNIT if rare or x.max() <= 1 else (0.0, np.inf)
    count(
        statistic.split(":")[0],
        len(x),
        float(x.mean()),
        samples // 4 if rare else samples,
        lambda i: mean_estimate(x[i], within, rare),
    )


def count(
    statistic: str, size: int, truth: float, samples: int, estimate: Callable[[Floats], Estimate], sizes: Sequence[int] = SIZES
) -> None:
    rng = np.random.default_rng(len(found))
    for n in sizes:
        all_ = [estimate(rng.integers(0, size, n)) for _ in range(samples)]
        there = [e for e in all_ if np.isfinite(e.low)]
        inside = np.mean([e.low - 1e-12 <= truth <= e.high + 1e-12 for e in there]) if there else np.nan
        found[statistic, n].append(
            (float(inside), len(there) / samples, float(np.median([e.high - e.low for e in there])) if there else np.nan)
        )


def rankings(means: dict[str, Floats], samples: int) -> None:
    """Four that are one: how often a ranking puts any ahead of another."""
    for x in means.values():
        x = x[np.isfinite(x)]
        rng = np.random.default_rng(0)
        for n in SIZES:
            wrong = np.mean([rank("abcd", list(rng.choice(x, (4, 1, n))), True).n_apart > 0 for _ in range(samples)])
            found["ranking of equals: right", n].append((1 - float(wrong), 1.0, np.nan))


def quality_items(samples: int) -> None:
    for table in trained():
        for column, values in table.items():
            truth = float(np.nanmean(values))
            if column == COEFFICIENT_ERROR:
                x = values[0][np.isfinite(values[0])]
                count("coefficient error (median)", len(x), float(np.median(x)), samples, lambda i, x=x: median_estimate(x[i]))
                continue
            share = is_share(column)
            for seeds in (1, 3):
                rng = np.random.default_rng(seeds)
                goal = float(np.nanmean(values[0])) if seeds == 1 else truth

                def drawn(
                    i: Floats, values: Floats = values, seeds: int = seeds, share: bool = share, rng: np.random.Generator = rng
                ) -> Estimate:
                    rows = np.zeros(1, int) if seeds == 1 else _unequal(rng, len(values), seeds)
                    return crossed_mean(values[rows][:, i], share)

                count(f"{'share' if share else column}, {seeds} seed{'s' * (seeds > 1)}", values.shape[1], goal, samples, drawn)


def _unequal(rng: np.random.Generator, n: int, seeds: int) -> Floats:
    """Of a handful of trainings a few with replacement, but not one of them alone: of a law without atoms that would never
    come."""
    while True:
        rows = rng.integers(0, n, seeds)
        if len(set(rows.tolist())) > 1:
            return rows


def trained(seeds: int = 5) -> Iterator[dict[str, Floats]]:
    """Per representation, the measures of test items as (seeds, items)."""
    from kappabar.evaluate.quality.measures.quality import QualityConfig, quality
    from kappabar.evaluate.quality.model.precision import one_thread
    from kappabar.evaluate.quality.task.task import build_task, floors
    from kappabar.evaluate.quality.training.presets import preset
    from kappabar.evaluate.quality.training.train import train

    sizes, place = preset("quick"), domain("function")
    task = build_task(place, replace(sizes.task, n_train=6000, n_test=1500, prior_draws=1), 0)
    base = floors(task)
    names = [*(m.sample for m in measures_in(CONSTRAINED)), COEFFICIENT_ERROR]
    for spec in ("prefix | digits:3", "prefix | bins:64,log"):
        chosen = representation(spec, place.name, corpus=list(task.train.systems), closed=place.closed)
        tables = []
        for seed in range(seeds):
            with one_thread():
                model = train(task, chosen, sizes.model, replace(sizes.train, steps=500, checkpoints=1), seed)
                rows = quality(task, chosen, model, QualityConfig(constrained=False, choices=0), seed, base).rows
            tables.append({name: item_values(rows, name, range(len(task.items))) for name in names})
            print(f"quality: {spec}, seed {seed}", file=sys.stderr, flush=True)
        yield {name: np.stack([t[name] for t in tables]) for name in tables[0]}


def along(samples: int, trainings: int = 24) -> None:
    """The coupling and the gradient's alignment of the last checkpoint, of trainings that differ by their seed."""
    from kappabar.evaluate.compare.trainings import along_training
    from kappabar.evaluate.quality.model.precision import one_thread
    from kappabar.evaluate.quality.task.task import build_task
    from kappabar.evaluate.quality.training.alignment import alignment
    from kappabar.evaluate.quality.training.curves import rows
    from kappabar.evaluate.quality.training.presets import preset
    from kappabar.evaluate.quality.training.train import train

    sizes, place = preset("tiny"), domain("function")
    task = build_task(place, replace(sizes.task, n_train=2000, n_val=64, n_test=64, prior_draws=1), 0)
    settings = replace(sizes.train, steps=200, lr=2.5e-3, checkpoints=6, probe=64)
    for spec in ("prefix | digits:3", "prefix | bins:64,log"):
        chosen, histories = representation(spec, place.name, corpus=list(task.train.systems), closed=place.closed), []
        for seed in range(trainings):
            with one_thread():
                model = train(task, chosen, sizes.model, settings, seed)
                last = alignment(task, chosen, model.model, model.max_length, 32, seed=seed).columns()
            histories.append(rows(model, spec, seed))
            histories[-1][-1] |= last
            print(f"along training: {spec}, seed {seed}", file=sys.stderr, flush=True)
        for name, whole in along_training(histories).items():

            def drawn(i: Floats, name: str = name, histories: list[list[dict[str, Any]]] = histories) -> Estimate:
                return along_training([histories[j] for j in i])[name]

            count(f"{name}, over trainings", trainings, whole.value, samples, drawn, (2, 3, 6, 10))


def show() -> None:
    print(f"{'statistic':44s}{'n':>5s}{'least':>8s}{'mean':>8s}{'most':>8s}{'printed':>9s}{'width':>9s}{'populations':>13s}")
    for (statistic, n), rows in found.items():
        there = [r for r in rows if r[1] > 0]
        if not there:
            print(f"{statistic:44s}{n:5d}{'-':>8s}{'-':>8s}{'-':>8s}{0:9.2f}{'-':>9s}{len(rows):13d}")
            continue
        inside, printed, width = (np.array([r[i] for r in there]) for i in range(3))
        print(
            f"{statistic:44s}{n:5d}{inside.min():8.3f}{inside.mean():8.3f}{inside.max():8.3f}"
            f"{printed.mean():9.2f}{np.median(width):9.3g}{len(rows):13d}"
        )


if __name__ == "__main__":
    main()
