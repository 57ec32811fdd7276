"""The two local searches, tried on points of the front whose numbers are bins; each result is a file that a spec names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ...grammars.errors import KappabarError
from ...grammars.files.write import write_text
from ...tokenizers.codecs.centers import Centers
from ..events import Advanced, Finished, Listener, Skipped, Started
from .assign import assign
from .data import Measurement, SearchData
from .fitting import take
from .merge import merge

_POINTS = 2
"""Points of the front that are worked on."""


def improve(
    data: SearchData, front: Sequence[Measurement], objectives: Sequence[str], folder: Path, listen: Listener
) -> dict[str, tuple[str, str]]:
    """Specs of what was made, each with 'merge' or 'assign' and the spec it began with: the front's points with bins that are
    best in the first objective."""
    chosen = [m for m in front if any(part.startswith("bins:") for part in m.spec.split(" | "))]
    chosen.sort(key=lambda m: (m.value(objectives[0]), m.spec))
    stage = "local searches"
    made: dict[str, tuple[str, str]] = {}
    listen(Started(stage, 2 * len(chosen[:_POINTS])))
    for i, start in enumerate(chosen[:_POINTS], 1):
        for word in ("merge", "assign"):
            file = folder / f"{word}-{i}.json"
            try:
                made[_make(data, word, start.spec, file)] = (word, start.spec)
            except KappabarError as error:
                listen(Skipped(stage, f"{word} on {start.spec}", str(error)))
            listen(Advanced(stage, 1))
    listen(Finished(stage))
    return made


def _make(data: SearchData, word: str, spec: str, file: Path) -> str:
    """Run one local search, keep its codec in `file`, and give the spec that names it."""
    codec: Centers = merge(data, spec).codec if word == "merge" else assign(data, spec).codec
    named = replace(codec, file=file.as_posix())
    write_text(file, named.dumps())
    return take(data, spec).spec_with(named.file)
