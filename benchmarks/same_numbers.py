"""Whether two versions of the package give the same numbers, by the command line alone.

    python benchmarks/same_numbers.py record DIR [RUN...]
    python benchmarks/same_numbers.py compare DIR_A DIR_B

`record` runs commands over all domains, notations, codecs, wrappers, rewrites and edit operators, each on a few expressions, with
the `kappabar` that this Python finds, and keeps what they print and write. It takes some five minutes on one core. `compare`
holds the files of two records against each other: equal byte for byte, but for times, versions and where the runs lay; else it
names the first column and row, or the first place, that differ. Both exit with 1 where something went wrong or differs.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
NOTATIONS = ("infix | chars", *(f"{n} | digits:3" for n in ("infix", "prefix", "postfix", "tree", "rules", "nary", "dag")))
POLYNOMIAL = ("terms | digits:3", "library | digits:3")
CODECS = (
    "e2e:4,1", "bins:32", "bins:32,log", "bins:32,quantile", "residual:8,8", "mulaw:32,255", "twohot:16,8", "gray:32",
    "thermo:16",
    "fp:2,4", "base:100,2", "signed:3,10", "xval",
)  # fmt: skip
WRAPPERS = (
    "infix | chars | bpe:96", "prefix | digits:3 | unigram:96", "rules | digits:3 | patches:96,2", "prefix | digits:3 | macros:8",
    "tree | digits:3 | checksum:7", "prefix | digits:3 | repeat:3",
)  # fmt: skip
REWRITES = ("sort", "flatten", "expand", "factor", "horner", "collect", "rename", "nondim", "chebyshev:5", "bernstein:5")
EVERY = (*NOTATIONS, *POLYNOMIAL, *(f"prefix | {c}" for c in CODECS), *WRAPPERS, *(f"{r} | prefix | digits:3" for r in REWRITES))
FEW = ("infix | chars", "prefix | digits:3", "tree | bins:32,log", "prefix | digits:3 | repeat:3")
LORENZ = "x' = 10*(y - x); y' = x*(28 - z) - y; z' = x*y - 8/3*z @ x=1, y=1, z=1; T=5"
SUBJECTS = (
    "infix | chars",
    "nary | gray:32",
    "prefix | digits:3 | macros:8",
    "horner | prefix",
    "bins:16",
    "sort",
    "token",
    "operator=tree",
)


def _kappa(specs: tuple[str, ...], *more: str, data: str = "sample:5", edits: int = 120) -> list[str]:
    chosen = [word for spec in specs for word in ("-r", spec)]
    return [
        "kappa",
        *chosen,
        "--data",
        data,
        "--edits-per-expression",
        str(edits),
        "--out",
        "out",
        "--json",
        "--jobs",
        "1",
        *more,
    ]


def _compare(specs: tuple[str, ...], *more: str, data: str = "sample:8") -> list[str]:
    chosen = [word for spec in specs for word in ("-r", spec)]
    return ["compare", *chosen, "--data", data, "--budget", "tiny", "--out", "out", "--json", "--jobs", "1", *more]


def _check(subject: str) -> list[str]:
    return ["check", subject, "--examples", "12", "--json"]


RUNS: dict[str, list[list[str]]] = {
    "kappa-ode": [_kappa(EVERY)],
    "kappa-bank": [_kappa(FEW, "--metric", "attractor", data="bank", edits=12)],
    "kappa-map": [_kappa((*NOTATIONS, *WRAPPERS), "--domain", "map")],
    "kappa-function": [_kappa((*NOTATIONS, *WRAPPERS), "--domain", "function", "--invalid", "worst")],
    "kappa-own": [_kappa(("infix", "prefix", "postfix", "tree", "rules", "prefix | repeat:3"), "--domain", "boolean:BOOLEAN")],
    **{f"edits-{name}": [_kappa(FEW, "--edits", name)] for name in ("transpose", "coefficient", "tree")},
    "whole-neighborhood": [_kappa(FEW[:2], data="sample:1:5", edits=0)],
    "compare-ode": [_compare((*FEW, "infix | chars | bpe:96"), "--seeds", "2")],
    "compare-map": [_compare(FEW[:2], "--domain", "map", "--objective", "multi-token:2")],
    "compare-function": [_compare(FEW[:2], "--domain", "function", "--metric", "relative-l2")],
    "study": [_compare(FEW[1:], "--study", "hypothesis", "--domain", "map", "--seeds", "2")],
    "search": [
        ["search", "--data", "sample:6", "--trials", "4", "--edits-per-expression", "20", "--out", "out", "--json", "--jobs", "1"]
    ],
    "check": [_check(subject) for subject in SUBJECTS],
    "export": [["export", "-r", "prefix | digits:3 | bpe:96", "--data", "sample:20", "--out", "out", "--json"]],
    "look": [
        ["parse", LORENZ, "--json"],
        *(["tokenize", LORENZ, "-r", spec, "--json"] for spec in FEW),
        ["simulate", LORENZ, "--points", "21", "--json"],
        ["simulate", "x[n+1] = 3.7*x*(1 - x) @ x=0.3; T=20", "--domain", "map", "--json"],
        ["simulate", "sin(3*x) + log(x) @ x=-1..3", "--domain", "function", "--points", "9", "--json"],
        ["lyapunov", "x[n+1] = 3.9*x*(1 - x) @ x=0.3", "--domain", "map", "--json"],
    ],
    "list": [
        ["list", what, "--json"] for what in ("domains", "representations", "codecs", "rewrites", "metrics", "edits", "bank")
    ],
}
"""Plausible edits are the study's: by the models that it trained."""

