"""κ of a comparison's representations, each expression under parts that were fitted to what the plan says, and all that a page
shows of it beside."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...grammars.errors import EncodeError
from ...grammars.files.write import write_text
from ...grammars.tree import System
from ...representations.representation import Representation
from ..domains.domain import Domain
from ..domains.metrics import Metric
from ..edits.token import TokenEdits
from ..events import Advanced, Event, Finished, Listener, Started, silent
from ..kappa.folded import joined
from ..kappa.kappa import Kappa, measure_all
from ..kappa.measure import NotMeasured, prepare
from ..kappa.tables import load_kappa, save_kappa
from ..kappa.writing import writing
from ..quality.task.folds import FOLDS
from ..results.files import slug, write_json
from ..results.origin import Origin
from .run_data import RunData, run_data


def measure_kappa(folder: Path, spec: str, listen: Listener) -> None:
    """Measure κ of one representation and keep it, with what else is shown of how it writes."""
    shared = run_data(folder)
    groups = [(shared.fit(spec, fold), systems) for fold, systems in shared.measured()]
    listen(Started(stage := f"κ of {groups[0][0].spec}", len(shared.systems)))
    # What one representation skips the others mostly skip too: the table at the end says it once.
    each = [_measured(shared, chosen, systems, _steps(listen)) for chosen, systems in groups]
    listen(Finished(stage))
    kappa = joined(each, [s.name for s in shared.systems])  # `load` makes names unique
    under = {s.name: chosen for chosen, systems in groups for s in systems}
    metric = shared.domain.distance(shared.plan.metric)
    keep_kappa(folder / "parts", kappa, under, shared.systems, domain=shared.domain, metric=metric, origin=shared.origin)


def keep_kappa(
    parts: Path,
    kappa: Kappa,
    under: Mapping[str, Representation],
    systems: Sequence[System],
    *,
    domain: Domain,
    metric: Metric,
    origin: Origin,
) -> None:
    """Keep κ of one representation, and what a page shows of how it writes. `under`: the fit that writes each expression, by its
    name, which is its own; `systems`: all that were given; `origin`: the run that it is of."""
    from ..explore.documents import part

    by_name, name = {s.name: s for s in systems}, slug(kappa.representation)
    measured = [by_name[m.name] for m in kappa.measured]
    beside = [parts / f"{name}.{what}.json" for what in ("vocabulary", "writing", "explorer")]
    documents = [_written(under[s.name], s, domain, metric) for s in measured]
    write_json(beside[0], list(next(iter(under.values())).vocabulary.tokens))
    write_text(beside[1], json.dumps(documents, ensure_ascii=False))
    looked = part(lambda s: under[s.name], measured, domain, metric, kappa.seed)
    write_text(beside[2], json.dumps(looked, ensure_ascii=False, separators=(",", ":")))
    save_kappa(parts, kappa, beside=beside, origin=origin)


def _written(chosen: Representation, system: System, domain: Domain, metric: Metric) -> dict[str, Any]:
    """How it writes a system, bound to it where that takes its behavior."""
    if chosen.framed:
        original = prepare(chosen, system, domain, metric)
        chosen = chosen if isinstance(original, NotMeasured) else original.representation
    return writing(chosen, system, domain.closed).as_dict()


def _measured(shared: RunData, chosen: Representation, systems: Sequence[System], listen: Listener = silent) -> Kappa:
    return measure_all(
        chosen,
        systems,
        shared.domain,
        shared.domain.distance(shared.plan.metric),
        TokenEdits(),
        invalid=shared.plan.invalid,
        edits_per_expression=shared.edits_per_expression,
        seed=shared.plan.seed,
        listen=listen,
    )


def _steps(listen: Listener) -> Listener:
    """What is done, alone: the stage is one for all folds."""

    def quieter(event: Event) -> None:
        if isinstance(event, Advanced):
            listen(event)

    return quieter


def unseen(shared: RunData, number: int) -> Sequence[System]:
    """The measured expressions that say what training `number` makes of tokens: all, or those of the fold that it never saw."""
    return shared.folds.measured(number) if shared.own else shared.systems


def kappa_as_learned(folder: Path, shared: RunData, chosen: Representation, number: int, as_measured: Kappa) -> Kappa:
    """κ of the tokens that training `number` writes: of expressions that it can see, under the fit that it learned.

    Measured once for all trainings of one fit, unless both fits write and read them alike."""
    from ..quality.task.task import takes

    seen = [s for s in unseen(shared, number) if takes(shared.domain, shared.sizes.task, s)]
    if alike(chosen, shared.fit(chosen.spec, number % FOLDS if shared.own else None), seen):
        return as_measured
    parts = folder / "learned" / str(number) if shared.own and number else folder / "learned"
    as_learned = load_kappa(parts, chosen.spec, shared.origin)
    if as_learned is None:
        as_learned = _measured(shared, chosen, seen)
        save_kappa(parts, as_learned, origin=shared.origin)
    return as_learned


def alike(a: Representation, b: Representation, systems: Sequence[System]) -> bool:
    """Whether two fits have one vocabulary, and write and read the systems alike."""
    if a.vocabulary.tokens != b.vocabulary.tokens:
        return False
    try:
        return all(a.encode(s.tree) == b.encode(s.tree) and a.round_trip(s.tree) == b.round_trip(s.tree) for s in systems)
    except EncodeError:
        return False
