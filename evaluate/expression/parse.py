"""`parse`: a text of a domain as a system, and the document that shows it."""

from __future__ import annotations

from typing import Any

from ...grammars.operators import BUILT_IN
from ...grammars.print.infix import as_written
from ...grammars.print.printers import to_latex, to_prefix
from ...grammars.text.parse import DOMAINS
from ...grammars.tree import System, coefficients
from ..domains.domain import Domain
from ..domains.domain import domain as find_domain
from ..domains.sources import Source, one


def parse(text: Source, domain: str | Domain = "ode") -> System:
    """The system that a text describes, or the only one of a file, named by a Path. Raises `ParseError`, which knows line and
    column, or `SourceError`."""
    return one(text, find_domain(domain))


def parsed_document(system: System, domain: str | Domain | None = None) -> dict[str, Any]:
    """The `parse` document: infix and prefix over `x_0`, `x_1`, …; LaTeX with the names as written; notes on how it was taken.
    `domain`: whose alphabet the system is of (None: a built-in domain's)."""
    operators = BUILT_IN if domain is None or domain in DOMAINS else find_domain(domain).operators
    parts = (system.tree,) if operators.sequence else system.equations
    return {
        "equations": [as_written(e, None, operators) for e in parts],
        "prefix": [[leaf.symbol for leaf in e.children] if operators.sequence else to_prefix(e) for e in parts],
        "latex": [to_latex(e, system.names, operators) for e in parts],
        "dim": system.dim,
        "variables": list(system.names),
        "coefficients": coefficients(system.tree),
        "notes": list(system.notes),
    }
