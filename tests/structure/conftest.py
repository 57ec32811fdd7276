"""Where the package's sources and the checkout are. The two differ where the suite runs against an installed wheel."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import kappabar

ROOMS = ("grammars", "tokenizers", "representations", "evaluate", "cli")


@dataclass(frozen=True)
class Source:
    """One Python file of the package: its path inside it, e.g. `evaluate/semantics/base.py`, and its syntax tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """`grammars`, …; for a file at the top level its name, e.g. `cli`."""
        return self.path.split("/")[0].removesuffix(".py")

    @property
    def package(self) -> list[str]:
        """The names of the package that its relative imports start from."""
        return ["kappabar", *self.path.split("/")[:-1]]

    def imports(self) -> Iterator[tuple[int, str]]:
        """(line, absolute dotted name) of everything imported, at any depth; `from a import b` gives `a.b`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self.package[: len(self.package) - node.level + 1] if node.level else []
                names = [*base, *(node.module.split(".") if node.module else [])]
                yield from ((node.lineno, ".".join([*names, alias.name])) for alias in node.names)


@pytest.fixture(scope="session")
def package() -> Path:
    """The folder that `import kappabar` comes from."""
    return Path(kappabar.__file__).parent


@pytest.fixture(scope="session")
def sources(package: Path) -> list[Source]:
    """Every Python file of the package."""
    paths = [*package.glob("*.py"), *(path for room in ROOMS for path in (package / room).rglob("*.py"))]
    found = [Source(str(p.relative_to(package)), text := p.read_text("utf-8"), ast.parse(text)) for p in sorted(paths)]
    assert {source.room for source in found} >= set(ROOMS), "the rooms were not found, so nothing would be checked"
    return found


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The repository's root; a test that needs it skips where the suite runs outside a checkout."""
    root = Path(__file__).parents[2]
    if not (root / "pyproject.toml").is_file():
        pytest.skip("runs outside the checkout, against an installed package")
    return root


@pytest.fixture(scope="session")
def project(checkout: Path) -> dict[str, Any]:
    """pyproject.toml."""
    return tomllib.loads((checkout / "pyproject.toml").read_text("utf-8"))
