from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
import torch

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.metrics import bounded_l2, relative_l2
from kappabar.evaluate.domains.observers.base import Observations
from kappabar.evaluate.domains.observers.numbers import NUMBERS, r_squared
from kappabar.evaluate.quality.decoding.decode import Samples
from kappabar.evaluate.quality.measures.quality import QualityConfig, best_among, quality, round_trip, skeleton
from kappabar.evaluate.quality.measures.rows import coefficient_error, distinct_share
from kappabar.evaluate.quality.model.model import Model, ModelConfig
from kappabar.evaluate.quality.model.trained import TrainConfig, Trained
from kappabar.evaluate.quality.task.outcomes import Item, score
from kappabar.evaluate.quality.task.task import Task, TaskConfig, build_task, floors
from kappabar.evaluate.tables.measures import TOLERANCES
from kappabar.grammars.errors import SpecError
from kappabar.grammars.operators import BUILT_IN, Operators
from kappabar.grammars.tree import Node, System, number, system, variable
from kappabar.representations.representation import representation
from kappabar.tokenizers.base import Invalid, TokenClass, Vocabulary

PLAIN = QualityConfig(constrained=False, choices=0)


def decay(rate: float) -> System:
    """x' = -rate x."""
    tree = system(Node("*", (number(-rate), variable(0))))
    return System(tree, ("x_0",), "ode", ((1.0,),), 2.0, name=f"decay {rate:g}")


@pytest.fixture(scope="module")
def task() -> Task:
    config = TaskConfig(n_train=20, n_val=4, n_test=6, times=63, points=16, separation=1e-6)
    return build_task(domain("ode"), config, 0, [decay(r) for r in np.linspace(0.2, 2.0, 60)])


@dataclass(frozen=True)
class Scripted:
    """A representation that reads, whatever is written, one given tree after the other."""

    script: Sequence[Node | Invalid]
    spec: str = "scripted"
    vocabulary: Vocabulary = field(default_factory=lambda: Vocabulary(("a", "b"), (TokenClass.OPERATOR,) * 2))
    said: list[int] = field(default_factory=list)
    operators: Operators = BUILT_IN

    def encode(self, tree: Node) -> list[int]:
        return [0, 1]

    def round_trip(self, tree: Node) -> Node:
        return tree

    def rewrite(self, tree: Node) -> Node:
        return tree

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        self.said.append(len(ids))
        return self.script[len(self.said) - 1]


def untrained(task: Task, ends: bool = True) -> Trained:
    model = Model(ModelConfig(d_model=16, layers=1, heads=2), 2, task.config.points, *NUMBERS.features(task.columns), seed=0)
    weight = model.embedding.weight.data
    weight.zero_()  # all logits equal: greedy takes the least id that is allowed, EOS
    if not ends:
        weight[3], weight[4] = 1 + torch.arange(16.0), -1 - torch.arange(16.0)  # the larger of the two is never below EOS's 0
    return Trained(
        model=model,
        history=[],
        representation="scripted",
        status="ok",
        dropped=0,
        max_length=5,
        parameters=model.size(),
        precision="float32",
        config=TrainConfig(),
        seed=0,
    )


def test_every_outcome_is_counted(task: Task) -> None:
    truth = task.items[0].system.tree
    near = system(Node("*", (number(1.001 * task.items[1].system.tree.children[0].children[0].value), variable(0))))  # type: ignore[operator]
    script: list[Node | Invalid] = [
        truth,
        near,
        Invalid("no such thing", 0),
        system(variable(0), variable(0)),
        system(Node("^", (Node("*", (number(9.0), variable(0))), number(9)))),
        system(Node("sin", (Node("*", (number(1e9), variable(0))),))),
    ]
    result = quality(task, Scripted([*script]), untrained(task), PLAIN, known_floors=floors(task))  # type: ignore[arg-type]
    rows = result.rows
    assert [row["status"] for row in rows[:5]] == ["ok", "ok", "invalid", "invalid", "diverged"]
    assert [row["valid"] for row in rows] == [True, True, False, True, True, True]
    assert rows[0]["q"] == pytest.approx(1.0, abs=1e-6) and rows[0]["exact"] and rows[0]["skeleton"] and rows[0]["within_0.1"]
    assert rows[1]["skeleton"] and not rows[1]["exact"] and rows[1]["within_1"] and rows[1]["r2_above_0.9"]
    assert rows[2]["q"] == rows[3]["q"] == 0.0
    assert rows[2]["reason"] == "no such thing" and "2 equations" in rows[3]["reason"]
    assert rows[4]["q"] < 0.1
    assert rows[0]["text"] == rows[0]["target"] and rows[2]["text"] is None
    summary = result.summary
    assert summary["n_invalid"] == 2 and summary["n_diverged"] == 1
    assert summary["n_ok"] + summary["n_diverged"] + summary["n_unresolved"] + summary["n_invalid"] == 6 == summary["n_items"]
    assert summary["quality"] == pytest.approx(np.mean([row["q"] for row in rows]))
    assert summary["quality_low"] <= summary["quality"] <= summary["quality_high"]
    assert summary["exact"] == pytest.approx(1 / 6)


