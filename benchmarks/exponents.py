"""Lyapunov spectra beside those of `dysts`, on the same systems, in one process.

    pip install dysts
    python benchmarks/exponents.py

`dysts` (Gilpin, NeurIPS 2021 Datasets and Benchmarks) samples a trajectory with SciPy and steps the tangent vectors from sample to
sample. Printed are the published spectrum, ours with its standard error, the one in their catalog, and theirs from 2,000 samples, 500
per period: as many as take longer than our whole run on Lorenz, and too few for a converged spectrum.
"""

from __future__ import annotations

import importlib
import time
import warnings
from typing import Any

import numpy as np

import kappabar

SYSTEMS = {
    "Lorenz": ("x' = 10*(y - x); y' = x*(28 - z) - y; z' = x*y - 8/3*z @ x=1, y=1, z=1", (0.9056, 0.0, -14.572)),
    "Rossler": ("x' = -y - z; y' = x + 0.2*y; z' = 0.2 + z*(x - 5.7) @ x=1, y=1, z=1", (0.0714, 0.0, -5.394)),
}


def ours(text: str) -> tuple[float, tuple[float, ...], tuple[float, ...]]:
    start = time.perf_counter()
    found = kappabar.lyapunov(text)
    return time.perf_counter() - start, found.spectrum, found.standard_error


def theirs(name: str) -> tuple[float, Any, Any] | None:
    """Time and spectrum of `dysts` on the system of that name, and its catalog's; None where it is not installed."""
    try:
        flows = importlib.import_module("dysts.flows")
        analysis = importlib.import_module("dysts.analysis")
    except ImportError:
        return None
    system = getattr(flows, name)()
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        spectrum = analysis.find_lyapunov_exponents(system, 2_000, pts_per_period=500)
    catalog = np.asarray(system.lyapunov_spectrum_estimated)
    return time.perf_counter() - start, np.sort(np.asarray(spectrum))[::-1], np.sort(catalog)[::-1]


def main() -> None:
    ours("x' = -x @ x=1")  # compiled
    for name, (text, published) in SYSTEMS.items():
        seconds, spectrum, error = ours(text)
        print(f"{name:8} published {_row(published)}")
        print(f"{'':8} kappabar  {_row(spectrum)}  ± {_row(error)}  {seconds:.1f} s")
        other = theirs(name)
        if other is None:
            print(f"{'':8} dysts is not installed: pip install dysts")
            continue
        print(f"{'':8} catalog   {_row(other[2])}")
        print(f"{'':8} dysts     {_row(other[1])}  {other[0]:.1f} s, {other[0] / seconds:.1f} times as long")


def _row(values: Any) -> str:
    return " ".join(f"{v:10.5f}" for v in values)


if __name__ == "__main__":
    main()
