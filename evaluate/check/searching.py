"""One property of one subject: examples are drawn, what fails is shrunk, and each distinct failure is told once."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from ...grammars.errors import KappabarError
from ...grammars.text.own import told
from ...grammars.tree import Node, System
from ..domains.domain import Domain
from .base import FIRST, Attempt, Failure, Fault, Property, Refused, Subject, equation_of, passed_on, shown
from .result import Desideratum, PropertyResult

MOST_FAILURES = 5
"""Distinct failures of one property that are looked for."""
_UNDRAWN = "cannot be drawn"
Words = Callable[[], tuple[str, str]]
"""An example in one line, and its equation."""
Watch = Callable[[str, Words], None]
"""Told which property is tried on which example before it is, and of no example before one is drawn."""


def unwatched(name: str, words: Words) -> None:
    """The watch of a check that nobody looks after."""


def _drawing() -> tuple[str, str]:
    return "", ""


def replay(subject: Subject, domain: str | Domain, examples: int, seed: int) -> str:
    """The command that finds a failure again, or the call for an object that has no name."""
    if not subject.named or not isinstance(domain, str):
        return f"kappabar.check({subject.name}, examples={examples}, seed={seed})"
    return command(subject.name, domain, examples, seed)


def command(name: str, domain: str, examples: int, seed: int) -> str:
    """The command line of a check."""
    option = "" if domain == "ode" else f" --domain {shlex.quote(domain)}"
    return f"kappabar check {shlex.quote(name)}{option} --examples {examples} --seed {seed}"


def run_property(
    item: Property, subject: Subject, examples: int, seed: int, command: str = "", watch: Watch = unwatched
) -> PropertyResult:
    """Tries small examples, then draws `examples`. A failure of another reason than those known is looked for until there is
    none; of a dear property one is enough."""
    start = time.perf_counter()
    first = _Search(item, subject, frozenset(), watch)
    found = [(example, fault) for fault, example in first.small(FIRST * examples).values()]
    search = first
    while len(found) < (MOST_FAILURES if item.cost == 1 else 1):
        search.known = frozenset(fault.reason for _, fault in found)
        if (fault := search.run(examples, seed)) is None:
            break
        found.append((search.example, fault))
        search = _Search(item, subject, frozenset(), watch)
    if not found and first.drawn and first.refused == first.drawn:
        fault = Fault("writes nothing", f"all {first.drawn} drawn trees are refused, the last: {first.refusal}")
        found.append((first.refused_example, fault))
    failures = tuple(_failure(subject, item, example, fault, seed, command) for example, fault in found)
    return PropertyResult(item.name, item.what, first.drawn, first.refused, time.perf_counter() - start, failures)


def wished(item: Property, subject: Subject, examples: int, seed: int, watch: Watch = unwatched) -> Desideratum:
    """Whether it holds: the first counterexample, made small, is enough."""
    if not item.applies(subject):
        return Desideratum(item.name, item.what)
    search = _Search(item, subject, frozenset(), watch)
    fault = search.run(item.count(examples), seed)
    against = None if fault is None else _failure(subject, item, search.example, fault, seed, "")
    return Desideratum(item.name, item.what, search.drawn, against)


class _Found(Exception):
    """What tells Hypothesis that an example fails."""


@dataclass(slots=True)
class _Search:
    """One run of Hypothesis, after failures of one reason (the first met that is not `known`): another would distract the
    shrinker."""

    item: Property
    subject: Subject
    known: frozenset[str]
    watch: Watch
    drawn: int = 0
    refused: int = 0
    refusal: str = ""
    refused_example: Any = None
    fault: Fault | None = None
    example: Any = None

    def run(self, examples: int, seed: int) -> Fault | None:
        """The fault of the smallest example found, or None."""
        from hypothesis import HealthCheck, Phase, given, settings
        from hypothesis import seed as seeded
        from hypothesis.errors import Flaky, Unsatisfiable

        quiet = settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink),
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            derandomize=False,
            print_blob=False,
        )

        def attempt(example: Any) -> None:
            self.attempt(example)

        self.watch(self.item.name, _drawing)
        try:
            seeded(seed)(quiet(given(self.item.examples(self.subject))(attempt)))()
        except (_Found, Unsatisfiable):
            pass
        except KappabarError:  # a domain that cannot be drawn from is the user's mistake in it
            raise
        except Flaky:
            if self.fault is None:
                self.fault = Fault("not deterministic", "the same examples cannot be drawn twice: encode gives something else")
        except BaseException as e:  # a vocabulary that is none, for instance: no example can be made of it
            passed_on(e)
            if self.fault is None and _UNDRAWN not in self.known:
                self.fault = Fault(_UNDRAWN, f"no example can be drawn: {told(e)}")
        return self.fault

    def small(self, most: int) -> dict[str, tuple[Fault, Any]]:
        """By its reason each fault of the item's first examples, and the first of them that has it: small enough as it is."""
        found: dict[str, tuple[Fault, Any]] = {}
        self.watch(self.item.name, _drawing)
        try:
            for example in islice(self.item.first(self.subject), most):
                self.drawn += 1
                fault = self._judge(example)
                if fault is not None and len(found) < MOST_FAILURES:
                    found.setdefault(fault.reason, (fault, example))
        except BaseException as e:  # as in `run`
            passed_on(e)
            found[_UNDRAWN] = Fault(_UNDRAWN, f"no example can be drawn: {told(e)}"), None
        return found

    def attempt(self, example: Any) -> None:
        """Raises `_Found` where the example fails for the reason that is sought."""
        if self.fault is None:
            self.drawn += 1
        fault = self._judge(example)
        if fault is None or fault.reason in self.known or (self.fault is not None and fault.reason != self.fault.reason):
            return
        self.fault, self.example = fault, example
        raise _Found

    def _judge(self, example: Any) -> Fault | None:
        self.watch(self.item.name, partial(_words, self.subject, example))
        try:
            return self.item.fault(self.subject, example)
        except Refused as e:
            self.refused += self.fault is None
            self.refusal, self.refused_example = str(e), example
            return None
        except BaseException as e:  # a user's part may raise anything; that is what a check is to find
            return _raised(e)
        finally:
            self.watch(self.item.name, _drawing)


def _raised(error: BaseException) -> Fault:
    """What a part of the user's own raised. What is no `Exception` would end the process (`sys.exit(0)`, a panic of Rust's)."""
    passed_on(error)
    ends = "" if isinstance(error, Exception) else ", which ends the process"
    return Fault(f"raises {type(error).__name__}", f"raises {told(error)}{ends}")


def _source(example: Any) -> Any:
    """What of an example has an equation: the tree that stands before a seed."""
    return example[0] if isinstance(example, tuple) and isinstance(example[0], Node | System) else example


def _words(subject: Subject, example: Any) -> tuple[str, str]:
    source, alphabet = _source(example), subject.domain.operators
    return shown(source, alphabet), equation_of(source, alphabet)


def _failure(subject: Subject, item: Property, example: Any, fault: Fault, seed: int, command: str) -> Failure:
    """A fault with what its example tells: the equation, and the edit that was made."""
    source = _source(example)
    index, old, new = fault.token_index, fault.old, fault.new
    if isinstance(source, Attempt) and index is None:
        index, old, new = source.position, source.old, source.new
    words, equation = _words(subject, example)
    if fault.tree is not None:
        equation = subject.written(fault.tree)
    return Failure(
        property=item.name,
        reason=fault.reason,
        detail=fault.detail,
        example=words,
        equation=equation,
        token_index=index,
        old=old,
        new=new,
        seed=seed,
        command=command,
    )
