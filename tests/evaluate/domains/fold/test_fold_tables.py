"""φ of folds against brute force without symmetry, in plain Python and NumPy, and against published counts."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import brentq

from kappabar.evaluate.domains.fold.ground import ground_states
from kappabar.evaluate.domains.fold.tables import folds
from kappabar.evaluate.domains.fold.walks import conformations, every_walk, pairs, unpacked

SHORT = range(4, 10)
WALKS = {1: 4, 2: 12, 3: 36, 4: 100, 5: 284, 6: 780, 7: 2172, 8: 5916, 9: 16268, 10: 44100, 11: 120292, 12: 324932, 13: 881500}
WALKS |= {14: 2374444, 15: 6416596, 16: 17245332, 17: 46466676}
"""Self-avoiding walks of so many steps on the square lattice: OEIS A001411."""

Walk = tuple[tuple[int, int], ...]


@cache
def brute(beads: int) -> list[Walk]:
    """All walks from the origin, in all directions."""
    if beads == 1:
        return [((0, 0),)]
    steps = ((1, 0), (0, 1), (-1, 0), (0, -1))
    return [
        (*walk, cell)
        for walk in brute(beads - 1)
        for dx, dy in steps
        if (cell := (walk[-1][0] + dx, walk[-1][1] + dy)) not in walk
    ]


@cache
def gains(beads: int) -> np.ndarray:
    """(walks, sequences): how many pairs of two H lie side by side and do not follow each other."""
    place = np.array(brute(beads))
    apart = np.abs(place[:, :, None] - place[:, None]).sum(axis=-1)
    beside = (apart == 1) & (np.abs(np.subtract.outer(np.arange(beads), np.arange(beads))) > 1)
    h = (np.arange(1 << beads)[:, None] >> np.arange(beads) & 1).astype(np.float32)
    both = (h[:, :, None] * h[:, None]).reshape(len(h), -1)
    found: np.ndarray = (beside.reshape(len(place), -1).astype(np.float32) @ both.T / 2).round().astype(int)
    return found


def turns_of(walk: Walk) -> list[int]:
    """Forward, left and right as 1, 2, 3."""
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(walk)]
    return [{0: 1, 1: 2, -1: 3}[a[0] * b[1] - a[1] * b[0]] for a, b in pairwise(steps)]


def stands_for_its_images(walk: Walk) -> bool:
    """First step east, first turn north."""
    return walk[1] == (1, 0) and next((y for _, y in walk if y), 1) > 0


@pytest.mark.parametrize("beads", SHORT)
def test_walks_are_all_up_to_symmetry(beads: int) -> None:
    own = {tuple(turns_of(walk)): walk for walk in brute(beads) if stands_for_its_images(walk)}
    contacts, turns = every_walk(beads)
    symbols = [tuple(row[: beads - 2]) for row in unpacked(turns).tolist()]
    assert len(symbols) == len(own) == len(set(symbols)) and set(symbols) == set(own)
    for word, row in zip(contacts.tolist(), symbols, strict=True):
        walk = own[row]
        found = {
            (j, k)
            for j in range(beads)
            for k in range(j + 2, beads)
            if abs(walk[j][0] - walk[k][0]) + abs(walk[j][1] - walk[k][1]) == 1
        }
        assert {pair for bit, pair in enumerate(pairs(beads)) if word >> bit & 1} == found


DESIGNING = {13: (173, 52), 14: (386, 130), 15: (857, 218), 16: (1539, 456), 17: (3404, 787), 18: (6349, 1475)}
"""How many sequences of a length have a native structure, and how many structures these have: A. Irbäck & C. Troein, "Enumerating
designing sequences in the HP model", J. Biol. Phys. 28, 1 (2002)."""
OFTEN = [pytest.param(n, marks=[pytest.mark.nightly] if n > 15 else []) for n in DESIGNING]


@pytest.mark.parametrize("beads", OFTEN)
def test_published_counts(beads: int) -> None:
    table = folds(beads)
    assert (len(table.sequences), len(table.structures)) == DESIGNING[beads]


