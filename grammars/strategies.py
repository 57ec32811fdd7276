"""Hypothesis strategies for expression trees, for our tests and for users' own. Needs the extra `test`.

They shrink towards small trees over `x_0` and short numbers.
"""

from __future__ import annotations

from hypothesis import strategies as st

from .tree import BINARY, CONSTANTS, FUNCTIONS, NEGATE, Node, number, system, variable


def numbers() -> st.SearchStrategy[Node]:
    """Number leaves: whole, short decimal and arbitrary finite floats of either sign."""
    return st.one_of(
        st.integers(-12, 12).map(float),
        st.decimals(-1000, 1000, places=3, allow_nan=False, allow_infinity=False).map(float),
        st.floats(allow_nan=False, allow_infinity=False),
    ).map(number)


def expressions(dim: int = 3, max_leaves: int = 12) -> st.SearchStrategy[Node]:
    """Expressions over `x_0` … `x_{dim-1}` with every operator and function of the grammar."""
    leaves = st.one_of(st.integers(0, dim - 1).map(variable), numbers(), st.sampled_from(CONSTANTS).map(Node))

    def grow(child: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        binary = st.builds(lambda op, a, b: Node(op, (a, b)), st.sampled_from(BINARY), child, child)
        power = st.builds(lambda a, n: Node("^", (a, number(n))), child, st.integers(2, 9))
        unary = st.builds(lambda op, a: Node(op, (a,)), st.sampled_from((NEGATE, *FUNCTIONS)), child)
        return st.one_of(binary, power, unary)

    return st.recursive(leaves, grow, max_leaves=max_leaves)


@st.composite
def trees(draw: st.DrawFn, dim: int | None = None, max_dim: int = 3, max_leaves: int = 10) -> Node:
    """System trees with `dim` equations (drawn from 1 to `max_dim` where not given)."""
    n = dim if dim is not None else draw(st.integers(1, max_dim))
    return system(*(draw(expressions(n, max_leaves)) for _ in range(n)))
