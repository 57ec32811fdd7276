"""`load`: what a command left in a folder, in Python again."""

from __future__ import annotations

from pathlib import Path

from ...grammars.errors import OutputError
from ...representations.exported import is_export, load_export
from ...representations.representation import Representation
from ..compare.comparison import Comparison, loaded
from ..measuring.measured import Measured, is_measured
from ..measuring.measured import loaded as loaded_kappa
from ..search.searched import Searched, found_in, is_search

_LOADED = "load reads the folders of kappabar export, compare, search, and kappa --out"
_OTHERS = {
    "study.json": "a study; each of its comparisons is a folder there, which can be loaded",
    "reproduce.json": "the paper's section; its document is reproduce.json",
    "kappa.json": "a measurement of κ without its run.json; its document is kappa.json, its edits are edits.parquet",
}
"""What folders of other commands are known by, and where what they hold is."""


def load(folder: str | Path, *, trust: bool = False) -> Representation | Comparison | Measured | Searched:
    """What a folder holds: the `Representation` that `export` wrote, fitted as it was, the `Comparison` that `compare` left, or
    what `kappa` left, whose `kappas` are its results, finished or not, or what `search` left, a `Searched`, once it is finished.
    Nothing is written.

    The folder may be anyone's: what it holds is data. Raises `OutputError` where it holds none, or is damaged, and `SpecError`
    where an exported representation has parts that are not Kappabar's own.

    - `trust`: import the parts that an exported folder names as `module:Object`, or by the name that an installed package gives
      them; importing a part runs it
    """
    if not isinstance(folder, str | Path):
        raise OutputError(f"a folder is a text or a Path, not a {type(folder).__name__}; {_LOADED}")
    place = Path(folder)
    if not place.is_dir():
        raise OutputError(f"{place} is {'a file' if place.exists() else 'not there'}; {_LOADED}: give one of these")
    if is_export(place):
        return load_export(place, trust)
    if is_search(place):
        return found_in(place)
    if is_measured(place):
        return loaded_kappa(place)
    if (place / "run.json").is_file():
        return loaded(place)
    known = next((what for name, what in _OTHERS.items() if (place / name).is_file()), None)
    if known is not None:
        raise OutputError(f"{place} holds {known}; {_LOADED}")
    raise OutputError(f"{place} holds neither kappabar.json nor run.json; {_LOADED}")
