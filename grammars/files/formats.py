"""The file formats that equations come in: each yields, item by item, the systems found there or the reason why there are none.

Text formats are read as a stream with one line in memory; .json and .parquet, which cannot be, have a size limit.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import KappabarError, ParseError, SourceError, SpecError
from ..text.own import TextReader
from ..tree import System
from .records import EQUATIONS, FIELDS, MEANT, BadRecord, RecordReader, Repeated, TooSmall, equations_key

MAX_LINE = 100_000
"""Longest line of a text format, in bytes."""
MAX_WHOLE_FILE = 256 * 2**20
"""Largest file, in bytes, of the formats that must be read as a whole (.json, .parquet)."""
MAX_REASON = 300
MOST_LINES = 100
"""Longest block of a text file that may be one system, in lines."""
_CHUNK = 1 << 16
_ENVIRONMENT = "\\begin{"

Item = tuple[str, list[System] | str]
"""Where ("line 3, column 7", "record 12"), and the systems there or the reason why there are none."""

Format = Callable[[Path, str, RecordReader], Iterator[Item]]


@dataclass(frozen=True, slots=True)
class Malformed:
    """Text that is no JSON: why, and where that was seen (from 1)."""

    reason: str
    line: int = 1
    column: int = 1


def one_line(text: str) -> str:
    """`text` as one printable line of bounded length: what a file says may not reshape a message or a terminal."""
    line = " ".join("".join(c if c.isprintable() else "\ufffd" if c not in "\t\r\n" else " " for c in text).split())
    return line if len(line) <= MAX_REASON else line[: MAX_REASON - 1] + "…"


def _attempt(where: str, build: Callable[[], list[System]]) -> Item:
    try:
        return where, build()
    except ParseError as e:
        # A text file has one system per line, so the line within the system says nothing.
        return f"{where}, column {e.column}", e.reason
    except SpecError:  # the domain itself is broken, and no other line would fare better
        raise
    except (BadRecord, KappabarError) as e:
        return where, str(e)


# ---------------------------------------------------------------- lines


class _Carriage(io.RawIOBase):
    """A file whose lines end with a carriage return alone, as if they ended with a newline."""

    def __init__(self, inner: BinaryIO) -> None:
        super().__init__()
        self._inner = inner

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        read = self._inner.read(len(buffer)).replace(b"\r", b"\n")
        buffer[: len(read)] = read
        return len(read)


def _lines(file: Path, source: str) -> Iterator[tuple[int, str | BadRecord]]:
    """Number and text of each line, without its end; or why it is no text."""
    with file.open("rb") as raw_stream:
        first = raw_stream.read(_CHUNK)
        if b"\0" in first:
            raise _binary(source)
        raw_stream.seek(0)
        stream = io.BufferedReader(_Carriage(raw_stream)) if b"\r" in first and b"\n" not in first else raw_stream
        number = 0
        while raw := stream.readline(MAX_LINE + 2):
            number += 1
            if len(raw.rstrip(b"\r\n")) > MAX_LINE:
                size = len(raw) + (0 if raw.endswith(b"\n") else _drop_line(stream))
                yield number, BadRecord(f"longer than {MAX_LINE:,} bytes ({size:,}); write one system per line", MAX_LINE + 1)
            else:
                yield number, _text(raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw)


def _drop_line(stream: BinaryIO) -> int:
    """Read on to the end of the line, keeping nothing; how many bytes that was."""
    dropped = 0
    while raw := stream.readline(_CHUNK):
        dropped += len(raw)
        if raw.endswith(b"\n"):
            break
    return dropped


def _binary(source: str) -> SourceError:
    return SourceError(f"{source}: is binary, not UTF-8 text (it holds NUL bytes)")


def _text(raw: bytes) -> str | BadRecord:
    try:
        text = raw.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as e:
        return BadRecord(f"is no UTF-8 text (byte {e.start + 1} of the line)")
    return BadRecord("holds a NUL byte") if "\0" in text else text


def _read_txt(file: Path, source: str, records: RecordReader) -> Iterator[Item]:
    """One system per line; or one on several, up to a blank line, where some are none alone and all are one together."""
    block: list[tuple[int, str]] = []
    comments = not isinstance(records.parse, TextReader)  # in a grammar of one's own these may be anything
    for number, line in _lines(file, source):
        if isinstance(line, BadRecord):
            yield from _systems_of(block, file.stem, records)
            block.clear()
            yield f"line {number}, column {line.column}" if line.column else f"line {number}", str(line)
        elif (text := line.split("#", 1)[0].rstrip()) and not (comments and text.lstrip().startswith(("%", "//"))):
            block.append((number, text))
        if len(block) > MOST_LINES or (isinstance(line, str) and not line.strip()):
            yield from _systems_of(block, file.stem, records)
            block.clear()
    yield from _systems_of(block, file.stem, records)


def _systems_of(block: list[tuple[int, str]], stem: str, records: RecordReader) -> Iterator[Item]:
    """The lines' own systems, else the one that all of them are, else why they are none: once where no line of them is one."""
    items = [_attempt(f"line {number}", partial(_named, records, text, one_line(f"{stem}:{number}"))) for number, text in block]
    bad = [found for _, found in items if isinstance(found, str)]
    if not 1 < len(block) <= MOST_LINES or not bad:
        yield from items
        return
    first, last = block[0][0], block[-1][0]
    whole = "\n".join(text for _, text in block)
    latex = _ENVIRONMENT in whole
    if latex or all("=" in text for _, text in block):
        try:
            system = records.parse(whole)
        except ParseError as e:
            if latex:
                yield f"line {first + e.line - 1}, column {e.column}", e.reason
                return
        else:
            note = f"lines {first} to {last} are read as one system"
            yield f"line {first}", [replace(system, name=one_line(f"{stem}:{first}"), notes=(*system.notes, note))]
            return
    if len(bad) < len(items):
        yield from items
    else:
        where, reason = items[0]
        yield where, f"{reason} (so with the other lines to {last}: none is a system, nor are they one together)"


