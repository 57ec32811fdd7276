"""κ against plain recomputation, and the properties that any roughness must have."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from kappabar.evaluate.commands.kappa import kappa
from kappabar.evaluate.domains.domain import Domain, domain
from kappabar.evaluate.domains.metrics import metric
from kappabar.evaluate.edits.coefficient import CoefficientEdits
from kappabar.evaluate.edits.token import TokenEdits, TokenNeighbors
from kappabar.evaluate.kappa.kappa import measure_all
from kappabar.evaluate.kappa.tables import load_kappa, save_kappa
from kappabar.evaluate.semantics.base import Behaviors, Status, edit_setting
from kappabar.grammars.errors import SpecError
from kappabar.grammars.text.parse import parse
from kappabar.grammars.tree import Node, coefficients
from kappabar.representations.representation import representation
from kappabar.tokenizers.base import Invalid, Vocabulary

ODE = domain("ode")
BOUNDED = metric("bounded-l2")
DECAY = replace(parse("x' = 1 - 0.5*x @ x=2; T=4"), name="decay")
OSCILLATOR = replace(parse("x' = y; y' = -2*x @ x=1, y=0; T=6"), name="oscillator")
SYSTEMS = [DECAY, OSCILLATOR]


def measured(spec, systems=SYSTEMS, limit=150, invalid="exclude", operator=None, seed=3):
    chosen = representation(spec, corpus=systems)
    return measure_all(
        chosen, systems, ODE, BOUNDED, operator or TokenEdits(), invalid=invalid, edits_per_expression=limit, seed=seed
    )


def bounded_l2(x, y, scale=None):
    """Written out again, one state at a time, for arrays (T, D)."""
    scale = np.sqrt((x**2).mean(axis=0)) if scale is None else scale
    x, y = x / scale, y / scale
    return np.linalg.norm(x - y) / (np.linalg.norm(x) + np.linalg.norm(y))


def test_exhaustive_kappa_is_a_plain_loop_over_the_neighborhood():
    chosen = representation("postfix | bins:4,log", corpus=SYSTEMS)
    result = measure_all(chosen, [OSCILLATOR], ODE, BOUNDED, TokenEdits(), invalid="exclude", edits_per_expression=None, seed=0)
    (found,) = result.measured
    ids = chosen.encode(OSCILLATOR)
    neighbors = TokenNeighbors(tuple(ids), len(chosen.vocabulary))
    assert found.exact
    assert len(found.outcomes) == len(neighbors)
    setting = ODE.semantics.setting(OSCILLATOR)
    setting = edit_setting(setting, ODE.semantics.simulate([OSCILLATOR.tree], setting).y[0])
    reference = ODE.semantics.simulate([chosen.decode(ids)], setting).y[0, 0]
    expected = []
    for rank in range(len(neighbors)):
        tree = chosen.decode(neighbors.apply(*neighbors.at(rank)))
        if isinstance(tree, Invalid) or len(tree.children) != 2:
            continue
        run = ODE.semantics.simulate([tree], setting)
        if run.status[0, 0] != Status.UNRESOLVED:
            there = ~np.isnan(run.y[0, 0]).any(axis=1)
            scale = np.sqrt((reference**2).mean(axis=0))
            common = bounded_l2(reference[there] / scale, run.y[0, 0, there] / scale, 1.0) if there.any() else 0.0
            expected.append(there.mean() * common + (1 - there.mean()))
    assert len(expected) > 20
    assert sorted(result.distances(found)) == pytest.approx(sorted(expected), abs=1e-9)
    assert result.mean.value == pytest.approx(np.mean(expected))
    assert result.sup.value == pytest.approx(max(expected))


def test_the_control_corrects_every_edit():
    result = measured("prefix | digits:2 | repeat:3", limit=400)
    assert result.mean.value == 0
    assert result.sup.value == 0
    assert result.validity.value == result.redundancy.value == 1


@pytest.mark.parametrize("spec", ["infix | chars", "prefix", "postfix | bins:16,log", "tree", "rules", "infix | bpe:60"])
def test_distances_are_bounded_and_the_family_is_ordered(spec):
    result = measured(spec)
    for m in result.measured:
        d = result.distances(m)
        assert ((d >= 0) & (d <= 1)).all()
    assert result.mean.value <= result.sup.value
    grown = [result.at(m).value for m in (4, 16)]
    assert np.isnan(grown[1]) or grown[0] <= grown[1] + 1e-12
    assert 0 <= result.redundancy.value <= result.validity.value <= 1


def test_policies_only_change_what_invalid_edits_count_as():
    results = {p: measured("prefix", invalid=p) for p in ("zero", "exclude", "worst")}
    zero, exclude, worst = (results[p].means for p in ("zero", "exclude", "worst"))
    counted = np.array([len(m.outcomes) - m.count("unresolved") for m in results["zero"].measured])
    share = np.array([np.isfinite(m.distance).sum() for m in results["zero"].measured]) / counted
    assert ((share > 0) & (share < 1)).all()
    assert zero == pytest.approx(exclude * share)
    assert worst == pytest.approx(exclude * share + (1 - share))


def test_an_unbounded_metric_has_no_worst():
    with pytest.raises(SpecError, match="bounded"):
        measure_all(
            representation("prefix"),
            SYSTEMS,
            ODE,
            metric("relative-l2"),
            TokenEdits(),
            invalid="worst",
            edits_per_expression=10,
            seed=0,
        )


@dataclass(frozen=True)
class Renumbered:
    """A tokenizer with its ids permuted."""

    base: object
    order: tuple[int, ...]
    vocabulary: Vocabulary = field(init=False)

    def __post_init__(self):
        v = self.base.vocabulary
        object.__setattr__(
            self, "vocabulary", Vocabulary(tuple(v.tokens[i] for i in self.order), tuple(v.classes[i] for i in self.order))
        )

    def tokenize(self, tree):
        return self.base.tokenize(tree)

    def encode(self, tree):
        return [self.order.index(i) for i in self.base.encode(tree)]

    def decode(self, ids: Sequence[int]):
        return self.base.decode([self.order[i] for i in ids])


def test_kappa_does_not_depend_on_how_tokens_are_numbered():
    chosen = representation("prefix | bins:4,log", corpus=SYSTEMS)
    order = tuple(int(i) for i in np.random.default_rng(0).permutation(len(chosen.vocabulary)))
    renumbered = replace(chosen, tokenizer=Renumbered(chosen.tokenizer, order))
    a, b = (
        measure_all(r, [DECAY], ODE, BOUNDED, TokenEdits(), invalid="exclude", edits_per_expression=None, seed=0)
        for r in (chosen, renumbered)
    )
    assert sorted(a.distances(a.measured[0])) == sorted(b.distances(b.measured[0]))


def test_the_same_seed_draws_the_same_edits():
    a, b, c = (measured("prefix", limit=40, seed=s) for s in (1, 1, 2))
    assert a.as_dict() == b.as_dict()
    assert a.measured[0].positions.tolist() != c.measured[0].positions.tolist()


def test_a_coarse_representation_loses_fidelity_and_says_so():
    fine, coarse = measured("prefix | digits:6", limit=5), measured("prefix | bins:2,uniform", limit=5)
    assert fine.fidelity_error.value < 1e-6 < 0.05 < coarse.fidelity_error.value


def test_coefficient_nudges_move_every_coefficient_both_ways():
    result = measured("prefix | digits:6", operator=CoefficientEdits(), limit=None)
    assert [m.size for m in result.measured] == [2 * len(coefficients(s.tree)) for s in SYSTEMS]
    assert all(0 < d < 0.2 for m in result.measured for d in m.distance)


def test_an_edit_that_changes_the_dimension_has_no_distance():
    chosen = representation("infix | chars", corpus=SYSTEMS)
    result = measure_all(
        chosen,
        [replace(OSCILLATOR, tree=parse("x_0 | 3").tree)],
        ODE,
        BOUNDED,
        TokenEdits(),
        invalid="exclude",
        edits_per_expression=None,
        seed=0,
    )
    (found,) = result.measured
    assert "a system of another dimension" in found.reasons
    assert all((r != "") == (o == "invalid") for r, o in zip(found.reasons, found.outcomes, strict=True))


@dataclass(frozen=True)
class Stubborn:
    """φ by hand: a tree of n nodes stays at n; even ones are unresolved unless they are the original's."""

    original: Node

    def setting(self, system, **_):
        return ODE.semantics.setting(system)

    def simulate(self, trees, setting):
        y = np.array([[np.full((len(setting.t), 1), float(t.size))] for t in trees])
        status = np.array([[Status.UNRESOLVED if t.size % 2 == 0 and t != self.original else Status.OK] for t in trees], np.int8)
        return Behaviors(setting.t, y, status)


