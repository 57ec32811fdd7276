"""Folds of a person's expressions: families stay together, whatever the order; and tasks that test what they never showed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kappabar.evaluate.domains.domain import Domain, domain
from kappabar.evaluate.domains.metrics import Metric
from kappabar.evaluate.quality.task.folds import FOLDS, Folds, folds, single_starts
from kappabar.evaluate.quality.task.forms import form
from kappabar.evaluate.quality.task.outcomes import Item, constant
from kappabar.evaluate.quality.task.split import skeleton
from kappabar.evaluate.quality.task.task import TaskConfig, build_task
from kappabar.evaluate.semantics.meaning import Meaning
from kappabar.grammars.errors import SourceError
from kappabar.grammars.operators import sequences
from kappabar.grammars.text.sequence import SequenceReader
from kappabar.grammars.tree import Node, System

ODE = domain("ode")
KINDS = ("-{a}*x", "{a} - x", "-{a}*x^3", "-x + {a}*sin(x)", "{a}*x*(1 - x)", "-{a}*tanh(x)", "-{a}*x/(1 + x)")


def several(count: int, starts: str = "x=1") -> list[System]:
    rng = np.random.default_rng(0)
    texts = [f"x' = {kind.format(a=round(float(a), 3))} @ {starts}; T=3" for kind in KINDS for a in rng.uniform(0.3, 2.5, count)]
    return [replace(ODE.parse(text), name=f"s{i}") for i, text in enumerate(texts)]


def by_name(found: Folds) -> dict[str, tuple[int, int]]:
    return {s.name: pair for s, *pair in zip(found.systems, found.family, found.fold, strict=True)}  # type: ignore[misc]


def test_what_differs_by_coefficients_alone_is_in_one_fold_and_folds_are_of_about_equal_size() -> None:
    found = folds(ODE, several(6))
    fold_of: dict[object, set[int]] = {}
    for system, fold in zip(found.systems, found.fold, strict=True):
        fold_of.setdefault(form(system.tree), set()).add(fold)
    assert found.n_families == len(KINDS) == len(fold_of) and all(len(of) == 1 for of in fold_of.values())
    sizes = [len(found.within(k)) for k in range(FOLDS)]
    assert sum(sizes) == 42 and min(sizes) == 6 and max(sizes) == 12
    for k in range(FOLDS):
        tested, left = found.within(k), found.without(k)
        assert not {form(s.tree) for s in tested} & {form(s.tree) for s in left} and len(tested) + len(left) == 42
    assert found.within(7) == found.within(2)


def test_the_order_of_a_file_changes_no_fold() -> None:
    systems = several(5)
    order = np.random.default_rng(1).permutation(len(systems))
    assert by_name(folds(ODE, systems)) == by_name(folds(ODE, [systems[i] for i in order]))


def test_what_behaves_alike_is_one_family_whatever_it_looks_like() -> None:
    twin = replace(ODE.parse("x' = -x + 1e-9*cos(x) @ x=1; T=3"), name="twin")
    plain = replace(ODE.parse("x' = -x @ x=1; T=3"), name="plain")
    own = by_name(folds(ODE, [*several(3), twin, plain]))
    assert own["twin"] == own["plain"] and form(twin.tree) != form(plain.tree)


def _letter(tree: Node) -> list[int]:
    return [1000 + ord(tree.children[0].symbol)]


def _whether_other(reference: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.asarray((reference != other).any(axis=(-2, -1)), dtype=float)


def test_what_is_alike_says_the_domains_own_metric() -> None:
    """As numbers, names of symbols are within a thousandth of each other; what they name need not be."""
    letters = sequences(*"ABCDEFG", longest=3)
    own = Domain(
        name="letters",
        parse=SequenceReader("letters", letters),
        semantics=Meaning(_letter, longest=1),
        metric="other",
        metrics=(Metric("other", _whether_other, d_max=1.0),),
        closed=False,
        operators=letters,
    )
    systems = [own.parse(text) for text in ("A", "B", "C", "D", "E", "F", "FG")]
    assert folds(own, systems).n_families == 6


def test_each_start_is_a_behavior_of_its_own_and_stays_in_its_family() -> None:
    both = replace(several(1)[0], x0=((1.0,), (2.0,)))
    assert [(s.x0, s.name) for s in single_starts(both)] == [(((1.0,),), "s0 from 1"), (((2.0,),), "s0 from 2")]
    own = by_name(folds(ODE, [both, *several(2)[2:]]))
    assert own["s0 from 1"] == own["s0 from 2"]
    function = domain("function").parse("x_0^2")
    assert single_starts(function) == [function]


def test_too_few_families_are_refused_and_what_has_no_conditions_takes_no_part() -> None:
    with pytest.raises(SourceError, match=r"24 expressions that simulate, of 4 families, are too few .* at least 5 families"):
        folds(ODE, several(6)[:24])
    bare = replace(several(1)[0], x0=(), name="bare")
    assert "bare" not in by_name(folds(ODE, [*several(2), bare]))


@pytest.mark.parametrize("fold", [0, 3])
def test_a_task_tests_the_fold_and_shows_half_of_its_forms(fold: int) -> None:
    """Drawn systems may have a test's form: with half of the tests' forms kept out, both figures can be told."""
    found = folds(ODE, several(12))
    tests = found.within(fold)
    drawn = [s for s in several(40) if s.tree not in {t.tree for t in tests}]
    config = TaskConfig(n_train=400, n_val=10, n_test=50, times=63, points=16, separation=1e-6)
    task = build_task(ODE, config, 0, drawn, tests)
    assert {i.system.tree for i in task.items} <= {s.tree for s in tests} and len(task.items) == len(task.test)
    shown = {skeleton(s.tree) for s in task.train.systems}
    new = np.array([skeleton(i.system.tree) not in shown for i in task.items])
    assert (new == task.new_skeleton).all() and task.new_form.any()
    if len({form(t.tree) for t in tests}) > 1:
        assert not task.new_form.all()
    assert len(task.val) == 10 and not {s.tree for s in task.val.systems} & {s.tree for s in task.train.systems}
    assert not {i.system.tree for i in task.items} & {s.tree for s in (*task.train.systems, *task.val.systems)}


def test_given_tests_all_stay_and_what_behaves_like_one_trains_no_more() -> None:
    """Of two forms of tests one is kept from training altogether; of the other, what looks the same over another horizon gives a
    test away by its curve, and what starts elsewhere, since retrieval finds it."""
    tests = [ODE.parse("x' = -x @ x=1; T=3"), ODE.parse("x' = 1.3 - x @ x=0; T=3")]
    looks = ["-0.5*x @ x=1; T=6", "-0.25*x - 0.25*x @ x=1; T=6", "0.65 - 0.5*x @ x=0; T=6"]
    behaves = ["-1.001*x @ x=1.05; T=3", "1.302 - x @ x=0.08; T=3"]
    others = [f"-{a}*x @ x=1; T=3" for a in (0.3, 0.5, 1.4, 1.8, 2.3)] + [f"{a} - x @ x=0; T=3" for a in (0.4, 0.9, 1.9, 2.5)]
    systems = [ODE.parse(f"x' = {text}") for text in (*looks, *behaves, *others)]
    config = TaskConfig(n_train=100, n_val=0, n_test=10, times=63, points=16, new_forms=0.0)
    task = build_task(ODE, config, 0, systems, tests)
    assert {i.system.tree for i in task.items} == {s.tree for s in tests} and list(task.new_form).count(True) == 1
    assert not {(s.tree, s.t_end) for s in task.train.systems} & {(s.tree, s.t_end) for s in systems[: len(looks) + len(behaves)]}
    assert len(task.train) in (4, 5) and task.counts.near > 0 and task.counts.look_alike > 0


def test_what_does_not_simulate_has_no_fold_and_links_nothing() -> None:
    """An undefined behavior has no points to be held against others by, wherever its line stands."""
    bad = [replace(ODE.parse(text), name=text) for text in ("x' = sqrt(x - 5) @ x=1; T=3", "x' = x^2 @ x=1; T=5")]
    plain = by_name(folds(ODE, several(3)))
    for systems in ([*bad, *several(3)], [*several(3), *bad], [bad[0], *several(3), bad[1]]):
        found = folds(ODE, systems)
        assert by_name(found) == plain and found.n_families == len(KINDS)
        assert [home is None for home in found.home] == [s in bad for s in systems]
        assert sum(len(found.measured(k)) for k in range(FOLDS)) == len(systems) and set(bad) <= set(found.measured(0))
        assert not set(bad) & {s for k in range(FOLDS) for s in found.fitted(k)}


def test_a_few_twins_of_many_do_not_make_two_forms_one() -> None:
    """Of forms with many coefficients some behave alike; of a form that is another's, all do."""
    others = [ODE.parse(f"x' = {a} - {a}*x @ x=1.5; T=3") for a in (0.3, 0.8, 1.9)]
    twin = ODE.parse("x' = -0.8*x + 0.8 @ x=1.5; T=3")
    one = [ODE.parse(f"x' = {a}*sin(0.0001*x) - {a}*x @ x=1; T=3") for a in (0.5, 0.7, 1.2)]
    same = [ODE.parse(f"x' = -{a}*x @ x=1; T=3") for a in (0.5, 0.7, 1.2)]
    few = [ODE.parse(f"x' = -{a}*tanh(x) @ x=0.01; T=3") for a in (0.5, 0.9, 1.4, 2.0)]
    near = [ODE.parse("x' = -0.5*sinh(x) @ x=0.01; T=3")] + [ODE.parse(f"x' = -{a}*sinh(x) @ x=2; T=1") for a in (0.4, 0.6, 0.9)]
    systems = [replace(s, name=f"n{i}") for i, s in enumerate([*others, twin, *one, *same, *few, *near, *several(1)])]
    found = {s.name: f for s, f in zip(folds(ODE, systems).systems, folds(ODE, systems).family, strict=True)}
    assert len({found[f"n{i}"] for i in range(4)}) == 1, "one form"
    assert len({found[f"n{i}"] for i in range(4, 10)}) == 1, "all behave as the other form's do"
    assert found["n10"] != found["n14"], "one of four does"


