"""The explorer on a report, by mouse and by keyboard: from an expression to a token, to its worst and typical edits, and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

Visit = Callable[..., Any]
ACTIVE = "document.activeElement.id"


@pytest.fixture
def page(runs: dict[str, Path], visit: Visit) -> Any:
    """The twelve's report, at its explorer."""
    found = visit(runs["twelve"] / "report.html")
    found.locator("#explorer #kx-equation").wait_for()
    found.locator("#explore").scroll_into_view_if_needed()
    return found


@pytest.fixture
def documents(page: Any) -> list[dict[str, Any]]:
    return json.loads(page.locator("#explorer-data").text_content())


def of_dimension(documents: list[dict[str, Any]], dimension: int) -> int:
    return next(i for i, d in enumerate(documents) if len(d["variables"]) == dimension)


def choose(page: Any, number: int) -> None:
    page.locator("#kx-expression").select_option(str(number))


def drawn(page: Any, chart: str) -> None:
    """Waits until a chart has two lines with an extent and axes with words."""
    page.wait_for_function(
        """id => { const svg = document.querySelector(`#${id} svg`);
          if (!svg) return false;
          const lines = Array.from(svg.querySelectorAll(".mark-line path, .mark-symbol path")).filter(p => {
            const b = p.getBBox(); return b.width + b.height > 1; });
          return lines.length >= 2 && Array.from(svg.querySelectorAll("text")).some(t => t.textContent.trim()); }""",
        arg=chart,
    )


def test_every_expression_and_representation_can_be_chosen(page: Any, documents: list[dict[str, Any]]) -> None:
    options = page.locator("#kx-expression option").evaluate_all("all => all.map(o => o.textContent)")
    assert options == [d["name"] for d in documents]
    assert page.locator("#kx-shown input").count() == 12
    for number, document in enumerate(documents):
        choose(page, number)
        assert "".join(piece[0] for piece in document["equation"] if piece[0] != "|").replace(" ", "") in (
            page.locator("#kx-equation").evaluate(
                "e => Array.from(e.querySelectorAll('.kx-piece')).map(p => p.textContent).join('')"
            )
        ).replace(" ", "")
        for i, r in enumerate(document["representations"]):
            page.locator(f"#kx-show-{i}").set_checked(True)
            tokens = page.locator(f"#kx-tokens-{i} > [role=option]")
            shown = tokens.evaluate_all("all => all.map(t => [t.firstElementChild.textContent, t.dataset.sensitivity])")
            assert [s for _, s in shown] == ["" if t["sensitivity"] is None else _plain(t["sensitivity"]) for t in r["tokens"]]
            assert [t.replace("␣", " ") for t, _ in shown] == [t["text"] for t in r["tokens"]]
            assert page.locator(f"#kx-strip-{i}").is_visible()
    page.locator("#kx-show-0").set_checked(False)
    assert not page.locator("#kx-strip-0").is_visible()


def _plain(value: float) -> str:
    """A number as JavaScript's String() writes it."""
    return f"{value:g}" if value != int(value) else str(int(value))


def test_a_token_shows_its_place_and_its_edits_by_mouse(page: Any, documents: list[dict[str, Any]], artifacts: Path) -> None:
    number = of_dimension(documents, 2)
    choose(page, number)
    tokens = documents[number]["representations"][0]["tokens"]
    at = max((j for j, t in enumerate(tokens) if t["worst"]), key=lambda j: tokens[j]["sensitivity"])
    tile = page.locator(f"#kx-token-0-{at}")
    tile.hover()
    assert page.locator("#kx-equation .kx-lit").count() >= 1, "the token's part of the equation is marked"
    assert page.locator("#kx-strip-1 .kx-lit").count() >= 1, "and the tokens of another representation that write it"
    tile.click()
    assert tile.get_attribute("aria-selected") == "true"
    for which in ("worst", "typical"):
        page.locator(f"#kx-edit-{which}").click()
        edit = tokens[at][which]
        assert page.locator("#kx-edited code").text_content() == edit["equation"]
        assert f"{edit['distance']:.3f}" in page.locator("#kx-what").text_content()
        assert page.locator(f"#kx-edit-{which}").get_attribute("aria-pressed") == "true"
        for chart in ("kx-series", "kx-phase"):
            drawn(page, chart)
    assert tokens[at]["worst"]["distance"] >= tokens[at]["typical"]["distance"]
    page.screenshot(path=artifacts / "explorer-1300-light.png", full_page=False)
    page.locator("#kx-close").click()
    assert not page.locator("#kx-detail").is_visible()
    assert page.evaluate(ACTIVE) == f"kx-token-0-{at}"


