"""Named programs against Python, their texts, and the way of the domain through the commands' jobs."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import accumulate, groupby, pairwise
from math import factorial, gcd, isqrt, prod
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.cli.listing import listing
from kappabar.evaluate.check.run import check
from kappabar.evaluate.commands.kappa import kappa
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.program.domain import LINE_UP
from kappabar.evaluate.domains.program.inputs import inputs
from kappabar.evaluate.domains.program.machine import FAULTS, LARGEST, WIDTH
from kappabar.evaluate.domains.program.runs import ran, spelled
from kappabar.evaluate.domains.program.source import written
from kappabar.evaluate.domains.program.typed import drawn
from kappabar.evaluate.domains.sources import load
from kappabar.evaluate.edits.token import TokenEdits
from kappabar.evaluate.explore.documents import inspect
from kappabar.evaluate.expression.simulate import simulate
from kappabar.evaluate.kappa.measure import Measured, measure
from kappabar.evaluate.quality.task.task import TaskConfig, build_task, constants, floors
from kappabar.grammars.errors import ParseError
from kappabar.grammars.tree import Node, System, system
from kappabar.tokenizers.machines.decode import bulk_decoder

PROGRAM = domain("program")


def collatz(n: int) -> int:
    for _ in range(9):
        n = n if n < 2 else n // 2 if n % 2 == 0 else 3 * n + 1
    return n


def fibonacci(n: int) -> int:
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


def alternating(xs: list[int]) -> int:
    return sum(x * (-1) ** i for i, x in enumerate(reversed(xs)))


PYTHON: dict[str, Callable[[int, list[int]], Any]] = {
    "absolute": lambda n, xs: abs(n),
    "sign": lambda n, xs: (n > 0) - (n < 0),
    "even": lambda n, xs: int(n % 2 == 0),
    "triangular": lambda n, xs: n * (n + 1) // 2,
    "factorial": lambda n, xs: factorial(max(n, 0)),
    "power": lambda n, xs: 2 ** max(n, 0),
    "fibonacci": lambda n, xs: fibonacci(n),
    "gcd": lambda n, xs: gcd(n, len(xs)) if n >= 0 else None,
    "prime": lambda n, xs: int(n in (2, 3, 5, 7)),
    "divisors": lambda n, xs: [d for d in range(1, n + 1) if n % d == 0],
    "collatz": lambda n, xs: collatz(n),
    "square root": lambda n, xs: isqrt(max(n, 0)),
    "bits": lambda n, xs: [n >> 2 & 1, n >> 1 & 1, n & 1],
    "countdown": lambda n, xs: list(range(n, 0, -1)),
    "sum": lambda n, xs: sum(xs),
    "product": lambda n, xs: prod(xs),
    "sum of squares": lambda n, xs: sum(x * x for x in xs),
    "alternating sum": lambda n, xs: alternating(xs),
    "mean": lambda n, xs: sum(xs) // len(xs),
    "horner": lambda n, xs: sum(x * n**i for i, x in enumerate(reversed(xs))),
    "maximum": lambda n, xs: max(xs),
    "minimum": lambda n, xs: min(xs),
    "spread": lambda n, xs: max(xs) - min(xs),
    "first": lambda n, xs: xs[0],
    "last": lambda n, xs: xs[-1],
    "last but one": lambda n, xs: xs[-2],
    "access": lambda n, xs: xs[n] if n >= 0 else None,
    "length": lambda n, xs: len(xs),
    "reverse": lambda n, xs: xs[::-1],
    "palindrome": lambda n, xs: int(xs == xs[::-1]),
    "take": lambda n, xs: xs[: max(n, 0)],
    "drop": lambda n, xs: xs[max(n, 0) :],
    "sort": lambda n, xs: sorted(xs),
    "partition": lambda n, xs: [x for x in xs if x < n] + [x for x in xs if x >= n],
    "positive": lambda n, xs: [x for x in xs if x > 0],
    "count positive": lambda n, xs: sum(x > 0 for x in xs),
    "even elements": lambda n, xs: [x for x in xs if x % 2 == 0],
    "doubled": lambda n, xs: [2 * x for x in xs],
    "squares": lambda n, xs: [x * x for x in xs],
    "negated": lambda n, xs: [-x for x in xs],
    "rectified": lambda n, xs: [max(x, 0) for x in xs],
    "scaled": lambda n, xs: [x * n for x in xs],
    "member": lambda n, xs: int(n in xs),
    "without": lambda n, xs: [x for x in xs if x != n],
    "position": lambda n, xs: xs.index(n) if n in xs else -1,
    "prefix sums": lambda n, xs: list(accumulate(xs)),
    "differences": lambda n, xs: [b - a for a, b in pairwise(xs)],
    "duplicate": lambda n, xs: [y for x in xs for y in (x, x)],
    "compress": lambda n, xs: [x for x, _ in groupby(xs)],
    "distinct": lambda n, xs: list(dict.fromkeys(xs)),
    "rotate": lambda n, xs: [xs[(i + n) % len(xs)] for i in range(len(xs))],
    "drop every": lambda n, xs: [x for i, x in enumerate(xs) if (i + 1) % n],
    "insert": lambda n, xs: [x for x in xs if x < n] + [n] + [x for x in xs if x >= n],
    "difference squared": lambda n, xs: (n - len(xs)) ** 2,
}


@pytest.fixture(scope="module")
def bank() -> list[System]:
    return list(load(["bank"], PROGRAM).systems)


def test_every_program_of_the_bank_does_what_it_is_named_for(bank: list[System]) -> None:
    assert len(bank) >= 30 and [s.name for s in bank] == list(PYTHON)
    found, _ = ran([s.tree.children[0] for s in bank])
    for one, table in zip(bank, found, strict=True):
        lines = simulate(one, domain=PROGRAM).said[0].split("\n")
        assert one.citation and one.regime in lines, one.name
        for (n, xs), output in zip(inputs(), table.tolist(), strict=True):
            try:
                wanted = PYTHON[one.name](n, xs)
            except (IndexError, ZeroDivisionError, ValueError):
                assert output[0] in FAULTS, one.name
                continue
            if wanted is not None:
                too_large = isinstance(wanted, int) and abs(wanted) > LARGEST
                assert spelled(output) == ("overflow fault" if too_large else str(wanted)), (one.name, n, xs)


def test_it_is_listed(bank: list[System]) -> None:
    rows = [row for row in listing("bank") if row["domain"] == "program"]
    assert len(rows) == len(bank) and rows[14]["equations"] == "fold(xs, 0, (a, b) -> a + b)"


@st.composite
def trees(draw: st.DrawFn, most: int = 5) -> Node:
    """Of any symbols, whatever their types."""
    row = draw(st.sampled_from([row for row in PROGRAM.operators.rows if most or not row.arity]))
    return Node(row.symbol, tuple(draw(trees(most - 1)) for _ in range(row.arity)))


@given(trees())
@settings(deadline=None)
def test_what_is_written_is_read_back(tree: Node) -> None:
    assert PROGRAM.parse(written(tree)).tree.children[0] == tree
    assert PROGRAM.parse(written(system(tree))).tree == system(tree)


@given(st.integers(0, 10**6), st.integers(1, 40))
@settings(deadline=None)
def test_so_are_typed_programs(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    tree = drawn(rng, int(rng.integers(2)), (), size)
    assert PROGRAM.parse(written(tree)).tree.children[0] == tree


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("fold(xs, 0, (sum, x) -> sum + x)", "fold(xs,0,a+b)"), ("map(xs, n -> n)", "map(xs, a)"), ("n > 2", "2 < n"),
        ("[1, n]", "cons(1, cons(n, nil))"), ("n == 2", "n = 2"), ("-n", "0 - n"), ("n - 1 - 2", "(n - 1) - 2"),
        ("xs ++ xs ++ xs", "xs ++ (xs ++ xs)"),
        ("let y = n in map(xs, x -> let y = x in y)", "let a = n in map(xs, b -> let c = b in c)"), ("[]", "nil"),
    ],
)  # fmt: skip
def test_texts_that_say_the_same(text: str, same: str) -> None:
    assert PROGRAM.parse(text).tree == PROGRAM.parse(same).tree


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("n +", "end"), ("y + 1", "'y' is bound nowhere"), ("4", "numbers 0 to 3"), ("map(xs, b -> a)", "'a' is bound nowhere"),
        ("mop(xs, x -> x)", "no function 'mop'; did you mean 'map'"), ("map(xs)", "takes 2 operands, not 1"),
        ("$4", r"\$0 to \$3"),
        ("fold(xs, 0, x -> x)", "has 2 names, not 1"), ("cons(x -> x, xs)", "stands last in let"), ("", "empty|end|expected"),
        ("map(xs, (x, y) -> x)", "has 1 name"), ("-" * 900 + "n", "nested deeper"),
    ],
)  # fmt: skip
def test_texts_that_are_no_programs(text: str, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        PROGRAM.parse(text)


@pytest.mark.parametrize("spec", LINE_UP)
def test_representations_lose_nothing_and_are_measured(spec: str, bank: list[System]) -> None:
    found = kappa(spec, bank[:12], domain=PROGRAM, edits_per_expression=60)
    assert len(found.measured) == 12 and found.fidelity_error.value == 0.0
    assert found.metric == "outputs" and 0.0 <= found.mean.value <= 1.0
    assert (found.mean.value == 0.0) == ("repeat" in spec)


@pytest.mark.parametrize("spec", ["infix", "postfix", "three-address", "indices | prefix", "prefix | bpe:64"])
def test_what_is_decoded_in_bulk_is_measured_as_trees_are(spec: str, bank: list[System]) -> None:
    representation, distance = PROGRAM.representation(spec, bank), PROGRAM.distance()
    decoder = bulk_decoder(representation.tokenizer)
    assert decoder is not None
    for one in bank[:8]:
        both = [
            measure(representation, one, PROGRAM, distance, TokenEdits(), limit=300, rng=np.random.default_rng(1), decoder=d)
            for d in (decoder, None)
        ]  # fmt: skip
        fast, plain = (m for m in both if isinstance(m, Measured))
        np.testing.assert_array_equal(fast.distance, plain.distance)
        every = range(len(plain.distance))
        assert [fast.outcomes[k] for k in every] == [plain.outcomes[k] for k in every]


def test_kappa_of_one_program_by_hand() -> None:
    """`head xs`: what one substitution makes of it."""
    found = kappa("prefix", [PROGRAM.parse("head(xs)")], domain=PROGRAM, edits_per_expression=None).measured[0]
    unary, leaves = 4, sum(not row.arity for row in PROGRAM.operators.rows)
    decodes = found.outcomes.mask("ok") & found.kinds.mask("substitution")
    assert decodes.sum() == (unary - 1) + (leaves - 1), "another function, or another leaf"
    # tail(xs) differs everywhere but where both fault: the four lists of no elements; head(n) and the like are type faults
    empty = sum(not xs for _, xs in inputs())
    assert sorted(found.distance[decodes])[:2] == pytest.approx([1 - empty / 32] * 2), "tail(xs), and head([])"


def test_the_explorer_shows_a_table() -> None:
    one = PROGRAM.parse("fold(xs, 0, (s, x) -> s + x)")
    document = inspect(one, [PROGRAM.representation("prefix", [one])], PROGRAM, PROGRAM.distance(), packed=True)
    lines = document["y"].split("\n")
    assert document["form"] == "text" and len(lines) == 32 and lines[0] == "n=1, xs=[-8, -5, 0] → -13"
    edits = [t[which] for t in document["representations"][0]["tokens"] for which in ("worst", "typical") if t[which]]
    for edit in edits:
        assert edit["y"] == simulate(edit["equation"].removeprefix("value = "), domain=PROGRAM).said[0]
    json.dumps(document, allow_nan=False)


def test_a_task_shows_outputs(bank: list[System]) -> None:
    task = build_task(PROGRAM, TaskConfig(n_train=300, n_val=20, n_test=30), 0)
    assert task.columns == WIDTH
    item = task.items[0]
    np.testing.assert_array_equal(task.test.curves.values[0], item.truth[0])
    found = floors(task)
    assert 0 < found.prior.mean() < sum(o.q for o in found.nearest) / len(found.nearest) < 1
    best = [max(np.mean([(r == o).all() for r in i.truth[0]]) for o in i.truth[0]) for i in task.items]
    assert constants(task, 30) == pytest.approx(best), "the output that comes most often"


@pytest.mark.slow
def test_its_parts_keep_their_promises() -> None:
    for subject in ("representation=infix", "representation=three-address", "representation=indices | prefix", "operator=token"):
        result = check(subject, PROGRAM, examples=20)
        assert result.ok, "\n".join(result.lines())
