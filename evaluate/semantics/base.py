"""What an expression's behavior is: settings in, behaviors out, whatever the engine behind.

A behavior is finite where it is defined, and NaN where it is not. What went wrong, if anything did, is in its `Status`, a value
and not an exception: nothing about a strange expression may stop a run over thousands of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from enum import IntEnum
from math import inf, isfinite
from typing import Any, Protocol, TypedDict, overload, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ...grammars.errors import ConditionError
from ...grammars.tree import SYSTEM, Node, System, coefficients
from ...tokenizers.machines.forest import Forest

Floats = NDArray[np.float64]

RTOL, ATOL = 1e-6, 1e-12
EDIT_STEPS = 20_000
"""Steps that an edit may take at a relative tolerance of 1e-6, unless its original needs more."""
MAX_STEPS, MOST_STEPS, COUNTABLE = 500_000, 50_000_000, 1_000_000_000_000
FINEST, COARSEST = 1e-13, 0.1
"""Relative tolerances that mean something: below, a step's error is rounding; above, it is as large as what it is of."""
PATIENCE = (1, 4, 16, 64)
"""Multiples of an edit's steps that are tried in turn where the original itself needs more."""
WIDER = 10.0
ROOM, MOST_ROOM = 1e15, 1e100
OVERFLOW_BOX = 1e140
"""The bounding box of what has no scale: its squares, a hundred times as far out and summed, are numbers still."""
STIFF_COST = 5
"""Explicit steps that take as long as an implicit one. With this limit 1.9 % of the token edits of ODEBench's three-dimensional
systems stay unresolved instead of 1.5 %, in half the time."""


class Status(IntEnum):
    """How a simulation ended.

    OK: reached the horizon. DIVERGED: left the bounding box; held at its edge from then on, so it still has a behavior and a
    distance. UNDEFINED: the expression has no value at a point that the behavior needs (0/0, the logarithm of a negative number);
    the behavior is NaN there and, of a flow or an orbit, from there on. UNRESOLVED: the solver gave up (step limit, or step size
    underflow while the right-hand side was finite); the rest is not known and must be counted apart, never turned into a
    distance. Ordered: of several initial conditions the greatest status is that of the whole.
    """

    OK = 0
    DIVERGED = 1
    UNDEFINED = 2
    UNRESOLVED = 3


@dataclass(frozen=True, slots=True)
class Setting:
    """Everything but the tree that a behavior depends on.

    x0: (I, D) initial conditions; for functions the (T, n_inputs) table of input points. t: (T,) output times, ascending, the
    first one being where `x0` holds; iteration numbers for maps; 0 … T-1 for functions. box: (D,) half-widths of the bounding box
    around 0; (1,) for functions. rtol, atol: tolerances per step; unlike SciPy's, atol is in units of each variable's own size,
    the largest value that it has had so far. max_steps: steps tried, rejected ones included; stiff_steps: the same for the second
    try, by the implicit method (None: as max_steps); edit_steps: what `edit_setting` makes of max_steps. max_step: the longest
    step. slides: whether what is caught at a jump is followed along it. All for flows alone.
    """

    x0: Floats
    t: Floats
    box: Floats
    rtol: float = RTOL
    atol: float = ATOL
    max_steps: int = EDIT_STEPS
    stiff_steps: int | None = None
    max_step: float = inf
    edit_steps: int = EDIT_STEPS
    slides: bool = False


class SolverOptions(TypedDict, total=False):
    """How systems are simulated; None for the domain's own choice:

    - `rtol`: relative tolerance per step
    - `atol`: absolute tolerance per step, in units of each variable's size
    - `box`: how far from 0 a behavior goes, in any dimension, before it has diverged
    - `max_step`: the longest step, in units of time
    - `max_steps`: steps after which to give up
    """

    rtol: float | None
    atol: float | None
    box: float | None
    max_step: float | None
    max_steps: int | None


