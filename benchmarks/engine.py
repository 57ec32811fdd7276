"""How many times faster the bulk engine is than the usual pipeline: SymPy, lambdify, SciPy's `solve_ivp`.

    python benchmarks/engine.py

Both do the same work in this one process, on one core: from the trees of edited Lorenz systems to their trajectories (T = 20,
201 times, rtol 1e-6, atol 1e-9, RK45). Ratios travel between machines; the microseconds beside them do not.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from kappabar.evaluate.semantics.base import Setting
from kappabar.evaluate.semantics.flow import Flow
from kappabar.evaluate.semantics.tape import lower
from kappabar.grammars.printers import to_sympy
from kappabar.grammars.reader import read_infix
from kappabar.grammars.tree import Node, System, coefficient_paths, with_value

LORENZ = "10*(x_1 - x_0) | x_0*(28 - x_2) - x_1 | x_0*x_1 - 2.6666666666666665*x_2"


def edits(count: int) -> list[Node]:
    """The Lorenz system with one coefficient after another nudged by up to a percent."""
    tree = read_infix(LORENZ)
    if not isinstance(tree, Node):
        raise SystemExit(tree.reason)
    paths, nudges = coefficient_paths(tree), np.random.default_rng(0).uniform(0.99, 1.01, count)
    values = [tree.at(path).value or 0.0 for path in paths]
    return [with_value(tree, paths[i % len(paths)], values[i % len(paths)] * float(nudges[i])) for i in range(count)]


def usual(tree: Node, setting: Setting) -> np.ndarray:
    """What most code does for each expression. The tree goes to SymPy node by node."""
    import sympy
    from scipy.integrate import solve_ivp

    f = sympy.lambdify(sympy.symbols("x_0:3"), to_sympy(tree))
    solution = solve_ivp(
        lambda _, x: f(*x), (0.0, setting.t[-1]), setting.x0[0], t_eval=setting.t, rtol=setting.rtol, atol=setting.atol
    )
    return np.asarray(solution.y.T)


def seconds(job: Callable[[], object], repeats: int) -> float:
    """Processor time of the fastest run: other processes do not count."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        job()
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    flow, trees = Flow(threads=1), edits(400)
    system = System(trees[0], ("x", "y", "z"), x0=((1.0, 1.0, 1.0),), t_end=20.0)
    setting = flow.setting(system)
    start = time.perf_counter()
    flow.simulate(trees[:1], setting)
    print(f"first trajectory (compiled, or read from the cache)  {time.perf_counter() - start:8.2f} s")
    bulk = seconds(lambda: flow.simulate(trees, setting), 5) / len(trees)
    plain = seconds(lambda: [usual(tree, setting) for tree in trees[:5]], 2) / 5
    lowering = seconds(lambda: [lower(tree, 3) for tree in trees], 5) / len(trees)
    print(f"one edit, tree to trajectory                         {bulk * 1e6:8.0f} µs")
    print(f"of which lowering to a tape                          {lowering * 1e6:8.1f} µs")
    print(f"one edit by SymPy and solve_ivp                      {plain * 1e6:8.0f} µs")
    print(f"ratio                                                {plain / bulk:8.0f}")


if __name__ == "__main__":
    main()
