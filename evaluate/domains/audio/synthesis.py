"""Sounds by rule: tones, chords, glides and noises under an envelope."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from ....grammars.errors import SpecError
from .levels import LONGEST, RATE

Floats = NDArray[np.float64]

TONES, GLIDE, NOISE = "tones", "glide", "noise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A sound's parameters. `frequencies`, in Hz: of "tones" each sine's; of a "glide" the first and the last, linear between;
    of "noise" the cut-off of its filter. `weights`: of the sines, relative; all alike where there are none. `amplitude`: what
    the largest value would be with all sines at their crests, or is of a noise, without envelope; full scale is 1. `length`,
    `attack`, `decay`, in samples: the envelope rises to 1 in `attack`, and falls by e in each `decay` (inf: not at all). `seed`:
    of a noise. Raises SpecError for a kind that there is not, and for a length that sounds do not have.
    """

    kind: str
    frequencies: tuple[float, ...]
    amplitude: float
    length: int
    attack: int = 1
    decay: float = inf
    weights: tuple[float, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        if self.kind not in (TONES, GLIDE, NOISE):
            raise SpecError(f"unknown kind of sound {self.kind!r}; there are {TONES}, {GLIDE}, {NOISE}")
        if not 1 <= self.length <= LONGEST:
            raise SpecError(f"a sound of {self.length} samples; there are such of 1 to {LONGEST}")

    @property
    def words(self) -> str:
        """`tones 697 + 1209 Hz, amplitude 0.6, 12 ms, attack 1 ms`."""
        join = " → " if self.kind == GLIDE else " + "
        said = [f"{self.kind} {join.join(f'{f:g}' for f in self.frequencies)} Hz"]
        said += [f"weights {' : '.join(f'{w:g}' for w in self.weights)}"] if self.weights else []
        said += [f"amplitude {self.amplitude:g}", f"{1000 * self.length / RATE:g} ms", f"attack {1000 * self.attack / RATE:g} ms"]
        said += [f"decay {1000 * self.decay / RATE:g} ms"] if self.decay < inf else []
        return ", ".join(said + ([f"seed {self.seed}"] if self.kind == NOISE else []))


def waveform(sound: Sound) -> Floats:
    """(length,) samples, full scale being 1."""
    n = np.arange(sound.length)
    shape = {TONES: _tones, GLIDE: _glide, NOISE: _noise}[sound.kind](sound, n)
    envelope = np.minimum((n + 1) / sound.attack, 1.0) * np.exp(-n / sound.decay)
    return np.asarray(sound.amplitude * envelope * shape)


def _tones(sound: Sound, n: NDArray[np.int64]) -> Floats:
    weights = np.array(sound.weights or [1.0] * len(sound.frequencies))
    sines = np.sin(2 * np.pi * np.array(sound.frequencies)[:, None] * n / RATE)
    return np.asarray((weights[:, None] * sines).sum(axis=0) / weights.sum())


def _glide(sound: Sound, n: NDArray[np.int64]) -> Floats:
    first, last = sound.frequencies
    return np.asarray(np.sin(2 * np.pi * (first * n + (last - first) * n**2 / (2 * sound.length)) / RATE))


def _noise(sound: Sound, n: NDArray[np.int64]) -> Floats:
    """White Gaussian noise through a filter of one pole, from rest."""
    white = np.random.default_rng(sound.seed).standard_normal(len(n))
    kept = float(np.exp(-2 * np.pi * sound.frequencies[0] / RATE))
    found = np.empty(len(n))
    state = 0.0
    for i, value in enumerate(white.tolist()):
        state = kept * state + (1.0 - kept) * value
        found[i] = state
    return np.asarray(found / np.abs(found).max())
