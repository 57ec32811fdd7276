"""The differentiable engine: one expression's behavior and its derivatives, in JAX and diffrax.

An independent check of the bulk engine, too: its numbers share the tree with those and nothing else. Compiled code belongs to a
*skeleton*, the tree with its coefficients taken out as a vector, so a system whose coefficients change is never compiled again.
Needs the extra `differentiable`. Double precision is switched on for these computations alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ....grammars.errors import ConditionError, SpecError
from ....grammars.tree import Node, coefficient_paths, coefficients
from ..base import Behaviors, Floats, Setting, Status, fits

if TYPE_CHECKING:
    import jax

SLOT = "slot"
"""Symbol of a leaf of a skeleton that stands for a coefficient; its value is the coefficient's place in the vector."""

MOST_SKELETONS = 256


@dataclass(frozen=True, slots=True)
class Derivatives:
    """A behavior and how it moves: t (T,), y (I, T, D), by_coefficient (I, T, D, P) in the order of `coefficient_paths`,
    by_start (I, T, D, D) with the initial condition's components last."""

    t: Floats
    y: Floats
    by_coefficient: Floats
    by_start: Floats


def skeleton(tree: Node) -> Node:
    """The tree with its coefficients replaced by numbered slots: equal for trees that differ in coefficients alone."""
    index = {path: i for i, path in enumerate(coefficient_paths(tree))}

    def rebuild(node: Node, path: tuple[int, ...]) -> Node:
        if path in index:
            return Node(SLOT, (), float(index[path]))
        children = tuple(rebuild(child, (*path, i)) for i, child in enumerate(node.children))
        return Node(node.symbol, children, node.value)

    return rebuild(tree, ())


def behavior(tree: Node, setting: Setting, orbit: bool = False) -> Behaviors:
    """As `Flow.simulate` (`Orbit.simulate` with `orbit`) of one tree, within the tolerances.

    There is no bounding box here: what is not finite up to the horizon, or takes more than `max_steps`, is UNRESOLVED, and held
    at its last finite value. Raises SpecError without the extra, ValueError where the tree does not fit the setting.
    """
    compiled, jnp, x64 = _prepare(tree, setting, orbit)
    with x64(True):
        y = np.array(compiled.run(*_arrays(jnp, tree, setting), _limit(setting, orbit)))
    resolved = np.isfinite(y).all(axis=(1, 2))
    for start in np.flatnonzero(~resolved):
        _hold(y[start])
    status = np.where(resolved, Status.OK, Status.UNRESOLVED).astype(np.int8)
    return Behaviors(setting.t, y[None], status[None])


def derivatives(tree: Node, setting: Setting, orbit: bool = False) -> Derivatives:
    """The behavior with its derivatives by every coefficient and by the initial conditions (forward sensitivities).

    Derivatives of the numerical solution at the setting's tolerances. Raises as `behavior` does, and ConditionError
    where the behavior or a derivative is not finite up to the horizon, or where a flow's right-hand side jumps on the way: what
    a jump does to derivatives is known to `variations.py` alone.
    """
    if not orbit:
        _refuse_jumps(tree, setting)
    compiled, jnp, x64 = _prepare(tree, setting, orbit)
    with x64(True):
        solved = compiled.differentiate(*_arrays(jnp, tree, setting), _limit(setting, orbit))
        y, by_coefficient, by_start = (np.array(part) for part in solved)
    if not all(np.isfinite(part).all() for part in (y, by_coefficient, by_start)):
        raise ConditionError("the behavior or a derivative of it is not finite up to the horizon; choose an earlier one")
    return Derivatives(setting.t, y, by_coefficient, by_start)


def _refuse_jumps(tree: Node, setting: Setting) -> None:
    from .explicit import OK
    from .walker import walker

    for x0 in setting.x0:
        who = walker(tree, x0, False, setting.rtol, setting.atol, np.zeros((0, len(x0))))
        if not len(who.program[3]) + len(who.program[4]):
            return
        if who.advance(float(setting.t[-1] - setting.t[0]), limit=setting.max_steps) == OK and who.jumps + who.slidings:
            raise ConditionError(
                f"the right-hand side jumps, by {who.jumping}, before the horizon; derivatives across that are those of "
                "`sensitivities`"
            )


def traces(tree: Node, orbit: bool = False) -> int:
    """How often code was made for this tree's skeleton: once for each number of output times, of initial
    conditions, and step limit."""
    return _compiled(skeleton(tree), orbit).traces


@dataclass(slots=True)
class _Compiled:
    """The compiled functions of one skeleton. run: (P,), x0, t, rtol, atol, steps -> y; differentiate: the same -> y, ∂y/∂c,
    ∂y/∂x0."""

    run: Callable[..., jax.Array] = field(default=cast(Any, None))
    differentiate: Callable[..., tuple[jax.Array, ...]] = field(default=cast(Any, None))
    traces: int = 0


def _prepare(tree: Node, setting: Setting, orbit: bool) -> tuple[_Compiled, Any, Any]:
    fits(tree, setting.x0.shape[1])
    for _, node in tree.walk():
        if node.is_variable and node.index >= setting.x0.shape[1]:
            raise ValueError(f"{node.symbol} does not exist in a setting with {setting.x0.shape[1]} variables")
    jax = require_jax()
    return _compiled(skeleton(tree), orbit), jax.numpy, jax.enable_x64


