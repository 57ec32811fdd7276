"""How far two waveforms are apart: sample by sample, and as they sound."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..metrics import Metric

Floats = NDArray[np.float64]

FRAME, HOP = 32, 16
"""Samples of a frame, 4 ms, and from one to the next."""
RANGE = 60.0
"""dB below a sine of full scale at which there is silence."""
_WINDOW = np.sin(np.pi * (np.arange(FRAME) + 0.5) / FRAME) ** 2


def waveform(reference: Floats, other: Floats) -> Floats:
    """‖x − x'‖ / (‖x‖ + ‖x'‖), (…, T, D) -> (…): the root mean square of the difference over the sum of both. 0 where both are
    silent, 1 where one of them is, and of opposite phase."""
    size, size_other, apart = (np.sqrt((y**2).sum(axis=(-2, -1))) for y in (reference, other, reference - other))
    total = size + size_other
    return np.asarray(np.minimum(apart / np.where(total > 0.0, total, 1.0), 1.0))


def log_spectrum(reference: Floats, other: Floats) -> Floats:
    """The log-spectral distance over `RANGE`: in each frame the root mean square, over frequencies, of the difference of the
    power spectra in dB, then its mean over frames; (…, T, D) -> (…), averaged over D.

    Gray & Markel 1976 (IEEE Trans. Acoust. Speech Signal Process. 24:380), their d_2 over a discrete spectrum. Frames of 32
    samples, 16 apart, under a Hann window; powers relative to a sine of full scale, held between −60 dB and 0 dB, so that the
    largest distance is 60 dB, 1 here, and what is below is silence. Blind to phase within a frame.
    """
    apart = spectrogram(reference) - spectrogram(other)
    return np.asarray(np.sqrt((apart**2).mean(axis=-1)).mean(axis=(-2, -1)) / RANGE)


def spectrogram(y: Floats) -> Floats:
    """(…, T, D) -> (…, D, frames, frequencies), dB above silence, from 0 to `RANGE`. What is shorter than a frame is filled up
    with 0, and so is what is left behind the last whole frame."""
    t = y.shape[-2]
    missing = FRAME - t if t < FRAME else -(t - FRAME) % HOP
    padded = np.concatenate([y, np.zeros((*y.shape[:-2], missing, y.shape[-1]))], axis=-2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME, axis=-2)[..., ::HOP, :, :].swapaxes(-3, -2)
    power = np.abs(np.fft.rfft(frames * _WINDOW, axis=-1)) ** 2 / (_WINDOW.sum() / 2) ** 2
    return np.asarray(np.clip(10 * np.log10(np.maximum(power, 10 ** (-RANGE / 10))) + RANGE, 0.0, RANGE))


METRICS = (Metric("waveform", waveform, 1.0), Metric("log-spectrum", log_spectrum, 1.0))
