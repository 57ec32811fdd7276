"""Whether the bulk engine's distances are right: edits of random systems, against plain SciPy.

    python benchmarks/agreement.py [SYSTEMS [EDITS [SEED]]]

Each edit's distance to its original (bounded-l2) is computed by the engine as κ does, at its default tolerances, and from
trajectories of `solve_ivp` at two tolerances. Where those two agree with each other (within 1e-4), the engine should agree with
them, within 1e-3; the table lists the edits for which it does not. Where they do not, as in chaos or at a pole that is
hopped over, there is no reference. The right-hand sides that SciPy sees are Python's own arithmetic, node by node
(`against_scipy.py`): nothing of the tape is in them.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from against_scipy import TooLong, right_hand_side

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.metrics import METRICS, Metric, distances
from kappabar.evaluate.domains.sources import sample_systems
from kappabar.evaluate.edits.token import TokenEdits
from kappabar.evaluate.semantics.base import Setting, Status, edit_setting
from kappabar.evaluate.semantics.flow import Flow
from kappabar.grammars.print.infix import to_infix
from kappabar.grammars.tree import Node, System
from kappabar.representations.representation import Representation, representation

AGREES, SAME = 1e-3, 1e-4
TOLERANCES = (1e-7, 1e-9)
MOST_CALLS = 40_000


@dataclass(frozen=True, slots=True)
class Case:
    """One edit: what the engine made of it, and SciPy at two tolerances (NaN: it did not solve it)."""

    system: str
    edit: str
    status: Status
    engine: float
    scipy: tuple[float, float]

    @property
    def referable(self) -> bool:
        return bool(abs(self.scipy[0] - self.scipy[1]) <= SAME)

    @property
    def agrees(self) -> bool:
        return self.status != Status.UNRESOLVED and abs(self.engine - self.scipy[1]) <= AGREES


def trajectory(tree: Node, start: Any, setting: Setting, rtol: float) -> Any:
    """(T, D) by `solve_ivp`: held where it leaves the box, NaN from where f ends, at the box's corner where it blows up. None
    where it is not solved."""
    from scipy.integrate import solve_ivp

    dim = len(start)

    def leaves(_: float, x: Any) -> float:
        return float(np.min(setting.box - np.abs(x)))

    leaves.terminal = True  # type: ignore[attr-defined]  # how SciPy wants it
    for method in ("DOP853", "Radau"):
        f = right_hand_side(tree, MOST_CALLS)
        if not np.isfinite(f(0.0, start)).all():
            return np.where(np.arange(len(setting.t))[:, None] == 0, start, np.nan)
        try:
            found = solve_ivp(f, (0.0, setting.t[-1]), start, method, setting.t, events=leaves, rtol=rtol, atol=rtol * 1e-3)
        except (TooLong, ValueError, np.linalg.LinAlgError):
            continue
        y = np.empty((len(setting.t), dim))
        reached = len(found.t)
        y[:reached] = found.y.T
        if found.status == 1:
            y[reached:] = np.clip(found.y_events[0][-1], -setting.box, setting.box)
        elif found.status == -1:
            last = found.y[:, -1] if reached else start
            if np.max(np.abs(f(0.0, last)) * setting.t[-1] / setting.box) < 1e3 and not _ends(
                f, last
            ):  # SciPy gave up, f goes on
                continue
            y[reached:] = np.nan if _ends(f, last) else np.where(last < 0, -setting.box, setting.box)
        return y
    return None


def _ends(f: Callable[[float, Any], Any], x: Any) -> bool:
    """Whether f is not defined just ahead of x."""
    return any(not np.isfinite(f(0.0, x + ahead * f(0.0, x))).all() for ahead in (1e-12, 1e-9, 1e-6))


def by_scipy(tree: Node, setting: Setting, reference: Any, metric: Metric, rtol: float) -> float:
    found = [trajectory(tree, start, setting, rtol) for start in setting.x0]
    if any(y is None for y in found):
        return float("nan")
    return float(distances(metric, reference, np.stack(found)[None])[0])


def cases(system: System, encoding: Representation, count: int, rng: np.random.Generator) -> list[Case]:
    """A few valid edits of one system."""
    place, flow, metric = domain("ode"), Flow(), METRICS["bounded-l2"]
    setting = flow.setting(system)
    original = flow.simulate([system.tree], setting)
    if (original.status != Status.OK).any():
        return []
    inside = edit_setting(setting, original.y[0])
    edits = TokenEdits().neighborhood(encoding, system.tree, 60 * count, rng).edits
    trees = [e.result for e in edits if isinstance(e.result, Node) and place.comparable(e.result, system)]
    trees = [t for t in dict.fromkeys(trees) if t != system.tree]
    trees = [trees[i] for i in sorted(rng.permutation(len(trees))[:count])]
    assert metric.running is not None
    found = flow.distances(trees, inside, original.y[0], metric.running)
    result = []
    for tree, distance, status in zip(trees, found.distance, found.status.max(axis=1), strict=True):
        with np.errstate(all="ignore"):
            pair = [by_scipy(tree, inside, original.y[0], metric, rtol) for rtol in TOLERANCES]
        result.append(Case(system.name or "", to_infix(tree), Status(int(status)), float(distance), (pair[0], pair[1])))
    return result


def compare(systems: int, edits: int, seed: int) -> list[Case]:
    encoding, rng = representation("prefix | digits:3"), np.random.default_rng(seed)
    return [case for system in sample_systems("ode", systems, seed) for case in cases(system, encoding, edits, rng)]


def report(found: list[Case]) -> str:
    """Shares, and a row for each edit on which the engine differs from a SciPy that agrees with itself."""
    known = [c for c in found if c.referable]
    off = [c for c in known if not c.agrees]
    solved = sum(np.isfinite(c.scipy).all() for c in found)
    outcomes = ", ".join(f"{n} {s.name.lower()}" for s, n in sorted(Counter(c.status for c in found).items()))
    lines = [
        f"{len(found)} edits ({outcomes}); SciPy solves {solved}, and agrees with itself on {len(known)}",
        f"the engine is within {AGREES:g} on {len(known) - len(off)} of {len(known)}: "
        f"{100 * (1 - len(off) / max(1, len(known))):.2f} %",
    ]
    for c in off:
        lines.append(
            f"  {c.system:14} {c.status.name:10} engine {c.engine:.5f}  SciPy {c.scipy[0]:.5f} {c.scipy[1]:.5f}  {c.edit}"
        )
    return "\n".join(lines)


def main() -> None:
    systems, edits, seed = (int(a) for a in (*sys.argv[1:], *("200", "5", "0")[len(sys.argv) - 1 :]))
    print(report(compare(systems, edits, seed)))


if __name__ == "__main__":
    main()
