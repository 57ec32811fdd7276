"""What a number codec's language is, stated once: which tokens may follow each other in a code, and what a whole one means.

The codec's reader and the grammar of constrained decoding (`languages/numbers.py`) are readings of it, of a codec of one's own
too; the compiled machines remember what the reader has read.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..base import Invalid, unexpected


def _nothing(text: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """A place within a code. `following`: the tokens that may stand here, and the place after each; None where the number is then
    complete. Equal places should be one object. `expected`: what stands here, for messages; `fault`: what is wrong with a token
    that may not, where more can be said than what was expected."""

    expected: str
    following: Mapping[str, State | None]
    fault: Callable[[str], str | None] = field(default=_nothing)


class Stated(ABC):
    """A number codec by its statement: `start`, where a code begins, and the value of a whole one."""

    __slots__ = ()

    @property
    @abstractmethod
    def start(self) -> State: ...

    @abstractmethod
    def value(self, texts: Sequence[str]) -> float:
        """The number whose code these tokens are."""

    def read(self, tokens: Sequence[str], start: int) -> tuple[float, int] | Invalid:
        """See `base.NumberCodec`."""
        state: State | None = self.start
        at, end = start, len(tokens)
        while state is not None:
            if at >= end:
                return unexpected(state.expected, tokens, end)
            text = tokens[at]
            if text not in state.following:
                reason = state.fault(text)
                return unexpected(state.expected, tokens, at) if reason is None else Invalid(reason, at)
            state, at = state.following[text], at + 1
        return self.value(tokens[start:at]), at


_NO_FIRST_ZERO = "the first digit of a number other than zero is 0"


def any_of(expected: str, texts: Iterable[str], then: State | None = None, faults: Mapping[str, str] | None = None) -> State:
    """A place for one of some tokens, whichever it is, before `then`. `faults`: see `State.fault`."""
    return State(expected, dict.fromkeys(texts, then), (faults or {}).get)


def floating(
    expected: str,
    numbers: Mapping[str, State],
    zero: Sequence[str],
    *,
    figures: Sequence[Collection[str]],
    exponents: Collection[str],
    signed: bool = True,
) -> State:
    """A sign, figures and an exponent; zero has no minus and the exponent E0 alone.

    `expected`: what a figure is called. `numbers`: the first figures of numbers other than zero, and what follows each. `zero`:
    the figures of zero; `figures`: at each of these places, all that there are.
    """
    after = any_of("an exponent", ["E0"], faults=dict.fromkeys(exponents, "zero has exponent E0 only"))
    misplaced = [dict.fromkeys(known, _NO_FIRST_ZERO) for known in figures]
    for text, faults in zip(zero[:0:-1], misplaced[:0:-1], strict=True):
        after = any_of(expected, [text], after, faults)
    plus = State(expected, {**numbers, zero[0]: after}, misplaced[0].get)
    if not signed:
        return plus
    zeros = {text: "zero has no minus sign" for text in figures[0] if not text.strip("DN0")}
    return State("the sign of a number", {"N+": plus, "N-": State(expected, numbers, {**misplaced[0], **zeros}.get)})


def figures_alike(
    expected: str, firsts: Collection[str], zero: str, *, figures: Collection[str], length: int, exponents: Collection[str],
    signed: bool = True,
) -> State:  # fmt: skip
    """`floating` with so many figures, of which any may stand at each place but the first."""
    after = any_of("an exponent", exponents)
    for _ in range(length - 1):
        after = any_of(expected, figures, after)
    numbers = dict.fromkeys(firsts, after)
    return floating(expected, numbers, [zero] * length, figures=[figures] * length, exponents=exponents, signed=signed)
