"""The engine's distances against plain SciPy's, on edits of random systems: the benchmark's comparison, as a test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture(scope="module")
def agreement(benchmark_named: Callable[[str], Any]) -> Any:
    return benchmark_named("agreement")


@pytest.mark.parametrize(("systems", "edits", "seed"), [(25, 3, 1), pytest.param(200, 5, 0, marks=pytest.mark.nightly)])
@pytest.mark.filterwarnings("ignore")
def test_distances_agree_with_scipy_where_it_agrees_with_itself(agreement: Any, systems: int, edits: int, seed: int) -> None:
    found = agreement.compare(systems, edits, seed)
    print(agreement.report(found))
    known = [case for case in found if case.referable]
    assert len(known) > 0.8 * len(found) > 0.8 * 0.9 * systems * edits
    assert sum(case.agrees for case in known) >= 0.99 * len(known), agreement.report(found)
