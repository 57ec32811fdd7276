from __future__ import annotations

import json
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.quality.measures.quality import QualityConfig, quality
from kappabar.evaluate.quality.model.model import BOS, EOS, PAD, ModelConfig
from kappabar.evaluate.quality.model.precision import FORBIDDEN, device, precision, products
from kappabar.evaluate.quality.model.trained import (
    TrainConfig,
    branches,
    load,
    measurements,
    schedule,
    steps_with_branches,
)
from kappabar.evaluate.quality.task.task import Task, TaskConfig, build_task
from kappabar.evaluate.quality.training.batches import bucketed, encode, groups, padded
from kappabar.evaluate.quality.training.curves import rows
from kappabar.evaluate.quality.training.train import train
from kappabar.evaluate.tables.folder import HISTORY
from kappabar.grammars.errors import OutputError, SpecError
from kappabar.grammars.tree import Node, System, number, system, variable
from kappabar.representations.representation import Representation, representation

TINY = ModelConfig(d_model=32, layers=2, heads=2)
FAST = TrainConfig(steps=12, batch_size=16, checkpoints=2, probe=4, precision="float32")


def decay(rate: float, start: float) -> System:
    """x' = -rate x."""
    return System(system(Node("*", (number(-rate), variable(0)))), ("x_0",), "ode", ((start,),), 2.0, name=f"decay {rate:g}")


def decays(n: int) -> list[System]:
    rng = np.random.default_rng(0)
    return [
        decay(round(float(r), 4), float(s))
        for r, s in zip(np.exp(rng.uniform(-1.2, 0.7, n)), rng.uniform(0.5, 2, n), strict=True)
    ]


@pytest.fixture(scope="module")
def task() -> Task:
    config = TaskConfig(n_train=1500, n_val=64, n_test=40, times=63, points=16, separation=1e-7, noise=0.0)
    return build_task(domain("ode"), config, 0, decays(1800))


@pytest.fixture(scope="module")
def digits(task: Task) -> Representation:
    return representation("prefix | digits:1", corpus=list(task.train.systems))


def numbers(history: list[dict[str, float]]) -> list[dict[str, float]]:
    return [{k: v for k, v in row.items() if k != "seconds"} for row in history]


def test_one_seed_one_result_whatever_ran_before(task: Task, digits: Representation) -> None:
    first = train(task, digits, TINY, FAST, seed=3)
    torch.manual_seed(99)
    torch.rand(7)
    train(task, digits, TINY, replace(FAST, steps=3, checkpoints=1), seed=4)
    second = train(task, digits, TINY, FAST, seed=3)
    assert numbers(first.history) == numbers(second.history)
    assert all(
        torch.equal(a, b) for a, b in zip(first.model.state_dict().values(), second.model.state_dict().values(), strict=True)
    )
    other = train(task, digits, TINY, FAST, seed=4)
    assert numbers(first.history) != numbers(other.history)


_SCRIPT = """
import json, sys, importlib.util
spec = importlib.util.spec_from_file_location("here", sys.argv[1])
here = importlib.util.module_from_spec(spec); spec.loader.exec_module(here)
config = here.TaskConfig(n_train=100, n_val=16, n_test=8, times=63, points=16, separation=1e-7)
task = here.build_task(here.domain("ode"), config, 0, here.decays(200))
form = here.representation("prefix | digits:2", corpus=list(task.train.systems))
trained = here.train(task, form, here.TINY, here.replace(here.FAST, precision="auto"), seed=1)
found = here.quality(task, form, trained, here.QualityConfig(samples=2, temperature=1.0), seed=1)
print(json.dumps([here.numbers(trained.history), found.rows]))
"""


def test_two_processes_agree_bit_for_bit() -> None:
    command = [sys.executable, "-c", _SCRIPT, __file__]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    first, second = (run.communicate()[0] for run in runs)
    assert [run.returncode for run in runs] == [0, 0]
    assert first == second
    assert len(json.loads(first)[1]) == 16


