"""A representation by its spec, under any domain."""

from __future__ import annotations

from collections.abc import Sequence

from ...grammars.operators import BUILT_IN, Operators
from ...grammars.text.parse import DOMAINS
from ...grammars.tree import Node, System
from ...representations.representation import Representation
from ...representations.representation import representation as of_alphabet
from .domain import ALL, Domain
from .domain import domain as find_domain


def representation(
    spec: str,
    domain: str | Domain = "ode",
    corpus: Sequence[Node | System] | None = None,
    extra: Sequence[Node | System] = (),
    closed: bool | None = None,
    operators: Operators | None = None,
) -> Representation:
    """The representation that `spec` names, fitted to `corpus` (default: the domain's bank, or the simplest expressions of a
    domain without one).

    Fitted are the number of variables, the coefficient range of bins, and subword merges. `extra` trees are only guaranteed to
    have enough variables. `domain`: a name, `module:Object`, or a `Domain`, whose alphabet it is then. `closed`, `operators`:
    whether every variable has an equation of its own, and the alphabet, where `domain` is but a word for them. Raises `SpecError`
    for a spec or domain that names nothing, `SourceError` without a corpus for a word that is no domain.
    """
    given = isinstance(domain, Domain) or (isinstance(domain, str) and (domain in ALL or ":" in domain))
    # The texts of equations have their bank in a file: no engine is loaded for them.
    if given and domain not in DOMAINS and closed is None and operators is None:
        return find_domain(domain).representation(spec, corpus, extra)
    name = domain.name if isinstance(domain, Domain) else domain
    return of_alphabet(spec, name, corpus, extra, closed, BUILT_IN if operators is None else operators)
