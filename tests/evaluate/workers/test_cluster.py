"""Runners: every task done once and only once, wherever it runs and whoever dies meanwhile."""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.evaluate.events import Advanced, Finished, Started
from kappabar.evaluate.workers import cluster as on_cluster
from kappabar.evaluate.workers.pool import Here, runner
from kappabar.evaluate.workers.tasks import in_order
from kappabar.grammars.errors import KappabarError, OutputError, RunError, SpecError

# In a file of its own, on the path: other processes import it.
WORK = """
import os
import time
from pathlib import Path

from kappabar.evaluate.events import Advanced, Finished, Started
from kappabar.grammars.errors import EncodeError


def square(n, listen):
    listen(Started("squares", None))
    for _ in range(n):
        listen(Advanced("squares", 1))
    listen(Finished("squares"))
    return n * n


def add(offset, n, listen):
    return offset + n


def dies_once(folder, n, listen):
    mark = Path(folder) / f"{n}"
    if n in (3, 11) and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), 9)
    return n


def always_dies(n, listen):
    if n == 1:
        os._exit(0)
    return n


def dies_at_first(folder, n, listen):
    mark = Path(folder) / "died"
    if n == 2 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), 9)
    return n


def ends_the_scheduler(pid, n, listen):
    if n == 1:
        os.kill(pid, 9)
        time.sleep(60)
    return n


def refuses(n, listen):
    if n == 1:
        raise EncodeError("no token for 1")
    return n
"""


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    folder = tmp_path_factory.mktemp("work")
    (folder / "tasks_for_runners.py").write_text(WORK)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)
        yield import_module("tasks_for_runners")


@pytest.fixture(scope="module")
def address(work):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=50
    ) as local:
        yield local.scheduler_address


@pytest.fixture(params=["here", "processes", "dask"])
def crew(request, work):
    jobs = 1 if request.param == "here" else 2
    scheduler = request.getfixturevalue("address") if request.param == "dask" else None
    with runner(jobs, scheduler) as found:
        yield found


@dataclass
class Mortal:
    """A scheduler and its workers, processes that nobody starts again. Dask's own `LocalCluster` forgets workers that die
    often."""

    folder: Path
    processes: list[subprocess.Popen]

    @property
    def scheduler(self) -> subprocess.Popen:
        return self.processes[0]

    @property
    def address(self) -> str:
        return json.loads((self.folder / "scheduler.json").read_text())["address"]


