"""Runs the commands and the Python of README.md. A block is left out by a comment before it: `<!-- not run: the reason -->`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FENCE = re.compile(
    r"(?:<!--\s*not run:(?P<reason>[^>]*)-->\s*\n)?^```(?P<language>\w*)\n(?P<body>.*?)^```\s*$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Snippet:
    """Something the README tells a reader to run: `shell` lines, or a whole Python block."""

    language: str
    text: str


def snippets(markdown: str) -> list[Snippet]:
    """The `$ kappabar …` lines and the Python blocks, without those marked as not run."""
    found = []
    for block in FENCE.finditer(markdown):
        if block["reason"] is not None:
            continue
        if block["language"] == "python":
            found.append(Snippet("python", block["body"]))
        else:
            body = block["body"].replace("\\\n", " ")
            found += [Snippet("shell", line.removeprefix("$ ")) for line in body.splitlines() if line.startswith("$ kappabar ")]
    return found


def _readme() -> list[Snippet]:
    path = ROOT / "README.md"
    return snippets(path.read_text("utf-8")) if path.is_file() else []


def test_the_reader_of_blocks() -> None:
    run, left_out = (
        "```console\n$ kappabar list x \\\n  --json\noutput\n```\n",
        "<!-- not run: long -->\n```sh\n$ kappabar compare\n```\n",
    )
    markdown = run + left_out + "```python\nx = 1\n```\n"
    assert snippets(markdown) == [Snippet("shell", "kappabar list x    --json"), Snippet("python", "x = 1\n")]


@pytest.mark.parametrize("snippet", _readme(), ids=lambda snippet: snippet.text.strip().splitlines()[0][:60])
def test_readme(snippet: Snippet, tmp_path: Path) -> None:
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "120"}
    command = [sys.executable, "-c", snippet.text] if snippet.language == "python" else ["/bin/sh", "-c", snippet.text]
    for name in ("examples",):  # the README's paths are relative to the checkout; what a command writes goes to a scratch folder
        if (ROOT / name).is_dir():
            (tmp_path / name).symlink_to(ROOT / name)
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
