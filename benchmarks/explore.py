"""How long `kappabar explore` takes to answer, from the browser's request to the answer's last byte.

    python benchmarks/explore.py [answers of each, default 15]

A worker is started as the command starts it; "cold" is the first question, the worker's start and warm-up included. Then, warm, a
Lorenz-sized equation that was not asked before each time (another coefficient), under one representation and under the default
three.
"""

from __future__ import annotations

import sys
import time
from statistics import median

from starlette.testclient import TestClient

from kappabar.evaluate.explore.question import Allowed
from kappabar.evaluate.explore.server import application

BASE = "http://127.0.0.1:8765"


def lorenz(k: int) -> str:
    return f"x' = 10*(y - x); y' = x*({28 + k / 10:g} - z) - y; z' = x*y - 8/3*z @ x=1, y=1, z=1; T=20"


def timed(client: TestClient, document: dict[str, object]) -> tuple[float, int]:
    """Seconds and bytes of an answer."""
    began = time.perf_counter()
    answer = client.post("/inspect", json=document)
    took = time.perf_counter() - began
    if "document" not in answer.json():
        raise SystemExit(answer.text[:300])
    return took, len(answer.content)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    allowed = Allowed.of([])
    with TestClient(application(allowed, deadline=120.0), base_url=BASE) as client:
        took, size = timed(client, {"text": lorenz(0)})
        print(f"cold (worker's start and warm-up included): {took:.2f} s, {size / 1e6:.2f} MB")
        for label, specs in (("one", allowed.representations[1:2]), ("three", allowed.representations)):
            found = [timed(client, {"text": lorenz(k + 1), "representations": list(specs)}) for k in range(count)]
            times = sorted(t for t, _ in found)
            print(
                f"warm, {label} ({'; '.join(specs)}): median {median(times):.3f} s, longest {times[-1]:.3f} s of {count}, "
                f"{found[0][1] / 1e6:.2f} MB"
            )
        wrong = [timed_error(client) for _ in range(count)]
        print(f"an error with its line and column: median {median(wrong) * 1000:.1f} ms")


def timed_error(client: TestClient) -> float:
    began = time.perf_counter()
    client.post("/inspect", json={"text": "x' = 3*sni(x) @ x=1; T=1"})
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
