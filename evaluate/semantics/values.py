"""A semantic map of one's own in its simplest form: what an expression's value is at each of some inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import overload

import numpy as np

from ...grammars.errors import ConditionError, KappabarError, SpecError
from ...grammars.text.own import told
from ...grammars.tree import Node, System
from .base import ATOL, OVERFLOW_BOX, RTOL, Behaviors, Floats, Setting, Status, all_fit

MAX_INPUTS = 1 << 20


@dataclass(frozen=True, slots=True)
class Values:
    """φ from two functions; a `Semantics` for domains whose variables are inputs (`closed=False`), in plain Python.

    `inputs(n)`: the (T, n) inputs at which expressions of n variables are evaluated. `value(tree, inputs)`: the (T,) values of
    one equation's tree there, or one number where all are the same; it is given trees over the alphabet alone, with variables
    below n. A behavior is then (1, T, D) for D equations. Where a value is NaN the behavior is UNDEFINED, and everywhere where
    `value` raises a ZeroDivisionError; where it is beyond the box, or infinite, the behavior holds its edge and is DIVERGED;
    where `value` raises another ArithmeticError it is UNRESOLVED. Whatever else either raises, and values of another shape, are a
    mistake in φ: SpecError. Both functions must be importable where `--jobs` shares work between processes. `box`: how far values
    go before they are DIVERGED, whatever a setting says: an edit's (`edit_setting`) is narrow, as solvers need it.
    """

    value: Callable[[Node, Floats], Floats]
    inputs: Callable[[int], Floats]
    box: float | None = None

    def setting(
        self,
        system: System,
        *,
        points: int = 201,
        rtol: float = RTOL,
        atol: float = ATOL,
        x0: Sequence[Sequence[float]] | None = None,
        t_end: float | None = None,
        box: float | None = None,
    ) -> Setting:
        """See `Semantics.setting`. `x0`: inputs to evaluate at, instead of `inputs`; `points` and `t_end` are not used."""
        table = self._table(system.dim) if x0 is None else np.asarray(x0, dtype=np.float64)
        label = system.name or "the expression"
        if table.ndim != 2 or table.shape[1] != system.dim or not 1 <= len(table) <= MAX_INPUTS:
            raise ConditionError(
                f"{label} needs inputs of shape (T, {system.dim}), T from 1 to {MAX_INPUTS:,}; not {table.shape}"
            )
        box = OVERFLOW_BOX if box is None else box
        return Setting(table, np.arange(float(len(table))), np.full(len(system.equations), float(box)), rtol, atol)

    def _table(self, n: int) -> Floats:
        try:
            return np.asarray(self.inputs(n), dtype=np.float64)
        except KappabarError:
            raise
        except Exception as error:  # a user's code may fail in any way; told in one line
            raise SpecError(f"φ: inputs {_name(self.inputs)!r} for {n} variables raises {told(error)}") from error

    @overload
    def simulate(self, trees: Sequence[Node], settings: Setting) -> Behaviors: ...
    @overload
    def simulate(self, trees: Sequence[Node], settings: Sequence[Setting]) -> list[Behaviors]: ...
    def simulate(self, trees: Sequence[Node], settings: Setting | Sequence[Setting]) -> Behaviors | list[Behaviors]:
        """See `Semantics.simulate`."""
        if not isinstance(settings, Setting):
            return [self.simulate([tree], setting) for tree, setting in zip(trees, settings, strict=True)]
        width = len(settings.box)
        all_fit(trees, width)
        y = np.zeros((len(trees), 1, len(settings.t), width))
        status = np.zeros((len(trees), 1), np.int8)
        for n, tree in enumerate(trees):
            status[n, 0] = max(
                (self._fill(y[n, 0, :, d], e, settings, d) for d, e in enumerate(tree.children)), default=Status.OK
            )
        return Behaviors(settings.t, y, status)

    def _fill(self, out: Floats, equation: Node, setting: Setting, d: int) -> Status:
        try:
            with np.errstate(all="ignore"):
                values = np.asarray(self.value(equation, setting.x0), dtype=np.float64)
        except ZeroDivisionError:
            out[:] = np.nan
            return Status.UNDEFINED
        except ArithmeticError:
            return Status.UNRESOLVED
        except KappabarError:
            raise
        except Exception as error:
            raise SpecError(f"φ: value {_name(self.value)!r} raises {told(error)}") from error
        if values.shape not in ((), out.shape):
            raise SpecError(
                f"φ: value {_name(self.value)!r} gives shape {values.shape} for {out.shape[0]} inputs, not {out.shape}"
            )
        edge = setting.box[d] if self.box is None else self.box
        out[:] = np.clip(values, -edge, edge)  # NaN stays
        if np.isnan(values).any():
            return Status.UNDEFINED
        return Status.OK if (np.abs(values) <= edge).all() else Status.DIVERGED


def _name(function: Callable[..., object]) -> str:
    return function.__qualname__ if isinstance(function, FunctionType) else type(function).__name__
