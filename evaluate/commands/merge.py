"""`merge`: several runs of the same expressions, by the same options, as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...grammars.errors import OutputError
from ..compare.comparison import Comparison
from ..compare.merging import forget, merge_comparisons
from ..measuring.measured import Measured
from ..measuring.merge import merge_kappas
from ..results.files import read_header
from .report import rebuild, rebuild_measured

HEADER = "run.json"
_MERGED: dict[str, tuple[Callable[[Sequence[tuple[Path, Mapping[str, Any]]], Path], None], Callable[[Path], Any]]] = {
    "kappa": (merge_kappas, rebuild_measured),
    "compare": (merge_comparisons, rebuild),
}


def merge(folders: Sequence[str | Path], out: str | Path) -> Comparison | Measured:
    """Several run folders of `kappa`, or of `compare`, as one in the new folder `out`, with its page: what one run of all their
    representations, in the order of `folders`, and seeds would have left. Where two hold the same part, the first's is taken.

    They must have measured the same expressions by the same options and versions, and differ in their representations and seeds
    alone; runs in rounds cannot be merged. What they hold is checked by its checksums and copied; nothing that they name is
    imported, and they stay as they are. Raises `OutputError`, with the first option, data or version that differs, and leaves no
    folder then.

    - `folders`: two run folders or more, finished or not
    - `out`: the folder that is left
    """
    given = [folders] if isinstance(folders, str | Path) else list(folders)
    if wrong := next((one for one in (*given, out) if not isinstance(one, str | Path)), None):
        raise OutputError(f"a folder is a text or a Path, not a {type(wrong).__name__}")
    places = [Path(one) for one in given]
    if len({place.resolve() for place in places}) < max(len(places), 2):
        raise OutputError("give two run folders or more, each once: kappabar merge DIR DIR --out NEW")
    runs = [(place, _header(place)) for place in places]
    kinds = [str(header.get("command", "compare")) for _, header in runs]
    if other := next((i for i, kind in enumerate(kinds) if kind != kinds[0]), 0):
        raise OutputError(
            f"{places[other]} holds a run of kappabar {kinds[other]} and {places[0]} one of kappabar {kinds[0]}: merge "
            "runs of one command"
        )
    if kinds[0] not in _MERGED:
        raise OutputError(
            f"{places[0]} holds a run of {kinds[0]!r}; runs of kappabar kappa and of kappabar compare can be merged"
        )
    together, page = _MERGED[kinds[0]]
    made = not Path(out).exists()
    together(runs, Path(out))
    try:
        result: Comparison | Measured = page(Path(out))
    except BaseException:
        forget(Path(out), made)
        raise
    return result


def _header(folder: Path) -> dict[str, Any]:
    header = read_header(folder / HEADER, resume=True) if folder.is_dir() else None
    if header is None:
        what = "holds no run.json" if folder.is_dir() else "is a file" if folder.exists() else "is not there"
        raise OutputError(f"{folder} {what}; give run folders of kappabar kappa --out DIR, or of kappabar compare")
    return header
