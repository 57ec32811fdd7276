"""φ of proofs against a second unifier, in plain Python and step by step; against truth tables; and against published counts."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.proof.sampling import Random, Shortest, tree_of
from kappabar.evaluate.domains.proof.tables import proved
from kappabar.evaluate.domains.proof.theorems import AXIOMS, Detachment, codes, polish
from kappabar.evaluate.semantics.base import Status
from kappabar.grammars.errors import ConditionError, ParseError, SpecError
from kappabar.grammars.tree import Node, System, system

PROOF = domain("proof")
Formula = Any
"""A variable, as a text; ("N", a); ("C", a, b)."""


def read(text: str) -> Formula:
    def part(i: int) -> tuple[Formula, int]:
        if text[i] not in "CN":
            return text[i], i + 1
        parts = []
        j = i + 1
        for _ in range(2 if text[i] == "C" else 1):
            own, j = part(j)
            parts.append(own)
        return (text[i], *parts), j

    return part(0)[0]


def renamed(formula: Formula, mark: str) -> Formula:
    return formula + mark if isinstance(formula, str) else (formula[0], *(renamed(f, mark) for f in formula[1:]))


def put(formula: Formula, name: str, other: Formula) -> Formula:
    if isinstance(formula, str):
        return other if formula == name else formula
    return (formula[0], *(put(f, name, other) for f in formula[1:]))


def inside(name: str, formula: Formula) -> bool:
    return formula == name if isinstance(formula, str) else any(inside(name, f) for f in formula[1:])


def unifier(pairs: list[tuple[Formula, Formula]]) -> list[tuple[str, Formula]] | None:
    """Robinson's, by substituting at once: pairs (variable, term) in the order in which they are put in."""
    found: list[tuple[str, Formula]] = []
    while pairs:
        a, b = pairs.pop()
        if a == b:
            continue
        if not isinstance(a, str):
            a, b = b, a
        if isinstance(a, str):
            if inside(a, b):
                return None
            pairs = [(put(x, a, b), put(y, a, b)) for x, y in pairs]
            found.append((a, b))
        elif a[0] != b[0]:
            return None
        else:
            pairs += list(zip(a[1:], b[1:], strict=True))
    return found


def theorem(proof: Node) -> Formula | None:
    """The rule, one application after the other."""
    if not proof.children:
        return read(AXIOMS[int(proof.symbol) - 1])
    major, minor = map(theorem, proof.children)
    if major is None or minor is None or major[0] != "C":
        return None
    major, minor = renamed(major, "'"), renamed(minor, '"')
    found = unifier([(major[1], minor)])
    if found is None:
        return None
    result = major[2]
    for name, term in found:
        result = put(result, name, term)
    return shortened(result)


def shortened(formula: Formula) -> Formula:
    """With names p0, p1, … in the order of their first use, so that they do not grow with every step."""
    names: dict[str, str] = {}

    def again(f: Formula) -> Formula:
        return names.setdefault(f, f"p{len(names)}") if isinstance(f, str) else (f[0], *map(again, f[1:]))

    return again(formula)


def text(formula: Formula) -> str:
    """In Polish notation with letters in the order of their first use."""
    letters = "pqrstuvwxyzabcdefghijklmno"
    names: dict[str, str] = {}

    def part(f: Formula) -> str:
        if isinstance(f, str):
            return names.setdefault(f, letters[len(names)])
        return f[0] + "".join(map(part, f[1:]))

    return part(formula)


@st.composite
def proofs(draw: st.DrawFn, most: int = 7) -> Node:
    rules = draw(st.integers(0, most))
    if not rules:
        return Node(draw(st.sampled_from("123")))
    left = draw(st.integers(0, rules - 1))
    return Node("D", (draw(proofs(left)), draw(proofs(rules - 1 - left))))


def same(proof: Node) -> bool:
    """Whether both give one theorem, or none; whether there is one."""
    found, status = Detachment(longest=4096).proved([proof])
    plain = theorem(proof)
    if plain is None:
        assert status[0, 0] == Status.UNDEFINED
        return False
    assert status[0, 0] == Status.OK and polish(found[0]) == text(plain)
    return True


@given(proofs())
@settings(max_examples=300, deadline=None)
def test_the_theorem_is_that_of_the_rule_step_by_step(proof: Node) -> None:
    same(proof)


def test_so_it_is_of_proofs_that_prove_something() -> None:
    rng = np.random.default_rng(0)
    for sampler, most in ((Random(), 120), (Shortest(15), 120)):
        found = sum(same(sampler.draw(rng).tree.children[0]) for _ in range(most))
        assert found >= 0.9 * most


def value(formula: Formula, row: dict[str, bool]) -> bool:
    if isinstance(formula, str):
        return row[formula]
    if formula[0] == "N":
        return not value(formula[1], row)
    return value(formula[2], row) or not value(formula[1], row)


def variables(formula: Formula) -> set[str]:
    return {formula} if isinstance(formula, str) else set().union(*map(variables, formula[1:]))


def test_every_theorem_is_a_tautology() -> None:
    """What no unifier is needed to know."""
    tried = 0
    for one in proved(11):
        for formula in one.formulas:
            own = read(polish(formula))
            names = sorted(variables(own))
            if len(names) <= 6:
                rows = product((False, True), repeat=len(names))
                assert all(value(own, dict(zip(names, row, strict=True))) for row in rows)
                tried += 1
    assert tried > 500


