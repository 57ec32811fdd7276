"""The scripts of examples/ that are cells of a notebook, or train, run from top to bottom, in a folder of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
SCRIPTS = sorted(path for path in EXAMPLES.glob("*.py") if "\n# %%" in path.read_text("utf-8"))


def test_there_are_three() -> None:
    if not EXAMPLES.is_dir():
        pytest.skip("the examples are not beside the tests")
    assert {"compare_encodings.py", "kappa_of_one_equation.py", "search_for_smooth.py"} <= {path.name for path in SCRIPTS}


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_runs(script: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_training_with_transformers_fits_a_screen() -> None:
    if not EXAMPLES.is_dir():
        pytest.skip("the examples are not beside the tests")
    assert len((EXAMPLES / "train_with_transformers.py").read_text("utf-8").splitlines()) <= 30


@pytest.mark.slow
@pytest.mark.skipif(find_spec("transformers") is None, reason="transformers is not installed: the example was not run")
def test_a_model_is_trained_with_transformers(tmp_path: Path) -> None:
    script = [sys.executable, str(EXAMPLES / "train_with_transformers.py"), "bank", "51"]
    done = subprocess.run(script, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("step 0: ") and len(done.stdout.splitlines()) == 2 + 5
