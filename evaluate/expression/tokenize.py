"""`tokenize`: one system under a representation, what decoding gives back, and how far that is from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...grammars.print.infix import as_written
from ...grammars.tree import Node, System, coefficients
from ...representations.representation import Representation
from ...representations.rewrites.base import Context
from ...tokenizers.base import Invalid, Token
from ...tokenizers.codecs.reach import falls_out, range_text
from ..domains.domain import Domain
from ..domains.domain import domain as find_domain
from ..domains.metrics import distances
from ..domains.references import known, reference
from ..domains.sources import Source, one
from ..options.spelled import typed
from ..results.notebook import displayed
from ..semantics.base import Status, room_for
from ..statistics.estimate import plain

if TYPE_CHECKING:
    import polars as pl


@displayed("ids", "fidelity_error")
@dataclass(frozen=True, slots=True)
class Tokenization:
    """A system under a representation. `decoded` is what comes back; `fidelity_error` the distance of its behavior
    from the original's under `metric`, None where there are no conditions to simulate under."""

    representation: Representation
    system: System
    tokens: tuple[Token, ...]
    ids: tuple[int, ...]
    decoded: Node | Invalid
    fidelity_error: float | None

    def as_dict(self) -> dict[str, Any]:
        decoded = self.decoded
        return {
            "representation": self.representation.spec,
            "tokens": [t.text for t in self.tokens],
            "ids": list(self.ids),
            "classes": [str(t.kind) for t in self.tokens],
            "vocabulary_size": len(self.representation.vocabulary),
            "decoded": None if isinstance(decoded, Invalid) else as_written(decoded, None, self.representation.operators),
            "fidelity_error": None if self.fidelity_error is None else plain(self.fidelity_error),
            "notes": self.notes,
        }

    @property
    def notes(self) -> list[str]:
        """Which of its numbers fall out of the codec's range."""
        codec = self.representation.codec
        if codec is None:
            return []
        fallen = [v for v in coefficients(self.representation.rewrite(self.system)) if falls_out(codec, v)]
        return [f"outside {range_text(codec)}: {v:g} becomes {codec.round(v):g}" for v in dict.fromkeys(fallen)]

    def to_frame(self) -> pl.DataFrame:
        """One row per token."""
        import polars as pl

        rows = [(t.text, i, str(t.kind), ".".join(map(str, t.path))) for t, i in zip(self.tokens, self.ids, strict=True)]
        return pl.DataFrame(rows, schema=["token", "id", "class", "node"], orient="row")


@typed
def tokenize(text: Source, spec: str | Representation, domain: str | Domain = "ode", metric: str | None = None) -> Tokenization:
    """`text` under a representation, fitted (where it has anything to fit) to the domain's bank; the
    text only says how many variables there must be. So its fidelity error is that of the bank's bins, not of a file's."""
    chosen_domain = find_domain(domain)
    system = one(text, chosen_domain)
    chosen = (
        spec if isinstance(spec, Representation) else chosen_domain.representation(spec, chosen_domain.corpus(), [system.tree])
    )
    error = None
    setting = original = None
    if (system.x0 and system.t_end) or not chosen_domain.closed:
        setting = chosen_domain.semantics.setting(system)
        behavior = reference(chosen_domain.semantics.simulate([system.tree], setting), setting, chosen_domain)
        original = None if isinstance(behavior, str) else behavior
    chosen = chosen.bind(Context(system) if setting is None or original is None else Context(system, *known(setting.t, original)))
    tokens, ids = chosen.tokenize(system.tree), chosen.encode(system.tree)
    decoded = chosen.decode(ids)
    if setting is not None and original is not None and isinstance(decoded, Node):
        _, again = room_for(decoded, setting, original, chosen_domain.semantics)
        if (again.status != Status.UNRESOLVED).all():
            error = float(distances(chosen_domain.distance(metric), original, again.y)[0])
    return Tokenization(chosen, system, tuple(tokens), tuple(ids), decoded, error)
