"""Semantic quality Q: what a trained model writes for observations it has not seen, held against the behavior observed.

Q = E[q(φ(s))], Eq. 3, with q = 1 - bounded-l2 distance to the true noise-free behavior, and 0 where what was written does not
decode, does not fit the observation, or cannot be simulated. Measured in three ways: free-running; constrained to the
representation's language, so that validity and meaning are told apart (columns with the suffix `_constrained`); and as the best
of k samples by observed error, which needs no knowledge of the truth (Q@k; Q@1 at temperature 1 is Eq. 3 to the letter). In a
forward domain what is written must be a value, and the best of k is the likeliest value.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from ....grammars.errors import SpecError
from ....grammars.print.infix import as_written
from ....grammars.tree import Node
from ....tokenizers.base import Invalid
from ...domains.observers.base import Observations, together
from ...streams import number as stream
from ...tables.column import Row
from ...tables.folder import SAMPLES
from ...tables.measures import CHOICES, CONSTRAINED, KNOWN_FORM, NEW_COEFFICIENTS, NEW_FORM, NEW_SKELETON, TOLERANCES
from ..decoding.constrain import constraint as language
from ..decoding.constrained_rows import Constraint
from ..decoding.decode import Samples, sample
from ..model.cost import sampling_flops, shape_of
from ..model.model import Model
from ..task.forward import no_value
from ..task.outcomes import SampleOutcome, score
from ..task.sight import sight
from ..task.split import skeleton
from ..task.task import Floors, Task, constants, floors
from .choose import best_of, observed_errors
from .rows import distinct_share, measured, rounded, suffixed, summarize
from .written import Written, looked_at

if TYPE_CHECKING:
    from ....representations.representation import Representation
    from ..model.trained import Trained

Floats = NDArray[np.float64]
_LENGTH_SLACK = 1.25
"""How much longer than the longest training sequence a sample may become."""


@dataclass(frozen=True, slots=True)
class QualityConfig:
    """`items`: test items used, 0 for all; `few`: of these those that are written under the grammar and several times, 0 for all.

    `samples`: expressions per observation; with `temperature` 0 one greedy expression. `observed`: observations at least; where
    there are fewer test items, each is observed as often as it takes, under noise of its own, and the free-running expressions
    are of all its observations.

    `constrained`: whether all is done again under the representation's grammar. `choices`: samples per observation for
    Q@k, the share within 1 % at k and distinctness, at `choice_temperature`; 0 leaves them out.
    """

    items: int = 0
    few: int = 0
    samples: int = 1
    temperature: float = 0.0
    observed: int = 0
    constrained: bool = True
    choices: int = max(CHOICES)
    choice_temperature: float = 1.0


@dataclass(frozen=True, slots=True)
class Quality:
    """`rows`: one per test item and sample, for `samples.parquet`. `summary`: means over items, each with its interval; costs.
    `written`: a few of what was written, to be looked at."""

    rows: list[Row]
    summary: Row
    written: list[Written] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SampledExpressions:
    """One expression for each test item, or for each of several observations of these."""

    samples: Samples
    trees: list[Node | Invalid]
    outcomes: list[SampleOutcome]

    def parts(self, n: int) -> list[SampledExpressions]:
        """Of several for each of n test items, item by item in every turn, one part for each turn."""
        slices = [slice(start, start + n) for start in range(0, len(self.trees), n)]
        return [SampledExpressions(self.samples.part(s), self.trees[s], self.outcomes[s]) for s in slices]

    def row(self, task: Task, representation: Representation, i: int) -> Row:
        """Columns of item i's sample."""
        length, log_probability = len(self.samples.ids[i]), self.samples.log_probability[i]
        truth = task.items[i].target
        return measured(representation, truth, self.trees[i], self.outcomes[i], length, log_probability)


