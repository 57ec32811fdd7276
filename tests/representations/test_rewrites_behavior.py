"""Every rewrite keeps the behavior: simulated before and after, on systems as the samplers draw them and on polynomials."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.sources import sample_systems
from kappabar.evaluate.semantics.base import Status
from kappabar.grammars.draw.sampler import FunctionSampler, MapSampler, OdeSampler
from kappabar.grammars.tree import Node, System, number, system, variable
from kappabar.representations.rewrites.base import Context, Framed
from kappabar.representations.rewrites.catalog import REWRITES, built_in
from kappabar.representations.rewrites.indices import Indices
from kappabar.representations.rewrites.sort import Sort

# Short enough that chaos does not make a rounding error large, long enough that every term matters.
HORIZON = {"ode": 2.0, "map": 10.0, "function": None}
SPECS = [*REWRITES, "nondim:binary,horizon", "nondim:max,keep"]


def generated(n: int, seed: int = 5) -> list[System]:
    """n systems: thirds of flows and maps of up to 3 variables, and of functions of up to 2 inputs."""
    wide = {"dims": (1, 2, 3), "dim_weights": (0.3, 0.3, 0.4)}
    samplers = {"ode": OdeSampler(**wide), "map": MapSampler(**wide), "function": FunctionSampler((1, 2), (0.7, 0.3))}
    return [
        replace(s, t_end=HORIZON[name], x0=s.x0 or _points(s))
        for name, sampler in samplers.items()
        for s in sample_systems(name, n // 3 + (n % 3 if name == "ode" else 0), seed, sampler=sampler)
    ]


def polynomials(n: int, seed: int = 5) -> list[System]:
    """n functions: polynomials of degree 1 to 5, some written as products, on ranges of their own."""
    rng = np.random.default_rng(seed)
    return [
        replace(s, x0=_points(s))
        for low in rng.uniform(-9, 5, n).round(2).tolist()
        for s in [System(system(_polynomial(rng)), ("x",), "function", ranges=((low, low + float(rng.integers(1, 9))),))]
    ]


def _points(s: System) -> tuple[tuple[float, ...], ...]:
    """A function's inputs, in place of initial conditions: a frame moves them along."""
    return tuple(map(tuple, domain("function").semantics.setting(s, points=41).x0.tolist()))


def _polynomial(rng: np.random.Generator) -> Node:
    x, c = variable(0), [number(float(f"{v:.3g}")) for v in rng.normal(0, 3, 6)]
    if rng.random() < 0.3:
        return Node("*", (Node("+", (x, c[0])), Node("-", (Node("*", (c[1], Node("^", (x, number(2))))), c[2]))))
    tree = c[0]
    for k in range(1, rng.integers(2, 7)):
        power = x if k == 1 else Node("^", (x, number(k)))
        tree = Node(("+", "-")[rng.integers(2)], (tree, Node("*", (c[k], power))))
    return tree


def simulated(pairs: list[tuple[System, Node]]) -> list[tuple[np.ndarray, np.ndarray, bool]]:
    """Of each tree in the place of its system: times, behavior (I, T, D), and whether all of it was resolved within the box."""
    found: dict[int, tuple[np.ndarray, np.ndarray, bool]] = {}
    for name in HORIZON:
        rows = [i for i, (s, _) in enumerate(pairs) if s.domain == name]
        semantics = domain(name).semantics
        settings = [semantics.setting(s, points=41, rtol=1e-10, atol=1e-13, x0=s.x0) for s in (pairs[i][0] for i in rows)]
        behaviors = semantics.simulate([pairs[i][1] for i in rows], settings)
        found |= {i: (b.t, b.y[0], bool((b.status == Status.OK).all())) for i, b in zip(rows, behaviors, strict=True)}
    return [found[i] for i in range(len(pairs))]


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """Largest difference over the largest value, the worst component's; components of no size count with the others'."""
    size = np.abs(a).max(axis=(0, 1))
    return float((np.abs(a - b).max(axis=(0, 1)) / np.maximum(size, 1e-9 * size.max() + 1e-300)).max())


def measure(rewrite: Any, systems: list[System]) -> tuple[Counter[str], float]:
    """What became of the systems, and the largest relative difference of a behavior: rewritten, and put back."""
    found: Counter[str] = Counter()
    forms: list[tuple[System, Node]] = []
    expected: list[np.ndarray] = []
    for s, (t, y, ok) in zip(systems, simulated([(s, s.tree) for s in systems]), strict=True):
        found["compared" if ok else "skipped"] += 1
        if not ok:
            continue
        if isinstance(rewrite, Framed):
            frame = rewrite.frame(context := Context(s, t, y))
            after, moved = frame.to(s.tree), frame.moved(context)
            forms += [(moved.system, after), (s, frame.back(after))]
            expected += [moved.y, y]
        else:
            after = rewrite.apply(s.tree)
            found.update(rewrite.attempt(s.tree).refusals if not isinstance(rewrite, Sort | Indices) else ())
            forms.append((s, after))
            expected.append(y)
        found["changed"] += after != s.tree
    results = simulated(forms)
    found["lost"] = sum(not ok for _, _, ok in results)
    return found, max(distance(y, after) for y, (_, after, _) in zip(expected, results, strict=True))


@pytest.fixture(scope="module")
def few() -> list[System]:
    return generated(100)


@pytest.fixture(scope="module")
def many() -> list[System]:
    return generated(1000)


def check(spec: str, systems: list[System]) -> None:
    rewrite = built_in(spec)
    assert rewrite is not None
    found, worst = measure(rewrite, systems)
    print(spec, dict(found), f"{worst:.1e}")
    assert found["compared"] > 0.95 * len(systems)
    assert not found["lost"]
    assert worst < 1e-6


@pytest.mark.parametrize("spec", SPECS)
def test_behavior_is_kept(spec: str, few: list[System]) -> None:
    check(spec, few)


@pytest.mark.nightly
@pytest.mark.parametrize("spec", SPECS)
def test_behavior_is_kept_by_a_thousand(spec: str, many: list[System]) -> None:
    check(spec, many)


@pytest.mark.parametrize("spec", SPECS)
def test_polynomials_are_kept(spec: str) -> None:
    check(spec, polynomials(100))


@pytest.mark.nightly
@pytest.mark.parametrize("spec", SPECS)
def test_polynomials_are_kept_by_a_thousand(spec: str) -> None:
    check(spec, polynomials(1000))