def test_every_representation_sees_the_same_batches(task: Task, digits: Representation) -> None:
    sizes = np.array([s.tree.size for s in task.train.systems])
    first, second = (list(bucketed(sizes, 16, np.random.default_rng(5))) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    rows = np.concatenate(first)
    assert len(rows) == len(set(rows.tolist())) > len(sizes) - 16 * 16


def test_bits_are_per_expression_and_begin_at_a_uniform_guess(task: Task, digits: Representation) -> None:
    """An untrained model knows nothing: every token costs log2 of the vocabulary, EOS included."""
    trained = train(task, digits, TINY, replace(FAST, steps=1, checkpoints=1, lr=0.0), seed=0)
    row = trained.history[-1]
    tokens = np.mean([len(digits.encode(s.tree)) + 1 for s in task.val.systems])
    uniform = math.log2(len(digits.vocabulary) + 3)
    assert row["val_bits_per_token"] == pytest.approx(uniform, rel=0.05)
    assert row["val_bits_per_expression"] == pytest.approx(row["val_bits_per_token"] * tokens, rel=1e-6)
    assert row["tokens_seen"] == pytest.approx(16 * tokens, rel=0.2)


def test_a_tiny_task_is_learnt_to_near_the_ceiling(task: Task, digits: Representation) -> None:
    """x' = -a x with the start shown: a is read off the trajectory. What remains below the ceiling is the model's own."""
    trained = train(task, digits, TINY, TrainConfig(steps=500, batch_size=32, lr=4e-3, probe=8, precision="float32"), seed=0)
    assert trained.status == "ok"
    bits = [row["val_bits_per_expression"] for row in trained.history]
    assert bits == sorted(bits, reverse=True)
    assert bits[-1] < 0.1 * bits[0]
    found = quality(task, digits, trained).summary
    assert found["floor_prior"] < found["quality"] <= found["ceiling"] + 1e-9
    assert found["quality"] > found["ceiling"] - 0.02
    assert found["valid"] == 1.0


def test_a_loss_that_is_not_finite_ends_training_with_a_reason(task: Task, digits: Representation) -> None:
    trained = train(task, digits, TINY, replace(FAST, lr=1e38, clip=1e38, warmup=0.0), seed=0)
    assert "loss was" in trained.status and "of 12" in trained.status


@pytest.mark.parametrize("objective", ["next-token", "multi-token:3", "entropy:0.3", "entropy-weighted"])
def test_every_objective_learns_and_reports_the_plain_loss(task: Task, digits: Representation, objective: str) -> None:
    config = replace(FAST, steps=60, checkpoints=5, lr=1e-3, objective=objective)
    trained = train(task, digits, TINY, config, seed=0)
    first, last = trained.history[0], trained.history[-1]
    assert trained.status == "ok" and last["objective"] == objective
    assert last["val_bits_per_expression"] < 0.8 * first["val_bits_per_expression"]
    assert last["train_loss_bits"] == pytest.approx(last["val_bits_per_expression"], rel=0.3), "bits per expression, in both"
    tokens = np.mean([len(digits.encode(s.tree)) + 1 for s in task.val.systems])
    if objective == "next-token":
        assert last["objective_loss"] == pytest.approx(last["train_loss_bits"] * math.log(2) / tokens, rel=0.05)
    if objective == "multi-token:3":
        assert last["objective_loss"] > 1.5 * last["train_loss_bits"] * math.log(2) / tokens, "three losses, summed"
    assert trained.parameters == trained.model.size() == first_size(task, digits)


def first_size(task: Task, digits: Representation) -> int:
    return train(task, digits, TINY, replace(FAST, steps=1, checkpoints=1), seed=0).parameters


def test_groups_are_the_batch_shortest_first() -> None:
    lengths = [9, 2, 5, 5, 30, 1, 7]
    for size in (1, 2, 3, 7, 100):
        found = groups(lengths, size)
        order = [int(i) for group in found for i in group]
        assert sorted(order) == list(range(7))
        assert [lengths[i] for i in order] == sorted(lengths)
        assert max(map(len, found)) <= max(2 * size, 1)


def test_a_device_that_is_not_there_is_refused_in_one_line() -> None:
    assert device("cpu") == torch.device("cpu")
    for name, words in {
        "gpu": "did you mean 'cpu'",
        "cpu:1": "unknown device",
        "cuda:x": "unknown",
        "cuda:99": "use --device cpu",
    }.items():
        with pytest.raises(SpecError, match=words):
            device(name)
    with pytest.raises(SpecError, match="did you mean 'bfloat16'"):
        precision("bfloat")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_a_cuda_device_learns_what_the_processor_does(task: Task, digits: Representation) -> None:
    config = replace(FAST, steps=80, checkpoints=1)
    bits = [train(task, digits, TINY, config, 0, device=d).history[-1]["val_bits_per_expression"] for d in ("cpu", "cuda")]
    assert bits[0] == pytest.approx(bits[1], rel=0.05)


def test_curves_become_a_table(task: Task, digits: Representation) -> None:
    trained = train(task, digits, TINY, FAST, seed=0)
    table = HISTORY.frame(rows(trained, digits.spec, 2))
    assert table["step"].to_list() == [6, 12] and table["seed"].to_list() == [2, 2]
    assert table["bits"].to_list() == [row["val_bits_per_expression"] for row in trained.history]


def test_tensorboard_shows_the_history_or_says_what_is_missing(task: Task, digits: Representation, tmp_path: Path) -> None:
    try:
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    except ImportError:
        with pytest.raises(SpecError, match=r"kappabar\[tensorboard\]"):
            train(task, digits, TINY, FAST, seed=0, tensorboard=tmp_path)
        return
    trained = train(task, digits, TINY, FAST, seed=0, tensorboard=tmp_path)
    found = EventAccumulator(str(tmp_path))
    found.Reload()
    shown = [(e.step, e.value) for e in found.Scalars("val_bits_per_expression")]
    assert shown == [(row["step"], pytest.approx(row["val_bits_per_expression"])) for row in trained.history]


def test_long_sequences_are_left_out_and_counted(task: Task, digits: Representation) -> None:
    lengths = [len(digits.encode(s.tree)) for s in task.train.systems]
    kept, dropped = encode(digits, task.train.targets, max(lengths), [True] * len(lengths))
    assert dropped == 0 and [len(ids or ()) for ids in kept] == lengths
    trained = train(task, digits, TINY, replace(FAST, steps=2, checkpoints=1, max_tokens=min(lengths) - 1), seed=0)
    assert trained.dropped == len(task.train)


def test_save_and_load_give_the_same_model(task: Task, digits: Representation, tmp_path: Path) -> None:
    trained = train(task, digits, TINY, FAST, seed=0)
    trained.save(tmp_path / "checkpoint")
    again = load(tmp_path / "checkpoint")
    assert {p.name for p in (tmp_path / "checkpoint").iterdir()} == {"model.safetensors", "model.json"}
    assert numbers(again.history) == numbers(trained.history)
    assert (again.config, again.representation, again.max_length) == (trained.config, trained.representation, trained.max_length)
    config = QualityConfig(items=5)
    assert quality(task, digits, again, config).rows == quality(task, digits, trained, config).rows
    for name in ("model.safetensors", "model.json"):
        path = tmp_path / "checkpoint" / name
        whole = path.read_bytes()
        path.write_bytes(whole[:500] + bytes([whole[500] ^ 1]) + whole[501:])
        with pytest.raises(OutputError, match=name) as caught:
            load(tmp_path / "checkpoint")
        assert "\n" not in str(caught.value)
        path.write_bytes(whole)


def test_padding() -> None:
    assert padded([[5, 6], [7]]).tolist() == [[BOS, 8, 9, EOS], [BOS, 10, EOS, PAD]]
    assert padded([[5, 6]], multiple=8).tolist() == [[BOS, 8, 9, EOS, *[PAD] * 5]]


def test_the_learning_rate_rises_stays_and_falls() -> None:
    config = TrainConfig(steps=100, warmup=0.1, decay=0.2)
    values = [schedule(step, config) for step in range(1, 101)]
    assert values[:10] == pytest.approx([k / 10 for k in range(1, 11)])
    assert values[9:80] == [1.0] * 71
    assert values[79:] == pytest.approx([k / 21 for k in range(21, 0, -1)]), "and to 0 with the step that comes no more"


@given(st.integers(2, 3000), st.integers(0, 5), st.floats(0.05, 0.5), st.floats(0, 0.3))
def test_branches_leave_where_nothing_has_come_down(steps: int, count: int, decay: float, warmup: float) -> None:
    config = TrainConfig(steps=steps, branches=count, decay=decay, warmup=warmup)
    begun = branches(config)
    assert len(begun) <= count and sorted(begun.values()) == list(begun.values())
    for start, length in begun.items():
        trunk, branch = ([schedule(step, config, n) for step in range(1, length + 1)] for n in (None, length))
        assert trunk[:start] == branch[:start] and branch[-1] <= trunk[-1]
        assert length not in measurements(config)
    extra = sum(length - start for start, length in begun.items())
    assert steps_with_branches(config) == steps + extra and extra <= decay * steps + count


def test_a_branch_ends_as_a_training_of_its_length_and_changes_nothing(task: Task, digits: Representation) -> None:
    config = replace(FAST, steps=32, checkpoints=4, branches=2, decay=0.3, warmup=0.0625, probe=40)
    whole, plain = (train(task, digits, TINY, c, seed=0) for c in (config, replace(config, branches=0)))
    assert [(row["step"], row["ended"]) for row in whole.history] == [(4, False), (8, True), (16, True), (32, True)]
    alike = ("val_bits_per_expression", "quality", "flops", "tokens_seen", "systems", "lr")
    assert all(whole.history[-1][name] == plain.history[-1][name] for name in alike)
    assert all(map(torch.equal, whole.model.state_dict().values(), plain.model.state_dict().values()))
    for place, length in ((1, 8), (2, 16)):
        alone = train(task, digits, TINY, replace(config, steps=length, branches=0, warmup=2 / length), seed=0).history[-1]
        branch = whole.history[place]
        assert all(
            branch[name] == alone[name] for name in ("val_bits_per_expression", "quality", "flops", "tokens_seen", "systems")
        )
        assert branch["seconds"] < whole.history[-1]["seconds"]
    seen = [row["systems"] for row in whole.history]
    assert seen == [16 * row["step"] for row in whole.history], "none twice within the first epoch"


def test_steps_by_adamw_alone_learn_too_and_another_name_is_refused(task: Task, digits: Representation) -> None:
    config = replace(FAST, steps=60, checkpoints=5, lr=4e-3, optimizer="adamw")
    first, *_, last = train(task, digits, TINY, config, seed=0).history
    assert last["val_bits_per_expression"] < 0.8 * first["val_bits_per_expression"]
    with pytest.raises(SpecError, match="did you mean 'muon'"):
        train(task, digits, TINY, replace(config, optimizer="moun"), seed=0)


@pytest.mark.parametrize("forbidden", ["", "0", "1"])
@pytest.mark.parametrize("units", ["amx_bf16", "avx512_bf16", ""])
def test_auto_takes_bfloat16_where_there_is_hardware_unless_forbidden(
    units: str, forbidden: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {units: True}, raising=False)
    monkeypatch.setenv(FORBIDDEN, forbidden)
    assert precision("auto") == ("bfloat16" if units and forbidden != "1" else "float32")
    assert [precision(name) for name in ("float32", "bfloat16")] == ["float32", "bfloat16"], "what is named is taken"


def test_products_stay_as_exact_as_float32_is() -> None:
    """Whatever library multiplies: bfloat16 would be off by 2⁻⁹ of the sizes, a thousand times as much."""
    drawn = torch.Generator().manual_seed(0)
    a, b = torch.randn(3, 64, 96, generator=drawn), torch.randn(3, 96, 64, generator=drawn)
    sizes, exact = a.abs().double() @ b.abs().double(), a.double() @ b.double()
    before = torch.bmm(a, b)
    with products():
        inside = torch.bmm(a, b)
    assert ((inside - exact).abs() < 1e-6 * sizes).all()
    assert torch.equal(torch.bmm(a, b), before), "it ends where it ends"


def test_bfloat16_learns_what_float32_does(task: Task, digits: Representation) -> None:
    bits = {}
    for kind in ("float32", "bfloat16"):
        trained = train(task, digits, TINY, replace(FAST, steps=80, checkpoints=1, precision=kind), seed=0)
        assert all(p.dtype == torch.float32 for p in trained.model.parameters())
        bits[kind] = trained.history[-1]["val_bits_per_expression"]
    assert bits["bfloat16"] == pytest.approx(bits["float32"], rel=0.05)


def test_looking_at_gradients_on_the_way_changes_nothing(task: Task, digits: Representation) -> None:
    config = replace(FAST, steps=4, checkpoints=2)
    plain, watched = (train(task, digits, TINY, replace(config, alignment=n), seed=0) for n in (0, 6))
    for a, b in zip(plain.history, watched.history, strict=True):
        assert {k: b[k] for k in a if k != "seconds"} == {k: a[k] for k in a if k != "seconds"}
        assert "gradient_alignment" in b and "gradient_alignment" not in a
    for a, b in zip(plain.model.parameters(), watched.model.parameters(), strict=True):
        assert torch.equal(a, b)
