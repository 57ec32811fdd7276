"""Names of programs for derivatives: where a text has no equation, `dx = …`, `dxdt = …`, `dx_dt = …` and `xdot = …` are some."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from .names import names_in
from .sections import Assignment, Equation, Parts

_FORMS = (re.compile(r"d([^\W\d_]\w*?)_?dt\Z"), re.compile(r"([^\W\d_]\w*?)_?dot\Z"), re.compile(r"d_?([^\W\d_]\w*)\Z"))
_SHORT = _FORMS[-1]
_SHORTEST = 2
TIME = "t"


def with_rates(parts: Parts) -> Parts:
    """The parts, with equations for the definitions that are named as derivatives of what the text uses."""
    if parts.equations or parts.bare:
        return parts
    for form in _FORMS:
        found = _found(parts, form)
        if found:
            equations = tuple(Equation(name, 1, d.low, d.name.start_pos or 0) for name, d in found)
            sides = ", ".join(f"{d.name!s} = …" for _, d in found[:8])
            read = ", ".join(f"{name}' = …" for name, _ in found[:8])
            rates = [d for _, d in found]
            rest = tuple(d for d in parts.definitions if d not in rates)
            return replace(parts, equations=equations, definitions=rest, notes=(*parts.notes, f"{sides} is read as {read}"))
    return parts


def _found(parts: Parts, form: re.Pattern[str]) -> Sequence[tuple[str, Assignment]]:
    """`dx` may be a name, so that `dx` stands nowhere, and x somewhere or beside another derivative that does."""
    given = (*parts.definitions, *parts.parameters)
    used = {name for name, _ in names_in([a.low for a in given])} | {str(c.name).split("(")[0].strip() for c in parts.conditions}
    defined = {str(a.name) for a in given}
    found: list[tuple[str, Assignment]] = []
    for definition in parts.definitions:
        name = str(definition.name)
        match = form.match(name)
        if match is None or match[1] == TIME or match[1] in defined or name in used:
            continue
        if form is not _SHORT or match[1] in used or len(match[1]) <= _SHORTEST:
            found.append((match[1], definition))
    return found if form is not _SHORT or any(name in used for name, _ in found) else ()
