"""Sequences with a source: every one folds with the energy that it says, and prototypes are found again by their rule."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest

from kappabar.evaluate.domains.fold.folding import text_of
from kappabar.evaluate.domains.fold.tables import Folds, folds
from kappabar.evaluate.domains.fold.walks import FORWARD, LEFT, RIGHT
from kappabar.evaluate.domains.sources import load
from kappabar.grammars.tree import System

PLACES = ("most", "second most", "third most", "fourth most", "fifth most")
BANK = load(["bank"], "fold").systems


def sequence_of(system: System) -> tuple[int, int]:
    symbols = [leaf.symbol for leaf in system.tree.children]
    return len(symbols), sum(1 << i for i, symbol in enumerate(symbols) if symbol == "H")


def reversed_turns(turns: int, beads: int) -> int:
    """A walk from its other end, as a word: the same turns backwards, mirrored where the first one is to the right."""
    symbols = [turns >> 2 * i & 3 for i in range(beads - 2)][::-1]
    mirrored = next((s for s in symbols if s != FORWARD), LEFT) == RIGHT
    other = {FORWARD: FORWARD, LEFT: RIGHT, RIGHT: LEFT} if mirrored else {s: s for s in (FORWARD, LEFT, RIGHT)}
    return sum(other[s] << 2 * i for i, s in enumerate(symbols))


def prototypes(table: Folds, count: int) -> Iterator[tuple[int, int]]:
    """Of the structures that most sequences fold to, how many do, and the prototype (E. Bornberg-Bauer & H. S. Chan, PNAS 96,
    10689 (1999)): the sequence that most single mutations leave in its structure; of several the one with the highest folding
    temperature, then the least number. Of a structure and its reverse the lesser word stands for both; it also goes first where
    structures are equally frequent."""
    row = table.row[table.sequences[:, None] ^ (1 << np.arange(table.beads))]
    neutral = ((row >= 0) & (table.turns[row] == table.turns[:, None])).sum(axis=1)
    structures, sizes = (found.tolist() for found in np.unique(table.turns, return_counts=True))
    kept = [i for i, turns in enumerate(structures) if turns <= reversed_turns(turns, table.beads)]
    for i in sorted(kept, key=lambda i: (-sizes[i], structures[i]))[:count]:
        own = np.flatnonzero(table.turns == structures[i]).tolist()
        best = min(own, key=lambda k: (-neutral[k], -table.behaviors[k, -1], table.sequences[k]))
        yield sizes[i], int(table.sequences[best])


@pytest.mark.parametrize("beads", [13, 14, 15, 16, *(pytest.param(n, marks=pytest.mark.nightly) for n in (17, 18))])
def test_every_sequence_folds_with_its_energy(beads: int) -> None:
    table = folds(beads)
    for system in BANK:
        length, sequence = sequence_of(system)
        if length == beads:
            assert table.row[sequence] >= 0, system.name
            assert system.regime == f"energy {-int(table.energy[table.row[sequence]])}"


@pytest.mark.parametrize("beads", [13, 14, 15, 16, *(pytest.param(n, marks=pytest.mark.nightly) for n in (17, 18))])
def test_prototypes_are_those_of_the_rule(beads: int) -> None:
    found = {system.name: system for system in BANK}
    for place, (k, (count, sequence)) in zip(PLACES, enumerate(prototypes(folds(beads), 5), 1), strict=True):
        system = found[f"prototype-{beads}-{k}"]
        assert "".join(leaf.symbol for leaf in system.tree.children) == text_of(sequence, beads)
        words = f"of the {place} designable structure of {beads} beads, to which {count} sequences fold"
        assert system.citation.endswith(words)


def test_the_bank_is_large_enough_and_says_where_it_is_from() -> None:
    assert len(BANK) >= 30 and len({s.name for s in BANK}) == len({s.tree for s in BANK}) == len(BANK)
    assert all(s.citation and re.fullmatch(r"energy -\d+", s.regime) for s in BANK)
