"""Expressions that are measured, kept while others are still to be: what a run that is killed within one representation goes on
from."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from ...grammars.errors import OutputError
from ...grammars.tree import System
from ..results.files import read_json, write_json
from ..results.origin import Origin
from ..workers.tasks import Runner
from .corpus import Recipe, measure_each
from .intrinsic import Gauged
from .kappa import Kappa
from .measure import Measured, NotMeasured
from .tables import load_kappa, save_kappa

Item = Measured | NotMeasured
_GAUGED = "gauged.json"


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A folder with the expressions of one representation that are done, `size` of them in each of its folders 0, 1, …, which are
    there whole or do not count, as what is of another run than `origin` does. Names of expressions are their own."""

    folder: Path
    origin: Origin
    size: int = 100

    def each(self, recipe: Recipe, systems: Iterable[System], runner: Runner | None = None) -> Iterator[Item]:
        """Every expression in order, as `measure_each` gives them: what is kept first, then what is measured, which is kept in
        turn. The last ones are not: what is made of all of them follows at once."""
        given = list(systems)
        done, number = 0, 0
        for number in count():
            kept = self._read(number, recipe, given[done : done + self.size])
            if not kept:
                break
            yield from kept
            done += len(kept)
        waiting: list[Item] = []
        for item in measure_each(recipe, given[done:], runner):
            waiting.append(item)
            done += 1
            if len(waiting) == self.size and done < len(given):
                self._write(number, recipe, waiting)
                number, waiting = number + 1, []
            yield item

    def forget(self) -> None:
        """Delete all of it, and the folder that holds it if there is nothing else in there."""
        shutil.rmtree(self.folder, ignore_errors=True)
        with suppress(OSError):
            self.folder.parent.rmdir()

    def _write(self, number: int, recipe: Recipe, items: Sequence[Item]) -> None:
        folder = self.folder / str(number)
        measured = [m for m in items if isinstance(m, Measured)]
        gauged = {m.name: _document(m.encoding) for m in measured if m.encoding is not None}
        document = {"fit": _fit(recipe), "order": [m.name for m in items], "gauged": gauged}
        write_json(folder / _GAUGED, document | self.origin.mark(folder))
        kappa = Kappa(
            representation=recipe.representation.spec,
            domain=recipe.domain.name,
            metric=recipe.metric.name,
            invalid="exclude",  # no policy has a part in what is kept
            edits=recipe.operator.name,
            measured=tuple(measured),
            skipped=tuple(m for m in items if isinstance(m, NotMeasured)),
            d_max=recipe.metric.d_max,
            seed=recipe.seed,
            epsilon=recipe.metric.epsilon,
        )
        save_kappa(folder, kappa, origin=self.origin)  # last, for it is what says that all is there

    def _read(self, number: int, recipe: Recipe, systems: Sequence[System]) -> list[Item]:
        """What is kept of these systems; nothing where it is not there, not whole, or of another fit."""
        folder = self.folder / str(number)
        try:
            kappa = load_kappa(folder, recipe.representation.spec, self.origin)
            document = read_json(folder / _GAUGED)
            self.origin.check(document, folder / _GAUGED)
            if kappa is None or document["fit"] != _fit(recipe) or document["order"] != [s.name for s in systems]:
                return []
            gauged = {name: _gauged(one) for name, one in document["gauged"].items()}
        except (OutputError, AttributeError, KeyError, TypeError, ValueError):  # it was cut off, say: it is measured again
            return []
        items: dict[str, Item] = {s.name: s for s in kappa.skipped}
        items |= {m.name: replace(m, encoding=gauged.get(m.name)) for m in kappa.measured}
        return [items[name] for name in document["order"]] if set(document["order"]) == set(items) else []


def _fit(recipe: Recipe) -> str:
    """What ids mean."""
    return hashlib.sha256("\0".join(recipe.representation.vocabulary.tokens).encode()).hexdigest()


def _document(one: Gauged) -> dict[str, Any]:
    shares = (one.number_fragments, one.operator_fragments, one.alignment)
    return {
        "ids": one.ids.tolist(),
        "shares": [None if np.isnan(v) else float(v) for v in shares],
        "coefficients": [one.coefficients, one.fallen],
    }


def _gauged(document: dict[str, Any]) -> Gauged:
    numbers, operators, aligned = (np.nan if v is None else float(v) for v in document["shares"])
    coefficients, fallen = document["coefficients"]
    return Gauged(np.array(document["ids"], np.int32), numbers, operators, aligned, coefficients, fallen)