def require_jax() -> Any:
    """The module jax. Raises SpecError where the extra is not installed."""
    try:
        import diffrax  # noqa: F401
        import jax
    except ImportError:
        message = 'derivatives need the extra "differentiable" (JAX and diffrax): pip install "kappabar[differentiable]"'
        raise SpecError(message) from None
    return jax


def _arrays(jnp: Any, tree: Node, setting: Setting) -> tuple[Any, ...]:
    return tuple(jnp.asarray(v) for v in (coefficients(tree), setting.x0, setting.t, setting.rtol, setting.atol))


def _limit(setting: Setting, orbit: bool) -> int:
    """Steps at most; of a map, iterates exactly."""
    return int(setting.t[-1]) if orbit else setting.max_steps


def _hold(trajectory: Floats) -> None:
    """Repeat the last finite row of a (T, D) view up to its end, in place."""
    bad = int(np.argmin(np.isfinite(trajectory).all(axis=1)))
    trajectory[bad:] = trajectory[bad - 1] if bad else 0.0


@lru_cache(maxsize=MOST_SKELETONS)
def _compiled(bones: Node, orbit: bool) -> _Compiled:
    import jax
    import jax.numpy as jnp

    result = _Compiled()
    solve = _solve_map if orbit else _solve_flow

    def run(c: Any, x0: Any, t: Any, rtol: Any, atol: Any, limit: int) -> Any:
        result.traces += 1  # runs when JAX traces, not when the compiled code runs
        f = _vector_field(bones)
        return jax.vmap(lambda start: solve(lambda x: f(x, c), start, t, rtol, atol, limit))(x0)

    def differentiate(c: Any, x0: Any, t: Any, rtol: Any, atol: Any, limit: int) -> Any:
        result.traces += 1
        f, dim = _vector_field(bones), x0.shape[1]

        def from_start(start: Any) -> Any:
            def solution(inputs: Any) -> Any:
                y = solve(lambda x: f(x, inputs[dim:]), inputs[:dim], t, rtol, atol, limit)
                return y, y

            slopes, y = jax.jacfwd(solution, has_aux=True)(jnp.concatenate([start, c]))
            return y, slopes[..., dim:], slopes[..., :dim]

        return jax.vmap(from_start)(x0)

    result.run = jax.jit(run, static_argnames="limit")
    result.differentiate = jax.jit(differentiate, static_argnames="limit")
    return result


def _solve_flow(f: Callable[[Any], Any], start: Any, t: Any, rtol: Any, atol: Any, limit: int) -> Any:
    """(T, D) by Tsit5 with step control on the state, differentiable forwards; inf from the step limit on."""
    import diffrax

    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(lambda _, x, __: f(x)),
        diffrax.Tsit5(),
        t[0],
        t[-1],
        None,
        start,
        saveat=diffrax.SaveAt(ts=t),
        stepsize_controller=diffrax.PIDController(rtol=rtol, atol=atol),
        adjoint=diffrax.ForwardMode(),
        max_steps=limit,
        throw=False,
    )
    return solution.ys


def _solve_map(f: Callable[[Any], Any], start: Any, t: Any, rtol: Any, atol: Any, limit: int) -> Any:
    """(T, D): the iterates at the whole times t."""
    import jax
    import jax.numpy as jnp

    def advance(x: Any, _: Any) -> Any:
        return (y := f(x)), y

    rest = jax.lax.scan(advance, start, None, length=limit)[1]
    return jnp.concatenate([start[None], rest])[t.astype(int)]


def _vector_field(bones: Node) -> Callable[[Any, Any], Any]:
    """f(x, c) of a skeleton, in JAX."""
    import jax.numpy as jnp

    def evaluate(node: Node, x: Any, c: Any) -> Any:
        if node.symbol == SLOT:
            return c[int(node.value or 0.0)]
        if node.is_number:
            return node.value
        if node.is_variable:
            return x[node.index]
        if node.symbol in _CONSTANTS:
            return _CONSTANTS[node.symbol]
        arguments = [evaluate(child, x, c) for child in node.children]
        if node.symbol == "^" and node.children[1].is_number:
            return jnp.power(arguments[0], int(arguments[1]))  # a skeleton's numbers are whole exponents
        function: Callable[..., Any] = _functions()[node.symbol]
        return function(*arguments)

    return lambda x, c: jnp.stack([jnp.asarray(evaluate(e, x, c), dtype=x.dtype) for e in bones.children])


_CONSTANTS = {"pi": math.pi, "e": math.e}


def _functions() -> dict[str, Callable[..., Any]]:
    import jax.numpy as jnp

    return {
        "+": jnp.add, "-": jnp.subtract, "*": jnp.multiply, "/": jnp.divide, "^": jnp.power, "neg": jnp.negative,
        "sin": jnp.sin, "cos": jnp.cos, "tan": jnp.tan, "cot": lambda a: 1.0 / jnp.tan(a), "asin": jnp.arcsin,
        "acos": jnp.arccos, "atan": jnp.arctan, "sinh": jnp.sinh, "cosh": jnp.cosh, "tanh": jnp.tanh, "exp": jnp.exp,
        "log": jnp.log, "sqrt": jnp.sqrt, "abs": jnp.abs, "sign": jnp.sign,
    }  # fmt: skip
