"""Non-dimensionalization: variables and time in units of the behavior itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite, log2

import numpy as np
from numpy.typing import NDArray

from ...grammars.errors import ConditionError
from ...grammars.tree import MAX_DEPTH, SYSTEM, Node
from .base import Context, Frame
from .scaling import scaled

SCALES = ("rms", "binary", "max")
TIMES = ("speed", "horizon", "keep")


@dataclass(frozen=True, slots=True)
class Nondim:
    """Measures variables and time in units of the behavior itself: x = s*u, t = T*v, so that u is of order one and u' too.

    `scale`: each variable's unit s is its root mean square over the behavior (`rms`), the power of two next to that (`binary`:
    numbers keep all their bits), or its largest value (`max`). `time`, for `ode`: T makes the root mean square of all du/dv one
    (`speed`), or is the horizon (`horizon`), or 1 (`keep`); iterations are never rescaled. A function's inputs have their
    ranges' largest values as units, its value the unit that `scale` says. A variable that is always zero keeps its unit.

    The units come from `Context.y`; `apply` alone knows none and leaves the tree as it is. `back` is the exact inverse up to
    rounding (numbers to 15 digits, so that 28 is 28 again), and takes edited trees; numbers too large for a float become the
    largest.
    """

    scale: str = "rms"
    time: str = "speed"

    @property
    def spec(self) -> str:
        return f"nondim:{self.scale},{self.time}"

    def apply(self, tree: Node) -> Node:
        return tree

    def frame(self, context: Context) -> Frame:
        """Raises `ConditionError` where the context has no behavior."""
        system, t, y = context.system, context.t, context.y
        if y is None or t is None:
            raise ConditionError(f"nondim needs the behavior of {system.name or 'the system'}: bind with Context(system, t, y)")
        values = tuple(self._unit(y[..., i]) for i in range(y.shape[-1]))
        if system.domain == "function":
            inputs = tuple(_usable(max(map(abs, r))) for r in system.ranges) or (5.0,) * system.dim
            return Units(inputs, values, 1.0)
        return Units(values, values, self._time_unit(t, y, values) if system.domain == "ode" else 1.0, system.domain == "ode")

    def _unit(self, y: NDArray[np.float64]) -> float:
        unit = _usable(float(np.abs(y).max() if self.scale == "max" else _rms(y)))
        return float(2.0 ** round(log2(unit))) if self.scale == "binary" else unit

    def _time_unit(self, t: NDArray[np.float64], y: NDArray[np.float64], units: tuple[float, ...]) -> float:
        if self.time == "keep" or len(t) < 2:
            return 1.0
        unit = float(t[-1] - t[0])
        if self.time == "speed":
            unit = 1 / _usable(_rms(np.gradient(y / np.array(units), t, axis=-2)))
        return float(2.0 ** round(log2(unit))) if self.scale == "binary" else _usable(unit)


def _rms(y: NDArray[np.float64]) -> float:
    largest = float(np.abs(y).max())
    return largest * float(np.sqrt(np.mean((y / largest) ** 2))) if largest > 0 and isfinite(largest) else largest


def _usable(unit: float) -> float:
    return float(f"{unit:.15g}") if isfinite(unit) and 1e-100 < unit < 1e100 else 1.0


@dataclass(frozen=True, slots=True)
class Units:
    """x_i = variables[i] * u_i; equation i, whose value has the unit values[i] (per unit of time, for flows: `flow`), in frame
    units.

    Variables and equations beyond those have the unit 1. Deeper trees than any decoder gives stay as they are.
    """

    variables: tuple[float, ...]
    values: tuple[float, ...]
    time: float
    flow: bool = False

    def to(self, tree: Node) -> Node:
        return self._converted(tree, self.variables, [self.time / v for v in self.values], exact=True)

    def back(self, tree: Node) -> Node:
        return self._converted(tree, [1 / v for v in self.variables], [v / self.time for v in self.values], exact=False)

    def _converted(self, tree: Node, units: tuple[float, ...] | list[float], factors: list[float], exact: bool) -> Node:
        if tree.depth > MAX_DEPTH + 1:
            return tree
        if tree.symbol != SYSTEM:
            return scaled(tree, units, 1.0, exact)
        padded = [*factors, *[1.0] * len(tree.children)]
        return Node(SYSTEM, tuple(scaled(e, units, f, exact) for e, f in zip(tree.children, padded, strict=False)))

    def moved(self, context: Context) -> Context:
        system = context.system
        x0 = tuple(tuple(x / u for x, u in zip(row, self.variables, strict=True)) for row in system.x0)
        ranges = tuple((low / u, high / u) for (low, high), u in zip(system.ranges, self.variables, strict=False))
        end = system.t_end if system.t_end is None or not self.flow else system.t_end / self.time
        new = replace(system, tree=self.to(system.tree), x0=x0, ranges=ranges, t_end=end)
        t = context.t if context.t is None or not self.flow else context.t / self.time
        return Context(new, t, None if context.y is None else context.y / np.array(self.values))
