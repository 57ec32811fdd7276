"""Rewrites by name, with their arguments: what a spec may put before the notation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ...grammars.errors import SpecError
from ...grammars.operators import BUILT_IN, Operator, Operators
from ...grammars.parts.registry import Registry
from ...tokenizers.parts import Argument, read_arguments
from .base import Rewrite
from .bernstein import Bernstein
from .chebyshev import Chebyshev
from .collect import Collect
from .expand import Expand
from .factor import FactorOut
from .flatten import Flatten
from .horner import Horner
from .indices import Indices
from .nondim import SCALES, TIMES, Nondim
from .rename import Rename
from .sort import Sort


@dataclass(frozen=True, slots=True)
class Entry:
    """A rewrite by name. `make(*arguments)`: the rewrite, whose `spec` is the canonical text. `needs`: of one that works over any
    alphabet, and takes it as `operators`, what the alphabet must name; '' of one of arithmetic."""

    name: str
    make: Callable[..., Rewrite]
    arguments: tuple[Argument, ...] = ()
    summary_text: str = ""
    needs: str = ""

    def works(self, alphabet: Operators) -> bool:
        """Whether it changes anything in this alphabet, and means nothing else by it."""
        return any(getattr(row, self.needs) for row in alphabet.rows) if self.needs else alphabet.built_in

    @property
    def summary(self) -> str:
        """The first paragraph of what `make` says of itself."""
        return self.summary_text or _first_paragraph(self.make)


def _first_paragraph(item: object) -> str:
    return " ".join((item.__doc__ or "").strip().split("\n\n")[0].split())


_DEGREE = (Argument("DEGREE", 9, 1, 30),)


def _as_entry(name: str, item: object) -> Entry:
    """An entry, a rewrite, or a class whose instances (made without arguments) are rewrites."""
    if isinstance(item, Entry):
        return item if item.name == name else replace(item, name=name)
    made: Any = item() if isinstance(item, type) else item
    if not isinstance(made, Rewrite):
        raise SpecError(f"{name} gives {type(made).__name__!r}, which is no rewrite (spec, apply)")
    return Entry(name, partial(_itself, made), summary_text=_first_paragraph(made))


def _itself(made: Rewrite) -> Rewrite:
    return made


_REWRITES = {
    entry.name: entry
    for entry in (
        Entry("sort", Sort, needs="commutative"),
        Entry("flatten", Flatten, needs="associative"),
        Entry("indices", Indices, needs="binds"),
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


REWRITES: Registry[Entry] = Registry("kappabar.rewrites", _REWRITES, _as_entry)


def built_in(text: str, alphabet: Operators = BUILT_IN) -> Rewrite | None:
    """'nondim:max' -> Nondim('max', 'speed'); None for the name of no rewrite.

    Raises `SpecError` for wrong arguments, or a rewrite for which the domain's alphabet lacks something.
    """
    name, colon, given = (word.strip() for word in text.partition(":"))
    entry = REWRITES.get(name)
    if entry is None:
        return None
    arguments = read_arguments(entry, given if colon else None)
    if alphabet.built_in or not REWRITES.is_built_in(name):
        return entry.make(*arguments)
    if not entry.needs:
        raise SpecError(f"rewrite {name!r} knows the built-in operators alone, and this domain has its own; remove it")
    if not entry.works(alphabet):
        claim = "True" if isinstance(getattr(Operator("x"), entry.needs), bool) else "1"
        raise SpecError(
            f"rewrite {name!r} goes by operators that say `{entry.needs}`, and the domain's alphabet has none: give one "
            f"`{entry.needs}={claim}`, or remove it"
        )
    return entry.make(*arguments, operators=alphabet)
