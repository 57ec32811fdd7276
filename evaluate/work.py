"""The tasks of a comparison, each a function of the run's folder: the κ of one representation, one training.

Everything they need follows from `run.json`, so they run in any process, in any order, with equal results.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..grammars.errors import OutputError
from ..grammars.tree import System
from ..representations.representation import Representation, representation
from .domains import Domain
from .domains import domain as find_domain
from .edits.token import TokenEdits
from .events import Advanced, Event, Finished, Listener, Skipped, Started
from .kappa import measure_all
from .metrics import metric as find_metric
from .plan import Plan
from .run_folder import read_json, save_kappa, slug, write_json, write_text
from .sources import load
from .writing import writing

if TYPE_CHECKING:
    from .ntp.presets import Preset
    from .ntp.task import Floors, Task


@dataclass(frozen=True, slots=True)
class Bench:
    """What all tasks of a run share: the systems measured, the learning task, and what needs no model, its floors."""

    plan: Plan
    edits_per_expression: int
    sizes: Preset
    place: Domain
    systems: tuple[System, ...]
    task: Task
    floors: Floors

    def fit(self, spec: str) -> Representation:
        """The representation, fitted to the expressions that are learned from and those that are measured."""
        corpus: Sequence[System] = [*self.task.train.systems, *self.systems]
        return representation(spec, self.place.name, corpus=corpus, closed=self.place.closed)


_benches: dict[tuple[str, str], Bench] = {}


def bench(folder: Path, listen: Listener) -> Bench:
    """The bench of a run, built once per process. Only the last one is kept: it is large."""
    header = read_json(folder / "run.json")
    if header is None:
        raise OutputError(f"{folder} holds no run.json")
    key = (str(folder.resolve()), repr((header["arguments"], header["budget"])))
    if key not in _benches:
        stage = "sampling systems to learn from"
        listen(Started(stage, 1))
        _benches.clear()
        _benches[key] = _build(Plan.from_dict(header["arguments"]), header["budget"])
        listen(Finished(stage))
    return _benches[key]


def _build(plan: Plan, budget: dict[str, Any]) -> Bench:
    from .ntp.presets import Preset
    from .ntp.task import build_task, floors

    place = find_domain(plan.domain)
    systems = load(list(plan.data), place, seed=plan.seed, strict=plan.strict).systems
    sizes = Preset.from_dict(budget["sizes"])
    task = build_task(place, sizes.task, plan.seed)
    return Bench(plan, budget["edits_per_expression"], sizes, place, tuple(systems), task, floors(task))


def measure_kappa(folder: Path, spec: str, listen: Listener) -> None:
    """Measure κ of one representation and keep it."""
    shared = bench(folder, listen)
    plan = shared.plan
    chosen = shared.fit(spec)
    found = measure_all(
        chosen, shared.systems, shared.place, find_metric(plan.metric), TokenEdits(), plan.invalid,
        shared.edits_per_expression, plan.seed, _without_skips(listen),
    )  # fmt: skip
    write_json(folder / "parts" / f"{slug(spec)}.vocabulary.json", list(chosen.vocabulary.tokens))
    by_name = {s.name: s for s in shared.systems}  # `load` makes names unique
    measured = [by_name[m.name] for m in found.measured]
    documents = [writing(chosen, s).as_dict() for s in measured]
    write_text(folder / "parts" / f"{slug(spec)}.writing.json", json.dumps(documents, ensure_ascii=False))
    save_kappa(folder / "parts", found)


def _without_skips(listen: Listener) -> Listener:
    """What one representation skips the others mostly skip too: the table at the end says it once."""

    def quieter(event: Event) -> None:
        if not isinstance(event, Skipped):
            listen(event)

    return quieter


def learn(folder: Path, spec: str, number: int, listen: Listener) -> None:
    """Train seed `number` on one representation, measure its quality, and keep both."""
    from .ntp.quality import quality
    from .ntp.train import one_thread, train

    shared = bench(folder, listen)
    sizes = shared.sizes
    chosen = shared.fit(spec)
    seed = shared.plan.seed * 1000 + number
    stage = f"training on {spec}" + (f", seed {number}" if number else "")
    listen(Started(stage, sizes.train.steps))

    def on_step(_step: int, loss: float) -> None:
        listen(Advanced(stage, 1, f"{loss:.1f} bits"))

    # Sums in another order differ in their last bits, and training magnifies that: one thread, whatever the machine has.
    with one_thread():
        trained = train(shared.task, chosen, sizes.model, sizes.train, seed, on_step)
        result = quality(shared.task, chosen, trained, sizes.quality, seed, shared.floors)
    listen(Finished(stage))
    name = f"{slug(spec)}.{number}"
    trained.save(folder / "checkpoints" / name)
    problems = [] if trained.status == "ok" else [trained.status]
    if trained.dropped:
        problems.append(f"{trained.dropped} training expressions longer than {sizes.train.max_tokens} tokens left out")
    document = {
        "number": number,
        "history": [
            {"representation": spec, "seed": number, "bits": row["val_bits_per_expression"], **row} for row in trained.history
        ],
        "samples": [row | {"seed": number} for row in result.rows],
        "summary": result.summary,
        "parameters": trained.parameters,
        "problems": problems,
    }
    # Last, so that a part that is there is whole.
    write_json(folder / "parts" / f"{name}.training.json", document)
