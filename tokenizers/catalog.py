"""Tokenizers by name: notation, number codec and wrappers, each with arguments, or `module:Object` of the user's own.

`parse_spec(["prefix", "bins:64", "bpe:512"])` reads the parts, `.parts` prints them in full, `.build(…)` fits them to a corpus.
Built-in parts are entries of three tables and nothing else knows them; a user's object stands where an entry would.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..grammars.errors import SpecError, did_you_mean
from ..grammars.operators import BUILT_IN, Operators
from ..grammars.parts.plugins import load_object, names_object
from ..grammars.parts.registry import Registry
from ..grammars.tree import Node, coefficients
from .base import NumberCodec, Tokenizer
from .codecs.catalog import BUILT_IN_CODECS
from .codecs.centers import FileName
from .codecs.no_numbers import NoNumbers
from .notations.adpcm import Adpcm, no_samples
from .notations.bracketed import Bracketed
from .notations.characters import InfixCharacters
from .notations.dag import Dag
from .notations.infix import Infix
from .notations.latex import LatexCharacters
from .notations.library import Library
from .notations.nary import Nary
from .notations.postfix import Postfix
from .notations.prefix import Prefix
from .notations.rules import Rules
from .notations.sexpr import Sexpr
from .notations.statements import ThreeAddress
from .notations.symbols import Symbols, no_numbers, no_sequence
from .notations.terms import Terms
from .notations.tree import TreeNotation
from .parts import Argument, Chosen, Codec, Notation, Own, Wrapper, read_arguments, split_part
from .wrappers.checksum import Checksum
from .wrappers.dct import MAX_BLOCK, MAX_LEVELS, Dct
from .wrappers.kmers import MAX_K, Kmers
from .wrappers.macros import MAX_MACROS, Macros
from .wrappers.patches import MAX_PATCH, Patches
from .wrappers.pretrained import Pretrained
from .wrappers.repeat import Repeat
from .wrappers.subword import Subword
from .wrappers.vq import MAX_FRAME, MAX_SIZE, Vq


def _bpe(base: Tokenizer, corpus: Sequence[Node], size: int) -> Subword:
    return Subword.train(base, corpus, "bpe", size)


def _unigram(base: Tokenizer, corpus: Sequence[Node], size: int) -> Subword:
    return Subword.train(base, corpus, "unigram", size)


def _pretrained(base: Tokenizer, corpus: Sequence[Node], path: str) -> Pretrained:
    return Pretrained.load(base, path)


def _checksum(base: Tokenizer, corpus: Sequence[Node], modulus: int) -> Checksum:
    return Checksum(base, modulus)


def _dct(base: Tokenizer, corpus: Sequence[Node], block: int, levels: int) -> Dct:
    return Dct(base, block, levels)


def _kmers(base: Tokenizer, corpus: Sequence[Node], k: int) -> Kmers:
    return Kmers(base, k)


def _repeat(base: Tokenizer, corpus: Sequence[Node], times: int) -> Repeat:
    return Repeat(base, times)


def _no_chain(alphabet: Operators) -> str:
    known = "writes chains of associative operators, and the domain's alphabet names none: give one `associative=True`"
    return "" if alphabet.chained else known


_OWN = "the user's own"


def _as_notation(name: str, item: object) -> Notation:
    """An entry of the catalog, or a tokenizer to be made for (n_variables, closed)."""
    if isinstance(item, Notation):
        return item if item.name == name else replace(item, name=name)
    if not callable(item) and not isinstance(item, Tokenizer):
        raise _misfit(name, item, "tokenizer (vocabulary, tokenize, encode, decode)")
    return Notation(name, _first_line(item), "", None, {"": Own(name, item, 2)})


def _as_codec(name: str, item: object) -> Codec:
    if isinstance(item, Codec):
        return item if item.name == name else replace(item, name=name)
    if not callable(item) and not isinstance(item, NumberCodec):
        raise _misfit(name, item, "number codec")
    return Codec(name, _first_line(item), Own(name, item, 0))


def _first_line(item: object) -> str:
    return next(iter((item.__doc__ or "").strip().splitlines()), "") or _OWN


_NOTATIONS = {
    n.name: n
    for n in (
        Notation(
            name="infix",
            summary="as people write; chars: character by character",
            default="chars",
            build=Infix,
            levels={"chars": InfixCharacters},
            alphabets=True,
            own_levels=("chars",),
        ),
        Notation("latex", "as papers set them, character by character", "chars", None, {"chars": LatexCharacters}),
        Notation("prefix", "operators before operands (Polish)", build=Prefix, alphabets=True),
        Notation("postfix", "operators after operands (reverse Polish)", build=Postfix, alphabets=True),
        Notation("sexpr", "brackets around symbol and operands (S-expressions)", build=Sexpr, alphabets=True),
        Notation("bracketed", "infix with brackets around every operation", build=Bracketed, alphabets=True),
        Notation("tree", "brackets with symbol and arity", build=TreeNotation, alphabets=True),
        Notation("rules", "productions of the leftmost derivation", build=Rules, alphabets=True),
        Notation("nary", "prefix, sums and products as n-ary brackets", build=Nary, alphabets=True, lacks=_no_chain),
        Notation("dag", "prefix, common subexpressions written once", build=Dag, alphabets=True),
        Notation("symbols", "sequences of symbols as they are", build=Symbols, alphabets=True, lacks=no_sequence, sequences=True),
        Notation("three-address", "a statement for each operation, as compilers have it", build=ThreeAddress, alphabets=True),
        Notation(
            "adpcm",
            "sequences of numbers as steps of adaptive size, of four bits each (IMA ADPCM)",
            build=Adpcm,
            alphabets=True,
            lacks=no_samples,
            sequences=True,
        ),
        Notation("terms", "polynomials to degree 3, as monomials with coefficients", build=Terms),
        Notation("library", "polynomials to degree 3, as all coefficients in order", build=Library),
    )
}

NOTATIONS: Registry[Notation] = Registry("kappabar.tokenizers", _NOTATIONS, _as_notation)

_SIZE = (Argument("SIZE", 512, 2, 60_000),)

WRAPPERS: dict[str, Wrapper] = {
    w.name: w
    for w in (
        Wrapper("bpe", "byte-pair merges, trained on the corpus", _bpe, _SIZE),
        Wrapper("unigram", "Unigram pieces, trained on the corpus", _unigram, _SIZE),
        Wrapper(
            "patches",
            "runs that begin where the next token is uncertain, PATCH long on average",
            Patches.train,
            (*_SIZE, Argument("PATCH", 2, 2, MAX_PATCH)),
        ),
        Wrapper(
            "macros", "N frequent tree patterns as operators, over prefix", Macros.train, (Argument("N", 64, 1, MAX_MACROS),)
        ),
        Wrapper(
            "hf",
            "any tokenizer of Hugging Face's over the text: a tokenizer.json, a folder with one, or an installed package",
            _pretrained,
            (FileName("PATH", "PATH", what="a tokenizer.json, a folder with one, or the name of an installed package with one"),),
        ),
        Wrapper("kmers", "runs of K tokens, all of them, cut from the left", _kmers, (Argument("K", 2, 2, MAX_K),)),
        Wrapper(
            "dct",
            "cosine transforms of blocks of BLOCK numbers, in whole steps up to LEVELS",
            _dct,
            (Argument("BLOCK", 16, 2, MAX_BLOCK), Argument("LEVELS", 63, 1, MAX_LEVELS)),
            no_numbers,
        ),
        Wrapper(
            "vq",
            "vectors of FRAME numbers out of a codebook of SIZE, fitted to the corpus",
            Vq.train,
            (Argument("SIZE", 256, 2, MAX_SIZE), Argument("FRAME", 4, 2, MAX_FRAME)),
            no_numbers,
        ),
        Wrapper("checksum", "error-detecting control; 0: detects every edit", _checksum, (Argument("M", 0, 0, 200_000),)),
        Wrapper("repeat", "error-correcting control", _repeat, (Argument("TIMES", 3, 3, 99),)),
    )
}

CODECS: Registry[Codec] = Registry(
    "kappabar.codecs",
    BUILT_IN_CODECS,
    _as_codec,
    {*WRAPPERS, *_NOTATIONS, *(level for n in _NOTATIONS.values() for level in n.levels)},
)


@dataclass(frozen=True, slots=True)
class ParsedSpec:
    """What a spec says, before it is fitted. `number`: the codec, or the name of one of the notation's levels; '' also where
    `alphabet`, the domain's, has no numbers."""

    notation: Notation
    number: Chosen | str
    wrappers: tuple[Chosen, ...] = ()
    alphabet: Operators = BUILT_IN

    @property
    def parts(self) -> tuple[str, ...]:
        """The canonical text of each part; `parse_spec(p.parts) == p`."""
        number = self.number if isinstance(self.number, str) else self.number.text
        return (self.notation.name, *([number] if number else []), *(w.text for w in self.wrappers))

    def build(self, n_variables: int, closed: bool, corpus: Sequence[Node] = ()) -> Tokenizer:
        """The tokenizer, its codec fitted to the corpus' coefficients and its wrappers trained on the corpus.

        `n_variables`, `closed`: see `alphabet.Scope`. Raises `SpecError` where an argument does not fit,
        `EncodeError` where a tree of the corpus cannot be written.
        """
        tokenizer = self.unwrapped(n_variables, closed, self.codec(corpus))
        for wrapper in self.wrappers:
            tokenizer = _checked(wrapper.part.name, wrapper.part.fit(tokenizer, corpus, *wrapper.values))
        return tokenizer

    def unwrapped(self, n_variables: int, closed: bool, codec: NumberCodec | None) -> Tokenizer:
        """The tokenizer without its wrappers. `codec`: a fitted one, or None where the notation writes numbers itself, or there
        are none."""
        own = () if self.alphabet.built_in else (self.alphabet,)
        if isinstance(self.number, str) and self.number in self.notation.levels:
            tokenizer = self.notation.levels[self.number](n_variables, closed, *own)
        else:
            chosen = NoNumbers() if codec is None else codec
            tokenizer = _with_codec(self.notation)(chosen, n_variables, closed, *own)
        return _checked(self.notation.name, tokenizer)

    def codec(self, corpus: Sequence[Node] = ()) -> NumberCodec | None:
        """The fitted codec, or None where the notation writes numbers itself."""
        return None if isinstance(self.number, str) else _fitted(self.number, corpus)


