"""The code dial as the shared run takes it."""

from __future__ import annotations

from typing import Any

from ...tables.dials import CODE_DIAL
from ..base import Kind
from .design import numbered
from .judging import said
from .plan import CodePlan
from .tasks import learn, prepared


def _stated(plan: CodePlan) -> dict[str, Any]:
    return {"values": [plan.design.low, plan.design.high], "levels": [level.name for level in plan.design.levels]}


CODE = Kind(
    table=CODE_DIAL,
    figures="dial_code_figures",
    package=__name__.rpartition(".")[0],
    read=CodePlan.from_dict,
    stated=_stated,
    shape={"values": [float], "levels": [str]},
    trainings=lambda plan: len(numbered(plan.design)),
    shared=lambda plan: [()],
    prepare=prepared,
    learn=learn,
    said=lambda rows, plan: said(rows, len(numbered(plan.design))),
)
