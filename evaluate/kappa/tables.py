"""κ as tables: what a run's folder keeps of one representation, and what it is read from again."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...grammars.errors import OutputError
from ...grammars.files.write import write_text
from ..domains.metrics import EPSILON
from ..edits.base import Undrawn
from ..results.categorical import Categorical
from ..results.files import is_kept, read_json, slug, write_frame, write_json
from ..results.origin import Origin
from ..results.sealed import check_files, checksums
from ..results.shape import AGAIN
from ..statistics.estimate import Estimate, plain
from ..statistics.intervals import mean_estimate
from ..tables.folder import EDITS, TOKENS
from ..tables.robustness import REWRITINGS, ROBUSTNESS
from .intrinsic import Intrinsic
from .kappa import Kappa
from .kept import check_edits, check_header
from .measure import OUTCOMES, Measured, NotMeasured
from .rewritten import Changes

if TYPE_CHECKING:
    import polars as pl


def edit_frame(kappa: Kappa) -> pl.DataFrame:
    """One row per edit: representation, expression, kind, token class, position, new token id and text, outcome, reason,
    distance.

    `token_text` is null where no token is new, and where κ was measured without `intrinsic`.
    """
    import polars as pl

    lengths = [len(m.kinds) for m in kappa.measured]
    item = np.repeat(np.arange(len(lengths)), lengths)
    names = pl.Series([m.name for m in kappa.measured], dtype=pl.String)

    def words(columns: Sequence[Categorical]) -> pl.Series:
        parts = [pl.Series(c.names, dtype=pl.String).gather(c.codes) for c in columns]
        return pl.concat(parts) if parts else pl.Series([], dtype=pl.String)

    def joined(arrays: Sequence[Any], dtype: Any) -> Any:
        return np.concatenate([*arrays, np.zeros(0, dtype)]).astype(dtype)

    tokens = joined([m.tokens for m in kappa.measured], np.int64)
    vocabulary = pl.Series(() if kappa.intrinsic is None else kappa.intrinsic.vocabulary, dtype=pl.String)
    known = pl.Series(np.where((tokens >= 0) & (tokens < len(vocabulary)), tokens, len(vocabulary)))
    return EDITS.typed(
        {
            "representation": pl.Series([kappa.representation], dtype=pl.String).gather([0] * len(item)),
            "expression": names.gather(item),
            "item": pl.Series(item, dtype=pl.Int64),
            "kind": words([m.kinds for m in kappa.measured]),
            "class": words([m.classes for m in kappa.measured]),
            "position": pl.Series(joined([m.positions for m in kappa.measured], np.int64)),
            "token": pl.Series(tokens),
            "token_text": vocabulary.extend(pl.Series([None], dtype=pl.String)).gather(known),
            "tree": pl.Series(joined([m.trees for m in kappa.measured], np.int64)),
            "outcome": words([m.outcomes for m in kappa.measured]),
            "reason": words([m.reasons for m in kappa.measured]),
            "distance": pl.Series(joined([m.distance for m in kappa.measured], np.float64), nan_to_null=True),
            "weight": pl.Series(
                joined([np.ones(len(m.kinds)) if m.weights is None else m.weights for m in kappa.measured], np.float64)
            ),
        }
    )


def token_frame(kappa: Kappa) -> pl.DataFrame:
    """One row per token of each expression, to read the positions in `edit_frame` by; empty where κ has no `intrinsic`."""
    intrinsic = kappa.intrinsic
    rows = [
        dict(zip(TOKENS.stored, (kappa.representation, m.name, item, position, token, intrinsic.vocabulary[token]), strict=True))
        for item, m in enumerate(kappa.measured)
        if intrinsic is not None
        for position, token in enumerate(intrinsic.sequence(item))
    ]
    return TOKENS.frame(rows)


def save_kappa(folder: Path, kappa: Kappa, *, beside: Sequence[Path] = (), origin: Origin | None = None) -> None:
    """Keep the κ of one representation: its edits as a table, the rest beside it, last, with the checksums of the table and of
    the files `beside` it."""
    name = slug(kappa.representation)
    files = [*beside, folder / f"{name}.edits.parquet"]
    write_frame(files[-1], edit_frame(kappa))
    if rewritings := list(kappa.robustness.rewritings()):
        files.append(folder / f"{name}.rewritings.parquet")
        write_frame(files[-1], REWRITINGS.frame(rewritings))
    header = {
        "representation": kappa.representation,
        "domain": kappa.domain,
        "metric": kappa.metric,
        "invalid": kappa.invalid,
        "edits": kappa.edits,
        "d_max": kappa.d_max if np.isfinite(kappa.d_max) else None,
        "seed": kappa.seed,
        "intrinsic": None if kappa.intrinsic is None else kappa.intrinsic.document(),
        "epsilon": kappa.epsilon,
        "measured": [_row(m) for m in kappa.measured],
        "skipped": [[s.name, s.reason] for s in kappa.skipped],
        "notes": list(kappa.notes),
        "files": checksums(files),
    }
    if kappa.coefficient is not None:
        header["coefficient"] = kappa.coefficient.as_dict()
    write_json(folder / f"{name}.kappa.json", header | (origin.mark(folder) if origin else {}))


def has_kappa(folder: Path, spec: str) -> bool:
    """Whether κ is kept for a spec: of its edits, which may be millions, only the foot of their table is read, which is there
    where all of the table is. Raises `OutputError` where the table is cut off, or lacks a column."""
    if not is_kept(folder / f"{slug(spec)}.kappa.json"):
        return False
    _edits(folder, spec, rows=0)
    return True


def kept_tokens(folder: Path, spec: str) -> float:
    """Tokens per expression of the κ kept for a spec, its edits unread; 0 where there is none."""
    header = read_json(folder / f"{slug(spec)}.kappa.json")
    return 0.0 if header is None else mean_estimate([float(row[2]) for row in header["measured"]], (0.0, math.inf)).value


def _edits(folder: Path, spec: str, rows: int | None = None) -> pl.DataFrame:
    name = slug(spec)
    return EDITS.read(folder / f"{name}.edits.parquet", _again(folder, spec), rows)


def _again(folder: Path, spec: str) -> str:
    """What to do where it is damaged; its trainings may stay."""
    return f"delete {folder / slug(spec)}.kappa.json and go on with --resume, to measure κ of {spec!r} again"


def load_kappa(folder: Path, spec: str, origin: Origin | None = None) -> Kappa | None:
    """The κ kept for a spec, or None. `origin`: the run that it is to be of. Raises `OutputError` where it or its edits are
    damaged, or another's."""
    path = folder / f"{slug(spec)}.kappa.json"
    header = check_kappa(folder, spec, origin)
    if header is None:
        return None
    try:
        return _loaded(header, _edits(folder, spec), _changes(folder / f"{slug(spec)}.rewritings.parquet"))
    except (LookupError, TypeError, ValueError, OverflowError) as e:
        raise OutputError(f"{path} does not fit its edits: {' '.join(str(e).split())[:200]}; {AGAIN}") from None


