"""What may become of a file of a run's folder, for all who see to it that nothing worse comes of it."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kappabar.evaluate.results.files import HEADERS, read_json, write_json

OTHERS: tuple[Any, ...] = (None, True, 3, -1, 0.5, "x", "", [], [3], ["x"], {}, {"a": 1}, 2**63, 10**400, 1e308)
DEEP = "[" * 100_000
Damage = Callable[[Path, random.Random], None]


@pytest.fixture(scope="session")
def damages() -> dict[str, Damage]:
    return {"cut": cut, "flip": flip, "retype": retype, "swap": swap}


def cut(path: Path, rng: random.Random) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: rng.randrange(len(data))] if data else b"x")


def flip(path: Path, rng: random.Random) -> None:
    data = bytearray(path.read_bytes()) or bytearray(b"x")
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


def _places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document; of a long list its first entries."""
    if at:
        yield at
    inner = value.items() if isinstance(value, dict) else enumerate(value[:3]) if isinstance(value, list) else ()
    for key, below in inner:
        yield from _places(below, (*at, key))


def retype(path: Path, rng: random.Random) -> None:
    """One value of a document is of another type, its checksum as it was."""
    document = json.loads(path.read_text(encoding="utf-8"))
    *way, last = rng.choice(list(_places(document)))
    place = document
    for key in way:
        place = place[key]
    kinds = [v for v in OTHERS if type(v) is not type(place[last])]
    if isinstance(place, dict) and rng.random() < 0.2:
        del place[last]
    else:
        place[last] = rng.choice(kinds)
    text = json.dumps(document, ensure_ascii=False)
    path.write_text(text if rng.random() < 0.95 else text.replace("3", DEEP, 1), encoding="utf-8")


def swap(path: Path, rng: random.Random) -> None:
    """Another's file stands under this name: of the run itself, or of another one, which is sound by itself."""
    root = next(p for p in path.parents if any((p / name).is_file() for name in HEADERS))
    kind = path.name.split(".", 1)[1]
    like = [p for p in root.rglob(f"*.{kind}") if p != path and p.read_bytes() != path.read_bytes()]
    document = read_json(path) if path.suffix == ".json" else None
    if isinstance(document, dict) and "made" in document and (not like or rng.random() < 0.4):
        write_json(path, document | {"made": document["made"] | {rng.choice(["run", "versions"]): "0" * 16}})
    elif like:
        shutil.copyfile(rng.choice(like), path)
    else:
        path.unlink()
