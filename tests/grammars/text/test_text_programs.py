"""Equations as textbooks and other programs write them, with more on the left than a derivative: each is the plain text that says
the same, what was made of it is told, and what cannot be is refused in a line."""

from __future__ import annotations

import re

import pytest

from kappabar.grammars.errors import ParseError
from kappabar.grammars.text.parse import parse

SOLVED: list[tuple[str, str, tuple[str, ...]]] = [
    ("m x'' = -k x with m=2, k=3", "x'' = -3*x/2", ("m x'' = … is read as x'' = (…)/m",)),
    ("m*x'' = -k*x; m = 2; k = 3", "x'' = -3*x/2", ("is read as x'' = (…)/m",)),
    ("2x' = x", "x' = x/2", ("2x' = … is read as x' = (…)/2",)),
    ("tau*dx/dt = -x with tau=2", "x' = -x/2", ("(…)/tau",)),
    ("C dV/dt = -g V + I with C=1, g=2, I=3", "V' = (-2*V + 3)/1", ("(…)/C",)),
    ("m l^2 θ'' = -g sin θ with m=1, l=2, g=9", "theta'' = -9*sin(theta)/(1*2^2)", ("(…)/(m l^2)",)),
    ("x'/2 = x", "x' = x*2", ("is solved for x'",)),
    ("-x' = x", "x' = -x", ("x' = -(…)",)),
    ("x'' + x = 0", "x'' = -x", ("x'' + x = … is solved for x''",)),
    ("m x'' + c x' + k x = F cos(w t) with m=1, c=2, k=3, F=4, w=5",
     "x'' = (4*cos(5*t) - 2*x' - 3*x)/1", ("is solved for x''", "t' = 1")),
    ("m d²x/dt² + c dx/dt = -x with m=2, c=3", "x'' = (-x - 3*x')/2", ("is solved for x''",)),
    ("x' = y\n2 y' = -x", "x' = y; y' = -x/2", ("2 y' = … is read as y' = (…)/2",)),
    ("x' - y = 0; y' + x = 0", "x' = y; y' = -x", ("x' - y", "y' + x")),
    ("-(x' + y) = 2; y' = 1", "x' = -(2 + y); y' = 1", ("is solved for x'",)),
    ("|k| y' = y with k=-2", "y' = y/abs(-2)", ("(…)/(|k|)",)),
    ("x'(t) + x(t) = 0 @ x=1; T=2", "x' = -x @ x=1; T=2", ("is solved for x'",)),
    (r"\tau \dot{x} = -x with tau=2", "x' = -x/2", (r"(…)/\tau",)),
    (r"m\ddot{x} + c\dot{x} + kx = 0 with m=1, c=2, k=3", "x'' = (-2*x' - 3*x)/1", ("is solved for x''",)),
    (r"\begin{aligned} m\dot{x} &= -kx, \\[2pt] 2\dot{y} &= x \end{aligned} with m=3, k=2",
     "x' = -2*x/3; y' = x/2", ("/m", "/2")),
    (r"\ddot{\theta} + \frac{g}{\ell}\sin\theta = 0 with g=9.8, ell=2",
     "theta'' = -(9.8/2*sin(theta))", ("is solved for theta''",)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "same", "told"), SOLVED, ids=[text[:40] for text, _, _ in SOLVED])
