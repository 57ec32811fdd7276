"""Roots of squares as absolute values, and what is left of x / abs(x) as a sign.

sqrt(x^2) → abs(x), (4*x^2*y)^0.5 → abs(x) * (4*y)^0.5, x/sqrt(x^2) → sign(x). Computed as it stands, a root of a square has a
corner that nothing shows but its value, and x/abs(x) has no value at 0; written so, the place of both is known.
"""

from __future__ import annotations

from ....grammars.tree import Node, number


def plain_roots(tree: Node) -> Node:
    """The tree with what is certainly squared under a root or a fractional power taken out as absolute values, and with these
    shortened against what they are of."""
    return tree.map(_plain)


def _plain(node: Node) -> Node:
    if node.symbol == "sqrt":
        return _taken_out(node, node.children[0], None)
    if node.symbol == "^" and _whole(node.children[1]) is None:
        return _taken_out(node, node.children[0], node.children[1])
    return _shortened(node) if node.symbol in ("*", "/") else node


def _shortened(node: Node) -> Node:
    """A product with u^m and abs(u)^n, of which one divides the other, in its simplest form: x^3 / abs(x) → sign(x) *
    abs(x)^2."""
    factors = _factors(node, 1)
    pairs = [f.children[0] for f, n in factors.items() if f.symbol == "abs" and n * factors.get(f.children[0], 0) < 0]
    if not pairs:
        return node
    for inside in pairs:
        power, absolute = factors.pop(inside), Node("abs", (inside,))
        factors[absolute] += power
        if power % 2:
            sign = Node("sign", (inside,))
            factors[sign] = factors.get(sign, 0) + 1
    above, below = (_product([_power(f, abs(n)) for f, n in factors.items() if n * side > 0]) for side in (1, -1))
    return above if below == number(1.0) else Node("/", (above, below))


def _product(parts: list[Node]) -> Node:
    product = parts[0] if parts else number(1.0)
    for part in parts[1:]:
        product = Node("*", (product, part))
    return product


def _taken_out(node: Node, base: Node, exponent: Node | None) -> Node:
    rest: list[Node] = []
    out: list[Node] = []
    for factor, power in _factors(base, 1).items():
        even = 2 * int(power / 2) if not factor.is_number else 0
        if power != even:
            rest.append(_power(factor, power - even))
        if even:
            absolute = Node("abs", (factor,))
            out.append(_power(absolute, even // 2) if exponent is None else Node("^", (absolute, _times(exponent, even))))
    if not out:
        return node
    if rest:
        left = _product(rest)
        out.insert(0, Node("sqrt", (left,)) if exponent is None else Node("^", (left, exponent)))
    return _product(out)


def _factors(node: Node, power: int) -> dict[Node, int]:
    """The node as a product of powers."""
    if node.symbol in ("*", "/"):
        factors = _factors(node.children[0], power)
        for factor, other in _factors(node.children[1], power if node.symbol == "*" else -power).items():
            factors[factor] = factors.get(factor, 0) + other
        return factors
    if node.symbol == "^" and (whole := _whole(node.children[1])) is not None:
        return _factors(node.children[0], power * whole)
    return {node: power}


def _whole(node: Node) -> int | None:
    return int(node.value) if node.value is not None and node.is_number and node.value == int(node.value) else None


def _power(node: Node, power: int) -> Node:
    return node if power == 1 else Node("^", (node, number(float(power))))


def _times(node: Node, factor: int) -> Node:
    return number(factor * node.value) if node.value is not None else Node("*", (number(float(factor)), node))
