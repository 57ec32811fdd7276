"""What the catalog knows of a part: its name, its arguments, and how to make it. Users' parts may be entries of these kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..grammars.errors import KappabarError, SpecError, did_you_mean
from ..grammars.operators import Operators
from ..grammars.parts.plugins import names_object
from .base import NumberCodec, Tokenizer

Value = int | str


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a part: a whole number from `low` to `high`, or a word of `choices`. A default of "" means that the
    argument is left out: then a spec does not print it."""

    name: str
    default: Value
    low: int = 1
    high: int = 1_000_000
    choices: tuple[str, ...] = ()

    def parse(self, part: str, text: str) -> Value:
        """Raises `SpecError` where the text is no value of this argument."""
        if self.choices:
            if text in self.choices:
                return text
            hint = did_you_mean(text, self.choices)
            raise SpecError(f"{part}: {self.name} is one of {', '.join(self.choices)}, not {text!r}{hint}")
        if text.isascii() and text.isdecimal() and len(text) <= 9 and self.low <= int(text) <= self.high:
            return int(text)
        raise SpecError(f"{part}: {self.name} is a whole number from {self.low} to {self.high}, not {text!r}")


@dataclass(frozen=True, slots=True)
class Codec:
    """A number codec by name. `fit(values, *arguments)`: the codec, for a corpus with these coefficients."""

    name: str
    summary: str
    fit: Callable[..., NumberCodec]
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Wrapper:
    """A stage over a tokenizer. `fit(base, corpus, *arguments)`: the wrapped tokenizer. `lacks`: what an alphabet lacks for it,
    '' where it can be over its tokens."""

    name: str
    summary: str
    fit: Callable[..., Tokenizer]
    arguments: tuple[Argument, ...] = ()
    lacks: Callable[[Operators], str] = lambda alphabet: ""


@dataclass(frozen=True, slots=True)
class Notation:
    """A notation by name. `build(codec, n_variables, closed)`: the tokenizer, for a number codec.

    `levels`: words that may stand in place of the codec, each with its own `build(n_variables, closed)`: ways to write
    everything, numbers included. `default`: codec or level that is taken where none is named; '' where numbers are the notation's
    own business and no codec can be chosen (then `levels` has the one entry ''). `alphabets`: whether `build` takes a domain's
    own operators as a fourth argument; else the notation is for the built-in ones alone. `lacks`: what an alphabet lacks for it,
    '' where it can be written. `sequences`: whether it writes sequences of symbols, and no trees. `own_levels`: the levels that
    take a domain's own operators, as a third argument.
    """

    name: str
    summary: str
    default: str = "digits:3"
    build: Callable[..., Tokenizer] | None = None
    levels: Mapping[str, Callable[..., Tokenizer]] = field(default_factory=dict)
    alphabets: bool = False
    sequences: bool = False
    own_levels: tuple[str, ...] = ()
    lacks: Callable[[Operators], str] = lambda alphabet: ""

    def works(self, alphabet: Operators) -> bool:
        """Whether it writes this alphabet, in some way."""
        if alphabet.built_in:
            return not self.sequences
        return self.alphabets and bool(alphabet.sequence) == self.sequences and not self.lacks(alphabet)

    def levels_of(self, alphabet: Operators) -> list[str]:
        """Its levels that write this alphabet."""
        return list(self.levels) if alphabet.built_in else [n for n in self.own_levels if _builds(self.levels[n], alphabet)]


def _builds(build: Callable[..., Tokenizer], alphabet: Operators) -> bool:
    try:
        build(1, False, alphabet)
    except SpecError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Chosen:
    """A part with its arguments' values."""

    part: Codec | Wrapper
    values: tuple[Value, ...] = ()

    @property
    def text(self) -> str:
        """'bins:64,log': the name with every argument that is not left out."""
        words = [str(value) for value in self.values if value != ""]
        return f"{self.part.name}:{','.join(words)}" if words else self.part.name


def split_part(text: str) -> tuple[str, str | None]:
    """Name and arguments: 'bins:64,log' -> ('bins', '64,log'), 'prefix' -> ('prefix', None), and for a user's part
    'lab:Codec' -> ('lab:Codec', None), 'lab:Codec:3' -> ('lab:Codec', '3')."""
    words = text.strip().split(":")
    own = names_object(":".join(words[:2]))
    name, rest = (":".join(words[:2]), words[2:]) if own else (words[0], words[1:])
    return name, ":".join(rest) if rest else None


class Named(Protocol):
    """What a spec writes as 'name:argument,…'."""

    @property
    def name(self) -> str: ...

    @property
    def arguments(self) -> tuple[Argument, ...]: ...


def read_arguments(part: Named, given: str | None) -> tuple[Value, ...]:
    """'32' for bins -> (32, 'log'): what is left out takes its default. Raises `SpecError`."""
    words = [word.strip() for word in given.split(",")] if given is not None else []
    if len(words) > len(part.arguments):
        usage = f"write {part.name}:{','.join(a.name for a in part.arguments)}" if part.arguments else "it takes none"
        raise SpecError(f"{part.name!r} has {len(words)} arguments; {usage}")
    values = [a.parse(part.name, word) for a, word in zip(part.arguments, words, strict=False)]
    return (*values, *(a.default for a in part.arguments[len(words) :]))


@dataclass(frozen=True, slots=True)
class Own:
    """A user's object where an entry has a function: called with the first `n` arguments, or taken as it is."""

    name: str
    item: Any
    n: int

    def __call__(self, *arguments: Any) -> Any:
        if not callable(self.item):
            return self.item
        try:
            return self.item(*arguments[: self.n])
        except KappabarError:
            raise
        except Exception as error:  # a user's code may fail in any way; told in one line
            reason = " ".join(str(error).split())
            raise SpecError(f"{self.name} could not be made: {type(error).__name__}: {reason}") from error
