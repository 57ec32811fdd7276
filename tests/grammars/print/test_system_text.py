"""Systems as texts that read back."""

from __future__ import annotations

import numpy as np
import pytest

from kappabar.grammars.draw.sampler import sampler
from kappabar.grammars.files.bank import bank
from kappabar.grammars.operators import Operator, operators, sequences
from kappabar.grammars.print.infix import as_written
from kappabar.grammars.print.systems import system_latex, system_text
from kappabar.grammars.text.parse import parse
from kappabar.grammars.text.sequence import SequenceReader
from kappabar.grammars.tree import Node, System, system, variable

DOMAINS = ("ode", "map", "function")


def assert_reads_back(given: System) -> None:
    text = system_text(given)
    again = parse(text.split("  #")[0], given.domain)
    assert (again.tree, again.x0, again.t_end, again.ranges) == (given.tree, given.x0[:1], given.t_end, given.ranges), text


@pytest.mark.parametrize("name", DOMAINS)
def test_the_bank_reads_back(name: str) -> None:
    for given in bank(name):
        assert_reads_back(given)


@pytest.mark.parametrize("name", DOMAINS)
def test_what_samplers_draw_reads_back(name: str) -> None:
    rng = np.random.default_rng(7)
    for _ in range(200):
        assert_reads_back(sampler(name).draw(rng))


@pytest.mark.parametrize(
    "text",
    [
        "x'' = -k x - 0.1x' with k=2 @ x=1, x'=0; T=20",
        "x' = sin(t) - x @ x=1; T=5",
        "q_1' = -q_1; θ' = q_1 @ q_1=1e-7, θ=-2; T=1e4",
    ],
)
def test_what_a_person_wrote_reads_back(text: str) -> None:
    assert_reads_back(parse(text))


def test_further_starts_are_counted() -> None:
    given = System(parse("x' = x").tree, ("x",), x0=((1.0,), (2.0,), (3.0,)), t_end=2.0)
    assert system_text(given) == "x' = x  @ x=1; T=2  # and 2 more starts"


def test_str_of_trees_and_systems_is_their_text() -> None:
    given = parse("u' = 1 - u^2 @ u=0; T=3")
    assert str(given) == "u' = 1 - u^2  @ u=0; T=3"
    assert str(given.tree) == "1 - x_0^2" and given.tree.infix(["u"]) == "1 - u^2"


def test_a_notebook_shows_equations() -> None:
    one, two = parse("x' = x/2"), parse("x' = y; y' = -x")
    assert one._repr_latex_() == system_latex(one) and system_latex(one).startswith("$\\dot{x} = ")
    assert "aligned" in system_latex(two) and system_latex(two).count("&=") == 2


# ---------------------------------------------------------------- an alphabet's own way of writing


def brackets(tree: Node) -> str:
    return "".join(f"({brackets(child)})" for child in tree.children)


def broken(tree: Node) -> str:
    raise RuntimeError("no picture")


def number_instead(tree: Node) -> str:
    return 5  # type: ignore[return-value]


def test_an_alphabet_writes_its_trees_its_own_way() -> None:
    own = operators(Operator("pair", 2), write=brackets)
    tree = system(Node("pair", (variable(0), Node("pair", (variable(0), variable(1))))))
    assert as_written(tree, None, own) == "(()(()()))"
    assert as_written(tree, None, operators(Operator("pair", 2))) == "pair(x_0, pair(x_0, x_1))"


@pytest.mark.parametrize("write", [broken, number_instead])
def test_a_picture_that_fails_is_no_reason_to_lose_a_run(write: object) -> None:
    own = operators(Operator("pair", 2), write=write)  # type: ignore[arg-type]
    assert as_written(system(Node("pair", (variable(0), variable(1)))), None, own) == "pair(x_0, x_1)"


def test_the_way_of_writing_is_no_part_of_what_an_alphabet_is() -> None:
    assert operators(Operator("pair", 2), write=brackets) == operators(Operator("pair", 2))


@pytest.mark.parametrize(("symbols", "text"), [("H P P H", "hpph"), ("12 1 2", "12 1 2"), ("H", "H")])
def test_a_sequence_reads_back_whatever_its_alphabet(symbols: str, text: str) -> None:
    reader = SequenceReader("own", sequences("H", "P", "1", "2", "12"), (("h", "H"), ("p", "P")))
    given = reader(text)
    assert str(given) == symbols
    assert reader(str(given)).tree == given.tree
    assert system_text(given, reader.operators) == given_row(given)


def given_row(given: System) -> str:
    return " ".join(leaf.symbol for leaf in given.equations)


def test_equations_keep_their_bars() -> None:
    assert system_text(System(system(variable(0), variable(1)), ("x", "y"), "own")) == "x | y"
    assert system_latex(System(system(Node("A"), Node("B")), (), "own")).startswith("$")
    assert "\n" not in system_latex(System(system(Node("A"), Node("B")), (), "own"))
