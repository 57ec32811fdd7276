"""`check`: what is found of a subject, gathered into one result."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...grammars.errors import SpecError
from ..domains.domain import Domain
from ..events import Advanced, Finished, Listener, Started, silent
from ..options.spelled import typed
from .here import Asked, Finding, Head
from .result import CheckResult, Desideratum, PropertyResult

_NEEDS_TEST = 'checks need the extra "test" (Hypothesis): pip install "kappabar[test]"'


@typed
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

    A part of the user's own that is named as `module:Object` is tried in a process of its own: where it ends the process or an
    example takes longer than `apart.CALL` seconds, that is a failure of the property. One that is given as an object is tried in
    this process, where what it raises is a failure, `SystemExit` included.

    Raises SpecError: a name that is none or several, or Hypothesis not installed; RunError: the part ends the process, or does
    not answer, while it is imported and made; OutputError: `junit` cannot be written.
    """
    _require_hypothesis()
    if examples < 1:
        raise SpecError(f"examples must be at least 1, not {examples}")
    result = _gathered(Asked(subject, domain, examples, seed), listen)
    if junit is not None:
        result.write_junit(Path(junit))
    return result


def _gathered(asked: Asked, listen: Listener) -> CheckResult:
    outcomes: list[PropertyResult] = []
    wished: list[Desideratum] = []
    head = Head("", "", "", ())
    for finding in _findings(asked):
        if isinstance(finding, Head):
            head = finding
            listen(Started(_stage(head), len(head.properties)))
        elif isinstance(finding, Desideratum):
            wished.append(finding)
        else:
            outcomes.append(finding)
            listen(Advanced(_stage(head), 1))
    listen(Finished(_stage(head)))
    return CheckResult(
        subject=head.name,
        kind=head.kind,
        domain=head.domain,
        examples=asked.examples,
        seed=asked.seed,
        outcomes=tuple(outcomes),
        desiderata=tuple(wished),
    )


def _stage(head: Head) -> str:
    return f"check of {head.name}"


def _findings(asked: Asked) -> Iterator[Finding]:
    from . import apart, here

    return apart.findings(asked) if apart.is_own(asked.subject, asked.domain) else here.findings(asked)


def _require_hypothesis() -> None:
    try:
        import hypothesis  # noqa: F401
    except ImportError:
        raise SpecError(_NEEDS_TEST) from None
