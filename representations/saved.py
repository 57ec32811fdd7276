"""A fitted representation as a document of numbers and words, and back, never fitted again: what a run keeps as
`tokenizer/….json`, and an export as `representation.json`.

A document holds what was fitted, not how: the number of variables, the codec's fields, those of the wrappers (merges, templates).
Types are names in the tables here, so that a document can name no class of anyone's own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from ..grammars.errors import OutputError
from ..grammars.operators import BUILT_IN, Operator, Operators
from ..grammars.text.names import MAX_VARIABLES
from ..tokenizers.base import Tokenizer
from ..tokenizers.codecs.bins import Bins
from ..tokenizers.codecs.bit_token import BitToken
from ..tokenizers.codecs.bits import Bits
from ..tokenizers.codecs.centers import Centers
from ..tokenizers.codecs.codebook import Codebook
from ..tokenizers.codecs.digits import Digits, Floats
from ..tokenizers.codecs.fone import Fone
from ..tokenizers.codecs.grouped import Grouped
from ..tokenizers.codecs.one_token import OneToken
from ..tokenizers.codecs.radix import Radix
from ..tokenizers.codecs.xval import XVal
from ..tokenizers.wrappers.checksum import Checksum
from ..tokenizers.wrappers.dct import Dct
from ..tokenizers.wrappers.kmers import Kmers
from ..tokenizers.wrappers.macros import Macros
from ..tokenizers.wrappers.patches import Patches
from ..tokenizers.wrappers.pretrained import Pretrained
from ..tokenizers.wrappers.repeat import Repeat
from ..tokenizers.wrappers.restricted import Restricted
from ..tokenizers.wrappers.subword import Subword
from ..tokenizers.wrappers.vq import Vq
from .representation import Representation, read

Document = dict[str, Any]
_CODECS: dict[str, Any] = {
    c.__name__: c for c in (Bins, Bits, BitToken, Centers, Codebook, Digits, Floats, Fone, Grouped, OneToken, Radix, XVal)
}
_WRAPPERS: dict[str, Any] = {w.__name__: w for w in (Checksum, Dct, Kmers, Macros, Patches, Pretrained, Repeat, Subword, Vq)}

FORMAT = "kappabar representation 1"
_LARGEST = 1_000_000
_MAKE_AGAIN = "delete it and go on with --resume, to make it again"


def saved(representation: Representation) -> Document | None:
    """The document; None where a part of the user's own holds what was fitted, which only it knows how to write."""
    _, plan = read(representation.spec, representation.operators)
    tokenizer: Any = representation.tokenizer
    wrappers: list[Document] = []
    kept = list(tokenizer.kept) if isinstance(tokenizer, Restricted) else None
    tokenizer = tokenizer.base if isinstance(tokenizer, Restricted) else tokenizer
    for _ in plan.wrappers:
        if type(tokenizer) not in _WRAPPERS.values():
            return None
        wrappers.insert(0, _written(tokenizer, leave="base"))
        tokenizer = tokenizer.base
    written_codec = not isinstance(plan.number, str)
    codec = getattr(tokenizer, "codec", None) if written_codec else None
    if not _counts(tokenizer) or (written_codec and type(codec) not in _CODECS.values()):
        return None
    return {
        "spec": representation.spec,
        "n_variables": tokenizer.n_variables,
        "closed": tokenizer.closed,
        "codec": None if codec is None else _written(codec),
        "wrappers": wrappers,
        "kept": kept,
        "vocabulary": _digest(representation.tokenizer),
    }


def load(document: Any, spec: str, path: Path, operators: Operators = BUILT_IN, instead: str = _MAKE_AGAIN) -> Representation:
    """The representation that `saved` wrote for `spec` to `path`. Raises `OutputError` where the document is none, is damaged, or
    is of another spec, with what to do `instead`."""
    rewrites, plan = read(spec, operators)
    full = " | ".join([*(r.spec for r in rewrites), *plan.parts])
    try:
        if document["spec"] != full or len(document["wrappers"]) != len(plan.wrappers):
            raise ValueError(f"it is of {document['spec']!r}")
        _check_numbers({"fields": {"n_variables": document["n_variables"]}}, range(MAX_VARIABLES + 1))
        if document["codec"] is not None:
            _check_numbers(document["codec"], range(-_LARGEST, _LARGEST))
        codec = None if document["codec"] is None else _made(_CODECS, document["codec"])
        if codec is not None and not isinstance(plan.number, str) and codec.spec != plan.number.text:
            raise ValueError(f"its codec is {codec.spec!r}")
        tokenizer: Any = plan.unwrapped(document["n_variables"], document["closed"], codec)
        for wrapper, chosen in zip(document["wrappers"], plan.wrappers, strict=True):
            _check_numbers(wrapper, chosen.values)
            tokenizer = _made(_WRAPPERS, wrapper, base=tokenizer)
        if document.get("kept") is not None:
            tokenizer = Restricted(tokenizer, _tuples(document["kept"]))
        if _digest(tokenizer) != document["vocabulary"]:
            raise ValueError("its vocabulary is another")
    except Exception as e:  # of any kind, as the document may be anyone's; Hugging Face's library raises bare Exception
        reason = " ".join(str(e).split())
        raise OutputError(f"{path} is no tokenizer of {spec!r} ({reason}); {instead}") from None
    return Representation(full, rewrites, tokenizer, operators=operators)


def whole(representation: Representation) -> Document | None:
    """`saved` with the alphabet, so that nothing else is needed to read it."""
    document, alphabet = saved(representation), representation.operators
    if document is None:
        return None
    rows = None if alphabet.built_in else [row.document() for row in alphabet.rows]
    longest = {"sequence": alphabet.sequence} if alphabet.sequence else {}
    return {"format": FORMAT, "alphabet": rows, "numbers": alphabet.numbers, **longest, **document}


def alphabet_of(document: Document) -> Operators:
    """The alphabet in a document of `whole`. Raises `TypeError`, `KeyError` or `SpecError` where it holds none."""
    rows = document["alphabet"]
    if rows is None:
        return BUILT_IN
    return Operators(tuple(Operator(**row) for row in rows), document["numbers"], document.get("sequence", 0))


def _counts(tokenizer: Tokenizer) -> bool:
    return hasattr(tokenizer, "n_variables") and hasattr(tokenizer, "closed")


def _written(part: Any, leave: str = "") -> Document:
    own = {f.name: getattr(part, f.name) for f in fields(part) if f.init and f.name != leave}
    return {"type": type(part).__name__, "fields": own}


def _made(types: Mapping[str, Any], document: Mapping[str, Any], **more: Any) -> Any:
    own = {name: _tuples(value) for name, value in document["fields"].items()}
    return types[document["type"]](**more, **own)


def _check_numbers(part: Mapping[str, Any], allowed: Container[Any]) -> None:
    """Raises `ValueError` for a whole number that cannot be: a stranger's document must not ask for all memory, or for ever."""
    for name, value in part["fields"].items():
        if isinstance(value, int) and value not in allowed:
            raise ValueError(f"its {name} is {value}"[:80])


def _tuples(value: Any) -> Any:
    """As the fields have it: JSON has lists for tuples."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _digest(tokenizer: Tokenizer) -> str:
    return hashlib.sha256("\0".join(tokenizer.vocabulary.tokens).encode()).hexdigest()
