"""Exported tokenizers, as Hugging Face's own libraries read them, give our ids."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.grammars.draw.sampler import sampler
from kappabar.grammars.draw.strategies import trees
from kappabar.grammars.errors import OutputError, SpecError
from kappabar.grammars.operators import BUILT_IN
from kappabar.grammars.text.parse import parse
from kappabar.grammars.tree import Node, coefficients
from kappabar.representations.export import export
from kappabar.representations.fast_tokenizer import fast_tokenizer, spelling
from kappabar.representations.representation import Representation, representation
from kappabar.representations.texts import to_text, to_texts
from kappabar.tokenizers.base import Invalid, Token, TokenClass, Vocabulary
from kappabar.tokenizers.catalog import CODECS, WRAPPERS, notations
from kappabar.tokenizers.codecs.bins import Bins
from kappabar.tokenizers.codecs.digits import Digits

SPECS = (
    "prefix | digits:3",
    "sort | tree | bins:32,quantile",
    "rules | e2e:2,1",
    "infix | chars",
    "infix | chars | bpe:256",
    "infix | chars | unigram:256",
    "prefix | digits:3 | bpe:512",
    "postfix | digits:2 | unigram:400",
    "tree | e2e:2,2 | bpe:700",
    "postfix | digits:3 | repeat:3",
    "infix | digits:2 | bpe:256 | repeat:3",
    "prefix | repeat:3 | bpe:256",
)
SLOW_SPECS = (
    *SPECS,
    "infix | digits:3",
    "infix | chars | bpe:512",
    "rules | digits:3 | unigram:512",
    "tree | digits:3 | bpe:512",
)
needs_transformers = pytest.mark.skipif(find_spec("transformers") is None, reason="transformers is not installed")


@cache
def sampled(count: int, domain: str = "ode") -> list[Node]:
    rng, source = np.random.default_rng(7), sampler(domain)
    return [source.draw(rng).tree for _ in range(count)]


@cache
def made(spec: str) -> Representation:
    return representation(spec, corpus=sampled(300), extra=[parse("x_2 | x_0 | x_1").tree])


@cache
def loaded(spec: str, special: bool = False) -> Any:
    """The exported tokenizer in the library's hands. Read from text, as from the file that `export` writes."""
    from tokenizers import Tokenizer

    return Tokenizer.from_str(fast_tokenizer(made(spec).tokenizer, ("<pad>", "<bos>", "<eos>") if special else ()).to_str())


@pytest.mark.parametrize("spec", SPECS)
def test_the_library_gives_our_ids_and_our_text_back(spec: str) -> None:
    ours, theirs, systems = made(spec), loaded(spec), sampled(300)
    texts = list(to_texts(ours, systems))
    found = [e.ids for e in theirs.encode_batch(texts)]
    assert found == [ours.encode(tree) for tree in systems]
    assert [theirs.decode(ids) for ids in found] == texts
    tokens = [[theirs.id_to_token(i) for i in ids] for ids in found]
    assert [theirs.decoder.decode(words) for words in tokens] == texts  # `convert_tokens_to_string` of transformers
    assert texts[0] == to_text(ours, systems[0])


def _parts_of_the_catalog() -> list[str]:
    """Every notation, codec and wrapper with its defaults; those beside the tokens and a codec from a file apart."""
    codecs = ["prefix | digits:4,rtl"] + [
        f"prefix | {name}" for name in CODECS if name not in {"xval", "fone", "bittoken", "centers"}
    ]
    return [
        *notations(),
        *codecs,
        *(f"prefix | digits:2 | {name}" for name, w in WRAPPERS.items() if name != "hf" and not w.lacks(BUILT_IN)),
        "prefix | digits:1 | bpe:200 | checksum",
    ]


@pytest.mark.parametrize("spec", _parts_of_the_catalog())
def test_every_part_of_the_catalog_is_exported(spec: str) -> None:
    polynomials = [parse(text).tree for text in ("x_1 | 0.5*x_0 - x_1^3", "-1.25*x_0 | x_0*x_1 - 3", "2*x_0^2 | x_1")]
    ours = representation(spec, corpus=polynomials * 5)
    theirs = type(loaded(SPECS[0])).from_str(fast_tokenizer(ours.tokenizer).to_str())
    for tree in polynomials:
        found = theirs.encode(text := to_text(ours, tree))
        assert found.ids == ours.encode(tree)
        assert ours.decode(found.ids) == ours.round_trip(tree)
        assert theirs.decoder.decode(found.tokens) == text


