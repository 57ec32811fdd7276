"""The engine's trajectories against SciPy's, on edits of forty systems, stiff and pulsed ones among them.

    python benchmarks/against_scipy.py [--edits 2000] [--systems 0:40] [--out runs/against_scipy.jsonl]

Each edit (one token of `prefix | digits:3`, from the system's first start) is solved by the engine as κ does and by SciPy at 1e-8
and at 1e-10, DOP853 first and Radau where that gives up, with steps of at most a 200th of the horizon. SciPy counts where its two
solutions agree to 1e-4 and stay in the box; there, no `ok` may be further off than 1e-3, and none may be called diverged or
undefined. Of each that is, the distance of SciPy's RK45 at the engine's own tolerances stands beside. Distances are `bounded-l2`.
What SciPy sees is the tree by Python's own arithmetic: nothing of the tape is in it, and nothing is simplified, as `sin(asin(x))`
would be to what has a value everywhere. Each edit is a line of the file at once: an interrupted run goes on. The tests run a
short form.
"""

from __future__ import annotations

import argparse
import json
import math
import operator
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kappabar.evaluate.domains.metrics import METRICS
from kappabar.evaluate.domains.sources import load
from kappabar.evaluate.edits.token import TokenEdits
from kappabar.evaluate.semantics.base import Setting, Status, room_for
from kappabar.evaluate.semantics.flow import Flow
from kappabar.grammars.files.bank import bank
from kappabar.grammars.print.infix import to_infix
from kappabar.grammars.text.parse import parse
from kappabar.grammars.tree import Node, System, variables
from kappabar.representations.representation import representation

ODEBENCH = Path(__file__).parents[2] / "shared" / "data" / "odebench" / "odebench.json"
OWN = (
    "x' = y; y' = 1000*(1 - x^2)*y - x @ x=2, y=0; T=20",
    "x' = y; y' = 100*(1 - x^2)*y - x @ x=2, y=0; T=200",
    "x' = -0.04*x + 10000*y*z; y' = 0.04*x - 10000*y*z - 30000000*y^2; z' = 30000000*y^2 @ x=1, y=0, z=0; T=40",
    "x' = 77.27*(y + x*(1 - 8.375e-6*x - y)); y' = (z - (1 + x)*y)/77.27; z' = 0.161*(x - z) @ x=1, y=2, z=3; T=300",
    "x' = -2000*(x - cos(t)); t' = 1 @ x=1.5, t=0; T=20",
    "x' = exp(-((t-50)/0.5)^2) - 0.1*x; t' = 1 @ x=0, t=0; T=100",
    "x' = 2*exp(-((t-20)/0.6)^2) - x*y; y' = 0.3*x - 0.05*y; t' = 1 @ x=0.1, y=0, t=0; T=100",
    "x' = 5/(1 + ((t-30)/0.7)^8) - 0.2*x; t' = 1 @ x=1, t=0; T=100",
    "x' = tanh(20*(t-40)) - tanh(20*(t-42)) - 0.5*x; t' = 1 @ x=0, t=0; T=100",
    "x' = cos(t/10)^80 - 0.3*x; t' = 1 @ x=0, t=0; T=100",
    "x' = x*(1 - y); y' = y*(x - 1) @ x=20, y=1; T=60",
    "x' = exp(0.79*x)*(1 - x/74.3) @ x=7.3; T=10",
    "x' = 0.3*x*(1 - x/1e8) @ x=1; T=100",
    "x' = y; y' = -x - 0.02*y @ x=1e-9, y=0; T=100",
)
SYSTEMS, AGREES, SAME, TOLERANCES, MOST_CALLS = 40, 1e-3, 1e-4, (1e-8, 1e-10), 60_000
_DRAWN = 3000  # the same whatever the number of edits looked at, so that a longer run begins with the edits of a shorter one


class TooLong(Exception):
    """More calls of the right-hand side than are worth waiting for."""


def systems() -> list[System]:
    """The own ones, and as many evenly spaced of ODEBench's (of the bank's, where its file is not at hand)."""
    own = [parse(text) for text in OWN]
    published = load([str(ODEBENCH)]).systems if ODEBENCH.exists() else list(bank("ode"))
    places = np.linspace(0, len(published) - 1, SYSTEMS - len(own)).round().astype(int)
    return [*own, *(published[i] for i in dict.fromkeys(places.tolist()))]


