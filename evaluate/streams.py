"""Where random numbers come from: a stream of its own for every purpose, spawned from the one seed that a person gives.

One seed for several purposes would couple what must be independent: expressions that are measured would be those that a model was
trained on, noise that is observed that which was trained with. Sums of seeds and constants only move such a meeting elsewhere. A
spawned `SeedSequence` is independent of its parent, of its siblings and of those under any other seed. Resampling for intervals
(`estimate.py` and its like) draws from lists of its own, on purpose alike for all columns of a length; a model's weights come
from digests of their names (`quality/model/model.py`).
"""

from __future__ import annotations

import hashlib

import numpy as np

from ..grammars.print.infix import to_infix
from ..grammars.tree import System

PURPOSES = (
    "learn",  # systems that a comparison trains on and tests with
    "plausible",  # systems that the model behind plausible edits learns from
    "prior",  # training expressions of the prior floor
    "edits",  # of an expression's neighborhood
    "explorer",  # edits shown in the explorer
    "graph",  # edits of the edit graph
    "validation-noise",
    "test-noise",
    "retrieval-noise",
    "training-noise",
    "surprise-noise",
    "plausible-noise",
    "look-alikes",  # not used any more
    "batches",
    "samples",  # what a model writes: free, under a grammar, as choices, for the gradient's alignment
    "constrained-samples",
    "choices",
    "alignment",
    "held-out",  # the half that a search does not see
    "search",  # proposals of a search
    "baseline",  # proposals of the random search beside it
    "assign",  # replacements tried by a local search
    "codes",  # systems that local searches learn codes from
    "training",  # the seeds of a comparison's trainings
    "like-data",  # what a fitted sampler's screen is fitted to: always of seed 0
    "likeness",  # halves and folds of expressions that are to be told apart
    "round",  # the learning tasks of a comparison's rounds, from the second on
    "tables",  # which number a code word means, of a dial
    "power",  # simulated studies
    "plantings",  # whose error is planted where
    "synonyms",  # which digits have some, of a dial
    "independent",  # expressions that others are held against, to say how far two of a domain lie apart
    "probing",  # edits of words and texts of Section 5.2
)
"""A purpose's place is its key: add new ones at the end. `--data sample:N:SEED` is the parent itself, `sampled` below."""


def sequence(seed: int, purpose: str, *more: int) -> np.random.SeedSequence:
    """The stream of a purpose under a seed; `more` tells its parts apart. Raises ValueError for a purpose that is not listed."""
    return np.random.SeedSequence(seed, spawn_key=(PURPOSES.index(purpose), *more))


def generator(seed: int, purpose: str, *more: int) -> np.random.Generator:
    """NumPy's generator on the stream of a purpose."""
    return np.random.default_rng(sequence(seed, purpose, *more))


def number(seed: int, purpose: str, *more: int) -> int:
    """A seed below 2**63 for what takes nothing but an integer, as PyTorch's generators and samplers of other libraries do."""
    return int(sequence(seed, purpose, *more).generate_state(1, np.uint64)[0] >> 1)


def sampled(seed: int, purpose: str | None = None) -> np.random.Generator:
    """The generator that systems are drawn with: of `--data sample:N:SEED`, or for a purpose of our own."""
    return np.random.default_rng(seed) if purpose is None else generator(seed, purpose)


def own_key(system: System) -> int:
    """A number of a system's own, for `more`: its equations, conditions and horizon, whatever else is in the file and where."""
    words = repr((system.domain, to_infix(system.tree), system.x0, system.t_end, system.ranges))
    return int.from_bytes(hashlib.blake2b(words.encode(), digest_size=8).digest(), "big")
