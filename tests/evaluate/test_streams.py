"""Every purpose draws from a stream of its own, and no figure of an expression depends on its neighbors in the file."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from kappabar.evaluate import streams
from kappabar.evaluate.commands.kappa import kappa
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.sources import load, sample_systems
from kappabar.evaluate.edits.plausible_model import plausible_task
from kappabar.evaluate.kappa.kappa import Kappa
from kappabar.evaluate.quality.task.task import Task, TaskConfig, build_task
from kappabar.evaluate.streams import own_key
from kappabar.grammars.text.parse import parse

SEEDS = (0, 1, 2, 7919, 104_729, 1_000_003)
ROOM = Path(streams.__file__).parent
RESAMPLED = {"correlation.py", "estimate.py", "names.py", "uncertainty.py", "spread.py", "rows.py", "sequential.py"}
"""Files that resample for intervals, alike on purpose for all columns of a length."""
OWN = r"default_rng\((?!sequence|seed\) if purpose)|manual_seed\((?!number|stream|seed\)|_stream)|seed \* \d|seed \+ \d{2}"


def test_no_two_purposes_draw_the_same_under_any_seeds() -> None:
    """Nor do parts of one purpose, nor the parent, which `--data sample:N:SEED` draws from."""
    keys = [(seed, purpose, more) for seed in SEEDS for purpose in streams.PURPOSES for more in ((), (0,), (1,))]
    first = [streams.generator(seed, purpose, *more).integers(1 << 63) for seed, purpose, more in keys]
    first += [streams.sampled(seed).integers(1 << 63) for seed in SEEDS]
    assert len(set(map(int, first))) == len(first)
    whole = [streams.number(seed, purpose, *more) for seed, purpose, more in keys]
    assert len({n >> 32 for n in whole}) == len(whole), "also where only 32 bits are taken"
    assert len(set(streams.PURPOSES)) == len(streams.PURPOSES)
    with pytest.raises(ValueError, match="tuple"):
        streams.generator(0, "data")


def test_numbers_outlive_the_order_of_work() -> None:
    assert streams.generator(3, "edits", 5).integers(1 << 20) == streams.generator(3, "edits", 5).integers(1 << 20)
    drawn = [streams.generator(0, "edits", i).random(500) for i in range(20)]
    correlations = np.corrcoef(drawn)[np.triu_indices(20, 1)]
    assert np.abs(correlations).max() < 0.2, "190 pairs of 500: 4.4 standard errors"


def test_random_numbers_come_from_the_registry() -> None:
    """Every other generator of the room is made here, from a purpose: sums of seeds and constants only move a meeting
    elsewhere."""
    found = {
        str(path.relative_to(ROOM))
        for path in ROOM.rglob("*.py")
        if re.search(OWN, path.read_text(encoding="utf-8")) and path.name not in RESAMPLED
    }
    # What follows draws examples of property tests, optuna's proposals (seeded from the registry), forecasts, where functions are
    # evaluated, sounds of a bank that state their seed.
    allowed = {f"check/{name}.py" for name in ("subjects", "strategies", "smoothness", "operating", "ready", "values", "even")}
    assert found <= allowed | {"search/evolve.py", "reproduce/forecast.py", "semantics/table.py", "domains/audio/synthesis.py"}


@pytest.mark.parametrize("place", ["ode", "function", "map"])
def test_what_is_measured_is_not_what_the_task_learns(place: str) -> None:
    """`compare --data sample:60` once measured 17 expressions that its models had been trained on, and 39 of Q's own tests."""
    config = TaskConfig(n_train=150, n_val=20, n_test=60, times=63)
    task = build_task(domain(place), config, 0)
    learned = {s.tree for part in (task.train, task.val, task.test) for s in part.systems}
    assert len(learned) > 200
    for source in ("sample:60", "sample:60:17", "sample:60:7919"):
        common = learned & {s.tree for s in load([source], place).systems}
        # Independent draws from one distribution meet in its shortest expressions, x' = -x and the like, and in no other.
        assert len(common) <= 3 and all(tree.size <= 8 for tree in common)
    edited = plausible_task(domain(place), load(["sample:5"], place).systems, TaskConfig(n_train=60, n_val=8, n_test=8), 0)
    assert all(tree.size <= 8 for tree in learned & {s.tree for s in edited.train.systems})


def test_parts_of_a_task_see_noise_of_their_own(made: Task) -> None:
    noise = {
        name: made.observed(made.test, name).values - made.test.curves.values
        for name in ("test-noise", "validation-noise", "retrieval-noise")
    }
    for a, b in combinations(noise.values(), 2):
        seen = (a != 0) & (b != 0)
        assert seen.sum() > 300 and abs(np.mean(np.sign(a[seen]) == np.sign(b[seen])) - 0.5) < 4 * 0.5 / np.sqrt(seen.sum())


@pytest.fixture(scope="module")
def made() -> Task:
    return build_task(domain("ode"), TaskConfig(n_train=40, n_val=6, n_test=10, times=63), 0)


def test_figures_of_an_expression_do_not_depend_on_the_rest_of_its_file() -> None:
    """Under a representation that is already fitted, wherever it stands."""
    systems = sample_systems("ode", 5, 3)
    chosen = domain("ode").representation("prefix | bins:16,log", systems)

    def figures(order: list[int]) -> dict[str, tuple[float, ...]]:
        found = kappa(chosen, [systems[i] for i in order], edits_per_expression=40, seed=4)
        assert isinstance(found, Kappa)
        return {m.name: tuple(np.nan_to_num(m.distance, nan=-1.0)) for m in found.measured}

    whole = figures([0, 1, 2, 3, 4])
    for order in ([4], [2, 0], [3, 1, 0, 4]):
        assert figures(order) == {systems[i].name: whole[systems[i].name] for i in order}


def test_an_expressions_stream_is_that_of_all_that_it_is_and_of_no_name() -> None:
    flow, function = "x' = -x @ x=1; T=2", "y = x @ x=0..1"
    assert own_key(parse(flow)) == own_key(replace(parse(flow), name="other")) == own_key(parse("  x'=-x  @ x=1; T=2"))
    others = [
        parse("x' = -2*x @ x=1; T=2"),
        parse("x' = -x @ x=3; T=2"),
        parse("x' = -x @ x=1; T=4"),
        parse("x[n+1] = -x @ x=1; T=2", "map"),
    ]
    others += [parse(function, "function"), parse("y = x @ x=0..2", "function")]
    assert len({own_key(s) for s in (parse(flow), *others)}) == 1 + len(others)
