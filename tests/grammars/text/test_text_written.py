"""Texts as people write them: each means what Python, told by hand, computes at random points; what has two readings is refused
with both; and nothing is taken for something else without a word."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.grammars.constant import constant_value
from kappabar.grammars.errors import ParseError
from kappabar.grammars.print.infix import to_infix
from kappabar.grammars.text import functions
from kappabar.grammars.text.characters import APART, TABLE, plain
from kappabar.grammars.text.parse import parse
from kappabar.grammars.tree import Node, System, number

Formula = Callable[..., float]


def value(tree: Node, at: tuple[float, ...]) -> float:
    """By plain arithmetic on numbers in the variables' places."""
    found = constant_value(tree.map(lambda n: number(at[n.index]) if n.is_variable else n))
    assert found is not None
    return found


def agree(tree: Node, formula: Formula, dim: int, low: float = 0.2, high: float = 0.9) -> None:
    draw = random.Random(1)
    for _ in range(20):
        at = tuple(draw.uniform(low, high) for _ in range(dim))
        assert value(tree, at) == pytest.approx(formula(*at), rel=1e-9, abs=1e-12), at


def heard(system: System, word: str) -> bool:
    return any(word in note for note in system.notes)


FUNCTIONS: list[tuple[str, Formula]] = [
    ("2x", lambda x: 2 * x),
    ("2x^2", lambda x: 2 * x * x),
    ("x(1 - x)", lambda x: x * (1 - x)),
    ("x + x(1 - x)^2", lambda x: x + x * (1 - x) ** 2),
    ("3(x + 1)(x - 2)", lambda x: 3 * (x + 1) * (x - 2)),
    ("1/2 x", lambda x: x / 2),
    ("3*1/2 x^2", lambda x: 1.5 * x * x),
    ("1/(2x)", lambda x: 1 / (2 * x)),
    ("2x/3", lambda x: 2 * x / 3),
    ("x^2x", lambda x: x**3),
    ("-2x^2 + 3x", lambda x: -2 * x * x + 3 * x),
    ("2sin(x)cos(x)", lambda x: 2 * math.sin(x) * math.cos(x)),
    ("2e x", lambda x: 2 * math.e * x),
    ("2pi x", lambda x: 2 * math.pi * x),
    ("2e3x", lambda x: 2000 * x),
    ("+x - +2", lambda x: x - 2),
    ("x·3 × 2 − 1", lambda x: 6 * x - 1),
    ("x² + x³ − x⁻¹", lambda x: x**2 + x**3 - 1 / x),
    ("3²", lambda x: 9.0),
    ("½x + ¾", lambda x: x / 2 + 0.75),
    ("√x + √(x + 1) + 2√2", lambda x: math.sqrt(x) + math.sqrt(x + 1) + 2 * math.sqrt(2)),
    ("|x - 1| + 2*|x|", lambda x: abs(x - 1) + 2 * abs(x)),
    ("y = 2|x - 1||x|", lambda x: 2 * abs(x - 1) * abs(x)),
    ("||x| - 1|", lambda x: abs(abs(x) - 1)),
    ("sin²(x) + cos^2(x)", lambda x: 1.0),
    ("sin(x)²", lambda x: math.sin(x) ** 2),
    ("π x + Pi", lambda x: math.pi * (x + 1)),
    ("x ** 2 ÷ 4", lambda x: x * x / 4),
    ("pow(x, 3) + div(x, 2)", lambda x: x**3 + x / 2),
    ("min(x, 0.5) + max(x, 0.3, 0.6)", lambda x: min(x, 0.5) + max(x, 0.3, 0.6)),
    ("hypot(x, 2)", lambda x: math.hypot(x, 2)),
    ("atan2(x, 2) + atan2(x - 2, x - 1) + np.arctan2(1 - x, -2)",
     lambda x: math.atan2(x, 2) + math.atan2(x - 2, x - 1) + math.atan2(1 - x, -2)),
    ("clip(x, 0.4, 0.6) + np.maximum(x, 0.5) + fmin(x, 0.5)", lambda x: min(max(x, 0.4), 0.6) + max(x, 0.5) + min(x, 0.5)),
    ("exp2(x) + exp10(x) + softplus(x)", lambda x: 2**x + 10**x + math.log(1 + math.exp(x))),
    ("cosec(x) + reciprocal(x) + negative(x) + multiply(x, divide(2, x))", lambda x: 1 / math.sin(x) + 1 / x - x + 2),
    ("y = |x||x - 2| - ||x| - 1|", lambda x: abs(x) * abs(x - 2) - abs(abs(x) - 1)),
    ("log10(x) + log2(x) + log(x, 3)", lambda x: math.log10(x) + math.log2(x) + math.log(x, 3)),
    ("log1p(x) + expm1(x) + cbrt(x)", lambda x: math.log1p(x) + math.expm1(x) + x ** (1 / 3)),
    ("asinh(x) + acosh(1 + x) + atanh(x)", lambda x: math.asinh(x) + math.acosh(1 + x) + math.atanh(x)),
    ("arcsin(x) + arccos(x) + arctan(x)", lambda x: math.asin(x) + math.acos(x) + math.atan(x)),
    ("arcsinh(x) + arctanh(x)", lambda x: math.asinh(x) + math.atanh(x)),
    ("sec(x) + csc(x) + sech(x) + csch(x) + coth(x)",
     lambda x: 1 / math.cos(x) + 1 / math.sin(x) + 1 / math.cosh(x) + 1 / math.sinh(x) + 1 / math.tanh(x)),
    ("sgn(x - 0.5) + heaviside(x - 0.4)", lambda x: math.copysign(1, x - 0.5) + (x > 0.4)),
    ("if(x < 0.5, x, 1 - x)", lambda x: x if x < 0.5 else 1 - x),
    ("if(x >= 0.5)then(x^2)else(0)", lambda x: x * x if x >= 0.5 else 0.0),
    ("Piecewise((1, x < 0.3), (x, x < 0.6), (2, True))", lambda x: 1.0 if x < 0.3 else x if x < 0.6 else 2.0),
    ("ifelse(x > 0.5, 2, 3)*x", lambda x: (2 if x > 0.5 else 3) * x),
    ("sigmoid(x) + relu(x - 0.5) + square(x) + cube(x) + inv(x) + neg(x)",
     lambda x: 1 / (1 + math.exp(-x)) + max(0.0, x - 0.5) + x * x + x**3 + 1 / x - x),
    ("add(mul(x, 2), sub(x, 1))", lambda x: 3 * x - 1),
    ("Add(Mul(Integer(-1), Symbol('x')), Pow(Symbol('x', real=True), Rational(1, 2)), Float('0.5', precision=53))",
     lambda x: -x + math.sqrt(x) + 0.5),
    ("np.sin(x)**2 + numpy.exp(-x)*np.pi + math.e", lambda x: math.sin(x) ** 2 + math.exp(-x) * math.pi + math.e),
    ("x.^2 .* x ./ 2", lambda x: x**3 / 2),
    ("log₁₀(x) + tg(x)", lambda x: math.log10(x) + math.tan(x)),
    ("k = 2\nu = k*x\nu^2 + u", lambda x: 4 * x * x + 2 * x),
    ("f(x) = x^2 + 1", lambda x: x * x + 1),
]  # fmt: skip


