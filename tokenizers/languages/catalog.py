"""The language of a tokenizer of the catalog, its wrappers included."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...grammars.errors import SpecError
from ..base import Tokenizer
from ..notations.adpcm import Adpcm
from ..notations.characters import InfixCharacters
from ..notations.derived import Derived
from ..notations.library import Library
from ..notations.terms import Terms
from ..wrappers.checksum import Checksum
from ..wrappers.dct import Dct
from ..wrappers.macros import Macros
from ..wrappers.pretrained import Pretrained
from ..wrappers.repeat import Repeat
from ..wrappers.restricted import Restricted
from ..wrappers.runs import Runs
from .characters import write_characters
from .grammar import Language, Shape, Writer, grammar_of, merged, whole
from .notations import write_derived, write_library
from .numbers_in_order import write_adpcm, write_dct
from .polynomials import write_terms

_TYPED: dict[type, Any] = {
    Derived: write_derived,
    InfixCharacters: write_characters,
    Adpcm: write_adpcm,
    Dct: write_dct,
    Terms: write_terms,
    Library: write_library,
    Macros: write_derived,
}
WRITERS: dict[type, Writer] = _TYPED  # each takes the tokenizer of its own class


def language(tokenizer: Tokenizer, shapes: Iterable[Shape]) -> Language:
    """The language of a tokenizer for several shapes, with a start for each.

    Raises SpecError where the tokenizer is none of the catalog's, its codec has no grammar, a shape does not fit, or merges lie
    over a control (`checksum`, `repeat`), which is no grammar: the controls themselves are for
    `evaluate/quality/decoding/constrain.py`.
    """
    if isinstance(tokenizer, Runs):
        return merged(language(tokenizer.base, shapes), tokenizer.parts)
    if isinstance(tokenizer, Restricted) and isinstance(tokenizer.base, Pretrained) and (runs := tokenizer.runs) is not None:
        return merged(language(tokenizer.base.base, shapes), runs)
    if isinstance(tokenizer, Checksum | Repeat):
        raise SpecError("constrained decoding knows no grammar of merges over checksum or repeat; put the control last")
    grammar = grammar_of(tokenizer, shapes, WRITERS)
    if grammar is None:
        name = type(tokenizer).__name__
        raise SpecError(f"constrained decoding knows no grammar of {name!r}; give it `lark(equations, variables)`")
    return whole(grammar)
