"""Systems like a person's own: a sampler fitted to theirs, whose draws are kept where they behave within the same ranges."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import inf, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...grammars.draw.fitted.sampler import FittedSampler, fit
from ...grammars.draw.fitted.saved import rake_of
from ...grammars.draw.fitted.tilt import rake
from ...grammars.errors import ConditionError, OutputError, SourceError
from ...grammars.tree import System
from ..semantics.base import EDIT_STEPS, Behaviors, Status
from ..streams import generator
from .domain import Domain
from .domain import domain as find_domain
from .screen import ANY, FIGURES, POINTS, SAMPLE_STEPS, Character, Screen, figures

Floats = NDArray[np.float64]

_MARGIN = 0.3
"""Decades by which one amplitude alone may be exceeded on either side; of n, 0.3 / sqrt(n)."""
_STEPS = (SAMPLE_STEPS, 4 * SAMPLE_STEPS, EDIT_STEPS)
_ENOUGH = 0.95
_DRAWS = 1500
_CLASSES = 5


@dataclass(frozen=True, slots=True)
class LikeData:
    """Draws systems like the given ones; to stand as a domain's `sampler`, or that of `sample_systems`, which keeps what passes
    the `screen`."""

    fitted: FittedSampler
    screen: Screen

    def __hash__(self) -> int:
        return hash(self.fitted)

    def draw(self, rng: np.random.Generator) -> System:
        """A candidate."""
        return self.fitted.draw(rng)

    def to_json(self) -> str:
        """The sampler and its screen as text, for a run's folder."""
        return json.dumps({"fitted": self.fitted.document(), "screen": asdict(self.screen)}, allow_nan=False, ensure_ascii=False)

    @staticmethod
    def from_json(text: str) -> LikeData:
        """What `to_json` wrote: it draws and keeps the same. Raises OutputError for anything else."""
        try:
            document = json.loads(text)
            screen = _screen_of(document["screen"])
            fitted = json.dumps(document["fitted"])
        except (LookupError, TypeError, ValueError, RecursionError, AttributeError) as e:
            reason = " ".join(str(e).split())[:200]
            raise OutputError(f"this is no sampler like data ({reason}); fit it again") from None
        return LikeData(FittedSampler.from_json(fitted), screen)


def like_data(systems: Sequence[System], domain: Domain | str = "ode") -> LikeData:
    """A sampler of systems like the given ones under a domain; deterministic.

    Fitted to those that have what a simulation needs. What it draws is kept (`Screen`) if it reaches its horizon, moves, and its
    largest |value| lies between the least and the greatest of the given ones, with a margin of 0.3 / sqrt(n) decades; in as many
    steps as 95 % of the given ones need, and with gaps where some of them have gaps.

    Raises SourceError where no system is usable, or where they are of several domains.
    """
    chosen = find_domain(domain)
    usable = [s for s in systems if _has_setting(chosen, s)]
    if not usable:
        raise SourceError(
            f"none of {len(systems)} systems has what a simulation needs, so nothing like them can be drawn; give conditions"
        )
    screen = _screen(chosen, usable)

    def keeps(drawn: Sequence[System]) -> list[bool]:
        return [not reason for reason in screen.refusals(chosen, drawn)]

    fitted = fit(usable, closed=chosen.closed, operators=chosen.operators, keeps=keeps)
    return LikeData(fitted, replace(screen, character=_character(chosen, screen, usable, fitted)))


def _character(domain: Domain, screen: Screen, systems: Sequence[System], fitted: FittedSampler) -> Character:
    """Which kinds of systems the given ones are, against those that are drawn."""
    rng = generator(0, "like-data")
    ours, theirs = (_kept(domain, screen, side) for side in (systems, [fitted.draw(rng) for _ in range(_DRAWS)]))
    if not ours or not theirs:
        return ANY
    rows = [figures(y) for _, y in ours]
    classes = [k / _CLASSES for k in range(1, _CLASSES)]
    edges = {name: tuple(np.quantile([row[name] for row in rows], classes).tolist()) for name in rows[0]}
    plain = Character(edges, fitted.tilt.sizes, fitted.tilt.counted)
    given, drawn = ([plain.kind(s, y, domain.operators) for s, y in side] for side in (ours, theirs))
    return replace(plain, rake=rake(given, drawn))


def _kept(domain: Domain, screen: Screen, systems: Sequence[System]) -> list[tuple[System, Floats]]:
    """Those that pass, with their behaviors."""
    passing = [s for s, reason in zip(systems, screen.refusals(domain, systems), strict=True) if not reason]
    settings = [replace(domain.semantics.setting(s, points=POINTS, box=screen.most), max_steps=screen.steps) for s in passing]
    behaviors = domain.semantics.simulate([s.tree for s in passing], settings) if passing else []
    return [(s, b.y[0]) for s, b in zip(passing, behaviors, strict=True)]


def _has_setting(domain: Domain, system: System) -> bool:
    try:
        domain.semantics.setting(system, points=POINTS)
    except ConditionError:
        return False
    return True


def _screen(domain: Domain, systems: Sequence[System]) -> Screen:
    """What draws must do: as the given systems do."""
    behaviors = _simulated(domain, systems, EDIT_STEPS)
    gaps = not domain.series and any((b.status == Status.UNDEFINED).any() for b in behaviors)
    sizes = [size for b in behaviors if np.isfinite(size := amplitude(b)) and size > 0.0]
    if not sizes:
        return Screen(gaps=gaps)
    margin = 10.0 ** (_MARGIN / sqrt(len(sizes)))
    reaching = [s for s, b in zip(systems, behaviors, strict=True) if (b.status != Status.UNRESOLVED).all()]
    return Screen(min(sizes) / margin, max(sizes) * margin, _steps(domain, reaching), gaps)


def _simulated(domain: Domain, systems: Sequence[System], steps: int) -> Sequence[Behaviors]:
    settings = [replace(domain.semantics.setting(s, points=POINTS), max_steps=steps) for s in systems]
    return domain.semantics.simulate([s.tree for s in systems], settings)


def _steps(domain: Domain, systems: Sequence[System]) -> int:
    """The least number of steps in which nearly all reach their horizons."""
    for steps in _STEPS[:-1]:
        resolved = [(b.status != Status.UNRESOLVED).all() for b in _simulated(domain, systems, steps)]
        if np.mean(resolved or [True]) >= _ENOUGH:
            return steps
    return _STEPS[-1]


def amplitude(behaviors: Behaviors) -> float:
    """The largest |value| of the one behavior in `behaviors`, from all its starts; NaN where it diverges, gives up, or has no
    value at all."""
    if np.isin(behaviors.status, (Status.DIVERGED, Status.UNRESOLVED)).any() or np.isnan(behaviors.y).all():
        return float("nan")
    return float(np.nanmax(np.abs(behaviors.y)))


def _screen_of(document: Mapping[str, Any]) -> Screen:
    """The screen of a document. Raises ValueError where nothing would pass."""
    row = document["character"]
    edges = {name: tuple(map(float, row["edges"][name])) for name in (FIGURES if row["edges"] else ())}
    character = Character(edges, tuple(map(int, row["sizes"])), tuple(map(str, row["counted"])), rake_of(row["rake"]))
    screen = Screen(float(document["least"]), float(document["most"]), int(document["steps"]), bool(document["gaps"]), character)
    if not (0.0 <= screen.least < screen.most < inf and screen.steps > 0):
        raise ValueError("nothing would pass its screen")
    return screen
