"""Plausible edits follow their model: the law of known probabilities, drawn and enumerated; and the small transformer's own."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.observers.base import Observations
from kappabar.evaluate.edits.base import EditOperator
from kappabar.evaluate.edits.plausible import Plausible, left_law, whole_law
from kappabar.evaluate.edits.plausible_model import NtpScorer, observation, plausible_task, train_plausible
from kappabar.evaluate.edits.plausible_recipe import PlausibleRecipe, Preparing
from kappabar.evaluate.events import Skipped, silent
from kappabar.evaluate.kappa.kappa import measure_all
from kappabar.evaluate.quality.model.model import BOS, EOS, PAD, SPECIAL, Model, ModelConfig
from kappabar.evaluate.quality.model.trained import TrainConfig
from kappabar.evaluate.quality.task.task import TaskConfig
from kappabar.evaluate.quality.training.presets import Preset
from kappabar.grammars.errors import RunError, SpecError
from kappabar.grammars.tree import Node, System, number, system, variable
from kappabar.representations.representation import Representation, representation

Ids = Sequence[int]


@dataclass(frozen=True, slots=True)
class Chain:
    """A model that can be worked out by hand: p(token | the one before), the first one from row 0."""

    transitions: np.ndarray

    def probability(self, ids: Ids) -> float:
        return float(np.prod([self.transitions[a, b] for a, b in itertools.pairwise([0, *ids])]))

    def left(self, ids: Ids) -> np.ndarray:
        return np.log(self.transitions[[0, *ids[:-1]]]) if ids else np.zeros((0, len(self.transitions)))

    def whole(self, ids: Ids, substitutions: Sequence[tuple[int, int]]) -> np.ndarray:
        return np.log([self.probability([*ids[:i], t, *ids[i + 1 :]]) for i, t in substitutions])


def chain(v: int, seed: int) -> Chain:
    return Chain(np.random.default_rng(seed).dirichlet(np.full(v, 0.5), size=v) * 0.98 + 0.02 / v)


def by_hand(ids: Ids, model: Chain, context: str, k: int) -> dict[tuple[int, int], float]:
    """The law from its definition, one division at a time."""
    found = {}
    for i, present in enumerate(ids):
        before = model.transitions[ids[i - 1] if i else 0]
        others = sorted((t for t in range(len(before)) if t != present), key=lambda t: -before[t])
        odds = {t: before[t] for t in others}
        if context == "whole":
            odds = {t: model.probability([*ids[:i], t, *ids[i + 1 :]]) for t in others[:k]}
        found |= {(i, t): p / sum(odds.values()) / len(ids) for t, p in odds.items()}
    return found


@given(st.integers(2, 6), st.integers(1, 3), st.integers(0, 2**20), st.data())
def test_the_law_is_its_definition(v: int, k: int, seed: int, data: st.DataObject) -> None:
    ids, model = data.draw(st.lists(st.integers(0, v - 1), min_size=1, max_size=7)), chain(v, seed)
    for context, law in (("left", left_law(ids, model)), ("whole", whole_law(ids, model, k))):
        found = dict(zip(zip(law.positions.tolist(), law.tokens.tolist(), strict=True), law.weights.tolist(), strict=True))
        assert len(found) == len(law.weights) == len(ids) * (v - 1 if context == "left" else min(k, v - 1))
        assert found == pytest.approx(by_hand(ids, model, context, k))
        assert law.weights.sum() == pytest.approx(1.0)


def test_nothing_to_substitute() -> None:
    model = chain(1, 0)
    assert len(left_law([0, 0], model).weights) == len(left_law([], chain(3, 0)).weights) == 0
    assert len(whole_law([0, 0], model, 2).weights) == len(whole_law([], chain(3, 0), 2).weights) == 0


def test_a_position_without_alternatives_leaves_its_part_to_the_others() -> None:
    with np.errstate(divide="ignore"):
        law = left_law([1, 2], Chain(np.array([[0.0, 1.0, 0.0], [0.25, 0.25, 0.5], [1.0, 0.0, 0.0]])))
    assert law.positions.tolist() == [0, 0, 1, 1]
    assert law.weights.tolist() == pytest.approx([0.0, 0.0, 0.5, 0.5])


TREE = system(Node("+", (Node("*", (number(-1.5), variable(0))), Node("sin", (variable(0),)))))
FORM = representation("prefix | digits:2", corpus=[TREE])
FAKE = chain(len(FORM.vocabulary), 4)


def operator(context: str) -> Plausible:
    return Plausible(lambda _form, _tree: FAKE, context, k=5)


@pytest.mark.parametrize("context", ["left", "whole"])
def test_draws_follow_the_law(context: str) -> None:
    """Chi-square over the substitutions; rare ones together, so that every expectation is at least 5."""
    ids, n = FORM.encode(TREE), 20_000
    law = by_hand(ids, FAKE, context, 5)
    drawn = operator(context).neighborhood(FORM, TREE, n, np.random.default_rng(3))
    assert drawn.size == len(ids) * (len(FORM.vocabulary) - 1)
    assert len(drawn.edits) == n
    counts = Counter((e.position, e.token) for e in drawn.edits)
    assert set(counts) <= set(law)
    common = [key for key, p in law.items() if n * p >= 5]
    observed = [counts[key] for key in common]
    expected = [n * law[key] for key in common]
    assert len(common) > 20
    rest = n - sum(expected)
    if rest > 1e-6:
        observed, expected = [*observed, n - sum(observed)], [*expected, rest]
    assert stats.chisquare(observed, expected).pvalue > 0.001


@pytest.mark.parametrize("context", ["left", "whole"])
def test_the_weighted_enumeration_has_the_mean_of_the_draws(context: str) -> None:
    def value(edit) -> float:
        """Anything that differs between edits: whether one decodes, and where it is."""
        return edit.position + 3.0 * isinstance(edit.result, Node) + 0.1 * edit.token

    full = operator(context).neighborhood(FORM, TREE, None, np.random.default_rng(0))
    scored = len(FORM.encode(TREE)) * (len(FORM.vocabulary) - 1 if context == "left" else 5)
    assert scored == len(full.edits) == len({(e.position, e.token) for e in full.edits})
    assert full.exact == (context == "left")  # the other scores the likeliest alone
    as_many = operator(context).neighborhood(FORM, TREE, full.size, np.random.default_rng(2))
    assert len(as_many.edits) == full.size and not as_many.exact  # drawn with replacement: some twice, others never
    assert sum(e.weight for e in full.edits) == pytest.approx(1.0)
    exact = sum(e.weight * value(e) for e in full.edits)
    drawn = operator(context).neighborhood(FORM, TREE, 4000, np.random.default_rng(1))
    assert {e.weight for e in drawn.edits} == {1.0}
    values = np.array([value(e) for e in drawn.edits])
    assert abs(values.mean() - exact) < 3.5 * values.std() / np.sqrt(len(values))


def test_edits_are_substitutions_of_the_sequence() -> None:
    ids = FORM.encode(TREE)
    for edit in operator("left").neighborhood(FORM, TREE, 300, np.random.default_rng(0)).edits:
        assert edit.kind == "substitution"
        assert edit.token != ids[edit.position]
        assert edit.result == FORM.decode([*ids[: edit.position], edit.token, *ids[edit.position + 1 :]])
    again = [operator("left").neighborhood(FORM, TREE, 50, np.random.default_rng(9)) for _ in range(2)]
    assert again[0] == again[1]


def test_the_recipe_is_an_operator_that_must_be_prepared() -> None:
    for context, name in (("left", "plausible"), ("whole", "plausible-whole")):
        recipe = PlausibleRecipe(context)
        assert recipe.name == operator(context).name == name
        assert isinstance(recipe, EditOperator) and isinstance(recipe, Preparing)
        assert not isinstance(operator(context), Preparing)
        assert recipe.promises == operator(context).promises
    with pytest.raises(SpecError, match=r"need a model trained on 'prefix \| digits:2'"):
        PlausibleRecipe().neighborhood(FORM, TREE, 3, np.random.default_rng(0))


def test_an_unknown_context_is_named() -> None:
    for make in (lambda c: Plausible(lambda _f, _t: FAKE, c), PlausibleRecipe):
        with pytest.raises(SpecError, match="did you mean 'whole'"):
            make("wole")
    with pytest.raises(SpecError, match="at least 1"):
        PlausibleRecipe(k=0)


# The transformer.

SHAPE = (10, 3, 5)
SMALL = ModelConfig(d_model=32, layers=2, heads=2)


def scorer(form: Representation = FORM) -> NtpScorer:
    model = Model(SMALL, len(form.vocabulary), *SHAPE, seed=0)
    with torch.no_grad():
        model.embedding.weight.mul_(20)  # far from uniform
    rng = np.random.default_rng(0)
    points, features, scales = SHAPE
    samples, sizes = rng.standard_normal((1, points, features)), rng.standard_normal((1, scales))
    return NtpScorer(model, form, Observations(samples.astype(np.float32), sizes.astype(np.float32)))


def log_p(found: NtpScorer, before: Ids) -> torch.Tensor:
    """Of the token after `before`, in ids of the model, by the cached step-by-step path that sampling takes."""
    seen = found.observation
    logits, cache = found.model.prefill(torch.from_numpy(seen.samples), torch.from_numpy(seen.scales), len(before))
    for token in before:
        logits = found.model.step(torch.tensor([token + SPECIAL]), cache)
    logits[:, [PAD, BOS]] = float("-inf")
    return torch.log_softmax(logits.double(), dim=1)[0]


@torch.inference_mode()
def test_left_is_what_sampling_sees() -> None:
    found, ids = scorer(), FORM.encode(TREE)
    scores = found.left(ids)
    assert scores.shape == (len(ids), len(FORM.vocabulary))
    for i in range(len(ids)):
        np.testing.assert_allclose(scores[i], log_p(found, ids[:i])[SPECIAL:].numpy(), rtol=1e-3, atol=1e-4)


@torch.inference_mode()
def test_whole_is_the_sum_over_the_edited_sequence() -> None:
    found, ids = scorer(), FORM.encode(TREE)
    pairs = [(i, t) for i in (0, 3, len(ids) - 1) for t in range(len(FORM.vocabulary))]
    scores = found.whole(ids, pairs)
    assert len(pairs) > 128, "several chunks"
    for at in range(0, len(pairs), 17):
        i, t = pairs[at]
        edited = [*ids[:i], t, *ids[i + 1 :]]
        total = sum(float(log_p(found, edited[:j])[edited[j] + SPECIAL]) for j in range(len(ids)))
        assert scores[at] == pytest.approx(total + float(log_p(found, edited)[EOS]), rel=1e-3)
    assert len(found.whole(ids, [])) == 0


def test_a_model_of_another_vocabulary_is_refused() -> None:
    with pytest.raises(ValueError, match="a model of"):
        NtpScorer(scorer().model, representation("infix | chars", corpus=[TREE]), scorer().observation)


TINY = Preset(
    TaskConfig(n_train=160, n_val=8, n_test=4, times=63, points=16, separation=1e-7),
    SMALL,
    TrainConfig(steps=4, batch_size=16, precision="float32"),
)


def measured() -> list[System]:
    oscillator = system(variable(1), Node("neg", (variable(0),)))
    blows_up = system(Node("^", (variable(0), number(3.0))))
    return [
        System(TREE, ("x_0",), "ode", ((1.0,),), 5.0, name="seen"),
        System(oscillator, ("x_0", "x_1"), "ode", ((1.0, 0.0),), 5.0, name="seen, of two dimensions"),
        System(blows_up, ("x_0",), "ode", ((2.0,),), 5.0, name="diverges"),
        System(system(variable(0)), ("x_0",), "ode", name="no conditions"),
    ]


@pytest.fixture(scope="module")
def form() -> Representation:
    return representation("prefix | digits:2", corpus=[s.tree for s in measured()])


@pytest.mark.parametrize("context", ["left", "whole"])
def test_a_trained_model_gives_edits(form: Representation, context: str) -> None:
    place, systems = domain("ode"), measured()
    made = train_plausible(form, place, systems, budget=TINY, seed=0, listen=silent, context=context, k=3)
    again = train_plausible(form, place, systems, budget=TINY, seed=0, listen=silent, context=context, k=3)
    found = measure_all(form, systems[:1], place, place.distance(), made, edits_per_expression=5)
    assert "plausible edits by a model trained in float32" in found.as_dict()["notes"]
    for s in systems:
        full = made.neighborhood(form, s.tree, None, np.random.default_rng(0))
        length, v = len(form.encode(s.tree)), len(form.vocabulary)
        assert full.size == length * (v - 1) and len(full.edits) == length * (v - 1 if context == "left" else 3)
        assert sum(e.weight for e in full.edits) == pytest.approx(1.0)
        assert full == again.neighborhood(form, s.tree, None, np.random.default_rng(1))
    drawn = made.neighborhood(form, TREE, 30, np.random.default_rng(0))
    assert len(drawn.edits) == 30


def test_the_model_is_of_one_representation(form: Representation) -> None:
    made = train_plausible(form, domain("ode"), measured(), budget=TINY)
    other = representation("infix | digits:2", corpus=[s.tree for s in measured()])
    with pytest.raises(RunError, match="trained on 'prefix"):
        made.neighborhood(other, TREE, 3, np.random.default_rng(0))


def test_what_the_model_sees() -> None:
    systems = measured()
    task = plausible_task(domain("ode"), systems, TINY.task, 0)
    assert task.columns == 2
    known = {s.tree: s for s in systems}
    present = [observation(task, known, s.tree).scales[0, 1:3].tolist() for s in systems]
    assert present == [[1, 0], [1, 1], [0, 0], [0, 0]]
    assert observation(task, {}, TREE).scales[0, 1:3].tolist() == [0, 0]
    assert np.isfinite(observation(task, {}, TREE).samples).all()


def test_nothing_measured_is_learned_from() -> None:
    systems = measured()
    drawn = plausible_task(domain("ode"), systems, TINY.task, 0).train.systems
    known = next(s for s in drawn if s.dim == 1)
    again = plausible_task(domain("ode"), [*systems[:3], known], TINY.task, 0).train.systems
    assert {s.tree for s in drawn[:50]} & {s.tree for s in again}, "drawn alike"
    assert known.tree not in {s.tree for s in again}


def test_training_that_cannot_write_anything_ends_with_a_reason(form: Representation) -> None:
    heard = []
    short = replace(TINY, train=replace(TINY.train, max_tokens=12))
    train_plausible(form, domain("ode"), measured(), budget=short, listen=heard.append)
    assert any(isinstance(e, Skipped) and "12 tokens" in e.reason for e in heard)
    with pytest.raises(RunError, match="longer than 1 tokens"):
        train_plausible(form, domain("ode"), measured(), budget=replace(TINY, train=replace(TINY.train, max_tokens=1)))
