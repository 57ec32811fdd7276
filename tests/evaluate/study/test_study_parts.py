"""What a study measures beside its comparisons, and the tables that are kept of it: damaged or another's, they are told in one
line."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from kappabar.evaluate.commands.report import report
from kappabar.evaluate.compare.comparison import plan_of
from kappabar.evaluate.compare.run_data import forget
from kappabar.evaluate.events import silent
from kappabar.evaluate.results.files import read_header, read_json, slug, write_json
from kappabar.evaluate.results.sealed import check_files
from kappabar.evaluate.study import predictors
from kappabar.evaluate.study.plan import REFERENCE
from kappabar.evaluate.study.rows import gather
from kappabar.evaluate.study.run import HEADER
from kappabar.evaluate.study.tasks import check_beside, measure_beside
from kappabar.grammars.errors import OutputError


@pytest.fixture
def study(copied_run: Callable[[Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study of one comparison, with κ under tree edits beside it."""
    quick = partial(predictors.predictor_rows, resamples=60)
    monkeypatch.setattr("kappabar.evaluate.study.rows.predictor_rows", quick)
    made = copied_run(tmp_path)
    own = tmp_path / "study" / "ode"
    shutil.move(made, own)
    forget()
    measure_beside(own, REFERENCE, "tree", silent)
    header = read_json(own / "run.json")
    arguments = {"ode": header["arguments"]}
    write_json(tmp_path / "study" / HEADER, {"study": "hypothesis", "repeat": "kappabar", "arguments": arguments, "versions": {}})
    return tmp_path / "study"


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def told(study: Path, path: Path, words: str) -> None:
    """Before a resume works, and on the page."""
    plan = plan_of(read_json(study / "ode" / "run.json"), study)
    for ask in (
        lambda: check_beside(study / "ode", plan),
        lambda: gather(study / "ode", plan, 0.0, "", {}),
        lambda: report(study),
    ):
        with pytest.raises(OutputError, match=words) as caught:
            ask()
        assert "\n" not in str(caught.value) and str(path) in str(caught.value)


def test_what_is_measured_beside_is_of_this_run_and_whole(study: Path) -> None:
    report(study)
    tree = study / "ode" / "study" / "tree" / f"{slug(REFERENCE)}.kappa.json"
    whole, document = tree.read_bytes(), read_json(tree)
    flipped(tree)
    told(study, tree, "cannot read")
    write_json(tree, document | {"made": document["made"] | {"run": "0" * 16}})
    told(study, tree, "is of another run; delete it")
    write_json(tree, document | {"made": document["made"] | {"in": "bank"}})
    told(study, tree, "is of another folder")
    tree.write_bytes(whole)
    overlap = study / "ode" / "study" / "overlap.json"
    document = read_json(overlap)
    for altered, words in (
        ({"trained_on": "many"}, "is damaged"),
        ({"made": document["made"] | {"run": "0" * 16}}, "is of another run"),
    ):
        write_json(overlap, document | altered)
        told(study, overlap, words)
    write_json(overlap, document)
    clock = study / "ode" / "study" / "time.json"
    write_json(clock, {"seconds": None})
    with pytest.raises(OutputError, match=r"time\.json is damaged: seconds is no finite number; delete it"):
        report(study)


def test_tables_that_are_kept_of_a_study_have_checksums(study: Path) -> None:
    report(study)
    page = (study / "index.md").read_bytes()
    shutil.rmtree(study / "ode")
    flipped(study / "predictors.parquet")  # which is computed again
    report(study)
    assert (study / "index.md").read_bytes() == page
    for name in ("study", "representations", "domains"):
        path = study / f"{name}.parquet"
        whole = path.read_bytes()
        flipped(path)
        with pytest.raises(OutputError, match=rf"{name}\.parquet was altered or damaged"):
            report(study)
        path.write_bytes(whole)
    header = read_json(study / HEADER)
    write_json(study / HEADER, header | {"files": 3})
    with pytest.raises(OutputError, match="files is no object"):
        report(study)


@pytest.mark.parametrize("name", ["hypothesis", "tokenizers"])
def test_the_committed_tables_are_those_that_their_header_speaks_for(name: str) -> None:
    folder = Path(__file__).parents[3] / "docs" / "studies" / name
    if not folder.is_dir():
        pytest.skip("the committed studies are not beside the tests")
    known = (read_header(folder / HEADER) or {})["files"]
    assert set(known) == {path.name for path in folder.glob("*.parquet")}
    check_files(folder, known, "commit what belongs together")
