"""A plan goes to run.json and comes back, also from folders that older versions wrote."""

from __future__ import annotations

import shlex

import pytest

from kappabar.evaluate.plan import BUDGETS, LINE_UP, Plan
from kappabar.grammars.errors import SpecError

OLD = {
    "representations": ["infix | chars"], "data": ["bank"], "domain": "ode", "metric": "bounded-l2", "invalid": "exclude", "seeds": 1,
    "budget": "quick", "seed": 0, "strict": False,
}  # fmt: skip


def test_a_plan_of_an_older_folder_has_the_defaults():
    plan = Plan.from_dict(OLD)
    assert (plan.device, plan.objective, plan.model, plan.tensorboard) == ("cpu", "next-token", None, None)
    assert plan == Plan(("infix | chars",), ("bank",), "ode", "bounded-l2", "exclude", 1, "quick", 0, False)
    assert not {"--device", "--objective", "--model", "--tensorboard"} & set(shlex.split(plan.command()))


def test_a_plan_comes_back_as_it_was():
    plan = Plan(
        LINE_UP, ("bank", "sample:3"), "map", "attractor", "worst", 3, "study", 4, True, "cuda:1", "multi-token:3", "3M", "runs/b"
    )
    assert Plan.from_dict(plan.as_dict()) == plan
    words = shlex.split(plan.command())
    for option, value in (
        ("--device", "cuda:1"),
        ("--objective", "multi-token:3"),
        ("--model", "3M"),
        ("--tensorboard", "runs/b"),
    ):
        assert words[words.index(option) + 1] == value


def test_budgets():
    assert {"quick", "study", "full"} <= set(BUDGETS)
    with pytest.raises(SpecError, match="did you mean 'study'"):
        Plan.from_dict(OLD | {"budget": "studdy"})
    with pytest.raises(SpecError, match="at least 1"):
        Plan.from_dict(OLD | {"seeds": 0})
