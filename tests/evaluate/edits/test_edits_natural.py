"""Natural edits: the text in another way, through the tokenizer and back; what becomes of each is counted, none is lost."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import kappabar
from kappabar.evaluate.edits.base import EditOperator
from kappabar.evaluate.edits.catalog import edit_operator
from kappabar.evaluate.edits.natural import NaturalEdits
from kappabar.grammars.errors import SpecError
from kappabar.grammars.files.bank import bank
from kappabar.grammars.print.ways_infix import infix_ways
from kappabar.grammars.tree import Node
from kappabar.representations.representation import Representation, representation
from kappabar.representations.texts import to_text
from kappabar.tokenizers.base import Invalid
from kappabar.tokenizers.notations.characters import InfixCharacters
from kappabar.tokenizers.wrappers.hugging_face import Tokenizer, decoders, models, pre_tokenizers, trainers

TREE = kappabar.parse("x' = 2*x*(1 - y); y' = -0.5*y^2 + x").tree
RNG = np.random.default_rng


def engine() -> Tokenizer:
    """Byte-level BPE, which can write anything."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer, made.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=400, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    made.train_from_iterator([to_text(representation("infix | chars"), s.tree) for s in bank("ode")], trainer)
    return made


@cache
def byte_level() -> Representation:
    import tempfile

    path = Path(tempfile.mkdtemp()) / "tokenizer.json"
    path.write_text(engine().to_str(), "utf-8")
    return representation(f"infix | hf:{path}", "ode")


def test_an_edit_is_what_the_library_makes_of_the_text() -> None:
    found = NaturalEdits().neighborhood(byte_level(), TREE, None, RNG(0))
    texts, ids = infix_ways(TREE), byte_level().encode(TREE)
    assert {e.kind: e.rewriting.text for e in found.edits if e.rewriting} == texts
    assert found.size == len(found.edits) == len(texts) > 15
    for edit in found.edits:
        assert edit.rewriting is not None and edit.rewriting.ids is not None
        assert list(edit.rewriting.ids) == engine().encode(edit.rewriting.text, add_special_tokens=False).ids
        assert edit.result == byte_level().decode(list(edit.rewriting.ids))
        at = edit.position
        assert list(edit.rewriting.ids[:at]) == ids[:at]
        assert at == len(ids) or edit.rewriting.ids[at : at + 1] != tuple(ids[at : at + 1])


def test_by_characters_what_has_no_token_is_invalid() -> None:
    characters = representation("infix | chars")
    by_kind = {e.kind: e for e in NaturalEdits().neighborhood(characters, TREE, None, RNG(0)).edits}
    assert by_kind["center dot"].result == Invalid("has no token for '·'", 0)
    assert by_kind["center dot"].rewriting is not None and by_kind["center dot"].rewriting.ids is None
    assert by_kind["double star"].result == by_kind["point zero"].result == TREE
    assert isinstance(by_kind["joined product"].result, Invalid)


@pytest.mark.parametrize("limit", [0, 4, 1000])
def test_a_limit_draws_distinct_ones(limit: int) -> None:
    operator = edit_operator("natural")
    assert isinstance(operator, EditOperator)
    full = operator.neighborhood(byte_level(), TREE, None, RNG(0))
    first, second = (operator.neighborhood(byte_level(), TREE, limit, RNG(5)) for _ in range(2))
    assert first == second and first.size == full.size
    assert len(set(first.edits)) == len(first.edits) == min(limit, full.size)
    assert set(first.edits) <= set(full.edits)


@pytest.mark.parametrize("spec", ["prefix", "tree", "infix | digits:3", "infix | digits:3 | bpe:200", "infix | chars | repeat:3"])
def test_what_is_no_text_is_refused_in_one_line(spec: str) -> None:
    with pytest.raises(SpecError, match="writes no text that people write in other ways") as caught:
        kappabar.kappa(["infix | chars", spec], data="sample:2", edits="natural")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("spec", ["infix | chars", "latex", "infix | chars | bpe:64", "sort | infix | chars | unigram:80"])
