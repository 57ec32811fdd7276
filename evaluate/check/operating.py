"""Properties of edit operators: they keep what they promise (`edits.base.Promises`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st

from ...grammars.errors import EncodeError
from ...grammars.tree import Node, variable
from ...grammars.tree import system as system_of
from ...representations.representation import Representation, representation
from ...tokenizers.base import Invalid
from ..edits.base import Choosing, Edit, Neighborhood, SequenceOperator
from .base import Fault, Refused, Subject, equation_of
from .ready import ready
from .strategies import DELETION, INSERTION, SUBSTITUTION, drawn_trees

UNIT = (SUBSTITUTION, INSERTION, DELETION)
SPECS = ("prefix | bins:5", "infix | chars", "prefix | digits:3")
"""What operators are tried on: small vocabularies, one notation with one sequence per tree and one with synonyms. The first has
both."""
_TRIED = 3
"""Neighbors whose own neighborhoods are looked at."""
Example = tuple[Node, str, int]


@cache
def tried(spec: str, domain: str) -> Representation:
    """A representation to try operators on, with room for two variables."""
    room = system_of(variable(1)) if domain == "function" else system_of(variable(0), variable(1))
    return representation(spec, domain, corpus=[room], extra=[room])


def taken(subject: Subject, specs: Sequence[str]) -> Sequence[str]:
    """Those of these representations that the operator takes, or, where it takes none, one over a text."""
    item = subject.item
    if not isinstance(item, Choosing):
        return specs
    return [spec for spec in specs if not item.refusal(tried(spec, subject.grammar))] or SPECS[1:2]


def examples(subject: Subject, specs: Sequence[str] = SPECS[:2]) -> st.SearchStrategy[Example]:
    """A tree, the representation that writes it, and a seed."""
    small = Subject(kind=subject.kind, name=subject.name, item=subject.item, domain=subject.domain, dim=min(subject.dim, 2))
    return st.tuples(drawn_trees(small, 3, tame=True, long=False), st.sampled_from(taken(subject, specs)), st.integers(0, 1000))


def plain(subject: Subject) -> st.SearchStrategy[Example]:
    """As `examples`, on a notation in which every tree has one sequence."""
    return examples(subject, SPECS[:1])


def wild(subject: Subject) -> st.SearchStrategy[Example]:
    """Trees with every function and number, on all representations."""
    small = Subject(kind=subject.kind, name=subject.name, item=subject.item, domain=subject.domain, dim=min(subject.dim, 2))
    return st.tuples(drawn_trees(small, 4, long=False), st.sampled_from(taken(subject, SPECS)), st.integers(0, 1000))


def _neighborhood(subject: Subject, example: Example, limit: int | None = None) -> Neighborhood:
    tree, spec, seed = example
    chosen = tried(spec, subject.grammar)
    try:
        return ready(subject, chosen).neighborhood(chosen, tree, limit, np.random.default_rng(seed))
    except EncodeError as e:
        raise Refused(str(e)) from None


def _ids(subject: Subject, example: Example) -> tuple[int, ...]:
    return tuple(tried(example[1], subject.grammar).encode(example[0]))


def _fault(subject: Subject, example: Example, edit: Edit, reason: str, detail: str) -> Fault:
    """A fault of one edit, with the token that it touches."""
    texts, ids = tried(example[1], subject.grammar).vocabulary.tokens, _ids(subject, example)
    old = texts[ids[edit.position]] if edit.kind != INSERTION and 0 <= edit.position < len(ids) else ""
    new = texts[edit.token] if 0 <= edit.token < len(texts) else ""
    return Fault(reason, f"{edit.kind} on {example[1]!r}: {detail}", edit.position, old, new, tree=example[0])


def sequence_of(ids: Sequence[int], edit: Edit) -> tuple[int, ...] | None:
    """The sequence that an edit of tokens makes; None where its kind and token do not say."""
    i, tokens = edit.position, list(ids)
    if edit.kind == SUBSTITUTION and edit.token >= 0 and i < len(tokens):
        tokens[i] = edit.token
    elif edit.kind == INSERTION and edit.token >= 0:
        tokens.insert(i, edit.token)
    elif edit.kind == DELETION and i < len(tokens):
        del tokens[i]
    elif edit.kind == "transposition" and i + 1 < len(tokens):
        tokens[i : i + 2] = tokens[i + 1], tokens[i]
    else:
        return None
    return tuple(tokens)


def _writes_tokens(subject: Subject, edits: Sequence[Edit]) -> bool:
    """Whether the edits are of tokens, so that each says which sequence it makes: by promise, or all of them transpositions."""
    return bool(subject.item.promises.unit) or (bool(edits) and {e.kind for e in edits} == {"transposition"})


def well_formed(subject: Subject, example: Example) -> Fault | None:
    """Edits have a kind, a position in the sequence, a token of the vocabulary or -1, a weight, and a tree or `Invalid`."""
    neighborhood = _neighborhood(subject, example)
    length, size = len(_ids(subject, example)), len(tried(example[1], subject.grammar).vocabulary)
    if neighborhood.size < len(neighborhood.edits):
        return Fault("size", f"{len(neighborhood.edits)} edits of a neighborhood of {neighborhood.size}, on {example[1]!r}")
    for edit in neighborhood.edits:
        result: object = edit.result
        if not edit.kind or not 0 <= edit.position <= length or not -1 <= edit.token < size:
            return Fault("out of range", f"{edit.kind!r} at {edit.position} of {length} tokens, token {edit.token} of {size}")
        if not isinstance(result, Node | Invalid):
            return _fault(subject, example, edit, "type", f"its result is a {type(result).__name__}")
        if not (edit.weight >= 0 and np.isfinite(edit.weight)):
            return _fault(subject, example, edit, "weight", f"its weight is {edit.weight}")
        if isinstance(result, Node) and any(n.is_number and not np.isfinite(n.value or 0.0) for _, n in result.walk()):
            return _fault(subject, example, edit, "not finite", "its result holds a number that is not finite")
    return None


def promises_exact(subject: Subject) -> bool:
    return bool(subject.item.promises.exact)


def enumerated(subject: Subject, example: Example) -> Fault | None:
    """Without a limit every neighbor appears, once: as many as `size` says, no sequence (else no tree) twice."""
    neighborhood = _neighborhood(subject, example)
    if len(neighborhood.edits) != neighborhood.size:
        return Fault("count", f"{len(neighborhood.edits)} edits without a limit, size {neighborhood.size}, on {example[1]!r}")
    ids = _ids(subject, example)
    by_token = _writes_tokens(subject, neighborhood.edits)
    seen: dict[object, Edit] = {}
    for edit in neighborhood.edits:
        key: object = sequence_of(ids, edit) if by_token else edit.result
        if key is None or isinstance(key, Invalid):
            continue
        if key in seen:
            first = seen[key]
            return _fault(subject, example, edit, "repeated", f"repeats the {first.kind} at {first.position}")
        seen[key] = edit
    return None


def promises_unit(subject: Subject) -> bool:
    return bool(subject.item.promises.unit)


def unit_distance(subject: Subject, example: Example) -> Fault | None:
    """Every edit is one token away by the textbook's Levenshtein distance, and its result is what that sequence decodes to."""
    chosen, ids = tried(example[1], subject.grammar), _ids(subject, example)
    for edit in _neighborhood(subject, example).edits:
        sequence = sequence_of(ids, edit)
        if sequence is None:
            return _fault(subject, example, edit, "no token edit", "promises unit edits, but no token edit makes it")
        if (distance := levenshtein(ids, sequence)) != 1:
            return _fault(subject, example, edit, "distance", f"its sequence is at distance {distance}")
        if chosen.decode(list(sequence)) != edit.result:
            return _fault(subject, example, edit, "result", "its result is not what its sequence decodes to")
    return None


