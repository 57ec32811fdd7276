"""The search: the same whatever interrupts it and whoever works for it; its front scored on what it never saw."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kappabar.evaluate.commands.search import search
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.domain import domain as find_domain
from kappabar.evaluate.domains.line_up import LINE_UP
from kappabar.evaluate.domains.metrics import metric
from kappabar.evaluate.edits.token import TokenEdits
from kappabar.evaluate.kappa.kappa import measure_all
from kappabar.evaluate.search.data import Measurement, SearchData, build, measure_spec
from kappabar.evaluate.search.held_out import Dominance, Entry, dominance
from kappabar.evaluate.search.objectives import ALWAYS, read_objectives
from kappabar.evaluate.search.pareto import dominates
from kappabar.evaluate.search.plan import SearchPlan
from kappabar.grammars.errors import OutputError, SourceError, SpecError
from kappabar.representations.representation import canonical, representation
from kappabar.representations.space import space

optuna = pytest.importorskip("optuna")
from kappabar.evaluate.search import trajectory  # noqa: E402
from kappabar.evaluate.search.trajectory import Trajectory, plain  # noqa: E402
from kappabar.evaluate.search.trials import TrialStore, open_study  # noqa: E402

OBJECTIVES = ("mean", "fidelity", "tokens")
SPACE = space()
TABLES = ("pareto.csv", "pareto.txt", "pareto.svg", "trials.csv", "trials.parquet", "line_up.csv", "search.json")


def invented(spec: str) -> Measurement:
    """Values that follow from the spec alone; some specs have none."""
    digest = hashlib.sha256(spec.encode()).digest()
    numbers = np.frombuffer(digest[:24], dtype=np.uint8).reshape(6, 4) / 255.0
    values = numbers if digest[24] > 25 else numbers * np.nan
    return Measurement(spec, dict(zip(ALWAYS, values, strict=True)), 0, 7, "" if digest[24] > 25 else "no luck")


class StoppedError(Exception):
    """Stands for a kill."""


@dataclass
class InventedWorkers:
    """Measures by invention, in whatever order, until it is stopped."""

    left: int = 10**9
    order: random.Random | None = None
    measured: int = 0

    def measure(self, specs: Sequence[str], held_out: bool) -> Iterator[Measurement]:
        todo = list(specs)
        if self.order is not None:
            self.order.shuffle(todo)
        for spec in todo:
            if not self.left:
                raise StoppedError
            self.left -= 1
            self.measured += 1
            yield invented(spec)


def walked(sampler: str, trials: int, workers: InventedWorkers, url: str | None = None, seed: int = 3) -> list[tuple[Any, ...]]:
    study = open_study(url, None, "s", {}, 3, resume=True)
    memory = TrialStore(study, SPACE, OBJECTIVES, {})
    way = Trajectory(SPACE, OBJECTIVES, sampler, seed, ("prefix | digits:3", "infix | chars"))
    return [(a.number, a.spec, a.warm, tuple(sorted(a.point.items()))) for a, _ in way.walk(trials, memory, workers)]


PROPOSED = {"gp": 18, "nsga2": 30, "tpe": 30}
"""Trials after which a sampler has made proposals of its own, not random ones. Those of `gp` cost a second each."""


@pytest.mark.parametrize(("sampler", "trials", "batch"), [("gp", 12, 2), ("nsga2", 30, 8), ("tpe", 30, 8), ("random", 30, 8)])
def test_a_search_stopped_at_any_trial_ends_as_if_it_had_not_been(
    sampler: str, trials: int, batch: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last time amid what the sampler proposes itself: those of `gp` begin with the eleventh trial."""
    monkeypatch.setattr(trajectory, "BATCH", batch)
    whole = walked(sampler, trials, InventedWorkers())
    url, several = f"sqlite:///{tmp_path / 's.db'}", []
    for left in (1, 9, trials - 11):
        several.append(InventedWorkers(left))
        with pytest.raises(StoppedError):
            walked(sampler, trials, several[-1], url)
    several.append(InventedWorkers())
    assert walked(sampler, trials, several[-1], url) == whole
    assert sum(c.measured for c in several) == len({spec for _, spec, _, _ in whole})


@pytest.mark.parametrize("sampler", [pytest.param("gp", marks=pytest.mark.nightly), "nsga2", "tpe"])
def test_the_order_in_which_results_come_changes_nothing(sampler: str) -> None:
    trials = PROPOSED[sampler]
    assert walked(sampler, trials, InventedWorkers(order=random.Random(1))) == walked(
        sampler, trials, InventedWorkers(order=random.Random(2))
    )


def test_more_trials_go_on_where_fewer_ended() -> None:
    assert walked("nsga2", 21, InventedWorkers()) == walked("nsga2", 37, InventedWorkers())[:21]


