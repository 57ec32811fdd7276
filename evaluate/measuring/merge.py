"""Runs of κ alone made one: see `compare.merging`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..compare.merging import Piece, check_alike, merged
from ..results.shape import check_shape
from .measured import SHAPE
from .plan import KappaPlan
from .run import HEADER


def merge_kappas(folders: Sequence[tuple[Path, Mapping[str, Any]]], out: Path) -> None:
    """Runs of `kappa`, given with their headers, as one in the folder `out`. Raises `OutputError`."""
    for folder, header in folders:
        check_shape(header, SHAPE, folder / HEADER)
    plans = [KappaPlan.from_dict(header["arguments"], folder / HEADER) for folder, header in folders]
    pieces = [Piece(f, header, plan.representations) for (f, header), plan in zip(folders, plans, strict=True)]
    check_alike(pieces, [plan.decisive() for plan in plans])
    specs = tuple(dict.fromkeys(spec for plan in plans for spec in plan.representations))
    plan = replace(plans[0], representations=specs)
    merged(pieces, {"repeat": plan.command(), "arguments": plan.as_dict()}, out)
