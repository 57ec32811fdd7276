"""What a check is made of: a subject, properties as data, and what they find.

A property is a name, a strategy of examples and a function from subject and example to a `Fault` or None. Nothing in it knows
Hypothesis' runner or pytest, so that `kappabar check` and the suites for users share every property.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable
from dataclasses import KW_ONLY, asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ...grammars.errors import EncodeError
from ...grammars.operators import BUILT_IN, Operators
from ...grammars.print.infix import to_infix
from ...grammars.print.printers import to_prefix
from ...grammars.tree import Node, System
from ...tokenizers.base import Invalid, Tokenizer
from ..domains.domain import Domain

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

REPRESENTATION, TOKENIZER, CODEC, REWRITE, OPERATOR = "representation", "tokenizer", "codec", "rewrite", "operator"
KINDS = (REPRESENTATION, TOKENIZER, CODEC, REWRITE, OPERATOR)
WRITERS = (REPRESENTATION, TOKENIZER)
_FEWEST = 10
FIRST = 10
_MANY = 50


@runtime_checkable
class Saved(Protocol):
    """What declares that it can be saved. `from_json(text)` loads it; that of a stage over a tokenizer is `from_json(base,
    text)`."""

    def to_json(self) -> str: ...

    def from_json(self, *arguments: Any) -> Any: ...


@runtime_checkable
class Canonical(Protocol):
    """A tokenizer that says whether trees come back in a form of their own: then meaning is kept and form is not, tokens know the
    equation that they belong to, not the node, and the round trip asked for is `encode(decode(encode(t))) == encode(t)`.
    """

    @property
    def canonical(self) -> bool: ...


@runtime_checkable
class Bounded(Protocol):
    """A codec that declares its error: relative, at most `worst_error` for magnitudes within `reach` (least, greatest)."""

    @property
    def reach(self) -> tuple[float, float]: ...

    @property
    def worst_error(self) -> float: ...


@runtime_checkable
class Idempotent(Protocol):
    """A rewrite that says whether it gives a normal form: applying it twice is applying it once."""

    @property
    def idempotent(self) -> bool: ...


class Refused(Exception):
    """A tree that the subject's vocabulary cannot write: no failure, and counted apart. Never seen outside this folder."""


