"""Models that learn from a person's own expressions: what is shown and what is tested, and what is kept of it for the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from ...grammars.errors import SourceError
from ...grammars.tree import System
from ..domains.domain import Domain
from ..domains.like_data import like_data
from ..domains.likeness import likeness
from ..domains.sources import sample_systems
from ..quality.task.folds import FOLDS, Folds, folds
from ..results.files import read_json, write_json
from ..results.shape import AGAIN, check_shape
from .plan import is_own

FOLDED, LIKENESS = "folds.json", "likeness.json"
_COMPARED = 2000
"""As many drawn ones as say how alike they are."""
_DRAWN, _SHOWN = 8000, 5
"""Systems that a fitted sampler draws at most, since it takes longer, and how often each is shown at least, under new noise."""
_TRIES = 8
MANY = 3000
"""Behaviors from which on a person's own are enough to learn from."""
UNSEEN = "κ, fidelity and tokens of an expression, too, are under parts that were fitted without its fold."
THESE = "What is decided is of these expressions in these folds: others like them may come out otherwise."
NOT_OF_THESE = (
    "Q is of systems that the domain's sampler draws, not of these data: --learn-from like-data learns from systems like these, "
    f"which takes at least {FOLDS} families of them."
)
_FROM = {"data": "the others themselves", "like-data": "what a sampler fitted to the others draws"}


@dataclass(frozen=True, slots=True)
class Folded:
    """What is learned from: behaviors of the data, families of them, systems that the first training is shown, and in a sentence
    how alike these are to the data; '' where they are the data. `larger`: behaviors of systems with more equations or variables
    than any in the other folds have."""

    behaviors: int
    families: int
    shown: int
    alike: str
    larger: int = 0


_FOLDED = {"behaviors": int, "families": int, "shown": int, "alike": str, "larger?": int}


def own_systems(
    parts: Path, domain: Domain, found: Folds, source: str, *, fold: int, seed: int, wanted: int, examples: int
) -> tuple[Sequence[System], Sequence[System]]:
    """What is learned from while a fold is tested, and the fold. `source`: "data" or "like-data", whose sampler draws up to
    `wanted`, and `_DRAWN` at most, for a training that is shown so many `examples`. The first fold's is described among a run's
    `parts`."""
    shown, tests, alike = found.without(fold), found.within(fold), ""
    if source == "like-data":
        fitted = like_data(shown, domain)
        # One fitted to few forms with few coefficients soon has no more to say.
        wanted = min(wanted, _DRAWN, max(examples // _SHOWN, 1))
        tries = _TRIES * wanted + 1000
        drawn = sample_systems(domain, wanted, seed, sampler=fitted, purpose="learn", max_attempts=tries, fewer=True)
        if not fold:
            compared = likeness(shown, drawn[:_COMPARED], domain, seed=seed)
            alike = compared.verdict
            write_json(parts / LIKENESS, compared.as_dict())
        shown = drawn
    if not fold:
        write_json(parts / FOLDED, asdict(Folded(len(found.systems), found.n_families, len(shown), alike, _larger(found))))
    return shown, tests


def _larger(found: Folds) -> int:
    """Behaviors that nothing fitted to the other folds can write."""
    count = 0
    for fold in range(FOLDS):
        others = found.without(fold)
        equations, variables = (max(sizes, default=0) for sizes in ([len(s.equations) for s in others], [s.dim for s in others]))
        count += sum(len(s.equations) > equations or s.dim > variables for s in found.within(fold))
    return count


def choice(sources: Sequence[str], domain: Domain, systems: Sequence[System]) -> str:
    """What models learn from where nobody says: a person's own expressions, from `MANY` on, or what a sampler fitted to fewer of
    them draws; the domain's sampler, where it drew what is measured, where that is the bank, or for too few families."""
    if not is_own(sources) or len(systems) < FOLDS:
        return "sampler"
    try:
        found = folds(domain, systems)
    except SourceError:
        return "sampler"
    return "data" if len(found.systems) >= MANY else "like-data"


def learned_from(parts: Path, source: str, data: Sequence[str]) -> tuple[str, ...]:
    """What Q is of, in sentences; nothing where what is measured is nobody's own."""
    if source not in _FROM:
        return (NOT_OF_THESE,) if is_own(data) else ()
    document = read_json(parts / FOLDED)
    if document is None:
        return ()
    check_shape(document, _FOLDED, parts / FOLDED, AGAIN)
    folded = Folded(**{name: document[name] for name in (f.name for f in fields(Folded)) if name in document})
    what = f"{folded.behaviors} behaviors in {folded.families} families"
    split = "each training is tested on one of five folds of families, and learns from"
    words = f"Q is of these data: {what}; {split} {_FROM[source]}, {folded.shown:,} systems in the first."
    verb = "has" if folded.larger == 1 else "have"
    larger = (
        f"{folded.larger} of the behaviors {verb} more equations or variables than any in the other folds: no model can write "
    )
    larger = f"{larger}them, and each counts as 0, as for κ it is left out." if folded.larger else ""
    return tuple(filter(None, (words, UNSEEN, THESE, larger, folded.alike)))
