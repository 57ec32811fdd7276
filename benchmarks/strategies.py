"""How many systems and texts the Hypothesis strategies draw per second, Hypothesis' own bookkeeping included.

    python benchmarks/strategies.py

Each is drawn 5,000 times in the phase that generates, with an empty test. The last line is a bare integer: what Hypothesis itself
takes.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kappabar.grammars.draw.strategies import systems, trees
from kappabar.grammars.draw.text_strategies import texts

COUNT = 5_000
STRATEGIES: dict[str, Callable[[], st.SearchStrategy[object]]] = {
    "systems('ode')": systems,
    "systems('map')": lambda: systems("map"),
    "systems('function')": lambda: systems("function"),
    "trees()": trees,
    "texts('ode')": texts,
    "integers()": st.integers,
}


def rate(strategy: st.SearchStrategy[object]) -> float:
    """Examples per second."""
    drawn = 0

    @settings(max_examples=COUNT, phases=[Phase.generate], database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def nothing(_: object) -> None:
        nonlocal drawn
        drawn += 1

    start = time.perf_counter()
    nothing()
    return drawn / (time.perf_counter() - start)


def main() -> None:
    for name, strategy in STRATEGIES.items():
        print(f"{name:22} {rate(strategy()):8,.0f} per second")


if __name__ == "__main__":
    main()
