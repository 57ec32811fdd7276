"""Compiles every kernel, in as many processes as there are cores: each worker of the suite would compile all of them, at the same
time. Run by .ci/suite; a minute on two cores the first time, nothing after that."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from functools import partial


def kernels() -> Iterator[Callable[[], object]]:
    """What compiles one, or loads it; those that take longest come first."""
    from kappabar.evaluate.semantics.engine import compiling as engine
    from kappabar.evaluate.semantics.engine.kernels import FLOW, ORBIT, STIFF, TABLE
    from kappabar.evaluate.semantics.tangent import tangent
    from kappabar.tokenizers.languages import masked_rows
    from kappabar.tokenizers.machines import compiling as machines

    yield partial(engine.compiled, FLOW)
    yield from (partial(tangent.compiled, method) for method in range(len(tangent.KERNELS)))
    yield from (partial(engine.compiled, kind) for kind in (STIFF, ORBIT, TABLE))
    yield from (engine.lowering_kernel, masked_rows._allowed_kernel, masked_rows._take_kernel, machines.decoder)
    yield machines.distinct_kernel


def compile_one(number: int) -> None:
    list(kernels())[number]()


if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        pool.map(compile_one, range(len(list(kernels()))), chunksize=1)
