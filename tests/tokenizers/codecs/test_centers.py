"""Numbers as the nearest of given centers, with and without codes, and the file that holds them."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.grammars.errors import EncodeError, SpecError
from kappabar.grammars.print.infix import to_infix
from kappabar.grammars.text.parse import parse
from kappabar.grammars.tree import Node
from kappabar.representations.representation import representation
from kappabar.tokenizers.base import Invalid, NumberCodec
from kappabar.tokenizers.codecs.centers import Centers

finite = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def codecs(draw: st.DrawFn) -> Centers:
    centers = tuple(sorted(draw(st.sets(finite.map(lambda v: v + 0.0), min_size=1, max_size=12))))
    if draw(st.booleans()):
        return Centers(centers)
    cells = draw(st.permutations(list(product(range(4), repeat=2))))
    return Centers(centers, tuple(cells[: len(centers)]))


@given(codecs(), finite)
def test_a_number_is_read_as_the_center_it_went_to(codec: Centers, value: float) -> None:
    written = codec.write(value)
    assert codec.read(["a", *written, "b"], 1) == (codec.round(value), 1 + len(written))
    assert codec.round(value) in codec.centers and codec.round(codec.round(value)) == codec.round(value)
    assert set(written) <= set(codec.tokens) and len(written) == codec.length


@given(st.sets(st.integers(-50, 50), min_size=2, max_size=8), st.integers(-500, 500))
def test_a_number_goes_to_the_nearest_center_by_ratio_within_a_sign(places: set[int], tenths: int) -> None:
    """Brute force over all centers; a tie may go either way."""
    centers, value = sorted(float(p) for p in places), tenths / 10
    found = Centers(tuple(centers)).round(value)
    below = max((c for c in centers if c <= value), default=centers[0])
    above = min((c for c in centers if c >= value), default=centers[-1])
    if below * above > 0:
        gaps = {c: max(abs(value / c), abs(c / value)) if value else 1.0 for c in (below, above)}
    else:
        gaps = {c: abs(value - c) for c in (below, above)}
    assert gaps[found] <= min(gaps.values()) * (1 + 1e-12)


@given(codecs(), st.lists(st.text("C012.x", max_size=4), max_size=4))
def test_reading_anything_gives_a_number_or_a_reason(codec: Centers, tokens: list[str]) -> None:
    found = codec.read(tokens, 0)
    if isinstance(found, Invalid):
        assert 0 <= found.position <= len(tokens)
    else:
        assert tokens[: found[1]] == codec.write(found[0])


def test_a_code_of_nothing_is_invalid() -> None:
    codec = Centers((1.0, 2.0, 5.0), ((0, 0), (0, 1), (1, 1)))
    assert codec.tokens == ("C0.0", "C0.1", "C1.0", "C1.1")
    assert codec.read(["C0.1", "C1.0"], 0) == Invalid("'C1.0' goes on with no number here", 1)
    assert codec.read(["C0.1"], 0) == Invalid("the sequence ends where a number must follow", 1)
    # Certain at the first digit already where no code begins with it.
    assert Centers((1.0, 2.0), ((0, 0), (2, 0))).read(["C0.1", "C1.0"], 0) == Invalid("'C0.1' begins no number", 0)


def test_a_number_that_is_not_finite_is_refused() -> None:
    with pytest.raises(EncodeError, match="not finite"):
        Centers((1.0,)).write(float("nan"))


def test_what_is_written_to_a_file_is_read_from_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    codec = Centers((-1.5, 0.1, 3.0), ((1, 0), (0, 0), (0, 1)), "found.json")
    Path("found.json").write_text(codec.dumps(), encoding="utf-8")
    assert Centers.load((), "found.json") == codec and isinstance(codec, NumberCodec)
    chosen = representation("prefix | centers:found.json")
    assert chosen.spec == "prefix | centers:found.json" and representation(chosen.spec) == chosen
    decoded = chosen.round_trip(parse("x' = -2*x + 0.2"))
    assert isinstance(decoded, Node) and to_infix(decoded) == "-1.5*x_0 + 0.1"


@pytest.mark.parametrize(
    "document",
    [[], {}, {"format": "other", "centers": [1.0]}, {"centers": []}, {"centers": [2.0, 1.0]}, {"centers": [1.0, float("inf")]},
     {"centers": ["x"]}, {"centers": 3}, {"centers": [1.0, 2.0], "codes": [[0]]}, {"centers": [1.0, 2.0], "codes": [[0], [0]]},
     {"centers": [1.0, 2.0], "codes": [[0], [1, 2]]}, {"centers": [1.0], "codes": [[]]}, {"centers": [1.0], "codes": [[-1]]},
     {"centers": [1.0], "codes": [[0.5]]}, {"centers": [1.0], "codes": 7}, {"centers": [1.0], "codes": [3]}],
)  # fmt: skip
def test_a_file_without_centers_is_refused_in_one_line(tmp_path: Path, document: object) -> None:
    if isinstance(document, dict):
        document = {"format": "kappabar centers 1"} | document
    (tmp_path / "f.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(SpecError) as error:
        Centers.load((), str(tmp_path / "f.json"))
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_or_no_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f.json").write_bytes(b"\xff\xfe")
    for name in ("f.json", "none.json", ""):
        with pytest.raises(SpecError):
            Centers.load((), str(tmp_path / name))
    with pytest.raises(SpecError, match="needs a file"):
        representation("prefix | centers:")
