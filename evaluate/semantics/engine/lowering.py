"""Many trees to tapes, compiled: what `tape.lower` and `tape.pack` give, for a forest instead of nodes.

The plain version in `tape` is the reference: tests hold this one to it, instruction by instruction.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ....tokenizers.machines.jit import bare
from .interpreter import (
    ADD,
    CODE,
    CODE_END,
    DIV,
    FIRST_UNARY,
    GROUP,
    MUL,
    OUTPUTS,
    OUTPUTS_END,
    POW,
    REGISTERS,
    REGISTERS_END,
    SQRT,
    TAPE_COLUMNS,
    VARIABLES,
    apply,
)

# `tokenizers.machines.forest`: items below the number of symbols are operators, in the order of `interpreter.OPCODES`.
NUMBER_ITEM, VARIABLE_ITEM = 128, 256
WHOLE_POWER_LIMIT = 64


class Builder(NamedTuple):
    """One lowering. code (m, 4); registers, constant (r,): values, and whether a register holds a constant; size (2,): how many
    instructions and registers there are; stack: registers of the operands that wait."""

    code: Any
    registers: Any
    constant: Any
    size: Any
    stack: Any


@bare
def _constant(b: Builder, value: float) -> int:
    for known in range(b.size[1]):
        if b.constant[known] and b.registers[known] == value:
            return known
    r: int = b.size[1]
    b.registers[r], b.constant[r] = value, True
    b.size[1] = r + 1
    return r


@bare
def _emit(b: Builder, op: int, left: int, right: int) -> int:
    if left > right and (op in (ADD, MUL)):
        left, right = right, left
    for known in range(b.size[0]):
        if b.code[known, 0] == op and b.code[known, 2] == left and b.code[known, 3] == right:
            return int(b.code[known, 1])
    if b.constant[left] and b.constant[right]:
        value = apply(op, b.registers[left], b.registers[right])
        if math.isfinite(value):
            return _constant(b, value)
    k: int = b.size[0]
    r: int = b.size[1]
    b.code[k, 0], b.code[k, 1], b.code[k, 2], b.code[k, 3] = op, r, left, right
    b.registers[r], b.constant[r] = 0.0, False
    b.size[0], b.size[1] = k + 1, r + 1
    return r


@bare
def _power(b: Builder, base: int, exponent: int) -> int:
    """As `tape._Builder.power`."""
    value = b.registers[exponent]
    if b.constant[exponent] and value == 0.5:
        return _emit(b, SQRT, base, base)
    if not b.constant[exponent] or value != math.floor(value) or abs(value) > WHOLE_POWER_LIMIT:
        return _emit(b, POW, base, exponent)
    result, square, bits = -1, base, int(abs(value))
    while bits:
        if bits & 1:
            result = square if result < 0 else _emit(b, MUL, result, square)
        bits >>= 1
        if bits:
            square = _emit(b, MUL, square, square)
    one = _constant(b, 1.0)
    if result < 0:
        return one
    return _emit(b, DIV, one, result) if value < 0 else result


@bare
def _lower(b: Builder, items: Any, values: Any, first: int, last: int, variables: int) -> int:
    """One tree; how many outputs are on the stack."""
    b.size[0], b.size[1] = 0, variables
    for r in range(variables):
        b.registers[r], b.constant[r] = 0.0, False
    n = 0
    for k in range(first, last):
        item = items[k]
        if item >= VARIABLE_ITEM:
            b.stack[n] = item - VARIABLE_ITEM
            n += 1
        elif item == NUMBER_ITEM:
            b.stack[n] = _constant(b, values[k])
            n += 1
        elif item >= FIRST_UNARY:
            b.stack[n - 1] = _emit(b, item, b.stack[n - 1], b.stack[n - 1])
        else:
            n -= 1
            left, right = b.stack[n - 1], b.stack[n]
            b.stack[n - 1] = _power(b, left, right) if item == POW else _emit(b, item, left, right)
    return n


@bare
def _same(code: Any, outputs: Any, row: Any, b: Builder, count: int) -> bool:
    """Whether a tape that is laid down has the instructions, registers and outputs of this one."""
    if row[CODE_END] - row[CODE] != b.size[0] or row[REGISTERS_END] - row[REGISTERS] != b.size[1]:
        return False
    if row[OUTPUTS_END] - row[OUTPUTS] != count:
        return False
    for k in range(count):
        if outputs[row[OUTPUTS] + k] != b.stack[k]:
            return False
    for k in range(b.size[0]):
        for c in range(4):
            if code[row[CODE] + k, c] != b.code[k, c]:
                return False
    return True


@bare
def _hash(b: Builder, count: int) -> int:
    h = np.uint64(14695981039346656037)
    for k in range(b.size[0]):
        for c in range(4):
            h = (h ^ np.uint64(b.code[k, c])) * np.uint64(1099511628211)
    for k in range(count):
        h = (h ^ np.uint64(b.stack[k])) * np.uint64(1099511628211)
    h ^= h >> np.uint64(31)
    return int(h & np.uint64(0x7FFFFFFFFFFFFFFF))


def lowering_kernel(stamp: int) -> Any:
    """As `kernels.flow_kernel`: the source to compile."""

    def run(items: Any, values: Any, starts: Any, variables: int) -> Any:
        """The parts of a `tape.Program`: code, registers, outputs, table."""
        n = len(starts) - 1 if stamp >= 0 else 0
        longest, total = 0, 0
        for i in range(n):
            longest = max(longest, starts[i + 1] - starts[i])
            total += starts[i + 1] - starts[i]
        # A whole power up to 64 is at most twelve products, a quotient and a constant.
        most = 16 * longest + variables + 2
        b = Builder(
            np.zeros((most, 4), np.uint32), np.zeros(most), np.zeros(most, np.bool_), np.zeros(2, np.int64),
            np.zeros(longest + 1, np.int64),
        )  # fmt: skip
        code, registers = np.zeros((total + 16, 4), np.uint32), np.zeros(total + n * variables + 16)
        outputs, table = np.zeros(total + 1, np.int64), np.zeros((n, TAPE_COLUMNS), np.int64)
        slots = 16
        while slots < 2 * n:
            slots *= 2
        places = np.full(slots, -1, np.int64)
        instructions, used, laid, groups = 0, 0, 0, 0
        for i in range(n):
            count = _lower(b, items, values, starts[i], starts[i + 1], variables)
            at = _hash(b, count) & (slots - 1)
            while places[at] >= 0 and not _same(code, outputs, table[places[at]], b, count):
                at = (at + 1) & (slots - 1)
            if places[at] >= 0:
                for c in (CODE, CODE_END, OUTPUTS, OUTPUTS_END, GROUP):
                    table[i, c] = table[places[at], c]
            else:
                places[at] = i
                while instructions + b.size[0] > len(code):
                    code = np.concatenate((code, np.zeros_like(code)))
                # Word by word: slices that may not fit bring in the making of their errors' texts, a third of all there is to
                # compile.
                for k in range(b.size[0]):
                    for c in range(4):
                        code[instructions + k, c] = b.code[k, c]
                for k in range(count):
                    outputs[laid + k] = b.stack[k]
                table[i, CODE], table[i, CODE_END] = instructions, instructions + b.size[0]
                table[i, OUTPUTS], table[i, OUTPUTS_END], table[i, GROUP] = laid, laid + count, groups
                instructions, laid, groups = instructions + b.size[0], laid + count, groups + 1
            while used + b.size[1] > len(registers):
                registers = np.concatenate((registers, np.zeros_like(registers)))
            for k in range(b.size[1]):
                registers[used + k] = b.registers[k]
            table[i, REGISTERS], table[i, REGISTERS_END], table[i, VARIABLES] = used, used + b.size[1], variables
            used += b.size[1]
        return code[:instructions].copy(), registers[:used].copy(), outputs[:laid].copy(), table

    return run
