"""What of a folder's figures may stand in a page: drawings alone."""

from __future__ import annotations

from pathlib import Path

import altair as alt
import pytest

from kappabar import OutputError
from kappabar.evaluate.report.style import drawing, write_figure

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10">{}</svg>'


def test_a_figure_of_ours_is_a_drawing(tmp_path: Path) -> None:
    chart = alt.Chart(alt.Data(values=[{"x": 1, "y": 2}, {"x": 2, "y": 1}])).mark_line(clip=True).encode(x="x:Q", y="y:Q")
    text = write_figure(chart, tmp_path / "a.svg")
    assert drawing(tmp_path / "a.svg") == text


@pytest.mark.parametrize("inside", [
    "<script>alert(1)</script>", "<SCRIPT/>", '<g onload="alert(1)"/>', '<g ONCLICK="alert(1)"/>', "<foreignObject/>", '<image '
        'href="x"/>',
    '<a xmlns:l="http://www.w3.org/1999/xlink" l:href="javascript:alert(1)"/>', "<style>g{}</style>", "<g style='fill:url(x)'/>",
    "<animate/>", "<h:script xmlns:h='http://www.w3.org/1999/xhtml'/>", "<g>", "<!-- --><g/>", "<![CDATA[<script>]]>",
    "<?x ><script>alert(1)</script>?>",
])  # fmt: skip
def test_what_could_do_something_is_refused_in_one_line(inside: str, tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    path.write_text(SVG.format(inside), encoding="utf-8")
    with pytest.raises(OutputError, match="holds something else than a drawing") as told:
        drawing(path)
    assert "\n" not in str(told.value) and str(path) in str(told.value)


def test_entities_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    path.write_text('<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG.format("<text>&a;</text>"), encoding="utf-8")
    with pytest.raises(OutputError):
        drawing(path)
