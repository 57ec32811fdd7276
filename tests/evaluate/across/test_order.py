"""What is said of the paper's order: planted orders are found, chance is not, and intervals of ratios cover."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from scipy.stats import spearmanr

from kappabar.evaluate.across.order import ORDERED, PAPER, orders, redundancy_and_size, said, standing
from kappabar.evaluate.across.rows import domain_rows, doubled, ratio
from kappabar.evaluate.statistics.intervals import mean_estimate
from kappabar.evaluate.tables.across import BY_DOMAIN, BY_EXPRESSION
from kappabar.evaluate.tables.column import Row

EMPTY = dict.fromkeys(BY_DOMAIN.stored)
RANKS = {domain: rank for _, rank, names in PAPER for domain in names}


def row(domain: str, representation: str, distribution: str = "natural", **values: object) -> Row:
    known = {"domain": domain, "representation": representation, "distribution": distribution}
    return {**EMPTY, "control": False, "status": "ok", "validity": 0.5, "apart": 1.0, "vocabulary": 9, **known, **values}


def table(of: dict[str, float], redundancy: dict[str, float] | None = None, spread: float = 0.0) -> list[Row]:
    """Three representations a domain: `of` is their median, one is lower and one higher."""
    return [
        row(domain, f"r{i}", mean_relative=value + step, redundancy=(redundancy or {}).get(domain, 0.1), kappa_moving=value)
        for domain, value in of.items()
        for i, step in enumerate((-spread, 0.0, 2 * spread))
    ]


def test_the_paper_s_order_is_found_where_it_is_planted() -> None:
    smooth = {domain: rank / 10 + 0.001 * i for i, (domain, rank) in enumerate(RANKS.items())}
    rows = table(smooth, {domain: 1 - value for domain, value in smooth.items()}, spread=0.01)
    found = {(t.measure, t.distribution): t for t in orders(rows)}
    assert set(found) == {(measure, "natural") for measure in ORDERED}
    told = said(rows)
    assert found["mean_relative", "natural"].found.value > 0.9 and found["mean_relative", "natural"].holm <= 0.05
    assert any("κ̄ over" in s and "rises along it, as the paper says" in s for s in told)
    assert any("Redundancy" in s and "falls along it, as the paper says" in s for s in told)
    against = table({domain: -value for domain, value in smooth.items()}, smooth)
    assert any("falls along it, against what the paper says" in s for s in said(against))


def test_rho_and_p_are_those_of_all_orders() -> None:
    values = {"language": 0.4, "audio": 0.1, "program": 0.9, "proof": 0.3, "fold": 0.8, "ode": 0.2, "map": 0.4}
    test = next(t for t in orders(table(values)) if t.measure == "mean_relative")
    ranks = [rank for _, rank, _ in PAPER]
    own = list(test.values.values())
    assert test.values["dynamical systems"] == pytest.approx(0.3)
    rho = spearmanr(ranks, own).statistic
    each = [abs(spearmanr(ranks, order).statistic) for order in permutations(own)]
    assert test.found.value == pytest.approx(rho)
    assert test.found.exact and test.found.p == pytest.approx(np.mean(np.array(each) >= abs(rho) - 1e-12))


def test_a_median_stands_for_a_domain_and_controls_for_none() -> None:
    rows = [row("proof", str(i), mean_relative=v, redundancy=0.0) for i, v in enumerate((0.2, 0.9, 0.3))]
    rows.append(row("proof", "control", mean_relative=0.0, redundancy=1.0, control=True))
    rows.append(row("fold", "", mean_relative=None, redundancy=None, status="not installed"))
    rows.append(row("proof", "other", distribution="uniform", mean_relative=5.0, redundancy=0.0))
    assert standing(rows, "natural", "mean_relative") == {"theorem proving": 0.3}


def test_by_chance_an_order_is_claimed_in_at_most_one_table_of_twenty() -> None:
    """Over all six tests of a table, of domains that are in no order."""
    rng, claimed = np.random.default_rng(3), 0
    for _ in range(400):
        rows = []
        for distribution in ("natural", "uniform"):
            values, redundancy, validity = (dict(zip(RANKS, rng.random(len(RANKS)).tolist(), strict=True)) for _ in "abc")
            own = table(values, redundancy)
            rows += [r | {"distribution": distribution, "validity": validity[r["domain"]]} for r in own]
        claimed += any(t.holm <= 0.05 for t in orders(rows))
    assert claimed <= 30  # 5 % of 400 are 20; more than 30 have a chance of 1 %


def test_of_fewer_than_six_rows_nothing_is_claimed_and_what_lacks_is_named() -> None:
    smooth = {domain: rank / 10 + 0.001 * i for i, (domain, rank) in enumerate(RANKS.items())}
    rows = [r for r in table(smooth) if r["domain"] != "map"]  # of two, one is missing
    told = next(s for s in said(rows) if s.startswith("κ̄"))
    assert "5 rows of Table 1 (without dynamical systems)" in told and told.endswith("with fewer than 6 rows nothing is claimed.")


def test_redundancy_and_not_size_is_told_apart() -> None:
    rng = np.random.default_rng(5)
    rows = []
    for domain in RANKS:
        for i in range(6):
            redundancy, size = rng.random(), int(rng.integers(4, 400))
            moved = 0.9 - 0.5 * redundancy + 0.02 * rng.standard_normal()
            rows.append(row(domain, str(i), mean_relative=moved, kappa_moving=moved, redundancy=redundancy, vocabulary=size))
    found = redundancy_and_size(rows, "natural")
    assert found["redundancy"].value < -0.8 and found["redundancy"].p < 0.01
    assert abs(found["vocabulary"].value) < 0.5 and found["vocabulary"].p > 0.01
    assert any("rank correlation of -0." in s and "equal vocabulary" in s for s in said(rows))


@pytest.mark.parametrize("n", [20, 100])
def test_intervals_of_a_ratio_cover(n: int) -> None:
    """Skewed and correlated, as κ(s) and how far s is from others are."""
    rng, inside = np.random.default_rng(n), 0
    truth = (0.5 * 2 + 0.5) / 2.5
    for _ in range(600):
        apart = rng.gamma(4, 0.5, n) + 0.5
        moved = 0.5 * (apart - 0.5) + rng.gamma(1, 0.5, n)
        found = ratio(moved, apart)
        inside += found.low <= truth <= found.high
    assert 0.915 <= inside / 600 <= 0.985


def test_intervals_of_a_ratio_cover_where_a_list_is_held_against_itself() -> None:
    """As of a bank: each expression's distance is to the others of the list, so that it is in theirs."""
    rng, inside, apart_inside = np.random.default_rng(8), 0, 0
    many = rng.gamma(2, 1, 400_000)
    distance = float(np.abs(many[:200_000] - many[200_000:]).mean())  # of two independent ones
    truth = 2.0 / distance
    for _ in range(500):
        x = rng.gamma(2, 1, 40)
        apart = np.abs(x[:, None] - x).sum(axis=1) / 39
        found, pairs = ratio(x, apart, twice=True), mean_estimate(doubled(apart))
        inside += found.low <= truth <= found.high
        apart_inside += pairs.low <= distance <= pairs.high
        assert found.value == pytest.approx(x.mean() / apart.mean())
    assert 0.9 <= inside / 500 <= 0.985 and 0.9 <= apart_inside / 500 <= 0.985


