"""What there is to check under a name: a representation, tokenizer, codec, rewrite or edit operator, built in or the user's
own."""

from __future__ import annotations

import copy
import inspect
from typing import Any

import numpy as np

from ...grammars.errors import EncodeError, KappabarError, RunError, SpecError, did_you_mean
from ...grammars.operators import BUILT_IN
from ...grammars.parts.plugins import load_object, names_object
from ...grammars.text.own import TextReader
from ...grammars.tree import Node, System, number, system, variable
from ...representations.representation import Representation
from ...representations.rewrites.base import Rewrite
from ...representations.rewrites.catalog import REWRITES, built_in
from ...tokenizers import parts
from ...tokenizers.base import NumberCodec, Tokenizer
from ...tokenizers.catalog import CODECS, NOTATIONS, parse_spec
from ...tokenizers.codecs.beside import Beside
from ..domains.domain import Domain
from ..domains.domain import domain as find_domain
from ..domains.sources import draw
from ..edits.base import EditOperator
from ..edits.catalog import EDITS
from .base import CODEC, KINDS, OPERATOR, REPRESENTATION, REWRITE, TOKENIZER, Subject, passed_on

MOST_VARIABLES = 12
_SAMPLED = 32
_PROTOCOLS: dict[str, type] = {TOKENIZER: Tokenizer, CODEC: NumberCodec, REWRITE: Rewrite, OPERATOR: EditOperator}
_WANTED = (
    "a tokenizer (vocabulary, tokenize, encode, decode), codec (spec, tokens, write, read, round), rewrite (spec, apply) or "
    "edit operator (name, promises, neighborhood)"
)


def subject(given: object, domain: Domain) -> Subject:
    """The subject that a text names, or that an object is.

    Text: a spec such as `prefix | digits:3`, the name of a codec with its arguments, of a rewrite or of an edit operator, or
    `module:Object`; `KIND=…` says which is meant where a name is several (`operator=tree`). Raises SpecError.
    """
    if isinstance(given, Subject):
        return given
    return _named(given.strip(), domain) if isinstance(given, str) else _object(given, domain, "", _label(given))


def _label(given: object) -> str:
    if isinstance(given, Representation):
        return given.spec
    return given.__name__ if isinstance(given, type) else type(given).__name__


def _named(text: str, domain: Domain) -> Subject:
    kind, equals, rest = text.partition("=")
    wanted, name = (kind.strip(), rest.strip()) if equals and kind.strip() in KINDS else ("", text)
    kinds = {wanted} if wanted else _kinds_of_name(name)
    if len(kinds) > 1:
        choices = " or ".join(f"{k}={name}" for k in sorted(kinds))
        raise SpecError(f"{name!r} names {len(kinds)} things; write {choices}")
    if kinds:
        (only,) = kinds
        if only == TOKENIZER and "|" not in name and names_object(name):
            return _object(load_object(name), domain, TOKENIZER, text, name)
        if not names_object(name) or only == REPRESENTATION or "|" in name:
            return _built_in(only, name, domain, text)
        return _object(load_object(name), domain, only, text, name)
    if names_object(":".join(name.split(":")[:2])):
        head = ":".join(name.split(":")[:2])
        loaded = load_object(head)
        if head != name or isinstance(loaded, parts.Codec):
            return _built_in(CODEC, name, domain, text)
        return _object(loaded, domain, "", text, name)
    known = [*NOTATIONS, *CODECS, *REWRITES, *EDITS]
    raise SpecError(
        f"nothing to check is called {name!r}{did_you_mean(name, known)}; there are {', '.join(known)}, or module:Object"
    )


def _kinds_of_name(name: str) -> set[str]:
    if "|" in name:
        return {REPRESENTATION}
    head = name.partition(":")[0].strip()
    tables = ((NOTATIONS, REPRESENTATION, head), (CODECS, CODEC, head), (REWRITES, REWRITE, head), (EDITS, OPERATOR, name))
    return {kind for table, kind, key in tables if key in table}


def _built_in(kind: str, name: str, domain: Domain, text: str) -> Subject:
    if kind in (REPRESENTATION, TOKENIZER):
        return _finished(kind, text, _fitted(name, domain), domain)
    if kind == CODEC:
        return _finished(kind, text, parse_spec(["prefix", name]).codec(_corpus(domain)), domain)
    item: Any = built_in(name, domain.operators) if kind == REWRITE else EDITS.get(name)
    if item is None:
        known = list(REWRITES if kind == REWRITE else EDITS)
        raise SpecError(f"unknown {kind} {name!r}{did_you_mean(name, known)}; there are {', '.join(known)}, or module:Object")
    return _finished(kind, text, item, domain)


