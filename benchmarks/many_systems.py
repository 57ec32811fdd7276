"""How long κ of very many expressions takes, and how much memory: random systems of two variables, a few edits of each.

    python benchmarks/many_systems.py [number, default 2000] [seed, default 0] [--profile]

Writes the systems to a file, and has a process of its own measure them as a person would: `kappabar kappa -r prefix
--edits-per-expression 4 --jobs 1 --json`. Prints seconds (of the wall and of the processor) and the most memory of that process
and of those that it started; with `--profile`, where the time goes.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

COMMAND = ["kappa", "-r", "prefix", "--edits-per-expression", "4", "--jobs", "1", "--json", "--quiet"]


def term(rng: np.random.Generator) -> str:
    """One of what right sides of two variables are mostly made of, its coefficient of any size between 0.01 and 10."""
    value = f"{rng.choice(['-', ''])}{10 ** rng.uniform(-2, 1):.3g}"
    forms = ("{}*x", "{}*y", "{}*x*y", "{}*x^2", "{}*y^2", "{}*sin(x)", "{}*cos(y)", "{}*x/(1 + y^2)", "{}*exp(-x^2)", "{}")
    return str(rng.choice(forms)).format(value)


def systems(number: int, seed: int) -> list[str]:
    """As many lines, of two to six terms each."""
    rng = np.random.default_rng(seed)
    lines = []
    for _ in range(number):
        sides = [" + ".join(term(rng) for _ in range(rng.integers(1, 4))).replace("+ -", "- ") for _ in range(2)]
        x, y = rng.uniform(-1, 1, 2)
        lines.append(f"x' = {sides[0]}; y' = {sides[1]} @ x={x:.3g}, y={y:.3g}; T=5")
    return lines


def main() -> None:
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    number, seed = (int(word) for word in (*words, *("2000", "0")[len(words) :]))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "systems.txt"
        path.write_text("\n".join(systems(number, seed)) + "\n", encoding="utf-8")
        profiled = ["-m", "cProfile", "-s", "tottime"] if "--profile" in sys.argv else []
        begun = time.perf_counter()
        done = subprocess.run(
            [sys.executable, *profiled, "-m", "kappabar", *COMMAND, "--data", str(path)],
            capture_output=True,
            text=True,
            check=True,
        )
        wall = time.perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    memory = used.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    print(
        f"{number} systems: {wall:.1f} s, {used.ru_utime + used.ru_stime:.1f} s of the processor, {memory:.0f} MB at most, "
        f"{len(done.stdout) / 1e6:.1f} MB of JSON"
    )
    if profiled:
        print("\n".join(done.stdout[done.stdout.index("function calls") :].splitlines()[:60]))


if __name__ == "__main__":
    main()
