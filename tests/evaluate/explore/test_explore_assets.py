"""The explorer's modules as the one script that pages carry."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from kappabar.evaluate.explore import assets

DECLARED = re.compile(r"^(?:export )?(?:class|const|function|let) (\w+)", re.MULTILINE)
IMPORTED = re.compile(r"\bimport\b[^;]*?\bfrom\b\s*\"\./([\w.-]+)\"")
FOLDER = Path(assets.__file__).parent
OTHERS = {"live.js"}  # a script of its own


def modules() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.js") if path.name not in OTHERS}


def test_every_module_is_in_the_script_once_and_after_what_it_imports() -> None:
    script, texts = assets.explorer_script(), modules()
    at = {name: script.index(f"{text[: text.index(chr(10))]}\n") for name, text in texts.items()}
    assert all(script.count(f"{text[: text.index(chr(10))]}\n") == 1 for text in texts.values())
    needed = [(name, other) for name, text in texts.items() for other in IMPORTED.findall(text)]
    assert len(needed) >= 5
    assert not [(name, other) for name, other in needed if at[other] > at[name]]


def test_nothing_of_a_module_is_left() -> None:
    assert not re.findall(r"^\s*(?:import|export)\b.*", assets.explorer_script(), re.MULTILINE)


def test_no_two_modules_declare_one_name() -> None:
    """Two functions of one name in one scope are no error: the second silently takes the place of the first."""
    names = Counter(name for text in modules().values() for name in DECLARED.findall(text))
    assert len(names) > 20
    assert [name for name, times in names.items() if times > 1] == []


def test_the_script_can_stand_in_a_page() -> None:
    script = assets.explorer_script()
    assert "</script" not in script and "<!--" not in script
