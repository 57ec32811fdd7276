"""How a job is done: where, by whom, and who hears of it. No number depends on any of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from ..events import Listener, silent


class WorkOptions(TypedDict, total=False):
    """How the work is done, with no effect on the numbers:

    - `jobs`: processes that share it, 0 for all cores; more than one needs a main module that can be imported
      (`if __name__ == "__main__":`)
    - `scheduler`: the address of a running Dask cluster, which then does it instead
    - `listen`: a function that is told how far it is, see `Started`, `Advanced`, `Finished` and `Skipped`
    """

    jobs: int
    scheduler: str | None
    listen: Listener


class FolderOptions(TypedDict, total=False):
    """The folder that is left:

    - `out`: where; workers of a cluster must see it too
    - `resume`: go on with what it holds, only where everything that a number depends on is as it was; there may be more
      representations, and, but in rounds, more trainings of each
    - `accept_version`: with `resume`, go on though versions differ; both are recorded
    """

    out: Path | str | None
    resume: bool
    accept_version: bool


@dataclass(frozen=True, slots=True)
class Work:
    """What was chosen of `WorkOptions` and `FolderOptions`."""

    out: Path | str | None = None
    resume: bool = False
    accept_version: bool = False
    jobs: int = 1
    scheduler: str | None = None
    listen: Listener = silent

    @property
    def folder(self) -> Path | None:
        """`out` as a path."""
        return None if self.out is None else Path(self.out)
