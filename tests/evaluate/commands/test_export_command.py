"""`kappabar.export`: what is fitted to, which texts are written, and what is told of those that are not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import kappabar
from kappabar.evaluate.events import Event, Noted, Skipped
from kappabar.grammars.files.bank import bank

MIXED = "x' = x^2\nx' = sin(x)\nx' = -0.5*x\nx' = x/(1 + x)\n"


@pytest.fixture
def mixed(tmp_path: Path) -> str:
    (tmp_path / "mixed.txt").write_text(MIXED, "utf-8")
    return str(tmp_path / "mixed.txt")


def _read(folder: Path, name: str = "tokenizer_config.json") -> Any:
    return json.loads((folder / name).read_text("utf-8"))


def test_texts_are_the_corpus_line_by_line(tmp_path: Path) -> None:
    from tokenizers import Tokenizer

    made = kappabar.export(
        "sort | prefix | digits:3 | bpe:200", tmp_path / "tok", "bank", template="bos-eos", texts=tmp_path / "new" / "texts.txt"
    )
    assert made.texts == tmp_path / "new" / "texts.txt" and made.unwritten == ()
    lines = made.texts.read_text("utf-8").splitlines()
    again, theirs = kappabar.load(made.folder), Tokenizer.from_file(str(made.folder / "tokenizer.json"))
    assert isinstance(again, kappabar.Representation)
    bos, eos = made.special_tokens["<bos>"], made.special_tokens["<eos>"]
    assert [theirs.encode(line).ids for line in lines] == [[bos, *again.encode(s), eos] for s in bank("ode")]
    assert made.n_texts == len(lines) == len(bank("ode"))


def test_what_has_no_text_is_told_and_counted(mixed: str, tmp_path: Path) -> None:
    heard: list[Event] = []
    made = kappabar.export("terms", tmp_path / "tok", mixed, texts=tmp_path / "t.txt", listen=heard.append)
    skipped = [event for event in heard if isinstance(event, Skipped)]
    assert made.n_texts == 2 == len((tmp_path / "t.txt").read_text("utf-8").splitlines())
    assert [one.name for one in made.unwritten] == [event.what for event in skipped] and len(skipped) == 2
    assert {event.stage for event in skipped} == {"writing texts"}
    document = made.as_dict()
    assert [one["what"] for one in document["skipped"]] == [event.what for event in skipped]
    assert (document["texts"], document["n_texts"]) == (str(tmp_path / "t.txt"), 2)


def test_nothing_is_written_where_no_expression_has_a_text(tmp_path: Path) -> None:
    (tmp_path / "waves.txt").write_text("x' = sin(x)\nx' = cos(x)\n", "utf-8")
    with pytest.raises(kappabar.EncodeError, match="can write none of 2 expressions"):
        kappabar.export("terms", tmp_path / "tok", str(tmp_path / "waves.txt"), texts=tmp_path / "t.txt")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["waves.txt"]


def test_a_file_that_is_there_is_left_alone(mixed: str, tmp_path: Path) -> None:
    for taken in (mixed, tmp_path):
        with pytest.raises(kappabar.OutputError, match="is there already"):
            kappabar.export("prefix", tmp_path / "tok", mixed, texts=taken)
    assert Path(mixed).read_text("utf-8") == MIXED and not (tmp_path / "tok").exists()


def test_texts_may_lie_in_the_folder(mixed: str, tmp_path: Path) -> None:
    made = kappabar.export("prefix", tmp_path / "tok", mixed, texts=tmp_path / "tok" / "train.txt")
    assert made.texts is not None and len(made.texts.read_text("utf-8").splitlines()) == 4
    assert kappabar.load(tmp_path / "tok")


def test_systems_and_a_fitted_representation_are_taken_as_kappa_takes_them(mixed: str, tmp_path: Path) -> None:
    systems = [kappabar.parse("x' = 2*x"), kappabar.parse("x' = y; y' = -x")]
    made = kappabar.export("prefix | bins:4", tmp_path / "a", systems, texts=tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text("utf-8").startswith("* B")
    again = kappabar.load(made.folder)
    assert isinstance(again, kappabar.Representation)
    both = kappabar.export(again, tmp_path / "b", [*systems, mixed], texts=tmp_path / "b.txt")
    assert both.representation == made.representation and both.n_texts == 2 + 4
    assert (tmp_path / "b.txt").read_text("utf-8").startswith((tmp_path / "a.txt").read_text("utf-8"))


def test_the_longest_sequence_is_a_power_of_two_that_all_fit_in(tmp_path: Path) -> None:
    short = [kappabar.parse("x' = x")]
    long = kappabar.parse("x' = " + " + ".join(f"{i}.5*x" for i in range(1, 70)))
    made = [kappabar.export("prefix", tmp_path / str(i), data) for i, data in enumerate((short, [long]))]
    tokens = len(kappabar.representation("prefix").encode(long))
    assert 512 < tokens < 1024
    assert [one.max_length for one in made] == [512, 1024] == [_read(one.folder)["model_max_length"] for one in made]


def test_a_template_needs_room_as_well(tmp_path: Path) -> None:
    """An expression of 511 tokens has 513 with <bos> and <eos>."""
    text = "x"
    for _ in range(8):
        text = f"({text} + {text})"
    sums = kappabar.parse(f"x' = {text}")
    plain, ended = (kappabar.export("prefix", tmp_path / name, [sums], template=name) for name in ("none", "bos-eos"))
    assert len(kappabar.representation("prefix").encode(sums)) == 511
    assert (plain.max_length, ended.max_length) == (512, 1024)
    without = kappabar.export(kappabar.representation("prefix"), tmp_path / "without", template="bos-eos")
    assert without.max_length == 1024  # where there are no expressions to be measured


def test_a_maximum_of_ones_own_is_kept_and_what_exceeds_it_told(tmp_path: Path) -> None:
    heard: list[Event] = []
    made = kappabar.export("prefix", tmp_path / "a", "bank", max_length=20, listen=heard.append)
    assert made.max_length == 20
    assert [event.what for event in heard if isinstance(event, Noted)] == ["max_length"]


def test_misspelt_words_and_full_folders_are_refused_before_any_work(tmp_path: Path) -> None:
    for words in ({"template": "eso"}, {"max_length": 0}):
        with pytest.raises(kappabar.SpecError):
            kappabar.export("prefix", tmp_path / "none", "sample:1000000", **words)  # type: ignore[arg-type]
    assert not (tmp_path / "none").exists()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").touch()
    with pytest.raises(kappabar.OutputError, match="not empty"):
        kappabar.export("prefix", tmp_path / "full", "sample:1000000")