def passed_on(error: BaseException) -> None:
    """Raises what is a person's Ctrl-C again. Where that signal is ignored, as in a process of the check's own, a part raised it
    itself, and it is a mistake of the part's like any other."""
    if isinstance(error, KeyboardInterrupt) and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        raise error


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is checked. `item` is a `Tokenizer` (a representation is one), `NumberCodec`, `Rewrite` or `EditOperator`, by `kind`.

    `name`: as the user wrote it. `named`: whether the command line takes that name. `copy`: another of the same, made before any
    call, or `item` itself where it cannot be copied. `dim`: drawn trees have at most so many variables.
    """

    kind: str
    name: str
    item: Any
    domain: Domain
    dim: int = 3
    named: bool = True
    copy: Any = None

    def written(self, tree: Node | Invalid) -> str:
        """In infix, in the words of its domain; of what is no tree the reason."""
        return f"invalid ({tree.reason})" if isinstance(tree, Invalid) else written(tree, self.domain.operators)

    @property
    def grammar(self) -> str:
        """The built-in domain whose expressions are drawn: of a user's own, the one with as many equations."""
        return self.domain.name if self.domain.name in ("ode", "map", "function") else "ode" if self.domain.closed else "function"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A token sequence to decode: any (`tree` is None), or a tree's with one unit edit of `kind` at `position`."""

    ids: tuple[int, ...]
    tree: Node | None = None
    kind: str = ""
    position: int | None = None
    old: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one example. `reason` is short and the same for all examples of one mistake; `detail` says it of this
    one. `tree`: the one that `detail` speaks of, where that is not the drawn one."""

    reason: str
    detail: str
    token_index: int | None = None
    old: str = ""
    new: str = ""
    tree: Node | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A property that does not hold, on the smallest example found.

    `equation`: infix of the expression that `detail` speaks of, '' where there is none (`example` then shows what was drawn).
    `token_index`, `old`, `new`: the edit, or the token that is wrong. `command` finds it again.
    """

    property: str
    reason: str
    detail: str
    example: str
    equation: str = ""
    token_index: int | None = None
    old: str = ""
    new: str = ""
    seed: int = 0
    command: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The document: `message` says what is wrong, `replay` is what finds it again."""
        words = asdict(self)
        first = {"property": words.pop("property"), "message": words.pop("detail"), "equation": words.pop("equation")}
        return {**first, "replay": words.pop("command"), **words}

    def __str__(self) -> str:
        """Some lines for a terminal."""
        lines = [f"{self.property}: {self.detail}"]
        lines.append(f"  equation     {self.equation}" if self.equation else f"  example      {self.example}")
        if self.token_index is not None:
            lines.append(f"  token index  {self.token_index}")
        if self.old or self.new:
            lines.append(f"  token        {self.old or '(none)'} -> {self.new or '(none)'}")
        return "\n".join([*lines, f"  seed         {self.seed}", f"  replay       {self.command}"])


def _none(_: Subject) -> Iterable[Any]:
    return ()


def _always(_: Subject) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Property:
    """`fault(subject, example)` is None where the property holds of the example, drawn from `examples(subject)`.

    `first(subject)`: examples in order of size, tried before any is drawn, at most `FIRST` times as many as are. `kinds`: what it
    applies to, where `when` agrees. `cost`: how much dearer an example is than a round trip; a check of N examples draws N / cost
    of them, at least ten. `what`: one line.
    """

    name: str
    what: str
    kinds: tuple[str, ...]
    examples: Callable[[Subject], SearchStrategy[Any]]
    fault: Callable[[Subject, Any], Fault | None]
    _: KW_ONLY
    first: Callable[[Subject], Iterable[Any]] = field(default=_none)
    when: Callable[[Subject], bool] = field(default=_always)
    cost: int = 1

    def applies(self, subject: Subject) -> bool:
        return subject.kind in self.kinds and self.when(subject)

    def count(self, examples: int) -> int:
        """How many to draw in a check of so many examples."""
        return max(min(_FEWEST, examples), examples // self.cost)


def encoded(tokenizer: Tokenizer, tree: Node) -> list[int]:
    """The ids of a tree. Raises `Refused` where the vocabulary cannot write it."""
    try:
        return list(tokenizer.encode(tree))
    except EncodeError as e:
        raise Refused(str(e)) from None


def shown(example: object, alphabet: Operators = BUILT_IN) -> str:
    """An example in one line, in the words of its domain."""
    if isinstance(example, System):
        conditions = f" @ {list(example.x0[0])}; T={example.t_end:g}" if example.x0 and example.t_end else ""
        return f"{written(example.tree, alphabet)}{conditions}"
    if isinstance(example, Attempt):
        return f"tokens {_runs(example.ids)}"
    return written(example, alphabet) if isinstance(example, Node) else repr(example)


def _runs(ids: tuple[int, ...]) -> str:
    """[3, 1, 2], or of many equal ones [7] * 1500."""
    return f"[{ids[0]}] * {len(ids)}" if len(ids) > _MANY and len(set(ids)) == 1 else str(list(ids))


def equation_of(example: object, alphabet: Operators = BUILT_IN) -> str:
    """The equation of an example in infix, '' where it has none."""
    if isinstance(example, System | Attempt):
        return "" if example.tree is None else written(example.tree, alphabet)
    return written(example, alphabet) if isinstance(example, Node) else ""


def written(tree: Node, alphabet: Operators = BUILT_IN) -> str:
    """Infix, or prefix for a tree that is none of the grammar's (a broken part may give any)."""
    try:
        return to_infix(tree, None, alphabet)
    except Exception:
        return " ".join(to_prefix(tree))
