"""What a run's header and what it shows beside must be like to be read: a folder may be anyone's, and lie damaged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...grammars.errors import OutputError
from ..kappa.writing import Writing
from ..quality.measures.written import Written
from ..results.files import read_json, slug
from ..results.shape import AGAIN, Shape, shaped

MOST_TRAININGS = 10_000
"""More than any run has of one representation, and few enough to look for."""

_NUMBER = (None, float)
_ARGUMENTS = {
    "representations": [str], "data": [str], "domain": str, "metric": str, "invalid": str, "seeds": int, "rounds?": (None, int),
    "minutes?": _NUMBER, "until?": (None, str), "learn_from?": str, "margin?": float, "max_fidelity_error?": float,
    "budget": str, "seed": int, "strict?": bool, "device?": str, "objective?": str, "model?": (None, str),
    "tensorboard?": (None, str), "*": _NUMBER,
}  # fmt: skip
_SIZES = {
    "task": {"n_train": int, "n_test": int},
    "train": {"steps": int, "batch_size": int},
    "model": {"d_model": int, "layers": int},
}
HEADER: Shape = {
    "repeat": str, "arguments": _ARGUMENTS, "versions": {"kappabar": str, "*": str}, "earlier_versions?": [{"*": str}],
    "budget": {"name": str, "edits_per_expression": int, "sizes": _SIZES}, "precision?": str, "data": [{"source": str}],
    "quality_metric?": str, "direction?": str, "n_systems": int, "systems_sha256": str, "rounds?": (None, int),
    "skipped": [{"what": str, "stage": str, "reason": str}],
}  # fmt: skip
"""What is needed of run.json; the plan itself says which of its words there are."""

_VOCABULARY = [(str, [str])]
_WRITTEN = [
    {
        "kind": str, "q": float, "target": str, "text": str, "reason": str,
        "x": [_NUMBER], "truth": [[_NUMBER]], "own": [[_NUMBER]],
    }
]  # fmt: skip
_WRITING = [{"name": str, "lhs": [str], "tokens": [[str, str, str]], "equation": [[str, str, str]]}]


def vocabulary(parts: Path, spec: str) -> list[Any]:
    """The tokens that κ was measured with; empty where none are kept. Raises `OutputError`, as the others here do."""
    path = parts / f"{slug(spec)}.vocabulary.json"
    return list(shaped(read_json(path), _VOCABULARY, path))


def writings(parts: Path, spec: str) -> list[Writing]:
    """How the measured expressions are written; empty where a run kept none."""
    path = parts / f"{slug(spec)}.writing.json"
    try:
        return [Writing.from_dict(document) for document in shaped(read_json(path), _WRITING, path)]
    except ValueError as e:  # a node's path that is none
        raise OutputError(f"{path} is damaged: {e}; {AGAIN}") from None


def written(parts: Path, spec: str) -> list[Written]:
    """What the first training wrote for a few test behaviors; nothing in folders of older versions."""
    path = parts / f"{slug(spec)}.0.written.json"
    return [Written.from_dict(document) for document in shaped(read_json(path), _WRITTEN, path)]
