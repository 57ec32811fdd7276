"""The property of a domain of one's own whose texts a Lark grammar reads: reader and alphabet say the same."""

from __future__ import annotations

from functools import cache

from ...grammars.text.own import TextReader
from ...grammars.text.surfaces import reread, surfaces, to_text
from ...grammars.tree import Node, number, system, variable
from .base import Fault, Subject

_words = cache(surfaces)


def has_texts(subject: Subject) -> bool:
    """Whether the domain has a grammar of its own, which reads some symbol as the alphabet writes it."""
    reader = subject.domain.parse
    return isinstance(reader, TextReader) and not reader.operators.built_in and bool(_words(reader))


def read_as_written(subject: Subject, tree: Node) -> Fault | None:
    """A tree's text, with parentheses where the alphabet's precedences need them, is read as that tree. A text that is refused is
    none: it tells itself."""
    reader = subject.domain.parse
    if not isinstance(reader, TextReader):
        return None
    words = _words(reader)
    equation = tree.children[0]
    if any(node.children and node.symbol not in words for _, node in equation.walk()):
        return None
    plain = system(_plain(equation, reader.closed))
    text = to_text(reader.operators, plain, words)
    read = reread(reader, text)
    if read is None or read == plain:
        return None
    detail = f"{text!r} is read as {subject.written(read)!r}: grammar and alphabet differ in precedence or side"
    return Fault("read otherwise", detail, tree=plain)


def _plain(node: Node, closed: bool) -> Node:
    """With numbers that need no sign, and where every variable has an equation with one variable: this is of structure."""
    if node.is_number:
        return number(abs(node.value or 0.0))
    if node.is_variable:
        return variable(0) if closed else node
    return Node(node.symbol, tuple(_plain(child, closed) for child in node.children))
