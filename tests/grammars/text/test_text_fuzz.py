"""Mutations of real texts: a tree that prints back, or one line with a place in the text, in bounded time. A few in the suite, a
hundred thousand at night."""

from __future__ import annotations

import random
import time
from collections import Counter

import pytest

from kappabar.grammars.errors import ParseError
from kappabar.grammars.files.bank import bank
from kappabar.grammars.print.infix import to_infix
from kappabar.grammars.print.printers import to_latex
from kappabar.grammars.text.parse import DOMAINS, parse

PASTED = {
    "ode": (
        "ẋ = σ·(y − x); ẏ = x(ρ − z) − y; ż = x y − 8/3 z with σ=10, rho=28 @ x=1, y=1, z=1; T=20",
        r"\begin{aligned} \dot{x} &= \sigma (y - x), \\ \dot y &= x(\rho - z) - y \\ \frac{dz}{dt} &= xy "
        r"- \frac83 z\end{aligned} with sigma=10, rho=28",
        r"\ddot{\theta} = -\sin\theta - k\dot\theta with k=0.1  @ theta=1, theta'=0; T=20",
        "(x0)' = -10.000 x0 + 10.000 x1\n(x1)' = 27.9 x0 + -1.0 x1 + -1.0 x0 x2 + 0.5 1\n(x2)' = -2.667 x2 + 1.0 x0 x1",
        "lorenz = @ode_def Lorenz begin\n dx = σ*(y-x)\n dy = x*ρ-y\nend σ ρ with sigma=10, rho=28",
        "Eq(Derivative(x(t), t), 2*x(t)*y(t)); Eq(Derivative(y(t), (t, 2)), -y(t) - Derivative(y(t), t))",
        "# a neuron\npar gl=.5 gca=1\nv' = (gl*(v-.5) - minf(v)*w)/20\ndw/dt = phi(v)-w\nminf(v)=.5*(1+tanh((v+.01)/.145))\n"
        "phi(u)=if(u<0)then(u)else(2)\ninit v=-.3\n@ total=150,dt=.25\ndone\n",
        "par d=0.5\nx[1..3]'=-[j]*x[j]+d*(x[j-1]-2*x[j]+x[j+1])\nx0=x[1]\nx4=x3\n%[1..2]\ny[j]'=x[j]\n%\ndone\n",
        "dydt(1) = y(2)\ndydt(2) = k*(1 - y(1).^2).*y(2) - y(1) with k=2",
        r"\dot{x} = \begin{cases} y & x \le 1 \\ 0 & \text{otherwise} \end{cases}, \quad \dot y = -x|y|",
        "k = 2; u = k*x^2\nx'' = -u - 0.1x' + sin(t); x(0) = 1; x'(0) = 0; T = 10.",
        "m x'' + c x' + k x = F cos(w t); m = 1; c = 0.1, k=2 # damped\n2 y' = -sin x with F=1, w=2",
        "function dydt = vdp(t, y)\ndydt = [y(2); (1 - y(1)^2)*y(2) - y(1)]; % van der Pol\nend",
        "dX <- a*X + Y*Z\ndY <- b*(Y-Z)\ndZ <- -X*Y + c*Y - Z with a=-8/3, b=-10, c=28",
        "x'[t] == -Sin[x[t]] + y[t]^2, diff(y(t), t) = x[t] y[t], x[0] == 1, y[0] == 0; // mixed",
        r"{\displaystyle {\begin{aligned}{\frac {\mathrm {d} x}{\mathrm {d} t}}&=\sigma (y-x),\\[6pt]{dy \over dt}&=2πx "
        r"k_{\text{on}}\text{ where } k_{\text{on}} = \frac12\end{aligned}}} with sigma=1.5",
        "x' = min(x, 2)*heaviside(y - 1) + |x - |y||; y' = Piecewise((1, x < 1), (y, True))",
    ),
    "map": (
        "x[n+1] = r*x*(1-x) with r=3.9 @ x=0.4; T=50",
        r"x_{n+1} = 1 - a x_n^2 + y_n; y_{n+1} = b x_n with a=1.4, b=0.3, x_0=0.1, y_0=0",
    ),
    "function": (
        "exp(-((theta - theta1)/sigma)**2/2)/(sqrt(2*pi)*sigma)", "½x + √x − |x² − 1|", "np.sin(x)**2 + np.arctan2(y, x)*np.pi",
        "f(x, y) = x^2 y - 3 x y^2/(1 + x) @ x=-5..5, y=0..1", r"\frac{\sqrt[3]{x}}{1 + e^{-x}} + \max\{x, 2\} - \log_{10}(x)",
        "Add(Mul(Integer(-1), Symbol('x')), Pow(Symbol('x'), Rational(1, 2)), Float('0.5', precision=53))",
    ),
}  # fmt: skip
PIECES = (
    *"'()|^*/ 2xt;,=@²½√ẋσe<{}_-+.%?&!#$а[]", "\n", "\r", "\\", "\x00", " with ", "sin ", "max(", "if(", "..", "1e-400", "1e999",
    r"\frac", r"\le", r"\\", "[0]", "inf", "dx/dt", "(t)", "x(0)=1", "done\n", "mod", "x'' = ", "T=", "e\u0301", "|x|",
    "Symbol('", "1,5", "1'000", "//", "π", ":=", "==", "<-", " and ", "sin x", "dx = ", "[n+1]", "\u2063", "\u2064", "\\over",
)  # fmt: skip


