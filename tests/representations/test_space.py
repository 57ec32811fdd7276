"""The search space: every point prints to a spec that a representation has, and every spec in it has a point."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.evaluate.domains.line_up import LINE_UP
from kappabar.grammars.errors import SpecError
from kappabar.representations.representation import canonical
from kappabar.representations.space import NONE, Choice, Space, TunablePart, Whole, Words, space
from kappabar.tokenizers.catalog import CODECS, notations

SPACE = space()
EVERYTHING = space(redundant=True)


def points(where: Space) -> st.SearchStrategy[dict[str, str | float]]:
    shares = st.floats(0.0, 1.0)
    return st.fixed_dictionaries(
        {d.name: st.sampled_from(d.options) if isinstance(d, Choice) else shares for d in where.dimensions}
    )


@given(points(EVERYTHING))
def test_every_point_is_a_canonical_spec_and_has_a_point(point: dict[str, str | float]) -> None:
    spec = EVERYTHING.spec(point)
    assert canonical(spec) == spec
    again = EVERYTHING.point(spec)
    assert set(again) == {d.name for d in EVERYTHING.dimensions}
    assert EVERYTHING.spec(again) == spec


@given(st.integers(1, 60), st.integers(0, 80), st.booleans())
def test_every_whole_number_of_a_range_has_a_share(low: int, more: int, log: bool) -> None:
    whole = Whole(low, low + more, log)
    for value in range(low, low + more + 1):
        share = whole.share(str(value))
        assert share is not None and whole.at(share) == str(value)
    assert whole.share(str(low - 1)) is None and whole.share(str(low + more + 1)) is None and whole.share("x") is None
    assert (whole.at(0.0), whole.at(1.0)) == (str(low), str(low + more))


@given(st.integers(2, 40))
def test_whole_numbers_have_equal_parts_of_a_plain_range(n: int) -> None:
    whole = Whole(3, 2 + n)
    found = [whole.at((i + 0.5) / (10 * n)) for i in range(10 * n)]
    assert {found.count(str(v)) for v in range(3, 3 + n)} == {10}


def test_every_word_has_a_share() -> None:
    words = Words(("a", "b,c", "d"))
    shares = [words.share(w) for w in words.choices]
    assert [words.at(s) for s in shares if s is not None] == list(words.choices)
    assert words.share("e") is None and words.at(1.0) == "d"


def test_every_point_has_the_same_coordinates_whatever_it_uses() -> None:
    plain, coded = SPACE.point("infix | chars"), SPACE.point("sort | prefix | bins:64,log | bpe:512")
    assert set(plain) == set(coded)
    assert coded["rewrite 1"] == "sort" and coded["rewrite 2"] == NONE and coded["codec"] == "bins"


def test_the_line_up_lies_in_the_space_but_for_the_control() -> None:
    outside = []
    for spec in LINE_UP:
        try:
            assert SPACE.spec(SPACE.point(spec)) == canonical(spec)
        except SpecError:
            outside.append(spec)
    assert outside == ["prefix | digits:3 | repeat:3"]
    assert EVERYTHING.spec(EVERYTHING.point(outside[0])) == outside[0]


@pytest.mark.parametrize(
    "spec",
    ["prefix | digits:9", "prefix | bins:64,log | bpe:512 | bpe:512", "sort | flatten | expand | prefix", "prefix | xval",
     "prefix | digits:3 | repeat:3", "tree | digits:3 | macros:64"],
)  # fmt: skip
def test_what_lies_outside_is_refused(spec: str) -> None:
    with pytest.raises(SpecError, match="outside the space"):
        SPACE.point(spec)


def test_the_space_knows_every_part_of_the_catalog() -> None:
    names = {c.name for c in EVERYTHING.codecs}
    assert names == set(CODECS) - {"centers"}
    assert {n.split(" | ")[0] for n in (*EVERYTHING.notations, *EVERYTHING.coded)} == set(notations()) - {
        "latex",
        "three-address",
    }
    assert not {"xval", "fone", "bittoken"} & {c.name for c in SPACE.codecs} and not {"repeat", "checksum"} & {
        v.name for v in SPACE.vocabularies
    }


def test_the_plain_entries_hold_every_notation_codec_vocabulary_and_rewrite() -> None:
    text = "\n".join(SPACE.plain())
    names = [c.name for c in SPACE.codecs] + [v.name for v in SPACE.vocabularies] + [*SPACE.rewrites, *SPACE.coded]
    assert not [name for name in names if name not in text]
    assert len(set(SPACE.plain())) == len(SPACE.plain())


def test_domains_have_rewrites_of_their_own() -> None:
    assert any(r.startswith("chebyshev") for r in space("function").rewrites)
    assert not any(r.startswith("chebyshev") for r in space("ode").rewrites)


def test_a_part_without_arguments_is_its_name() -> None:
    assert TunablePart("thing").text((0.3, 0.7)) == "thing"
