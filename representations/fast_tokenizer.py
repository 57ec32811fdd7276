"""A tokenizer as one of Hugging Face's `tokenizers`, whose `to_str` is the content of a `tokenizer.json`.

The text that it reads is one word per token, separated by single spaces; where all tokens are single characters, they are written
without spaces. A model of that library works on characters, so merges over words (`prefix | digits:3 | bpe:512`) begin with the
space before a word, and take in its characters one by one: ` `, ` s`, ` si`, ` sin`. Such a step begins with a space and adds
one character that is none, so that there is never a choice, and all words are whole before the first learned merge, which then
sees exactly what ours sees. The steps need ids of their own. They come last, and no text of known words ends in one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..grammars.errors import SpecError
from ..tokenizers.base import Tokenizer, Vocabulary
from ..tokenizers.codecs.beside import is_continuous
from ..tokenizers.wrappers.pretrained import Pretrained
from ..tokenizers.wrappers.subword import Subword

if TYPE_CHECKING:
    from ..tokenizers.wrappers.hugging_face import Tokenizer as FastTokenizer
    from ..tokenizers.wrappers.hugging_face import decoders, models, processors

_PAD, _BOS, _EOS = SPECIAL_TOKENS = ("<pad>", "<bos>", "<eos>")
TEMPLATES: dict[str, tuple[str, str]] = {"none": ("", ""), "bos": (_BOS, ""), "eos": ("", _EOS), "bos-eos": (_BOS, _EOS)}
"""What the exported tokenizer puts before and after every text, by name."""
_UNKNOWN = "<unk>"
_SPACE = "␣"  # stands for white space inside a token, as white space separates words


@dataclass(frozen=True, slots=True)
class Spelling:
    """How ids are written: `words[id]`, joined by spaces or, where all are single characters, by nothing."""

    words: tuple[str, ...]
    spaced: bool

    def text(self, ids: Iterable[int]) -> str:
        return (" " if self.spaced else "").join([self.words[i] for i in ids])

    def piece(self, ids: Iterable[int]) -> str:
        """Several tokens as the one piece of a model: every word with the space before it."""
        return "".join([f" {self.words[i]}" if self.spaced else self.words[i] for i in ids])


def visible(token: str, kept: str = "") -> str:
    """White space as `␣`, but for `kept`."""
    return "".join([_SPACE if c.isspace() and c != kept else c for c in token])


def spelling(vocabulary: Vocabulary) -> Spelling:
    """Raises `SpecError` where two tokens would be written alike, or one as nothing."""
    spaced = any(len(token) != 1 for token in vocabulary.tokens)
    kept = "" if spaced else " "  # a character like others where they are written without separators
    words = tuple(visible(token, kept) for token in vocabulary.tokens)
    if "" in words:
        raise SpecError(f"token {words.index('')} of the vocabulary is empty and cannot be exported as text; give it a name")
    if len(set(words)) != len(words):
        twice = next(word for i, word in enumerate(words) if word in words[:i])
        raise SpecError(f"two tokens would both be written {twice!r}; rename one of them to export this representation")
    if taken := set(words).intersection((*SPECIAL_TOKENS, _UNKNOWN)):
        raise SpecError(f"the vocabulary has a token {min(taken)!r}, which is a special token of the export; rename it")
    return Spelling(words, spaced)


def written(tokenizer: Tokenizer) -> Tokenizer:
    """The tokenizer whose tokens the text spells: below the merges, where merges, or a tokenizer of Hugging Face's, come last, as
    the exported model makes them.

    Raises `SpecError` where the tokens do not say the values of numbers, so that no text could.
    """
    if is_continuous(tokenizer):
        raise SpecError(
            "the codec keeps numbers beside the tokens, where no text holds them; export with another, such as digits:3"
        )
    return tokenizer.base if isinstance(tokenizer, Subword | Pretrained) else tokenizer


def fast_tokenizer(tokenizer: Tokenizer, special_tokens: Sequence[str] = (), template: str = "none") -> FastTokenizer:
    """Content tokens with our ids, then the special ones, then what only the model needs. `template` puts special ones around
    every text; with "none" a tokenizer of Hugging Face's keeps what it does by itself.

    Raises `SpecError` where the tokens cannot be spelled, or the special ones have no ids of their own.
    """
    made = _plain(tokenizer, special_tokens)
    _add(made, special_tokens, len(tokenizer.vocabulary))
    before, after = TEMPLATES[template]
    if before or after:
        made.post_processor = _around(before, after, made)
    return made


def read_back(made: FastTokenizer, text: str) -> list[int] | None:
    """The ids of a text without what a template adds; None where there is no token for a part of it."""
    try:
        ids: list[int] = made.encode(text, add_special_tokens=False).ids
    except Exception:  # the library raises bare Exception
        return None
    return ids


def _plain(tokenizer: Tokenizer, special_tokens: Sequence[str]) -> FastTokenizer:
    from ..tokenizers.wrappers.hugging_face import Regex, decoders, normalizers, pre_tokenizers
    from ..tokenizers.wrappers.hugging_face import Tokenizer as FastTokenizer

    spelled = spelling(written(tokenizer).vocabulary)
    if isinstance(tokenizer, Pretrained):
        made = FastTokenizer.from_str(tokenizer.exact)
        made.decoder = made.decoder or _joining("\0")
    elif isinstance(tokenizer, Subword):
        made = FastTokenizer(_merging(tokenizer, spelled, special_tokens))
        steps: list[decoders.Decoder] = [decoders.Fuse()]
        if spelled.spaced:
            made.normalizer = normalizers.Sequence([normalizers.Strip(), normalizers.Prepend(" ")])
            steps.append(decoders.Strip(" ", 1, 0))
        made.decoder = decoders.Sequence(steps)
    else:
        made = FastTokenizer(_word_level(spelled, special_tokens))
        if spelled.spaced:
            made.pre_tokenizer = pre_tokenizers.Split(" ", "removed")
            made.decoder = _joining(" ")
        else:
            made.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
            made.decoder = decoders.Sequence([decoders.Fuse()])
    return made


def _joining(never: str) -> decoders.Decoder:
    """Puts spaces between tokens, none of which begins with `never`, as the library does without a decoder: but there
    `convert_tokens_to_string` of transformers raises."""
    from ..tokenizers.wrappers.hugging_face import decoders

    return decoders.WordPiece(prefix=never, cleanup=False)


def _add(made: FastTokenizer, special_tokens: Sequence[str], size: int) -> None:
    """Give the special tokens ids from `size` on, but for those that a tokenizer of Hugging Face's has itself."""
    from ..tokenizers.wrappers.hugging_face import AddedToken

    known = made.get_vocab()
    made.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in special_tokens])
    for text in special_tokens:
        given = made.token_to_id(text) or 0
        if given < size and text not in known:  # the library counts tokens, and some ids have none
            raise SpecError(f"{text} would get the id {given}, which is another token's; export without it")


