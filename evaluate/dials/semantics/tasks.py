"""The work of a study of the semantics dial, each a function of its folder: what trainings of a family share, and one training,
which is scored at every level."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from ....grammars.errors import OutputError
from ....grammars.tree import Node
from ....representations.representation import Representation
from ....tokenizers.base import Invalid
from ...events import Advanced, Finished, Listener, Started
from ...results.files import read_json, write_json
from ...results.origin import Origin
from ...results.shape import AGAIN, check_shape
from ...streams import generator
from ...streams import number as stream
from ...tables.column import Row
from ...tables.dials import SEMANTICS_DIAL
from ..answers import answers
from ..base import sizes_of
from ..code.codes import natural
from ..code.writing import written
from ..parts import header_of, keep
from ..shared import Shared
from .plan import SemanticsPlan, Training
from .space import Space, Split, space, split

if TYPE_CHECKING:
    from ...quality.model.trained import Trained
    from ...quality.task.task import Task
    from ...quality.training.presets import Preset
    from .lines import Lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a study has settled of a family. `parts`: which expressions are learned from and tested."""

    plan: SemanticsPlan
    whole: Space
    parts: Split
    representation: Representation
    sizes: Preset
    origin: Origin


@dataclass(frozen=True, slots=True)
class FamilyData:
    """What all trainings of a family share. `tasks`: by level."""

    given: Given
    tasks: tuple[Task, ...]
    lines: Lines


def prepared(folder: Path, name: str, listen: Listener) -> None:
    """Make what the trainings of a family share, where it is not there yet."""
    stage = f"simulating all expressions of {name}, and what can be known of them"
    listen(Started(stage, 1))
    SHARED.of(folder, name)
    listen(Finished(stage))


def _built(folder: Path, plan: SemanticsPlan, precision: str, origin: Origin, name: str) -> FamilyData:
    from .lines import SHAPE, Lines

    given = _given(plan, name, precision, origin)
    where, count = folder / "parts" / f"{name}.json", len(given.whole.family.levels)
    tasks, document = _tasks(folder, given), read_json(where)
    if tasks is None or document is None:
        tasks, found = _made(folder, given)
        document = found.as_dict()
        write_json(where, document | origin.mark(where.parent))
    check_shape(document, SHAPE | {"made?": {"*": str}}, where, AGAIN)
    origin.check(document, where)
    if {count} != {len(document["levels"]), len(document["cells"]), *map(len, document["cells"])}:
        raise OutputError(f"{where} is damaged: it is not of {count} levels; {AGAIN}")
    return FamilyData(given, tasks, Lines.from_dict(document))


SHARED = Shared(SemanticsPlan.from_dict, _built)


def _given(plan: SemanticsPlan, name: str, precision: str, origin: Origin) -> Given:
    family = plan.family(name)
    whole = space(family, plan.shape)
    chosen = sizes_of(plan)
    parts = split(len(whole), chosen.task, plan.seed)
    config = replace(chosen.task, n_train=len(parts.train), n_val=len(parts.val), n_test=len(parts.test))
    values, variables = family.values(plan.shape.words), whole.domain.parse(family.text).dim
    return Given(
        plan=plan,
        whole=whole,
        parts=parts,
        representation=written(whole.domain, natural(plan.shape), plan.shape, values, variables, "natural"),
        sizes=replace(chosen, task=config, train=replace(chosen.train, precision=precision, branches=0)),
        origin=origin,
    )


def _place(folder: Path, given: Given, level: int) -> tuple[Path, dict[str, Any]]:
    """Where the task of a level is kept, and its key."""
    from ...quality.task.saved import task_key

    family = given.whole.family
    options = {"study": given.origin.run, "family": family.name, "level": family.levels[level]}
    key = task_key(family.domain, options, given.sizes.task, given.plan.seed)
    return folder / "parts" / f"{family.name}-{level:02d}.safetensors", key


def _tasks(folder: Path, given: Given) -> tuple[Task, ...] | None:
    """The tasks of all levels, where all are kept."""
    from ...quality.task.saved import read_task

    found = []
    for level in range(len(given.whole.family.levels)):
        one = read_task(*_place(folder, given, level), given.whole.domain, given.sizes.task, given.plan.seed)
        if one is None:
            return None
        found.append(one[0])
    return tuple(found)


def _made(folder: Path, given: Given) -> tuple[tuple[Task, ...], Lines]:
    """The tasks, which are kept, and the lines beside them."""
    from ...quality.task.saved import write_task
    from ...quality.task.task import floors
    from .lines import Learned, lines
    from .space import meaning, seen, task_of

    whole, config, plan = given.whole, given.sizes.task, given.plan
    learned = []
    for level, horizon in enumerate(whole.family.levels):
        of = meaning(whole, horizon, config.times)
        every = seen(whole, of, config.points)
        task = task_of(whole, of, every, given.parts, config, plan.seed)
        learned.append(Learned(of, every, task, floors(task)))
        write_task(*_place(folder, given, level), task, learned[-1].floors)
    found = lines(whole, learned, given.parts, given.representation, rows=plan.edited, limit=plan.edits, seed=plan.seed)
    return tuple(one.task for one in learned), found


