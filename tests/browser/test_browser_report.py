"""The report in a real browser: it opens from disk without a word, shows every section, sorts, and says what summary.csv says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from kappabar.evaluate.compare.summary import is_lossless
from kappabar.evaluate.tables.summary import SHOWN

pytestmark = pytest.mark.browser

MOST_BYTES = 8_000_000
BOTH = pytest.mark.parametrize("name", ["line-up", "twelve"])
ALL = pytest.mark.parametrize("name", ["line-up", "twelve", "search"])
Visit = Callable[..., Any]
Alive = Callable[[Any], None]

# Whether something is drawn: marks of a size in an SVG, more than one color on a canvas.
DRAWN = """figure => {
  const shapes = Array.from(figure.querySelectorAll("svg path, svg rect, svg circle, svg line, svg text, svg use"))
    .filter(s => { const b = s.getBoundingClientRect(); return b.width + b.height > 0; });
  const painted = Array.from(figure.querySelectorAll("canvas")).some(c => {
    const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data, seen = new Set();
    for (let i = 0; i < d.length; i += 4) seen.add(d[i] * 65536 + d[i + 1] * 256 + d[i + 2]);
    return seen.size > 2;
  });
  return shapes.length > 10 || painted;
}"""
OVERLAPS = """() => {
  const found = [];
  for (const parent of document.querySelectorAll("body, main, main section")) {
    let last = null;
    for (const child of parent.children) {
      const style = getComputedStyle(child), box = child.getBoundingClientRect();
      if (!box.height || !box.width || /absolute|fixed/.test(style.position) || style.display.startsWith("inline")) continue;
      if (last && box.top < last.box.bottom - 1 && box.left < last.box.right - 1 && last.box.left < box.right - 1)
        found.push(`${last.child.tagName}#${last.child.id} and ${child.tagName}#${child.id} in ${parent.tagName}#${parent.id}`);
      last = { child, box };
    }
  }
  return found;
}"""
TOO_WIDE = """() => Array.from(document.querySelectorAll("body *")).filter(e => {
  if (e.closest(".scroll, .skip, .sr, svg") && !e.matches(".scroll")) return false;
  const b = e.getBoundingClientRect(); return b.width && b.right > innerWidth + 1;
}).slice(0, 5).map(e => `${e.tagName}#${e.id}.${e.className} ends at ${Math.round(e.getBoundingClientRect().right)}`)"""


@ALL
def test_the_file_is_small_enough_to_send(runs: dict[str, Path], name: str) -> None:
    assert (runs[name] / "report.html").stat().st_size < MOST_BYTES


@ALL
def test_every_section_is_drawn_and_nothing_overlaps(
    runs: dict[str, Path], visit: Visit, name: str, bring_to_life: Alive
) -> None:
    page = visit(runs[name] / "report.html")
    sections = page.locator("main > section").all()
    assert len(sections) >= (6 if name == "search" else 8)
    linked = [a.get_attribute("href") for a in page.locator("nav a").all()]
    assert linked == [f"#{s.get_attribute('id')}" for s in sections]
    for section in sections:
        box = section.bounding_box()
        assert box["width"] > 300 and box["height"] > 40
        assert section.locator("h2").first.is_visible()
    for figure in page.locator("figure.chart").all():
        assert figure.evaluate(DRAWN), "before scripts: " + figure.get_attribute("id")
    bring_to_life(page)
    for figure in page.locator("figure.chart").all():
        assert figure.evaluate(DRAWN), figure.get_attribute("id")
    assert page.evaluate(OVERLAPS) == []


@ALL
def test_a_small_screen_scrolls_one_way_only(runs: dict[str, Path], visit: Visit, name: str, bring_to_life: Alive) -> None:
    page = visit(runs[name] / "report.html", width=400, height=800)
    bring_to_life(page)
    for control in page.locator("details > summary, button[data-columns]").all():
        control.click()
    assert page.evaluate(TOO_WIDE) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    assert page.evaluate(OVERLAPS) == []


def _kept(run: Path) -> pl.DataFrame:
    return pl.read_csv(run / "summary.csv", infer_schema_length=None)


def _shown(page: Any, field: str) -> list[tuple[str, str, str]]:
    """Representation, text and interval of each row, in the order on the page."""
    return [
        tuple(row)
        for row in page.locator("#main").evaluate(
            """(table, field) => Array.from(table.tBodies[0].rows).map(row => {
              const cell = row.querySelector(`[data-field="${field}"]`), inner = cell.querySelector(".interval");
              const own = Array.from(cell.childNodes).filter(n => n !== inner).map(n => n.textContent).join("");
              return [row.querySelector('[data-field="representation"]').textContent, own, inner ? inner.textContent : ""];
            })""",
            field,
        )
    ]


def _agrees(text: str, value: float) -> bool:
    """Whether a text is the value to the digits that it shows."""
    shown = float(text)
    decimals = len(text.partition(".")[2])
    return abs(shown - value) <= 0.5000001 * 10.0**-decimals


NUMBERS = [c.name for c in SHOWN if not c.is_text]


@BOTH
def test_every_number_on_the_page_is_the_one_in_summary_csv(runs: dict[str, Path], visit: Visit, name: str) -> None:
    page = visit(runs[name] / "report.html")
    kept = {row["representation"]: row for row in _kept(runs[name]).iter_rows(named=True)}
    on_page = {h.get_attribute("data-field") for h in page.locator("#main thead th").all()}
    assert on_page >= {"kappa_mean", "fidelity_error", "validity", "redundancy", "quality", "bits", "kappa@16", "sup", "note"}
    compared = 0
    for field in NUMBERS:
        cells = _shown(page, field)
        assert sorted(spec for spec, _, _ in cells) == sorted(kept)
        for spec, text, interval in cells:
            row = kept[spec]
            value = row.get(field)
            if value is None:
                assert (text, interval) == ("-", ""), (spec, field)
                continue
            assert _agrees(text.removesuffix("*"), value), (spec, field, text, value)  # the star of a code that rounds
            assert text.endswith("*") == (field == "bits" and not is_lossless(row))
            ends = [row.get(f"{field}_{end}") for end in ("low", "high")]
            assert bool(interval) == (None not in ends and ends[0] != ends[1]), (spec, field, interval)
            if interval:
                low, high = interval.split(" … ")
                assert _agrees(low, ends[0]) and _agrees(high, ends[1]), (spec, field, interval)
            compared += 1
    assert compared > 15 * len(kept)
    assert [t for _, t, _ in _shown(page, "note")] == [row["note"] or "" for row in kept.values()]


def _in_order(kept: pl.DataFrame, page: Any, field: str, down: bool) -> None:
    of = dict(zip(kept["representation"], kept[field], strict=True))
    values = [of[spec] for spec, _, _ in _shown(page, field)]
    assert len(values) == kept.height
    present = [v for v in values if v is not None]
    assert values[len(present) :] == [None] * (len(values) - len(present)), "missing values come last"
    assert present == sorted(present, reverse=down)


def _header(page: Any, field: str) -> Any:
    return page.locator(f'#main thead th[data-field="{field}"]')


def test_headings_sort_by_mouse(runs: dict[str, Path], visit: Visit) -> None:
    kept = _kept(runs["twelve"])
    page = visit(runs["twelve"] / "report.html")
    page.locator("button[data-columns]").click()
    for field in ("kappa_mean", "fidelity_error", "vocabulary_size", "kappa_difference", "n_edits"):
        head = _header(page, field)
        assert head.get_attribute("aria-sort") == "none"
        orders = []
        for _ in range(2):
            head.locator("button").click()
            orders.append(head.get_attribute("aria-sort"))
            _in_order(kept, page, field, orders[-1] == "descending")
            assert page.locator('#main th[aria-sort="ascending"], #main th[aria-sort="descending"]').count() == 1
            assert "sorted by" in page.locator("#status").text_content()
        assert sorted(orders) == ["ascending", "descending"]


def test_headings_sort_by_keyboard(runs: dict[str, Path], visit: Visit) -> None:
    kept = _kept(runs["twelve"])
    page = visit(runs["twelve"] / "report.html")
    _header(page, "representation").locator("button").focus()
    # Tab reaches every heading of the main columns in turn; the keyboard alone, no coordinates.
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('th')?.dataset.field") == "kappa_mean":
            break
    assert page.evaluate("document.activeElement.closest('th').dataset.field") == "kappa_mean"
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none", "where the keyboard is can be seen"
    orders = []
    for key in ("Enter", "Space"):
        page.keyboard.press(key)
        orders.append(_header(page, "kappa_mean").get_attribute("aria-sort"))
        _in_order(kept, page, "kappa_mean", orders[-1] == "descending")
    assert orders == ["ascending", "descending"]
    assert page.evaluate("document.activeElement.closest('th').dataset.field") == "kappa_mean", "focus stays"


def test_missing_values_come_last_either_way(runs: dict[str, Path], visit: Visit) -> None:
    page = visit(runs["twelve"] / "report.html")
    page.evaluate(
        """() => { const cell = document.querySelectorAll('#main tbody td[data-field="bits"]')[3]; cell.dataset.value = ""; }"""
    )
    for _ in range(2):
        _header(page, "bits").locator("button").click()
        values = page.locator('#main tbody td[data-field="bits"]').evaluate_all("cells => cells.map(c => c.dataset.value)")
        assert values[-1] == ""
        assert "" not in values[:-1]


def test_long_notes_leave_the_main_table_in_sight(runs: dict[str, Path], visit: Visit) -> None:
    """With intervals and notes as long as those of the whole bank: a note was cut at its right."""
    page = visit(runs["line-up"] / "report.html", width=1200)
    note = (
        "κ rests on 70 of 71 expressions: the others have no edit that counts, or could not be measured; its own rounding "
        "moves the meaning"
    )
    page.evaluate(
        """note => {
        for (const cell of document.querySelectorAll("#main td.note")) cell.textContent = note;
        for (const cell of document.querySelectorAll("#main .interval")) cell.textContent = "0.038 … 0.041";
    }""",
        note,
    )
    # As narrow as it goes: with the real run's names and figures some 65 more, of the 1136 that a screen of 1200 leaves.
    least = page.evaluate(
        "table => { table.parentElement.style.width = '100px'; return table.offsetWidth }", page.query_selector("#main")
    )
    assert least <= 1136 - 65


def test_the_keyboard_gets_past_the_sections(runs: dict[str, Path], visit: Visit) -> None:
    page = visit(runs["line-up"] / "report.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_the_page_is_whole_without_scripts(runs: dict[str, Path], visit: Visit) -> None:
    page = visit(runs["line-up"] / "report.html", java_script_enabled=False)
    assert page.locator("#verdict").is_visible()
    assert page.locator("#main tbody tr").count() == 7
    assert page.locator("#main .extra").first.is_visible()
    assert page.locator("figure.chart svg").first.is_visible()
    assert not page.locator("button[data-columns]").is_visible()


def test_a_representation_is_singled_out_by_keyboard(runs: dict[str, Path], visit: Visit, bring_to_life: Alive) -> None:
    page = visit(runs["line-up"] / "report.html")
    bring_to_life(page)
    figure = page.locator("#figure-kappa-against-quality")
    faint = (
        "f => Array.from(f.querySelectorAll('.mark-symbol.role-mark path')).filter(p => getComputedStyle(p).opacity < 0.5).length"
    )
    marks = figure.locator(".mark-symbol.role-mark path").count()
    assert marks > 2 and figure.evaluate(faint) == 0
    figure.locator("select").focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_function(f"n => ({faint})(document.getElementById('figure-kappa-against-quality')) === n", arg=marks - 1)
    page.keyboard.press("ArrowUp")
    page.wait_for_function(f"n => ({faint})(document.getElementById('figure-kappa-against-quality')) === n", arg=0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1300, 400])
@ALL
def test_screenshots_to_look_at(
    runs: dict[str, Path], visit: Visit, artifacts: Path, name: str, width: int, scheme: str, bring_to_life: Alive
) -> None:
    page = visit(runs[name] / "report.html", width=width, color_scheme=scheme)
    bring_to_life(page)
    page.evaluate("scrollTo(0, 0)")
    # A screenshot of the whole would leave blank what is not near the window: the page draws that only when it is.
    page.add_style_tag(content="main > section { content-visibility: visible !important }")
    target = artifacts / f"report-{name}-{width}-{scheme}.png"
    page.screenshot(path=target, full_page=True)
    assert target.stat().st_size > 20_000


def test_the_front_of_a_search_is_copied_whole(runs: dict[str, Path], visit: Visit) -> None:
    page = visit(runs["search"] / "report.html", permissions=["clipboard-read", "clipboard-write"])
    page.locator("#front button.copy").first.click()
    page.locator("#status", has_text="copied").wait_for(state="attached")
    kept = (runs["search"] / "pareto.txt").read_text(encoding="utf-8").split("\n")
    assert page.evaluate("navigator.clipboard.readText()").split("\n") == [line for line in kept if line.strip()]
    assert page.locator("#main tbody tr").count() == len([line for line in kept if line.strip()])


CUT = """() => Array.from(document.querySelectorAll("figure.chart .scroll")).filter(s => s.scrollWidth > s.clientWidth + 1)
  .filter(s => parseFloat(getComputedStyle(s.querySelector("svg")).getPropertyValue("--natural")) < 700)
  .map(s => s.closest("figure").id)"""


@ALL
def test_what_is_far_below_is_laid_out_once_the_first_view_stands(runs: dict[str, Path], visit: Visit, name: str) -> None:
    """A picture of the whole page was blank from the third section on."""
    page = visit(runs[name] / "report.html")
    page.wait_for_selector("html.settled")
    lazy = "() => Array.from(document.querySelectorAll('main > section')).map(s => getComputedStyle(s).contentVisibility)"
    assert set(page.evaluate(lazy)) == {"visible"}


@BOTH
def test_figures_use_the_width_there_is(runs: dict[str, Path], visit: Visit, name: str, bring_to_life: Alive) -> None:
    wide = "() => Array.from(document.querySelectorAll('figure.chart svg.marks, figure.chart .scroll > svg'))"
    ratio = (
        f"({wide})().map(s => s.getBoundingClientRect().width / parseFloat(getComputedStyle(s).getPropertyValue('--natural')))"
    )
    page = visit(runs[name] / "report.html")
    assert min(page.evaluate(f"() => {ratio}")) >= 1
    page.set_viewport_size({"width": 400, "height": 800})
    assert page.evaluate(CUT) == []
    bring_to_life(page)
    assert page.evaluate(CUT) == []
