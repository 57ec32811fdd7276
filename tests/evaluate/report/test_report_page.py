"""The page of a run: a function of its folder, whole without a network, with the numbers of summary.csv, and safe from names in
data."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import asdict
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import polars as pl
import pytest

from kappabar.evaluate.commands.report import rebuild
from kappabar.evaluate.compare.plan import ComparisonPlan
from kappabar.evaluate.explore import bundle
from kappabar.evaluate.kappa.kappa import Kappa
from kappabar.evaluate.kappa.measure import OUTCOMES, Measured
from kappabar.evaluate.kappa.tables import save_kappa
from kappabar.evaluate.results.categorical import Categorical
from kappabar.evaluate.results.files import slug, write_json
from kappabar.evaluate.tables.measures import TOLERANCES

SPECS = (
    "infix | chars",
    "prefix | digits:3",
    "prefix | digits:3 | repeat:3",
    'own:</script><script>alert("1")</script>|\n\u202edlo',
)
HOSTILE = (
    "<script>alert(1)</script>",
    "\"quoted\" & 'single'",
    "two\nlines",
    "\u202eright to left",
    "</script><!--",
    "lorenz{{ 7*7 }}",
)
KINDS, CLASSES = ("substitution", "insertion", "deletion"), ("operator", "number", "variable")


def measured(name: str, shift: float, rng: np.random.Generator) -> Measured:
    n = 30
    outcomes = rng.choice(["ok", "ok", "invalid"], n).tolist()
    distance = np.clip(rng.random(n) * 0.4 + shift, 0, 1) if shift else np.zeros(n)
    distance[[o == "invalid" for o in outcomes]] = np.nan
    if not shift:
        outcomes, distance = ["ok"] * n, np.zeros(n)
    numbers = np.arange(n, dtype=np.int32)
    reasons = ["no operand" if o == "invalid" else "" for o in outcomes]
    return Measured(
        name=name,
        size=500,
        n_tokens=12,
        fidelity_error=0.1 * shift,
        kinds=Categorical.of([KINDS[i % 3] for i in range(n)]),
        classes=Categorical.of([CLASSES[i % 3] for i in range(n)]),
        positions=numbers % 12,
        tokens=numbers % 5,
        outcomes=Categorical.of(outcomes, OUTCOMES),
        reasons=Categorical.of(reasons),
        distance=distance,
        trees=numbers,
    )


def training(spec: str, number: int, level: float, rng: np.random.Generator) -> dict[str, Any]:
    history: list[dict[str, Any]] = [
        {"representation": spec, "seed": number, "step": s, "bits": 40.0 - s + rng.random(), "quality": level * s / 4,
         "flops": 1e9 * s}
        | {"train_loss_bits": 40.0, "val_bits_per_expression": 40.0, "val_bits_per_token": 4.0, "seconds": 1.0 * s,
           "tokens_seen": 100 * s}
        for s in (1, 2, 3, 4)
    ]  # fmt: skip
    samples = []
    for item in range(12):
        error = float(10 ** rng.uniform(-4, 0.5))
        row = {"representation": spec, "seed": number, "item": item, "sample": 0, "split": "new-skeleton", "valid": True}
        row |= {"q": min(1.0, level + 0.1 * rng.random()), "r2_above_0.9": False, "exact": False, "skeleton": False}
        samples.append(row | {name: error <= width for name, width in TOLERANCES.items()})
    summary = {"floor_prior": 0.1, "floor_nearest": 0.5, "ceiling": 1.0} | {f"nearest_{c}": 2 * w for c, w in TOLERANCES.items()}
    return {
        "number": number,
        "history": history,
        "samples": samples,
        "summary": summary,
        "parameters": 10,
        "problems": [],
        "tokens": [],
    }


def make(folder: Path, specs: tuple[str, ...] = SPECS, trained: bool = True) -> Path:
    """A run's folder with numbers of our own: `run.json` and parts."""
    from kappabar.evaluate.quality.model.model import ModelConfig
    from kappabar.evaluate.quality.model.trained import TrainConfig
    from kappabar.evaluate.quality.task.task import TaskConfig

    plan = ComparisonPlan(
        learn_from="sampler",
        representations=specs,
        data=("bank", HOSTILE[0]),
        domain="ode",
        metric="bounded-l2",
        invalid="exclude",
        seeds=2,
        budget="quick",
        seed=7,
        strict=False,
    )
    sizes = {"task": asdict(TaskConfig()), "model": asdict(ModelConfig()), "train": asdict(TrainConfig())}
    write_json(
        folder / "run.json",
        {
            "command": "compare",
            "repeat": plan.command(),
            "arguments": plan.as_dict(),
            "versions": {"kappabar": "0"},
            "n_systems": 6,
            "budget": {"name": "quick", "edits_per_expression": 30, "sizes": sizes},
            "data": [{"source": s} for s in plan.data],
            "systems_sha256": "0" * 64,
            "skipped": [{"what": HOSTILE[0], "stage": "reading", "reason": HOSTILE[4]}],
        },
    )
    parts = folder / "parts"
    for i, spec in enumerate(specs):
        rng = np.random.default_rng(i)
        shift = 0.0 if "repeat" in spec else 0.1 + 0.15 * i
        items = tuple(measured(name, shift and shift + 0.05 * j, rng) for j, name in enumerate(HOSTILE))
        save_kappa(
            parts,
            Kappa(
                representation=spec,
                domain="ode",
                metric="bounded-l2",
                invalid="exclude",
                edits="token",
                measured=items,
                skipped=(),
                d_max=1.0,
                seed=7,
            ),
        )
        write_json(parts / f"{slug(spec)}.vocabulary.json", [["a", "operator"]] * 5)
        tokens = [["<b>", "operator", "r.0"], *[["x", "variable", "r.0.0"]] * 11]
        writing = [
            {"name": name, "lhs": ["x′ = "], "tokens": tokens, "equation": [["<i>x", "variable", "r.0.0"]]} for name in HOSTILE
        ]
        write_json(parts / f"{slug(spec)}.writing.json", writing)
        for number in range(2 if trained else 0):
            write_json(parts / f"{slug(spec)}.{number}.training.json", training(spec, number, 0.2 + 0.15 * i, rng))
    return folder


