"""`report`: the page of a run, built again from its folder alone."""

from __future__ import annotations

from pathlib import Path

from ...grammars.errors import OutputError
from ..across.run import Across, is_across, rebuilt_across
from ..compare.comparison import Comparison, gathered
from ..dials.run import Dialed, is_dial, rebuilt_dial
from ..measuring.measured import Measured, is_measured
from ..measuring.measured import gathered as gathered_kappa
from ..report.across_page import write_across_page
from ..report.comparison import write_page
from ..report.dial_page import write_dial_page
from ..report.kappa_page import write_kappa_page
from ..report.probing_page import is_probing, rebuild_probing
from ..report.reproduction import Rebuilt, is_reproduction, rebuild_reproduction
from ..report.search_page import write_search_page
from ..report.study_page import write_study_page
from ..report.survey_page import write_survey_page
from ..reproduce.probing.section import Probed
from ..results.files import check_links
from ..search.searched import Searched, is_search
from ..study.run import Study, comparisons, is_study, rebuilt_tables
from ..study.survey import Surveyed, is_survey, rebuilt_survey


def report(folder: str | Path) -> Comparison | Measured | Study | Surveyed | Dialed | Searched | Rebuilt | Across | Probed:
    """The page of a run, whichever command left it, built again. Raises `OutputError` where the folder holds none.

    The folder may be anyone's: parts of one's own that it names are not imported, and what it holds already has their numbers;
    nothing is written outside it."""
    folder = Path(folder)
    if not folder.is_dir():
        raise OutputError(
            f"{folder} is {'a file' if folder.exists() else 'not there'}; give the folder of a run, which holds run.json"
        )
    check_links(folder)
    if is_search(folder):
        return write_search_page(folder)
    if is_probing(folder):
        return rebuild_probing(folder)
    if is_reproduction(folder):
        return rebuild_reproduction(folder)
    if is_measured(folder):
        return rebuild_measured(folder)
    if is_across(folder):
        return rebuild_across(folder)
    if is_survey(folder):
        return rebuild_survey(folder)
    if is_dial(folder):
        return rebuild_dial(folder)
    return rebuild_study(folder) if is_study(folder) else rebuild(folder)


def rebuild(folder: Path) -> Comparison:
    """Tables, figures and page of a comparison, from what its folder holds. Raises `OutputError` where it is no run."""
    result = gathered(folder)
    write_page(result)
    return result


def rebuild_measured(folder: Path) -> Measured:
    """Tables, figures and page of a run of κ alone. Raises `OutputError` where the folder is that of none."""
    result = gathered_kappa(folder)
    write_kappa_page(result)
    return result


def rebuild_across(folder: Path) -> Across:
    """Tables, figures and page of a table of domains. Raises `OutputError` where the folder holds none of its rows."""
    header, rows, each = rebuilt_across(folder)
    return write_across_page(folder, header, rows, each)


def rebuild_survey(folder: Path) -> Surveyed:
    """Tables, figures and page of a survey, from its parts or its tables. Raises `OutputError` where there is neither."""
    header, tables = rebuilt_survey(folder)
    return write_survey_page(folder, header, tables)


def rebuild_dial(folder: Path) -> Dialed:
    """Table, figures and page of a study that turns κ̄ alone. Raises `OutputError` where the folder holds none of its rows."""
    header, rows = rebuilt_dial(folder)
    return write_dial_page(folder, header, rows)


def rebuild_study(folder: Path) -> Study:
    """Tables, figures and pages of a study and of its comparisons, or, where these are gone, from its tables. Raises
    `OutputError` where there is neither."""
    for name in comparisons(folder):
        rebuild(folder / name)
    title, tables = rebuilt_tables(folder)
    return write_study_page(folder, title, tables)
