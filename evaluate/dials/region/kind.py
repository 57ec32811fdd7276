"""The region dial as the shared run takes it."""

from __future__ import annotations

from ...tables.dials import REGION_DIAL
from ..base import Kind
from .judging import said
from .plan import RegionPlan
from .tasks import learn, prepared

REGION = Kind(
    table=REGION_DIAL,
    figures="dial_region_figures",
    package=__name__.rpartition(".")[0],
    read=RegionPlan.from_dict,
    stated=lambda plan: {},
    shape={"arguments": {"domains": [str], "representations": [str], "budget": str, "*": (str, int)}},
    trainings=lambda plan: len(plan.trainings),
    shared=lambda plan: plan.tasks,
    prepare=prepared,
    learn=learn,
    said=said,
)
