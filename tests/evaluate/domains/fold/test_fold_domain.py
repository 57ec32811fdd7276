"""The way of the domain through the commands' jobs."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest

from kappabar.evaluate.check.run import check
from kappabar.evaluate.commands.kappa import kappa
from kappabar.evaluate.domains.domain import Domain, domain
from kappabar.evaluate.domains.fold.domain import LINE_UP
from kappabar.evaluate.domains.fold.sampling import Designing
from kappabar.evaluate.domains.fold.tables import folds
from kappabar.evaluate.domains.sources import load, sample_systems
from kappabar.evaluate.edits.token import TokenEdits
from kappabar.evaluate.explore.documents import inspect
from kappabar.evaluate.expression.simulate import simulate
from kappabar.evaluate.kappa.measure import Measured, measure
from kappabar.evaluate.quality.task.task import TaskConfig, build_task, constants, floors
from kappabar.evaluate.semantics.base import Status
from kappabar.grammars.errors import ParseError, SourceError
from kappabar.grammars.tree import System
from kappabar.tokenizers.machines.decode import bulk_decoder

FOLD, RANDOM = domain("fold"), domain("random-fold")
SHORT = Designing(13, 14)
"""Longer ones take a table of some seconds."""


@pytest.fixture(scope="module")
def drawn() -> list[System]:
    return sample_systems(FOLD, 12, 0, sampler=SHORT)


def text(system: System) -> str:
    return "".join(leaf.symbol for leaf in system.tree.children)


def test_sequences_are_read_as_people_write_them() -> None:
    assert text(FOLD.parse("hpph")) == text(FOLD.parse("H P P\nH")) == "HPPH"
    for wrong in ("HPXH", "", "H" * 19):
        with pytest.raises(ParseError):
            FOLD.parse(wrong)


def test_the_bank_is_there() -> None:
    assert len(load(["bank"], FOLD).systems) >= 30 and FOLD.sources == ("bank",)


def test_what_is_drawn_folds_and_is_the_same_again(drawn: Sequence[System]) -> None:
    assert drawn == sample_systems(FOLD, 12, 0, sampler=SHORT) and len({s.tree for s in drawn}) == 12
    assert (FOLD.semantics.simulate([s.tree for s in drawn], FOLD.semantics.setting(drawn[0])).status == Status.OK).all()
    with pytest.raises(SourceError, match="'Designing' has 559 different systems, fewer than 600"):
        sample_systems(FOLD, 600, sampler=SHORT)


def test_kappa_of_one_sequence_by_hand() -> None:
    """HPPH folds to a U, whose one contact is that of its ends."""
    own = kappa("symbols", [FOLD.parse("HPPH")], domain=FOLD, edits_per_expression=None).measured[0]
    assert own.size == 4 + (4 + 2) + 3, "three runs"
    substituted, ok = own.kinds.mask("substitution"), own.outcomes.mask("ok")
    # Four beads fold where both ends are H, whatever is between: two substitutions do, and are the same fold.
    assert substituted.sum() == 4 and (substituted & ok).sum() == 2 and (own.distance[substituted & ok] == 0).all()
    # Of five beads, no sequence folds; of three, none has a contact.
    assert not (ok & ~substituted).any() and own.outcomes.mask("undefined").sum() == 4 + 6 + 3 - 2
    assert not len(folds(5).sequences)


@pytest.mark.parametrize("spec", LINE_UP)
def test_representations_lose_nothing_and_are_measured(spec: str, drawn: Sequence[System]) -> None:
    for metric in ("contacts", "stability"):
        found = kappa(spec, drawn, domain=FOLD, metric=metric, edits_per_expression=60)
        assert len(found.measured) == 12 and found.fidelity_error.value == 0.0
        assert found.metric == metric and 0.0 <= found.mean.value <= 1.0
        assert (found.mean.value == 0.0) == ("repeat" in spec)


@pytest.mark.parametrize("spec", ["symbols", "symbols | kmers:2", "symbols | bpe:32"])
def test_what_is_decoded_in_bulk_is_measured_as_trees_are(spec: str, drawn: Sequence[System]) -> None:
    representation = FOLD.representation(spec, drawn)
    decoder = bulk_decoder(representation.tokenizer)
    assert decoder is not None
    for system in drawn:
        both = [
            measure(
                representation, system, FOLD, FOLD.distance(), TokenEdits(), limit=300, rng=np.random.default_rng(1), decoder=d
            )
            for d in (decoder, None)
        ]
        fast, plain = (one for one in both if isinstance(one, Measured))
        np.testing.assert_array_equal(fast.distance, plain.distance)
        every = range(len(plain.distance))
        assert [fast.outcomes[k] for k in every] == [plain.outcomes[k] for k in every]


def test_a_simulation_draws_the_fold() -> None:
    assert simulate("HPPH", domain=FOLD).said == ("o-o\n  |\n@-o\nfolds below T = 0.721",)
    assert simulate("PPPPP", domain=FOLD).said == ("undefined",)


def test_the_explorer_shows_folds() -> None:
    one = FOLD.parse("HPHPPHPHPHPHH")
    document = inspect(one, [FOLD.representation("symbols", [one])], FOLD, FOLD.distance(), packed=True)
    assert document["form"] == "text" and document["y"].endswith("folds below T = 0.327")
    edits = [t[which] for t in document["representations"][0]["tokens"] for which in ("worst", "typical") if t[which]]
    for edit in edits:
        read = FOLD.parse(edit["equation"])
        behavior = FOLD.semantics.simulate([read.tree], FOLD.semantics.setting(read))
        known = behavior.status[0, 0] == Status.OK
        assert edit["y"] == (FOLD.said(behavior.y[0, 0]) if known else "undefined")
    assert edits
    json.dumps(document, allow_nan=False)


@pytest.mark.parametrize("place", [FOLD, RANDOM], ids=["natural", "random"])
@pytest.mark.nightly
def test_a_task_shows_turns_and_no_temperatures(place: Domain) -> None:
    task = build_task(place, TaskConfig(n_train=300, n_val=20, n_test=30), 0)
    assert task.columns == 1 and set(np.unique(task.train.curves.values)) == {0.0, 1.0, 2.0, 3.0}
    item = task.items[0]
    assert task.test.curves.values[0, :16, 0].tolist() == item.truth[0, :16, 0].tolist()
    assert constants(task, 30) == [0.0] * 30, "the empty fold has no contact"
    found = floors(task)
    assert 0 < found.prior.mean() < sum(o.q for o in found.nearest) / len(found.nearest) < 1


@pytest.mark.nightly
def test_its_parts_keep_their_promises() -> None:
    for subject in ("representation=symbols", "representation=symbols | kmers:2", "operator=token"):
        result = check(subject, FOLD, examples=20)
        assert result.ok, "\n".join(result.lines())
