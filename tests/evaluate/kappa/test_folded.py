"""Lists of κ that were measured under several fits, made one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.edits.token import TokenEdits
from kappabar.evaluate.kappa.folded import joined
from kappabar.evaluate.kappa.kappa import Kappa, measure_all
from kappabar.grammars.tree import System

ODE = domain("ode")
TEXTS = [f"x' = -{a}*x + {b} @ x=1; T=3" for a, b in ((0.5, 1.25), (0.7, 0.3), (1.1, 0.45), (2.3, 0.7))]
SYSTEMS = [replace(ODE.parse(text), name=f"s{i}") for i, text in enumerate(TEXTS)]


def measured(systems: list[System], corpus: list[System], spec: str = "infix | chars | bpe:40") -> Kappa:
    fit = ODE.representation(spec, corpus)
    return measure_all(fit, systems, ODE, ODE.distance("bounded-l2"), TokenEdits(), edits_per_expression=60)


def test_of_one_fit_it_is_what_one_list_is() -> None:
    whole = measured(SYSTEMS, SYSTEMS)
    parts = [measured([SYSTEMS[i] for i in rows], SYSTEMS) for rows in ((2, 0), (3, 1))]
    found = joined(parts, [s.name for s in SYSTEMS])
    assert found.as_dict() == whole.as_dict()
    assert found.intrinsic is not None and found.intrinsic.sizes is None


def test_tokens_of_several_vocabularies_are_one_where_their_text_is() -> None:
    parts = [measured(SYSTEMS[:2], SYSTEMS[2:]), measured(SYSTEMS[2:], SYSTEMS[:2])]
    found = joined(parts, [s.name for s in SYSTEMS])
    own = [p.intrinsic for p in parts]
    assert found.intrinsic is not None and own[0] is not None and own[1] is not None
    assert set(found.intrinsic.vocabulary) == {*own[0].vocabulary, *own[1].vocabulary}
    assert len(found.intrinsic.vocabulary) == len(set(found.intrinsic.vocabulary))
    texts = [own[k // 2].texts(k % 2) for k in range(4)]
    assert [found.intrinsic.texts(k) for k in range(4)] == texts
    for token in set(found.intrinsic.vocabulary):
        count = found.intrinsic.counts[found.intrinsic.vocabulary.index(token)]
        assert count == sum(t == token for text in texts for t in text)
    naive = np.concatenate([own[0].naive_bits, own[1].naive_bits])
    assert found.intrinsic.naive_bits == pytest.approx(naive)
    assert found.means == pytest.approx(np.concatenate([p.means for p in parts]))


def test_notes_that_differ_by_numbers_alone_are_one() -> None:
    one = measured(SYSTEMS[:1], SYSTEMS)

    def noted(*notes: str) -> Kappa:
        return replace(one, notes=notes, measured=(), skipped=(), intrinsic=None)

    parts = [noted("all", "2 of 9 lie outside (1e-3 to 5)"), noted("all", "3 of 8 lie outside (2e-4 to 6)"), noted("all")]
    assert joined(parts, []).notes == ("all", "fold 1: 2 of 9 lie outside (1e-3 to 5) (and the like in fold 2)")
