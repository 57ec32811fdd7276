"""What a model sees of a fold, against cells in plain Python."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from kappabar.evaluate.domains.fold.observer import Chain
from kappabar.evaluate.domains.fold.tables import folds
from kappabar.evaluate.domains.fold.walks import LONGEST, TURNS, unpacked
from kappabar.evaluate.domains.observers.base import Curves
from kappabar.grammars.errors import SpecError

CHAIN = Chain()


def curves(turns: np.ndarray, points: int = 32) -> Curves:
    """(n, T) turns, the last one repeated where there are more points, as they are observed."""
    rows = np.minimum(np.arange(points), TURNS - 1)
    ones = np.ones((len(turns), 1), np.float32)
    time = np.tile(rows.astype(np.float32) / TURNS, (len(turns), 1))
    return Curves(turns[:, rows, None].astype(np.float32), ones, ones, time, ones[:, 0])


def cells(turns: list[int]) -> list[tuple[int, int]]:
    place, (dx, dy) = [(0, 0), (1, 0)], (1, 0)
    for turn in turns:
        dx, dy = {1: (dx, dy), 2: (-dy, dx), 3: (dy, -dx)}[turn]
        place.append((place[-1][0] + dx, place[-1][1] + dy))
    return place


@pytest.mark.parametrize("beads", [4, 9, 13])
def test_beads_lie_where_they_do_and_touch_whom_they_do(beads: int) -> None:
    turns = unpacked(folds(beads).turns)
    seen = CHAIN.embed(curves(turns)).samples
    assert seen.shape == (len(turns), 32, CHAIN.features(1)[0])
    for one, row in zip(seen, turns.tolist(), strict=True):
        place = np.array(cells(row[: beads - 2]))
        assert one[:, 1].tolist() == [1.0] * beads + [0.0] * (32 - beads)
        np.testing.assert_allclose(one[:beads, 2:4] * LONGEST / 4, place - place.mean(axis=0), atol=1e-5)
        near = {(j, k) for j, k in combinations(range(beads), 2) if k - j > 1 and abs(place[j] - place[k]).sum() == 1}
        touching = one[:LONGEST, 9:]
        assert {(j, k) for j, k in np.argwhere(touching).tolist() if j < k} == near and (touching == touching.T).all()
        np.testing.assert_allclose(one[:LONGEST, 4] * 3, touching.sum(axis=1), atol=1e-6)
        assert one[1 : beads - 1, 5:9].argmax(axis=1).tolist() == row[: beads - 2]
        assert not one[LONGEST:, 1:].any()


def test_fewer_points_show_fewer_beads() -> None:
    turns = unpacked(folds(13).turns)
    whole, part = (CHAIN.embed(curves(turns, points)).samples for points in (32, 14))
    assert part.shape[1] == 14 and (part[:, :13, 2:4] == whole[:, :13, 2:4]).all()


def test_what_is_no_turn_is_told() -> None:
    with pytest.raises(SpecError, match="none of the symbols 0 to 3"):
        CHAIN.embed(curves(np.full((1, TURNS), 5)))


def test_turns_are_what_is_noisy_and_compared() -> None:
    turns = unpacked(folds(13).turns)
    known = curves(turns)
    noisy = CHAIN.noisy(known, 0.2, np.random.default_rng(0))
    there = known.values > 0
    assert (noisy.values[~there] == 0).all() and 0.1 < (noisy.values != known.values)[there].mean() < 0.3
    assert (CHAIN.nearest(known, known) < 1e-6).all() and (CHAIN.nearest(known, noisy) > 0).any()
    truth = folds(13).behaviors[:1, :, None]
    assert CHAIN.fit(truth, truth) == (1.0, 0.0) and not CHAIN.still(truth).any()
