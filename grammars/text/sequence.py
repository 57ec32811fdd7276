"""Texts of sequences of symbols: `HPPH`, or `H P P H`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..operators import Operators
from ..tree import Node, System, system
from .reader import Fault, located


@dataclass(frozen=True, slots=True)
class SequenceReader:
    """The `parse` of a domain of sequences: text to `System`, symbol by symbol, the longest that fits; white space says nothing.

    `domain`: its name. `operators`: the alphabet, one of sequences. `aliases`: other texts of symbols, such as small letters:
    (("h", "H"), ("p", "P")). Calling it raises ParseError, with line and column, for a text that is none.
    """

    domain: str
    operators: Operators
    aliases: tuple[tuple[str, str], ...] = ()
    _piece: re.Pattern[str] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        texts = sorted((*self.operators.constants, *(alias for alias, _ in self.aliases)), key=len, reverse=True)
        object.__setattr__(self, "_piece", re.compile(rf"\s*({'|'.join(map(re.escape, texts))})"))

    def __call__(self, text: str) -> System:
        leaves: list[Node] = []
        meant, at, end = dict(self.aliases), 0, len(text.rstrip())
        while at < end:
            found = self._piece.match(text, at)
            if found is None:
                at += len(text[at:]) - len(text[at:].lstrip())
                raise located(Fault(f"{text[at]!r} is none of the symbols {', '.join(self.operators.constants[:20])}", at), text)
            if len(leaves) == self.operators.sequence:
                raise located(Fault(f"more than {self.operators.sequence} symbols", found.start(1)), text)
            leaves.append(Node(meant.get(found[1], found[1]), span=found.span(1)))
            at = found.end()
        if not leaves:
            raise located(Fault("there is no symbol", 0), text)
        return System(system(*leaves), (), self.domain)
