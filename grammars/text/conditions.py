"""Conditions: where a system begins, how long it runs, where a function is looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..errors import did_you_mean
from .names import Names, derivative
from .reader import FaultFound
from .sections import Assignment, variable_of

Starts = tuple[tuple[float, ...], ...]
Ranges = tuple[tuple[float, float], ...]
HORIZON = "T"
MOST_HORIZON = 1e100
"""Longest horizon: beyond it a step times a rate overflows, which would look like a divergence."""


def read_conditions(
    known: Names, conditions: Sequence[Assignment], otherwise: Mapping[str, float], *, at_rest: bool = False
) -> tuple[Starts, float | None, Ranges]:
    """Initial conditions, horizon, ranges. `otherwise`: the starts of variables that need none; with `at_rest`
    they begin there where nothing is said of any."""
    values: dict[str, float] = {}
    ranges: dict[str, tuple[float, float]] = {}
    t_end: float | None = None
    for item in conditions:
        name, at = _variable(known, item), item.name.start_pos or 0
        low = known.constant(item.low)
        if name == HORIZON and not item.initial and (item.after_semicolon or name not in known.variables):
            _check_horizon(known, low, again=t_end is not None, at=at)
            t_end = low
        elif name not in known.variables:
            raise FaultFound(f"a condition for unknown variable {name!r}{did_you_mean(name, known.variables)}", at)
        elif name in values or name in ranges:
            raise FaultFound(f"a second condition for {name!r}", at)
        elif (item.high is not None) != (known.domain == "function"):
            form = f"{name}=LOW..HIGH" if known.domain == "function" else f"{name}=VALUE"
            raise FaultFound(f"a condition of domain {known.domain!r} is written {form}", at)
        elif item.high is not None:
            high = known.constant(item.high)
            if not low < high:
                raise FaultFound(f"the range of {name!r} is empty: {low:g}..{high:g}", at)
            ranges[name] = (low, high)
        else:
            values[name] = low
    names, chosen = known.variables, (ranges if known.domain == "function" else values)
    if values or at_rest:
        values = {**otherwise, **values}
        chosen = values
    if chosen and (missing := [n for n in names if n not in chosen]):
        last = conditions[-1].name.start_pos or 0
        raise FaultFound(f"no condition for {', '.join(map(repr, missing))}; give one for every variable after '@'", last)
    x0 = (tuple(values[n] for n in names),) if values else ()
    return x0, t_end, tuple(ranges[n] for n in names) if ranges else ()


def _variable(known: Names, item: Assignment) -> str:
    """The variable that a condition is of: `x'(0)` is `x_dot` where x has an equation of second order."""
    name = variable_of(item.name)
    base, order = name.rstrip("'"), name.count("'")
    if not order:
        return name
    if order >= known.orders.get(base, 0):
        raise FaultFound(f"a condition for {name}, which no equation of that order has", item.name.start_pos or 0)
    return derivative(base, order)


def _check_horizon(known: Names, t_end: float, *, again: bool, at: int) -> None:
    if known.domain == "function":
        raise FaultFound("a function has no horizon T; leave it out", at)
    if again:
        raise FaultFound("a second horizon T", at)
    if t_end <= 0:
        raise FaultFound(f"the horizon T must be positive, not {t_end:g}", at)
    if t_end > MOST_HORIZON:
        raise FaultFound(f"the horizon T is at most {MOST_HORIZON:g}, not {t_end:g}; measure time in larger units", at)
