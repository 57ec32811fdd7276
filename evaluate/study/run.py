"""Studies: comparisons in several domains, what is measured beside them, and the tables made of it all."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...grammars.errors import OutputError, SpecError
from ...grammars.files.write import prepare
from ..compare.plan import CompareOptions, ComparisonPlan, sources
from ..compare.run import checked, execute, new_folder
from ..compare.run_data import HEADERS
from ..domains.domain import domain_word
from ..options.work import Work
from ..results.files import SCHEMA, check_same, claimed, plain_name, read_header, read_json, write_frame, write_json
from ..results.plots import drawn
from ..results.sealed import check_files, checksums
from ..results.shape import check_shape
from ..results.versions import taken_up, versions
from ..tables.study import DOMAINS, PREDICTORS, REPRESENTATIONS, STUDY
from ..workers.pool import runner
from .ledger import Row, Tables
from .plan import STUDIES, Question, plans, question
from .rows import gather, restated
from .tasks import check_beside, measure_beside, missing

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

TABLES = {"study": STUDY, "representations": REPRESENTATIONS, "predictors": PREDICTORS, "domains": DOMAINS}
"""By the names that pages and ledgers have for them."""
HEADER = "study.json"
_OTHERWISE = "without a study's comparisons it cannot be made again: run kappabar compare --study"


@dataclass(frozen=True, slots=True)
class Study:
    """A study, finished or not. `rows`: one per domain, representation and seed; `document`: verdict.json."""

    folder: Path
    tables: Mapping[str, tuple[Row, ...]]
    document: Mapping[str, Any]

    @property
    def rows(self) -> tuple[Row, ...]:
        return self.tables["study"]

    def as_dict(self) -> dict[str, Any]:
        return {"run": str(self.folder), **{name: [dict(r) for r in self.tables[name]] for name in TABLES}, **self.document}

    def lines(self) -> list[str]:
        """The verdict for a terminal."""
        texts = [str(self.document["headline"])]
        texts += [f"{a['question']} [{a['verdict']}] {a['text']}" for a in self.document["answers"]]
        return [*texts, f"page: {self.folder / 'index.md'}"]

    def to_frame(self) -> pl.DataFrame:
        """study.parquet."""
        return STUDY.frame(self.rows)

    def plot(self) -> alt.Chart | alt.LayerChart:
        """Rank correlations of the predictors with Q."""
        chart: alt.Chart | alt.LayerChart = drawn("study_figures", "figures", self.tables)["predictors"][1]
        return chart


def run_study(
    asked: Question, representations: Sequence[str] | None, data: str | Sequence[str] | None, options: CompareOptions, work: Work
) -> Path:
    """Run a study, by default with its own line-up, domains, seeds and budget, and expressions of the distribution that is
    learned from. Leaves one comparison per domain in folders of `work.out`, which it returns.

    What the folder already holds is not measured again with `work.resume`. Raises as `compare` does, before any work is done.
    """
    chosen = plans(asked, representations, data, options)
    loaded = {domain: checked(plan) for domain, plan in chosen.items()}
    folder = work.folder or new_folder(asked.name, work.resume)
    only = options.get("domain")
    command = repeated(asked.name, representations, data, domain_word(only) if only else None, next(iter(chosen.values())))
    own_headers = (HEADER, *HEADERS, _Clock.FILE)
    with claimed(folder, work.resume, *own_headers), runner(work.jobs, work.scheduler, work.listen) as running:
        _write_header(folder, asked.name, chosen, command, work.accept_version)
        for domain, plan in chosen.items():  # before hours of work
            check_beside(folder / domain.replace(":", "-"), plan)
        for domain, plan in chosen.items():
            own = folder / domain.replace(":", "-")
            with _Clock(own):
                prepare(own, resume=True)
                execute(own, plan, loaded[domain], running, work)
            with _Clock(own):
                running.share(own)
                for _ in running.each(measure_beside, missing(own.resolve(), plan), work.listen):
                    pass
    return folder


class _Clock:
    """Adds the time that a block takes, interrupted or not, to what a comparison has taken before."""

    FILE = "time.json"

    def __init__(self, folder: Path) -> None:
        self._path = folder / "study" / self.FILE

    def __enter__(self) -> None:
        self._began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        write_json(self._path, {"seconds": _seconds(self._path) + time.perf_counter() - self._began})


def _seconds(path: Path) -> float:
    """The time that a comparison has taken. Raises `OutputError` where what says it is damaged."""
    document = read_json(path)
    if document is None:
        return 0.0
    check_shape(document, {"seconds": float}, path, "delete it")
    return float(document["seconds"])


def repeated(
    name: str, representations: Sequence[str] | None, data: str | Sequence[str] | None, domain: str | None, plan: ComparisonPlan
) -> str:
    """The command line that repeats a study."""
    words = ["kappabar", "compare", "--study", name]
    for spec in representations or ():
        words += ["-r", spec]
    for source in sources(data, ()):
        words += ["--data", source]
    words += ["--domain", domain] if domain else []
    words += ["--seeds", str(plan.seeds), "--budget", plan.budget, "--seed", str(plan.seed)]
    return shlex.join(words + plan.training_words() + (["--strict"] if plan.strict else []))


def _write_header(folder: Path, name: str, chosen: Mapping[str, ComparisonPlan], command: str, accept_version: bool) -> None:
    """Raises `OutputError` where the folder holds a study of which a number could differ; `accept_version`: versions may."""
    arguments = {domain: plan.as_dict() for domain, plan in chosen.items()}
    parts = [part for plan in chosen.values() for part in (plan.domain, plan.metric, *plan.representations)]
    header = {"study": name, "schema": SCHEMA, "repeat": command, "arguments": arguments, "versions": versions(parts)}
    known = read_header(folder / HEADER, resume=True)
    if known is not None:
        begun = _plans(folder, known).values()
        check_same(
            {"study": known["study"]} | {plan.domain: plan.decisive() for plan in begun},
            {"study": name} | {domain: plan.decisive() for domain, plan in chosen.items()},
            f"{folder} holds a study with other arguments",
            f"repeat those ({known.get('repeat')}) or choose another --out",
        )
        header |= taken_up(known, versions(parts), folder, accept_version)
        header |= {"files": known["files"]} if "files" in known else {}
    write_json(folder / HEADER, header)


def is_study(folder: Path) -> bool:
    """Whether a folder is a study's, or what is kept of one."""
    return (folder / HEADER).is_file() or (folder / "study.parquet").is_file()