def _read_ode(file: Path, source: str, records: RecordReader) -> Iterator[Item]:
    """One system, on as many lines as it takes: a model of XPPAUT, or whatever else a text may be."""
    lines = [line for _, line in _lines(file, source)]
    bad = next(((i, line) for i, line in enumerate(lines, 1) if isinstance(line, BadRecord)), None)
    if bad is not None:
        yield f"line {bad[0]}", str(bad[1])
        return
    try:
        yield "line 1", _named(records, "\n".join(map(str, lines)), one_line(file.stem))
    except ParseError as e:
        yield f"line {e.line}, column {e.column}", e.reason


def _named(records: RecordReader, text: str, name: str) -> list[System]:
    return [replace(records.parse(text), name=name)]


def _read_jsonl(file: Path, source: str, records: RecordReader) -> Iterator[Item]:
    for number, line in _lines(file, source):
        where = f"line {number}"
        if isinstance(line, BadRecord):
            yield where, str(line)
        elif line.strip():
            record = _json(line)
            if isinstance(record, Malformed):
                yield f"{where}, column {record.column}", record.reason
            else:
                yield _attempt(where, partial(records.systems, record, f"{file.stem}:{number}"))


# ---------------------------------------------------------------- JSON


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A JSON object; one in which a key stands twice says so."""
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    repeated, keys = Repeated(made), [key for key, _ in pairs]
    repeated.key = next(key for key in keys if keys.count(key) > 1)
    return repeated


def _float(text: str) -> float | TooSmall:
    value = float(text)
    return TooSmall(text) if value == 0.0 and any(c in "123456789" for c in text.lower().partition("e")[0]) else value


def _json(text: str) -> object | Malformed:
    try:
        document: object = json.loads(text, object_pairs_hook=_object, parse_float=_float)
    except json.JSONDecodeError as e:
        return Malformed(f"malformed JSON: {e.msg[:1].lower()}{e.msg[1:]}", e.lineno, e.colno)
    except RecursionError:
        return Malformed("malformed JSON: nested too deep")
    except ValueError:  # Python refuses to read whole numbers of more than 4,300 digits
        return Malformed("malformed JSON: a whole number with too many digits")
    return document


def _read_json(file: Path, source: str, records: RecordReader) -> Iterator[Item]:
    with file.open("rb") as stream:
        raw = stream.read(MAX_WHOLE_FILE + 1)
    if len(raw) > MAX_WHOLE_FILE:
        raise SourceError(f"{source}: larger than {MAX_WHOLE_FILE >> 20} MB; use .jsonl, which is read line by line")
    if b"\0" in raw:
        raise _binary(source)
    try:
        document = _json(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as e:
        raise SourceError(f"{source}: is no UTF-8 text (byte {e.start + 1:,})") from None
    if isinstance(document, Malformed):
        raise SourceError(f"{source}: line {document.line}, column {document.column}: {document.reason}")
    if isinstance(document, dict):
        document = [document]
    if not isinstance(document, list):
        raise SourceError(f"{source}: a JSON source is a list of records with 'equations', or one such record")
    for i, record in enumerate(document, 1):
        yield _attempt(f"record {i}", partial(records.systems, record, f"{file.stem}:{i}"))


# ---------------------------------------------------------------- tables


def _read_csv(file: Path, source: str, records: RecordReader) -> Iterator[Item]:
    """By the standard library rather than polars: it streams, and it knows the line of each row."""
    faults: list[Item] = []

    def lines() -> Iterator[str]:
        for number, line in _lines(file, source):
            if isinstance(line, BadRecord):
                faults.append((f"line {number}", str(line)))
            yield "\n" if isinstance(line, BadRecord) else line + "\n"

    header: list[str] | None = None
    rows = csv.reader(lines(), strict=True)
    for first, row in _csv_rows(rows):
        where = f"line {first}"
        yield from faults
        faults.clear()
        if isinstance(row, str):
            yield where, row
        elif not any(cell.strip() for cell in row):
            continue
        elif header is None:
            header = _header([name.strip().lower() for name in row], source)
        elif len(row) != len(header):
            yield where, f"{len(row)} cells under {len(header)} columns; put a text with commas in double quotes"
        else:
            cells: dict[str, object] = dict(zip(header, row, strict=True))
            yield _attempt(where, partial(_row, records, cells | _unread(header), f"{file.stem}:{first}"))
    yield from faults


def _unread(header: list[str]) -> dict[str, object]:
    """Columns that mean nothing here, as cells: told once, though some rows leave them blank."""
    read = (*FIELDS, *EQUATIONS, *MEANT, "")
    return dict.fromkeys((name for name in header if name not in read and "substituted" not in header), "not read")


def _csv_rows(rows: Any) -> Iterator[tuple[int, list[str] | str]]:
    """Each row, or why it is none, with the number of its first line."""
    while True:
        first = rows.line_num + 1
        try:
            yield first, next(rows)
        except StopIteration:
            return
        except csv.Error as e:
            yield first, f"malformed CSV: {e}"


def _header(names: list[str], source: str) -> list[str]:
    if equations_key(dict.fromkeys(names, "")) is None:
        listed = one_line(", ".join(names))[:100] or "none"
        hint = "; separate columns by commas" if len(names) == 1 and (";" in listed or "\t" in names[0]) else ""
        raise SourceError(f"{source}: no column 'equations' (columns: {listed}; known are {', '.join(FIELDS)}){hint}")
    if repeated := next((name for name in names if name and names.count(name) > 1), None):
        raise SourceError(f"{source}: two columns {repeated!r}")
    return names


_WRITTEN = {
    "x0": "write a list, such as [1, 0], in double quotes where it holds commas",
    "ranges": "write a list of pairs, such as [[-5, 5]], in double quotes",
}


def _row(records: RecordReader, row: dict[str, object], name: str) -> list[System]:
    """A row of a table: cells of `x0` and `ranges`, and equations that begin with a bracket, are JSON text."""
    record = {key: value for key, value in row.items() if value is not None and value != ""}
    for key in ("x0", "ranges", *EQUATIONS):
        cell = record.get(key)
        if isinstance(cell, str) and (key not in EQUATIONS or cell.lstrip().startswith("[")):
            decoded = _json(cell)
            if isinstance(decoded, Malformed):
                expected = _WRITTEN.get(key, decoded.reason)
                raise BadRecord(f"{key!r}, column {decoded.column}: {expected}")
            record[key] = decoded
    return records.systems(record, name)


def _read_parquet(file: Path, source: str, records: RecordReader) -> Iterator[Item]:
    import polars as pl

    if file.stat().st_size > MAX_WHOLE_FILE:
        raise SourceError(f"{source}: larger than {MAX_WHOLE_FILE >> 20} MB; split it, or use .jsonl")
    try:
        with file.open("rb") as stream:  # a stream, because polars expands '*' and '[' in a path
            names = list(pl.read_parquet_schema(stream))
            columns = [c for c in _header(names, source) if c in FIELDS or c in EQUATIONS]
            stream.seek(0)
            table = pl.read_parquet(stream, columns=columns)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, ValueError, TypeError) as e:
        raise SourceError(f"{source}: is no readable parquet file: {one_line(str(e))[:120]}") from None
    unread = dict.fromkeys((name for name in names if name not in columns), "not read")
    for i, row in enumerate(table.iter_rows(named=True), 1):
        yield _attempt(f"record {i}", partial(_row, records, row | unread, f"{file.stem}:{i}"))


FORMATS: dict[str, Format] = {
    ".txt": _read_txt,
    ".json": _read_json,
    ".jsonl": _read_jsonl,
    ".csv": _read_csv,
    ".parquet": _read_parquet,
    ".ode": _read_ode,
}
