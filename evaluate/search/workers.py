"""Measuring several specs at once, on whatever processes there are. Numbers never depend on which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from ..events import Listener
from ..options.work import Work
from ..workers.pool import runner
from ..workers.tasks import Runner
from .data import Measurement, SearchData, measure_spec


class Workers(Protocol):
    """Measures each spec on one half of the expressions, and gives the results as they come, in any order."""

    def measure(self, specs: Sequence[str], held_out: bool) -> Iterator[Measurement]: ...


@dataclass(frozen=True, slots=True)
class RunnerWorkers:
    """The workers of a runner. `shared`: the data; always the same object, so that it travels once."""

    runner: Runner
    shared: tuple[SearchData]

    def measure(self, specs: Sequence[str], held_out: bool) -> Iterator[Measurement]:
        for _, measurement in self.runner.each(_measure, [(spec, held_out) for spec in specs], shared=self.shared):
            yield measurement


@contextmanager
def workers(data: SearchData, work: Work) -> Iterator[Workers]:
    """Those that do the work; see `pool.runner`."""
    with runner(work.jobs, work.scheduler, work.listen) as running:
        yield RunnerWorkers(running, (data,))


def _measure(data: SearchData, spec: str, held_out: bool, _listen: Listener) -> Measurement:
    return measure_spec(data, spec, held_out)
