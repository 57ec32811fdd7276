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
from ..base import sizes_of
from ..code.codes import natural
from ..code.writing import written
from ..parts import header_of, keep, origin_of
from .families import Family
from .plan import SemanticsPlan, Training
from .space import Space, Split, space, split

if TYPE_CHECKING:
    from ...quality.model.trained import Trained
    from ...quality.task.task import Task
    from ...quality.training.presets import Preset
    from .lines import Lines


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyData:
    """What all trainings of a family share. `tasks`: by level. `parts`: which expressions are learned from and tested."""

    plan: SemanticsPlan
    whole: Space
    representation: Representation
    parts: Split
    sizes: Preset
    tasks: tuple[Task, ...]
    lines: Lines
    origin: Origin


def prepared(folder: Path, name: str, listen: Listener) -> None:
    """Make what the trainings of a family share, where it is not there yet."""
    stage = f"simulating all expressions of {name}, and what can be known of them"
    listen(Started(stage, 1))
    _data(folder, name)
    listen(Finished(stage))


_known: dict[str, FamilyData] = {}


def _data(folder: Path, name: str) -> FamilyData:
    """Built once per process and kept in the folder's parts; only the last family's is in memory: it is large."""
    header = header_of(folder)
    origin = origin_of(header)
    key = f"{folder.resolve()} {origin} {name}"
    if key not in _known:
        _known.clear()
        _known[key] = _built(folder, SemanticsPlan.from_dict(header["arguments"]), name, header["precision"], origin)
    return _known[key]


def _built(folder: Path, plan: SemanticsPlan, name: str, precision: str, origin: Origin) -> FamilyData:
    from .lines import SHAPE, Lines

    family = plan.family(name)
    whole = space(family, plan.shape)
    chosen = sizes_of(plan)
    parts = split(len(whole), chosen.task, plan.seed)
    config = replace(chosen.task, n_train=len(parts.train), n_val=len(parts.val), n_test=len(parts.test))
    sizes = replace(chosen, task=config, train=replace(chosen.train, precision=precision, branches=0))
    values = family.values(plan.shape.words)
    variables = whole.domain.parse(family.text).dim
    representation = written(whole.domain, natural(plan.shape), plan.shape, values, variables, "natural")
    where = folder / "parts" / f"{name}.json"
    tasks, document = _tasks(folder, plan, whole, sizes, origin), read_json(where)
    if tasks is None or document is None:
        tasks, found = _made(folder, plan, whole, parts, sizes, representation, origin)
        document = found.as_dict()
        write_json(where, document | origin.mark(where.parent))
    check_shape(document, SHAPE | {"made?": {"*": str}}, where, AGAIN)
    origin.check(document, where)
    counts = {len(family.levels), len(document["levels"]), len(document["cells"]), *map(len, document["cells"])}
    if len(counts) > 1:
        raise OutputError(f"{where} is damaged: it is not of {len(family.levels)} levels; {AGAIN}")
    return FamilyData(
        plan=plan,
        whole=whole,
        representation=representation,
        parts=parts,
        sizes=sizes,
        tasks=tasks,
        lines=Lines.from_dict(document),
        origin=origin,
    )


def _place(folder: Path, family: Family, level: int) -> Path:
    return folder / "parts" / f"{family.name}-{level:02d}.safetensors"


def _key(plan: SemanticsPlan, family: Family, level: int, sizes: Preset, origin: Origin) -> dict[str, Any]:
    from ...quality.task.saved import task_key

    options = {"study": origin.run, "family": family.name, "level": family.levels[level]}
    return task_key(family.domain, options, sizes.task, plan.seed)


def _tasks(folder: Path, plan: SemanticsPlan, whole: Space, sizes: Preset, origin: Origin) -> tuple[Task, ...] | None:
    """The tasks of all levels, where all are kept."""
    from ...quality.task.saved import read_task

    found, family = [], whole.family
    for level in range(len(family.levels)):
        path, key = _place(folder, family, level), _key(plan, family, level, sizes, origin)
        one = read_task(path, key, whole.domain, sizes.task, plan.seed)
        if one is None:
            return None
        found.append(one[0])
    return tuple(found)