def test_another_seed_goes_another_way() -> None:
    assert walked("nsga2", 30, InventedWorkers()) != walked("nsga2", 30, InventedWorkers(), seed=4)


def test_trials_are_new_representations_and_the_start_comes_first() -> None:
    found = walked("nsga2", 40, InventedWorkers())
    assert [spec for _, spec, _, _ in found[:2]] == ["prefix | digits:3", "infix | chars"]
    assert [warm for _, _, warm, _ in found] == [True, True] + [False] * 38
    assert len({spec for _, spec, _, _ in found}) >= 38


def test_the_storage_holds_what_a_reader_of_optunas_studies_expects(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 's.db'}"
    found = walked("gp", 16, InventedWorkers(), url)
    study = optuna.load_study(study_name="s", storage=url)
    assert {t.user_attrs["spec"] for t in study.trials} == {spec for _, spec, _, _ in found}
    for trial in study.trials:
        assert SPACE.spec(trial.params) == trial.user_attrs["spec"]
        values = [invented(trial.user_attrs["spec"]).value(o) for o in OBJECTIVES]
        assert trial.values == values if trial.state.name == "COMPLETE" else np.isnan(values).all()


def test_the_start_holds_the_line_up_without_its_control() -> None:
    start = plain(SPACE, ["prefix | bins:64", "prefix | digits:3 | repeat:3"])
    assert start[0] == "prefix | bins:64,log" and not any("repeat" in spec for spec in start)


def test_the_start_is_the_line_up_and_one_of_each_codec_and_vocabulary() -> None:
    start = plain(SPACE, [canonical(spec) for spec in LINE_UP])
    parts = [spec.split(" | ") for spec in start]
    for name in (*(c.name for c in SPACE.codecs), *(v.name for v in SPACE.vocabularies)):
        assert any(part.partition(":")[0] == name for those in parts for part in those), name
    assert len(start) <= 20 and not any(part in SPACE.rewrites for those in parts for part in those)


def test_objectives_are_read_from_one_text_or_several() -> None:
    assert read_objectives(None) == read_objectives([]) == OBJECTIVES
    assert read_objectives(["mean, kappa@16", "quantile@0.90"]) == ("mean", "kappa@16", "quantile@0.9")
    for wrong in ("men", "kappa@0", "kappa@x", "quantile@2", "kappa"):
        with pytest.raises(SpecError, match="unknown objective"):
            read_objectives(wrong)


@pytest.fixture(scope="module")
def data() -> SearchData:
    return build(
        SearchPlan(
            data=("sample:8",), objectives=("mean", "kappa@4", "quantile@0.9"), metric="bounded-l2", edits_per_expression=40
        )
    )


def test_what_is_held_out_is_in_no_other_part(data: SearchData) -> None:
    held = {s.tree for s in data.held_out}
    assert len(data.held_out) == len(data.searched) == 4
    assert not held & {s.tree for s in data.searched} and not held & {s.tree for s in data.corpus}


def test_columns_are_those_of_kappa(data: SearchData) -> None:
    spec, place = "prefix | bins:32,log", domain("ode")
    found = measure_spec(data, spec, True)
    chosen = representation(spec, corpus=data.searched, extra=data.held_out)
    kappa = measure_all(
        chosen, data.held_out, place, metric(data.metric), TokenEdits(), invalid="exclude", edits_per_expression=40, seed=0
    )
    pairs = {"mean": kappa.mean, "kappa@4": kappa.at(4), "fidelity": kappa.fidelity_error, "tokens": kappa.tokens}
    for column, estimate in pairs.items():
        assert found.value(column) == pytest.approx(estimate.value, rel=1e-12, abs=1e-6)
    assert found.value("invalid") == pytest.approx(1 - kappa.validity.value) and found.missing == 0
    assert found.value("vocabulary") == len(chosen.vocabulary)


def test_what_cannot_be_written_counts_as_the_largest_distance() -> None:
    systems = ["x' = -x @ x=1; T=2", "x' = sin(x) @ x=1; T=2"]
    named = tuple(replace(domain("ode").parse(text), name=text) for text in systems)
    held = SearchData(
        domain="ode",
        metric="bounded-l2",
        invalid="exclude",
        edits_per_expression=20,
        seed=0,
        columns=ALWAYS,
        searched=named,
        held_out=(),
        corpus=(),
    )
    found = measure_spec(held, "library | digits:3", False)
    assert found.missing == 1 and found.arrays["mean"][1] == found.arrays["fidelity"][1] == 1.0
    assert found.arrays["fidelity"][0] < 0.1 and np.isnan(found.arrays["tokens"][1])


def test_a_spec_that_cannot_be_fitted_has_a_reason_and_no_numbers(data: SearchData) -> None:
    found = measure_spec(data, "prefix | digits:3 | bpe:3", False)
    assert found.reason and np.isnan(found.value("mean")) and found.missing == 4


