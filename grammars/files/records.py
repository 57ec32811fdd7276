"""One record of an equation file (JSON, CSV or parquet row) to systems. Every check that a record can fail is here."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from ..errors import ParseError
from ..text.conditions import MOST_HORIZON
from ..tree import Node, System, number, variable, variables

ODEBENCH_T_END = 10.0
"""ODEBench integrates every system from 0 to 10; its file does not say so."""

FIELDS = ("equations", "name", "x0", "t_end", "ranges")
EQUATIONS = ("equations", "equation", "eq", "eqs", "expression", "formula")
"""Keys that the equations may have, where no other of these is there."""
MEANT = {
    **dict.fromkeys(("init", "inits", "u0", "y0", "initial", "initial_conditions"), "'x0'"),
    **dict.fromkeys(("t", "t_span", "tspan", "t_max", "tmax", "tend", "horizon"), "'t_end'"),
    **dict.fromkeys(("range", "bounds"), "'ranges'"),
    **dict.fromkeys(("params", "parameters", "param", "consts", "constants"), "values after 'with' in the equations"),
}
"""Keys of other programs that would change what a record means, and what to write instead."""
MAX_NAME = 200


_SIDED = re.compile("(?<![<>=])=(?!=)")


class TooSmall(str):
    """A number of a file that is not 0, and would be as a float."""


class Repeated(dict[str, object]):
    """A JSON object in which a key stands twice; `key` is the first such."""

    key: str = ""


ParseText = Callable[[str], System]


class BadRecord(ValueError):
    """Why a record is no system; `column` (from 1) where one place in the line is to blame, else 0."""

    def __init__(self, reason: str, column: int = 0) -> None:
        super().__init__(reason)
        self.column = column


@dataclass(frozen=True, slots=True)
class RecordReader:
    """Records to systems: `parse` reads a text of the domain; `takes_ranges` says that inputs have ranges, not starts."""

    parse: ParseText
    takes_ranges: bool = False

    def systems(self, record: object, fallback_name: str) -> list[System]:
        """The systems of one record: one, or one per set of constants in ODEBench's form. Raises BadRecord."""
        if isinstance(record, Repeated):
            raise BadRecord(f"the key {record.key!r} stands twice")
        if not isinstance(record, Mapping):
            raise BadRecord(f"a record is an object with 'equations', not {_kind(record)}")
        if "substituted" in record and "init" in record:
            return self._odebench(record, fallback_name)
        key = equations_key(record)
        if key is None:
            raise BadRecord("the record has no 'equations'")
        unread = _unread(record, key)
        system = self._parsed(record[key], key)
        system = self._with_conditions(system, record, _name(record.get("name"), fallback_name))
        return [replace(system, notes=system.notes + unread)]

    def _odebench(self, record: Mapping[str, object], fallback_name: str) -> list[System]:
        variants = record["substituted"]
        if not isinstance(variants, list) or not variants:
            raise BadRecord(f"'substituted' is a list with a list of equations, not {_kind(variants)}")
        parts = [str(p) for p in (record.get("id"), record.get("eq_description")) if isinstance(p, int | str) and p != ""]
        name = _name(" ".join(parts) or None, fallback_name)
        citation = record.get("source") if isinstance(record.get("source"), str) else ""
        conditions = {"x0": record["init"], "t_end": record.get("t_end", ODEBENCH_T_END)}
        systems = []
        for i, variant in enumerate(variants):
            system = self._parsed(variant, "substituted")
            label = name if len(variants) == 1 else f"{name} #{i + 1}"
            systems.append(replace(self._with_conditions(system, conditions, label), citation=clean_name(str(citation))))
        return systems

    def _parsed(self, equations: object, key: str) -> System:
        text, starts = _joined(equations, key)
        try:
            return self.parse(text)
        except ParseError as e:
            raise BadRecord(_located(e, key, starts)) from None

    def _with_conditions(self, system: System, record: Mapping[str, object], name: str) -> System:
        """The record's conditions win over those in its text."""
        changes: dict[str, object] = {"name": name}
        if not _absent(record.get("x0")):
            if self.takes_ranges:
                raise BadRecord("inputs have 'ranges' [[low, high], …], not 'x0'")
            changes["x0"] = _starts(record["x0"], system)
        if not _absent(record.get("t_end")):
            if self.takes_ranges:
                raise BadRecord("inputs have 'ranges' and no horizon; leave 't_end' out")
            changes["t_end"] = _horizon(record["t_end"])
        if not _absent(record.get("ranges")):
            if not self.takes_ranges:
                raise BadRecord("state variables have 'x0', not 'ranges'")
            system, changes["ranges"] = _ranges(record["ranges"], system)
        return replace(system, **changes)  # type: ignore[arg-type]