def test_what_is_a_text_is_taken(spec: str) -> None:
    r = representation(spec)
    assert NaturalEdits().refusal(r) == ""
    edits = NaturalEdits().neighborhood(r, TREE, None, RNG(0)).edits
    assert any(e.rewriting is not None and e.rewriting.ids is not None and e.result == r.round_trip(TREE) for e in edits)


def test_kappa_leaves_its_tables(tmp_path: Path) -> None:
    """Over a few systems, from the command to the files: shares add up, and the counts are those of the rows."""
    import polars as pl

    from kappabar.evaluate.kappa.tables import load_kappa, save_kappa, write_kappa

    found = kappabar.kappa("infix | chars", data=bank("ode")[:6], edits="natural")
    write_kappa(tmp_path, [found])
    rewritings = pl.read_parquet(tmp_path / "rewritings.parquet")
    robustness = pl.read_csv(tmp_path / "robustness.csv")
    assert rewritings.height == sum(m.n_edits for m in found.measured)
    for row in robustness.to_dicts():
        fates = sum(row[f] for f in ("stays", "moves", "unread", "unresolved", "lost"))
        assert fates == pytest.approx(1.0) and row["encoded"] == pytest.approx(1.0 - row["lost"])
        part = rewritings if row["kind"] == "all" else rewritings.filter(pl.col("kind") == row["kind"])
        assert row["n_rewritings"] == part.height and row["n_expressions"] == part["item"].n_unique()
        each = part.group_by("item").agg((pl.col("fate") == "stays").mean().alias("stays"))["stays"]
        assert row["stays"] == pytest.approx(each.mean())
    document = json.loads(json.dumps(found.as_dict()))["robustness"]
    assert [r["kind"] for r in document] == robustness["kind"].to_list()
    assert document[0]["kept"]["value"] == pytest.approx(robustness["kept"][0])
    save_kappa(tmp_path, found)
    again = load_kappa(tmp_path, "infix | chars")
    assert again is not None and again.robustness.as_dict() == found.robustness.as_dict()
    assert kappabar.kappa("infix | chars", data=bank("ode")[:2], edits_per_expression=20).as_dict()["robustness"] is None


@dataclass(frozen=True)
class Own(InfixCharacters):
    """A person's own tokenizer over a text, which writes it in one other way; `fault`: how it breaks its promise."""

    fault: str = ""

    def other_ways(self, tree: Node) -> dict[str, str]:
        if self.fault == "ways":
            raise ZeroDivisionError("of mine")
        plain = "".join(token.text for token in self.tokenize(tree))
        return {1: plain} if self.fault == "names" else {"plus": f"{plain}+0"}  # type: ignore[dict-item]

    def encode_text(self, text: str) -> list[int] | Invalid:
        return [99] if self.fault == "ids" else super().encode_text(text)


def test_a_tokenizer_of_ones_own_takes_part() -> None:
    own = Representation("mine:Own", (), Own(2))
    (edit,) = NaturalEdits().neighborhood(own, TREE, None, RNG(0)).edits
    assert edit.kind == "plus" and isinstance(edit.result, Node) and edit.position == len(own.encode(TREE))


@pytest.mark.parametrize(
    ("fault", "words"),
    [("ways", "other_ways raises"), ("names", "neither names with texts nor None"), ("ids", "neither ids from 0 to 35")],
)
def test_and_is_told_in_one_line_where_it_breaks_its_promise(fault: str, words: str) -> None:
    with pytest.raises(SpecError, match=words) as caught:
        NaturalEdits().neighborhood(Representation("mine:Own", (), Own(2, fault=fault)), TREE, None, RNG(0))
    assert "\n" not in str(caught.value)


def test_the_page_names_every_way() -> None:
    from kappabar.grammars.print import ways_infix, ways_latex

    page = Path(__file__).parents[3] / "docs" / "natural.md"
    if not page.is_file():
        pytest.skip("docs/ is not beside the tests")
    infix, latex = page.read_text("utf-8").split("| LaTeX: way |")
    rows = [[row.split("|")[1:2] for row in text.split("\n")] for text in (infix, latex)]
    named = [{name.strip() for row in part for cell in row for name in cell.split(",")} for part in rows]
    assert set(ways_infix.WAYS) <= named[0] and set(ways_latex.WAYS) <= named[1]
