"""Models of XPPAUT: each means what Python, told by hand, computes; what has no counterpart is refused by its name."""

from __future__ import annotations

import math
import random

import pytest

from kappabar.grammars.constant import constant_value
from kappabar.grammars.errors import ParseError
from kappabar.grammars.text.parse import parse
from kappabar.grammars.text.xpp import is_xpp
from kappabar.grammars.tree import Node, number

NEURON = """# a neuron, its functions below what calls them
par gl=.5 gca=1, gk=2
p vl=-.5,vca=1,vk=-.7,phi=.333
params iapp=0.2
number c=20
v' = (iapp - gl*(v-vl) - gca*minf(v)*(v-vca) - \\
     gk*w*(v-vk) + pulse(t,5))/c
dw/dt = phi*lamw(v)*(winf(v)-w)
minf(v)=.5*(1+tanh((v+.01)/.145))
winf(v)=if(v<0)then(.5*(1+tanh(v/.15)))else(half(v))
half(u)=.5+u/2
lamw(v)=cosh(v/.3)
pulse(s,s0)=heav(s-s0)*ln(s+1)
V(0)=-.3
aux ica=gca*minf(v)
@ total=150,dt=.25,xlo=0, xhi=150
@ meth=qualrk
done
this is no part of it
"""


def value(tree: Node, at: tuple[float, ...]) -> float:
    found = constant_value(tree.map(lambda n: number(at[n.index]) if n.is_variable else n))
    assert found is not None
    return found


def neuron(v: float, w: float, t: float) -> tuple[float, float, float]:
    minf = 0.5 * (1 + math.tanh((v + 0.01) / 0.145))
    winf = 0.5 * (1 + math.tanh(v / 0.15)) if v < 0 else 0.5 + v / 2
    pulse = math.log(t + 1) if t > 5 else 0.0
    dv = (0.2 - 0.5 * (v + 0.5) - minf * (v - 1) - 2 * w * (v + 0.7) + pulse) / 20
    return dv, 0.333 * math.cosh(v / 0.3) * (winf - w), 1.0


def test_a_model_means_what_python_computes() -> None:
    system = parse(NEURON)
    assert (system.names, system.x0, system.t_end) == (("v", "w", "t"), ((-0.3, 0.0, 0.0),), 150.0)
    draw = random.Random(2)
    for _ in range(50):
        at = (draw.uniform(-1, 1), draw.uniform(0, 1), draw.uniform(0, 10))
        assert [value(e, at) for e in system.equations] == pytest.approx(neuron(*at), rel=1e-12)


def test_a_discrete_model_is_a_map() -> None:
    text = "par r=3.9\nx'=r*x*(1-x)\ninit x=0.4\n@ meth=discrete,total=50\nd\n"
    assert parse(text, "map") == parse("x[n+1] = 3.9*x*(1 - x) @ x=0.4; T=50", "map")
    with pytest.raises(ParseError, match="a model of domain 'map'"):
        parse(text)


def test_what_is_not_said_is_as_there_and_told() -> None:
    system = parse("par a=1\nx'=-a*x\ndone\n")
    assert (system.x0, system.t_end) == (((0.0,),), 20.0)
    assert any("horizon" in note for note in system.notes)


@pytest.mark.parametrize(
    ("line", "word"),
    [("wiener w", "'wiener'"), ("table f file.tab", "'table'"), ("global 1 x-1 {x=0}", "'global'"), ("bdry x-1", "'bdry'"),
     ("x'=delay(x,2)", "a delay"), ("x'=ran(1)", "noise"), ("x'=mod(x,2)", "a step function"),
     ("y'=sum(0,9)of(shift(x,i'))", "a sum over an array"),
     ("0=x+z", "'0' is a constraint"), ("u=int{exp(-t)#x}", "an integral"), ("export {x} {y}", "others' code"),
     ("%[1..9]", "an array"), ("b x-1", "a boundary condition"), ("global 1 x {x=0}", "a reset"),
     ("markov z 2", "'markov'"), ("sin(x)=x", "a function already")],
)  # fmt: skip
def test_what_has_no_counterpart_is_refused_by_its_name(line: str, word: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(f"par a=1\nx'=-a*x\n{line}\ndone\n")
    assert word in caught.value.reason
    assert caught.value.line == 3


RING = """# three cells, coupled
par d=0.5
x[1..3]' = -[j]*x[j] + \\
     d*(x[j-1] - 2*x[j] + x[j+1])*[j*2]
x0=x[1]
x4=x3
%[1..2]
init y[j]=[j+1]
y[j]' = x[j]
%
# z[1..9] is a comment
done
"""


def test_arrays_are_written_out() -> None:
    system = parse(RING)
    assert system.names == ("x1", "x2", "x3", "y1", "y2")
    assert system.x0 == ((0.0, 0.0, 0.0, 2.0, 3.0),)
    at = (0.3, 0.7, -0.2, 0.1, 0.4)
    x = (at[0], *at[:3], at[2])
    cells = [-j * x[j] + 0.5 * (x[j - 1] - 2 * x[j] + x[j + 1]) * 2 * j for j in (1, 2, 3)]
    assert [value(e, at) for e in system.equations] == pytest.approx([*cells, at[0], at[1]], rel=1e-12)


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("y[1..3]'=-y[j]+q", 16, "unknown variable 'q'"),
        ("y[3..1]'=-y[j]", 2, "runs upwards"),
        ("y[0..2]'=-y[j-1]", 12, "a negative index"),
        ("y[1..9999]'=-y[j]*(1+[j]*[j]*[j]*[j])", None, "longer than"),
        ("y[1..3]'=-y[k]", 12, "an index in brackets is a number"),
    ],
)
def test_what_is_wrong_with_an_array_is_shown_where_it_stands(line: str, column: int | None, words: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(f"par a=1\nx'=-a*x\n{line}\ndone\n")
    assert words in caught.value.reason
    assert caught.value.line == 3
    assert column is None or caught.value.column == column


def test_functions_of_the_texts_own() -> None:
    assert parse("f(x, y) = x*y + k; x' = f(2*x, x)^2 with k=3") == parse("x' = (2*x*x + 3)^2")
    assert parse("g(x) = 1/x; f(x) = g(x) + 1; x' = f(x + 1)") == parse("x' = 1/(x + 1) + 1")
    assert parse("s(t) = sin(t); x' = s(t) - x") == parse("x' = sin(t) - x")
    with pytest.raises(ParseError, match="defined by itself"):
        parse("f(x) = f(x) + 1; x' = f(x)")
    with pytest.raises(ParseError, match="takes 1 arguments, not 2"):
        parse("f(x) = x; x' = f(x, x)")
    with pytest.raises(ParseError, match="a second function 'f'"):
        parse("f(x) = x; f(x) = 2*x; x' = f(x)")
    with pytest.raises(ParseError, match="something else too"):
        parse("f(x) = x; x' = f(x) with f=2")
    with pytest.raises(ParseError, match="no equation"):
        parse("f(x) = x")
    doubling = "; ".join(["f0(x) = x", *(f"f{i + 1}(x) = f{i}(x) + f{i}(x)" for i in range(40))])
    with pytest.raises(ParseError, match="longer than"):
        parse(f"{doubling}; x' = f40(x)")


def test_other_texts_are_none() -> None:
    assert not any(is_xpp(text) for text in ("x' = y; y' = -x", "p' = -p", "i' = i\nd' = d", "d = 2\nx' = d", "x_0 | x_1"))
