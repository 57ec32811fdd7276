"""Functions that take many options, and share some with each other: one list of their names, types and meanings, one of their
defaults.

A `TypedDict` has the names, the types and, in its docstring, the meanings; `**options: Unpack[...]` shows them to editors and
type checkers. A dataclass has the defaults, and is what travels inside. `spelled_out` shows both to people: in `help` and in
signatures.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from functools import wraps
from numbers import Integral, Real
from pathlib import Path
from typing import Any, TypeVar, cast

from ...grammars.errors import SpecError

_KINDS: Mapping[str, Any] = {
    "int": Integral, "float": Real, "str": str, "bool": bool, "Path": Path, "None": type(None),
}  # fmt: skip
_LEAST = {"seed": 0, "jobs": 0}
F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


def spelled_out(*words: type, defaults: tuple[type, ...]) -> Callable[[F], F]:
    """For a function whose `**options` are those of the TypedDicts `words`: each becomes a keyword of its signature, with the
    default that one of the dataclasses `defaults` gives it (None where none does), and of its docstring. The function gets all of
    them, given or not. Any other keyword raises TypeError, as for a function that lists its own."""
    known = {f.name: f.default for kind in defaults for f in fields(kind) if f.default is not MISSING}
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=known.get(name), annotation=hint.__forward_arg__)
        for kind in words
        for name, hint in kind.__annotations__.items()  # texts, as in the functions themselves
    ]

    def spell(function: F) -> F:
        short = inspect.signature(function)
        own = [p for p in short.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
        signature = short.replace(parameters=[*own, *options])

        @wraps(function)
        def called(*positional: Any, **keywords: Any) -> Any:
            try:
                bound = signature.bind(*positional, **keywords)
            except TypeError as error:
                raise TypeError(f"{function.__name__}() {error}") from None
            bound.apply_defaults()
            check_types(function.__name__, signature, bound.arguments)
            return function(*bound.args, **bound.kwargs)

        called.__signature__ = signature  # type: ignore[attr-defined]
        called.__doc__ = "\n\n".join(inspect.cleandoc(part.__doc__ or "") for part in (function, *words))
        return cast(F, called)

    return spell


def check_types(name: str, signature: inspect.Signature, given: Mapping[str, Any]) -> None:
    """Raises `SpecError` where an argument of `name` is a number, a text or a truth value by its annotation and something else
    was given: what goes wrong with it far within says nothing to who gave it. Other annotations are not looked at."""
    for key, value in given.items():
        words = {word.strip() for word in str(signature.parameters[key].annotation).split("|")}
        if words <= set(_KINDS) and not any(isinstance(value, _KINDS[word]) and _true(value, words) for word in words):
            listed = " or ".join(sorted(words - {"None"}))
            raise SpecError(f"{name}: {key} is {listed}{', or None' if 'None' in words else ''}, not {value!r:.60}")
        if key in _LEAST and isinstance(value, Integral) and int(value) < _LEAST[key]:
            raise SpecError(f"{name}: {key} is at least {_LEAST[key]}, not {value}")


def typed(function: F) -> F:
    """A function whose arguments are looked at as `check_types` says."""
    signature = inspect.signature(function)

    @wraps(function)
    def called(*positional: Any, **keywords: Any) -> Any:
        try:
            given = signature.bind(*positional, **keywords).arguments
        except TypeError as error:
            raise TypeError(f"{function.__name__}() {error}") from None
        check_types(function.__name__, signature, given)
        return function(*positional, **keywords)

    return cast(F, called)


def _true(value: object, words: set[str]) -> bool:
    """Whether a truth value may stand here: Python takes it for a number."""
    return not isinstance(value, bool) or "bool" in words


def part(kind: type[T], options: Mapping[str, Any]) -> T:
    """A dataclass of those of the options that it has."""
    names = (f.name for f in fields(kind))  # type: ignore[arg-type]
    return kind(**{name: options[name] for name in names if name in options})
