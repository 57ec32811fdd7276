"""The kinds of study that turn κ̄ alone, by name."""

from __future__ import annotations

from .base import Kind
from .code.kind import CODE
from .redundancy.kind import REDUNDANCY
from .region.kind import REGION
from .semantics.kind import SEMANTICS

KINDS: dict[str, Kind] = {
    "dial:code": CODE,
    "dial:semantics": SEMANTICS,
    "dial:redundancy": REDUNDANCY,
    "dial:region": REGION,
}
