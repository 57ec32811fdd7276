"""A run's folder: what has been measured so far, in parts that survive an interruption, and the tables made of them.

Each finished part (the κ of one representation, one training) is a file under `parts/`, written atomically. Everything else in
the folder is a function of the parts and of `run.json`, so that a page can be built again from a half-finished run.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..grammars.errors import OutputError
from .kappa import Kappa
from .measure import Measured, NotMeasured

if TYPE_CHECKING:
    import polars as pl


def slug(spec: str) -> str:
    """A file name for a spec: readable, and distinct for distinct specs."""
    readable = "".join(c if c.isalnum() else "-" for c in spec).strip("-")[:40]
    return f"{readable}-{hashlib.sha256(spec.encode()).hexdigest()[:8]}"


def prepare(folder: Path, resume: bool) -> None:
    """Make the folder. Raises `OutputError` where it cannot be written, or holds files and `resume` was not asked for."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not resume and any(folder.iterdir()):
            raise OutputError(f"{folder} is not empty; choose another --out, or add --resume to go on with the run in it")
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as e:
        raise OutputError(f"cannot write to {folder}: {e.strerror or e}; choose another --out") from None


def write_text(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all. Raises `OutputError`."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as e:
        raise OutputError(f"cannot write {path}: {e.strerror or e}") from None


def write_json(path: Path, document: Any) -> None:
    write_text(path, json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def read_json(path: Path) -> Any:
    """The document, or None where there is no such file. Raises `OutputError` where it is damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as e:
        raise OutputError(f"cannot read {path}: {e}; delete it to measure that part again") from None


def write_frame(path: Path, frame: pl.DataFrame) -> None:
    """Write a table as Parquet, whole or not at all. Raises `OutputError`."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(temporary)
        temporary.replace(path)
    except OSError as e:
        raise OutputError(f"cannot write {path}: {e.strerror or e}") from None


_EDIT_COLUMNS = ("kind", "class", "position", "token", "outcome", "reason", "distance")


def edit_frame(kappa: Kappa) -> pl.DataFrame:
    """One row per edit: representation, expression, kind, token class, position, new token id, outcome, reason, distance."""
    import polars as pl

    lengths = [len(m.kinds) for m in kappa.measured]
    return pl.DataFrame(
        {
            "representation": [kappa.representation] * sum(lengths),
            "expression": [m.name for m, n in zip(kappa.measured, lengths, strict=True) for _ in range(n)],
            "item": pl.Series([i for i, n in enumerate(lengths) for _ in range(n)], dtype=pl.Int64),
            "kind": [k for m in kappa.measured for k in m.kinds],
            "class": [c for m in kappa.measured for c in m.classes],
            "position": pl.Series([p for m in kappa.measured for p in m.positions], dtype=pl.Int64),
            "token": pl.Series([t for m in kappa.measured for t in m.tokens], dtype=pl.Int64),
            "outcome": [o for m in kappa.measured for o in m.outcomes],
            "reason": [r for m in kappa.measured for r in m.reasons],
            "distance": pl.Series(np.concatenate([m.distance for m in kappa.measured] or [np.zeros(0)]), nan_to_null=True),
        },
        schema_overrides=dict.fromkeys(("representation", "expression", "kind", "class", "outcome", "reason"), pl.String),
    )


def save_kappa(folder: Path, kappa: Kappa) -> None:
    """Keep the κ of one representation: its edits as a table, the rest beside it."""
    name = slug(kappa.representation)
    write_frame(folder / f"{name}.edits.parquet", edit_frame(kappa))
    header = {
        "representation": kappa.representation,
        "domain": kappa.domain,
        "metric": kappa.metric,
        "invalid": kappa.invalid,
        "edits": kappa.edits,
        "d_max": kappa.d_max if np.isfinite(kappa.d_max) else None,
        "seed": kappa.seed,
        "measured": [[m.name, m.size, m.n_tokens, m.fidelity_error] for m in kappa.measured],
        "skipped": [[s.name, s.reason] for s in kappa.skipped],
    }
    write_json(folder / f"{name}.kappa.json", header)


def load_kappa(folder: Path, spec: str) -> Kappa | None:
    """The κ kept for a spec, or None."""
    import polars as pl

    name = slug(spec)
    header = read_json(folder / f"{name}.kappa.json")
    if header is None:
        return None
    frame = pl.read_parquet(folder / f"{name}.edits.parquet")
    parts = {int(k[0]): g for k, g in frame.group_by("item", maintain_order=True)}
    measured = [_measured(row, parts.get(i, frame.clear())) for i, row in enumerate(header["measured"])]
    skipped = [NotMeasured(n, reason) for n, reason in header["skipped"]]
    d_max = float("inf") if header["d_max"] is None else header["d_max"]
    return Kappa(
        header["representation"], header["domain"], header["metric"], header["invalid"], header["edits"],
        tuple(measured), tuple(skipped), d_max, header["seed"],
    )  # fmt: skip


def _measured(row: Sequence[Any], edits: pl.DataFrame) -> Measured:
    kinds, classes, positions, tokens, outcomes, reasons = (tuple(edits[c].to_list()) for c in _EDIT_COLUMNS[:-1])
    distance = edits["distance"].cast(float).fill_null(float("nan")).to_numpy()
    name, size, n_tokens, fidelity = row
    return Measured(name, size, n_tokens, fidelity, kinds, classes, positions, tokens, outcomes, reasons, distance)


def write_kappa(folder: Path, results: Iterable[Kappa]) -> None:
    """What `kappabar kappa --out` writes into a prepared folder: `kappa.json` and `edits.parquet`."""
    import polars as pl

    found = list(results)
    write_json(folder / "kappa.json", [k.as_dict() for k in found])
    write_frame(folder / "edits.parquet", pl.concat([edit_frame(k) for k in found]))