def test_there_are_as_many_theorems_as_are_published() -> None:
    """Of proofs of 1, 3, … symbols, without instances of what is proved as shortly, and with them."""
    found = [len(one.proofs) for one in proved(17, subsumed=False, longest=1024)]
    assert found == [3, 6, 12, 38, 89, 229, 672, 1844, 5221]
    assert [len(one.proofs) for one in proved(15, longest=1024)] == [3, 6, 15, 50, 139, 435, 1420, 4495]


def test_a_table_may_be_empty() -> None:
    assert [len(one.proofs) for one in proved(5, longest=3)] == [0, 0, 0]


def test_tables_are_what_brute_force_finds() -> None:
    """All proofs of up to seven symbols, by the second unifier."""
    every: dict[int, list[Node]] = {1: [Node(k) for k in "123"]}
    for length in (3, 5, 7):
        parts = [(p, q) for a in range(1, length - 1, 2) for p in every[a] for q in every[length - 1 - a]]
        every[length] = [Node("D", pair) for pair in parts]
    seen: set[str] = set()
    for one, own in zip(proved(7), every.values(), strict=True):
        fresh = {text(f) for proof in own if (f := theorem(proof)) is not None} - seen
        assert {polish(formula) for formula in one.formulas} == fresh
        for proof, formula in zip(one.proofs, one.formulas, strict=True):
            assert text(theorem(tree_of(proof.tolist()))) == polish(formula)
        seen |= fresh


@pytest.mark.parametrize(
    ("proof", "formula"),
    [
        ("1", "CpCqp"), ("DD211", "Cpp"), ("D2D11", "CCpqCpCrq"), ("DD2D121", "CCpqCCrpCrq"), ("DD2D131", "CNpCpq"),
        ("DD22D21", "CCpCpqCpq"),
    ],
)  # fmt: skip
def test_known_proofs(proof: str, formula: str) -> None:
    one = PROOF.parse(proof)
    behavior = PROOF.semantics.simulate([one.tree], PROOF.semantics.setting(one))
    assert polish(behavior.y[0, 0, :, 0]) == formula and behavior.status.tolist() == [[Status.OK]]


def test_what_proves_nothing_and_what_is_too_large_are_outcomes() -> None:
    nothing, large = PROOF.parse("D33"), PROOF.parse("D1" * 60 + "1")
    setting = PROOF.semantics.setting(nothing)
    behavior = PROOF.semantics.simulate([nothing.tree, large.tree], setting)
    assert behavior.status[:, 0].tolist() == [Status.UNDEFINED, Status.UNRESOLVED]
    assert np.isnan(behavior.y[0]).all() and np.isfinite(behavior.y[1]).all()
    with pytest.raises(ConditionError, match="no start and no horizon"):
        PROOF.semantics.setting(nothing, t_end=3.0)
    wide = Node("1")
    for _ in range(9):
        wide = Node("D", (wide, wide))
    with pytest.raises(ConditionError, match="more than 256 times"):
        PROOF.semantics.setting(System(system(wide), (), "proof"))
    for wrong in (Node("x_0"), Node("0"), Node("D", (Node("1"),)), Node("1", (Node("1"),))):
        with pytest.raises(ValueError, match="is no part of a proof"):
            PROOF.semantics.simulate([system(wrong)], setting)
    for unknown in ("4", "200", "9999"):
        with pytest.raises(ValueError, match="there are 3"):
            PROOF.semantics.simulate([system(Node(unknown))], setting)
    with pytest.raises(ValueError, match="a proof uses axiom 2; there are 1"):
        Detachment(axioms=AXIOMS[:1]).proved([Node("2")])
    assert not len(Detachment().proved([])[0])


def test_a_unification_without_end_is_given_up() -> None:
    """Of formulas that double with every step, each as a term of few nodes: what is compared is all of them."""
    rule = Detachment(axioms=("CpCpp", "CpCqCpq", "CCppp"), longest=8192)

    def doubled(times: int) -> Node:
        one = Node("1")
        for _ in range(times):
            one = Node("D", (Node("1"), one))
        return one

    def compared(times: int) -> Node:
        both = Node("D", (Node("D", (Node("2"), doubled(times))), doubled(times)))
        return Node("D", (Node("3"), both))

    found, status = rule.proved([compared(4), compared(30), doubled(30)])
    assert status[:, 0].tolist() == [Status.OK, Status.UNRESOLVED, Status.UNRESOLVED]
    assert polish(found[0]) == polish(rule.proved([doubled(4)])[0][0])


def test_texts_are_read_and_written() -> None:
    assert PROOF.parse(" D D 2 1\n1 ").tree == PROOF.parse("DD211").tree
    for wrong in ("D1", "D114", "DD211 1", "d11", ""):
        with pytest.raises(ParseError):
            PROOF.parse(wrong)
    for formula in ("CpCqp", "Np", "p", *AXIOMS):
        assert polish(codes(formula)) == formula
    for wrong in ("C", "pp", "CpX", "Cp", ""):
        with pytest.raises(SpecError, match="formula"):
            codes(wrong)
