"""Horner's form."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ...grammars.tree import NEGATE, Node
from .flatten import opposite
from .limits import RewriteResult, guarded
from .polynomial import Factor, Monomial, Polynomial, Reader, canonical_order, power, times, write


@dataclass(frozen=True, slots=True)
class Horner:
    """Writes polynomials as nested products: `2*x^3 - x^2 + 3*x` -> `x*(x*(2*x - 1) + 3)`.

    Several variables by the greedy scheme (Ceberio & Kreinovich, ACM SIGSAM Bulletin 38:8, 2004): the factor that most terms
    share, first by its order in a tie, is taken out of them, and so on within and beside. Everything is multiplied out before.
    Idempotent.
    """

    spec: str = "horner"

    @property
    def idempotent(self) -> bool:
        """Applying it twice is applying it once."""
        return True

    def apply(self, tree: Node) -> Node:
        return self.attempt(tree).tree

    def attempt(self, tree: Node) -> RewriteResult:
        """See `limits.RewriteResult`."""
        return guarded(tree, _nested)


def _nested(node: Node) -> Node:
    reader = Reader(True, _nested)
    return reader.check(_write(canonical_order(reader.read(node))))


def _write(p: Polynomial) -> Node:
    shared = _most_shared(p)
    if shared is None:
        return write(p)
    inside = {m: c for m, c in p.items() if shared in dict(m)}
    n = min(dict(m)[shared] for m in inside)
    quotient = canonical_order({_without(m, shared, n): c for m, c in inside.items()})
    factor = Node("/", (_write(quotient), power(shared[0], n))) if shared[1] else times([power(shared[0], n), _write(quotient)])
    rest = _write({m: c for m, c in p.items() if m not in inside}) if len(inside) < len(p) else None
    return factor if rest is None else _plus(factor, rest)


def _most_shared(p: Polynomial) -> Factor | None:
    """The factor of most terms, if of two at least; the first in order among equals."""
    counts = Counter(factor for monomial in p for factor, _ in monomial)
    best = max(counts.values(), default=0)
    return next(factor for factor, count in counts.items() if count == best) if best > 1 else None


def _without(monomial: Monomial, factor: Factor, n: int) -> Monomial:
    return tuple((f, k - n if f == factor else k) for f, k in monomial if f != factor or k > n)


def _plus(a: Node, b: Node) -> Node:
    """a + b, in the place of the first term of b; a - c where that is -c."""
    if b.symbol in ("+", "-"):
        return Node(b.symbol, (_plus(a, b.children[0]), b.children[1]))
    first = b
    while first.symbol in ("*", "/"):
        first = first.children[0]
    negative = first.symbol == NEGATE or (first.value or 0.0) < 0
    positive = opposite(b) if negative else None
    return Node("+", (a, b)) if positive is None else Node("-", (a, positive))
