"""Which run a part is of, and which versions measured it: another run's part under a name of this one's gives other numbers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...grammars.errors import OutputError
from .shape import AGAIN

MADE = "made"
"""The name under which a part says it."""


@dataclass(frozen=True, slots=True)
class Origin:
    """`run`: digest of all that the run's numbers depend on; `versions`: of those that measure now, then of all before."""

    run: str
    versions: tuple[str, ...]

    @staticmethod
    def of(decisive: Any, versions: Sequence[Mapping[str, Any]]) -> Origin:
        return Origin(_digest(decisive), tuple(map(_digest, versions)))

    def mark(self, folder: Path) -> dict[str, dict[str, str]]:
        """What a part in this folder of the run says of its origin."""
        return {MADE: {"run": self.run, "versions": self.versions[0], "in": folder.name}}

    def check(self, part: Mapping[str, Any], path: Path) -> None:
        """Raises `OutputError` where a part says that it is of another run or folder, or of versions that the run has not
        recorded. What older versions wrote says nothing."""
        made = part.get(MADE)
        if made is None:
            return
        what = "" if isinstance(made, Mapping) and made.get("run") == self.run else "of another run"
        if not what and made.get("in") != path.parent.name:
            what = "of another folder"
        if not what and made.get("versions") not in self.versions:
            what = "by versions that are not in run.json"
        if what:
            raise OutputError(f"{path} is {what}; {AGAIN}")


def _digest(document: Any) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:16]
