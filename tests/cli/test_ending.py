"""Ends that the machine makes: a signal, output that is closed or full. Never a traceback."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kappabar.cli import app
from kappabar.cli.ending import heeding_sigterm

PARSE = [sys.executable, "-m", "kappabar", "parse", "x' = -x", "--json"]
FULL = Path("/dev/full")


def test_sigterm_ends_as_ctrl_c_does(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "kappabar", "kappa", "-r", "rules", "--edits-per-expression", "0"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "rules" in process.stderr.readline()  # the work has begun
        process.terminate()
        out, message = process.communicate(timeout=60)
    assert (process.returncode, out, message.count("\n")) == (130, "", 1)
    assert message.startswith("kappabar: error: interrupted")


def test_sigterm_is_others_again_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), heeding_sigterm():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")
def test_output_that_is_full_is_one_line() -> None:
    with FULL.open("w") as full:
        done = subprocess.run(PARSE, stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=120)
        assert done.returncode == 1 and done.stderr.count("\n") == 1 and "disk is full" in done.stderr
        both = subprocess.run([*PARSE[:3], "report", "nowhere"], stdout=full, stderr=full, check=False, timeout=120)
        assert both.returncode == 2


@pytest.mark.parametrize("error", [MemoryError(), np.empty])
def test_memory_that_runs_out_is_one_line(
    error: object, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def run(given: list[str]) -> object:
        if isinstance(error, MemoryError):
            raise error
        return np.empty(1 << 62, np.int8)  # NumPy's own kind of it

    monkeypatch.setattr(app, "_run", run)
    with pytest.raises(SystemExit) as ended:
        app.main(["kappa"])
    message = capfd.readouterr().err
    assert ended.value.code == 1 and message.count("\n") == 1
    assert message.startswith("kappabar: error: memory ran out") and "--resume" in message


def test_output_that_is_closed_is_no_traceback() -> None:
    for closed in (">&-", "2>&-", ">&- 2>&-"):
        line = f'"$0" -m kappabar parse "x\' = -x" --json {closed}'
        done = subprocess.run(["sh", "-c", line, sys.executable], capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0 and "Traceback" not in done.stderr, (closed, done.stderr)


def test_a_reader_that_leaves_is_no_fault() -> None:
    with subprocess.Popen([*PARSE[:3], "list", "bank"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        message = process.stderr.read()
    assert process.returncode == 0 and not message
