"""A representation as a folder that Hugging Face's `tokenizers` and `transformers` load, and the text that they read.

`tokenizer.json` gives the same ids as the representation on the text of `to_text`; see `fast_tokenizer.py` for how.
"""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from ..grammars.errors import EncodeError
from ..grammars.files.write import prepare, write_text
from ..grammars.tree import Node, System
from ..tokenizers.base import Coding, Invalid, NumberCodec, Partial, Tokenizer, Vocabulary, Wrapping
from .fast_tokenizer import SPECIAL_TOKENS, fast_tokenizer, spelling, written
from .representation import Representation

_PROBES = (1.0, -0.25, 3.14159265, 12345.678, 1e-300, 1e300)


@dataclass(frozen=True, slots=True)
class Exported:
    """What `export` wrote. Content ids are 0 to `vocabulary_size - 1`; `table_size` counts the special tokens and what the model
    needs inside as well, and is what `len(AutoTokenizer.from_pretrained(folder))` gives."""

    folder: Path
    representation: str
    vocabulary_size: int
    table_size: int
    special_tokens: Mapping[str, int]
    files: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "folder": str(self.folder),
            "representation": self.representation,
            "vocabulary_size": self.vocabulary_size,
            "table_size": self.table_size,
            "special_tokens": dict(self.special_tokens),
            "files": list(self.files),
        }


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


def to_text(representation: Representation, tree: Node | System) -> str:
    """A tree as the text whose ids the exported tokenizer gives: `* N- 2 0 0 E0 x_0`, or `-2*x_0` for characters.

    The tokens that the representation writes, one word each; where subword merges come last, those below them, which the exported
    model merges. White space inside a token is written `␣`. Raises `EncodeError` where the vocabulary cannot write the tree,
    `SpecError` where two tokens would be written alike.
    """
    return next(to_texts(representation, [tree]))


def to_texts(representation: Representation, trees: Iterable[Node | System]) -> Iterator[str]:
    """`to_text` for many trees, one by one; faster, as the vocabulary is spelled once."""
    writer = written(representation.tokenizer)
    spelled = spelling(writer.vocabulary)
    for tree in trees:
        yield spelled.text(writer.encode(representation.rewrite(tree)))


def export(representation: Representation, out: Path, domain: str = "ode", special_tokens: bool = False) -> Exported:
    """Write the folder `out`: `tokenizer.json`, its configuration, `kappabar.json` (what the tokens mean) and `vocabulary.tsv`.

    `special_tokens` adds <pad>, <bos> and <eos> after the content tokens, and nothing inserts them by itself. `domain` is only
    written down. `tokenizer.json` is written last, so that a folder left by an interruption does not load. Raises `OutputError`
    where the folder holds files or cannot be written, `SpecError` where the tokens cannot be written as text.
    """
    tokenizer = representation.tokenizer
    special = SPECIAL_TOKENS if special_tokens else ()
    made = fast_tokenizer(tokenizer, special)
    content, table = len(tokenizer.vocabulary), made.get_vocab_size()
    ids = {text: content + i for i, text in enumerate(special)}
    names = {f"{text.strip('<>')}_token": text for text in special}
    described = {
        "representation": representation.spec,
        "domain": domain,
        "vocabulary_size": content,
        "table_size": table,
        "special_tokens": ids,
        **_description(representation),
    }
    files = {
        "vocabulary.tsv": _table(tokenizer, special),
        "kappabar.json": _json(described, indent=1),
        "special_tokens_map.json": _json(names, indent=1),
        "tokenizer_config.json": _json(_configuration(names), indent=1),
        "tokenizer.json": made.to_str() + "\n",
    }
    prepare(out)
    for name, text in files.items():
        write_text(out / name, text)
    return Exported(out, representation.spec, content, table, ids, tuple(files))


def _configuration(names: Mapping[str, str]) -> dict[str, Any]:
    return {"tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": False, **names}


def _stages(tokenizer: Tokenizer) -> list[Tokenizer]:
    """The tokenizer and what it wraps, the notation last."""
    stages = [tokenizer]
    while isinstance(stages[-1], Wrapping):
        stages.append(stages[-1].base)
    return stages


def _codec(tokenizer: Tokenizer) -> NumberCodec | None:
    notation = _stages(tokenizer)[-1]
    return notation.codec if isinstance(notation, Coding) else None


def _description(representation: Representation) -> dict[str, Any]:
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


def _table(tokenizer: Tokenizer, special: Sequence[str]) -> str:
    """One line per id. `parts`: the tokens that a merged one stands for; `number`: the value of one that is a number by
    itself."""
    vocabulary = tokenizer.vocabulary
    parts, numbers = _parts(tokenizer), _numbers(tokenizer)
    lines = ["id\ttoken\tclass\tparts\tnumber"]
    # A tokenizer of Hugging Face's has tokens that no text of ours spells.
    words = vocabulary.tokens if isinstance(tokenizer, Partial) else spelling(vocabulary).words
    for i, (word, kind) in enumerate(zip(words, vocabulary.classes, strict=True)):
        lines.append(f"{i}\t{word}\t{kind}\t{parts.get(i, '')}\t{numbers.get(vocabulary.tokens[i], '')}")
    lines += [f"{len(vocabulary) + i}\t{text}\tspecial\t\t" for i, text in enumerate(special)]
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


def _json(content: Any, indent: int | None = None) -> str:
    return json.dumps(content, ensure_ascii=False, allow_nan=False, indent=indent) + "\n"