@pytest.mark.parametrize(("text", "formula"), FUNCTIONS, ids=[text for text, _ in FUNCTIONS])
def test_functions_mean_what_python_computes(text: str, formula: Formula) -> None:
    if text.startswith("k ="):
        text = text.replace("\nu^2", "\ny = u^2")
    system = parse(text, "function")
    assert system.names in (("x",), ())
    assert system.notes == functions.told(text)
    agree(system.tree.children[0], formula, 1)


EQUATIONS: list[tuple[str, str, tuple[str, ...]]] = [
    ("ẋ = σ·(y − x); ẏ = x(ρ − z) − y; ż = x y − 8/3 z with σ=10, rho=28",
     "x' = 10*(y - x); y' = x*(28 - z) - y; z' = x*y - 8/3*z", ()),
    ("(x0)' = -10.000 x0 + 10.000 x1\n(x1)' = 27.9 x0 + -1.0 x1 + -1.0 x0 x2 + 0.5 1\n(x2)' = -2.667 x2 + 1.0 x0 x1",
     "x0' = -10*x0 + 10*x1; x1' = 27.9*x0 + -1*x1 + -1*x0*x2 + 0.5; x2' = -2.667*x2 + 1*x0*x1", ()),
    ("lorenz = @ode_def Lorenz begin\n  dx = σ*(y-x)\n  dy = x*(ρ-z)-y\n  dz = x*y-β*z\nend σ ρ β with sigma=10, rho=28, beta=2",
     "x' = 10*(y - x); y' = x*(28 - z) - y; z' = x*y - 2*z", ()),
    ("Eq(Derivative(x(t), t), 2*x(t)*y(t))\nEq(Derivative(y(t), (t, 2)), -y(t) - Derivative(y(t), t))",
     "x' = 2*x*y; y'' = -y - y'", ("y''",)),
    ("du[1] = s*(u[2] - u[1])\ndu[2] = u[1]u[2] with s=10", "u_1' = 10*(u_2 - u_1); u_2' = u_1*u_2", ()),
    ("du(1) = 3*u(1) - 2*u(1)*u(2);\ndu(2) = -u( 2 )^2;", "u_1' = 3*u_1 - 2*u_1*u_2; u_2' = -u_2^2", ()),
    ("dydt(1) = y(2)\ndydt(2) = k*(1 - y(1).^2).*y(2) - y(1) with k=2", "y_1' = y_2; y_2' = 2*(1 - y_1^2)*y_2 - y_1", ()),
    ("xdot(1) = x(1)(1 - x(2)); x_dot(2) = -x(2)", "x_1' = x_1*(1 - x_2); x_2' = -x_2", ()),
    ("D(x) ~ y, D(y) ~ -x", "x' = y; y' = -x", ()),
    ("d/dt x = y\nd/dt(y) = -x", "x' = y; y' = -x", ()),
    ("dx(t)/dt = y(t); y'(t) = -x(t)", "x' = y; y' = -x", ()),
    ("x' = y\ny' = -x", "x' = y; y' = -x", ()),
    ("x'' = -x - 0.1x'", "x' = x_dot; x_dot' = -x - 0.1*x_dot", ("x''",)),
    ("d^2x/dt^2 = -x + dy/dt; d²y/dt² = -y", "x' = x_dot; x_dot' = -x + y_dot; y' = y_dot; y_dot' = -y", ("x''", "y''")),
    ("ẍ = -x", "x' = x_dot; x_dot' = -x", ("x''",)),
    ("x''' = -x''", "x' = x_dot; x_dot' = x_ddot; x_ddot' = -x_ddot", ("x'''",)),
    ("x' = sin(t)x", "x' = sin(t)*x; t' = 1", ("t' = 1",)),
    ("x' = sin(t)x @ x=2; T=3", "x' = sin(t)*x; t' = 1 @ x=2, t=0; T=3", ("t' = 1",)),
    ("x'' = -k*x with k=2 @ x=k, x'=-1; T=3", "x' = x_dot; x_dot' = -2*x @ x=2, x_dot=-1; T=3", ("x''",)),
    ("x'' = -x; x(0) = 1; x'(0) = 0.5", "x' = x_dot; x_dot' = -x @ x=1, x_dot=0.5", ("x''",)),
    ("x' = a*x with a=2*b, b=c^2, c=3", "x' = 18*x", ()),
    ("k = 2; u = k*x; x' = u*y; y' = -u @ x(0)=k, y(0)=1", "x' = 2*x*y; y' = -(2*x) @ x=2, y=1", ("u = …",)),
    ("x' = y; y' = -x; x(0) = 1; y(0) = 0; T = 10", "x' = y; y' = -x @ x=1, y=0; T=10", ()),
    ("x' = -x  # decay\n# and more\n∂y/∂t = T*y; T = 2", "x' = -x; y' = 2*y", ()),
    ("x' = -x with k=2", "x' = -x", ("'k' is used nowhere",)),
    ("x' = -c|x|x with c=2", "x' = -2*abs(x)*x", ()),
    ("x' = gamma(1 - x) with gamma=2", "x' = 2*(1 - x)", ()),
    ("x' = x(t)^2", "x' = x^2", ()),
    ("x0' = -10.156 1 + 1.179 x0\nx1' = 0.425 x0^2 + 2.000 1", "x0' = -10.156 + 1.179*x0; x1' = 0.425*x0^2 + 2", ()),
    ("(x)' = 0.571 1 + -9.891 xz\n(z)' = -1.099 xx", "x' = 0.571 + -9.891*(x*z); z' = -1.099*(x*x)", ("xz is x*z, xx is x*x",)),
    ("x' = y,\ny' = -x.", "x' = y; y' = -x", ()),
    ("x' = -x # decay\ry' = y\r\n", "x' = -x; y' = y", ()),
    ("x' = -x; x_0 = 2; T = 3", "x' = -x @ x=2; T=3", ("start of x",)),
    ("x' = -x0*x; x0 = 2", "x' = -2*x", ()),
    ("x1' = x2; x2' = -x1; x10 = 3", "x1' = x2; x2' = -x1", ("'x10' is used nowhere",)),
    ("x1' = x2; x2' = -x1 .", "x1' = x2; x2' = -x1", ()),
    ("x' = 1.5x .", "x' = 1.5*x", ()),
    ("x' = масса*x with масса=2  # а", "x' = 2*x", ()),
    ("x' = Function('x')(t)*e\u0301 with é=2", "x' = x*2", ()),
    ("x' = heaviside(x) + min(x, 1)", "x' = (1 + sign(x))/2 + (x + 1 - abs(x - 1))/2", ("one half", "rounding")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "same", "told"), EQUATIONS, ids=[text[:30] for text, _, _ in EQUATIONS])