def entry(spec: str, searched: Sequence[float], held: Sequence[Sequence[float]]) -> Entry:
    def made(columns: Sequence[Any]) -> Measurement:
        return Measurement(spec, {c: np.atleast_1d(np.array(v, float)) for c, v in zip(OBJECTIVES, columns, strict=True)})

    return Entry(spec, "search", made(searched), made(held), 1.0)


def test_dominance_is_chosen_on_one_half_and_judged_on_the_other() -> None:
    ours = entry("old", [0.5, 0.1, 20], [[0.5, 0.6], [0.1, 0.1], [20, 20]])
    lucky = entry("lucky", [0.1, 0.1, 20], [[0.9, 0.9], [0.1, 0.1], [20, 20]])
    good = entry("good", [0.3, 0.1, 19], [[0.3, 0.401], [0.1, 0.1], [19, 19]])
    unseen = entry("unseen", [0.5, 0.1, 20], [[0.1, 0.1], [0.1, 0.1], [1, 1]])
    found = dominance(ours, [unseen, good, lucky])
    assert found.winner is good and found.rivals == 2 and found.decided
    assert "dominated by good" in str(found)
    assert dominance(ours, [lucky, unseen]).winner is None and "1 of the front" in str(dominance(ours, [lucky]))


@pytest.mark.parametrize(("theirs", "said"), [([0.4, np.nan], "1 expression has κ"), ([np.nan, np.nan], "no expression has κ")])
def test_a_difference_over_fewer_than_two_expressions_decides_nothing(theirs: list[float], said: str) -> None:
    ours = entry("old", [0.5, 0.1, 20], [theirs, [0.1, 0.1], [20, 20]])
    good = entry("good", [0.3, 0.1, 19], [[0.1, 0.1], [0.1, 0.1], [19, 19]])
    found = Dominance(ours, good, 1)
    assert not found.decided and said in str(found)
    assert "nan to" not in str(found)


def test_a_difference_that_does_not_vary_decides_nothing() -> None:
    """How it would vary over other expressions is not known."""
    ours = entry("old", [0.5, 0.1, 20], [[0.5, 0.75], [0.1, 0.1], [20, 20]])
    found = Dominance(ours, entry("good", [0.3, 0.1, 19], [[0.25, 0.5], [0.1, 0.1], [19, 19]]), 1)
    assert not found.decided and "without an interval" in str(found) and "nan to" not in str(found)


@pytest.mark.parametrize(("column", "n"), [("sup", 10), ("fidelity", 29), ("kappa@16", 10)])
def test_what_few_expressions_rule_has_no_interval_of_few(column: str, n: int) -> None:
    held = Measurement("a", {column: np.random.default_rng(0).beta(9, 1, 60)})
    few = Measurement("a", {column: held.arrays[column][:n]})
    assert np.isnan(Entry("a", "search", few, few, 1.0).estimate(column).low)
    assert np.isfinite(Entry("a", "search", held, held, 1.0).estimate(column).low)
    assert np.isnan(Entry("a", "search", held, held, np.inf).estimate(column).low)