def comparisons(folder: Path) -> dict[str, ComparisonPlan]:
    """The comparisons that a study's folder holds: folder -> plan."""
    named = _plans(folder, _header(folder))
    return {name: plan for name, plan in named.items() if (folder / name / "run.json").is_file()}


def _header(folder: Path) -> dict[str, Any]:
    """study.json; of what is kept of a study without it, the least that a page needs."""
    return read_header(folder / HEADER) or {"study": "hypothesis", "arguments": {}}


def _plans(folder: Path, header: Mapping[str, Any]) -> dict[str, ComparisonPlan]:
    """The folders of its comparisons that a study's header names, with their plans. Raises `OutputError` for what is no header,
    and for a folder that does not lie in the study's."""
    path = folder / HEADER
    try:
        named = {
            plain_name(domain.replace(":", "-"), path): ComparisonPlan.from_dict(plan)
            for domain, plan in header["arguments"].items()
        }
        question(header["study"])
    except (KeyError, TypeError, AttributeError, SpecError) as e:
        raise OutputError(
            f"{path} is none that compare --study wrote ({type(e).__name__}: {e}); begin again in a new folder"
        ) from None
    return named


def rebuilt_tables(folder: Path) -> tuple[str, Tables]:
    """Title and tables, gathered from a study's comparisons, or, where these are gone, read: what follows from study.parquet is
    computed from it again. Raises `OutputError` where there is neither."""
    header = _header(folder)
    check_shape(header, {"files?": {"*": str}}, folder / HEADER)
    if chosen := comparisons(folder):
        _write(folder, _gathered(folder, header, chosen))
    else:  # what is computed again is not looked at
        kept = {TABLES[name].name for name in ("study", "representations", "domains")}
        check_files(folder, {name: digest for name, digest in header.get("files", {}).items() if name in kept}, _OTHERWISE)
    seed = next((plan.seed for plan in _plans(folder, header).values()), 0)
    _write(folder, restated(read_tables(folder), seed))
    if (folder / HEADER).is_file():
        write_json(folder / HEADER, header | {"files": checksums(folder / table.name for table in TABLES.values())})
    return STUDIES[header["study"]].title, read_tables(folder)


def _gathered(folder: Path, header: Mapping[str, Any], chosen: Mapping[str, ComparisonPlan]) -> Tables:
    study: list[Row] = []
    summary: list[Row] = []
    domains: list[Row] = []
    for name, plan in chosen.items():
        own = folder / name
        seconds = _seconds(own / "study" / _Clock.FILE)
        rows, pooled, row = gather(own, plan, seconds, header["repeat"], header["versions"])
        study += rows
        summary += pooled
        domains.append(row)
    return {"study": study, "representations": summary, "domains": domains}


def _write(folder: Path, tables: Tables) -> None:
    for name, rows in tables.items():
        write_frame(folder / TABLES[name].name, TABLES[name].frame(rows))


def read_tables(folder: Path) -> dict[str, tuple[Row, ...]]:
    """The Parquet files of a study. Raises `OutputError` where one is missing or damaged."""
    there = {name: table for name, table in TABLES.items() if name != "predictors" or (folder / table.name).is_file()}
    return {name: tuple(table.read(folder / table.name, _OTHERWISE).to_dicts()) for name, table in there.items()}