def test_equations_are_those_in_plain_words(text: str, same: str, told: tuple[str, ...]) -> None:
    system = parse(text)
    assert system == parse(same)
    assert len(system.notes) == len(told)
    assert all(heard(system, word) for word in told)


@pytest.mark.parametrize(
    "text",
    ["x[n+1] = r x[n](1 - x[n])", "x(n+1) = r*x(n)*(1 - x(n))", "x_n+1 = r*x_n*(1 - x_n)", "x_{n+1} = r*x_{n}(1 - x_{n})",
     "x[k+1] = r*x[k]*(1 - x[k])", "(x)[k+1] = r x[k] (1 - x[k])"],
)  # fmt: skip
def test_maps_are_written_in_many_ways(text: str) -> None:
    assert parse(f"{text}; r = 3.9; x[0] = 0.4", "map") == parse("x[n+1] = 3.9*x*(1 - x) @ x=0.4", "map")
    assert parse(f"{text} with r=3.9 @ x=0.4; T=50", "map") == parse("x[n+1] = 3.9*x*(1 - x) @ x=0.4; T=50", "map")


REFUSED: list[tuple[str, str, int, tuple[str, ...]]] = [
    ("ode", "x' = 1/2x", 6, ("1/2*x", "1/(2*x)")),
    ("ode", "x' = x/2 x", 6, ("x/2*x", "x/(2*x)")),
    ("ode", "x' = 1/x(1 - x)", 6, ("1/x*(1 - x)", "1/(x*(1 - x))")),
    ("ode", "x' = e^-x y; y' = 1", 6, ("e^-x*y", "e^(-x*y)")),
    ("ode", "x' = 2^3x", 6, ("2^3*x", "2^(3*x)")),
    ("ode", "x' = a(x + 1)", 6, ("unknown function 'a'", "a*(…)")),
    ("function", "a(b + c)", 1, ("unknown function 'a'", "a*(…)")),
    ("function", "E*x", 1, ("Euler's number, written e", "an input E")),
    ("function", "a(t) + a", 1, ("a function of t", "a*t")),
    ("ode", "x' = 2½x", 7, ("mixed number",)),
    ("ode", "x' = sin^-1(x)", 6, ("inverse",)),
    ("ode", "x' = x y' = 2 3; y' = 1", 15, ("a number stands behind",)),
    ("ode", "x' = (x\n y); y' = 1", 2, ("the next line",)),
    ("ode", "x_1\nx_0", 1, ("the next line",)),
    ("ode", "x_1\n-x_0", 2, ("x_1 - x_0", "x_1 | -x_0")),
    ("function", "x\n+ y", 3, ("x + y", "x | y")),
    ("ode", "d^2 x\n/dt = 1", 1, ("two orders",)),
    ("ode", f"x' = x(t - {'b' * 300})", 6, ("…",)),
    ("function", "sin + x", 1, ("sin(…)",)),
    ("function", "y = x + y", 9, ("both sides",)),
    ("function", "x + inf", 5, ("no finite number",)),
    ("function", "x + nan", 5, ("no finite number",)),
    ("function", "x + ∞", 5, ("no finite number",)),
    ("function", "f(x) = x + y", 12, ("none of the inputs",)),
    ("function", "x @ x=0...5", 10, ("a range has two",)),
    ("function", "a*x with a=2 @ x=0..1, a=0..1", 10, ("is a variable",)),
    ("function", "x @ x=0..1; T=3", 13, ("no horizon",)),
    ("ode", "x' = 1e-400*x", 6, ("too small",)),
    ("ode", "x' = x with x=5", 13, ("is a variable",)),
    ("ode", "x' = x @ x=1; T=1, T=2", 20, ("second horizon",)),
    ("ode", "x' = a*x with a=b, b=a", 22, ("defined by itself",)),
    ("ode", "x' = x(t - 1)", 6, ("delays",)),
    ("ode", "x' = delay(x, 1)", 6, ("a delay",)),
    ("ode", "x' = -x + xi(t)", 11, ("noise",)),
    ("ode", "x' = -x + s*dW with s=1", 13, ("noise",)),
    ("ode", "x' = floor(x)", 6, ("step function",)),
    ("ode", "x' = x mod 2", 8, ("step function",)),
    ("ode", "x' = x % 2", 8, ("step function",)),
    ("ode", "x' = x//2", 8, ("step function",)),
    ("ode", "x' = x > 1", 8, ("if(x < 1, a, b)",)),
    ("ode", "x' = if(x == 1, 2, 3)", 11, ("single points",)),
    ("ode", "x' = if(x > 1 & x < 2, 2, 3)", 15, ("(x > 0)*(x < 1)",)),
    ("ode", "(u)' = 0.1 u_11 + -1.0 u u_1", 12, ("in space",)),
    ("ode", "x' = sinc(x)", 6, ("sin(pi*x)/(pi*x)",)),
    ("ode", "x' = |2x|x|3|", 9, ("abs(2x)x abs(3)", "abs(2x abs(x)3)")),
    ("function", "y = 2(1 + |a|b|c|)", 13, ("two readings",)),
    ("ode", "x' = -а*x with а=2", 7, ("Cyrillic", "type 'a'")),
    ("function", "y = x + хs", 9, ("Cyrillic", "type 'xs'")),
    ("function", "Function('f')(x)", 1, ("without a formula",)),
    ("ode", "x' = mod(x, 2)", 6, ("step function",)),
    ("ode", "x' = x' + 1", 6, ("highest derivatives",)),
    ("ode", "x' = xy; y' = 1", 6, ("x*y",)),
    ("ode", "x' = pow(x)", 6, ("takes 2 arguments, not 1",)),
    ("ode", "x'' = -x @ x=1, x''=2", 17, ("no equation of that order",)),
    ("ode", "x' = sin + x", 6, ("sin(…)",)),
    ("ode", "x' = cos(ωt) with ω=2", 10, ("omega*t",)),
    ("ode", "S' = -βSI; I' = 1 with β=2", 7, ("beta*S*I",)),
    ("function", "A sin(ωt)", 7, ("an input ωt", "the product ω t")),
    ("function", "if(x, 1, 2)", 1, ("a comparison",)),
    ("function", "Piecewise((1, x), (2, True))", 1, ("a comparison",)),
    ("function", "x + 1e5e5", 5, ("another program",)),
    ("function", "1_000", 1, ("another program",)),
    ("function", "0x10", 1, ("another program",)),
    ("function", "1.5D-3", 1, ("another program",)),
    ("function", "sinx + x", 1, ("sin(x)", "an input sinx")),
    ("function", "2x1x2 + x1", 2, ("x1*x2", "an input x1x2")),
    ("function", "p or not q", 6, ("'not' may be a word",)),
    ("function", "12 tokens", 4, ("'tokens' may be a word",)),
    ("function", "(- x y)", 1, ("-x*y", "x - y")),
    ("function", "(+ (+ x y) z)", 1, ("two readings",)),
    ("function", "+ x y", 1, ("+x*y", "x + y")),
    ("function", "f(x, x) = x", 1, ("twice",)),
    ("ode", "x(n+1) = x", 8, ("x(n+1) = … is an equation of a map", "--domain map")),
    ("ode", "x_0 + t", 7, ("t' = 1",)),
    ("map", "x[n+1] = x[n-1]", 10, ("earlier value",)),
    ("map", "k = 2", 3, ("x[n+1]",)),
]  # fmt: skip


