"""What a study's page says of its control, held to trainings of which the truth is known."""

from __future__ import annotations

from typing import Any

import numpy as np

from kappabar.evaluate.study.ledger import Ledger
from kappabar.evaluate.study.spread import over_seeds, spread
from kappabar.evaluate.study.verdict import DIFFER, _above, _seeds

SEEDS, ITEMS = 3, 80


def _ledger(rng: np.random.Generator, levels: np.ndarray[Any, Any]) -> Ledger:
    """Representations of these levels of Q, the last the control; trainings differ by 0.03, and all see the same test items."""
    items = 0.3 * rng.normal(size=ITEMS)
    study, summary = [], []
    for i, level in enumerate(levels):
        q = level + items + 0.03 * rng.normal(size=(SEEDS, 1)) + 0.2 * rng.normal(size=(SEEDS, ITEMS))
        half = 1.96 * q.std(axis=1, ddof=1) / np.sqrt(ITEMS)
        mean = q.mean(axis=1)
        shared = {"domain": "ode", "representation": str(i), "control": i == len(levels) - 1}
        study += [
            shared
            | {
                "seed": s,
                "quality": mean[s],
                "quality_low": mean[s] - half[s],
                "quality_high": mean[s] + half[s],
                "n_test": ITEMS,
            }
            for s in range(SEEDS)
        ]
        pooled = over_seeds(mean, mean - half, mean + half, ITEMS)
        summary.append(shared | {"quality": pooled.value, "quality_low": pooled.low, "quality_high": pooled.high})
    found = spread(np.array([r["quality"] for r in study]).reshape(-1, SEEDS))
    domain = {
        "domain": "ode", "sd_between": found.between, "sd_within": found.within, "freedom_within": found.freedom,
        "intraclass": found.intraclass.value, "intraclass_low": found.intraclass.low, "intraclass_high": found.intraclass.high,
    }  # fmt: skip
    return Ledger({"study": study, "representations": summary, "domains": [domain]})


def test_of_equal_representations_none_is_above_the_control() -> None:
    """Nor do they differ, as a rule: 0.05 and two standard errors."""
    rng = np.random.default_rng(0)
    above, differ, trials = 0, 0, 150
    for _ in range(trials):
        ledger = _ledger(rng, np.full(14, 0.5))
        above += bool(_above(ledger, "ode", ledger.tables["representations"][-1]))
        differ += _seeds(ledger, "ode").verdict == DIFFER
    bound = 0.05 + 2 * np.sqrt(0.05 * 0.95 / trials)
    assert above / trials <= bound and differ / trials <= bound


def test_what_is_far_above_the_control_is_found() -> None:
    ledger = _ledger(np.random.default_rng(1), np.array([0.9, 0.5, 0.5, 0.5, 0.45]))
    found = _above(ledger, "ode", ledger.tables["representations"][-1])
    assert [r["representation"] for r in found] == ["0"]
    assert _seeds(ledger, "ode").verdict == DIFFER
