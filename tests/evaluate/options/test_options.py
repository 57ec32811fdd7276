"""Options that are written once: what a function's signature and help show, what it gets, and that all lists of them agree."""

from __future__ import annotations

import inspect
from dataclasses import asdict, dataclass
from typing import Any, TypedDict, Unpack

import pytest
import typer

import kappabar
from kappabar.cli.app import app
from kappabar.evaluate.compare.plan import ComparisonPlan
from kappabar.evaluate.events import silent
from kappabar.evaluate.options.spelled import part, spelled_out
from kappabar.evaluate.options.work import Work

COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
PRINTED = {"as_json", "quiet", "debug"}
"""Of the command line alone."""
PROMISED = {
    "compare": "representation data seeds rounds minutes until learn_from margin max_fidelity_error budget study domain metric "
    "invalid objective model device tensorboard rtol atol box max_step max_steps seed jobs scheduler out resume accept_version "
    "strict",
    "kappa": "representation data edits edits_per_expression domain metric invalid rtol atol box max_step max_steps seed jobs "
    "scheduler out resume accept_version strict",
    "search": "data trials objective sampler storage out resume accept_version edits_per_expression held_out redundant "
    "max_fidelity_error min_valid quality domain metric invalid seed jobs scheduler strict",
    "simulate": "text x0 t_end points rtol atol box max_step max_steps domain",
}
"""The options that scripts rely on."""
IN_PYTHON = {"compare": {"listen"}, "kappa": {"listen", "keep_edits"}, "search": {"listen", "local"}, "simulate": set[str]()}


class Words(TypedDict, total=False):
    """Of a dish:

    - `salt`: in grams
    - `cook`: who makes it
    """

    salt: float
    cook: str | None


@dataclass(frozen=True)
class Dish:
    salt: float = 1.5


@spelled_out(Words, defaults=(Dish,))
def dish(name: str, *, hot: bool = True, **options: Unpack[Words]) -> dict[str, Any]:
    """A dish."""
    return {"name": name, "hot": hot, **options}


def test_a_function_shows_and_gets_every_option() -> None:
    assert str(inspect.signature(dish)) == (
        "(name: 'str', *, hot: 'bool' = True, salt: 'float' = 1.5, cook: 'str | None' = None) -> 'dict[str, Any]'"
    )
    assert inspect.getdoc(dish) == "A dish.\n\nOf a dish:\n\n- `salt`: in grams\n- `cook`: who makes it"
    assert dish("soup") == {"name": "soup", "hot": True, "salt": 1.5, "cook": None}
    assert dish("soup", cook="Anna", hot=False) == {"name": "soup", "hot": False, "salt": 1.5, "cook": "Anna"}
    assert part(Dish, dish("soup", salt=2.0)) == Dish(2.0)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"pepper": 1}, r"dish\(\) got an unexpected keyword argument 'pepper'"),
        ({"name": "stew"}, r"dish\(\) multiple values for argument 'name'"),
    ],
)
def test_what_a_function_does_not_have_is_refused_as_by_any(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        dish("soup", **wrong)


@pytest.mark.parametrize("name", PROMISED)
def test_the_function_the_command_and_what_scripts_rely_on_agree(name: str) -> None:
    promised = set(PROMISED[name].split())
    command = {p.name for p in COMMANDS[name].params} - {"help"}
    function = {
        p.removesuffix("s") if p == "representations" else p for p in inspect.signature(getattr(kappabar, name)).parameters
    }
    assert command - PRINTED == promised
    assert function == promised | IN_PYTHON[name]


@pytest.mark.parametrize("name", PROMISED)
def test_help_says_what_each_option_means(name: str) -> None:
    function = getattr(kappabar, name)
    told = inspect.getdoc(function) or ""
    assert not [p for p in inspect.signature(function).parameters if f"`{p}`" not in told]


def test_defaults_of_the_main_job_are_those_of_the_interface() -> None:
    known = {n: p.default for n, p in inspect.signature(kappabar.compare).parameters.items() if p.default is not None}
    assert known == {
        "invalid": "exclude",
        "seed": 0,
        "strict": False,
        "device": "cpu",
        "objective": "next-token",
        "margin": 0.02,
        "max_fidelity_error": 0.05,
        "resume": False,
        "accept_version": False,
        "jobs": 1,
        "listen": silent,
    }


def test_one_object_has_every_option_of_the_main_job() -> None:
    travels = {*ComparisonPlan.from_dict(MINIMAL).as_dict(), *asdict(Work())}
    assert set(inspect.signature(kappabar.compare).parameters) == travels | {"study"}


MINIMAL = {"representations": ["prefix"], "data": ["bank"], "domain": "ode", "metric": "bounded-l2", "seeds": 1, "budget": "tiny"}