@pytest.mark.parametrize(("domain", "text", "column", "words"), REFUSED, ids=[text[:40] for _, text, _, _ in REFUSED])
def test_what_is_refused_says_where_and_both_readings(domain: str, text: str, column: int, words: tuple[str, ...]) -> None:
    with pytest.raises(ParseError) as caught:
        parse(text, domain)
    assert all(word in caught.value.reason for word in words), caught.value.reason
    assert "\n" not in str(caught.value)
    assert caught.value.column == column


def test_inputs_are_in_an_order_that_is_stated() -> None:
    def names(text: str) -> tuple[str, ...]:
        return parse(text, "function").names

    assert names("b - a") == ("b", "a")
    assert names("x2 - x1*x10") == ("x1", "x2", "x10")
    assert names("f(a, b) = b - a") == ("a", "b")
    assert names("a - b @ b=0..1, a=0..1") == ("b", "a")
    assert names("x_2 - x_0") == ("x_0", "x_1", "x_2")
    assert names("x_2 - x_1 @ x_2=0..1, x_1=0..2") == ("x_1", "x_2")
    assert names("x_01 + x_1") == ("x_01", "x_1")
    assert names("a*x with a=2") == ("x",)
    assert names("2 mass g @ mass=0..1, g=0..1") == ("mass", "g")
    assert names("2mass*g") == ("mass", "g")
    assert names("alpha beta + omega t") == ("alpha", "beta", "omega", "t")
    assert names("E*x @ E=0..1, x=0..1") == ("E", "x")
    benchmark = parse("x_1 + x_2 @ x_1=-10..10, x_2=-5..5", "function")
    assert benchmark.ranges == ((-10.0, 10.0), (-5.0, 5.0))
    assert to_infix(benchmark.tree) == "x_0 + x_1"