def test_unresolved_is_no_distance() -> None:
    place = domain("ode")
    stiff = System(system(Node("*", (number(-1.0), variable(0)))), ("x_0",), "ode", ((1.0,),), 1.0)
    setting = place.semantics.setting(stiff, points=20)
    truth = place.semantics.simulate([stiff.tree], setting).y[0]
    item = Item(stiff, replace(setting, max_steps=3), truth)
    [outcome] = score(place, [item], [system(Node("*", (number(-1e7), Node("sin", (Node("*", (number(1e7), variable(0))),)))))])
    assert (outcome.status, outcome.q) == ("unresolved", 0.0)
    assert np.isnan(outcome.r2) and np.isnan(outcome.relative_l2)


def test_a_sequence_without_an_end_is_invalid(task: Task) -> None:
    rows = quality(task, Scripted([]), untrained(task, ends=False), replace(PLAIN, items=2), known_floors=floors(task)).rows  # type: ignore[arg-type]
    assert [row["status"] for row in rows] == ["invalid", "invalid"]
    assert {row["reason"] for row in rows} == {"no end within the length limit"}


def test_scores_are_the_metrics(task: Task) -> None:
    trees = [decay(0.9).tree] * len(task.items)
    for item, outcome in zip(task.items, score(task.domain, task.items, trees), strict=True):
        t, rate = item.setting.t, -item.system.tree.children[0].children[0].value  # type: ignore[operator]
        truth, found = np.exp(-rate * t)[None, :, None], np.exp(-0.9 * t)[None, :, None]
        assert outcome.q == pytest.approx(1 - float(bounded_l2(truth, found)[0]), abs=1e-5)
        assert outcome.relative_l2 == pytest.approx(float(relative_l2(truth, found)[0]), abs=1e-5)
        assert outcome.r2 == pytest.approx(1 - ((truth - found) ** 2).sum() / ((truth - truth.mean()) ** 2).sum(), abs=1e-4)


def test_r_squared_of_a_behavior_at_rest() -> None:
    rest = np.ones((1, 5, 1))
    assert r_squared(rest, rest) == 1.0
    assert r_squared(rest, rest + 1) == float("-inf")


def test_the_ceiling_is_the_round_trip(task: Task) -> None:
    exact, rough = (
        [o.q for o in round_trip(task, representation(spec, corpus=list(task.train.systems)))]
        for spec in ("prefix | digits:6", "prefix | digits:1")
    )
    assert np.allclose(exact, 1.0, atol=1e-3)
    assert np.mean(rough) < np.mean(exact)


def test_a_skeleton_has_no_coefficients_but_keeps_its_powers() -> None:
    tree = system(Node("+", (Node("*", (number(2.5), variable(0))), Node("^", (variable(0), number(3))))))
    other = system(Node("+", (Node("*", (number(-7.0), variable(0))), Node("^", (variable(0), number(3))))))
    square = system(Node("+", (Node("*", (number(2.5), variable(0))), Node("^", (variable(0), number(2))))))
    assert skeleton(tree) == skeleton(other) != skeleton(square)


def test_several_samples_are_averaged_per_item(task: Task) -> None:
    script: list[Node | Invalid] = []
    for draw in range(2):
        script += [item.system.tree if draw == 0 else Invalid("no", 0) for item in task.items]
    result = quality(task, Scripted(script), untrained(task), replace(PLAIN, samples=2), known_floors=floors(task))  # type: ignore[arg-type]
    assert len(result.rows) == 2 * len(task.items)
    assert result.summary["quality"] == pytest.approx(0.5, abs=1e-6)
    assert result.summary["exact"] == 0.5


