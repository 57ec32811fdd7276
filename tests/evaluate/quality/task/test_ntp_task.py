from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.metrics import bounded_l2
from kappabar.evaluate.domains.observers.base import observe
from kappabar.evaluate.domains.observers.numbers import NUMBERS
from kappabar.evaluate.domains.sources import sample_systems
from kappabar.evaluate.quality.task.forms import form, spelled
from kappabar.evaluate.quality.task.observe import curves
from kappabar.evaluate.quality.task.split import held_out, skeleton
from kappabar.evaluate.quality.task.task import Task, TaskConfig, build_task, floors
from kappabar.evaluate.quality.training.presets import Preset, preset
from kappabar.grammars.errors import RunError
from kappabar.grammars.tree import Node, System, number, system, variable

SMALL = TaskConfig(n_train=60, n_val=10, n_test=20, times=63, points=16)


def decay(rate: float, start: float = 1.0, t_end: float = 2.0) -> System:
    """x' = -rate x."""
    tree = system(Node("*", (number(-rate), variable(0))))
    return System(tree, ("x_0",), "ode", ((start,),), t_end, name=f"decay {rate:g}")


def oscillator(k: float, damping: float) -> System:
    """x' = v, v' = -k x - damping v."""
    force = Node("-", (Node("*", (number(-k), variable(0))), Node("*", (number(damping), variable(1)))))
    return System(system(variable(1), force), ("x_0", "x_1"), "ode", ((1.0, 0.0),), 3.0, name=f"oscillator {k:g}")


def mixed(n: int, seed: int = 0) -> list[System]:
    rng = np.random.default_rng(seed)
    return [decay(v) if i % 2 else oscillator(v, v / 5) for i, v in enumerate(np.exp(rng.uniform(-2, 2, n)))]


@pytest.fixture(scope="module")
def task() -> Task:
    return build_task(domain("ode"), replace(SMALL, separation=1e-3), 0, mixed(140))


def test_parts_share_no_tree_and_no_behavior(task: Task) -> None:
    trained = {s.tree for s in task.train.systems}
    assert not trained & {s.tree for s in (*task.test.systems, *task.val.systems)}
    for part in (task.test, task.val):
        for i, own in enumerate(part.systems):
            same = [j for j, s in enumerate(task.train.systems) if s.dim == own.dim]
            ours = part.curves.values[i, :, : own.dim].astype(float)
            theirs = task.train.curves.values[same][:, :, : own.dim].astype(float)
            assert bounded_l2(ours, theirs).min() > 1e-3


def test_twins_of_training_behaviors_are_left_out_and_counted() -> None:
    rates = np.exp(np.linspace(-2, 2, 40))
    held = [decay(r) for r in rates[:30]]  # the first ones are held out
    twins = [decay(r * (1 + 1e-6)) for r in rates[:15]]
    task = build_task(
        domain("ode"), replace(SMALL, n_val=4, n_test=10, separation=1e-4), 0, [*held, *twins, *map(decay, rates[30:])]
    )
    n_spare = 27
    assert len(task.train) == 55 - n_spare
    twin_of = {s.tree for s in (decay(r) for r in rates[:15])}
    assert not twin_of & {s.tree for s in (*task.test.systems, *task.val.systems)}
    assert task.counts.near == 15


def test_twins_that_only_look_different_from_their_own_start_are_left_out() -> None:
    held = [decay(r) for r in np.linspace(0.2, 2.0, 20)]
    elsewhere = [decay(r * (1 + 1e-7), start=1.05) for r in np.linspace(0.2, 2.0, 20)]
    task_config = replace(SMALL, n_val=4, n_test=10, separation=1e-3)
    with pytest.raises(RunError, match="no held-out system"):
        build_task(domain("ode"), task_config, 0, [*held, *elsewhere])


def test_equal_trees_count_once() -> None:
    systems = mixed(60)
    task = build_task(domain("ode"), replace(SMALL, separation=1e-4), 0, [*systems, *systems[:25]])
    assert task.counts.same_tree == 25


def test_what_cannot_be_simulated_is_counted() -> None:
    explosive = System(system(Node("^", (variable(0), number(2)))), ("x_0",), "ode", ((2.0,),), 5.0)
    task = build_task(domain("ode"), SMALL, 0, [*mixed(60), explosive, replace(decay(1.1), t_end=None)])
    assert (task.counts.not_ok, task.counts.unusable) == (1, 1)


def test_too_few_systems_is_an_error() -> None:
    with pytest.raises(RunError, match="too few"):
        build_task(domain("ode"), SMALL, 0, [decay(1.0)])


def test_matrix_distances_equal_the_metric(task: Task) -> None:
    found = NUMBERS.nearest(task.train.curves, task.test.curves)
    for i, own in enumerate(task.test.systems):
        same = [j for j, s in enumerate(task.train.systems) if s.dim == own.dim]
        ours, theirs = task.test.curves.values[i, :, : own.dim], task.train.curves.values[same][:, :, : own.dim]
        assert found[i] == pytest.approx(bounded_l2(ours.astype(float), theirs.astype(float)).min(), abs=1e-6)


def test_floors_are_in_order(task: Task) -> None:
    base = floors(task)
    nearest = np.mean([o.q for o in base.nearest])
    assert 0 < base.prior.mean() < nearest < 1
    assert floors(task).prior.tolist() == base.prior.tolist()


