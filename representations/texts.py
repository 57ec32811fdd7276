"""Trees as the text whose ids the exported tokenizer gives, one by one and as a corpus."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from ..grammars.errors import EncodeError
from ..grammars.tree import Node, System
from .fast_tokenizer import fast_tokenizer, read_back, spelling, written
from .representation import Representation


def to_text(representation: Representation, tree: Node | System) -> str:
    """A tree as the text whose ids the exported tokenizer gives: `* N- 2 0 0 E0 x_0`, or `-2*x_0` for characters.

    The tokens that the representation writes, one word each; where subword merges come last, those below them, which the exported
    model merges. White space inside a token is written `␣`. Raises `EncodeError` where the vocabulary cannot write the tree,
    `SpecError` where two tokens would be written alike.
    """
    return next(to_texts(representation, [tree]))


def to_texts(representation: Representation, trees: Iterable[Node | System]) -> Iterator[str]:
    """`to_text` for many trees, one by one; faster, as the vocabulary is spelled once."""
    text_of = _texts_of(representation)
    for tree in trees:
        yield text_of(tree)


def _texts_of(representation: Representation) -> Callable[[Node | System], str]:
    writer = replace(representation, tokenizer=written(representation.tokenizer))
    spelled = spelling(writer.vocabulary)
    return lambda tree: spelled.text(writer.encode(tree))


@dataclass(frozen=True, slots=True)
class Unwritten:
    """An expression that has no text, and why."""

    name: str
    reason: str

    def as_dict(self) -> dict[str, str]:
        return {"what": self.name, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class TokenTexts:
    """The token texts of a corpus, in its order. `lengths`: how many tokens each has; `unwritten`: what has no text."""

    texts: tuple[str, ...]
    lengths: tuple[int, ...]
    unwritten: tuple[Unwritten, ...]


def token_texts(representation: Representation, corpus: Iterable[Node | System]) -> TokenTexts:
    """`to_text` of each expression, held to what it promises: the exported tokenizer gives the ids of
    `representation.encode`. What the vocabulary cannot write, or the exported tokenizer would read as something else, is named
    with its reason. Raises `SpecError` where the tokens cannot be spelled."""
    engine, text_of = fast_tokenizer(representation.tokenizer), _texts_of(representation)
    texts: list[str] = []
    lengths: list[int] = []
    unwritten: list[Unwritten] = []
    for i, tree in enumerate(corpus, 1):
        try:
            ids, text = representation.encode(tree), text_of(tree)
            if read_back(engine, text) != ids:
                raise EncodeError(f"the exported tokenizer reads {text[:60]!r} as other ids")
        except EncodeError as error:
            name = tree.name if isinstance(tree, System) else ""
            unwritten.append(Unwritten(name or f"expression {i}", str(error)))
        else:
            texts.append(text)
            lengths.append(len(ids))
    return TokenTexts(tuple(texts), tuple(lengths), tuple(unwritten))