def test_places_are_those_of_the_persons_own_text() -> None:
    with pytest.raises(ParseError) as caught:
        parse("ẋ = σ² + ½w with σ=1")
    assert caught.value.column == 11
    text = "ẋ = −½x² + |x|"
    spans = {text[slice(*n.span)] for _, n in parse(text).tree.walk() if n.span}
    assert {"x", "x²", "|x|"} <= spans


@pytest.mark.parametrize(
    "text", ["x' = 2 + hypot(x, log10(x)) + if(x < 1, 2, max(x, 3))", "f(u) = log2(u) + 3; x' = f(x)·x + asinh(x)"]
)
def test_what_stands_for_a_function_has_no_place_of_its_own(text: str) -> None:
    """A node's span is a stretch of the person's text that holds it: nothing of the formula that it stands for."""
    for _, node in parse(text).tree.walk():
        if node.span is not None:
            assert text[slice(*node.span)].strip(), node
            assert not node.is_number or str(node.value).split(".")[0] in text[slice(*node.span)] or node.value == 0.5


def test_the_table_of_characters_gives_what_the_grammars_have() -> None:
    assert all(text in ("√", APART) or text.isascii() for text in TABLE.values())
    assert plain("ẋ₁ = α·x₁²").text == "x1' = alpha*x1^(2)"
    assert plain("größe").text == "größe"
    assert plain("ａ").text == "a"