def test_the_same_seed_gives_the_same_task(task: Task) -> None:
    again = build_task(domain("ode"), task.config, 0, mixed(140))
    assert [s.tree for s in again.test.systems] == [s.tree for s in task.test.systems]
    assert np.array_equal(
        again.observations(again.test, "test-noise").samples, task.observations(task.test, "test-noise").samples
    )
    assert not np.array_equal(
        task.observations(task.test, "test-noise").samples, task.observations(task.test, "retrieval-noise").samples
    )


def test_an_observation_is_as_noisy_as_asked(task: Task) -> None:
    one = task.train.curves.select(np.zeros(400, dtype=np.int64))
    clean, noisy = (observe(NUMBERS, one, level, np.random.default_rng(0)) for level in (0.0, 0.05))
    size = np.abs(one.values[0, :, 0]).mean()
    raw = 1 + one.values.shape[2]  # after time and scaled values come asinh of the values
    error = np.sinh(noisy.samples[:, :, raw]) - np.sinh(clean.samples[:, :, raw])
    assert error.std() == pytest.approx(0.05 * size, rel=0.05)


def test_an_observation_has_the_same_shape_for_every_system(task: Task) -> None:
    seen = task.observations(task.train, "training-noise")
    assert (seen.samples.shape[2], seen.scales.shape[1]) == NUMBERS.features(task.columns)
    assert seen.samples.shape[:2] == (len(task.train), task.config.points)
    assert seen.samples.dtype == seen.scales.dtype == np.float32
    assert np.isfinite(seen.samples).all() and np.isfinite(seen.scales).all()


def test_rescaling_a_behavior_leaves_its_scaled_samples() -> None:
    place = domain("ode")
    systems = [decay(0.7), decay(0.7, start=1000.0)]
    settings = [place.semantics.setting(s, points=63) for s in systems]
    behaviors = [b.y[0] for b in place.semantics.simulate([s.tree for s in systems], settings)]
    seen = observe(NUMBERS, curves(place, systems, settings, behaviors, 16, 1), 0.01, np.random.default_rng(0))
    both = observe(NUMBERS, curves(place, systems[:1], settings[:1], behaviors[:1], 16, 1), 0.0, np.random.default_rng(0))
    assert np.allclose(seen.samples[:, :, 1], both.samples[:, :, 1], atol=0.1)
    assert seen.scales[1, 2] - seen.scales[0, 2] == pytest.approx(1.5, abs=0.01), "half of log10(1000)"


def test_functions_show_their_inputs_and_maps_their_first_iterates() -> None:
    place = domain("function")
    tree = system(Node("*", (variable(0), variable(1))))
    function = System(tree, ("x_0", "x_1"), "function", ranges=((-1.0, 1.0), (0.0, 2.0)))
    setting = place.semantics.setting(function, points=32)
    y = place.semantics.simulate([tree], setting).y[0]
    seen = curves(place, [function], [setting], [y], 16, 3)
    assert np.allclose(seen.values[0, :, 0], seen.values[0, :, 1] * seen.values[0, :, 2], atol=1e-6)
    assert seen.measured.tolist() == [[1, 0, 0]]

    place = domain("map")
    tree = system(Node("*", (number(3.9), Node("*", (variable(0), Node("-", (number(1), variable(0))))))))
    logistic = System(tree, ("x_0",), "map", ((0.3,),), 50.0)
    setting = place.semantics.setting(logistic)
    y = place.semantics.simulate([tree], setting).y[0]
    x = curves(place, [logistic], [setting], [y], 16, 1).values[0, :, 0].astype(float)
    assert np.allclose(x[1:], 3.9 * x[:-1] * (1 - x[:-1]), atol=1e-5)


def test_half_of_the_tests_have_a_form_that_training_never_shows() -> None:
    config = TaskConfig(n_train=1500, n_val=20, n_test=60, separation=1e-3)
    sampled = build_task(domain("function"), config, 3)
    trained = {skeleton(s.tree) for s in sampled.train.systems}
    assert [skeleton(s.tree) not in trained for s in sampled.test.systems] == sampled.new_skeleton.tolist()
    shown = {form(s.tree) for s in sampled.train.systems}
    assert [form(s.tree) not in shown for s in sampled.test.systems] == sampled.new_form.tolist()
    assert 25 <= sampled.new_form.sum() <= 35
    assert (sampled.new_skeleton >= sampled.new_form).all(), "a new form is a new skeleton"


def test_the_same_forms_are_held_out_of_more_systems() -> None:
    shapes = [spelled(form(s.tree)) for s in sample_systems("function", 600, 1)]
    few, many = held_out(shapes[:300], 0.3), held_out(shapes, 0.3)
    assert sum(few) > 30
    frequent = {s for s in shapes if shapes.count(s) > 0.015 * 600}
    assert all(s in frequent for s, a, b in zip(shapes, few, many, strict=False) if a != b)


def test_a_frequent_form_always_trains() -> None:
    assert not any(held_out([spelled(form(decay(r).tree)) for r in np.linspace(0.1, 3, 50)], 0.999))


def test_a_skeleton_keeps_whole_exponents_and_nothing_else() -> None:
    x = variable(0)
    tree = system(Node("+", (Node("*", (number(2.5), Node("^", (x, number(3.0))))), Node("^", (x, number(0.5))))))
    one = number(1.0)
    assert skeleton(tree) == system(Node("+", (Node("*", (one, Node("^", (x, number(3.0))))), Node("^", (x, one)))))


def test_sizes_come_back_from_a_run_whatever_its_version_called_them() -> None:
    sizes = preset("tiny")
    document = asdict(sizes)
    assert Preset.from_dict(document) == sizes
    document["task"]["new_skeletons"] = document["task"].pop("new_forms")
    assert Preset.from_dict(document) == sizes
