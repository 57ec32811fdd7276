"""The model behind plausible edits: trained on sampled systems, it scores the tokens of those that are measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from ...grammars.draw.sampler import FunctionSampler, MapSampler, OdeSampler, Sampler
from ...grammars.draw.sampler import sampler as built_in_sampler
from ...grammars.errors import RunError, SpecError
from ...grammars.tree import Node, System
from ..domains.domain import Domain
from ..domains.observers.base import Curves, Observations, observe
from ..domains.sources import sample_systems
from ..events import Advanced, Finished, Listener, Skipped, Started, silent
from ..quality.model.model import BOS, PAD, SPECIAL, Model
from ..quality.model.precision import one_thread
from ..quality.model.trained import Trained
from ..quality.task.task import Task, TaskConfig, build_task
from ..quality.training.batches import padded
from ..quality.training.presets import Preset, preset
from ..quality.training.train import train
from ..streams import generator
from .plausible import Plausible

if TYPE_CHECKING:
    from ...representations.representation import Representation

Floats = NDArray[np.float64]

MOST_DIMENSIONS = 4
"""Systems with more are measured without an observation: few systems of so many dimensions that are drawn can be used."""
_SEQUENCES = 128
_SPARE = 2
_N_VAL, _N_TEST = 64, 8


@dataclass(frozen=True, slots=True)
class NtpScorer:
    """A trained model with one observation (n = 1), as a `Scorer`.

    `left` is one pass over the sequence. `whole` is one pass for each substitution, `_SEQUENCES` at a time, and includes the end
    of the sequence. PAD and BOS are no tokens of the language; EOS takes its share of every position. One thread, so that the
    same bits come out on any number of cores. Raises ValueError where model and vocabulary do not fit.
    """

    model: Model
    representation: Representation
    observation: Observations

    def __post_init__(self) -> None:
        if self.model.vocabulary != len(self.representation.vocabulary):
            raise ValueError(f"a model of {self.model.vocabulary} tokens for {len(self.representation.vocabulary)}")

    def left(self, ids: Sequence[int]) -> Floats:
        """See `Scorer.left`."""
        with torch.inference_mode(), one_thread():
            log_p: Floats = self._log_p(padded([ids]))[0, :-1, SPECIAL:].double().numpy()
        return log_p

    def whole(self, ids: Sequence[int], substitutions: Sequence[tuple[int, int]]) -> Floats:
        """See `Scorer.whole`."""
        log_p = np.empty(len(substitutions))
        with torch.inference_mode(), one_thread():
            for start in range(0, len(substitutions), _SEQUENCES):
                part = substitutions[start : start + _SEQUENCES]
                tokens = padded([[*ids[:i], token, *ids[i + 1 :]] for i, token in part])
                written = self._log_p(tokens).gather(2, tokens[:, 1:, None])[:, :, 0]
                log_p[start : start + len(part)] = written.double().sum(dim=1).numpy()
        return log_p

    def _log_p(self, tokens: torch.Tensor) -> torch.Tensor:
        """tokens (B, L + 2) from BOS to EOS -> (B, L + 1, vocabulary + SPECIAL), of the tokens after BOS."""
        samples, scales = (
            torch.from_numpy(a).expand(len(tokens), *a.shape[1:]) for a in (self.observation.samples, self.observation.scales)
        )
        logits = self.model(samples, scales, tokens[:, :-1]).float()
        logits[:, :, [PAD, BOS]] = float("-inf")
        return torch.log_softmax(logits, dim=2)


def train_plausible(
    representation: Representation,
    domain: Domain,
    systems: Sequence[System],
    *,
    budget: str | Preset = "quick",
    seed: int = 0,
    listen: Listener = silent,
    context: str = "left",
    k: int = 8,
) -> Plausible:
    """Plausible edits of `systems` under a representation, by a model trained on others that are drawn from the domain.

    The model sees each expression's own behavior, with the task's noise, under the system's own conditions. It sees nothing
    (an all-absent observation) of a tree that is none of the systems', and of systems without conditions, of more than
    `MOST_DIMENSIONS`, or whose simulation does not reach its horizon. It was not trained on such, so that it then
    guesses from syntax alone. Of systems with equal trees the first one's conditions count.

    Raises `SpecError` for a forward domain, `SourceError` for one without sampler, `RunError` where training fails.
    """
    if domain.forward:
        raise SpecError(
            f"plausible edits are by a model that writes expressions, and that of domain {domain.name!r}, which is forward, "
            "writes values; take token or tree edits"
        )
    sizes = preset(budget) if isinstance(budget, str) else budget
    task = plausible_task(domain, systems, sizes.task, seed, listen)
    trained = _trained(task, representation, sizes, seed, listen)
    known: dict[Node, System] = {}
    for system in systems:
        known.setdefault(system.tree, system)

    def scorer_for(asked: Representation, tree: Node) -> NtpScorer:
        if asked.spec != trained.representation:
            raise RunError(f"this model was trained on {trained.representation!r}, not on {asked.spec!r}; train another")
        return NtpScorer(trained.model, asked, observation(task, known, tree))

    return Plausible(scorer_for, context, k, f"plausible edits by a model trained in {trained.precision}")


def plausible_task(domain: Domain, systems: Sequence[System], config: TaskConfig, seed: int, listen: Listener = silent) -> Task:
    """What the model learns: systems drawn with as many dimensions, as often, as those measured, none of which are among them.

    The same for every representation; the last one is kept, since it takes as long as a training's third.
    """
    dims = Counter(min(s.dim, MOST_DIMENSIONS) for s in systems)
    measured = frozenset(s.tree for s in systems)
    config = replace(config, n_val=min(config.n_val, _N_VAL), n_test=min(config.n_test, _N_TEST), max_dim=max(dims, default=1))
    key = (domain, tuple(sorted(dims.items())), measured, config, seed)
    if not _kept or _kept[0][0] != key:  # by equality: a user's domain need not be hashable
        count = config.n_train + _SPARE * (config.n_val + config.n_test) + 20
        drawn = sample_systems(domain, count, seed, sampler=_sampler(domain, dims), purpose="plausible", listen=listen)
        task = build_task(domain, config, seed, [s for s in drawn if s.tree not in measured])
        _kept[:] = [(key, task)]
    return _kept[0][1]


_Key = tuple[Domain, tuple[tuple[int, int], ...], frozenset[Node], TaskConfig, int]
_kept: list[tuple[_Key, Task]] = []


def _sampler(domain: Domain, dims: Mapping[int, int]) -> Sampler:
    sampler = domain.sampler or built_in_sampler(domain.name)
    if dims and isinstance(sampler, OdeSampler | MapSampler | FunctionSampler):
        weights = tuple(n / sum(dims.values()) for _, n in sorted(dims.items()))
        return replace(sampler, dims=tuple(sorted(dims)), dim_weights=weights)
    return sampler


def _trained(task: Task, representation: Representation, sizes: Preset, seed: int, listen: Listener) -> Trained:
    stage = f"training the model of plausible edits on {representation.spec}"
    # Nothing is read off along training, and greedy samples on the way would only cost time.
    config = replace(sizes.train, checkpoints=1, probe=1)
    listen(Started(stage, config.steps))
    with one_thread():
        trained = train(
            task,
            representation,
            sizes.model,
            config,
            seed,
            on_step=lambda _, loss: listen(Advanced(stage, 1, f"{loss:.1f} bits")),
        )
    listen(Finished(stage))
    if trained.status != "ok" or trained.dropped == len(task.train):
        none = f"every sampled system is longer than {config.max_tokens} tokens, or not in its vocabulary"
        reason = none if trained.status == "ok" else trained.status
        raise RunError(f"no model for plausible edits of {representation.spec!r}: {reason}")
    if trained.dropped:
        dropped = f"{trained.dropped} of {len(task.train)} training expressions"
        listen(Skipped(stage, dropped, f"longer than {config.max_tokens} tokens, or not in the vocabulary"))
    return trained


def observation(task: Task, known: Mapping[Node, System], tree: Node) -> Observations:
    """What a model of the task sees of a tree's behavior (n = 1); all absent where there is nothing to see."""
    system = known.get(tree)
    seen = None if system is None else task.curve(system)
    noise = generator(task.seed, "plausible-noise")
    return observe(task.domain.observer, seen or _absent(task.config.points, task.columns), task.config.noise, noise)


def _absent(points: int, columns: int) -> Curves:
    none = np.zeros((1, columns), np.float32)
    time = np.linspace(0, 1, points, dtype=np.float32)[None]
    return Curves(np.zeros((1, points, columns), np.float32), none, none, time, np.ones(1, np.float32))


__all__ = ["MOST_DIMENSIONS", "NtpScorer", "observation", "plausible_task", "train_plausible"]