def check_kappa(folder: Path, spec: str, origin: Origin | None = None) -> dict[str, Any] | None:
    """What is kept beside the edits, or None. Raises `OutputError` where it is damaged or another's, or files that it speaks for
    are, unread."""
    path = folder / f"{slug(spec)}.kappa.json"
    header: dict[str, Any] | None = read_json(path)
    if header is None:
        return None
    check_header(header, spec, path)
    if origin:
        origin.check(header, path)
    check_files(folder, header.get("files", {}), _again(folder, spec))
    return header


def _loaded(header: Mapping[str, Any], frame: pl.DataFrame, changes: Mapping[int, Changes]) -> Kappa:
    parts = {int(k[0]): g for k, g in frame.group_by("item", maintain_order=True)}
    rows = enumerate(header["measured"])
    check_edits(parts, header)
    measured = [replace(_measured(row, parts.get(i, frame.clear())), changes=changes.get(i)) for i, row in rows]
    skipped = [NotMeasured(n, reason) for n, reason in header["skipped"]]
    d_max = float("inf") if header["d_max"] is None else header["d_max"]
    document, nudged = header.get("intrinsic"), header.get("coefficient")
    return Kappa(
        representation=header["representation"],
        domain=header["domain"],
        metric=header["metric"],
        invalid=header["invalid"],
        edits=header["edits"],
        measured=tuple(measured),
        skipped=tuple(skipped),
        d_max=d_max,
        seed=header["seed"],
        intrinsic=None if document is None else Intrinsic.from_document(document),
        notes=tuple(header.get("notes", ())),
        epsilon=header.get("epsilon", EPSILON),
        coefficient=None if nudged is None else Estimate.from_dict(nudged),
    )


