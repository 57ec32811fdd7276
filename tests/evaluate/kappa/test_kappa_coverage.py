"""What κ rests on: one row's figures cover the same expressions, weights count everywhere alike, and no codec has a part in
edits of the expression itself."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.evaluate.compare.summary import summarize
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.metrics import metric
from kappabar.evaluate.edits.base import Edit, Neighborhood, Promises
from kappabar.evaluate.edits.coefficient import CoefficientEdits
from kappabar.evaluate.edits.token import TokenEdits
from kappabar.evaluate.edits.tree import TreeEdits
from kappabar.evaluate.kappa.kappa import POLICIES, SIZES, Kappa, measure_all
from kappabar.evaluate.kappa.measure import OUTCOMES, Measured
from kappabar.evaluate.kappa.profile import profile
from kappabar.evaluate.kappa.tables import load_kappa, save_kappa
from kappabar.evaluate.results.categorical import Categorical
from kappabar.grammars.errors import SpecError
from kappabar.grammars.text.parse import parse
from kappabar.representations.representation import representation

ODE = domain("ode")
BOUNDED = metric("bounded-l2")
DECAY = replace(parse("x' = 1 - 0.5*x @ x=2; T=4"), name="decay")


def item(distances: Sequence[float], size: int, kinds: Sequence[str] = (), weights: Sequence[float] = ()) -> Measured:
    """An expression by hand; an edit without a distance does not decode."""
    d = np.array(distances, dtype=float)
    n, zeros = len(d), np.zeros(len(d), np.int32)
    outcomes = Categorical.of(["invalid" if math.isnan(x) else "ok" for x in d.tolist()], OUTCOMES)
    return Measured(
        name="item",
        size=size,
        n_tokens=5,
        fidelity_error=0.0,
        kinds=Categorical.of(kinds or ["substitution"] * n),
        classes=Categorical.of(["number"] * n),
        positions=zeros,
        tokens=zeros,
        outcomes=outcomes,
        reasons=Categorical.of([""] * n),
        distance=d,
        trees=zeros,
        weights=np.array(weights) if weights else None,
    )


def family(measured: Sequence[Measured], invalid: str = "exclude") -> Kappa:
    return Kappa(
        representation="prefix",
        domain="ode",
        metric="bounded-l2",
        invalid=invalid,
        edits="token",
        measured=tuple(measured),
        skipped=(),
        d_max=1.0,
        seed=0,
    )


distances = st.lists(st.floats(0, 1) | st.just(float("nan")), max_size=24)


@given(st.lists(st.tuples(distances, st.booleans()), min_size=1, max_size=6), st.sampled_from(POLICIES))
def test_one_row_covers_the_same_expressions(parts: list[tuple[list[float], bool]], invalid: str) -> None:
    found = family([item(d, len(d) + (not whole)) for d, whole in parts], invalid)
    count = [len(d) if invalid != "exclude" else sum(not math.isnan(x) for x in d) for d, _ in parts]
    assert found.n == sum(c > 0 for c in count) == found.as_dict()["n_expressions"]
    ordered = [found.mean.value, *(v for m in (1, *SIZES) if not math.isnan(v := found.at(m).value)), found.sup.value]
    assert found.n == 0 or all(a <= b + 1e-12 for a, b in itertools.pairwise(ordered))
    for m in SIZES:
        short = sum(0 < c < m and not whole for c, (_, whole) in zip(count, parts, strict=True))
        assert found.n_short(m) == short and math.isnan(found.at(m).value) == (short > 0 or found.n == 0)


def test_kappa_at_m_is_the_mean_over_all_draws_of_m() -> None:
    """By listing them; the second expression has three edits in all, of which m = 4 draws take every one."""
    values = [[0.1, 0.9, 0.4, 0.2, 0.0, 0.7], [0.3, 0.5, 0.1]]
    found = family([item(v, len(v)) for v in values])
    by_hand = [np.mean([max(c) for c in itertools.combinations(v, min(4, len(v)))]) for v in values]
    assert found.at(4).value == pytest.approx(np.mean(by_hand))
    drawn = family([item(values[0], 6), item(values[1], 40)])
    assert math.isnan(drawn.at(4).value) and drawn.n_short(4) == 1 and drawn.n == 2
    known = drawn.as_dict()["kappa@m"]["4"]["where_known"]
    assert known == pytest.approx({"n": 1, "value": by_hand[0], "mean": np.mean(values[0]), "sup": 0.9})


def test_the_largest_of_a_part_is_not_called_exact() -> None:
    whole = item([0.1, 0.9, float("nan")], 3)
    assert family([whole]).exact and not family([whole, item([0.1], 2)]).exact and not family([]).exact
    unresolved = replace(whole, outcomes=Categorical.of(["ok", "ok", "unresolved"], OUTCOMES))
    assert not family([unresolved]).exact and family([unresolved]).n_short(4) == 1


def test_the_count_is_of_expressions_that_have_a_mean() -> None:
    nan = float("nan")
    found = family([item([0.5, nan], 2), item([nan, nan], 2), item([], 0)])
    (row,) = summarize([found], [10], [None], 0)
    assert (found.n, found.n_given) == (row["n_expressions"], row["n_given"]) == (1, 3)
    assert "κ rests on 1 of 3 expressions" in row["note"] and "only 1 expression" in row["note"]


@given(st.lists(st.tuples(st.booleans(), st.floats(0.01, 1), st.floats(0, 1)), min_size=1, max_size=12))
def test_validity_by_kind_is_weighted_as_the_whole_is(edits: list[tuple[bool, float, float]]) -> None:
    total = sum(w for _, w, _ in edits)
    found = family([item([d if ok else float("nan") for ok, _, d in edits], 99, weights=[w / total for _, w, _ in edits])])
    expected = sum(w for ok, w, _ in edits if ok) / total
    assert found.by("kinds")["substitution"]["validity"] == pytest.approx(expected)
    assert found.by("classes")["number"]["validity"] == found.validity.value == pytest.approx(expected)


def test_an_edit_without_weight_does_not_count() -> None:
    found = family([item([0.2, 1.0, 0.4], 3, weights=[0.5, 0.0, 0.5])])
    assert found.sup.value == 0.4 and found.mean.value == pytest.approx(0.3)
    assert [found.by("kinds")["substitution"][k]["value"] for k in ("sup", "mean")] == pytest.approx([0.4, 0.3])
    assert family([item([0.2], 1, weights=[0.0])]).n == 0


_NONE = Promises()


def test_a_token_profile_weighs_as_well() -> None:
    m = replace(item([0.2, 1.0, float("nan")], 3, weights=[0.3, 0.0, 0.1]), n_tokens=1)
    found = profile(family([m]), 0)
    assert found.share_invalid.tolist() == pytest.approx([0.25]) and found.mean.tolist() == pytest.approx([0.2])
    assert found.worst[0] is not None and found.worst[0].distance == 0.2


@dataclass(frozen=True)
class Weighing:
    """A user's operator, which gives its edits these weights."""

    weights: tuple[object, ...]
    size: int = 2
    name: str = "mine"
    promises: Promises = _NONE

    def neighborhood(self, chosen, tree, limit, rng):
        return Neighborhood(self.size, tuple(Edit("change", 0, -1, tree, w) for w in self.weights))