def test_an_equation_is_solved_for_its_derivative(text: str, same: str, told: tuple[str, ...]) -> None:
    system, plain = parse(text), parse(same)
    assert system == plain
    more = [note for note in system.notes if note not in plain.notes]
    assert all(any(words in note for note in system.notes) for words in told), system.notes
    assert len(more) == sum("t' = 1" not in words for words in told)


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("y x' = x; y' = 1", 1, "x' has a factor that changes with y"),
        ("x' = 1; u = x^2; u y' = 1", 18, "changes with u"),
        ("t x' = x", 1, "changes with t"),
        ("x' + y' = 1; y' = x", 1, "x' and y' stand on one left side"),
        ("x' + x' = 1", 1, "stands twice"),
        ("sin(x') = 1", 1, "no factor times x'"),
        ("1/x' = x", 1, "no factor times x'"),
        ("x'^2 = x", 1, "no factor times x'"),
        ("2(x' + 1) = x", 1, "no factor times x'"),
        ("(1) x' = -x", 1, "'(1)' may be the number"),
        ("x' = y\n2. y' = x", 1, "'2.' may be the number"),
        ("(a) x' = -x with a=2", 1, "'(a)' may be the number"),
        ("- x' = y\n- y' = -x", 1, "'-' may be the number or the mark"),
        ("x' = 1,2y' = x; y' = 3", 6, "'1,2' has a decimal comma"),
        ("x' = y = 2", 8, "unexpected '='"),
    ],
)
def test_what_cannot_be_solved_is_told(text: str, column: int, words: str) -> None:
    with pytest.raises(ParseError, match=re.escape(words)) as caught:
        parse(text)
    assert caught.value.column == column


PROGRAMS: list[tuple[str, str, bool]] = [
    ("dx = s*(y - x);\ndy = -x; with s=10", "x' = 10*(y - x); y' = -x", True),
    ("dxdt = y\ndydt = -k*x\nk = 2", "x' = y; y' = -2*x", True),
    ("dx_dt = -x", "x' = -x", True),
    ("xdot = y; ydot = -x", "x' = y; y' = -x", True),
    ("dX <- a*X + Y\ndY <- -X with a=2 @ X=1, Y=0; T=2", "X' = 2*X + Y; Y' = -X @ X=1, Y=0; T=2", True),
    ("dydt = [y(2); (1 - y(1)^2)*y(2) - y(1)];", "y_1' = y_2; y_2' = (1 - y_1^2)*y_2 - y_1", False),
    ("dydt = [y[1], -y[0]]", "y_0' = y_1; y_1' = -y_0", False),
    ("dydt = [\n  y[1],\n  -y[0],\n]", "y_0' = y_1; y_1' = -y_0", False),
    ("f = @(t,x) [x(2); -k*x(1)]; k = 2", "x_1' = x_2; x_2' = -2*x_1", False),
    ("f = @(t, x) -2*x", "x' = -2*x", False),
    ("lambda t, x: -2*x", "x' = -2*x", False),
    ("function dydt = vdp(t, y)\ndydt = [y(2); -y(1)];\nend", "y_1' = y_2; y_2' = -y_1", False),
    ("function f!(du,u,p,t)\n du[1] = u[2]\n du[2] = -u[1]\nend", "u_1' = u_2; u_2' = -u_1", False),
    ("dx(1,1) = x(2); % position\ndx(2,1) = -x(1); % velocity", "x_1' = x_2; x_2' = -x_1", False),
    ("dydt[1] = y[2];\ndydt[2] = -y[1];", "y_1' = y_2; y_2' = -y_1", False),
    ("dxdt[0] = x[1]; dxdt[1] = -x[0]; // C", "x_0' = x_1; x_1' = -x_0", False),
    ("x'[t] == -Sin[x[t]] + y[t]^2, y'[t] == x[t] y[t], x[0] == 1, y[0] == 0", "x' = -sin(x) + y^2; y' = x*y @ x=1, y=0", False),
    ("{x''[t] == -x[t]} @ x=1, x'=0", "x'' = -x @ x=1, x'=0", False),
    ("diff(x(t), t) = y(t), diff(y(t), t) = -x(t)", "x' = y; y' = -x", False),
    ("diff(x(t), t$2) = -diff(x(t), t)", "x'' = -x'", False),
    ("diff(x, t, 2) == -x", "x'' = -x", False),
    ("D(x)(t) = y(t); (D@@1)(y)(t) = -x(t)", "x' = y; y' = -x", False),
    ("der(x) = v; der(v) = -x;", "x' = v; v' = -x", False),
    ("x' := -x; k := 2", "x' = -x; k = 2", False),
    ("x' = y and y' = -k*x, where k = 2", "x' = y; y' = -2*x", False),
    ("x˙ = y; y´ = -x", "x' = y; y' = -x", False),
]  # fmt: skip