@dataclass(frozen=True, slots=True)
class Solver:
    """What was chosen of `SolverOptions`. See `Setting` for what each does."""

    rtol: float | None = None
    atol: float | None = None
    box: float | None = None
    max_step: float | None = None
    max_steps: int | None = None

    def given(self) -> dict[str, Any]:
        """What was chosen, by name."""
        return {f.name: value for f in fields(self) if (value := getattr(self, f.name)) is not None}

    def over(self, other: Solver) -> Solver:
        """What is chosen here, else there."""
        return replace(other, **self.given())

    def words(self) -> list[str]:
        """The options of the command line that choose the same."""
        return [word for name, value in self.given().items() for word in (f"--{name.replace('_', '-')}", f"{value!r}")]


@dataclass(frozen=True, slots=True)
class Behaviors:
    """Behaviors of N trees from I initial conditions: t (T,), y (N, I, T, D), status (N, I) of `Status`.

    y is NaN exactly where the behavior is undefined, and finite elsewhere: at single points of a function's table; of flows and
    orbits at every output from the time on at which there is no way on.
    """

    t: Floats
    y: Floats
    status: NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Running:
    """A metric that sums over time decide, so that a behavior need not be kept to be measured.

    `scale`: reference (…, T, D) -> (…, 1, D), the unit of each dimension. `combine`: from the Euclidean norms, in those units, of
    the reference, of others, and of their differences, each (N, I) or what broadcasts to it, to distances (N, I). `d_max`: the
    metric's.
    """

    scale: Callable[[Floats], Floats]
    combine: Callable[[Floats, Floats, Floats], Floats]
    d_max: float = inf

    def units(self, reference: Floats) -> Floats:
        """`scale` of a reference (I, T, D), its undefined points left out: (I, 1, D)."""
        there = defined(reference)
        if there.all():
            return self.scale(reference)
        return np.stack(
            [self.scale(y[at]) if at.any() else np.ones((1, y.shape[-1])) for y, at in zip(reference, there, strict=True)]
        )


@dataclass(frozen=True, slots=True)
class Distances:
    """Of N trees: `distance` (N,), averaged over initial conditions, and `status` (N, I) of `Status`, of what was compared.

    The distance of what is UNRESOLVED is that of a behavior held where the solver gave up: not to be used. What is undefined
    where the reference is defined is UNDEFINED, at the distance that `blended` says; what is undefined nowhere else is OK.
    """

    distance: Floats
    status: NDArray[np.int8]


def defined(y: Floats) -> NDArray[np.bool_]:
    """Where behaviors (…, T, D) have a value in every dimension: (…, T)."""
    if y.shape[-1] == 1:
        return np.asarray(~np.isnan(y[..., 0]))
    return np.asarray(~np.isnan(y).any(axis=-1))


def lost_share(reference: Floats, others: Floats) -> Floats:
    """At what share of the points where a reference (I, T, D) is defined others (N, I, T, D) are not: (N, I)."""
    there = defined(reference)
    lost = (there & ~defined(others)).sum(axis=-1)
    return np.asarray(lost / np.maximum(there.sum(axis=-1), 1))


def blended(common: Floats, lost: Floats, d_max: float) -> Floats:
    """The distance of what is undefined at a share `lost` of the points where the reference is defined, and `common` apart at the
    others.

    A lost point counts as the largest distance there is. Under a metric without one such a behavior has no distance: NaN.
    """
    if not isfinite(d_max):
        return np.where(lost > 0.0, np.nan, common)
    return np.where(lost > 0.0, (1.0 - lost) * common + lost * d_max, common)


class Semantics(Protocol):
    """Gives trees their behavior. `Flow`, `Orbit` and `Table` are the built-in ones."""

    def setting(
        self,
        system: System,
        *,
        points: int = 201,
        rtol: float = RTOL,
        atol: float = ATOL,
        x0: Sequence[Sequence[float]] | None = None,
        t_end: float | None = None,
        box: float | None = None,
    ) -> Setting:
        """How to simulate `system`; `x0` and `t_end` win over the system's own. `box`: half-width in every dimension, None for
        one that the semantics choose.

        Raises ConditionError naming what is missing or does not fit.
        """
        ...

    @overload
    def simulate(self, trees: Sequence[Node], settings: Setting) -> Behaviors: ...
    @overload
    def simulate(self, trees: Sequence[Node], settings: Sequence[Setting]) -> list[Behaviors]: ...
    def simulate(self, trees: Sequence[Node], settings: Setting | Sequence[Setting]) -> Behaviors | list[Behaviors]:
        """Behaviors of `trees`: all in one setting, or each in its own (then one Behaviors with N=1 per tree).

        Deterministic: the same bits whatever the number of threads and whatever else is in the batch.
        Raises ValueError for a tree that does not fit its setting's dimension, or as many settings as there are not trees.
        """
        ...