@pytest.mark.parametrize("beads", [pytest.param(n + 1, marks=[pytest.mark.nightly] if n > 14 else []) for n in range(3, 18)])
def test_as_many_walks_as_are_known(beads: int) -> None:
    every = conformations(beads)
    assert every.total == (WALKS[beads - 1] - 4) // 8 + 1
    # The most contacts that a chain can have: two for each bead, less the edge of the most compact shape and the bonds.
    assert every.sizes[0] == every.sizes.max() == 1 + beads - int(np.ceil(2 * np.sqrt(beads)))
    assert len(np.unique(every.contacts)) == len(every.contacts)


@pytest.mark.nightly
def test_the_most_designable_structure_of_eighteen_beads() -> None:
    """E. Bornberg-Bauer & H. S. Chan, PNAS 96, 10689 (1999): the largest of their 1,475 neutral nets has 48 sequences."""
    assert np.unique(folds(18).turns, return_counts=True)[1].max() == 48


@pytest.mark.parametrize("beads", [11, 14])
def test_a_reversed_sequence_folds_to_the_reversed_walk(beads: int) -> None:
    """Both are counted, the sequences as two and the structures as two, unless they are the same."""
    table = folds(beads)
    number = {"".join(str(s >> i & 1) for i in range(beads)): s for s in table.sequences.tolist()}
    for text, s in number.items():
        other = number[text[::-1]]
        forth, back = (table.behaviors[table.row[k]] for k in (s, other))
        turned = forth[: beads - 2][::-1]
        first = next(turn for turn in turned if turn != 1)
        mirrored = turned if first == 2 else np.where(turned == 1, 1, 5 - turned)
        assert back[: beads - 2].tolist() == mirrored.tolist() and back[-1] == forth[-1]


@pytest.mark.parametrize("beads", SHORT)
def test_ground_states_are_those_of_brute_force(beads: int) -> None:
    gain = gains(beads)
    found = ground_states(beads, conformations(beads))
    assert found.energy.tolist() == gain.max(axis=0).tolist()
    counted = (gain == gain.max(axis=0)).sum(axis=0)  # eight images of each walk, four of the straight one, which has no contact
    assert (8 * found.walks - 4 * (found.energy == 0)).tolist() == counted.tolist()


@pytest.mark.parametrize("beads", SHORT)
def test_native_structures_are_those_of_brute_force(beads: int) -> None:
    gain, every, table = gains(beads), brute(beads), folds(beads)
    unique = np.flatnonzero((gain == gain.max(axis=0)).sum(axis=0) == 8)
    assert table.sequences.tolist() == unique.tolist()
    assert (table.row[unique] == np.arange(len(unique))).all() and (table.row >= 0).sum() == len(unique)
    for i, sequence in enumerate(unique):
        (walk,) = (
            w
            for w in map(every.__getitem__, np.flatnonzero(gain[:, sequence] == gain[:, sequence].max()))
            if stands_for_its_images(w)
        )
        row = table.behaviors[i, :-1].tolist()
        assert row == turns_of(walk) + [0] * (len(row) - beads + 2)
        assert table.energy[i] == gain[:, sequence].max()


@pytest.mark.parametrize("beads", SHORT)
def test_folding_temperatures_halve_the_population(beads: int) -> None:
    gain, table = gains(beads), folds(beads)
    for i, sequence in enumerate(table.sequences.tolist()):
        own, most = gain[:, sequence], gain[:, sequence].max()
        straight = np.array([len({y for _, y in w}) == 1 or len({x for x, _ in w}) == 1 for w in brute(beads)])
        weight = np.where(straight, 1 / 4, 1 / 8)  # a walk up to symmetry counts once

        def share(t: float, own: np.ndarray = own, most: int = most, weight: np.ndarray = weight) -> float:
            boltzmann = weight * np.exp((own - most) / t)
            return float(boltzmann[own == most].sum() / boltzmann.sum() - 0.5)

        assert table.behaviors[i, -1] == pytest.approx(brentq(share, 0.02, 50.0, xtol=1e-12), rel=1e-9)
