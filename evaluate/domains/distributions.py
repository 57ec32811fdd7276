"""Under which distributions a domain's expressions come: what κ̄, a mean over expressions, depends on."""

from __future__ import annotations

from dataclasses import dataclass

from ...grammars.errors import SpecError

SOURCES = ("sample", "bank")


@dataclass(frozen=True, slots=True)
class Distribution:
    """`name`: "natural" for what people of the domain write and keep, "uniform" for what is drawn without regard to that, or a
    word of the domain's own. `source`: "sample" or "bank", as `--data` has them; `domain`: which domain's, the domain itself
    where it is empty. Raises `SpecError` for another source."""

    name: str
    source: str = "sample"
    domain: str = ""

    def __post_init__(self) -> None:
        if self.source not in SOURCES:
            raise SpecError(f"distribution {self.name!r}: unknown source {self.source!r}; there are {', '.join(SOURCES)}")
