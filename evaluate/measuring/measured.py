"""What a run of κ alone came to: its folder, finished or not, read as one value, and its tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...grammars.errors import OutputError
from ...grammars.files.write import write_text
from ..compare.comparison import kappa_skips
from ..compare.kept import vocabulary
from ..compare.summary import drawable, summarize
from ..kappa.kappa import Kappa
from ..kappa.tables import write_kappa
from ..results.files import read_header, read_json, write_frame
from ..results.notebook import displayed
from ..results.plots import drawn
from ..results.shape import check_shape
from ..statistics.estimate import plain
from ..tables.column import Row
from ..tables.summary import MEASURED, SUMMARY
from .plan import KappaPlan
from .run import COMMAND, HEADER, kept

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

SHAPE = {
    "command": str,
    "repeat": str,
    "arguments": {"*": (str, int, float, bool, None, [str])},
    "data": [{"source": str}],
    "n_systems": int,
    "systems_sha256": str,
    "skipped": [{"what": str, "stage": str, "reason": str}],
    "versions": {"*": str},
    "earlier_versions?": [{"*": str}],
}


@displayed("folder", "unfinished")
@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A run of κ alone, finished or not. `rows`: one per representation, as in summary.csv; `header`: run.json; `unfinished`: the
    representations that are still to be measured; `skipped`: what any stage left out, and why."""

    folder: Path
    plan: KappaPlan
    header: Mapping[str, Any]
    kappas: tuple[Kappa, ...]
    rows: tuple[Row, ...]
    skipped: tuple[dict[str, str], ...]
    unfinished: tuple[str, ...]

    @property
    def drawable(self) -> list[Row]:
        """The rows with None for what no axis has a place for."""
        return drawable(self.rows)

    def as_dict(self) -> dict[str, Any]:
        rows = [{k: plain(v) if isinstance(v, float) else v for k, v in row.items() if k in MEASURED} for row in self.rows]
        return {"run": str(self.folder), "rows": rows, "skipped": list(self.skipped), "unfinished": list(self.unfinished)}

    def to_frame(self) -> pl.DataFrame:
        """The table, one row per representation: the columns that need no model."""
        return SUMMARY.frame(self.rows).select(MEASURED)

    def plot(self) -> alt.Chart | alt.LayerChart:
        """Distributions over expressions of the mean distance."""
        chart: alt.Chart | alt.LayerChart = drawn("figures", "kappa_distributions", list(self.kappas))
        return chart


def is_measured(folder: Path) -> bool:
    """Whether a folder is that of a run of κ alone."""
    header = read_json(folder / HEADER)
    return isinstance(header, dict) and header.get("command") == COMMAND


def gathered(folder: Path) -> Measured:
    """What a run's folder holds, with its tables written again. Raises `OutputError` where it is no such run."""
    result = loaded(folder)
    frame = result.to_frame()
    write_text(folder / SUMMARY.name, frame.write_csv())
    write_frame(folder / "summary.parquet", frame)
    write_kappa(folder, result.kappas)
    return result


def loaded(folder: Path) -> Measured:
    """What a run's folder holds. Raises `OutputError` where it is no such run."""
    header = read_header(folder / HEADER)
    if header is None:
        raise OutputError(f"{folder} holds no {HEADER}; give the folder of a run (kappabar kappa --out DIR makes one)")
    check_shape(header, SHAPE, folder / HEADER)
    plan = KappaPlan.from_dict(header["arguments"], folder / HEADER)
    kappas = kept(folder, plan, header)
    if not kappas:
        raise OutputError(f"{folder} holds no finished part yet; go on with: {header['repeat']} --out {folder} --resume")
    sizes = [len(vocabulary(folder / "parts", k.representation)) for k in kappas]
    done = {k.representation for k in kappas}
    return Measured(
        folder=folder,
        plan=plan,
        header=header,
        kappas=tuple(kappas),
        rows=tuple(summarize(kappas, sizes, [None] * len(kappas), plan.seed)),
        skipped=(*header["skipped"], *kappa_skips(kappas)),
        unfinished=tuple(spec for spec in plan.representations if spec not in done),
    )
