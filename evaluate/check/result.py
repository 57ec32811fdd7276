"""What a check found, and its forms: lines, a document, a table, JUnit XML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from ...grammars.errors import OutputError
from .base import Failure

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class PropertyResult:
    """One property: how many examples were drawn, how many of those the vocabulary could not write, and the distinct failures."""

    name: str
    what: str
    examples: int
    refused: int
    seconds: float
    failures: tuple[Failure, ...]

    @property
    def ok(self) -> bool:
        return not self.failures

    @property
    def untried(self) -> bool:
        """Whether no example could be drawn, or the check ended before: it does not fail, and nothing is known of it."""
        return not self.examples and not self.failures


@dataclass(frozen=True, slots=True)
class Desideratum:
    """What is wished of number encodings, and found of one: that it holds of all examples drawn, that it does not, with the
    smallest counterexample found, or, without examples, that it does not apply. It describes, and fails no check."""

    name: str
    what: str
    examples: int = 0
    counterexample: Failure | None = None

    @property
    def holds(self) -> bool | None:
        """None where it does not apply."""
        return self.counterexample is None if self.examples else None

    def as_dict(self) -> dict[str, Any]:
        against = self.counterexample
        return {
            "desideratum": self.name,
            "what": self.what,
            "holds": self.holds,
            "examples": self.examples,
            "counterexample": None if against is None else {"detail": against.detail, "example": against.example},
        }


@dataclass(frozen=True, slots=True)
class CheckResult:
    """All properties that apply to a subject. `ok` where none fails; `desiderata` (see `Desideratum`) have no part in it."""

    subject: str
    kind: str
    domain: str
    examples: int
    seed: int
    outcomes: tuple[PropertyResult, ...]
    desiderata: tuple[Desideratum, ...] = ()

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Every distinct failure, in the order of the properties."""
        return tuple(f for outcome in self.outcomes for f in outcome.failures)

    @property
    def ok(self) -> bool:
        return not self.failures

    def as_dict(self) -> dict[str, Any]:
        """The `check` document. Without times: equal seeds give equal documents."""
        return {
            "subject": self.subject,
            "kind": self.kind,
            "domain": self.domain,
            "examples": self.examples,
            "seed": self.seed,
            "ok": self.ok,
            "properties": [
                {
                    "property": o.name,
                    "what": o.what,
                    "examples": o.examples,
                    "refused": o.refused,
                    "failures": len(o.failures),
                }
                for o in self.outcomes
            ],
            "failures": [f.as_dict() for f in self.failures],
            "desiderata": [d.as_dict() for d in self.desiderata],
        }

    def to_frame(self) -> pl.DataFrame:
        """One row per property."""
        import polars as pl

        rows = [(o.name, o.examples, o.refused, len(o.failures), "; ".join(f.detail for f in o.failures)) for o in self.outcomes]
        return pl.DataFrame(rows, schema=["property", "examples", "refused", "failures", "detail"], orient="row")

    def lines(self) -> Iterator[str]:
        """For a terminal: one line per property, then each failure with what replays it."""
        article = "an" if self.kind[0] in "aeiou" else "a"
        yield f"{self.subject}: {article} {self.kind}, domain {self.domain}, seed {self.seed}"
        for o in self.outcomes:
            refused = f", {o.refused} of them not in the vocabulary" if o.refused else ""
            mark = "FAIL" if o.failures else "none" if o.untried else "ok  "
            none = "" if not o.untried else ": none was tried, so nothing is known"
            yield f"  {mark}  {o.name:<26}{o.examples:>7,} examples{refused}{none}"
        if self.desiderata:
            yield "wished of number encodings, and no failure where it is not so:"
        for d in self.desiderata:
            words = {True: "yes", False: "no", None: "does not apply"}[d.holds]
            against = "" if d.counterexample is None else f": {d.counterexample.detail}"
            yield f"        {d.name:<26}{words}{against}"
        for failure in self.failures:
            yield ""
            yield str(failure)

    def junit(self) -> str:
        """JUnit XML, one test case per property, for a build server."""
        failed = sum(not o.ok for o in self.outcomes)
        seconds = sum(o.seconds for o in self.outcomes)
        untried = str(sum(o.untried for o in self.outcomes))
        counts = {"tests": str(len(self.outcomes)), "failures": str(failed), "errors": "0", "time": f"{seconds:.3f}"}
        suites = ElementTree.Element("testsuites", counts)
        suite = ElementTree.SubElement(
            suites, "testsuite", {"name": f"kappabar check {self.subject}", "skipped": untried, **counts}
        )
        for o in self.outcomes:
            attributes = {"classname": f"kappabar.check.{self.kind}", "name": o.name, "time": f"{o.seconds:.3f}"}
            case = ElementTree.SubElement(suite, "testcase", attributes)
            if o.failures:
                message = _clean("; ".join(f.detail for f in o.failures))
                failure = ElementTree.SubElement(case, "failure", {"message": message, "type": "property"})
                failure.text = _clean("\n\n".join(map(str, o.failures)))
            elif o.untried:
                ElementTree.SubElement(case, "skipped", {"message": "no example was tried"})
        ElementTree.indent(suites)
        return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"

    def write_junit(self, path: Path) -> None:
        """Raises OutputError where the file cannot be written."""
        try:
            path.write_text(self.junit(), "utf-8")
        except OSError as e:
            raise OutputError(f"cannot write {path}: {e.strerror or e}; give --junit a file in a folder that exists") from None


def _clean(text: str) -> str:
    """Without the characters that XML cannot hold: a user's tokens may be any."""
    return "".join(
        c if c in "\t\n" or 0x20 <= ord(c) < 0xD800 or 0xE000 <= ord(c) < 0xFFFE or ord(c) > 0xFFFF else "�" for c in text
    )
