"""Of published lists of equations: the share that is read as published, the share that has a κ, and whether values agree.

    python benchmarks/corpora.py FOLDER [--kappa] [--reasons N] [--only NAME]

FOLDER holds what is there of these, under these names, as downloaded; nothing of it is in this repository:

    dso-benchmarks.csv       dso-org/deep-symbolic-optimization, dso/dso/task/regression/benchmarks.csv
    feynman-equations.csv    the AI Feynman list
    nesymres-nc.csv          SymposiumOrganization/NeuralSymbolicRegressionThatScales, test_set/nc.csv
    srsd.py                  omron-sinicx/srsd-benchmark, datasets/feynman.py: its lines "Raw:", nothing of it is run
    odebench.json            sdascoli/odeformer, odeformer/odebench/strogatz_extended.json
    simulate_ode.m           lacava/ode-strogatz: its lines `outstr = {…}`, with left sides du(1), du(2) put before them
    pysindy/                 dynamicslab/pysindy, examples/: models as its notebooks print them
    xppaut/                  Ermentrout/xppaut: its .ode files

What is read is compared at random points with SymPy, to 1e-9, by a second reader that knows nothing of ours: Python's own syntax
tree of the published text, node by node by a table (`sympify` would evaluate it). Models of XPPAUT have no second reader here;
what they mean is held by tests. What is refused is counted by its reason; delays, noise, integrals, arrays, tables, boundary
conditions, constraints, resets and code of others are outside the stated language (docs/writing.md) and are counted apart.
With --kappa each system that is read is also measured: by its published ranges or start and horizon, else inputs in 1..2,
variables from 1, horizon 1. Two minutes on one core; --kappa takes several more.
"""

from __future__ import annotations

import argparse
import ast
import csv
import json
import math
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sympy

import kappabar
from kappabar.grammars import tree
from kappabar.grammars.errors import KappabarError, ParseError
from kappabar.grammars.text.parse import parse
from kappabar.grammars.tree import Node, System