def test_a_control_without_roughness_is_not_dominated() -> None:
    control = entry("control", [0.0, 0.1, 90], [[0.0], [0.1], [90]])
    assert "its κ is zero" in str(dominance(control, [entry("a", [0.1, 0.0, 1], [[0.1], [0.0], [1]])]))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A whole search, with everything it writes."""
    folder = tmp_path_factory.mktemp("search")
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield folder, search("sample:6", trials=12, edits_per_expression=16, out="run", sampler="gp", local=False)
    finally:
        os.chdir(before)


def test_a_search_leaves_its_tables_and_specs(small: Any) -> None:
    folder, result = small
    run = folder / "run"
    names = {"pareto.csv", "pareto.txt", "pareto.svg", "trials.csv", "trials.parquet", "line_up.csv", "search.json", "search.db"}
    assert names <= {p.name for p in run.iterdir()}
    specs = (run / "pareto.txt").read_text("utf-8").splitlines()
    assert specs == result.specs and [canonical(s) for s in specs] == specs
    assert result.trials_frame().height == 24 and len(result.trials) == len(result.baseline) == 12
    assert result.knee in result.front and str(result.knee.spec) in result.statements[0]


def test_no_trial_dominates_the_front(small: Any) -> None:
    _, result = small
    on_front = [[e.searched.value(o) for o in OBJECTIVES] for e in result.front]
    trials = [[t.measured.value(o) for o in OBJECTIVES] for t in result.trials]
    assert not any(dominates(t, p) for t in trials for p in on_front)
    assert all(0.0 <= v <= 1.0 for v in (result.volumes.search, result.volumes.random, result.volumes.start))
    assert result.volumes.search >= result.volumes.start


def test_a_folder_with_a_search_is_refused_without_resume_or_with_other_arguments(small: Any) -> None:
    with pytest.raises(OutputError, match="not empty"):
        search("sample:6", trials=12, edits_per_expression=16, out="run", sampler="gp", local=False)
    with pytest.raises(OutputError, match="other arguments"):
        search("sample:6", trials=12, edits_per_expression=17, out="run", sampler="gp", local=False, resume=True)


def _files(run: Path) -> dict[str, bytes]:
    return {p.relative_to(run).as_posix(): p.read_bytes() for p in run.rglob("*") if p.is_file() and p.suffix != ".db"}


def test_a_finished_search_resumed_measures_nothing_and_writes_the_same_bytes(small: Any) -> None:
    folder, result = small
    before = _files(folder / "run")
    again = search("sample:6", trials=12, edits_per_expression=16, out="run", sampler="gp", local=False, resume=True)
    after = _files(folder / "run")
    assert after == before and again.spent == result.spent


def test_a_domain_of_ones_own_is_searched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(Path(__file__).parents[3])
    found = search("sample:6", domain="examples.boolean:BOOLEAN", trials=10, edits_per_expression=16, out=tmp_path / "run")
    specs = {entry.spec for entry in found.front}
    assert specs and all(canonical(spec, find_domain("examples.boolean:BOOLEAN").operators) == spec for spec in specs)
    assert {e.spec for e in found.line_up} >= {"infix", "prefix", "postfix", "tree", "rules"}


def test_mistakes_are_told_before_any_work(tmp_path: Path) -> None:
    for wrong in ({"sampler": "tpee"}, {"trials": 0}, {"held_out": 1.0}, {"objective": "kapa"}, {"invalid": "no"}):
        with pytest.raises(SpecError):
            search("sample:4", out=tmp_path / "o", **wrong)  # type: ignore[arg-type]
    (tmp_path / "one.txt").write_text("x' = -x @ x=1; T=1\n", encoding="utf-8")
    with pytest.raises(SourceError, match="at least two"):
        search(str(tmp_path / "one.txt"), out=tmp_path / "o")
    with pytest.raises(OutputError, match="cannot use the storage"):
        search("sample:4", trials=1, storage="nothing://x")
    assert not (tmp_path / "o").exists()


_PROGRAM = """
import sys
from kappabar import search
if __name__ == "__main__":
    search("sample:6", trials=40, edits_per_expression=10, out=sys.argv[1], resume=True, jobs=int(sys.argv[2]), local=False)
"""


_KILLED = """
import os, signal, sys
from kappabar import search
from kappabar.evaluate.events import Advanced
left = 5
def listen(event):
    global left
    left -= isinstance(event, Advanced)
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
if __name__ == "__main__":
    search("sample:6", trials=12, edits_per_expression=16, out=sys.argv[1], sampler="gp", local=False, listen=listen)
"""


def test_a_search_that_was_killed_goes_on_to_the_same_files(small: Any) -> None:
    folder, _ = small
    ended = subprocess.run([sys.executable, "-c", _KILLED, "killed"], cwd=folder, check=False)
    assert ended.returncode == -signal.SIGKILL and not (folder / "killed" / "pareto.csv").exists()
    search("sample:6", trials=12, edits_per_expression=16, out="killed", sampler="gp", local=False, resume=True)
    for name in TABLES:
        assert (folder / "killed" / name).read_bytes() == (folder / "run" / name).read_bytes(), name


@pytest.mark.nightly
def test_a_search_killed_again_and_again_gives_the_same_files(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(_PROGRAM, encoding="utf-8")

    def command(out: str, jobs: int) -> list[str]:
        return [sys.executable, str(tmp_path / "program.py"), out, str(jobs)]

    start = time.monotonic()
    subprocess.run(command("whole", 1), cwd=tmp_path, check=True)
    usual, when = time.monotonic() - start, random.Random()
    for i in range(5):
        process = subprocess.Popen(command("killed", 1 + i % 2), cwd=tmp_path)
        time.sleep(when.uniform(0.05, 0.5) * usual)
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run(command("killed", 2), cwd=tmp_path, check=True)
    for name in TABLES:
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name


def test_the_knee_is_the_first_to_be_learned(small: Any) -> None:
    """Which points are trained on; the training itself is `compare`'s."""
    from kappabar.evaluate.search.quality import chosen

    _, found = small
    specs = chosen(found, 3)
    assert specs[0] == found.knee.spec
    assert set(specs) <= set(found.specs)
    assert len(specs) == len(set(specs)) == min(3, len(found.specs))
    assert chosen(found, 1) == (found.knee.spec,)