def quality(
    task: Task,
    representation: Representation,
    trained: Trained,
    config: QualityConfig | None = None,
    seed: int = 0,
    known_floors: Floors | None = None,
) -> Quality:
    """Sample, decode, simulate and compare for each test item. `known_floors`: from `floors`, which are the same for every
    representation of a task."""
    config = config or QualityConfig()
    n = _count(task, config)
    writer = _Writer(task, representation, trained.model, n, length_limit(trained.max_length))
    free = [writer.write(config.temperature, stream(seed, "samples", draw)) for draw in range(config.samples)]
    if again := range(1, looks(task, config)):
        free += writer.write(config.temperature, stream(seed, "samples", config.samples), looks=again).parts(n)
    few = min(config.few or n, n)
    slow = replace(writer, n=few)
    constrained, why = _constrained(slow, config, seed) if config.constrained else ([], "")
    pool = [slow.write(config.choice_temperature, stream(seed, "choices", draw)) for draw in range(config.choices)]
    choices = _choices(task, few, pool, free[: config.samples])
    rows = [
        SAMPLES.row(
            _item(task, representation, seed, i, draw)
            | one.row(task, representation, i)
            | (
                suffixed(constrained[draw].row(task, representation, i), CONSTRAINED)
                if draw < len(constrained) and i < few
                else {}
            )
            | {name: values[i] for name, values in choices.items() if i < few}
        )
        for draw, one in enumerate(free)
        for i in range(n)
    ]
    summary = summarize(rows, known_floors or floors(task), round_trip(task, representation)[:n])
    costs = _costs(trained.model, free) | suffixed(_costs(trained.model, constrained), CONSTRAINED)
    written = looked_at(task.domain, task.items[:n], rows[:n], free[0].trees)
    summary["floor_constant"] = statistics.fmean(constants(task, n))
    return Quality(rows, summary | costs | {"note_constrained": why}, written)


def greedy_quality(task: Task, representation: Representation, model: Model, max_length: int, config: QualityConfig) -> float:
    """Q of greedy sampling alone, for a look along training."""
    n = _count(task, config)
    observations, readable = _observations(task, representation, model, n)
    samples = sample(model, observations, length_limit(max_length))
    trees = _of_seen(decoded(representation, samples), readable)
    return statistics.fmean(o.q for o in score(task.domain, task.items[:n], trees))


def round_trip(task: Task, representation: Representation) -> list[SampleOutcome]:
    """The ceiling: the outcome of each test expression after encoding and decoding."""
    return score(task.domain, task.items, [rounded(representation, item.target) for item in task.items])


def decoded(representation: Representation, samples: Samples) -> list[Node | Invalid]:
    """Trees of sampled sequences; one that never ended is invalid."""
    return [
        representation.decode(ids) if finished else Invalid("no end within the length limit", len(ids))
        for ids, finished in zip(samples.ids, samples.finished, strict=True)
    ]


def length_limit(max_length: int) -> int:
    """How long a sample may become after training on sequences up to `max_length`."""
    return int(max_length * _LENGTH_SLACK) + 4


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes for the first n test items, up to a length."""

    task: Task
    representation: Representation
    model: Model
    n: int
    limit: int

    def write(
        self, temperature: float, seed: int, constraint: Constraint | None = None, looks: Sequence[int] = (0,)
    ) -> SampledExpressions:
        """`looks`: which observations of the items, all items in each turn."""
        generator = torch.Generator().manual_seed(seed)
        seen = [_observations(self.task, self.representation, self.model, self.n, look) for look in looks]
        observations, readable = together([one for one, _ in seen]), [each for _, one in seen for each in one]
        samples = sample(
            self.model, observations, self.limit, temperature=temperature, generator=generator, constraint=constraint
        )
        trees = _of_seen(decoded(self.representation, samples), readable)
        return SampledExpressions(samples, trees, score(self.task.domain, self.task.items[: self.n] * len(looks), trees))


def _constrained(writer: _Writer, config: QualityConfig, seed: int) -> tuple[list[SampledExpressions], str]:
    """The free-running passes again under the representation's grammar; or none, and why."""
    systems = [item.system for item in writer.task.items[: writer.n]]
    try:
        grammar = language(writer.representation, [len(s.equations) for s in systems], [s.dim for s in systems])
        return [
            writer.write(config.temperature, stream(seed, "constrained-samples", k), grammar) for k in range(config.samples)
        ], ""
    except SpecError as error:  # no grammar, or sequences that would have to be longer than any in training
        return [], str(error)


