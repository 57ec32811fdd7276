"""`check`: what a name means, what a result says, and that a failure can be found again."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from kappabar.evaluate.check.base import Attempt, Failure, Fault
from kappabar.evaluate.check.operating import brute_force, levenshtein
from kappabar.evaluate.check.properties import BY_NAME
from kappabar.evaluate.check.result import CheckResult
from kappabar.evaluate.check.run import check
from kappabar.evaluate.check.searching import run_property
from kappabar.evaluate.check.strategies import edited_sequences, token_sequences
from kappabar.evaluate.check.subjects import subject
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.edits.token import TokenEdits
from kappabar.grammars.draw.strategies import trees
from kappabar.grammars.errors import OutputError, SpecError
from kappabar.grammars.tree import Node
from kappabar.representations.representation import representation
from kappabar.representations.rewrites.sort import Sort
from kappabar.tokenizers.base import Invalid
from kappabar.tokenizers.codecs.digits import Digits
from kappabar.tokenizers.notations.prefix import Prefix

TESTS = Path(__file__).parents[2]
FAULTY = "check_faults.rewrites:Unary"


@pytest.fixture(autouse=True)
def _beside_the_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(TESTS)


@pytest.mark.parametrize(
    ("given_", "kind"),
    [
        ("prefix | digits:3", "representation"),
        ("infix", "representation"),
        ("sort | prefix", "representation"),
        ("tokenizer=prefix", "tokenizer"),
        ("digits:3", "codec"),
        ("bins:64,log", "codec"),
        ("codec = e2e:4,2", "codec"),
        ("sort", "rewrite"),
        ("token", "operator"),
        ("operator=token", "operator"),
        ("check_faults.writers:Sound", "tokenizer"),
        ("check_faults.writers:Sound | repeat:3", "representation"),
        ("check_faults.codecs:Sound", "codec"),
        ("check_faults.rewrites:Sound", "rewrite"),
        ("check_faults.operators:Sound", "operator"),
        (representation("prefix"), "representation"),
        (Prefix(Digits(3), 2), "tokenizer"),
        (Digits(3), "codec"),
        (Digits, "codec"),
        (Sort(), "rewrite"),
        (TokenEdits(), "operator"),
    ],
)
def test_what_is_checked_is_known_by_its_name_or_its_methods(given_: object, kind: str) -> None:
    assert subject(given_, domain("ode")).kind == kind


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("digitz:3", "did you mean 'digits'"),
        ("toke", "did you mean 'token'"),
        ("codec=sort", "sort"),
        ("rewrite=token", "unknown rewrite"),
        ("prefix | digitz", "digitz"),
        ("pathlib:Path", "is not a tokenizer"),
        ("check_faults.writers:Nothing", "has no 'Nothing'"),
        ("operator=check_faults.codecs:Sound", "no operator"),
        ("", "called ''"),
        ("xval", "check it in a representation"),
        ("fone:3,2", "check it in a representation: prefix | fone:3,2"),
        ("tree", "write operator=tree or representation=tree"),
    ],
)
def test_what_is_wrong_with_a_name(text: str, words: str) -> None:
    with pytest.raises(SpecError, match=words) as caught:
        check(text)
    assert "\n" not in str(caught.value)


class Two:
    """A rewrite and an edit operator at once."""

    spec = name = "two"
    promises = TokenEdits().promises

    def apply(self, tree):
        return tree

    def neighborhood(self, representation, tree, limit, rng):
        return TokenEdits().neighborhood(representation, tree, limit, rng)


def test_a_part_that_is_two_things_must_be_called_one() -> None:
    with pytest.raises(SpecError, match="rewrite and operator at once"):
        check(Two())


@pytest.mark.parametrize("given_", ["expand", "rewrite=horner", Sort(), "expand | prefix"])
def test_rewrites_of_arithmetic_are_refused_under_another_alphabet(given_: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(TESTS.parent)
    with pytest.raises(SpecError, match="knows the built-in operators alone") as caught:
        check(given_, "examples.boolean:BOOLEAN", examples=5)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["nary", "sort | tree", "flatten | prefix", "sort", "sexpr", "bracketed", "dag"])
def test_parts_over_another_alphabet_pass(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(TESTS.parent)
    found = check(text, "examples.boolean:BOOLEAN", examples=25)
    assert not found.failures, found.failures


@pytest.mark.parametrize(("text", "tried_on"), [("digits:3", "function"), ("token", "function"), ("prefix", "boolean")])
def test_the_result_says_on_which_domain_it_was_tried(text: str, tried_on: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(TESTS.parent)
    assert check(text, "examples.boolean:BOOLEAN", examples=1).domain == tried_on


def test_a_failure_is_told_in_the_words_of_its_domain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(TESTS.parent)
    place = domain("examples.boolean:BOOLEAN")
    tree = place.parse("a and not b").tree
    wrong = replace(
        BY_NAME["round trip"],
        examples=lambda _: st.just(tree),
        first=lambda _: (),
        fault=lambda s, t: Fault("wrong", f"comes back as {s.written(t)}"),
    )
    (failure,) = run_property(wrong, subject("prefix", place), 3, 0).failures
    assert failure.equation == failure.example == "x_0 and not x_1"
    assert failure.detail == "comes back as x_0 and not x_1"


def test_a_sound_part_has_no_failures() -> None:
    result = check("digits:3", examples=30)
    assert result.ok
    assert not result.failures
    assert {o.name for o in result.outcomes} >= {"codec round trip", "codec zero"}
    assert result.to_frame()["failures"].to_list() == [0] * len(result.outcomes)
    assert "FAIL" not in "\n".join(result.lines())


def test_a_failure_tells_the_smallest_equation_and_how_to_find_it_again() -> None:
    result = check(FAULTY, examples=200, seed=3)
    (failure, *_) = result.failures
    assert failure.property == "rewrite is total"
    assert failure.equation == "-x_0"
    assert failure.seed == 3
    assert shlex.split(failure.command) == ["kappabar", "check", FAULTY, "--examples", "200", "--seed", "3"]
    text = "\n".join(result.lines())
    assert failure.equation in text
    assert failure.command in text
    assert check(FAULTY, examples=200, seed=3).as_dict() == result.as_dict()


def one(name: str, fault: str, examples: int) -> Failure:
    """The first failure of one property."""
    found = subject(f"check_faults.{fault}", domain("ode"))
    return run_property(BY_NAME[name], found, examples, seed=0).failures[0]


def test_a_failure_on_an_edited_sequence_tells_the_edit() -> None:
    assert one("decode is total", "writers:Raises", 200).example.startswith("tokens [")
    for edit in (one("decode is closed", "writers:ReadsMore", 200), one("edits are complete", "operators:MissesLast", 10)):
        assert edit.token_index is not None
        assert edit.equation
        assert f"{edit.old or '(none)'} -> {edit.new or '(none)'}" in str(edit)


def test_junit_has_a_case_per_property(tmp_path: Path) -> None:
    path = tmp_path / "check.xml"
    result = check("check_faults.codecs:SignedZero", examples=20, junit=path)
    suite = ElementTree.fromstring(path.read_text("utf-8")).find("testsuite")
    assert suite is not None
    cases = {case.get("name"): case.find("failure") for case in suite.findall("testcase")}
    assert cases.keys() == {o.name for o in result.outcomes}
    assert {name for name, failure in cases.items() if failure is not None} == {f.property for f in result.failures}
    assert suite.get("failures") == str(len({f.property for f in result.failures}))
    with pytest.raises(OutputError, match="cannot write"):
        check("digits:3", examples=1, junit=tmp_path / "nowhere" / "check.xml")


def test_a_property_without_an_example_is_not_called_ok() -> None:
    never = replace(BY_NAME["round trip"], examples=lambda subject: st.nothing(), first=lambda _: ())
    outcome = run_property(never, subject("prefix", domain("ode")), 20, 0)
    assert outcome.untried and outcome.ok
    result = CheckResult("prefix", "representation", "ode", 20, 0, (outcome,))
    assert "none  round trip" in "\n".join(result.lines())
    suite = ElementTree.fromstring(result.junit()).find("testsuite")
    assert suite is not None and suite.get("skipped") == "1" and suite.find("testcase/skipped") is not None


def test_without_hypothesis_the_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(SpecError, match=r'pip install "kappabar\[test\]"'):
        check("digits:3")


def test_no_examples_is_a_mistake() -> None:
    with pytest.raises(SpecError, match="at least 1"):
        check("digits:3", examples=0)


@given(st.lists(st.integers(0, 3), max_size=6), st.lists(st.integers(0, 3), max_size=6))
def test_the_distance_is_that_of_single_steps(a: list[int], b: list[int]) -> None:
    """By another way: breadth-first from a, one unit edit at a time."""
    reached, distance = {tuple(a)}, 0
    while tuple(b) not in reached and distance < 2:
        reached |= {s for ids in reached for found in brute_force(ids, 4).values() for s in found}
        distance += 1
    if tuple(b) in reached:
        assert levenshtein(a, b) == distance
    else:
        assert levenshtein(a, b) > 2


PREFIX = Prefix(Digits(3), 2)


@given(edited_sequences(PREFIX, trees(max_dim=2, max_leaves=4)))
def test_edited_sequences_are_one_step_from_their_trees(attempt: Attempt) -> None:
    assert attempt.tree is not None
    assert levenshtein(PREFIX.encode(attempt.tree), attempt.ids) == 1 or attempt.ids == tuple(PREFIX.encode(attempt.tree))


def test_edited_sequences_shrink_to_small_trees_and_first_edits() -> None:
    quiet = settings(max_examples=2000, database=None)
    found = find(edited_sequences(PREFIX, trees(max_dim=2)), lambda a: isinstance(PREFIX.decode(a.ids), Invalid), settings=quiet)
    assert found.tree is not None
    assert found.tree.size == 2
    assert found.position == 0
    random = find(token_sequences(PREFIX), lambda a: isinstance(PREFIX.decode(a.ids), Invalid), settings=quiet)
    assert random.ids == ()


class OutOfBounds(Prefix):
    """Writes one id that the vocabulary has not."""

    def encode(self, tree: Node) -> list[int]:
        return [len(self.vocabulary), *super().encode(tree)]


class Texts(Prefix):
    """Writes texts for ids."""

    def encode(self, tree: Node) -> list[int]:
        return [str(i) for i in super().encode(tree)]  # type: ignore[misc]


class NoVocabulary(Prefix):
    vocabulary = None  # type: ignore[assignment]


@pytest.mark.parametrize(("made", "failing"), [(OutOfBounds, "ids"), (Texts, "ids"), (NoVocabulary, "vocabulary")])
def test_what_cannot_be_drawn_from_fails_and_ends_nothing(made: type[Prefix], failing: str) -> None:
    result = check(made(Digits(3), 2), examples=3)
    assert failing in {f.property for f in result.failures}