def texts() -> list[tuple[str, str]]:
    """Domain and text: of the bank, printed in two ways, and as pasted."""
    found = [(domain, text) for domain, pasted in PASTED.items() for text in pasted]
    for domain in DOMAINS:
        side, latex = {"ode": ("{}' = {}", r"\dot{{{}}} = {}"), "map": ("{}[n+1] = {}", r"{}_{{n+1}} = {}")}.get(
            domain, ("y = {1}",) * 2
        )
        for system in bank(domain):
            equations = list(zip(system.names, system.equations, strict=False))
            found.append((domain, "; ".join(side.format(name, to_infix(e, system.names)) for name, e in equations)))
            if all(len(name) == 1 for name in system.names):
                found.append((domain, r" \\ ".join(latex.format(name, to_latex(e, system.names)) for name, e in equations)))
    return found


def mutated(text: str, other: str, draw: random.Random) -> str:
    """One change: a piece put in, a part left out, doubled, moved or taken from another text, or the end cut off."""
    start = draw.randint(0, len(text))
    end = min(len(text), start + draw.choice((0, 1, 1, 2, 3, 8)))
    at = draw.randint(0, max(0, len(other) - 1))
    part = other[at : at + draw.randint(1, 12)]
    return draw.choice(
        (
            text[:start] + draw.choice(PIECES) + text[start:],
            text[:start] + draw.choice(PIECES) + text[end:],
            text[:start] + text[end:],
            text[:end] + text[start:],
            text[end:] + text[start:end] + text[:start],
            text[:start] + part + text[end:],
            text[:start],
        )
    )


def fuzz(n: int, seed: int) -> Counter[str]:
    """How many of n mutations were read and refused. Raises AssertionError for one that is neither as it should be."""
    draw, given, found = random.Random(seed), texts(), Counter[str]()
    for _ in range(n):
        domain, text = draw.choice(given)
        for _ in range(draw.choice((1, 1, 2, 4))):
            text = mutated(text, draw.choice(given)[1], draw)
        began = time.perf_counter()
        try:
            read = parse(text, domain)
        except ParseError as e:
            found["refused"] += 1
            lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
            assert str(e).isprintable() and len(str(e)) < 260, text
            assert 1 <= e.line <= len(lines), (text, str(e))
            assert 1 <= e.column <= len(text) + 1, (text, str(e))
        except Exception as e:
            raise AssertionError(f"{domain}: {text!r}") from e
        else:
            found["read"] += 1
            again = parse(to_infix(read.tree), domain) if read.tree.children else read
            assert again.tree == read.tree, (domain, text)
        assert time.perf_counter() - began < 5, text
    return found


@pytest.mark.parametrize(("domain", "text"), [(d, text) for d, pasted in PASTED.items() for text in pasted])
def test_what_is_mutated_is_read(domain: str, text: str) -> None:
    assert parse(text, domain).tree.children


def test_mutations_of_pasted_texts_are_refused_in_a_line_or_print_back() -> None:
    found = fuzz(500, seed=0)
    assert found["read"] > 40
    assert found["refused"] > 100


@pytest.mark.nightly
def test_a_hundred_thousand_mutations() -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}: {dict(fuzz(100_000, seed))}")
