"""Which tokens of a large vocabulary the text of an expression can hold: told from what each adds to a text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .hugging_face import Tokenizer as Engine

_LETTERS = re.compile(r"[A-Za-z]+")
_SPACES = frozenset(" \t\n\r\f\v")
_MEANT = ("x", "(", "+", "1", "0", "*", "x_0", "-", "|")
"""Texts between which a token is tried: the first for which there is a token alone."""
_KNOWN = {"ByteLevel", "ByteFallback", "Fuse", "Strip", "WordPiece", "Metaspace", "BPEDecoder", "Replace"}


def context_free(document: Mapping[str, Any]) -> bool:
    """Whether a decoder adds for each token the same text wherever that stands, but for white space, and marks such as `##` at
    the beginning: so that what is seen of a token once holds everywhere. Of decoders that are not known, no."""
    decoder = document.get("decoder")
    if decoder is None:
        return True
    steps = decoder["decoders"] if decoder.get("type") == "Sequence" else [decoder]
    return all(step.get("type") in _KNOWN and _harmless(step) for step in steps)


def _harmless(step: Mapping[str, Any]) -> bool:
    """Whether a replacement, or what is stripped, is of single marks for spaces."""
    if step["type"] == "Replace":
        return len(step["pattern"].get("String", "")) == 1 and not step["content"].strip()
    if step["type"] == "Strip":
        return not str(step["content"]).strip(" ▁")
    return bool(step.get("suffix", "</w>") == "</w>" and step.get("prefix", "##") == "##")


def bodies(engine: Engine, document: Mapping[str, Any], size: int, spaced: bool) -> list[str | None]:
    """What each token adds to a text, between two others; None where that cannot be told. `spaced`: white space says nothing, and
    is left out."""
    mark = _mark(engine)
    if mark is None:
        return [None] * size
    token, written = mark
    texts: list[str] = engine.decode_batch([[token, i, token] for i in range(size)], skip_special_tokens=False)
    return [_between(text, written, spaced) for text in texts]


def _mark(engine: Engine) -> tuple[int, str] | None:
    """A token that writes one of these texts and nothing else, also several in a row but for spaces."""
    for character in _MEANT:
        try:
            ids = engine.encode(character, add_special_tokens=False).ids
        except Exception:  # it cannot write this one
            continue
        for i in dict.fromkeys(ids):
            once = engine.decode([i], skip_special_tokens=False)
            twice = engine.decode([i, i, i], skip_special_tokens=False)
            if once.strip() == character and "".join(twice.split()) == 3 * character:
                return i, character
    return None


def _between(text: str, mark: str, spaced: bool) -> str | None:
    text = "".join(text.split()) if spaced else text.strip()
    if len(text) < 2 * len(mark) or not text.startswith(mark) or not text.endswith(mark):
        return None
    return text[len(mark) : len(text) - len(mark)]


def is_possible(body: str | None, alphabet: Iterable[str], names: frozenset[str] | None) -> bool:
    """Whether an expression's text may hold this: it has no other characters, and its letters can be part of names. In the middle
    those are names; at its ends, where a token before or after may go on, the end or the beginning of one."""
    if body is None:
        return True
    if not set(body) <= {*alphabet, *_SPACES}:
        return False
    return names is None or all(_fits(m.group(), m.start() == 0, m.end() == len(body), names) for m in _LETTERS.finditer(body))


def _fits(letters: str, open_before: bool, open_after: bool, names: frozenset[str]) -> bool:
    if open_before and open_after:
        return any(letters in name for name in names)
    if open_before:
        return any(name.endswith(letters) for name in names)
    if open_after:
        return any(name.startswith(letters) for name in names)
    return letters in names