@runtime_checkable
class Tunable(Semantics, Protocol):
    """Semantics that take a person's options."""

    def tuned(self, solver: Solver) -> Semantics:
        """The same with these options. Raises ConditionError, naming the option, for one that means nothing here."""
        ...


@runtime_checkable
class Measuring(Semantics, Protocol):
    """Semantics that also measure what they simulate on the fly, in memory that does not grow with the outputs' number."""

    def distances(self, trees: Sequence[Node] | Forest, setting: Setting, reference: Floats, running: Running) -> Distances:
        """Distances of the trees' behaviors to `reference` (I, T, D): what `simulate` and the metric would give, to rounding.

        Raises ValueError as `simulate` does, and for a reference of another shape.
        """
        ...


@runtime_checkable
class OfForests(Semantics, Protocol):
    """Semantics that take what is decoded in bulk as it is, without an object per tree."""

    def simulate_forest(self, trees: Forest, setting: Setting) -> Behaviors:
        """What `simulate` gives for its trees, all in one setting."""
        ...


@runtime_checkable
class Compiling(Semantics, Protocol):
    """Semantics whose first run on a machine compiles for long."""

    def compile_beside(self) -> None:
        """Begin that in a process of its own, beside what else a command has to do first. Changes no number."""
        ...


def edit_setting(setting: Setting, reference_y: Floats, factor: float = 100.0) -> Setting:
    """`setting` with the bounding box for edits of an expression whose own behavior is `reference_y` (…, T, D).

    Half-width per dimension: `factor` times the reference's largest |value|, where a dimension counts as at least
    1e-3 of the largest one; where all are zero, 1e-6 is the largest. An edit that got that far has nothing left in common
    with the original, and simulating it any further costs time without changing any bounded distance much.
    For the same reason an edit gets `edit_steps`, and the implicit method no more work than the explicit one: a step of it costs
    about five.
    """
    largest = np.nan_to_num(np.abs(reference_y), nan=0.0).max(axis=tuple(range(reference_y.ndim - 1)))
    floor = 1e-3 * float(largest.max()) or 1e-6
    steps = min(setting.max_steps, setting.edit_steps)
    return replace(setting, box=factor * np.maximum(largest, floor), max_steps=steps, stiff_steps=max(1, steps // STIFF_COST))


def room_for(tree: Node, setting: Setting, reference_y: Floats, semantics: Semantics) -> tuple[Setting, Behaviors]:
    """`edit_setting`, with the steps and the box that `tree` needs for itself, and its behavior there; `setting` is its own.

    Between outputs a behavior may be far larger than at them, as a relaxation oscillation is at its jumps: it must not leave the
    box of its own edits, nor may one that is like it.
    """
    for inside in patient(setting, edit_setting(setting, reference_y)):
        behaviors = semantics.simulate([tree], inside)
        if not (behaviors.status == Status.UNRESOLVED).any():
            break
    if not (behaviors.status == Status.DIVERGED).any() or (inside.box >= setting.box).all():
        return inside, behaviors
    free = semantics.simulate([tree], replace(inside, box=setting.box))
    if (free.status == Status.DIVERGED).any():
        return inside, behaviors
    box = inside.box
    while (behaviors.status == Status.DIVERGED).any():
        box = np.minimum(box * WIDER, setting.box)
        behaviors = semantics.simulate([tree], replace(inside, box=box))
    return replace(inside, box=np.minimum(box * WIDER, setting.box)), behaviors


def rooms_for(
    trees: Sequence[Node], settings: Sequence[Setting], reference_y: Sequence[Floats], semantics: Semantics
) -> list[Setting]:
    """`room_for` of many, each in its own setting, those that need no more than `edit_setting` being simulated in one go."""
    plain = [edit_setting(setting, y) for setting, y in zip(settings, reference_y, strict=True)]
    behaviors = semantics.simulate(trees, plain) if plain else []
    fits = [not np.isin(b.status, (Status.DIVERGED, Status.UNRESOLVED)).any() for b in behaviors]
    return [
        inside if enough else room_for(tree, setting, y, semantics)[0]
        for inside, enough, tree, setting, y in zip(plain, fits, trees, settings, reference_y, strict=True)
    ]


def patient(setting: Setting, inside: Setting) -> Iterator[Setting]:
    """`inside`, an edit's setting, then with more and more steps up to those of `setting`: where an original needs them, its
    edits do as well.
    """
    yield inside
    for factor in PATIENCE:
        steps = min(inside.max_steps * factor, max(setting.max_steps, inside.max_steps))
        yield replace(inside, max_steps=steps, stiff_steps=None)


def default_box(system: System, start: Floats) -> float:
    """Half-width of the box where none is asked for: 1e15 in the system's units, the largest of 1, its initial values, and the
    ratio of its largest coefficient to its smallest; never above 1e100. Far out: what grows without bound in finite time leaves
    any box, and what grows to a large population is no blow-up.
    """
    sizes = [abs(value) for value in coefficients(system.tree) if value and isfinite(value)]
    ratio = max([1.0, *sizes]) / min([1.0, *sizes])
    largest = float(np.abs(start).max()) if start.size else 0.0
    return max(min(ROOM * max(ratio, largest), MOST_ROOM), largest)


def max_steps_for(rtol: float, steps: int = EDIT_STEPS) -> int:
    """Step limit that grows as a fifth-order method's steps do when the tolerance tightens: `steps` at 1e-6."""
    return int(min(MOST_STEPS, steps * max(1.0, (1e-6 / rtol) ** 0.2)))


DEFAULTS = Solver()


def fits(tree: Node, equations: int) -> None:
    """Raises ValueError unless `tree` is a system of that many equations (variables are checked when it is lowered)."""
    if tree.symbol != SYSTEM or len(tree.children) != equations:
        given = f"{len(tree.children)} equations" if tree.symbol == SYSTEM else f"a {tree.symbol!r}"
        raise ValueError(f"the setting is for a system of {equations} equations, the tree is {given}")


def all_fit(trees: Sequence[Node] | Forest, equations: int) -> None:
    """`fits` for each of them."""
    if not isinstance(trees, Forest):
        for tree in trees:
            fits(tree, equations)
    elif len(trees) and (trees.equations != equations).any():
        raise ValueError(f"the setting is for a system of {equations} equations, a tree has another number")


def box_alone(solver: Solver) -> float | None:
    """The box of options for what is not solved in steps. Raises ConditionError for any other."""
    other = [word for word in replace(solver, box=None).words() if word.startswith("--")]
    if other:
        raise ConditionError(f"there are no steps to choose here, only a flow has them: leave {other[0]} out")
    return solver.box


def check_solver(points: int, rtol: float | None, atol: float | None, box: float | None, **more: float | None) -> None:
    """Raises ConditionError for values that no simulation can use."""
    if points < 2:
        raise ConditionError(f"points must be at least 2, not {points}")
    for name, value in ({"rtol": rtol, "atol": atol, "box": box} | more).items():
        if value is not None and not (isfinite(value) and value > 0):
            raise ConditionError(f"{name} must be a positive number, not {value}")
    if rtol is not None and not FINEST <= rtol <= COARSEST:
        raise ConditionError(f"rtol must lie between {FINEST:g} and {COARSEST:g}, not {rtol:g}: beyond, its results mean nothing")
    if (steps := more.get("max_steps")) is not None and steps > COUNTABLE:
        raise ConditionError(f"max_steps must be at most {COUNTABLE:,}, not {steps:,}")
