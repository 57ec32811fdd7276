"""The other ways to write a text mean what the text means: by an evaluator of its own, which reads what people write and knows
nothing of Kappabar's readers; and by these, where they read that way."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings

from kappabar.evaluate.domains.sources import load, sample_systems
from kappabar.grammars.draw.strategies import trees
from kappabar.grammars.files.bank import bank
from kappabar.grammars.print import ways
from kappabar.grammars.print.infix import infix_pieces
from kappabar.grammars.print.latex import latex_pieces
from kappabar.grammars.print.ways_infix import WAYS as INFIX
from kappabar.grammars.print.ways_infix import infix_ways
from kappabar.grammars.print.ways_latex import WAYS as LATEX
from kappabar.grammars.print.ways_latex import latex_ways
from kappabar.grammars.text.latex import read_latex
from kappabar.grammars.text.parse import parse
from kappabar.grammars.text.reader import read_infix
from kappabar.grammars.tree import Node, number, system, variable
from kappabar.tokenizers.notations.characters import InfixCharacters
from kappabar.tokenizers.notations.latex import LatexCharacters

NAMES = ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "exp", "sqrt", "log")
FUNCTIONS: dict[str, Callable[[float], float]] = {
    **{name: getattr(math, name) for name in NAMES},
    "ln": math.log,
    "cot": lambda z: 1 / math.tan(z),
    "abs": abs,
    "sign": lambda z: math.copysign(1.0, z) if z else 0.0,
    "arcsin": math.asin,
    "arccos": math.acos,
    "arctan": math.atan,
}
POINT = [0.37 + 0.01 * i for i in range(12)]

TOKEN = re.compile(
    r"\s*(?:(?P<num>(?:\d+(?:\.\d*)?|\.\d+)(?:\s*\\times\s*10\^\{-?\d+\}|e[+-]?\d+)?)"
    r"|(?P<name>x_\{\d+\}|x\[\d+\]|x_?\d+|[xyzw](?![a-z_\d\[]))"
    r"|\\operatorname\{(?P<upright>[a-z]+)\}"
    r"|(?P<word>\\?[a-z]+)|(?P<sup>[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)|(?P<op>\*\*|\\[,;]|.))\s*"
)


class Reader:
    """Values of texts as people read them, at one point. `tight`: whether what stands side by side binds more tightly than a
    quotient; people disagree."""

    def __init__(self, text: str, names: dict[str, float], tight: bool) -> None:
        text = text.replace("\\left|", "⟨").replace("\\right|", "⟩").replace("\\cdot", "*").replace("\\dfrac", "\\frac")
        text = re.sub(r"\\(left|right)(?=[()])", "", text)
        text = re.sub(r"\\times(?!\s*10\^\{)", "*", text)  # but for that of a literal
        self.tokens = [(m.lastgroup or "", m[m.lastgroup or ""]) for m in TOKEN.finditer(text.strip())]
        self.names, self.tight, self.at = names, tight, 0

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("", "")

    def take(self, text: str = "") -> tuple[str, str]:
        token = self.peek()
        assert not text or token[1] == text, (token, text, self.tokens)
        self.at += 1
        return token

    def value(self) -> float:
        found = self.sum()
        assert self.at == len(self.tokens), self.tokens[self.at :]
        return found

    def sum(self) -> float:
        found = self.product()
        while self.peek()[1] in ("+", "-", "−"):
            sign = self.take()[1]
            found = found + self.product() if sign == "+" else found - self.product()
        return found

    def product(self) -> float:
        found = self.beside() if self.tight else self.signed()
        while True:
            if self.peek()[1] in ("*", "·", "×", "/", "\\,"):
                mark = self.take()[1]
                other = self.beside() if self.tight else self.signed()
                found = found / other if mark == "/" else found * other
            elif not self.tight and self.begins():
                found *= self.power()
            else:
                return found

    def beside(self) -> float:
        found = self.signed()
        while self.begins():
            found *= self.power()
        return found

    def begins(self) -> bool:
        kind, text = self.peek()
        return kind in ("num", "name", "word", "upright") or text in ("(", "{", "⟨")

    def signed(self) -> float:
        if self.peek()[1] in ("-", "−"):
            self.take()
            return -self.signed()
        return self.power()

    def power(self) -> float:
        base = self.atom()
        kind, text = self.peek()
        if kind == "sup":
            self.take()
            return base ** int(text.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")))
        if text in ("^", "**"):
            self.take()
            return power(base, self.signed())
        return base

    def group(self) -> float:
        closing = {"(": ")", "{": "}"}[self.take()[1]]
        found = self.sum()
        self.take(closing)
        return found

    def atom(self) -> float:
        kind, text = self.peek()
        if text in ("(", "{"):
            return self.group()
        self.take()
        if text == "⟨":
            found = abs(self.sum())
            self.take("⟩")
            return found
        if kind == "num":
            return float(re.sub(r"\s*\\times\s*10\^\{(-?\d+)\}", r"e\1", text))
        if kind == "name":
            return self.names[text]
        word = text.lstrip("\\")
        if word == "frac":
            return self.group() / self.group()
        if word in ("pi", "e"):
            return {"pi": math.pi, "e": math.e}[word]
        return FUNCTIONS[word](self.group() if self.peek()[1] in ("(", "{") else self.atom())


def power(base: float, exponent: float) -> float:
    return math.pow(base, exponent)


def value_of(node: Node) -> float:
    """The tree's own value, with no text at all."""
    if node.is_number:
        return node.value or 0.0
    if node.is_variable:
        return POINT[node.index]
    below = [value_of(c) for c in node.children]
    match node.symbol:
        case "pi" | "e":
            return {"pi": math.pi, "e": math.e}[node.symbol]
        case "neg":
            return -below[0]
        case "^":
            return power(*below)
        case "+":
            return below[0] + below[1]
        case "-":
            return below[0] - below[1]
        case "*":
            return below[0] * below[1]
        case "/":
            return below[0] / below[1]
    return FUNCTIONS[node.symbol](below[0])


