"""What a search's front may not lose: fidelity, edits that decode, expressions with a κ; and that samplers keep to it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kappabar.evaluate.commands.search import search
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.options.work import Work
from kappabar.evaluate.search.data import Measurement, SearchData, measure_spec
from kappabar.evaluate.search.held_out import Entry, dominance
from kappabar.evaluate.search.limits import Limits, limits_of
from kappabar.evaluate.search.objectives import ALWAYS
from kappabar.evaluate.search.result import SearchResult
from kappabar.grammars.errors import SpecError
from kappabar.representations.space import space

optuna = pytest.importorskip("optuna")
from kappabar.evaluate.search.trajectory import Trajectory  # noqa: E402
from kappabar.evaluate.search.trials import TrialStore, distributions, open_study  # noqa: E402
from kappabar.evaluate.search.workers import workers  # noqa: E402

OBJECTIVES = ("mean", "fidelity", "tokens")
SPACE = space()


def measured(spec: str = "s", **columns: float | Sequence[float]) -> Measurement:
    values = {c: np.atleast_1d(np.array(columns.get(c, 0.0), float)) for c in ALWAYS}
    return Measurement(spec, values)


def data(*texts: str, columns: tuple[str, ...] = ALWAYS) -> SearchData:
    named = tuple(replace(domain("ode").parse(text), name=text) for text in texts)
    return SearchData(
        domain="ode",
        metric="bounded-l2",
        invalid="exclude",
        edits_per_expression=60,
        seed=0,
        columns=columns,
        searched=named,
        held_out=(),
        corpus=named,
    )


def test_limits_are_the_line_ups_worst_unless_they_are_given() -> None:
    line_up = [
        measured(fidelity=[0.1, 0.3], invalid=0.7, uncounted=[0, 0]),
        measured(fidelity=0.05, invalid=0.9, uncounted=[0, 1]),
        measured(fidelity=np.nan, invalid=np.nan, uncounted=np.nan),
    ]
    assert limits_of(line_up, None, None) == Limits(pytest.approx(0.2), 0.9, 0.5)  # type: ignore[arg-type]
    assert limits_of(line_up, 0.01, 0.25) == Limits(0.01, 0.75, 0.5)
    assert limits_of([], None, None) == Limits() and not Limits().any
    assert limits_of(line_up, 0.01, 0.25).as_dict() == {
        "max_fidelity_error": 0.01,
        "min_valid": 0.25,
        "max_without_kappa": 0.5,
    }


def test_a_trial_keeps_to_every_limit_or_is_not_allowed() -> None:
    limits = Limits(0.1, 0.9, 0.0)
    assert limits.allows(measured(fidelity=0.1, invalid=0.9))
    for worse in ({"fidelity": 0.11}, {"invalid": 0.91}, {"uncounted": [0, 0, 1]}, {"fidelity": np.nan}):
        assert not limits.allows(measured(**{"fidelity": 0.0, "invalid": 0.5} | worse))
    assert Limits().allows(measured(fidelity=1.0, invalid=1.0, uncounted=1.0))


@pytest.mark.parametrize(
    "wrong", [{"max_fidelity_error": -0.1}, {"min_valid": 1.5}, {"min_valid": -1.0}, {"max_fidelity_error": float("nan")}]
)
def test_limits_that_are_none_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(SpecError, match="cannot be"):
        search("sample:4", **wrong)  # type: ignore[arg-type]


def test_what_has_no_valid_edit_counts_as_the_largest_distance_and_is_counted_apart() -> None:
    it = data("x' = -x @ x=1; T=2", "x' = sin(x) @ x=1; T=2", columns=(*ALWAYS, "kappa@4", "quantile@0.9", "sup"))
    detects = measure_spec(it, "prefix | digits:3 | checksum", False)
    for column in ("mean", "kappa@4", "quantile@0.9", "sup"):
        assert detects.arrays[column].tolist() == [1.0, 1.0]
    assert detects.kappa_n == 0 and detects.value("uncounted") == 1.0 and detects.value("invalid") == 1.0
    assert detects.value("fidelity") == 0.0
    plain = measure_spec(it, "prefix | digits:3", False)
    assert plain.kappa_n == 2 and plain.value("uncounted") == 0.0 and 0.0 < plain.value("mean") < 1.0


def test_leaving_out_what_is_hard_is_no_advantage() -> None:
    """`library` cannot write the sine; what it writes of the rest has no better mean than with the sine left out of the list."""
    texts = ["x' = -0.5*x @ x=1; T=2", "x' = x - x^2 @ x=0.5; T=2", "x' = sin(x) @ x=1; T=2"]
    whole, part = (measure_spec(data(*those), "library | digits:3", False) for those in (texts, texts[:2]))
    assert (whole.kappa_n, whole.missing, part.kappa_n) == (2, 1, 2)
    for column in ("mean", "fidelity", "invalid", "uncounted"):
        assert whole.value(column) == pytest.approx((2 * part.value(column) + 1.0) / 3)
    limits = limits_of([measure_spec(data(*texts), "prefix | digits:3", False)], 1.0, 0.0)
    assert not limits.allows(whole)


class InventedWorkers:
    """κ falls with what decodes: everything under `bins` and `mulaw` is smooth, and nearly unreadable."""

    def measure(self, specs: Sequence[str], held_out: bool) -> Iterator[Measurement]:
        for spec in specs:
            rough = sum(map(ord, spec)) % 17 / 17
            unreadable = any(word in spec for word in ("bins", "mulaw", "gray", "thermo", "fp"))
            invalid, mean = (0.99, 0.1 * rough) if unreadable else (0.7, 0.5 + 0.5 * rough)
            yield measured(spec, mean=mean, fidelity=0.01 + 0.01 * rough, tokens=len(spec), invalid=invalid)


def within(sampler: str, limits: Limits, trials: int = 40) -> list[bool]:
    memory = TrialStore(open_study(None, None, "s", {}, 3, resume=False), SPACE, OBJECTIVES, {})
    way = Trajectory(SPACE, OBJECTIVES, sampler, 1, ("prefix | digits:3", "prefix | bins:64,log"), limits)
    return [Limits(invalid=0.8).allows(found) for _, found in way.walk(trials, memory, InventedWorkers())]


@pytest.mark.parametrize(("sampler", "trials"), [pytest.param("gp", 24, marks=pytest.mark.nightly), ("nsga2", 40), ("tpe", 40)])
def test_samplers_turn_to_what_keeps_to_the_limits(sampler: str, trials: int) -> None:
    with_limits, without = (within(sampler, limits, trials)[trials // 2 :] for limits in (Limits(invalid=0.8), Limits()))
    assert sum(with_limits) >= sum(without) + 4
    assert sum(with_limits) >= 0.6 * len(with_limits)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SearchResult]:
    out = tmp_path_factory.mktemp("limits") / "run"
    return out, search(
        "sample:4",
        trials=14,
        edits_per_expression=8,
        out=out,
        sampler="random",
        local=False,
        max_fidelity_error=0.05,
        min_valid=0.02,
    )


def test_the_front_keeps_to_the_limits_and_says_so(found: tuple[Path, SearchResult]) -> None:
    result = found[1]
    front, trials = result.to_frame(), result.trials_frame()
    assert result.limits.fidelity == 0.05 and result.limits.invalid == pytest.approx(0.98)
    assert front["within_limits"].all() and (front["fidelity"] <= 0.05).all() and (front["invalid"] <= 0.98).all()
    assert (front["kappa_n"] == 2).all() and set(trials["kappa_n"]) <= {0, 1, 2}
    lost = trials.filter((trials["fidelity"] > 0.0501) | (trials["invalid"] > 0.981))
    assert lost.height and not lost["within_limits"].any() and not set(lost["representation"]) & set(front["representation"])
    assert any(s.startswith("limits: a fidelity error of at most 0.05, at least 0.02") for s in result.statements)
    document = result.as_dict()
    assert document["limits"]["max_fidelity_error"] == 0.05
    words = shlex.split(result.plan.command(14))
    assert words[words.index("--max-fidelity-error") + 1] == "0.05" and words[words.index("--min-valid") + 1] == "0.02"
    page = (found[0] / "report.html").read_text("utf-8")
    assert "limits: a fidelity error of at most 0.05" in page and "κ of 2 expressions held out and 2 searched" in page


def test_nothing_is_dominated_for_expressions_that_have_no_kappa() -> None:
    """κ counts as 1 where nothing decodes; a statement on two representations is about the expressions that have a κ under
    both."""

    def entry(spec: str, mean: Sequence[float], uncounted: Sequence[float]) -> Entry:
        both = measured(spec, mean=mean, uncounted=uncounted, fidelity=[0.0] * 4, tokens=[9.0] * 4)
        return Entry(spec, "search", both, both, 1.0)

    sparse = entry("sparse", [0.3, 0.3, 1.0, 1.0], [0, 0, 1, 1])
    dense = entry("dense", [0.4, 0.5, 0.4, 0.5], [0, 0, 0, 0])
    smooth = entry("smooth", [0.1, 0.2, 0.4, 0.5], [0, 0, 0, 0])
    nothing = entry("nothing", [1.0, 1.0, 1.0, 1.0], [1, 1, 1, 1])
    assert sparse.held.value("mean") > dense.held.value("mean") and dominance(sparse, [dense]).winner is None
    found = dominance(sparse, [smooth])
    assert found.winner is smooth and "n = 2" in str(found) and smooth.difference(sparse, "mean").value == pytest.approx(-0.15)
    assert dominance(nothing, [smooth, dense, sparse]).winner is None
    assert dominance(dense, [nothing]).winner is None


@pytest.mark.parametrize("sampler", ["gp", "nsga2", "tpe"])
def test_what_is_infinitely_unfaithful_is_bad_and_no_end_of_the_search(sampler: str) -> None:
    """Under a metric without a largest distance a fidelity error may be infinite: samplers take it for a large one."""
    way = Trajectory(SPACE, ("mean", "tokens"), sampler, 0, (), Limits(fidelity=0.1))
    for n in range(12):
        found = measured(mean=0.1 * n, tokens=5.0, fidelity=np.inf if n % 3 else 0.05)
        way._tell(way._study.ask(distributions(SPACE)), found)
    told = [t.user_attrs["within"] for t in way._study.get_trials()]
    assert told == [n % 3 == 0 for n in range(12)]
    assert len(way._study.ask(distributions(SPACE)).params)


def test_an_infinite_objective_is_a_value_and_is_told() -> None:
    """As under relative-l2 of a reference that rests at zero: counted as measured, on no front, and not called unmeasured."""
    heard: list[object] = []
    boundless = measured("prefix | digits:3", mean=[0.5, np.inf], fidelity=0.1, tokens=7.0)
    memory = TrialStore(
        open_study(None, None, "s", {}, 3, resume=False), SPACE, OBJECTIVES, {boundless.spec: boundless}, heard.append
    )
    with workers(data("x' = -x @ x=1; T=1"), Work()) as running:
        memory.fill([boundless.spec], running)
    assert memory[boundless.spec].value("mean") == np.inf
    assert boundless.why_not(OBJECTIVES) == "infinite: mean" in str(heard[0])
    assert measured().why_not(OBJECTIVES) == ""