def _object(named: Any, domain: Domain, wanted: str, text: str, name: str = "") -> Subject:
    """A subject of an object: `name` is under what it was loaded, '' where it was given in Python."""
    if isinstance(named, Representation):
        return _finished(REPRESENTATION, text, named, domain, bool(name))
    if isinstance(named, parts.Notation | parts.Wrapper):
        if not name:
            raise SpecError("a notation or wrapper of a catalog is checked by its name, or as the tokenizer that it makes")
        return _finished(
            REPRESENTATION, text, _fitted(name if isinstance(named, parts.Notation) else f"infix | {name}", domain), domain
        )
    item = _made(named, domain, text)
    kinds = [k for k, protocol in _PROTOCOLS.items() if isinstance(item, protocol) and wanted in ("", k)]
    if len(kinds) > 1:
        raise SpecError(f"{text} is {' and '.join(kinds)} at once; say which: {kinds[0]}={text}")
    if not kinds:
        raise SpecError(f"{text} gives a {type(item).__name__}, which is no {wanted}" if wanted else f"{text} is not {_WANTED}")
    return _finished(kinds[0], text, item, domain, bool(name))


def _made(item: Any, domain: Domain, text: str) -> Any:
    """An instance: what a class or function gives without arguments, else for (n_variables, closed) as in a spec."""
    if not (isinstance(item, type) or inspect.isroutine(item)):
        return item
    try:
        takes = [p for p in inspect.signature(item).parameters.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        sized = bool(takes) and (takes[0].default is takes[0].empty or takes[0].name == "n_variables")
        return item(*((most_variables(domain), domain.closed)[: len(takes)] if sized else ()))
    except KappabarError:
        raise
    except BaseException as e:  # a user's code may fail in any way, and end the process; told in one line
        passed_on(e)
        words = f"{text} could not be made: {type(e).__name__}: {' '.join(str(e).split())}"
        raise (SpecError if isinstance(e, Exception) else RunError)(words) from e


def _corpus(domain: Domain) -> list[Node]:
    """What parts are fitted to: the domain's bank, or for a user's own domain its simplest systems."""
    if most_variables(domain) == 0 and domain.bank is None:
        return [_simple(domain)]
    return [s.tree if isinstance(s, System) else s for s in domain.corpus()]


def most_variables(domain: Domain) -> int:
    """How many variables trees have at most: as many as the systems that a sampler of the domain's own draws, none where its
    grammar has no place for one, else twelve: x_10 is neither x_1 nor x_1 and a 0."""
    if domain.operators.built_in:
        return MOST_VARIABLES
    if domain.sampler is not None:
        return max(draw(domain.sampler, np.random.default_rng(seed)).dim for seed in range(_SAMPLED))
    return 0 if isinstance(domain.parse, TextReader) and domain.parse.without_variables else MOST_VARIABLES


def _simple(domain: Domain, n: int | None = None) -> Node:
    """A system of `n` variables (of as many as there may be, where not given)."""
    n = most_variables(domain) if n is None else n
    if n:
        return system(*[variable(n - 1)] * (n if domain.closed else 1))
    constants = domain.operators.constants
    return system(Node(constants[0]) if constants else number(1.0) if domain.operators.numbers else variable(0))


def _fitted(spec: str, domain: Domain) -> Representation:
    return domain.representation(spec, _corpus(domain), [_simple(domain)])


def _finished(kind: str, text: str, item: Any, domain: Domain, named: bool = True) -> Subject:
    if isinstance(item, Beside):
        raise SpecError(
            f"{text}: its values are beside the tokens, so it reads nothing alone; check it in a representation: prefix | {text}"
        )
    if kind == REWRITE and type(item) in _arithmetic() and getattr(item, "operators", BUILT_IN) != domain.operators:
        raise SpecError(
            f"rewrite {item.spec!r} knows the built-in operators alone, and {domain.name} has its own; check it under ode"
        )
    if kind in (CODEC, OPERATOR) and not domain.operators.built_in:  # tried on the built-in expressions
        domain = find_domain("ode" if domain.closed else "function")
    dim = _dimension(item, domain) if kind in (REPRESENTATION, TOKENIZER) else most_variables(domain)
    return Subject(kind=kind, name=text, item=item, domain=domain, dim=dim, named=named, copy=_copied(item))


def _arithmetic() -> list[object]:
    """The classes of the built-in rewrites."""
    return [entry.make for name, entry in REWRITES.items() if REWRITES.is_built_in(name)]


def _copied(item: Any) -> Any:
    try:
        return copy.deepcopy(item)
    except BaseException as e:  # holds something that cannot be copied: then there is one less thing to compare with
        passed_on(e)
        return item


def _dimension(tokenizer: Tokenizer, domain: Domain) -> int:
    """The most variables, up to `most_variables`, of a system that the tokenizer writes; one where it writes none."""
    most = most_variables(domain)
    for n in range(most, 1, -1):
        try:
            tokenizer.encode(_simple(domain, n))
        except EncodeError:
            continue
        except BaseException as e:  # whatever a broken encoder raises: `round trip` says so
            passed_on(e)
            return n
        return n
    return min(most, 1)
