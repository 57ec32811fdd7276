"""Plausible edits before there is a model: what is named on the command line, and trains one for each representation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from ...grammars.errors import SpecError
from ...grammars.tree import Node, System
from ...representations.representation import Representation
from ..domains.domain import Domain
from ..events import Listener
from .base import EditOperator, Neighborhood, Promises
from .plausible import PROMISES, check_law, law_name


@runtime_checkable
class Preparing(Protocol):
    """An edit operator that must be made ready for each representation before it has neighborhoods."""

    def prepared(
        self, representation: Representation, domain: Domain, systems: Sequence[System], seed: int, listen: Listener
    ) -> EditOperator: ...


@dataclass(frozen=True, slots=True)
class PlausibleRecipe:
    """Tokens that a trained model finds likely in that place; `prepared` trains it first, on the representation measured.

    `budget`: the learning task's, as `compare` has it.
    """

    context: str = "left"
    k: int = 8
    budget: str = "quick"
    promises: Promises = PROMISES

    def __post_init__(self) -> None:
        check_law(self.context, self.k)

    @property
    def name(self) -> str:
        return law_name(self.context)

    def prepared(
        self, representation: Representation, domain: Domain, systems: Sequence[System], seed: int, listen: Listener
    ) -> EditOperator:
        """The operator for one representation and the systems to be measured; see `train_plausible`."""
        from .plausible_model import train_plausible  # PyTorch

        return train_plausible(
            representation, domain, systems, budget=self.budget, seed=seed, listen=listen, context=self.context, k=self.k
        )

    def neighborhood(
        self, representation: Representation, tree: Node, limit: int | None, rng: np.random.Generator
    ) -> Neighborhood:
        """Raises `SpecError`: there is no model yet."""
        raise SpecError(f"{self.name!r} edits need a model trained on {representation.spec!r}; call prepared(…) first")
