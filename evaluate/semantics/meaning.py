"""A semantic map of one's own from one function, for behaviors that need no inputs and may differ in length."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from ...grammars.errors import KappabarError, SpecError
from ...grammars.text.own import told
from ...grammars.tree import Node
from .alone import Alone, Found, rows
from .base import OVERFLOW_BOX, Floats, Setting, Status


@dataclass(frozen=True, slots=True)
class Meaning(Alone):
    """φ from one function; a `Semantics` for domains without inputs and initial conditions (`closed=False`), in plain Python.

    `meaning(tree)`: what a system's tree means, (n,) or (n, `columns`) finite numbers with n up to `longest`, or None where it
    means nothing: then it is UNDEFINED. A behavior is (1, `longest`, `columns`), with `end` behind what is shorter, so that
    behaviors of unequal lengths are compared by the domain's metric and nowhere else. A longer one, and where `meaning` raises an
    ArithmeticError, is UNRESOLVED: not known, and counted apart. Whatever else it raises, and another shape, is a mistake in φ:
    SpecError. `meaning` must be importable where `--jobs` shares work between processes.
    """

    noun: ClassVar[str] = "the expression"
    meaning: Callable[[Node], ArrayLike | None]
    longest: int
    columns: int = 1
    end: float = 0.0

    @property
    def place(self) -> Setting:
        return rows(self.longest, self.columns, box=OVERFLOW_BOX)

    def behaviors(self, trees: Sequence[Node]) -> Found:
        """Raises SpecError for a mistake in φ."""
        y = np.full((len(trees), 1, self.longest, self.columns), self.end)
        status = [self._fill(y[i, 0], tree) for i, tree in enumerate(trees)]
        return y, np.array(status, np.int8).reshape(len(trees), 1)

    def _fill(self, out: Floats, tree: Node) -> Status:
        try:
            found = self.meaning(tree)
        except ArithmeticError:
            return Status.UNRESOLVED
        except KappabarError:
            raise
        except Exception as error:  # a user's code may fail in any way; told in one line
            raise SpecError(f"φ: the meaning of an expression raises {told(error)}") from error
        if found is None:
            out[:] = np.nan
            return Status.UNDEFINED
        values = np.asarray(found, dtype=np.float64)
        values = values[:, None] if values.ndim == 1 else values
        if values.ndim != 2 or values.shape[1] != self.columns or not np.isfinite(values).all():
            raise SpecError(
                f"φ: the meaning of an expression is of shape {values.shape}; it must be (n, {self.columns}), n up to "
                f"{self.longest}, of finite numbers"
            )
        if len(values) > self.longest:
            return Status.UNRESOLVED
        out[: len(values)] = values
        return Status.OK
