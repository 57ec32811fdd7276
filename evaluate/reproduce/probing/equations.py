"""The same edits of the same equations under two metrics: the embedder's, and what the simulator says.

Edits are of single characters of an equation's text (`infix | chars`), of those that decode, so that both metrics have a
distance. Ranks are compared within each expression, by kind of edit and by what the edited character stands for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....representations.representation import Representation
from ...domains.domain import domain as find_domain
from ...domains.language.embedding import sentence_model
from ...domains.observers.embeddings import cosine_distance
from ...domains.sources import load
from ...edits.catalog import EDITS
from ...events import Listener
from ...kappa.kappa import measure_all
from ...kappa.measure import Measured
from ...statistics.correlation import spearman
from ...statistics.intervals import mean_estimate
from ...tables.column import Row
from ...tables.probing import METRICS

Floats = NDArray[np.float64]

SPEC = "infix | chars"
FEWEST = 8
"""Edits of a group that an expression needs for its ranks to be compared."""


@dataclass(frozen=True, slots=True)
class Edited:
    """The edits of one expression that decode: how far each moves the embedding and the behavior, (n,), and what it is."""

    embedded: Floats
    simulated: Floats
    kinds: tuple[str, ...]
    classes: tuple[str, ...]


def edited(domain: str, edits: int, seed: int, listen: Listener) -> list[Edited]:
    """Of each expression of a domain's bank. Raises NotInstalledError where the extra `language` is not installed."""
    place = find_domain(domain)
    systems = load(["bank"], place).systems
    chosen = place.representation(SPEC, [s.tree for s in systems])
    found = measure_all(
        chosen, systems, place, place.distance(), EDITS["token"], edits_per_expression=edits, seed=seed, listen=listen
    )
    by_name = {s.name: s for s in systems}
    return [_edited(chosen, chosen.encode(by_name[one.name]), one) for one in found.measured]


def _edited(chosen: Representation, ids: Sequence[int], one: Measured) -> Edited:
    there = np.flatnonzero(~np.isnan(one.distance))
    texts = [_text(chosen, _applied(ids, one, int(i))) for i in there]
    embedded = sentence_model().embed([_text(chosen, ids), *texts])
    return Edited(
        embedded=np.asarray(cosine_distance(_as_behaviors(embedded[:1]), _as_behaviors(embedded[1:]))),
        simulated=one.distance[there],
        kinds=tuple(one.kinds.names[one.kinds.codes[i]] for i in there),
        classes=tuple(one.classes.names[one.classes.codes[i]] for i in there),
    )


def _as_behaviors(vectors: Floats) -> Floats:
    return vectors[:, :, None]


def _applied(ids: Sequence[int], one: Measured, i: int) -> list[int]:
    """The token sequence that edit number i makes."""
    at, token, kind = int(one.positions[i]), int(one.tokens[i]), one.kinds.names[one.kinds.codes[i]]
    return [*ids[:at], *([token] if token >= 0 else []), *ids[at + (kind != "insertion") :]]


def _text(chosen: Representation, ids: Sequence[int]) -> str:
    return "".join(chosen.vocabulary.tokens[i] for i in ids)


def metric_rows(domain: str, each: Sequence[Edited]) -> list[Row]:
    """One per group of edits: all, by kind, and by class of the edited character."""
    groups: list[tuple[str, str]] = [("all", "all")]
    groups += [("kind", word) for word in sorted({k for one in each for k in one.kinds})]
    groups += [("class", word) for word in sorted({c for one in each for c in one.classes})]
    return [
        METRICS.row({"domain": domain, "group": group, "edits": word} | _figures(each, group, word)) for group, word in groups
    ]


def _figures(each: Sequence[Edited], group: str, word: str) -> Row:
    rows = [(one, _mask(one, group, word)) for one in each]
    there = [(one.embedded[mask], one.simulated[mask]) for one, mask in rows if mask.any()]
    ranked = list(_ranked(there))
    return {
        "embedded": mean_estimate([float(e.mean()) for e, _ in there], (0.0, 1.0)),
        "simulated": mean_estimate([float(s.mean()) for _, s in there], (0.0, 1.0)),
        "correlation": mean_estimate(ranked, (-1.0, 1.0)),
        "n_expressions": len(ranked),
        "n_edits": int(sum(len(e) for e, _ in there)),
    }


def _ranked(there: Sequence[tuple[Floats, Floats]]) -> Iterator[float]:
    """Spearman's rho of each expression that has enough edits, and whose distances differ at all."""
    for embedded, simulated in there:
        if len(embedded) >= FEWEST and not np.isnan(rho := spearman(embedded, simulated)):
            yield rho


def _mask(one: Edited, group: str, word: str) -> NDArray[np.bool_]:
    if group == "all":
        return np.ones(len(one.embedded), bool)
    return np.array([w == word for w in (one.kinds if group == "kind" else one.classes)], bool)
