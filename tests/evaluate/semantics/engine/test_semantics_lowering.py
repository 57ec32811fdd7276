"""Compiled lowering against the plain one, instruction by instruction; and what κ is by either way."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.metrics import metric
from kappabar.evaluate.edits.token import TokenEdits, TokenNeighbors
from kappabar.evaluate.kappa.kappa import measure_all
from kappabar.evaluate.kappa.measure import measure
from kappabar.evaluate.semantics.engine.tape import lower, pack, pack_forest
from kappabar.grammars.draw.strategies import trees
from kappabar.grammars.files.bank import bank
from kappabar.grammars.text.parse import parse
from kappabar.representations.representation import representation
from kappabar.tokenizers.codecs.digits import Digits
from kappabar.tokenizers.machines.decode import bulk_decoder
from kappabar.tokenizers.machines.forest import join
from kappabar.tokenizers.notations.postfix import Postfix

ODE, BOUNDED = domain("ode"), metric("bounded-l2")
EXACT = Postfix(Digits(15), 3)
DECODER = bulk_decoder(EXACT)
NOTHING = np.zeros(1, np.int32)


@given(st.lists(trees(max_dim=3, max_leaves=14), min_size=1, max_size=6))
def test_compiled_tapes_are_the_plain_ones(systems):
    forest = join([DECODER.decode(EXACT.encode(tree), NOTHING, NOTHING, NOTHING - 1).trees for tree in systems])
    expected = pack([lower(forest.tree(i), 3) for i in range(len(forest))])
    found = pack_forest(forest, 3)
    for name in ("code", "registers", "outputs", "table"):
        assert np.array_equal(getattr(found, name), getattr(expected, name)), name


def test_a_variable_that_does_not_exist_is_refused():
    forest = DECODER.decode(EXACT.encode(parse("x' = y; y' = x").tree), NOTHING, NOTHING, NOTHING - 1).trees
    with pytest.raises(ValueError, match="x_1"):
        pack_forest(forest, 1)


@pytest.mark.parametrize("name", ["ode", "map", "function"])
@pytest.mark.parametrize("spec", ["prefix | digits:2", "infix | chars", "rules | bins:8,log | bpe:90"])
def test_the_fast_way_gives_the_numbers_of_the_plain_way(name, spec):
    place, systems = domain(name), bank(name)[:5]
    chosen = representation(spec, name, corpus=systems)
    decoder = bulk_decoder(chosen.tokenizer)
    for i, system in enumerate(systems):
        plain, fast = (
            measure(chosen, system, place, BOUNDED, TokenEdits(), limit=300, rng=np.random.default_rng(i), decoder=d)
            for d in (None, decoder)
        )
        for column in ("kinds", "classes", "outcomes", "reasons"):
            assert list(getattr(plain, column)) == list(getattr(fast, column))
        for column in ("positions", "tokens", "distance"):
            assert np.array_equal(getattr(plain, column), getattr(fast, column), equal_nan=True)
        assert (plain.size, plain.n_edits, plain.fidelity_error) == (fast.size, fast.n_edits, fast.fidelity_error)
        # Constants are numbers on the fast way, so it may tell fewer trees apart.
        assert np.array_equal(plain.trees < 0, fast.trees < 0)


@pytest.mark.parametrize("spec", ["prefix | digits:3", "infix | chars | bpe:100"])
def test_ranks_in_columns_are_the_ranks_one_by_one(spec):
    chosen = representation(spec)
    for system in bank("ode")[:4]:
        neighbors = TokenNeighbors(tuple(chosen.encode(system)), len(chosen.vocabulary))
        steps = neighbors.many(np.arange(len(neighbors)))
        rows = zip(steps.kinds, steps.positions.tolist(), steps.tokens.tolist(), strict=True)
        assert list(rows) == [neighbors.at(rank) for rank in range(len(neighbors))]
        assert ((steps.ends - steps.positions) == (steps.kinds.codes != 1)).all()


def test_condensed_results_have_the_same_statistics():
    systems = bank("ode")[:3]
    chosen = representation("prefix | bins:8,log", corpus=systems)
    for policy in ("exclude", "worst", "zero"):
        whole, condensed = (
            measure_all(
                chosen, systems, ODE, BOUNDED, TokenEdits(), invalid=policy, edits_per_expression=None, seed=0, condense=c
            )
            for c in (False, True)
        )
        assert len(condensed.measured[0].kinds) < len(whole.measured[0].kinds) / 2
        compare(whole.as_dict(), condensed.as_dict())


def compare(a, b):
    if isinstance(a, dict):
        assert a.keys() == b.keys()
        for key in a:
            compare(a[key], b[key])
    elif isinstance(a, list):
        for x, y in zip(a, b, strict=True):
            compare(x, y)
    elif isinstance(a, float):
        assert a == pytest.approx(b, rel=1e-9, abs=1e-12)
    else:
        assert a == b


@dataclass(frozen=True)
class Opaque:
    """A tokenizer of somebody's own: only its protocol is known."""

    base: object

    @property
    def vocabulary(self):
        return self.base.vocabulary

    def tokenize(self, tree):
        return self.base.tokenize(tree)

    def encode(self, tree):
        return self.base.encode(tree)

    def decode(self, ids):
        return self.base.decode(ids)


def test_a_tokenizer_of_ones_own_gives_the_same_numbers():
    systems = bank("ode")[:3]
    chosen = representation("postfix | digits:2", corpus=systems)
    own = replace(chosen, tokenizer=Opaque(chosen.tokenizer))
    a, b = (
        measure_all(r, systems, ODE, BOUNDED, TokenEdits(), invalid="exclude", edits_per_expression=200, seed=5).as_dict()
        for r in (chosen, own)
    )
    assert a == b
