"""A representation: rewrites, then a tokenizer, named by a one-line spec such as `sort | prefix | digits:3`.

Some rewrites depend on the system: on its ranges, its number of variables or its behavior (`Framed`). `bind` gives the
representation for one system, which writes the tree in the system's frame and puts what it decodes back. Unbound, such a rewrite
does what it can without knowing the system, and `decode` gives a tree in the frame: for `rename`, with other variables.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, reduce
from operator import index
from typing import Any

from ..grammars.errors import EncodeError, SourceError, SpecError, did_you_mean
from ..grammars.operators import BUILT_IN, Operators
from ..grammars.parts.plugins import load_object, names_object
from ..grammars.tree import Node, System, variables
from ..tokenizers.base import Invalid, NumberCodec, Textual, Token, Tokenizer, Vocabulary
from ..tokenizers.catalog import CODECS, NOTATIONS, WRAPPERS, ParsedSpec, is_notation, notations, parse_spec
from ..tokenizers.codecs.beside import Beside, bind_values, is_continuous
from ..tokenizers.codecs.reach import codec_of
from . import contract as guard
from .rewrites.base import Context, Frame, Framed, InFrame, Rewrite
from .rewrites.catalog import REWRITES, built_in


@dataclass(frozen=True, slots=True)
class Representation:
    """Trees to token ids and back. `spec` is canonical: `representation(r.spec)` names the same representation.

    `decode` gives the rewritten tree: meaning is kept, form need not be. Token paths point into the rewritten tree. `frames`: of
    the bound rewrites, in their order; `decode` undoes them. Empty where nothing is bound. `operators`: the domain's alphabet.
    `codec`: the number codec that the tokenizer writes with, None where it writes numbers itself; `continuous`: whether values
    travel beside the tokens. A tokenizer of the user's own that breaks its promise is told as a `SpecError` in one line
    (`guard`).
    """

    spec: str
    rewrites: tuple[Rewrite, ...]
    tokenizer: Tokenizer
    frames: tuple[Frame, ...] = ()
    operators: Operators = BUILT_IN
    codec: NumberCodec | None = field(init=False, compare=False, repr=False)
    continuous: bool = field(init=False, compare=False, repr=False)
    _own: bool = field(init=False, compare=False, repr=False)

    def __repr__(self) -> str:
        return f"Representation({self.spec!r}, V={len(self.vocabulary)})"

    def __post_init__(self) -> None:
        # Asked of every expression, and slow to find out: what a part can do is looked for among all of its names.
        object.__setattr__(self, "codec", codec_of(self.tokenizer))
        object.__setattr__(self, "continuous", is_continuous(self.tokenizer))
        object.__setattr__(self, "_own", guard.is_own(self.tokenizer))

    @property
    def vocabulary(self) -> Vocabulary:
        return self.tokenizer.vocabulary

    @property
    def framed(self) -> bool:
        """Whether a rewrite depends on the system, and is not bound to one yet."""
        return any(isinstance(r, Framed) for r in self.rewrites)

    def bind(self, context: System | Context) -> Representation:
        """The representation for one system: `decode(encode(tree))` is in its own variables and units again.

        `context` holds the system and the behavior that units come from (see `Context`); a system alone will do where no rewrite
        needs that. Same vocabulary, same spec. Itself where nothing depends on the system. Raises `ConditionError` where the
        context lacks what a rewrite needs, `EncodeError` where a codec that must know its numbers cannot write the tree.
        """
        if not self.framed and not self.continuous:
            return self
        given = context if isinstance(context, Context) else Context(context)
        rewrites, frames = _bound(self.rewrites, given)
        bound = replace(self, rewrites=rewrites, frames=(*self.frames, *frames))
        if not self.continuous:
            return bound
        return replace(bound, tokenizer=bind_values(self.tokenizer, bound.rewrite(given.system)))

    def rewrite(self, tree: Node | System) -> Node:
        """The tree that is written."""
        root = tree.tree if isinstance(tree, System) else tree
        if not isinstance(root, Node):
            raise EncodeError(f"a tree or a System is written, not a {type(root).__name__}; kappabar.parse makes one of a text")
        return reduce(_rewritten, self.rewrites, root)

    def tokenize(self, tree: Node | System) -> list[Token]:
        """Tokens with class and node. Raises `EncodeError` where the vocabulary cannot write the tree."""
        written = self.rewrite(tree)
        return guard.tokenize(self.spec, self.tokenizer, written) if self._own else self.tokenizer.tokenize(written)

    def encode(self, tree: Node | System) -> list[int]:
        """Token ids. Raises `EncodeError` where the vocabulary cannot write the tree."""
        return self._encoded(self.rewrite(tree))

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        """The tree, or why there is none; `ids` may be any sequence of whole numbers, arrays included. A built-in one never
        raises."""
        if type(ids) is not list or not set(map(type, ids)) <= {int}:
            whole = _whole(ids)
            if isinstance(whole, Invalid):
                return whole
            ids = whole
        tree = guard.decode(self.spec, self.tokenizer, ids) if self._own else self.tokenizer.decode(ids)
        return tree if isinstance(tree, Invalid) else reduce(lambda t, frame: frame.back(t), reversed(self.frames), tree)

    def other_ways(self, tree: Node | System) -> dict[str, str] | None:
        """The texts of a tree in the ways in which people write it otherwise, by name; None where its tokens are of no such
        text."""
        if not isinstance(self.tokenizer, Textual):
            return None
        written = self.rewrite(tree)
        return guard.other_ways(self.spec, self.tokenizer, written) if self._own else self.tokenizer.other_ways(written)

    def encode_text(self, text: str) -> list[int] | Invalid:
        """Token ids of any text, or the first character for which there is none."""
        if not isinstance(self.tokenizer, Textual):
            return Invalid("the tokens are of no text", 0)
        size = len(self.vocabulary)
        return guard.encode_text(self.spec, self.tokenizer, text, size) if self._own else self.tokenizer.encode_text(text)

    def round_trip(self, tree: Node | System) -> Node | Invalid:
        """What the representation makes of a tree: its own rounding and nothing else."""
        rewritten = self.rewrite(tree)
        one = replace(self, tokenizer=bind_values(self.tokenizer, rewritten))
        return one.decode(one._encoded(rewritten))

    def unrounded(self, tree: Node | System) -> Node:
        """What its rewrites alone make of a tree: no tokenizer has a part in it."""
        return reduce(lambda t, frame: frame.back(t), reversed(self.frames), self.rewrite(tree))

    def _encoded(self, rewritten: Node) -> list[int]:
        return guard.encode(self.spec, self.tokenizer, rewritten) if self._own else self.tokenizer.encode(rewritten)


def _bound(rewrites: Sequence[Rewrite], context: Context) -> tuple[tuple[Rewrite, ...], list[Frame]]:
    """The rewrites for one system, and their frames: each rewrite sees the context as those before it have left it."""
    bound: list[Rewrite] = []
    frames: list[Frame] = []
    for rewrite in rewrites:
        if isinstance(rewrite, Framed):
            frame = rewrite.frame(context)
            frames.append(frame)
            bound.append(InFrame(rewrite.spec, frame))
            context = frame.moved(context)
        else:
            bound.append(rewrite)
            context = context.with_tree(rewrite.apply(context.system.tree))
    return tuple(bound), frames


def _parts(text: str, alphabet: Operators) -> list[str]:
    parts = [part.strip() for part in text.split("|")]
    if not text.strip():
        known = notations(alphabet)
        example = "prefix | digits:3" if alphabet.built_in else known[0]
        raise SpecError(f"the representation is empty; write for instance {example!r} (notations: {', '.join(known)})")
    if "" in parts:
        raise SpecError(f"an empty part in {text!r}; parts are separated by single bars, as in 'prefix | digits:3'")
    return parts


def _read(text: str, alphabet: Operators, fitted: bool = False) -> tuple[tuple[Rewrite, ...], ParsedSpec]:
    """Rewrites up to the notation, and the plan of the tokenizer from there on."""
    parts = _parts(text, alphabet)
    rewrites: list[Rewrite] = []
    while parts and not is_notation(parts[0]):
        rewrite = _rewrite(parts[0], any(is_notation(part) for part in parts[1:]), alphabet)
        if rewrite is None:
            break
        rewrites.append(rewrite)
        parts.pop(0)
    if not parts:
        raise SpecError(f"{text!r} has no notation; add one of {', '.join(notations(alphabet))}")
    return tuple(rewrites), parse_spec(parts, alphabet, fitted)


def _rewrite(part: str, notation_follows: bool, alphabet: Operators) -> Rewrite | None:
    """The rewrite that a part names, or None where the part must be a notation.

    A user's object is a rewrite where a notation follows it or it is an instance of one; else it is the notation.
    """
    known_one = built_in(part, alphabet)
    if known_one is not None:
        return known_one
    if names_object(part):
        item: Any = load_object(part)
        made = item() if isinstance(item, type) and notation_follows else item
        if isinstance(made, Rewrite) and not isinstance(made, type):
            return made
        if notation_follows:
            raise SpecError(f"{part!r} stands before the notation, but is no rewrite (spec, apply)")
        return None
    name = part.partition(":")[0]
    if name in CODECS or name in WRAPPERS:
        raise SpecError(f"{part!r} stands before any notation; put one of {', '.join(notations(alphabet))} first")
    if name in NOTATIONS:
        return None
    known, later = [*notations(alphabet), *REWRITES], [*CODECS, *WRAPPERS, "chars"]
    close = did_you_mean(name, later)
    if close and did_you_mean(name, [*known, *later]) == close:  # nearer than any that could stand here
        raise SpecError(f"unknown notation or rewrite {part!r}{close} It stands behind a notation, as in 'infix | chars'")
    raise SpecError(
        f"unknown notation or rewrite {part!r}{did_you_mean(name, known)}; there are {', '.join(known)}, or module:Object"
    )


def depends_on_system(text: str, operators: Operators = BUILT_IN) -> str:
    """The first part of a spec that a system must be bound to before it can be decoded, or ''. Raises `SpecError`."""
    rewrites, tokenizer = _read(text, operators)
    framed = [r.spec for r in rewrites if isinstance(r, Framed)]
    codec = tokenizer.codec()
    return next(iter(framed), codec.spec if isinstance(codec, Beside) else "")


def canonical(text: str, operators: Operators = BUILT_IN) -> str:
    """The spec in full: `prefix` -> `prefix | digits:3`; `prefix` where the alphabet has no numbers. Raises `SpecError` where it
    is none."""
    rewrites, tokenizer = _read(text, operators)
    return " | ".join([*(r.spec for r in rewrites), *tokenizer.parts])


def representation(
    spec: str,
    domain: str = "ode",
    corpus: Sequence[Node | System] | None = None,
    extra: Sequence[Node | System] = (),
    closed: bool | None = None,
    operators: Operators = BUILT_IN,
) -> Representation:
    """The representation that `spec` names, fitted to `corpus` (default: the domain's bank).

    Fitted are the number of variables, the coefficient range of bins, and subword merges. `extra` trees are only
    guaranteed to have enough variables. `closed`: whether every variable has an equation of its own (default: for all
    domains but `function`). `operators`: the domain's alphabet. Raises `SpecError` for a spec that names nothing, `SourceError`
    without a corpus for a domain that has no bank.
    """
    if not isinstance(spec, str):
        raise SpecError(f"a representation is named by a spec such as 'prefix | digits:3', not by a {type(spec).__name__}")
    rewrites, tokenizer = _read(spec, operators)
    given = _bank(domain) if corpus is None else corpus
    trees = [reduce(_rewritten, rewrites, root) for root in map(_root, given)]
    roots = [*trees, *map(_root, extra)]
    if not roots:
        raise EncodeError(f"no expressions to fit {spec!r} to; give a corpus")
    each = domain != "function" if closed is None else closed
    built = tokenizer.build(in_use(roots, each, operators), each, trees)
    return Representation(" | ".join([*(r.spec for r in rewrites), *tokenizer.parts]), rewrites, built, operators=operators)


def in_use(trees: Iterable[Node], closed: bool, operators: Operators) -> int:
    """How many variables a tokenizer has for these: one for each equation where the domain is closed, and as far as any is used;
    none where an alphabet of one's own is used without."""
    least = int(closed or operators.built_in)
    return max(max(len(t.children) if closed else least, 1 + max(variables(t), default=-1)) for t in trees)


def read(spec: str, operators: Operators = BUILT_IN) -> tuple[tuple[Rewrite, ...], ParsedSpec]:
    """The rewrites that a spec names, and the plan of its tokenizer, for what is fitted already: no file that it names is read.
    Raises `SpecError`."""
    return _read(spec, operators, fitted=True)


def _rewritten(tree: Node, rewrite: Rewrite) -> Node:
    """The tree rewritten; remembered, as one corpus is written under many representations, and each tree more than once."""
    if isinstance(rewrite, InFrame) or not isinstance(rewrite, Hashable):
        return rewrite.apply(tree)
    return _remembered(rewrite, tree)


@lru_cache(maxsize=1 << 14)
def _remembered(rewrite: Rewrite, tree: Node) -> Node:
    return rewrite.apply(tree)


def _whole(ids: object) -> list[int] | Invalid:
    """Ids as decoders take them, or why there are none: of an array or a tensor, which is no list of numbers."""
    if isinstance(ids, str | bytes) or not isinstance(ids, Iterable):
        return Invalid(f"ids are whole numbers in a sequence, not a {type(ids).__name__}", 0)
    found: list[int] = []
    for one in ids:
        try:
            found.append(index(one))
        except TypeError:
            return Invalid(f"an id is a whole number, not a {type(one).__name__}", len(found))
    return found


def _root(tree: Node | System) -> Node:
    return tree.tree if isinstance(tree, System) else tree


def _bank(domain: str) -> Sequence[System]:
    from ..grammars.files.bank import bank
    from ..grammars.text.parse import DOMAINS

    if domain not in DOMAINS:
        known = f"{did_you_mean(domain, DOMAINS)}; there is one for {', '.join(DOMAINS)}"
        raise SourceError(f"domain {domain!r} has no bank{known}. Give expressions to fit to: corpus=[…]")
    return bank(domain)
