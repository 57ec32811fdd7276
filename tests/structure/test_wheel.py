"""What a wheel holds is what the tree holds. An editable install never notices a sub-package or a data file left out."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOMS = ("grammars", "tokenizers", "representations", "evaluate", "cli")
TOP = ("__init__.py", "__main__.py", "py.typed")
META = ("pyproject.toml", "README.md", "LICENSE")
LEFTOVERS = shutil.ignore_patterns("__pycache__", "*.nbi", "*.nbc")


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """A wheel built from a copy, so that no stale build/ gets in and none is left behind."""
    copy = tmp_path_factory.mktemp("tree")
    for name in (*TOP, *META):
        shutil.copy(checkout / name, copy / name)
    for name in (*ROOMS, "tests", "examples", "docs", "benchmarks"):
        if (checkout / name).is_dir():
            shutil.copytree(checkout / name, copy / name, ignore=LEFTOVERS)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(copy / "out"), str(copy)]
    done = subprocess.run(build, cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = (copy / "out").glob("*.whl")
    return zipfile.ZipFile(path)


def test_wheel_holds_the_tree_and_nothing_else(checkout: Path, wheel: zipfile.ZipFile) -> None:
    inside = {name.removeprefix("kappabar/") for name in wheel.namelist() if ".dist-info/" not in name}
    files = [path for room in ROOMS for path in (checkout / room).rglob("*") if path.is_file()]
    tree = {str(p.relative_to(checkout)) for p in files if p.suffix not in {".pyc", ".nbi", ".nbc"}} | set(TOP)
    assert inside == tree


def test_wheel_names_its_license_and_its_command(wheel: zipfile.ZipFile, project: dict[str, Any]) -> None:
    names = wheel.namelist()
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    (points,) = [name for name in names if name.endswith("entry_points.txt")]
    assert "kappabar = kappabar.cli:main" in wheel.read(points).decode()
    (metadata,) = [name for name in names if name.endswith(".dist-info/METADATA")]
    assert f"Version: {project['project']['version']}" in wheel.read(metadata).decode()
