"""A training that was killed and taken up again is the training that was not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.evaluate.compare import tasks as work
from kappabar.evaluate.compare.plan import ComparisonPlan
from kappabar.evaluate.compare.run_data import RunData, task_file
from kappabar.evaluate.compare.trainings import load_training
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.events import Advanced, Event
from kappabar.evaluate.quality.measures.quality import QualityConfig
from kappabar.evaluate.quality.model.model import ModelConfig
from kappabar.evaluate.quality.model.precision import FORBIDDEN, one_thread, precision
from kappabar.evaluate.quality.model.trained import TrainConfig, Trained
from kappabar.evaluate.quality.task.saved import task_key, write_task
from kappabar.evaluate.quality.task.task import Task, TaskConfig, build_task, floors
from kappabar.evaluate.quality.training import checkpoint as kept
from kappabar.evaluate.quality.training.batches import Stream, bucketed
from kappabar.evaluate.quality.training.checkpoint import Checkpoint, Clock
from kappabar.evaluate.quality.training.presets import Preset
from kappabar.evaluate.quality.training.train import Run, train
from kappabar.evaluate.results.origin import Origin
from kappabar.grammars.errors import OutputError
from kappabar.grammars.tree import Node, System, number, system, variable
from kappabar.representations.representation import Representation, representation

TINY = ModelConfig(d_model=32, layers=2, heads=2)
FAST = TrainConfig(
    steps=24, batch_size=16, checkpoints=4, probe=4, checkpoint_every=5, objective="multi-token:2", branches=2, decay=0.3
)
"""Branches leave after steps 4 and 8, for the ends of trainings of 6 and 12."""


def decays(n: int) -> list[System]:
    """x' = -rate x."""
    rng = np.random.default_rng(0)
    pairs = zip(np.exp(rng.uniform(-1.2, 0.7, n)), rng.uniform(0.5, 2, n), strict=True)
    return [
        System(system(Node("*", (number(-round(float(r), 4)), variable(0)))), ("x_0",), "ode", ((float(s),),), 2.0, name=f"{i}")
        for i, (r, s) in enumerate(pairs)
    ]


def made() -> tuple[Task, Representation]:
    config = TaskConfig(
        n_train=150, n_val=16, n_test=8, times=63, points=16, separation=1e-7
    )  # ten batches: epochs end on the way
    task = build_task(domain("ode"), config, 0, decays(240))
    return task, representation("prefix | digits:1", corpus=list(task.train.systems))


@pytest.fixture(scope="module")
def bench() -> tuple[Task, Representation]:
    return made()


def outcome(trained: Trained, folder: Path) -> tuple[bytes, list[dict[str, Any]]]:
    """What must be equal: the bytes of the weights, and the history without its times."""
    trained.save(folder)
    history = [{k: v for k, v in row.items() if k != "seconds"} for row in trained.history]
    return (folder / "model.safetensors").read_bytes(), history


def run(folder: Path, kind: str, stop: int = 0) -> Trained:
    """Train in `folder`; this process is killed once step `stop` is done."""

    def on_step(step: int, loss: float) -> None:
        if step == stop:
            os.kill(os.getpid(), signal.SIGKILL)

    task, form = made()
    with one_thread():
        return train(task, form, TINY, replace(FAST, precision=kind), seed=3, on_step=on_step, checkpoints=folder)


_SCRIPT = """
import os, sys, importlib.util, pathlib
spec = importlib.util.spec_from_file_location("here", sys.argv[1])
here = importlib.util.module_from_spec(spec); sys.modules["here"] = here; spec.loader.exec_module(here)
folder = pathlib.Path(sys.argv[2])
for stop in map(int, sys.argv[3:]):
    if os.fork() == 0:  # a life; nothing has been computed before, so that it begins like a new process
        here.run(folder / "kept", "auto", stop).save(folder / "done")
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.wait()[1]))
"""


def finished(folder: Path) -> tuple[bytes, list[dict[str, Any]]]:
    history = json.loads((folder / "done" / "model.json").read_text())["history"]
    return (folder / "done" / "model.safetensors").read_bytes(), [{k: v for k, v in r.items() if k != "seconds"} for r in history]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_three_kills_at_random_steps_change_nothing(bench: tuple[Task, Representation], tmp_path: Path) -> None:
    with one_thread():
        whole = outcome(train(*bench, TINY, FAST, seed=3), tmp_path / "whole")
    stops = sorted(np.random.default_rng(11).choice(np.arange(2, 24), 3, replace=False).tolist())
    lives = [*map(str, stops), "0"]
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, __file__, str(tmp_path), *lives], check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == [str(-signal.SIGKILL)] * 3 + ["0"]
    assert finished(tmp_path) == whole
    files = {p.name for p in (tmp_path / "kept").iterdir()}
    assert files == {"training.json", "step-00000020.safetensors"}, "only the last is kept"


