"""Compiling at once gives what compiling piece by piece gives, and leaves Numba as it was, also for who compiles meanwhile."""

from __future__ import annotations

import threading
from typing import Any

import numba
import numpy as np
import pytest
from numba.core.registry import cpu_target

from kappabar.tokenizers.machines import jit, private

NUMBERS = np.array([0.1, 0.7, -3.0, 1e-300, 5e12, 1.0 / 3.0])


def nested(option: Any) -> Any:
    """A function of three levels; the lowest makes arrays, so that code of Numba's own is called as well."""

    def lowest(x: Any) -> Any:
        y = np.zeros(len(x))
        for i in range(len(x)):
            y[i] = np.sin(x[i]) * 3.0 + x[i] / 7.0
        return y

    lowest = option(lowest)

    def middle(x: Any) -> Any:
        return lowest(x) + lowest(lowest(x)) * x

    middle = option(middle)

    def whole(x: Any) -> Any:
        total = 0.0
        for value in middle(x):
            total = total * 1.25 - value
        return total

    return whole


def test_compiling_at_once_gives_the_same_bits() -> None:
    at_once = jit._compile(nested(jit.inner), numba.float64(numba.float64[::1]), cached=False)
    piece_by_piece = numba.njit(error_model="numpy")(nested(numba.njit(error_model="numpy")))
    assert at_once(NUMBERS) == piece_by_piece(NUMBERS) == pytest.approx(nested(lambda f: f)(NUMBERS), rel=1e-12)


def test_numba_is_as_it_was_afterwards() -> None:
    maker = cpu_target.target_context.codegen()
    before = dict(vars(maker))

    def interrupted() -> None:
        with private.compiled_at_once("f"):
            assert vars(maker) != before
            raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose"):
        interrupted()
    assert vars(maker) == before
    assert numba.njit(nested(numba.njit))(NUMBERS) == nested(lambda f: f)(NUMBERS)


def test_another_thread_compiles_what_python_can_call() -> None:
    """A user's own function, compiled while ours is: its parts are machine code of their own."""
    results: list[float] = []
    with private.compiled_at_once("f"):
        own = numba.njit(lambda x: x * 3.0)
        thread = threading.Thread(target=lambda: results.append(own(2.0)))
        thread.start()
        thread.join()
    assert results == [6.0]
