"""Equations that are not solved for their derivative: `m x'' + c x' = -k x` is x'' = (-k x - c x')/m.

The derivative stands once on the left, in a term of its own, and what it is multiplied by does not change in time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..tree import NEGATE, Node
from .names import names_in
from .reader import FaultFound, limited
from .sections import Equation, Parts
from .written import NAMED, TIMED

TIME = "t"


@dataclass(frozen=True, slots=True)
class Solved:
    """x'' = `right`. `factors`: what the other side is divided by or, as `divisors`, multiplied by; `negative`: whether its sign
    is turned. `rest`: whether there were other terms beside the derivative's."""

    name: str
    order: int
    right: Node
    factors: tuple[Node, ...]
    divisors: tuple[Node, ...]
    rest: bool
    negative: bool

    @property
    def side(self) -> str:
        return self.name + "'" * self.order


def solved(left: Node, right: Node, at: int) -> Solved:
    """The equation of settled raw trees, solved for the highest derivative of its left side. Raises FaultFound."""
    found = {leaf.symbol for _, leaf in left.walk() if _order(leaf.symbol)}
    highest = max(map(_order, found), default=0)
    targets = {_name(symbol) for symbol in found if _order(symbol) == highest}
    if len(targets) != 1:
        several = " and ".join(sorted(f"{name}{chr(39) * highest}" for name in targets))
        raise FaultFound(f"{several} stand on one left side; write an equation for each", at)
    (name,) = targets
    symbols = frozenset(symbol for symbol in found if _order(symbol) == highest)
    terms = _terms(left, 1)
    own = [(sign, term) for sign, term in terms if _has(term, symbols)]
    if len(own) > 1:
        raise FaultFound(f"{name}{chr(39) * highest} stands twice on the left; collect its factors", at)
    sign, term = own[0]
    sign, factors, divisors = _factors(term, sign, symbols, at)
    others = [(s, t) for s, t in terms if t is not term]
    whole = right
    if others and right.is_number and right.value == 0.0:  # … = 0
        (s, first), *others = others
        whole = Node(NEGATE, (first,)) if s > 0 else first
    for s, other in others:
        whole = Node("-" if s > 0 else "+", (whole, other))
    for divisor in divisors:
        whole = Node("*", (whole, divisor))
    for factor in factors:
        whole = Node("/", (whole, factor))
    whole = Node(NEGATE, (whole,)) if sign < 0 else whole
    return Solved(
        name,
        highest,
        whole,
        factors=tuple(factors),
        divisors=tuple(divisors),
        rest=len(terms) > 1,
        negative=sign < 0,
    )


def with_sides_solved(parts: Parts, text: str) -> Parts:
    """The parts with each equation solved for its derivative. Raises FaultFound, also for a factor that changes in time."""
    found = {i: solved(e.left, e.right, e.at) for i, e in enumerate(parts.equations) if e.left is not None}
    if not found:
        return parts
    given = {str(a.name): a.low for a in (*parts.definitions, *parts.parameters)}
    moving = {e.name for e in parts.equations} | {s.name for s in found.values()} | ({TIME} - set(given))
    for _ in given:
        moving |= {name for name, value in given.items() if any(n in moving for n, _ in names_in([value]))}
    equations, notes = list(parts.equations), []
    for i, side in found.items():
        at, left = equations[i].at, equations[i].left
        for factor in (*side.factors, *side.divisors):
            if names := [n for n, _ in names_in([factor]) if n in moving]:
                reason = f"{side.side} has a factor that changes with {names[0]}; where that is 0 it has no value"
                raise FaultFound(f"{reason}. Write {side.side} = (…)/(…) where that is meant", at)
        written = " ".join(text[slice(*left.span)].split()) if left is not None and left.span else side.side
        divided = f"{'-' * side.negative}(…){''.join(f'/{_grouped(text, f)}' for f in side.factors)}"
        how = f"is solved for {side.side}" if side.rest or side.divisors else f"is read as {side.side} = {divided}"
        notes.append(f"{_short(written)} = … {how}")
        equations[i] = Equation(side.name, side.order, limited(side.right), at)
    return replace(parts, equations=tuple(equations), notes=(*parts.notes, *notes))


def _grouped(text: str, node: Node) -> str:
    written = text[slice(*node.span)] if node.span else ""
    return written if written.lstrip("\\").isalnum() else f"({written})"


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _order(symbol: str) -> int:
    return symbol.removesuffix(TIMED).count("'") if symbol.startswith(NAMED) else 0


def _name(symbol: str) -> str:
    return symbol.removeprefix(NAMED).removesuffix(TIMED).rstrip("'")


def _has(node: Node, symbols: frozenset[str]) -> bool:
    return any(leaf.symbol in symbols for _, leaf in node.walk())


def _terms(node: Node, sign: int) -> Sequence[tuple[int, Node]]:
    if node.symbol in ("+", "-"):
        left, right = node.children
        return [*_terms(left, sign), *_terms(right, sign if node.symbol == "+" else -sign)]
    if node.symbol == NEGATE and node.children[0].symbol in ("+", "-"):
        return _terms(node.children[0], -sign)
    return [(sign, node)]


def _factors(term: Node, sign: int, symbols: frozenset[str], at: int) -> tuple[int, list[Node], list[Node]]:
    """What stands beside the derivative in its term, nearest to it last."""
    factors: list[Node] = []
    divisors: list[Node] = []
    while term.symbol not in symbols:
        inside = [child for child in term.children if _has(child, symbols)]
        if len(inside) != 1 or term.symbol not in (NEGATE, "*", "/") or (term.symbol == "/" and inside[0] is term.children[1]):
            derivative = next(leaf.symbol for _, leaf in term.walk() if leaf.symbol in symbols)
            raise FaultFound(f"the left side is no factor times {derivative.removeprefix(NAMED)}; solve the equation for it", at)
        if term.symbol == NEGATE:
            sign = -sign
        else:
            other = term.children[0] if inside[0] is term.children[1] else term.children[1]
            (divisors if term.symbol == "/" else factors).append(other)
        term = inside[0]
    return sign, factors, divisors
