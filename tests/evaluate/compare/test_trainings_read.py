"""A training's part is read through the registry: an older one whole, a damaged one with one line that says what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kappabar.evaluate.compare.columns import measure_values
from kappabar.evaluate.compare.trainings import load_training, model_token_frame, pooled, training_frame
from kappabar.evaluate.results.files import slug, write_json
from kappabar.evaluate.tables.folder import HISTORY, MODEL_TOKENS, SAMPLES, TRAININGS
from kappabar.grammars.errors import OutputError

SPEC = "prefix | digits:3"
NAMED = {"representation": SPEC, "seed": 0}
HELD = {"bits": 20.0, "val_bits_per_expression": 20.0, "val_bits_per_token": 2.0, "train_loss_bits": 21.0, "quality": 0.5}
Document = dict[str, Any]


def whole() -> Document:
    """What a version that knew the fewest columns wrote."""
    return {
        "number": 0,
        "history": [NAMED | HELD | {"step": 6, "seconds": 1.0, "tokens_seen": 70, "flops": 1e9}],
        "samples": [{"item": i, "sample": 0, "q": 0.5 * i, "valid": bool(i)} for i in range(3)],
        "summary": {"floor_prior": 0.1, "floor_nearest": 0.5, "ceiling": 1.0},
        "parameters": 7,
        "problems": [],
    }


def _keep(folder: Path, document: Any) -> Path:
    path = folder / f"{slug(SPEC)}.0.training.json"
    write_json(path, document)
    return path


def test_a_part_of_an_older_version_is_read(tmp_path: Path) -> None:
    _keep(tmp_path, whole())
    part = load_training(tmp_path, SPEC, 0)
    assert part is not None and load_training(tmp_path, SPEC, 1) is None
    score = pooled([part])
    assert score is not None and measure_values(score, 0)["quality"].value == pytest.approx(0.5)
    assert SAMPLES.frame(part.samples)["form"].to_list() == [None] * 3
    assert HISTORY.frame(part.history)["objective"].to_list() == [None]
    assert training_frame({SPEC: [part]}).select("ceiling", "flops").rows() == [(1.0, 1e9)]
    assert model_token_frame({SPEC: [part]}).columns == list(MODEL_TOKENS.stored)


def _set(document: Document, table: str, **values: Any) -> None:
    (document[table] if isinstance(document[table], dict) else document[table][-1]).update(values)


FAULTS: list[tuple[Callable[[Document], Any], str]] = [
    (lambda d: _set(d, "samples", q="high"), "q is 'high', and not a number"),
    (lambda d: _set(d, "samples", valid=1), "valid is '1', and not yes or no"),
    (lambda d: d["samples"][1].pop("item"), "item is missing"),
    (lambda d: d["samples"].append(3), "samples[3] is no object"),
    (lambda d: _set(d, "history", step=1.5), "step is '1.5', and not a whole number"),
    (lambda d: d["history"][0].pop("bits"), "bits is missing"),
    (lambda d: _set(d, "summary", ceiling="1"), "ceiling is '1', and not a number"),
    (lambda d: d["summary"].pop("floor_prior"), "floor_prior is missing"),
    (lambda d: d.update(tokens=[NAMED]), "expression is missing"),
    (lambda d: d.update(parameters="many"), "parameters is no whole number"),
    (lambda d: d.update(unheard=1), "unheard"),
    (lambda d: d.pop("history"), "history is missing"),
    (lambda d: d.update(number=1), f"it is of '{SPEC}', number 1"),
    (lambda d: d.update(representation="tree"), "it is of 'tree', number 0"),
    (lambda d: _set(d, "history", seed=4), f"it is of '{SPEC}', number 4"),
]


@pytest.mark.parametrize(("damage", "words"), FAULTS, ids=[words for _, words in FAULTS])
def test_a_damaged_part_is_told_in_one_line(tmp_path: Path, damage: Callable[[Document], Any], words: str) -> None:
    document = whole()
    damage(document)
    path = _keep(tmp_path, document)
    with pytest.raises(OutputError) as error:
        load_training(tmp_path, SPEC, 0)
    text = str(error.value)
    assert str(path) in text and words in text and "\n" not in text
    assert text.endswith("delete it and go on with --resume, to make that part again")


def test_a_document_that_is_no_part_is_told_too(tmp_path: Path) -> None:
    _keep(tmp_path, [1])
    with pytest.raises(OutputError, match="is damaged: all of it is no object"):
        load_training(tmp_path, SPEC, 0)


def test_what_a_training_sums_up_to_is_named_in_the_registry() -> None:
    assert json.dumps(TRAININGS.part({"quality": 0.5, "within_1_constrained_new_form_low": 0.1, "n_ok": 3}))
    with pytest.raises(LookupError, match="has no column 'qualty'; did you mean 'quality'"):
        TRAININGS.part({"qualty": 0.5})