@pytest.mark.parametrize(("text", "same", "told"), PROGRAMS, ids=[text[:40] for text, _, _ in PROGRAMS])
def test_what_programs_write_is_read(text: str, same: str, told: bool) -> None:
    system, plain = parse(text), parse(same)
    assert system == plain
    assert any("is read as x' = …" in note or "is read as X' = …" in note for note in system.notes) == told


def test_a_name_that_looks_like_a_derivative_stays_a_name_beside_equations() -> None:
    assert parse("dx = 0.1; x' = dx*x") == parse("x' = 0.1*x")
    assert parse("der(x) = 2x; x' = der(x)") == parse("x' = 2*x")
    for text in ("dt = 0.1; k = 2", "delta = 2; x = 3"):
        with pytest.raises(ParseError, match="no equation"):
            parse(text)


@pytest.mark.parametrize(
    ("text", "same"),
    [("Sin[Cos[x]] Exp[-x^2]", "sin(cos(x))*exp(-x^2)"), ("Sqrt[x] + ArcTan[x]", "sqrt(x) + atan(x)"), ("Max[x, 2]", "max(x, 2)"),
     ("xˆ2 + ln|x|", "x^2 + log(abs(x))"), ("Math.PI*Math.sin(x)", "pi*sin(x)"),
     ("lambda x, y: x**2 + y", "f(x, y) = x^2 + y"), ("y := x^2;", "x^2"), ("x^2; with a=2", "x^2 with a=2")],
)  # fmt: skip
def test_functions_of_programs_are_read(text: str, same: str) -> None:
    assert parse(text, "function") == parse(same, "function")


@pytest.mark.parametrize(
    ("domain", "text", "words"),
    [("function", "Log[2, x]", "stands in parentheses"), ("function", "x <- 1", "a comparison"),
     ("function", "x == 1", "single points"), ("ode", "dydt = [y[1], 0]", "counted from 0 or from 1"),
     ("ode", "x' = x % decay", "a comment begins with #"),
     ("map", "x -> 3x", "an arrow is no equals sign"), ("ode", "x' = -x, 0 ≤ t ≤ 10", "written T=10"),
     ("ode", "x' = -x, t ∈ [0, 10]", "written T=10"), ("function", "f(x) = x^2, x ∈ [0, 1]", "written @ x=0..1"),
     ("ode", "dy/dx = -y", "t for x"), ("ode", r"\frac{dy}{dx} = -y", "t for x"), ("ode", "x' = SIN(x)", "did you mean 'sin'?"),
     ("ode", "N' = rN(1 - N) with r=1", "r*N*(…)"), ("function", "1.0f*x", "another program")],
)  # fmt: skip
def test_what_programs_mean_otherwise_is_refused(domain: str, text: str, words: str) -> None:
    with pytest.raises(ParseError, match=re.escape(words)):
        parse(text, domain)


@pytest.mark.parametrize(
    "text", ["x[n+1] = 3x[n]", "x_{n+1} = 3 x_n (1-x_n)", "x(k+1) = 3*x(k)", "x_n+1 = 3 x_n", r"x_{t+1} = 3\,x_t"]
)
def test_a_text_of_another_domain_is_pointed_there(text: str) -> None:
    assert parse(text, "map").dim == 1
    for domain in ("ode", "function"):
        with pytest.raises(ParseError, match=r"… is an equation of a map; read it with --domain map"):
            parse(text, domain)
    for rate in ("x' = -x", "dx/dt = -x", r"\dot{x} = -x", r"\frac{dx}{dt} = -x"):
        for domain in ("map", "function"):
            with pytest.raises(ParseError, match="read it with --domain ode"):
                parse(rate, domain)


def test_a_horizon_of_other_programs_is_told() -> None:
    (note,) = parse("x' = -x; t_end = 10").notes
    assert note == "'t_end' is used nowhere; how long a system runs is written T = 10"


