"""Where a training stands, kept so that it can go on from there bit for bit.

A checkpoint is two files: tensors as safetensors, everything else as JSON. The JSON names the tensors' file and is put in its
place last, by one rename, after both are on the disk: whenever the process ends, the folder holds the checkpoint before or the
one after, whole.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from ....grammars.errors import OutputError
from ....grammars.files.write import unwritten
from ...results.files import plain_name

if TYPE_CHECKING:
    from ..task.task import Task

_FORMAT = "kappabar training 1"
_HEADER = "training.json"
_SHARE = 0.02
"""The share of the time that writing may take where the caller leaves it to us."""
_SECONDS = 5.0
"""The shortest time between two checkpoints then."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`step`: steps done. `tensors`: by name. `state`: everything else, as JSON."""

    step: int
    tensors: Mapping[str, Tensor]
    state: Mapping[str, Any]


def write(folder: Path, fingerprint: Mapping[str, str], checkpoint: Checkpoint) -> None:
    """Keep a checkpoint in place of the folder's last. Raises `OutputError`."""
    name = f"step-{checkpoint.step:08d}.safetensors"
    data = save({key: t.detach().cpu().contiguous() for key, t in checkpoint.tensors.items()})
    header = {
        "format": _FORMAT,
        "fingerprint": dict(fingerprint),
        "step": checkpoint.step,
        "tensors": name,
        "sha256": hashlib.sha256(data).hexdigest(),
        "state": checkpoint.state,
    }
    partial = folder / f"{_HEADER}.partial"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / name, data)
        _write(partial, json.dumps(header | {"own": _own(header)}, allow_nan=False).encode())
        partial.replace(folder / _HEADER)
        _sync(folder)
        for old in folder.glob("step-*.safetensors"):
            if old.name != name:
                old.unlink()
    except OSError as e:
        raise unwritten(f"cannot keep a checkpoint in {folder}", e, "; choose another folder") from None


def read(folder: Path, fingerprint: Mapping[str, str]) -> Checkpoint | None:
    """The folder's checkpoint, or None where there is none.

    Raises `OutputError` where it is damaged or belongs to another training.
    """
    path = folder / _HEADER
    try:
        header = json.loads(path.read_text(encoding="utf-8"))
        if header.pop("own", None) not in (None, _own(header)):  # older ones have none
            raise OutputError(f"{path} was altered or damaged since it was written; delete {folder} to train from the start")
        if header["format"] != _FORMAT:
            raise OutputError(f"{path} is {header['format']!r}, not {_FORMAT!r}; delete {folder} to train from the start")
        written = header["fingerprint"]
        other = [key for key in fingerprint if written.get(key) != fingerprint[key]]
        if other:
            raise OutputError(
                f"{folder} holds a checkpoint of a training with another {', '.join(other)}; "
                "delete it to train from the start, or choose another folder"
            )
        data = (folder / plain_name(header["tensors"], path)).read_bytes()
        if hashlib.sha256(data).hexdigest() != header["sha256"]:
            raise OutputError(f"{folder / header['tensors']} is damaged; delete {folder} to train from the start")
        return Checkpoint(header["step"], load(data), header["state"])
    except FileNotFoundError:
        if path.exists():
            raise OutputError(f"{path} is there without its tensors; delete {folder} to train from the start") from None
        return None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, SafetensorError) as e:
        raise OutputError(f"cannot read the checkpoint in {folder}: {e}; delete it to train from the start") from None


def _own(header: Mapping[str, Any]) -> str:
    """The header's own checksum: the tensors have theirs in it. Of what JSON makes of it: keys are texts there."""
    return _digest(json.dumps(json.loads(json.dumps(header)), sort_keys=True).encode())


def digest(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 of tensors with their names."""
    return hashlib.sha256(save({key: t.detach().cpu().contiguous() for key, t in tensors.items()})).hexdigest()


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    if os.name == "nt":  # a folder cannot be opened there
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@dataclass(slots=True)
class Clock:
    """When to write: every `every` steps, or, for 0, so seldom that writing takes less than `_SHARE` of the time."""

    every: int
    last: float
    cost: float = 0.0

    def due(self, step: int, now: float) -> bool:
        if self.every:
            return step % self.every == 0
        return now - self.last >= max(_SECONDS, 1.25 * self.cost / _SHARE)

    def wrote(self, began: float, now: float) -> None:
        self.last, self.cost = now, max(self.cost, now - began)


def fingerprint(
    task: Task, encoded: Iterable[Sequence[Sequence[int] | None]], settings: Mapping[str, Mapping[str, Any]]
) -> dict[str, str]:
    """Digests of everything that a training's numbers follow from. `encoded`: parts as a model reads them."""
    digests = {name: _digest(json.dumps(document, sort_keys=True, default=str).encode()) for name, document in settings.items()}
    digests["representation"] = _digest(*(json.dumps(part).encode() for part in encoded))
    parts = (task.train.curves, task.val.curves, task.test.curves)
    arrays = [getattr(c, f.name) for c in parts for f in fields(c)]
    words = json.dumps([task.domain.name, task.seed, repr(task.config)]).encode()
    digests["task"] = _digest(words, *(np.ascontiguousarray(a).tobytes() for a in arrays))
    return digests


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()
