"""The page of a search whose search.json or trials are damaged: it is built, or one line says what is wrong, whatever the
damage."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from kappabar.cli import main
from kappabar.evaluate.commands import search as searching
from kappabar.evaluate.options.work import Work
from kappabar.evaluate.report import search_page
from kappabar.evaluate.results.files import read_json
from kappabar.evaluate.search.plan import SearchPlan
from kappabar.grammars.errors import OutputError

pytest.importorskip("optuna")
OTHERS: tuple[Any, ...] = (None, True, 3, "x", [], [3], ["x"], {"a": 1}, float("nan"), 10**400)
Place = tuple[str | int, ...]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A search with a row of everything that a page may have."""
    out = tmp_path_factory.mktemp("page") / "run"
    searching.search("sample:4", trials=1, edits_per_expression=4, out=out, sampler="random", local=False)
    document = read_json(out / "search.json")
    shown = ("representation", "knee", "origin", "kappa_n", "front_held_out", "mean", "fidelity", "tokens")
    for name in ("front", "line_up"):  # what no page shows is left out: it only takes time
        document[name] = [{k: v for k, v in e.items() if k.startswith(shown)} for e in document[name]]
    first = document["front"][0]
    document["local"] = [first | {"made_of": first["representation"]}]
    document["quality"] = [
        {"representation": "tree", "quality": 0.5, "quality_low": 0.4, "quality_high": 0.6, "reason": "", "precision": "x"}
    ]
    document["left_out"], document["earlier_versions"] = [{"what": "a", "reason": "b"}], [document["versions"]]
    document.pop("files")  # trials are damaged below
    (out / "search.json").write_text(json.dumps(document), "utf-8")
    return out


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Charts take nearly all the time: what they would draw is gathered, and is what JSON can hold; they are not made."""
    render = search_page.render
    monkeypatch.setattr(search_page, "pareto", _drawn)
    monkeypatch.setattr(search_page, "small_multiples", _drawn)
    monkeypatch.setattr(search_page, "figure", lambda folder, name, chart: None)
    monkeypatch.setattr(
        search_page,
        "render",
        lambda name, sections, values, charts: render(name, sections, values | {"figures": []}, charts=False),
    )


def _drawn(rows: Any, *parts: Any, **settings: Any) -> SimpleNamespace:
    json.dumps(rows, allow_nan=False)
    return SimpleNamespace(properties=lambda title: title)


def _paths(value: Any, path: Place = ()) -> Iterator[Place]:
    """Every place in a document; of a list the first entry."""
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from _paths(value[key], (*path, key))
    elif isinstance(value, list) and value:
        yield from _paths(value[0], (*path, 0))


def _damaged(document: Any) -> Iterator[tuple[str, Any]]:
    """The document with each place left out, and with something of another type there."""
    for path in _paths(document):
        if not path:
            continue
        for other in ("gone", *OTHERS):
            found = deepcopy(document)
            inner = found
            for step in path[:-1]:
                inner = inner[step]
            if other == "gone":
                del inner[path[-1]]
            else:
                inner[path[-1]] = other
            yield f"{path}: {other!r:.20}", found


def test_a_page_of_what_is_whole_shows_every_part(folder: Path) -> None:
    text = search_page.write_search_page(folder).page.read_text("utf-8")
    for words in ("Made by local search", "What models made of it", "Begun or gone on with", "The default line-up", "0.50"):
        assert words in text


@pytest.mark.usefixtures("quick")
def test_a_page_of_a_damaged_document_is_one_line_or_a_page(folder: Path, tmp_path: Path) -> None:
    document = read_json(folder / "search.json")
    (tmp_path / "trials.parquet").write_bytes((folder / "trials.parquet").read_bytes())
    refused, built = [], []
    for what, damaged in _damaged(document):
        (tmp_path / "search.json").write_text(json.dumps(damaged), "utf-8")
        try:
            search_page.write_search_page(tmp_path)
            built.append(what)
        except OutputError as e:
            assert "\n" not in str(e), what
            refused.append(what)
    for key in ("arguments", "versions", "front", "statements", "hypervolume", "quality", "line_up", "left_out"):
        assert f"{(key,)}: 'gone'" in refused
    assert "('arguments', 'sampler'): 'gone'" in built  # no page shows it


@pytest.mark.parametrize("column", ["search", "representation", "mean", "tokens"])
def test_trials_without_a_column_or_with_another_type_are_one_line(column: str, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "search.json").write_bytes((folder / "search.json").read_bytes())
    frame = pl.read_parquet(folder / "trials.parquet")
    for damaged in (frame.drop(column), frame.with_columns(pl.Series(column, [["x"]] * frame.height))):
        damaged.write_parquet(tmp_path / "trials.parquet")
        with pytest.raises(OutputError, match=r"cannot read .*trials\.parquet") as told:
            search_page.write_search_page(tmp_path)
        assert "\n" not in str(told.value)


def test_a_flipped_bit_in_either_file_is_told(tmp_path: Path) -> None:
    out = tmp_path / "run"
    searching.search("sample:4", trials=1, edits_per_expression=4, out=out, sampler="random", local=False)
    for name in ("search.json", "trials.parquet"):
        data = (out / name).read_bytes()
        (out / name).write_bytes(data[:60] + bytes([data[60] ^ 1]) + data[61:])
        with pytest.raises(OutputError, match="altered or damaged since it was written"):
            search_page.write_search_page(out)
        (out / name).write_bytes(data)


def test_a_damaged_document_is_not_gone_on_with_or_is(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = read_json(folder / "search.json")
    monkeypatch.setattr(searching, "library_versions", lambda plan: dict(document["versions"]))
    plan = SearchPlan(**{k: tuple(v) if isinstance(v, list) else v for k, v in document["arguments"].items()})
    header = {k: document[k] for k in ("schema", "arguments", "versions", "earlier_versions")}
    refused = 0
    for what, damaged in _damaged(header):
        (tmp_path / "search.json").write_text(json.dumps(damaged), "utf-8")
        try:
            searching._begin(plan, tmp_path, Work(resume=True))
        except OutputError as e:
            assert "\n" not in str(e), what
            refused += 1
    assert refused > 50


def test_the_command_line_says_it_in_one_line(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = read_json(folder / "search.json")
    (tmp_path / "search.json").write_text(json.dumps(document | {"versions": ["x"]}), "utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["report", str(tmp_path)])
    assert ended.value.code == 2
    assert capsys.readouterr().err.strip().endswith("search.json is damaged: versions is no object; begin again in a new folder")
    (tmp_path / "search.json").write_text('{"schema": ' + "1" * 5000 + "}")
    with pytest.raises(SystemExit):
        main(["report", str(tmp_path)])
    assert capsys.readouterr().err.count("\n") == 1
