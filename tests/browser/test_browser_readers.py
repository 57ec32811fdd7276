"""Readers with other eyes, screens and data: contrast, dark scheme, print, and names that try to be markup."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

Visit = Callable[..., Any]
Alive = Callable[[Any], None]


def _opened(page: Any, columns: bool = True) -> None:
    """Open everything that waits for a reader."""
    page.locator("details > summary").evaluate_all("all => all.forEach(s => { s.parentElement.open = true; })")
    if columns:
        page.locator("button[data-columns]").click()


def _ground(page: Any) -> tuple[int, int, int]:
    return tuple(
        json.loads(page.evaluate("'[' + /\\(([^)]*)\\)/.exec(getComputedStyle(document.body).backgroundColor)[1] + ']'"))[:3]
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_stands_out_from_its_ground(
    runs: dict[str, Path], visit: Visit, contrast: str, scheme: str, bring_to_life: Alive
) -> None:
    page = visit(runs["line-up"] / "report.html", color_scheme=scheme)
    bring_to_life(page)
    _opened(page)
    assert page.evaluate(contrast) == []


def test_the_check_of_contrast_sees_faint_text(visit: Visit, contrast: str, tmp_path: Path) -> None:
    faint = tmp_path / "faint.html"
    faint.write_text(
        '<body style="background:#fff"><p style="color:#888">gray</p><p style="color:#000">black</p><p '
        'style="opacity:.3">thin</p>'
        '<div style="background:#000"><b style="color:#222">dark</b><i style="color:#fff">white</i></div>'
        '<svg width="99" height="30"><text y="20" fill="#ccc">drawn</text></svg></body>',
        encoding="utf-8",
    )
    found = visit(faint).evaluate(contrast)
    assert [line.split('"')[1] for line in found] == ["gray", "thin", "dark", "drawn"]


def test_dark_and_light_follow_the_reader(runs: dict[str, Path], visit: Visit) -> None:
    page = visit(runs["line-up"] / "report.html", color_scheme="light")
    assert min(_ground(page)) > 230
    page.emulate_media(color_scheme="dark")
    assert max(_ground(page)) < 50
    assert page.locator("figure.chart").first.is_visible()


def test_print_leaves_out_what_paper_cannot_do(
    runs: dict[str, Path], visit: Visit, contrast: str, artifacts: Path, bring_to_life: Alive
) -> None:
    page = visit(runs["line-up"] / "report.html", color_scheme="dark")
    bring_to_life(page)
    _opened(page, columns=False)
    page.emulate_media(media="print")
    assert min(_ground(page)) > 230, "no dark ground on paper"
    assert not page.locator("nav").first.is_visible()
    assert page.locator(".noprint:visible").count() == 0
    assert page.evaluate(contrast) == []
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=artifacts / "report-line-up-print.png", full_page=True)
    paper = artifacts / "report-line-up.pdf"
    page.pdf(path=paper, format="A4", print_background=False)
    assert paper.read_bytes().startswith(b"%PDF") and paper.stat().st_size > 20_000


def test_hostile_names_are_text(runs: dict[str, Path], visit: Visit, bring_to_life: Alive) -> None:
    page = visit(runs["twelve"] / "report.html")
    still = visit(runs["twelve"] / "report.html", java_script_enabled=False)
    names = [
        system["name"] for system in json.loads(next(runs["twelve"].parent.glob("hostile*.json")).read_text(encoding="utf-8"))
    ]
    bring_to_life(page)
    _opened(page)
    # Chromium without scripts parses the same file; nothing may have been added to it by running it but the charting library.
    own = still.locator("script:not([type]), script[type*=javascript]").count()
    assert page.locator("script:not([type]), script[type*=javascript]").count() == own + 1
    assert page.locator("img, iframe, object, embed, link, base, meta[http-equiv=refresh]").count() == 0
    assert page.locator("[onerror], [onload], [onclick]").count() == 0
    scripts = page.locator("script").evaluate_all("all => all.filter(s => /^\\s*alert\\(/.test(s.textContent)).length")
    assert scripts == 0
    text = page.locator("main").text_content()
    assert "<script>alert(1)</script>" in text
    shown = [name for name in names if name in text]
    assert len(shown) >= 2, "the names are there, as text"


def test_a_very_long_name_and_one_right_to_left_keep_their_place(
    runs: dict[str, Path], visit: Visit, bring_to_life: Alive
) -> None:
    page = visit(runs["twelve"] / "report.html", width=400)
    bring_to_life(page)
    _opened(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    # A mark for writing from right to left ends with the name it is in: each name is isolated.
    loose = page.locator("main").evaluate(
        """main => { const walk = document.createTreeWalker(main, NodeFilter.SHOW_TEXT), found = [];
          for (let n = walk.nextNode(); n; n = walk.nextNode())
            if (/[\\u202a-\\u202e\\u2066-\\u2069]/.test(n.textContent)
                && !n.parentElement.closest("script, bdi, option, svg, [title] > *"))
              found.push(n.parentElement.tagName + " " + n.textContent.slice(0, 60));
          return found; }"""
    )
    assert loose == []
