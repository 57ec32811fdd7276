"""The strategies give what they say, and shrink to little."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from lark import Lark

from kappabar.grammars.draw.strategies import expressions, own_trees, systems, trees
from kappabar.grammars.draw.text_strategies import lark_texts, texts
from kappabar.grammars.errors import ParseError, SourceError
from kappabar.grammars.operators import sequences
from kappabar.grammars.print.infix import to_infix
from kappabar.grammars.text.parse import DOMAINS, parse
from kappabar.grammars.text.reader import read_infix
from kappabar.grammars.text.written import plain_grammar
from kappabar.grammars.tree import ARITY, CONSTANTS, Node, System, variables


def symbols(tree: Node) -> set[str]:
    return {node.symbol for _, node in tree.walk()}


def test_a_planted_division_is_found_in_five_nodes() -> None:
    """Shrinking is a search of its own, and now and then ends beside the least tree (1 of 40 seeds, at 6 nodes)."""
    sizes = []
    for seed in range(8):
        found = find(
            systems(),
            lambda s: "/" in symbols(s.tree),
            settings=settings(max_examples=5000, database=None),
            random=random.Random(seed),
        )
        sizes.append(found.tree.size)
    assert sorted(sizes)[-2] <= 5
    assert max(sizes) <= 8


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("symbol", ["sin", "neg", "^", "pi", "x_1", "number"])
def test_other_symbols_shrink_as_well(symbol: str, seed: int) -> None:
    quiet = settings(max_examples=5000, database=None)
    found = find(trees(), lambda tree: symbol in symbols(tree), settings=quiet, random=random.Random(seed))
    assert found.size <= 2 + ARITY.get(symbol, 0) + len(found.children) - 1


def test_every_symbol_is_drawn() -> None:
    seen: set[str] = set()

    @settings(max_examples=1500, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck))
    @given(trees())
    def draw(tree: Node) -> None:
        seen.update(symbols(tree))

    draw()
    assert seen >= {*ARITY, *CONSTANTS, "number", "x_0", "x_1", "x_2"}


@given(trees(max_leaves=6))
def test_trees_are_well_formed_and_within_their_leaves(tree: Node) -> None:
    assert read_infix(to_infix(tree)) == tree
    assert variables(tree) <= set(range(len(tree.children)))
    for equation in tree.children:
        # A whole power has its exponent as a second leaf.
        powers = sum(node.symbol == "^" for _, node in equation.walk())
        assert sum(not node.children for _, node in equation.walk()) <= 6 + powers


@given(st.data(), st.sampled_from(DOMAINS), st.booleans())
def test_systems_are_complete(data: st.DataObject, domain: str, tame: bool) -> None:
    system = data.draw(systems(domain, tame=tame))
    assert isinstance(system, System)
    assert len(system.equations) == (1 if domain == "function" else system.dim)
    if domain == "function":
        assert len(system.ranges) == system.dim
        assert all(low < high for low, high in system.ranges)
        return
    assert len(system.x0) == 1
    assert len(system.x0[0]) == system.dim
    assert system.t_end is not None
    assert 1 <= system.t_end <= 8


@given(expressions(dim=2, tame=True))
def test_tame_expressions_hold_smooth_symbols_and_small_numbers(tree: Node) -> None:
    assert symbols(tree) <= {"+", "-", "*", "^", "neg", "sin", "cos", "tanh", "atan", "abs", "number", "pi", "e", "x_0", "x_1"}
    assert all(abs(node.value or 0.0) <= 10 for _, node in tree.walk())


@pytest.mark.parametrize("domain", DOMAINS)
@given(data=st.data())
def test_texts_are_of_the_grammar(domain: str, data: st.DataObject) -> None:
    """Lark itself accepts every one; the domain may still refuse what a text says, and then says why."""
    text = data.draw(texts(domain))
    plain_grammar(domain).parse(text)
    try:
        parse(text, domain)
    except ParseError as e:
        assert "unexpected" not in e.reason


def test_texts_shrink_to_the_shortest() -> None:
    quiet = settings(max_examples=5000, database=None)
    assert len(find(texts("ode"), lambda text: "/" in text.replace("dx/dt", ""), settings=quiet).split()) <= 5
    assert len(find(texts("map"), lambda text: "@" in text, settings=quiet).split()) <= 6


def test_texts_of_a_grammar_of_ones_own() -> None:
    grammar = Lark('start: item ("," item)*\nitem: WORD | "(" start ")"\nWORD: /[ab]{2}/', parser="lalr")

    @settings(max_examples=100, database=None)
    @given(lark_texts(grammar))
    def accepted(text: str) -> None:
        grammar.parse(text)

    accepted()
    assert find(lark_texts(grammar, {"WORD": ["ab"]}), lambda text: "," in text, settings=settings(database=None)) == "ab,ab"


@pytest.mark.parametrize("strategy", [systems, texts])
def test_another_domain_is_refused(strategy: Callable[[str], st.SearchStrategy[object]]) -> None:
    with pytest.raises(SourceError, match="did you mean 'ode'"):
        find(strategy("odes"), bool)


def test_sequences_are_drawn_as_long_as_their_alphabet_says_and_mostly_short() -> None:
    sizes: list[int] = []
    letters = sequences("A", "C", "G", "U", longest=60)

    @settings(max_examples=400, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck))
    @given(own_trees(letters, closed=False, max_dim=0, max_leaves=8, longest=letters.sequence))
    def draw(tree: Node) -> None:
        sizes.append(len(tree.children))
        assert {leaf.symbol for leaf in tree.children} <= {*letters.constants}

    draw()
    assert 50 < max(sizes) <= 60
    assert sum(size <= 8 for size in sizes) > len(sizes) / 2


def test_without_a_longest_no_sequence_is_long() -> None:
    @settings(max_examples=100, database=None)
    @given(own_trees(sequences("A", "B"), closed=False, max_dim=0, max_leaves=4))
    def draw(tree: Node) -> None:
        assert 1 <= len(tree.children) <= 4

    draw()


def test_long_sequences_shrink_to_the_first_symbol_and_to_what_is_needed() -> None:
    def long(tree: Node) -> bool:
        return len(tree.children) >= 20

    strategy = own_trees(sequences("A", "B", longest=60), closed=False, max_dim=0, longest=60)
    found = find(strategy, long, settings=settings(max_examples=2000, database=None), random=random.Random(0))
    assert [leaf.symbol for leaf in found.children] == ["A"] * 20