def _made(
    folder: Path,
    plan: SemanticsPlan,
    whole: Space,
    parts: Split,
    sizes: Preset,
    representation: Representation,
    origin: Origin,
) -> tuple[tuple[Task, ...], Lines]:
    """The tasks, which are kept, and the lines beside them."""
    from ...quality.task.saved import write_task
    from ...quality.task.task import floors
    from .lines import Learned, lines
    from .space import meaning, seen, task_of

    learned = []
    for level, horizon in enumerate(whole.family.levels):
        of = meaning(whole, horizon, sizes.task.times)
        every = seen(whole, of, sizes.task.points)
        task = task_of(whole, of, every, parts, sizes.task, plan.seed)
        learned.append(Learned(of, every, task, floors(task)))
        key = _key(plan, whole.family, level, sizes, origin)
        write_task(_place(folder, whole.family, level), key, task, learned[-1].floors)
    found = lines(whole, learned, parts, representation, rows=plan.edited, limit=plan.edits, seed=plan.seed)
    return tuple(one.task for one in learned), found


def learn(folder: Path, draw: int, listen: Listener) -> None:
    """Train, write for the tests, score what was written at every level, and keep the rows."""
    from ...quality.model.precision import one_thread

    plan = SemanticsPlan.from_dict(header_of(folder)["arguments"])
    training = plan.trainings[draw]
    shared = _data(folder, training.family.name)
    stage = f"training {draw + 1}, {training.family.name} at {training.family.levels[training.level]:g}"
    listen(Started(stage, shared.sizes.train.steps))
    unfinished = folder / "unfinished" / f"{draw:04d}"
    with one_thread():
        rows = _trained(shared, training, unfinished, stage, listen)
    listen(Finished(stage))
    keep(folder, draw, rows, shared.origin)
    shutil.rmtree(unfinished, ignore_errors=True)


def _trained(shared: FamilyData, training: Training, unfinished: Path, stage: str, listen: Listener) -> list[Row]:
    """A row for every level that is scored."""
    from ...quality.training.train import train

    task, seed = shared.tasks[training.level], stream(shared.plan.seed, "training", training.seed)
    done = train(
        task,
        shared.representation,
        shared.sizes.model,
        shared.sizes.train,
        seed,
        on_step=lambda step, _loss: listen(Advanced(stage, 1)),
        checkpoints=unfinished,
    )
    known: Row = {
        "status": done.status,
        "sequences": sequences(task, shared.representation, shared.sizes, seed),
        "tokens": fmean(len(shared.representation.encode(item.system.tree)) for item in task.items),
    }
    trees = None
    if done.status == "ok":
        last = done.history[-1]
        trees, drawn = (_written(shared, task, done, seed, temperature) for temperature in (0.0, 1.0))
        right = fmean(tree == item.system.tree for tree, item in zip(trees, task.items, strict=True))
        valid = fmean(isinstance(tree, Node) for tree in trees)
        known |= {"bits": last["val_bits_per_expression"], "flops": last["flops"], "right": right, "valid": valid}
    rows = []
    for level in range(len(shared.tasks)):
        more = {} if trees is None else _scored(shared, training, level, trees, drawn, seed) | {"weights": weights(done)}
        nothing: Row = {column.name: None for column in SEMANTICS_DIAL}
        rows.append(SEMANTICS_DIAL.row(nothing | known | _beside(shared, training, level) | more))
    return rows


def _written(shared: FamilyData, task: Task, done: Trained, seed: int, temperature: float) -> list[Node | Invalid]:
    """What a model writes for the tests."""
    import torch

    from ...quality.decoding.decode import sample
    from ...quality.measures.quality import decoded, length_limit

    observations, random = task.observations(task.test, "test-noise"), torch.Generator().manual_seed(stream(seed, "samples"))
    limit = length_limit(done.max_length)
    return decoded(shared.representation, sample(done.model, observations, limit, temperature=temperature, generator=random))


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


def _scored(
    shared: FamilyData,
    training: Training,
    level: int,
    trees: Sequence[Node | Invalid],
    drawn: Sequence[Node | Invalid],
    seed: int,
) -> Row:
    """Mean q at a level of what a model wrote, and of its errors planted: the same ones in the same places at every level."""
    from ...quality.task.outcomes import score
    from .planting import donors, planted

    items, truth = shared.tasks[level].items, shared.parts.test

    def mean(answers: Sequence[Node | Invalid]) -> float:
        return fmean(one.q for one in score(shared.whole.domain, items, answers))

    givers = donors(len(items), shared.plan.plantings, generator(seed, "plantings"))
    found = [mean(planted(shared.whole, truth, trees, giver)) for giver in givers]
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
