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


class Pattern(Sound):
    """An identity that is true for some numbers only, where it stands in an expression; `replaced` gives None elsewhere."""

    def changed(self, node):
        symbols = [node.symbol, *(child.symbol for child in node.children)]
        found = self.replaced(node.children, symbols)
        return node if found is None else found


class ExponentialOfLogarithm(Pattern):
    """exp(log(a)) -> a, which has a value below zero, too."""

    def replaced(self, operands, symbols):
        return operands[0].children[0] if symbols == ["exp", "log"] else None


class LogarithmOfSquare(Pattern):
    """log(a^2) -> 2*log(a), which has no value below zero."""

    def replaced(self, operands, symbols):
        if symbols != ["log", "^"] or operands[0].children[1] != number(2.0):
            return None
        return Node("*", (number(2.0), Node("log", operands[0].children[:1])))


class PowerOfPower(Pattern):
    """(a^m)^n -> a^(m*n): not where m is even and m*n is not."""

    def replaced(self, operands, symbols):
        if symbols[:2] != ["^", "^"]:
            return None
        (base, m), n = operands[0].children, operands[1]
        return Node("^", (base, number(m.value * n.value))) if m.is_number and n.is_number else None


class Cancels(Pattern):
    """a/a -> 1, also where a has no value."""

    def replaced(self, operands, symbols):
        return number(1.0) if symbols[0] == "/" and operands[0] == operands[1] else None


class TakesAway(Pattern):
    """a - a -> 0, also where a has no value."""

    def replaced(self, operands, symbols):
        return number(0.0) if symbols[0] == "-" and len(operands) == 2 and operands[0] == operands[1] else None


class ArcSineOfSine(Pattern):
    """asin(sin(a)) -> a, which goes on rising beyond a quarter of a turn."""

    def replaced(self, operands, symbols):
        return operands[0].children[0] if symbols == ["asin", "sin"] else None


class ProductOfRoots(Pattern):
    """sqrt(a)*sqrt(b) -> sqrt(a*b), which has a value where both are below zero."""

    def replaced(self, operands, symbols):
        under = tuple(operand.children[0] for operand in operands) if symbols == ["*", "sqrt", "sqrt"] else ()
        return Node("sqrt", (Node("*", under),)) if under else None


class RootOfProduct(Pattern):
    """sqrt(a*b) -> sqrt(a)*sqrt(b), which has none there."""

    def replaced(self, operands, symbols):
        if symbols != ["sqrt", "*"]:
            return None
        return Node("*", tuple(Node("sqrt", (factor,)) for factor in operands[0].children))


class SumOfLogarithms(Pattern):
    """log(a) + log(b) -> log(a*b), which has a value where both are below zero."""

    def replaced(self, operands, symbols):
        inner = tuple(operand.children[0] for operand in operands) if symbols == ["+", "log", "log"] else ()
        return Node("log", (Node("*", inner),)) if inner else None


class RootSquared(Pattern):
    """sqrt(a)^2 -> a, which has a value below zero, too."""

    def replaced(self, operands, symbols):
        return operands[0].children[0] if symbols[:2] == ["^", "sqrt"] and operands[1] == number(2.0) else None


class SumOfSizes(Pattern):
    """|a| + |b| -> |a + b|, as for numbers of one sign."""

    def replaced(self, operands, symbols):
        inner = tuple(operand.children[0] for operand in operands) if symbols == ["+", "abs", "abs"] else ()
        return Node("abs", (Node("+", inner),)) if inner else None


class Complementary(Pattern):
    """asin(a) + acos(a) -> pi/2, also where a is beyond one."""

    def replaced(self, operands, symbols):
        if symbols != ["+", "asin", "acos"] or operands[0].children != operands[1].children:
            return None
        return Node("/", (Node("pi"), number(2.0)))