MEANINGS: dict[str, Callable[..., Any]] = {
    name: getattr(math, name)
    for name in ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "exp", "log", "sqrt")
} | {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
    "neg": operator.neg,
    "abs": abs,
    "sign": np.sign,
    "cot": lambda x: 1.0 / math.tan(x),
}


def function_of(node: Node) -> Callable[[Sequence[float]], Any]:
    """A tree as a function of the state by Python's own arithmetic, node by node and nothing simplified: `sin(asin(2))` has no
    value."""
    if node.is_number:
        return lambda x, value=node.value: value
    if node.is_variable:
        return lambda x, i=node.index: x[i]
    if not node.children:
        constant = float(getattr(math, node.symbol))
        return lambda x: constant
    meaning, parts = MEANINGS[node.symbol], [function_of(child) for child in node.children]
    return lambda x: meaning(*(part(x) for part in parts))


def right_hand_side(tree: Node, most_calls: int = MOST_CALLS) -> Callable[[float, Any], Any]:
    """Of a system: a function of time and state for SciPy, NaN where one of its equations has no value. Raises TooLong after so
    many calls."""
    equations, calls = [function_of(e) for e in tree.children], 0

    def f(_: float, x: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > most_calls:
            raise TooLong
        state = [float(v) for v in x]
        try:
            return np.array([float(equation(state)) for equation in equations])
        except (ArithmeticError, TypeError, ValueError):  # math's domains and overflows
            return np.full(len(equations), np.nan)

    return f


def by_scipy(f: Any, start: Any, setting: Setting, method: str, rtol: float, share: float = 1e-5) -> Any:
    """(T, D), or why there is none: "left" the box, or "unsolved". The absolute tolerance is a `share` of the relative one, times
    a size."""
    from scipy.integrate import solve_ivp

    def leaves(_: float, x: Any) -> float:
        return float(np.min(1.0 - np.abs(x) / setting.box)) if np.isfinite(x).all() else 1.0

    leaves.terminal = True  # type: ignore[attr-defined]  # how SciPy wants it
    size = np.maximum(np.abs(start), 1e-3 * setting.box / 100)
    span = float(setting.t[-1])
    try:
        found = solve_ivp(
            f, (0.0, span), start, method, setting.t, events=leaves, rtol=rtol, atol=rtol * share * size, max_step=span / 200
        )
    except (TooLong, ValueError, ArithmeticError, np.linalg.LinAlgError):
        return "unsolved"
    if found.status == 1:
        return "left"
    return found.y.T if found.status == 0 and np.isfinite(found.y).all() else "unsolved"


def reference(tree: Node, start: Any, setting: Setting) -> tuple[str, Any]:
    """What SciPy says: "agrees" and the trajectory, "left", "differs", or "unsolved"."""
    said = "unsolved"
    for method in ("DOP853", "Radau"):
        pair = [by_scipy(right_hand_side(tree), start, setting, method, rtol) for rtol in TOLERANCES]
        if all(isinstance(y, str) for y in pair):
            if pair == ["left", "left"]:
                return "left", None
            continue
        if any(isinstance(y, str) for y in pair):
            said = "differs"
            continue
        if distance(pair[1], pair[0]) <= SAME:
            return "agrees", pair[1]
        said = "differs"
    return said, None


def at_the_same_tolerance(tree: Node, setting: Setting, y: Any) -> float:
    """How far from `y` SciPy's RK45 is, which is the engine's method, at the tolerances of the engine: what the equation does to
    an error of 1e-6 a step is no fault of who makes it. 1 where it gives up.
    """
    found = by_scipy(right_hand_side(tree), setting.x0[0], setting, "RK45", setting.rtol, setting.atol / setting.rtol)
    return 1.0 if isinstance(found, str) else distance(y, found)


def distance(reference: Any, other: Any) -> float:
    return float(METRICS["bounded-l2"].function(reference[None], other[None])[0])


def edits(system: System, count: int, rng: np.random.Generator) -> Iterator[tuple[Node, Setting]]:
    """Valid edits of a system that change it, and the setting in which κ simulates them."""
    flow, encoding = Flow(), representation("prefix | digits:3")
    setting = flow.setting(system, x0=system.x0[:1])
    original = flow.simulate([system.tree], setting)
    if (original.status != Status.OK).any():
        raise SystemExit(f"{system.name} itself is {Status(int(original.status.max())).name}")
    inside, _ = room_for(system.tree, setting, original.y[0], flow)
    found = TokenEdits().neighborhood(encoding, system.tree, _DRAWN, rng).edits
    trees = [e.result for e in found if isinstance(e.result, Node) and len(e.result.children) == system.dim]
    trees = [t for t in dict.fromkeys(trees) if t != system.tree and max(variables(t), default=-1) < system.dim]
    for i in rng.permutation(len(trees))[:count]:
        yield trees[i], inside


def run(total: int, part: slice, out: Path) -> list[dict[str, Any]]:
    """All lines, those that the file already holds among them; edits of a part of the systems, for several processes at once."""
    rows = [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []
    known = {(row["system"], row["edit"]) for row in rows}
    out.parent.mkdir(parents=True, exist_ok=True)
    chosen, flow = systems(), Flow()
    with out.open("a") as file:
        for number, system in list(enumerate(chosen))[part]:
            count = total // len(chosen) + (number < total % len(chosen))
            for tree, setting in edits(system, count, np.random.default_rng(number)):
                key = (number, to_infix(tree))
                if key in known:
                    continue
                found = flow.simulate([tree], setting)
                began = time.perf_counter()
                with np.errstate(all="ignore"):
                    said, y = reference(tree, setting.x0[0], setting)
                status = Status(int(found.status[0, 0])).name.lower()
                apart = distance(y, found.y[0, 0]) if y is not None and status == "ok" else None
                theirs = at_the_same_tolerance(tree, setting, y) if apart is not None and apart > AGREES else None
                row = {
                    "system": number, "name": system.name or OWN[number], "edit": key[1], "engine": status, "scipy": said,
                    "apart": apart,
                    "scipy_apart": theirs,
                    "seconds": round(time.perf_counter() - began, 3),
                }  # fmt: skip
                rows.append(row)
                print(json.dumps(row), file=file, flush=True)
    return rows


def report(rows: list[dict[str, Any]]) -> str:
    known = [r for r in rows if r["scipy"] == "agrees"]
    far = [r for r in known if r["engine"] == "ok" and r["apart"] > AGREES]
    false = [r for r in known if r["engine"] in ("diverged", "undefined")]
    lines = [
        f"{len(rows)} edits of {len({r['system'] for r in rows})} systems; the engine: {_counts(rows, 'engine')}; SciPy: "
        f"{_counts(rows, 'scipy')}",
        f"where SciPy agrees with itself and stays in the box ({len(known)}): {_counts(known, 'engine')}",
        f"  ok but further than {AGREES:g}: {len(far)}; diverged or undefined: {len(false)}; largest distance of an ok "
        f"{max((r['apart'] for r in known if r['engine'] == 'ok'), default=0.0):.1e}",
        f"  of those, where SciPy's RK45 at the engine's tolerances is no further than {AGREES:g}: "
        f"{sum((r['scipy_apart'] or 0.0) <= AGREES for r in far)}",
        f"where SciPy leaves the box: {_counts([r for r in rows if r['scipy'] == 'left'], 'engine')}",
        f"unresolved: {sum(r['engine'] == 'unresolved' for r in rows) / max(len(rows), 1):.1%} of all",
    ]
    return "\n".join(
        [*lines, *(f"  {r['engine']} {r['apart']} ({r['scipy_apart']})  {r['name']}  {r['edit']}" for r in [*far, *false])]
    )


def _counts(rows: list[dict[str, Any]], column: str) -> str:
    return ", ".join(f"{n} {word}" for word, n in sorted(Counter(r[column] for r in rows).items())) or "none"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edits", type=int, default=2000)
    parser.add_argument("--out", type=Path, default=Path("runs") / "against_scipy.jsonl")
    parser.add_argument("--systems", default=":", help="which of the forty, as FROM:TO")
    given = parser.parse_args()
    first, _, last = given.systems.partition(":")
    rows = run(given.edits, slice(int(first or 0), int(last or SYSTEMS)), given.out)
    print(report(rows))
    if any(r["scipy"] == "agrees" and (r["engine"] in ("diverged", "undefined") or (r["apart"] or 0.0) > AGREES) for r in rows):
        sys.exit(1)


if __name__ == "__main__":
    main()
