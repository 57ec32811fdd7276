"""`kappabar check` in a process of its own: exit codes, the lines of a failure, JUnit XML, and that the replayed command fails
alike."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

TESTS = Path(__file__).parents[1]
FAULT = "check_faults.codecs:Greedy"


def check(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kappabar", "check", *arguments]
    return subprocess.run(command, cwd=TESTS, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False)


def test_a_sound_part_exits_with_zero() -> None:
    done = check("digits:3", "--examples", "20", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ok"] is True


def test_a_failure_exits_with_one_and_its_command_finds_it_again(tmp_path: Path) -> None:
    done = check(FAULT, "--examples", "100", "--seed", "2", "--quiet", "--junit", str(tmp_path / "junit.xml"))
    assert done.returncode == 1, done.stderr
    replay = next(line.split(maxsplit=1)[1] for line in done.stdout.splitlines() if line.startswith("  replay"))
    again = check(*shlex.split(replay)[2:], "--quiet")
    assert (again.returncode, again.stdout) == (1, done.stdout)
    cases = ElementTree.parse(tmp_path / "junit.xml").getroot().iter("testcase")
    assert [case.get("name") for case in cases if case.find("failure") is not None] == ["codec delimits itself"]


def test_an_unknown_name_is_a_mistake_in_one_line() -> None:
    done = check("digitz:3")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "did you mean 'digits'" in done.stderr
