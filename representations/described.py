"""What an exported folder says of its tokens: `kappabar.json` in words, `vocabulary.tsv` id by id."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import Any, Protocol, runtime_checkable

from ..grammars.errors import EncodeError
from ..tokenizers.base import Coding, Invalid, NumberCodec, Partial, Tokenizer, Vocabulary, Wrapping
from .fast_tokenizer import spelling, visible, written
from .representation import Representation

_PROBES = (1.0, -0.25, 3.14159265, 12345.678, 1e-300, 1e300)


@runtime_checkable
class _Merging(Wrapping, Protocol):
    """Tokens that stand for runs of base tokens; a negative one is a gap."""

    @property
    def vocabulary(self) -> Vocabulary: ...

    @property
    def parts(self) -> Sequence[Sequence[int]]: ...


@runtime_checkable
class _Ranged(Protocol):
    @property
    def reach(self) -> tuple[float, float]: ...

    @property
    def worst_error(self) -> float: ...


@runtime_checkable
class _Sized(Protocol):
    @property
    def n_variables(self) -> int: ...


def _stages(tokenizer: Tokenizer) -> list[Tokenizer]:
    """The tokenizer and what it wraps, the notation last."""
    stages = [tokenizer]
    while isinstance(stages[-1], Wrapping):
        stages.append(stages[-1].base)
    return stages


def _codec(tokenizer: Tokenizer) -> NumberCodec | None:
    notation = _stages(tokenizer)[-1]
    return notation.codec if isinstance(notation, Coding) else None


def description(representation: Representation) -> dict[str, Any]:
    """What a person needs who has the folder alone."""
    from .. import __version__

    *wrappers, notation = _stages(representation.tokenizer)
    codec = _codec(representation.tokenizer)
    spelled = spelling(written(representation.tokenizer).vocabulary)
    return {
        "variables": notation.n_variables if isinstance(notation, _Sized) else None,
        "text": "tokens separated by single spaces" if spelled.spaced else "characters without separators",
        "rewrites": [{"spec": r.spec, **_described(r)} for r in representation.rewrites],
        "notation": _described(notation),
        "number_codec": None if codec is None else {"spec": codec.spec, **_described(codec), **_range(codec)},
        "wrappers": [_described(w) for w in reversed(wrappers)],
        "versions": {"kappabar": __version__, "tokenizers": metadata.version("tokenizers")},
    }


def _described(part: object) -> dict[str, str]:
    """A paragraph of the description is a line: where the source breaks it says nothing."""
    paragraphs = inspect.cleandoc(type(part).__doc__ or "").split("\n\n")
    return {"name": type(part).__name__, "description": "\n\n".join(" ".join(text.split()) for text in paragraphs)}


def _range(codec: NumberCodec) -> dict[str, Any]:
    """Range, worst relative error within it, and numbers written: `read` is what comes back, so the rounding, also outside."""
    examples = []
    for value in _PROBES:
        try:
            examples.append({"value": value, "tokens": codec.write(value), "read": codec.round(value)})
        except EncodeError as error:
            examples.append({"value": value, "refused": str(error)})
    if not isinstance(codec, _Ranged):
        return {"range": None, "worst_relative_error": None, "examples": examples}
    worst = codec.worst_error if math.isfinite(codec.worst_error) else "unbounded near zero"
    return {"range": list(codec.reach), "worst_relative_error": worst, "examples": examples}


def table(tokenizer: Tokenizer, special: Mapping[str, int], internal: Mapping[str, int]) -> str:
    """One line per id. `class`: of the representation's own that of the token, else `special` or `internal`; `parts`: the tokens
    that a merged one stands for; `number`: the value of one that is a number by itself."""
    vocabulary = tokenizer.vocabulary
    parts, numbers = _parts(tokenizer), _numbers(tokenizer)
    lines = ["id\ttoken\tclass\tparts\tnumber"]
    # A tokenizer of Hugging Face's has tokens that no text of ours spells.
    words = vocabulary.tokens if isinstance(tokenizer, Partial) else spelling(vocabulary).words
    for i, (word, kind) in enumerate(zip(words, vocabulary.classes, strict=True)):
        lines.append(f"{i}\t{word}\t{kind}\t{parts.get(i, '')}\t{numbers.get(vocabulary.tokens[i], '')}")
    for whose, added in (("special", special), ("internal", internal)):
        rows = sorted((i, text) for text, i in added.items() if i >= len(vocabulary))
        lines += [f"{i}\t{visible(text)}\t{whose}\t\t" for i, text in rows]
    return "\n".join(lines) + "\n"


def _parts(tokenizer: Tokenizer) -> dict[int, str]:
    """What each merged token stands for, also where a wrapper passes the same tokens on."""
    while not isinstance(tokenizer, _Merging):
        if not isinstance(tokenizer, Wrapping) or tokenizer.base.vocabulary != tokenizer.vocabulary:
            return {}
        tokenizer = tokenizer.base
    words = spelling(tokenizer.base.vocabulary).words
    return {i: " ".join(words[p] if p >= 0 else "?" for p in run) for i, run in enumerate(tokenizer.parts) if len(run) > 1}


def _numbers(tokenizer: Tokenizer) -> dict[str, str]:
    codec = _codec(tokenizer)
    if codec is None:
        return {}
    read = {token: codec.read([token], 0) for token in codec.tokens}
    return {token: repr(value[0]) for token, value in read.items() if not isinstance(value, Invalid)}
