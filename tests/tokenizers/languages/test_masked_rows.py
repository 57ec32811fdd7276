"""Rows under construction: what each keeps of its definitions is its own."""

from __future__ import annotations

import numpy as np
import pytest

from kappabar.tokenizers.base import Tokenizer
from kappabar.tokenizers.codecs.bins import Bins
from kappabar.tokenizers.languages.catalog import language
from kappabar.tokenizers.languages.grammar import Shape
from kappabar.tokenizers.languages.masked_rows import END, MaskedRows, Masks
from kappabar.tokenizers.languages.tables import compiled
from kappabar.tokenizers.notations.dag import Dag
from kappabar.tokenizers.notations.prefix import Prefix
from kappabar.tokenizers.notations.statements import ThreeAddress

SHAPE = Shape(1, 1)


def masks(tokenizer: Tokenizer) -> Masks:
    return Masks(compiled(language(tokenizer, [SHAPE])), 1)


@pytest.mark.parametrize(("notation", "names"), [(Dag, Dag.names), (ThreeAddress, ThreeAddress.names), (Prefix, ())])
def test_a_row_has_room_for_every_definition_and_no_more(notation: type[Tokenizer], names: tuple[str, ...]) -> None:
    walk = MaskedRows(masks(notation(Bins(2), 1)), [SHAPE], 9)  # type: ignore[call-arg]
    assert walk._state.shape[1] == 4 + len(names)


@pytest.mark.parametrize("notation", [Dag, ThreeAddress])
def test_a_row_that_defines_all_that_it_can_leaves_the_next_one_alone(notation: type[Dag | ThreeAddress]) -> None:
    """Each definition is the sine of the one before, so that the last costs as many operators as there are names."""
    tokenizer = notation(Bins(2), 1)
    below = ("x_0", *tokenizer.names)
    texts = [text for name, part in zip(tokenizer.names, below, strict=False) for text in (name, "sin", part)]
    walk = MaskedRows(masks(tokenizer), [SHAPE] * 2, 99)
    for i in (*(tokenizer.vocabulary.ids[text] for text in (*texts, "sin", below[-1])), END):
        allowed = walk.allowed()
        assert (allowed[0] == allowed[1]).all() and allowed[0, i + 1]
        walk.take(np.array([i, i]))