def test_unresolved_edits_are_counted_and_have_no_distance():
    place = Domain("stubborn", ODE.parse, Stubborn(DECAY.tree))
    result = measure_all(
        representation("prefix"), [DECAY], place, BOUNDED, TokenEdits(), invalid="exclude", edits_per_expression=400, seed=0
    )
    (found,) = result.measured
    assert found.count("unresolved") > 0
    assert np.isnan(found.distance[np.array(found.outcomes) == "unresolved"]).all()
    assert len(result.distances(found)) == found.count("ok") + found.count("diverged")
    assert found.n_valid == len(found.outcomes) - found.count("invalid")


def test_what_cannot_be_measured_is_named_with_its_reason():
    missing = replace(parse("x' = -x"), name="no conditions")
    exploding = replace(parse("x' = x^2 @ x=1; T=3"), name="exploding")
    result = measured("prefix", systems=[DECAY, missing, exploding], limit=5)
    assert {s.name: s.reason for s in result.skipped}.keys() == {"no conditions", "exploding"}
    assert [m.name for m in result.measured] == ["decay"]


def test_results_survive_the_run_folder(tmp_path):
    result = measured("prefix", systems=[DECAY, replace(parse("x' = -x"), name="bad")], limit=60)
    save_kappa(tmp_path, result)
    assert load_kappa(tmp_path, result.representation).as_dict() == result.as_dict()
    assert load_kappa(tmp_path, "tree | digits:3") is None


