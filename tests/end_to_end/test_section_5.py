"""`lyapunov` and `reproduce` as a user meets them."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys

import pytest

from kappabar.cli import main
from kappabar.evaluate.expression import lyapunov
from kappabar.evaluate.reproduce import flows, forecast, logistic, printed
from kappabar.evaluate.results.files import read_json
from kappabar.evaluate.results.sealed import checksums

LORENZ = "x' = 10*(y - x); y' = x*(28 - z) - y; z' = x*y - 8/3*z"


def kappabar(*arguments, cwd):
    command = [sys.executable, "-m", "kappabar", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", timeout=600, cwd=cwd, env=os.environ, check=False
    )


def test_lyapunov(tmp_path):
    done = kappabar("lyapunov", LORENZ, "--x0", "1,1,1", "--t-end", "500", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found) == {"spectrum", "standard_error", "t", "settled", "divergence", "transient", "notes"}
    assert len(found["spectrum"]) == 3 and found["settled"] is (found["notes"] == [])
    assert sum(found["spectrum"]) == pytest.approx(-41 / 3, abs=1e-3)
    assert found["t"] == pytest.approx(500)


def test_lyapunov_of_a_map_on_the_terminal(tmp_path):
    done = kappabar("lyapunov", "--domain", "map", "x[n+1] = 4*x*(1 - x) @ x=0.4", "--t-end", "12800", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "0.69" in done.stdout and "iterates" in done.stdout


def test_minus_infinity_is_a_string_in_json(tmp_path):
    done = kappabar("lyapunov", "--domain", "map", "x[n+1] = 2*x*(1 - x) @ x=0.3", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["spectrum"] == ["-inf"] and found["divergence"] == "-inf" and found["settled"]


def test_what_is_refused_is_refused_in_one_line(tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("x")
    for arguments in (("lyapunov", LORENZ), ("lyapunov", "x' = x^2", "--x0", "1"), ("reproduce", "--out", "full")):
        done = kappabar(*arguments, cwd=tmp_path)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
        assert done.stderr.startswith("kappabar: error: ")


@pytest.mark.nightly
def test_reproduce(tmp_path):
    done = kappabar("reproduce", "--out", "out", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    _is_section_5(json.loads(done.stdout), tmp_path / "out", near=0.01)


def test_reproduce_with_less_varied(tmp_path, monkeypatch, capsys):
    """The protocol itself, whole, but for exponents to less than a hundredth; most of the time goes into varying it."""
    monkeypatch.setattr(lyapunov, "RELATIVE_TARGET", 0.02)
    monkeypatch.setattr(flows, "STEPS", (flows.STEP,))
    monkeypatch.setattr(flows, "FACTORS", (1.0, 2.0))
    monkeypatch.setattr(logistic, "LENGTHS", (50, 100))
    monkeypatch.setattr(logistic, "STEPS", (1e-3,))
    monkeypatch.setattr(forecast, "NOISES", (0.002, 0.01))
    monkeypatch.setattr(forecast, "SAMPLINGS", (50,))
    with pytest.raises(SystemExit) as ended:
        main(["reproduce", "--out", str(tmp_path / "out"), "--json"])
    assert ended.value.code == 0
    _is_section_5(json.loads(capsys.readouterr().out), tmp_path / "out", near=0.05)


def _is_section_5(document, folder, near):
    kept = read_json(folder / "reproduce.json")
    assert kept == document | {"figures": checksums((folder / "figures").glob("*.svg"))}
    rows = {row["figure"]: row for row in document["rows"]}
    assert len(rows) == 12 and {row["verdict"] for row in rows.values()} <= {"robust", "depends", "not found"}
    assert len(document["not_robust"]) == sum(row["verdict"] != "robust" for row in rows.values())
    assert rows[printed.KAPPA["lorenz-63"].what]["measured"] == pytest.approx(0.66, abs=0.1)
    assert rows[printed.KAPPA["rossler"].what]["measured"] == pytest.approx(0.65, abs=0.05)
    lorenz = [v for v in document["forecast_variants"] if v["samples"] == 50]
    by_noise = {v["noise"]: v["lorenz_lyapunov_times"] for v in lorenz}
    assert 2.1 <= by_noise[0.01] < by_noise[0.002] <= 5.5
    exponents = {flow["system"]: flow["exponent"] for flow in document["flows"]}
    assert exponents["rossler"] == pytest.approx(0.0714, rel=near)
    assert exponents["lorenz-63"] == pytest.approx(0.9056, rel=near)
    found = {edge["edge"]: edge["found"] for edge in document["edges"]}
    for edge in ("period 2 begins", "period 4 begins", "period 8 begins", "period 5 window begins", "period 3 window begins"):
        assert found[edge] == pytest.approx(logistic.KNOWN_EDGES[edge], abs=logistic.NEAR)
    page = html.unescape((folder / "reproduce.html").read_text("utf-8"))
    assert not re.search(r'(?:src|href)="(?!#|data:image/svg)', page)  # opens offline
    assert all(row["figure"] in page for row in rows.values())
    assert len(list((folder / "figures").glob("*.svg"))) == 4
    assert (folder / "reproduce.csv").read_text("utf-8").count("\n") == 13
