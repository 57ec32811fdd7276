"""The server's side of the worker process: one question at a time, each with a deadline, after which the process is ended."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from .question import Allowed

DEADLINE = 10.0
"""Seconds that an answer may take, once the worker is warm."""
START = 300.0
"""Seconds that loading and compiling may take."""
WAITING = 8
"""Questions that may wait for their turn."""
_LINE = 64 * 1024 * 1024
Answer = dict[str, Any]


@dataclass(slots=True)
class WorkerProcess:
    """A worker process. It starts with the first question or `start`, and again after one that took too long."""

    allowed: Allowed
    deadline: float = DEADLINE
    waiting: int = 0
    _process: asyncio.subprocess.Process | None = None
    _ready: asyncio.Task[None] | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _ended: bool = False

    @property
    def warm(self) -> bool:
        return self._ready is not None and self._ready.done() and not self._ready.cancelled() and self._ready.exception() is None

    def start(self) -> None:
        """Begin to start the process; returns at once. Nothing starts after `stop`."""
        if self._ended:
            return
        self._ready = asyncio.create_task(self._started())

    async def ask(self, question: dict[str, Any], gone: Callable[[], Awaitable[bool]] | None = None) -> tuple[int, bytes]:
        """HTTP status and JSON of an answer. Never raises but where it is cancelled. `gone`: whether nobody waits for it any
        more."""
        if self.waiting >= WAITING:
            return 503, _error("too many questions at once; wait for an answer")
        self.waiting += 1
        try:
            async with self._turn:
                if gone is not None and await gone():
                    return 499, _error("the question was withdrawn")
                return await self._answered(question)
        finally:
            self.waiting -= 1

    async def _answered(self, question: dict[str, Any]) -> tuple[int, bytes]:
        if self._ready is None or (self._process is not None and self._process.returncode is not None):
            self.start()
        try:
            if self._ready is not None:
                await asyncio.shield(self._ready)
            line = await asyncio.wait_for(self._exchange(question), self.deadline)
        except asyncio.CancelledError:
            # The answer that is still to come is nobody's: the next question must not take it for its own.
            self._kill()
            raise
        except TimeoutError:
            await self._again()
            return 504, _error(
                f"no answer within {self.deadline:g} s, so it was given up; try fewer representations, a shorter horizon or "
                "milder equations"
            )
        except (OSError, EOFError, asyncio.LimitOverrunError, ValueError):
            await self._again()
            return 500, _error("the worker stopped on this and was started again; try something smaller")
        return 200, line

    async def _exchange(self, question: dict[str, Any]) -> bytes:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise EOFError
        process.stdin.write(json.dumps(question).encode() + b"\n")
        await process.stdin.drain()
        line = await process.stdout.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        return line

    async def _started(self) -> None:
        # -P: nothing in the current directory stands in for a module of the library.
        process = self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "kappabar.evaluate.explore.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE,
            start_new_session=True,
        )
        try:
            await asyncio.wait_for(self._exchange(self.allowed.as_dict()), START)
        except BaseException:  # cancelled too: a process that nobody waits for must not stay
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            raise

    async def _again(self) -> None:
        await self._end()
        self.start()

    async def stop(self) -> None:
        """End the process, for good."""
        self._ended = True
        await self._end()

    async def _end(self) -> None:
        if self._ready is not None and not self._ready.done():
            self._ready.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await self._ready
        self._ready = None
        if self._process is not None:
            self._kill()
            await self._process.wait()
            self._process = None

    def _kill(self) -> None:
        if self._ready is not None and not self._ready.done():
            self._ready.cancel()
        self._ready = None
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()


def _error(text: str) -> bytes:
    return json.dumps({"error": text}).encode()
