"""A comparison's sentences: they claim what the rows hold, and no more."""

from __future__ import annotations

import math
from typing import Any

from kappabar.evaluate.report.verdict import verdict

NOTHING = {"value": None, "low": None, "high": None, "n_representations": 0}
UNCORRELATED = {"seeds": 1, "kappa_mean": NOTHING, "kappa_mean_without_control": NOTHING}


def row(
    name: str, kappa: tuple[float, float, float], quality: tuple[float, float, float], difference_low: float = 0.0
) -> dict[str, Any]:
    return {
        "representation": name, "kappa_mean": kappa[0], "kappa_mean_low": kappa[1], "kappa_mean_high": kappa[2], "sup": 1.0,
        "redundancy": 0.0, "kappa_difference_low": difference_low, "quality": quality[0], "quality_low": quality[1],
        "quality_high": quality[2], "floor_prior": 0.3, "floor_nearest": 0.8, "fidelity_error": 0.0,
    }  # fmt: skip


def test_of_one_expression_no_interval_is_told() -> None:
    nan = math.nan
    said = " ".join(
        verdict([row("a", (0.2, nan, nan), (0.5, nan, nan)), row("b", (0.4, nan, nan), (0.4, nan, nan), nan)], UNCORRELATED)
    )
    assert "κ mean 0.200; the paired difference is significant for 0 of the 1 other." in said
    assert "Q 0.500; its interval overlaps that of one other." in said and "nan" not in said


def test_where_no_model_learned_none_is_the_best() -> None:
    zero = 0.0, 0.0, 0.0
    said = " ".join(verdict([row("a", (0.2, 0.1, 0.3), zero), row("b", (0.4, 0.3, 0.5), zero, 0.1)], UNCORRELATED))
    assert "Q is 0 for every representation" in said and "Highest" not in said
    assert "significant for 1 of the 1 other." in said


def test_an_interval_clear_of_all_others_is_told() -> None:
    said = " ".join(
        verdict([row("a", (0.2, 0.1, 0.3), (0.9, 0.8, 0.95)), row("b", (0.4, 0.3, 0.5), (0.4, 0.3, 0.5))], UNCORRELATED)
    )
    assert "a, Q 0.900 (0.800 to 0.950); its interval is clear of all others." in said
