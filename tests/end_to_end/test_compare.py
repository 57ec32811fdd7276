"""The main job, small: the folder it leaves, that it can be repeated, interrupted and taken up again."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import polars as pl
import pytest

from kappabar.evaluate.commands.compare import compare
from kappabar.evaluate.commands.load import load
from kappabar.evaluate.commands.report import rebuild
from kappabar.evaluate.compare import plan
from kappabar.evaluate.domains.domain import Domain
from kappabar.evaluate.events import Started
from kappabar.evaluate.quality.model.precision import FORBIDDEN
from kappabar.grammars.errors import KappabarError, OutputError

SPECS = ["prefix | digits:2", "infix", "prefix | bins:8,log", "prefix | digits:2 | repeat:3"]
DATA = "x' = -0.5*x @ x=2; T=4\nx' = y; y' = -2*x @ x=1, y=0; T=6\nx' = 1 - x @ x=0.1; T=5\nx' = x^2 @ x=1; T=3\nx' = sni(x)\n"


@pytest.fixture(scope="module", autouse=True)
def small():
    """Budgets of seconds: the same code, fewer edits, systems and steps."""
    from kappabar.evaluate.quality.model.model import ModelConfig
    from kappabar.evaluate.quality.model.trained import TrainConfig
    from kappabar.evaluate.quality.task.task import TaskConfig
    from kappabar.evaluate.quality.training import presets

    task = TaskConfig(n_train=150, n_val=20, n_test=12)
    training = TrainConfig(steps=6, batch_size=16, checkpoints=2, probe=4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(plan.BUDGETS, "quick", plan.Budget("quick", 25, "quick"))
        tiny = presets.Preset(task, ModelConfig(d_model=32, layers=1, heads=2), training)
        patch.setitem(presets.PRESETS, "quick", tiny)
        yield


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("data") / "systems.txt"
    path.write_text(DATA, encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def run(small, data, tmp_path_factory):
    """A run of all representations and what it told. To be read; so is `pair`."""
    events = []
    return compare(SPECS, data, seed=5, out=tmp_path_factory.mktemp("whole") / "run", listen=events.append), events


@pytest.fixture(scope="module")
def pair(small, data, tmp_path_factory):
    """A run of two of them."""
    return compare(SPECS[:2], data, out=tmp_path_factory.mktemp("pair") / "run")


class Page(HTMLParser):
    """What a reader of the page sees: text, and whether anything would be fetched."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.outside: list[str] = []
        self.figures = 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.figures += tag == "svg"
        self.outside += [v for k, v in attrs if k in ("src", "href", "xlink:href") and v and not v.startswith("#")]

    def handle_data(self, data):
        self.words.append(data)


def test_the_run_folder(run):
    result, events = run
    folder = result.folder
    for name in (
        "run.json",
        "summary.csv",
        "summary.parquet",
        "edits.parquet",
        "tokens.parquet",
        "training.parquet",
        "samples.parquet",
        "report.html",
    ):
        assert (folder / name).stat().st_size > 0
    figures = {
        "fidelity-against-kappa", "kappa-against-quality", "kappa-by-class", "kappa-by-kind", "kappa-distributions",
        "quality-along-training", "standings", "tolerance-curves", "validity-and-redundancy", "written-beside-truth",
    }  # fmt: skip
    assert {p.name for p in (folder / "figures").iterdir()} == {f"{f}.{kind}" for f in figures for kind in ("svg", "pdf")}
    assert len(list((folder / "checkpoints").rglob("*.safetensors"))) == len(SPECS)
    assert not [p for p in folder.rglob("*") if p.suffix in (".pkl", ".pickle", ".pt", ".partial")]
    full = ["prefix | digits:2", "infix | chars", "prefix | bins:8,log", "prefix | digits:2 | repeat:3"]
    assert [row["representation"] for row in result.rows] == full
    table = pl.read_parquet(folder / "summary.parquet")
    assert pl.read_csv(folder / "summary.csv", schema_overrides=table.schema).equals(table)
    document = json.loads((folder / "run.json").read_text())
    assert document["arguments"]["seed"] == 5
    assert {"kappabar", "numpy", "torch"} <= set(document["versions"])
    stages = [e.stage for e in events if isinstance(e, Started)]
    assert stages[0] == "sampling systems to learn from" and stages.count(stages[0]) == 1
    assert len(stages) == 1 + 2 * len(SPECS)


def test_the_folder_is_loaded_as_what_the_command_gave_and_left_as_it_is(pair):
    def files():
        return {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in pair.folder.rglob("*") if p.is_file()}

    before, again = files(), load(pair.folder)
    assert files() == before
    assert again.as_dict() == pair.as_dict() and again.best() == pair.best()