def equations_key(record: Mapping[str, object]) -> str | None:
    """The key of a record's equations."""
    if "equations" in record:
        return "equations"
    there = [key for key in EQUATIONS if key in record]
    return there[0] if len(there) == 1 else None


def _unread(record: Mapping[str, object], key: str) -> tuple[str, ...]:
    """What is told of keys that mean nothing here. Raises BadRecord for one that means something elsewhere."""
    others = [k for k, value in record.items() if k not in FIELDS and k != key and not _absent(value)]
    for other in others:
        if other.lower() in MEANT:
            raise BadRecord(f"{clean_name(other)!r} is not read; write {MEANT[other.lower()]}")
    told = (f"{key!r} is read as the equations",) if key != "equations" else ()
    return (*told, f"not read: {clean_name(', '.join(map(repr, others)))}") if others else told


def _by_stem(name: str) -> tuple[str, int]:
    stem = name.rstrip("0123456789")
    return stem, int(name[len(stem) :][:18] or -1)


def _absent(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _kind(value: object) -> str:
    """What a value is, in the words of the file: `true`, `a number`, `an empty list`, …"""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    names = ((int | float, "a number"), (str, "a text"), (Mapping, "an object"))
    return next((name for kind, name in names if isinstance(value, kind)), f"a {type(value).__name__}")


def clean_name(text: str) -> str:
    """One printable line: a name goes into tables, CSV files and pages."""
    line = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(line.split())[:MAX_NAME]


def _name(value: object, fallback: str) -> str:
    if _absent(value):
        return clean_name(fallback)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadRecord(f"'name' is a text, not {_kind(value)}")
    return clean_name(str(value)) or clean_name(fallback)


def _joined(equations: object, key: str) -> tuple[str, list[int]]:
    """The equations as one text, and where each begins in it."""
    if isinstance(equations, str):
        return equations, [0]
    if not isinstance(equations, list | tuple) or not equations:
        raise BadRecord(f"{key!r} is a text or a list of texts, not {_kind(equations)}")
    for i, equation in enumerate(equations):
        if not isinstance(equation, str):
            raise BadRecord(f"{key!r} item {i + 1} is {_kind(equation)}, not a text")
    # Named equations (x' = …) are separated by semicolons, bare ones by bars.
    separator = "; " if any(_SIDED.search(equation.split("@")[0].split("with")[0]) for equation in equations) else " | "
    starts, at = [], 0
    for equation in equations:
        starts.append(at)
        at += len(equation) + len(separator)
    return separator.join(equations), starts


def _located(error: ParseError, key: str, starts: list[int]) -> str:
    if error.line > 1:
        return f"{key}, line {error.line}, column {error.column}: {error.reason}"
    index = max(i for i, start in enumerate(starts) if start <= error.column - 1)
    item = f" item {index + 1}" if len(starts) > 1 else ""
    return f"{key}{item}, column {error.column - starts[index]}: {error.reason}"


def _number(value: object, label: str) -> float:
    if isinstance(value, TooSmall):
        raise BadRecord(f"{label} is too small for a float")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadRecord(f"{label} is {_kind(value)}, not a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise BadRecord(f"{label} is not a finite number")
    return number


def _rows(value: object, key: str) -> list[list[object]]:
    """One list, or a list of several."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return [[value]]
    if not isinstance(value, list | tuple) or not value:
        raise BadRecord(f"{key!r} is a list of numbers or a list of such lists, not {_kind(value)}")
    nested = [isinstance(item, list | tuple) for item in value]
    if any(nested) and not all(nested):
        raise BadRecord(f"{key!r} mixes numbers and lists")
    return [list(item) for item in value] if all(nested) else [list(value)]


def _starts(value: object, system: System) -> tuple[tuple[float, ...], ...]:
    clock = system.dim > 1 and system.names[-1] == "t" and system.equations[-1] == number(1.0)
    rows = _rows(value, "x0")
    rows = [[*row, 0.0] if clock and len(row) == system.dim - 1 else row for row in rows]
    for row in rows:
        if len(row) != system.dim:
            names = ", ".join(system.names[:8])
            raise BadRecord(f"'x0' needs {system.dim} value{'s' * (system.dim != 1)} ({names}), not {len(row)}")
    return tuple(tuple(_number(v, f"a value in 'x0' ({v!r:.40})") for v in row) for row in rows)


def _horizon(value: object) -> float:
    try:
        number = float(value) if isinstance(value, str) else value
    except ValueError:
        number = value
    t_end = _number(number, f"'t_end' ({value!r:.40})")
    if t_end <= 0:
        raise BadRecord(f"'t_end' must be positive, not {t_end:g}")
    if t_end > MOST_HORIZON:
        raise BadRecord(f"'t_end' is at most {MOST_HORIZON:g}, not {t_end:g}; measure time in larger units")
    return t_end


def _check_names(ranges: Mapping[str, object], needed: tuple[str, ...], known: tuple[str, ...]) -> None:
    if isinstance(ranges, Repeated):
        raise BadRecord(f"'ranges' has the key {ranges.key!r} twice")
    if missing := [name for name in needed if name not in ranges]:
        raise BadRecord(f"'ranges' has nothing for {', '.join(map(repr, missing[:8]))}")
    if unknown := [name for name in ranges if name not in known]:
        raise BadRecord(f"'ranges' names {clean_name(unknown[0])!r}, which is none of {', '.join(known[:8])}")


def _ranges(value: object, system: System) -> tuple[System, tuple[tuple[float, float], ...]]:
    """The ranges by name, or as a list in the order of the names, and the system with just these inputs."""
    used = tuple(system.names[i] for i in sorted(variables(system.tree)))
    if isinstance(value, Mapping):
        _check_names(value, used, system.names)
        system = _with_inputs(system, tuple(name for name in system.names if name in value))
        value = [value[name] for name in system.names]
    elif not system.ranges and list(system.names) != sorted(system.names, key=_by_stem):
        form = ", ".join(f'"{name}": [LOW, HIGH]' for name in system.names[:8])
        raise BadRecord(f"'ranges' is a list, which does not say whose they are; write {{{form}}}")
    rows = _rows(value, "ranges")
    if len(rows) == len(used) < system.dim and not system.ranges:
        system = _with_inputs(system, used)
    if len(rows) != system.dim or any(len(row) != 2 for row in rows):
        raise BadRecord(f"'ranges' needs {system.dim} pair{'s' * (system.dim != 1)} [low, high] ({', '.join(system.names[:8])})")
    pairs = tuple((_number(low, "a range's low end"), _number(high, "a range's high end")) for low, high in rows)
    for low, high in pairs:
        if not low < high:
            raise BadRecord(f"the range [{low:g}, {high:g}] is empty")
    return system, pairs


def _with_inputs(system: System, names: tuple[str, ...]) -> System:
    """The function with these inputs, among which are all that it uses."""

    def leaf(node: Node) -> Node:
        return replace(variable(names.index(system.names[node.index])), span=node.span) if node.is_variable else node

    return replace(system, tree=system.tree.map(leaf), names=names)
