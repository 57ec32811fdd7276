"""How fast the bulk engine is, as ratios measured in this one process on the same work.

    python benchmarks/engine.py

Against the usual pipeline (SymPy, lambdify, SciPy's `solve_ivp` by RK45), against a loop written by hand for one system and
compiled (the limit), and against diffrax vmapped over the coefficients of one structure (where it is installed). All
integrate edits of the Lorenz system to T = 20, 201 times, rtol 1e-6, atol 1e-9. Each is timed in turns with the others, by its
best turn, so that what else the machine does falls on all alike. Ratios travel between machines; the microseconds do not.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from by_hand import lorenz as lorenz_by_hand

from kappabar.evaluate.domains.metrics import METRICS
from kappabar.evaluate.edits.token import TokenEdits
from kappabar.evaluate.semantics.base import Setting, Status, edit_setting
from kappabar.evaluate.semantics.engine.compiling import compiled
from kappabar.evaluate.semantics.engine.kernels import FLOW, STIFF
from kappabar.evaluate.semantics.engine.tape import lower
from kappabar.evaluate.semantics.flow import Flow
from kappabar.grammars.print.printers import to_sympy
from kappabar.grammars.text.reader import read_infix
from kappabar.grammars.tree import Node, System, coefficient_paths, variables, with_value
from kappabar.representations.representation import representation

LORENZ = "10*(x_1 - x_0) | x_0*(28 - x_2) - x_1 | x_0*x_1 - 2.6666666666666665*x_2"
PIPELINE_EDITS, MOST_CALLS = 24, 30_000


def lorenz() -> Node:
    tree = read_infix(LORENZ)
    if not isinstance(tree, Node):
        raise SystemExit(tree.reason)
    return tree


def nudges(count: int) -> list[Node]:
    """The Lorenz system with one coefficient after another nudged by up to a percent."""
    tree, factors = lorenz(), np.random.default_rng(0).uniform(0.99, 1.01, count)
    paths = coefficient_paths(tree)
    values = [tree.at(path).value or 0.0 for path in paths]
    return [with_value(tree, paths[i % len(paths)], values[i % len(paths)] * float(factors[i])) for i in range(count)]


def token_edits() -> list[Node]:
    """All valid edits of one token of the system, as κ makes them."""
    found = TokenEdits().neighborhood(representation("prefix | digits:3"), lorenz(), None, np.random.default_rng(0)).edits
    trees = [e.result for e in found if isinstance(e.result, Node) and len(e.result.children) == 3]
    return list(dict.fromkeys(tree for tree in trees if max(variables(tree), default=0) < 3))


class Stiff(Exception):
    """RK45 would take minutes."""


def usual(tree: Node, setting: Setting) -> np.ndarray | None:
    """What most code does for each expression, from a SymPy expression to its trajectories.

    None if it would take minutes, as where the edit is stiff: then it was cut off, and its time is a lower bound.
    """
    import sympy
    from scipy.integrate import solve_ivp

    names = sympy.symbols("x_0:3")
    # The usual pipeline also parses text with SymPy, which evaluates it. Nothing here does that: it is spared the time.
    f = sympy.lambdify(names, list(to_sympy(tree)))
    span, calls = (0.0, float(setting.t[-1])), 0

    def g(_: float, x: np.ndarray) -> object:
        nonlocal calls
        calls += 1
        if calls > MOST_CALLS:
            raise Stiff
        return f(*x)

    try:
        found = [solve_ivp(g, span, start, t_eval=setting.t, rtol=setting.rtol, atol=setting.atol) for start in setting.x0]
    except Stiff:
        return None
    return np.stack([solution.y.T for solution in found]) if all(solution.success for solution in found) else None


def best(jobs: dict[str, Callable[[], object]], turns: int, clock: Callable[[], float] = time.process_time) -> dict[str, float]:
    """Seconds of the fastest turn of each job, taken in turns. By default of processor time: other processes do not count."""
    found = dict.fromkeys(jobs, float("inf"))
    for _ in range(turns):
        for name, job in jobs.items():
            start = clock()
            job()
            found[name] = min(found[name], clock() - start)
    return found


def against_pipeline(setting: Setting) -> None:
    """The work κ is made of. Edits that leave the box early are left out, so that both have the whole horizon to do."""
    one, many = Flow(threads=1), Flow()
    for starts in (1, 2):
        several = replace(setting, x0=np.array([[1.0, 1.0, 1.0], [-8.0, 7.0, 27.0]])[:starts])
        reference = one.simulate([lorenz()], several).y[0]
        inside, running = edit_setting(several, reference), METRICS["bounded-l2"].running
        assert running is not None
        for label, trees in (("a token", token_edits()), ("a coefficient", nudges(500))):
            status = many.simulate(trees, inside).status.max(axis=1)
            trees = [tree for tree, s in zip(trees, status, strict=True) if s == Status.OK]
            few = trees[:: len(trees) // PIPELINE_EDITS]
            jobs: dict[str, Callable[[], object]] = {
                "one core": partial(one.distances, trees, inside, reference, running),
                "all cores": partial(many.distances, trees, inside, reference, running),
                "pipeline": partial(usual_of_all, few, inside),
            }
            cpu, wall = best(jobs, 3), best(jobs, 3, time.perf_counter)
            plain, bulk = cpu["pipeline"] / len(few), cpu["one core"] / len(trees)
            together = wall["pipeline"] / len(few) / (wall["all cores"] / len(trees))
            print(f"{len(trees)} edits of {label}, {starts} initial condition(s), tree to distance")
            print(
                f"  bulk engine {bulk * 1e6:8.1f} µs per edit, {_lowering(trees) * 1e6:.1f} µs of it lowering; usual "
                f"{plain * 1e6:8.0f} µs"
            )
            print(f"  ratio on one core {plain / bulk:6.0f}; all cores against one, by wall time {together:6.0f}")


def usual_of_all(trees: list[Node], setting: Setting) -> None:
    with np.errstate(all="ignore"):
        for tree in trees:
            usual(tree, setting)


def _lowering(trees: list[Node]) -> float:
    return best({"": lambda: [lower(tree, 3) for tree in trees]}, 3)[""] / len(trees)


def against_hand(setting: Setting) -> None:
    """Initial conditions of one tree, and both in one thread."""
    flow, tree = Flow(threads=1), lorenz()
    lorenz_by_hand(setting.x0[0], setting.t, 1e-6, 1e-9, 10.0, 28.0, 8 / 3)
    for count in (1, 8):
        starts = np.random.default_rng(1).uniform((-5, -5, 15), (5, 5, 25), (count, 3))
        several = Setting(starts, setting.t, setting.box)
        copies = [tree] * (240 // count)
        jobs: dict[str, Callable[[], object]] = {
            "bulk": lambda s=several, c=copies: [flow.simulate([each], s) for each in c],  # type: ignore[misc]
            "batch": lambda s=several, c=copies: flow.simulate(c, s),  # type: ignore[misc]
            "hand": lambda s=starts, c=copies: [  # type: ignore[misc]
                lorenz_by_hand(x0, setting.t, 1e-6, 1e-9, 10.0, 28.0, 8 / 3) for _ in c for x0 in s
            ],
        }
        found = {name: seconds / (len(copies) * count) for name, seconds in best(jobs, 7).items()}
        print(f"{count} initial condition(s): by hand                               {found['hand'] * 1e6:8.1f} µs per trajectory")
        print(f"  bulk engine, a call per tree, its lowering included     {found['bulk'] * 1e6:8.1f} µs")
        print(f"  bulk engine, one call for all trees                     {found['batch'] * 1e6:8.1f} µs")
        print(
            f"  speed as a share of that by hand                        {found['hand'] / found['bulk']:8.2f}, "
            f"{found['hand'] / found['batch']:.2f}"
        )


def against_diffrax(setting: Setting) -> None:
    try:
        import diffrax
        import jax
        import jax.numpy as jnp
    except ImportError:
        print("diffrax: not installed, skipped")
        return
    jax.config.update("jax_enable_x64", True)

    def f(t: object, y: jax.Array, p: jax.Array) -> jax.Array:
        return jnp.stack([p[0] * (y[1] - y[0]), y[0] * (p[1] - y[2]) - y[1], y[0] * y[1] - p[2] * y[2]])

    def solve(p: jax.Array) -> jax.Array:
        solution = diffrax.diffeqsolve(
            diffrax.ODETerm(f),
            diffrax.Dopri5(),
            0.0,
            setting.t[-1],
            None,
            jnp.asarray(setting.x0[0]),
            args=p,
            saveat=diffrax.SaveAt(ts=jnp.asarray(setting.t)),
            max_steps=8192,
            stepsize_controller=diffrax.PIDController(rtol=setting.rtol, atol=setting.atol),
        )
        assert solution.ys is not None
        return solution.ys

    trees, flow = nudges(256), Flow()
    parameters = jnp.asarray([[tree.at(path).value or 0.0 for path in coefficient_paths(tree)] for tree in trees])
    batch = jax.jit(jax.vmap(solve))
    start = time.perf_counter()
    batch(parameters).block_until_ready()
    compilation = time.perf_counter() - start
    jobs: dict[str, Callable[[], object]] = {
        "diffrax": lambda: batch(parameters).block_until_ready(),
        "bulk": lambda: flow.simulate(trees, setting),
    }
    found = {name: seconds / len(trees) for name, seconds in best(jobs, 3, time.perf_counter).items()}
    print(
        f"256 edits of a coefficient, all cores: diffrax, vmapped   {found['diffrax'] * 1e6:8.0f} µs per edit, and "
        f"{compilation:.1f} s to compile"
    )
    print(f"  bulk engine                                             {found['bulk'] * 1e6:8.1f} µs")
    print(f"  ratio (wall time, compilation left out)                 {found['diffrax'] / found['bulk']:8.0f}")


def main() -> None:
    start = time.perf_counter()
    compiled(FLOW), compiled(STIFF)
    print(f"kernels compiled, or read from the cache, in              {time.perf_counter() - start:8.2f} s")
    setting = Flow().setting(System(lorenz(), ("x", "y", "z"), x0=((1.0, 1.0, 1.0),), t_end=20.0))
    against_pipeline(setting)
    against_hand(setting)
    against_diffrax(setting)


if __name__ == "__main__":
    main()
