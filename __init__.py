"""Kappabar: which encoding of a symbolic domain makes its meaning learnable?

Every command is a function here, of the same name and with the same words for its arguments. Names load on first
use: importing the package imports no engine, no deep-learning library and no plotting library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from .evaluate.check.run import check as check
    from .evaluate.commands.compare import compare as compare
    from .evaluate.commands.export import export as export
    from .evaluate.commands.kappa import kappa as kappa
    from .evaluate.commands.reproduce import reproduce as reproduce
    from .evaluate.commands.search import search as search
    from .evaluate.domains.domain import Domain as Domain
    from .evaluate.domains.domain import domain as domain
    from .evaluate.expression.lyapunov import lyapunov as lyapunov
    from .evaluate.expression.parse import parse as parse
    from .evaluate.expression.sensitivities import nudge as nudge
    from .evaluate.expression.sensitivities import sensitivities as sensitivities
    from .evaluate.expression.simulate import simulate as simulate
    from .evaluate.expression.tokenize import tokenize as tokenize
    from .evaluate.kappa.edit_graph import edit_graph as edit_graph
    from .evaluate.kappa.intrinsic import intrinsic as intrinsic
    from .evaluate.kappa.profile import profile as profile
    from .grammars.errors import KappabarError as KappabarError
    from .grammars.tree import Node as Node
    from .grammars.tree import System as System
    from .representations.representation import Representation as Representation
    from .representations.representation import representation as representation
    from .tokenizers.base import Invalid as Invalid

_PLACES = {
    "check": "evaluate.check.run",
    "compare": "evaluate.commands.compare",
    "Domain": "evaluate.domains.domain",
    "domain": "evaluate.domains.domain",
    "edit_graph": "evaluate.kappa.edit_graph",
    "export": "evaluate.commands.export",
    "intrinsic": "evaluate.kappa.intrinsic",
    "kappa": "evaluate.commands.kappa",
    "parse": "evaluate.expression.parse",
    "simulate": "evaluate.expression.simulate",
    "tokenize": "evaluate.expression.tokenize",
    "lyapunov": "evaluate.expression.lyapunov",
    "nudge": "evaluate.expression.sensitivities",
    "profile": "evaluate.kappa.profile",
    "reproduce": "evaluate.commands.reproduce",
    "search": "evaluate.commands.search",
    "sensitivities": "evaluate.expression.sensitivities",
    "KappabarError": "grammars.errors",
    "Node": "grammars.tree",
    "System": "grammars.tree",
    "Representation": "representations.representation",
    "representation": "representations.representation",
    "Invalid": "tokenizers.base",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'kappabar' has no attribute {name!r}")
    return getattr(import_module(f".{_PLACES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_PLACES})