def parse_spec(parts: Sequence[str], alphabet: Operators = BUILT_IN, fitted: bool = False) -> ParsedSpec:
    """Read the parts of a spec from the notation on: notation, number codec (or the default), wrappers. `alphabet`: the domain's;
    one without numbers takes no codec. `fitted`: what is fitted is there already, so that no file is read for it.

    Raises `SpecError` for an unknown name, an argument out of range, or parts in the wrong order.
    """
    if not parts:
        raise SpecError(f"a representation needs a notation: {', '.join(notations(alphabet))}")
    notation = _notation(parts[0])
    if alphabet.built_in and notation.sequences:
        raise SpecError(f"{notation.name} writes sequences of symbols, and this domain's expressions are trees")
    rest = list(parts[1:])
    number: Chosen | str | None = None
    own = not alphabet.built_in and "" not in notation.levels  # a tokenizer of the user's own knows its alphabet
    if own:
        _check_alphabet(notation, rest, alphabet)
        number = None if alphabet.numbers else ""
    if rest and rest[0].strip() in (notation.own_levels if own else notation.levels):
        number = rest.pop(0).strip()
    elif number is None and rest and (codec := _codec(rest[0])) is not None:
        if notation.build is None:
            raise SpecError(f"{notation.name} writes numbers itself; remove {rest[0]!r}")
        number = codec
        rest.pop(0)
    if number is None and own:
        number = _codec(_CODEC)
    if number is None:
        number = notation.default if notation.default in notation.levels else _codec(notation.default)
    if number is None:
        raise SpecError(f"the default {notation.default!r} of notation {notation.name!r} is neither a codec nor a level of it")
    wrappers = tuple(_wrapper(text) for text in rest)
    for chosen in wrappers:
        if isinstance(chosen.part, Wrapper) and (reason := chosen.part.lacks(alphabet)):
            raise SpecError(f"{chosen.part.name} {reason}")
    parsed = ParsedSpec(notation, number, wrappers, alphabet)
    if not fitted:
        parsed.codec()  # tells at once whether the arguments go together
    return parsed


