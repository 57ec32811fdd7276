"""The batch machinery: same bits whatever the company, and a compiled kernel wherever it can or cannot be cached."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.evaluate.domains.metrics import METRICS, distances
from kappabar.evaluate.kappa.measure import compared_status
from kappabar.evaluate.semantics.base import Measuring, Semantics, Setting, Status, edit_setting
from kappabar.evaluate.semantics.engine import compiling
from kappabar.evaluate.semantics.engine.kernels import FLOW
from kappabar.evaluate.semantics.flow import Flow
from kappabar.evaluate.semantics.orbit import Orbit
from kappabar.evaluate.semantics.table import Table
from kappabar.grammars.draw.strategies import trees
from kappabar.grammars.text.reader import read_infix
from kappabar.grammars.tree import Node, System, coefficient_paths, with_value
from kappabar.tokenizers.machines import jit
from kappabar.tokenizers.machines.jit import Kernel

batches = st.lists(trees(dim=2, max_leaves=6), min_size=1, max_size=6)
STATES = System(read_infix("x_1 | -x_0"), ("x", "y"), x0=((1.0, 0.0), (0.3, -2.0), (-1.0, 0.5)), t_end=5.0)  # type: ignore[arg-type]


def same(a: np.ndarray, b: np.ndarray) -> bool:
    return a.tobytes() == b.tobytes()


@pytest.mark.parametrize("kind", [Flow, Orbit])
@given(batch=batches)
def test_bits_do_not_depend_on_threads_batch_or_entry(kind: type[Flow] | type[Orbit], batch: list[Node]) -> None:
    one, many = kind(threads=1), kind(threads=3)
    setting = one.setting(STATES, points=31)
    full = one.simulate(batch * 9, setting)
    assert (np.isfinite(full.y).all(axis=(2, 3)) | (full.status == Status.UNDEFINED)).all()
    assert set(np.unique(full.status)) <= set(Status)
    threaded = many.simulate(batch * 9, setting)
    alone = [one.simulate([tree], setting) for tree in batch]
    separate = many.simulate(batch * 9, [setting] * (9 * len(batch)))
    assert same(threaded.y, full.y)
    assert same(threaded.status, full.status)
    for i in range(len(batch) * 9):
        assert same(full.y[i], alone[i % len(batch)].y[0])
        assert same(full.y[i], separate[i].y[0])
        assert same(full.status[i], separate[i].status[0])


@settings(max_examples=20)
@given(batch=batches, nudges=st.lists(st.floats(0.5, 2.0), min_size=1, max_size=20))
def test_bits_do_not_depend_on_who_shares_the_lanes(batch: list[Node], nudges: list[float]) -> None:
    """Edits of a coefficient share their instructions, hence lanes, in which they have steps and ends of their own."""
    places = [(tree, path) for tree in batch for path in coefficient_paths(tree)]
    family = [with_value(tree, path, (tree.at(path).value or 0.0) * n) for tree, path in places for n in nudges][:60]
    for semantics in (Flow(threads=1), Orbit(threads=1)):
        setting = semantics.setting(STATES, points=31)
        together = semantics.simulate(family, setting)
        for i in range(0, len(family), 7):
            alone = semantics.simulate([family[i]], setting)
            assert same(together.y[i], alone.y[0])
            assert same(together.status[i], alone.status[0])


@pytest.mark.parametrize("name", ["bounded-l2", "relative-l2"])
@pytest.mark.parametrize("kind", [Flow, Orbit, Table])
@settings(max_examples=20)
@given(batch=batches)
def test_distances_on_the_fly_are_those_of_what_is_stored(kind: type[Flow | Orbit | Table], name: str, batch: list[Node]) -> None:
    semantics, metric = kind(), METRICS[name]
    trees = [Node("|", tree.children[:1]) for tree in batch] if kind is Table else batch
    setting = semantics.setting(System(trees[0], ("x", "y"), domain="function") if kind is Table else STATES, points=31)
    reference = semantics.simulate([trees[0]], setting).y[0]
    setting = edit_setting(setting, reference)
    stored = semantics.simulate(trees * 5, setting)
    assert metric.running is not None
    assert isinstance(semantics, Measuring)
    found = semantics.distances(trees * 5, setting, reference, metric.running)
    assert same(found.status, compared_status(reference, stored, setting, kind is not Table))
    assert found.distance == pytest.approx(distances(metric, reference, stored.y), rel=1e-12, abs=1e-12, nan_ok=True)
    assert semantics.distances(trees[:1], setting, stored.y[0], metric.running).distance[0] == 0.0
    many = kind(threads=3).distances(trees * 5, setting, reference, metric.running)
    assert np.array_equal(many.distance, found.distance, equal_nan=True)


def test_a_reference_of_another_shape_is_refused() -> None:
    running = METRICS["bounded-l2"].running
    assert running is not None
    with pytest.raises(ValueError, match="reference has shape"):
        Flow().distances([STATES.tree], Flow().setting(STATES), np.zeros((3, 100, 2)), running)
    assert Flow().distances([], Flow().setting(STATES), np.zeros((3, 201, 2)), running).distance.shape == (0,)


@given(batch=st.lists(trees(dim=1, max_leaves=6), min_size=1, max_size=6))
def test_tables_do_not_depend_on_it_either(batch: list[Node]) -> None:
    setting = Table().setting(System(batch[0], ("x",), domain="function"), points=17)
    full = Table(threads=3).simulate(batch * 9, setting)
    for i, behaviors in enumerate(Table(threads=1).simulate(batch, [setting] * len(batch))):
        assert all(same(full.y[j], behaviors.y[0]) for j in range(i, len(full.y), len(batch)))


def test_settings_of_different_shapes_mix() -> None:
    """Own dimension, number of initial conditions, times, box and tolerances for each tree."""
    semantics: Semantics = Flow()
    systems = [
        System(read_infix("-x_0"), ("x",), x0=((1.0,), (2.0,)), t_end=1.0),  # type: ignore[arg-type]
        STATES,
        System(read_infix("x_1 | x_2 | -x_0"), ("x", "y", "z"), x0=((1.0, 0.0, 0.0),), t_end=9.0),  # type: ignore[arg-type]
    ]
    settings = [semantics.setting(s, points=n, rtol=r) for s, n, r in zip(systems, (5, 50, 17), (1e-3, 1e-9, 1e-6), strict=True)]
    settings[2] = edit_setting(settings[2], np.ones((1, 2, 3)), factor=3.0)
    mixed = semantics.simulate([s.tree for s in systems], settings)
    for system, setting, found in zip(systems, settings, mixed, strict=True):
        expected = semantics.simulate([system.tree], setting)
        assert same(found.y, expected.y)
        assert found.y.shape == (1, len(setting.x0), len(setting.t), system.dim)
    assert mixed[2].status == Status.DIVERGED


def test_a_setting_is_left_as_it_was() -> None:
    setting = Flow().setting(STATES)
    copies = [array.copy() for array in (setting.x0, setting.t, setting.box)]
    Flow().simulate([STATES.tree] * 3, setting)
    assert all(same(a, b) for a, b in zip(copies, (setting.x0, setting.t, setting.box), strict=True))
    strided = Setting(setting.x0[::2], setting.t[::2], setting.box)
    assert Flow().simulate([STATES.tree], strided).y.shape == (1, 2, 101, 2)


FLOWS = """
from kappabar.grammars.text.reader import read_infix
from kappabar.grammars.tree import System
from kappabar.evaluate.semantics.flow import Flow
s = System(read_infix("x_1 | -x_0"), ("x", "y"), x0=((1.0, 0.0),), t_end=5.0)
print(Flow().simulate([s.tree], Flow().setting(s)).y.tobytes().hex()[-64:])
"""
SMALL = """
import numpy as np
from kappabar.tokenizers.machines.compiling import distinct_kernel
forest = np.array([5, 5, 7, 5], np.int32), np.zeros(4), np.arange(5)
found = np.zeros(4, np.int64), np.zeros(4, np.int64)
print(distinct_kernel()(*forest, *found), found[1].tolist())
"""
programs = pytest.mark.parametrize(
    "program", [SMALL, pytest.param(FLOWS, marks=pytest.mark.nightly)], ids=["the smallest kernel", "the largest"]
)


def launch(program: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program], env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def printed_here(program: str) -> str:
    """What it prints in this process, by kernels that are there."""
    with contextlib.redirect_stdout(io.StringIO()) as text:
        exec(program, {})
    return text.getvalue()


@programs
def test_processes_that_start_at_once_share_an_empty_cache(program: str, tmp_path: Path) -> None:
    running = [launch(program, NUMBA_CACHE_DIR=str(tmp_path)) for _ in range(3)]
    results = [process.communicate(timeout=300) for process in running]
    assert [out for out, _ in results] == [printed_here(program)] * 3, results
    assert list(tmp_path.rglob("*.nbc"))


@programs
def test_no_folder_to_cache_in_is_no_error(program: str, tmp_path: Path) -> None:
    """As when neither the package, nor the user's cache folder, nor a named one can be written: Numba finds no place at all."""
    nowhere = "from numba.core import caching\ncaching.CacheImpl._locator_classes = []\n"
    process = launch(nowhere + program, NUMBA_CACHE_DIR=str(tmp_path))
    out, error = process.communicate(timeout=300)
    assert process.returncode == 0, error
    assert out == printed_here(program)
    assert not list(tmp_path.iterdir())


def test_a_cache_that_fails_later_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk shows only when the compiled code is saved."""

    def compile_(function: Kernel, signature: object, cached: bool) -> Kernel:
        if cached:
            raise OSError(28, "No space left on device")
        return compiled

    compiled = compiling.compiled(FLOW)
    monkeypatch.setattr(jit, "_compile", compile_)
    monkeypatch.setattr(jit, "_ready", {})
    assert compiling.compiled(FLOW) is compiled
