"""Hypothesis strategies for token sequences: any, and a tree's with one unit edit. Needs the extra `test`.

Those for trees, systems and texts are in `grammars/draw/strategies.py` and `grammars/draw/text_strategies.py`.
"""

from __future__ import annotations

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from ...grammars.draw.strategies import own_trees, systems, trees
from ...grammars.tree import MAX_DEPTH, Node, System
from ...representations.contract import is_id
from ...tokenizers.base import Tokenizer
from ..domains.sources import draw as drawn_by
from .base import Attempt, Subject, encoded, passed_on

FEW = 3
"""Variables of most drawn trees."""
SUBSTITUTION, INSERTION, DELETION = "substitution", "insertion", "deletion"


def token_sequences(tokenizer: Tokenizer, max_size: int = 25) -> st.SearchStrategy[Attempt]:
    """Any sequences of a tokenizer's ids, the empty one among them. Shrinks to short ones of low ids."""
    return st.lists(st.integers(0, len(tokenizer.vocabulary) - 1), max_size=max_size).map(lambda ids: Attempt(tuple(ids)))


@st.composite
def edited_sequences(draw: st.DrawFn, tokenizer: Tokenizer, of: st.SearchStrategy[Node]) -> Attempt:
    """Trees drawn from `of`, encoded, with one token substituted, inserted or deleted. Shrinks the tree first, then the edit.

    Trees that the tokenizer cannot write are left out.
    """
    tree = draw(of)
    ids = of_vocabulary(tokenizer, tree)
    assume(ids)
    texts = tokenizer.vocabulary.tokens
    kinds = (SUBSTITUTION, INSERTION, DELETION) if len(texts) > 1 else (INSERTION, DELETION)
    kind = draw(st.sampled_from(kinds))
    at = draw(st.integers(0, len(ids) - (kind != INSERTION)))
    if kind == DELETION:
        return Attempt((*ids[:at], *ids[at + 1 :]), tree, kind, at, texts[ids[at]], "")
    if kind == INSERTION:
        new = draw(st.integers(0, len(texts) - 1))
        return Attempt((*ids[:at], new, *ids[at:]), tree, kind, at, "", texts[new])
    new = (ids[at] + 1 + draw(st.integers(0, len(texts) - 2))) % len(texts)
    return Attempt((*ids[:at], new, *ids[at + 1 :]), tree, kind, at, texts[ids[at]], texts[new])


def of_vocabulary(tokenizer: Tokenizer, tree: Node) -> list[int]:
    """The ids of a tree, or none where it cannot be written, or one is no token's: `ids` is the property that says so."""
    size = len(tokenizer.vocabulary)
    try:
        ids = encoded(tokenizer, tree)
        return ids if all(is_id(token, size) for token in ids) else []
    except BaseException as e:  # whatever a broken encoder raises: `round trip` is the property that says so
        passed_on(e)
        return []


def drawn_trees(subject: Subject, max_leaves: int = 8, tame: bool = False, long: bool = True) -> st.SearchStrategy[Node]:
    """Trees of the subject's domain, of few variables; one in four of as many as there may be. Sequences are of few symbols, one
    in four of up to as many as the domain has, where they may be `long`."""
    few = _trees_of(subject, min(subject.dim, FEW), max_leaves, tame, long)
    return few if subject.dim <= FEW else st.one_of(few, few, few, _trees_of(subject, subject.dim, 3, tame, long))


def _trees_of(subject: Subject, dim: int, max_leaves: int, tame: bool, long: bool) -> st.SearchStrategy[Node]:
    alphabet = subject.domain.operators
    if not alphabet.built_in:
        own = own_trees(alphabet, subject.domain.closed, dim, max_leaves, alphabet.sequence if long else 0)
        return own.filter(lambda tree: tree.depth <= MAX_DEPTH)
    if subject.domain.closed:
        strategy: st.SearchStrategy[Node] = trees(max_dim=dim, max_leaves=max_leaves, tame=tame)
    else:
        strategy = systems("function", max_dim=dim, max_leaves=max_leaves, tame=tame).map(lambda s: s.tree)
    return strategy.filter(lambda tree: tree.depth <= MAX_DEPTH)


def tame_systems(subject: Subject, max_leaves: int = 5, max_dim: int = 2) -> st.SearchStrategy[System]:
    """Systems of the subject's domain whose behavior mostly stays finite. Of an alphabet of one's own: what the domain's sampler
    draws of so many variables, or any trees, where it has none; no conditions are made up."""
    domain, dim = subject.domain, min(max_dim, subject.dim)
    if not domain.operators.built_in and domain.sampler is not None:
        sampler = domain.sampler
        drawn = st.integers(0, 1 << 32).map(lambda seed: drawn_by(sampler, np.random.default_rng(seed)))
        return drawn.filter(lambda s: s.dim <= subject.dim)
    if not domain.operators.built_in:
        names = tuple(f"x_{i}" for i in range(dim))
        return own_trees(domain.operators, domain.closed, dim, max_leaves).map(
            lambda t: System(t, names[: len(t.children)] if domain.closed else names, domain.name)
        )
    return systems(subject.grammar, max_dim=min(max_dim, subject.dim), max_leaves=max_leaves, tame=True)


def attempts(subject: Subject) -> st.SearchStrategy[Attempt]:
    """What to decode: edited sequences, and any."""
    tokenizer: Tokenizer = subject.item
    edited = edited_sequences(tokenizer, drawn_trees(subject, 5))
    return st.one_of(edited, edited, token_sequences(tokenizer))
