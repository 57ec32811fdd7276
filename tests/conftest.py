"""What every test shares: how hard Hypothesis tries, and the published data where it lies beside the checkout."""

from __future__ import annotations

import importlib
import os
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


@pytest.fixture(scope="session")
def benchmark_named() -> Iterator[Callable[[str], ModuleType]]:
    """Gives a module of `benchmarks/` by its name: scripts that are no part of the package, and import each other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(__file__).parents[1] / "benchmarks")
        yield importlib.import_module