def test_a_map_counts_by_one_index() -> None:
    assert parse("x[i+1] = y[i]; y[i+1] = 2x[i]", "map") == parse("x[n+1] = y; y[n+1] = 2*x", "map")
    assert parse(r"N_{t+1} = N_t e^{r_k(1 - N_t)} with r_k=2", "map") == parse("N[n+1] = N*e^(2*(1 - N))", "map")
    unicode = "xₙ₊₁ = 1 − a xₙ² + yₙ; yₙ₊₁ = b xₙ with a=1.4, b=0.3"
    assert parse(unicode, "map") == parse("x[n+1] = 1 - 1.4*x^2 + y; y[n+1] = 0.3*x", "map")
    for text in ("x[n+1] = x[k]", "x_{n+1} = 2 x_k"):
        with pytest.raises(ParseError, match="x has two indices, n and k"):
            parse(text, "map")


@pytest.mark.parametrize(
    "text",
    ["x[n+1] = x[n] + p[n+1]; p[n+1] = p + k*sin(x); k = 2", r"x_{n+1} = x_n + p_{n+1}, \quad p_{n+1} = p_n + 2 \sin x_n"],
)
def test_a_value_of_the_next_step_is_what_its_equation_gives(text: str) -> None:
    system = parse(text, "map")
    assert system == parse("x[n+1] = x + (p + 2*sin(x)); p[n+1] = p + 2*sin(x)", "map")
    assert system.notes == ("p[n+1] on a right side is what its equation gives",)
    with pytest.raises(ParseError, match="defined by itself"):
        parse("x[n+1] = y[n+1]; y[n+1] = x[n+1]", "map")


LATEX = [
    (r"{\displaystyle {\begin{aligned}{\frac {\mathrm {d} x}{\mathrm {d} t}}&=\sigma (y-x),\\[6pt]"
     r"{\frac {\mathrm {d} y}{\mathrm {d} t}}&=x.\end{aligned}}} with sigma=10", "x' = 10*(y - x); y' = x"),
    (r"{\displaystyle {d^{2}x \over dt^{2}}-\mu (1-x^{2}){dx \over dt}+x=0} with mu=2", "x'' = 2*(1 - x^2)*x' - x"),
    (r"\begin{align*} \dot x &= y \label{eq:a} \\ \dot y &= -x \tag{1} \end{align*}", "x' = y; y' = -x"),
    (r"\dot x = y \quad\text{and}\quad \dot y = -k x, \text{ where } k = 2", "x' = y; y' = -2*x"),
    (r"\dot x = k_{\mathrm{on}} x - I_\text{ext} + x_{1,2} with k_on=1, I_ext=2, x_1_2=3", "x' = 1*x - 2 + 3"),
    (r"\dot x = \frac1{2} x + \frac{x}2 + \frac 1\tau with tau=2", "x' = 1/2*x + x/2 + 1/2"),
    (r"\dot x = \sqrt x + \sqrt2", "x' = sqrt(x) + sqrt(2)"),
    (r"\dv{x}{t} = -x - \partial_t y; \dv[2]{y}{t} = x", "x' = -x - y'; y'' = x"),
    (r"\dot x \equiv -x", "x' = -x"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "same"), LATEX, ids=[text[:40] for text, _ in LATEX])
def test_latex_of_papers_and_encyclopedias_is_read(text: str, same: str) -> None:
    assert parse(text) == parse(same)


@pytest.mark.parametrize(
    "text",
    ["x" * 99_000, "x" + " " * 99_000 + "= 1", "d" * 99_000 + "/dt = 1", "x' = 1" + ";%" * 49_000, "x' = x" + " and x" * 16_000],
)
def test_long_texts_are_settled_in_time(text: str) -> None:
    """No pattern looks at a text again from each of its places: these took minutes."""
    try:
        parse(text)
    except ParseError as e:
        assert len(str(e)) < 260
