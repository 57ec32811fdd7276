"""A tokenizer of the user's own at work: what it raises, and what it gives that no tokenizer may, is told in one line.

Built-in parts are trusted and not looked at: they are tested, and decode a hundred thousand times where this would show.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from operator import index
from typing import TypeVar

from ..grammars.errors import KappabarError, SpecError
from ..grammars.text.own import told
from ..grammars.tree import SYSTEM, Node
from ..tokenizers.base import Coding, Invalid, Textual, Token, Tokenizer, Wrapping

T = TypeVar("T")
_PACKAGE = __name__.partition(".")[0]


def is_own(tokenizer: Tokenizer) -> bool:
    """Whether it, its codec or what it is a stage over, is none of the package's."""
    if isinstance(tokenizer, Wrapping) and is_own(tokenizer.base):
        return True
    parts = (tokenizer, tokenizer.codec) if isinstance(tokenizer, Coding) else (tokenizer,)
    return any(type(part).__module__.partition(".")[0] != _PACKAGE for part in parts)


def tokenize(spec: str, tokenizer: Tokenizer, tree: Node) -> list[Token]:
    """Its tokens. Raises `EncodeError` as it does, `SpecError` where it breaks its promise."""
    tokens: object = _called(spec, "tokenize", lambda: tokenizer.tokenize(tree))
    if not isinstance(tokens, list | tuple) or not all(isinstance(token, Token) for token in tokens):
        raise _broken(spec, f"tokenize gives {_what(tokens)}, not a list of tokens")
    return list(tokens)


def encode(spec: str, tokenizer: Tokenizer, tree: Node) -> list[int]:
    """Its ids, all of its vocabulary. Raises `EncodeError` as it does, `SpecError` where it breaks its promise."""

    def ids() -> list[object]:
        return list(tokenizer.encode(tree))

    written, size = _called(spec, "encode", ids), len(tokenizer.vocabulary)
    for token in written:
        if not is_id(token, size):
            raise _broken(spec, f"encode gives the id {token!r:.40}, and the vocabulary has the ids 0 to {size - 1}")
    return [index(token) for token in written]  # type: ignore[arg-type]


def decode(spec: str, tokenizer: Tokenizer, ids: Sequence[int]) -> Node | Invalid:
    """The tree, or why there is none. Raises `SpecError` where it breaks its promise."""
    decoded: object = _called(spec, "decode", lambda: tokenizer.decode(ids))
    if isinstance(decoded, Invalid) or (isinstance(decoded, Node) and decoded.symbol == SYSTEM):
        return decoded
    wrong = (
        f"a tree whose root is {decoded.symbol!r}, not a system"
        if isinstance(decoded, Node)
        else f"{_what(decoded)}, neither a tree nor Invalid"
    )
    raise _broken(spec, f"decode gives {wrong}")


def other_ways(spec: str, tokenizer: Textual, tree: Node) -> dict[str, str] | None:
    """Its texts. Raises `SpecError` where it breaks its promise."""
    ways: object = _called(spec, "other_ways", lambda: tokenizer.other_ways(tree))
    if ways is None or (isinstance(ways, dict) and all(isinstance(text, str) for pair in ways.items() for text in pair)):
        return ways
    raise _broken(spec, f"other_ways gives {_what(ways)}, neither names with texts nor None")


def encode_text(spec: str, tokenizer: Textual, text: str, size: int) -> list[int] | Invalid:
    """The ids of a text, all of a vocabulary of that size. Raises `SpecError` where it breaks its promise."""
    ids: object = _called(spec, "encode_text", lambda: tokenizer.encode_text(text))
    if isinstance(ids, Invalid):
        return ids
    if not isinstance(ids, list | tuple) or not all(is_id(token, size) for token in ids):
        raise _broken(spec, f"encode_text gives {_what(ids)}, neither ids from 0 to {size - 1} nor Invalid")
    return [index(token) for token in ids]


def is_id(token: object, size: int) -> bool:
    """Whether it is the place of a token in a vocabulary of that size."""
    try:
        return 0 <= index(token) < size  # type: ignore[arg-type]
    except TypeError:
        return False


def _called(spec: str, method: str, call: Callable[[], T]) -> T:
    try:
        return call()
    except KappabarError:
        raise
    except Exception as error:  # a user's code may fail in any way
        raise _broken(spec, f"{method} raises {told(error)}") from error


def _what(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}"


def _broken(spec: str, wrong: str) -> SpecError:
    return SpecError(f"{spec}: {wrong}; kappabar check {shlex.quote(spec)} shows it")
