"""Edits to tokens that stand in no expression are counted and not drawn: every figure is that of the whole neighborhood.

The oracle is the same tokenizer without what it knows of its tokens: then all edits are drawn and decoded."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.evaluate.commands.kappa import kappa
from kappabar.evaluate.edits.token import TokenEdits, tokens_of
from kappabar.evaluate.kappa.kappa import POLICIES, Kappa
from kappabar.evaluate.kappa.profile import profile
from kappabar.evaluate.kappa.tables import load_kappa, save_kappa
from kappabar.evaluate.statistics.estimate import Constant, Sample, expected_maximum
from kappabar.grammars.text.parse import parse
from kappabar.representations.representation import Representation
from kappabar.tokenizers.notations.characters import InfixCharacters
from kappabar.tokenizers.wrappers.hugging_face import Tokenizer, decoders, models, pre_tokenizers, trainers
from kappabar.tokenizers.wrappers.pretrained import Pretrained

SYSTEMS = [parse("x' = -x @ x=1; T=2"), parse("x' = x*y; y' = -y @ x=1, y=1; T=2")]


@dataclass(frozen=True)
class Unknowing:
    """A tokenizer without `possible`."""

    whole: Pretrained

    @property
    def vocabulary(self):
        return self.whole.vocabulary

    def tokenize(self, tree):
        return self.whole.tokenize(tree)

    def encode(self, tree):
        return self.whole.encode(tree)

    def decode(self, ids):
        return self.whole.decode(ids)


@cache
def pretrained() -> Pretrained:
    """70 tokens, of which some 30 stand in expressions."""
    engine = Tokenizer(models.BPE())
    engine.pre_tokenizer = pre_tokenizers.Split("|", "isolated")
    engine.decoder = decoders.Fuse()
    texts = ["x_0*x_1-x_0|-x_1", "Ünïcode, and UPPER CASE", "0123456789.+-*/^()|", "-x_0+x_0"]
    engine.train_from_iterator(texts * 3, trainers.BpeTrainer(vocab_size=70, show_progress=False))
    return Pretrained(InfixCharacters(2), "here", engine.to_str())


def both(**options: Any) -> tuple[Kappa, Kappa]:
    tokenizer = pretrained()
    knowing, unknowing = (Representation("infix | chars", (), t) for t in (tokenizer, Unknowing(tokenizer)))
    found, expected = (kappa(r, SYSTEMS, **options) for r in (knowing, unknowing))
    assert isinstance(found, Kappa) and isinstance(expected, Kappa)
    return found, expected


@pytest.mark.parametrize("invalid", POLICIES)
def test_every_figure_is_that_of_the_whole_neighborhood(invalid: str) -> None:
    found, expected = both(edits_per_expression=None, invalid=invalid)
    a, b = found.as_dict(), expected.as_dict()
    assert a["n_undrawn"] > 0 and a["n_edits"] + a["n_undrawn"] == b["n_edits"] and b["n_undrawn"] == 0
    assert found.exact and expected.exact
    assert [m.size for m in found.measured] == [m.size for m in expected.measured]
    for key in ("sup", "mean", "kappa@m", "quantiles", "share_above", "validity", "redundancy", "n_valid", "n_diverged"):
        assert json.loads(json.dumps(a[key]), parse_float=_rounded) == json.loads(json.dumps(b[key]), parse_float=_rounded), key
    for column in ("by_kind", "by_class"):
        assert a[column].keys() == b[column].keys()
        for group in a[column]:
            for key in ("mean", "sup", "validity"):
                assert _plain(a[column][group][key]) == pytest.approx(_plain(b[column][group][key]), nan_ok=True)


def _rounded(text: str) -> float:
    return round(float(text), 9)


def _plain(figure: Any) -> list[float]:
    values = [figure] if not isinstance(figure, dict) else list(figure.values())
    return [float("nan") if v is None else float(v) for v in values]


@pytest.mark.parametrize("invalid", POLICIES)
def test_of_a_sample_figures_are_right_on_average(invalid: str) -> None:
    """40 seeds: the mean of each figure is within four standard errors of what the whole neighborhood gives."""
    _, whole = both(edits_per_expression=None, invalid=invalid)
    samples = [both(edits_per_expression=60, invalid=invalid, seed=seed)[0] for seed in range(40)]
    for figure in (lambda k: k.mean.value, lambda k: k.at(4).value, lambda k: k.validity.value, lambda k: k.redundancy.value):
        values = np.array([figure(k) for k in samples])
        assert abs(values.mean() - figure(whole)) <= 4 * values.std(ddof=1) / np.sqrt(len(values)) + 1e-9
    drawn = both(edits_per_expression=60, invalid=invalid)[1]
    assert samples[0].validity.value != drawn.validity.value or invalid == ""  # another sample: of what may decode alone
    assert sum(k.measured[0].n_valid for k in samples) > 40 * drawn.measured[0].n_valid


def test_profiles_and_tables_know_them(tmp_path: Path) -> None:
    found, expected = both(edits_per_expression=None)
    for item in range(len(SYSTEMS)):
        assert profile(found, item).share_invalid == pytest.approx(profile(expected, item).share_invalid)
    save_kappa(tmp_path, found)
    again = load_kappa(tmp_path, found.representation)
    assert again is not None
    assert again.as_dict() | {"by_class": 0} == found.as_dict() | {"by_class": 0}
    assert again.as_dict()["by_class"] == found.as_dict()["by_class"]
    assert any("stand in no expression" in note for note in found.notes) and not expected.notes


def test_a_token_that_is_written_is_drawn_whatever_the_tokenizer_says_of_it() -> None:
    tokenizer = replace(pretrained())
    object.__setattr__(tokenizer, "possible", np.array([0, 1]))
    r = Representation("infix | chars", (), tokenizer)
    assert len(tokens_of(r)) == 2
    found = TokenEdits().neighborhood(r, SYSTEMS[0].tree, None, np.random.default_rng(0))
    assert found.foreign == 0 and found.exact


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=9),
    st.integers(1, 12),
    st.sampled_from((0.0, 1.0, 0.5)),
    st.integers(1, 9),
)
@settings(max_examples=200)
def test_the_largest_of_m_with_a_constant_beside(values: list[float], number: int, constant: float, m: int) -> None:
    """Against the estimator over all values written out, and every other figure against the plain sample's."""
    whole = Sample(np.array([*values, *[constant] * number]))
    found = Sample(np.array(values), None, Constant(constant, number, len(values)))
    if m <= len(values):
        assert found.at(m) == pytest.approx(expected_maximum(whole.values, m))
        assert comb(len(whole.values), m) >= 1
    assert found.mean() == pytest.approx(whole.mean())
    assert found.sup() == whole.sup()
    assert [found.quantile(q) for q in (0.0, 0.1, 0.5, 0.77, 1.0)] == pytest.approx(
        [whole.quantile(q) for q in (0.0, 0.1, 0.5, 0.77, 1.0)]
    )
    assert found.share_above(0.3) == pytest.approx(whole.share_above(0.3))
