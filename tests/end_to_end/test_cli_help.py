"""The help of every command, its example as written, and what a shell is offered for a half-written word."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from kappabar.cli import complete
from kappabar.cli.app import app

COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
RUN = ("parse", "tokenize", "simulate", "lyapunov", "list", "export", "kappa")
"""Commands whose example is a matter of seconds; the others' are read, not run."""
HEAVY = {"torch", "numba", "sympy", "polars", "altair", "scipy", "jax", "tokenizers", "networkx", "optuna", "rich"}


def _run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kappabar", *arguments],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def _example(name: str) -> str:
    """The line under `Example:` in the help, as a reader of the narrowest terminal sees it."""
    command = COMMANDS[name]
    with command.make_context(name, ["--help"], resilient_parsing=True, terminal_width=40, max_content_width=40) as context:
        found = re.search(r"^  Example:\n    (?P<line>.+)$", command.get_help(context), re.MULTILINE)
    assert found is not None, f"{name} --help has no example on a line of its own"
    return found["line"]


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_example_is_a_command_that_is_understood(name: str) -> None:
    words = shlex.split(_example(name))
    assert words[:2] == ["kappabar", name]
    with COMMANDS[name].make_context(name, words[2:]) as context:
        assert context.params


@pytest.mark.parametrize("name", RUN)
def test_the_example_runs_as_written(name: str, tmp_path: Path) -> None:
    done = _run(*shlex.split(_example(name))[1:], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_completion_is_offered_for_the_usual_shells(tmp_path: Path) -> None:
    for shell in ("bash", "zsh", "fish"):
        assert (
            "_KAPPABAR_COMPLETE"
            in _run("--show-completion", shell, cwd=tmp_path, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1").stdout
        )


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("kappabar comp", "compare"),
        ("kappabar kappa --edits-", "--edits-per-expression"),
        ("kappabar kappa -r pre", "prefix"),
        ("kappabar kappa -r 'prefix | dig", "prefix | digits"),
        ("kappabar kappa -r 'sort | pre", "sort | prefix"),
        ("kappabar compare -r 'prefix | digits:3 | bp", "prefix | digits:3 | bpe"),
        ("kappabar parse --domain m", "map"),
        ("kappabar kappa --metric bou", "bounded-l2"),
        ("kappabar kappa --edits trans", "transpose"),
        ("kappabar search --objective mean,fid", "mean,fidelity"),
        ("kappabar check horn", "horner"),
        ("kappabar list cod", "codecs"),
        ("kappabar compare --budget st", "study"),
    ],
)
def test_a_half_written_word_is_completed(line: str, offered: str, tmp_path: Path) -> None:
    """By the protocol of the script that `--show-completion bash` prints: its words, and which of them the cursor is at."""
    at = len(shlex.split(line if line.count("'") % 2 == 0 else f"{line}'")) - 1
    done = _run(cwd=tmp_path, _KAPPABAR_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=str(at))
    assert offered in done.stdout.splitlines(), done.stdout + done.stderr


def test_completing_loads_nothing_heavy(tmp_path: Path) -> None:
    program = (
        "import json, sys; from kappabar.cli import app, complete as c; "
        "c.spec(''), c.spec('prefix | '), c.domain(''), c.metric(''), c.edits(''), c.source(''), c.subject(''), "
        "c.objectives(''); "
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert not HEAVY & set(json.loads(done.stdout))


def test_the_closed_lists_are_those_of_the_catalogs() -> None:
    from kappabar.cli.listing import LISTS
    from kappabar.evaluate.compare.plan import BUDGETS
    from kappabar.evaluate.kappa.kappa import POLICIES
    from kappabar.evaluate.quality.model.model import MODEL_SIZES
    from kappabar.evaluate.quality.model.objectives import objective
    from kappabar.evaluate.search.objectives import OBJECTIVES, read_objectives
    from kappabar.evaluate.search.plan import SAMPLERS
    from kappabar.evaluate.study.plan import STUDIES
    from kappabar.representations.fast_tokenizer import TEMPLATES

    assert set(complete.LISTS) == set(LISTS)
    assert set(complete.POLICIES) == set(POLICIES)
    assert set(complete.BUDGETS) == set(BUDGETS)
    assert set(complete.SAMPLERS) == set(SAMPLERS)
    assert set(complete.STUDIES) == set(STUDIES)
    assert set(complete.TEMPLATES) == set(TEMPLATES)
    assert set(complete.MODELS) == set(MODEL_SIZES)
    assert set(OBJECTIVES) <= set(complete.OBJECTIVES)
    assert len(read_objectives(list(complete.OBJECTIVES))) == len(complete.OBJECTIVES)
    assert all(objective(name) is not None for name in complete.TRAINING)
