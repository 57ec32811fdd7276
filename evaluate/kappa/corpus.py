"""Measuring many expressions, in whatever processes there are. The numbers follow from an expression and the seed."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count, islice
from multiprocessing.reduction import ForkingPickler

from ...grammars.tree import System
from ...representations.representation import Representation
from ...tokenizers.machines.decode import EditDecoder, bulk_decoder
from ..domains.domain import Domain
from ..domains.metrics import Metric
from ..edits.base import EditOperator, SequenceOperator
from ..events import Listener
from ..streams import generator, own_key
from ..workers.pool import Here, Processes
from ..workers.tasks import Runner, in_order
from ..workers.threads import engine_threads
from .measure import Measured, NotMeasured, measure

_UNDER_WAY = 2
_MOST = 16
"""Expressions in one task at most: a worker that dies costs no more than those it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How each expression is measured. `condense`: keep of it what statistics need, and not every edit."""

    representation: Representation
    domain: Domain
    metric: Metric
    operator: EditOperator
    limit: int | None
    seed: int
    condense: bool

    def measured(self, systems: Iterable[System], first: int = 0) -> Iterator[Measured | NotMeasured]:
        """An expression draws its edits from a stream of its own, wherever it stands in the list. `first`: the number of the
        first.

        Where the engine has several threads, two expressions are under way: one is written and decoded while the other is
        simulated, and the last trajectories of one do not leave a core idle.
        """
        decoders: dict[int, EditDecoder | None] = {}

        def one(i: int, system: System) -> Measured | NotMeasured:
            # A decoder remembers what it has read, and is not for two threads.
            thread = threading.get_ident()
            if thread not in decoders:
                decoders[thread] = bulk_decoder(self.representation.tokenizer)
            rng = generator(self.seed, "edits", own_key(system))
            measured = measure(
                self.representation,
                system,
                self.domain,
                self.metric,
                self.operator,
                limit=self.limit,
                rng=rng,
                decoder=decoders[thread],
            )
            return measured.condensed() if self.condense and isinstance(measured, Measured) else measured

        numbered = enumerate(systems, first)
        if engine_threads() == 1 or not isinstance(self.operator, SequenceOperator):
            for i, system in numbered:
                yield one(i, system)
            return
        with ThreadPoolExecutor(_UNDER_WAY, thread_name_prefix="kappabar-expressions") as pool:
            waiting: deque[Future[Measured | NotMeasured]] = deque()
            for i, system in numbered:
                waiting.append(pool.submit(one, i, system))
                if len(waiting) > 2 * _UNDER_WAY:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()


Each = Callable[[Recipe, Iterable[System], Runner | None], Iterator[Measured | NotMeasured]]
"""Gives every expression of a list in order, as a recipe and whoever works have it."""


def measure_each(recipe: Recipe, systems: Iterable[System], runner: Runner | None = None) -> Iterator[Measured | NotMeasured]:
    """Every expression in order, measured here or by `runner`, which takes them as it has room."""
    if runner is None or isinstance(runner, Here) or (isinstance(runner, Processes) and not _travels(recipe)):
        yield from recipe.measured(systems)
        return
    total = len(systems) if isinstance(systems, Sized) else None
    size = _MOST if total is None else min(max(-(-total // (4 * runner.size)), 1), _MOST)
    for part in in_order(runner.each(_chunk, _chunks(systems, size), shared=(recipe,))):
        yield from part


def _travels(recipe: Recipe) -> bool:
    """Whether another process can have it: a part of the user's own may hold what only this one has."""
    try:
        ForkingPickler.dumps(recipe)
    except Exception:  # of any kind: it differs with what cannot be sent
        return False
    return True


def _chunks(systems: Iterable[System], size: int) -> Iterator[tuple[int, list[System]]]:
    rest = iter(systems)
    for first in count(0, size):
        chunk = list(islice(rest, size))
        if not chunk:
            return
        yield first, chunk


def _chunk(recipe: Recipe, first: int, systems: Sequence[System], _listen: Listener) -> list[Measured | NotMeasured]:
    return list(recipe.measured(systems, first))
