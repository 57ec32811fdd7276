"""κ of μ-law in closed form, and the way of the domain through the commands' jobs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import sqrt
from typing import Any

import numpy as np
import pytest

from kappabar.evaluate.check.run import check
from kappabar.evaluate.check.subjects import subject as find_subject
from kappabar.evaluate.check.suites import RepresentationSuite
from kappabar.evaluate.commands.kappa import kappa
from kappabar.evaluate.domains.audio.domain import LINE_UP
from kappabar.evaluate.domains.audio.levels import LEVELS, LONGEST, tree_of
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.edits.token import TokenEdits
from kappabar.evaluate.explore.documents import inspect
from kappabar.evaluate.explore.question import EXAMPLES
from kappabar.evaluate.expression.simulate import simulate
from kappabar.evaluate.kappa.measure import Measured, measure
from kappabar.evaluate.quality.decoding.constrain import constraint
from kappabar.evaluate.quality.task.task import TaskConfig, build_task, constants, floors
from kappabar.grammars.tree import System
from kappabar.tokenizers.machines.decode import bulk_decoder

AUDIO = domain("audio")


def sound(*levels: int) -> System:
    return System(tree_of([LEVELS.index(level) for level in levels]), (), "audio")


def closed_form(levels: Sequence[int]) -> float:
    """κ of μ-law under substitutions: the mean, over places i and levels y other than the sound's own there, of
    |y − x_i| / (‖x‖ + √(‖x‖² − x_i² + y²)). Nothing is decoded and no waveform is made."""
    size = float(sum(x * x for x in levels))
    each = [abs(y - x) / (sqrt(size) + sqrt(size - x * x + y * y)) for x in levels for y in LEVELS if y != x]
    return sum(each) / len(each)


def lengthened(levels: Sequence[int]) -> float:
    """The same for a level y that is put behind the end: |y| / (‖x‖ + √(‖x‖² + y²)), averaged over all levels."""
    size = float(sum(x * x for x in levels))
    return sum(abs(y) / (sqrt(size) + sqrt(size + y * y)) for y in LEVELS) / len(LEVELS)


@pytest.mark.parametrize(
    "levels",
    [
        (8,), (-32124, 32124), (0, 7932, 11388, 7932, 0, -7932, -11388, -7932), tuple(LEVELS[127::8]), (0, 0, 0, 8),
        tuple(LEVELS[int(127 + 100 * np.sin(k / 3))] for k in range(LONGEST)),
    ],
)  # fmt: skip
def test_kappa_of_mu_law_is_its_closed_form(levels: tuple[int, ...]) -> None:
    found = kappa("symbols", [sound(*levels)], domain=AUDIO, edits_per_expression=None).measured[0]
    changed = found.kinds.mask("substitution")
    assert changed.sum() == len(levels) * (len(LEVELS) - 1), "every level but the sound's own, at every place"
    assert found.distance[changed].mean() == pytest.approx(closed_form(levels), rel=1e-12)
    if len(levels) < LONGEST:
        behind = found.kinds.mask("insertion") & (found.positions == len(levels))
        assert behind.sum() == len(LEVELS)
        assert found.distance[behind].mean() == pytest.approx(lengthened(levels), rel=1e-12)
    assert not found.outcomes.mask("invalid").any() or len(levels) in (1, LONGEST), "but for none left, and for one too many"


def test_kappa_of_drawn_sounds_is_the_closed_form_too() -> None:
    bank = [s for s in AUDIO.corpus() if isinstance(s, System)][::6]
    found = kappa("symbols", bank, domain=AUDIO, edits_per_expression=None, edits="token")
    for own, system in zip(found.measured, bank, strict=True):
        levels = [int(leaf.symbol) for leaf in system.tree.children]
        assert own.distance[own.kinds.mask("substitution")].mean() == pytest.approx(closed_form(levels), rel=1e-12)


@pytest.mark.parametrize("spec", LINE_UP)
def test_codes_are_measured(spec: str) -> None:
    found = kappa(spec, list(AUDIO.corpus())[:8], domain=AUDIO, edits_per_expression=40)
    assert len(found.measured) == 8 and found.metric == "waveform" and 0.0 <= found.mean.value <= 1.0
    assert (found.mean.value == 0.0) == ("repeat" in spec)
    exact = spec == "symbols" or "vq" in spec  # there are more codewords than frames here
    assert (found.fidelity_error.value == 0.0) == exact and found.fidelity_error.value < 0.1


@pytest.mark.parametrize("spec", ["symbols", "symbols | vq:64,4", "symbols | bpe:300"])
def test_what_is_decoded_in_bulk_is_measured_as_trees_are(spec: str) -> None:
    bank = list(AUDIO.corpus())
    representation = AUDIO.representation(spec, bank)
    decoder = bulk_decoder(representation.tokenizer)
    assert decoder is not None
    for system in bank[:3]:
        assert isinstance(system, System)
        both = [
            measure(
                representation, system, AUDIO, AUDIO.distance(), TokenEdits(), limit=300, rng=np.random.default_rng(1), decoder=d
            )
            for d in (decoder, None)
        ]
        fast, plain = (one for one in both if isinstance(one, Measured))
        np.testing.assert_array_equal(fast.distance, plain.distance)
        assert [fast.outcomes[k] for k in range(len(fast.distance))] == [plain.outcomes[k] for k in range(len(plain.distance))]


def test_the_explorer_shows_curves() -> None:
    one = AUDIO.parse(EXAMPLES["audio"])
    document = inspect(
        one, [AUDIO.representation("symbols", [one]), AUDIO.representation("adpcm", [one])], AUDIO, AUDIO.distance()
    )
    assert (
        (document["form"], document["axis"]) == ("flow", "time")
        and len(document["t"]) == LONGEST
        and document["t"][8] == pytest.approx(1.0)
    )
    values = [row[0] for row in document["y"]]
    assert values[:16] == pytest.approx([int(leaf.symbol) / 32768 for leaf in one.tree.children], abs=1e-5)
    assert values[16:] == [0.0] * (LONGEST - 16)
    json.dumps(document, allow_nan=False)


def test_a_simulation_is_a_waveform_in_milliseconds() -> None:
    found = simulate(EXAMPLES["audio"], domain=AUDIO)
    assert found.inputs is None and found.t[-1] == pytest.approx(1000 * (LONGEST - 1) / 8000) and found.said == ()


def test_a_task_shows_waveforms_and_every_code_has_a_language() -> None:
    task = build_task(AUDIO, TaskConfig(n_train=200, n_val=20, n_test=20), 0)
    assert task.columns == 1 and np.abs(task.train.curves.values).max() <= 1.0
    found = floors(task)
    assert 0 <= found.prior.mean() < sum(o.q for o in found.nearest) / len(found.nearest) < 1
    assert max(constants(task, 20)) < 0.5
    for spec in LINE_UP:
        representation = AUDIO.representation(spec, task.train.systems)
        walk = constraint(representation, [1, 1], [0, 0])
        assert len(walk) == 2


class TestCodes(RepresentationSuite):
    examples = 12
    domain = "audio"
    test_texts = test_save_and_load = test_rewrite_is_total = test_rewrite_keeps_the_meaning = test_rewrite_keeps_the_values = (
        None
    )

    @pytest.fixture(params=("symbols", "adpcm", "symbols | dct:8,20", "symbols | vq:64,4", "symbols | dct:16,63 | repeat:3"))
    def subject(self, request: Any) -> object:
        return find_subject(request.param, domain("audio"))


@pytest.mark.nightly
@pytest.mark.parametrize("spec", LINE_UP)
def test_codes_keep_their_promises_over_ten_thousand_examples(spec: str) -> None:
    result = check(f"representation={spec}", AUDIO, examples=10_000)
    assert result.ok, "\n".join(result.lines())
