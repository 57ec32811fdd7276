"""What is observed of embeddings, and how far they are apart, against formulas in plain Python."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.language.distances import angle
from kappabar.evaluate.domains.observers.base import Curves, observe
from kappabar.evaluate.domains.observers.embeddings import Embeddings, cosine_distance
from kappabar.grammars.errors import SpecError

SEEN = Embeddings(12)
VECTORS = arrays(np.float64, (4, 3), elements=st.floats(-5, 5).map(lambda x: round(x, 3)))


def drawn(n: int, seed: int, points: int = 4) -> Curves:
    values = np.random.default_rng(seed).standard_normal((n, points, 3)).astype(np.float32)
    present = np.ones((n, 3), np.float32)
    return Curves(values, present, present, np.tile(np.linspace(0, 1, points, dtype=np.float32), (n, 1)), np.ones(n, np.float32))


def cosine(x: np.ndarray, y: np.ndarray) -> float:
    a, b = x.ravel().tolist(), y.ravel().tolist()
    size = math.sqrt(math.fsum(v * v for v in a)) * math.sqrt(math.fsum(v * v for v in b))
    return math.fsum(v * w for v, w in zip(a, b, strict=True)) / size if size else float(a == b)


@given(VECTORS, VECTORS, st.floats(0.1, 10))
def test_the_distance_is_half_of_one_less_the_cosine(x: np.ndarray, y: np.ndarray, factor: float) -> None:
    found = float(cosine_distance(x, y))
    assert found == pytest.approx((1 - cosine(x, y)) / 2, abs=1e-9) and 0.0 <= found <= 1.0
    assert found == float(cosine_distance(y, x)) and float(cosine_distance(x, x)) == 0.0
    assert float(cosine_distance(x, factor * y)) == pytest.approx(found, abs=1e-9)
    assert float(angle(x, y)) == pytest.approx(math.acos(max(-1.0, min(1.0, cosine(x, y)))) / math.pi, abs=1e-6)


@given(VECTORS, VECTORS, VECTORS)
def test_angles_keep_the_triangle_inequality(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> None:
    if x.any() and y.any() and z.any():
        assert float(angle(x, z)) <= float(angle(x, y)) + float(angle(y, z)) + 1e-7


def test_many_at_once_are_as_one_by_one() -> None:
    every = np.random.default_rng(0).standard_normal((7, 1, 4, 3))
    for distance in (cosine_distance, angle):
        whole = distance(every[2], every)
        assert whole.shape == (7, 1) and whole[:, 0].tolist() == [float(distance(every[2, 0], one[0])) for one in every]


def test_the_whole_can_be_read_from_what_is_seen_but_its_size() -> None:
    known = drawn(5, 0)
    seen = observe(SEEN, known, 0.0, np.random.default_rng(0))
    assert (seen.samples.shape[2], seen.scales.shape[1]) == SEEN.features(3) == (4, 12)
    flat = known.values.reshape(5, -1)
    ratio = seen.scales / flat
    assert ratio == pytest.approx(np.broadcast_to(ratio[:, :1], ratio.shape), rel=1e-4)
    np.testing.assert_array_equal(seen.samples[:, :, 1:].reshape(5, -1), seen.scales)
    louder = observe(SEEN, replace(known, values=3 * known.values), 0.0, np.random.default_rng(0))
    np.testing.assert_allclose(louder.scales, seen.scales, rtol=1e-5)
    fewer, more = (SEEN.embed(drawn(5, 0, points)) for points in (2, 6))
    assert not fewer.scales[:, 6:].any() and fewer.scales[:, :6].all() and more.scales.shape == (5, 12)


def test_noise_is_as_large_as_it_says() -> None:
    known = drawn(4000, 1)
    noisy = SEEN.noisy(known, 0.1, np.random.default_rng(2))
    size = np.sqrt((known.values**2).mean(axis=(1, 2), keepdims=True))
    assert ((noisy.values - known.values) / size).std() == pytest.approx(0.1, rel=0.02)
    np.testing.assert_array_equal(noisy.values, SEEN.noisy(known, 0.1, np.random.default_rng(2)).values)
    np.testing.assert_array_equal(SEEN.noisy(known, 0.0, np.random.default_rng(2)).values, known.values)


def test_the_nearest_is_found_by_brute_force() -> None:
    train, others = drawn(300, 3), drawn(280, 4)
    found = SEEN.nearest(train, others)
    for i in range(0, 280, 27):
        y = others.values[i].astype(float)
        assert found[i] == pytest.approx(min(SEEN.error(y, x.astype(float)) for x in train.values), abs=1e-6)
    assert SEEN.nearest(train, train) == pytest.approx(np.zeros(300), abs=1e-6)
    assert np.isinf(SEEN.nearest(train, replace(others, present=np.zeros_like(others.present)))).all()


def test_fit_and_what_stands_still() -> None:
    one, other = np.eye(12).reshape(12, 1, 4, 3)[:2]
    assert SEEN.fit(one, one) == (1.0, 0.0) and SEEN.fit(one, 5 * one) == (1.0, 0.0)
    r2, relative = SEEN.fit(one, other)
    assert relative == pytest.approx(math.sqrt(2)) and r2 == pytest.approx(-1.0)
    assert cosine_distance(one, SEEN.still(one)) == 0.5 and SEEN.error(one[0], np.full((4, 3), np.nan)) == 0.5
    system = domain("function").parse("y = x")
    assert SEEN.rows(system, 4, 6).tolist() == [0, 1, 2, 3, 3, 3] and SEEN.rows(system, 4, 2).tolist() == [0, 1]
    with pytest.raises(SpecError, match="at least 1"):
        Embeddings(0)
