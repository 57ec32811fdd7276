"""Specs parse, print back and say what is wrong with them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.grammars.draw.strategies import trees
from kappabar.grammars.errors import SourceError, SpecError
from kappabar.grammars.text.parse import parse
from kappabar.grammars.tree import Node
from kappabar.representations.representation import canonical, representation
from kappabar.representations.rewrites.sort import Sort


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("prefix", "prefix | digits:3"),
        ("infix", "infix | chars"),
        ("infix|bpe", "infix | chars | bpe:512"),
        ("infix | chars | bpe:128", "infix | chars | bpe:128"),
        ("sort|prefix|bins:64", "sort | prefix | bins:64,log"),
        ("tree | digits:5", "tree | digits:5"),
        ("rules | bins:256,quantile", "rules | bins:256,quantile"),
        ("postfix | e2e", "postfix | e2e:4,1"),
        ("prefix | digits | repeat", "prefix | digits:3 | repeat:3"),
    ],
)
def test_specs_print_in_full(text, full):
    assert canonical(text) == full
    assert canonical(full) == full


WORDS = (
    "sort prefix infix postfix tree rules chars digits digits:2 e2e:3,1 bins bins:8,uniform bpe:99 unigram:60 repeat "
    "prefixx : digits:"
)
parts = st.sampled_from([*WORDS.split(), ""])


@given(st.lists(parts, max_size=5).map(" | ".join))
def test_any_line_of_parts_has_a_canonical_form_or_a_reason(text):
    try:
        full = canonical(text)
    except SpecError as e:
        assert "\n" not in str(e)
    else:
        assert canonical(full) == full


@given(st.text(max_size=30))
def test_any_text_is_a_spec_or_is_refused(text):
    with contextlib.suppress(SpecError):
        canonical(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("prefix || digits", "empty part"),
        ("prefixx", "did you mean 'prefix'"),
        ("prefix | digit:3", "did you mean 'digits'"),
        ("chras", "It stands behind a notation, as in 'infix | chars'"),
        ("infix | chras", "did you mean 'chars'"),
        ("bep:512", "did you mean 'bpe'"),
        ("sort", "no notation"),
        ("digits:3 | prefix", "before any notation"),
        ("prefix | digits:0", "from 1"),
        ("prefix | bins:8,lgo", "did you mean 'log'"),
        ("prefix | bpe | digits", "directly after the notation"),
        ("prefix | digits:3,rtl,4", "arguments"),
        ("prefix | digits:3,4", "DIRECTION is one of rtl, ltl"),
        ("prefix:3", "takes no arguments"),
        ("os.path:nothing", "nothing"),
    ],
)
def test_what_is_wrong_with_a_spec(text, words):
    with pytest.raises(SpecError, match=words.replace("|", r"\|")):
        canonical(text)


@given(trees(max_leaves=5))
def test_rewrites_come_before_the_tokenizer(tree):
    chosen = representation("sort | prefix | digits:9", corpus=[tree])
    assert chosen.encode(tree) == representation("prefix | digits:9", corpus=[tree]).encode(Sort().apply(tree))
    assert isinstance(chosen.round_trip(tree), Node)


def test_systems_and_trees_are_both_taken():
    lorenz = parse("x' = 10*(y - x); y' = x*(28 - z) - y; z' = x*y - 8/3*z")
    chosen = representation("prefix")
    assert chosen.encode(lorenz) == chosen.encode(lorenz.tree)
    assert chosen.decode(chosen.encode(lorenz)) == lorenz.tree


def test_the_vocabulary_has_room_for_the_corpus_and_the_extra_trees():
    wide = parse("x_1 | x_2 | x_3 | x_4 | x_5 | x_6 | -x_0")
    assert "x_6" in representation("prefix", corpus=[parse("-x_0")], extra=[wide]).vocabulary.ids
    assert "x_1" not in representation("prefix", corpus=[parse("-x_0")]).vocabulary.ids


def test_without_a_bank_there_must_be_a_corpus():
    with pytest.raises(SourceError, match=r"no bank; did you mean 'ode'\?.*corpus="):
        representation("prefix", "odee")
    given = representation("prefix", "logic", corpus=[parse("x' = x").tree])
    assert given.decode(given.encode(parse("x' = x").tree)) == parse("x' = x").tree
