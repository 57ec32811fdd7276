"""Rewrites with one mistake each, for `kappabar check` to find. Loaded by name: `check_faults.rewrites:DividesByZero`."""

from __future__ import annotations

from dataclasses import replace

from kappabar.grammars.tree import Node, number, system


class Sound:
    """Changes nothing; the others change one thing too many."""

    spec = "spoiled"

    def apply(self, tree):
        return tree.map(self.changed)

    def changed(self, node):
        return node


class DividesByZero(Sound):
    """x -> x*x/x, which has no value at zero."""

    def apply(self, tree):
        return system(*(self._squared(e) for e in tree.children))

    def _squared(self, node):
        return Node("/", (Node("*", (node, node)), node)) if node.is_variable else node


class Commutes(Sound):
    """a - b -> b - a."""

    def changed(self, node):
        return Node("-", node.children[::-1]) if node.symbol == "-" else node


class SmallAngle(Sound):
    """sin(x) -> x."""

    def changed(self, node):
        return node.children[0] if node.symbol == "sin" else node


class Unsigned(Sound):
    """|x| -> x: wrong below zero."""

    def changed(self, node):
        return node.children[0] if node.symbol == "abs" else node


class RoundsOff(Sound):
    """Coefficients lose what is behind the third decimal."""

    def changed(self, node):
        return replace(node, value=round(node.value, 2)) if node.value is not None else node


class Renames(Sound):
    """x_0 and x_1 are exchanged, their equations are not."""

    def changed(self, node):
        return Node({"x_0": "x_1", "x_1": "x_0"}[node.symbol]) if node.symbol in ("x_0", "x_1") else node

    def apply(self, tree):
        return tree.map(self.changed) if len(tree.children) > 1 else tree


class DropsEquation(Sound):
    """Equal equations are written once."""

    def apply(self, tree):
        return system(*dict.fromkeys(tree.children))


class Raises(Sound):
    """Knows no powers."""

    def changed(self, node):
        return node if node.symbol != "^" else {}[node.symbol]


class Unary(Sound):
    """-x becomes a minus with one operand."""

    def changed(self, node):
        return Node("-", node.children) if node.symbol == "neg" else node


class OneByOne(Sound):
    """Writes a - b as a + (-b), one at a time, and says that it is done."""

    idempotent = True

    def apply(self, tree):
        for path, node in tree.walk():
            if node.symbol == "-":
                left, right = node.children
                return self._with(tree, path, Node("+", (left, Node("neg", (right,)))))
        return tree

    def _with(self, tree, path, new):
        if not path:
            return new
        children = list(tree.children)
        children[path[0]] = self._with(children[path[0]], path[1:], new)
        return replace(tree, children=tuple(children))


class Alternates(Sound):
    """Every second time, sums are commuted."""

    calls = 0

    def apply(self, tree):
        self.calls += 1
        return super().apply(tree)

    def changed(self, node):
        return Node("+", node.children[::-1]) if node.symbol == "+" and self.calls % 2 else node


class Infinite(Sound):
    """Doubles numbers until they are none."""

    def changed(self, node):
        return number(node.value * 1e300) if node.is_number else node


class RootOfSquare(Sound):
    """sqrt(x^2) -> x, which is wrong below zero alone."""

    def changed(self, node):
        inner = node.children[0] if node.symbol == "sqrt" else node
        return inner.children[0] if inner is not node and inner.symbol == "^" and inner.children[1] == number(2.0) else node


class NegativeLeft(Sound):
    """-1.5*x -> 1.5*x: only numbers below zero are changed, and only as left factors."""

    def changed(self, node):
        left = node.children[0] if node.symbol == "*" else node
        return Node("*", (number(-left.value), node.children[1])) if left is not node and (left.value or 0) < 0 else node
