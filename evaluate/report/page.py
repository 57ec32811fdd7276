"""Pages: one file each that opens offline, with its style, scripts, figures and charting library inside."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from ..explore.bundle import vega_bundle
from ..results.shown import without_controls
from .style import Drawing, inline, interactive, picked, write_figure

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure on a page: `svg` and `spec` are safe to insert, the rest is text. `file`: where its files are, without the ending.
    `picks`: the representations that a reader can single out."""

    id: str
    title: str
    caption: str
    file: str
    svg: Markup
    spec: Markup
    picks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Figures under one heading."""

    id: str
    title: str
    figures: tuple[Figure, ...]


def figure(folder: Path, name: str, chart: Drawing) -> Figure:
    """Write a chart's files into `folder`/figures, and give what a page shows of it. Title and caption are the chart's own."""
    # Once for its files, its words and the page, and without Altair's check of it, which takes longer than all of these.
    plain = chart.to_dict(validate=False)
    svg = write_figure(plain, folder / "figures" / f"{name}.svg")
    words = plain["title"]
    title, notes = words["text"], " ".join(words.get("subtitle", ()))
    spec = interactive(plain, f"{title}. {notes}")
    drawn = still(svg, name, f"{title}. {notes}")
    text = script_json(spec)
    return Figure(
        id=f"figure-{name}", title=title, caption=notes, file=f"figures/{name}", svg=drawn, spec=text, picks=picked(spec)
    )


def still(svg: str, name: str, label: str) -> Markup:
    """An SVG file's text, for a page. `label`: its accessible name."""
    return Markup(_natural(inline(svg, name, str(escape(label)))))


def picture(svg: str, label: str) -> Markup:
    """An SVG file's text as an image, for a page: whatever a foreign file holds, an image runs no script and fetches nothing.
    `label`: its accessible name."""
    match = _WIDTH.search(svg)
    natural = f' style="--natural:{match.group(1)}px"' if match else ""
    data = b64encode(svg.encode()).decode()
    return Markup(f'<img alt="{escape(label)}"{natural} src="data:image/svg+xml;base64,{data}">')


_WIDTH = re.compile(r' width="([\d.]+)"')


def _natural(svg: str) -> str:
    match = _WIDTH.search(svg)
    width = match.group(1) if match else "640"
    return svg.replace("<svg ", f'<svg style="--natural:{width}px" ', 1)


def script_json(value: Any) -> Markup:
    """JSON that is safe inside a script element: nothing in it can end the element or begin a comment."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def asset(name: str) -> Markup:
    """A style or script of this folder, as it stands."""
    return Markup((_HERE / name).read_text(encoding="utf-8").strip())


def render(template: str, sections: Sequence[tuple[str, str]], values: Mapping[str, Any], charts: bool, css: str = "") -> str:
    """The page. Every text from data is escaped by the template, and has no control character. `sections`: ids
    and titles; `css`: what comes after the house's; `charts`: whether the page has figures, which need the charting library."""
    assets = {"css": asset("page.css") + Markup(css), "js": asset("page.js")}
    bundle = Markup(vega_bundle()) if charts else ""
    page = _environment().get_template(template).render(sections=sections, assets=assets, bundle=bundle, **values)
    return without_controls(page)


@cache
def _environment() -> Environment:
    """Where templates come from: one for all pages, so that each is read once."""
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["number"] = _number
    return environment


def _number(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
