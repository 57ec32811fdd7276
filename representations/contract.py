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
from ..tokenizers.base import Coding, Invalid, Token, Tokenizer, Wrapping

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
    found: object = _called(spec, "tokenize", lambda: tokenizer.tokenize(tree))
    if not isinstance(found, list | tuple) or not all(isinstance(token, Token) for token in found):
        raise _broken(spec, f"tokenize gives {_what(found)}, not a list of tokens")
    return list(found)


def encode(spec: str, tokenizer: Tokenizer, tree: Node) -> list[int]:
    """Its ids, all of its vocabulary. Raises `EncodeError` as it does, `SpecError` where it breaks its promise."""

    def ids() -> list[object]:
        return list(tokenizer.encode(tree))

    found, size = _called(spec, "encode", ids), len(tokenizer.vocabulary)
    for token in found:
        if not is_id(token, size):
            raise _broken(spec, f"encode gives the id {token!r:.40}, and the vocabulary has the ids 0 to {size - 1}")
    return [index(token) for token in found]  # type: ignore[arg-type]


def decode(spec: str, tokenizer: Tokenizer, ids: Sequence[int]) -> Node | Invalid:
    """The tree, or why there is none. Raises `SpecError` where it breaks its promise."""
    found: object = _called(spec, "decode", lambda: tokenizer.decode(ids))
    if isinstance(found, Invalid) or (isinstance(found, Node) and found.symbol == SYSTEM):
        return found
    what = (
        f"a tree whose root is {found.symbol!r}, not a system"
        if isinstance(found, Node)
        else f"{_what(found)}, neither a tree nor Invalid"
    )
    raise _broken(spec, f"decode gives {what}")


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


def _what(found: object) -> str:
    return "None" if found is None else f"a {type(found).__name__}"


def _broken(spec: str, what: str) -> SpecError:
    return SpecError(f"{spec}: {what}; kappabar check {shlex.quote(spec)} shows it")