def test_a_ratio_rests_on_what_has_both() -> None:
    found = ratio([1.0, 2.0, np.nan, 4.0], [2.0, np.nan, 3.0, 4.0])
    assert found.value == pytest.approx(5 / 6)
    assert np.isnan(ratio([], []).value) and np.isnan(ratio([1.0], [0.0]).value)


def test_bounds_of_means_are_the_metric_s_and_without_one_there_is_no_interval() -> None:
    known = {"representation": "r", "metric": "m", "exact": False, "n_given": 30, "vocabulary": 3, "among_themselves": False}
    each = [
        {c.name: (3.0 + i / 30 if c.kind is float else "x") for c in BY_EXPRESSION.columns} | {"representation": "r"}
        for i in range(30)
    ]
    each[0]["kappa@16"] = None

    def found(d_max: float | str) -> Row:
        part = {"status": "ok", "measured": [known | {"d_max": d_max}], "expressions": each}
        return domain_rows([("d", "natural", part)])[0]

    bounded, unbounded = found(5.0), found("inf")
    assert 2.0 < bounded["sup_low"] < bounded["sup"] < bounded["sup_high"] <= 5.0
    assert bounded["kappa_mean_low"] is not None and np.isnan(unbounded["kappa_mean_low"])
    assert np.isnan(bounded["kappa@16"]), "known of some expressions alone"
    assert bounded["n_compared"] == bounded["n_expressions"] == 30