def test_numbers_that_are_in_no_token_are_not_exported(tmp_path: Path) -> None:
    for spec in ("prefix | xval", "prefix | xval | repeat:3", "prefix | fone", "prefix | bittoken"):
        ours = representation(spec, corpus=sampled(5))
        for job in (lambda: to_text(ours, sampled(1)[0]), lambda: export(ours, tmp_path / "none")):  # noqa: B023
            with pytest.raises(SpecError, match="beside the tokens"):
                job()


@pytest.mark.parametrize("spec", ["infix | chars", "prefix | digits:3 | bpe:300", "rules | bins:16 | unigram:300"])
def test_functions_are_exported_alike(spec: str) -> None:
    functions = sampled(200, "function")
    ours = representation(spec, "function", corpus=functions)
    theirs = type(loaded(SPECS[0])).from_str(fast_tokenizer(ours.tokenizer).to_str())
    assert [theirs.encode(text).ids for text in to_texts(ours, functions)] == [ours.encode(tree) for tree in functions]


@pytest.mark.nightly
@pytest.mark.parametrize("spec", SLOW_SPECS)
def test_the_library_gives_our_ids_on_ten_thousand_expressions(spec: str) -> None:
    systems = sampled(10_000)
    ours = representation(spec, corpus=systems[:1000], extra=systems)
    theirs = type(loaded(SPECS[0])).from_str(fast_tokenizer(ours.tokenizer).to_str())
    found = [e.ids for e in theirs.encode_batch(list(to_texts(ours, systems)))]
    assert found == [ours.encode(tree) for tree in systems]


@given(st.sampled_from(SPECS), trees(max_leaves=8))
def test_any_tree_goes_through_text_and_ids_to_what_we_make_of_it(spec: str, tree: Node) -> None:
    ours = made(spec)
    ids = loaded(spec).encode(to_text(ours, tree)).ids
    assert ids == ours.encode(tree)
    assert ours.decode(ids) == ours.round_trip(tree)


@pytest.mark.parametrize("spec", SPECS)
def test_content_tokens_keep_their_ids_and_special_ones_follow(spec: str) -> None:
    ours, theirs = made(spec), loaded(spec, special=True)
    size = len(ours.vocabulary)
    assert [theirs.token_to_id(text) for text in ("<pad>", "<bos>", "<eos>")] == [size, size + 1, size + 2]
    tree = sampled(1)[0]
    space = " " if " " in to_text(ours, tree) else ""
    found = theirs.encode(f"<bos>{space}{to_text(ours, tree)}{space}<eos>").ids
    assert found == [size + 1, *ours.encode(tree), size + 2]


@pytest.mark.parametrize("spec", SPECS)
def test_what_is_no_text_of_ours_never_passes_for_one(spec: str) -> None:
    """The library refuses it, or gives ids that decode to nothing."""
    ours, theirs = made(spec), loaded(spec)
    for text in ("x_0 ? x_1", "x_0 § x_1", "q" if "chars" not in spec else "§"):
        try:
            found = theirs.encode(text).ids
        except Exception as error:
            assert re.search("unk", str(error), re.IGNORECASE)
        else:
            assert isinstance(ours.decode(found), Invalid)


