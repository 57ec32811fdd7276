"""`check`: draws examples for every property that applies to a subject, shrinks what fails, and tells each distinct failure
once."""

from __future__ import annotations

import shlex
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...grammars.errors import KappabarError, SpecError
from ...grammars.text.own import told
from ...grammars.tree import Node, System
from ..domains.domain import Domain
from ..domains.domain import domain as find_domain
from ..events import Advanced, Finished, Listener, Started, silent
from .base import Attempt, Failure, Fault, Property, Refused, Subject, equation_of, shown
from .result import CheckResult, Desideratum, PropertyResult
from .subjects import subject as find_subject

MOST_FAILURES = 5
"""Distinct failures of one property that are looked for."""
_NEEDS_TEST = 'checks need the extra "test" (Hypothesis): pip install "kappabar[test]"'


def check(
    subject: object,
    domain: str | Domain = "ode",
    examples: int = 200,
    seed: int = 0,
    junit: str | Path | None = None,
    listen: Listener = silent,
) -> CheckResult:
    """Property tests for a representation, tokenizer, codec, rewrite or edit operator, the user's own included.

    `subject`: a spec (`prefix | digits:3`), the name of a codec (`digits:3`), rewrite (`sort`) or edit operator (`token`),
    `module:Object`, or the object itself. `examples`: how many are drawn per property; of those that simulate or enumerate, a
    part (`Property.cost`). `seed`: the same seed draws the same examples. `junit`: where to write JUnit XML. Codecs and edit
    operators are tried on the built-in expressions: the result then says so in its `domain`, that of functions for domains that
    are not closed. Of a number codec, and of a representation that has one, the result also says what holds of what is wished of
    number encodings (`desiderata`), which fails nothing.

    Raises SpecError: a name that is none or several, or Hypothesis not installed; OutputError: `junit` cannot be written.
    """
    _require_hypothesis()
    from .desiderata import desiderata_of
    from .properties import properties_of

    if examples < 1:
        raise SpecError(f"examples must be at least 1, not {examples}")
    chosen_domain = find_domain(domain)
    checked = find_subject(subject, chosen_domain)
    applying = properties_of(checked)
    stage = f"check of {checked.name}"
    listen(Started(stage, len(applying)))
    outcomes = []
    for item in applying:
        outcomes.append(run_property(item, checked, item.count(examples), seed, replay(checked, domain, examples, seed)))
        listen(Advanced(stage, 1))
    listen(Finished(stage))
    wished = tuple(_wished(item, checked, examples, seed) for item in desiderata_of(checked))
    result = CheckResult(
        subject=checked.name,
        kind=checked.kind,
        domain=checked.domain.name,
        examples=examples,
        seed=seed,
        outcomes=tuple(outcomes),
        desiderata=wished,
    )
    if junit is not None:
        result.write_junit(Path(junit))
    return result


def replay(subject: Subject, domain: str | Domain, examples: int, seed: int) -> str:
    """The command that finds a failure again, or the call for an object that has no name."""
    if not subject.named or not isinstance(domain, str):
        return f"kappabar.check({subject.name}, examples={examples}, seed={seed})"
    option = "" if domain == "ode" else f" --domain {shlex.quote(domain)}"
    return f"kappabar check {shlex.quote(subject.name)}{option} --examples {examples} --seed {seed}"


def run_property(item: Property, subject: Subject, examples: int, seed: int, command: str = "") -> PropertyResult:
    """Draws `examples` examples. A failure of another reason than those known is looked for until there is none."""
    start = time.perf_counter()
    failures: list[Failure] = []
    first = _Search(item, subject, frozenset())
    search = first
    while (fault := search.run(examples, seed)) is not None:
        failures.append(_failure(subject, item, search.example, fault, seed, command))
        if len(failures) == MOST_FAILURES:
            break
        search = _Search(item, subject, frozenset(f.reason for f in failures))
    if not failures and first.drawn and first.refused == first.drawn:
        fault = Fault("writes nothing", f"all {first.drawn} drawn trees are refused, the last: {first.refusal}")
        failures.append(_failure(subject, item, first.example, fault, seed, command))
    return PropertyResult(item.name, item.what, first.drawn, first.refused, time.perf_counter() - start, tuple(failures))


def _wished(item: Property, subject: Subject, examples: int, seed: int) -> Desideratum:
    """Whether it holds: the first counterexample, made small, is enough."""
    if not item.applies(subject):
        return Desideratum(item.name, item.what)
    search = _Search(item, subject, frozenset())
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
    drawn: int = 0
    refused: int = 0
    refusal: str = ""
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

        try:
            seeded(seed)(quiet(given(self.item.examples(self.subject))(attempt)))()
        except (_Found, Unsatisfiable):
            pass
        except KappabarError:  # a domain that cannot be drawn from is the user's mistake in it
            raise
        except Flaky:
            if self.fault is None:
                self.fault = Fault("not deterministic", "the same examples cannot be drawn twice: encode gives something else")
        except Exception as e:  # a vocabulary that is none, for instance: no example can be made of it
            if self.fault is None and "cannot be drawn" not in self.known:
                self.fault = Fault("cannot be drawn", f"no example can be drawn: {told(e)}")
        return self.fault

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
        try:
            return self.item.fault(self.subject, example)
        except Refused as e:
            self.refused += self.fault is None
            self.refusal, self.example = str(e), example
            return None
        except Exception as e:  # a user's part may raise anything; that is what a check is to find
            return Fault(f"raises {type(e).__name__}", f"raises {type(e).__name__}: {' '.join(str(e).split())[:300]}")


def _failure(subject: Subject, item: Property, example: Any, fault: Fault, seed: int, command: str) -> Failure:
    """A fault with what its example tells: the equation, and the edit that was made."""
    source = example[0] if isinstance(example, tuple) and isinstance(example[0], Node | System) else example
    index, old, new = fault.token_index, fault.old, fault.new
    if isinstance(source, Attempt) and index is None:
        index, old, new = source.position, source.old, source.new
    words, equation = shown(source, subject.domain.operators), equation_of(source, subject.domain.operators)
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


def _require_hypothesis() -> None:
    try:
        import hypothesis  # noqa: F401
    except ImportError:
        raise SpecError(_NEEDS_TEST) from None
