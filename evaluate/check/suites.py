"""Base classes for a user's own pytest suite: subclass one and give the one fixture `subject`. Needs the extra `test`.

    from kappabar.evaluate.check.suites import TokenizerSuite
    from mylab.parts import MyTokenizer

    class TestMyTokenizer(TokenizerSuite):
        @pytest.fixture
        def subject(self):
            return MyTokenizer(n_variables=3)

What the fixture may give is what `check` takes: an object, or text such as `prefix | digits:3` or `mylab.parts:MyTokenizer`.
`domain`, `examples` and `seed` are class attributes. Each property is one test; one that does not apply (nothing is saved, a
promise is not made) is skipped and says so. `test_save_and_load = None` in the subclass leaves that test out.
"""

from __future__ import annotations

from typing import ClassVar

import pytest

from ..domains.domain import Domain
from ..domains.domain import domain as find_domain
from .base import KINDS
from .properties import BY_NAME
from .searching import replay, run_property
from .subjects import subject as find_subject


class Suite:
    """What the suites share. Not for use by itself."""

    domain: ClassVar[str | Domain] = "ode"
    examples: ClassVar[int] = 100
    seed: ClassVar[int] = 0
    kinds: ClassVar[tuple[str, ...]] = KINDS

    @pytest.fixture
    def subject(self) -> object:
        """What is checked."""
        pytest.fail("give the fixture `subject`: the part to check, or its name", pytrace=False)

    def holds(self, name: str, subject: object) -> None:
        """Fails the test where the property of that name does not hold."""
        checked = find_subject(subject, find_domain(self.domain))
        if checked.kind not in self.kinds:
            pytest.fail(f"{checked.name} is a {checked.kind}; this suite is for a {' or '.join(self.kinds)}", pytrace=False)
        item = BY_NAME[name]
        if not item.applies(checked):
            pytest.skip(f"{name!r} does not apply to {checked.name}")
        command = replay(checked, self.domain, self.examples, self.seed)
        outcome = run_property(item, checked, item.count(self.examples), self.seed, command)
        if outcome.failures:
            pytest.fail("\n\n".join(map(str, outcome.failures)), pytrace=False)


class TokenizerSuite(Suite):
    """For tokenizers."""

    kinds: ClassVar[tuple[str, ...]] = ("representation", "tokenizer")

    def test_vocabulary(self, subject: object) -> None:
        self.holds("vocabulary", subject)

    def test_texts(self, subject: object) -> None:
        self.holds("texts", subject)

    def test_ids(self, subject: object) -> None:
        self.holds("ids", subject)

    def test_round_trip(self, subject: object) -> None:
        self.holds("round trip", subject)

    def test_classes_and_nodes(self, subject: object) -> None:
        self.holds("classes and nodes", subject)

    def test_decode_is_total(self, subject: object) -> None:
        self.holds("decode is total", subject)

    def test_decode_is_deterministic(self, subject: object) -> None:
        self.holds("decode is deterministic", subject)

    def test_decode_reads_all(self, subject: object) -> None:
        self.holds("decode reads all", subject)

    def test_decode_is_closed(self, subject: object) -> None:
        self.holds("decode is closed", subject)

    def test_save_and_load(self, subject: object) -> None:
        self.holds("save and load", subject)

    def test_kappa_family(self, subject: object) -> None:
        self.holds("kappa family", subject)

    def test_kappa_of_identity(self, subject: object) -> None:
        self.holds("kappa of identity", subject)

    def test_kappa_renumbered(self, subject: object) -> None:
        self.holds("kappa renumbered", subject)


class RepresentationSuite(TokenizerSuite):
    """For representations: what tokenizers promise, and what its spec and rewrites do."""

    kinds: ClassVar[tuple[str, ...]] = ("representation",)

    def test_spec(self, subject: object) -> None:
        self.holds("spec", subject)

    def test_rewrite_is_total(self, subject: object) -> None:
        self.holds("rewrite is total", subject)

    def test_rewrite_keeps_the_values(self, subject: object) -> None:
        self.holds("rewrite keeps the values", subject)

    def test_rewrite_keeps_the_meaning(self, subject: object) -> None:
        self.holds("rewrite keeps the meaning", subject)


class CodecSuite(Suite):
    """For number codecs."""

    kinds: ClassVar[tuple[str, ...]] = ("codec",)

    def test_codec_tokens(self, subject: object) -> None:
        self.holds("codec tokens", subject)

    def test_codec_round_trip(self, subject: object) -> None:
        self.holds("codec round trip", subject)

    def test_codec_order(self, subject: object) -> None:
        self.holds("codec order", subject)

    def test_codec_error(self, subject: object) -> None:
        self.holds("codec error", subject)

    def test_codec_zero(self, subject: object) -> None:
        self.holds("codec zero", subject)

    def test_codec_refuses(self, subject: object) -> None:
        self.holds("codec refuses", subject)

    def test_codec_delimits_itself(self, subject: object) -> None:
        self.holds("codec delimits itself", subject)

    def test_codec_read_is_total(self, subject: object) -> None:
        self.holds("codec read is total", subject)

    def test_save_and_load(self, subject: object) -> None:
        self.holds("save and load", subject)


class RewriteSuite(Suite):
    """For rewrites."""

    kinds: ClassVar[tuple[str, ...]] = ("rewrite",)

    def test_rewrite_is_total(self, subject: object) -> None:
        self.holds("rewrite is total", subject)

    def test_rewrite_is_idempotent(self, subject: object) -> None:
        self.holds("rewrite is idempotent", subject)

    def test_rewrite_keeps_the_values(self, subject: object) -> None:
        self.holds("rewrite keeps the values", subject)

    def test_rewrite_keeps_the_meaning(self, subject: object) -> None:
        self.holds("rewrite keeps the meaning", subject)


class OperatorSuite(Suite):
    """For edit operators."""

    kinds: ClassVar[tuple[str, ...]] = ("operator",)

    def test_edits_are_well_formed(self, subject: object) -> None:
        self.holds("edits are well-formed", subject)

    def test_edits_are_enumerated(self, subject: object) -> None:
        self.holds("edits are enumerated", subject)

    def test_edits_are_unit_steps(self, subject: object) -> None:
        self.holds("edits are unit steps", subject)

    def test_edits_are_complete(self, subject: object) -> None:
        self.holds("edits are complete", subject)

    def test_edits_in_columns(self, subject: object) -> None:
        self.holds("edits in columns", subject)

    def test_limit(self, subject: object) -> None:
        self.holds("limit", subject)

    def test_draws_are_even(self, subject: object) -> None:
        self.holds("draws are even", subject)

    def test_edits_are_deterministic(self, subject: object) -> None:
        self.holds("edits are deterministic", subject)

    def test_edits_are_symmetric(self, subject: object) -> None:
        self.holds("edits are symmetric", subject)

    def test_edits_have_inverses(self, subject: object) -> None:
        self.holds("edits have inverses", subject)

    def test_kappa_family(self, subject: object) -> None:
        self.holds("kappa family", subject)

    def test_kappa_renumbered_by_edits(self, subject: object) -> None:
        self.holds("kappa renumbered by edits", subject)
