"""How much seeds vary beside representations, and Holm's method, against published figures and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from kappabar.evaluate.study.spread import holm, spread


def test_holm_steps_down():
    assert holm([0.01, 0.04, 0.03, float("nan")])[:3] == pytest.approx([0.03, 0.06, 0.06])
    assert np.isnan(holm([float("nan")])[0])
    assert holm([0.9, 0.8]) == [1.0, 1.0]


def test_the_intraclass_correlation_is_that_of_the_mean_squares():
    """Shrout & Fleiss 1979, Table 2: six targets, four judges, ICC(1) = 0.17."""
    table = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float)
    found = spread(table, 0)
    assert found.intraclass.value == pytest.approx(0.17, abs=0.005)
    between, within = stats.f_oneway(*table).statistic, table.var(axis=1, ddof=1).mean()
    assert found.within == pytest.approx(np.sqrt(within))
    assert found.between == pytest.approx(np.sqrt((between - 1) * within / 4))


def test_the_spread_of_too_little_is_not_a_number():
    assert np.isnan(spread(np.array([[1.0], [2.0], [3.0]]), 0).intraclass.value)
    assert np.isnan(spread(np.full((3, 2), np.nan), 0).intraclass.value)
    assert np.isnan(spread(np.zeros((0, 3)), 0).within)
    rng = np.random.default_rng(0)
    values = rng.normal(size=(200, 1)) * 2 + rng.normal(size=(200, 3))
    values[::3, 2] = np.nan
    found = spread(values, 0, 300)
    assert found.between == pytest.approx(2, rel=0.15) and found.within == pytest.approx(1, rel=0.1)
    assert found.intraclass.low < 0.8 < found.intraclass.high
