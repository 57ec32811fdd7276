"""A forward task: expressions are shown, values are written. Splits, answers, what counts, floors and what a model sees."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.evaluate.domains.arithmetic import ARITHMETIC, exact
from kappabar.evaluate.domains.domain import Domain, domain
from kappabar.evaluate.domains.observers.base import Observations
from kappabar.evaluate.edits.plausible_model import train_plausible
from kappabar.evaluate.quality.task.folds import folds
from kappabar.evaluate.quality.task.forward import middle, nearest_shown, pattern
from kappabar.evaluate.quality.task.outcomes import Item, score
from kappabar.evaluate.quality.task.sight import Observed, Shown, sight
from kappabar.evaluate.quality.task.task import Floors, Task, TaskConfig, build_task, constants, floors
from kappabar.evaluate.quality.training.batches import encode
from kappabar.evaluate.semantics.values import Values
from kappabar.grammars.errors import EncodeError, SourceError, SpecError
from kappabar.grammars.operators import Operator, operators
from kappabar.grammars.print.infix import to_infix
from kappabar.grammars.tree import Node, System, number, system
from kappabar.representations.representation import Representation
from kappabar.tokenizers.base import Invalid

CONFIG = TaskConfig(n_train=400, n_val=20, n_test=40, points=4, times=5)


@pytest.fixture(scope="module")
def task() -> Task:
    return build_task(ARITHMETIC, CONFIG, 2)


@pytest.fixture(scope="module")
def base(task: Task) -> Floors:
    return floors(task)


@pytest.fixture(scope="module")
def digits(task: Task) -> Representation:
    return ARITHMETIC.representation("prefix | digits:3", task.train.expressions)


def _tree(text: str) -> Node:
    return ARITHMETIC.parse(text).tree


def _item(text: str) -> Item:
    shown = ARITHMETIC.parse(text)
    setting = ARITHMETIC.semantics.setting(shown)
    y = ARITHMETIC.semantics.simulate([shown.tree], setting).y[0]
    return Item(shown, setting, y, system(number(float(y.item()))))


def test_a_direction_is_declared() -> None:
    assert [domain(name).direction for name in ("ode", "map", "function", "arithmetic")] == ["inverse"] * 3 + ["forward"]
    assert ARITHMETIC.forward and not domain("function").forward
    with pytest.raises(SpecError, match="unknown direction 'foward'; did you mean 'forward'"):
        replace(ARITHMETIC, direction="foward")
    with pytest.raises(SpecError, match="no numbers"):
        Domain("mine", ARITHMETIC.parse, ARITHMETIC.semantics, operators=operators(Operator("and")), direction="forward")


def test_answers_are_the_exact_values(task: Task) -> None:
    for part in (task.train, task.val, task.test):
        assert len(part.answers) == len(part.systems) == len(part)
        for shown, answer in zip(part.systems, part.targets, strict=True):
            assert answer == system(number(float(exact(shown.equations[0]))))
    assert [item.target for item in task.items] == list(task.test.answers)
    assert [item.system for item in task.items] == list(task.test.systems)


def _commuted(tree: Node) -> set[str]:
    """All texts of a tree with the operands of what commutes in either order, found by trying."""
    if not tree.children:
        return {str(tree.value)}
    found = set()
    for a, b in itertools.product(*map(_commuted, tree.children)):
        found.add(f"({a}{tree.symbol}{b})")
        if tree.symbol in "+*=<>":
            turned = {"<": ">", ">": "<"}.get(tree.symbol, tree.symbol)
            found.add(f"({b}{turned}{a})")
    return found


def test_no_test_is_in_training_in_any_order(task: Task) -> None:
    shown = set().union(*(_commuted(s.equations[0]) for s in task.train.systems))
    assert not any(_commuted(s.equations[0]) & shown for s in (*task.test.systems, *task.val.systems))
    assert len(task.test) == CONFIG.n_test and task.counts.near == task.counts.look_alike == 0


def _lengths(tree: Node) -> tuple[Any, ...]:
    """The same as `pattern`, from texts: digits before and after the point, in any order of what commutes."""
    if tree.value is not None:
        whole, _, rest = to_infix(tree).lstrip("-").partition(".")
        return len(whole), len(rest)
    children = [_lengths(child) for child in tree.children]
    symbol = "<" if tree.symbol == ">" else tree.symbol
    children = children[::-1] if tree.symbol == ">" else children
    return symbol, *(sorted(children, key=repr) if symbol in "+*=" else children)


def test_a_new_form_has_digits_that_training_never_shows_together(task: Task) -> None:
    known = {_lengths(s.equations[0]) for s in task.train.systems}
    assert [_lengths(s.equations[0]) not in known for s in task.test.systems] == task.new_form.tolist()
    assert 0.25 < task.new_form.mean() < 0.75
    assert not task.new_skeleton[~task.new_form].any()


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("345 + 12", "99 + 100", True), ("345 + 12", "9 + 100", False), ("1.5 * 2", "7 * -0.5", True),
        ("1.5 - 2", "2 - 1.5", False), ("1 < 23", "45 > 6", True), ("10 + 20 * 30", "20 * 31 + 12", True),
        ("1.25", "1.2", False), ("0.001", "1.234", True),
    ],
)  # fmt: skip
def test_forms_by_hand(a: str, b: str, same: bool) -> None:
    assert (pattern(ARITHMETIC, _tree(a)) == pattern(ARITHMETIC, _tree(b))) == same


def test_only_values_count_as_answers() -> None:
    written = ["7", "3 + 4", "8", "-7", "0 * 5"]
    items = [_item("3 + 4")] * len(written)
    outcomes = score(ARITHMETIC, items, [_tree(text) for text in written])
    assert [o.status for o in outcomes] == ["ok", "invalid", "ok", "ok", "invalid"]
    assert [o.q for o in outcomes] == [1.0, 0.0, pytest.approx(1 - 1 / 15), 0.0, 0.0]
    assert outcomes[1].reason.startswith("not a value") and outcomes[0].reason == ""
    far = score(ARITHMETIC, [_item("1 < 0")] * 3, [_tree("1"), _tree("0"), _tree("1e9")])
    assert [(o.status, o.q) for o in far] == [("ok", 0.0), ("ok", 1.0), ("ok", 0.0)]
    assert score(ARITHMETIC, [_item("7 * 8")], [Invalid("cut off", 3)])[0].reason == "cut off"


def _levenshtein(a: str, b: str) -> int:
    """The textbook's, one pair at a time."""
    rows = [[i + j if not i * j else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i, j in itertools.product(range(1, len(a) + 1), range(1, len(b) + 1)):
        rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]))
    return rows[-1][-1]


