"""Parts that end the process, leave it, hang or print. Loaded by name: `check_faults.leaving:Exits`."""

from __future__ import annotations

import atexit
import ctypes
import os
import sys
import threading
from dataclasses import dataclass, replace

from check_faults import codecs, domains, rewrites, writers

from kappabar.evaluate.edits.base import Promises
from kappabar.evaluate.semantics.values import Values

EXACT = Promises(exact=True)


class Panic(BaseException):
    """As a panic of Rust's is seen."""


class Exits(writers.Sound):
    def encode(self, tree):
        sys.exit(0)


class Leaves(writers.Sound):
    def decode(self, ids):
        os._exit(0)


class Aborts(writers.Sound):
    def decode(self, ids):
        os.abort()


class Panics(writers.Sound):
    def decode(self, ids):
        raise Panic("index out of bounds")


class Interrupts(writers.Sound):
    def tokenize(self, tree):
        raise KeyboardInterrupt


class Closes(writers.Sound):
    def encode(self, tree):
        raise GeneratorExit


class Hangs(writers.Sound):
    def decode(self, ids):
        threading.Event().wait()


class NotMade(writers.Sound):
    def __init__(self, n_variables, closed=True):
        sys.exit(0)


class LeftUnmade(writers.Sound):
    def __init__(self, n_variables, closed=True):
        os._exit(0)


class Prints(writers.Sound):
    def decode(self, ids):
        print("from Python")
        os.write(1, b"from the descriptor\n")
        ctypes.CDLL(None).puts(b"from C")
        return super().decode(ids)


class CodecExits(codecs.Sound):
    def write(self, value):
        sys.exit(0)


class CodecLeaves(codecs.Sound):
    def read(self, tokens, start):
        os._exit(0)


class RewriteExits(rewrites.Sound):
    def apply(self, tree):
        sys.exit(0)


@dataclass(frozen=True)
class OperatorExits:
    name: str = "exits"
    promises: Promises = EXACT

    def neighborhood(self, representation, tree, limit, rng):
        sys.exit(0)


@dataclass(frozen=True)
class OperatorLeaves(OperatorExits):
    def neighborhood(self, representation, tree, limit, rng):
        os._exit(0)


class Faults(writers.Sound):
    def encode(self, tree):
        ctypes.string_at(0)


class LeavesAtItsEnd(writers.Sound):
    def encode(self, tree):
        atexit.register(os._exit, 0)
        return super().encode(tree)


class Waits(writers.Sound):
    def encode(self, tree):
        sys.stderr.write(f"at work: {os.getpid()}\n")
        sys.stderr.flush()
        threading.Event().wait(120)


def leave(*_):
    os._exit(0)


PLACE = replace(domains.WORDS, semantics=Values(leave, domains.inputs))
