"""The command line as a user meets it: documents, exit codes, one-line errors."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from kappabar.cli.options import was_interrupted

LORENZ = "x' = 10*(y - x); y' = x*(28 - z) - y; z' = x*y - 8/3*z  @ x=1, y=1, z=1; T=2"


def kappabar(*arguments, cwd=None, **environment):
    """Run the command in a process of its own, away from the checkout's root."""
    command = [sys.executable, "-m", "kappabar", *arguments]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        cwd=cwd,
        env={**os.environ, **environment},
        check=False,
    )


def document(*arguments, cwd=None):
    done = kappabar(*arguments, "--json", cwd=cwd)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    return json.loads(done.stdout)


def refused(*arguments, cwd=None):
    """The one line with which a user's mistake is answered."""
    done = kappabar(*arguments, cwd=cwd)
    assert done.returncode == 2, (done.returncode, done.stdout, done.stderr)
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    assert len(done.stderr) < 400
    assert done.stderr.startswith("kappabar: error: ")
    return done.stderr


def test_parse(tmp_path):
    found = document("parse", LORENZ, cwd=tmp_path)
    assert found["equations"] == ["10*(x_1 - x_0)", "x_0*(28 - x_2) - x_1", "x_0*x_1 - 8/3*x_2"]
    assert found["prefix"][0] == ["*", "10", "-", "x_1", "x_0"]
    assert found["dim"] == 3
    assert found["coefficients"] == [10, 28, 8, 3]
    assert found["latex"][0] == r"10 \cdot \left(y - x\right)"


def test_how_a_text_was_taken_is_told(tmp_path):
    assert document("parse", LORENZ, cwd=tmp_path)["notes"] == []
    notes = document("parse", "x'' = -x + sin(t) with k=2", cwd=tmp_path)["notes"]
    assert [word in note for word, note in zip(("x''", "t' = 1", "'k'"), notes, strict=True)] == [True] * 3
    told = kappabar("simulate", "x' = -x with k=2 @ x=1; T=1", cwd=tmp_path)
    assert told.stderr == "note: 'k' is used nowhere\n"
    orbit = kappabar("simulate", "--domain", "map", "x[n+1] = x/2 @ x=1; T=5", "--points", "50", cwd=tmp_path)
    assert "6 points" in orbit.stderr and "--points" in orbit.stderr
    path = tmp_path / "own.txt"
    path.write_text("x' = -x + sin(t) @ x=1; T=1\n")
    kappa = kappabar("kappa", "-r", "prefix", "--data", str(path), "--edits-per-expression", "5", "--quiet", cwd=tmp_path)
    assert "line 1: the time t is read as one more variable" in kappa.stderr


def test_a_start_that_would_be_0_is_refused(tmp_path):
    assert "too small" in refused("simulate", "x' = -x", "--x0", "1e-400", "--t-end", "1", cwd=tmp_path)


def test_a_system_may_begin_with_a_minus(tmp_path):
    assert document("parse", "-x_0^2", cwd=tmp_path)["equations"] == ["-x_0^2"]


def test_tokenize(tmp_path):
    found = document("tokenize", "-r", "prefix | digits:3", LORENZ, cwd=tmp_path)
    assert set(found) == {"representation", "tokens", "ids", "classes", "vocabulary_size", "decoded", "fidelity_error", "notes"}
    assert len(found["tokens"]) == len(found["ids"]) == len(found["classes"])
    assert max(found["ids"]) < found["vocabulary_size"]
    assert found["decoded"] == "10*(x_1 - x_0) | x_0*(28 - x_2) - x_1 | x_0*x_1 - 8/3*x_2"
    assert found["fidelity_error"] == 0


def test_simulate(tmp_path):
    found = document(
        "simulate", "x' = y; y' = -x", "--x0", "1,0", "--x0", "0,2", "--t-end", "3.141592653589793", "--points", "3", cwd=tmp_path
    )
    assert found["status"] == "ok"
    assert found["t"] == pytest.approx([0, 1.5707963, 3.1415927])
    assert found["y"][0][2] == pytest.approx([-1, 0], abs=1e-4)
    assert found["y"][1][2] == pytest.approx([0, -2], abs=1e-4)


def test_conditions_given_win_over_the_texts(tmp_path):
    found = document("simulate", "x' = 0*x @ x=1; T=5", "--x0", "3", "--t-end", "2", cwd=tmp_path)
    assert found["y"][0][0] == [3]
    assert found["t"][-1] == 2


def test_a_divergent_system_has_a_behavior(tmp_path):
    assert document("simulate", "x' = x^2 @ x=1; T=3", cwd=tmp_path)["status"] == "diverged"