def test_a_few_items_are_observed_several_times(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice right, once wrong: what is written under the first noise stays the first sample, whatever comes after it."""
    from kappabar.evaluate.quality.measures import quality as module

    n, seen = len(task.items), []

    def sample(model: Model, observations: Observations, *rest: object, **more: object) -> Samples:
        seen.append(observations)
        return Samples([[0]] * len(observations.samples), [0.0] * len(observations.samples), [True] * len(observations.samples))

    monkeypatch.setattr(module, "sample", sample)
    truth: list[Node | Invalid] = [item.system.tree for item in task.items]
    script = [*truth, *truth, *[Invalid("no", 0)] * n]
    config = replace(PLAIN, observed=2 * n + 1)
    result = quality(task, Scripted(script), untrained(task), config, known_floors=floors(task))  # type: ignore[arg-type]
    assert [(row["item"], row["sample"]) for row in result.rows] == [(i, draw) for draw in range(3) for i in range(n)]
    assert result.summary["quality"] == pytest.approx(2 / 3) and result.summary["n_items"] == n
    first, later = seen
    assert len(first.samples) == n and len(later.samples) == 2 * n
    assert (first.samples == task.observations(task.test, "test-noise").samples).all()
    looks = [first.samples, later.samples[:n], later.samples[n:]]
    assert all((a != b).any() for i, a in enumerate(looks) for b in looks[:i]), "noise of their own"
    assert np.allclose(looks[0], looks[1], atol=2.0), "of the same behaviors"
    enough = quality(task, Scripted(truth), untrained(task), replace(PLAIN, observed=n), known_floors=floors(task))  # type: ignore[arg-type]
    assert len(enough.rows) == n


def test_tolerances_are_a_curve(task: Task) -> None:
    """Each is what the relative error says, so that a tighter one never holds where a wider one does not."""
    rates = [-item.system.tree.children[0].children[0].value for item in task.items]  # type: ignore[operator]
    script = [decay(r * f).tree for r, f in zip(rates, (1.0002, 1.003, 1.012, 1.04, 1.1, 1.5), strict=True)]
    result = quality(task, Scripted(script), untrained(task), PLAIN, known_floors=floors(task))  # type: ignore[arg-type]
    limits = sorted(TOLERANCES.items(), key=lambda pair: pair[1])
    for row in result.rows:
        assert [row[name] for name, _ in limits] == [row["relative_l2"] <= limit for _, limit in limits]
    curve = [result.summary[name] for name, _ in limits]
    assert curve == sorted(curve) and 0 < curve[0] < curve[-1] < 1
    assert [result.summary[f"nearest_{n}"] for n, _ in limits] == sorted(result.summary[f"nearest_{n}"] for n, _ in limits)
    # The skeleton is right everywhere, and the only coefficient is off by the factor.
    errors = [row["coefficient_error"] for row in result.rows]
    assert errors == pytest.approx([0.0002, 0.003, 0.012, 0.04, 0.1, 0.5], rel=1e-6)
    assert result.summary["coefficient_error"] == pytest.approx(np.median(errors)) and result.summary["n_skeleton"] == 6


def test_the_median_error_of_several_coefficients() -> None:
    def tree(*values: float) -> Node:
        terms = [Node("*", (number(v), variable(0))) for v in values]
        return system(Node("+", (Node("+", (terms[0], terms[1])), terms[2])))

    assert coefficient_error(tree(1.1, -2.0, 8.0), tree(1.0, 2.0, 4.0)) == pytest.approx(1.0)
    assert coefficient_error(tree(1.1, 5.0, 4.0), tree(1.0, 0.0, 4.0)) == pytest.approx(0.05), (
        "what should be 0 has no relative error"
    )
    assert coefficient_error(tree(1.0, 1.0, 1.0), tree(0.0, 0.0, 0.0)) is None
    assert coefficient_error(system(variable(0)), system(variable(0))) is None
    assert coefficient_error(system(number(3.0)), system(number(4.0))) is None, "a value alone has no form"


def test_no_skeleton_right_is_no_error_at_all(task: Task) -> None:
    script: list[Node | Invalid] = [system(Node("sin", (variable(0),)))] * len(task.items)
    summary = quality(task, Scripted(script), untrained(task), PLAIN, known_floors=floors(task)).summary  # type: ignore[arg-type]
    assert summary["coefficient_error"] is None and summary["coefficient_error_low"] is None and summary["n_skeleton"] == 0
    assert summary["distinct_items"] == pytest.approx(1 / len(task.items))
    json.dumps(summary, allow_nan=False)


def test_each_split_is_summed_up_apart(task: Task) -> None:
    new = np.array([True, False, True, False, False, False])
    script: list[Node | Invalid] = [
        item.system.tree if flag else Invalid("no", 0) for item, flag in zip(task.items, new, strict=True)
    ]
    base = floors(task)
    result = quality(replace(task, new_skeleton=new), Scripted(script), untrained(task), PLAIN, known_floors=base)  # type: ignore[arg-type]
    summary = result.summary
    assert [row["split"] == "new-skeleton" for row in result.rows] == new.tolist()
    assert summary["quality_new_skeleton"] == pytest.approx(1.0, abs=1e-6) and summary["quality_new_coefficients"] == 0.0
    assert summary["n_items_new_skeleton"] == 2 and summary["n_items_new_coefficients"] == 4
    assert summary["floor_prior_new_skeleton"] == pytest.approx(base.prior[new].mean())
    assert summary["floor_nearest_new_coefficients"] == pytest.approx(
        np.mean([o.q for o, n in zip(base.nearest, new, strict=True) if not n])
    )
    only = quality(replace(task, new_skeleton=~new & False), Scripted(script), untrained(task), PLAIN, known_floors=base)  # type: ignore[arg-type]
    assert only.summary["quality_new_coefficients"] == only.summary["quality"]
    assert only.summary["floor_prior_new_skeleton"] is None
    json.dumps(only.summary, allow_nan=False)


def test_forms_are_summed_up_apart_and_so_is_what_decodes(task: Task) -> None:
    """The other way of dividing the tests; and Q given valid, which is Q over validity where each item has one sample."""
    new = np.array([True, True, False, False, False, False])
    script: list[Node | Invalid] = [item.system.tree for item in task.items]
    script[0], script[2] = Invalid("no", 0), system(number(0.0))
    result = quality(replace(task, new_form=new), Scripted(script), untrained(task), PLAIN)  # type: ignore[arg-type]
    summary = result.summary
    assert [row["form"] == "new-form" for row in result.rows] == new.tolist()
    assert summary["n_items_new_form"] == 2 and summary["n_items_known_form"] == 4
    q = np.array([row["q"] for row in result.rows])
    assert summary["quality_new_form"] == pytest.approx(q[:2].mean()) == pytest.approx(0.5)
    assert [row["q_valid"] is None for row in result.rows] == [i == 0 for i in range(6)]
    assert summary["quality_valid"] == pytest.approx(q[1:].mean()) == pytest.approx(summary["quality"] / summary["valid"])
    assert summary["quality_valid_new_form"] == pytest.approx(1.0) and summary["quality_valid"] < 1
    nothing: list[Node | Invalid] = [Invalid("no", 0)] * len(task.items)
    assert quality(task, Scripted(nothing), untrained(task), PLAIN).summary["quality_valid"] is None  # type: ignore[arg-type]


def test_distinct_trees() -> None:
    a, b = system(variable(0)), system(number(2.0))
    assert distinct_share([a, b, a, a]) == 0.5
    assert distinct_share([a, Invalid("no", 0), a]) == 0.5
    assert np.isnan(distinct_share([a, Invalid("no", 0)])) and np.isnan(distinct_share([]))


def test_the_constrained_pass_stands_beside_the_free_one(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a stand-in for the grammar: free samples are invalid, constrained ones right."""
    asked = []

    def constraint(representation: object, equations: Sequence[int], variables: Sequence[int]) -> str:
        asked.append((list(equations), list(variables)))
        return "grammar"

    def draw(model: object, seen: Observations, *_: object, constraint: str | None = None, **_named: object) -> Samples:
        n = len(seen.samples)
        return Samples(
            ids=[[1 if constraint else 0]] * n,
            log_probability=[-1.0] * n,
            finished=[True] * n,
            seconds=0.5 * n,
            removed=[0.25] * n if constraint else [],
        )

    monkeypatch.setattr("kappabar.evaluate.quality.measures.quality.language", constraint)
    monkeypatch.setattr("kappabar.evaluate.quality.measures.quality.sample", draw)
    n = len(task.items)
    script: list[Node | Invalid] = [Invalid("no", 0)] * n + [item.system.tree for item in task.items]
    config = QualityConfig(choices=0)
    result = quality(task, Scripted(script), untrained(task), config, known_floors=floors(task))  # type: ignore[arg-type]
    assert asked == [([1] * n, [1] * n)]
    assert all(
        row["status"] == "invalid" and row["status_constrained"] == "ok" and row["exact_constrained"] for row in result.rows
    )
    summary = result.summary
    assert summary["quality"] == 0.0 and summary["quality_constrained"] == pytest.approx(1.0, abs=1e-6)
    assert summary["valid"] == 0.0 and summary["valid_constrained"] == 1.0
    assert summary["quality_share_constrained"] == pytest.approx(1.0, abs=1e-6) and summary["note_constrained"] == ""
    assert summary["flops_per_sample_constrained"] > 0 and summary["seconds_per_sample_constrained"] == pytest.approx(0.5)
    assert summary["removed_constrained"] == 0.25 and "removed" not in summary


def test_without_a_grammar_the_constrained_pass_is_left_out_and_says_why(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    def constraint(*_: object) -> object:
        raise SpecError("no grammar for a user's own tokenizer")

    monkeypatch.setattr("kappabar.evaluate.quality.measures.quality.language", constraint)
    script: list[Node | Invalid] = [item.system.tree for item in task.items]
    result = quality(task, Scripted(script), untrained(task), QualityConfig(choices=0), known_floors=floors(task))  # type: ignore[arg-type]
    assert result.summary["note_constrained"] == "no grammar for a user's own tokenizer"
    assert "quality_constrained" not in result.summary and "q_constrained" not in result.rows[0]


def test_the_best_of_k_by_observed_error_against_a_loop() -> None:
    rng = np.random.default_rng(0)
    errors, q = rng.random((8, 5)), rng.random((8, 5))
    errors[:, 4] = np.inf  # nothing fits: the likeliest is taken
    likely = rng.standard_normal((8, 5))
    for k in (1, 2, 4, 8):
        for i in range(5):
            picked = []
            for start in range(0, 8, k):
                block = range(start, start + k)
                best = min(block, key=lambda j: (errors[j, i], -likely[j, i]))
                picked.append(q[best, i])
            assert best_among(k, errors, likely, q)[i] == pytest.approx(np.mean(picked))
    np.testing.assert_allclose(best_among(1, errors, likely, q), q.mean(axis=0))
    assert best_among(3, errors, likely, q).shape == (5,), "two blocks of three; the rest waits"


def test_quality_rises_with_the_number_of_samples_where_they_differ(task: Task) -> None:
    """Samples of many rates: among more of them one fits better, as the observed points say, and distinct trees are counted."""
    rng = np.random.default_rng(0)
    script: list[Node | Invalid] = [item.system.tree for item in task.items]
    for draw in range(16):
        rates = np.exp(rng.uniform(-2, 1, len(task.items)))
        script += [Invalid("no", 0) if draw == 3 else decay(float(r)).tree for r in rates]
    config = QualityConfig(constrained=False)
    result = quality(task, Scripted(script), untrained(task), config, known_floors=floors(task))  # type: ignore[arg-type]
    curve = [result.summary[f"quality@{k}"] for k in (1, 2, 4, 8, 16)]
    assert curve == sorted(curve) and curve[-1] > curve[0] + 0.1 and curve[-1] > 0.9
    assert result.summary["distinct"] == pytest.approx(1.0)
    assert result.summary["quality"] == pytest.approx(1.0, abs=1e-6), "the greedy pass is another one"
    assert all({"q@1", "q@16", "distinct"} <= row.keys() for row in result.rows)
    few = quality(task, Scripted(script), untrained(task), replace(config, choices=2), known_floors=floors(task))  # type: ignore[arg-type]
    assert "quality@2" in few.summary and "quality@4" not in few.summary
