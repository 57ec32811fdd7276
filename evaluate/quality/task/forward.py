"""A forward task (`Domain.direction`): an expression is shown, and its value is written, an expression that is one number.

What differs from the other direction, but for what a model sees (`sight`): what a right answer is, which answers count, which
expressions are one, and what needs no model.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from ....grammars.errors import SpecError
from ....grammars.operators import Operators
from ....grammars.print.infix import to_infix
from ....grammars.tree import Node, number, system
from ...domains.domain import Domain

Floats = NDArray[np.float64]

NO_VALUE = "not a value"
"""How the reason begins why an expression that decodes is no answer."""


def answer(domain: Domain, y: Floats) -> Node:
    """The value of an expression whose behavior is (1, 1, D): a number for each of its equations. Raises SpecError for a domain
    whose behaviors have more points than one."""
    if y.shape[:2] != (1, 1):
        raise SpecError(
            f"domain {domain.name!r} is forward, so the behavior of an expression must be its one value, not {y.shape[0]} x "
            f"{y.shape[1]} points; leave direction='forward' out"
        )
    return system(*(number(float(value)) for value in y[0, 0]))


def no_value(tree: Node) -> str:
    """Why a written expression is no answer, though it may have the right value: '' where it is one."""
    return "" if all(part.is_number for part in tree.children) else f"{NO_VALUE}: what is written is still to be worked out"


def pattern(domain: Domain, tree: Node) -> Node:
    """The form of a shown expression: of its numbers only how many digits they have before and after the point, in the domain's
    normal form. 345 + 12 and 99 + 100.0 have one form, 1 + 345 another."""
    return domain.normal(_digits(tree))


def _digits(tree: Node) -> Node:
    if tree.is_number:
        whole, _, rest = format(abs(Decimal(repr(float(tree.value or 0.0)))), "f").partition(".")
        rest = rest.rstrip("0")
        return number(float(f"{'1' * len(whole)}.{'1' * len(rest)}" if rest else "1" * len(whole)))
    return Node(tree.symbol, tuple(map(_digits, tree.children)))


def middle(answers: Sequence[Node]) -> Node:
    """The constant answer: the median of answers, equation by equation (of the first's number of equations)."""
    n = len(answers[0].children)
    values = np.array([[part.value for part in a.children] for a in answers if len(a.children) == n], dtype=np.float64)
    return system(*(number(float(value)) for value in np.median(values, axis=0)))


def nearest_shown(train: Sequence[Node], asked: Sequence[Node], operators: Operators) -> NDArray[np.int64]:
    """(n,) of each tree that is asked for the training tree of the most similar text: the least edit distance (Levenshtein)
    between infix texts without spaces, the same whatever the representation. Of equally similar ones the first."""
    texts = [_text(tree, operators) for tree in train]
    lengths = np.array([len(text) for text in texts])
    table = np.zeros((lengths.max(), len(texts)), np.uint32)
    for n, text in enumerate(texts):
        table[: len(text), n] = text
    return np.array([_distances(_text(tree, operators), table, lengths).argmin() for tree in asked], dtype=np.int64)


def _text(tree: Node, operators: Operators) -> NDArray[np.uint32]:
    text = to_infix(tree, None, operators).replace(" ", "")
    return np.frombuffer(text.encode("utf-32-le"), np.uint32)


def _distances(text: NDArray[np.uint32], table: NDArray[np.uint32], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) edit distances to all columns of a table at once: Wagner and Fischer's rows, n wide."""
    height, n = table.shape
    row = np.repeat(np.arange(height + 1, dtype=np.int16)[:, None], n, axis=1)
    for i, character in enumerate(text, start=1):
        before, row = row, np.empty_like(row)
        row[0] = i
        for j in range(1, height + 1):
            np.minimum(before[j], row[j - 1], out=row[j])
            row[j] += 1
            np.minimum(row[j], before[j - 1] + (table[j - 1] != character), out=row[j])
    return np.asarray(row[lengths, np.arange(n)], dtype=np.int64)
