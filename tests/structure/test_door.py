"""One door: all that a user's own part needs stands in `kappabar` itself, and what is shown to users goes through it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import kappabar

DEEPER = re.compile(r"kappabar\.(?:evaluate|grammars|tokenizers|representations|cli)\.\w")


def promised(source: str) -> dict[str, str]:
    """Name -> module, of what is imported for type checkers alone."""
    found = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module:
            found |= {alias.asname or alias.name: node.module for alias in node.names}
    return found


def test_what_type_checkers_see_is_what_there_is(package: Path) -> None:
    assert promised((package / "__init__.py").read_text("utf-8")) == kappabar._PLACES


@pytest.mark.parametrize("name", sorted(kappabar._PLACES))
def test_every_name_is_there_and_told(name: str) -> None:
    assert getattr(kappabar, name) is not None
    assert name in dir(kappabar)


def test_no_name_hides_a_room(package: Path) -> None:
    assert not {p.name for p in package.iterdir() if p.is_dir()} & set(kappabar._PLACES)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        kappabar.nothing  # noqa: B018


def test_what_users_read_imports_nothing_deeper(checkout: Path) -> None:
    pages = [
        checkout / "README.md",
        *(checkout / "docs").rglob("*.md"),
        *(
            path for path in (checkout / "docs").glob("*.py") if path.name != "conf.py"
        ),  # which builds the pages, and stands in none
        *(checkout / "examples").rglob("*.py"),
    ]
    shown = [p for p in pages if "studies" not in p.parts]
    assert len(shown) > 25
    assert not {str(p): found for p in shown if (found := DEEPER.findall(p.read_text("utf-8")))}
