"""What a whole system is like, in a few words: what choices one by one do not hold together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ...operators import Operators
from ...tree import NUMBER, System, coefficients, variables
from .chains import View, groups, view

_MOST = 4
_FEW = 2
_COMMON = 0.05
_SIZES = 6
_DEEP = 12

Traits = dict[str, str]
"""Name of a trait -> what a system has of it."""


def traits(system: System, operators: Operators, sizes: Sequence[int], counted: Sequence[str]) -> Traits:
    """Repeated terms, unused variables, which equation uses which variables, terms, size (`sizes`: least size of each class but
    the first), depth, numbers, signs, and how often each of the `counted` operators occurs."""
    chain_of = groups(operators)
    views = [view(e, chain_of) for e in system.equations]
    used = [variables(e) for e in system.equations]
    numbers = coefficients(system.tree)
    symbols = Counter(node.symbol for _, node in system.tree.walk())
    few = len(views) <= _FEW
    terms = [min(len(v.children) if v.joins else 1, _MOST) for v in views]
    couplings = sum(len(own - {i}) for i, own in enumerate(used))
    made: dict[str, object] = {
        "shape": [system.dim, len(views)],
        "repeated terms": min(sum(map(repeated_terms, views)), _MOST),
        "unused": min(system.dim - len(set().union(*used)), _MOST),
        "variables": [sorted(own) for own in used] if few and system.dim <= _FEW else [system.dim, couplings],
        "terms": terms if few else [len(views), sum(terms)],
        "size": sum(system.tree.size >= least for least in sizes),
        "depth": min(system.tree.depth, _DEEP),
        "numbers": min(len(numbers), 2 * _MOST),
        "negative": min(sum(v < 0 for v in numbers), _MOST),
    }
    made |= {f"count of {symbol}": min(symbols[symbol], _MOST) for symbol in counted}
    return {name: str(value) for name, value in made.items()}


def size_classes(corpus: Sequence[System]) -> tuple[int, ...]:
    """The least sizes of about equally frequent classes."""
    ordered = sorted(s.tree.size for s in corpus)
    edges = [ordered[len(ordered) * k // _SIZES] for k in range(1, _SIZES)]
    return tuple(dict.fromkeys(e for e in edges if e > ordered[0]))


def common_operators(corpus: Sequence[System], operators: Operators) -> tuple[str, ...]:
    """Those that at least one system in twenty has."""
    counts = Counter(symbol for s in corpus for symbol in {node.symbol for _, node in s.tree.walk()})
    return tuple(row.symbol for row in operators.rows if counts[row.symbol] >= _COMMON * len(corpus))


def repeated_terms(seen: View) -> int:
    """Terms of a sum, or factors of a product, that are another's but for its numbers; at all places."""
    kinds = Counter(map(_blank, seen.children)) if seen.joins else Counter()
    return sum(n - 1 for n in kinds.values()) + sum(map(repeated_terms, seen.children))


def _blank(seen: View) -> View:
    """A term without factors that are numbers, and with all its other numbers 1."""
    if seen.symbol == NUMBER:
        return View(NUMBER, (), (), 1.0)
    if not seen.joins:
        return View(seen.symbol, tuple(map(_blank, seen.children)), (), seen.value) if seen.children else seen
    kept = [(join, _blank(c)) for join, c in zip(("", *seen.joins), seen.children, strict=True) if c.symbol != NUMBER]
    if len(kept) == 1:
        return kept[0][1]
    return View(seen.symbol, tuple(c for _, c in kept), tuple(join for join, _ in kept))


def shares(rows: Sequence[Traits]) -> Mapping[str, Counter[str]]:
    """How many have what, trait by trait."""
    return {name: Counter(row[name] for row in rows) for name in (rows[0] if rows else ())}
