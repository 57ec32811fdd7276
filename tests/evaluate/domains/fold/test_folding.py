"""φ of folds as a semantics: trees, and what is decoded in bulk."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.evaluate.domains.fold.folding import ROWS, Folding, said
from kappabar.evaluate.domains.fold.sampling import Designing, Random, system_of
from kappabar.evaluate.domains.fold.tables import folds
from kappabar.evaluate.semantics.base import Behaviors, OfForests, Status
from kappabar.grammars.errors import ConditionError
from kappabar.grammars.tree import Node, System, system
from kappabar.tokenizers.machines.forest import SYMBOL_ITEM, Forest

PHI = Folding()


def behavior(*texts: str) -> Behaviors:
    systems = [system_of(text) for text in texts]
    return PHI.simulate([s.tree for s in systems], PHI.setting(systems[0]))


def forest(*texts: str) -> Forest:
    """As decoding in bulk gives it: the symbols in order, and as many equations."""
    lengths = np.array([len(text) for text in texts], np.int32)
    items = np.array([SYMBOL_ITEM + "PH".index(letter) for text in texts for letter in text], np.int32)
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return Forest(items, np.zeros(len(items)), starts, lengths, np.full(len(texts), -1, np.int32), (("P", 0), ("H", 0)))


def text_of(found: System) -> str:
    return "".join(leaf.symbol for leaf in found.tree.children)


def test_by_hand() -> None:
    found = behavior("HPPH", "PPPP", "HHHHH", "H", "HP")
    assert found.y.shape == (5, 1, ROWS, 1)
    assert found.status[:, 0].tolist() == [Status.OK] + [Status.UNDEFINED] * 4
    assert found.y[0, 0, :3, 0].tolist() == [2, 2, 0] and np.isnan(found.y[1:]).all()
    # One walk of five has the contact: exp(-1 / T) = 1 / 4.
    assert found.y[0, 0, -1, 0] == pytest.approx(1 / np.log(4))


def test_what_is_too_long_is_unresolved() -> None:
    found = behavior("HPPH" * 5, "H" * 18)
    assert found.status[:, 0].tolist() == [Status.UNRESOLVED, Status.UNDEFINED] and (found.y[0] == 0).all()


@pytest.mark.parametrize(("text", "energy"), [("PHPPHPHHHPHHPHHHHH", 9), ("HPHPHHHPPPHHHHPPHH", 8), ("HHPPPPPHHPPPHPPPHP", 4)])
@pytest.mark.nightly
def test_published_energies(text: str, energy: int) -> None:
    table = folds(18)
    (sequence,) = (sum(1 << i for i, letter in enumerate(text) if letter == "H"),)
    assert table.energy[table.row[sequence]] == energy


@given(st.lists(st.text("HP", min_size=0, max_size=15) | st.text("HP", min_size=19, max_size=24), max_size=12))
@settings(max_examples=100, deadline=None)
def test_what_is_decoded_in_bulk_folds_as_trees_do(texts: list[str]) -> None:
    setting = PHI.setting(system_of("HPPH"))
    bulk, plain = PHI.simulate_forest(forest(*texts), setting), PHI.simulate([system_of(t).tree for t in texts], setting)
    np.testing.assert_array_equal(bulk.y, plain.y)
    np.testing.assert_array_equal(bulk.status, plain.status)
    assert ((bulk.status == Status.UNDEFINED)[:, 0] == np.isnan(bulk.y).all(axis=(1, 2, 3))).all()


def test_each_in_its_own_setting() -> None:
    texts = ["HPPH", "HPPPPH", "PPPPP"]
    trees = [system_of(text).tree for text in texts]
    setting = PHI.setting(system_of("HPPH"))
    for one, tree in zip(PHI.simulate(trees, [setting] * 3), trees, strict=True):
        np.testing.assert_array_equal(one.y, PHI.simulate([tree], setting).y)


def test_what_is_no_sequence_is_refused() -> None:
    setting = PHI.setting(system_of("HPPH"))
    for tree in (system(Node("H"), Node("X")), system(Node("H", (Node("P"),))), Node("H")):
        with pytest.raises(ValueError, match="made of H and P alone"):
            PHI.simulate([tree], setting)
    with pytest.raises(ConditionError, match="no start and no horizon"):
        PHI.setting(system_of("HPPH"), t_end=3.0)
    assert isinstance(PHI, OfForests)


def test_a_fold_is_drawn() -> None:
    assert said(behavior("HPPH").y[0, 0]) == "o-o\n  |\n@-o\nfolds below T = 0.721"


def test_samplers_draw_the_same_again_and_what_they_say() -> None:
    designing, most = Designing(13, 14), folds(13).row.max() + folds(14).row.max() + 2
    assert designing.different == most == 173 + 386
    rng, again = np.random.default_rng(5), np.random.default_rng(5)
    drawn = [designing.draw(rng) for _ in range(3000)]
    assert drawn[:20] == [designing.draw(again) for _ in range(20)]
    assert (PHI.simulate([s.tree for s in drawn], PHI.setting(drawn[0])).status == Status.OK).all()
    # Every structure alike: 182 of both lengths, of which a third has 13 beads, where sequences would give 173 of 559.
    assert np.mean([len(s.tree.children) == 13 for s in drawn]) == pytest.approx(52 / 182, abs=0.04)
    assert len({text_of(s) for s in drawn}) > 500
    lengths = [len(text_of(Random().draw(rng))) for _ in range(600)]
    assert set(lengths) == set(range(13, 19)) and max(map(lengths.count, range(13, 19))) < 150
