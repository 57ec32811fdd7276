r"""LaTeX is printed and read: every tree comes back, and what people write is what the plain text of the same system says."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.grammars.draw.strategies import trees
from kappabar.grammars.errors import ParseError
from kappabar.grammars.files.bank import bank
from kappabar.grammars.print.latex import latex_pieces
from kappabar.grammars.print.printers import to_latex
from kappabar.grammars.text.latex import MARKS, WORDS, is_latex, plain_name, read_latex
from kappabar.grammars.text.parse import parse
from kappabar.grammars.text.reader import Fault, read_infix
from kappabar.grammars.tree import Node

CHARACTERS = sorted({*"".join(WORDS), *MARKS, *r"0123456789.+-^x_\{}()| "})


@given(trees(max_dim=3, max_leaves=10))
@settings(max_examples=200)
def test_every_tree_comes_back(tree: Node) -> None:
    assert read_latex(to_latex(tree)) == tree


def test_the_bank_comes_back_with_its_names() -> None:
    for place in ("ode", "map", "function"):
        for s in bank(place):
            assert read_latex(to_latex(s.tree)) == s.tree
    for s in bank("ode"):
        sides = [rf"\dot{{{to_latex(Node(f'x_{i}'), s.names)}}} = {to_latex(e, s.names)}" for i, e in enumerate(s.equations)]
        again = parse(r" \\ ".join(sides))
        assert again.tree == s.tree and again.names == s.names


@given(trees(max_dim=2, max_leaves=8))
def test_pieces_know_their_nodes(tree: Node) -> None:
    nodes = dict(tree.walk())
    pieces = latex_pieces(tree)
    assert "".join(p.text for p in pieces) == to_latex(tree)
    assert all(p.path in nodes for p in pieces)
    assert all(nodes[p.path].is_variable for p in pieces if p.kind == "variable")
    assert {p.path for p in pieces} >= {path for path, node in nodes.items() if path and not node.children}


@pytest.mark.parametrize(
    ("latex", "infix"),
    [
        (r"2 x_{0}", "2*x_0"),
        (r"2 x_0 x_1^2", "2*x_0*x_1^2"),
        (r"-x_{0} \times x_{1}", "-x_0*x_1"),
        (r"x_{0} / x_{1} x_{0}", "x_0/x_1*x_0"),
        (r"\frac{x_{0}}{2} \left( 1 - x_{0} \right)", "x_0/2*(1-x_0)"),
        (r"\dfrac{1}{2}x_0\bigl(1+x_1\bigr)", "1/2*x_0*(1+x_1)"),
        (r"\sin x_{0} x_{1}", "sin(x_0)*x_1"),
        (r"\sin^{2}\left(x_{0}\right) + \cos^2 x_0", "sin(x_0)^2+cos(x_0)^2"),
        (r"\ln{x_0} - \arctan(x_0)", "log(x_0)-atan(x_0)"),
        (r"\operatorname{sign}(x_0)\,\left|x_0\right|", "sign(x_0)*abs(x_0)"),
        (r"\sqrt{x_0} e^{-x_0}", "sqrt(x_0)*e^-x_0"),
        (r"2.5 \times 10^{-7} x_0", "2.5e-07*x_0"),
        (r"3 \times 10^{2}", "300"),
        (r"2 \cdot 10^{2}", "2*10^2"),
        (r"x_0^{x_1^{2}}", "x_0^x_1^2"),
        (r"-x_0^2", "-x_0^2"),
        (r"-2^{x_0}", "-2^x_0"),
        (r"\pi x_0 \\ \mathrm{e} x_1", "pi*x_0|e*x_1"),
        (r"\begin{cases} x_1 \\ & -x_0 \end{cases}", "x_1|-x_0"),
        (r"$\left[x_0 + 1\right]^{2}$", "(x_0+1)^2"),
    ],
)
def test_what_papers_write(latex: str, infix: str) -> None:
    assert read_latex(latex) == read_infix(infix)


@pytest.mark.parametrize(
    ("domain", "latex", "plain"),
    [
        ("ode", r"\dot{x} = 10 (y - x), \quad \dot{y} = x (28 - z) - y \\ \dot{z} = x y - \frac{8}{3} z @ x=1, y=1, z=1; T=20",
         "x' = 10*(y - x); y' = x*(28 - z) - y; z' = x*y - 8/3*z @ x=1, y=1, z=1; T=20"),
        ("ode", r"\begin{aligned}\frac{dS}{dt} &= -\beta S I, \\ \frac{\mathrm{d}I}{\mathrm{d}t} &= \beta S I - \gamma I"
         r"\end{aligned} with beta=0.3, gamma=0.1 @ S=0.9, I=0.1; T=50",
         "S' = -beta*S*I; I' = beta*S*I - gamma*I with beta=0.3, gamma=0.1 @ S=0.9, I=0.1; T=50"),
        ("ode", r"\dot{\theta} = \omega; \dot\omega = -\sin\theta", "theta' = omega; omega' = -sin(theta)"),
        ("ode", r"\dot{x}_{1} = x_{2}; \dot{x}_2 = -\frac{x_1}{2}", "x_1' = x_2; x_2' = -x_1/2"),
        ("ode", r"\mathrm{prey}' = 2 \mathrm{prey}", "prey' = 2*prey"),
        ("ode", r"x^{\prime} = \frac{1}{2} x^2", "x' = 1/2*x^2"),
        ("ode", r"x_{1} \\ -x_{0}", "x_1 | -x_0"),
        ("map", r"x_{n+1} = r x_{n} \left(1 - x_{n}\right) with r=3.9 @ x=0.4; T=50",
         "x[n+1] = r*x*(1 - x) with r=3.9 @ x=0.4; T=50"),
        ("map", r"x_{n+1} = y_{n}; y_{n+1} = -\frac{x_{n}}{2}", "x[n+1] = y; y[n+1] = -x/2"),
        ("function", r"y = \frac{\sin(x)}{x} + e^{-x^{2}} @ x=-5..5", "y = sin(x)/x + e^(-x^2) @ x=-5..5"),
        ("function", r"\sqrt{x} \ln x", "sqrt(x)*log(x)"),
        ("ode", r"\ddot{x} = -\omega^2 x - 2\gamma\dot{x} with omega=2, gamma=1/2 @ x=1, x'=0",
         "x'' = -omega^2*x - 2*gamma*x' with omega=2, gamma=1/2 @ x=1, x'=0"),
        ("ode", r"\frac{d^2\theta}{dt^2} = -\sin\theta - \frac{d\theta}{dt}", "theta'' = -sin(theta) - theta'"),
        ("ode", r"\frac{\mathrm{d}^{2} x(t)}{\mathrm{d}t^{2}} = -x(t)", "x'' = -x"),
        ("ode", r"\frac{d}{dt}x = -x \\ y^{\prime\prime} = x", "x' = -x; y'' = x"),
        ("ode", r"\dddot x = -\ddot x", "x''' = -x''"),
        ("ode", "\\dot{x} = y\n\\dot{y} = -x", "x' = y; y' = -x"),
        ("ode", r"\dot{x} = -x(t), \quad x(0) = 1", "x' = -x @ x=1"),
        ("ode", r"\dot{x} = a x, \quad a = 2\pi", "x' = a*x; a = 2*pi"),
        ("ode", r"\dot{x} = \sin(t) - x", "x' = sin(t) - x"),
        ("ode", r"\dot{x} = \omega x with omega=2*pi", "x' = 6.283185307179586*x"),
        ("ode", r"\left\{\begin{array}{l} \dot{x} = y \\ \dot{y} = -x \end{array}\right.", "x' = y; y' = -x"),
        ("ode", r"\[\dot{x} = -\mu|x|x + \frac12\] with mu=2", "x' = -mu*abs(x)*x + 1/2 with mu=2"),
        ("ode", "\\dot{x} = σ x² + \\sqrt{x}½ with sigma=2", "x' = 2*x^2 + sqrt(x)*(1/2)"),
        ("ode", r"\dot{\mathbf{x}} = \mathbf{x}", "x' = x"),
        ("function", r"f(x, y) = \max\{x, y\} + \min\left(x, 1\right)", "f(x, y) = max(x, y) + min(x, 1)"),
        ("function", r"\log_{10}(x) + \log_2 x + \sqrt[3]{x} + \sqrt[5]{x}", "log10(x) + log2(x) + cbrt(x) + x^(1/5)"),
        ("function", r"\operatorname{sgn}(x) + \mathrm{sech}(x) + \arcsinh(x) + \sin\frac{x}{2}",
         "sgn(x) + sech(x) + asinh(x) + sin(x/2)"),
        ("function", r"\sin x \cos x + \sin^2 x + \tan{x}", "sin(x)*cos(x) + sin(x)^2 + tan(x)"),
        ("function", r"if(x \le 1, x, 2) + if(x \geq 2, 1, 0)", "if(x <= 1, x, 2) + if(x >= 2, 1, 0)"),
        ("function", "e^{-x^2/2} + x_{1}y", "e^(-x^2/2) + x_1*y"),
        ("function", r"\pi sin(x) + sin x", "pi*sin(x) + sin(x)"),
        ("function", r"\pi x^2y + 2e^{-x}", "pi*x^2*y + 2*e^(-x)"),
    ],
)  # fmt: skip
def test_whole_texts_are_those_in_plain_words(domain: str, latex: str, plain: str) -> None:
    assert parse(latex, domain) == parse(plain, domain)


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        (r"\dot{x} = \foo x", 11, r"\\foo is no command"),
        (r"x_{n+1} = \pi x_{n}", 1, r"x_{n\+1} = … is an equation of a map; read it with --domain map"),
        (r"\dot{x} = -k x", 12, "unknown variable 'k'"),
        (r"\dot{x} = x^23 \\ ", 13, r"set in braces: \^\{23\}"),
        (r"\dot{x} = \sin^{-1}(x)", 11, "negative power"),
        (r"\dot{x} = \operatorname{erf}(x)", 11, "unknown function"),
        (r"\ddot{x} = x = 0", 14, "unexpected"),
        (r"\dot{x} = \sin x^2", 11, r"\\sin\(x\)\^2 or \\sin\(x\^2\)"),
        (r"\dot{x} = 2 \cos\omega t with omega=1", 13, r"\\cos\(\\omega\) t or \\cos\(\\omega t\)"),
        (r"\dot{x} = \sin x/2", 11, "two readings"),
        (r"\dot{x} = \sin 2x", 11, r"\\sin\(2\) x or \\sin\(2 x\)"),
        (r"\dot{x} = x/2x", 11, "two readings"),
        (r"\dot{x} = x(t - \tau) with tau=1", 11, "delays"),
        (r"\dot{x} = a(1 - x)", 11, "unknown function 'a'"),
        (r"\dot{x} = \left\lfloor x \right\rfloor", 11, "not supported"),
        (r"\dot{x} = \dot{y}; \dot{y} = 1", 11, "highest derivatives"),
        (r"\dot{x} = 2 3", 13, "a number stands behind"),
    ],
)
def test_what_is_wrong_is_told_where_it_is(text: str, column: int, words: str) -> None:
    with pytest.raises(ParseError, match=words) as caught:
        parse(text)
    assert caught.value.column == column


@given(st.text(alphabet=CHARACTERS, max_size=30) | st.lists(st.sampled_from(sorted(WORDS)), max_size=8).map(r" \ ".join))
@settings(max_examples=300)
def test_reading_never_raises(text: str) -> None:
    found = read_latex(text)
    assert isinstance(found, Node) or (isinstance(found, Fault) and found.reason)


@given(trees(max_dim=2, max_leaves=5), st.data())
@settings(max_examples=200)
def test_what_is_read_has_these_words_and_characters_alone(tree: Node, data: st.DataObject) -> None:
    text = to_latex(tree)
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(text)))
        more = data.draw(st.sampled_from([*CHARACTERS, *(rf"\{w}" for w in sorted(WORDS)), "\n", r"\,", "ee", "é", "Q"]))
        text = text[:at] + more + text[at + data.draw(st.integers(0, 1)) :]
    if isinstance(read_latex(text), Node):
        assert set(re.findall("[A-Za-z]+", text)) <= WORDS
        assert set(text) - set("\n\t ") <= set(CHARACTERS)


def test_names_are_spelled_out() -> None:
    assert [plain_name(t) for t in (r"\beta_{1}", "x_{12}", "x_1", r"\mathrm{prey\_a}", "S")] == [
        "beta_1",
        "x_12",
        "x_1",
        "prey_a",
        "S",
    ]
    assert plain_name("x_{n}", "n") == "x"
    assert is_latex(r"\dot{x} = 1") and not is_latex("x' = 1")


CASES = [
    ("function", r"f(x) = \begin{cases} x & x < 1 \\ 2 & \text{otherwise}\end{cases}", "Piecewise((x, x < 1), (2, True))"),
    ("function", r"f(x) = \begin{cases} x^2, & \text{if } x \geq 0, \\[2pt] -x, & \text{if } x < 0. \end{cases}",
     "Piecewise((x^2, x >= 0), (-x, True))"),
    ("function", r"y = \left\{\begin{cases} x & x < 1 \\ x^3 & x < 2 \\ 3 & \text{else}\end{cases}\right. @ x=0..3",
     "Piecewise((x, x < 1), (x^3, x < 2), (3, True)) @ x=0..3"),
    ("ode", r"\dot{x} &= \begin{cases} y & x \le 1 \\ 0 & x > 1 \end{cases}, \quad \dot y = -x",
     "x' = Piecewise((y, x <= 1), (0, True)); y' = -x"),
    ("ode", r"\begin{cases} \dot x = y \\ \dot y = -x \end{cases}", "x' = y; y' = -x"),
]  # fmt: skip


@pytest.mark.parametrize(("domain", "text", "same"), CASES)
def test_cases_behind_an_equals_sign_are_piecewise(domain: str, text: str, same: str) -> None:
    assert parse(text, domain) == parse(same, domain)


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        (r"f(x) = \begin{cases} x & x < 1 \\ 2 & x > 3\end{cases}", 21, "a case for all else"),
        (r"f(x) = \begin{cases} 1 \\ 2 & x < 1\end{cases}", 21, "a value, & and a condition"),
        (r"f(x) = \begin{cases} x & x < 1 \\ q & \text{else}\end{cases} @ x=0..1", 35, "'q' is none"),
    ],
)
def test_cases_that_say_too_little_are_refused_in_their_place(text: str, column: int, words: str) -> None:
    with pytest.raises(ParseError, match=words) as caught:
        parse(text, "function")
    assert caught.value.column == column
