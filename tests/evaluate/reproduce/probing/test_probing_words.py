"""Edits of words, and what they are drawn from: WordNet's files, a bigram model, kinds of text."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.evaluate.reproduce.probing.section import AS_SAID, NOT_SHOWN, REVERSED, Compared, claim_rows, matched
from kappabar.evaluate.reproduce.probing.texts import PIECE, TextEdits, kind_of, text_edits
from kappabar.evaluate.reproduce.probing.wordnet import PLACE, synonyms
from kappabar.evaluate.reproduce.probing.words import KEPT, LONGEST, Bigrams, word_edits
from kappabar.grammars.errors import NotInstalledError, SourceError

NOUNS = (
    "  1 This software and database is being provided\n"
    "00001740 03 n 03 house 0 dwelling 1 Home_Plate 0 001 @ 00001930 n 0000 | a place to live\n"
    "00001930 03 n 02 home 0 house 2 000 | where one lives\n"
)
SENTENCES = ("the house is old", "the home is old and the house is new", "a dwelling is a house", "and a home is new")


def wordnet(folder: Path, nouns: str = NOUNS) -> Path:
    for part in ("verb", "adj", "adv"):
        (folder / f"data.{part}").write_text("", "utf-8")
    (folder / "data.adj").write_text("00002098 00 s 02 new(a) 0 fresh 0 000 | not old\n", "utf-8")
    (folder / "data.noun").write_text(nouns, "utf-8")
    return folder


def test_synonyms_share_a_synset(tmp_path: Path) -> None:
    assert synonyms(wordnet(tmp_path)) == {
        "house": ("dwelling", "home"),
        "dwelling": ("house",),
        "home": ("house",),
        "new": ("fresh",),
        "fresh": ("new",),
    }


def test_what_is_no_wordnet_is_told_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceError, match=r"data\.noun, line 1: no synset"):
        synonyms(wordnet(tmp_path, "words and more words\n"))
    with pytest.raises(SourceError, match=r"data\.noun cannot be read"):
        synonyms(tmp_path / "nowhere")
    monkeypatch.setattr("kappabar.evaluate.reproduce.probing.wordnet.PLACE", tmp_path / "nowhere")
    with pytest.raises(NotInstalledError, match="apt-get install wordnet-base"):
        synonyms()


@pytest.mark.skipif(not (PLACE / "data.noun").is_file(), reason="WordNet (Debian's wordnet-base) is not installed")
def test_wordnet_itself_is_read() -> None:
    known = synonyms()
    assert len(known) > 30_000 and "automobile" in known["car"] and "car" in known["automobile"]
    assert all(word not in others and word in known[other] for word, others in list(known.items())[:500] for other in others)


def test_the_model_counts_pairs_and_mixes_them_with_all_words() -> None:
    model = Bigrams.of(SENTENCES)
    words = [s.split() for s in SENTENCES]
    counts = Counter(w for one in words for w in one)
    pairs = Counter(p for one in words for p in pairwise(one))
    followed = Counter(a for one in words for a, _ in pairwise(one))
    for word in model.words:
        found = dict(zip(model.words, model.following(word), strict=True))
        assert sum(found.values()) == pytest.approx(1.0)
        for other in model.words:
            share = counts[other] / sum(counts.values())
            mixed = KEPT * pairs[word, other] / followed[word] + (1 - KEPT) * share if followed[word] else share
            assert found[other] == pytest.approx(mixed)
    assert model.moved("house", "house") == 0.0 and 0 < model.moved("house", "old") <= 1
    assert model.moved("house", "old") == pytest.approx(model.moved("old", "house"))


def test_one_word_of_a_sentence_is_edited_in_three_ways() -> None:
    model, alike = Bigrams.of(SENTENCES), {"house": ("home", "dwelling"), "new": ("old",)}
    found = word_edits(SENTENCES, model, alike, 4, np.random.default_rng(3))
    assert len(found) == 4 and found == word_edits(SENTENCES, model, alike, 4, np.random.default_rng(3))
    for one in found:
        assert one.word in alike and one.place > 0 and one.synonym in alike[one.word]
        for other in (one.synonym, one.plausible, one.random):
            assert other != one.word and len(one.text(other)) <= LONGEST
            changed = [a != b for a, b in zip(one.sentence.split(), one.text(other).split(), strict=True)]
            assert [i for i, c in enumerate(changed) if c] == [one.place]
    none = word_edits(SENTENCES, model, {"the": ("a",)}, 4, np.random.default_rng(3))
    assert all(one.place > 0 for one in none), "a word that nothing stands before has no context"


def test_what_is_plausible_follows_what_stands_before() -> None:
    """Over many draws as often as the model says."""
    model = Bigrams.of(SENTENCES)
    drawn = Counter()  # type: ignore[var-annotated]
    for seed in range(400):
        one = word_edits(["is new"], model, {"new": ("old",)}, 1, np.random.default_rng(seed))[0]
        drawn[one.plausible] += 1
    likely = dict(zip(model.words, model.following("is"), strict=True))
    total = 1 - likely["new"]
    for word, share in likely.items():
        if word != "new":
            assert drawn[word] / 400 == pytest.approx(share / total, abs=0.08)


TEXTS = st.lists(st.from_regex(r"[a-c]{1,2}( [0-9]| [+*]| [a-c]{1,2}){0,4}", fullmatch=True), min_size=2, max_size=6)


@given(TEXTS, st.integers(0, 99))
def test_a_piece_becomes_another_of_its_sort(texts: list[str], seed: int) -> None:
    known = {p for text in texts for p in PIECE.findall(text)}
    for one in text_edits(texts, 3, 2, np.random.default_rng(seed)):
        own = PIECE.findall(one.text)
        assert one.pieces == len(own) and one.text in texts and len(one.edited) == 2
        for text in one.edited:
            other = PIECE.findall(text)
            changed = [(a, b) for a, b in zip(own, other, strict=True) if a != b]
            assert len(changed) == 1 and kind_of(changed[0][0]) == kind_of(changed[0][1]) and changed[0][1] in known


def test_each_text_has_one_of_prose_as_long_and_none_twice() -> None:
    mine = [TextEdits(f"m{i}", n, ()) for i, n in enumerate((3, 4, 3, 9, 3))]
    others = [TextEdits(f"p{i}", n, ()) for i, n in enumerate((3, 3, 4, 5))]
    pairs = matched(mine, others)
    assert [a.text for a, _ in pairs] == ["m0", "m1", "m2"] and all(a.pieces == b.pieces for a, b in pairs)
    assert len({b.text for _, b in pairs}) == len(pairs)


def compared(first: np.ndarray, second: np.ndarray) -> Compared:
    return Compared(claim="c", measure="m", a="a", b="b", first=first, second=second)


def test_a_claim_is_as_said_reversed_or_not_shown() -> None:
    rng = np.random.default_rng(0)
    noise = 0.1 * rng.standard_normal((3, 50))
    pairs = [compared(noise[i] + shift, np.zeros(50)) for i, shift in enumerate((-0.3, 0.3, 0.0))]
    assert [row["outcome"] for row in claim_rows(pairs)] == [AS_SAID, REVERSED, NOT_SHOWN]
    row = claim_rows(pairs)[0]
    assert row["low"] < row["difference"] < row["high"] < 0 and row["n"] == 50


def test_intervals_hold_over_all_claims_together() -> None:
    rng, wrong = np.random.default_rng(1), 0
    for _ in range(300):
        pairs = [compared(rng.gamma(2, 1, 40), rng.gamma(2, 1, 40)) for _ in range(9)]
        wrong += any(row["outcome"] != NOT_SHOWN for row in claim_rows(pairs))
    assert wrong <= 25  # 5 % of 300 are 15; 25 or more have a chance of 1 %
