"""Where a tokenizer is found: packages by what their installation lists, never by importing them; other forms put together."""

from __future__ import annotations

import base64
import json
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from kappabar.grammars.errors import SpecError
from kappabar.grammars.files.bank import bank
from kappabar.representations.representation import representation
from kappabar.tokenizers.wrappers.hugging_face import Tokenizer, decoders, models, pre_tokenizers, trainers
from kappabar.tokenizers.wrappers.pretrained_files import read_pretrained

TREES = [s.tree for s in bank("ode") if s.dim <= 3]
TEXT = "x_0*x_1-0.25*sin(x_0)|-x_1^2+3.14159*x_0/exp(x_2)|cos(x_1)"


def trained() -> Tokenizer:
    engine = Tokenizer(models.BPE())
    engine.pre_tokenizer, engine.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    engine.train_from_iterator([TEXT] * 4, trainers.BpeTrainer(vocab_size=300, initial_alphabet=alphabet, show_progress=False))
    return engine


def install(folder: Path, name: str, files: dict[str, str], entry_points: str = "") -> None:
    """As pip leaves a package whose import fails: files, and a list of them."""
    module = name.replace("-", "_")
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir()
    (folder / module).mkdir()
    contents = {f"{module}/__init__.py": "raise RuntimeError('imported')\n"} | {f"{module}/{k}": v for k, v in files.items()}
    for path, text in contents.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "RECORD").write_text("".join(f"{path},,\n" for path in contents))
    if entry_points:
        (info / "entry_points.txt").write_text(entry_points)


def check_ids(spec: str, engine: Tokenizer) -> None:
    r = representation(spec, "ode")
    for tree in TREES:
        text = "".join([c.text for c in r.tokenizer.base.tokenize(tree)])  # type: ignore[attr-defined]
        assert r.encode(tree) == engine.encode(text).ids
        assert r.decode(r.encode(tree)) == tree


def test_a_package_that_ships_one_is_read_and_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = trained()
    install(tmp_path, "lab-tokenizer", {"data/tokenizer.json": engine.to_str(), "data/other_tokenizer.json": "{}"})
    monkeypatch.syspath_prepend(str(tmp_path))
    check_ids("infix | hf:lab-tokenizer", engine)
    assert "lab_tokenizer" not in sys.modules


def test_a_package_may_name_its_file_by_an_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = trained()
    named = "[kappabar.pretrained]\nlab-small = lab_more.small:vocabulary.json\n"
    install(tmp_path, "lab-more", {"small/vocabulary.json": engine.to_str()}, named)
    monkeypatch.syspath_prepend(str(tmp_path))
    check_ids("infix | hf:lab-small", engine)
    with pytest.raises(SpecError, match=r"lists no file tokenizer.json"):
        read_pretrained("lab-more")
    assert "lab_more" not in sys.modules


def test_a_file_comes_before_a_package_of_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pytest").write_text(trained().to_str())
    monkeypatch.chdir(tmp_path)
    check_ids("infix | hf:pytest", trained())


def test_a_vocabulary_and_its_merges_are_put_together(tmp_path: Path) -> None:
    """GPT-2's form: the ids are those of the tokenizer that it was taken from."""
    engine = trained()
    model = json.loads(engine.to_str())["model"]
    (tmp_path / "encoder.json").write_text(json.dumps(model["vocab"]))
    (tmp_path / "vocab.bpe").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in model["merges"]))
    check_ids(f"infix | hf:{tmp_path / 'encoder.json'}", engine)


def test_pieces_in_their_order_are_put_together(tmp_path: Path) -> None:
    """Tekken's form, whose ids begin after the special ones. The oracle merges by hand: the earliest piece first."""
    pieces = [bytes([b]) for b in range(256)] + [b"x_", b"x_0", b"*x", b"0.", b"0.5", b"*x_"]
    rows = [{"rank": i, "token_bytes": base64.b64encode(p).decode(), "token_str": None} for i, p in enumerate(pieces)]
    config = {"pattern": r"[^|]+|\|", "default_vocab_size": len(pieces) + 10, "default_num_special_tokens": 10}
    (tmp_path / "tekken_1.json").write_text(json.dumps({"config": config, "vocab": rows}))
    r = representation(f"infix | hf:{tmp_path / 'tekken_1.json'}", "ode")
    ranks = {p: i for i, p in enumerate(pieces)}
    for tree in TREES:
        text = "".join([c.text for c in r.tokenizer.base.tokenize(tree)])  # type: ignore[attr-defined]
        expected = [10 + ranks[p] for part in text.replace("|", "\n|\n").split("\n") for p in merged(part.encode(), ranks)]
        assert r.encode(tree) == expected
        assert r.decode(expected) == tree
    assert len(r.vocabulary) == len(pieces) + 10
    assert set(r.tokenizer.possible.tolist()).isdisjoint(range(10))  # type: ignore[attr-defined]


def merged(text: bytes, ranks: dict[bytes, int]) -> list[bytes]:
    parts = [text[i : i + 1] for i in range(len(text))]
    while True:
        pairs = [(ranks[a + b], i) for i, (a, b) in enumerate(pairwise(parts)) if a + b in ranks]
        if not pairs:
            return parts
        _, i = min(pairs)
        parts[i : i + 2] = [parts[i] + parts[i + 1]]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.json", "[1", "no tokenizer"),
        ("encoder.json", "{", "no JSON"),
        ("tekken.json", "{}", "not of the form"),
        ("a.tiktoken", "QQ== 0\nQg==", "not of the form"),
    ],
)
def test_a_damaged_file_is_told_in_one_line(name: str, content: str, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(SpecError, match=words) as caught:
        representation(f"infix | hf:{tmp_path / name}", "ode")
    assert "\n" not in str(caught.value)