@given(st.lists(st.tuples(st.sampled_from("+-*"), st.integers(-99, 9999), st.integers(0, 999)), min_size=2, max_size=8))
def test_retrieval_is_by_the_edit_distance_of_texts(drawn: list[tuple[str, int, int]]) -> None:
    trees = [system(Node(symbol, (number(a), number(b)))) for symbol, a, b in drawn]
    texts = [to_infix(tree, None, ARITHMETIC.operators).replace(" ", "") for tree in trees]
    (found,) = nearest_shown(trees[1:], trees[:1], ARITHMETIC.operators)
    distances = [_levenshtein(texts[0], other) for other in texts[1:]]
    assert found == distances.index(min(distances))


def test_floors_need_no_model(task: Task, base: Floors) -> None:
    assert base.prior.shape == (40,) and (base.prior >= 0).all() and (base.prior <= 1).all()
    rows = nearest_shown([s.tree for s in task.train.systems], [s.tree for s in task.test.systems], ARITHMETIC.operators)
    for item, row, outcome in zip(task.items, rows, base.nearest, strict=True):
        a, b = (float(exact(tree.children[0])) for tree in (item.system.tree, task.train.systems[int(row)].tree))
        assert outcome.q == pytest.approx(1 - (abs(a - b) / (abs(a) + abs(b)) if a or b else 0))
    values = [float(exact(s.equations[0])) for s in task.train.systems]
    assert middle(task.train.answers) == system(number(float(np.median(values))))
    m = float(np.median(values))
    truths = [item.truth.item() for item in task.items]
    assert constants(task, 40) == pytest.approx([1 - abs(t - m) / (abs(t) + abs(m)) for t in truths])


def test_the_model_is_shown_the_expression_and_nothing_of_its_value(task: Task, digits: Representation) -> None:
    seen = sight(task, digits, 512)
    assert isinstance(seen, Shown)
    whole = seen.held_out("test")
    assert whole.samples.shape == (40, seen.shape[0], 1) and whole.scales.shape == (40, 0) and seen.shape[1:] == (0, 0)
    for row, s in zip(whole.samples[:, :, 0].tolist(), task.test.systems, strict=True):
        ids = [i for i in row if i >= 0]
        assert row == [-1] * (seen.shape[0] - len(ids)) + ids and digits.decode(ids) == digits.round_trip(s.tree)
    longest = max(len(digits.encode(s.tree)) for part in (task.train, task.val, task.test) for s in part.systems)
    assert seen.shape[0] == longest
    drawn = seen.training(np.array([3, 1]), np.random.default_rng(0)).samples[1, :, 0].tolist()
    assert [i for i in drawn if i >= 0] == digits.encode(task.train.systems[1].tree)


