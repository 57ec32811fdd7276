"""A representation by its spec alone is fitted to its domain's own bank."""

from __future__ import annotations

import pytest

import kappabar
from kappabar.grammars.errors import SourceError, SpecError
from kappabar.grammars.text.sequence import SequenceReader

LETTERS = kappabar.sequences("A", "B", longest=30)
STRINGS = kappabar.Domain(
    name="strings",
    parse=SequenceReader("strings", LETTERS),
    semantics=kappabar.domain("fold").semantics,
    closed=False,
    operators=LETTERS,
)


@pytest.mark.parametrize("name", ["ode", "map", "function", "arithmetic", "program", "proof", "fold", "audio"])
def test_every_domain_serves_its_bank(name: str) -> None:
    domain = kappabar.domain(name)
    for spec in (domain.line_up or ("prefix",))[:2]:
        made = kappabar.representation(spec, name)
        expected = domain.representation(spec, domain.corpus())
        assert (made.spec, made.vocabulary) == (expected.spec, expected.vocabulary)
        for item in domain.corpus()[:5]:
            assert made.encode(item) == expected.encode(item)


def test_merges_are_those_of_the_bank() -> None:
    bank, other = kappabar.representation("symbols | bpe:8", "fold"), [kappabar.parse("PPPPPPPPPP", domain="fold")]
    assert len(bank.vocabulary) == 8
    assert len(kappabar.representation("symbols | bpe:8", "fold", corpus=other).vocabulary) < 8


def test_a_domain_without_a_bank_is_fitted_to_its_symbols() -> None:
    assert kappabar.representation("symbols", STRINGS).vocabulary.tokens == ("A", "B")


def test_a_word_for_an_alphabet_is_no_domain() -> None:
    made = kappabar.representation("symbols", "any", [STRINGS.parse("AB")], closed=False, operators=LETTERS)
    assert made.vocabulary.tokens == ("A", "B")
    with pytest.raises(SourceError, match="no bank"):
        kappabar.representation("prefix", "any")
    with pytest.raises(SpecError):
        kappabar.representation("prefix", "fold")