@given(st.text(alphabet="xẋẍ₁₂²³⁻½√|·−σπ'=()+ \n1e", max_size=20))
def test_every_character_of_a_plain_text_has_a_place(text: str) -> None:
    try:
        read = plain(text)
    except Exception as e:
        assert "mixed number" in str(e)
        return
    assert len(read.origin) == len(read.text) + 1
    assert list(read.origin) == sorted(read.origin)
    assert read.origin[-1] == len(text)


@pytest.mark.parametrize(
    "text", ["x[n+1] = 3x(1 - x); x_0 = 0.5", r"x_{n+1} = 3 x_n (1 - x_n),\quad x_0 = 0.5", "x[n+1] = 3x(1-x) with x0=0.5"]
)
def test_a_map_starts_where_its_first_value_says(text: str) -> None:
    system = parse(text, "map")
    assert system.x0 == ((0.5,),)
    assert heard(system, "start of x")


def test_the_lists_of_functions_are_whole() -> None:
    for name in functions.NAMES.values():
        assert name in functions.CALLS
    for name in functions.FORMULAS:
        assert isinstance(functions.called(name, tuple(map(number, (0.5, 0.4, 0.3)))[: _taken(name)]), Node)


def _taken(name: str) -> int:
    return next(n for n in (1, 2, 3) if isinstance(functions.called(name, tuple(map(number, (0.5, 0.4, 0.3)))[:n]), Node))


