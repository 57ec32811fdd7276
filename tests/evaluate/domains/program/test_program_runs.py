"""φ of programs against a second interpreter, in plain Python; and by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.program.inputs import ROWS, inputs
from kappabar.evaluate.domains.program.language import BINDS, INDICES, INT, LIST, NAMES
from kappabar.evaluate.domains.program.machine import FAULTS, WIDTH
from kappabar.evaluate.domains.program.runs import postfix, ran, run, spelled
from kappabar.evaluate.domains.program.typed import drawn
from kappabar.evaluate.semantics.base import Status
from kappabar.grammars.errors import ConditionError
from kappabar.grammars.tree import Node, System, system
from kappabar.tokenizers.machines.forest import SYMBOL_ITEM, Forest

PROGRAM = domain("program")
Value = int | list[int]
MOST_STEPS, LARGEST, LONGEST = 1000, 9999, 12
"""As the documentation has them."""


class Fault(Exception):
    pass


class Interpreter:
    """Runs a tree by walking through it; environments are Python's own lists."""

    def __init__(self, n: int, xs: list[int]) -> None:
        self.inputs: dict[str, Value] = {"n": n, "xs": xs}
        self.steps = 0

    def step(self) -> None:
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise Fault("timeout")

    def number(self, value: Value) -> int:
        if not isinstance(value, int):
            raise Fault("type")
        return value

    def list(self, value: Value) -> list[int]:
        if isinstance(value, int):
            raise Fault("type")
        return value

    def checked(self, value: Value) -> Value:
        if isinstance(value, int):
            if abs(value) > LARGEST:
                raise Fault("overflow")
        elif len(value) > LONGEST:
            raise Fault("length")
        return value

    def value(self, node: Node, bound: list[Value]) -> Value:
        symbol = node.symbol
        if not node.children:
            self.step()
            return self.leaf(symbol, bound)
        if symbol == "if":
            condition = self.value(node.children[0], bound)
            self.step()
            return self.value(node.children[1 if self.number(condition) else 2], bound)
        if symbol in BINDS:
            *given, body = node.children
            found = [self.value(child, bound) for child in given]
            self.step()
            return self.bound(symbol, found, body, bound)
        found = [self.value(child, bound) for child in node.children]
        self.step()
        return self.checked(self.operation(symbol, found))

    def leaf(self, symbol: str, bound: list[Value]) -> Value:
        if symbol in self.inputs:
            return self.inputs[symbol]
        if symbol == "nil":
            return []
        if symbol.isdecimal():
            return int(symbol)
        levels = dict(zip(NAMES, bound, strict=False)) | dict(zip(INDICES, bound[::-1], strict=False))
        if symbol not in levels:
            raise Fault("name")
        return levels[symbol]

    def bound(self, symbol: str, found: list[Value], body: Node, bound: list[Value]) -> Value:
        if symbol == "let":
            return self.value(body, [*bound, found[0]])
        through = range(self.number(found[0])) if symbol == "repeat" else self.list(found[0])
        if symbol in ("fold", "repeat"):
            reached = found[1]
            for item in through:
                self.step()
                reached = self.value(body, [*bound, reached, item])
            return reached
        kept = []
        for item in through:
            self.step()
            one = self.number(self.value(body, [*bound, item]))
            kept += [one] if symbol == "map" else [item] if one else []
        return kept

    def operation(self, symbol: str, found: list[Value]) -> Value:
        if symbol == "=":
            if isinstance(found[0], int) != isinstance(found[1], int):
                raise Fault("type")
            return int(found[0] == found[1])
        if symbol in ("+", "-", "*", "/", "%", "<"):
            x, y = map(self.number, found)
            if symbol in "/%" and y == 0:
                raise Fault("division")
            with_zero = {"/": lambda: x // y, "%": lambda: x % y}
            return with_zero[symbol]() if symbol in with_zero else {"+": x + y, "-": x - y, "*": x * y, "<": int(x < y)}[symbol]
        if symbol == "range":
            return list(range(self.number(found[0])))
        if symbol == "cons":
            return [self.number(found[0]), *self.list(found[1])]
        first = self.list(found[0])
        if symbol == "++":
            return first + self.list(found[1])
        if symbol == "len":
            return len(first)
        which = self.number(found[1]) if symbol == "at" else 0
        if not 0 <= which < len(first):
            raise Fault("index")
        return first[1:] if symbol == "tail" else first[which]


def plain(node: Node, n: int, xs: list[int]) -> Any:
    """What it puts out: a number, a list, or the name of a fault."""
    try:
        return Interpreter(n, xs).value(node, [])
    except Fault as fault:
        return str(fault)


def understood(output: np.ndarray) -> Any:
    """The same of an output of the machine; nothing stands behind its end."""
    kind, size, *items = output.tolist()
    used = 0 if kind in FAULTS else 1 if kind == INT else 1 + size
    assert not any([size, *items][used:])
    return FAULTS[kind] if kind in FAULTS else size if kind == INT else items[:size]


def same(trees: list[Node]) -> list[Any]:
    """All outputs, each the same by both."""
    found, large = ran(trees)
    assert found.shape == (len(trees), ROWS, WIDTH) and not large.any()
    every = []
    for tree, outputs in zip(trees, found, strict=True):
        both = [understood(row) for row in outputs]
        assert both == [plain(tree, n, xs) for n, xs in inputs()], str(tree)
        every += both
    return every


@st.composite
def trees(draw: st.DrawFn, most: int = 5) -> Node:
    """Of any symbols, whatever their types."""
    rows = [row for row in PROGRAM.operators.rows if most or not row.arity]
    row = draw(st.sampled_from(rows))
    return Node(row.symbol, tuple(draw(trees(most - 1)) for _ in range(row.arity)))


@given(trees())
@settings(deadline=None)
def test_whatever_is_a_tree_runs_as_in_plain_python(tree: Node) -> None:
    same([tree])


@pytest.mark.parametrize("size", [5, 12, 25])
def test_so_do_typed_programs_which_have_no_wrong_types_or_names(size: int) -> None:
    rng = np.random.default_rng(size)
    found = same([drawn(rng, int(rng.integers(2)), (), size) for _ in range(150)])
    kinds = {one if isinstance(one, str) else type(one) for one in found}
    assert {int, list} <= kinds and not {"type", "name"} & kinds
    if size == 25:
        assert {"division", "index", "length"} <= kinds


def run_of(text: str, n: int, xs: list[int]) -> str:
    """What a text puts out on one input of the set."""
    row = inputs().index((n, xs))
    return spelled(ran([PROGRAM.parse(text).tree.children[0]])[0][0, row].tolist())


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("n / 2", "-1"), ("n % 3", "2"), ("n / 0", "division fault"), ("n % 0", "division fault"), ("xs + 1", "type fault"),
        ("head([])", "index fault"), ("at(xs, n)", "index fault"), ("at(xs, 4)", None),
        ("xs ++ xs", "[7, -3, 4, 2, -2, 7, -3, 4, 2, -2]"), ("xs ++ xs ++ xs", "length fault"), ("range(n)", "[]"),
        ("b", "name fault"), ("$0", "name fault"), ("map(xs, x -> $0)", "[7, -3, 4, 2, -2]"),
        ("repeat(n, 3, (p, i) -> p / 0)", "3"), ("if 0 then n / 0 else 2", "2"), ("map([], x -> x / 0)", "[]"),
        ("let y = n * n in y + y", "2"), ("xs = tail(cons(1, xs))", "1"), ("xs = n", "type fault"), ("-3 / 2", "-2"),
        ("-3 % 2", "1"), ("fold(xs, 0, (s, x) -> s + x)", "8"), ("fold(xs, [], (s, x) -> cons(x, s))", "[-2, 2, 4, -3, 7]"),
        ("filter(xs, x -> x < 3)", "[-3, 2, -2]"), ("repeat(3 * 3, 2, (p, i) -> p * p)", "overflow fault"),
        ("repeat(3 * 3, 0, (a, b) -> repeat(3 * 3 * 3, a, (c, d) -> c + d))", "timeout"), ("filter(xs, x -> xs)", "type fault"),
    ],
)  # fmt: skip
def test_known_outputs(text: str, output: str | None) -> None:
    if output is None:
        with pytest.raises(Exception, match="numbers 0 to 3"):
            PROGRAM.parse(text)
    else:
        assert run_of(text, -1, [7, -3, 4, 2, -2]) == output


