"""Trees to instruction tapes: what the kernels interpret, so that a new expression costs no compilation.

A tape is a flat list of instructions `opcode, target, left, right` over a file of registers. The first registers
hold the variables; constants and results follow, each written once. A register holds one value for one evaluation,
so equal subexpressions share one (value numbering), and constants are computed here, once.
Lowering runs for every edit of every expression: it stays plain lists and one dictionary.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....grammars.tree import NUMBER, VARIABLE_PREFIX, Node
from ....tokenizers.machines.forest import Forest
from .interpreter import ADD, DIV, FIRST_UNARY, MUL, OPCODES, POW, SQRT, TAPE_COLUMNS

WHOLE_POWER_LIMIT = 64
_CONSTANTS = {"pi": math.pi, "e": math.e}
_COMMUTATIVE = (ADD, MUL)


def _sign(a: float) -> float:
    return float((a > 0) - (a < 0))


_FOLD: dict[str, Callable[..., float]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "^": math.pow, "neg": operator.neg,
    "abs": abs, "sign": _sign, "cot": lambda a: 1.0 / math.tan(a),
    "sin": math.sin, "cos": math.cos, "tan": math.tan, "asin": math.asin, "acos": math.acos, "atan": math.atan,
    "sinh": math.sinh, "cosh": math.cosh, "tanh": math.tanh, "exp": math.exp, "log": math.log, "sqrt": math.sqrt,
}  # fmt: skip
_FOLD_BY_CODE = [_FOLD[name] for name, _ in sorted(OPCODES.items(), key=lambda item: item[1])]


@dataclass(frozen=True, slots=True)
class Tape:
    """One lowered system: instructions (flat, four each), register file with constants in place, outputs' registers."""

    code: list[int]
    registers: list[float]
    outputs: list[int]
    variables: int


@dataclass(frozen=True, slots=True)
class Program:
    """Tapes of a batch, end to end. `table` (n, TAPE_COLUMNS): where the parts of each begin and end (see interpreter)."""

    code: NDArray[np.uint32]
    registers: NDArray[np.float64]
    outputs: NDArray[np.int64]
    table: NDArray[np.int64]


def lower(tree: Node, variables: int) -> Tape:
    """The tape of a system in variables x_0 … x_{variables-1}. Raises ValueError where another variable occurs."""
    builder = _Builder(variables)
    return Tape(builder.code, builder.registers, [builder.visit(c) for c in tree.children], variables)


def pack(tapes: Sequence[Tape]) -> Program:
    """Lay the tapes of a batch end to end, as the kernels want them. Equal instructions are laid down once."""
    code: list[int] = []
    registers: list[float] = []
    outputs: list[int] = []
    groups: dict[object, tuple[int, int, int, int, int]] = {}
    table = np.empty((len(tapes), TAPE_COLUMNS), dtype=np.int64)
    for row, tape in enumerate(tapes):
        key = tape.variables, len(tape.registers), tuple(tape.outputs), tuple(tape.code)
        place = groups.get(key)
        if place is None:
            first, output = len(code) // 4, len(outputs)
            code += tape.code
            outputs += tape.outputs
            place = groups[key] = first, len(code) // 4, output, len(outputs), len(groups)
        begin, end, output, output_end, group = place
        first = len(registers)
        registers += tape.registers
        table[row] = begin, end, first, len(registers), output, output_end, tape.variables, group
    return Program(
        np.array(code, dtype=np.uint32).reshape(-1, 4),
        np.array(registers, dtype=np.float64),
        np.array(outputs, dtype=np.int64),
        table,
    )


def pack_forest(forest: Forest, variables: int) -> Program:
    """The program of a forest: what `pack` and `lower` give for its trees. Raises ValueError where another variable occurs."""
    from .compiling import lowering_kernel

    if len(forest) and int(forest.top.max()) >= variables:
        raise ValueError(f"x_{int(forest.top.max())} does not exist in a setting with {variables} variables")
    parts: Any = lowering_kernel()(forest.items, forest.values, forest.starts, variables)
    return Program(*parts)


class _Builder:
    """State of one lowering: `seen` maps a value (opcode and operands, or a constant) to the register that holds it."""

    __slots__ = ("code", "constants", "registers", "seen", "variables")

    def __init__(self, variables: int) -> None:
        self.code: list[int] = []
        self.registers: list[float] = [0.0] * variables
        self.constants: dict[int, float] = {}
        self.seen: dict[object, int] = {}
        self.variables = variables

    def visit(self, node: Node) -> int:
        symbol, children = node.symbol, node.children
        if symbol == NUMBER:
            return self.constant(node.value)  # type: ignore[arg-type]  # a number has a value
        if not children:
            return self.leaf(node)
        left = self.visit(children[0])
        if len(children) == 1:
            return self.emit(OPCODES[symbol], left, left)
        right = self.visit(children[1])
        return self.power(left, right) if symbol == "^" else self.emit(OPCODES[symbol], left, right)

    def leaf(self, node: Node) -> int:
        if not node.symbol.startswith(VARIABLE_PREFIX):
            return self.constant(_CONSTANTS[node.symbol])
        index = node.index
        if index >= self.variables:
            raise ValueError(f"{node.symbol} does not exist in a setting with {self.variables} variables")
        return index

    def constant(self, value: float) -> int:
        register = self.seen.get(value)
        if register is None:
            register = self.seen[value] = len(self.registers)
            self.registers.append(value)
            self.constants[register] = value
        return register

    def emit(self, opcode: int, left: int, right: int) -> int:
        if left > right and opcode in _COMMUTATIVE:
            left, right = right, left
        key = (opcode, left, right)
        register = self.seen.get(key)
        if register is None:
            folded = self.fold(opcode, left, right) if left in self.constants and right in self.constants else None
            if folded is not None:
                register = self.seen[key] = self.constant(folded)
            else:
                register = self.seen[key] = len(self.registers)
                self.registers.append(0.0)
                self.code += (opcode, register, left, right)
        return register

    def fold(self, opcode: int, left: int, right: int) -> float | None:
        """The constant result, or None where Python refuses (1/0, log(-1), overflow): the kernel then gives inf or NaN."""
        operands = (self.constants[left],) if opcode >= FIRST_UNARY else (self.constants[left], self.constants[right])
        try:
            value = _FOLD_BY_CODE[opcode](*operands)
        except (ArithmeticError, ValueError):
            return None
        return value if math.isfinite(value) else None

    def power(self, base: int, exponent: int) -> int:
        """base ^ exponent: whole exponents by repeated squaring (exact sign, many times faster than `pow`), 0.5 by sqrt."""
        value = self.constants.get(exponent)
        if value == 0.5:
            return self.emit(SQRT, base, base)
        if value is None or value != int(value) or abs(value) > WHOLE_POWER_LIMIT:
            return self.emit(POW, base, exponent)
        result, square, bits = -1, base, abs(int(value))
        while bits:
            if bits & 1:
                result = square if result < 0 else self.emit(MUL, result, square)
            bits >>= 1
            if bits:
                square = self.emit(MUL, square, square)
        one = self.constant(1.0)
        if result < 0:
            return one
        return self.emit(DIV, one, result) if value < 0 else result