def test_definitions_that_double_are_refused_in_time() -> None:
    lines = "; ".join(["a0 = x", *(f"a{i + 1} = a{i} + a{i}" for i in range(60))])
    with pytest.raises(ParseError, match="longer than"):
        parse(f"{lines}; x' = a60")
    with pytest.raises(ParseError, match="longer than"):
        parse("x' = " + "max(x, " * 40 + "x" + ")" * 40)


@pytest.mark.parametrize(
    "text", ["f(x) = f(x)", "f(x, y) = x + f(y, x)", "y(x) = x y(x)", "f(x) = 1 + f(x - 1) @ x=0..1", "f(x)=f(1)"]
)
def test_a_function_that_calls_itself_is_refused(text: str) -> None:
    with pytest.raises(ParseError, match="is defined by itself"):
        parse(text, domain="function")


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        (r"x' = 2/3 \times 10^{-2} x", 2 / 300),
        (r"x' = x/3 \times 10^{2}", 100 / 3),
        (r"x' = x/3 \times 10^2", 100 / 3),
        (r"x' = -x/ 2 \times 10^{-3}", -0.0005),
        (r"x' = 5.67 \times 10^{-8} x", 5.67e-8),
        (r"x' = \frac{2 \times 10^{3}}{4} x", 500.0),
    ],
)
def test_a_power_of_ten_behind_a_fraction_is_a_factor(text: str, factor: float) -> None:
    """One reading, however it is spelled: of x = 1."""
    tree = parse(text, domain="ode").tree
    assert value(tree.children[0], (1.0,)) == pytest.approx(factor)


def test_a_power_of_ten_behind_a_power_is_a_factor() -> None:
    assert value(parse(r"x' = x^2\times10^{3}", domain="ode").tree.children[0], (1.0,)) == pytest.approx(1000.0)


@pytest.mark.parametrize("text", ["x' = y (1)\ny' = -x (2)", "x' = -x (2)", "x' = 2 (3) x"])
def test_the_number_of_an_equation_is_no_factor(text: str) -> None:
    with pytest.raises(ParseError, match="may be the number of the equation"):
        parse(text, domain="ode")
    assert parse("x' = 2 (x + 1)", domain="ode")
