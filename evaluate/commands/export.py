"""`export`: a representation, fitted, as a Hugging Face tokenizer folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...grammars.tree import Node, System
from ...representations.export import Exported
from ...representations.export import export as write
from ...representations.representation import Representation
from ..domains.domain import Domain
from ..domains.domain import domain as find_domain
from ..domains.sources import systems_of
from ..events import Listener, silent


def export(
    spec: str | Representation,
    out: str | Path,
    data: str | Sequence[str] = (),
    *,
    domain: str | Domain = "ode",
    special_tokens: bool = False,
    seed: int = 0,
    strict: bool = False,
    listen: Listener = silent,
) -> Exported:
    """Write a representation as a Hugging Face tokenizer folder. A spec is fitted to `data` alone, as `kappa` fits it, or to the
    domain's own expressions: its bank, or those that its sampler draws.

    Raises `OutputError` where the folder is not empty or cannot be written, `SpecError` for a part that text cannot carry.
    """
    chosen_domain = find_domain(domain)
    if isinstance(spec, Representation):
        return write(spec, Path(out), chosen_domain.name, special_tokens)
    chosen_domain.canonical(spec)  # a misspelt one is refused before any work
    corpus: Sequence[Node | System] = chosen_domain.corpus()
    sources = [data] if isinstance(data, str) else list(data)
    if not sources and chosen_domain.sampler is not None:
        sources = list(chosen_domain.sources)
    if sources:
        corpus = [s.tree for s in systems_of(sources, chosen_domain, seed, strict, listen)]
    return write(chosen_domain.representation(spec, corpus), Path(out), chosen_domain.name, special_tokens)