def promises_all(subject: Subject) -> bool:
    return promises_unit(subject) and promises_exact(subject)


def complete(subject: Subject, example: Example) -> Fault | None:
    """Of each kind of unit edit that it has, an exact operator has all: L(V-1) substitutions, L(V-1)+V insertions, r
    deletions."""
    ids = _ids(subject, example)
    listed: dict[str, set[tuple[int, ...] | None]] = {}
    for edit in _neighborhood(subject, example).edits:
        listed.setdefault(edit.kind, set()).add(sequence_of(ids, edit))
    every = brute_force(ids, len(tried(example[1], subject.grammar).vocabulary))
    texts = tried(example[1], subject.grammar).vocabulary.tokens
    for kind in UNIT:
        missing = every[kind].keys() - listed.get(kind, set()) if kind in listed else ()
        if missing:
            position, token = min(every[kind][m] for m in missing)
            old = texts[ids[position]] if kind != INSERTION else ""
            message = f"{len(missing)} of {len(every[kind])} {kind}s on {example[1]!r} are missing, the first at {position}"
            return Fault(f"missing {kind}", message, position, old, texts[token] if token >= 0 else "")
    return None


def brute_force(ids: tuple[int, ...], size: int) -> dict[str, dict[tuple[int, ...], tuple[int, int]]]:
    """Every distinct sequence that one substitution, insertion or deletion gives, with the first position and token that does."""
    neighbors: dict[str, dict[tuple[int, ...], tuple[int, int]]] = {kind: {} for kind in UNIT}
    for i in range(len(ids) + 1):
        for token in range(size):
            neighbors[INSERTION].setdefault((*ids[:i], token, *ids[i:]), (i, token))
            if i < len(ids) and token != ids[i]:
                neighbors[SUBSTITUTION].setdefault((*ids[:i], token, *ids[i + 1 :]), (i, token))
        if i < len(ids):
            neighbors[DELETION].setdefault(ids[:i] + ids[i + 1 :], (i, -1))
    return neighbors


