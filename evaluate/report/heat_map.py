"""Where meaning sits: the sensitivity of a few expressions as a heat map over their tokens and over their equations.

Plain HTML built on the server side: readable without scripts, on paper (each token's figure stands below it), and without color.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...grammars.tree import Path
from ..explore.documents import FAMOUS
from ..kappa.kappa import Kappa
from ..kappa.measure import Measured
from ..kappa.profile import Profile, positions, profile
from ..kappa.writing import Writing

STEPS = 9
"""Steps of the color scale; the page has a class for each."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A stretch of text with its figure. `step`: 0 … STEPS - 1 on the color scale, None where nothing was measured."""

    text: str
    figure: str
    step: int | None
    note: str


@dataclass(frozen=True, slots=True)
class Strip:
    """One expression under one representation. `equations`: per equation its left-hand side and its pieces."""

    representation: str
    mean: str
    n_edits: int
    tokens: tuple[Tile, ...]
    equations: tuple[tuple[str, tuple[Tile, ...]], ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """One expression, and why it was chosen."""

    expression: str
    why: str
    strips: tuple[Strip, ...]


@dataclass(frozen=True, slots=True)
class HeatMap:
    """`scale`: (step, label) of each color, from no distance to `top`."""

    panels: tuple[Panel, ...]
    metric: str
    invalid: str
    scale: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    kappa: Kappa
    item: Measured
    written: Writing
    profile: Profile


def heat_map(kappas: Sequence[Kappa], writings: Sequence[Sequence[Writing]]) -> HeatMap | None:
    """The map of the expressions that move most, least and in between, averaged over representations, and of a famous one.

    `writings[i]` are aligned with `kappas[i].measured`, or empty where a run kept none. None where there is nothing to show.
    """
    pairs = [(k, w) for k, w in zip(kappas, writings, strict=True) if len(w) == len(k.measured) and k.measured]
    chosen = choose([k for k, _ in pairs])
    strips = {name: [f for k, w in pairs for f in _find(k, w, name)] for name in chosen}
    shown = [f for each in strips.values() for f in each]
    if not shown:
        return None
    first = shown[0].kappa
    top = first.d_max if np.isfinite(first.d_max) else max(_largest(f.profile.mean) for f in shown) or 1.0
    panels = [Panel(name, why, tuple(_strip(f, top) for f in strips[name])) for name, why in chosen.items()]
    scale = tuple((i, f"{i * top / STEPS:.2g}–{(i + 1) * top / STEPS:.2g}") for i in range(STEPS))
    return HeatMap(tuple(panels), first.metric, first.invalid, scale)


def _largest(values: NDArray[np.float64]) -> float:
    """Of those that a scale can reach."""
    return float(values[np.isfinite(values)].max(initial=0.0))


def choose(kappas: Sequence[Kappa]) -> dict[str, str]:
    """Names of the expressions to show, each with the reason."""
    values: dict[str, list[float]] = {}
    for kappa in kappas:
        for m, mean in zip(kappa.measured, kappa.means.tolist(), strict=True):
            if np.isfinite(mean) and m.counts is None:
                values.setdefault(m.name, []).append(mean)
    order = sorted(values, key=lambda name: (-sum(values[name]) / len(values[name]), name))
    if not order:
        return {}
    picked = [(order[0], "moves most"), (order[-1], "moves least"), (order[len(order) // 2], "in the middle")]
    picked += [(name, "well known") for name in sorted(order) if FAMOUS in name.lower()][:1]
    chosen: dict[str, str] = {}
    for name, why in picked:
        chosen.setdefault(name, why)
    return dict(sorted(chosen.items(), key=lambda entry: order.index(entry[0])))


def _find(kappa: Kappa, writings: Sequence[Writing], name: str) -> Iterator[_Found]:
    for i, m in enumerate(kappa.measured):
        if m.name == name and m.counts is None and len(writings[i].tokens) == m.n_tokens:
            yield _Found(kappa, m, writings[i], profile(kappa, i))
            return


def _strip(expression: _Found, top: float) -> Strip:
    p, item = expression.profile, expression.item
    tokens = [_token(p, i, w.text, w.kind, top) for i, w in enumerate(expression.written.tokens)]
    whole = expression.kappa.sample(item)
    mean = f"{whole.mean():.3f}" if len(whole) else "-"
    return Strip(p.representation, mean, item.n_edits, tuple(tokens), tuple(_equations(expression, top)))


def _token(p: Profile, i: int, text: str, kind: str, top: float) -> Tile:
    value, n, counted = float(p.mean[i]), int(p.n[i]), int(p.n_counted[i])
    name = f"{text} ({kind})"
    if not counted:
        why = "no edit was drawn here" if not n else f"none of {n} edits here has a distance"
        return Tile(text, "–", None, f"{name}: {why}")
    note = f"{name}: mean distance {value:.3f} over {counted} edits; {n - int(p.n_valid[i])} of {n} do not decode"
    if (worst := p.worst[i]) is not None:
        note += f"; furthest {worst.distance:.3f} by {worst.kind}" + (f" of {worst.token}" if worst.token else "")
    return Tile(text, _figure(value), _step(value, top), note)


def _equations(expression: _Found, top: float) -> Iterator[tuple[str, tuple[Tile, ...]]]:
    """Each equation's pieces, colored by node: by all edits at tokens that write part of it. A node that no token writes by
    itself (some notations know no finer than the term, or write a repeated part once) has the color of the nearest one above."""
    at = positions(expression.item)
    writers: dict[Path, list[int]] = {}
    for i, token in enumerate(expression.written.tokens):
        for node in token.nodes:
            writers.setdefault(node, []).append(i)
    tiles: dict[Path, tuple[float, int]] = {}
    for node, tokens in writers.items():
        sample = expression.kappa.sample(expression.item, np.isin(at, tokens))
        tiles[node] = (sample.mean() if len(sample) else float("nan"), len(sample))
    sides = iter(expression.written.lhs)
    line: list[Tile] = []
    for piece in expression.written.equation:
        if piece.path == () and piece.text == "|":
            yield next(sides, ""), tuple(line)
            line = []
            continue
        path = piece.path
        while path not in tiles and len(path) > 1:
            path = path[:-1]
        value, n = tiles.get(path, (float("nan"), 0))
        if not n:
            line.append(Tile(piece.text, "–", None, f"{piece.text.strip()}: no edit of its tokens has a distance"))
        else:
            note = (
                f"{piece.text.strip()} ({piece.kind}): mean distance {value:.3f} over {n} edits of the tokens that write "
                "this node"
            )
            line.append(Tile(piece.text, _figure(value), _step(value, top), note))
    yield next(sides, ""), tuple(line)


def _step(value: float, top: float) -> int:
    return min(STEPS - 1, max(0, int(STEPS * min(value, top) / top)))


def _figure(value: float) -> str:
    """Two digits: '.53', '1.0', '12'."""
    if value < 0.995:
        return f"{value:.2f}".removeprefix("0")
    return f"{value:.1f}" if value < 9.95 else f"{value:.0f}"
