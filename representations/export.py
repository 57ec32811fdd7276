"""A representation as a folder that Hugging Face's `tokenizers` and `transformers` load, and that `exported.py` reads back.

`tokenizer.json` gives the same ids as the representation on the text of `to_text`; see `fast_tokenizer.py` for how.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..grammars.errors import SpecError, did_you_mean
from ..grammars.files.write import prepare, write_text
from .described import description, table
from .fast_tokenizer import SPECIAL_TOKENS, TEMPLATES, fast_tokenizer
from .representation import Representation
from .saved import whole
from .texts import Unwritten

if TYPE_CHECKING:
    from ..tokenizers.wrappers.hugging_face import Tokenizer as FastTokenizer

MAX_LENGTH = 1024
DOCUMENT, DESCRIPTION = "representation.json", "kappabar.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What `export` wrote, and which ids are which.

    The representation's own ids, which it encodes to and decodes, are 0 to `vocabulary_size - 1`. `special_tokens` are added by
    the export for models (<pad>, <bos>, <eos>). A model needs an embedding for both: `model_vocabulary_size`. `internal_ids`
    are steps inside the library's tokenizer, in no encoded text; `table_size` counts them as well, as
    `len(AutoTokenizer.from_pretrained(folder))` does.

    `template`: what surrounds every text; "its own" where a tokenizer of Hugging Face's adds what it does by itself.
    `max_length`: the `model_max_length` of transformers, in tokens. `texts`: the file of token texts, of which it has `n_texts`;
    `unwritten`: the expressions that have none there.
    """

    folder: Path
    representation: str
    vocabulary_size: int
    model_vocabulary_size: int
    table_size: int
    special_tokens: Mapping[str, int]
    internal_ids: range
    template: str
    max_length: int
    files: tuple[str, ...]
    texts: Path | None = None
    n_texts: int = 0
    unwritten: tuple[Unwritten, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        written = {"texts": str(self.texts), "n_texts": self.n_texts, "skipped": [one.as_dict() for one in self.unwritten]}
        return {
            "folder": str(self.folder),
            "representation": self.representation,
            "vocabulary_size": self.vocabulary_size,
            "model_vocabulary_size": self.model_vocabulary_size,
            "table_size": self.table_size,
            "special_tokens": dict(self.special_tokens),
            "internal_ids": _ends(self.internal_ids),
            "template": self.template,
            "max_length": self.max_length,
            "files": list(self.files),
            **(written if self.texts else {}),
        }


def export(
    representation: Representation,
    out: Path,
    domain: str = "ode",
    special_tokens: bool = False,
    *,
    template: str = "none",
    max_length: int = MAX_LENGTH,
) -> Exported:
    """Write the folder `out`: `tokenizer.json`, its configuration, `kappabar.json` (what the tokens mean), `vocabulary.tsv`, and
    `representation.json`, from which `exported.load_export` has the representation again (none for parts of the user's own that
    were fitted).

    `special_tokens` adds <pad>, <bos> and <eos> after the content tokens; a `template` ("bos", "eos", "bos-eos") also puts them
    around every text. `domain` is only written down. `tokenizer.json` is written last, so that a folder left by an interruption
    does not load. Raises `OutputError` where the folder holds files or cannot be written, `SpecError` where the tokens cannot be
    written as text, for an unknown template, and for a `max_length` that is none.
    """
    check_options(template, max_length)
    tokenizer = representation.tokenizer
    special = SPECIAL_TOKENS if special_tokens or template != "none" else ()
    made = fast_tokenizer(tokenizer, special, template)
    ids = {text: i for text in special if (i := made.token_to_id(text)) is not None}
    content = len(tokenizer.vocabulary)
    needed = 1 + max(content - 1, *ids.values(), -1)
    internal = {text: i for text, i in made.get_vocab().items() if i >= needed}
    result = Exported(
        folder=out,
        representation=representation.spec,
        vocabulary_size=content,
        model_vocabulary_size=needed,
        table_size=made.get_vocab_size(),
        special_tokens=ids,
        internal_ids=range(needed, needed + len(internal)),
        template=_template(template, made),
        max_length=max_length,
        files=(),
    )
    files = _files(representation, result, domain) | {
        "vocabulary.tsv": table(tokenizer, ids, internal),
        "tokenizer.json": made.to_str() + "\n",
    }
    prepare(out)
    for name, text in files.items():
        write_text(out / name, text)
    return replace(result, files=tuple(files))


def check_options(template: str, max_length: int | None = None) -> None:
    """Raises `SpecError` for an unknown template, and for a length that no sequence has."""
    if template not in TEMPLATES:
        raise SpecError(f"unknown template {template!r}{did_you_mean(template, TEMPLATES)}; there are {', '.join(TEMPLATES)}")
    if max_length is not None and max_length < 1:
        raise SpecError(f"a sequence has at least one token, so max_length cannot be {max_length}")


def _files(representation: Representation, result: Exported, domain: str) -> dict[str, str]:
    """The documents beside the tokenizer."""
    names = {f"{text.strip('<>')}_token": text for text in result.special_tokens}
    about = {
        "representation": result.representation,
        "domain": domain,
        "vocabulary_size": result.vocabulary_size,
        "model_vocabulary_size": result.model_vocabulary_size,
        "table_size": result.table_size,
        "special_tokens": result.special_tokens,
        "ids": {
            "representation": [0, result.vocabulary_size - 1],
            "special": list(result.special_tokens.values()),
            "internal": _ends(result.internal_ids),
        },
        "template": result.template,
        "max_length": result.max_length,
        **description(representation),
    }
    document = whole(representation)
    return {
        **({} if document is None else {DOCUMENT: _json(document)}),
        DESCRIPTION: _json(about, indent=1),
        "special_tokens_map.json": _json(names, indent=1),
        "tokenizer_config.json": _json(_configuration(names, result.max_length), indent=1),
    }


def _configuration(names: Mapping[str, str], max_length: int) -> dict[str, Any]:
    """Without names of its inputs, transformers gives models token types, which GPT-2 embeds and others refuse."""
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "clean_up_tokenization_spaces": False,
        "model_input_names": ["input_ids", "attention_mask"],
        "model_max_length": max_length,
        **names,
    }


def _template(name: str, made: FastTokenizer) -> str:
    return "its own" if name == "none" and made.num_special_tokens_to_add(False) else name


def _ends(ids: range) -> list[int] | None:
    """The first and the last."""
    return [ids[0], ids[-1]] if ids else None


def _json(content: Any, indent: int | None = None) -> str:
    return json.dumps(content, ensure_ascii=False, allow_nan=False, indent=indent) + "\n"