def test_what_is_seen_inversely_is_what_it_was() -> None:
    decays = build_task(domain("function"), replace(CONFIG, n_train=60, n_test=8, n_val=8), 1)
    seen = sight(decays, domain("function").representation("prefix", decays.train.systems), 512)
    assert isinstance(seen, Observed) and seen.shape == (4, 1 + 7 * decays.columns, 1 + 10 * decays.columns)
    ours, theirs = seen.held_out("test"), decays.observations(decays.test, "test-noise")
    assert isinstance(ours, Observations) and np.array_equal(ours.samples, theirs.samples)
    assert not decays.train.answers and decays.train.targets == tuple(s.tree for s in decays.train.systems)
    assert decays.items[0].target == decays.items[0].system.tree


def test_what_cannot_be_shown_is_left_out_and_counted(task: Task, digits: Representation) -> None:
    short = min(len(digits.encode(s.tree)) for s in task.test.systems)
    seen = sight(task, digits, 512, (short, 0, 0))
    readable = seen.readable("test")
    assert 0 < sum(readable) < 40
    assert (seen.held_out("test").samples[~np.array(readable)] == -1).all()
    encoded, dropped = encode(digits, task.test.targets, 512, readable)
    assert dropped == 40 - sum(readable) and [ids is None for ids in encoded] == [not r for r in readable]


def test_a_vocabulary_that_cannot_write_it_shows_nothing(task: Task, digits: Representation) -> None:
    class Picky:
        def encode(self, tree: Node) -> list[int]:
            if tree.children[0].symbol == "mod":
                raise EncodeError("no mod here")
            return digits.encode(tree)

    picky: Any = Picky()
    readable = sight(task, picky, 512).readable("train")
    assert readable == [s.equations[0].symbol != "mod" for s in task.train.systems]


def test_a_forward_domain_has_one_value_of_an_expression(task: Task) -> None:
    def two(n: int) -> np.ndarray[Any, Any]:
        return np.zeros((2, n))

    wide = replace(ARITHMETIC, name="wide", semantics=Values(_value_twice, two))
    with pytest.raises(SpecError, match="must be its one value, not 1 x 2 points") as caught:
        build_task(wide, CONFIG, 0, task.train.systems)
    assert "\n" not in str(caught.value)


def _value_twice(tree: Node, inputs: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.full(len(inputs), float(exact(tree)))


def test_ones_own_domain_may_be_forward() -> None:
    """Over the built-in alphabet, and two numbers at a time."""

    def value(tree: Node, inputs: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.asarray(float(sum(Fraction(str(node.value)) for _, node in tree.walk() if node.is_number)))

    class Sums:
        screen = ARITHMETIC.sampler.screen  # type: ignore[union-attr]

        def draw(self, rng: np.random.Generator) -> System:
            return System(system(Node("+", tuple(number(float(n)) for n in rng.integers(1, 60, 2)))), (), "sums")

    values = Values(value, lambda n: np.zeros((1, n)))
    sums = Domain("sums", ARITHMETIC.parse, values, closed=False, sampler=Sums(), direction="forward")
    made = build_task(sums, replace(CONFIG, n_train=200), 0)
    assert made.test.answers and all(a.children[0].is_number for a in made.test.answers)
    assert sums.quality.name == "bounded-l2" and len(floors(made).nearest) == len(made.items)


def test_folds_are_of_forms_alone(task: Task) -> None:
    systems = [*task.train.systems[:120]]
    found = folds(ARITHMETIC, systems)
    fold_of: dict[Any, set[int]] = {}
    for s, fold in zip(found.systems, found.fold, strict=True):
        fold_of.setdefault(_lengths(s.equations[0]), set()).add(fold)
    assert all(len(own) == 1 for own in fold_of.values()) and found.n_families == len(fold_of)
    with pytest.raises(SourceError):
        folds(ARITHMETIC, systems[:2])


def test_plausible_edits_are_of_models_that_write_expressions(task: Task, digits: Representation) -> None:
    with pytest.raises(SpecError, match="which is forward, writes values; take token or tree edits"):
        train_plausible(digits, ARITHMETIC, task.test.systems[:3])
