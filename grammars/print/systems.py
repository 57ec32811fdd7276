"""Whole systems as a person writes them: equations with their left sides, conditions behind."""

from __future__ import annotations

from ..operators import BUILT_IN, Operators
from ..tree import System, number, variable
from .infix import as_written, format_number
from .latex import latex_name
from .printers import to_latex

_SIDES = {"ode": "{}' = ", "map": "{}[n+1] = "}
_LATEX_SIDES = {"ode": r"\dot{{{}}} = ", "map": "{}_{{n+1}} = "}


def system_text(system: System, alphabet: Operators = BUILT_IN) -> str:
    """`x' = v; v' = -x  @ x=1, v=0; T=10`: of a built-in domain it reads back as the same system, but for further initial
    conditions, which are counted behind a `#`. Systems of other domains are their equations alone. A sequence is its symbols with
    spaces between, as an alphabet may read as one what stands together."""
    if _is_sequence(system) and alphabet.write is None:
        return " ".join(symbol.symbol for symbol in system.equations)
    form = _SIDES.get(system.domain)
    if form is None or len(system.equations) != system.dim:
        return as_written(system.tree, system.names, alphabet) + _conditions(system)
    sides = zip(system.names, system.equations, strict=True)
    clock = _has_clock(system)
    written = [
        form.format(name) + as_written(equation, system.names, alphabet)
        for i, (name, equation) in enumerate(sides)
        if not (clock and i == system.dim - 1)
    ]
    return "; ".join(written) + _conditions(system)


def system_latex(system: System, alphabet: Operators = BUILT_IN) -> str:
    """The same without conditions, for a notebook: one line, or aligned ones."""
    if _is_sequence(system):
        return "$" + r"\;".join(to_latex(symbol, system.names, alphabet) for symbol in system.equations) + "$"
    form = _LATEX_SIDES.get(system.domain, "{}: ") if len(system.equations) == system.dim else ""
    sides = (
        [form.format(latex_name(variable(i), system.names)) for i in range(system.dim)] if form else [""] * len(system.equations)
    )
    lines = [side + to_latex(e, system.names, alphabet) for side, e in zip(sides, system.equations, strict=True)]
    if len(lines) == 1:
        return f"${lines[0]}$"
    return "$$\\begin{aligned}\n" + " \\\\\n".join(line.replace(" = ", " &= ", 1) for line in lines) + "\n\\end{aligned}$$"


def _is_sequence(system: System) -> bool:
    """What has several parts and no variable is no system of equations: those have one for each variable, or are one alone."""
    return not system.dim and len(system.equations) > 1


def _has_clock(system: System) -> bool:
    """Whether the last variable is the time that the text wrote as `t`."""
    return system.domain == "ode" and system.dim > 1 and system.names[-1] == "t" and system.equations[-1] == number(1.0)


def _conditions(system: System) -> str:
    """Behind two spaces, from `@` on; '' where there are none."""
    ranges = zip(system.names, system.ranges, strict=False)
    groups = [", ".join(f"{name}={format_number(low)}..{format_number(high)}" for name, (low, high) in ranges)]
    if system.x0:
        first = list(zip(system.names, system.x0[0], strict=False))
        clock = _has_clock(system) and first[-1][1] == 0.0
        groups.append(", ".join(f"{name}={format_number(value)}" for name, value in first[: -1 if clock else None]))
    if system.t_end is not None:
        groups.append(f"T={format_number(system.t_end)}")
    text = "; ".join(group for group in groups if group)
    more = len(system.x0) - 1
    return (f"  @ {text}" if text else "") + (f"  # and {more} more start{'s' * (more > 1)}" if more > 0 else "")