def test_the_last_step_counts_and_one_more_is_a_timeout() -> None:
    """486 rounds of two steps each, the eleven steps of that number, a start and the loop itself make 985; each list around it
    adds three."""
    tree = PROGRAM.parse("repeat(3 * 3 * 3 * 3 * 3 * 2, 0, (a, b) -> a)").tree.children[0]
    kinds = []
    for _ in range(8):
        kinds.append(same([tree])[0])
        tree = Node("head", (Node("cons", (tree, Node("nil"))),))
    assert kinds == [0] * 6 + ["timeout"] * 2, "985 and five times three are a thousand"


def test_variables_may_be_bound_before() -> None:
    """Then a body's own come behind them."""
    codes: list[int] = []
    postfix(Node("map", (Node("xs"), Node("+", (Node("a"), Node("b"))))), codes)
    bound = np.zeros((ROWS, 1, WIDTH), np.int64)
    bound[:, 0, 1] = np.arange(ROWS)
    found, _ = run(np.array(codes, np.int8), np.array([0, len(codes)], np.int64), bound)
    for row, (_, xs) in enumerate(inputs()):
        assert understood(found[0, row]) == [x + row for x in xs]
    for wrong in (Node("+", (Node("n"),)), Node("x_0"), Node("n", (Node("n"),))):
        with pytest.raises(ValueError, match="no part of a program"):
            postfix(wrong, [])


