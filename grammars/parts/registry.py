"""Tables of named parts: the built-in ones, and those that installed packages register by entry points.

A package's pyproject.toml names its parts under a group, and they then work by name wherever a built-in one does:

    [project.entry-points."kappabar.codecs"]
    mine = "mylab.parts:MyCodec"

Groups: kappabar.domains, kappabar.tokenizers, kappabar.codecs, kappabar.rewrites, kappabar.metrics, kappabar.edits. A part is
imported when its name is asked for, or when all are listed. One that cannot be used is told in one line, once, and left out.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar

GROUPS = (
    "kappabar.domains", "kappabar.tokenizers", "kappabar.codecs", "kappabar.rewrites", "kappabar.metrics", "kappabar.edits",
)  # fmt: skip
_NAME = re.compile(r"[a-z][\w-]*", re.IGNORECASE)
_log = logging.getLogger("kappabar")

T = TypeVar("T")


class Registry(Mapping[str, T], Generic[T]):
    """The parts of a group by name, built-in ones first. `read(name, object)` makes a part of what an entry names (or of a
    built-in one, where it is not made yet); what it raises is the reason why a plugin is left out. A plugin cannot take a
    built-in name."""

    def __init__(
        self, group: str, built_in: Mapping[str, object], read: Callable[[str, object], T], reserved: Collection[str] = ()
    ) -> None:
        self.group = group
        self._built_in = dict(built_in)
        self._read = read
        self._reserved = frozenset(reserved)
        self._made: dict[str, T] = {}
        self._broken: set[str] = set()

    def is_built_in(self, name: str) -> bool:
        return name in self._built_in

    def is_plugin(self, name: str) -> bool:
        """Whether an installed package has a part of that name. It is not imported."""
        return name not in self._built_in and name in _installed(self.group)

    def __getitem__(self, name: str) -> T:
        if name not in self._made:
            if name in self._built_in:
                self._made[name] = self._read(name, self._built_in[name])
            elif not self._plug_in(name):
                raise KeyError(name)
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (name in self._built_in or name in self._made or self._plug_in(name))

    def __iter__(self) -> Iterator[str]:
        yield from self._built_in
        yield from (name for name in sorted(_installed(self.group)) if name not in self._built_in and name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _plug_in(self, name: str) -> bool:
        """Whether a plugin of that name is there and can be used."""
        if not _NAME.fullmatch(name) or name in self._broken:
            return False
        entry = _installed(self.group).get(name)
        if entry is None:
            return False
        if name in self._reserved:
            self._broken.add(name)
            _warn(entry, f"{name!r} is a built-in part of another kind")
            return False
        try:
            self._made[name] = self._read(name, entry.load())
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a plugin may fail in any way, and must not take the others with it
            self._broken.add(name)
            _warn(entry, f"{type(error).__name__}: {error}")
            return False
        return True

    def forget(self) -> None:
        """Forget what was found: packages may have been installed since."""
        self._broken.clear()
        self._made = {name: part for name, part in self._made.items() if name in self._built_in}
        _installed.cache_clear()


@cache
def _installed(group: str) -> dict[str, EntryPoint]:
    """The entry points of a group by name; of two with one name the first found, in the order of the path, and a word about the
    other."""
    points: dict[str, EntryPoint] = {}
    for entry in entry_points(group=group):
        if not _NAME.fullmatch(entry.name):
            _warn(entry, "a part's name is a letter, then letters, digits, '-' or '_'")
        elif entry.name in points and points[entry.name].value != entry.value:
            _warn(entry, f"another package has {entry.name!r} already")
        else:
            points.setdefault(entry.name, entry)
    return points


def _warn(entry: EntryPoint, reason: str) -> None:
    package = f" of {entry.dist.name}" if entry.dist is not None else ""
    one_line = " ".join(f"plugin {entry.name!r}{package} ({entry.group}) is left out: {reason}".split())
    _log.warning("kappabar: warning: %s", one_line[:400])
