"""A fitted representation comes back from its document, not fitted again: equal ids, also in a new process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kappabar.grammars.errors import OutputError
from kappabar.grammars.files.bank import bank
from kappabar.grammars.operators import BUILT_IN
from kappabar.grammars.text.parse import parse
from kappabar.representations.representation import Representation, representation
from kappabar.representations.saved import load, saved
from kappabar.tokenizers import catalog

NUMBERS = (
    "digits:3", "e2e:4,1", "bins:32", "bins:32,quantile", "residual:8,8", "mulaw:32,255", "twohot:16,8", "gray:32", "thermo:16",
    "fp:2,4", "base:100,2", "signed:3,10", "digits:7,rtl", "digits:4,ltl", "bits:8,7", "xval", "fone:3,2", "bittoken:8,7",
)  # fmt: skip
SPECS = (
    *(f"prefix | {codec}" for codec in NUMBERS),
    *(f"{notation} | digits:3" for notation in ("infix", "postfix", "tree", "sexpr", "bracketed", "rules", "nary", "dag")),
    "three-address | digits:3",
    "infix | chars", "latex | chars", "latex | chars | bpe:96",
    "infix | chars | bpe:96", "prefix | bins:16 | unigram:96", "rules | digits:3 | patches:96,2",
    "prefix | digits:3 | kmers:2",
    "prefix | digits:3 | macros:8", "prefix | digits:3 | repeat:3", "tree | digits:3 | checksum:7", "sort | prefix | bins:8 | "
        "bpe:64 | repeat:3",
)  # fmt: skip
POLYNOMIAL = ("terms | digits:3", "library | bins:16")
CORPUS = bank("ode")[:12]
OTHERS = bank("ode")[12:30]
DECAY = [parse("x' = -0.5*x + 0.1*x^2"), parse("x' = 2*x - 3.25*x^3")]


def _fitted(spec: str) -> tuple[Representation, Any]:
    made = representation(spec, "ode", DECAY if spec in POLYNOMIAL else CORPUS)
    return made, json.loads(json.dumps(saved(made), allow_nan=False))


@pytest.mark.parametrize("spec", [*SPECS, *POLYNOMIAL])
def test_what_comes_back_is_equal_and_writes_and_reads_alike(spec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made, document = _fitted(spec)
    monkeypatch.setattr(catalog, "_fitted", _never(catalog._fitted))
    again = load(document, made.spec, Path("t.json"))
    assert again == made and again.vocabulary.tokens == made.vocabulary.tokens
    for system in DECAY if spec in POLYNOMIAL else (s for s in OTHERS if s.dim <= 2):
        one, two = made.bind(system), again.bind(system)
        assert one.encode(system) == two.encode(system)
        assert one.decode(one.encode(system)) == two.decode(two.encode(system))


def _never(fit: Any) -> Any:
    """Fits to nothing, as reading a spec does to see whether its arguments go together, and to no numbers."""

    def guarded(codec: Any, corpus: Any) -> Any:
        assert not corpus, "fitted again"
        return fit(codec, corpus)

    return guarded


def test_every_built_in_part_is_tried() -> None:
    words = {part.partition(":")[0] for spec in (*SPECS, *POLYNOMIAL) for part in spec.split(" | ")}
    wrappers = {name for name, wrapper in catalog.WRAPPERS.items() if not wrapper.lacks(BUILT_IN)}
    assert {*catalog.notations(), *wrappers} - words == {"hf"}  # in tests of its own: it needs a file
    assert set(catalog.CODECS) - words == {"centers"}  # in a test of its own


def test_centers_come_back_though_their_file_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    document = {"format": "kappabar centers 1", "centers": [-1.0, 0.0, 2.5], "codes": []}
    (tmp_path / "c.json").write_text(json.dumps(document))
    made, kept = _fitted("prefix | centers:c.json")
    (tmp_path / "c.json").write_text(json.dumps(document | {"centers": [-9.0, 9.0]}))
    assert load(kept, made.spec, Path("t.json")) == made


def test_ids_are_equal_in_a_new_process(tmp_path: Path) -> None:
    specs = [
        "infix | chars | bpe:96",
        "prefix | bins:16 | unigram:96",
        "rules | digits:3 | patches:96,2",
        "prefix | digits:3 | macros:8",
    ]
    made = {one.spec: (one, document) for one, document in map(_fitted, specs)}
    text = "x' = y; y' = -0.37*x - 12.5*sin(y)"
    (tmp_path / "all.json").write_text(json.dumps({spec: document for spec, (_, document) in made.items()}))
    code = (
        "import json, sys, pathlib\n"
        "from kappabar.grammars.text.parse import parse\n"
        "from kappabar.representations.saved import load\n"
        "kept = json.loads(pathlib.Path(sys.argv[1]).read_text())\n"
        "print(json.dumps({spec: load(d, spec, pathlib.Path('t.json')).encode(parse(sys.argv[2])) for spec, d in "
        "kept.items()}))\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "all.json"), text], capture_output=True, text=True, check=True
    )
    assert json.loads(said.stdout) == {spec: one.encode(parse(text)) for spec, (one, _) in made.items()}


@pytest.mark.parametrize(
    "damage",
    [
        {"spec": "prefix | bins:9,log"}, {"codec": {"type": "os:system", "fields": {}}},
        {"codec": {"type": "Bins", "fields": {"k": 8, "mode": "log", "centers": [1.0]}}}, {"codec": None}, {"wrappers": []},
        {"wrappers": [{"type": "Digits", "fields": {}}]}, {"n_variables": 2}, {"n_variables": "2"}, {"vocabulary": ""},
        {"wrappers": [{"type": "Subword", "fields": {"kind": "bpe", "size": 64, "model": "{}"}}]}, {"n_variables": 10**9},
    ],
)  # fmt: skip
def test_a_document_that_is_none_is_refused_in_one_line(damage: dict[str, Any]) -> None:
    made, document = _fitted("prefix | bins:8,log | bpe:64")
    load(document, made.spec, Path("t.json"))
    with pytest.raises(OutputError, match=r"^t\.json is no tokenizer of 'prefix \| bins:8,log \| bpe:64'") as caught:
        load(document | damage, made.spec, Path("t.json"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("spec", "part", "fields"),
    [
        ("prefix | repeat:3", "wrappers", {"times": 5}),
        ("prefix | checksum:7", "wrappers", {"modulus": 10**30}),
        ("prefix | digits:3", "codec", {"digits": 4}),
        ("prefix | digits:3", "codec", {"highest": 10**30}),
        ("prefix | bits:8,7", "codec", {"exponent_bits": 10**30}),
    ],
)
def test_numbers_that_are_not_the_specs_are_refused_at_once(spec: str, part: str, fields: dict[str, int]) -> None:
    made, document = _fitted(spec)
    changed = document[part][0] if part == "wrappers" else document[part]
    changed["fields"] |= fields
    with pytest.raises(OutputError, match="is no tokenizer of"):
        load(document, made.spec, Path("t.json"))


def test_what_is_no_document_is_refused() -> None:
    for document in ([], 3, {}, "x"):
        with pytest.raises(OutputError, match="is no tokenizer of"):
            load(document, "prefix | digits:3", Path("t.json"))


def test_a_part_of_ones_own_that_is_fitted_has_no_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    name = "examples.reversed_tokenizer:Reversed"
    assert saved(representation(name)) is None or load(saved(representation(name)), name, Path("t.json")).spec == name