def test_every_number_has_its_rows(run):
    result, _ = run
    edits = pl.read_parquet(result.folder / "edits.parquet")
    samples = pl.read_parquet(result.folder / "samples.parquet")
    for row in result.rows:
        own = edits.filter(pl.col("representation") == row["representation"])
        means = own.group_by("item").agg(pl.col("distance").mean())["distance"]
        assert row["kappa_mean"] == pytest.approx(means.mean())
        assert row["n_edits"] == own.height
        assert row["quality"] == pytest.approx(samples.filter(pl.col("representation") == row["representation"])["q"].mean())


def test_one_seed_gives_the_same_table_byte_for_byte(pair, tmp_path, data):
    for seed in (0, 3):
        compare(SPECS[:2], data, seed=seed, out=tmp_path / f"{seed}")
    tables = [(folder / "summary.csv").read_bytes() for folder in (pair.folder, tmp_path / "0", tmp_path / "3")]
    assert tables[0] == tables[1] != tables[2]


def test_the_number_of_processes_changes_nothing(pair, tmp_path, data):
    events = []
    compare(SPECS[:2], data, out=tmp_path / "two", jobs=2, listen=events.append)
    assert (pair.folder / "summary.csv").read_bytes() == (tmp_path / "two" / "summary.csv").read_bytes()
    assert {e.stage for e in events if isinstance(e, Started)} >= {"κ of infix | chars", "training on prefix | digits:2"}


def test_an_interrupted_run_goes_on_and_ends_equal(pair, tmp_path, data):
    class Stop(Exception):
        pass

    def stop(event):
        if isinstance(event, Started) and event.stage.startswith("training on prefix | digits:2"):
            raise Stop

    with pytest.raises(Stop):
        compare(SPECS[:2], data, out=tmp_path / "broken", listen=stop)
    half = rebuild(tmp_path / "broken")
    assert "not finished" in (tmp_path / "broken" / "report.html").read_text(encoding="utf-8")
    # The longest sequences are trained on first.
    assert [row["quality"] == row["quality"] for row in half.rows] == [False, True]
    stages = []
    compare(SPECS[:2], data, out=tmp_path / "broken", resume=True, listen=lambda e: stages.append(getattr(e, "stage", "")))
    assert not any(s.startswith(("κ of", "training on infix", "sampling")) for s in stages)
    assert (pair.folder / "summary.csv").read_bytes() == (tmp_path / "broken" / "summary.csv").read_bytes()


def test_what_was_skipped_is_named_with_its_stage(pair):
    reasons = {s["stage"]: s["reason"] for s in pair.skipped}
    assert "did you mean 'sin'" in reasons["reading"]
    assert "diverged" in reasons["κ"]
    page = Page((pair.folder / "report.html").read_text(encoding="utf-8"))
    assert any("line 5" in word for word in page.words)


def test_the_page_opens_offline_and_says_what_the_table_says(run):
    result, _ = run
    html = (result.folder / "report.html").read_text(encoding="utf-8")
    page = Page(html)
    assert page.outside == []
    assert page.figures == len(list((result.folder / "figures").glob("*.svg")))
    text = " ".join(page.words)
    for row in result.rows:
        assert row["representation"] in text
        assert f'data-value="{row["kappa_mean"]!r}"' in html
    for sentence in result.verdict:
        assert sentence in text


def test_the_page_shows_where_meaning_sits(run):
    result, _ = run
    html = (result.folder / "report.html").read_text(encoding="utf-8")
    section = html[html.index('id="heat-map"') : html.index('id="skipped"')]
    text = "".join(Page(section).words)
    names = {m.name for k in result.kappas for m in k.measured}
    assert len(names) == 3
    assert all(f"{name} (" in text for name in names)
    assert section.count('role="list"') == len(names) * len(SPECS)
    tokens = pl.read_parquet(result.folder / "tokens.parquet")
    assert section.count('role="listitem"') == tokens.height
    assert "x′ = -0.5*x" in text.replace(" - ", "-")


def test_the_table_measures_the_encoding_too(run):
    result, _ = run
    tokens = pl.read_parquet(result.folder / "tokens.parquet")
    for row in result.rows:
        own = tokens.filter(pl.col("representation") == row["representation"])
        assert row["vocabulary_use"] == pytest.approx(own["token"].n_unique() / row["vocabulary_size"])
        assert row["unigram_bits"] <= row["naive_bits"]
        assert row["unigram_bits_low"] <= row["unigram_bits"] <= row["unigram_bits_high"]
        assert row["alignment"] == 1.0
    assert {r["representation"]: r["number_fragments"] for r in result.rows}["prefix | bins:8,log"] == 1.0


def test_hostile_names_are_text_on_the_page(tmp_path):
    path = tmp_path / "hostile.json"
    path.write_text(
        json.dumps(
            [
                {"name": "<script>alert(1)</script>", "equations": "x' = x^2", "x0": [1], "t_end": 3},
                {"name": "fine", "equations": "x' = -x", "x0": [1], "t_end": 3},
            ]
        )
    )
    compare(SPECS[:1], str(path), out=tmp_path / "run")
    html = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html