def learn(folder: Path, draw: int, listen: Listener) -> None:
    """Train, write for the tests, score what was written at every level, and keep the rows."""
    from ...quality.model.precision import one_thread

    plan = SemanticsPlan.from_dict(header_of(folder)["arguments"])
    training = plan.trainings[draw]
    shared = SHARED.of(folder, training.family.name)
    stage = f"training {draw + 1}, {training.family.name} at {training.family.levels[training.level]:g}"
    listen(Started(stage, shared.given.sizes.train.steps))
    unfinished = folder / "unfinished" / f"{draw:04d}"
    with one_thread():
        rows = _trained(shared, training, unfinished, stage, listen)
    listen(Finished(stage))
    keep(folder, draw, rows, shared.given.origin)
    shutil.rmtree(unfinished, ignore_errors=True)


def _trained(shared: FamilyData, training: Training, unfinished: Path, stage: str, listen: Listener) -> list[Row]:
    """A row for every level that is scored."""
    from ...quality.training.train import train

    task, seed = shared.tasks[training.level], stream(shared.given.plan.seed, "training", training.seed)
    done = train(
        task,
        shared.given.representation,
        shared.given.sizes.model,
        shared.given.sizes.train,
        seed,
        on_step=lambda step, _loss: listen(Advanced(stage, 1)),
        checkpoints=unfinished,
    )
    known: Row = {
        "status": done.status,
        "sequences": sequences(task, shared.given.representation, shared.given.sizes, seed),
        "tokens": fmean(len(shared.given.representation.encode(item.system.tree)) for item in task.items),
    }
    trees = None
    if done.status == "ok":
        last = done.history[-1]
        trees, drawn = (answers(task, shared.given.representation, done, seed, temperature) for temperature in (0.0, 1.0))
        right = fmean(tree == item.system.tree for tree, item in zip(trees, task.items, strict=True))
        valid = fmean(isinstance(tree, Node) for tree in trees)
        known |= {"bits": last["val_bits_per_expression"], "flops": last["flops"], "right": right, "valid": valid}
    rows = []
    for level in range(len(shared.tasks)):
        more = {} if trees is None else _scored(shared, level, trees, drawn, seed) | {"weights": weights(done)}
        nothing: Row = {column.name: None for column in SEMANTICS_DIAL}
        rows.append(SEMANTICS_DIAL.row(nothing | known | _beside(shared, training, level) | more))
    return rows


def _beside(shared: FamilyData, training: Training, level: int) -> Row:
    """What is known of a cell without a model."""
    scored, observed = shared.lines.levels[level], shared.lines.levels[training.level]
    cell = shared.lines.cells[training.level][level]
    return {
        "draw": training.draw,
        "family": training.family.name,
        "seed": training.seed,
        "observed": observed.level,
        "scored": scored.level,
        "kappa": scored.kappa,
        "kappa_edits": scored.kappa_edits,
        "kappa_observed": observed.kappa,
        "prior": scored.prior,
        "retrieval": cell.retrieval,
        "attainable": cell.attainable,
        "posterior": cell.posterior,
    }


def _scored(shared: FamilyData, level: int, trees: Sequence[Node | Invalid], drawn: Sequence[Node | Invalid], seed: int) -> Row:
    """Mean q at a level of what a model wrote, and of its errors planted: the same ones in the same places at every level."""
    from ...quality.task.outcomes import score
    from .planting import donors, planted

    items, truth = shared.tasks[level].items, shared.given.parts.test

    def mean(answers: Sequence[Node | Invalid]) -> float:
        return fmean(one.q for one in score(shared.given.whole.domain, items, answers))

    givers = donors(len(items), shared.given.plan.plantings, generator(seed, "plantings"))
    found = [mean(planted(shared.given.whole, truth, trees, giver)) for giver in givers]
    return {"quality": mean(trees), "drawn": mean(drawn), "planted": fmean(found) if found else None}


def sequences(task: Task, representation: Representation, sizes: Preset, seed: int) -> str:
    """What a training reads: token sequences, and which of them in which batch."""
    import hashlib

    import numpy as np

    from ...quality.training.batches import Stream, encode

    ids, _ = encode(representation, task.train.targets, sizes.train.max_tokens, [True] * len(task.train))
    digest = hashlib.sha256(repr(ids).encode())
    batches = Stream(np.array([s.tree.size for s in task.train.systems]), sizes.train.batch_size, generator(seed, "batches"))
    for _ in range(sizes.train.steps):
        digest.update(batches.take().astype("<i8").tobytes())
    return digest.hexdigest()[:16]


def weights(done: Trained) -> str:
    """A trained model's, by bytes."""
    from ...quality.training.checkpoint import digest

    return digest(done.model.state_dict())[:16]