@pytest.mark.nightly
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.parametrize("kind", ["float32", "bfloat16"])
def test_twenty_kills_at_random_moments_change_nothing(kind: str, tmp_path: Path) -> None:
    """Each life is killed at a random moment after its first step; as each step is followed by a checkpoint, most die in
    writing."""
    with one_thread():
        whole = outcome(train(*made(), TINY, replace(_LONG, precision=kind), seed=3), tmp_path / "whole")
    command = [sys.executable, "-c", _KILLER, __file__, str(tmp_path), kind]
    ends = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert ends == [str(-signal.SIGKILL)] * 20 + ["0"]
    assert finished(tmp_path) == whole


_LONG = replace(FAST, steps=700, checkpoint_every=1)
_KILLER = """
import os, random, signal, sys, time, importlib.util, pathlib
spec = importlib.util.spec_from_file_location("here", sys.argv[1])
here = importlib.util.module_from_spec(spec); sys.modules["here"] = here; spec.loader.exec_module(here)
folder, moments = pathlib.Path(sys.argv[2]), random.Random(7)
def life(told):
    def on_step(step, loss):
        os.write(told, b".")
    config = here.replace(here._LONG, precision=sys.argv[3])
    with here.one_thread():
        here.train(*here.made(), here.TINY, config, seed=3, on_step=on_step, checkpoints=folder / "kept").save(folder / "done")
for number in range(21):
    hear, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        life(told)
        os._exit(0)
    os.close(told)
    os.read(hear, 1)
    if number < 20:
        time.sleep(moments.uniform(0, 0.2))
        os.kill(pid, signal.SIGKILL)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
    os.close(hear)
"""


def test_how_often_is_written_changes_nothing(bench: tuple[Task, Representation], tmp_path: Path) -> None:
    found = [
        outcome(train(*bench, TINY, replace(FAST, checkpoint_every=every), 3, checkpoints=tmp_path / f"k{every}"), tmp_path / "m")
        for every in (0, 1, 7)
    ]
    assert found[0] == found[1] == found[2]
    assert not (tmp_path / "k0").exists(), "a training of less than five seconds is not worth a checkpoint"


class Stop(Exception):
    pass


def interrupted(
    bench: tuple[Task, Representation], folder: Path, config: TrainConfig = FAST, at: int = 12, seed: int = 3
) -> None:
    def on_step(step: int, loss: float) -> None:
        if step == at:
            raise Stop

    with pytest.raises(Stop):
        train(*bench, TINY, config, seed, on_step=on_step, checkpoints=folder)


def test_a_checkpoint_of_another_training_is_refused(bench: tuple[Task, Representation], tmp_path: Path) -> None:
    interrupted(bench, tmp_path)
    task, form = bench
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    other = representation("prefix | digits:2", corpus=list(task.train.systems))
    other_kind = {"float32": "bfloat16", "bfloat16": "float32"}[precision("auto")]
    refused = {
        "seed": lambda: train(task, form, TINY, FAST, 4, checkpoints=tmp_path),
        "configuration": lambda: train(task, form, TINY, replace(FAST, lr=0.1), 3, checkpoints=tmp_path),
        "model": lambda: train(task, form, ModelConfig(d_model=64, layers=2, heads=2), FAST, 3, checkpoints=tmp_path),
        "representation": lambda: train(task, other, TINY, FAST, 3, checkpoints=tmp_path),
        "task": lambda: train(replace(task, seed=1), form, TINY, FAST, 3, checkpoints=tmp_path),
        "machine": lambda: train(task, form, TINY, replace(FAST, precision=other_kind), 3, checkpoints=tmp_path),
    }
    for what, attempt in refused.items():
        with pytest.raises(OutputError, match=what) as error:
            attempt()
        assert "\n" not in str(error.value) and str(tmp_path) in str(error.value)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before, "what was refused is left alone"