def test_a_forest_is_run_as_its_trees_are() -> None:
    rng = np.random.default_rng(3)
    every = [system(drawn(rng, int(rng.integers(2)), (), 9)) for _ in range(30)]
    rows = PROGRAM.operators.rows
    items: list[int] = []
    starts = [0]
    for tree in every:
        postfix(tree.children[0], items)
        starts.append(len(items))
    ones = np.ones(len(every), np.int32)
    forest = Forest(
        np.array(items, np.int32) + SYMBOL_ITEM, np.zeros(len(items)), np.array(starts), ones, -ones,
        tuple((row.symbol, row.arity) for row in rows),
    )  # fmt: skip
    assert [forest.tree(i) for i in range(len(every))] == every
    setting = PROGRAM.semantics.setting(System(every[0], (), "program"))
    one, other = PROGRAM.semantics.simulate_forest(forest, setting), PROGRAM.semantics.simulate(every, setting)
    np.testing.assert_array_equal(one.y, other.y)
    assert one.y.shape == (30, 1, ROWS, WIDTH) and (one.status == Status.OK).all()


def test_what_is_nested_beyond_bounds_is_unresolved() -> None:
    deep = Node("xs")
    for _ in range(400):
        deep = Node("map", (Node("xs"), Node("head", (deep,))))
    setting = PROGRAM.semantics.setting(System(system(deep), (), "program"))
    found = PROGRAM.semantics.simulate([system(deep), system(Node("n"))], setting)
    assert found.status[:, 0].tolist() == [Status.UNRESOLVED, Status.OK]
    with pytest.raises(ConditionError, match="a program has no start and no horizon"):
        PROGRAM.semantics.setting(System(system(deep), (), "program"), t_end=3.0)


def test_inputs_are_what_the_documentation_says() -> None:
    ns, lists = zip(*inputs(), strict=True)
    assert len(inputs()) == ROWS == 32 and set(ns) == set(range(-2, 10))
    assert {len(xs) for xs in lists} == set(range(7)) and all(-9 <= x <= 9 for xs in lists for x in xs)
    assert LIST != INT
