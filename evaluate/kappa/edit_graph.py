"""The edit graph: behaviors up to ε around one expression, joined by unit edits of its token sequence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...grammars.errors import ConditionError, SpecError
from ...grammars.operators import BUILT_IN, Operators
from ...grammars.print.infix import as_written
from ...grammars.tree import Node
from ...representations.representation import Representation
from ...tokenizers.base import Invalid
from ..domains.domain import Domain
from ..domains.domain import domain as find_domain
from ..domains.metrics import Metric, distances
from ..domains.sources import Source, one
from ..edits.base import Edit, draw_ranks
from ..edits.token import TokenNeighbors
from ..results.notebook import displayed
from ..semantics.base import lost_share
from ..streams import generator
from .measure import NotMeasured, Original, judge, prepare

if TYPE_CHECKING:
    import networkx as nx
    import polars as pl

Floats = NDArray[np.float64]
Ids = tuple[int, ...]

_BATCH = 256
BREADTH = 8


@dataclass(frozen=True, slots=True)
class Cluster:
    """Sequences of one behavior up to ε. `leader`: the tree whose behavior stands for it; `sequences`: how many distinct
    sequences of the explored part are in it; `distance`: from the original's behavior to the leader's."""

    leader: Node
    trees: tuple[Node, ...]
    sequences: int
    distance: float


@displayed("representation", "expression", "radius", "n_edits")
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class EditGraph:
    """Nodes 0 … n-1 of `graph` (networkx) are `clusters`; node 0 holds the original.

    An edge's `edits` is how many unit edits join two clusters (a loop: change nothing beyond ε), its `distance` the root of their
    mean squared distance, each measured from the sequence that was edited. `dirichlet_energy`: sum_ij w_ij d_ij² / sum_ij w_ij
    with the edits as weights w: the mean squared distance over all edits that have one. (On a graph with real-valued φ this is
    the Dirichlet energy divided by the total weight, so that neighborhoods of unequal size compare; behaviors have no common
    zero, so it is not divided by a norm of φ.) `redundancy`: share of all edits of the original, invalid ones included, within ε
    of it. `operators`: the domain's alphabet, in which leaders are written.
    """

    representation: str
    expression: str
    metric: str
    epsilon: float
    radius: int
    exact: bool
    graph: nx.Graph
    clusters: tuple[Cluster, ...]
    dirichlet_energy: float
    redundancy: float
    n_edits: int
    n_invalid: int
    n_unresolved: int
    n_undefined: int = 0
    operators: Operators = BUILT_IN

    def to_frame(self) -> pl.DataFrame:
        """One row per node."""
        import polars as pl

        rows = [
            (i, as_written(c.leader, None, self.operators), c.sequences, len(c.trees), c.distance)
            for i, c in enumerate(self.clusters)
        ]
        return pl.DataFrame(rows, schema=["node", "leader", "sequences", "trees", "distance"], orient="row")

    def as_dict(self) -> dict[str, Any]:
        return {
            "representation": self.representation,
            "expression": self.expression,
            "metric": self.metric,
            "epsilon": self.epsilon,
            "radius": self.radius,
            "exact": self.exact,
            "dirichlet_energy": None if np.isnan(self.dirichlet_energy) else self.dirichlet_energy,
            "redundancy": self.redundancy,
            "n_edits": self.n_edits,
            "n_invalid": self.n_invalid,
            "n_unresolved": self.n_unresolved,
            "n_undefined": self.n_undefined,
            "nodes": self.to_frame().to_dicts(),
            "edges": [{"between": [i, j], **d} for i, j, d in self.graph.edges(data=True)],
        }


def edit_graph(
    representation: str | Representation,
    system: Source,
    domain: str | Domain = "ode",
    metric: str | None = None,
    limit: int | None = 1000,
    radius: int = 1,
    epsilon: float | None = None,
    seed: int = 0,
    breadth: int = BREADTH,
) -> EditGraph:
    """The token edits around one expression, up to `radius` steps away.

    Of each edited sequence `limit` neighbors are drawn uniformly (None: all). Beyond the first step, `breadth` of the sequences
    reached in the step before are edited in turn, drawn uniformly from those that decode to what has a value wherever the
    original has. Behaviors are grouped in the order in which they are met: one joins the first group whose leader is within
    `epsilon` of it (measured from the leader), else it leads a new one. Edits that do not decode are no nodes, and neither are
    those without a distance (unresolved; undefined under an unbounded metric); all are counted. `epsilon`: None for the metric's
    own. Raises `SpecError` for a radius, ε or limit out of range, `ConditionError` where the expression itself cannot be
    measured.
    """
    if radius < 1 or not (epsilon is None or epsilon >= 0) or breadth < 1 or (limit is not None and limit < 1):
        raise SpecError("an edit graph needs radius, breadth and limit of at least 1, and an epsilon of at least 0")
    chosen_domain = find_domain(domain)
    parsed = one(system, chosen_domain)
    measure = chosen_domain.distance(metric)
    chosen = representation
    if isinstance(chosen, str):
        chosen = chosen_domain.representation(chosen, chosen_domain.corpus(), [parsed.tree])
    original = prepare(chosen, parsed, chosen_domain, measure)
    if isinstance(original, NotMeasured):
        raise ConditionError(f"{original.name} has no edit graph: {original.reason}")
    walk = _Exploration(original.representation, original, chosen_domain, measure, limit, generator(seed, "graph"))
    walk.explore(radius, breadth)
    return _built(walk, radius, measure.epsilon if epsilon is None else epsilon)


@dataclass(slots=True, eq=False)
class _Exploration:
    """Sequences met so far and the edits between them. `trees[0]` is the original's; `steps`: (from, to, distance), in trees.
    `first`: distances of the original's own edits, of which there are `n_first`, invalid ones included."""

    representation: Representation
    original: Original
    domain: Domain
    metric: Metric
    limit: int | None
    rng: np.random.Generator
    trees: dict[Node, int] = field(default_factory=dict)
    sequences: dict[Ids, int] = field(default_factory=dict)
    steps: list[tuple[int, int, float]] = field(default_factory=list)
    first: Floats = field(default_factory=lambda: np.zeros(0))
    n_first: int = 0
    n_edits: int = 0
    n_invalid: int = 0
    n_unresolved: int = 0
    n_undefined: int = 0
    exact: bool = True

    def explore(self, radius: int, breadth: int) -> None:
        ids = self.original.ids
        tree = self.representation.decode(ids)
        if isinstance(tree, Invalid):
            raise TypeError(f"prepared, and still invalid: {tree.reason}")
        self.trees[tree], self.sequences[ids] = 0, 0
        fresh = self._edits(ids, self.original.behavior)
        self.first, self.n_first = np.array([d for _, _, d in self.steps]), self.n_edits
        for _ in range(1, radius):
            self.exact = self.exact and len(fresh) <= breadth
            picked = np.sort(self.rng.choice(len(fresh), min(breadth, len(fresh)), replace=False)) if fresh else ()
            frontier, fresh = [fresh[i] for i in picked], []
            nodes = list(self.trees)
            starts = [nodes[self.sequences[s]] for s in frontier]
            for sequence, behavior in zip(frontier, self.behaviors(starts), strict=True):
                fresh += self._edits(sequence, behavior)

    def behaviors(self, trees: Sequence[Node]) -> Floats:
        """(N, I, T, D)"""
        parts = [
            self.domain.semantics.simulate(list(trees[k : k + _BATCH]), self.original.setting).y
            for k in range(0, len(trees), _BATCH)
        ]
        return np.concatenate([np.zeros((0, *self.original.behavior.shape)), *parts])

    def _edits(self, ids: Ids, behavior: Floats) -> list[Ids]:
        """Edit one sequence. Gives the sequences with a behavior that had not been met."""
        neighbors = TokenNeighbors(ids, len(self.representation.vocabulary))
        ranks = draw_ranks(len(neighbors), self.limit, self.rng)
        self.exact = self.exact and len(ranks) == len(neighbors)
        steps = [neighbors.at(rank) for rank in ranks.tolist()]
        reached = [tuple(neighbors.apply(*step)) for step in steps]
        edits = [Edit(*step, self.representation.decode(s)) for step, s in zip(steps, reached, strict=True)]
        outcomes, _, distance, _ = judge(edits, self.original.system, behavior, self.original.setting, self.domain, self.metric)
        start, fresh = self.sequences[ids], []
        for sequence, edit, outcome, d in zip(reached, edits, outcomes, distance.tolist(), strict=True):
            if isinstance(edit.result, Invalid) or np.isnan(d):
                self.n_invalid += outcome == "invalid"
                self.n_unresolved += outcome == "unresolved"
                self.n_undefined += outcome == "undefined"
                continue
            end = self.trees.setdefault(edit.result, len(self.trees))
            self.steps.append((start, end, d))
            if sequence not in self.sequences:
                self.sequences[sequence] = end
                if outcome != "undefined":  # what has no value there is no measure for what is around it
                    fresh.append(sequence)
        self.n_edits += len(edits)
        return fresh