@pytest.mark.parametrize("kind", ["float32", "bfloat16"])
def test_auto_is_the_training_that_it_comes_to(
    kind: str, bench: tuple[Task, Representation], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a processor of either kind: a training begun as "auto" goes on under the name of its precision, and the other way
    round."""
    monkeypatch.delenv(FORBIDDEN, raising=False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": kind == "bfloat16"}, raising=False)
    interrupted(bench, tmp_path / "auto", replace(FAST, precision="auto"))
    interrupted(bench, tmp_path / "named", replace(FAST, precision=kind))
    ended = [
        outcome(train(*bench, TINY, replace(FAST, precision=name), 3, checkpoints=tmp_path / begun), tmp_path / f"m {begun}")
        for begun, name in (("auto", kind), ("named", "auto"))
    ]
    assert ended[0] == ended[1]
    monkeypatch.setenv(FORBIDDEN, "1")
    if kind == "bfloat16":
        interrupted(bench, tmp_path / "again", replace(FAST, precision=kind))
        with pytest.raises(OutputError, match="kind of machine"):
            train(*bench, TINY, replace(FAST, precision="auto"), 3, checkpoints=tmp_path / "again")


@given(place=st.floats(0, 1, exclude_max=True), kind=st.sampled_from(["cut", "flip"]), which=st.integers(0, 1))
@settings(max_examples=25)
def test_a_damaged_checkpoint_is_refused_in_one_line(place: float, kind: str, which: int, tmp_path_factory: Any) -> None:
    folder = tmp_path_factory.mktemp("kept")
    kept.write(folder, {"seed": "1"}, Checkpoint(7, {"weight a": torch.arange(50.0)}, {"history": [], "noise": 2**120}))
    path = sorted(folder.iterdir())[which]
    data = path.read_bytes()
    at = int(place * len(data))
    path.write_bytes(data[:at] if kind == "cut" else data[:at] + bytes([data[at] ^ 0x80]) + data[at + 1 :])
    with pytest.raises(OutputError) as error:
        kept.read(folder, {"seed": "1"})
    assert "\n" not in str(error.value) and str(folder) in str(error.value)


def test_a_death_at_any_moment_of_writing_leaves_a_whole_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every call that reaches the disk is the last one once."""
    old, new = (Checkpoint(step, {"weight a": torch.full((9,), float(step))}, {"history": [step]}) for step in (1, 2))
    seen = set()
    for fatal in range(20):
        folder = tmp_path / str(fatal)
        kept.write(folder, {}, old)
        left = [fatal]
        with monkeypatch.context() as patch:
            for place, name in [(os, "fsync"), (Path, "replace"), (Path, "unlink"), (Path, "open")]:
                patch.setattr(place, name, _mortal(getattr(place, name), left))
            try:
                kept.write(folder, {}, new)
                died = False
            except Stop:
                died = True
        found = kept.read(folder, {})
        assert found is not None
        assert found.state["history"] == [found.step] and torch.equal(
            found.tensors["weight a"], torch.full((9,), float(found.step))
        )
        seen.add(found.step)
        kept.write(folder, {}, new)
        assert len(list(folder.glob("*.safetensors"))) == 1, "what a death left behind is cleared away"
        if not died:
            break
    assert seen == {1, 2} and not died


def _mortal(call: Any, left: list[int]) -> Any:
    def wrapped(*arguments: Any, **named: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise Stop
        return call(*arguments, **named)

    return wrapped


def test_a_folder_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot keep a checkpoint"):
        kept.write(tmp_path / "file", {}, Checkpoint(1, {}, {}))


@given(st.integers(1, 60), st.integers(1, 20), st.integers(0, 40), st.integers(0, 2**32))
def test_a_stream_goes_on_where_it_stood(n: int, batch_size: int, taken: int, seed: int) -> None:
    sizes = np.random.default_rng(seed).integers(1, 20, n)
    stream = Stream(sizes, batch_size, np.random.default_rng(seed))
    for _ in range(taken):
        stream.take()
    position = json.loads(json.dumps(stream.position()))
    ahead = [stream.take().tolist() for _ in range(12)]
    again = Stream(sizes, batch_size, np.random.default_rng(seed + 1))
    again.take()
    again.go_to(position)
    assert [again.take().tolist() for _ in range(12)] == ahead


def test_a_stream_is_epoch_after_epoch_of_batches() -> None:
    sizes, rng = np.arange(40) % 7, np.random.default_rng([2, 5])
    epochs = [rows.tolist() for _ in range(3) for rows in bucketed(sizes, 6, rng)]
    stream = Stream(sizes, 6, np.random.default_rng([2, 5]))
    assert [stream.take().tolist() for _ in epochs] == epochs


def test_writing_takes_little_of_the_time() -> None:
    """Whatever a write costs, after the first one less than 2 % of the time goes into it."""
    for cost in (0.001, 0.3, 4.0):
        clock, now, spent, start = Clock(0, 0.0), 0.0, 0.0, None
        for step in range(1, 200_000):
            now += 0.05
            if clock.due(step, now):
                if start is None:
                    start = now + cost
                else:
                    spent += cost
                clock.wrote(now, now + cost)
                now += cost
        assert start is not None and 0 < spent < 0.02 * (now - start)
    assert [step for step in range(1, 10) if Clock(3, 0.0).due(step, 0.0)] == [3, 6, 9]


SPEC = "prefix | digits:1"


@pytest.fixture
def in_a_run(bench: tuple[Task, Representation], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`tasks.learn` in a run of this task."""
    task, _ = bench
    plan = ComparisonPlan(
        learn_from="sampler", representations=(SPEC,), data=("bank",), domain="ode", metric="bounded-l2", seeds=1, budget="quick"
    )
    sizes = Preset(task.config, TINY, FAST, QualityConfig(constrained=False, choices=0))
    shared = RunData(tmp_path / "fitted", plan, 10, sizes, task.domain, (), origin=Origin.of({}, [{}]))
    key = task_key(plan.domain, {}, task.config, plan.seed)
    write_task(tmp_path / "fitted" / "parts" / task_file(0), key, task, floors(task))
    monkeypatch.setattr(work, "run_data", lambda folder: shared)


@pytest.mark.usefixtures("in_a_run")
def test_a_comparison_goes_on_inside_a_training(tmp_path: Path) -> None:
    heard: list[int] = []

    def listen(event: Event, stop: int = 99) -> None:
        if isinstance(event, Advanced):
            heard.append(event.steps)
            if sum(heard) == stop:
                raise Stop

    work.learn(tmp_path / "whole", SPEC, 0, listen)
    assert heard == [1] * 24 and not (tmp_path / "whole" / "unfinished").exists()
    heard.clear()
    with pytest.raises(Stop):
        work.learn(tmp_path / "run", SPEC, 0, lambda event: listen(event, 18))
    assert load_training(tmp_path / "run" / "parts", SPEC, 0) is None
    heard.clear()
    work.learn(tmp_path / "run", SPEC, 0, listen)
    assert heard == [16, 1, 1, 1, 1, 1, 1, 1, 1], "from the checkpoint after step 15"
    assert not (tmp_path / "run" / "unfinished").exists()
    whole, again = (load_training(tmp_path / name / "parts", SPEC, 0) for name in ("whole", "run"))
    assert whole is not None and again is not None and whole.samples == again.samples
    drop = ("seconds", "seconds_per_sample")
    assert [{k: v for k, v in row.items() if k not in drop} for row in whole.history] == [
        {k: v for k, v in row.items() if k not in drop} for row in again.history
    ]
    first, second = (next((tmp_path / name / "checkpoints").rglob("*.safetensors")).read_bytes() for name in ("whole", "run"))
    assert first == second


@pytest.mark.usefixtures("in_a_run")
@pytest.mark.parametrize("at", [2, 24])
def test_a_training_that_breaks_leaves_a_part_that_says_why(at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In its midst, or with weights that are no numbers after its last step."""
    update = Run.update

    def broken(self: Run) -> tuple[float, str]:
        found = update(self)
        if self.step == at:
            for p in [*self.twin.fast.parameters(), *self.twin.exact.parameters()]:
                p.data.fill_(float("nan"))
        return found

    monkeypatch.setattr(Run, "update", broken)
    work.learn(tmp_path, SPEC, 0, lambda event: None)
    part = load_training(tmp_path / "parts", SPEC, 0)
    assert part is not None and not part.samples
    where = f"the loss was nan at step {at + 1} of 24" if at < 24 else "the held-out loss was nan after step 24 of 24"
    assert list(part.problems) == [f"training of seed 0 stopped: {where}"]
    assert 0 <= part.summary["floor_prior"] <= part.summary["ceiling"] <= 1
    assert all(np.isfinite(row["bits"]) for row in part.history)
    assert not (tmp_path / "unfinished").exists()