def names() -> dict[str, float]:
    """Every name that a way gives, apart from `counted from one`, which has the names of the others."""
    forms = ("x_{}", "x_{{{}}}", "x{}", "x[{}]")
    plain = {form.format(i): value for form in forms for i, value in enumerate(POINT)}
    return plain | dict(zip(ways.LETTERS, POINT, strict=False))


def renamed(way: str) -> dict[str, float]:
    if way != "counted from one":
        return names()
    return {form.format(i + 1): value for form in ("x_{}", "x_{{{}}}") for i, value in enumerate(POINT)}


def usable(value: float) -> bool:
    return math.isfinite(value) and abs(value) < 1e100


def check(tree: Node, written: dict[str, str], separators: tuple[str, ...]) -> None:
    for way, text in written.items():
        parts = [text]
        for separator in separators:
            parts = [p for part in parts for p in part.split(separator)]
        assert len(parts) == len(tree.children), (way, text)
        for equation, part in zip(tree.children, parts, strict=True):
            try:
                truth = value_of(equation)
            except (ZeroDivisionError, OverflowError, ValueError):
                continue
            if not usable(truth):
                continue
            for tight in (False, True):
                read = Reader(part, renamed(way), tight).value()
                assert math.isclose(read, truth, rel_tol=1e-6, abs_tol=1e-9), (way, part, read, truth)


def corpus() -> list[Node]:
    """Tame systems, so that values of every one of them are compared."""
    return [s.tree for s in (*bank("ode"), *sample_systems("ode", 60, 3)) if s.dim <= len(POINT) - 1]


def test_the_evaluator_reads_as_people_do() -> None:
    def read(text: str, tight: bool = False) -> float:
        return Reader(text, names(), tight).value()

    x, y = POINT[:2]
    assert read("2x_0^2-−3") == pytest.approx(2 * x**2 + 3)
    assert read("1/2x", False) == pytest.approx(x / 2) and read("1/2x", True) == pytest.approx(1 / (2 * x))
    assert read("-x_0**2") == pytest.approx(-(x**2)) and read("x²y⁻¹") == pytest.approx(x**2 / y)
    assert read(r"\frac{1}{2} x_{0} \sin x_{1} - 2.5 \times 10^{-2}") == pytest.approx(0.5 * x * math.sin(y) - 0.025)
    assert read(r"2 \times x_{0} \times 10") == pytest.approx(20 * x)
    assert read(r"3\, \left|x - 1\right|") == pytest.approx(3 * (1 - x))


def test_every_way_of_infix_means_the_same() -> None:
    seen: set[str] = set()
    for tree in corpus():
        written = infix_ways(tree)
        seen |= set(written)
        check(tree, written, ("|", "\n"))
    assert set(INFIX) - seen <= {"no exponent"}


def test_every_way_of_latex_means_the_same() -> None:
    seen: set[str] = set()
    for tree in corpus():
        written = latex_ways(tree)
        seen |= set(written)
        check(tree, written, (r"\\",))
    assert set(LATEX) - seen <= {"no exponent"}


def test_of_published_systems_too(shared: Path) -> None:
    for s in load([str(shared / "odebench.json")], "ode").systems:
        check(s.tree, infix_ways(s.tree), ("|", "\n"))
        check(s.tree, latex_ways(s.tree), (r"\\",))


@given(trees(max_dim=2, max_leaves=8))
@settings(max_examples=40, deadline=None)
def test_of_any_tree_too(tree: Node) -> None:
    """But for the quotients that a slash puts in another place, which may round otherwise, or pass beyond floats."""
    check(tree, infix_ways(tree), ("|", "\n"))
    check(tree, {way: text for way, text in latex_ways(tree).items() if way != "slash"}, (r"\\",))