VOLATILE = re.compile(r"seconds.*|hours|versions|run|sha256")
"""Columns and keys that differ between two runs of one version."""
TABLES = {".csv", ".parquet"}
KEPT = {".csv", ".parquet", ".json", ".txt", ".md", ".tex", ".safetensors"}
LEFT_OUT = ("checkpoints/", "unfinished/", "parts/task.safetensors", "time.json", "cost.json", "index.md")
"""Weights are those of equal histories, and what was learned from shows in them; times differ, and a study's page tells its own,
beside the numbers of verdict.json."""


def record(folder: Path, names: list[str]) -> bool:
    """Whether all commands ran. What each printed is in `<number>.out`."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "COLUMNS": "100"}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH", ""), str(EXAMPLES))))
    good = True
    for name in names or RUNS:
        here, began = folder / name, time.perf_counter()
        here.mkdir(parents=True)
        for number, words in enumerate(RUNS[name]):
            command = [sys.executable, "-P", "-m", "kappabar", *words]
            done = subprocess.run(command, cwd=here, env=environment, capture_output=True, text=True, check=False)
            (here / f"{number}.json").write_text(done.stdout, encoding="utf-8")
            # 1 is a check that failed, which is a verdict too.
            if done.returncode not in ((0, 1) if words[0] == "check" else (0,)):
                good = False
                print(f"{name}: exit {done.returncode}: {done.stderr.strip()[-300:]}")
        print(f"{name}: {time.perf_counter() - began:.0f} s", flush=True)
    return good


def files(folder: Path) -> dict[str, Path]:
    found = {str(p.relative_to(folder)): p for p in sorted(folder.rglob("*")) if p.is_file() and p.suffix in KEPT}
    return {name: path for name, path in found.items() if not any(part in name for part in LEFT_OUT)}


def _is_volatile(name: str) -> bool:
    return VOLATILE.fullmatch(name) is not None


def table(path: Path) -> pl.DataFrame:
    frame = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema=False)
    return frame.drop(c for c in frame.columns if _is_volatile(c))


def tables_differ(a: Path, b: Path) -> Iterator[str]:
    """What differs: columns that one has alone, or the first cell of the first other column. Floats are equal bit for bit."""
    one, two = table(a), table(b)
    if alone := sorted(set(one.columns) ^ set(two.columns)):
        yield f"columns in one alone: {', '.join(alone)}"
    if len(one) != len(two):
        yield f"{len(one)} rows and {len(two)}"
        return
    for column in (c for c in one.columns if c in two.columns):
        x, y = one[column], two[column]
        if x.null_count() == y.null_count() == len(x):
            continue  # no number, and older versions left such a column without a type
        if x.dtype != y.dtype:
            yield f"column {column}: {x.dtype} and {y.dtype}"
        elif _bytes(x) != _bytes(y):
            row = next(i for i in range(len(x)) if _bytes(x[i : i + 1]) != _bytes(y[i : i + 1]))
            yield f"column {column}, row {row}: {x[row]!r} and {y[row]!r}"
            return


def _bytes(values: pl.Series) -> bytes:
    out = io.BytesIO()
    values.rechunk().to_frame().write_ipc(out)
    return out.getvalue()


def plain(document: Any) -> Any:
    """Without what differs between two runs of one version."""
    if isinstance(document, dict):
        return {k: plain(v) for k, v in document.items() if not _is_volatile(k)}
    if not isinstance(document, list):
        return document
    # A study's numbers are named by their columns.
    return [plain(v) for v in document if not (isinstance(v, dict) and _is_volatile(str(v.get("column", ""))))]


def documents_differ(a: Any, b: Any, where: str = "") -> str | None:
    """The first place where two documents differ."""
    if isinstance(a, dict) and isinstance(b, dict):
        if a.keys() != b.keys():
            return f"{where}: keys in one alone: {', '.join(sorted(a.keys() ^ b.keys()))}"
        return next((found for k in a if (found := documents_differ(a[k], b[k], f"{where}.{k}"))), None)
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        pairs = enumerate(zip(a, b, strict=True))
        return next((found for i, (x, y) in pairs if (found := documents_differ(x, y, f"{where}[{i}]"))), None)
    return None if json.dumps(a) == json.dumps(b) else f"{where}: {json.dumps(a)[:60]} and {json.dumps(b)[:60]}"


def differ(a: Path, b: Path) -> Iterator[str]:
    """What differs between two files of one name."""
    if a.suffix in TABLES:
        yield from tables_differ(a, b)
        return
    one, two = a.read_bytes(), b.read_bytes()
    if a.suffix == ".json" and one.strip() and two.strip():
        found = documents_differ(plain(json.loads(one)), plain(json.loads(two)))
        yield from [found] if found else []
    elif one != two:
        lines = zip(one.splitlines(), two.splitlines(), strict=False)
        number = next((i for i, (x, y) in enumerate(lines, 1) if x != y), 0)
        yield f"line {number}" if number else "one is longer"


def compare(first: Path, second: Path) -> bool:
    """Whether all that both hold is equal, and both hold the same files."""
    ours, theirs = files(first), files(second)
    lines = [f"{name}: in {(first if name in ours else second).name} alone" for name in sorted(ours.keys() ^ theirs.keys())]
    for name in (n for n in ours if n in theirs):
        lines += [f"{name}: {found}" for found in differ(ours[name], theirs[name])]
    print("\n".join(lines) if lines else f"equal: {len(ours)} files of {len({n.split('/')[0] for n in ours})} runs")
    return not lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    jobs = parser.add_subparsers(dest="job", required=True)
    recording = jobs.add_parser("record")
    recording.add_argument("folder", type=Path)
    recording.add_argument("runs", nargs="*", metavar="RUN", help=f"of {', '.join(RUNS)}; default: all")
    comparing = jobs.add_parser("compare")
    comparing.add_argument("first", type=Path)
    comparing.add_argument("second", type=Path)
    given = parser.parse_args()
    good = record(given.folder.resolve(), given.runs) if given.job == "record" else compare(given.first, given.second)
    sys.exit(not good)


if __name__ == "__main__":
    main()
