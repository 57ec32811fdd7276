"""The explorer's style and script, as pages carry them."""

from __future__ import annotations

import re
from pathlib import Path

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w.-]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)


def asset(name: str) -> str:
    """The text of a file of this folder, as it stands."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def explorer_script() -> str:
    """`explorer.js` with the modules that it imports, as one script that imports nothing.

    A page that is one file and opens offline has nowhere to import modules from. Each comes once, after those that it needs, and
    all share one function's scope: no two may declare the same name at their top level.
    """
    modules: dict[str, str] = {}

    def add(name: str) -> None:
        text = asset(name)
        for needed in _IMPORT.findall(text):
            if needed not in modules:
                add(needed)
        modules[name] = _EXPORT.sub("", _IMPORT.sub("", text)).strip()

    add("explorer.js")
    return "\n\n".join(['(() => {\n"use strict";', *modules.values(), "})();"])
