"""Numbers by their intervals, the table's forms, and the ranking, each against something simpler."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kappabar.evaluate.compare.ranking import rank
from kappabar.evaluate.report.panels import pareto_front
from kappabar.evaluate.report.table import as_latex, as_markdown, cells
from kappabar.evaluate.results.format import decimals, number
from kappabar.evaluate.tables.summary import SHOWN

ROW = {name: ("" if c.is_text else 0.5) if name == c.name else None for c in SHOWN for name in c.names} | {
    "ceiling": 1.0,
    "representation": "a | b_c:1%",
    "kappa_mean_low": 0.4,
    "kappa_mean_high": 0.62,
}


@pytest.mark.parametrize(
    ("half", "places"), [(0.0123, 3), (0.023, 3), (0.04, 2), (0.3, 1), (0.2, 2), (1.5, 1), (12, 0), (400, 0), (1e-12, 6)]
)
def test_digits_come_from_the_error(half: float, places: int) -> None:
    assert decimals(half) == places


@given(st.floats(-1e6, 1e6), st.floats(1e-4, 1e3), st.floats(1e-4, 1e3))
def test_rounding_stays_well_inside_the_interval(value: float, below: float, above: float) -> None:
    text, interval = number(value, value - below, value + above, 3)
    low, high = (float(part) for part in interval.split(" … "))
    allowed = 0.51 * max(1.0 * 10 ** -decimals((below + above) / 2), 1e-6)
    assert abs(float(text) - value) <= allowed + 1e-9 * abs(value)
    assert low <= float(text) <= high
    assert allowed <= 0.26 * (below + above) or decimals((below + above) / 2) == 0 or below + above < 1e-3


def test_what_has_no_interval_has_the_columns_digits() -> None:
    assert number(0.12345, None, None, 3) == ("0.123", "")
    assert number(0.0, 0.0, 0.0, 3) == ("0.000", "")
    assert number(float("nan"), None, None, 3) == ("-", "")
    assert number(-0.0001, -0.04, 0.04, 3)[0] == "0.00"


def test_all_forms_say_the_same() -> None:
    found = {cell.column.name: cell for cell in cells(ROW)}
    assert (found["kappa_mean"].text, found["kappa_mean"].interval, found["kappa_mean"].value) == ("0.50", "0.40 … 0.62", "0.5")
    md, tex = as_markdown([ROW], "c"), as_latex([ROW], "c_1")
    assert r"`a \| b_c:1%`" in md and "0.50 (0.40 … 0.62)" in md
    assert r"\texttt{a \textbar{} b\_c:1\%}" in tex and "$0.50_{0.40}^{0.62}$" in tex and r"\caption{c\_1}" in tex
    assert r"$\kappa$ mean" in tex and tex.isascii()
    rows = [line for line in tex.splitlines() if line.endswith(r"\\")]
    assert len({len(re.findall(r"(?<!\\)&", line)) for line in rows}) == 1
    assert all(rule in tex for rule in (r"\toprule", r"\midrule", r"\bottomrule"))


def test_the_ranking_orders_only_what_differs() -> None:
    rng = np.random.default_rng(0)
    common = rng.random(60)
    tables = [common[None] + shift + 0.05 * rng.standard_normal((1, 60)) for shift in (0.0, 0.005, 0.3)]
    found = rank(["a", "b", "c"], tables, smaller=True)
    assert [(p.representation, p.text) for p in found.ranges[:2]] in ([("a", "1–2"), ("b", "1–2")], [("b", "1–2"), ("a", "1–2")])
    assert (found.ranges[2].representation, found.ranges[2].text) == ("c", "3")
    assert (found.n_pairs, found.n_apart) == (3, 2)
    assert rank(["a", "b", "c"], tables, smaller=False).leaders[0].representation == "c"


def test_pairs_differ_where_a_paired_t_test_at_bonferronis_level_says_so() -> None:
    rng = np.random.default_rng(1)
    tables = [rng.random((1, 25)) + 0.08 * i for i in range(6)]
    found = rank([str(i) for i in range(6)], tables, smaller=True)
    pairs = list(combinations(range(6), 2))
    apart = {(i, j) for i, j in pairs if stats.ttest_rel(tables[i][0], tables[j][0]).pvalue < 0.05 / len(pairs)}
    assert found.n_apart == len(apart) > 0
    for p in found.ranges:
        i = int(p.representation)
        behind = sum((min(i, j), max(i, j)) in apart and tables[j].mean() < tables[i].mean() for j in range(6) if j != i)
        assert p.first == 1 + behind


def test_seeds_that_differ_make_a_ranking_careful() -> None:
    rng = np.random.default_rng(2)
    items = rng.random(200)
    a = items + np.array([[0.0], [0.1]])
    b = items + np.array([[0.1], [0.05]])
    assert rank(["a", "b"], [a, b], smaller=True).n_apart == 0
    assert rank(["a", "b"], [a[:1], b[:1]], smaller=True).n_apart == 1


@pytest.mark.parametrize("seeds", [(3,) * 7, (3, 3, 3, 1, 1, 1, 1)])
def test_trainings_alone_seldom_make_representations_differ(seeds: tuple[int, ...]) -> None:
    """Seven representations of equal quality whose trainings differ by 0.03: at most one table in ten orders any of the 21
    pairs."""
    rng = np.random.default_rng(3)
    wrong = 0
    for _ in range(60):
        items = 0.3 * rng.standard_normal(200)
        tables = [items + 0.03 * rng.standard_normal((m, 1)) + 0.25 * rng.standard_normal((m, 200)) for m in seeds]
        wrong += rank([str(i) for i in range(7)], tables, smaller=False).n_apart > 0
    assert wrong <= 6


def test_a_difference_beyond_trainings_is_found() -> None:
    rng = np.random.default_rng(4)
    items = 0.3 * rng.standard_normal(200)
    tables = [
        items + 0.2 * (i == 6) + 0.03 * rng.standard_normal((3, 1)) + 0.25 * rng.standard_normal((3, 200)) for i in range(7)
    ]
    found = rank([str(i) for i in range(7)], tables, smaller=False)
    assert found.ranges[0].representation == "6" and found.ranges[0].last == 1 and found.least_seeds == 3


def test_what_was_not_measured_takes_no_part() -> None:
    nothing = np.full((1, 5), np.nan)
    found = rank(["a", "b"], [np.arange(5.0)[None], nothing], smaller=True)
    assert [p.representation for p in found.ranges] == ["a"]
    assert rank([], [], smaller=True).ranges == ()


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12))
def test_the_front_is_what_nothing_dominates(points: list[tuple[int, int]]) -> None:
    front = pareto_front([{"x": float(x), "y": float(y)} for x, y in points], "x", "y")
    wanted = {p for p in points if not any(q != p and q[0] <= p[0] and q[1] <= p[1] for q in points)}
    assert {(r["x"], r["y"]) for r in front} == wanted and len(front) == len(wanted)


def test_large_numbers_and_zeros_are_short() -> None:
    assert number(1.5e16, 1e16, 2e16, 3) == ("1.5e+16", "1e+16 … 2e+16")
    assert number(-0.0001, None, None, 3)[0] == "0.000"


def test_bits_of_codes_that_round_have_a_star() -> None:
    column = next(i for i, c in enumerate(SHOWN) if c.name == "bits")
    exact, rounded = (ROW | {"bits": 21.0, "ceiling": c, "fidelity_error": 0.0} for c in (1.0, 0.98))
    assert cells(exact)[column].text == "21.0" and cells(rounded)[column].text == "21.0*"
    assert cells(ROW | {"bits": 21.0, "ceiling": None, "fidelity_error": 0.02})[column].text == "21.0*"


def test_every_column_has_a_short_title_and_says_what_it_is() -> None:
    for column in SHOWN:
        assert isinstance(column.help, str) and isinstance(column.digits, int)
        assert 0 < len(column.title) <= 20 and len(column.help) > 10
