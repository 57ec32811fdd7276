"""The scripts of examples/ that are cells of a notebook run from top to bottom, in a folder of their own."""

from __future__ import annotations

import os
import subprocess
import sys
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
