"""A learning task kept as a file is the task that was drawn, to the last bit; anything else is refused in one line."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kappabar.evaluate.domains.domain import Domain, domain
from kappabar.evaluate.quality.task.saved import read_task, task_key, write_task
from kappabar.evaluate.quality.task.task import Floors, Task, TaskConfig, build_task, floors
from kappabar.grammars.errors import OutputError
from kappabar.grammars.tree import Node

CONFIG = TaskConfig(n_train=50, n_val=5, n_test=8, times=63, points=12)
KEY = task_key("any", {}, CONFIG, 3)


def equal(a: Any, b: Any) -> bool:
    """Of one type and the same bits, arrays laid out alike."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        layout = (a.dtype, a.shape, a.flags.c_contiguous) == (b.dtype, b.shape, b.flags.c_contiguous)
        return layout and a.tobytes() == b.tobytes()
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(equal, a, b))
    if is_dataclass(a) and not isinstance(a, Domain | Node):
        return all(equal(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    return bool(a == b or (a != a and b != b))


@pytest.fixture(scope="module", params=["ode", "map", "function", "examples.boolean:BOOLEAN", "arithmetic"])
def drawn(request: pytest.FixtureRequest) -> tuple[Task, Floors]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(Path(__file__).parents[4])
        task = build_task(domain(request.param), CONFIG, 3)
    return task, floors(task)


def test_what_is_read_is_what_was_drawn(drawn: tuple[Task, Floors], tmp_path: Path) -> None:
    task, known = drawn
    write_task(tmp_path / "parts" / "task.safetensors", KEY, task, known)
    found = read_task(tmp_path / "parts" / "task.safetensors", KEY, task.domain, CONFIG, 3)
    assert found is not None and equal(found, (task, known))
    assert [p.name for p in (tmp_path / "parts").iterdir()] == ["task.safetensors"]
    assert not equal(found, (task, Floors(known.prior + 1e-16, known.nearest))), "the comparison sees a bit"


def test_the_same_task_is_the_same_file(drawn: tuple[Task, Floors], tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_task(tmp_path / name, KEY, *drawn)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_no_file_is_no_task(tmp_path: Path) -> None:
    assert read_task(tmp_path / "task.safetensors", KEY, domain("ode"), CONFIG, 3) is None


@pytest.mark.parametrize(
    "key",
    [
        task_key("ode", {}, CONFIG, 3), task_key("any", {"rtol": 1e-9}, CONFIG, 3), task_key("any", {}, CONFIG, 4),
        task_key("any", {}, TaskConfig(), 3),
    ],
)  # fmt: skip
def test_the_task_of_another_run_is_refused(drawn: tuple[Task, Floors], tmp_path: Path, key: dict[str, Any]) -> None:
    write_task(tmp_path / "task.safetensors", KEY, *drawn)
    with pytest.raises(OutputError, match=r"not this run's learning task \(it is of another task\); delete it .*--resume"):
        read_task(tmp_path / "task.safetensors", key, drawn[0].domain, CONFIG, 3)


def test_a_damaged_file_is_refused_in_one_line(tmp_path: Path) -> None:
    """Cut off, or with a bit changed, at many places: each is refused."""
    task = build_task(domain("ode"), CONFIG, 3)
    drawn, path, rng = (task, floors(task)), tmp_path / "task.safetensors", np.random.default_rng(0)
    write_task(path, KEY, *drawn)
    whole = path.read_bytes()
    for at in [*range(40), *rng.integers(0, len(whole), 200).tolist()]:
        bit = bytes([whole[at] ^ (1 << int(rng.integers(8)))])
        path.write_bytes(whole[:at] if at % 7 == 0 else whole[:at] + bit + whole[at + 1 :])
        with pytest.raises(OutputError, match="delete it and go on with --resume") as caught:
            read_task(path, KEY, task.domain, CONFIG, 3)
        assert "\n" not in str(caught.value) and str(path) in str(caught.value)


def test_trees_of_another_alphabet_are_refused(tmp_path: Path) -> None:
    task = build_task(domain("ode"), CONFIG, 3)
    write_task(tmp_path / "task.safetensors", KEY, task, floors(task))
    boolean = Domain("mine", str, domain("ode").semantics, operators=_only_and())  # type: ignore[arg-type]
    with pytest.raises(OutputError, match="it holds a tree with"):
        read_task(tmp_path / "task.safetensors", KEY, boolean, CONFIG, 3)


def _only_and() -> Any:
    from kappabar.grammars.operators import Operator, operators

    return operators(Operator("and", 2, "infix", 1))
