"""Which versions of which libraries a number depends on, and whether a run may go on with others."""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from ...grammars.errors import OutputError
from ...grammars.parts.plugins import names_object
from .shape import check_shape

_LIBRARIES = ("numpy", "numba", "scipy", "torch", "tokenizers", "lark", "polars", "altair")
_HARMLESS = ("python", "lark", "polars", "altair")
"""They read, write and draw what is measured: no number depends on which version does."""
_ALWAYS = ("kappabar", "source", *_LIBRARIES)
"""Of these every run has a version; of a module of one's own one that measures by it, and no other depends on it."""
_SHOWN = ("report", "explore", "commands")
"""Folders of the package that show numbers, and make none."""
_SOURCES = (".py", ".lark", ".toml")


def versions(parts: Iterable[str] = ()) -> dict[str, str]:
    """Versions of what the numbers depend on; of the package also a digest of its source, since two checkouts of one version may
    differ, and one of each module of one's own that `parts` (names and specs) name as `module:Object`, once it is imported."""
    from ... import __version__

    named = {"kappabar": __version__, "source": _source(), "python": platform.python_version()}
    return named | {name: metadata.version(name) for name in _LIBRARIES} | _own(parts)


@cache
def _source() -> str:
    root = Path(str(sys.modules[__name__.partition(".")[0]].__file__)).parent
    rooms = [root / name for name in ("grammars", "tokenizers", "representations", "evaluate")]
    files = {p.relative_to(root).as_posix(): p for room in rooms for p in room.rglob("*") if p.suffix in _SOURCES}
    texts = {name: p.read_bytes() for name, p in sorted(files.items()) if not set(name.split("/")) & set(_SHOWN)}
    return _digest(b"\0".join(name.encode() + b"\0" + text.replace(b"\r\n", b"\n") for name, text in texts.items()))


def _own(parts: Iterable[str]) -> dict[str, str]:
    words = [word for part in parts for word in part.split("|") if names_object(word)]
    modules = [word.strip().partition(":")[0] for word in words]
    files = {name: getattr(sys.modules.get(name), "__file__", None) for name in sorted(modules)}
    return {name: _digest(Path(file).read_bytes()) for name, file in files.items() if file is not None}


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]


def taken_up(known: Mapping[str, Any], now: dict[str, str], where: object, accept: bool) -> dict[str, Any]:
    """The versions that the header of a run taken up has: `now`, and all earlier ones. `known`: its header so far.

    Raises `OutputError` where numbers depend on what differs, unless a person accepts that. A module that a run has more of than
    it was begun with is of what it has more of."""
    check_shape(known, {"versions?": {"*": str}, "earlier_versions?": [{"*": str}]}, where)
    before: dict[str, str] = known.get("versions", {})
    changed = _changed(before, now, {*_ALWAYS, *before})
    if changed and not accept:
        raise OutputError(
            f"{where} was begun with other versions: {', '.join(changed)}; numbers may depend on them: go on with those, or with "
            "--resume --accept-version, which records both"
        )
    earlier = [v for v in known.get("earlier_versions", []) if v not in (before, now)] + [before] * (before != now)
    return {"versions": now} | ({"earlier_versions": earlier} if earlier else {})


def _changed(before: dict[str, str], now: dict[str, str], names: set[str]) -> list[str]:
    """What of the versions `names` differs, in words, but for what no number depends on."""
    return [
        f"{name} {before.get(name, 'unknown')} there and {now.get(name, 'unknown')} here"
        for name in before | now
        if name in names and name not in _HARMLESS and before.get(name) != now.get(name)
    ]


def joint(runs: Sequence[tuple[object, Mapping[str, Any]]]) -> dict[str, Any]:
    """The versions that the header of several runs made one has, each given with its folder: what measured any part, and, apart,
    all that differ from it. Raises `OutputError` where numbers depend on what differs."""
    first, known = runs[0]
    together: dict[str, str] = dict(known.get("versions", {}))
    for where, header in runs[1:]:
        now: dict[str, str] = header.get("versions", {})
        if changed := _changed(now, together, {*_ALWAYS, *(name for name in now if name in together)}):
            raise OutputError(
                f"{where} and {first} are of different versions: {', '.join(changed)}; numbers may depend on them: measure both "
                "with one version"
            )
        together = now | together
    own = sorted(name for name in together if name not in (*_ALWAYS, *_HARMLESS))  # as `versions` has them: the others before
    together = {name: text for name, text in together.items() if name not in own} | {name: together[name] for name in own}
    every = [v for _, header in runs for v in (*header.get("earlier_versions", ()), header.get("versions", {}))]
    earlier = [v for i, v in enumerate(every) if not v.items() <= together.items() and v not in every[:i]]
    return {"versions": together} | ({"earlier_versions": earlier} if earlier else {})
