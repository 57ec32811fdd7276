"""A part of the user's own that ends the process halfway: one line and exit code 1. Signals and keys reach the work as before."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from kappabar.cli.guard import own_parts

TESTS = Path(__file__).parents[1]
LEAVING = "check_faults.leaving"
FEW = ["--data", "sample:2", "--edits-per-expression", "5", "--json"]
TINY = ["--data", "sample:20", "--budget", "tiny", "--jobs", "1"]  # workers that die are told of elsewhere
pytestmark = pytest.mark.skipif(not hasattr(signal, "sigwaitinfo"), reason="no process waits for another here")


def words(*arguments: str) -> list[str]:
    """The command, as one that is begun from a terminal: Ctrl-C is not ignored, as it is in the background."""
    heed = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.executable, sys.argv[1:])"
    return [sys.executable, "-c", heed, sys.executable, "-m", "kappabar", *arguments]


def kappabar(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words(*arguments), capture_output=True, text=True, timeout=300, cwd=TESTS, check=False)


@pytest.mark.parametrize(
    ("arguments", "how", "who"),
    [
        (["kappa", "-r", f"{LEAVING}:Leaves", *FEW], "exit code 0", f"{LEAVING}:Leaves"),
        (["compare", "-r", f"{LEAVING}:Leaves", *TINY], "exit code 0", f"{LEAVING}:Leaves"),
        (["tokenize", "-r", f"{LEAVING}:Aborts", "x' = -x"], "by SIGABRT", f"{LEAVING}:Aborts"),
        (["tokenize", "-r", f"{LEAVING}:Faults", "x' = -x"], "by SIGSEGV", f"{LEAVING}:Faults"),
        (["tokenize", "-r", f"{LEAVING}:LeavesAtItsEnd", "x' = -x"], "exit code 0", f"{LEAVING}:LeavesAtItsEnd"),
        (["simulate", "--domain", f"{LEAVING}:PLACE", "a or b"], "exit code 0", f"{LEAVING}:PLACE"),
    ],
)
def test_what_ends_the_process_halfway_is_one_line(arguments: list[str], how: str, who: str, tmp_path: Path) -> None:
    done = kappabar(*arguments, *(["--out", str(tmp_path / "run")] if arguments[0] == "compare" else []))
    assert done.returncode == 1
    *before, last = done.stderr.splitlines()
    assert last.startswith(f"kappabar: error: the process ended ({how}) before its work was done: {who} ends it")
    assert "Traceback" not in done.stderr and not any("error" in line for line in before)


@pytest.mark.parametrize(("rest", "code"), [(["x' = -x", "--json"], 0), (["x' = "], 2), (["x' = -x", "--wrong"], 2)])
def test_other_ends_are_what_they_were(rest: list[str], code: int) -> None:
    done = kappabar("tokenize", "-r", "check_faults.writers:Sound", *rest)
    assert (done.returncode, bool(done.stdout), done.stderr.count("\n")) == (code, not code, bool(code))


def at_work(process: subprocess.Popen[str]) -> int:
    """Once it is: the process that works."""
    assert process.stderr is not None
    return int(process.stderr.readline().removeprefix("at work: "))


def begun() -> subprocess.Popen[str]:
    command = words("tokenize", "-r", f"{LEAVING}:Waits", "x' = -x")
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=TESTS)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_handed_on(sent: signal.Signals) -> None:
    with begun() as process:
        assert at_work(process) != process.pid
        process.send_signal(sent)
        out, message = process.communicate(timeout=60)
    assert (process.returncode, out, message.count("\n")) == (130, "", 1)
    assert message.startswith("kappabar: error: interrupted")


def test_who_works_ends_with_who_waits() -> None:
    with begun() as process:
        assert at_work(process) != process.pid
        process.kill()
        assert process.communicate(timeout=60) == ("", "")  # both end where nobody can write to them any more


def test_who_works_killed_from_outside_is_told() -> None:
    with begun() as process:
        os.kill(at_work(process), signal.SIGKILL)
        message = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert f"(by SIGKILL) before its work was done: {LEAVING}:Waits ends it, or memory ran out" in message


def test_ctrl_c_on_a_terminal_interrupts_once() -> None:
    command = words("tokenize", "-r", f"{LEAVING}:Waits", "x' = -x")
    child, terminal = pty.fork()
    if not child:
        os.chdir(TESTS)
        os.execv(command[0], command)
    said = b""
    while b"at work" not in said:
        said += os.read(terminal, 1024)
    os.write(terminal, b"\x03")
    with suppress(OSError):  # as a terminal ends that nobody writes to any more
        while more := os.read(terminal, 1024):
            said += more
            time.sleep(0.01)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 130
    assert said.count(b"interrupted") == 1 and b"Traceback" not in said


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["kappa", "-r", "prefix | digits:3", "--data", "sample:20:3", "--scheduler", "tcp://host:8786"], ()),
        (["parse", "x' = 10*(y - x); y' = x @ x=1, y=1; T=20"], ()),
        (["kappa", "-r", "sort | mylab.parts:Tokens | bins:64,log", "--domain=mylab:ALL"], ("mylab.parts:Tokens", "mylab:ALL")),
        (["search", "--objective", "mean,mylab:objective"], ("mylab:objective",)),
        (["check", "codec=mylab:Codec:3"], ("mylab:Codec",)),
    ],
)
def test_what_is_looked_after(arguments: list[str], found: tuple[str, ...]) -> None:
    assert own_parts(arguments) == found
