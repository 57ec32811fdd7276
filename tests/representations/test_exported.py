"""An exported folder gives the representation again, and imports nothing that it names but at the user's word."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from kappabar.grammars.errors import KappabarError, OutputError, SpecError
from kappabar.grammars.files.bank import bank
from kappabar.grammars.operators import Operator, operators
from kappabar.grammars.tree import Node, System, number, system
from kappabar.representations.export import export
from kappabar.representations.exported import is_export, load_export
from kappabar.representations.representation import Representation, representation
from kappabar.tokenizers import catalog

CORPUS = bank("ode")[:12]
SPECS = (
    "prefix | digits:3", "sort | tree | bins:32,quantile", "infix | chars | bpe:96", "rules | e2e:2,2 | unigram:400",
    "postfix | digits:3 | repeat:3", "nondim | prefix | digits:2", "prefix | digits:3 | macros:8", "latex | chars",
)  # fmt: skip


def exported(spec: str, out: Path, **more: Any) -> Representation:
    made = representation(spec, corpus=CORPUS)
    export(made, out, **more)
    return made


@pytest.mark.parametrize("spec", SPECS)
def test_the_representation_comes_back_without_being_fitted(spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = exported(spec, tmp_path, template="bos-eos")
    monkeypatch.setattr(catalog.ParsedSpec, "build", lambda *_: pytest.fail("fitted again"))
    again = load_export(tmp_path)
    assert again == made and again.vocabulary == made.vocabulary
    for one in CORPUS:
        assert again.encode(one) == made.encode(one)
        assert again.decode(made.encode(one)) == made.decode(made.encode(one))


def test_an_alphabet_of_ones_own_comes_along(tmp_path: Path) -> None:
    logic = operators(Operator("&", 2, "infix", 2), Operator("~", 1, "prefix", 3), Operator("T", 0))
    tree = system(Node("&", (Node("~", (Node("x_0"),)), Node("T"))))
    made = representation("infix", "logic", [System(tree, ("x_0",), "logic")], closed=False, operators=logic)
    export(made, tmp_path, "logic")
    again = load_export(tmp_path)
    assert again == made and again.operators == logic and again.decode(made.encode(tree)) == tree


def test_numbers_of_an_alphabet_of_ones_own_come_along(tmp_path: Path) -> None:
    sums = operators(Operator("+", 2, "infix", 2), numbers=True)
    tree = system(Node("+", (Node("x_0"), number(2.5))))
    made = representation("prefix | bins:8", "sums", [System(tree, ("x_0",), "sums")], operators=sums)
    export(made, tmp_path, "sums")
    assert load_export(tmp_path) == made


PART = """
from pathlib import Path
from kappabar import {base} as Base
Path("imported").touch()
{body}
"""
REWRITE = """
class Mine:
    spec = "lab_of_load:Mine"
    def apply(self, tree):
        return tree
"""


def _with_own_part(out: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Representation:
    (tmp_path / "lab_of_load.py").write_text(PART.format(base="Rewrite", body=REWRITE))
    monkeypatch.chdir(tmp_path)
    made = exported("lab_of_load:Mine | prefix | digits:3", out)
    sys.modules.pop("lab_of_load")
    (tmp_path / "imported").unlink()
    return made


def test_a_part_of_somebodys_own_is_imported_at_the_users_word_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = _with_own_part(tmp_path / "out", monkeypatch, tmp_path)
    with pytest.raises(SpecError, match=r"'lab_of_load:Mine' is not Kappabar's own.*trust=True") as caught:
        load_export(tmp_path / "out")
    assert "\n" not in str(caught.value) and not (tmp_path / "imported").exists()
    again = load_export(tmp_path / "out", trust=True)
    assert (tmp_path / "imported").exists()
    assert again.spec == made.spec and again.tokenizer == made.tokenizer


def test_no_file_that_a_folder_names_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.json").write_text(json.dumps({"format": "kappabar centers 1", "centers": [-1.0, 0.0, 2.5], "codes": []}))
    made = exported("prefix | centers:c.json", tmp_path / "out")
    (tmp_path / "c.json").unlink()
    assert load_export(tmp_path / "out") == made


def test_a_tokenizer_of_hugging_faces_comes_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exported("infix | chars | bpe:60", tmp_path / "theirs")
    made = exported("infix | hf:theirs", tmp_path / "out")
    shutil.rmtree(tmp_path / "theirs")
    again = load_export(tmp_path / "out")
    assert again == made and again.encode(CORPUS[0]) == made.encode(CORPUS[0])


DAMAGES: tuple[dict[str, Any], ...] = (
    {"format": "kappabar representation 9"}, {"spec": 3}, {"spec": "prefix | digits:2"}, {"alphabet": 3}, {"alphabet": [3]},
    {"alphabet": [{"symbol": "a", "wrong": 2}]}, {"alphabet": [{"symbol": "a b"}]}, {"n_variables": 10**9}, {"n_variables": "3"},
    {"vocabulary": "0"}, {"codec": {"type": "os:system", "fields": {}}}, {"codec": {"type": "Digits", "fields": {"digits": 2}}},
    {"wrappers": [{"type": "Repeat", "fields": {"times": 3}}]}, {"spec": "nothing"},
)  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES, ids=str)
def test_a_damaged_document_is_refused_in_one_line(damage: dict[str, Any], tmp_path: Path) -> None:
    exported("prefix | digits:3", tmp_path)
    path = tmp_path / "representation.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | damage))
    with pytest.raises(KappabarError) as caught:
        load_export(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["", "[]", "3", "{}", "[" * 100_000, '{"format": 1e999}', "\ufeff{}"])
def test_what_is_no_document_is_refused_in_one_line(content: str, tmp_path: Path) -> None:
    exported("prefix | digits:3", tmp_path)
    (tmp_path / "representation.json").write_text(content, "utf-8")
    with pytest.raises(OutputError, match=r"representation\.json") as caught:
        load_export(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_codec_that_is_not_the_specs_is_refused(tmp_path: Path) -> None:
    exported("prefix | digits:3", tmp_path)
    path = tmp_path / "representation.json"
    document = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(document | {"codec": {"type": "Digits", "fields": {"digits": 4, "lowest": -12, "highest": 12}}}))
    with pytest.raises(OutputError, match="its codec is 'digits:4'"):
        load_export(tmp_path)


def test_a_folder_of_an_older_version_says_what_it_lacks(tmp_path: Path) -> None:
    exported("prefix | digits:3", tmp_path)
    (tmp_path / "representation.json").unlink()
    assert is_export(tmp_path)
    with pytest.raises(OutputError, match="an older kappabar wrote it"):
        load_export(tmp_path)