def test_kappa_document(tmp_path):
    found = document("kappa", "-r", "tree", "--data", "sample:3", "--edits-per-expression", "40", cwd=tmp_path)
    expected = (
        "representation domain metric invalid edits n_expressions sup mean kappa@m quantiles validity redundancy fidelity_error "
        "by_kind "
        "by_class n_edits n_valid n_diverged n_unresolved per_expression"
    )
    assert set(expected.split()) <= set(found)
    assert set(found["sup"]) == {"value", "low", "high", "exact"}
    assert {"name", "sup", "mean", "n_edits", "n_valid", "neighborhood_size"} <= set(found["per_expression"][0])
    assert found["n_edits"] == 120


def test_several_representations_give_a_list(tmp_path):
    found = document("kappa", "-r", "tree", "-r", "rules", "--data", "sample:2", "--edits-per-expression", "20", cwd=tmp_path)
    assert [k["representation"] for k in found] == ["tree | digits:3", "rules | digits:3"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["parse", "x' = foo(x)"], "line 1, column 6"),
        (["parse", "x' = (x"], "never closed"),
        (["parse", "x' = w"], "unknown variable 'w'"),
        (["parse", "x' = 9^9^9^9"], "no finite value"),
        (["parse", ""], "empty"),
        (["parse", '__import__("os").system("touch hacked")'], "unexpected"),
        (["parse", "x' = x", "--domain", "odee"], "did you mean 'ode'"),
        (["parse"], "TEXT"),
        (["simulate", "x' = y; y' = -x"], "initial conditions"),
        (["simulate", "x' = x @ x=1"], "horizon"),
        (["simulate", "x' = x", "--x0", "1,2", "--t-end", "1"], "1"),
        (["simulate", "x' = x", "--x0", "one", "--t-end", "1"], "numbers"),
        (["simulate", "x' = x @ x=1; T=1", "--rtol", "-1"], "rtol"),
        (["tokenize", "-r", "prefixx", "x' = x"], "did you mean 'prefix'"),
        (["tokenize", "-r", "prefix | digit:3", "x' = x"], "did you mean 'digits'"),
        (["tokenize", "-r", "prefix | digits:x", "x' = x"], "digits"),
        (["tokenize", "-r", "", "x' = x"], "empty"),
        (["tokenize", "-r", "nosuchmodule:Thing", "x' = x"], "nosuchmodule"),
        (["kappa", "-r", "tree", "--data", "missing.txt"], "missing.txt"),
        (["kappa", "-r", "tree", "--data", "sample:many"], "sample"),
        (["kappa", "-r", "tree", "--metric", "bounded-l3"], "did you mean 'bounded-l2'"),
        (["kappa", "-r", "tree", "--metric", "relative-l2", "--invalid", "worst", "--data", "sample:1"], "bounded"),
        (["kappa", "-r", "tree", "--invalid", "wrst", "--data", "sample:1"], "did you mean 'worst'"),
        (["compare", "--budget", "quik"], "did you mean 'quick'"),
        (["report", "nowhere"], "run.json"),
        (["list", "codec"], "did you mean 'codecs'"),
        (["comprae"], "compare"),
        (["parse", "x' = x", "--jsno"], ""),
    ],
    ids=lambda v: " ".join(v)[:40] if isinstance(v, list) else None,
)
def test_mistakes_are_answered_in_one_line(arguments, words, tmp_path):
    assert words in refused(*arguments, cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.txt", b"", "empty"),
        ("binary.txt", bytes(range(256)) * 10, "binary"),
        ("long.txt", b"x' = " + b"x" * 10_000_000, "column"),
        ("nest.txt", b"x' = " + b"(" * 100_000 + b"x", "column"),
        ("bad.json", b'{"equations": ', "line 1"),
        ("none.txt", b"x' = foo(x)\n", "line 1"),
        ("what.xyz", b"x' = x", "xyz"),
    ],
)
def test_bad_files_are_answered_in_one_line(name, content, words, tmp_path):
    (tmp_path / name).write_bytes(content)
    assert words in refused("kappa", "-r", "tree", "--data", name, cwd=tmp_path)


def test_one_bad_line_does_not_stop_the_others(tmp_path):
    (tmp_path / "systems.txt").write_text("x' = -x @ x=1; T=3\nx' = foo(x)\n# a comment\nx' = 1 - x @ x=0; T=3\n")
    arguments = ["kappa", "-r", "tree", "--data", "systems.txt", "--edits-per-expression", "20"]
    done = kappabar(*arguments, cwd=tmp_path)
    assert done.returncode == 0
    assert "line 2" in done.stdout + done.stderr
    assert "line 2" in refused(*arguments, "--strict", cwd=tmp_path)