def test_the_public_function_takes_one_spec_or_several():
    one = kappa("prefix", SYSTEMS, edits_per_expression=10)
    many = kappa(["prefix", "tree"], SYSTEMS, edits_per_expression=10)
    assert one.as_dict() == kappa("prefix | digits:3", SYSTEMS, edits_per_expression=10).as_dict()
    assert [k.representation for k in many] == ["prefix | digits:3", "tree | digits:3"]
    assert one.to_frame().height == 2


def test_where_no_edit_reaches_a_number_coefficients_stand_beside() -> None:
    """The κ of nudged coefficients is that of `edits="coefficient"`, of whatever codec: the nudge is of the expression."""
    decay = [parse("x' = -0.5*x @ x=1; T=2"), parse("x' = y; y' = -2*x - 0.3*y @ x=1, y=0; T=5")]
    for spec in ("prefix | xval", "infix | fone:3,3 | repeat:3", "prefix | bittoken"):
        found = kappa(spec, decay, edits_per_expression=40)
        nudged = kappa("prefix | digits:3", decay, edits="coefficient", edits_per_expression=40)
        assert found.coefficient == nudged.mean
        assert found.as_dict()["coefficient"] == nudged.mean.as_dict()
        assert any("beside the tokens" in note for note in found.notes)
        assert any("nudged" in note for note in found.notes)
        assert not kappa(spec, decay, edits="coefficient").notes
    assert kappa("prefix | digits:3", decay, edits_per_expression=40).as_dict()["coefficient"] is None


def test_what_could_not_be_read_stands_in_the_document(tmp_path):
    path = tmp_path / "mixed.txt"
    path.write_text("x' = -x @ x=1; T=1\nx' = foo(x)\nx' = -x @ x=1; T=1\n")
    document = kappa(["tree"], str(path), edits_per_expression=5)[0].as_dict()
    assert [entry["where"] for entry in document["unread"]] == [f"{path} line 2, column 6", f"{path} mixed:3"]
    assert "unknown function" in document["unread"][0]["reason"]
    assert "the same as" in document["unread"][1]["reason"]
