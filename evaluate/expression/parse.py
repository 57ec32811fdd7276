"""`parse`: a text of a domain as a system, and the document that shows it."""

from __future__ import annotations

from typing import Any

from ...grammars.operators import BUILT_IN
from ...grammars.print.infix import to_infix
from ...grammars.print.printers import to_latex, to_prefix
from ...grammars.text.parse import DOMAINS
from ...grammars.tree import System, coefficients
from ..domains.domain import Domain
from ..domains.domain import domain as find_domain


def parse(text: str, domain: str | Domain = "ode") -> System:
    """The system that a text describes. Raises `ParseError`, which knows line and column."""
    return find_domain(domain).parse(text)


def parsed_document(system: System, domain: str | Domain | None = None) -> dict[str, Any]:
    """The `parse` document: infix and prefix over `x_0`, `x_1`, …; LaTeX with the names as written; notes on how it was taken.
    `domain`: whose alphabet the system is of (None: a built-in domain's)."""
    operators = BUILT_IN if domain is None or domain in DOMAINS else find_domain(domain).operators
    return {
        "equations": [to_infix(e, None, operators) for e in system.equations],
        "prefix": [to_prefix(e) for e in system.equations],
        "latex": [to_latex(e, system.names, operators) for e in system.equations],
        "dim": system.dim,
        "variables": list(system.names),
        "coefficients": coefficients(system.tree),
        "notes": list(system.notes),
    }
