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


_MOST_PAIRS, _MERGES = 1024, 64


def line_up(domain: Domain) -> tuple[str, ...]:
    """What is compared where nothing is named."""
    if domain.line_up or domain.operators.built_in:
        return domain.line_up or LINE_UP
    return _of_sequences(len(domain.operators.rows)) if domain.operators.sequence else OWN_LINE_UP


def _of_sequences(symbols: int) -> tuple[str, ...]:
    """Each symbol a token, all pairs where these are few, merges, and the control."""
    pairs = ("symbols | kmers:2",) if symbols**2 <= _MOST_PAIRS else ()
    return ("symbols", *pairs, f"symbols | bpe:{max(_MERGES, 2 * symbols)}", "symbols | repeat:3")
