"""Runs of the same expressions by the same options, of other representations or more trainings, made one: what one run of all of
them would have left. A run of κ alone is merged by the same words."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...grammars.errors import OutputError
from ...grammars.files.write import prepare
from ..results.copied import SPEAKING, Copied
from ..results.files import check_links, check_same, slug, write_json
from ..results.origin import Origin
from ..results.sealed import checksums
from ..results.versions import joint
from .comparison import plan_of
from .own_data import FOLDED, LIKENESS
from .plan import GROWING, ComparisonPlan, origin_of
from .run_data import EXPRESSIONS

HEADER = "run.json"
_ALIKE = ("budget", "precision", "quality_metric", "direction")
"""What a header has besides arguments that numbers depend on."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run that is to be merged with others."""

    folder: Path
    header: Mapping[str, Any]
    specs: tuple[str, ...]

    @property
    def source(self) -> str:
        return ", ".join(str(document["source"]) for document in self.header["data"])

    def files(self) -> Iterator[Path]:
        """What of it is kept, by names within its folder: finished parts, and what belongs to them."""
        ends = [path.name for path in (self.folder / "parts").glob("*.json") if path.name.endswith(SPEAKING)]
        slugs = tuple(slug(spec) for spec in self.specs)
        measured = tuple(f"{s}." for s in slugs if f"{s}.kappa.json" in ends)
        trained = [name.removesuffix(".training.json") for name in ends if name.startswith(measured or "/")]
        of_all = {Path(EXPRESSIONS).name, FOLDED, LIKENESS}
        for name in sorted(path.relative_to(self.folder) for path in self.folder.rglob("*") if path.is_file()):
            room, last = name.parts[0], name.name
            if last.endswith(".partial"):
                continue
            common = room == "parts" and (last in of_all or _is_task(last))
            model = room == "checkpoints" and name.parts[1] in trained
            if common or model or (room in ("parts", "learned", "tokenizer") and last.startswith(measured or "/")):
                yield name


def _is_task(name: str) -> bool:
    return name.startswith("task.") and name.endswith(".safetensors")


def merged(pieces: Sequence[Piece], own: Mapping[str, Any], out: Path) -> None:
    """Copy what the runs hold into the folder `out`, under the first's header with what it has of its `own`. Raises `OutputError`
    where they are no parts of one run, or one is damaged; nothing is then left there."""
    first = {name: value for name, value in pieces[0].header.items() if name != "earlier_versions"}
    header = first | dict(own) | joint([(piece.folder, piece.header) for piece in pieces])
    _check_expressions(pieces)
    for piece in pieces:
        if out.resolve().is_relative_to(piece.folder.resolve()):
            raise OutputError(f"{out} lies in {piece.folder}, which is to stay as it is; choose another --out")
        check_links(piece.folder)
    runs = [piece.header for piece in pieces]
    versions = [v for begun in runs for v in (begun["versions"], *begun.get("earlier_versions", ()))]
    within = Origin.of({}, [v for v in versions if v.items() <= header["versions"].items()]).versions
    made = not out.exists()
    prepare(out, resume=False)
    try:
        copied = Copied(out, origin_of(header))
        for piece in pieces:
            copied.take(piece.folder, piece.files(), origin_of(piece.header), within)
        write_json(out / HEADER, header)
    except BaseException:
        forget(out, made)
        raise


def forget(out: Path, made: bool) -> None:
    """Delete what a merge wrote into a folder that was empty, and the folder where the merge made it."""
    with suppress(OSError):
        for path in out.iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        if made:
            out.rmdir()


def _check_expressions(pieces: Sequence[Piece]) -> None:
    first = pieces[0]
    for piece in pieces:
        if not (piece.folder / EXPRESSIONS).is_file():
            raise OutputError(f"{piece.folder} does not hold its expressions; go on with it once, by --resume, and it does")
        begun, known = piece.header, first.header
        if begun.get("systems_sha256") != known.get("systems_sha256"):
            raise OutputError(
                f"the expressions of {piece.source} in {piece.folder} are not those of {first.source} in {first.folder}; merge "
                "runs of the same expressions"
            )
    names = [checksums([piece.folder / EXPRESSIONS]) for piece in pieces]
    if other := next((piece for piece, digest in zip(pieces, names, strict=True) if digest != names[0]), None):
        raise OutputError(
            f"{other.folder} calls the expressions of {other.source} otherwise than {first.folder} those of {first.source}; "
            "measure with a file of the same name and lines"
        )


def check_alike(pieces: Sequence[Piece], options: Sequence[Mapping[str, Any]]) -> None:
    """Raises `OutputError`, with what differs, where `options`, of each run those that a number depends on, are not the same."""
    first = pieces[0]
    for piece, own in zip(pieces[1:], options[1:], strict=True):
        holds = f"{piece.folder} was measured by other options than {first.folder}"
        otherwise = "merge runs that differ in their representations and seeds alone"
        check_same(own, options[0], holds, otherwise)
        theirs, ours = ({name: p.header.get(name) for name in _ALIKE} for p in (piece, first))
        check_same(theirs, ours, holds, otherwise)


def merge_comparisons(folders: Sequence[tuple[Path, Mapping[str, Any]]], out: Path) -> None:
    """Runs of `compare`, given with their headers, as one in the folder `out`. Raises `OutputError`."""
    plans = [plan_of(header, folder / HEADER) for folder, header in folders]
    pieces = [Piece(f, header, plan.representations) for (f, header), plan in zip(folders, plans, strict=True)]
    for piece, plan in zip(pieces, plans, strict=True):
        if plan.in_rounds:
            raise OutputError(
                f"{piece.folder} goes in rounds, of which what is compared decides the next; run them in one, with more -r"
            )
    check_alike(pieces, [{k: v for k, v in plan.decisive().items() if k not in GROWING} for plan in plans])
    specs = tuple(dict.fromkeys(spec for plan in plans for spec in plan.representations))
    arguments = plans[0].as_dict() | {"representations": list(specs), "seeds": max(plan.seeds for plan in plans)}
    command = ComparisonPlan.from_dict(arguments).command()
    merged(pieces, {"repeat": command, "arguments": arguments}, out)
