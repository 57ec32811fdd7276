"""A headless Chromium, the run folders whose pages it opens, and the watch that nothing is fetched, logged or run from data.

Needs the extra `browser` (Playwright's driver) and a Chromium of the system's: KAPPABAR_CHROMIUM, or one on the PATH. Where one
is absent the tests skip and say so; where CI=true they fail, so that a build never passes for not having looked.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import pytest

ARTIFACTS = Path(__file__).parent / "artifacts"
FOREIGN = "rebound.example"
PATIENCE = 60_000  # ms until an expected thing has not happened: long, because a busy machine is no failure

# Several of each notation, of each kind of codec, one with merges, one with a rewrite, and the control.
TWELVE = (
    "infix", "infix | bins:16", "infix | chars | bpe:100", "prefix | digits:2", "prefix | digits:3", "prefix | bins:64,log",
    "prefix | bins:8,log", "postfix | digits:2", "tree | digits:3", "rules | digits:2", "sort | prefix | digits:2",
    "prefix | digits:3 | repeat:3",
)  # fmt: skip

SCRIPT = "<script>alert(1)</script>"
ENDS_A_SCRIPT = "</script><script>alert(2)</script><!-- <script>"
HANDLER = "\"'><img src=x onerror=alert(3)>"
NEW_LINES = "first line\nsecond\tline\r\nthird"
RIGHT_TO_LEFT = "\u202egnorw yaw\u2066 {{7*7}} ${7*7} &lt;b&gt;"
LONG = "endless" * 60
HOSTILE = (SCRIPT, ENDS_A_SCRIPT, HANDLER, NEW_LINES, RIGHT_TO_LEFT, LONG)
EQUATIONS = ("x' = -0.5*x", "x' = 1 - x", "x' = y; y' = -2*x", "x' = sin(x)", "x' = 0.5*x*(1 - x)", "x' = y; y' = -0.3*y - x")


def _lacking(what: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}; with CI=true the browser's tests must run: see .ci/run")
    pytest.skip(what)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser process. One for each file, because Playwright's event loop must have ended before other tests begin theirs."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _lacking('Playwright is not installed: pip install -e ".[browser]"')
    named = os.environ.get("KAPPABAR_CHROMIUM")
    path = named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not path or not Path(path).is_file():
        _lacking(
            f"no Chromium at {named}" if named else "no Chromium on the PATH: apt install chromium, or set KAPPABAR_CHROMIUM"
        )
    # Chromium's sandbox does not start for root, and a container's /dev/shm is too small for it. The foreign name stands for an
    # attacker's, whose owner makes it resolve to the reader's own machine.
    rules = f"--host-resolver-rules=MAP {FOREIGN} 127.0.0.1"
    arguments = ["--disable-dev-shm-usage", "--no-proxy-server", rules, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments, timeout=120_000)
        yield browser
        browser.close()


@dataclass
class Watch:
    """What must not happen: everything a page said, asked for or failed in."""

    console: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=lambda: {"127.0.0.1"})

    def on(self, page: Any) -> None:
        page.on("console", lambda m: self.console.append(f"{m.type}: {m.text}"))
        page.on("pageerror", lambda e: self.console.append(f"uncaught: {e}"))
        page.on("requestfailed", lambda r: self.failed.append(f"{r.url[:200]}: {r.failure}"))
        page.on("response", lambda r: self.failed.append(f"{r.url[:200]}: {r.status}") if r.status >= 400 else None)
        page.on("dialog", lambda d: (self.dialogs.append(d.message), d.dismiss()))

    def request(self, route: Any) -> None:
        parts = urlsplit(route.request.url)
        if parts.scheme == "file" or parts.hostname in self.hosts:
            route.continue_()
        else:
            self.outside.append(route.request.url)
            route.abort()

    def forget(self) -> None:
        """What was said so far was meant to be."""
        self.console.clear()
        self.failed.clear()

    def check(self) -> None:
        assert self.outside == [], "requests to other hosts"
        assert self.dialogs == [], "text from data was run"
        assert self.failed == [], "failed requests"
        assert self.console == [], "console messages"


Opener = Callable[..., Any]


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def visit(chromium: Any, watch: Watch) -> Iterator[Opener]:
    """Opens a path or address in a fresh profile; when the test ends, the page must have been quiet all along."""
    contexts = []

    def open_page(target: Path | str, width: int = 1300, height: int = 900, wait: str = "load", **options: Any) -> Any:
        context = chromium.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce", **options)
        contexts.append(context)
        context.route("**/*", watch.request)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        watch.on(page)
        page.goto(target.absolute().as_uri() if isinstance(target, Path) else target, wait_until=wait)
        return page

    yield open_page
    for context in contexts:
        context.close()
    watch.check()


@pytest.fixture
def bring_to_life() -> Callable[[Any], None]:
    """Scrolls to each figure, and waits until its interactive drawing has replaced the still one."""

    def bring(page: Any) -> None:
        for figure in page.locator("figure.chart").all():
            for _ in range(PATIENCE // 200):
                # Again and again: sections above take their true height as they come near, and push a figure out of sight.
                figure.scroll_into_view_if_needed()
                if figure.get_attribute("data-live"):
                    break
                page.wait_for_timeout(200)
            assert figure.get_attribute("data-live") == "yes"

    return bring


@pytest.fixture(scope="session")
def contrast() -> str:
    """A function to evaluate in a page: the texts on it that are too faint."""
    return (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def artifacts() -> Path:
    """Where screenshots are kept to be looked at; git ignores it."""
    ARTIFACTS.mkdir(exist_ok=True)
    return ARTIFACTS


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Finished run folders: `line-up`, the default representations, `twelve`, whose expressions bear hostile names, and `search`.

    Each built on demand, once for all workers, with budgets of seconds. KAPPABAR_BROWSER_RUNS names a folder that has them
    already (or gets them).
    """
    base = tmp_path_factory.getbasetemp()
    kept = os.environ.get("KAPPABAR_BROWSER_RUNS")
    root = Path(kept) if kept else (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "browser-runs"
    root.mkdir(parents=True, exist_ok=True)
    return Runs(root)


class Runs(dict[str, Path]):
    """Folders by name."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __missing__(self, name: str) -> Path:
        done = self.root / f"{name}.done"
        with (self.root / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                shutil.rmtree(self.root / name, ignore_errors=True)
                BUILDERS[name](self.root)
                done.touch()
        self[name] = self.root / name
        return self[name]


def _build_line_up(root: Path) -> None:
    plain = root / "plain.txt"
    plain.write_text("x' = -0.5*x @ x=2; T=4\nx' = y; y' = -2*x @ x=1, y=0; T=6\nx' = 1 - x @ x=0.1; T=5\n", encoding="utf-8")
    _compare(None, plain, root / "line-up")


def _build_twelve(root: Path) -> None:
    hostile = root / "hostile <b> & 'quoted'.json"
    named = [
        {"name": name, "equations": text.split("; "), "x0": [0.5] * (text.count("=")), "t_end": 4}
        for name, text in zip(HOSTILE, EQUATIONS, strict=True)
    ]
    broken = [
        {"name": SCRIPT, "equations": ["x' = sni(x)"]},
        {"name": "blows up", "equations": ["x' = x^2"], "x0": [1], "t_end": 3},
    ]
    hostile.write_text(json.dumps(named + broken), encoding="utf-8")
    _compare(TWELVE, hostile, root / "twelve")


def _compare(specs: tuple[str, ...] | None, data: Path, out: Path) -> None:
    from kappabar.evaluate.commands.compare import compare
    from kappabar.evaluate.compare import plan
    from kappabar.evaluate.quality.model.model import ModelConfig
    from kappabar.evaluate.quality.model.trained import TrainConfig
    from kappabar.evaluate.quality.task.task import TaskConfig
    from kappabar.evaluate.quality.training import presets

    task = TaskConfig(n_train=60, n_val=12, n_test=8)
    training = TrainConfig(steps=8, batch_size=8, checkpoints=3, probe=4, branches=2)
    tiny = presets.Preset(task, ModelConfig(d_model=16, layers=1, heads=2), training)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(plan.BUDGETS, "quick", plan.Budget("quick", 25, "quick"))
        patch.setitem(presets.PRESETS, "quick", tiny)
        compare(specs, str(data), out=out)


def _build_search(root: Path) -> None:
    from kappabar.evaluate.commands.search import search
    from kappabar.evaluate.report.search_page import write_search_page

    search("sample:6", trials=10, edits_per_expression=12, out=root / "search", local=False)
    write_search_page(root / "search")


BUILDERS = {"line-up": _build_line_up, "twelve": _build_twelve, "search": _build_search}
