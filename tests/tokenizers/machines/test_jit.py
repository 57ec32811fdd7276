"""A kernel that another process compiles: nothing is done twice, what it keeps is loaded, and its failure costs time alone."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import pytest

from kappabar.tokenizers.machines import jit

MODULE = """
import numba
from kappabar.tokenizers.machines import jit

def source(stamp):
    def triple(x):
        return 3.0 * x + 0.0 * stamp
    return triple

def other(stamp):
    def half(x):
        return 0.5 * x + 0.0 * stamp
    return half

SIGNATURE = numba.float64(numba.float64)
WANTED, OTHER = (jit.Wanted(s, SIGNATURE, ()) for s in (source, other))

def made(wanted):
    return jit.kernel(wanted.source, wanted.signature, wanted.modules)
"""


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A module with two small kernels, that other processes find too, and a cache of its own."""
    (tmp_path / "small_kernels.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delitem(sys.modules, "small_kernels", raising=False)
    import small_kernels

    return small_kernels


def test_another_process_compiles_it_and_this_one_loads_what_that_kept(small: Any) -> None:
    jit.beside("import small_kernels as s; s.made(s.WANTED)", small.WANTED, small.OTHER)
    process, _ = jit._elsewhere[small.source]
    triple = small.made(small.WANTED)
    assert process.returncode == 0 and triple(2.0) == 6.0
    assert list(triple.stats.cache_hits.values()) == [1] and not triple.stats.cache_misses
    assert small.other in jit._ready  # compiled while it waited
    assert small.source not in jit._elsewhere


def test_what_is_compiled_already_starts_no_process(small: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert jit._is_kept(small.WANTED) is False
    small.made(small.WANTED)
    assert jit._is_kept(small.WANTED) is True
    monkeypatch.setattr(jit.subprocess, "Popen", _never)
    jit.beside("", small.WANTED, small.OTHER)  # it is there
    jit._ready.pop(small.source)
    jit.beside("", small.WANTED, small.OTHER)  # it was kept
    assert small.source not in jit._elsewhere


def _never(*_: Any, **__: Any) -> None:
    raise AssertionError("a process was started")


@pytest.mark.parametrize("program", ["raise SystemExit(3)", "import os; os.abort()"])
def test_a_process_that_fails_costs_time_alone(small: Any, program: str) -> None:
    jit.beside(program, small.WANTED, small.OTHER)
    assert small.made(small.WANTED)(2.0) == 6.0


def _unable(*_: Any, **__: Any) -> None:
    raise OSError("no more processes")


def test_where_no_process_can_be_started_it_is_compiled_here(small: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jit.subprocess, "Popen", _unable)
    jit.beside("", small.WANTED, small.OTHER)
    assert small.made(small.WANTED)(2.0) == 6.0


def _raises(error: type[Exception]) -> Callable[..., Any]:
    def fail(*_: Any) -> Any:
        raise error("no locator available")

    return fail


def test_where_nothing_can_be_kept_no_process_is_started(small: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jit, "is_kept", _raises(RuntimeError))
    monkeypatch.setattr(jit.subprocess, "Popen", _never)
    jit.beside("", small.WANTED, small.OTHER)
    assert small.made(small.WANTED)(2.0) == 6.0


ENDS = """
import small_kernels as s
from kappabar.tokenizers.machines import jit
jit.beside("import time; time.sleep(600)", s.WANTED, s.OTHER)
print(jit._elsewhere[s.source][0].pid, flush=True)
raise SystemExit("a mistake of the user's")
"""


def test_no_process_outlasts_a_command_that_ends_with_an_error(small: Any) -> None:
    paths = os.pathsep.join(filter(None, sys.path))
    command = [sys.executable, "-c", ENDS]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": paths}, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stdout.strip().isdigit(), done.stderr
    for _ in range(100):
        try:
            os.kill(int(done.stdout), 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    raise AssertionError("it is still there")
