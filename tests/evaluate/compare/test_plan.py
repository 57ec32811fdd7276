"""A plan goes to run.json and comes back, also from folders that older versions wrote."""

from __future__ import annotations

import shlex

import pytest

from kappabar.evaluate.commands.compare import compare
from kappabar.evaluate.compare.plan import BUDGETS, ComparisonPlan
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.line_up import LINE_UP
from kappabar.grammars.errors import ConditionError, SpecError
from kappabar.grammars.text.parse import parse

OLD = {
    "representations": ["infix | chars"], "data": ["bank"], "domain": "ode", "metric": "bounded-l2", "invalid": "exclude",
    "seeds": 1,
    "budget": "quick", "seed": 0, "strict": False,
}  # fmt: skip


def test_a_plan_of_an_older_folder_has_the_defaults():
    plan = ComparisonPlan.from_dict(OLD)
    assert (plan.device, plan.objective, plan.model, plan.tensorboard) == ("cpu", "next-token", None, None)
    assert plan == ComparisonPlan(
        learn_from="sampler",
        representations=("infix | chars",),
        data=("bank",),
        domain="ode",
        metric="bounded-l2",
        invalid="exclude",
        seeds=1,
        budget="quick",
        seed=0,
        strict=False,
    )
    assert not {"--device", "--objective", "--model", "--tensorboard"} & set(shlex.split(plan.command()))


def test_a_plan_comes_back_as_it_was():
    plan = ComparisonPlan(
        learn_from="sampler",
        representations=LINE_UP,
        data=("bank", "sample:3"),
        domain="map",
        metric="attractor",
        invalid="worst",
        seeds=3,
        budget="study",
        seed=4,
        strict=True,
        device="cuda:1",
        objective="multi-token:3",
        model="3M",
        tensorboard="runs/b",
    )
    assert ComparisonPlan.from_dict(plan.as_dict()) == plan
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
        ComparisonPlan.from_dict(OLD | {"budget": "studdy"})
    with pytest.raises(SpecError, match="at least 1"):
        ComparisonPlan.from_dict(OLD | {"seeds": 0})


def test_options_of_simulations_are_recorded_repeated_and_used():
    plan = ComparisonPlan.from_dict(OLD | {"atol": 1e-9, "box": 5e7, "max_steps": 1_000_000})
    assert ComparisonPlan.from_dict(plan.as_dict()) == plan
    assert plan.command().endswith("--atol 1e-09 --box 50000000.0 --max-steps 1000000")
    setting = plan.tuned_domain().semantics.setting(parse("x' = -x @ x=1; T=1"))
    assert (setting.atol, setting.box[0], setting.max_steps, setting.edit_steps) == (1e-9, 5e7, 1_000_000, 1_000_000)
    older = {
        name: value for name, value in plan.as_dict().items() if name not in ("rtol", "atol", "box", "max_step", "max_steps")
    }
    assert ComparisonPlan.from_dict(older).tuned_domain() == domain("ode")


def test_options_that_mean_nothing_are_refused_in_one_line():
    maps = ComparisonPlan.from_dict(OLD | {"domain": "map", "max_step": 0.1})
    with pytest.raises(ConditionError, match="leave --max-step out"):
        maps.tuned_domain()
    with pytest.raises(SpecError, match="leave --rtol out"):
        compare(study="hypothesis", rtol=1e-9)
