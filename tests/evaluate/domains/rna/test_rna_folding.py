"""φ of RNA against ViennaRNA's own evaluation of energies, over all structures of short sequences; trees, and what is decoded in
bulk."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.evaluate.domains.rna.folding import LONGEST, ROWS, SIGNS, MinimumFreeEnergy, folded, said, vienna
from kappabar.evaluate.domains.rna.sampling import PAIRS, Random, Stems, system_of
from kappabar.evaluate.semantics.base import Behaviors, OfForests, Status
from kappabar.grammars.errors import ConditionError, SpecError
from kappabar.grammars.tree import Node, System, system
from kappabar.tokenizers.machines.forest import SYMBOL_ITEM, Forest

PHI = MinimumFreeEnergy()


def text_of(found: System) -> str:
    return "".join(leaf.symbol for leaf in found.tree.children)


def behavior(*texts: str) -> Behaviors:
    systems = [system_of(text) for text in texts]
    return PHI.simulate([s.tree for s in systems], PHI.setting(systems[0]))


def forest(*texts: str) -> Forest:
    """As decoding in bulk gives it: the symbols in order, and as many equations."""
    lengths = np.array([len(text) for text in texts], np.int32)
    items = np.array([SYMBOL_ITEM + "UGCA".index(letter) for text in texts for letter in text], np.int32)
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    symbols = tuple((letter, 0) for letter in "UGCA")
    return Forest(items, np.zeros(len(items)), starts, lengths, np.full(len(texts), -1, np.int32), symbols)


def structures(sequence: str) -> Iterator[str]:
    """All without crossing pairs, of bases that pair and have three others between them."""
    if not sequence:
        yield ""
        return
    for rest in structures(sequence[1:]):
        yield "." + rest
    for k in range(4, len(sequence)):
        if sequence[0] + sequence[k] in PAIRS:
            for inside in structures(sequence[1:k]):
                for behind in structures(sequence[k + 1 :]):
                    yield f"({inside}){behind}"


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "RNA", None)
    vienna.cache_clear()
    folded.cache_clear()
    with pytest.raises(SpecError, match=r'needs the extra "rna" .* pip install "kappabar\[rna\]"'):
        behavior("GGGGAAAACCCC")
    vienna.cache_clear()


def test_what_is_no_rna_is_refused() -> None:
    setting = PHI.setting(system_of("ACGU"))
    for tree in (system(Node("A"), Node("T")), system(Node("A", (Node("C"),))), Node("A")):
        with pytest.raises(ValueError, match="made of A, C, G, U alone"):
            PHI.simulate([tree], setting)
    with pytest.raises(ConditionError, match="no start and no horizon"):
        PHI.setting(system_of("ACGU"), t_end=3.0)
    assert isinstance(PHI, OfForests)


@pytest.fixture
def rna() -> object:
    return pytest.importorskip("RNA", reason="the extra rna (ViennaRNA) is not installed")


@pytest.mark.usefixtures("rna")
def test_by_hand() -> None:
    found = behavior("GGGGAAAACCCC", "AAAA", "A" * (LONGEST + 1))
    assert found.y.shape == (3, 1, ROWS, 1)
    assert found.status[:, 0].tolist() == [Status.OK, Status.OK, Status.UNRESOLVED]
    assert found.y[0, 0, :13, 0].tolist() == [2] * 4 + [1] * 4 + [3] * 4 + [0]
    assert said(found.y[0, 0]) == "((((....)))) (-5.40 kcal/mol)" and said(found.y[1, 0]) == ".... (0.00 kcal/mol)"


@given(st.text("ACGU", min_size=1, max_size=15) | st.text("GC", min_size=8, max_size=13))
@settings(max_examples=25, deadline=None)
def test_no_structure_has_less_energy(sequence: str) -> None:
    rna = pytest.importorskip("RNA", reason="the extra rna (ViennaRNA) is not installed")
    symbols, energy = folded(sequence)
    evaluate = rna.fold_compound(sequence).eval_structure
    every = {structure: evaluate(structure) for structure in structures(sequence)}
    own = "".join(SIGNS[symbol - 1] for symbol in symbols)
    assert every[own] == pytest.approx(min(every.values()), abs=1e-4) and energy == pytest.approx(every[own], abs=5e-3)


@given(st.lists(st.text("ACGU", min_size=1, max_size=70), max_size=8))
@settings(max_examples=40, deadline=None)
def test_what_is_decoded_in_bulk_folds_as_trees_do(texts: list[str]) -> None:
    pytest.importorskip("RNA", reason="the extra rna (ViennaRNA) is not installed")
    setting = PHI.setting(system_of("ACGU"))
    bulk, plain = PHI.simulate_forest(forest(*texts), setting), PHI.simulate([system_of(t).tree for t in texts], setting)
    np.testing.assert_array_equal(bulk.y, plain.y)
    np.testing.assert_array_equal(bulk.status, plain.status)
    trees = [system_of(text).tree for text in texts]
    for one, y in zip(PHI.simulate(trees, [setting] * len(trees)), plain.y, strict=True):
        np.testing.assert_array_equal(one.y[0], y)


def test_samplers_draw_the_same_again_and_what_they_say() -> None:
    for sampler, least, most in ((Stems(), 16, 32), (Random(), 16, LONGEST)):
        rng, again = np.random.default_rng(5), np.random.default_rng(5)
        drawn = [text_of(sampler.draw(rng)) for _ in range(500)]
        assert drawn[:20] == [text_of(sampler.draw(again)) for _ in range(20)]
        assert {len(text) for text in drawn} == set(range(least, most + 1)) and set("".join(drawn)) == set("ACGU")
        assert len(set(drawn)) == 500


@pytest.mark.usefixtures("rna")
def test_stems_fold() -> None:
    rng = np.random.default_rng(0)
    drawn = ([text_of(sampler.draw(rng)) for _ in range(200)] for sampler in (Stems(), Random(16, 32)))
    natural, uniform = (np.array([folded(text)[0].count(2) for text in texts]) for texts in drawn)
    assert (natural >= 3).mean() > 0.9 > (uniform >= 3).mean()
