"""Synonyms: what none of their levels changes, and what each changes."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from scipy.stats import chi2_contingency

from kappabar.evaluate.dials.code.codes import Shape
from kappabar.evaluate.dials.code.values import OnValues, moved, ratios
from kappabar.evaluate.dials.redundancy.design import Design, Level, granted, turned
from kappabar.evaluate.dials.redundancy.synonyms import Synonyms
from kappabar.evaluate.dials.redundancy.tasks import decodable
from kappabar.evaluate.dials.redundancy.writing import written
from kappabar.evaluate.domains.domain import Domain, domain
from kappabar.evaluate.domains.sources import sample_systems
from kappabar.evaluate.edits.token import TokenEdits
from kappabar.grammars.draw.sampler import sampler
from kappabar.grammars.tree import System, number
from kappabar.representations.representation import Representation
from kappabar.tokenizers.base import Invalid
from kappabar.tokenizers.machines.decode import bulk_decoder

DESIGN = Design(2, 2, added=2, shape=Shape(2, 3))
LEVELS = [Level(n, w) for n in (0, 2, 6) for w in (True, False)]
DRAW = 5
CONSTANTS = {"pi": math.pi, "e": math.e}


def over(design: Design) -> Domain:
    return replace(domain("function"), sampler=OnValues(sampler("function"), design.drawn))


@pytest.fixture(scope="module")
def systems() -> list[System]:
    return list(sample_systems(over(DESIGN), 25, 3))


def made(level: Level, design: Design = DESIGN, draw: int = DRAW) -> tuple[Representation, Synonyms]:
    return written(over(design), design, level, granted(design, level, 0, draw), 3)


@pytest.mark.parametrize("level", LEVELS, ids=lambda one: one.name)
def test_what_is_written_says_the_expression_and_is_always_the_same(level: Level, systems: list[System]) -> None:
    representation, synonyms = made(level)
    again, _ = made(level)
    for system in systems:
        ids = representation.encode(system)
        assert representation.decode(ids) == system.tree and again.encode(system) == ids
        assert synonyms.received(ids) == synonyms.base.encode(system.tree)
        texts = [token.text for token in representation.tokenize(system)]
        assert texts == [representation.vocabulary.tokens[i] for i in ids]
        assert level.written or ids == synonyms.base.encode(system.tree)


@pytest.mark.parametrize("level", LEVELS, ids=lambda one: one.name)
def test_a_choice_is_among_all_that_say_the_same_and_its_entropy_is_their_number(level: Level, systems: list[System]) -> None:
    """By brute force: every token of the vocabulary put in every place, and what it then says."""
    representation, synonyms = made(level)
    size = len(representation.vocabulary)
    for system in systems[:6]:
        ids = representation.encode(system)
        same = [
            sum(representation.decode([*ids[:i], token, *ids[i + 1 :]]) == system.tree for token in range(size))
            for i in range(len(ids))
        ]
        bits = sum(map(math.log2, same)) if level.written else 0.0
        assert synonyms.choice_bits(system.tree) == pytest.approx(bits)


def test_synonyms_are_written_equally_often() -> None:
    level = Level(len(DESIGN.digits), True)
    representation, synonyms = made(level)
    counts: Counter[int] = Counter()
    for system in sample_systems(over(DESIGN), 400, 9):
        counts.update(representation.encode(system))
    for place, digit in DESIGN.digits:
        own = [counts[i] for i in synonyms.forms(synonyms.base.vocabulary.ids[f"C{place}.{digit}"])]
        expected = sum(own) / len(own)
        chi = sum((n - expected) ** 2 / expected for n in own)
        assert len(own) == 1 + DESIGN.added and chi < 18.4, "0.0001 of a chi-squared variable of two degrees of freedom"


def test_choices_within_one_expression_have_nothing_to_do_with_each_other() -> None:
    """Which of three is chosen, for the first token of a number and for the second."""
    representation, synonyms = made(Level(len(DESIGN.digits), True))
    table = np.zeros((3, 3))
    for system in sample_systems(over(DESIGN), 300, 11):
        ids, base = representation.encode(system), synonyms.base.encode(system.tree)
        which = [synonyms.forms(own).index(i) for own, i in zip(base, ids, strict=True)]
        starts = [k for k, own in enumerate(base) if synonyms.base.vocabulary.tokens[own].startswith("C0.")]
        for k in starts:
            table[which[k], which[k + 1]] += 1
    assert chi2_contingency(table).pvalue > 1e-4 and table.min() > 0


def test_nothing_but_the_meaning_of_tokens_differs_between_levels(systems: list[System]) -> None:
    """Vocabulary, length, the share of all edits that decode: equal to the last bit; free choice aside, entropy as well."""
    seen = set()
    for level in LEVELS:
        representation, _ = made(level)
        lengths = tuple(len(representation.encode(system)) for system in systems)
        seen.add((representation.vocabulary.tokens, lengths, tuple(decodable(representation, s) for s in systems[:5])))
    assert len(seen) == 1


def test_what_decodes_is_what_is_counted(systems: list[System]) -> None:
    representation, _ = made(LEVELS[2])
    ids, size = representation.encode(systems[0]), len(representation.vocabulary)
    every = {(*ids[:i], t, *ids[i + 1 :]) for i in range(len(ids)) for t in range(size)} - {tuple(ids)}
    every |= {(*ids[:i], t, *ids[i:]) for i in range(len(ids) + 1) for t in range(size)}
    every |= {(*ids[:i], *ids[i + 1 :]) for i in range(len(ids))}
    valid = sum(not isinstance(representation.decode(list(one)), Invalid) for one in every)
    assert decodable(representation, systems[0]) == pytest.approx(valid / len(every), rel=1e-12)


def test_edits_are_decoded_in_bulk_as_one_by_one(systems: list[System]) -> None:
    representation, _ = made(LEVELS[2])
    decoder, rng = bulk_decoder(representation.tokenizer), np.random.default_rng(0)
    assert decoder is not None
    for system in systems[:5]:
        ids = representation.encode(system)
        edits = TokenEdits().token_steps(ids, len(representation.vocabulary), 300, rng)
        found = decoder.decode(ids, edits.positions, edits.ends, edits.tokens)
        for k, (a, b, token) in enumerate(zip(edits.positions, edits.ends, edits.tokens, strict=True)):
            one = representation.decode([*ids[:a], *([int(token)] if token >= 0 else []), *ids[b:]])
            assert (found.tree[k] < 0) == isinstance(one, Invalid)
            if not isinstance(one, Invalid):  # constants are numbers in a forest
                plain = one.map(lambda node: number(CONSTANTS[node.symbol]) if node.symbol in CONSTANTS else node)
                assert found.trees.tree(int(found.tree[k])) == plain


@pytest.mark.parametrize("synonyms", [0, 1, 3, 6])
def test_the_level_is_the_mean_over_all_replacements_by_tokens(synonyms: int) -> None:
    """All words, all places, all other tokens of the place, by reading the words that come out."""
    level = Level(synonyms, True)
    representation, own = made(level)
    distance, values = ratios(DESIGN.values), list(DESIGN.values)
    rank = {f"C{p}.{d}": (p, d) for p in range(3) for d in range(3)}
    base = own.base.vocabulary
    at: list[list[int]] = [[] for _ in range(3)]
    for token in range(len(representation.vocabulary)):
        text = base.tokens[(own.received([token]) or [0])[0]]  # type: ignore[index]
        if text in rank:
            at[rank[text][0]].append(rank[text][1])
    moved_by, same = [], []
    for word in product(range(2), repeat=3):
        for place, digit in enumerate(word):
            others = list(at[place])
            others.remove(digit)
            where = values.index(_meant(word))
            each = [distance[where, values.index(_meant((*word[:place], other, *word[place + 1 :])))] for other in others]
            moved_by.append(np.mean(each))
            same.append(np.mean([other == digit for other in others]))
    found = turned(DESIGN, granted(DESIGN, level, 0, DRAW), distance)
    assert found.kappa == pytest.approx(np.mean(moved_by)) and found.redundancy == pytest.approx(np.mean(same))


def _meant(word: tuple[int, ...]) -> float:
    return DESIGN.values[DESIGN.words.index(word)]


def test_synonyms_come_one_digit_after_the_other_and_are_drawn() -> None:
    few, more = (granted(DESIGN, Level(n, True), 0, 1) for n in (2, 4))
    assert few < more and len(few) == 2 and len(more) == 4
    assert len({granted(DESIGN, Level(2, True), 0, draw) for draw in range(8)}) > 3


def test_the_dial_of_the_study_turns_by_three_tenths() -> None:
    design = Design(1, 1)
    distance = moved(over(design), sample_systems(over(design), 15, 1), design.values).distance
    found = [turned(design, granted(design, Level(n, True), 0, n), distance).kappa for n in range(len(design.digits) + 1)]
    assert found[0] - found[-1] >= 0.3 and all(a > b for a, b in pairwise(found))


def test_any_first_part_of_a_study_has_all_levels() -> None:
    numbered = DESIGN.numbered
    assert [draw for draw, _ in numbered] == list(range(26)) and len({level for _, level in numbered[:13]}) == 13
