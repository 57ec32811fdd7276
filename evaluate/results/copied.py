"""Parts of a run's folder copied to another, each looked at by its seal on the way: what was altered or damaged goes nowhere."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...grammars.errors import OutputError
from ...grammars.files.write import write_whole
from .files import read_json, write_json
from .origin import MADE, Origin
from .sealed import checksums
from .shape import AGAIN, check_shape
from .trees import unpacked

SPEAKING = (".kappa.json", ".training.json", "model.json")
"""Ends of documents that have the checksums of the files beside them."""
_CHUNK = 1 << 20
_TIME = "seconds"
"""What names of what differs between two trainings that are one begin with."""


@dataclass(slots=True)
class Copied:
    """What is copied into the folder `target`, of one run after the other: each file of the first that has it. `mark`: the origin
    that parts say there; None to leave what they say."""

    target: Path
    mark: Origin
    _from: dict[Path, Path] = field(default_factory=dict)

    def take(self, folder: Path, names: Iterable[Path], origin: Origin, marked: Iterable[str]) -> None:
        """The files `names` of the run in `folder`. `origin`: the run
        that its parts are to be of; `marked`: versions of parts that are now said to be of the mark's.

        Raises `OutputError` where one is damaged or another's, or is not what the run before has under its name."""
        names, again = list(names), set(marked)
        known = _spoken_for(folder, [name for name in names if name.name.endswith(SPEAKING)])
        for name in names:
            if name.suffix == ".json" and isinstance(document := read_json(folder / name), dict):
                self._document(folder, name, document, origin, again)
            else:
                self._file(folder, name, known.get(name))

    def _document(self, folder: Path, name: Path, document: dict[str, Any], origin: Origin, again: set[str]) -> None:
        path = folder / name
        origin.check(document, path)
        if name in self._from:
            if _lasting(document) != _lasting(read_json(self.target / name)):
                raise OutputError(f"{path} and {self._from[name]} are of one measurement and differ; merge one of the two alone")
            return
        made = document.get(MADE)
        if made is None or made.get("versions") not in again:
            _copy(path, self.target / name, None)
        else:
            write_json(self.target / name, document | self.mark.mark((self.target / name).parent))
        self._from[name] = path

    def _file(self, folder: Path, name: Path, digest: str | None) -> None:
        path, target = folder / name, self.target / name
        if name in self._from:
            if name.parts[0] != "checkpoints" and checksums([path]) != checksums([target]):
                raise OutputError(f"{path} and {self._from[name]} differ: they are no parts of one run")
            return
        if name.suffix == ".safetensors" and name.parts[0] == "parts":
            _check_packed(path)
        _copy(path, target, digest)
        self._from[name] = path


def _spoken_for(folder: Path, parts: Iterable[Path]) -> dict[Path, str]:
    """The files that parts of a run have the checksums of. Raises `OutputError` where a part is damaged, or a file is missing."""
    known: dict[Path, str] = {}
    for name in parts:
        document = read_json(folder / name)
        check_shape(document, {"files?": {"*": str}}, folder / name, AGAIN)
        for file, digest in document.get("files", {}).items():
            beside = name.parent / Path(file).name
            if not (folder / beside).is_file():
                raise OutputError(f"{folder / beside} is missing, and {folder / name} is not whole without it; {AGAIN}")
            known[beside] = digest
    return known


def _copy(path: Path, target: Path, digest: str | None) -> None:
    """Raises `OutputError` where what is read is not what `digest` was taken of."""

    def through(temporary: Path) -> None:
        summed = hashlib.sha256()
        with path.open("rb") as source, temporary.open("wb") as file:
            while data := source.read(_CHUNK):
                summed.update(data)
                file.write(data)
        if digest is not None and summed.hexdigest() != digest:
            raise OutputError(f"{path} was altered or damaged since it was written: its checksum is another; {AGAIN}")

    write_whole(target, through)


def _check_packed(path: Path) -> None:
    from safetensors import SafetensorError

    try:
        unpacked(path.read_bytes())
    except (LookupError, TypeError, ValueError, SafetensorError) as e:
        raise OutputError(f"cannot read {path}: {' '.join(str(e).split())[:200]}; {AGAIN}") from None


def _lasting(value: Any, left: tuple[str, ...] = ("files", MADE)) -> Any:
    """A document without what two of one measurement differ in: who made it, the files that it speaks for, which are compared
    themselves, and the time that anything took."""
    if isinstance(value, Mapping):
        return {key: _lasting(one, ()) for key, one in value.items() if key not in left and not key.startswith(_TIME)}
    return [_lasting(one, ()) for one in value] if isinstance(value, list) else value
