"""The built-in parts keep every property, by the suites that users subclass for their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kappabar.evaluate.check.base import KINDS
from kappabar.evaluate.check.properties import PROPERTIES
from kappabar.evaluate.check.subjects import subject as find_subject
from kappabar.evaluate.check.suites import CodecSuite, OperatorSuite, RepresentationSuite, RewriteSuite, Suite, TokenizerSuite
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.edits.catalog import EDITS
from kappabar.representations.rewrites.catalog import REWRITES
from kappabar.tokenizers.catalog import CODECS, NOTATIONS, WRAPPERS
from kappabar.tokenizers.notations.characters import InfixCharacters

PLAIN = ["prefix", "postfix | bins:16", "tree | e2e:4,2", "rules", "infix", "infix | digits:3", "prefix | bins:5 | repeat:3"]


@cache
def made(name: str, place: str = "ode") -> object:
    """The subject of that name, fitted once."""
    return find_subject(name, domain(place))


# What does not apply to a part (nothing to save, no rewrite) is set to None, which leaves the test out.
class TestPlain(RepresentationSuite):
    examples = 15
    test_texts = test_save_and_load = test_rewrite_is_total = test_rewrite_keeps_the_meaning = test_rewrite_keeps_the_values = (
        None
    )

    @pytest.fixture(params=PLAIN)
    def subject(self, request: Any) -> object:
        return made(request.param)


class TestMerged(RepresentationSuite):
    examples = 15
    test_texts = test_rewrite_is_total = test_rewrite_keeps_the_meaning = test_rewrite_keeps_the_values = None

    @pytest.fixture(params=["infix | bpe:256", "prefix | digits:3 | unigram:256"])
    def subject(self, request: Any) -> object:
        return made(request.param)


class TestRewritten(RepresentationSuite):
    examples = 15
    test_texts = None

    @pytest.fixture
    def subject(self) -> object:
        return made("sort | infix | bpe:256")


class TestFunctions(RepresentationSuite):
    examples = 15
    domain = "function"
    test_texts = test_save_and_load = test_rewrite_is_total = test_rewrite_keeps_the_meaning = test_rewrite_keeps_the_values = (
        None
    )

    @pytest.fixture(params=["prefix", "infix"])
    def subject(self, request: Any) -> object:
        return made(request.param, "function")


class TestTokenizer(TokenizerSuite):
    examples = 15
    test_texts = test_save_and_load = None

    @pytest.fixture
    def subject(self) -> object:
        return InfixCharacters(2)


class TestCodecs(CodecSuite):
    examples = 50
    test_save_and_load = None

    @pytest.fixture(
        params=["digits:1", "digits:3", "digits:15", "e2e:4,1", "e2e:4,2", "bins:64", "bins:5,uniform", "bins:9,quantile"]
    )
    def subject(self, request: Any) -> object:
        return made(request.param)


class TestRewrites(RewriteSuite):
    examples = 30

    @pytest.fixture(params=sorted(REWRITES))
    def subject(self, request: Any) -> object:
        return f"rewrite={request.param}"


class TestTokenOperator(OperatorSuite):
    examples = 10

    @pytest.fixture
    def subject(self) -> object:
        return "operator=token"


class TestOperators(OperatorSuite):
    examples = 10
    test_edits_are_complete = test_edits_in_columns = test_kappa_renumbered_by_edits = None

    @pytest.fixture(params=sorted(EDITS.keys() - {"token"}))
    def subject(self, request: Any) -> object:
        return f"operator={request.param}"


def test_the_long_form_leaves_no_part_out(
    benchmark_named: Callable[[str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, out = benchmark_named("built_ins"), tmp_path / "found.jsonl"
    names = " ".join(name for name, _ in module.parts())
    for part in (*NOTATIONS, *CODECS, *WRAPPERS, *REWRITES, *EDITS):
        assert part in names or part in module.FROM_FILES
    monkeypatch.setattr(module, "parts", lambda: iter([("rewrite=sort", "ode"), ("codec=bits", "ode")]))
    monkeypatch.setattr("sys.argv", ["built_ins", "--examples", "3", "--out", str(out)])
    for _ in range(2):  # what is there is not tried again
        with pytest.raises(SystemExit, match=r"^(0|False)$"):
            module.main()
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [line["part"] for line in lines] == ["rewrite=sort", "codec=bits"]
    assert all(line["examples"] and line["properties"] and not line["failures"] for line in lines)


def test_every_property_is_a_test_of_a_suite_for_its_kind() -> None:
    suites: dict[str, type[Suite]] = {
        "representation": RepresentationSuite,
        "tokenizer": TokenizerSuite,
        "codec": CodecSuite,
        "rewrite": RewriteSuite,
        "operator": OperatorSuite,
    }
    assert suites.keys() == set(KINDS)
    for item in PROPERTIES:
        for kind in item.kinds:
            tests = {name.removeprefix("test_") for name in dir(suites[kind]) if name.startswith("test_")}
            assert "".join(c if c.isalnum() else "_" for c in item.name) in tests, (item.name, kind)
            assert kind in suites[kind].kinds