def mine(*weights: object, size: int = 2) -> Kappa:
    return measure_all(representation("prefix", corpus=[DECAY]), [DECAY], ODE, BOUNDED, Weighing(weights, size))


@pytest.mark.parametrize("weights", [(1.0, -0.5), (float("nan"), 1.0), (float("inf"), 1.0), ("1", 1.0), (None, 1.0)])
def test_weights_that_are_none_are_one_line(weights: tuple[object, ...]) -> None:
    with pytest.raises(SpecError, match="'mine' gives its change at 0 the weight") as caught:
        mine(*weights)
    assert "\n" not in str(caught.value)


def test_no_weight_at_all_is_one_line() -> None:
    with pytest.raises(SpecError, match="gives all 2 edits of an expression the weight 0"):
        mine(0.0, 0.0)


def test_as_many_as_there_are_is_not_all_where_some_are_there_twice(tmp_path) -> None:
    assert mine(1.0, size=1).exact and not mine(1.0, 1.0, size=2).exact
    save_kappa(tmp_path, mine(1.0, 1.0, size=2))
    loaded = load_kappa(tmp_path, "prefix | digits:3")
    assert loaded is not None and not loaded.exact


EQUATIONS = [
    "x' = -0.2/x @ x=2; T=2",
    "x' = y; y' = -1.237*x - 0.1114*y @ x=1, y=0; T=6",
    "x' = 0.7321*x*(1 - x^3/2.619) @ x=0.3; T=5",
]
SPECS = [
    "prefix | digits:3",
    "prefix | bins:64,log",
    "infix | chars",
    "postfix | bins:5,uniform",
    "rules | e2e:2",
    "tree | base:10",
]


