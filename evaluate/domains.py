"""Domains: a grammar, a semantic map φ, a default metric and sources of expressions, under one name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from ..grammars.errors import SpecError, did_you_mean
from ..grammars.parse import DOMAINS, parse
from ..grammars.plugins import load_object
from ..grammars.tree import Node, System, variables
from ..tokenizers.bulk.forest import Forest
from .semantics.base import Semantics


@dataclass(frozen=True, slots=True)
class Domain:
    """`parse` reads a person's text; `semantics` is φ; `metric` the name of the default d_M.

    `comparable` says whether a tree's behaviour has a distance to a system's at all: systems of unequal dimension have none.
    `closed`: whether every variable has an equation of its own (false for functions, whose variables are inputs).
    """

    name: str
    parse: Callable[[str], System]
    semantics: Semantics
    metric: str = "bounded-l2"
    closed: bool = True

    def comparable(self, tree: Node, system: System) -> bool:
        return len(tree.children) == len(system.equations) and max(variables(tree), default=-1) < system.dim

    def comparable_all(self, trees: Forest, system: System) -> NDArray[np.bool_]:
        """`comparable` of each tree: (n,)."""
        fit: NDArray[np.bool_] = (trees.equations == len(system.equations)) & (trees.top < system.dim)
        return fit


@cache
def _built_in(name: str) -> Domain:
    # The engine is compiled code: only a domain that is used loads it.
    from .semantics.flow import Flow
    from .semantics.orbit import Orbit
    from .semantics.table import Table

    semantics: dict[str, Semantics] = {"ode": Flow(), "map": Orbit(), "function": Table()}
    # No lambda: a domain goes to other processes.
    return Domain(name, partial(parse, domain=name), semantics[name], closed=name != "function")


def domain(name: str | Domain = "ode") -> Domain:
    """The domain of that name, or the user's own as `module:Object`. Raises `SpecError`."""
    if isinstance(name, Domain):
        return name
    if ":" in name:
        found = load_object(name)
        if not isinstance(found, Domain):
            raise SpecError(f"{name} is a {type(found).__name__}, not a kappabar Domain")
        return found
    if name not in DOMAINS:
        raise SpecError(f"unknown domain {name!r}{did_you_mean(name, DOMAINS)}; there are {', '.join(DOMAINS)}, or module:Object")
    return _built_in(name)
