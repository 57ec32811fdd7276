"""A check in a process of its own: a part of the user's own may end it, hang or print, and the check still says what happened.

The process (`inside.py`) tells each example before it is tried. Where it then ends, or nothing comes for `CALL` seconds, that
example is a failure; the check goes on with the next property in a new process, at most `MOST_LOST` times.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from ...grammars.errors import KappabarError, RunError, SpecError
from ...grammars.parts.plugins import names_object
from ...representations.rewrites.catalog import REWRITES
from ...tokenizers.catalog import CODECS, NOTATIONS
from ..domains.domain import ALL
from ..edits.catalog import EDITS
from ..workers.process import ended
from .base import KINDS, Failure
from .here import Asked, Finding, Head
from .result import Desideratum, PropertyResult
from .searching import command

CALL = 10.0
"""Seconds that one example may take. Those of dear properties make hundreds of calls each, and a tenth of that."""
MAKING = 120.0
"""Seconds that importing, making and fitting a part may take."""
COMPILING = 600.0
"""Seconds that a first use of the compiled engine may take: no part of the user's own has a share in it."""
MOST_LOST = 2
"""So many properties whose example ended the process, or did not answer, end the check."""
_Message = Mapping[str, Any]
_TABLES = (NOTATIONS, CODECS, REWRITES, EDITS, ALL)


def is_own(subject: object, domain: object) -> bool:
    """Whether a check of this calls a part of the user's own that another process can import by its name."""
    if not isinstance(subject, str) or not isinstance(domain, str):
        return False
    kind, equals, rest = subject.partition("=")
    spec = rest if equals and kind.strip() in KINDS else subject
    words = [word.strip() for word in (*spec.split("|"), domain)]
    if any(word.startswith("__main__:") for word in words):
        return False
    return any(names_object(":".join(w.split(":")[:2])) or _is_plugin(w.partition(":")[0].strip()) for w in words)


def _is_plugin(name: str) -> bool:
    return any(table.is_plugin(name) for table in _TABLES)


def findings(asked: Asked) -> Iterator[Finding]:
    """As `here.findings`. Raises what the check raises; RunError where the part ends the process, or does not answer, before
    anything is tried."""
    done: list[str] = []
    head: Head | None = None
    for _ in range(MOST_LOST):
        with _Process(asked, done) as process:
            for finding in process.findings():
                if isinstance(finding, Head):
                    if head is None:
                        yield finding
                    head = finding
                else:
                    done.append(finding.name)
                    yield finding
            if process.done:
                return
            if head is None:
                raise RunError(f"{asked.subject}: it {process.end} when it is imported, made and first called")
            done.append(process.name)
            yield process.lost(head)
    yield from (PropertyResult(name, what, 0, 0, 0.0, ()) for name, what in (head.properties if head else ()) if name not in done)


@dataclass(slots=True)
class _Process:
    """One process of the check, from its start to its end. `end`: how it ended, if it was not done."""

    asked: Asked
    left_out: list[str]
    done: bool = False
    end: str = ""
    trying: _Message = field(default_factory=dict)
    tried: int = 0
    _limit: float = COMPILING
    _process: subprocess.Popen[str] = field(init=False)
    _lines: SimpleQueue[str] = field(default_factory=SimpleQueue)

    def __enter__(self) -> _Process:
        # -P: nothing in the current directory stands in for a module of the library. A session of its own: Ctrl-C is ours.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "kappabar.evaluate.check.inside"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        Thread(target=self._read, daemon=True).start()
        words = {"subject": self.asked.subject, "domain": self.asked.domain, "examples": self.asked.examples}
        question = json.dumps({**words, "seed": self.asked.seed, "done": self.left_out, "path": sys.path})
        with contextlib.suppress(BrokenPipeError):
            if self._process.stdin is not None:
                self._process.stdin.write(question + "\n")
                self._process.stdin.flush()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        with contextlib.suppress(BrokenPipeError):
            self._process.communicate()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self._lines.put(line)
        self._lines.put("")

    @property
    def name(self) -> str:
        """The property that was tried last."""
        return str(self.trying.get("trying", ""))

    def findings(self) -> Iterator[Finding]:
        """Until the process is done, has ended or does not answer."""
        while (message := self._next()) is not None:
            if "error" in message:
                raise _raised(message)
            if "found" in message:
                self.trying, self.tried = {}, 0
                yield _finding(message["found"], message["of"])
            elif "trying" in message:
                self.tried = (self.tried if message["trying"] == self.name else 0) + bool(message["example"])
                self.trying, self._limit = message, CALL
            elif "stage" in message:
                self._limit = MAKING
            else:
                self.done = True
                return

    def _next(self) -> _Message | None:
        """None where nothing comes: `end` says why."""
        try:
            line = self._lines.get(timeout=self._limit)
        except Empty:
            self.end = f"does not answer within {self._limit:g} s"
            return None
        if not line.endswith("\n"):
            self.end = f"ends the process ({ended(self._process.wait())})"
            return None
        message: _Message = json.loads(line)
        return message

    def lost(self, head: Head) -> PropertyResult:
        """The failure of the property that was tried when the process ended."""
        example, equation = str(self.trying["example"]), str(self.trying["equation"])
        asked = self.asked
        failure = Failure(
            property=self.name,
            reason="no answer" if self.end.startswith("does not") else "ends the process",
            detail=self.end if example else f"{self.end}, while an example was drawn",
            example=example,
            equation=equation,
            seed=asked.seed,
            command=command(str(asked.subject), str(asked.domain), asked.examples, asked.seed),
        )
        what = dict(head.properties).get(self.name, "")
        return PropertyResult(self.name, what, self.tried, 0, 0.0, (failure,))


def _raised(message: _Message) -> KappabarError:
    return RunError(message["error"]) if message["code"] == RunError.exit_code else SpecError(message["error"])


def _finding(kind: str, of: dict[str, Any]) -> Finding:
    if kind == Head.__name__:
        return Head(**{**of, "properties": tuple((name, what) for name, what in of["properties"])})
    if kind == PropertyResult.__name__:
        return PropertyResult(**{**of, "failures": tuple(Failure(**f) for f in of["failures"])})
    against = of["counterexample"]
    return Desideratum(**{**of, "counterexample": None if against is None else Failure(**against)})
