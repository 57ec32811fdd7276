"""What a long computation tells whoever listens: progress bars, logs and tests are listeners, and the
computations know none of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Started:
    """A stage begins; `total` is its number of steps, None where nobody knows."""

    stage: str
    total: int | None


@dataclass(frozen=True, slots=True)
class Advanced:
    """`steps` more of the stage are done; `message` is the latest figure worth showing."""

    stage: str
    steps: int = 1
    message: str = ""


@dataclass(frozen=True, slots=True)
class Finished:
    stage: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A stage left something out: what, and why."""

    stage: str
    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Noted:
    """How a stage took something that could have been meant otherwise: what, and how."""

    stage: str
    what: str
    reason: str


Event = Started | Advanced | Finished | Skipped | Noted
Listener = Callable[[Event], None]


def silent(_event: Event) -> None:
    """The listener that does nothing."""
