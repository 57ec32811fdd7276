"""The page of `kappabar reproduce` in a browser: its main table, most of which is words, is all in sight on a usual screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kappabar.evaluate.report.reproduction import render
from kappabar.evaluate.reproduce import printed
from kappabar.evaluate.reproduce.section import Row

pytestmark = pytest.mark.browser

Visit = Callable[..., Any]
NOTE = "14 starts on the attractor, each the worst over parameters nudged up and down by 1 %, over 10 of its own periods"
CUT = """() => { const box = document.querySelector("#main").parentElement; return box.scrollWidth - box.clientWidth }"""


@pytest.mark.parametrize("width", [1200, 1024])
def test_no_column_of_the_main_table_is_cut(visit: Visit, tmp_path: Path, width: int) -> None:
    along = dict.fromkeys(("nudge", "horizon", "starts"), (0.0312, 95.78))
    figures = (*printed.KAPPA.values(), printed.SWEEP_CORRELATION, printed.PERIODIC_HORIZON, printed.EDGE_HORIZON)
    rows = [Row(figure, 0.044, NOTE, along).as_dict() for figure in figures]
    parts = ("flow_variants", "sweep_variants", "edges", "spikes", "forecasts", "forecast_variants", "flows")
    document = {"rows": rows, "not_robust": [], "protocol": {}, "seed": 0} | {part: [] for part in parts}
    page = tmp_path / "reproduce.html"
    page.write_text(render(document, {}, {}), encoding="utf-8")
    assert visit(page, width=width).evaluate(CUT) <= 0
