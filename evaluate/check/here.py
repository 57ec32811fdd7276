"""What a check finds, one finding after the other: what the subject is, then each property, then what is wished of number
encodings."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ..domains.domain import Domain
from ..domains.domain import domain as find_domain
from .result import Desideratum, PropertyResult
from .searching import Watch, replay, run_property, unwatched, wished
from .subjects import subject as find_subject


@dataclass(frozen=True, slots=True)
class Asked:
    """The arguments of a check."""

    subject: object
    domain: str | Domain
    examples: int
    seed: int


@dataclass(frozen=True, slots=True)
class Head:
    """What is checked, and on which domain it is tried. `properties`: (name, what it says) of each that applies, in order."""

    name: str
    kind: str
    domain: str
    properties: tuple[tuple[str, str], ...]


Finding = Head | PropertyResult | Desideratum


def findings(asked: Asked, watch: Watch = unwatched, done: Collection[str] = ()) -> Iterator[Finding]:
    """In this process. `done`: names of properties and of what is wished that are left out.

    Raises SpecError: a name that is none or several; RunError: a part that ends the process when it is imported or made.
    """
    from .desiderata import desiderata_of
    from .properties import properties_of

    checked = find_subject(asked.subject, find_domain(asked.domain))
    applying = properties_of(checked)
    yield Head(checked.name, checked.kind, checked.domain.name, tuple((p.name, p.what) for p in applying))
    command = replay(checked, asked.domain, asked.examples, asked.seed)
    for item in applying:
        if item.name not in done:
            yield run_property(item, checked, item.count(asked.examples), asked.seed, command, watch)
    for item in desiderata_of(checked):
        if item.name not in done:
            yield wished(item, checked, asked.examples, asked.seed, watch)