def _choices(
    task: Task, n: int, pool: Sequence[SampledExpressions], free: Sequence[SampledExpressions]
) -> dict[str, list[float | None]]:
    """Per item: Q@k for the k that there are samples for, and the share of distinct trees among its samples."""
    columns: dict[str, list[float | None]] = {}
    many = pool if len(pool) > 1 else free
    if len(many) > 1:
        columns["distinct"] = [_finite(distinct_share([w.trees[i] for w in many])) for i in range(n)]
    if pool:
        errors = np.array([_errors(task, n, w.trees) for w in pool])
        likely = np.array([w.samples.log_probability for w in pool])
        q = np.array([[o.q for o in w.outcomes] for w in pool])
        near = np.array([[float(o.relative_l2 <= TOLERANCES["within_1"]) for o in w.outcomes] for w in pool])
        for k in (k for k in CHOICES if k <= len(pool)):
            columns |= {f"q@{k}": best_among(k, errors, likely, q).tolist()}
            columns |= {f"within_1@{k}": best_among(k, errors, likely, near).tolist()}
    return columns


def _errors(task: Task, n: int, trees: Sequence[Node | Invalid]) -> Floats:
    """By what the best of several samples is chosen: how far each is from what was observed. What is shown says nothing of an
    answer to whoever cannot work it out: there the likeliest that is a value at all."""
    if task.domain.forward:
        return np.array([0.0 if isinstance(tree, Node) and not no_value(tree) else np.inf for tree in trees])
    return observed_errors(task.domain, task.items[:n], trees, task.observed(task.test, "test-noise").select(np.arange(n)))


def best_among(k: int, errors: Floats, likely: Floats, measure: Floats) -> Floats:
    """Per item a measure of the best of k samples by observed error, mean over the whole blocks of k that the samples make:
    (items,).

    errors, likely (log-probability, which decides between equals), measure: (samples, items). Every k so uses all samples.
    """
    blocks = [slice(start, start + k) for start in range(0, len(measure) - k + 1, k)]
    best = [np.take_along_axis(measure[b], best_of(errors[b], likely[b]).samples[-1:], axis=0)[0] for b in blocks]
    return np.asarray(np.mean(best, axis=0))


def _costs(model: Model, written: Sequence[SampledExpressions]) -> Row:
    """FLOPs and seconds per expression written, and the probability that a grammar took from the model per token; none where
    nothing was written."""
    if not written:
        return {}
    lengths = [len(ids) for w in written for ids in w.samples.ids]
    flops = sampling_flops(shape_of(model), lengths) / len(lengths)
    removed = [share for w in written for share in w.samples.removed]
    costs = {"removed": statistics.fmean(removed)} if removed else {}
    return costs | {"flops_per_sample": flops, "seconds_per_sample": sum(w.samples.seconds for w in written) / len(lengths)}


def _item(task: Task, representation: Representation, seed: int, i: int, draw: int) -> Row:
    system = task.items[i].system
    return {
        "representation": representation.spec,
        "seed": seed,
        "item": i,
        "sample": draw,
        "name": system.name,
        "dim": system.dim,
        "split": NEW_SKELETON if task.new_skeleton[i] else NEW_COEFFICIENTS,
        "form": NEW_FORM if task.new_form[i] else KNOWN_FORM,
        "target": _target(task, representation, i),
    }


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _count(task: Task, config: QualityConfig) -> int:
    return min(config.items or len(task.items), len(task.items))


def looks(task: Task, config: QualityConfig) -> int:
    """How often each test item is observed: what is shown without noise, once."""
    return 1 if task.domain.forward else max(1, math.ceil(config.observed / _count(task, config)))


def _observations(
    task: Task, representation: Representation, model: Model, n: int, look: int = 0
) -> tuple[Observations, list[bool]]:
    """What the model sees of the first n test items, and whether it sees each."""
    seen = sight(task, representation, model.shape[0], model.shape)
    whole = seen.held_out("test", look)
    return Observations(whole.samples[:n], whole.scales[:n]), seen.readable("test")[:n]


def _of_seen(trees: Sequence[Node | Invalid], readable: Sequence[bool]) -> list[Node | Invalid]:
    """Nothing that is written for what was not seen counts."""
    blind = Invalid("the expression to be shown is not in the vocabulary, or longer than any in training may be", 0)
    return [tree if seen else blind for tree, seen in zip(trees, readable, strict=True)]


def _target(task: Task, representation: Representation, i: int) -> str:
    """The expression to be written; behind the one that is shown, where there is one."""
    item = task.items[i]
    target = as_written(item.target, None, representation.operators)
    return target if item.answer is None else f"{as_written(item.system.tree, None, representation.operators)} → {target}"


__all__ = [
    "Quality", "QualityConfig", "SampledExpressions", "decoded", "greedy_quality", "length_limit", "looks", "quality",
    "round_trip", "skeleton", "summarize",
]  # fmt: skip
