"""`reproduce`: sections of the paper, measured beside what it says."""

from __future__ import annotations

from pathlib import Path

from ...grammars.errors import SpecError
from ..events import Listener, silent
from ..options.spelled import typed
from ..report.probing_page import write_probing
from ..report.reproduction import write_reproduction
from ..reproduce.probing.section import Probed
from ..reproduce.probing.section import measure as measure_probing
from ..reproduce.section import Reproduction, measure
from ..results.files import claimed

SECTIONS = ("5.1", "5.2")


@typed
def reproduce(
    out: Path | str, seed: int = 0, listen: Listener = silent, section: str = "5.1", wordnet: Path | str | None = None
) -> Reproduction | Probed:
    """Measure a section of the paper, and write its tables, figures and page into the empty folder `out`.

    5.1: the flows and maps, beside the printed figures (reproduce.csv, .json, .html). `seed` is that of the noise in the
    forecasts; nothing else is random. 5.2: single edits of texts under a sentence embedder, beside the simulator (claims.csv,
    metrics.csv, probing.json, index.md). `seed` is that of all edits. It needs the extra `language`; `wordnet`: a folder with
    WordNet's files, where Debian's `wordnet-base` is not installed, without which synonyms are not measured.

    Raises SpecError for another section, and for a `wordnet` that 5.1 does not need; OutputError where the folder cannot be
    written or is not empty; NotInstalledError.
    """
    if section not in SECTIONS:
        raise SpecError(f"unknown section {section!r}; there are {', '.join(SECTIONS)}")
    if wordnet is not None and section != "5.2":
        raise SpecError(f"section {section} reads no WordNet: leave --wordnet out")
    folder = Path(out)
    if section == "5.2":
        with claimed(folder, None):
            probed = measure_probing(folder, seed, None if wordnet is None else Path(wordnet), listen=listen)
        write_probing(probed)
        return probed
    with claimed(folder, None):
        result = measure(folder, seed, listen)
    write_reproduction(result)
    return result
