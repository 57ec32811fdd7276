"""Measuring several specs at once, on whatever processes there are. Numbers never depend on which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from ..events import Listener, silent
from ..workers.pool import runner
from ..workers.tasks import Runner
from .data import Measurement, SearchData, measure_spec


class Workers(Protocol):
    """Measures each spec on one half of the expressions, and gives the results as they come, in any order."""

    def measure(self, specs: Sequence[str], held: bool) -> Iterator[Measurement]: ...


@dataclass(frozen=True, slots=True)
class Crew:
    """The workers of a runner. `shared`: the bench; always the same object, so that it travels once."""

    crew: Runner
    shared: tuple[SearchData]

    def measure(self, specs: Sequence[str], held: bool) -> Iterator[Measurement]:
        for _, found in self.crew.each(_measure, [(spec, held) for spec in specs], shared=self.shared):
            yield found


@contextmanager
def workers(bench: SearchData, jobs: int, scheduler: str | None = None, listen: Listener = silent) -> Iterator[Workers]:
    """`jobs` processes (one: this one), or the workers of a Dask scheduler; see `pool.runner`."""
    with runner(jobs, scheduler, listen) as crew:
        yield Crew(crew, (bench,))


def _measure(bench: SearchData, spec: str, held: bool, _listen: Listener) -> Measurement:
    return measure_spec(bench, spec, held)