@pytest.fixture(scope="module", params=["prefix | digits:3", "infix | chars | bpe:256", "prefix | digits:3 | bpe:512"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Representation, Path]:
    out = tmp_path_factory.mktemp("exported") / "tokenizer"
    ours = made(request.param)
    assert export(ours, out, special_tokens=True).folder == out
    return ours, out


def test_the_folder_loads(folder: tuple[Representation, Path]) -> None:
    from tokenizers import Tokenizer

    ours, out = folder
    theirs = Tokenizer.from_file(str(out / "tokenizer.json"))
    assert theirs.encode(to_text(ours, sampled(1)[0])).ids == ours.encode(sampled(1)[0])
    assert sorted(path.name for path in out.iterdir()) == [
        "kappabar.json",
        "representation.json",
        "special_tokens_map.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "vocabulary.tsv",
    ]


@needs_transformers
def test_the_folder_is_an_auto_tokenizer(folder: tuple[Representation, Path]) -> None:
    from transformers import AutoTokenizer

    ours, out = folder
    theirs = AutoTokenizer.from_pretrained(out)
    texts = list(to_texts(ours, sampled(300)))
    found = theirs(texts)["input_ids"]
    assert found == [ours.encode(tree) for tree in sampled(300)]
    assert [theirs.decode(ids) for ids in found] == texts
    size = len(ours.vocabulary)
    assert (theirs.pad_token_id, theirs.bos_token_id, theirs.eos_token_id) == (size, size + 1, size + 2)
    assert theirs(texts[:9], padding=True)["attention_mask"][0].count(1) == len(found[0])


def test_the_description_says_what_the_numbers_mean(tmp_path: Path) -> None:
    ours = made("sort | tree | bins:32,quantile")
    result = export(ours, tmp_path / "new" / "folder", domain="map")
    told = json.loads((result.folder / "kappabar.json").read_text("utf-8"))
    codec = Bins.fit([value for tree in sampled(300) for value in coefficients(ours.rewrite(tree))], 32, "quantile")
    assert (told["representation"], told["domain"], told["variables"]) == (ours.spec, "map", 3)
    assert told["vocabulary_size"] == told["table_size"] == len(ours.vocabulary) == result.vocabulary_size
    assert told["notation"]["name"] == "TreeNotation" and told["rewrites"][0]["spec"] == "sort"
    assert told["number_codec"]["spec"] == "bins:32,quantile" and told["wrappers"] == []
    assert all(codec.round(e["value"]) == e["read"] for e in told["number_codec"]["examples"])
    rows = _rows(result.folder)
    assert [row["token"] for row in rows] == list(ours.vocabulary.tokens)
    assert [float(row["number"]) for row in rows if row["number"]] == list(codec.centers)


@pytest.mark.parametrize("spec", ["prefix | digits:3 | bpe:512", "infix | digits:2 | bpe:256 | repeat:3"])
def test_the_table_says_what_merges_consist_of(spec: str, tmp_path: Path) -> None:
    ours = made(spec)
    result = export(ours, tmp_path, special_tokens=True)
    rows, size = _rows(result.folder), len(ours.vocabulary)
    merged = [row for row in rows if row["parts"]]
    assert merged and all(row["token"] == row["parts"].replace(" ", "·") for row in merged)
    assert [row["class"] for row in rows[size : size + 3]] == ["special"] * 3
    assert {row["class"] for row in rows[size + 3 :]} <= {"internal"}
    assert [int(row["id"]) for row in rows] == list(range(result.table_size))


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("template", ["none", "eos", "bos-eos"])
def test_the_folder_says_which_ids_are_whose(spec: str, template: str, tmp_path: Path) -> None:
    """The representation's own, those that models see besides, and what is inside the library's model: in no text of ours."""
    from tokenizers import Tokenizer

    ours = made(spec)
    result = export(ours, tmp_path, template=template)
    told = json.loads((tmp_path / "kappabar.json").read_text("utf-8"))
    size, special = len(ours.vocabulary), 0 if template == "none" else 3
    inside = result.internal_ids
    assert (result.vocabulary_size, result.model_vocabulary_size) == (size, size + special)
    assert list(result.special_tokens.values()) == list(range(size, size + special)) == told["ids"]["special"]
    assert list(inside) == list(range(size + special, result.table_size))
    assert told["ids"]["representation"] == [0, size - 1]
    assert told["ids"]["internal"] == ([inside[0], inside[-1]] if inside else None)
    theirs = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    assert theirs.get_vocab_size() == result.table_size
    seen = {i for e in theirs.encode_batch(list(to_texts(ours, sampled(300)))) for i in e.ids}
    assert max(seen) < result.model_vocabulary_size


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize(("template", "before", "after"), [("bos", 1, 0), ("eos", 0, 1), ("bos-eos", 1, 1)])
def test_a_template_surrounds_every_text(spec: str, template: str, before: int, after: int, tmp_path: Path) -> None:
    from tokenizers import Tokenizer

    ours, tree, other = made(spec), *sampled(2)
    result = export(ours, tmp_path, template=template)
    theirs = Tokenizer.from_file(str(result.folder / "tokenizer.json"))
    bos, eos = [result.special_tokens["<bos>"]] * before, [result.special_tokens["<eos>"]] * after
    text = to_text(ours, tree)
    assert theirs.encode(text).ids == [*bos, *ours.encode(tree), *eos]
    assert theirs.encode(text, add_special_tokens=False).ids == ours.encode(tree)
    pair = theirs.encode(text, to_text(ours, other))
    assert pair.ids == [*bos, *ours.encode(tree), *eos, *bos, *ours.encode(other), *eos]
    assert theirs.decode(theirs.encode(text).ids) == text  # without the special tokens
    assert result.template == json.loads((tmp_path / "kappabar.json").read_text("utf-8"))["template"] == template


def test_the_configuration_is_one_that_models_can_be_trained_with(tmp_path: Path) -> None:
    told = json.loads((export(made(SPECS[0]), tmp_path / "a").folder / "tokenizer_config.json").read_text("utf-8"))
    assert told["model_max_length"] == 1024
    assert told["model_input_names"] == ["input_ids", "attention_mask"]
    assert "pad_token" not in told
    told = json.loads(
        (export(made(SPECS[0]), tmp_path / "b", template="eos", max_length=77).folder / "tokenizer_config.json").read_text(
            "utf-8"
        )
    )
    assert (told["model_max_length"], told["pad_token"], told["eos_token"]) == (77, "<pad>", "<eos>")


@pytest.mark.parametrize(
    ("options", "words"), [({"template": "bos_eos"}, "did you mean 'bos-eos'"), ({"max_length": 0}, "one token")]
)
def test_options_that_are_none_are_refused_before_anything_is_written(
    options: dict[str, Any], words: str, tmp_path: Path
) -> None:
    with pytest.raises(SpecError, match=words):
        export(made(SPECS[0]), tmp_path / "none", **options)
    assert not (tmp_path / "none").exists()


def test_a_codec_reaches_into_the_description(tmp_path: Path) -> None:
    told = json.loads((export(made("prefix | digits:3 | bpe:512"), tmp_path).folder / "kappabar.json").read_text("utf-8"))
    assert told["number_codec"]["range"] == list(Digits(3).reach)
    assert told["number_codec"]["worst_relative_error"] == Digits(3).worst_error
    assert told["wrappers"][0]["name"] == "Subword"


def test_a_folder_with_files_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="not empty"):
        export(made("prefix | digits:3"), tmp_path)
    with pytest.raises(OutputError, match="cannot write"):
        export(made("prefix | digits:3"), tmp_path / "mine.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_same_representation_gives_the_same_bytes(tmp_path: Path) -> None:
    one, two = (export(made("prefix | digits:3 | bpe:512"), tmp_path / name) for name in ("one", "two"))
    assert all((one.folder / name).read_bytes() == (two.folder / name).read_bytes() for name in one.files)


@dataclass(frozen=True)
class Named:
    """A user's tokenizer: one token per system, of which there are as many as names."""

    names: tuple[str, ...]

    @property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary(self.names, (TokenClass.MIXED,) * len(self.names))

    def tokenize(self, tree: Node) -> list[Any]:
        return [Token(name, TokenClass.MIXED, ()) for name in self.names]

    def encode(self, tree: Node) -> list[int]:
        return list(range(len(self.names)))

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        return Invalid("never a tree", 0)


def test_white_space_in_a_users_tokens_is_made_visible(tmp_path: Path) -> None:
    from tokenizers import Tokenizer

    own = replace(made("prefix | digits:3"), tokenizer=Named(("a b", "a", "b\n")))
    assert to_text(own, sampled(1)[0]) == "a␣b a b␣"
    result = export(own, tmp_path)
    assert Tokenizer.from_file(str(result.folder / "tokenizer.json")).encode("a␣b a b␣").ids == [0, 1, 2]
    assert json.loads((tmp_path / "kappabar.json").read_text("utf-8"))["number_codec"] is None


@pytest.mark.parametrize(("names", "words"), [(("a b", "a\tb"), "both"), (("", "a"), "empty"), (("<pad>", "a"), "special")])
def test_tokens_that_cannot_be_written_are_refused(names: tuple[str, ...], words: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=words):
        spelling(Named(names).vocabulary)
    with pytest.raises(SpecError, match=words):
        export(replace(made("prefix | digits:3"), tokenizer=Named(names)), tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_the_python_of_the_documentation_runs(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "export.md").read_text("utf-8")
    plain, with_transformers = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    printed = re.search(r"print\(text\)  # (.*)", plain)
    done = subprocess.run([sys.executable, "-c", plain], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert printed is not None and done.stdout.strip() == printed[1]
    if find_spec("transformers") is None:
        pytest.skip("transformers is not installed: the second block of docs/export.md was not run")
    subprocess.run([sys.executable, "-c", with_transformers], cwd=tmp_path, check=True)


def _rows(folder: Path) -> list[dict[str, str]]:
    header, *lines = (folder / "vocabulary.tsv").read_text("utf-8").splitlines()
    return [dict(zip(header.split("\t"), line.split("\t"), strict=True)) for line in lines]
