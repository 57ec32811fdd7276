"""`check` finds every mistake of the bank in `tests/check_faults`, under the right name, and tells how to find it again."""

from __future__ import annotations

from pathlib import Path

import pytest

from kappabar.evaluate.check.properties import BY_NAME
from kappabar.evaluate.check.run import check
from kappabar.evaluate.check.searching import replay, run_property
from kappabar.evaluate.check.subjects import subject
from kappabar.evaluate.domains.domain import domain

TESTS = Path(__file__).parents[2]
# The mistake, and the property that must name it; others may.
FAULTS = {
    "writers:DroppedParentheses": "round trip",
    "writers:FirstEquation": "round trip",
    "writers:SwappedMinus": "round trip",
    "writers:Shallow": "round trip",
    "writers:ShortFloats": "round trip",
    "writers:SignLost": "round trip",
    "writers:Collision": "vocabulary",
    "writers:SharedId": "ids",
    "writers:OutsideIds": "ids",
    "writers:OtherWords": "ids",
    "writers:WrongClass": "classes and nodes",
    "writers:WrongNode": "classes and nodes",
    "writers:OneWord": "vocabulary",
    "writers:WritesNothing": "round trip",
    "writers:DiceDecode": "decode is deterministic",
    "writers:Memory": "decode is deterministic",
    "writers:Eater": "decode is deterministic",
    "writers:Raises": "decode is total",
    "writers:FarPosition": "decode is total",
    "writers:Guesses": "decode is total",
    "writers:ReadsMore": "decode is closed",
    "writers:ForgetsPattern": "save and load",
    "writers:TenAsOne": "round trip",
    "writers:Trailing": "decode reads all",
    "writers:Leading": "decode reads all",
    "writers:QuotientInDifference": "round trip",
    "writers:NinthPower": "round trip",
    "writers:Recursive": "decode is total",
    "codecs:FirstThree": "codec round trip",
    "codecs:FirstChunk": "codec round trip",
    "codecs:SignedZero": "codec zero",
    "codecs:EdgeTooFar": "codec round trip",
    "codecs:NoLastBin": "codec round trip",
    "codecs:Truncates": "codec error",
    "codecs:Greedy": "codec delimits itself",
    "codecs:ReadRaises": "codec read is total",
    "codecs:Disordered": "codec order",
    "codecs:TakesPlus": "codec tokens",
    "codecs:WritesNan": "codec refuses",
    "codecs:Forgets": "save and load",
    "rewrites:DividesByZero": "rewrite keeps the meaning",
    "rewrites:Commutes": "rewrite keeps the meaning",
    "rewrites:SmallAngle": "rewrite keeps the meaning",
    "rewrites:Unsigned": "rewrite keeps the meaning",
    "rewrites:RoundsOff": "rewrite keeps the meaning",
    "rewrites:Renames": "rewrite keeps the meaning",
    "rewrites:RootOfSquare": "rewrite keeps the values",
    "rewrites:NegativeLeft": "rewrite keeps the values",
    "rewrites:ExponentialOfLogarithm": "rewrite keeps the values",
    "rewrites:LogarithmOfSquare": "rewrite keeps the values",
    "rewrites:PowerOfPower": "rewrite keeps the values",
    "rewrites:Cancels": "rewrite keeps the values",
    "rewrites:TakesAway": "rewrite keeps the values",
    "rewrites:ArcSineOfSine": "rewrite keeps the values",
    "rewrites:ProductOfRoots": "rewrite keeps the values",
    "rewrites:RootOfProduct": "rewrite keeps the values",
    "rewrites:SumOfLogarithms": "rewrite keeps the values",
    "rewrites:RootSquared": "rewrite keeps the values",
    "rewrites:SumOfSizes": "rewrite keeps the values",
    "rewrites:Complementary": "rewrite keeps the values",
    "rewrites:DropsEquation": "rewrite is total",
    "rewrites:Raises": "rewrite is total",
    "rewrites:Unary": "rewrite is total",
    "rewrites:Infinite": "rewrite is total",
    "rewrites:Alternates": "rewrite is total",
    "rewrites:OneByOne": "rewrite is idempotent",
    "operators:Repeats": "edits are enumerated",
    "operators:MissesLast": "edits are complete",
    "operators:MissesAppended": "edits are complete",
    "operators:DistanceZero": "edits are unit steps",
    "operators:DistanceTwo": "edits are unit steps",
    "operators:OtherResult": "edits are unit steps",
    "operators:NoLimit": "limit",
    "operators:WrongSize": "limit",
    "operators:FirstOnes": "limit",
    "operators:HalfDrawn": "draws are even",
    "operators:RareDeletions": "draws are even",
    "operators:Unseeded": "edits are deterministic",
    "operators:Upwards": "edits are symmetric",
    "operators:NoDeletions": "edits have inverses",
    "operators:OutOfRange": "edits are well-formed",
    "operators:OtherColumns": "edits in columns",
    "operators:Raises": "edits are well-formed",
}


@pytest.mark.parametrize("name", FAULTS)
def test_every_mistake_is_found_by_its_property(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(TESTS)
    found, item = subject(f"check_faults.{name}", domain("ode")), BY_NAME[FAULTS[name]]
    outcome = run_property(item, found, item.count(200), seed=0, command=replay(found, "ode", 200, 0))
    assert not outcome.ok
    reasons = [f.reason for f in outcome.failures]
    assert len(set(reasons)) == len(reasons)
    for failure in outcome.failures:
        assert "\n" not in failure.detail
        assert failure.command == f"kappabar check check_faults.{name} --examples 200 --seed 0"


@pytest.mark.parametrize("name", [n for n in FAULTS if FAULTS[n] == "rewrite keeps the values" and "Left" not in n])
def test_what_is_true_for_some_numbers_only_is_found_at_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(TESTS)
    found, item = subject(f"check_faults.{name}", domain("ode")), BY_NAME[FAULTS[name]]
    outcome = run_property(item, found, 20, seed=0)
    assert outcome.failures and outcome.failures[0].equation


@pytest.mark.nightly
@pytest.mark.parametrize("name", FAULTS)
def test_a_whole_check_finds_every_mistake(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(TESTS)
    assert FAULTS[name] in {f.property for f in check(f"check_faults.{name}").failures}


@pytest.mark.parametrize("name", ["writers:Sound", "codecs:Sound", "rewrites:Sound", "operators:Sound"])
def test_what_the_mistakes_are_made_in_has_none(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(TESTS)
    result = check(f"check_faults.{name}", examples=100)
    assert result.ok, "\n\n".join(map(str, result.failures))
