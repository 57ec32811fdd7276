"""Properties of representations and tokenizers: `decode` is total and deterministic, the vocabulary is one, saving loses
nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ...grammars.tree import Node, system, variable, variables
from ...representations.contract import is_id
from ...representations.representation import Representation, canonical
from ...tokenizers.base import Invalid, NumberCodec, TokenClass, Tokenizer, Wrapping
from .base import CODEC, REPRESENTATION, Attempt, Fault, Saved, Subject, encoded, passed_on
from .strategies import of_vocabulary
from .writing import declared_rounding, is_canonical, lossy, malformed, rounded, written_tree


def total(subject: Subject, attempt: Attempt) -> Fault | None:
    """`decode` gives a well-formed tree, or `Invalid` with a reason and a position in the sequence. It never raises."""
    tokenizer: Tokenizer = subject.item
    try:
        decoded: object = tokenizer.decode(list(attempt.ids))
    except BaseException as e:  # whatever it is, decode promised not to
        passed_on(e)
        return Fault(f"raises {type(e).__name__}", f"decode raises {type(e).__name__}: {_line(e)}")
    if isinstance(decoded, Invalid):
        if not 0 <= decoded.position <= len(attempt.ids):
            return Fault("position", f"Invalid at position {decoded.position} of {len(attempt.ids)} tokens")
        if not decoded.reason or "\n" in decoded.reason:
            return Fault("reason", f"the reason {decoded.reason!r} is not one line")
        return None
    if not isinstance(decoded, Node):
        return Fault("type", f"decode gives a {type(decoded).__name__}, neither a tree nor Invalid")
    wrong = malformed(decoded, subject.domain.closed, subject.domain.operators)
    return Fault("malformed", f"what is decoded is no tree of the domain: {wrong}") if wrong else None


def deterministic(subject: Subject, attempt: Attempt) -> Fault | None:
    """`decode` gives the same a second time, after another sequence, and from a copy that has decoded other things."""
    tokenizer: Tokenizer = subject.item
    ids = list(attempt.ids)
    first, second = (_aside(tokenizer, symbol) for symbol in ("sin", "cos"))
    tokenizer.decode(first)
    decoded = tokenizer.decode(ids)
    if ids != list(attempt.ids):
        return Fault("changes its argument", "decode changes the list that it is given")
    if tokenizer.decode(tuple(ids)) != decoded:
        return Fault("not deterministic", f"decoding twice gives {subject.written(decoded)}, then something else")
    tokenizer.decode(second)
    subject.copy.decode(second)
    if tokenizer.decode(ids) != decoded or subject.copy.decode(ids) != decoded:
        return Fault("not deterministic", f"what was decoded before decides whether this is {subject.written(decoded)}")
    return None


def _aside(tokenizer: Tokenizer, symbol: str) -> list[int]:
    """Another sequence to decode in between, which gives a tree if the tokenizer writes that symbol."""
    try:
        ids = list(tokenizer.encode(system(Node(symbol, (variable(0),)))))
        return ids if all(is_id(token, len(tokenizer.vocabulary)) for token in ids) else [0]
    except BaseException as e:  # not in the vocabulary, or broken: `round trip` says so
        passed_on(e)
        return [0]


def closed(subject: Subject, attempt: Attempt) -> Fault | None:
    """What decodes can be written, and is read back: its numbers are rounded already."""
    tokenizer: Tokenizer = subject.item
    tree = tokenizer.decode(list(attempt.ids))
    if isinstance(tree, Invalid):
        return None
    ids = list(tokenizer.encode(tree))
    again = tokenizer.decode(ids)
    if is_canonical(tokenizer) and not isinstance(again, Invalid) and list(tokenizer.encode(again)) == ids:
        return None
    expected = written_tree(tokenizer, tree)
    if again == expected:
        return None
    if (code := lossy(tokenizer)) is not None and again == code.rounded(expected):
        return None  # what was rounded once is rounded again, where a code rounds to what it does not hold itself
    rounding = declared_rounding(tokenizer)
    if rounding is not None and expected != tree and again == rounded(expected, rounding):
        return None  # a rewrite that computes may make numbers that are not rounded
    detail = f"decodes to {subject.written(tree)}, whose round trip gives {subject.written(again)}"
    return Fault("not closed", detail, tree=tree)


_TIMES = (1, 2, 3, 5, 8)
_MEANT = (TokenClass.VARIABLE, TokenClass.FUNCTION, TokenClass.OPERATOR)


def reads_all(subject: Subject, tree: Node) -> Fault | None:
    """What stands before or after a whole sequence is read: not most tokens there leave the tree as it is, and none that names a
    variable, a function or an operator; of a code that mends single errors, however often they stand there. A space or a padding
    may. Asked of trees without numbers: a last zero, or the sign of none, changes no number."""
    tokenizer: Tokenizer = subject.item
    ids = of_vocabulary(tokenizer, tree)
    decoded = tokenizer.decode(ids) if ids else Invalid("nothing is written", 0)
    if isinstance(decoded, Invalid) or not variables(decoded) or any(node.is_number for _, node in decoded.walk()):
        return None
    words = tokenizer.vocabulary
    times = _TIMES if _mends(tokenizer, ids, decoded) else _TIMES[:1]
    for side, at in (("after", len(ids)), ("before", 0)):
        kept = [t for t in range(len(words)) if all(tokenizer.decode([*ids[:at], *[t] * n, *ids[at:]]) == decoded for n in times)]
        meant = [t for t in kept if words.classes[t] in _MEANT]
        if meant or 2 * len(kept) > len(words):
            first = meant[0] if meant else kept[0]
            detail = (
                f"{len(kept)} of {len(words)} tokens {side} the whole sequence are not read, the first {words.tokens[first]!r}"
            )
            return Fault(f"not read {side}", detail, at, "", words.tokens[first])
    return None


def _mends(tokenizer: Tokenizer, ids: Sequence[int], decoded: Node) -> bool:
    """Whether it is a code that mends single errors: most sequences with one token replaced decode as if none were."""
    size = len(tokenizer.vocabulary)
    mended = sum(tokenizer.decode([*ids[:i], (ids[i] + 1) % size, *ids[i + 1 :]]) == decoded for i in range(len(ids)))
    return 2 * mended > len(ids)


def vocabulary(subject: Subject, _: object) -> Fault | None:
    """Texts differ, ids are their places, there is a class for each."""
    words = subject.item.vocabulary
    tokens = tuple(words.tokens)
    if not tokens:
        return Fault("empty", "the vocabulary is empty")
    if len(words) != len(tokens) or len(words.classes) != len(tokens):
        return Fault("lengths", f"{len(words)} entries, {len(tokens)} tokens, {len(words.classes)} classes")
    index: dict[str, int] = {}
    for i, text in enumerate(tokens):
        if index.setdefault(text, i) != i:
            return Fault("collision", f"ids {index[text]} and {i} are both {text!r}", i, text, text)
        if words.ids.get(text) != i:
            return Fault("collision", f"token {text!r} has id {words.ids.get(text)}, and stands at {i}", i, text)
        if not isinstance(words.classes[i], TokenClass):
            return Fault("class", f"token {text!r} has the class {words.classes[i]!r}, which is none", i, text)
    return None


def is_saved(subject: Subject) -> bool:
    """Whether the subject, or the tokenizer of a representation, says that it can be saved."""
    return isinstance(_saved_part(subject.item), Saved)


def _saved_part(item: Any) -> Any:
    return item.tokenizer if isinstance(item, Representation) else item


def _loaded(part: Any) -> Any:
    text = part.to_json()
    json.loads(text)
    load = part.from_json
    return load(part.base, text) if isinstance(part, Wrapping) else load(text)


def saved(subject: Subject, example: Node | float) -> Fault | None:
    """What was saved and loaded writes and reads the same, and saves the same."""
    part = _saved_part(subject.item)
    loaded = _loaded(part)
    if loaded.to_json() != part.to_json():
        return Fault("saves something else", "saved, loaded and saved again, it is another text")
    if subject.kind == CODEC:
        return _same_codec(part, loaded, float(str(example)))
    if not isinstance(example, Node):
        return None
    if loaded.vocabulary != part.vocabulary:
        return Fault("vocabulary", "the loaded one has another vocabulary")
    tree = written_tree(subject.item, example)
    ids = encoded(part, tree)
    if list(loaded.encode(tree)) != ids:
        return Fault("writes otherwise", f"the loaded one writes {list(loaded.encode(tree))}, not {ids}")
    if loaded.decode(ids) != part.decode(ids):
        return Fault(
            "reads otherwise",
            f"the loaded one reads {subject.written(loaded.decode(ids))}, not {subject.written(part.decode(ids))}",
        )
    return None


def _same_codec(codec: NumberCodec, loaded: NumberCodec, value: float) -> Fault | None:
    if loaded.spec != codec.spec or tuple(loaded.tokens) != tuple(codec.tokens):
        return Fault("vocabulary", f"the loaded one is {loaded.spec} with {len(loaded.tokens)} tokens")
    if loaded.write(value) != codec.write(value) or loaded.round(value) != codec.round(value):
        return Fault("writes otherwise", f"the loaded one writes {loaded.write(value)} for {value!r}, not {codec.write(value)}")
    code = codec.write(value)
    return (
        None if loaded.read(code, 0) == codec.read(code, 0) else Fault("reads otherwise", f"{code} reads otherwise once loaded")
    )


def is_spec(subject: Subject) -> bool:
    return subject.kind == REPRESENTATION and subject.named


def spec(subject: Subject, _: object) -> Fault | None:
    """The spec of a representation names it: read again, it is the same spec."""
    again = canonical(subject.item.spec, subject.domain.operators)
    return None if again == subject.item.spec else Fault("spec", f"{subject.item.spec!r} reads back as {again!r}")


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