def _changes(path: Path) -> dict[int, Changes]:
    """What is kept of rewritings, by expression; nothing where the edits were none."""
    if not path.is_file():
        return {}
    frame = REWRITINGS.read(path, "delete it and the .kappa.json beside it, and repeat with --resume")
    found = {}
    for key, part in frame.group_by("item", maintain_order=True):
        counts = (part[name].fill_null(-1).to_numpy().astype(np.int32) for name in ("tokens", "apart", "kept"))
        found[int(key[0])] = Changes(tuple(part["text"]), *counts)
    return found


def _row(m: Measured) -> list[Any]:
    """What is kept of an expression beside its edits; last those that have no row: how many tokens they are to, and the classes
    of those that they touch."""
    undrawn = None if m.undrawn is None else [m.undrawn.foreign, list(m.undrawn.classes)]
    return [m.name, m.size, m.n_tokens, plain(m.fidelity_error), m.repeats, m.n_left_out, undrawn]


def _measured(row: Sequence[Any], edits: pl.DataFrame) -> Measured:
    kinds, classes, reasons = (Categorical.of(edits[c].to_list()) for c in ("kind", "class", "reason"))
    positions, tokens, trees = (edits[c].to_numpy().astype(np.int32) for c in ("position", "token", "tree"))
    distance = edits["distance"].fill_null(float("nan")).to_numpy()
    weights = edits["weight"].to_numpy()
    name, size, n_tokens, fidelity, *rest = row  # the last three are new: runs of an older version do not have them
    error = math.nan if fidelity is None else float(fidelity)  # float("inf") reads what JSON cannot hold
    return Measured(
        name=name,
        size=size,
        n_tokens=n_tokens,
        fidelity_error=error,
        kinds=kinds,
        classes=classes,
        positions=positions,
        tokens=tokens,
        outcomes=Categorical.of(edits["outcome"].to_list(), OUTCOMES),
        reasons=reasons,
        distance=distance,
        trees=trees,
        weights=weights if (weights != 1.0).any() else None,
        repeats=bool(rest and rest[0]),
        n_left_out=int(rest[1]) if len(rest) > 1 else 0,
        undrawn=Undrawn(int(rest[2][0]), Categorical.of(rest[2][1])) if len(rest) > 2 and rest[2] else None,
    )


def write_kappa(folder: Path, results: Iterable[Kappa]) -> None:
    """What `kappabar kappa --out` writes into a prepared folder: `kappa.json`, `edits.parquet` and `tokens.parquet`; of natural
    edits also `rewritings.parquet` and `robustness.csv`."""
    import polars as pl

    kappas = list(results)
    write_json(folder / "kappa.json", [k.as_dict() for k in kappas])
    write_frame(folder / EDITS.name, pl.concat([edit_frame(k) for k in kappas]))
    write_frame(folder / TOKENS.name, pl.concat([token_frame(k) for k in kappas]))
    if rows := [row for k in kappas for row in k.robustness.rows()]:
        write_frame(folder / REWRITINGS.name, REWRITINGS.frame([row for k in kappas for row in k.robustness.rewritings()]))
        write_text(folder / ROBUSTNESS.name, ROBUSTNESS.frame(rows).write_csv())
