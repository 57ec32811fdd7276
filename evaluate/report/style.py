"""How figures look: palette, fonts, and the forms that a chart is written in: files for papers, and parts of a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import altair as alt

from ...grammars.errors import OutputError
from ...grammars.files.write import write_bytes, write_text
from ..results.shown import without_controls

if TYPE_CHECKING:
    from collections.abc import Iterator

Drawing = alt.Chart | alt.LayerChart | alt.FacetChart | alt.HConcatChart | alt.VConcatChart
Chart = alt.Chart | alt.LayerChart
Spec = dict[str, Any]
"""A chart in Vega-Lite: `chart.to_dict()`."""

# Okabe and Ito's palette without black and yellow, which vanish on one of the two grounds: told apart by readers with any color
# vision. There are as many as make colors and shapes repeat together only after 56.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F")
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-left", "triangle-right")
INK = "#1b1e22"
"""Text and axes. On a page it becomes the color of the text around, which follows the reader's light or dark scheme."""
FONT = "Helvetica, Arial, sans-serif"
PICK = "pick"
"""The selection of figures on a page: which representation the reader chose in the legend."""


def color(names: Sequence[str], legend: bool = True, shown: Sequence[str] | None = None) -> alt.Color:
    """The color of each representation among all `names` of a run; the legend lists those `shown`, by default all."""
    scale = alt.Scale(domain=list(names), range=[PALETTE[i % len(PALETTE)] for i in range(len(names))])
    return alt.Color("representation:N", title="representation", scale=scale, legend=_legend(shown or names) if legend else None)


def shape(names: Sequence[str], shown: Sequence[str] | None = None) -> alt.Shape:
    """The shape of each representation among all `names` of a run."""
    scale = alt.Scale(domain=list(names), range=[SHAPES[i % len(SHAPES)] for i in range(len(names))])
    return alt.Shape("representation:N", title="representation", scale=scale, legend=_legend(shown or names))


def _legend(names: Sequence[str]) -> alt.Legend:
    # Below the figure, so that it stays narrow enough for a small screen.
    columns = 2 if max((len(n) for n in names), default=0) > 22 else 3
    return alt.Legend(orient="bottom", columns=columns, labelLimit=300, symbolSize=90, symbolOpacity=1, values=list(names))


def heading(text: str, *notes: str) -> alt.TitleParams:
    """A figure's title, and below it what is shown, of how many, and what the intervals are."""
    lines = [line for note in notes if note for line in _wrapped(note)]
    return alt.TitleParams(text, subtitle=lines or alt.Undefined)


def _wrapped(text: str, width: int = 96) -> list[str]:
    lines = [""]
    for word in (w.replace("\0", " ") for w in text.replace("95 % interval", "95\0%\0interval").split()):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return lines


def document(chart: Drawing | Spec, background: str | None = "white") -> Spec:
    """The chart in Vega-Lite, with the house's fonts and colors, its texts without control characters, which no SVG can hold."""
    spec: Spec = _quiet(chart if isinstance(chart, dict) else chart.to_dict())
    quiet = {"grid": True, "gridColor": INK, "gridOpacity": 0.12, "domainOpacity": 0.5, "tickOpacity": 0.5}
    text = {"labelColor": INK, "titleColor": INK}
    spec["config"] = spec.get("config", {}) | {
        "font": FONT,
        "background": background,
        "axis": quiet
        | text
        | {"labelFontSize": 11, "titleFontSize": 12, "titleFontWeight": "normal", "domainColor": INK, "tickColor": INK},
        "title": {
            "color": INK,
            "subtitleColor": INK,
            "fontSize": 14,
            "subtitleFontSize": 11,
            "anchor": "start",
            "frame": "group",
            "subtitlePadding": 4,
            "offset": 10,
        },
        "legend": text
        | {
            "symbolBaseFillColor": INK,
            "symbolBaseStrokeColor": INK,
            "labelFontSize": 11,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
        },
        "header": text | {"labelFontSize": 11, "titleFontSize": 12, "titleFontWeight": "normal"},
        "text": {"color": INK},
        "rule": {"color": INK},
        "view": {"stroke": None},
    }
    return spec


