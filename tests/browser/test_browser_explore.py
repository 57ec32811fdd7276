"""The live page of `kappabar explore` in a browser: an equation typed gives its tokens, a mistake is shown in its place."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

Visit = Callable[..., Any]
FOREIGN = "rebound.example"  # as conftest.py maps it
SERVE = (
    "from kappabar.evaluate.explore.server import serve\n"
    "serve(['prefix | digits:2', 'infix'], port=0, browser=False, say=lambda line: print(line, flush=True))"
)
WARM = 240.0  # s: loading and compiling, on a busy machine


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The live page, served by a process of its own, once its worker is warm."""
    if find_spec("uvicorn") is None or find_spec("starlette") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Starlette or uvicorn is not installed; with CI=true the live page must be tested")
        pytest.skip('Starlette and uvicorn are not installed: pip install -e ".[explore]"')
    server = subprocess.Popen([sys.executable, "-c", SERVE], stdout=subprocess.PIPE, text=True)
    try:
        found = next((word for word in server.stdout.readline().split() if word.startswith("http://")), None)
        assert found is not None, "the server did not say where it is"
        end = time.monotonic() + WARM
        while json.load(urllib.request.urlopen(f"{found}healthz"))["worker"] != "warm":
            assert time.monotonic() < end and server.poll() is None, "the worker did not get warm"
            time.sleep(0.2)
        yield found
    finally:
        server.terminate()
        server.wait(timeout=30)
        server.stdout.close()


@pytest.fixture
def live(address: str, visit: Visit) -> Any:
    """The page after its first answer, that of the example."""
    page = visit(address)
    answered(page)
    return page


def answered(page: Any) -> None:
    # By a locator: the page's own policy forbids the text of scripts that Playwright's wait_for_function would evaluate.
    page.locator("#status").filter(has_text="answered in").wait_for()


def tokens(page: Any, strip: int) -> list[str]:
    return page.locator(f"#kx-tokens-{strip} > [role=option] > span").evaluate_all("all => all.map(t => t.textContent)")


def ask(page: Any, text: str) -> None:
    """Type an equation, as a person does, and press Enter."""
    page.locator("#status").evaluate("e => { e.textContent = ''; }")
    page.locator("#text").fill("")
    page.locator("#text").press_sequentially(text)
    page.keyboard.press("Enter")


def drawn(page: Any, chart: str) -> None:
    page.locator(f"#{chart} svg .mark-line path").nth(1).wait_for(state="attached")


def test_an_equation_typed_gives_its_tokens(live: Any) -> None:
    ask(live, "x' = -2*x @ x=1; T=3")
    answered(live)
    from kappabar.grammars.text.parse import parse
    from kappabar.representations.representation import representation

    system = parse("x' = -2*x @ x=1; T=3")
    for strip, spec in enumerate(("prefix | digits:2", "infix")):
        one = representation(spec, "ode")
        expected = [one.vocabulary.tokens[i] for i in one.encode(system.tree)]
        assert [t.replace("␣", " ") for t in tokens(live, strip)] == expected
    assert "-2" in live.locator("#kx-equation").text_content().replace(" ", "")


def test_the_live_explorer_opens_an_edit(live: Any, artifacts: Path) -> None:
    live.locator("#kx-tokens-0 > [data-sensitivity]:not([data-sensitivity=''])").first.click()
    drawn(live, "kx-series")
    drawn(live, "kx-phase")
    assert live.locator("#kx-edited code").text_content().startswith("x′")
    live.screenshot(path=artifacts / "live-1300-light.png", full_page=True)
    live.keyboard.press("Escape")
    assert not live.locator("#kx-detail").is_visible()


@pytest.mark.parametrize(
    "text", ["x' = sni(x)", "x' = (y", "x' = 1 +", "<script>alert(1)</script>", "\u202e\u0000'", "x' = __import__('os')"]
)
def test_malformed_text_shows_its_error_in_place(live: Any, text: str) -> None:
    before = tokens(live, 0)
    ask(live, text)
    error = live.locator("#error")
    error.wait_for(state="visible")
    message = error.text_content()
    assert message.strip() and "\n" not in message.strip() and "defect" not in message
    assert live.locator("#text").get_attribute("aria-invalid") == "true"
    assert live.evaluate("document.activeElement.id") == "text", "the cursor is where the mistake is"
    assert tokens(live, 0) == before, "the last answer stays"
    ask(live, "x' = 1 - x @ x=0; T=2")
    answered(live)
    assert not error.is_visible()


def test_an_unknown_representation_is_named(live: Any, watch: Any) -> None:
    live.locator("#specs").fill("prefixx")
    live.locator("#look").click()
    live.locator("#error").wait_for(state="visible")
    assert "prefix" in live.locator("#error").text_content()
    watch.forget()  # the browser itself reports the answer's status


def test_a_foreign_name_for_this_machine_is_refused(address: str, visit: Visit, watch: Any) -> None:
    watch.hosts.add(FOREIGN)
    page = visit(address.replace("127.0.0.1", FOREIGN))
    assert page.locator("#ask").count() == 0
    assert "own address alone" in page.locator("body").text_content()
    watch.forget()


@pytest.mark.parametrize(("width", "scheme"), [(1300, "dark"), (400, "light"), (400, "dark")])
def test_the_live_page_on_other_screens(
    address: str, visit: Visit, contrast: str, artifacts: Path, width: int, scheme: str
) -> None:
    page = visit(address, width=width, height=800, color_scheme=scheme)
    answered(page)
    page.locator("#kx-tokens-0 > [data-sensitivity]:not([data-sensitivity=''])").nth(1).click()
    drawn(page, "kx-series")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(contrast) == []
    page.screenshot(path=artifacts / f"live-{width}-{scheme}.png", full_page=True)
