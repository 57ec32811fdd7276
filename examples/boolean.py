"""A domain of one's own in one file: Boolean formulas, whose meaning is their truth table.

    kappabar compare --domain examples.boolean:BOOLEAN -r prefix -r tree -r infix --data sample:50

What a domain needs: a grammar (texts to trees), a semantic map φ (trees to behaviors), and a metric (two behaviors to a number).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kappabar import (
    ConditionError,
    Domain,
    Metric,
    Node,
    Operator,
    Symbols,
    System,
    TextReader,
    Values,
    operators,
    system,
    variable,
)

# 1. The alphabet: what trees are made of, and how infix writes it. A larger precedence binds tighter.
OPERATORS = operators(
    Operator("xor", 2, "infix", 1, commutative=True, associative=True),
    Operator("or", 2, "infix", 2, commutative=True, associative=True),
    Operator("and", 2, "infix", 3, commutative=True, associative=True),
    Operator("not", 1, "prefix", 4),
)

# 2. The grammar. A rule or alias that is named like a symbol builds its node; NAME is a variable.
GRAMMAR = """
?start: either
?either: any | either ("xor" | "^") any  -> xor
?any: all | any ("or" | "|") all         -> or
?all: one | all ("and" | "&") one        -> and
?one: ("not" | "~") one                  -> not
    | NAME
    | "(" either ")"
NAME: /[a-z]\\w*/
%import common.WS
%ignore WS
"""

# 3. The semantic map φ: the truth values of a formula in every row of its truth table.
MEANING = {"xor": np.logical_xor, "or": np.logical_or, "and": np.logical_and, "not": np.logical_not}
MOST_VARIABLES = 12


def rows(n: int) -> np.ndarray:
    """All assignments of n variables, 0 or 1: (2^n, n)."""
    if n > MOST_VARIABLES:
        raise ConditionError(f"a truth table of {n} variables is too large; use at most {MOST_VARIABLES}")
    return (np.arange(2**n)[:, None] >> np.arange(n)[::-1] & 1).astype(float)


def truth(formula: Node, table: np.ndarray) -> np.ndarray:
    """(T, n) assignments to (T,) truth values."""
    if formula.is_variable:
        return table[:, formula.index] > 0
    return MEANING[formula.symbol](*(truth(part, table) for part in formula.children))


# 4. The metric: the share of rows in which two formulas differ. Arrays are (..., T, D): rows, formulas.
def disagreement(reference: np.ndarray, other: np.ndarray) -> np.ndarray:
    return (reference != other).mean(axis=(-2, -1))


# 5. Where formulas come from: `sample:N` draws here, and so does the task from which a model learns.
@dataclass(frozen=True)
class Formulas:
    """Random formulas of `variables` variables and up to `depth` levels of operators."""

    variables: int = 5
    depth: int = 3

    def draw(self, rng: np.random.Generator) -> System:
        names = tuple(f"x_{i}" for i in range(self.variables))
        return System(system(self.formula(rng, self.depth)), names, "boolean")

    def formula(self, rng: np.random.Generator, depth: int) -> Node:
        if depth == 0 or rng.random() < 0.1:
            return variable(int(rng.integers(self.variables)))
        row = OPERATORS.rows[int(rng.integers(len(OPERATORS.rows)))]
        return Node(row.symbol, tuple(self.formula(rng, depth - 1) for _ in range(row.arity)))


BOOLEAN = Domain(
    name="boolean",
    parse=TextReader("boolean", GRAMMAR, OPERATORS),
    semantics=Values(truth, rows),
    metric="disagreement",
    metrics=(Metric("disagreement", disagreement, d_max=1.0),),
    closed=False,  # variables are inputs: they have no equations of their own
    operators=OPERATORS,
    sampler=Formulas(),
    observer=Symbols(2),  # a model sees bits, of which noise flips some
)
