"""Rewrites by name, with their arguments: what a spec may put before the notation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...tokenizers.parts import Argument, read_arguments
from .base import Rewrite
from .bernstein import Bernstein
from .chebyshev import Chebyshev
from .collect import Collect
from .expand import Expand
from .factor import FactorOut
from .flatten import Flatten
from .horner import Horner
from .nondim import SCALES, TIMES, Nondim
from .rename import Rename
from .sort import Sort


@dataclass(frozen=True, slots=True)
class Entry:
    """A rewrite by name. `make(*arguments)`: the rewrite, whose `spec` is the canonical text."""

    name: str
    make: Callable[..., Rewrite]
    arguments: tuple[Argument, ...] = ()

    @property
    def summary(self) -> str:
        """First line of what `make` says of itself."""
        return (self.make.__doc__ or "").strip().splitlines()[0]


_DEGREE = (Argument("DEGREE", 9, 1, 30),)

REWRITES: dict[str, Entry] = {
    entry.name: entry
    for entry in (
        Entry("sort", Sort),
        Entry("flatten", Flatten),
        Entry("expand", Expand),
        Entry("factor", FactorOut),
        Entry("horner", Horner),
        Entry("collect", Collect),
        Entry("rename", Rename),
        Entry("nondim", Nondim, (Argument("SCALE", "rms", choices=SCALES), Argument("TIME", "speed", choices=TIMES))),
        Entry("chebyshev", Chebyshev, _DEGREE),
        Entry("bernstein", Bernstein, _DEGREE),
    )
}


def built_in(text: str) -> Rewrite | None:
    """'nondim:max' -> Nondim('max', 'speed'); None for the name of no rewrite. Raises `SpecError` for wrong arguments."""
    name, colon, given = (word.strip() for word in text.partition(":"))
    entry = REWRITES.get(name)
    if entry is None:
        return None
    return entry.make(*read_arguments(entry, given if colon else None))
