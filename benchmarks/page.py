"""How soon a report can be read: seconds from opening the file until the verdict and the table stand, in a headless Chromium.

    python benchmarks/page.py RUN_FOLDER... [--turns N] [--chromium PATH]

Every turn has a fresh profile. "parsed" is DOMContentLoaded, "first view" the moment after it at which the verdict and the
table's first row have been laid out and painted (two frames), "painted" Chromium's own first-contentful-paint, all since the
navigation began; "figures" is the time from the first view until every figure was scrolled to and had come to life. The best and
the median of the turns; nothing may be fetched, and what the page says on the console is counted. Needs the extra `browser`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import time
from pathlib import Path
from typing import Any

VIEW = """() => new Promise(done => {
  const verdict = document.querySelector("#verdict p").getBoundingClientRect();
  const row = document.querySelector("#main tbody tr").getBoundingClientRect();
  if (!verdict.height || !row.height) { done(null); return; }
  requestAnimationFrame(() => requestAnimationFrame(() => {
    const [n] = performance.getEntriesByType("navigation"), paint = performance.getEntriesByName("first-contentful-paint")[0];
    done({ parsed: n.domContentLoadedEventEnd / 1000,
      "first view": performance.now() / 1000, painted: paint ? paint.startTime / 1000 : NaN });
  }));
})"""


def turn(browser: Any, page_path: Path, said: list[str]) -> dict[str, float]:
    """Seconds of one opening."""
    context = browser.new_context(viewport={"width": 1300, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.on("console", lambda m: said.append(m.text))
    page.on("pageerror", lambda e: said.append(str(e)))
    page.on("request", lambda r: None if r.url.startswith(("file:", "data:", "blob:")) else said.append(f"asked for {r.url}"))
    page.goto(page_path.absolute().as_uri(), wait_until="domcontentloaded")
    found = page.evaluate(VIEW)
    if found is None:
        raise SystemExit(f"error: {page_path}: the verdict or the table has no size when the file is parsed")
    begin = time.perf_counter()
    page.wait_for_load_state("load")
    for figure in page.locator("figure.chart").all():
        figure.scroll_into_view_if_needed()
        figure.locator("xpath=self::*[@data-live]").wait_for(state="attached")
    context.close()
    return found | {"figures": time.perf_counter() - begin}


def main() -> None:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    given = parser.parse_args()
    arguments = ["--disable-dev-shm-usage", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=given.chromium, args=arguments, timeout=120_000)
        print(f"Chromium {browser.version}, {given.turns} turns")
        for folder in given.folders:
            path, said = folder / "report.html", []
            turns = [turn(browser, path, said) for _ in range(given.turns)]
            times = {name: [t[name] for t in turns] for name in turns[0]}
            words = "; ".join(f"{name} {min(v):.2f} s (median {statistics.median(v):.2f})" for name, v in times.items())
            print(f"{folder.name}: {path.stat().st_size / 1e6:.2f} MB; {words}; {len(said)} messages")
        browser.close()


if __name__ == "__main__":
    main()