def _around(before: str, after: str, made: FastTokenizer) -> processors.TemplateProcessing:
    from ..tokenizers.wrappers.hugging_face import processors

    single, second = (
        " ".join([f"{text}:{i}" for text in (before, whole, after) if text]) for i, whole in enumerate(("$A", "$B"))
    )
    ids = [(text, made.token_to_id(text)) for text in (before, after) if text]
    return processors.TemplateProcessing(single=single, pair=f"{single} {second}", special_tokens=ids)


def _word_level(spelled: Spelling, special_tokens: Sequence[str]) -> models.WordLevel:
    from ..tokenizers.wrappers.hugging_face import models

    # The token for unknown words is in no vocabulary, so that a text with one is an error and not a guess.
    words = (*spelled.words, *special_tokens)
    return models.WordLevel({word: i for i, word in enumerate(words)}, unk_token=_UNKNOWN)


def _merging(tokenizer: Subword, spelled: Spelling, special_tokens: Sequence[str]) -> models.Model:
    from ..tokenizers.wrappers.hugging_face import models

    pieces = [spelled.piece(parts) for parts in tokenizer.parts]
    trained = json.loads(tokenizer.model)["model"]
    if tokenizer.kind == "unigram":
        rows, unknown = _unigram(trained, pieces, spelled, special_tokens)
        return models.Unigram(rows, unknown, trained["byte_fallback"])
    vocabulary = {text: i for i, text in enumerate([*pieces, *special_tokens])}
    steps = list(_steps(spelled.words)) if spelled.spaced else []
    for text in (text for left, right in steps for text in (left, right, left + right)):
        vocabulary.setdefault(text, len(vocabulary))
    first = min(text for text in trained["vocab"] if len(text) == 1)  # stands for base token 0; the others follow it
    merges = [
        (spelled.piece(ord(c) - ord(first) for c in left), spelled.piece(ord(c) - ord(first) for c in right))
        for left, right in trained["merges"]
    ]
    return models.BPE(vocabulary, [*steps, *merges], unk_token=_UNKNOWN)  # in no vocabulary: see `_word_level`


def _steps(words: Sequence[str]) -> Iterable[tuple[str, str]]:
    """Merges that make every word of its characters: (' ', 's'), (' s', 'i'), (' si', 'n')."""
    return dict.fromkeys((f" {word[:n]}", word[n]) for word in words for n in range(len(word)))


def _unigram(
    trained: dict[str, Any], pieces: list[str], spelled: Spelling, special_tokens: Sequence[str]
) -> tuple[list[tuple[str, float]], int | None]:
    """Pieces with their scores, and which of them stands for what is unknown.

    Every piece begins with the space before a word, so cuts fall between words alone. The library wants a piece for characters
    that are none themselves. It costs more than any base token, hence is never taken within known words.
    """
    singles = sorted(text for text, _ in trained["vocab"] if len(text) == 1)
    score = {spelled.piece(ord(c) - ord(singles[0]) for c in text): value for text, value in trained["vocab"]}
    rows: list[tuple[str, float]] = [(text, score[text]) for text in pieces]
    rows += [(text, 0.0) for text in special_tokens]
    if spelled.spaced:
        rows.append((_UNKNOWN, 0.0))
    return rows, len(rows) - 1 if spelled.spaced else None