def test_a_folder_is_not_taken_for_another_run(pair, data):
    before = {p: p.stat().st_mtime_ns for p in pair.folder.rglob("*") if p.is_file()}
    with pytest.raises(OutputError, match="other arguments"):
        compare(SPECS[:1], data, out=pair.folder, resume=True)
    with pytest.raises(OutputError, match="not empty"):
        compare(SPECS[:2], data, out=pair.folder)
    assert {p: p.stat().st_mtime_ns for p in pair.folder.rglob("*") if p.is_file()} == before


def test_what_was_fitted_is_in_the_folder_and_never_fitted_again(tmp_path, data, monkeypatch):
    """κ and the trainings, made again in a folder that has what was fitted, are the same without any fitting."""
    spec = "prefix | bins:8,log | bpe:64"
    folder = compare([spec], data, out=tmp_path / "run").folder
    (learned,) = (folder / "tokenizer").glob("*.learned.json")
    assert len(list((folder / "tokenizer").iterdir())) == 2
    before = (folder / "summary.csv").read_bytes()
    monkeypatch.setattr(Domain, "representation", lambda *_, **__: pytest.fail("fitted again"))
    for part in (folder / "parts").iterdir():
        part.unlink()
    compare([spec], data, out=folder, resume=True)
    assert (folder / "summary.csv").read_bytes() == before
    learned.write_text("{}", encoding="utf-8")
    for part in (folder / "parts").glob("*.training.json"):
        part.unlink()
    with pytest.raises(OutputError, match="is no tokenizer of"):
        compare([spec], data, out=folder, resume=True)


def test_mistakes_are_found_before_the_folder_is_made(tmp_path, data):
    for arguments in (
        {"representations": ["prefixx"]},
        {"data": "none.txt"},
        {"metric": "l3"},
        {"invalid": "worse"},
        {"budget": "big"},
    ):
        with pytest.raises(KappabarError):
            compare(**({"representations": SPECS[:1], "data": data} | arguments), out=tmp_path / "run")
        assert not (tmp_path / "run").exists()


def test_every_place_says_in_which_precision_trainings_ran(tmp_path, data, monkeypatch):
    """Forbidden or not, on any processor; a run that is taken up goes on in its own, whatever the machine would choose now."""
    monkeypatch.setattr("torch.cpu.get_capabilities", lambda: {"amx_bf16": True}, raising=False)
    for forbidden, kind in (("1", "float32"), ("", "bfloat16")):
        folder = tmp_path / kind
        monkeypatch.setenv(FORBIDDEN, forbidden)
        compare(SPECS[:1], data, seed=5, out=folder)
        training = next((folder / "parts").glob("*.training.json"))
        before = training.read_bytes()
        training.unlink()
        monkeypatch.setenv(FORBIDDEN, "" if forbidden else "1")
        again = compare(SPECS[:1], data, seed=5, out=folder, resume=True)
        whole, taken_up = (json.loads(text)["samples"] for text in (before, training.read_bytes()))
        assert whole == taken_up and [row["precision"] for row in again.rows] == [kind]
        header = json.loads((folder / "run.json").read_text())
        assert header["precision"] == header["budget"]["sizes"]["train"]["precision"] == kind
        assert f"trained in {kind}: equal commands" in (folder / "report.html").read_text(encoding="utf-8")
        assert pl.read_parquet(folder / "trainings.parquet")["precision"].to_list() == [kind]


def test_one_spec_on_one_file_has_one_fidelity_error(tmp_path, data):
    """Whichever command measures it, and whatever a model learns; and Q is the same whatever the file."""
    from kappabar.evaluate.commands.kappa import kappa

    specs = ["prefix | bins:8,log", "infix | chars | bpe:60"]
    other = tmp_path / "other.txt"
    other.write_text("x' = -3*x @ x=1; T=2\nx' = 0.02*x - 7*x^3 @ x=1; T=2\n", encoding="utf-8")
    first = compare(specs, data, seed=5, out=tmp_path / "a")
    second = compare(specs, str(other), seed=5, out=tmp_path / "b")
    for spec, row, same in zip(specs, first.rows, second.rows, strict=True):
        alone = kappa(spec, data, edits_per_expression=25, seed=5)
        assert row["fidelity_error"] == alone.fidelity_error.value and row["tokens"] == alone.tokens.value
        assert row["vocabulary_size"] == len(alone.intrinsic.vocabulary)
        assert row["kappa_mean"] == alone.mean.value
        assert [row[c] for c in ("quality", "bits", "ceiling", "vocabulary_learned")] == [
            same[c] for c in ("quality", "bits", "ceiling", "vocabulary_learned")
        ]
        assert row["fidelity_error"] != same["fidelity_error"] or spec.startswith("infix")
