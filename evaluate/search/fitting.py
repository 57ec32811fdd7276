"""Taking a spec apart at its number codec, and putting another codec there: what both local searches build with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...grammars.errors import SpecError
from ...grammars.tree import Node, coefficients
from ...representations.representation import Representation, in_use
from ...representations.rewrites.base import Rewrite
from ...tokenizers.catalog import ParsedSpec, parse_spec
from ...tokenizers.codecs.bins import Bins
from ...tokenizers.codecs.centers import Centers
from ...tokenizers.parts import Chosen, Codec
from ..domains.domain import domain as find_domain
from .data import SearchData


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A spec whose codec writes each number as one of a few centers, taken apart. `trees`: the corpus, rewritten."""

    spec: str
    rewrites: tuple[Rewrite, ...]
    plan: ParsedSpec
    centers: tuple[float, ...]
    trees: tuple[Node, ...]
    n_variables: int
    closed: bool

    def with_codec(self, codec: Centers) -> Representation:
        """The representation with another codec, fitted to the same corpus."""

        def given(_values: Sequence[float]) -> Centers:
            return codec

        changed = replace(self.plan, number=Chosen(Codec("centers", "", given)))
        return Representation(self.spec_with(codec.file), self.rewrites, changed.build(self.n_variables, self.closed, self.trees))

    def spec_with(self, file: str) -> str:
        """The spec that names it, once `file` holds the codec."""
        wrappers = (w.text for w in self.plan.wrappers)
        return " | ".join([*(r.spec for r in self.rewrites), self.plan.notation.name, f"centers:{file}", *wrappers])

    def counts(self, codec: Centers) -> list[int]:
        """How many of the corpus' numbers go to each center."""
        uses = [0] * len(codec.centers)
        for tree in self.trees:
            for value in coefficients(tree):
                uses[codec.index(value)] += 1
        return uses


def take(data: SearchData, spec: str) -> Taken:
    """Raises `SpecError` where the spec's codec is not `bins` or `centers`."""
    chosen_domain = find_domain(data.domain)
    everything = (*data.searched, *data.held_out)
    chosen = chosen_domain.representation(spec, data.corpus, everything)
    trees = tuple(chosen.rewrite(s) for s in data.corpus)
    parts = chosen_domain.canonical(spec).split(" | ")[len(chosen.rewrites) :]
    parsed = parse_spec(parts, chosen_domain.operators)
    codec = parsed.codec(trees)
    if not isinstance(codec, Bins | Centers):
        raise SpecError(f"{spec!r} has no centers to work on; its codec must be bins or centers")
    roots = [*trees, *(s.tree for s in everything)]
    dim = in_use(roots, chosen_domain.closed, chosen_domain.operators)
    return Taken(
        spec=chosen_domain.canonical(spec),
        rewrites=chosen.rewrites,
        plan=parsed,
        centers=codec.centers,
        trees=trees,
        n_variables=dim,
        closed=chosen_domain.closed,
    )
