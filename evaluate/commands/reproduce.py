"""`reproduce`: Section 5.1 of the paper, measured beside its printed figures."""

from __future__ import annotations

from pathlib import Path

from ..events import Listener, silent
from ..options.spelled import typed
from ..report.reproduction import write_reproduction
from ..reproduce.section import Reproduction, measure
from ..results.files import claimed


@typed
def reproduce(out: Path | str, seed: int = 0, listen: Listener = silent) -> Reproduction:
    """Measure Section 5.1 and write reproduce.csv, reproduce.json, reproduce.html and figures into the empty folder `out`.

    `seed` is that of the noise in the forecasts; nothing else is random. Raises OutputError where the folder cannot be
    written or is not empty.
    """
    folder = Path(out)
    with claimed(folder, None):
        result = measure(folder, seed, listen)
    write_reproduction(result)
    return result
