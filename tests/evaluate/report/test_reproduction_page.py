"""The page of a `reproduce` folder, built again: its figures are images, its document is checked first, and damage is told."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from kappabar.cli import main
from kappabar.evaluate.report.page import picture
from kappabar.evaluate.report.reproduction import CAPTIONS, rebuild_reproduction
from kappabar.evaluate.reproduce import printed
from kappabar.evaluate.reproduce.section import Row
from kappabar.evaluate.results.files import SCHEMA, write_json
from kappabar.evaluate.results.sealed import checksums
from kappabar.grammars.errors import OutputError

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><text>{}</text></svg>'
OTHERS: tuple[Any, ...] = (None, True, 3, "x", [], [3], {"a": 1}, 1e308)
TABLES = ("flow_variants", "sweep_variants", "edges", "spikes", "forecasts", "forecast_variants", "flows")
FIGURES = [printed.KAPPA["lorenz-63"], printed.SWEEP_CORRELATION]
DOCUMENT: dict[str, Any] = {
    "schema": SCHEMA,
    "rows": [Row(figure, 0.044, "a note", {"nudge": (0.03, 0.06)}).as_dict() for figure in FIGURES],
    "not_robust": ["one"],
    "protocol": {"flows": "text"},
    "seed": 0,
} | {name: [{"system": "a", "value": 0.5, "chaotic": True, "edge": None}] for name in TABLES}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    figures = [tmp_path / "figures" / f"{name}.svg" for name in CAPTIONS]
    figures[0].parent.mkdir()
    for path in figures:
        path.write_text(SVG.format(path.stem), encoding="utf-8")
    write_json(tmp_path / "reproduce.json", DOCUMENT | {"figures": checksums(figures)})
    return tmp_path


def _page(folder: Path) -> str:
    return rebuild_reproduction(folder).page.read_text(encoding="utf-8")


def test_figures_are_images(folder: Path) -> None:
    page = _page(folder)
    images = re.findall(r'<img alt="[^"<>]+" style="--natural:10px" src="data:image/svg\+xml;base64,([\w+/=]+)">', page)
    assert [base64.b64decode(i).decode() for i in images] == [SVG.format(name) for name in CAPTIONS]
    assert "<svg" not in page and "img-src data:" in page and "0.044" in page


def test_nothing_of_a_figure_is_markup() -> None:
    """Whatever comes as far as here: it would have run in the page's own text."""
    text = """<svg><?x ><script>alert(1)</script>?><path d=' role="' x="' onload=alert(1) "/></svg>"""
    assert re.fullmatch(r'<img alt="[^"<>]*" src="data:image/svg\+xml;base64,[\w+/=]+">', picture(text, '"><b>'))


def _flip(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:-20] + bytes([data[-20] ^ 1]) + data[-19:])


@pytest.mark.parametrize("damage", [_flip, Path.unlink, lambda path: path.write_text(SVG.format("<g/>"))])
def test_a_figure_that_is_another_is_told(folder: Path, damage: Callable[[Path], Any]) -> None:
    damage(folder / "figures" / "kappa.svg")
    with pytest.raises(OutputError, match=r"kappa\.svg.*get the run anew"):
        rebuild_reproduction(folder)
    write_json(folder / "reproduce.json", DOCUMENT)  # as older versions wrote it
    if damage is Path.unlink:
        assert _page(folder).count("<img") == len(CAPTIONS) - 1


def test_a_flipped_document_is_told(folder: Path) -> None:
    path = folder / "reproduce.json"
    path.write_bytes(path.read_bytes().replace(b"0.044", b"0.045"))
    with pytest.raises(OutputError, match=r"reproduce\.json: it was altered or damaged"):
        rebuild_reproduction(folder)


def test_any_other_value_is_a_page_or_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = 0
    for key in DOCUMENT:
        for other in (*OTHERS, "gone"):
            for inner in (False, True):
                document = deepcopy(DOCUMENT)
                place = document[key][0] if inner and isinstance(document[key], list) else document
                name = next(iter(place)) if inner and isinstance(place, dict) and place is not document else key
                if not isinstance(place, dict):
                    continue
                place[name] = other
                if other == "gone":
                    del place[name]
                write_json(folder / "reproduce.json", document)
                with pytest.raises(SystemExit) as ended:
                    main(["report", str(folder), "--json"])
                err = capsys.readouterr().err
                assert ended.value.code in (0, 2) and err.count("\n") == (ended.value.code == 2), (key, other, err)
                told += ended.value.code == 2
    assert told > 80
