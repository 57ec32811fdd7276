"""Where sounds come from: notes, chords, glides and noises drawn at random, and levels that mean nothing together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....grammars.tree import System
from .levels import LEVELS, LONGEST, nearest, tree_of
from .synthesis import GLIDE, NOISE, TONES, Sound, waveform

NAME = "audio"
CHORDS = ((1.0, 1.25, 1.5), (1.0, 1.2, 1.5), (1.0, 1.5), (1.0, 2.0), (1.0, 4 / 3))
"""Just ratios: major, minor, fifth, octave, fourth."""
_MS = 8


def system_of(sound: Sound) -> System:
    """A sound's levels."""
    return System(tree_of(nearest(waveform(sound)).tolist()), (), NAME)


@dataclass(frozen=True, slots=True)
class Natural:
    """Sounds as instruments and lines make them, by the chances in `kinds`: notes (a fundamental and up to two harmonics, weights
    1, 1/2, 1/3), chords (`CHORDS`, all alike), glides, noises. All from silence: a sine begins at its zero.

    Frequencies are uniform in their logarithm, in Hz: of notes from 150 to 900, of a chord's root from 150 to 600, of either end
    of a glide from 150 to 1200, of a noise's cut-off from 200 to 2000. So is the decay, from 2 to 50 ms. Amplitude is uniform
    from 0.2 to 0.95, attack from an eighth to 2 ms, length 6, 7, … 12 ms.
    """

    kinds: tuple[float, float, float, float] = (0.45, 0.2, 0.2, 0.15)

    def draw(self, rng: np.random.Generator) -> System:
        """One candidate."""
        return system_of(self.sound(rng))

    def sound(self, rng: np.random.Generator) -> Sound:
        """Its parameters."""
        which = int(rng.choice(4, p=self.kinds))
        kind = (TONES, TONES, GLIDE, NOISE)[which]
        weights: tuple[float, ...] = ()
        if which == 0:
            lowest, partials = _between(rng, 150, 900), range(1, 2 + int(rng.integers(3)))
            frequencies, weights = tuple(k * lowest for k in partials), tuple(1 / k for k in partials)
        elif which == 1:
            root = _between(rng, 150, 600)
            frequencies = tuple(root * ratio for ratio in CHORDS[int(rng.integers(len(CHORDS)))])
        elif which == 2:
            frequencies = (_between(rng, 150, 1200), _between(rng, 150, 1200))
        else:
            frequencies = (_between(rng, 200, 2000),)
        return Sound(
            kind=kind,
            frequencies=frequencies,
            weights=weights,
            amplitude=float(rng.uniform(0.2, 0.95)),
            length=_MS * int(rng.integers(6, 1 + LONGEST // _MS)),
            attack=int(rng.integers(1, 2 * _MS + 1)),
            decay=_between(rng, 2 * _MS, 50 * _MS),
            seed=int(rng.integers(1 << 31)),
        )


@dataclass(frozen=True, slots=True)
class Uniform:
    """Any levels, all alike, of any number from `least` to the most that there may be."""

    least: int = 2

    def draw(self, rng: np.random.Generator) -> System:
        """One candidate."""
        length = int(rng.integers(self.least, LONGEST + 1))
        return System(tree_of(rng.integers(len(LEVELS), size=length).tolist()), (), NAME)


def _between(rng: np.random.Generator, low: float, high: float) -> float:
    """Uniform in the logarithm."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))
