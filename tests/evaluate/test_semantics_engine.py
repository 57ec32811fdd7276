"""The batch machinery: same bits whatever the company, and a compiled kernel wherever it can or cannot be cached."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.evaluate.semantics import engine
from kappabar.evaluate.semantics.base import Semantics, Setting, Status, edit_setting
from kappabar.evaluate.semantics.flow import Flow
from kappabar.evaluate.semantics.orbit import Orbit
from kappabar.evaluate.semantics.table import Table
from kappabar.grammars.reader import read_infix
from kappabar.grammars.strategies import trees
from kappabar.grammars.tree import Node, System

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
    assert np.isfinite(full.y).all()
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


PROGRAM = """
import sys
from kappabar.grammars.reader import read_infix
from kappabar.grammars.tree import System
from kappabar.evaluate.semantics.flow import Flow
s = System(read_infix("x_1 | -x_0"), ("x", "y"), x0=((1.0, 0.0),), t_end=5.0)
print(Flow().simulate([s.tree], Flow().setting(s)).y.tobytes().hex()[-64:])
"""


def launch(program: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program], env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.slow
def test_processes_that_start_at_once_share_an_empty_cache(tmp_path: Path) -> None:
    running = [launch(PROGRAM, NUMBA_CACHE_DIR=str(tmp_path)) for _ in range(3)]
    results = [process.communicate(timeout=300) for process in running]
    expected = Flow().simulate([STATES.tree], Flow().setting(STATES, x0=[(1.0, 0.0)])).y.tobytes().hex()[-64:]
    assert [out.strip() for out, _ in results] == [expected] * 3, results
    assert list(tmp_path.rglob("*.nbc"))


@pytest.mark.slow
def test_no_folder_to_cache_in_is_no_error(tmp_path: Path) -> None:
    """As when neither the package, nor the user's cache folder, nor a named one can be written: Numba finds no place at all."""
    nowhere = "from numba.core import caching\ncaching.CacheImpl._locator_classes = []\n"
    process = launch(nowhere + PROGRAM, NUMBA_CACHE_DIR=str(tmp_path))
    out, error = process.communicate(timeout=300)
    assert process.returncode == 0, error
    assert len(out.strip()) == 64
    assert not list(tmp_path.iterdir())


def test_a_cache_that_fails_later_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk shows only when the compiled code is saved."""

    def compile_(cached: bool) -> engine.Kernel:
        if cached:
            raise OSError(28, "No space left on device")
        return compiled

    compiled = engine.compiled()
    monkeypatch.setattr(engine, "_compile", compile_)
    engine._compiled.cache_clear()
    try:
        assert engine.compiled() is compiled
    finally:
        engine._compiled.cache_clear()
