"""The representations that are compared where none are named."""

from __future__ import annotations

from .domain import Domain

LINE_UP = (
    "infix | chars",
    "infix | chars | bpe:512",
    "prefix | digits:3",
    "tree | digits:3",
    "rules | digits:3",
    "prefix | bins:64,log",
    "prefix | digits:3 | repeat:3",
)
"""The default line-up. The last is the error-correcting control: κ = 0, and nothing added to meaning."""

OWN_LINE_UP = ("infix", "prefix", "postfix", "tree", "rules", "prefix | repeat:3")
"""That of a domain with an alphabet of its own: the notations that take one."""


def line_up(domain: Domain) -> tuple[str, ...]:
    """What is compared where nothing is named."""
    return domain.line_up or (LINE_UP if domain.operators.built_in else OWN_LINE_UP)
