"""A document has the shape that its reader needs, or one line says where it has not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kappabar.evaluate.results.shape import check_shape
from kappabar.grammars.errors import OutputError

SHAPE = {"n": int, "x": (None, float), "rows": [{"name": str, "best?": bool}], "versions?": {"kappabar": str, "*": str}}
GOOD: dict[str, Any] = {
    "n": 3,
    "x": 1,
    "rows": [{"name": "a", "best": True}, {"name": "b"}],
    "versions": {"kappabar": "1", "numpy": "2"},
}


@pytest.mark.parametrize(
    "changed", [{}, {"x": None}, {"x": -0.5}, {"rows": []}, {"more": [1, {}]}, {"versions": {"kappabar": "1"}}]
)
def test_what_has_the_shape_passes(changed: dict[str, Any]) -> None:
    check_shape(GOOD | changed, SHAPE, "f")
    check_shape({k: v for k, v in (GOOD | changed).items() if k != "versions"}, SHAPE, "f")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"n": True}, "n is no whole number"),
        ({"n": 3.0}, "n is no whole number"),
        ({"n": 10**400}, "n is no whole number"),
        ({"x": float("nan")}, "x is not null"),
        ({"x": "1"}, "x is not null"),
        ({"rows": {}}, "rows is no list"),
        ({"rows": [{"name": "a"}, {}]}, "rows[1].name is missing"),
        ({"rows": [{"name": "a", "best": 1}]}, "rows[0].best is no true or false"),
        ({"rows": [3]}, "rows[0] is no object"),
        ({"versions": {}}, "versions.kappabar is missing"),
        ({"versions": {"kappabar": "1", "a\nb": 2}}, r"versions.'a\nb' is no text"),
    ],
)
def test_what_has_not_is_told_with_its_place(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(OutputError) as told:
        check_shape(json.loads(json.dumps(GOOD | changed)), SHAPE, "f")
    assert str(told.value) == f"f is damaged: {said}; begin again in a new folder"


@pytest.mark.parametrize("document", [None, [], "x", 3])
def test_what_is_no_object_is_told(document: Any) -> None:
    with pytest.raises(OutputError, match="all of it is no object"):
        check_shape(document, SHAPE, "f")
