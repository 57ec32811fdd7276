"""A table of domains in miniature: measured, taken up again, built from its tables alone; and what a domain says of itself."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from kappabar.evaluate.across.order import PAPER
from kappabar.evaluate.across.plan import every, planned
from kappabar.evaluate.across.run import Across
from kappabar.evaluate.commands.domains import domains
from kappabar.evaluate.commands.kappa import kappa
from kappabar.evaluate.commands.report import report
from kappabar.evaluate.domains.distributions import Distribution
from kappabar.evaluate.domains.domain import ALL, Domain, domain
from kappabar.evaluate.domains.metrics import distances
from kappabar.evaluate.domains.sources import load
from kappabar.evaluate.edits.independent import Independent
from kappabar.evaluate.kappa.kappa import measure_all
from kappabar.evaluate.results.files import read_json, write_json
from kappabar.evaluate.semantics.base import Setting
from kappabar.evaluate.tables.across import BY_DOMAIN, BY_EXPRESSION
from kappabar.grammars.errors import NotInstalledError, OutputError, SpecError
from kappabar.grammars.tree import System

FEW = {"expressions": 5, "edits_per_expression": 30}


class _Absent:
    """A semantics whose package is not there."""

    def setting(self, system: System, **_options: object) -> Setting:
        raise NotInstalledError("meanings need a package: pip install it")


class _Sentences:
    """A sampler whose texts are not there."""

    @property
    def different(self) -> int:
        raise NotInstalledError("texts need a package: pip install it")

    def draw(self, rng: np.random.Generator) -> System:
        raise NotInstalledError("texts need a package: pip install it")


class _Nothing:
    """A sampler that draws one expression, again and again."""

    def draw(self, rng: np.random.Generator) -> System:
        return domain("fold").parse("HH")


UNREAD = replace(domain("fold"), name="unread", sampler=_Sentences(), distributions=())
EMPTY = replace(domain("fold"), name="empty", sampler=_Nothing(), distributions=())
ABSENT = replace(domain("fold"), name="absent", semantics=_Absent(), distributions=())  # type: ignore[arg-type]


def run(out: Path, *names: str, **options: object) -> Across:
    return domains(names or ("program", "fold"), out=out, jobs=1, **{**FEW, **options})  # type: ignore[arg-type]


def test_from_an_interruption_to_the_page_and_again_from_its_tables(tmp_path: Path) -> None:
    first = run(tmp_path / "a")
    files = sorted(p.name for p in (tmp_path / "a").iterdir() if p.is_file())
    assert {"run.json", "index.md", BY_DOMAIN.name, BY_EXPRESSION.name, "relative.svg"} <= set(files)
    for table, rows in ((BY_DOMAIN, first.rows), (BY_EXPRESSION, first.each)):
        assert pl.read_parquet(tmp_path / "a" / table.name).height == len(rows) > 0
    before = {name: (tmp_path / "a" / name).read_bytes() for name in files}
    for path in sorted((tmp_path / "a" / "parts").iterdir())[::2]:
        path.unlink()
    assert run(tmp_path / "a", resume=True) == first
    assert {name: (tmp_path / "a" / name).read_bytes() for name in files} == before
    kept = tmp_path / "kept"
    kept.mkdir()
    for name in ("run.json", BY_DOMAIN.name, BY_EXPRESSION.name):
        shutil.copy(tmp_path / "a" / name, kept)
    rebuilt = report(kept)
    assert isinstance(rebuilt, Across) and rebuilt.rows == first.rows
    assert (kept / "index.md").read_bytes() == before["index.md"]
    with pytest.raises(OutputError, match="holds another run"):
        run(tmp_path / "a", "fold", resume=True)
    assert first.to_frame().height == len(first.rows) and "layer" in first.plot().to_dict()


def test_any_number_of_processes_gives_the_same_table(tmp_path: Path) -> None:
    first = run(tmp_path / "a", "fold", expressions=9)
    second = domains("fold", expressions=9, edits_per_expression=30, out=tmp_path / "b", jobs=2)
    assert second.rows == first.rows and second.each == first.each


def test_a_damaged_part_is_told(tmp_path: Path) -> None:
    run(tmp_path / "a", "fold")
    path = next((tmp_path / "a" / "parts").iterdir())
    document = read_json(path)
    write_json(path, document | {"expressions": [{"domain": 3}, *document["expressions"]]})
    with pytest.raises(OutputError, match=r"is damaged"):
        report(tmp_path / "a")


def test_figures_are_those_of_kappa(tmp_path: Path) -> None:
    """The same expressions, edits and seed under `kappa` give the same mean; and κ over two apart is what its name says."""
    found = run(tmp_path / "a", "program")
    row = next(r for r in found.rows if r["representation"] == "prefix" and r["distribution"] == "natural")
    alone = kappa("prefix", "sample:5", domain="program", edits_per_expression=30)
    assert not isinstance(alone, list)
    assert (row["kappa_mean"], row["validity"], row["redundancy"]) == (
        alone.mean.value,
        alone.validity.value,
        alone.redundancy.value,
    )
    each = [r for r in found.each if r["representation"] == "prefix" and r["distribution"] == "natural"]
    both = [r for r in each if r["kappa_mean"] is not None and r["apart"] is not None]
    ratio = np.mean([r["kappa_mean"] for r in both]) / np.mean([r["apart"] for r in both])
    assert row["mean_relative"] == pytest.approx(ratio, abs=1e-12)
    controls = [r for r in found.rows if r["control"]]
    assert controls and all("repeat" in r["representation"] and r["mean_relative"] == 0 for r in controls)


def test_others_are_comparable_distinct_and_never_the_same() -> None:
    """Of systems, those of as many equations; each at most once, as many as asked for where there are; and their distance is that
    of the two behaviors."""
    ode = domain("ode")
    systems = load(["bank"], ode).systems
    operator = Independent(ode, tuple(s.tree for s in systems))
    plain = ode.representation("prefix")
    for system in systems[::9]:
        found = operator.neighborhood(plain, system.tree, 16, np.random.default_rng(1))
        trees = [e.result for e in found.edits]
        fit = [s.tree for s in systems if ode.comparable(s.tree, system) and s.tree != system.tree]
        assert len(trees) == len(set(trees)) == min(16, len(set(fit))) and all(t in fit for t in trees)
    fold = domain("fold")
    one, *others = load(["bank"], fold).systems[:6]
    setting = fold.semantics.setting(one)
    y = fold.semantics.simulate([one.tree, *(s.tree for s in others)], setting).y
    expected = distances(fold.distance(), y[0], y[1:]).mean()
    pool = Independent(fold, tuple(s.tree for s in others))
    measured = measure_all(fold.representation("symbols", [one]), [one], fold, fold.distance(), pool)
    assert measured.mean.value == pytest.approx(expected, abs=1e-12)


def test_what_is_not_installed_has_a_row_that_says_so(tmp_path: Path) -> None:
    names = [f"{__name__}:{word}" for word in ("ABSENT", "UNREAD", "EMPTY")]
    found = domains((*names, "fold"), out=tmp_path / "a", jobs=1, **FEW)  # type: ignore[arg-type]
    for name, status in zip(names, ("not installed", "not installed", "no expressions"), strict=True):
        own = [r for r in found.rows if r["domain"] == name]
        assert [r["status"] for r in own] == [status] and own[0]["kappa_mean"] is None
        assert f"{name}, natural: {status}" in found.lines()
    document = found.as_dict()
    expected = {"domain", "representation", "distribution", "mean", "validity", "redundancy", "vocabulary", "n_expressions"}
    assert all(expected | {"exact", "mean_relative", "status"} <= set(row) for row in document["rows"])
    assert set(document["rows"][0]["mean"]) == {"value", "low", "high"} and document["paper_order"]["rows"]


def test_a_page_is_built_without_the_part_of_ones_own_that_it_names(tmp_path: Path) -> None:
    run(tmp_path / "a", "fold")
    header = read_json(tmp_path / "a" / "run.json")
    arguments = header["arguments"] | {"domains": ["a_module_that_is_not_there:THING"]}
    kept = tmp_path / "kept"
    kept.mkdir()
    write_json(kept / "run.json", header | {"arguments": arguments, "groups": [["a_module_that_is_not_there:THING", "natural"]]})
    for table in (BY_DOMAIN, BY_EXPRESSION):
        shutil.copy(tmp_path / "a" / table.name, kept)
    assert isinstance(report(kept), Across)
    write_json(kept / "run.json", header | {"groups": [["fold"]]})
    with pytest.raises(OutputError, match="a group is a domain and a distribution"):
        report(kept)


def test_all_domains_are_measured_and_each_once() -> None:
    words = planned((), 2, None, 0).domains
    assert words == every() and len(set(words)) == len(words)
    drawn = {d.domain or word for word in words for d in domain(word).distributions}
    assert drawn == set(ALL)
    for word in words:
        names = [d.name for d in domain(word).distributions]
        assert names[0] == "natural" and len(set(names)) == len(names)
    assert all(name in ALL for _, _, names in PAPER for name in names)


def test_a_domain_of_ones_own_has_one_distribution_and_mistakes_are_told() -> None:
    assert isinstance(ABSENT, Domain) and ABSENT.distributions == (Distribution("natural", "sample"),)
    with pytest.raises(SpecError, match="unknown source 'web'"):
        Distribution("natural", "web")
    with pytest.raises(SpecError, match="unknown domain 'prgram'; did you mean 'program'"):
        domains("prgram")
    with pytest.raises(SpecError, match="two of them"):
        domains("fold", expressions=1)
    with pytest.raises(SpecError, match="not -1"):
        domains("fold", edits_per_expression=-1)
