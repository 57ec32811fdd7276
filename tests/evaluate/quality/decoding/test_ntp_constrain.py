"""Constraints in sampling: every representation, both engines, controls, and grammars of users' own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
import torch

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.observers.base import Observations
from kappabar.evaluate.domains.sources import sample_systems
from kappabar.evaluate.quality.decoding.constrain import constraint
from kappabar.evaluate.quality.decoding.decode import Samples, beam, sample
from kappabar.evaluate.quality.model.model import BOS, EOS, PAD, SPECIAL, Model, ModelConfig
from kappabar.grammars.errors import SpecError
from kappabar.grammars.tree import Node, System, number, system
from kappabar.representations.representation import Representation, representation
from kappabar.tokenizers.base import Invalid, Token, TokenClass, Vocabulary
from kappabar.tokenizers.catalog import notations
from kappabar.tokenizers.languages.lark_text import character, terminal

CONTROLS = ("prefix | checksum", "prefix | repeat:3", "prefix | bpe:200 | checksum:7", "infix | checksum | repeat:3")
SPECS = (*(n for n in notations() if n != "latex"), "prefix | bpe:256", "prefix | macros:32", "prefix | fp:2,3", *CONTROLS)
GUIDED = (
    "prefix",
    "infix",
    "tree | bins",
    "postfix",
    "rules",
    "nary",
    "dag",
    "terms",
    "library",
    "prefix | bpe:256",
    "prefix | repeat:3",
)


@cache
def sampled() -> list[System]:
    return sample_systems("ode", 60, 5)


@cache
def fitted(spec: str) -> Representation:
    return representation(spec, "ode", [s.tree for s in sampled()])


def model_of(size: int, seed: int = 0) -> Model:
    return Model(ModelConfig(d_model=16, layers=1, heads=2), size, 8, 3, 5, seed).eval()


def observations(n: int) -> Observations:
    rng = np.random.default_rng(0)
    return Observations(rng.standard_normal((n, 8, 3)).astype(np.float32), rng.standard_normal((n, 5)).astype(np.float32))


def shapes() -> tuple[list[int], list[int]]:
    return [len(s.equations) for s in sampled()], [s.dim for s in sampled()]


def drawn(spec: str, engine: str = "tables", room: int = 90, temperature: float = 1.0) -> Samples:
    r, n = fitted(spec), len(sampled())
    held = constraint(r, *shapes(), engine)
    generator = torch.Generator().manual_seed(1)
    return sample(
        model_of(len(r.vocabulary)),
        observations(n),
        room,
        temperature=temperature,
        generator=generator,
        batch_size=25,
        constraint=held,
    )


def test_a_notation_without_a_grammar_is_refused_in_one_line() -> None:
    with pytest.raises(SpecError, match="knows no grammar of 'LatexCharacters'"):
        constraint(fitted("latex"), *shapes(), "tables")


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize("spec", SPECS)
def test_every_sample_is_valid_and_fits(spec: str, temperature: float) -> None:
    samples = drawn(spec, temperature=temperature, room=200 if "repeat" in spec else 90)
    assert all(samples.finished) and samples.seconds > 0
    for ids, s in zip(samples.ids, sampled(), strict=True):
        tree = fitted(spec).decode(ids)
        assert isinstance(tree, Node), tree
        assert domain("ode").comparable(tree, s)


@pytest.mark.parametrize("spec", CONTROLS)
def test_controls_allow_what_encoding_gives(spec: str) -> None:
    r, n = fitted(spec), len(sampled())
    encoded = [r.encode(s.tree) for s in sampled()]
    walk = constraint(r, *shapes()).start(range(n), 700)
    for at in range(max(map(len, encoded)) + 2):
        chosen = torch.tensor([ids[at] + SPECIAL if at < len(ids) else EOS if at == len(ids) else PAD for ids in encoded])
        allowed = walk.allowed()
        assert allowed[torch.arange(n), chosen].logical_or(chosen == PAD).all()
        walk.take(chosen)


@pytest.mark.parametrize("spec", GUIDED)
def test_llguidance_allows_the_same(spec: str) -> None:
    """With room and fuel in plenty the two engines agree on every token of random walks."""
    pytest.importorskip("llguidance")
    r, n = fitted(spec), 12
    equations, variables = (values[:n] for values in shapes())
    ours, theirs = (constraint(r, equations, variables, engine).start(range(n), 4000) for engine in ("tables", "llguidance"))
    rng = np.random.default_rng(0)
    for step in range(40):
        allowed = ours.allowed()
        assert torch.equal(allowed, theirs.allowed()), step
        assert not allowed[:, BOS].logical_and(~allowed.all(dim=1)).any()
        weights = rng.random(allowed.shape) * allowed.numpy()
        weights[:, EOS] *= step > 10  # or most walks are over at once
        weights[:, EOS] += 1e-9 * allowed[:, EOS].numpy()
        chosen = torch.from_numpy(weights.argmax(axis=1))
        ours.take(chosen)
        theirs.take(chosen)
        if step == 20:
            keep = torch.from_numpy(rng.integers(0, len(chosen), 9))
            ours.select(keep)
            theirs.select(keep)


def test_a_row_that_has_ended_changes_nothing() -> None:
    r = fitted("prefix")
    walk = constraint(r, [1, 1], [1, 1]).start([0, 1], 20)
    x, neg = (r.vocabulary.ids[t] + SPECIAL for t in ("x_0", "neg"))
    walk.take(torch.tensor([x, neg]))
    walk.take(torch.tensor([EOS, neg]))
    assert walk.allowed()[0].all() and not walk.allowed()[1, EOS]
    walk.take(torch.tensor([PAD, x]))
    assert walk.allowed()[0].all() and walk.allowed()[1].nonzero().tolist() == [[EOS]]


def test_batches_and_compaction_do_not_matter() -> None:
    r, n = fitted("prefix"), len(sampled())
    held, model = constraint(r, *shapes()), model_of(len(r.vocabulary))
    alone, together = (sample(model, observations(n), 60, constraint=held, batch_size=size) for size in (1, 60))
    assert alone.ids == together.ids
    assert alone.log_probability == pytest.approx(together.log_probability, abs=1e-3)
    assert alone.removed == pytest.approx(together.removed, abs=1e-4)


def test_the_log_probability_is_the_models_own_and_what_was_removed_is_told() -> None:
    r, n = fitted("prefix"), len(sampled())
    model, held = model_of(len(r.vocabulary)), constraint(r, *shapes())
    samples, seen = sample(model, observations(n), 60, constraint=held), observations(n)
    for i in range(0, n, 13):
        ids = samples.ids[i]
        tokens = torch.tensor([[BOS, *(t + SPECIAL for t in ids)]])
        logits = (
            model(torch.from_numpy(seen.samples[i : i + 1]), torch.from_numpy(seen.scales[i : i + 1]), tokens).float().detach()[0]
        )
        logits[:, [PAD, BOS]] = -torch.inf
        log_p = logits.log_softmax(dim=1)
        assert samples.log_probability[i] == pytest.approx(
            float(log_p[torch.arange(len(ids) + 1), torch.tensor([*(t + SPECIAL for t in ids), EOS])].sum()), abs=1e-3
        )
        walk, removed = held.start([i], 60), []
        for k, token in enumerate([*(t + SPECIAL for t in ids), EOS]):
            removed.append(float(log_p[k].exp()[~walk.allowed()[0]].sum()))
            walk.take(torch.tensor([token]))
        assert samples.removed[i] == pytest.approx(np.mean(removed), abs=1e-4)
    assert sample(model, observations(3), 10).removed == []


def test_errors_say_what_to_do() -> None:
    with pytest.raises(SpecError, match="xval"):
        constraint(representation("prefix | xval", "ode"), [1], [1])
    with pytest.raises(SpecError, match="allow longer sequences"):
        sample(
            model_of(len(fitted("library").vocabulary)), observations(1), 5, constraint=constraint(fitted("library"), [2], [2])
        )
    with pytest.raises(SpecError, match="engine"):
        constraint(fitted("prefix"), [1], [1], "guess")
    with pytest.raises(ValueError, match="2 observations"):
        sample(
            model_of(len(fitted("prefix").vocabulary)),
            observations(3),
            9,
            constraint=constraint(fitted("prefix"), [1, 1], [1, 1]),
        )


@dataclass(frozen=True)
class Tally:
    """A user's own tokenizer: n strokes and a dot are the number n."""

    @property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary(("1", "."), (TokenClass.NUMBER, TokenClass.STRUCTURE))

    def tokenize(self, tree: Node) -> list[Token]:
        return [Token(self.vocabulary.tokens[i], TokenClass.NUMBER, ()) for i in self.encode(tree)]

    def encode(self, tree: Node) -> list[int]:
        return [0] * int(tree.children[0].value or 0) + [1]

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        right = len(ids) > 0 and list(ids) == [0] * (len(ids) - 1) + [1]
        return system(number(len(ids) - 1)) if right else Invalid("no tally", 0)

    def lark(self, equations: int, variables: int) -> str:
        return f'%llguidance {{"no_forcing": true}}\nstart: {terminal([0])} start | "{character(1)}"\n'


