"""Levels, waveforms, distances, bank and samplers, each against formulas of its own."""

from __future__ import annotations

import cmath
import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.evaluate.domains.audio.bank import sounds
from kappabar.evaluate.domains.audio.distances import log_spectrum, spectrogram, waveform
from kappabar.evaluate.domains.audio.domain import RANDOM
from kappabar.evaluate.domains.audio.levels import LEVELS, LONGEST, nearest, tree_of
from kappabar.evaluate.domains.audio.sampling import Natural, Uniform
from kappabar.evaluate.domains.audio.synthesis import GLIDE, NOISE, TONES, Sound
from kappabar.evaluate.domains.audio.synthesis import waveform as synthesized
from kappabar.evaluate.domains.audio.waveforms import Waveforms
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.sources import load, sample_systems
from kappabar.evaluate.semantics.base import Status
from kappabar.grammars.errors import ConditionError, ParseError, SpecError
from kappabar.grammars.print.infix import as_written
from kappabar.grammars.tree import System
from kappabar.tokenizers.machines.decode import bulk_decoder

AUDIO = domain("audio")
waves = st.lists(st.integers(0, len(LEVELS) - 1), min_size=1, max_size=LONGEST)


def of_code(code: int) -> int:
    """The number of an eight-bit code as a decoder of G.711 in C has it: bits turned around, sign, segment, step."""
    code = ~code & 0xFF
    magnitude = ((((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84
    return -magnitude if code & 0x80 else magnitude


def test_levels_are_those_of_all_codes() -> None:
    assert sorted({of_code(code) for code in range(256)}) == list(LEVELS) and len(LEVELS) == 255
    assert of_code(0xFF) == of_code(0x7F) == 0, "two codes mean silence"


def test_levels_are_those_of_the_standard_library() -> None:
    """Python 3.13 has its `audioop` no more."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        audioop = pytest.importorskip("audioop")
    linear = audioop.ulaw2lin(bytes(range(256)), 2)
    assert sorted(set(np.frombuffer(linear, "<i2").tolist())) == list(LEVELS)


def test_levels_follow_the_law() -> None:
    """The law that gives it its name, X ((1 + μ)^y − 1) with μ = 255, of which G.711 is fifteen straight pieces: its 128 levels
    are on it where a piece begins, and within 6.2 % of it between."""
    positive = np.array([level for level in LEVELS if level >= 0], float)
    law = 132 * (256.0 ** (np.arange(128) / 128) - 1)
    np.testing.assert_allclose(positive[::16], law[::16])
    above = (positive + 132) / (law + 132)
    assert above.min() > 0.996 and 1.05 < above.max() < 1.0615


@given(st.lists(st.floats(-1.5, 1.5), min_size=1, max_size=20))
def test_samples_become_the_nearest_levels(samples: list[float]) -> None:
    for value, index in zip(samples, nearest(np.array(samples)).tolist(), strict=True):
        assert abs(LEVELS[index] - 32768 * value) == min(abs(level - 32768 * value) for level in LEVELS)


def behaviors(ids: list[list[int]]) -> np.ndarray:
    trees = [tree_of(one) for one in ids]
    return AUDIO.semantics.simulate(trees, AUDIO.semantics.setting(System(trees[0], (), "audio"))).y


@given(st.lists(waves, min_size=1, max_size=4))
def test_the_waveform_is_the_levels_and_silence_behind(ids: list[list[int]]) -> None:
    y = behaviors(ids)
    assert y.shape == (len(ids), 1, LONGEST, 1)
    for one, own in zip(ids, y[:, 0, :, 0].tolist(), strict=True):
        assert own == [LEVELS[i] / 32768 for i in one] + [0.0] * (LONGEST - len(one))


@given(waves)
def test_a_forest_has_the_waveforms_of_its_trees(ids: list[int]) -> None:
    decoder = bulk_decoder(AUDIO.representation("symbols", AUDIO.corpus()).tokenizer)
    assert decoder is not None
    n = len(ids)
    found = decoder.decode(ids, np.array([0, 0], np.int32), np.array([0, n > 1], np.int32), np.array([-1, -1], np.int32))
    setting = AUDIO.semantics.setting(System(tree_of(ids), (), "audio"))
    whole = Waveforms().simulate_forest(found.trees, setting)
    assert (whole.status == Status.OK).all()
    np.testing.assert_array_equal(whole.y, behaviors([ids, ids[1:]][: 1 + (n > 1)]))


def test_what_is_no_setting_and_no_sound_is_refused() -> None:
    one = AUDIO.parse("0 8")
    with pytest.raises(ConditionError, match="no start and no horizon"):
        AUDIO.semantics.setting(one, t_end=3.0)
    with pytest.raises(ValueError, match="there is time for 1"):
        Waveforms(1).simulate([one.tree], Waveforms(1).setting(one))
    for wrong in ("7", "0 x", ""):
        with pytest.raises(ParseError):
            AUDIO.parse(wrong)
    with pytest.raises(SpecError, match="unknown kind"):
        Sound(kind="hum", frequencies=(1.0,), amplitude=1.0, length=8)
    with pytest.raises(SpecError, match="of 1 to 96"):
        Sound(kind=TONES, frequencies=(1.0,), amplitude=1.0, length=97)


@given(waves, waves)
def test_distances_are_symmetric_bounded_and_nothing_between_equals(a: list[int], b: list[int]) -> None:
    x, y = behaviors([a, b])[:, 0]
    for distance in (waveform, log_spectrum):
        forth = float(distance(x, y))
        assert forth == float(distance(y, x)) and 0.0 <= forth <= 1.0 and float(distance(x, x)) == 0.0
    p, q = ([LEVELS[i] for i in ids] + [0] * (LONGEST - len(ids)) for ids in (a, b))
    total = math.sqrt(sum(v * v for v in p)) + math.sqrt(sum(v * v for v in q))
    apart = math.sqrt(sum((v - w) ** 2 for v, w in zip(p, q, strict=True)))
    assert float(waveform(x, y)) == pytest.approx(apart / total if total else 0.0)
    assert (float(waveform(x, y)) == 0.0) == (p == q)


def decibels(samples: list[float]) -> list[list[float]]:
    """By the sum that defines a spectrum, frame by frame; held between silence at 60 dB below a sine of full scale, and that."""
    found = []
    for start in range(0, len(samples) - 31, 16):
        hann = [0.5 - 0.5 * math.cos(2 * math.pi * (n + 0.5) / 32) for n in range(32)]
        row = []
        for k in range(17):
            value = sum(hann[n] * samples[start + n] * cmath.exp(-2j * math.pi * k * n / 32) for n in range(32))
            power = (abs(value) / (sum(hann) / 2)) ** 2
            row.append(min(max(10 * math.log10(power) if power else -60.0, -60.0), 0.0))
        found.append(row)
    return found


def test_the_log_spectral_distance_is_that_of_its_definition() -> None:
    natural = [AUDIO.parse(text) for text in ("0 7932 11388 7932 0 -7932 -11388 -7932 " * 12, "31100 -8 16 " * 11)]
    x, y = (AUDIO.semantics.simulate([s.tree], AUDIO.semantics.setting(s)).y[0, 0] for s in natural)
    a, b = (decibels(v[:, 0].tolist()) for v in (x, y))
    frames = [math.sqrt(sum((p - q) ** 2 for p, q in zip(u, v, strict=True)) / 17) for u, v in zip(a, b, strict=True)]
    assert float(log_spectrum(x, y)) == pytest.approx(sum(frames) / len(frames) / 60)
    np.testing.assert_allclose(spectrogram(x)[0], np.array(a) + 60, atol=1e-9)


def test_known_distances() -> None:
    tone = 0.1 * np.sin(2 * np.pi * np.arange(LONGEST) / 8)[:, None]
    silence = np.zeros_like(tone)
    assert float(waveform(tone, -tone)) == 1.0 == float(waveform(silence, tone))
    assert float(waveform(silence, silence)) == 0.0
    assert float(waveform(tone, 3 * tone)) == pytest.approx(0.5)
    assert float(log_spectrum(tone, -tone)) == 0.0, "blind to phase"
    loud = spectrogram(10 * tone) - spectrogram(tone)
    assert loud.max() == pytest.approx(20.0), "ten times the amplitude is 20 dB"
    impulse = silence.copy()
    impulse[16] = 1.0
    every = float(log_spectrum(silence, impulse))
    assert 0 < every < 1 and float(log_spectrum(silence[:8], silence[:8])) == 0.0, "shorter than a frame"


def test_many_at_once_are_as_one_by_one() -> None:
    rng = np.random.default_rng(0)
    others, reference = rng.normal(size=(7, 1, LONGEST, 1)), rng.normal(size=(1, LONGEST, 1))
    for distance in (waveform, log_spectrum):
        whole = distance(reference, others)
        assert whole.shape == (7, 1)
        assert whole[:, 0] == pytest.approx([float(distance(reference[0], one[0])) for one in others])


def test_the_bank_is_what_its_parameters_say() -> None:
    bank = load(["bank"], AUDIO).systems
    known = sounds()
    assert len(bank) >= 30 and len({s.name for s in bank}) == len(bank) == len({s.tree for s in bank})
    for system in bank:
        own = known[system.name]
        assert system.citation and system.regime == own.words and len(system.tree.children) == own.length
        if own.kind == NOISE:
            assert f"seed {own.seed}" in own.words
            continue
        for n, leaf in enumerate(system.tree.children):
            loud = own.amplitude * min(1.0, (n + 1) / own.attack) * math.exp(-n / own.decay)
            if own.kind == TONES:
                weights = own.weights or (1.0,) * len(own.frequencies)
                sines = [w * math.sin(2 * math.pi * f * n / 8000) for w, f in zip(weights, own.frequencies, strict=True)]
                value = loud * sum(sines) / sum(weights)
            else:
                first, last = own.frequencies
                value = loud * math.sin(2 * math.pi * (first + (last - first) * n / (2 * own.length)) * n / 8000)
            level = int(leaf.symbol)
            assert abs(level - 32768 * value) <= min(abs(other - 32768 * value) for other in LEVELS) + 1e-6


def test_keys_are_those_of_a_telephone() -> None:
    """Of the sixteen candidates a key's two frequencies are the strongest two in its sound."""
    lows, highs = (697.0, 770.0, 852.0, 941.0), (1209.0, 1336.0, 1477.0, 1633.0)
    keys = [sounds()[f"key-{name}"].frequencies for name in ("1", "5", "9", "0", "star", "hash", "a", "d")]
    corner = {(697.0, 1209.0), (770.0, 1336.0), (852.0, 1477.0), (941.0, 1336.0), (941.0, 1209.0), (941.0, 1477.0)}
    assert set(keys) == corner | {(697.0, 1633.0), (941.0, 1633.0)}
    every = {sound.frequencies for name, sound in sounds().items() if name.startswith("key-")}
    assert every == {(low, high) for low in lows for high in highs}


def test_noises_have_their_seed_and_their_filter() -> None:
    dull, bright = (
        np.concatenate(
            [synthesized(Sound(kind=NOISE, frequencies=(f,), amplitude=0.5, length=LONGEST, seed=s)) for s in range(60)]
        )
        for f in (300.0, 3000.0)
    )
    rough = [float((np.diff(y) ** 2).mean() / (y**2).mean()) for y in (dull, bright)]
    assert rough[0] < 0.5 * rough[1] and np.abs(dull).max() == pytest.approx(0.5)
    one = Sound(kind=NOISE, frequencies=(300.0,), amplitude=0.5, length=32, seed=3)
    np.testing.assert_array_equal(synthesized(one), synthesized(one))


def test_sounds_are_drawn_from_what_the_sampler_states() -> None:
    rng = np.random.default_rng(0)
    drawn = [Natural().sound(rng) for _ in range(2000)]
    assert {s.length for s in drawn} == {48, 56, 64, 72, 80, 88, 96}
    assert all(0.2 <= s.amplitude <= 0.95 and 1 <= s.attack <= 16 and 16 <= s.decay <= 400 for s in drawn)
    share = {kind: sum(s.kind == kind for s in drawn) / len(drawn) for kind in (TONES, GLIDE, NOISE)}
    assert share == pytest.approx({TONES: 0.65, GLIDE: 0.2, NOISE: 0.15}, abs=0.04)
    notes = [s for s in drawn if s.weights]
    assert all(150 <= s.frequencies[0] <= 900 and s.frequencies == pytest.approx(np.arange(1, 1 + len(s.weights)) *
               s.frequencies[0]) for s in notes)  # fmt: skip
    middle = float(np.median([s.frequencies[0] for s in notes]))
    assert middle == pytest.approx(math.sqrt(150 * 900), rel=0.1), "uniform in the logarithm"


@pytest.mark.parametrize("place", [AUDIO, RANDOM], ids=["natural", "uniform"])
def test_what_is_drawn_is_the_same_again(place: object) -> None:
    chosen = domain(place)  # type: ignore[arg-type]
    found = sample_systems(chosen, 30, 3)
    assert found == sample_systems(chosen, 30, 3) and len({s.tree for s in found}) == 30
    if chosen is RANDOM:
        levels = [int(leaf.symbol) for s in sample_systems(chosen, 100, 0) for leaf in s.tree.children]
        counts = np.bincount(np.searchsorted(LEVELS, levels), minlength=255)
        expected = len(levels) / 255
        assert ((counts - expected) ** 2 / expected).sum() < 254 + 5 * math.sqrt(2 * 254), "chi square"
        assert Uniform().least == 2


def test_texts_are_read_and_written() -> None:
    one = AUDIO.parse("0 7932 -8 0")
    assert [leaf.symbol for leaf in one.tree.children] == ["0", "7932", "-8", "0"]
    written = as_written(one.tree, (), AUDIO.operators)
    assert written == "0 7932 -8 0" and AUDIO.parse(written).tree == one.tree
