"""What trainings of a study share: made once and kept in its folder, and read from there once per process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from ..results.origin import Origin
from .parts import header_of, origin_of

P = TypeVar("P", contravariant=True)
T = TypeVar("T", covariant=True)


class Build(Protocol[P, T]):
    """Makes it, or reads what the folder has of it. `which`: the task that is meant, where a study has several."""

    def __call__(self, folder: Path, plan: P, precision: str, origin: Origin, *which: Any) -> T: ...


class Shared(Generic[P, T]):
    """`of` gives what a folder's trainings share. Only the last is in memory: it is large."""

    def __init__(self, read: Callable[[Mapping[str, Any]], P], build: Build[P, T]) -> None:
        self._read, self._build = read, build
        self._last: tuple[Any, T] | None = None

    def of(self, folder: Path, *which: Any) -> T:
        """`which`: as the study's kind lists it. Raises `OutputError` where what the folder holds is damaged, or another's."""
        header = header_of(folder)
        origin = origin_of(header)
        key = (folder.resolve(), origin, which)
        if self._last is None or self._last[0] != key:
            self._last = None  # before the next one is made, not after
            self._last = key, self._build(folder, self._read(header["arguments"]), header["precision"], origin, *which)
        return self._last[1]

    def forget(self) -> None:
        """Read the folder again."""
        self._last = None
