"""Parts of the user's own that end the process or print: exit 1 and one line, and a document alone on standard output."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]


def kappabar(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kappabar", *arguments, *([] if arguments[0] == "tokenize" else ["--quiet"])]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", timeout=300, cwd=TESTS, env=dict(os.environ), check=False
    )


@pytest.mark.parametrize(("name", "words"), [("Exits", "SystemExit: 0 in encode (leaving.py"), ("Panics", "Panic: index out of")])
@pytest.mark.parametrize("command", ["kappa", "tokenize"])
def test_a_part_that_ends_the_process_has_measured_nothing(name: str, words: str, command: str) -> None:
    rest = ["--data", "sample:1", "--edits-per-expression", "5"] if command == "kappa" else ["x' = -x"]
    done = kappabar(command, "-r", f"check_faults.leaving:{name}", *rest, "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"kappabar: error: {words}")


def test_check_exits_with_one_and_tells_it_in_its_document() -> None:
    done = kappabar("check", "check_faults.leaving:Leaves", "--examples", "2", "--json")
    assert done.returncode == 1
    failure = json.loads(done.stdout)["failures"][0]
    assert failure["property"] == "round trip"
    assert failure["message"] == "ends the process (exit code 0)"
    assert failure["equation"] == "x_0"
    assert failure["replay"] == "kappabar check check_faults.leaving:Leaves --examples 2 --seed 0"


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "check_faults.leaving:Prints", "--examples", "2"],
        ["kappa", "-r", "check_faults.leaving:Prints", "--data", "sample:1", "--edits-per-expression", "5"],
        ["tokenize", "-r", "check_faults.leaving:Prints", "x' = -x"],
    ],
)
def test_what_a_part_prints_is_not_among_the_document(arguments: list[str]) -> None:
    done = kappabar(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    assert json.loads(done.stdout)
    for words in ("from Python", "from the descriptor", "from C"):
        assert words in done.stderr
