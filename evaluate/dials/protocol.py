"""What a study was to do, said before its first result: a file that lands before the tables, and is held against them.

It lies beside the code of its dial as `protocol.toml`. A run keeps a copy, which its page prints beside what was done. A study
that has none can be run, and says that what it prints is no result.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from ...grammars.errors import OutputError
from ..results.shape import check_shape
from .verdict import INTEREST

FILE = "protocol.toml"
LEAST_POWER = 0.8
"""Of both ends: no study starts that would miss one of them oftener."""

SHAPE = {
    "study": str,
    "claim": str,
    "hypothesis": str,
    "predictor": str,
    "target": str,
    "interest": float,
    "trainings": int,
    "budget": str,
    "seed": int,
    "stopping": str,
    "against": str,
    "corrections": str,
    "pilots": {"seeds": str, "spread": float, "command": str},
    "power": {"supported": float, "nothing": float, "command": str},
}
"""Of the file. `interest`: the smallest effect of interest, of normalized Q for 0.1 of κ̄. `pilots`: which seeds, that the study
does not use, said by how much trainings differ. `power`: the share of simulated studies that end as supported where the smallest
effect is there, and as equivalent to nothing where nothing is."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that a protocol says. `done`: what the run did, "" where only reading tells."""

    name: str
    said: str
    done: str = ""

    @property
    def kept(self) -> bool:
        return self.done in ("", self.said)


def own_protocol(package: str) -> str | None:
    """The text of the protocol that lies beside a dial's code, or None."""
    path = resources.files(package).joinpath(FILE)
    return path.read_text("utf-8") if path.is_file() else None


def protocol_of(folder: Path) -> dict[str, Any] | None:
    """The protocol that a run's folder holds, or None. Raises `OutputError` where it is damaged."""
    path = folder / FILE
    return read_protocol(path.read_text("utf-8", errors="replace"), path) if path.is_file() else None


def read_protocol(text: str, path: object) -> dict[str, Any]:
    """A protocol, of `SHAPE`. Raises `OutputError` where it is none, or of a study that would not find what it looks for."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise OutputError(f"{path} is no protocol: {' '.join(str(e).split())}") from None
    check_shape(document, SHAPE, path, "a protocol says all of these")
    if unknown := sorted(set(document) - set(SHAPE)):
        raise OutputError(f"{path} is no protocol: {unknown[0]!r:.40} is nothing that one says")
    power = document["power"]
    if min(power["supported"], power["nothing"]) < LEAST_POWER:
        raise OutputError(
            f"{path}: its power is under {LEAST_POWER:g}; a study that would so often miss what it looks for is not run"
        )
    return document


def lines(protocol: Mapping[str, Any], header: Mapping[str, Any], planned: int, rows: Sequence[Mapping[str, Any]]) -> list[Line]:
    """What a protocol says, beside what a run with this header and these rows did. `planned`: its trainings."""
    trained = len({row["draw"] for row in rows})
    failed = len({row["draw"] for row in rows if row["status"] != "ok"})
    each = f"{planned:,}" if trained == planned and not failed else f"{planned:,}, of which {trained - failed:,} have a quality"
    pilots, power, arguments = protocol["pilots"], protocol["power"], header["arguments"]
    return [
        Line("study", protocol["study"], header["study"]),
        Line("claim", protocol["claim"]),
        Line("hypothesis", protocol["hypothesis"]),
        Line("predictor", protocol["predictor"]),
        Line("target", protocol["target"]),
        Line("smallest effect, for 0.1 of κ̄", f"{protocol['interest']:g}", f"{INTEREST / 10:g}"),
        Line("trainings", f"{protocol['trainings']:,}", each),
        Line("budget", protocol["budget"], str(arguments["budget"])),
        Line("seed", str(protocol["seed"]), str(arguments["seed"])),
        Line("ends", protocol["stopping"]),
        Line("what would count against it", protocol["against"]),
        Line("corrections", protocol["corrections"]),
        Line("pilots", f"{pilots['seeds']}: trainings differ by {pilots['spread']:g} (`{pilots['command']}`)"),
        Line("power", f"supported {power['supported']:g}, nothing {power['nothing']:g} (`{power['command']}`)"),
    ]


def told(found: Sequence[Line] | None) -> list[str]:
    """What a reader has to know first: nothing where a protocol was kept to."""
    if found is None:
        return ["No protocol is committed for this study: what it says here is no result."]
    otherwise = "; ".join(f"{one.name}: {one.said}, here {one.done}" for one in found if not one.kept)
    return [f"This run is not as its protocol has it ({otherwise})."] if otherwise else []
