"""Edit operators by name, or the user's own as `module:Object`."""

from __future__ import annotations

from ...grammars.errors import SpecError, did_you_mean
from ...grammars.parts.plugins import load_object
from ...grammars.parts.registry import Registry
from .base import EditOperator
from .coefficient import CoefficientEdits
from .natural import NaturalEdits
from .plausible_recipe import PlausibleRecipe
from .token import TokenEdits
from .transpose import TransposeEdits
from .tree import TreeEdits


def _as_operator(name: str, item: object) -> EditOperator:
    """An operator, or a class that makes one without arguments. Raises SpecError."""
    operator = item() if isinstance(item, type) else item
    if not isinstance(operator, EditOperator):
        raise SpecError(f"{name} is a {type(operator).__name__}, which is no edit operator (name, promises, neighborhood)")
    return operator


_EDITS = {
    e.name: e
    for e in (
        TokenEdits(),
        TransposeEdits(),
        CoefficientEdits(),
        TreeEdits(),
        NaturalEdits(),
        PlausibleRecipe("left"),
        PlausibleRecipe("whole"),
    )
}


EDITS: Registry[EditOperator] = Registry("kappabar.edits", _EDITS, _as_operator)


def edit_operator(name: str) -> EditOperator:
    """The operator of that name, or the user's own. Raises `SpecError`."""
    if ":" in name:
        return _as_operator(name, load_object(name))
    if name not in EDITS:
        raise SpecError(
            f"unknown edit operator {name!r}{did_you_mean(name, EDITS)}; there are {', '.join(EDITS)}, or module:Object"
        )
    return EDITS[name]
