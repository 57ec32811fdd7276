"""`--resume` takes up a run only where no number could differ: hand-made headers, and what `execute` says of them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kappabar.evaluate.commands import search as searching
from kappabar.evaluate.compare import run as module
from kappabar.evaluate.compare.plan import BUDGETS, Budget, ComparisonPlan
from kappabar.evaluate.compare.run import checked, execute
from kappabar.evaluate.options.work import Work
from kappabar.evaluate.quality.training import presets
from kappabar.evaluate.results import versions as of_versions
from kappabar.evaluate.results.files import check_same, read_json, write_json
from kappabar.evaluate.results.versions import taken_up, versions
from kappabar.evaluate.search.plan import SearchPlan
from kappabar.evaluate.search.trials import open_study
from kappabar.evaluate.study import run as studies
from kappabar.grammars.errors import OutputError

PLAN = ComparisonPlan(
    learn_from="sampler",
    representations=("prefix | digits:2",),
    data=("DATA",),
    domain="ode",
    metric="bounded-l2",
    invalid="exclude",
    seeds=1,
    budget="tiny",
    seed=0,
    strict=False,
)
OTHER: dict[str, Any] = {
    "representations": ("prefix | digits:3",), "domain": "map", "metric": "attractor", "invalid": "worst",
    "budget": "quick", "seed": 1, "device": "cuda", "objective": "entropy-weighted", "model": "0.8M", "rtol": 1e-9,
    "atol": 1e-9,
    "box": 1e9, "max_step": 0.5, "max_steps": 1000,
    "rounds": 3, "minutes": 5.0, "until": "decided", "learn_from": "data", "margin": 0.03, "max_fidelity_error": 0.1,
}  # fmt: skip
GROWS: dict[str, Any] = {"representations": ("prefix | digits:3", "prefix | digits:2"), "seeds": 2}
"""What there may be more of."""
HARMLESS = {"strict": True, "tensorboard": "curves"}
MATTER = ("kappabar", "source", "torch", "numpy", "numba", "scipy", "tokenizers")
SEARCH = SearchPlan(
    data=("bank",),
    objectives=("mean", "tokens"),
    sampler="tpe",
    domain="ode",
    metric="bounded-l2",
    invalid="exclude",
    edits_per_expression=10,
    held_out=0.5,
    seed=0,
    redundant=False,
    strict=False,
    systems="abc",
)
OTHER_SEARCH: dict[str, Any] = {
    "data": ("sample:3",), "objectives": ("mean",), "sampler": "random", "domain": "map", "metric": "attractor",
    "invalid": "worst",
    "edits_per_expression": 11, "held_out": 0.4, "seed": 1, "redundant": True, "systems": "abd", "max_fidelity_error": 0.1,
    "min_valid": 0.1,
}  # fmt: skip


def planned(**changed: Any) -> ComparisonPlan:
    return ComparisonPlan.from_dict(PLAN.as_dict() | changed)


class Nobody:
    """Does no task: a run is taken up, and nothing is measured."""

    size = 1

    def share(self, folder: Path) -> None:
        pass

    def each(self, *_: Any) -> list[Any]:
        return []


@pytest.fixture
def begun(tmp_path: Path) -> tuple[Path, Callable[..., dict[str, Any]]]:
    """A folder in which a run was begun, and `again`, which takes it up under changed arguments and gives its new header."""
    data = {name: tmp_path / f"{name}.txt" for name in ("DATA", "OTHER")}
    for path in data.values():
        path.write_text("x' = 0.5*x*(1 - x) @ x=0.5; T=4\n", encoding="utf-8")
    folder = tmp_path / "run"

    def again(accept_version: bool = False, **changed: Any) -> dict[str, Any]:
        plan = planned(**changed)
        plan = replace(plan, data=tuple(str(data[name]) for name in plan.data))
        loaded = checked(replace(plan, device="cpu", domain="ode", learn_from="sampler"))  # as far as this machine goes
        execute(folder, plan, loaded, Nobody(), Work(accept_version=accept_version))
        header: dict[str, Any] = read_json(folder / "run.json")
        return header

    again()
    return folder, again


def test_every_argument_of_a_run_is_one_or_the_other() -> None:
    assert set(OTHER) | set(GROWS) | set(HARMLESS) | {"data"} == set(PLAN.as_dict())
    assert set(OTHER_SEARCH) | {"strict"} == set(SEARCH.as_dict())


@pytest.mark.parametrize("name", OTHER)
def test_another_value_of_what_changes_a_number_is_refused(begun: Any, name: str) -> None:
    folder, again = begun
    before = (folder / "run.json").read_bytes()
    with pytest.raises(OutputError, match=rf"other arguments: {name} is .* there and .* here; repeat those") as caught:
        again(**{name: OTHER[name]}, accept_version=True)
    assert "\n" not in str(caught.value)
    assert (folder / "run.json").read_bytes() == before


@pytest.mark.parametrize("name", GROWS)
def test_more_is_taken_and_less_again_is_refused(begun: Any, name: str) -> None:
    folder, again = begun
    before = read_json(folder / "run.json")
    header = again(**{name: GROWS[name]})
    value = before["arguments"][name]
    more = list(GROWS[name]) if name == "representations" else GROWS[name]
    assert header["arguments"] == before["arguments"] | {name: more} and header["repeat"] != before["repeat"]
    assert {k: v for k, v in header.items() if k not in ("arguments", "repeat")} == {
        k: v for k, v in before.items() if k not in ("arguments", "repeat")
    }
    with pytest.raises(OutputError, match=f"other arguments: {name} is "):
        again(**{name: tuple(value) if isinstance(value, list) else value})


def test_rounds_do_not_grow() -> None:
    """What was decided among fewer got no further trainings."""
    begun, more = planned(rounds=2), planned(rounds=2, representations=["prefix | digits:2", "tree"])
    assert more.as_begun(begun) == more and planned(seeds=3).as_begun(PLAN) == PLAN


@pytest.mark.parametrize("name", HARMLESS)
def test_what_changes_no_number_is_taken(begun: Any, name: str) -> None:
    assert begun[1](**{name: HARMLESS[name]})["arguments"][name] == HARMLESS[name]


def test_a_file_may_lie_elsewhere_but_not_hold_something_else(begun: Any, tmp_path: Path) -> None:
    assert begun[1](data=("OTHER",))["data"] == [{"source": str(tmp_path / "OTHER.txt")}]
    (tmp_path / "OTHER.txt").write_text("x' = 0.4*x*(1 - x) @ x=0.5; T=4\n", encoding="utf-8")
    with pytest.raises(OutputError, match="are not those that"):
        begun[1](data=("OTHER",))


def test_the_same_again_is_the_same_bytes(begun: Any) -> None:
    folder, again = begun
    before = (folder / "run.json").read_bytes()
    again()
    assert (folder / "run.json").read_bytes() == before


@pytest.mark.parametrize("part", ["task", "model", "train", "quality", "edits"])
def test_a_budget_of_other_sizes_is_refused(begun: Any, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    size = {"task": "n_train", "model": "d_model", "train": "steps", "quality": "samples"}
    if part == "edits":
        monkeypatch.setitem(BUDGETS, "tiny", Budget("tiny", 51, "tiny"))
    else:
        old = presets.PRESETS["tiny"]
        monkeypatch.setitem(presets.PRESETS, "tiny", replace(old, **{part: replace(getattr(old, part), **{size[part]: 8})}))
    name = "budget.edits_per_expression" if part == "edits" else f"budget.sizes.{part}.{size[part]}"
    with pytest.raises(OutputError, match=f"of other sizes than this version's: {name} is .* there and .* here"):
        begun[1](accept_version=True)


@pytest.mark.parametrize(("key", "value"), [("precision", "bfloat16"), ("quality_metric", "mine")])
def test_another_precision_or_metric_of_quality_is_refused(begun: Any, key: str, value: str) -> None:
    """A run goes on in its own precision (see test_compare), unless its header says two things of it."""
    folder, again = begun
    header = read_json(folder / "run.json")
    header["budget"]["sizes"]["train"]["precision"] = "float32"
    write_json(folder / "run.json", header | {key: value})
    with pytest.raises(OutputError, match="of other sizes than this version's"):
        again(accept_version=True)


@pytest.mark.parametrize("name", MATTER)
def test_another_version_is_refused_until_it_is_accepted(begun: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, again = begun
    before = versions()
    monkeypatch.setattr(module, "versions", lambda parts=(): before | {name: "0.0.1"})
    with pytest.raises(
        OutputError, match=rf"other versions: {name} .* there and 0\.0\.1 here; .*--resume --accept-version"
    ) as caught:
        again()
    assert "\n" not in str(caught.value)
    header = again(accept_version=True)
    assert header["versions"] == before | {name: "0.0.1"} and header["earlier_versions"] == [before]
    assert again() == header  # once accepted
    monkeypatch.setattr(module, "versions", lambda parts=(): before)
    header = again(accept_version=True)
    assert header["versions"] == before and header["earlier_versions"] == [before | {name: "0.0.1"}]


@pytest.mark.parametrize("name", ["python", "lark", "polars", "altair"])
def test_a_version_of_what_no_number_depends_on_is_taken_and_recorded(
    begun: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = versions()
    monkeypatch.setattr(module, "versions", lambda parts=(): before | {name: "0.0.1"})
    assert begun[1]()["earlier_versions"] == [before]


def test_every_version_is_one_or_the_other() -> None:
    assert set(versions()) == {*MATTER, "python", "lark", "polars", "altair"}


def test_a_part_of_ones_own_that_was_edited_is_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own_part_of_a_run.py").write_text("Part = 1\n")
    spec = "prefix | own_part_of_a_run:Part"
    assert "own_part_of_a_run" not in versions([spec]) and "own_part_of_a_run" not in sys.modules  # it is not imported for this
    __import__("own_part_of_a_run")
    before = versions([spec, "digits:3"])
    (tmp_path / "own_part_of_a_run.py").write_text("Part = 2\n")
    with pytest.raises(OutputError, match="other versions: own_part_of_a_run "):
        taken_up({"versions": before}, versions([spec]), "run", accept=False)
    added = taken_up({"versions": versions()}, versions([spec]), "run", accept=False)  # what the run has more of
    assert "own_part_of_a_run" in added["versions"] and added["earlier_versions"] == [versions()]
    without = {name: version for name, version in versions().items() if name != "torch"}
    with pytest.raises(OutputError, match="other versions: torch unknown there"):
        taken_up({"versions": without}, versions(), "run", accept=False)


def test_the_digest_is_of_what_makes_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def digest() -> str:
        of_versions._source.cache_clear()
        return of_versions._source()

    for name in ("grammars/a.py", "evaluate/report/b.py", "evaluate/c.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"1\n")
    monkeypatch.setattr("kappabar.__file__", str(tmp_path / "__init__.py"))
    first = digest()
    (tmp_path / "evaluate/report/b.py").write_bytes(b"2\n")
    (tmp_path / "evaluate/c.py").write_bytes(b"1\r\n")
    assert digest() == first
    (tmp_path / "evaluate/c.py").write_bytes(b"2\n")
    assert digest() != first
    of_versions._source.cache_clear()


def _study(folder: Path, accept: bool = False, **changed: Any) -> dict[str, Any]:
    studies._write_header(folder, "hypothesis", {"ode": planned(**changed)}, "kappabar compare", accept)
    header: dict[str, Any] = read_json(folder / "study.json")
    return header


def test_a_study_is_taken_up_as_a_comparison_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _study(tmp_path)
    assert _study(tmp_path) == first
    for name, value in (OTHER | GROWS).items():
        with pytest.raises(OutputError, match="other arguments"):
            _study(tmp_path, True, **{name: value})
    for name, value in HARMLESS.items():
        assert _study(tmp_path, **{name: value})["arguments"]["ode"][name] == value
    monkeypatch.setattr(studies, "versions", lambda parts=(): first["versions"] | {"torch": "0"})
    with pytest.raises(OutputError, match="other versions: torch"):
        _study(tmp_path)
    assert _study(tmp_path, True)["earlier_versions"] == [first["versions"]]


def _search(folder: Path, accept: bool = False, **changed: Any) -> dict[str, Any]:
    searching._begin(replace(SEARCH, **changed), folder, Work(resume=True, accept_version=accept))
    header: dict[str, Any] = read_json(folder / "search.json")
    return header


def test_a_search_is_taken_up_as_a_comparison_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _search(tmp_path)
    assert _search(tmp_path) == first and {"optuna", *MATTER} <= set(first["versions"])
    for name, value in OTHER_SEARCH.items():
        with pytest.raises(OutputError, match=f"other arguments: {name} is "):
            _search(tmp_path, True, **{name: value})
    assert _search(tmp_path, strict=True)["arguments"]["strict"] is True
    assert replace(SEARCH, strict=True).name == SEARCH.name  # and so is what its storage holds
    monkeypatch.setattr(searching, "library_versions", lambda plan: first["versions"] | {"optuna": "0"})
    with pytest.raises(OutputError, match="other versions: optuna"):
        _search(tmp_path)
    assert _search(tmp_path, True)["earlier_versions"] == [first["versions"]]


def test_a_storage_without_a_folder_knows_its_versions_too(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'search.db'}"
    open_study(url, None, "s", {}, 2, versions={"torch": "1"})
    open_study(url, None, "s", {}, 2, resume=True, versions={"torch": "1"})
    with pytest.raises(OutputError, match="other versions: torch 1 there and 2 here"):
        open_study(url, None, "s", {}, 2, resume=True, versions={"torch": "2"})
    kept = open_study(url, None, "s", {}, 2, resume=True, versions={"torch": "2"}, accept_version=True).user_attrs
    assert (kept["versions"], kept["earlier_versions"]) == ({"torch": "2"}, [{"torch": "1"}])


def test_what_differs_is_told_in_one_line() -> None:
    check_same({"a": [1, 2], "b": {"c": None}}, {"a": (1, 2), "b": {}}, "x", "y")
    with pytest.raises(OutputError, match=r"^x: b\.c is 1 there and 2 here, d is null there and 3 here; y$"):
        check_same({"a": 1, "b": {"c": 1}}, {"a": 1, "b": {"c": 2}, "d": 3}, "x", "y")
    with pytest.raises(OutputError, match="and 2 more; y"):
        check_same(dict.fromkeys("abcdef", 1), dict.fromkeys("abcdef", 2), "x", "y")