def test_renamed_variables_are_the_persons_names() -> None:
    """Kappabar's own reader of whole texts, told the names by left sides, makes the same tree of them."""
    for tree in corpus():
        if len(tree.children) > len(ways.LETTERS):
            continue
        lines = infix_ways(tree)["letters"].split("|")
        plain = "; ".join(f"{name}' = {line}" for name, line in zip(ways.LETTERS, lines, strict=False))
        assert parse(plain).tree == tree
        lines = latex_ways(tree)["letters"].split(r"\\")
        text = r" \\ ".join(rf"\dot{{{name}}} = {line}" for name, line in zip(ways.LETTERS, lines, strict=False))
        assert parse(text).tree == tree


READ_AS_INFIX = {
    *("spaces", "spaces around sums", "double spaces", "double star", "short exponent", "printed exponent", "no exponent"),
    *("no leading zero", "trailing zero", "point zero", "bare point", "terms in parentheses", "equations in parentheses", "ln"),
}
NOT_READ_AS_LATEX = {"minus sign", "letters", "counted from one", "short exponent"}


def read_back(tree: Node, way: str, text: str, latex: bool) -> Node | None:
    """What the tokenizers' own readers make of a text: of infix the one behind `infix | chars | hf`, which takes spaces."""
    n = len(tree.children)
    found = LatexCharacters(n).read_text(text) if latex else InfixCharacters(n).read_text(text)
    plain = read_latex(text) if latex else read_infix(text)
    assert isinstance(plain, Node) >= isinstance(found, Node), (way, text)
    return found if isinstance(found, Node) else None


def test_what_the_readers_take_today() -> None:
    """Ways that they read are read as the same tree, but for quotients in other places; the others not at all, or as another."""
    for tree in corpus():
        for way, text in infix_ways(tree).items():
            assert (read_back(tree, way, text, latex=False) == tree) == (way in READ_AS_INFIX), (way, text)
        for way, text in latex_ways(tree).items():
            found = read_back(tree, way, text, latex=True)
            if way in NOT_READ_AS_LATEX:
                assert found != tree, (way, text)
            elif way != "slash":
                assert found == tree, (way, text)
            else:
                assert found is not None


def test_a_way_that_changes_nothing_is_none() -> None:
    tree = system(variable(0))
    assert set(infix_ways(tree)) == {"letters", "joined index", "bracketed index", "counted from one"}
    assert set(latex_ways(tree)) == {"letters", "bare index", "counted from one"}
    for written in (infix_ways(tree), latex_ways(tree)):
        assert len(set(written.values())) == len(written)


def test_where_another_reading_would_do_as_well_the_star_stays() -> None:
    def of(*nodes: Node) -> dict[str, str]:
        return infix_ways(system(*nodes))

    def times(a: Node, b: Node) -> Node:
        return Node("*", (a, b))

    x, y = variable(0), variable(1)
    assert "joined product" not in of(times(number(2.0), Node("exp", (x,))))
    assert "spaced product" not in of(times(Node("/", (number(8.0), number(3.0))), x))
    assert "spaced product" not in of(times(x, Node("-", (y, number(1.0)))))
    assert "spaced product" not in of(times(x, number(2.0)))
    assert of(times(number(2.0), times(x, y)))["joined product"] == "2(x_0*x_1)"
    assert "joined product" not in latex_ways(system(times(number(2.0), Node("/", (number(1.0), number(2.0))))))


@pytest.mark.parametrize(
    ("write", "pairs"),
    [
        (ways.short_exponent, {"0.001": "1e-3", "-0.0025": "-2.5e-3", "1500": "1.5e3", "0.5": "0.5", "0": "0", "1e-07": "1e-7"}),
        (ways.printed_exponent, {"0.5": "5.0e-01", "-2.667": "-2.667e+00", "3": "3", "2.5e-07": "2.5e-07", "1e-120": "1.0e-120"}),
        (ways.no_exponent, {"2.5e-07": "0.00000025", "1e-30": "1e-30", "0.5": "0.5", "1e+16": "10000000000000000"}),
        (ways.no_leading_zero, {"0.5": ".5", "-0.5": "-.5", "10.5": "10.5", "0": "0"}),
        (ways.trailing_zero, {"0.5": "0.50", "2": "2", "2.5e-07": "2.5e-07"}),
        (ways.point_zero, {"2": "2.0", "-3": "-3.0", "2.5": "2.5", "1e+16": "1e+16"}),
        (ways.bare_point, {"2": "2.", "0.1": "0.1"}),
    ],
)
def test_numbers_by_hand(write: Callable[[str], str], pairs: dict[str, str]) -> None:
    for text, wanted in pairs.items():
        assert write(text) == wanted
        assert float(wanted) == float(text)


def test_pieces_are_the_printers() -> None:
    """The ways begin from the same pieces as the notations that write the plain text."""
    for tree in corpus()[:10]:
        assert "".join(p.text for p in infix_pieces(tree)) == "".join(t.text for t in InfixCharacters(9).tokenize(tree))
        assert "".join(p.text for p in latex_pieces(tree)) == "".join(t.text for t in LatexCharacters(9).tokenize(tree))
