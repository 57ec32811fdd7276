"""`export`: a representation, fitted, as a Hugging Face tokenizer folder, and a corpus as texts for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ...grammars.errors import EncodeError, OutputError
from ...grammars.files.write import check_empty, write_text
from ...grammars.tree import Node, System
from ...representations.export import MAX_LENGTH, Exported, check_options
from ...representations.export import export as write
from ...representations.fast_tokenizer import TEMPLATES
from ...representations.representation import Representation
from ...representations.texts import TokenTexts, token_texts
from ..domains.domain import Domain
from ..domains.domain import domain as find_domain
from ..domains.sources import Data, listed, systems_of
from ..events import Advanced, Finished, Listener, Noted, Skipped, Started, silent
from ..options.spelled import typed

_SHORTEST = 512
"""No smaller `model_max_length` is chosen: models of fewer positions are rare, and other corpora have longer expressions."""


@typed
def export(
    representation: str | Representation,
    out: str | Path,
    data: Data | None = None,
    *,
    domain: str | Domain = "ode",
    special_tokens: bool = False,
    template: str = "none",
    max_length: int | None = None,
    texts: str | Path | None = None,
    seed: int = 0,
    strict: bool = False,
    listen: Listener = silent,
) -> Exported:
    """Write a representation as a Hugging Face tokenizer folder. A spec is fitted to `data` alone, as `kappa` fits it.

    `kappabar.load(out)` gives the representation again. Raises `OutputError` where the folder is not empty, `texts` is there
    already, or one of them cannot be written, `SpecError` for a part that text cannot carry, `EncodeError` where no expression
    has a text.

    - `representation`: a spec, or one that is fitted
    - `data`: sources of expressions, or expressions; None for the domain's own: its bank, or those that its sampler draws
    - `domain`: "ode", "map", "function", "arithmetic", "proof", "program", "fold", "rna", "audio", "language", or `module:Object`
    - `special_tokens`: add <pad>, <bos> and <eos> after the representation's own ids
    - `template`: what the tokenizer puts around every text: "none", "bos", "eos" or "bos-eos", which add the special tokens
    - `max_length`: the `model_max_length` of transformers; None for the power of two, from 512 on, that all expressions fit in
    - `texts`: a new file for the expressions as token texts, one a line, of which the tokenizer makes the ids of
      `Representation.encode`; those without one are told and in `unwritten` of the result
    - `seed`: of `sample:N`
    - `strict`: stop at the first line of a source that cannot be read
    - `listen`: takes the events of what was skipped or noted
    """
    chosen = find_domain(domain)
    check_options(template, max_length)
    check_empty(Path(out))
    if texts is not None and Path(texts).exists():
        raise OutputError(f"{texts} is there already; name another file for the texts, or delete it")
    if isinstance(representation, str):
        chosen.canonical(representation)  # a misspelt one is refused before any work
    fitted = isinstance(representation, Representation)
    corpus = () if fitted and not data and texts is None else _corpus(data, chosen, seed, strict, listen)
    made = representation if isinstance(representation, Representation) else chosen.representation(representation, corpus)
    stage = "writing texts" if texts is not None else "encoding"
    found = token_texts(made, _told(corpus, stage, listen))
    if texts is not None:
        _tell(found, made.spec, listen)
    longest = max(found.lengths) + sum(map(bool, TEMPLATES[template])) if found.lengths else 0
    most = max_length or _room(longest)
    if longest > most:
        listen(Noted(stage, "max_length", f"the longest expression has {longest:,} tokens, more than {most:,}"))
    done = write(made, Path(out), chosen.name, special_tokens, template=template, max_length=most)
    if texts is None:
        return done
    write_text(Path(texts), "".join([f"{text}\n" for text in found.texts]))
    return replace(done, texts=Path(texts), n_texts=len(found.texts), unwritten=found.unwritten)


def _room(longest: int) -> int:
    """The length of sequences where a person says none."""
    return max(_SHORTEST, 1 << (longest - 1).bit_length()) if longest else MAX_LENGTH


def _corpus(data: Data | None, domain: Domain, seed: int, strict: bool, listen: Listener) -> Sequence[Node | System]:
    """What is fitted to, and written as texts."""
    if not data and domain.sampler is None:
        return domain.corpus()
    return systems_of(listed(data or None, domain.sources), domain, seed, strict, listen)


def _told(corpus: Sequence[Node | System], stage: str, listen: Listener) -> Iterator[Node | System]:
    """The corpus, while a listener hears how far it is."""
    listen(Started(stage, len(corpus)))
    for tree in corpus:
        yield tree
        listen(Advanced(stage))
    listen(Finished(stage))


def _tell(found: TokenTexts, spec: str, listen: Listener) -> None:
    """Raises `EncodeError` where there is nothing to write."""
    for one in found.unwritten:
        listen(Skipped("writing texts", one.name, one.reason))
    if not found.texts:
        first = found.unwritten[0]
        raise EncodeError(
            f"{spec!r} can write none of {len(found.unwritten)} expressions; the first, {first.name}: {first.reason}"
        )
