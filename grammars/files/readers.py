"""Files of equations to systems: .txt, .json, .jsonl, .csv and .parquet, as the command line's `--data` takes them.

One bad line or record stops nothing: it becomes a `Skip` with its place and reason. Only what concerns the whole file
is an error. `formats.py` has the formats, `records.py` what a record must be.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..errors import SourceError
from ..text.parse import parse
from ..tree import System
from .formats import FORMATS, Format, one_line
from .records import ParseText, RecordReader

MAX_RECORDS = 1_000_000
"""Most systems and skipped lines or records of one file."""


@dataclass(frozen=True, slots=True)
class Skip:
    """What was left out: `source` as the user named it, `where` in it ("line 3, column 7", "record 12"), and why."""

    source: str
    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.source}: {self.where}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds: its systems, and its lines or records that are none, both in the file's order. `notes`: what a reader
    should be told of how systems were taken, each once, where it was first."""

    systems: tuple[System, ...]
    skipped: tuple[Skip, ...]
    notes: tuple[Skip, ...] = ()


def read(path: str | Path, domain: str = "ode", *, strict: bool = False, parse_text: ParseText | None = None) -> Reading:
    """The systems of a file; the suffix says its format.

    `parse_text` reads a text of the domain (default: the built-in domain's parser). With `strict` the first bad line or
    record raises. Systems without a name in the file are called after the file and their line or record.

    Raises SourceError: no such file, a folder, unknown suffix, empty, binary, malformed as a whole, too large, nothing readable.
    """
    source, file = one_line(str(path)), Path(path)
    form = _format(source, file)
    records = RecordReader(parse_text or partial(parse, domain=domain), takes_ranges=domain == "function")
    systems: list[System] = []
    skipped: list[Skip] = []
    notes: dict[str, Skip] = {}
    try:
        for where, record in form(file, source, records):
            if isinstance(record, str):
                skipped.append(Skip(source, where, one_line(record)))
                if strict:
                    raise SourceError(str(skipped[-1]))
            else:
                systems.extend(record)
                for note in (note for system in record for note in system.notes):
                    notes.setdefault(note, Skip(source, where, one_line(note)))
            if len(systems) + len(skipped) > MAX_RECORDS:
                raise SourceError(f"{source}: more than {MAX_RECORDS:,} systems; split the file")
    except OSError as e:
        raise SourceError(f"{source}: cannot be read: {e.strerror or type(e).__name__}") from None
    if not systems:
        raise SourceError(_nothing(source, skipped))
    return Reading(tuple(systems), tuple(skipped), tuple(notes.values()))


def _format(source: str, file: Path) -> Format:
    """The format by the file's suffix, once the file is known to be there."""
    suffix = file.suffix.lower()
    try:
        if file.is_dir():
            raise SourceError(f"{source}: is a folder; name a file in it")
        if not file.exists():
            raise SourceError(f"{source}: no such file")
        if suffix not in FORMATS:
            raise SourceError(f"{source}: unknown kind of file {suffix or '(no suffix)'!r}; known are {', '.join(FORMATS)}")
        if not file.is_file():  # a pipe or a device may never end
            raise SourceError(f"{source}: is not a regular file")
        if file.stat().st_size == 0:
            raise SourceError(f"{source}: is empty")
    except (OSError, ValueError) as e:  # a name too long, or with a NUL in it, or a folder that may not be entered
        raise SourceError(f"{source}: cannot be read: {getattr(e, 'strerror', None) or e}") from None
    return FORMATS[suffix]


def _nothing(source: str, skipped: list[Skip]) -> str:
    if not skipped:
        return f"{source}: holds no system"
    return f"{source}: nothing readable; {len(skipped)} skipped, the first: {skipped[0].where}: {skipped[0].reason}"
