"""The work of a study of the redundancy dial, each a function of its folder: what all trainings share, and one training."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from ....grammars.tree import System
from ....representations.representation import Representation
from ....tokenizers.machines.decode import bulk_decoder
from ...domains.sources import sample_systems
from ...edits.token import TokenEdits
from ...events import Advanced, Finished, Listener, Started
from ...kappa.kappa import measure_all
from ...results.origin import Origin
from ...streams import generator
from ...streams import number as stream
from ...tables.column import Row
from ...tables.dials import REDUNDANCY_DIAL
from ..code.learning import Learning, learning, trained
from ..parts import keep
from ..shared import Shared
from .design import granted, turned
from .plan import RedundancyPlan
from .writing import written


@dataclass(frozen=True, slots=True, kw_only=True)
class RedundancyData:
    """What all trainings of a study share. `edited`: expressions whose token edits are measured."""

    plan: RedundancyPlan
    learning: Learning
    edited: Sequence[System]
    origin: Origin


def prepared(folder: Path, listen: Listener) -> None:
    """Make what all trainings share, where it is not there yet."""
    stage = "measuring how far values move the meaning, sampling systems to learn from"
    listen(Started(stage, 1))
    SHARED.of(folder)
    listen(Finished(stage))


def _built(folder: Path, plan: RedundancyPlan, precision: str, origin: Origin) -> RedundancyData:
    design = plan.design
    known = learning(folder, plan, design.values, design.drawn, precision, origin)
    edited = sample_systems(known.domain, plan.systems, stream(plan.seed, "synonyms"))
    return RedundancyData(plan=plan, learning=known, edited=edited, origin=origin)


SHARED = Shared(RedundancyPlan.from_dict, _built)


def learn(folder: Path, draw: int, listen: Listener) -> None:
    """Train, measure, and keep the row of one training."""
    from ...quality.model.precision import one_thread

    shared = SHARED.of(folder)
    plan, known = shared.plan, shared.learning
    level = dict(plan.design.numbered)[draw]
    chosen = granted(plan.design, level, plan.seed, draw)
    stage = f"training {draw + 1}, {level.name}"
    listen(Started(stage, known.sizes.train.steps))
    unfinished = folder / "unfinished" / f"{draw:04d}"
    representation, synonyms = written(known.domain, plan.design, level, chosen, _variables(shared))
    found = turned(plan.design, chosen, known.distance)
    trees = [item.system.tree for item in known.task.items]
    row: dict[str, Any] = {column.name: None for column in REDUNDANCY_DIAL} | {
        "draw": draw,
        "synonyms": level.synonyms,
        "written": "yes" if level.written else "no",
        "kappa": found.kappa,
        "redundancy": found.redundancy,
        "choice": fmean(synonyms.choice_bits(tree) for tree in trees),
        "vocabulary": len(representation.vocabulary),
        "tokens": fmean(len(representation.encode(tree)) for tree in trees),
        "floor_prior": float(known.floors.prior.mean()),
        **_edited(shared, representation),
    }
    with one_thread():
        measured = trained(
            known,
            representation,
            stream(plan.seed, "training", draw),
            unfinished=unfinished,
            on_step=lambda step, _loss: listen(Advanced(stage, 1)),
        )
    if "bits" in measured:  # which are of the expressions that are looked at along training
        measured["bits_beyond"] = measured["bits"] - fmean(map(synonyms.choice_bits, known.task.val.targets))
    listen(Finished(stage))
    keep(folder, draw, [REDUNDANCY_DIAL.row(row | measured)], shared.origin)
    shutil.rmtree(unfinished, ignore_errors=True)


def _variables(shared: RedundancyData) -> int:
    return shared.learning.task.columns - 1


def _edited(shared: RedundancyData, representation: Representation) -> Row:
    """κ̄ over all edits of one token that decode, of drawn ones; and how many decode, of all."""
    domain = shared.learning.domain
    found = measure_all(
        representation,
        shared.edited,
        domain,
        domain.quality,
        TokenEdits(),
        edits_per_expression=shared.plan.edits,
        seed=shared.plan.seed,
        condense=True,
    )
    decode = fmean(decodable(representation, one) for one in shared.edited)
    return {"kappa_edits": float(np.nanmean(found.means)), "validity": decode}


def decodable(representation: Representation, system: System) -> float:
    """The share of all edits of one token that decode: not of drawn ones, in which levels would differ by chance. Raises
    ValueError for a representation that is not decoded in bulk."""
    decoder = bulk_decoder(representation.tokenizer)
    if decoder is None:
        raise ValueError(f"{representation.spec} is not decoded in bulk")
    ids = representation.encode(system)
    edits = TokenEdits().token_steps(ids, len(representation.vocabulary), None, generator(0, "edits"))
    return float((decoder.decode(ids, edits.positions, edits.ends, edits.tokens).tree >= 0).mean())
