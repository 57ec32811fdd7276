"""Tokenizers that people have, over the text of expressions: do all come back, with the library's ids, and what is their κ?

    python benchmarks/pretrained.py [n] [hf:PATH | hf:PACKAGE …]

For `n` expressions (10,000) as infix and as LaTeX, each named tokenizer, and four that are trained here (byte-level BPE, byte
fallback, WordPiece, Unigram): how many come back as the same tree, how many have the ids that Hugging Face's `tokenizers` gives
for the same text, why the others do not, tokens of the vocabulary that can stand in an expression, microseconds to write and to
read one; then κ, validity and fragmentation over the bank. Packages that are not installed are said to be.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from kappabar.evaluate.commands.kappa import kappa
from kappabar.evaluate.domains.sources import sample_systems
from kappabar.grammars.errors import EncodeError, SpecError
from kappabar.representations.representation import Representation, representation
from kappabar.representations.texts import to_text
from kappabar.tokenizers.base import Invalid
from kappabar.tokenizers.wrappers.hugging_face import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from kappabar.tokenizers.wrappers.pretrained import Pretrained
from kappabar.tokenizers.wrappers.pretrained_files import PACKAGES

LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
ALPHABET = [*LETTERS, *r"+-*/^()|_.\{} "]


def main() -> None:
    arguments = sys.argv[1:]
    n = int(arguments.pop(0)) if arguments and arguments[0].isdecimal() else 10_000
    trees = [s.tree for s in sample_systems("ode", n, 1)]
    with tempfile.TemporaryDirectory() as folder:
        named = [a.removeprefix("hf:") for a in arguments] or [*PACKAGES, *trained(Path(folder))]
        for notation in ("infix", "latex"):
            for name in named:
                try:
                    one = representation(f"{notation} | hf:{name}", "ode", trees)
                except SpecError as e:
                    print(f"{notation:6} {Path(name).name:24} {str(e)[:80]}")
                    continue
                there_and_back(one, trees, f"{notation:6} {Path(name).name:24}")
                measured(one)


def there_and_back(one: Representation, trees: list, label: str) -> None:
    tokenizer = one.tokenizer
    assert isinstance(tokenizer, Pretrained)
    engine = Tokenizer.from_str(tokenizer.model)
    same_ids, same_trees, reasons, writing, reading = 0, 0, Counter(), 0.0, 0.0
    for tree in trees:
        start = time.process_time()
        try:
            ids = one.encode(tree)
        except EncodeError as e:
            reasons[str(e).partition(":")[0][-60:]] += 1
            continue
        middle = time.process_time()
        back = one.decode(ids)
        writing, reading = writing + middle - start, reading + time.process_time() - middle
        same_ids += ids == engine.encode(to_text(one, tree), add_special_tokens=False).ids
        same_trees += back == tree
        if isinstance(back, Invalid):
            reasons[back.reason] += 1
    n = len(trees)
    print(f"{label} back {same_trees:6,}  ids {same_ids:6,}  of {n:,}", end="")
    print(f"  possible {len(tokenizer.possible):,} of {len(one.vocabulary):,}", end="")
    print(f"  {1e6 * writing / n:.0f} us to write, {1e6 * reading / n:.0f} to read", *reasons.most_common(2))


def measured(one: Representation) -> None:
    start = time.process_time()
    found = kappa(one, "bank", edits_per_expression=300)
    seconds = time.process_time() - start
    fragments = "-" if found.intrinsic is None else f"{found.intrinsic.estimate('number_fragments').value:.2f}"
    print(f"{'':31} κ {found.mean.value:.3f} ({found.mean.low:.3f} to {found.mean.high:.3f})", end="")
    print(f"  validity {found.validity.value:.5f}  tokens/number {fragments}  tokens {found.tokens.value:.1f}  {seconds:.0f} s")


def trained(folder: Path) -> list[str]:
    """Four kinds, trained on texts of expressions and a little English."""
    texts = [
        *(to_text(representation(n), s.tree) for n in ("infix", "latex") for s in sample_systems("ode", 200, 2)),
        *["the rain in spain stays mainly in the plain; 速度 = 3 m/s"] * 20,
        " ".join(a + b for a in LETTERS for b in LETTERS),
    ]
    made = []
    for name, (engine, trainer) in makers().items():
        engine.train_from_iterator(texts, trainer)
        path = folder / f"{name}.json"
        path.write_text(engine.to_str(), "utf-8")
        made.append(str(path))
    return made


def makers() -> dict:
    quiet = {"show_progress": False}
    level = Tokenizer(models.BPE())
    level.pre_tokenizer, level.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    fallback = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True))
    fallback.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    fallback.decoder = decoders.Sequence(steps)
    words = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    words.pre_tokenizer, words.decoder = pre_tokenizers.BertPreTokenizer(), decoders.WordPiece()
    unigram = Tokenizer(models.Unigram())
    unigram.pre_tokenizer, unigram.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    return {
        "byte-level": (level, trainers.BpeTrainer(vocab_size=2000, initial_alphabet=alphabet, **quiet)),
        "byte-fallback": (fallback, trainers.BpeTrainer(vocab_size=2000, special_tokens=["<unk>"], **quiet)),
        "word-piece": (
            words,
            trainers.WordPieceTrainer(vocab_size=2000, initial_alphabet=ALPHABET, special_tokens=["[UNK]"], **quiet),
        ),
        "unigram": (
            unigram,
            trainers.UnigramTrainer(
                vocab_size=1000, initial_alphabet=ALPHABET, special_tokens=["<unk>"], unk_token="<unk>", **quiet
            ),
        ),
    }


if __name__ == "__main__":
    main()
