"""What tokenizers share whose tokens are runs of another tokenizer's tokens: texts, classes, nodes, and decoding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...grammars.errors import SpecError
from ...grammars.tree import Node, Path
from ..base import Invalid, Token, TokenClass, Tokenizer, Vocabulary
from ..machines.machine import Bulk, Machine
from ..notations.derivation import unknown_id

JOIN = "·"
LONGEST = 16
"""Base tokens in a token: without words, nothing else keeps whole systems from becoming one token."""


def merged_vocabulary(base: Vocabulary, parts: Sequence[Sequence[int]], hole: str = "?") -> Vocabulary:
    """The vocabulary of tokens that stand for `parts`, runs of base tokens (negative: a gap, written as `hole`).

    The text of a run is its tokens' texts, joined by `·` unless all base tokens are single characters.
    """
    join = "" if all(len(text) == 1 for text in base.tokens) else JOIN
    texts: list[str] = []
    taken = set(base.tokens)
    for i, piece in enumerate(parts):
        text = join.join(base.tokens[p] if p >= 0 else hole for p in piece)
        while i >= len(base) and text in taken:
            text = f"{text}{JOIN}{i}"
        taken.add(text)
        texts.append(text)
    return Vocabulary(tuple(texts), tuple(common_class(base.classes[p] for p in piece if p >= 0) for piece in parts))


def merged_tokens(vocabulary: Vocabulary, ids: Sequence[int], parts: Sequence[Sequence[int]], pieces: list[Token]) -> list[Token]:
    """The tokens `ids`, which together write `pieces`, the base tokens of one tree, in their order."""
    tokens, at = [], 0
    for i in ids:
        end = at + len(parts[i])
        tokens.append(merged_token(vocabulary.tokens[i], pieces[at:end]))
        at = end
    return tokens


def merged_token(text: str, pieces: Sequence[Token]) -> Token:
    """One token for several: their class, or MIXED; the smallest node that holds what they write."""
    return Token(text, common_class(p.kind for p in pieces), common_path([p.path for p in pieces]))


def decode_merged(base: Tokenizer, parts: Sequence[Sequence[int]], ids: Sequence[int]) -> Node | Invalid:
    """What `base` makes of the expanded tokens. `Invalid` points at the token whose expansion holds the fault."""
    if (fault := unknown_id(ids, len(parts))) is not None:
        return fault
    tree = base.decode([part for token in ids for part in parts[token]])
    if not isinstance(tree, Invalid):
        return tree
    end = 0
    for position, token in enumerate(ids):
        end += len(parts[token])
        if tree.position < end:
            return Invalid(tree.reason, position)
    return Invalid(tree.reason, len(ids))


def merged_machine(base: Tokenizer, parts: tuple[tuple[int, ...], ...]) -> Machine | None:
    """See `machines.machine.Bulk`: the base's, where it has one."""
    below = base.machine() if isinstance(base, Bulk) else None
    return None if below is None else below.merged(parts)


def check_base(base: Tokenizer, tokens: Sequence[str], wrapper: str) -> None:
    """Raise `SpecError` where the base tokens are not `tokens`, those that `wrapper` was learned over."""
    if list(tokens) != list(base.vocabulary.tokens):
        raise SpecError(f"{wrapper} learned over other base tokens; use the base of their training")


def common_class(kinds: Iterable[TokenClass]) -> TokenClass:
    different = set(kinds)
    return different.pop() if len(different) == 1 else TokenClass.MIXED


def common_path(paths: Sequence[Path]) -> Path:
    """The smallest subtree that holds all: (0, 1), (0, 1, 0) -> (0, 1)."""
    first, last = min(paths), max(paths)
    common = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:common]