_CODEC = "digits:3"
"""What writes the numbers of a domain's own alphabet where a spec does not say."""


def _check_alphabet(notation: Notation, rest: Sequence[str], alphabet: Operators) -> None:
    """Raises `SpecError` where a notation, or what follows it, is for the built-in operators alone."""
    if not notation.alphabets:
        able = ", ".join(notations(alphabet))
        raise SpecError(f"{notation.name} writes the built-in operators alone; for a domain with its own there are {able}")
    if alphabet.sequence and not notation.sequences:
        able = ", ".join(notations(alphabet))
        raise SpecError(f"{notation.name} writes trees, and the domain's expressions are sequences of symbols; use {able}")
    if reason := notation.lacks(alphabet):
        raise SpecError(f"{notation.name} {reason}")
    first = rest[0].strip() if rest else ""
    if first in notation.own_levels:
        return
    if first in notation.levels:
        raise SpecError(
            f"'{notation.name} | {first}' writes the built-in operators alone; for a domain with its own: {notation.name}"
        )
    if not alphabet.numbers and first and _codec(first) is not None:
        raise SpecError(f"the domain's expressions hold no numbers, so there is nothing for {first!r} to write; remove it")


def names_file(text: str) -> bool:
    """Whether a part of a spec names a file that is read, or a package whose file is: `centers:FILE`, `hf:PATH`."""
    name = text.strip().partition(":")[0].strip()
    part = CODECS[name] if name in CODECS and CODECS.is_built_in(name) else WRAPPERS.get(name)
    return part is not None and any(isinstance(a, FileName) for a in part.arguments)


