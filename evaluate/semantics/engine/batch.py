"""Jobs laid out for the kernels: what `engine` makes of trees and settings, and what may be done to them after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....grammars.tree import Node
from ....tokenizers.machines.forest import Forest
from ..base import Floats
from .tape import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Jobs ready to run: one per pair of tape and initial condition. `out` and `status` are flat and still empty.

    `out` takes trajectories, or with a `reference` `record.SUMS` per job: see `record.add`.
    """

    trees: Sequence[Node] | Forest
    program: Program
    jobs: NDArray[np.int64]
    tolerances: Floats
    x0: Floats
    times: Floats
    boxes: Floats
    out: Floats
    status: NDArray[np.int8]
    stiff_steps: NDArray[np.int64]
    slides: NDArray[np.bool_]
    reference: Floats | None = None
    units: Floats | None = None

    def tree(self, tape: int) -> Node:
        return self.trees.tree(tape) if isinstance(self.trees, Forest) else self.trees[tape]
