"""A part of the user's own that ends the process, leaves it, hangs or prints: the check says so, and goes on."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from kappabar.evaluate.check import apart
from kappabar.evaluate.check.base import passed_on
from kappabar.evaluate.check.properties import BY_NAME
from kappabar.evaluate.check.run import check
from kappabar.evaluate.check.searching import run_property
from kappabar.evaluate.check.subjects import subject
from kappabar.evaluate.domains.domain import domain
from kappabar.grammars.errors import RunError
from kappabar.tokenizers.codecs.digits import Digits
from kappabar.tokenizers.notations.prefix import Prefix

TESTS = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _beside_the_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(TESTS)


@pytest.mark.parametrize(
    ("name", "failing", "words"),
    [
        ("Interrupts", "ids", "raises KeyboardInterrupt, which ends the process"),
        ("Aborts", "round trip", "ends the process (by SIGABRT)"),
        ("CodecLeaves", "codec round trip", "ends the process (exit code 0)"),
        ("OperatorLeaves", "edits are well-formed", "ends the process (exit code 0)"),
    ],
)
def test_a_part_that_leaves_the_process_fails_by_its_property_and_equation(name: str, failing: str, words: str) -> None:
    result = check(f"check_faults.leaving:{name}", examples=3)
    failure = next(f for f in result.failures if f.property == failing)
    assert failure.detail == words
    assert failure.command == f"kappabar check check_faults.leaving:{name} --examples 3 --seed 0"
    assert bool(failure.equation) == (not name.startswith("Codec"))
    assert not result.ok
    assert {o.name for o in result.outcomes} >= {failing, "kappa family"} or name.startswith("Codec")


@pytest.mark.parametrize(
    ("name", "failing", "words"),
    [
        ("Exits", "ids", "raises SystemExit: 0, which ends the process"),
        ("Panics", "round trip", "raises Panic: index out of bounds, which ends the process"),
        ("Panics", "decode is total", "decode raises Panic: index out of bounds"),
        ("Closes", "ids", "raises GeneratorExit, which ends the process"),
        ("CodecExits", "codec round trip", "raises SystemExit: 0, which ends the process"),
        ("RewriteExits", "rewrite is total", "raises SystemExit: 0, which ends the process"),
        ("OperatorExits", "edits are well-formed", "raises SystemExit: 0, which ends the process"),
    ],
)
def test_what_would_end_the_process_is_a_failure_like_any_other(name: str, failing: str, words: str) -> None:
    outcome = run_property(BY_NAME[failing], subject(f"check_faults.leaving:{name}", domain("ode")), 3, seed=0)
    assert [f.detail for f in outcome.failures] == [words]


def test_what_does_not_answer_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "CALL", 1.5)
    result = check("check_faults.leaving:Hangs", examples=3)
    (first, second) = result.failures
    assert (first.property, first.equation, first.reason) == ("round trip", "x_0", "no answer")
    assert first.detail == "does not answer within 1.5 s"
    assert second.property == "decode is total"
    assert [o.untried for o in result.outcomes if o.name in ("decode is closed", "kappa family")] == [True, True]


@pytest.mark.parametrize("name", ["NotMade", "LeftUnmade"])
def test_a_part_that_ends_the_process_while_it_is_made_is_a_run_that_could_not_finish(name: str) -> None:
    with pytest.raises(RunError, match=r"NotMade could not be made: SystemExit: 0|exit code 0.*made") as caught:
        check(f"check_faults.leaving:{name}", examples=3)
    assert "\n" not in str(caught.value)


def test_a_module_that_ends_the_process_when_it_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, line, words in (
        ("ends", "sys.exit(0)", "SystemExit: 0"),
        ("leaves", "os._exit(0)", "exit code 0"),
    ):
        tmp_path.joinpath(f"{name}_on_import.py").write_text(f"import os, sys\n{line}\n", encoding="utf-8")
        with pytest.raises(RunError, match=words):
            check(f"{name}_on_import:Part", examples=3)


class Ends(Prefix):
    """Given as an object, it is tried in this process."""

    def decode(self, ids):  # type: ignore[no-untyped-def]
        raise SystemExit(0)


def test_an_object_that_ends_the_process_fails_too() -> None:
    outcome = run_property(BY_NAME["round trip"], subject(Ends(Digits(3), 2), domain("ode")), 3, seed=0)
    assert [f.reason for f in outcome.failures] == ["raises SystemExit"]


def test_ctrl_c_is_a_persons_where_the_signal_is_not_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background may ignore it
    try:
        with pytest.raises(KeyboardInterrupt):
            passed_on(KeyboardInterrupt())
        passed_on(SystemExit(0))
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        passed_on(KeyboardInterrupt())
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("given", "place", "own"),
    [
        ("prefix | digits:3", "ode", False),
        ("digitz:3", "ode", False),
        ("mylab:Part", "ode", True),
        ("sort | prefix | mylab.parts:Codec:3", "ode", True),
        ("codec=mylab:Part", "ode", True),
        ("prefix", "mylab:DOMAIN", True),
        ("__main__:Part", "ode", False),
        (Prefix(Digits(3), 2), "ode", False),
    ],
)
def test_what_is_tried_apart(given: object, place: str, own: bool) -> None:
    assert apart.is_own(given, place) == own