def notations(alphabet: Operators = BUILT_IN) -> list[str]:
    """The names of the notations that write an alphabet."""
    return [n.name for n in NOTATIONS.values() if n.works(alphabet)]


def is_notation(text: str) -> bool:
    """Whether a part of a spec is a notation of the catalog."""
    return text.strip() in NOTATIONS


def _notation(text: str) -> Notation:
    name = text.strip()
    if name in NOTATIONS:
        return NOTATIONS[name]
    if not names_object(name):
        if name.partition(":")[0] in NOTATIONS:
            raise SpecError(f"{name!r}: a notation takes no arguments; its number codec is the next part, after '|'")
        raise SpecError(f"unknown notation {name!r}; there are {', '.join(NOTATIONS)}{did_you_mean(name, NOTATIONS)}")
    return _as_notation(name, load_object(name))


def _codec(text: str) -> Chosen | None:
    """The codec that a part names, or None where it names a wrapper."""
    name, arguments = _split(text)
    if name in CODECS:
        return Chosen(CODECS[name], read_arguments(CODECS[name], arguments))
    if name in WRAPPERS:
        return None
    if not names_object(name):
        known = [*CODECS, *WRAPPERS]
        hint = did_you_mean(name, [*known, "chars"])
        raise SpecError(f"unknown number codec or wrapper {text.strip()!r}; there are {', '.join(known)}{hint}")
    item = load_object(name)
    if isinstance(item, Wrapper):
        return None
    codec = _as_codec(name, item)
    return Chosen(codec, read_arguments(codec, arguments))


def _wrapper(text: str) -> Chosen:
    name, arguments = _split(text)
    if name in WRAPPERS:
        return Chosen(WRAPPERS[name], read_arguments(WRAPPERS[name], arguments))
    if name in CODECS:
        raise SpecError(f"number codec {text.strip()!r} must come directly after the notation, and only once")
    if not names_object(name):
        raise SpecError(f"unknown wrapper {text.strip()!r}; there are {', '.join(WRAPPERS)}{did_you_mean(name, WRAPPERS)}")
    item = load_object(name)
    wrapper = replace(item, name=name) if isinstance(item, Wrapper) else Wrapper(name, _OWN, Own(name, item, 2))
    return Chosen(wrapper, read_arguments(wrapper, arguments))


def _split(text: str) -> tuple[str, str | None]:
    """`split_part`, but a known name is never taken for a module: `bins:log` is a mistake in `bins`."""
    name, colon, rest = text.strip().partition(":")
    return (name, rest if colon else None) if name in CODECS or name in WRAPPERS else split_part(text)


def _fitted(codec: Chosen, corpus: Sequence[Node]) -> NumberCodec:
    values = [v for tree in corpus for v in coefficients(tree)]
    item: Any = codec.part.fit(values, *codec.values)
    if not isinstance(item, NumberCodec):
        raise _misfit(codec.part.name, item, "number codec (spec, tokens, write, read, round)")
    return item


def _with_codec(notation: Notation) -> Callable[[NumberCodec, int, bool], Tokenizer]:
    if notation.build is None:
        raise SpecError(f"{notation.name} takes no number codec")
    return notation.build


def _checked(name: str, item: object) -> Tokenizer:
    if not isinstance(item, Tokenizer):
        raise _misfit(name, item, "tokenizer (vocabulary, tokenize, encode, decode)")
    return item


def _misfit(name: str, item: object, what: str) -> SpecError:
    return SpecError(f"{name} gives {type(item).__name__!r}, which is no {what}")