def _built(walk: _Exploration, radius: int, epsilon: float) -> EditGraph:
    import networkx as nx

    trees = list(walk.trees)
    label, leaders, away = _grouped(walk, trees, epsilon)
    members: list[list[Node]] = [[] for _ in leaders]
    for tree, group in zip(trees, label, strict=True):
        members[group].append(tree)
    sequences = np.bincount([label[t] for t in walk.sequences.values()], minlength=len(leaders))
    clusters = tuple(
        Cluster(trees[k], tuple(m), int(n), float(away[k])) for k, m, n in zip(leaders, members, sequences, strict=True)
    )
    graph, alphabet = nx.Graph(), walk.representation.operators
    for i, c in enumerate(clusters):
        graph.add_node(
            i, leader=as_written(c.leader, None, alphabet), sequences=c.sequences, trees=len(c.trees), distance=c.distance
        )
    total: dict[tuple[int, int], tuple[int, float]] = {}
    for a, b, d in walk.steps:
        key = (min(label[a], label[b]), max(label[a], label[b]))
        n, squares = total.get(key, (0, 0.0))
        total[key] = (n + 1, squares + d * d)
    for (i, j), (n, squares) in total.items():
        graph.add_edge(i, j, edits=n, distance=float(np.sqrt(squares / n)))
    redundancy = float((walk.first <= epsilon).sum() / walk.n_first) if walk.n_first else float("nan")
    return EditGraph(
        representation=walk.representation.spec,
        expression=walk.original.system.name or "unnamed",
        metric=walk.metric.name,
        epsilon=epsilon,
        radius=radius,
        exact=walk.exact,
        graph=graph,
        clusters=clusters,
        dirichlet_energy=energy(graph),
        redundancy=redundancy,
        n_edits=walk.n_edits,
        n_invalid=walk.n_invalid,
        n_unresolved=walk.n_unresolved,
        n_undefined=walk.n_undefined,
        operators=alphabet,
    )


