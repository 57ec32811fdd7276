"""What constrained decoding follows: rows of a language, token by token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from torch import Tensor


class ConstrainedRows(Protocol):
    """Some rows of a language. Ids are the model's (content ids plus SPECIAL)."""

    def allowed(self) -> Tensor:
        """(n, V + SPECIAL), which tokens may follow each row; PAD and BOS never. A row that has ended allows everything."""
        ...

    def take(self, chosen: Tensor) -> None:
        """(n,) the token of each row. EOS and PAD end it, the latter wherever it is."""
        ...

    def select(self, rows: Tensor) -> None:
        """Keep these rows, in this order; a row may come twice."""
        ...


class Constraint(Protocol):
    """A language for each of some observations."""

    def __len__(self) -> int: ...

    def start(self, rows: Sequence[int], max_length: int) -> ConstrainedRows:
        """Empty sequences for these observations, of at most `max_length` tokens. Raises SpecError where that is too short for
        any."""
        ...
