"""The semantics dial as the shared run takes it."""

from __future__ import annotations

from ...tables.dials import SEMANTICS_DIAL
from ..base import Kind
from .judging import said
from .plan import SemanticsPlan
from .tasks import learn, prepared

_FAMILY = {"name": str, "domain": str, "text": str, "low": float, "high": float, "levels": [float]}

SEMANTICS = Kind(
    table=SEMANTICS_DIAL,
    figures="dial_semantics_figures",
    package=__name__.rpartition(".")[0],
    read=SemanticsPlan.from_dict,
    stated=lambda plan: {},
    shape={"arguments": {"families": [_FAMILY], "budget": str, "*": (str, int)}},
    trainings=lambda plan: len(plan.trainings),
    shared=lambda plan: [(family.name,) for family in plan.families],
    prepare=prepared,
    learn=learn,
    said=said,
)
