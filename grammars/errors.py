"""Every error a caller may want to catch. Each message is one line: what, where, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class KappabarError(Exception):
    """Root of all errors raised on purpose. `exit_code` is what the command line exits with."""

    exit_code = 2


class ParseError(KappabarError):
    """Raised when a text is not an expression or system of its domain.

    `line` and `column` count from 1 and point into the text that was given.
    """

    def __init__(self, reason: str, line: int = 1, column: int = 1) -> None:
        super().__init__(f"line {line}, column {column}: {reason}")
        self.reason, self.line, self.column = reason, line, column


class SourceError(KappabarError):
    """Raised when a source of expressions (`--data`) cannot be read, or holds nothing readable."""


class SpecError(KappabarError):
    """Raised when the name or spec of a part (representation, codec, metric, …) is not known or malformed."""


class NotInstalledError(SpecError):
    """Raised when a part needs an extra, or a package, that is not installed here. The message says how it is."""


class ConditionError(KappabarError):
    """Raised when initial conditions, horizon or tolerances are missing or do not fit the system."""


class EncodeError(KappabarError):
    """Raised when a tree holds something that a tokenizer's vocabulary cannot write."""


class OutputError(KappabarError):
    """Raised when a result cannot be written where it was asked for."""


class RunError(KappabarError):
    """Raised when a run could not finish for a reason that is not the user's mistake."""

    exit_code = 1


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """'digit', ['digits', 'bins'] -> "; did you mean 'digits'?", or '' where nothing is close."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""