def test_equal_starts_are_one_behavior() -> None:
    system = replace(ODE.parse("x' = -x @ x=1; T=3"), x0=((1.0,), (1.0,), (2.0,)))
    assert [s.x0 for s in single_starts(system)] == [((1.0,),), ((2.0,),)]
    assert [s.x0 for s in single_starts(replace(system, x0=((1.0,), (1.0,))))] == [((1.0,),)]


def test_a_behaviors_own_mean_is_scored_as_any_other_answer() -> None:
    """By the metric's formula: each dimension over its root mean square, 1 - |x - c| / (|x| + |c|)."""
    systems = [ODE.parse("x' = -x @ x=1; T=3"), ODE.parse("x' = y; y' = -x @ x=2, y=0; T=5")]
    items, expected = [], []
    for system in systems:
        setting = ODE.semantics.setting(system, points=63)
        (behavior,) = ODE.semantics.simulate([system.tree], [setting])
        y = behavior.y[0]
        items.append(Item(system, setting, y))
        scaled = y / np.sqrt((y**2).mean(axis=(0, 1)))
        still = np.ones_like(scaled) * scaled.mean(axis=1, keepdims=True)
        expected.append(1 - np.linalg.norm(scaled - still) / (np.linalg.norm(scaled) + np.linalg.norm(still)))
    assert constant(ODE, items) == pytest.approx(expected, abs=1e-9)
