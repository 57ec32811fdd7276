"""How `make docs` builds the pages. Everything a page loads lies in the built folder: it opens offline, from disk."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

project = "Kappabar"
author = "Kappabar contributors"
extensions = ["myst_parser", "sphinx.ext.autodoc"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = "Kappabar"
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["wide.css"]
html_show_sphinx = False
html_show_copyright = False

# A heading can be linked to down to its third level.
myst_heading_anchors = 3
myst_enable_extensions = ["deflist"]

# Docstrings are plain text with `names` in backticks.
default_role = "code"
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_class_signature = "separated"
python_maximum_signature_line_length = 80
add_module_names = False

_OUTSIDE = re.compile(r'<(?:script|link|img|iframe)\b[^>]*?(?:src|href)="((?:https?:)?//[^"]+)"')


def _as_text(_app: Any, _what: str, _name: str, _object: Any, _options: Any, lines: list[str]) -> None:
    """A docstring is no reStructuredText: bars and trailing underscores in it mean themselves."""
    for i, line in enumerate(lines):
        parts = line.split("`")
        parts[::2] = [re.sub(r"([|*_])", r"\\\1", part) for part in parts[::2]]
        lines[i] = "`".join(parts)


def _with_columns(_app: Any, name: str, source: list[str]) -> None:
    """Fill the page of columns from the registry."""
    if name == "columns":
        from kappabar.evaluate.tables.reference import endings, markdown

        source[0] = source[0].replace("<!-- endings -->", endings()).replace("<!-- tables -->", markdown())


def _no_page_reaches_outside(app: Any, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    for page in Path(app.outdir).rglob("*.html"):
        for address in _OUTSIDE.findall(page.read_text("utf-8")):
            raise RuntimeError(f"{page.name} would load {address}; the pages must open offline")


def setup(app: Any) -> None:
    app.connect("source-read", _with_columns)
    app.connect("autodoc-process-docstring", _as_text)
    app.connect("build-finished", _no_page_reaches_outside)