class Reader(HTMLParser):
    """Tags with their attributes, texts outside scripts and styles, and the cells of the main table by row and field."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.rows: list[dict[str, str]] = []
        self.scripts: list[str] = []
        self._inside: list[str] = []
        self._main = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        self._inside.append(tag)
        if tag == "table":
            self._main = found.get("id") == "main"
        if self._main and tag == "tr":
            self.rows.append({})
        if self._main and "data-value" in found:
            self.rows[-1][found["data-field"] or ""] = found["data-value"] or ""

    def handle_data(self, data: str) -> None:
        where = self._inside[-1] if self._inside else ""
        (self.scripts if where in ("script", "style") else self.words).append(data)

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def ids(self) -> list[str]:
        return [a["id"] or "" for _, a in self.tags if "id" in a]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make(tmp_path_factory.mktemp("page") / "run")
    rebuild(folder)
    return folder


@pytest.fixture(scope="module")
def page(run: Path) -> Reader:
    return Reader((run / "report.html").read_text(encoding="utf-8"))


def test_the_page_is_a_function_of_the_folder(run: Path, tmp_path: Path) -> None:
    other = tmp_path / "run"
    shutil.copytree(run, other, ignore=shutil.ignore_patterns("figures", "report.html", "summary.*"))
    rebuild(other)
    for name in ("report.html", "summary.md", "summary.tex", "summary.csv", "figures/tolerance-curves.svg"):
        assert (other / name).read_bytes() == (run / name).read_bytes(), name


def test_every_section_in_order_with_its_link(page: Reader) -> None:
    wanted = ["verdict", "table", "kappa-distributions", "kappa-quality", "fidelity", "curve", "training", "breakdown",
              "validity", "tolerance",
              "heat-map", "skipped", "method"]  # fmt: skip
    assert [a.get("id") for tag, a in page.tags if tag == "section"] == wanted
    links = [(a.get("href") or "")[1:] for tag, a in page.tags if tag == "a"]
    assert links == ["content", *wanted]
    assert len(page.ids()) == len(set(page.ids()))


def test_the_numbers_on_the_page_are_those_of_summary_csv(run: Path, page: Reader) -> None:
    table = {row["representation"]: row for row in pl.read_csv(run / "summary.csv", infer_schema=False).to_dicts()}
    rows = [row for row in page.rows if row]
    assert [row["representation"] for row in rows] == list(SPECS)
    numbers = 0
    for row in rows:
        for name, value in row.items():
            if name not in ("representation", "note", "place_kappa", "place_quality"):
                same = table[row["representation"]][name]
                assert (value == "") == (same is None)
                assert not value or float(value) == float(same)
                numbers += value != ""
    assert numbers > 15 * len(SPECS)


def test_nothing_is_fetched(page: Reader) -> None:
    outside = [
        v for _, a in page.tags for k, v in a.items() if k in ("src", "href", "xlink:href", "action", "data", "poster") and v
    ]
    assert all(v.startswith("#") for v in outside)
    assert not [t for t, _ in page.tags if t in ("link", "iframe", "object", "embed", "img", "base")]
    policy = next(a["content"] for t, a in page.tags if t == "meta" and a.get("http-equiv") == "Content-Security-Policy")
    assert policy and policy.startswith("default-src 'none'") and "http" not in policy and "unsafe-eval" not in policy
    assert not [s for s in page.scripts if "@import" in s or "url(http" in s]


def test_hostile_names_are_text(run: Path, page: Reader) -> None:
    html = (run / "report.html").read_text(encoding="utf-8")
    assert "<script>alert" not in html
    text = "".join(page.words)
    assert all(spec in text for spec in SPECS)
    assert sum(name in text for name in HOSTILE) >= 4  # the map of tokens chooses some, one was skipped
    assert sum(t == "script" for t, _ in page.tags) == html.count("</script>")
    assert not [a for _, a in page.tags for k in a if k.startswith("on")]
    tex, md = (run / "summary.tex").read_text(encoding="utf-8"), (run / "summary.md").read_text(encoding="utf-8")
    assert r"\textless{}/script\textgreater{}" in tex and "</script>\n" not in md
    assert len([line for line in md.splitlines() if line.startswith("| ")]) == len(SPECS) + 2
    for svg in (run / "figures").glob("*.svg"):
        assert "<script" not in svg.read_text(encoding="utf-8")


def test_figures_are_still_without_scripts_and_named(run: Path, page: Reader) -> None:
    drawn = [a for tag, a in page.tags if tag == "svg"]
    figures = [a["id"] for tag, a in page.tags if tag == "figure"]
    assert len(drawn) == len(figures) == len(list((run / "figures").glob("*.svg"))) == len(list((run / "figures").glob("*.pdf")))
    assert all(a["role"] == "img" and len(a["aria-label"] or "") > 40 and "n = " in (a["aria-label"] or "") for a in drawn)
    specs = [s for s in page.scripts if s.startswith("{")]
    assert len(specs) == len(figures)
    assert all(json.loads(s)["$schema"] for s in specs)
    assert all(pdf.read_bytes().startswith(b"%PDF") for pdf in (run / "figures").glob("*.pdf"))


def test_figures_are_what_vega_lites_schema_allows(run: Path) -> None:
    """As readers get them. Nothing else checks them while a page is made: that would take longer than all the rest of it."""
    html = (run / "report.html").read_text(encoding="utf-8")
    specs = [json.loads(text) for text in re.findall(r'class="spec">(.*?)</script>', html, re.DOTALL)]
    assert len(specs) == len(list((run / "figures").glob("*.svg")))
    for spec in specs:
        alt.Root.validate(spec | {"config": {}})  # the house's own says `None`, too


def test_headings_sort_by_keyboard_and_say_so(page: Reader) -> None:
    heads = [a for tag, a in page.tags if tag == "th" and "aria-sort" in a]
    assert len(heads) == len(page.rows[1]) and {a["aria-sort"] for a in heads} == {"none"}
    assert sum(tag == "button" and a.get("type") == "button" for tag, a in page.tags) > len(heads)


def test_the_page_is_small(run: Path) -> None:
    assert (run / "report.html").stat().st_size < 3_000_000


def test_a_run_without_trainings_has_no_empty_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kappabar.evaluate.report.page.vega_bundle", lambda: "window.vegaEmbed = null;")
    folder = make(tmp_path / "run", SPECS[:1], trained=False)
    rebuild(folder)
    found = Reader((folder / "report.html").read_text(encoding="utf-8"))
    assert {"training", "tolerance", "kappa-quality"}.isdisjoint(found.ids())
    assert any("not finished" in w for w in found.words)


def test_the_bundle_is_kept_and_made_where_it_cannot_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import vl_convert

    monkeypatch.setattr(vl_convert, "javascript_bundle", lambda: "let a = '</script>';")
    (tmp_path / "file").write_text("")
    for base in (tmp_path, tmp_path / "file"):
        monkeypatch.setenv("XDG_CACHE_HOME", str(base))
        bundle.vega_bundle.cache_clear()
        made = bundle.vega_bundle()
        assert "</script" not in made and made.startswith("(function(){let a")
    assert next((tmp_path / "kappabar").iterdir()).read_text(encoding="utf-8") == made
    bundle.vega_bundle.cache_clear()
