"""Tapes against a plain recursive evaluator, written here with Python's own floats and `math`."""

from __future__ import annotations

import math

import numba
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kappabar.evaluate.semantics.engine.interpreter import interpret, interpret_lanes
from kappabar.evaluate.semantics.engine.lanes import W
from kappabar.evaluate.semantics.engine.tape import WHOLE_POWER_LIMIT, lower, pack
from kappabar.grammars.draw.strategies import expressions, trees
from kappabar.grammars.text.reader import read_infix
from kappabar.grammars.tree import Node, number, system, variable

coordinates = st.one_of(
    st.sampled_from([0.0, 1.0, -1.0, 0.5, 700.0]), st.floats(-20, 20), st.floats(allow_nan=False, allow_infinity=False)
)
points = st.lists(coordinates, min_size=3, max_size=3)


@numba.njit(error_model="numpy")
def interpreted(code: np.ndarray, registers: np.ndarray, lanes: np.ndarray, active: int) -> None:
    interpret(code, 0, len(code), registers)
    interpret_lanes(code, 0, len(code), lanes, active)


def by_tape(tree: Node, x: list[float]) -> list[float]:
    """By the interpreter of one, and of the lanes: lane i holds i + 1 times x, so a lane that saw another's value would
    differ."""
    program = pack([lower(tree, len(x))])
    registers, lanes = program.registers.copy(), np.repeat(program.registers, W)
    registers[: len(x)] = x
    with np.errstate(over="ignore"):
        lanes[: len(x) * W] = np.outer(x, 1.0 + np.arange(W)).reshape(-1)
    interpreted(program.code, registers, lanes, W)
    alone = [float(registers[i]) for i in program.outputs]
    assert [lanes[i * W].tobytes() for i in program.outputs] == [registers[i].tobytes() for i in program.outputs]
    return alone


def plain(node: Node, x: list[float]) -> float:
    """The meaning of an expression, IEEE rules spelled out; whole powers by squaring, so that rounding agrees too."""
    if node.value is not None:
        return node.value
    if node.is_variable:
        return x[node.index]
    if not node.children:
        return {"pi": math.pi, "e": math.e}[node.symbol]
    a, *rest = (plain(child, x) for child in node.children)
    if node.symbol == "^":
        return power(a, rest[0], constant(node.children[1]))
    if node.symbol == "/":
        return divide(a, rest[0])
    if node.symbol in "+-*":
        return {"+": a.__add__, "-": a.__sub__, "*": a.__mul__}[node.symbol](rest[0])
    return unary(node.symbol, a)


def constant(node: Node) -> bool:
    return all(not n.is_variable for _, n in node.walk())


def divide(a: float, b: float) -> float:
    if b != 0:
        return a / b
    return math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a) * math.copysign(1.0, b)


def power(a: float, b: float, fixed: bool) -> float:
    if fixed and b == int(b if math.isfinite(b) else 0.5) and abs(b) <= WHOLE_POWER_LIMIT:
        result, square, n = 1.0, a, abs(int(b))
        while n:
            result, square, n = (result * square if n & 1 else result), square * square, n >> 1
        return divide(1.0, result) if b < 0 else result
    return float(np.power(np.float64(a), np.float64(b)))


def unary(name: str, a: float) -> float:
    if name in ("neg", "abs", "sign"):
        return {"neg": -a, "abs": abs(a), "sign": a if math.isnan(a) else float((a > 0) - (a < 0))}[name]
    if name == "cot":
        return divide(1.0, unary("tan", a))
    try:
        return float(getattr(math, name)(a))
    except OverflowError:
        return math.copysign(math.inf, a) if name == "sinh" else math.inf
    except ValueError:
        return -math.inf if name == "log" and a == 0 else math.nan


def same(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b)) or abs(a - b) <= 1e-12 * abs(b)


@given(trees(dim=3), points)
@example(read_infix("x_0^2 + x_0^2 | (x_0 - x_1)^3/(x_0 - x_1)^3 | 2^0.5*x_2"), [0.1, 0.3, -2.0])
@example(read_infix("1/0 + x_0 | log(-1)*x_1 | exp(exp(x_2))"), [0.1, 0.3, 700.0])
@example(read_infix("x_0^(-3) | (-8)^(1/3) + x_0 | 0^0 + sign(x_2)"), [0.0, 0.0, 0.0])
@example(read_infix("exp(1000)*0*x_0 | x_0^x_1 | (-2)^x_1"), [-3.0, 0.5, 0.0])
def test_a_tape_means_what_the_tree_means(tree: Node, x: list[float]) -> None:
    with np.errstate(all="ignore"):
        expected = [plain(equation, x) for equation in tree.children]
    found = by_tape(tree, x)
    assert all(same(a, b) for a, b in zip(found, expected, strict=True)), (found, expected)


@given(expressions(3), points)
def test_sharing_changes_no_bit(expression: Node, x: list[float]) -> None:
    alone = by_tape(system(expression), x)[0]
    shared = by_tape(system(expression, Node("*", (expression, number(2.0))), expression), x)
    assert [math.isnan(v) or v == alone for v in (shared[0], shared[2])] == [True, True] or math.isnan(alone)


def instructions(text: str) -> int:
    tree = read_infix(text)
    assert isinstance(tree, Node)
    return len(lower(tree, 3).code) // 4


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("x_0", 0),
        ("2*3 + sin(1)/4", 0),  # constants are folded
        ("x_0*x_1 + x_1*x_0", 2),  # a product and its mirror are one value
        ("sin(x_0 + 1)^2 + cos(x_0 + 1)", 5),
        ("x_0^8", 3),  # by squaring
        ("x_0^3", 2),
        ("x_0^2 | x_0^4", 2),  # powers share
        ("x_0^(-1)", 1),
        ("x_0^0.5", 1),
        ("x_0^1.2", 1),
        ("x_0^1", 0),
        ("1/0", 1),  # Python refuses: left to the kernel
    ],
)
def test_tapes_are_short(text: str, count: int) -> None:
    assert instructions(text) == count


def test_numbers_that_compare_equal_but_differ_in_type_do_not_mix() -> None:
    """1.0 the constant, and 1 the register, are both dictionary keys of the builder."""
    tree = system(Node("+", (Node("*", (variable(1), number(1.0))), number(2.0))))
    assert by_tape(tree, [5.0, 7.0]) == [9.0]


def test_a_variable_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="x_3"):
        lower(system(variable(3)), 3)


def test_a_deep_tree_is_lowered() -> None:
    node = variable(0)
    for _ in range(95):
        node = Node("neg", (node,))
    assert by_tape(system(node), [3.0]) == [-3.0]