def test_an_output_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    message = refused(
        "kappa", "-r", "tree", "--data", "sample:1", "--edits-per-expression", "5", "--out", "file/run", cwd=tmp_path
    )
    assert "file/run" in message
    assert "file/run" in refused("compare", "--out", "file/run", "--data", "sample:1", cwd=tmp_path)


def test_an_output_folder_in_use_is_not_overwritten(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "precious.txt").touch()
    assert "not empty" in refused("compare", "--out", "run", "--data", "sample:1", cwd=tmp_path)


def test_nothing_is_evaluated_as_python(tmp_path):
    hostile = "__import__('os').system('touch hacked')"
    for arguments in (["parse", hostile], ["tokenize", "-r", hostile, "x' = x"], ["parse", "x' = x", "--domain", hostile]):
        refused(*arguments, cwd=tmp_path)
    assert not (tmp_path / "hacked").exists()


def test_a_terminal_without_unicode_gets_substitutes(tmp_path):
    done = kappabar(
        "kappa", "-r", "tree", "--data", "sample:1", "--edits-per-expression", "5", cwd=tmp_path, PYTHONIOENCODING="ascii"
    )
    assert done.returncode == 0, done.stderr


def test_help_names_every_command_and_gives_an_example(tmp_path):
    listed = kappabar("--help", cwd=tmp_path).stdout
    for command in ("parse", "tokenize", "simulate", "kappa", "compare", "report", "list"):
        assert command in listed
        assert f"kappabar {command}" in kappabar(command, "--help", cwd=tmp_path).stdout


@pytest.mark.parametrize("what", ["domains", "representations", "codecs", "rewrites", "metrics", "edits", "bank", "columns"])
def test_lists(what, tmp_path):
    rows = document("list", what, cwd=tmp_path)
    assert rows
    assert all("name" in row for row in rows)


def test_ctrl_c_ends_in_one_line(tmp_path):
    command = [sys.executable, "-m", "kappabar", "kappa", "-r", "rules", "--edits-per-expression", "0"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "rules" in process.stderr.readline()  # the work has begun
        process.send_signal(signal.SIGINT)
        out, message = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert message.startswith("kappabar: error: interrupted")
    assert message.count("\n") == 1


def test_an_interrupt_in_disguise_is_an_interrupt():
    """An extension whose loading is interrupted raises an ImportError: exit 130 all the same."""
    try:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt as e:
            raise ImportError("initialization failed") from e
    except ImportError as disguised:
        assert was_interrupted(disguised)
    assert not was_interrupted(ImportError("no such module"))


def test_kappa_says_over_how_many_expressions_and_a_skipped_one_once(tmp_path):
    tmp_path.joinpath("a.txt").write_text(
        "x' = x @ x=1; T=1\nx' = -x\nx' = sin(x) + cos(2*x) - 3*x @ x=1; T=1\n", encoding="utf-8"
    )
    done = kappabar("kappa", "-r", "tree", "--data", "a.txt", "--edits-per-expression", "150", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "tree | digits:3: no κ@4: 1 of 2 expressions have fewer than 4 valid edits among those drawn" in done.stdout
    assert (done.stdout + done.stderr).count("'a:2' are missing") == 1
    few = kappabar("kappa", "-r", "tree", "--data", "a.txt", "--edits-per-expression", "1", cwd=tmp_path).stdout
    assert "-+" not in few


def test_kappa_of_nothing_is_no_result(tmp_path):
    tmp_path.joinpath("a.txt").write_text("x' = x\ny' = 2*y\n", encoding="utf-8")
    done = kappabar("kappa", "-r", "tree", "-r", "infix", "--data", "a.txt", "--quiet", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        "error: nothing could be measured: all 2 expressions were skipped, the first, a:1: initial"
        in done.stderr.splitlines()[-1]
    )


def test_functions_have_inputs_and_no_time(tmp_path):
    square = ("simulate", "--domain", "function", "y = x^2 @ x=-5..5")
    assert kappabar(*square, cwd=tmp_path).stdout.startswith("status: ok; inputs x = -5 … 5, 201 points")
    assert document(*square, "--points", "3", cwd=tmp_path)["inputs"] == [[-5.0], [0.0], [5.0]]
    assert "leave the horizon (--t-end) out" in refused(*square, "--t-end", "3", cwd=tmp_path)


def test_simulate_says_where_it_has_no_solution(tmp_path):
    """A solver that gives up holds what it had last; that is told beside the figures."""
    given_up = kappabar("simulate", LORENZ, "--max-steps", "3", cwd=tmp_path)
    solved = kappabar("simulate", LORENZ, cwd=tmp_path)
    assert given_up.returncode == solved.returncode == 0, given_up.stderr
    assert "status: unresolved" in given_up.stdout and "no solution" in given_up.stdout
    assert "no solution" not in solved.stdout
