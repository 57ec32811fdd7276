"""The law of a draw: under a limit, an exact operator's edits are a uniform sample of its neighborhood.

Counts over many draws are held to what they would be. If no more than `ALARM` of sound checks are to fail, each of m counts may
be as unlikely as `ALARM` / m. A count's probability is bounded by Chernoff's exp(-N KL(c/N, p)), which Hoeffding (1963,
Theorem 4) showed to hold of draws without replacement too; nothing is approximated.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from ...grammars.errors import EncodeError
from ...grammars.tree import Node, system, variable
from ..edits.base import Edit, Neighborhood
from .base import Fault, Refused, Subject
from .operating import SPECS, Example, taken, tried
from .ready import ready

ALARM = 1e-6
"""The share of checks of a sound operator that fail by chance, at most."""
_EACH = 60
"""How often each edit is drawn, were the draw even: one that never is would be so by chance in e^-60."""
_SHARES = (2, 10)
"""Limits: the neighborhood's size by these."""
_MOST, _LARGEST = 3, 600
"""Trees that are tried, and the size of a neighborhood beyond which it is not."""
_Key = tuple[object, ...]


def examples(subject: Subject) -> Iterator[Example]:
    """Small trees: their neighborhoods can be drawn from many times."""
    closed = subject.domain.closed
    spec = taken(subject, SPECS[:1])[0]
    x, y = variable(0), variable(1)
    yield (system(x), spec, 0)
    yield (system(Node("+", (x, x))), spec, 1)
    yield (system(Node("sin", (x,)), y) if closed else system(Node("sin", (x,))), spec, 2)


def even(subject: Subject, example: Example) -> Fault | None:
    """No edit, kind, position or token is drawn more or less often than it is there."""
    whole = _drawn(subject, example, None, 0)
    size = len(whole.edits)
    if whole.foreign or not 2 <= size <= _LARGEST or len({e.weight for e in whole.edits}) > 1:
        return None
    for share in _SHARES:
        limit = max(1, size // share)
        times = math.ceil(_EACH * size / limit)
        draws = [_drawn(subject, example, limit, seed).edits for seed in range(times)]
        if any(len(edits) != limit for edits in draws):  # `limit` says so
            return None
        if (wrong := _unlikely(whole.edits, [e for edits in draws for e in edits])) is not None:
            what, count, expected, edit = wrong
            texts = tried(example[1], subject.grammar).vocabulary.tokens
            often = f"{what} is drawn {count} times where {expected:.0f} are to be expected"
            detail = f"{often}, in {times} draws of {limit} of {size} edits"
            new = texts[edit.token] if 0 <= edit.token < len(texts) else ""
            return Fault("uneven", f"{detail}, on {example[1]!r}", edit.position, "", new)
    return None


def _drawn(subject: Subject, example: Example, limit: int | None, seed: int) -> Neighborhood:
    tree, spec, start = example
    chosen = tried(spec, subject.grammar)
    try:
        return ready(subject, chosen).neighborhood(chosen, tree, limit, np.random.default_rng([start, seed]))
    except EncodeError as e:
        raise Refused(str(e)) from None


_VIEWS: tuple[tuple[str, Callable[[Edit], _Key]], ...] = (
    ("the {} at {}", lambda e: (e.kind, e.position, e.token, e.result)),
    ("the kind {}", lambda e: (e.kind,)),
    ("position {}", lambda e: (e.position,)),
    ("the token of id {}", lambda e: (e.token,)),
)


def _unlikely(whole: Iterable[Edit], drawn: list[Edit]) -> tuple[str, int, float, Edit] | None:
    """What is drawn too often or too rarely: in words, how often, how often it should be, and an edit of it."""
    every = list(whole)
    counted = [(words, view, Counter(map(view, every)), Counter(map(view, drawn))) for words, view in _VIEWS]
    # Each count may be too small or too large, at each limit, on each tree.
    tests = 2 * len(_SHARES) * _MOST * sum(len(there) for _, _, there, _ in counted)
    for words, view, there, seen in counted:
        for edit in every:
            key, total = view(edit), len(drawn)
            share = there[key] / len(every)
            if share < 1.0 and total * divergence(seen[key] / total, share) > math.log(tests / ALARM):
                return words.format(*key), seen[key], total * share, edit
    return None


def divergence(p: float, q: float) -> float:
    """Kullback and Leibler's, of a coin of p from one of q."""
    return sum(a * math.log(a / b) for a, b in ((p, q), (1.0 - p, 1.0 - q)) if a > 0.0)