def levenshtein(a: Sequence[int], b: Sequence[int]) -> int:
    """The textbook recurrence, on what is left when equal ends are cut off."""
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    a, b = a[start:], b[start:]
    while a and b and a[-1] == b[-1]:
        a, b = a[:-1], b[:-1]
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1]


def limited(subject: Subject, example: Example) -> Fault | None:
    """A limit is kept, `size` stays what it is, and what is drawn is part of the whole, nothing of an exact operator twice."""
    whole = _neighborhood(subject, example)
    every = Counter(_key(e) for e in whole.edits)
    for limit in (1, max(1, whole.size // 3), whole.size + 1):
        drawn = _neighborhood(subject, example, limit)
        if len(drawn.edits) > limit:
            return Fault("limit", f"{len(drawn.edits)} edits where {limit} is the limit, on {example[1]!r}")
        if drawn.size != whole.size:
            return Fault("size", f"size {drawn.size} under limit {limit}, {whole.size} without, on {example[1]!r}")
        if not promises_exact(subject):
            continue
        if len(drawn.edits) < min(limit, whole.size):
            return Fault("limit", f"only {len(drawn.edits)} of {whole.size} edits, {limit} were asked for, on {example[1]!r}")
        if strange := Counter(_key(e) for e in drawn.edits) - every:
            kind, position, *_ = next(iter(strange))
            return Fault(
                "sample", f"the {kind} at {position} is drawn twice or not of the neighborhood, on {example[1]!r}", position
            )
    return None


def _key(edit: Edit) -> tuple[Any, ...]:
    return edit.kind, edit.position, edit.token, edit.result


def has_steps(subject: Subject) -> bool:
    return isinstance(subject.item, SequenceOperator)


def in_columns(subject: Subject, example: Example) -> Fault | None:
    """`steps` describes the edits of `neighborhood`, in their order, for equal generators."""
    chosen, ids, (_, spec, seed) = tried(example[1], subject.grammar), _ids(subject, example), example
    for limit in (None, 7):
        neighborhood = _neighborhood(subject, example, limit)
        steps = subject.item.token_steps(ids, len(chosen.vocabulary), limit, np.random.default_rng(seed))
        if steps.size != neighborhood.size or len(steps.positions) != len(neighborhood.edits):
            return Fault("size", f"steps counts {steps.size}, neighborhood {neighborhood.size}, with limit {limit} on {spec!r}")
        for i, edit in enumerate(neighborhood.edits):
            start, end, token = int(steps.positions[i]), int(steps.ends[i]), int(steps.tokens[i])
            sequence = [*ids[:start], *([token] if token >= 0 else []), *ids[end:]]
            if steps.kinds[i] != edit.kind or chosen.decode(sequence) != edit.result:
                message = f"step {i} is a {steps.kinds[i]} of [{start}:{end}] that gives another result"
                return _fault(subject, example, edit, "steps", message)
    return None


def promises_deterministic(subject: Subject) -> bool:
    return bool(subject.item.promises.deterministic)


def deterministic(subject: Subject, example: Example) -> Fault | None:
    """Equal arguments and generators give equal edits, in equal order."""
    for limit in (None, 5):
        first, second = (_neighborhood(subject, example, limit) for _ in range(2))
        if first != second:
            other = next((a for a, b in zip(first.edits, second.edits, strict=False) if a != b), None)
            detail = f"two calls with one seed and limit {limit} differ, on {example[1]!r}"
            return Fault("not deterministic", detail, other.position if other else None)
    return None


def promises_symmetric(subject: Subject) -> bool:
    return bool(subject.item.promises.symmetric)


def symmetric(subject: Subject, example: Example) -> Fault | None:
    """The original is a neighbor of its neighbors."""
    return _returns(subject, example, {})


def promises_inverse(subject: Subject) -> bool:
    return bool(subject.item.promises.inverse)


def inverse(subject: Subject, example: Example) -> Fault | None:
    """What one kind of edit does, the kind that is said to be its inverse undoes."""
    pairs: dict[str, str] = {}
    for text in subject.item.promises.inverse.split(","):
        left, _, right = (part.strip() for part in text.partition("<->"))
        pairs |= {left: right, right: left}
    return _returns(subject, example, pairs)


def _returns(subject: Subject, example: Example, pairs: dict[str, str]) -> Fault | None:
    """From some neighbors (of the kinds in `pairs`, if any), an edit leads back. Only those written as the edit makes them are
    asked."""
    tree, spec, seed = example
    chosen = tried(spec, subject.grammar)
    target = chosen.round_trip(tree)
    if isinstance(target, Invalid):
        return None
    edits = [e for e in _neighborhood(subject, (target, spec, seed)).edits if not pairs or e.kind in pairs]
    ways = [e for e in edits if isinstance(e.result, Node) and e.result != target and _stays(chosen, e.result)]
    order = np.random.default_rng(seed).permutation(len(ways))[:_TRIED]
    for edit in (ways[int(i)] for i in order):
        back = _neighborhood(subject, (edit.result, spec, seed)).edits  # type: ignore[arg-type]
        kinds = {pairs[edit.kind]} if pairs else {e.kind for e in back}
        if not any(e.result == target and e.kind in kinds for e in back):
            how = f"no {pairs[edit.kind]}" if pairs else "no edit"
            detail = f"gives {equation_of(edit.result)}, from where {how} leads back"
            return _fault(subject, (target, spec, seed), edit, "no way back", detail)
    return None


def _stays(chosen: Representation, tree: Node) -> bool:
    try:
        return chosen.round_trip(tree) == tree
    except EncodeError:
        return False
