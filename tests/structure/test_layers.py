"""The layers of ARCHITECTURE.md within the rooms, read from the sources: imports inside functions and under TYPE_CHECKING
count."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

LOOSE = {"tokenizers": {"base", "catalog", "alphabet", "parts"}, "evaluate": {"events", "streams"}}
MOST_LINES = 60
LAZY = "results/plots"
"""The one file that names what lies above it: by a string, for `.plot()`."""

Graph = Mapping[str, set[str]]
Layers = Mapping[str, Mapping[str, int]]


def module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def edges(sources: Iterable[Any]) -> dict[str, set[str]]:
    """Which file imports which, by dotted names inside the package."""
    found = list(sources)
    known = {module(s.path) for s in found}
    out: dict[str, set[str]] = {module(s.path): set() for s in found}
    for source in found:
        for _, name in source.imports():
            parts = name.removeprefix("kappabar.").split(".")
            target = next((t for n in (len(parts), len(parts) - 1) if (t := ".".join(parts[:n])) in known), None)
            if name.startswith("kappabar.") and target is not None and target != module(source.path):
                out[module(source.path)].add(target)
    return out


def circles(graph: Graph) -> list[list[str]]:
    """Sets of more than one name that reach each other."""
    reach = {name: _reached(graph, name) for name in graph}
    found = {frozenset({a, *(b for b in reach[a] if a in reach.get(b, ()))}) for a in graph if a in reach[a]}
    return sorted(sorted(group) for group in found)


def _reached(graph: Graph, start: str) -> set[str]:
    seen: set[str] = set()
    waiting = list(graph.get(start, ()))
    while waiting:
        if (name := waiting.pop()) not in seen:
            seen.add(name)
            waiting += graph.get(name, ())
    return seen


def layers_of(text: str) -> Layers:
    """The table: folder -> room -> how high it lies. Rooms of one row know nothing of each other."""
    found: dict[str, dict[str, int]] = {}
    for folder, rooms in re.findall(r"(?m)^\| `(\w+)/` \| (`[^|]+`) \|", text):
        own = found.setdefault(folder, {})
        height = len(set(own.values()))
        own |= dict.fromkeys(re.findall(r"`([\w/]+)`", rooms), height)
    return found


def room_of(name: str, rooms: Mapping[str, int]) -> str | None:
    parts = name.split(".")[1:]
    return next((r for n in (2, 1) if (r := "/".join(parts[:n])) in rooms), None)


def upwards(graph: Graph, layers: Layers) -> list[str]:
    """Imports that lead to a room as high or higher, and files in no room."""
    wrong = []
    for source, targets in sorted(graph.items()):
        rooms = layers.get(source.split(".")[0], {})
        own = room_of(source, rooms)
        if rooms and own is None and "." in source:
            wrong.append(f"{source} is in no room")
        for target in sorted(targets):
            other = room_of(target, rooms) if target.split(".")[0] == source.split(".")[0] else None
            if own is not None and other is not None and own != other and rooms[other] >= rooms[own]:
                wrong.append(f"{source} imports {target}")
    return wrong


@pytest.fixture(scope="module")
def layers(checkout: Path) -> Layers:
    found = layers_of((checkout / "ARCHITECTURE.md").read_text("utf-8"))
    assert set(found) == {"grammars", "tokenizers", "evaluate"}
    return found


def test_the_checks_see_what_they_must() -> None:
    table = layers_of("| `evaluate/` | `events` | x |\n| `evaluate/` | `kappa`, `search` | y |\n| `evaluate/` | `report` | z |\n")
    good = {"evaluate.events": set[str](), "evaluate.kappa.a": {"evaluate.events"}, "evaluate.report.b": {"evaluate.kappa.a"}}
    assert upwards(good, table) == [] and circles(good) == []
    assert upwards({"evaluate.kappa.a": {"evaluate.report.b"}}, table) == ["evaluate.kappa.a imports evaluate.report.b"]
    assert upwards({"evaluate.kappa.a": {"evaluate.search.c"}}, table) == ["evaluate.kappa.a imports evaluate.search.c"]
    assert upwards({"evaluate.other": set()}, table) == ["evaluate.other is in no room"]
    assert circles(good | {"evaluate.events": {"evaluate.report.b"}}) == [
        ["evaluate.events", "evaluate.kappa.a", "evaluate.report.b"]
    ]


def test_no_files_import_each_other_in_a_circle(sources: list[Any]) -> None:
    assert not circles(edges(sources))


def test_no_room_imports_upwards(sources: list[Any], layers: Layers) -> None:
    graph = edges(sources)
    assert sum(map(len, graph.values())) > 1000, "hardly anything was read"
    assert not upwards(graph, layers)


def test_every_room_of_the_table_is_there(sources: list[Any], layers: Layers) -> None:
    names = {module(s.path) for s in sources}
    there = {(n.split(".")[0], room_of(n, layers[n.split(".")[0]])) for n in names if n.split(".")[0] in layers}
    assert {(folder, room) for folder, rooms in layers.items() for room in rooms} <= there


def test_few_files_lie_loose(sources: list[Any]) -> None:
    for folder, allowed in LOOSE.items():
        loose = {Path(s.path).stem for s in sources if s.path.startswith(f"{folder}/") and s.path.count("/") == 1}
        assert loose == allowed


def test_one_file_alone_names_the_report(sources: list[Any]) -> None:
    """By a string it could be reached from below unseen."""
    named = [
        s.path
        for s in sources
        for node in ast.walk(s.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("kappabar.evaluate.report")
    ]
    assert named == [f"evaluate/{LAZY}.py"]
