"""How far theorems are from each other, against anti-unification in plain Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.evaluate.domains.proof.detachment import LONGEST, SYMBOLS
from kappabar.evaluate.domains.proof.distances import generalization, subsumption
from kappabar.evaluate.domains.proof.formulas import most_general
from kappabar.evaluate.domains.proof.tables import proved
from kappabar.evaluate.domains.proof.theorems import codes, polish

Formula = Any


def row(text: str) -> np.ndarray:
    found = np.zeros((LONGEST, 1))
    own = codes(text)
    found[: len(own), 0] = own
    return found


def read(text: str) -> Formula:
    letters = iter(text)

    def part() -> Formula:
        letter = next(letters)
        return (letter, part(), part()) if letter == "C" else (letter, part()) if letter == "N" else letter

    return part()


def common(a: Formula, b: Formula, names: dict[tuple[Formula, Formula], str]) -> Formula:
    """Plotkin's least general generalization: the same pair of terms is the same variable."""
    if not isinstance(a, str) and not isinstance(b, str) and a[0] == b[0]:
        return (a[0], *(common(x, y, names) for x, y in zip(a[1:], b[1:], strict=True)))
    return names.setdefault((a, b), f"v{len(names)}")


def says(formula: Formula) -> int:
    """Connectives, and uses of variables beyond the first of each."""

    def leaves(f: Formula) -> list[str]:
        return [f] if isinstance(f, str) else [x for part in f[1:] for x in leaves(part)]

    def connectives(f: Formula) -> int:
        return 0 if isinstance(f, str) else 1 + sum(map(connectives, f[1:]))

    every = leaves(formula)
    return connectives(formula) + len(every) - len(set(every))


@st.composite
def formulas(draw: st.DrawFn, most: int = 5) -> str:
    if not most or draw(st.integers(0, 2)) == 0:
        return draw(st.sampled_from("pqrs"))
    if draw(st.integers(0, 3)) == 0:
        return "N" + draw(formulas(most - 1))
    return "C" + draw(formulas(most - 1)) + draw(formulas(most - 1))


def put(formula: Formula, terms: dict[str, Formula]) -> Formula:
    return terms.get(formula, formula) if isinstance(formula, str) else (formula[0], *(put(f, terms) for f in formula[1:]))


def text(formula: Formula) -> str:
    return formula if isinstance(formula, str) else formula[0] + "".join(map(text, formula[1:]))


@given(formulas(), formulas())
@settings(max_examples=300, deadline=None)
def test_what_is_in_common_is_the_least_general_generalization(a: str, b: str) -> None:
    x, y = read(a), read(b)
    both = says(common(x, y, {}))
    most = max(says(x), says(y))
    assert float(generalization(row(a), row(b))) == pytest.approx(1 - both / most if most else 0.0)
    half = 0.5 * (both != says(x)) + 0.5 * (both != says(y))
    assert float(subsumption(row(a), row(b))) == half


@given(formulas(), st.lists(formulas(2), min_size=4, max_size=4))
@settings(max_examples=200, deadline=None)
def test_an_instance_is_at_one_half_at_most(general: str, terms: list[str]) -> None:
    special = text(put(read(general), dict(zip("pqrs", terms, strict=True))))
    found = float(subsumption(row(general), row(special)))
    assert found <= 0.5
    assert (found == 0.0) == (polish(codes(general)) == polish(codes(special))), (
        "0 for the same up to names, and for nothing else"
    )


@given(formulas(), formulas())
@settings(max_examples=200, deadline=None)
def test_distances_are_symmetric_and_zero_between_equals_alone(a: str, b: str) -> None:
    for distance in (generalization, subsumption):
        forth, back = float(distance(row(a), row(b))), float(distance(row(b), row(a)))
        assert forth == back and 0.0 <= forth <= 1.0
        assert (forth == 0.0) == (codes(a) == codes(b))


def test_known_distances() -> None:
    assert float(subsumption(row("CpCqp"), row("CpCpp"))) == 0.5
    assert float(subsumption(row("Cpp"), row("CpCqp"))) == 1.0
    # Cpp says 2 (C, and that p comes again), CNpNp says 4; both say of two parts that they are the same.
    assert float(generalization(row("Cpp"), row("CNpNp"))) == pytest.approx(1 - 2 / 4)


def test_what_is_no_formula_has_a_distance_and_stays_within_its_arrays() -> None:
    """Arrays of any codes, whole ones of one code among them: compiled code looks at no bounds."""
    rng = np.random.default_rng(0)
    formula = row("CCpCqrCCpqCpr")
    strange = [np.full((LONGEST, 1), code, float) for code in (0, 1, 2, 3, SYMBOLS - 1)]
    strange += [rng.integers(0, 4, (LONGEST, 1)).astype(float) for _ in range(200)]
    for one in strange:
        for distance in (generalization, subsumption):
            for pair in ((formula, one), (one, formula), (one, one)):
                assert 0.0 <= float(distance(*pair)) <= 1.0
    stays = np.zeros(len(strange), np.bool_)
    every = np.array(strange)[..., 0].astype(np.int8)
    most_general()(every, every, stays)


def test_many_at_once_are_as_one_by_one() -> None:
    every = np.concatenate([one.formulas for one in proved(7)]).astype(float)
    others = np.zeros((len(every), 1, LONGEST, 1))
    others[:, 0, :, 0] = every
    reference = others[3]
    for distance in (generalization, subsumption):
        whole = distance(reference, others)
        assert whole.shape == (len(every), 1)
        assert whole[:, 0].tolist() == [float(distance(reference[0], one[0])) for one in others]
