"""The loop that gives out tasks, with workers that are lost as a test says."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.evaluate.workers.dispatch import Lost, dispatch
from kappabar.grammars.errors import RunError


@dataclass
class Scripted:
    """Does tasks in rounds: `fates` says of each in turn whether it is done ("ok"), lost, takes the others along ("all"), or is
    refused."""

    fates: deque[str]
    most: int = 1_000
    given_out: list[int] = field(default_factory=list)
    most_running: int = 0
    attended: int = 0
    losses: int = 0
    futures: int = 0
    fate: dict[int, tuple[str, int]] = field(default_factory=dict)

    def submit(self, task: tuple[Any, ...]) -> int:
        fate = self.fates.popleft() if self.fates else "ok"
        if fate == "refused":
            raise Lost
        self.given_out.append(task[0])
        self.futures += 1
        self.fate[self.futures] = (fate, task[0])
        return self.futures

    def wait(self, running: Collection[int]) -> Collection[int]:
        self.most_running = max(self.most_running, len(running))
        return list(running)[::-1][:2]

    def attend(self) -> None:
        self.attended += 1

    def value(self, future: int) -> int:
        fate, number = self.fate[future]
        if fate in ("lost", "all"):
            raise Lost(future)
        if fate == "fails":
            raise ValueError(f"task {number}")
        return number * number

    def renew(self, running: Collection[int]) -> Iterable[int]:
        self.losses += 1
        if self.losses > self.most:
            raise RunError("too many losses")
        along = any(self.fate[future][0] == "all" for future in running)
        return [future for future in running if along and self.fate[future][0] != "ok"]


@given(st.lists(st.sampled_from(["ok", "lost", "all", "refused"]), max_size=30), st.integers(0, 12), st.integers(1, 5))
def test_every_task_is_done_once_whatever_is_lost(fates: list[str], n: int, ahead: int) -> None:
    workers, running = Scripted(deque(fates)), {}  # type: ignore[var-annotated]
    found = list(dispatch(workers, ((i,) for i in range(n)), ahead, running))
    assert sorted(found) == [(i, i * i) for i in range(n)]
    assert workers.most_running <= ahead and not running
    assert set(workers.given_out) == set(range(n))


def test_results_of_one_moment_come_in_the_order_of_the_tasks_and_events_come_to_the_last() -> None:
    workers = Scripted(deque())
    assert [number for number, _ in dispatch(workers, [(i,) for i in range(4)], 4, {})] == [2, 3, 0, 1]
    assert workers.attended == 3, "once more when all is done"


def test_what_is_given_out_can_be_seen_meanwhile() -> None:
    running: dict[Any, Any] = {}
    results = dispatch(Scripted(deque()), [(i,) for i in range(9)], 3, running)
    next(results)
    assert list(running.values()) == [(0, (0,)), (2, (2,))]


def test_a_task_that_fails_is_not_done_again() -> None:
    workers = Scripted(deque(["ok", "fails"]))
    with pytest.raises(ValueError, match="task 1"):
        list(dispatch(workers, [(0,), (1,)], 2, {}))
    assert workers.given_out == [0, 1] and not workers.losses


def test_too_many_losses_end_the_whole() -> None:
    workers = Scripted(deque(["lost"] * 9), most=3)
    with pytest.raises(RunError, match="too many"):
        list(dispatch(workers, [(0,)], 2, {}))
    assert workers.given_out == [0] * 4
