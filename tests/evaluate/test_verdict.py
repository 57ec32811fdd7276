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
        "redundancy": 0.0, "quality": quality[0], "quality_low": quality[1],
        "quality_high": quality[2], "floor_prior": 0.3, "floor_nearest": 0.8, "fidelity_error": 0.0,
    }  # fmt: skip


def said(*rows: dict[str, Any], **correlation: Any) -> str:
    return " ".join(verdict(rows, UNCORRELATED | correlation))


def test_of_one_expression_no_interval_is_told() -> None:
    nan = math.nan
    text = said(row("a", (0.2, nan, nan), (0.5, nan, nan)), row("b", (0.4, nan, nan), (0.4, nan, nan)))
    assert "Smoothest: a, κ mean 0.200." in text and "Q 0.500. Prior" in text and "nan" not in text


def test_where_no_model_learned_none_is_the_best() -> None:
    zero = 0.0, 0.0, 0.0
    text = said(row("a", (0.2, 0.1, 0.3), zero), row("b", (0.4, 0.3, 0.5), zero))
    assert "Q is 0 for every representation" in text and "Highest" not in text


def test_a_control_is_spoken_of_only_where_there_is_one() -> None:
    measured, unmeasured = row("a", (0.2, 0.1, 0.3), (0.5, 0.4, 0.6)), row("b", (math.nan,) * 3, (0.4, 0.3, 0.5))
    assert "control" not in said(measured, unmeasured)
    control = row("r", (0.0, 0.0, 0.0), (0.4, 0.3, 0.5)) | {"sup": 0.0, "redundancy": 1.0}
    rough = row("c", (0.6, 0.5, 0.7), (0.5, 0.4, 0.6))
    text = said(measured, rough, control, control | {"representation": "s"})
    assert "Smoothest but for the control: a" in text and "controls with κ = 0: r (Q 0.400), s (Q 0.400). They add" in text


def test_one_seed_of_any_representation_is_told() -> None:
    rows = row("a", (0.2, 0.1, 0.3), (0.5, 0.4, 0.6)), row("b", (0.4, 0.3, 0.5), (0.4, 0.3, 0.5))
    headline = {"value": -0.5, "low": -0.9, "high": 0.1, "n_representations": 2}
    assert "With one seed" in said(*rows, seeds=1, least_seeds=1)
    text = said(*rows, seeds=3, least_seeds=1, kappa_mean=headline)
    assert "Where a representation has one seed" in text and "1 to 3 training seeds" in text
    assert "seeds 3" not in said(*rows, seeds=3, least_seeds=3)