def as_svg(chart: Drawing | Spec) -> str:
    """The chart as SVG text, drawn offline."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(document(chart)))


def write_svg(chart: Drawing, path: Path) -> str:
    """Write the chart to `path` and return its SVG text. Raises `OutputError`."""
    svg = as_svg(chart)
    write_text(path, svg)
    return svg


def write_figure(chart: Drawing | Spec, path: Path) -> str:
    """Write the chart as SVG and as PDF beside it, and return the SVG text. Raises `OutputError`."""
    import vl_convert

    svg, pdf = as_svg(chart), path.with_suffix(".pdf")
    # A PDF differs each time it is made: one whose figure is the same stays.
    if not (pdf.is_file() and path.is_file() and path.read_text(encoding="utf-8") == svg):
        write_bytes(pdf, vl_convert.svg_to_pdf(svg))
    write_text(path, svg)
    return svg


_DRAWN = frozenset(
    [
        "svg",
        "g",
        "path",
        "line",
        "rect",
        "circle",
        "ellipse",
        "polyline",
        "polygon",
        "text",
        "tspan",
        "title",
        "desc",
        "defs",
        "clipPath",
        "linearGradient",
        "stop",
    ]
)


def drawing(path: Path) -> str:
    """The text of an SVG file that a folder came with, to be shown on a page as an image. Raises `OutputError` where it holds
    anything but a drawing: whoever opens the file itself would run its scripts, and the folder may be anyone's.
    """
    try:
        text = path.read_text(encoding="utf-8")
        elements = list(ElementTree.fromstring(text).iter())
    except OSError as e:
        raise OutputError(f"cannot read {path}: {e.strerror or e}; remove it, or make the run again") from None
    except (ElementTree.ParseError, ValueError):
        text, elements = "", []
    tags = {element.tag.rpartition("}")[2] for element in elements}
    marks = {name.rpartition("}")[2].lower() for element in elements for name in element.attrib}
    active = any(m.startswith("on") or m in ("href", "style") for m in marks)
    if not elements or "<!" in text or "<?" in text or active or not tags <= _DRAWN:
        raise OutputError(f"{path} holds something else than a drawing; remove it, or make the run again")
    return text


def inline(svg: str, name: str, label: str) -> str:
    """An SVG for a page: no ground of its own, the page's text color, ids of its own, and an accessible name.

    `label` must be escaped for an attribute.
    """
    width, height = re.findall(r'\b(?:width|height)="([\d.]+)"', svg)[:2]
    body = svg.split(">", 1)[1]
    body = re.sub(r'^<rect width="[\d.]+" height="[\d.]+" fill="white"/>', "", body)
    body = body.replace(INK, "currentColor").replace('"#000000"', '"currentColor"')
    body = re.sub(r' (?:aria-[a-z]+|role)="[^"]*"', "", body)
    body = re.sub(r'\bid="', f'id="{name}-', body).replace("url(#", f"url(#{name}-").replace('href="#', f'href="#{name}-')
    box = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" class="marks" {box} role="img" aria-label="{label}">{body}'


def interactive(chart: Drawing | Spec, description: str) -> Spec:
    """The chart for vega-embed: the same, with the page's text color, and a legend to pick a representation by."""
    spec: Spec = _recolored(document(chart, background=None))
    spec["description"] = description
    colored = [unit for unit in _units(spec) if unit.get("encoding", {}).get("color", {}).get("field") == "representation"]
    chosen = [unit for unit in colored if unit["encoding"]["color"].get("legend", {}) is not None]
    if not chosen:
        return spec
    chosen[-1].setdefault("params", []).append(
        {"name": PICK, "select": {"type": "point", "fields": ["representation"]}, "bind": "legend"}
    )
    for unit in colored:
        mark = unit["mark"] if isinstance(unit["mark"], dict) else {"type": unit["mark"]}
        full = mark.get("opacity", 1)
        unit["encoding"]["opacity"] = {"condition": {"param": PICK, "value": full}, "value": 0.08}
    return spec


def picked(spec: Spec) -> tuple[str, ...]:
    """The representations in the legend of an `interactive` chart; none where there is nothing to pick."""
    for unit in _units(spec):
        if any(p["name"] == PICK for p in unit.get("params", ())):
            legend = unit["encoding"]["color"].get("legend") or {}
            return tuple(legend.get("values") or unit["encoding"]["color"]["scale"]["domain"])
    return ()


def _units(spec: Spec) -> Iterator[Spec]:
    if "mark" in spec:
        yield spec
    for key in ("layer", "hconcat", "vconcat", "concat"):
        for part in spec.get(key, ()):
            yield from _units(part)
    if isinstance(spec.get("spec"), dict):
        yield from _units(spec["spec"])


def _quiet(value: Any) -> Any:
    if isinstance(value, dict):
        return {without_controls(k) if isinstance(k, str) else k: _quiet(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_quiet(v) for v in value]
    return without_controls(value) if isinstance(value, str) else value


def _recolored(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _recolored(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_recolored(v) for v in value]
    return "currentColor" if value in (INK, "#000000") else value
