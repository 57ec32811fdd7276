"""Edit graphs against loops: every neighbor simulated on its own, every pair of behaviors compared on its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kappabar.evaluate.commands.kappa import kappa
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.metrics import metric
from kappabar.evaluate.edits.token import TokenNeighbors
from kappabar.evaluate.kappa.edit_graph import edit_graph, energy
from kappabar.evaluate.semantics.base import Status, edit_setting
from kappabar.grammars.errors import ConditionError, SpecError
from kappabar.grammars.text.parse import parse
from kappabar.representations.representation import representation
from kappabar.tokenizers.base import Invalid

DECAY = replace(parse("x' = 1 - 0.5*x @ x=2; T=4"), name="decay")
LINE = replace(parse("y = x @ x=-2..2", "function"), name="line")


def by_hand(chosen, system, place, radius, epsilon):
    """Partition of sequences, energy and redundancy by brute force. `all` edits of `all` sequences up to radius - 1."""

    def distance(x, y):
        """Of the points that x has: as the metric says where y has them too, else 1."""
        (x,), (y,) = x, y
        there = np.flatnonzero(~np.isnan(x[:, 0]))
        both = there[~np.isnan(y[there, 0])]
        d = float(metric(place.metric).function(x[both], y[both])) if len(both) else 0.0
        return d * len(both) / len(there) + 1 - len(both) / len(there) if len(there) else 0.0

    setting = place.semantics.setting(system)
    setting = edit_setting(setting, place.semantics.simulate([system.tree], setting).y[0])

    def behavior(ids):
        tree = chosen.decode(ids)
        if isinstance(tree, Invalid) or not place.comparable(tree, system):
            return None
        run = place.semantics.simulate([tree], setting)
        return None if (run.status == Status.UNRESOLVED).any() else run.y[0]

    start = tuple(chosen.encode(system))
    met = {start: behavior(start)}
    edits, redundant, n = [], 0, 0
    frontier = [start]
    for depth in range(radius):
        fresh = []
        for ids in frontier:
            neighbors = TokenNeighbors(ids, len(chosen.vocabulary))
            for rank in range(len(neighbors)):
                other = tuple(neighbors.apply(*neighbors.at(rank)))
                y = met[other] if other in met else behavior(other)
                n += depth == 0
                if y is None:
                    continue
                d = float(np.mean(distance(met[ids], y)))
                redundant += depth == 0 and d <= epsilon
                edits.append((ids, other, d))
                if other not in met:
                    met[other] = y
                    if not np.isnan(y).any():
                        fresh.append(other)
        frontier = fresh
    leaders, label = [], {}
    for ids, y in met.items():
        shares = [np.mean(np.isnan(leader[0, :, 0])[~np.isnan(y[0, :, 0])]) if not np.isnan(y).all() else 0 for leader in leaders]
        near = (k for k, leader in enumerate(leaders) if shares[k] <= epsilon and distance(leader, y) <= epsilon)
        label[ids] = next(near, len(leaders))
        if label[ids] == len(leaders):
            leaders.append(y)
    sizes = np.bincount(list(label.values())).tolist()
    pairs = {frozenset((label[a], label[b])) for a, b, _ in edits}
    return sizes, len(pairs), np.mean([d * d for _, _, d in edits]), redundant / n, len(edits)


@pytest.mark.parametrize(
    ("system", "place", "spec", "radius", "epsilon"),
    [
        (DECAY, "ode", "prefix | bins:4,log", 1, 0.01),
        (DECAY, "ode", "infix | chars", 1, 0.2),
        (LINE, "function", "prefix | bins:3,uniform", 2, 0.05),
    ],
)
def test_the_graph_is_that_of_plain_loops(system, place, spec, radius, epsilon):
    there = domain(place)
    chosen = representation(spec, place, corpus=[system], closed=there.closed)
    found = edit_graph(chosen, system, there, limit=None, radius=radius, epsilon=epsilon, breadth=10_000)
    sizes, pairs, expected, redundancy, n = by_hand(chosen, system, there, radius, epsilon)
    assert found.exact
    assert [c.sequences for c in found.clusters] == sizes
    assert found.graph.number_of_edges() == pairs
    assert sum(d["edits"] for *_, d in found.graph.edges(data=True)) == n
    assert found.dirichlet_energy == pytest.approx(expected)
    assert found.redundancy == pytest.approx(redundancy)
    assert found.n_edits == n + found.n_invalid + found.n_unresolved


@pytest.mark.parametrize("spec", ["prefix | digits:2", "infix | chars", "tree | bins:8,log", "rename | prefix | bins:8,log"])
def test_at_radius_one_the_energy_is_kappas_mean_square(spec):
    chosen = representation(spec, corpus=[DECAY])
    found = edit_graph(chosen, DECAY, limit=None)
    result = kappa(chosen, [DECAY], edits_per_expression=None)
    d = result.distances(result.measured[0])
    assert found.dirichlet_energy == pytest.approx(np.mean(d**2))
    assert energy(found.graph) == found.dirichlet_energy
    assert found.redundancy == pytest.approx(result.redundancy.value)
    synonyms = found.graph.edges.get((0, 0), {"edits": 0})["edits"]
    assert found.clusters[0].sequences == 1 + synonyms == 1 + (d <= 0.01).sum()
    assert found.graph.number_of_edges() == len(found.clusters) - (synonyms == 0)


def test_an_error_correcting_code_is_one_node():
    found = edit_graph("prefix | digits:2 | repeat:3", DECAY, limit=300)
    assert len(found.clusters) == 1
    assert found.dirichlet_energy == 0
    assert found.redundancy == 1
    assert not found.exact


def test_the_same_seed_gives_the_same_graph():
    a, b, c = (edit_graph("infix | chars", DECAY, limit=150, radius=2, breadth=3, seed=s).as_dict() for s in (1, 1, 2))
    assert a == b != c
    assert a["n_edits"] == 4 * 150
    assert {e for edge in a["edges"] for e in edge["between"]} <= {node["node"] for node in a["nodes"]}


def test_a_larger_epsilon_joins():
    sizes = [len(edit_graph("prefix | digits:2", DECAY, limit=300, epsilon=e).clusters) for e in (0.0, 0.01, 0.1, 1.0)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == 1


def test_mistakes_and_what_cannot_be_measured():
    for options in ({"radius": 0}, {"epsilon": -1.0}, {"limit": 0}, {"breadth": 0}, {"epsilon": float("nan")}):
        with pytest.raises(SpecError):
            edit_graph("prefix", DECAY, **options)
    with pytest.raises(ConditionError, match="missing"):
        edit_graph("prefix", "x' = -x")
