from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kappabar.grammars.draw.sampler import MAX_DRAWN_DEPTH, FunctionSampler, MapSampler, OdeSampler, sampler
from kappabar.grammars.draw.terms import Dice, TermGrammar, rounded
from kappabar.grammars.errors import SourceError
from kappabar.grammars.print.infix import to_infix
from kappabar.grammars.text.parse import parse
from kappabar.grammars.tree import System, coefficients, variables

DOMAINS = ("ode", "map", "function")
SAMPLERS = [
    *map(sampler, DOMAINS),
    OdeSampler(dims=(3,), dim_weights=(1,)),
    FunctionSampler(dims=(1, 2, 3), dim_weights=(1, 1, 1)),
]
seeds = st.integers(0, 2**64 - 1)


def drawn(domain: str, n: int, seed: int = 0) -> list[System]:
    rng = np.random.default_rng(seed)
    draw = sampler(domain).draw
    return [draw(rng) for _ in range(n)]


@given(seeds, st.sampled_from(SAMPLERS))
def test_printing_and_parsing_is_the_identity(seed: int, source: OdeSampler | MapSampler | FunctionSampler) -> None:
    system = source.draw(np.random.default_rng(seed))
    assert parse(to_infix(system.tree), system.domain).tree == system.tree


@given(seeds, st.sampled_from(SAMPLERS))
def test_candidates_keep_what_the_docstrings_promise(seed: int, source: OdeSampler | MapSampler | FunctionSampler) -> None:
    system = source.draw(np.random.default_rng(seed))
    assert system.tree.depth - 1 <= MAX_DRAWN_DEPTH
    assert variables(system.tree) <= set(range(system.dim))
    assert all(value == rounded(value) for value in coefficients(system.tree))
    if system.domain == "function":
        assert system.ranges == (source.bounds,) * system.dim  # type: ignore[union-attr]
    else:
        assert len(system.equations) == system.dim
        assert system.t_end == source.t_end  # type: ignore[union-attr]
        assert all(len(row) == system.dim and max(map(abs, row)) <= source.spread for row in system.x0)  # type: ignore[union-attr]


@given(seeds, st.sampled_from(SAMPLERS))
def test_one_seed_one_system(seed: int, source: OdeSampler | MapSampler | FunctionSampler) -> None:
    assert source.draw(np.random.default_rng(seed)) == source.draw(np.random.default_rng(seed))


def test_every_kind_of_term_occurs() -> None:
    for domain, functions in (
        ("ode", ("sin", "cos", "tanh")),
        ("map", ("sin", "exp")),
        ("function", ("exp", "log", "sqrt", "tanh")),
    ):
        symbols = Counter(node.symbol for system in drawn(domain, 400) for _, node in system.tree.walk())
        assert all(symbols[s] > 5 for s in ("+", "-", "*", "/", "^", "neg", *functions)), domain


def test_systems_hardly_repeat() -> None:
    assert all(len({s.tree for s in drawn(domain, 500)}) > 450 for domain in DOMAINS)


def test_dimensions_follow_their_weights() -> None:
    counts = Counter(s.dim for s in drawn("ode", 2000))
    assert stats.binomtest(counts[1], 2000, 0.4).pvalue > 1e-3
    assert set(counts) == {1, 2}


def test_a_third_dimension_and_more_starts_are_settings() -> None:
    source = replace(OdeSampler(), dims=(1, 2, 3), dim_weights=(1, 1, 1), starts=2, t_end=5.0)
    rng = np.random.default_rng(1)
    systems = [source.draw(rng) for _ in range(60)]
    assert {s.dim for s in systems} == {1, 2, 3}
    assert all(len(s.x0) == 2 and s.t_end == 5 for s in systems)


def test_magnitudes_are_log_uniform() -> None:
    dice = Dice(np.random.default_rng(3))
    logs = np.log10([dice.magnitude(0.1, 10) for _ in range(3000)])
    assert stats.kstest(logs, stats.uniform(-1, 2).cdf).pvalue > 1e-3


def test_weights_are_frequencies() -> None:
    dice = Dice(np.random.default_rng(4))
    counts = Counter(dice.weighted((1.0, 1.0, 4.0)) for _ in range(3000))
    assert counts[1] == 0
    assert stats.binomtest(counts[0], 3000, 0.25).pvalue > 1e-3


@given(seeds)
def test_a_grammar_of_constants_gives_constants(seed: int) -> None:
    grammar = TermGrammar(weights=(0, 0, 0, 0, 0, 1), low=2.0, high=3.0)
    term = grammar.term(Dice(np.random.default_rng(seed)), 2)
    assert term.factors == ()
    assert 2 <= abs(term.node(leading=True).value or 0) <= 3
    assert ((term.node(leading=True).value or 0) < 0) == term.negative


def test_an_unknown_domain_has_no_sampler() -> None:
    with pytest.raises(SourceError, match="did you mean 'function'"):
        sampler("functions")
