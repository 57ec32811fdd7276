"""The packaging traps of ARCHITECTURE.md, and that what the configuration names exists."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import Any

import kappabar

MAX_LINES = 400
MAX_COLUMNS = 120  # of a script: the formatter aims at 110 and breaks neither a text nor a comment


def test_tokenizers_and_evaluate_are_namespace_packages(package: Path) -> None:
    """An `__init__.py` there hides the library of that name from everybody who stands in the root."""
    assert not [path for room in ("tokenizers", "evaluate") for path in (package / room).rglob("__init__.py")]


def test_grammars_and_representations_are_regular_packages(package: Path) -> None:
    """importlib.resources and Lark's loader need it."""
    assert all((package / room / "__init__.py").is_file() for room in ("grammars", "representations"))


def test_pytest_sees_no_package_in_the_tests() -> None:
    """With one, or with a conftest.py at the root, pytest puts the root itself on the path."""
    tests = Path(__file__).parents[1]
    assert not [*tests.rglob("__init__.py"), *tests.parent.glob("conftest.py")]


def test_test_files_have_names_of_their_own() -> None:
    names = [path.name for path in Path(__file__).parents[1].rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))


def test_every_folder_with_code_is_a_listed_package(package: Path, sources: list[Any], project: dict[str, Any]) -> None:
    folders = {".".join(source.package) for source in sources}
    assert folders == set(project["tool"]["setuptools"]["packages"])


def test_every_data_file_is_in_the_package_data(checkout: Path, project: dict[str, Any]) -> None:
    patterns = project["tool"]["setuptools"]["package-data"]["*"]
    rooms = [checkout / room for room in ("grammars", "tokenizers", "representations", "evaluate")]
    ignored = {".py", ".pyc", ".nbi", ".nbc"}  # the last two: numba's compiled functions
    files = [path for room in rooms for path in room.rglob("*") if path.is_file() and path.suffix not in ignored]
    assert not [str(path) for path in files if not any(path.match(pattern) for pattern in patterns)]


def test_versions_agree(project: dict[str, Any]) -> None:
    assert project["project"]["version"] == kappabar.__version__ == version("kappabar")


def test_the_changelog_has_the_version(checkout: Path) -> None:
    assert re.search(rf"^## {re.escape(kappabar.__version__)}\b", (checkout / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)


def test_every_dependency_is_pinned_and_none_twice(checkout: Path, project: dict[str, Any]) -> None:
    lines = [line for line in (checkout / "constraints.txt").read_text("utf-8").splitlines() if not line.startswith("#")]
    pins = [_normal(line.split("==")[0]) for line in lines]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines)
    assert len(pins) == len(set(pins))
    extras = project["project"]["optional-dependencies"].values()
    wanted = {
        _normal(re.split(r"[<>=\[; ]", text)[0]) for texts in (project["project"]["dependencies"], *extras) for text in texts
    }
    assert wanted - {"kappabar"} <= set(pins)


def test_torch_is_pinned_without_a_local_suffix(checkout: Path) -> None:
    """`2.13.0+cpu` would not be found on an index that offers the same build without the suffix."""
    assert "torch==2.13.0" in (checkout / "constraints.txt").read_text("utf-8").splitlines()


def test_the_command_is_an_entry_point() -> None:
    found = [point.value for point in entry_points(group="console_scripts", name="kappabar")]
    assert set(found) == {"kappabar.cli:main"}


def test_paths_named_in_the_configuration_exist(checkout: Path, project: dict[str, Any]) -> None:
    tool = project["tool"]
    named = [project["project"]["readme"], *project["project"]["license-files"], *tool["pytest"]["ini_options"]["testpaths"]]
    makefile = (checkout / "Makefile").read_text("utf-8") + (checkout / ".ci" / "run").read_text("utf-8")
    named += re.findall(r"\.ci/[\w.]+|tests/[\w./*]+", makefile)
    assert not [path for path in named if not any(checkout.glob(path))]


def test_mypy_and_ruff_settings_name_real_modules(package: Path, project: dict[str, Any]) -> None:
    """A misspelt name in an override switches off nothing, or checks nothing, without a word."""
    modules = [override["module"] for override in project["tool"]["mypy"]["overrides"]]
    ours = [name for names in modules for name in ([names] if isinstance(names, str) else names) if name.startswith("kappabar")]
    assert not [
        name for name in ours if not (package / name.removesuffix(".*").removeprefix("kappabar.").replace(".", "/")).exists()
    ]


def test_no_file_is_longer_than_a_reader_bears(checkout: Path, sources: list[Any]) -> None:
    others = [path for folder in ("tests", "examples", "benchmarks", "docs", ".ci") for path in (checkout / folder).rglob("*.py")]
    others += _scripts(checkout)
    texts = {source.path: source.text for source in sources} | {str(path): path.read_text("utf-8") for path in others}
    assert not {path: lines for path, text in texts.items() if (lines := len(text.splitlines())) > MAX_LINES}


def test_scripts_of_pages_have_lines_that_a_person_reads(checkout: Path) -> None:
    lines = [
        (path, number, line) for path in _scripts(checkout) for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
    ]
    assert not [f"{path}:{number}" for path, number, line in lines if len(line) > MAX_COLUMNS]


def test_every_script_is_checked(checkout: Path) -> None:
    """Deno looks at what its configuration includes, and says nothing of what it does not."""
    text = re.sub(r"^\s*//.*", "", (checkout / "deno.jsonc").read_text("utf-8"), flags=re.MULTILINE)
    settings = json.loads(text)
    scripts = set(_scripts(checkout))
    for tool in ("fmt", "lint"):
        assert {path for pattern in settings[tool]["include"] for path in checkout.glob(pattern)} == scripts


def test_no_benchmark_takes_the_name_of_what_a_library_imports(checkout: Path) -> None:
    """A script's own folder comes first on the path: Numba looks for `coverage`, which need not be installed to be shadowed."""
    command = (
        "import sys; sys.path.insert(0, sys.argv[1]); import numba, scipy.stats, polars, torch, kappabar.evaluate.kappa.kappa"
    )
    done = subprocess.run(
        [sys.executable, "-c", command, str(checkout / "benchmarks")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def _scripts(checkout: Path) -> list[Path]:
    """Every JavaScript file of ours."""
    folders = ("grammars", "tokenizers", "representations", "evaluate", "cli", "tests", "examples", "benchmarks", "docs")
    found = [path for folder in folders for path in (checkout / folder).rglob("*.js")]
    assert found, "the scripts were not found, so nothing would be checked"
    return found


def _normal(name: str) -> str:
    """`ast_serialize` and `Ast-Serialize` name one distribution."""
    return re.sub(r"[-_.]+", "-", name).lower()