def energy(graph: nx.Graph) -> float:
    """Dirichlet energy of the behaviors on an edit graph, see `EditGraph`; NaN without edges."""
    edges = [(d["edits"], d["distance"]) for _, _, d in graph.edges(data=True)]
    total = sum(n for n, _ in edges)
    return float(sum(n * d * d for n, d in edges) / total) if total else float("nan")


def _grouped(walk: _Exploration, trees: Sequence[Node], epsilon: float) -> tuple[list[int], list[int], Floats]:
    """Group of each tree, the leaders in the groups' order, and each tree's distance from the original."""
    y = walk.behaviors(trees)
    away = distances(walk.metric, walk.original.behavior, y)
    label = np.full(len(trees), -1)
    leaders: list[int] = []
    while (left := np.flatnonzero(label < 0)).size:
        leader = int(left[0])
        near = away[left] if leader == 0 else distances(walk.metric, y[leader], y[left])
        # A distance leaves out where the leader has no value: there the others must have none either.
        alone = np.array([lost_share(y[k], y[leader][None]).max() for k in left])
        label[left[(near <= epsilon) & (alone <= epsilon)]] = len(leaders)
        label[leader] = len(leaders)  # it leads its own group even where ε is below the solver's rounding
        leaders.append(leader)
    return label.tolist(), leaders, away