def test_the_explorer_by_keyboard_alone(page: Any, documents: list[dict[str, Any]]) -> None:
    page.locator("#kx-expression").focus()
    number = of_dimension(documents, 2)
    for _ in range(number):
        page.keyboard.press("ArrowDown")
    assert page.locator("#kx-expression").input_value() == str(number)
    page.keyboard.press("Tab")
    assert page.evaluate(ACTIVE) == "kx-show-0"
    page.keyboard.press("Space")
    assert not page.locator("#kx-strip-0").is_visible()
    page.keyboard.press("Space")
    assert page.locator("#kx-strip-0").is_visible()
    for _ in range(40):
        page.keyboard.press("Tab")
        if str(page.evaluate(ACTIVE)).startswith("kx-token-"):
            break
    assert page.evaluate(ACTIVE) == "kx-token-0-0"
    assert page.locator("#kx-token-0-0").evaluate("e => getComputedStyle(e).outlineStyle") != "none"
    tokens = documents[number]["representations"][0]["tokens"]
    for key, where in (
        ("ArrowRight", 1),
        ("ArrowRight", 2),
        ("ArrowLeft", 1),
        ("End", len(tokens) - 1),
        ("ArrowRight", len(tokens) - 1),
        ("Home", 0),
        ("ArrowLeft", 0),
    ):
        page.keyboard.press(key)
        assert page.evaluate(ACTIVE) == f"kx-token-0-{where}"
    assert page.locator("#kx-tokens-0 > [tabindex='0']").count() == 1, "one stop of the Tab key for each row of tokens"
    at = next(j for j, t in enumerate(tokens) if t["worst"])
    for _ in range(at):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    drawn(page, "kx-series")
    drawn(page, "kx-phase")
    assert page.locator("#kx-edited code").text_content() == tokens[at]["worst"]["equation"]
    page.keyboard.press("Tab")
    assert page.evaluate(ACTIVE) == "kx-edit-typical"
    page.keyboard.press("Space")
    assert page.locator("#kx-edited code").text_content() == tokens[at]["typical"]["equation"]
    page.keyboard.press("Escape")
    assert not page.locator("#kx-detail").is_visible()
    assert page.evaluate(ACTIVE) == f"kx-token-0-{at}", "the keyboard is where it was"


def test_the_explorer_can_be_reached_by_its_link_and_still_draws(runs: dict[str, Path], visit: Visit) -> None:
    """Whoever goes straight there has seen no other chart that would have started the library."""
    page = visit(runs["twelve"].absolute().joinpath("report.html").as_uri() + "#explore")
    page.locator("#kx-tokens-0 > [data-sensitivity]:not([data-sensitivity=''])").first.click()
    drawn(page, "kx-series")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_explorer_on_a_small_screen(runs: dict[str, Path], visit: Visit, contrast: str, artifacts: Path, scheme: str) -> None:
    page = visit(runs["twelve"] / "report.html", width=400, height=800, color_scheme=scheme)
    choose(page, of_dimension(json.loads(page.locator("#explorer-data").text_content()), 2))
    page.locator("#kx-tokens-0 > [data-sensitivity]:not([data-sensitivity=''])").nth(1).click()
    drawn(page, "kx-series")
    drawn(page, "kx-phase")
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    assert page.locator("#explore").evaluate(contrast) == []
    page.locator("#explore").screenshot(path=artifacts / f"explorer-400-{scheme}.png")
