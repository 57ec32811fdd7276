"""The jobs of the command line on one process, on two, and on a Dask cluster: the same numbers to the last bit."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from kappabar.cli import main
from kappabar.evaluate.commands import kappa as command
from kappabar.evaluate.commands.compare import compare
from kappabar.evaluate.compare import plan
from kappabar.evaluate.events import Advanced, Started
from kappabar.evaluate.measuring import job
from kappabar.evaluate.workers import cluster as on_cluster

SPECS = ["prefix | digits:2", "infix | chars"]
DATA = "x' = -0.5*x @ x=2; T=4\nx' = y; y' = -2*x @ x=1, y=0; T=6\nx' = 1 - x @ x=0.1; T=5\nx' = x^2 @ x=1; T=3\n"


SEEDS = {"seed": 3, "seeds": 2}


@pytest.fixture
def small(monkeypatch):
    _smaller(monkeypatch)


def _smaller(patch):
    """Budgets of seconds. The run's folder tells workers the sizes."""
    from kappabar.evaluate.quality.model.model import ModelConfig
    from kappabar.evaluate.quality.model.trained import TrainConfig
    from kappabar.evaluate.quality.task.task import TaskConfig
    from kappabar.evaluate.quality.training import presets

    task, training = TaskConfig(n_train=100, n_val=15, n_test=8), TrainConfig(steps=30, batch_size=16, checkpoints=2, probe=4)
    patch.setitem(plan.BUDGETS, "quick", plan.Budget("quick", 25, "quick"))
    patch.setitem(presets.PRESETS, "quick", presets.Preset(task, ModelConfig(d_model=32, layers=1, heads=2), training))


@pytest.fixture
def data(tmp_path: Path) -> str:
    path = tmp_path / "systems.txt"
    path.write_text(DATA, encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50) as local:
        yield local


@pytest.fixture(scope="module")
def alone(tmp_path_factory) -> bytes:
    """The table of a run in one process, which every other way must give."""
    with pytest.MonkeyPatch.context() as patch:
        _smaller(patch)
        folder = tmp_path_factory.mktemp("alone")
        (folder / "systems.txt").write_text(DATA, encoding="utf-8")
        compare(SPECS, str(folder / "systems.txt"), **SEEDS, out=folder / "run")
    return (folder / "run" / "summary.csv").read_bytes()


def _kill_a_busy_worker(cluster) -> None:
    from distributed import Client

    with Client(cluster.scheduler_address, set_as_default=False) as client:
        processes = client.run(os.getpid, on_error="ignore")
        busy = [address for address, keys in client.processing().items() if keys and address in processes]
        os.kill(processes[(busy or list(processes))[0]], signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_compare_gives_the_same_table_everywhere(alone, tmp_path, data, cluster):
    events = []
    compare(SPECS, data, **SEEDS, out=tmp_path / "two", jobs=2)
    compare(SPECS, data, **SEEDS, out=tmp_path / "dask", scheduler=cluster.scheduler_address, listen=events.append)
    assert all((tmp_path / name / "summary.csv").read_bytes() == alone for name in ("two", "dask"))
    assert len(alone.splitlines()) == 1 + len(SPECS)
    assert {e.stage for e in events if isinstance(e, Started)} >= {"κ of infix | chars", "training on prefix | digits:2, seed 1"}
    steps = sum(e.steps for e in events if isinstance(e, Advanced) and e.stage == "training on infix | chars")
    assert steps == 30
    assert not list((tmp_path / "dask").glob(".seen-*"))


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_a_worker_killed_amid_a_training_changes_nothing(alone, tmp_path, data, cluster):
    killed = []

    def kill(event):
        if isinstance(event, Started) and event.stage.startswith("training on infix") and not killed:
            killed.append(event)
            _kill_a_busy_worker(cluster)

    compare(SPECS, data, **SEEDS, out=tmp_path / "dask", scheduler=cluster.scheduler_address, listen=kill)
    assert killed and (tmp_path / "dask" / "summary.csv").read_bytes() == alone


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_an_interrupted_run_on_a_cluster_goes_on(alone, tmp_path, data, cluster):
    def interrupt(event):
        if isinstance(event, Started) and event.stage.startswith("training"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare(SPECS, data, **SEEDS, out=tmp_path / "dask", scheduler=cluster.scheduler_address, listen=interrupt)
    assert not list((tmp_path / "dask").glob(".seen-*"))
    compare(SPECS, data, **SEEDS, out=tmp_path / "dask", scheduler=cluster.scheduler_address, resume=True)
    assert (tmp_path / "dask" / "summary.csv").read_bytes() == alone


@pytest.mark.slow
def test_kappa_gives_the_same_document_everywhere(cluster, monkeypatch):
    monkeypatch.setattr(job, "WORTH_PROCESSES", 0)
    specs = ["prefix | digits:3 | bpe:96", "nondim | tree", "prefix | bins:16"]

    def documents(edits, killing=False, **how):
        killed = []

        def kill(event):
            if killing and isinstance(event, Advanced) and not killed:
                killed.append(event)
                _kill_a_busy_worker(cluster)

        found = command.kappa(specs, "sample:23", edits=edits, edits_per_expression=60, seed=5, listen=kill, **how)
        return json.dumps([k.as_dict() for k in found])

    for edits in ("token", "tree"):
        one = documents(edits)
        assert documents(edits, jobs=2) == one
        assert documents(edits, scheduler=cluster.scheduler_address) == one
    assert documents("tree", killing=True, scheduler=cluster.scheduler_address) == one


@pytest.mark.parametrize("command", ["kappa", "compare"])
def test_no_scheduler_is_one_line(command, tmp_path, monkeypatch, capsys):
    pytest.importorskip("distributed")
    monkeypatch.setattr(on_cluster, "_TIMEOUT", 0.5)
    out = tmp_path / "run"
    with pytest.raises(SystemExit) as caught:
        main([command, "-r", "tree", "--scheduler", "tcp://127.0.0.1:1", *(["--out", str(out)] if command == "compare" else [])])
    assert caught.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith("kappabar: error: no Dask scheduler at 'tcp://127.0.0.1:1'") and len(error.splitlines()) == 1
    assert not out.exists()
