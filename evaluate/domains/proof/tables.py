"""All theorems of short proofs, by condensed detachment of what shorter ones prove."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ...semantics.base import Status
from .detachment import APPLY, Codes
from .formulas import most_general
from .theorems import Detachment

_AT_ONCE = 1 << 16


@dataclass(frozen=True, slots=True)
class Proved:
    """Theorems that no shorter proof proves. proofs: (n, length) in postfix; formulas: (n, T), see `detachment`."""

    proofs: Codes
    formulas: Codes


@lru_cache(maxsize=8)
def proved(most: int, *, subsumed: bool = True, longest: int | None = None) -> tuple[Proved, ...]:
    """By length of the proofs, 1, 3, … up to `most`, one proof for each theorem, the first in order.

    `subsumed`: whether an instance of what a shorter or an equally long proof proves counts as a theorem; where it does not, no
    proof is made of it either. `longest`: symbols of a theorem (None: as φ has it); longer ones are left out.
    """
    rule = Detachment() if longest is None else Detachment(longest=longest)
    seen: set[bytes] = set()
    kept: list[Proved] = []
    for length in range(1, most + 1, 2):
        proofs = np.arange(1, 1 + len(rule.axioms), dtype=np.int8)[:, None] if length == 1 else _detached(kept, length)
        formulas, status = _formulas(rule, proofs)
        fresh = []
        for i in np.flatnonzero(status == Status.OK):
            if (key := formulas[i].tobytes()) not in seen:
                seen.add(key)
                fresh.append(i)
        found = Proved(proofs[fresh], formulas[fresh])
        kept.append(found if subsumed else _most_general(found, kept))
    return tuple(kept)


def _detached(kept: list[Proved], length: int) -> Codes:
    """Every D of two proofs that are kept, of that length together."""
    parts = []
    for major in kept:
        size = major.proofs.shape[1]
        if (other := length - 1 - size) < 1:
            break
        minor = kept[(other - 1) // 2].proofs
        pairs = np.repeat(major.proofs, len(minor), axis=0), np.tile(minor, (len(major.proofs), 1))
        parts.append(np.concatenate([*pairs, np.full((len(pairs[0]), 1), APPLY, np.int8)], axis=1))
    return np.concatenate(parts or [np.zeros((0, length), np.int8)])


def _formulas(rule: Detachment, proofs: Codes) -> tuple[Codes, NDArray[np.int8]]:
    found = []
    for start in range(0, max(len(proofs), 1), _AT_ONCE):
        part = proofs[start : start + _AT_ONCE]
        found.append(rule.run(part.reshape(-1), np.arange(len(part) + 1, dtype=np.int64) * part.shape[1]))
    formulas, status = zip(*found, strict=True)
    return np.concatenate(formulas), np.concatenate(status)[:, 0]


def _most_general(found: Proved, kept: list[Proved]) -> Proved:
    """Those that are no instance of a kept one, nor of another of their own length."""
    known = np.concatenate([one.formulas for one in kept] or [np.zeros((0, found.formulas.shape[1]), np.int8)])
    stays = np.zeros(len(found.formulas), np.bool_)
    most_general()(known, found.formulas, stays)
    return Proved(found.proofs[stays], found.formulas[stays])
