"""The fitted sampler: a value that holds the corpus and what was chosen, is written as JSON and read again, and draws systems."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import log10
from typing import Any

import numpy as np

from ...errors import KappabarError, OutputError, SourceError
from ...operators import BUILT_IN, Operators
from ...tree import MAX_DEPTH, System
from ..terms import Dice
from .backoff import FOLDS, Chosen, Level, Order, choose, counted, events
from .drawing import Model
from .grammar import DEFAULTS
from .labeling import KINDS, SIZED, Corpus, writing
from .magnitudes import MagnitudeLevel, SizeLevels, choose_sizes, laws
from .saved import (
    alphabet_document,
    alphabet_of,
    labels_document,
    labels_of,
    sizes_document,
    sizes_of,
    system_document,
    system_of,
    tilt_document,
    tilt_of,
)
from .tilt import UPRIGHT, Tilt, tilted

LEAST_HELD_OUT = 5
"""Different systems below which nothing is held out, and what was seen is mostly drawn again."""
MOST_TO_CHOOSE = 1500
"""Systems that features and smoothing are chosen by; counted are all."""
_TRIES = 50
_DRAWS = 1500
_FORM = 2


@dataclass(frozen=True, slots=True)
class Choices:
    """What held-out likelihood chose: levels per kind of choice (`KINDS`) and per kind of size (`SIZED`)."""

    labels: Mapping[str, Chosen]
    sizes: Mapping[str, SizeLevels]


@dataclass(frozen=True)
class FittedSampler:
    """Draws systems like those of `corpus`. A `Sampler`: `draw` depends on the generator's state alone.

    `closed`: whether every variable has an equation of its own. `choices`: see `fit`. Two of one corpus and choices are equal and
    draw the same.
    """

    corpus: tuple[System, ...]
    closed: bool
    operators: Operators
    choices: Choices
    tilt: Tilt = UPRIGHT

    @cached_property
    def _model(self) -> Model:
        how = writing(self.corpus, self.closed, self.operators)
        chosen = [o for kind in ("heads", "joins") for o in self.choices.labels[kind].orders]
        read = Corpus({level.feature for order in chosen for level in order.levels[1:]})
        for i, system in enumerate(self.corpus):
            read.read(i, system, how)
        labels = {k: counted(self.choices.labels[k], c.choices, c.contexts) for k, c in read.columns.items()}
        sizes = {k: laws(self.choices.sizes[k], c.values, c.contexts, c.references) for k, c in read.sized.items()}
        shapes = tuple((s.dim, len(s.equations)) for s in self.corpus)
        return Model(
            domain=self.corpus[0].domain,
            operators=self.operators,
            how=how,
            labels=labels,
            sizes=sizes,
            shapes=shapes,
            largest=read.largest,
            deepest=read.deepest,
        )

    def __hash__(self) -> int:
        return hash(self.corpus)

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k != "_model"}  # counted again where it is needed

    def to_json(self) -> str:
        """The sampler as text: the corpus (without names), what was chosen, the tilt."""
        return json.dumps(self.document(), allow_nan=False, ensure_ascii=False)

    def document(self) -> dict[str, Any]:
        """The same as what JSON has."""
        return {
            "form": _FORM,
            "domain": self.corpus[0].domain,
            "closed": self.closed,
            "operators": alphabet_document(self.operators),
            "labels": labels_document(self.choices.labels),
            "sizes": sizes_document(self.choices.sizes),
            "tilt": tilt_document(self.tilt),
            "corpus": [system_document(s) for s in self.corpus],
        }

    @staticmethod
    def from_json(text: str) -> FittedSampler:
        """The sampler that `to_json` wrote: it draws the same. Raises OutputError for anything else."""
        try:
            return _of(json.loads(text))
        except RecursionError:
            raise OutputError("this is no fitted sampler (nested too deep); fit it again") from None
        except (LookupError, TypeError, ValueError, AttributeError, KappabarError) as e:
            reason = " ".join(str(e).split())[:200]
            raise OutputError(f"this is no fitted sampler ({reason}); fit it again") from None

    def draw(self, rng: np.random.Generator) -> System:
        """A new system."""
        dice = Dice(rng)
        for _ in range(_TRIES):
            drawn = self._model.draw(dice)
            if drawn.tree.depth <= MAX_DEPTH and self._keeps(drawn, dice):
                return drawn
        return self.corpus[dice.below(len(self.corpus))]

    def _keeps(self, drawn: System, dice: Dice) -> bool:
        return not self.tilt.rake.factors or dice.chance(self.tilt.chance(drawn, self.operators))


def fit(
    systems: Sequence[System],
    *,
    closed: bool = True,
    operators: Operators = BUILT_IN,
    keeps: Callable[[Sequence[System]], Sequence[bool]] | None = None,
    seed: int = 0,
) -> FittedSampler:
    """A sampler of systems like the given ones, of one domain; deterministic.

    `keeps`: which draws will be kept, where not all are (the tilt is then that of those); `seed`: of the draws that the tilt is
    found by. Raises SourceError without any system, or where they are of several domains.
    """
    corpus = tuple(replace(s, names=tuple(f"x_{i}" for i in range(s.dim)), name="", citation="", regime="") for s in systems)
    if not corpus:
        raise SourceError("no system to fit a sampler to; give at least one")
    if len(domains := {s.domain for s in corpus}) > 1:
        raise SourceError(
            f"systems of several domains ({', '.join(sorted(domains))}) cannot be fitted together; give one domain's"
        )
    plain = FittedSampler(corpus, closed, operators, _choices(corpus, closed, operators))
    rng = np.random.default_rng(seed)
    drawn = [plain.draw(rng) for _ in range(_DRAWS)]
    kept = drawn if keeps is None else [s for s, keep in zip(drawn, keeps(drawn), strict=True) if keep]
    return replace(plain, tilt=tilted(corpus, kept, operators))


def _choices(corpus: Sequence[System], closed: bool, operators: Operators) -> Choices:
    chosen_by = corpus[:: -(-len(corpus) // MOST_TO_CHOOSE)]
    how = writing(corpus, closed, operators)
    read = Corpus()
    for i, system in enumerate(chosen_by):
        read.read(i, system, how)
    order = {tree: n for n, tree in enumerate(dict.fromkeys(s.tree for s in chosen_by))}
    if len(order) < LEAST_HELD_OUT:
        labels = {k: _remembered(k) for k in KINDS}
        return Choices(labels, {k: SizeLevels((MagnitudeLevel("", 1.0),)) for k in SIZED})
    fold = [order[s.tree] % FOLDS for s in chosen_by]
    labels = {k: choose(events(c.choices, c.contexts, [fold[i] for i in c.systems])) for k, c in read.columns.items()}
    sizes = {
        k: choose_sizes([log10(v) for v in c.values], c.contexts, c.references, [fold[i] for i in c.systems])
        for k, c in read.sized.items()
    }
    return Choices(labels, sizes)


def _remembered(kind: str) -> Chosen:
    """Levels under which what was seen is mostly drawn again."""
    features = {"heads": DEFAULTS, "joins": DEFAULTS, "conditions": ("variable", "system")}.get(kind, ("system",))
    return Chosen((Order(1.0, (Level("", 0.0, 0.05), *(Level(name, 0.0, 0.05) for name in features))),))


def _of(document: Any) -> FittedSampler:
    if document["form"] != _FORM:
        raise ValueError(f"form {document['form']!r:.20}, not {_FORM}")
    operators = alphabet_of(document["operators"])
    corpus = tuple(system_of(d, str(document["domain"]), operators) for d in document["corpus"])
    if not corpus:
        raise ValueError("its corpus is empty")
    choices = Choices(labels_of(document["labels"]), sizes_of(document["sizes"]))
    made = FittedSampler(corpus, bool(document["closed"]), operators, choices, tilt_of(document["tilt"]))
    if not made._model.shapes:  # counted here, so that a feature that is none is found here
        raise ValueError("it holds nothing")
    return made
