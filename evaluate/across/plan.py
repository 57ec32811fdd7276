"""What a table of domains measures: everything that a number of it depends on, as a value."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ...grammars.errors import SpecError
from ..domains.distributions import Distribution
from ..domains.domain import ALL, Domain, domain_word
from ..domains.domain import domain as find_domain

EXPRESSIONS, EDITS = 100, 200
PAIRS = 16
"""Others that each expression is held against, to say how far two of a domain lie apart."""
NEAR = 0.05
"""Of the mean distance of two independent expressions: edits that move the meaning no farther are counted, as what is silent
hangs on a metric's own ε."""
POOL = 4
"""Times as many are drawn for that as there are expressions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcrossPlan:
    """`expressions`: drawn of each distribution (a bank is measured whole); `edits_per_expression`: None for all."""

    domains: tuple[str, ...]
    expressions: int = EXPRESSIONS
    edits_per_expression: int | None = EDITS
    seed: int = 0

    def groups(self) -> Iterator[tuple[str, Distribution]]:
        """Each domain with each of its distributions."""
        for word in self.domains:
            for distribution in find_domain(word).distributions:
                yield word, distribution

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"domains": list(self.domains)}

    def command(self) -> str:
        """The command line that repeats it."""
        words = [word for name in self.domains for word in ("--domain", name)]
        sizes = ["--expressions", str(self.expressions), "--edits-per-expression", str(self.edits_per_expression or 0)]
        return shlex.join(["kappabar", "domains", *words, *sizes, "--seed", str(self.seed)])


def planned(domains: Sequence[str | Domain], expressions: int, edits_per_expression: int | None, seed: int) -> AcrossPlan:
    """Those named, or all that there are. Raises `SpecError`."""
    if expressions < 2:
        raise SpecError(f"a mean over expressions needs two of them at least, not {expressions}")
    if edits_per_expression is not None and edits_per_expression < 0:
        raise SpecError(f"edits_per_expression is a number of edits, or 0 or None for all, not {edits_per_expression}")
    words = tuple(dict.fromkeys(domain_word(d) for d in domains)) or every()
    for word in words:
        find_domain(word)
    return AcrossPlan(domains=words, expressions=expressions, edits_per_expression=edits_per_expression or None, seed=seed)


def every() -> tuple[str, ...]:
    """All domains that are no other one's distribution."""
    drawn_by = {d.domain for name in ALL for d in find_domain(name).distributions}
    return tuple(name for name in ALL if name not in drawn_by)
