"""κ of expressions of which each was measured under parts that were fitted without it: several lists, made one.

Parts that are fitted anew for every fold have vocabularies of their own. Tokens are one where their text is: the joined
vocabulary is the union, and ids are those of the union.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .intrinsic import Intrinsic
from .kappa import Kappa
from .measure import Measured

Ints = NDArray[np.int64]
_NUMBER = re.compile(r"[-+]?[0-9][0-9.,]*(e[-+]?[0-9]+)?")


def joined(parts: Sequence[Kappa], order: Sequence[str]) -> Kappa:
    """One κ of the expressions of all parts, in the order of their names, of which no two are equal. A note that not all parts
    make says which do."""
    place = {name: i for i, name in enumerate(order)}
    vocabulary, renumbered = _union([() if p.intrinsic is None else p.intrinsic.vocabulary for p in parts])
    measured = [(m, k) for k, part in enumerate(parts) for m in part.measured]
    at = sorted(range(len(measured)), key=lambda i: place[measured[i][0].name])
    skipped = sorted((s for part in parts for s in part.skipped), key=lambda s: place[s.name])
    return replace(
        parts[0],
        measured=tuple(_renumbered(measured[i][0], renumbered[measured[i][1]]) for i in at),
        skipped=tuple(skipped),
        intrinsic=_intrinsic([p.intrinsic for p in parts], vocabulary, renumbered, at),
        notes=_notes(parts),
    )


def _union(vocabularies: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], list[Ints]]:
    """All tokens, those of the first in their order, and for each vocabulary the new ids of its tokens."""
    ids: dict[str, int] = {}
    renumbered = [np.array([ids.setdefault(token, len(ids)) for token in own], np.int64) for own in vocabularies]
    return tuple(ids), renumbered


def _renumbered(m: Measured, ids: Ints) -> Measured:
    new = m.tokens >= 0
    if not len(ids) or not new.any():
        return m
    tokens = m.tokens.copy()
    tokens[new] = ids[m.tokens[new]]
    return replace(m, tokens=tokens)


def _intrinsic(
    parts: Sequence[Intrinsic | None], vocabulary: tuple[str, ...], renumbered: Sequence[Ints], at: Sequence[int]
) -> Intrinsic | None:
    """`at`: which of all expressions, counted through the parts, stands at each place."""
    known = [(p, ids) for p, ids in zip(parts, renumbered, strict=True) if p is not None]
    if len(known) < len(parts):
        return None
    counts = np.zeros(len(vocabulary), np.int64)
    for part, ids in known:
        np.add.at(counts, ids, part.counts)
    sequences = [ids[np.array(part.sequence(i), np.int64)] for part, ids in known for i in range(len(part))]
    sequences = [sequences[i] for i in at]
    sizes = np.concatenate([np.full(len(part), len(part.vocabulary), np.int64) for part, _ in known])[list(at)]

    def column(name: str) -> NDArray[np.float64]:
        return np.concatenate([part.column(name) for part, _ in known])[list(at)]

    return Intrinsic(
        representation=known[0][0].representation,
        vocabulary=vocabulary,
        counts=counts,
        tokens=column("tokens"),
        number_fragments=column("number_fragments"),
        operator_fragments=column("operator_fragments"),
        alignment=column("alignment"),
        ids=np.concatenate([np.zeros(0, np.int64), *sequences]),
        starts=np.concatenate([[0], np.cumsum([len(s) for s in sequences])]).astype(np.int64),
        sizes=None if all(size == len(vocabulary) for size in sizes) else sizes,
    )


def _notes(parts: Sequence[Kappa]) -> tuple[str, ...]:
    """Each once, of the first fold that makes it; notes that differ by their numbers alone are one."""
    alike: dict[str, list[tuple[int, str]]] = {}
    for k, part in enumerate(parts, 1):
        for note in part.notes:
            alike.setdefault(_NUMBER.sub("#", note), []).append((k, note))
    return tuple(_note(found, len(parts)) for found in alike.values())


def _note(found: Sequence[tuple[int, str]], folds: int) -> str:
    (first, note), *others = found
    if len(found) == folds and all(other == note for _, other in others):
        return note
    same = f" (and the like in fold{'s' * (len(others) > 1)} {', '.join(str(k) for k, _ in others)})" if others else ""
    return f"fold {first}: {note}{same}"
