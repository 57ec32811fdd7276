"""What every test shares: how hard Hypothesis tries, and the published data where it lies beside the checkout."""

from __future__ import annotations

import fcntl
import importlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, settings

# The first two give the same examples every time, so that a failure fails for everybody; `nightly` looks for new ones.
_quiet = [HealthCheck.too_slow]
settings.register_profile("default", max_examples=60, deadline=None, derandomize=True, suppress_health_check=_quiet)
settings.register_profile("fast", max_examples=15, deadline=None, derandomize=True, suppress_health_check=_quiet)
settings.register_profile("nightly", max_examples=2000, deadline=None, print_blob=True, suppress_health_check=_quiet)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is about the checkout, which tests on an installed wheel leave to a run of its own: see .ci/suite."""
    for item in items:
        if "checkout" in getattr(item, "fixturenames", ()):
            item.add_marker("checkout")


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The folder with published lists of functions, `../shared/data/corpora`; a test that needs it skips where it is absent."""
    folder = Path(__file__).parents[1].parent / "shared" / "data" / "corpora"
    if not folder.is_dir():
        pytest.skip("published lists of functions are not beside the checkout (../shared/data/corpora)")
    return folder


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with ODEBench as published, `../shared/data/odebench`; a test that needs it skips where it is absent."""
    folder = Path(__file__).parents[1].parent / "shared" / "data" / "odebench"
    if not (folder / "odebench.json").is_file():
        pytest.skip("ODEBench's data is not beside the checkout (../shared/data/odebench)")
    return folder


TINY_SPECS = ("prefix | digits:2", "infix | chars")
TINY_DATA = "x' = -0.5*x @ x=2; T=4\nx' = 1 - x @ x=0; T=3\n"


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished `compare` of `TINY_SPECS` with the budget "tiny", made once for all tests and all of pytest's
    processes. To be read; what alters a run takes a copy, see `copied_run`."""
    from kappabar.evaluate.commands.compare import compare

    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent  # which all processes of one run have
    folder = root / "tiny" / "run"
    folder.parent.mkdir(exist_ok=True)
    with (root / "tiny" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / "tiny" / "whole").exists():
            shutil.rmtree(folder, ignore_errors=True)
            (root / "tiny" / "one.txt").write_text(TINY_DATA, encoding="utf-8")
            compare(TINY_SPECS, str(root / "tiny" / "one.txt"), budget="tiny", out=folder)
            (root / "tiny" / "whole").touch()
    return folder


@pytest.fixture(scope="session")
def copied_run(tiny_run: Path) -> Callable[[Path], Path]:
    """Copies the tiny run to a folder, as `run` with its data beside it as `one.txt`: as if it had been made there."""
    from kappabar.evaluate.results.files import read_json, write_json

    def copy(folder: Path) -> Path:
        shutil.copytree(tiny_run, folder / "run")
        (folder / "one.txt").write_text(TINY_DATA, encoding="utf-8")
        header = folder / "run" / "run.json"
        there = json.dumps(read_json(header)).replace(str(tiny_run.parent), str(folder))
        write_json(header, json.loads(there))
        return folder / "run"

    return copy


@pytest.fixture(scope="session")
def unsealed() -> Callable[[Path], None]:
    """Takes from every document in a folder, and below, what tells damage: its checksum, those of the files that it speaks for,
    and which run it is of. As what a person writes, or an older version did, has none."""
    from kappabar.evaluate.results.files import read_json

    def take(folder: Path) -> None:
        for path in folder.rglob("*.json"):
            document = read_json(path)
            if isinstance(document, dict):
                kept = {name: value for name, value in document.items() if name not in ("files", "figures", "made")}
                path.write_text(json.dumps(kept) + "\n", encoding="utf-8")

    return take


@pytest.fixture(scope="session")
def benchmark_named() -> Iterator[Callable[[str], ModuleType]]:
    """Gives a module of `benchmarks/` by its name: scripts that are no part of the package, and import each other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(__file__).parents[1] / "benchmarks")
        yield importlib.import_module
