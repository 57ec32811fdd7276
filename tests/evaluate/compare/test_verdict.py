"""A comparison's sentences: they claim what the rows hold, and no more."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kappabar.evaluate.compare.verdict import verdict
from kappabar.evaluate.statistics.correlation import rank_correlation_of_means

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
    assert (
        "Least κ mean as measured: a, 0.200." in text and "Highest Q as measured: a, 0.500. Prior" in text and "nan" not in text
    )


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
    assert (
        "Least κ mean as measured but for the control: a" in text
        and "controls with κ = 0: r (Q 0.400), s (Q 0.400). They add" in text
    )


def test_one_seed_of_any_representation_is_told() -> None:
    rows = row("a", (0.2, 0.1, 0.3), (0.5, 0.4, 0.6)), row("b", (0.4, 0.3, 0.5), (0.4, 0.3, 0.5))
    headline = {"value": -0.5, "low": -0.9, "high": 0.1, "p": 0.2, "n_permutations": 9999, "exact": False, "n_representations": 9}
    assert "With one seed" in said(*rows, seeds=1, least_seeds=1)
    text = said(*rows, seeds=3, least_seeds=1, kappa_mean=headline)
    assert "Where a representation has one seed" in text and "1 to 3 trainings of each" in text
    assert "seeds 3" not in said(*rows, seeds=3, least_seeds=3)


def _entry(value: float, n: int, p: float, low: float | None, high: float | None) -> dict[str, Any]:
    orders = math.factorial(min(n, 8))
    return {"value": value, "low": low, "high": high, "p": p, "n_permutations": orders, "exact": n <= 8, "n_representations": n}


def test_no_claim_from_fewer_than_six_whatever_the_correlation() -> None:
    rows = [row(name, (0.1 * i, 0.0, 1.0), (1 - 0.1 * i, 0.0, 1.0)) for i, name in enumerate("abc", 1)]
    entry = _entry(-0.87, 3, 2 / 3, None, None)
    text = said(*rows, kappa_mean=entry, kappa_mean_without_control=entry)
    assert "-0.87 (p = 0.67, over all 6 orders); of fewer than 6 representations no claim is made" in text
    assert "Smoothness Hypothesis" not in text and "interval" not in text.split("no claim")[0]


def test_a_claim_holds_with_the_control_and_without() -> None:
    rows = [row(name, (0.1, 0.0, 1.0), (0.5, 0.0, 1.0)) for name in "ab"]
    clear, lost = _entry(-0.8, 9, 0.01, -0.95, -0.3), _entry(-0.5, 8, 0.2, -0.9, 0.3)
    assert "as the Smoothness Hypothesis expects" in said(*rows, kappa_mean=clear, kappa_mean_without_control=clear)
    text = said(*rows, kappa_mean=clear, kappa_mean_without_control=lost)
    assert "without the control it cannot be told from chance" in text and "expects" not in text
    against = _entry(0.8, 9, 0.01, 0.3, 0.95)
    assert "against the Smoothness" in said(*rows, kappa_mean=against, kappa_mean_without_control=against)
    almost = _entry(-0.6, 9, 0.06, -0.95, -0.01)
    assert "cannot be told from chance" not in said(*rows, kappa_mean=clear, kappa_mean_without_control=clear)
    assert "told from chance" in said(*rows, kappa_mean=almost, kappa_mean_without_control=almost)


def test_of_runs_in_which_nothing_is_related_one_in_twenty_makes_a_claim_at_most() -> None:
    rng = np.random.default_rng(0)
    claims = {3: 0, 6: 0, 12: 0}
    for n in claims:
        for i in range(150):
            x, y = rng.normal(size=n), rng.normal(size=n)
            found = rank_correlation_of_means(
                [v + 0.1 * rng.normal(size=8) for v in x], [v + 0.1 * rng.normal(size=8) for v in y], i, 60
            )
            entry = found.as_dict() | {"n_representations": n}
            text = said(*[row("a", (0.2, 0.1, 0.3), (0.5, 0.4, 0.6))], kappa_mean=entry, kappa_mean_without_control=entry)
            claims[n] += "expects" in text or "against" in text
    assert claims[3] == 0
    assert claims[6] / 150 <= 0.09 and claims[12] / 150 <= 0.09  # 0.05 and two standard errors