@pytest.fixture
def mortal(work, tmp_path):
    """Begins a `Mortal` of so many workers, of which one task may take so many with it."""
    pytest.importorskip("distributed")
    own = Mortal(tmp_path, [])

    def begin(workers, failures):
        file = ["--scheduler-file", str(tmp_path / "scheduler.json")]
        words = ["scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", *file]
        worker = [
            "worker",
            "--no-nanny",
            "--nthreads",
            "1",
            "--no-dashboard",
            "--local-directory",
            str(tmp_path / "space"),
            *file,
        ]
        environment = os.environ | {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(failures)}
        for command in (words, *[worker] * workers):
            own.processes.append(
                subprocess.Popen(
                    [sys.executable, "-P", "-m", "dask", *command],
                    env=environment,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            )
        limit = time.monotonic() + 60
        while not (tmp_path / "scheduler.json").exists() and time.monotonic() < limit:
            time.sleep(0.05)
        return own

    yield begin
    for process in own.processes:
        process.kill()
        process.wait()


@given(st.permutations(range(12)))
def test_in_order_puts_results_back(numbers):
    assert list(in_order((n, str(n)) for n in numbers)) == [str(n) for n in range(12)]


@pytest.mark.nightly
def test_every_task_is_done_once_and_its_events_come_back(crew, work):
    heard = []
    found = sorted(crew.each(work.square, ((n,) for n in range(20)), heard.append))
    assert found == [(n, n * n) for n in range(20)]
    assert sum(e.steps for e in heard if isinstance(e, Advanced)) == sum(range(20))
    assert sum(isinstance(e, Started) for e in heard) == sum(isinstance(e, Finished) for e in heard) == 20
    assert list(in_order(crew.each(work.add, [(1,), (2,), (3,)], shared=(10,)))) == [11, 12, 13]
    assert list(crew.each(work.square, [])) == []


@pytest.mark.nightly
def test_a_task_that_refuses_ends_the_whole(crew, work):
    with pytest.raises(KappabarError, match="no token for 1"):
        list(crew.each(work.refuses, [(n,) for n in range(4)]))


@pytest.mark.nightly
def test_tasks_are_taken_as_there_is_room(crew, work):
    taken = []

    def tasks():
        for n in range(500):
            taken.append(n)
            yield (n, n)

    results = crew.each(work.add, tasks())
    next(results)
    assert len(taken) < 100
    assert len(list(results)) == 499


@pytest.mark.nightly
@pytest.mark.parametrize("kind", ["processes", "dask"])
def test_who_dies_costs_only_its_own_tasks(kind, work, tmp_path, mortal):
    marks = tmp_path / "marks"
    marks.mkdir()
    scheduler = mortal(workers=4, failures=3).address if kind == "dask" else None
    with runner(2, scheduler) as crew:
        found = sorted(crew.each(work.dies_once, [(str(marks), n) for n in range(15)]))
    assert found == [(n, n) for n in range(15)]
    assert {p.name for p in marks.iterdir()} == {"3", "11"}


@pytest.mark.nightly
@pytest.mark.parametrize("kind", ["processes", "dask"])
def test_a_task_that_always_kills_is_given_up(kind, work, mortal):
    scheduler = mortal(workers=5, failures=3).address if kind == "dask" else None
    with pytest.raises(RunError, match="died") as caught, runner(2, scheduler) as crew:
        list(crew.each(work.always_dies, [(n,) for n in range(4)]))
    assert "\n" not in str(caught.value) and "--resume" in str(caught.value)


def test_a_process_that_is_killed_costs_only_its_own_tasks(work, tmp_path):
    with runner(2) as crew:
        assert sorted(crew.each(work.dies_at_first, [(str(tmp_path), n) for n in range(6)])) == [(n, n) for n in range(6)]
        assert (tmp_path / "died").exists()
        with pytest.raises(RunError, match="worker processes died 3 times in a row") as caught:
            list(crew.each(work.always_dies, [(n,) for n in range(2)]))
    assert "\n" not in str(caught.value) and "--resume" in str(caught.value)


def test_a_task_that_kills_its_worker_is_one_line_and_the_others_go_on(work, mortal):
    """That a killed worker's task is done again, to the same numbers: tests/end_to_end/test_scheduler.py."""
    with runner(scheduler=mortal(workers=2, failures=0).address) as crew:
        crew.client.wait_for_workers(2)
        with pytest.raises(RunError, match="1 workers died over one task") as caught:
            list(crew.each(work.always_dies, [(n,) for n in range(3)]))
        assert "\n" not in str(caught.value) and "--resume" in str(caught.value)
        assert sorted(crew.each(work.add, [(1, n) for n in range(6)])) == [(n, n + 1) for n in range(6)]


def test_a_scheduler_that_is_killed_is_one_line(work, mortal):
    cluster = mortal(workers=1, failures=0)
    line = f"lost the scheduler at {cluster.address}; .* --resume"
    with pytest.raises(RunError, match=line) as caught, runner(scheduler=cluster.address) as crew:
        list(crew.each(work.ends_the_scheduler, [(cluster.scheduler.pid, n) for n in range(3)]))
    assert "\n" not in str(caught.value) and cluster.scheduler.wait() == -signal.SIGKILL


@pytest.mark.parametrize("when", ["before the first task", "between two calls"])
def test_who_carries_the_events_may_die(work, when):
    """The run ended with exit 1 and no word."""
    told = []
    with runner(2, listen=told.append) as crew:
        if when == "between two calls":
            assert sorted(crew.each(work.add, [(1, n) for n in range(4)], told.append)) == [(n, n + 1) for n in range(4)]
        crew.executor()
        os.kill(crew._manager._process.pid, signal.SIGKILL)
        assert sorted(crew.each(work.add, [(1, n) for n in range(8)], told.append)) == [(n, n + 1) for n in range(8)]
        crew.abandon()
        assert sorted(crew.each(work.add, [(2, n) for n in range(4)], told.append)) == [(n, n + 2) for n in range(4)]


@pytest.mark.nightly
def test_what_cannot_be_sent_is_said(work):
    with pytest.raises(RunError, match="cannot go to another process"), runner(2) as crew:
        list(crew.each(work.add, [(lambda: 1, 2), (3, 4)]))


@pytest.mark.nightly
def test_a_worker_that_cannot_see_the_folder_is_named(address, work, tmp_path):
    with runner(scheduler=address) as crew:
        crew.share(tmp_path)
        assert list(in_order(crew.each(work.add, [(1, 2)]))) == [3]
        beacon = next(tmp_path.iterdir())
        beacon.unlink()
        with pytest.raises(OutputError, match=rf"worker tcp://.* cannot see {tmp_path}; .*share"):
            list(crew.each(work.add, [(1, 2)]))
    with runner(scheduler=address) as crew:
        crew.share(tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.nightly
def test_another_version_on_a_worker_is_refused(address, monkeypatch):
    own = on_cluster.Badge.own()
    other = replace(own, versions=tuple((n, "0.0.1" if n == "kappabar" else v) for n, v in own.versions))
    monkeypatch.setattr(on_cluster.Badge, "own", staticmethod(lambda: other))
    with pytest.raises(RunError, match=r"has kappabar .*, the client 0\.0\.1"), runner(scheduler=address):
        pass


def test_a_badge_fits_its_own_process():
    on_cluster.Badge.own().check("me")
    with pytest.raises(OutputError, match="me cannot see"):
        replace(on_cluster.Badge.own(), beacon=str(Path("nowhere") / "file")).check("me")


def test_progress_is_told_thriftily_and_completely():
    told = []
    report = on_cluster.Report(told.append)
    report(Started("a", 1000))
    for k in range(1000):
        report(Advanced("a", 1, str(k)))
    report(Advanced("b", 2))
    report(Finished("a"))
    steps = {s: sum(t["steps"] for t in told if t["event"] == "Advanced" and t["stage"] == s) for s in "ab"}
    assert steps == {"a": 1000, "b": 2}
    assert len(told) < 50 and told[0]["event"] == "Started" and told[-1]["event"] == "Finished"


NOWHERE = ["tcp://127.0.0.1:1", "tls://127.0.0.1:1", "http://127.0.0.1:1", "tcp://127.0.0.1:99999", "nonsense", ""]


@pytest.mark.parametrize("wrong", NOWHERE)
def test_a_scheduler_that_is_not_there(wrong, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(on_cluster, "_TIMEOUT", 0.5)
    with pytest.raises(SpecError, match="no Dask scheduler at") as caught, runner(scheduler=wrong):
        pass
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("says", [b"", b"HTTP/1.0 400 Bad request\r\n\r\n", b"\xff" * 64])
def test_what_answers_is_no_scheduler(says, monkeypatch, capfd):
    """Such as a web server; a client that found it out itself said so in a traceback, long after."""
    pytest.importorskip("distributed")
    monkeypatch.setattr(on_cluster, "_TIMEOUT", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            with suppress(OSError):
                while True:
                    server.accept()[0].sendall(says)

        threading.Thread(target=answer, daemon=True).start()
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(SpecError, match="no Dask scheduler at"), runner(scheduler=address):
            pass
    gc.collect()
    assert "Traceback" not in capfd.readouterr().err


def test_without_the_extra(monkeypatch):
    monkeypatch.setattr(on_cluster, "find_spec", lambda name: None)
    with pytest.raises(RunError, match=r'pip install "kappabar\[cluster\]"'), runner(scheduler="tcp://127.0.0.1:1"):
        pass


def test_one_job_is_this_process():
    with runner(1) as crew:
        assert isinstance(crew, Here)
        assert list(crew.each(lambda n, listen: n + 1, [(1,), (2,)])) == [(0, 2), (1, 3)]
