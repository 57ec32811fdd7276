"""A run of κ alone: each representation measured once and kept. The table and the page are functions of what is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...grammars.errors import OutputError
from ...grammars.tree import System
from ...representations.representation import Representation
from ..compare.kappas import keep_kappa
from ..compare.plan import fingerprint, origin_of
from ..compare.run_data import EXPRESSIONS, HEADERS, check_expressions
from ..domains.sources import Loaded
from ..kappa.kappa import Kappa
from ..kappa.tables import check_kappa, has_kappa, load_kappa
from ..kappa.unfinished import Unfinished
from ..options.work import Work
from ..results.files import SCHEMA, check_same, claimed, read_header, slug, write_json
from ..results.origin import Origin
from ..results.trees import read_systems, write_systems
from ..results.versions import taken_up, versions
from .job import Job, check_measured
from .plan import KappaPlan

HEADER = "run.json"
COMMAND = "kappa"


def measure(plan: KappaPlan, job: Job, loaded: Loaded, folder: Path, work: Work) -> None:
    """Measure, into the folder, those representations of the plan that it does not hold yet. `loaded`: the job's expressions,
    each under a name of its own.

    Raises `SpecError` for what has no such edits and `OutputError` for a folder that holds another run, before the folder is
    touched; `RunError` where nothing could be measured.
    """
    loaded, job = _as_kept(folder, loaded, job) if work.resume else (loaded, job)
    header = _header(plan, loaded)
    known = read_header(folder / HEADER, resume=True) if work.resume else None
    if known is not None:
        header |= _taken_up(folder, plan, known, header, work.accept_version)
        check_expressions(folder, header, job.domain.operators)
    parts, origin = folder / "parts", origin_of(header)
    missing = [job.fitted(spec) for spec in plan.representations if not (work.resume and _has(parts, spec, origin))]
    with claimed(folder, work.resume, *HEADERS), job.runner(len(missing), work) as running:
        if not (folder / EXPRESSIONS).exists():
            write_systems(folder / EXPRESSIONS, loaded.systems)
        write_json(folder / HEADER, header)
        fruitless = []
        for spec in plan.representations:
            if spec not in [r.spec for r in missing]:
                _unfinished(folder, spec, origin).forget()
        for chosen in missing:
            unfinished = _unfinished(folder, chosen.spec, origin)
            found = job.kappa(chosen, running, work.listen, unfinished.each)
            if found.measured:
                _keep(parts, chosen, found, job, origin)
            else:
                fruitless.append((chosen, found))
            unfinished.forget()
        if len(fruitless) == len(plan.representations):
            check_measured([found for _, found in fruitless])
        for chosen, found in fruitless:
            _keep(parts, chosen, found, job, origin)


def _has(parts: Path, spec: str, origin: Origin) -> bool:
    """Whether κ is kept. Raises `OutputError` where what is there is damaged, or another run's."""
    return check_kappa(parts, spec, origin) is not None and has_kappa(parts, spec)


def _unfinished(folder: Path, spec: str, origin: Origin) -> Unfinished:
    return Unfinished(folder / "unfinished" / slug(spec), origin)


def _keep(parts: Path, chosen: Representation, found: Kappa, job: Job, origin: Origin) -> None:
    under = {s.name: chosen for s in job.systems}
    keep_kappa(parts, found, under, job.systems, domain=job.domain, metric=job.metric, origin=origin)


def _header(plan: KappaPlan, loaded: Loaded) -> dict[str, Any]:
    return {
        "command": COMMAND,
        "schema": SCHEMA,
        "repeat": plan.command(),
        "arguments": plan.as_dict(),
        "versions": versions((plan.domain, plan.metric, plan.edits, *plan.representations)),
        "data": [{"source": source} for source in plan.data],
        "n_systems": len(loaded.systems),
        "systems_sha256": fingerprint(loaded.systems),
        "names_sha256": _names(loaded.systems),
        "skipped": [{"what": f"{s.source} {s.where}", "stage": "reading", "reason": s.reason} for s in loaded.skipped],
    }


def _as_kept(folder: Path, loaded: Loaded, job: Job) -> tuple[Loaded, Job]:
    """Expressions and job under the names that a folder has for the same expressions: a file that is called otherwise, or has a
    comment more, calls them otherwise, and no number depends on it."""
    known = read_systems(folder / EXPRESSIONS, job.domain.operators)
    if known is None or fingerprint(known) != fingerprint(loaded.systems):
        return loaded, job
    return replace(loaded, systems=known), replace(job, systems=known)


def _names(systems: Sequence[System]) -> str:
    """Of what tables call the expressions."""
    return hashlib.sha256("\0".join(s.name for s in systems).encode()).hexdigest()


def _taken_up(
    folder: Path, plan: KappaPlan, known: Mapping[str, Any], header: Mapping[str, Any], accept_version: bool
) -> dict[str, Any]:
    """What the header of a run taken up has of the versions. Raises `OutputError` where a number could differ."""
    if known.get("command") != COMMAND:
        raise OutputError(f"{folder} holds a run of kappabar {known.get('command', 'compare')}; choose another --out")
    begun = KappaPlan.from_dict(known.get("arguments", {}), folder / HEADER)
    otherwise = f"repeat those ({known.get('repeat')}) or choose another --out"
    check_same(begun.decisive(), plan.decisive(), f"{folder} holds a run with other arguments", otherwise)
    if lacking := [spec for spec in begun.representations if spec not in plan.representations]:
        raise OutputError(
            f"{folder} also measures {', '.join(map(repr, lacking))}: there may be more of -r, and not fewer; {otherwise}"
        )
    if any(known.get(name) != header[name] for name in ("systems_sha256", "names_sha256")):
        raise OutputError(
            f"the expressions of {', '.join(plan.data)} are not those that {folder} was begun with; choose another --out"
        )
    return taken_up(known, header["versions"], folder, accept_version)


def kept(folder: Path, plan: KappaPlan, header: Mapping[str, Any]) -> list[Kappa]:
    """κ of the representations that a folder holds, in the order of its plan."""
    found = [load_kappa(folder / "parts", spec, origin_of(header)) for spec in plan.representations]
    unread = tuple((skip["what"], skip["reason"]) for skip in header["skipped"])
    return [replace(kappa, solver=plan.solver, unread=unread) for kappa in found if kappa is not None]
