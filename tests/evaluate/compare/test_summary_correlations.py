"""The rank correlations of a comparison: what is ranked among what."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

from kappabar.evaluate.compare.summary import correlations, is_lossless


def _kappa(name: str, values: Any) -> Any:
    measured = [SimpleNamespace(name=str(i)) for i in range(len(values))]
    return SimpleNamespace(
        representation=name,
        measured=measured,
        means=list(values),
        sup=SimpleNamespace(value=1.0),
        redundancy=SimpleNamespace(value=0.1),
    )


def test_bits_are_ranked_among_lossless_codes_alone() -> None:
    """Bits fall as Q rises; two codes that round have few bits and low Q."""
    rng = np.random.default_rng(0)
    quality = np.array([0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5, 0.45])
    bits = np.array([30.0, 31, 32, 33, 34, 35, 20, 21])
    rows = [
        {
            "bits": b,
            "quality": q,
            "tokens": t,
            "validity": 0.3,
            "seeds": 1,
            "fidelity_error": 0.0,
            "ceiling": 0.98 if i > 5 else 1.0,
        }
        for i, (b, q, t) in enumerate(zip(bits, quality, rng.permutation(8) + 10.0, strict=True))
    ]
    kappas = [_kappa(str(i), rng.random(12)) for i in range(8)]
    scores = [SimpleNamespace(items={"q": rng.normal(q, 0.01, 20)}) for q in quality]
    found = correlations(kappas, scores, rows, 0)
    assert (
        found["bits"]["value"] == pytest.approx(-1)
        and found["bits"]["n_representations"] == 6
        and found["bits"]["among"] == "lossless"
    )
    assert found["bits"]["p"] == pytest.approx(2 / 720) and found["bits"]["exact"]
    assert spearmanr(bits, quality).statistic > 0  # what all of them together would say
    assert found["tokens"]["n_representations"] == 8 and found["tokens"]["p"] > 0
    assert found["validity"] | {"value": None, "p": None} == found["validity"]


def test_of_three_representations_there_is_a_p_and_no_interval() -> None:
    kappas = [_kappa(str(i), [0.1 * i, 0.1 * i + 0.01]) for i in (1, 2, 3)]
    scores = [SimpleNamespace(items={"q": [1 - 0.1 * i]}) for i in (1, 2, 3)]
    found = correlations(kappas, scores, [], 0)["kappa_mean"]
    assert (found["value"], found["p"], found["low"]) == (pytest.approx(-1), pytest.approx(1 / 3), None)


def test_lossless_is_what_the_round_trip_of_the_task_says() -> None:
    assert is_lossless({"ceiling": 1.0, "fidelity_error": 0.2})  # the user's constants are longer than the task's
    assert not is_lossless({"ceiling": 0.99, "fidelity_error": 0.0})
    assert is_lossless({"ceiling": float("nan"), "fidelity_error": 2e-18})
    assert not is_lossless({"ceiling": None, "fidelity_error": None}) and not is_lossless({})