@pytest.mark.parametrize("operator", [CoefficientEdits(), TreeEdits()])
def test_no_codec_has_a_part_in_edits_of_the_expression(operator) -> None:
    systems = [parse(text) for text in EQUATIONS]
    found = [
        measure_all(
            representation(s, corpus=systems), systems, ODE, BOUNDED, operator, invalid="exclude", edits_per_expression=40
        )
        for s in SPECS
    ]
    for other in found[1:]:
        assert other.means.tolist() == found[0].means.tolist() and other.sup.value == found[0].sup.value
    assert len({k.fidelity_error.value for k in found}) > 2  # though they do round


def test_a_nudge_is_of_the_original() -> None:
    """x' = -k x: the nudged solution is exp(-1.01 k t), by the closed form, also where one bin is all there is."""
    system = parse("x' = -1.2345*x @ x=1; T=2")
    found = measure_all(
        representation("prefix | bins:1", corpus=[parse("x' = -3*x")]), [system], ODE, BOUNDED, CoefficientEdits()
    )
    t = np.linspace(0, 2, 201)
    x, y = np.exp(-1.2345 * t), np.exp(-1.2345 * 1.01 * t)
    expected = np.linalg.norm(x - y) / (np.linalg.norm(x) + np.linalg.norm(y))
    assert found.measured[0].distance[0] == pytest.approx(expected, rel=1e-3)


def test_a_power_and_a_quotient_are_one_equation() -> None:
    both = [
        measure_all(
            representation(s, corpus=[parse(EQUATIONS[0])]), [parse(f"x' = {text} @ x=2; T=2")], ODE, BOUNDED, CoefficientEdits()
        )
        for s in ("prefix", "prefix | bins:64,log")
        for text in ("-0.2*x^(-1)", "-0.2/x", "k*x^n with k=-0.2, n=-1")
    ]
    assert len({k.mean.value for k in both}) == 1 and both[0].measured[0].size == 2
    assert max(k.fidelity_error.value for k in both) < 0.02


def test_a_codec_does_not_decide_what_is_measured() -> None:
    """log(3 - x) read back as log(0.1 - x), by a codec of one value, has no value at 1; the expression itself has."""
    systems = [parse("x' = log(3 - x) @ x=1; T=1")]
    chosen = representation("prefix | bins:1", corpus=[parse("x' = 0.1*x")])
    assert measure_all(chosen, systems, ODE, BOUNDED, TokenEdits(), invalid="exclude", edits_per_expression=20).skipped
    fine = representation("prefix", corpus=systems)
    coarse, exact = (measure_all(r, systems, ODE, BOUNDED, CoefficientEdits()) for r in (chosen, fine))
    assert coarse.means.tolist() == exact.means.tolist() and 0 < exact.mean.value < 0.1