POINTS, CLOSE, DIGITS = 5, 1e-9, 30
WITHIN = (0.5, 2.0)
OUTSIDE = re.compile(
    "delay|earlier value|noise|integral|calculus|array|table of|boundary|constraint|reset|others' code|in space|step|special"
)
"""Reasons that name what is outside the stated language."""
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{
        name: getattr(sympy, name)
        for name in ("sin", "cos", "tan", "cot", "asin", "acos", "atan", "sinh", "cosh", "tanh", "exp", "log")
    },
    **{f"arc{name}": getattr(sympy, f"a{name}") for name in ("sin", "cos", "tan")},
    **{"ln": sympy.log, "sqrt": sympy.sqrt, "abs": sympy.Abs, "Abs": sympy.Abs, "sign": sympy.sign},
    **{"pow": lambda a, b: a**b, "div": lambda a, b: a / b, "log10": lambda a: sympy.log(a, 10)},
}
OURS: dict[str, Callable[..., Any]] = {
    **{"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b},
    **{"^": lambda a, b: a**b, "neg": lambda a: -a, "pi": lambda: sympy.pi, "e": lambda: sympy.E},
    **{name: FUNCTIONS[name] for name in tree.FUNCTIONS},
}
"""What the symbols of our trees are in SymPy."""
OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A published system. `python`: its components in Python's syntax, () where it has no second reader; `ranges` of inputs."""

    name: str
    text: str
    domain: str
    python: tuple[str, ...] = ()
    ranges: dict[str, tuple[float, float]] | None = None
    start: tuple[float, ...] = ()


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def dso(path: Path) -> Iterator[Entry]:
    for row in rows(path):
        (low, high, _), *_ = next(iter(json.loads(row["train_spec"]).values())).values()
        names = {f"x{i + 1}": (float(low), float(high)) for i in range(int(row["variables"]))}
        yield Entry(row["name"], row["expression"], "function", (row["expression"].replace("^", "**"),), names)


def feynman(path: Path) -> Iterator[Entry]:
    for row in rows(path):
        if row["Formula"]:
            names = [i for i in range(1, 11) if row[f"v{i}_name"]]
            ranges = {row[f"v{i}_name"]: (float(row[f"v{i}_low"]), float(row[f"v{i}_high"])) for i in names}
            yield Entry(row["Filename"], row["Formula"], "function", (row["Formula"],), ranges)


def nesymres(path: Path) -> Iterator[Entry]:
    for row in rows(path):
        support = ast.literal_eval(row["support"])
        ranges = {name: (float(at["min"]), float(at["max"])) for name, at in support.items()}
        yield Entry(row[""], row["eq"], "function", (row["eq"],), ranges)


def srsd(path: Path) -> Iterator[Entry]:
    for i, raw in enumerate(re.findall(r"^ *- Raw: (.*)$", path.read_text("utf-8"), re.MULTILINE), 1):
        yield Entry(f"{i}", raw, "function", (raw,))


def odebench(path: Path) -> Iterator[Entry]:
    for record in json.loads(path.read_text("utf-8")):
        for i, components in enumerate(record["substituted"]):
            start = tuple(record["init"][min(i, len(record["init"]) - 1)])
            yield Entry(str(record["id"]), " | ".join(components), "ode", tuple(components), start=start)


def strogatz(path: Path) -> Iterator[Entry]:
    for i, model in enumerate(re.findall(r"outstr = \{(.*?)\};", path.read_text("utf-8"), re.DOTALL), 1):
        rights = re.findall(r"'([^']*)'", model)
        text = "\n".join(f"du({k}) = {right};" for k, right in enumerate(rights, 1))
        yield Entry(f"{i}", text, "ode", tuple(re.sub(r"u\((\d)\)", r"u_\1", right).replace("^", "**") for right in rights))


def pysindy(path: Path) -> Iterator[Entry]:
    for file in sorted(path.rglob("*.ipynb")):
        for i, cell in enumerate(json.loads(file.read_text("utf-8")).get("cells", [])):
            for output in cell.get("outputs", []):
                lines = [line for line in "".join(output.get("text", [])).split("\n") if re.match(r"\(?\w+\)?' = ", line)]
                while lines:  # several models may stand below each other
                    again = next((k for k, line in enumerate(lines) if k and left(line) == left(lines[0])), len(lines))
                    model, lines = lines[:again], lines[again:]
                    rights = tuple(printed(line.partition(" = ")[2]) for line in model)
                    yield Entry(f"{file.stem}:{i}", "\n".join(model), "ode", rights)


def left(line: str) -> str:
    return line.partition(" = ")[0]


def printed(model: str) -> str:
    """`-10.0 x0 x1 + 2.0 1` -> `-10.0*x0*x1 + 2.0*1`."""
    terms = [re.sub(r"(?<=[a-z\d])(?=[xyz](?:\d|\b))", " ", term) for term in model.replace("^", "**").split(" + ")]
    return " + ".join("*".join(term.split()) for term in terms)


def xppaut(path: Path) -> Iterator[Entry]:
    for file in sorted(path.rglob("*.ode")):
        text = file.read_bytes().decode("utf-8", "replace")
        yield Entry(file.stem, text, "map" if re.search(r"meth[a-z]*\s*=\s*d", text, re.IGNORECASE) else "ode")


CORPORA: dict[str, tuple[str, Callable[[Path], Iterator[Entry]]]] = {
    "DSO": ("dso-benchmarks.csv", dso),
    "AI Feynman": ("feynman-equations.csv", feynman),
    "NeSymReS": ("nesymres-nc.csv", nesymres),
    "SRSD": ("srsd.py", srsd),
    "ODEBench": ("odebench.json", odebench),
    "Strogatz": ("simulate_ode.m", strogatz),
    "PySINDy": ("pysindy", pysindy),
    "XPPAUT": ("xppaut", xppaut),
}


def reference(node: ast.AST) -> Any:
    """A node of Python's syntax tree to SymPy, by the tables alone. Raises ValueError for any other."""
    match node:
        case ast.BinOp(left, operator, right) if type(operator) in OPERATORS:
            return OPERATORS[type(operator)](reference(left), reference(right))
        case ast.UnaryOp(ast.USub(), operand):
            return -reference(operand)
        case ast.UnaryOp(ast.UAdd(), operand):
            return reference(operand)
        case ast.Call(ast.Name(name), arguments, []) if name in FUNCTIONS:
            return FUNCTIONS[name](*map(reference, arguments))
        case ast.Name("pi"):
            return sympy.pi
        case ast.Name(name):
            return symbol("lambda" if name == "lambda_" else name)
        case ast.Constant(int() as value):
            return sympy.Integer(value)
        case ast.Constant(float() as value):
            return sympy.Float(value, DIGITS)
    raise ValueError(ast.dump(node)[:60])


def symbol(name: str) -> Any:
    return sympy.Symbol(name, real=True)


def second_reading(text: str) -> Any:
    """A component in Python's syntax, whose word `lambda` is a name here, to SymPy."""
    return reference(ast.parse(re.sub(r"\blambda\b", "lambda_", text.strip()), mode="eval").body)


def ours(node: Node, names: Sequence[str]) -> Any:
    """A tree of ours to SymPy."""
    if node.is_number:
        return sympy.Float(node.value, DIGITS)
    if node.is_variable:
        return symbol(names[node.index])
    children = [ours(child, names) for child in node.children]
    return OURS[node.symbol](*children)


def compared(system: System, entry: Entry, draw: random.Random) -> tuple[int, float]:
    """How many values were compared, and the largest relative difference. Both are computed to many digits, so that it is of
    what was read and not of rounding; complex values are values."""
    values, worst = 0, 0.0
    for equation, text in zip(system.equations, entry.python, strict=True):
        one, other = ours(equation, system.names), second_reading(text)
        for _ in range(POINTS):
            at = {symbol(name): sympy.Float(draw.uniform(*WITHIN), DIGITS) for name in system.names}
            a, b = one.subs(at).evalf(DIGITS), other.subs(at).evalf(DIGITS)
            difference = abs(a - b) / abs(b) if a != b else sympy.Integer(0)
            values, worst = values + 1, max(worst, float(difference) if difference.is_comparable else math.inf)
    return values, worst


def conditioned(system: System, entry: Entry) -> System:
    """The system where its list says, or at conditions of ours."""
    if system.domain == "function":
        return replace(system, ranges=tuple((entry.ranges or {}).get(name, (1.0, 2.0)) for name in system.names))
    start = system.x0 or (entry.start or (1.0,) * system.dim,)
    return replace(system, x0=start, t_end=system.t_end or (10.0 if entry.start else 1.0))


def measured(systems: Sequence[System]) -> tuple[int, Counter[str]]:
    """How many have a κ, and why the others have none."""
    done, reasons = 0, Counter[str]()
    for domain in sorted({s.domain for s in systems}):
        given = [replace(s, name=str(i)) for i, s in enumerate(systems) if s.domain == domain]
        try:
            result = kappabar.kappa(["tree"], data=given, domain=domain, edits_per_expression=20, keep_edits=False)[0]
        except KappabarError as e:
            reasons[str(e)] += len(given)
        else:
            done += len(given) - len(result.skipped)
            reasons.update(re.sub(r"\d[\d,.e+-]*", "N", skip.reason) for skip in result.skipped)
    return done, reasons


def row(name: str, entries: Sequence[Entry], *, kappa: bool) -> Counter[str]:
    """One line of the table; why what is not read is not."""
    draw, systems, reasons, outside = random.Random(0), [], Counter[str](), 0
    values, worst, wrong = 0, 0.0, []
    for entry in entries:
        try:
            system = parse(entry.text, entry.domain)
        except ParseError as e:
            outside += OUTSIDE.search(e.reason) is not None
            reasons[("outside: " if OUTSIDE.search(e.reason) else "") + re.sub(r"line \d+|column \d+", "", e.reason)] += 1
            continue
        systems.append(conditioned(system, entry))
        if entry.python:
            one = compared(system, entry, draw)
            values, worst = values + one[0], max(worst, one[1])
            wrong += [entry.name] if one[1] > CLOSE else []
    within = len(entries) - outside
    print(f"| {name} | {len(entries)} | {len(systems)} of {within} ({len(systems) / within:.1%}) | {outside} ", end="")
    print(f"| {values} | {worst:.0e} " if values else "| – | – ", end="")
    if kappa:
        done, why = measured(systems)
        print(f"| {done} of {len(systems)} ", end="")
        reasons.update({f"no κ: {reason}": n for reason, n in why.items()})
    print("|", flush=True)
    if wrong:
        print(f"    differ: {', '.join(wrong)}")
    return reasons


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kappa", action="store_true", help="measure each as well")
    parser.add_argument("--reasons", type=int, default=10, help="most reasons shown of a corpus")
    parser.add_argument("--only", choices=CORPORA, help="this one alone")
    given = parser.parse_args()
    print("| corpus | entries | read | outside | values compared | largest difference |", end="")
    print(" have a κ |" if given.kappa else "")
    for name, (path, read) in CORPORA.items():
        if given.only in (None, name) and (given.folder / path).exists():
            reasons = row(name, list(read(given.folder / path)), kappa=given.kappa)
            for reason, n in reasons.most_common(given.reasons):
                print(f"    {n:4} {reason[:160]}")


if __name__ == "__main__":
    main()