def test_a_users_own_grammar_goes_through_llguidance() -> None:
    pytest.importorskip("llguidance")
    r = Representation("tally", (), Tally())
    samples = sample(
        model_of(2),
        observations(40),
        30,
        temperature=1.0,
        generator=torch.Generator().manual_seed(0),
        constraint=constraint(r, [1] * 40, [1] * 40),
    )
    assert sum(samples.finished) > 20
    assert all(isinstance(r.decode(ids), Node) for ids, done in zip(samples.ids, samples.finished, strict=True) if done)


def test_a_users_own_tokenizer_without_a_grammar_is_refused() -> None:
    @dataclass(frozen=True)
    class Plain:
        base: Tally = Tally()
        vocabulary: Vocabulary = Tally().vocabulary

        def tokenize(self, tree: Node) -> list[Token]:
            return self.base.tokenize(tree)

        def encode(self, tree: Node) -> list[int]:
            return self.base.encode(tree)

        def decode(self, ids: Sequence[int]) -> Node | Invalid:
            return self.base.decode(ids)

    with pytest.raises(SpecError, match="lark"):
        constraint(Representation("plain", (), Plain()), [1], [1])


def test_beams_stay_in_the_language() -> None:
    r, n = fitted("prefix | bpe:256"), 20
    equations, variables = (values[:n] for values in shapes())
    held, model = constraint(r, equations, variables), model_of(len(r.vocabulary))
    found = beam(model, observations(n), 40, 3, held)
    assert all(found.finished)
    assert all(isinstance(r.decode(ids), Node) for ids in found.ids)
    assert beam(model, observations(n), 40, 1, held).ids == sample(model, observations(n), 40, constraint=held).ids
