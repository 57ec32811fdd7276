"""The redundancy dial as the shared run takes it."""

from __future__ import annotations

from typing import Any

from ...tables.dials import REDUNDANCY_DIAL
from ..base import Kind
from .judging import said
from .plan import RedundancyPlan
from .tasks import learn, prepared


def _stated(plan: RedundancyPlan) -> dict[str, Any]:
    return {"values": list(plan.design.values), "levels": [level.name for level in plan.design.levels]}


REDUNDANCY = Kind(
    table=REDUNDANCY_DIAL,
    figures="dial_redundancy_figures",
    package=__name__.rpartition(".")[0],
    read=RedundancyPlan.from_dict,
    stated=_stated,
    shape={"values": [float], "levels": [str]},
    trainings=lambda plan: len(plan.design.numbered),
    shared=lambda plan: [()],
    prepare=prepared,
    learn=learn,
    said=said,
)
