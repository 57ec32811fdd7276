"""What papers wish of a number encoding, as properties that describe: a codec that lacks one is another codec, not a wrong one.

Sources: the desiderata of Kreitner et al. 2025 (Efficient numeracy in language models through single-token number embeddings,
arXiv 2510.06824, Section 4: token efficiency, uniqueness, structure, scale invariance, robustness), and of earlier work that
numbers keep their order and that close numbers are close (Sundararaman et al. 2020, Methods for numeracy-preserving word
embeddings; Thawani et al. 2021, Representing numbers in NLP). Deviation: theirs are of embeddings, ours of codes, before any
model: what only an embedding can have (normalization, numerical stability, arithmetic) has no counterpart here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from hypothesis import strategies as st

from ...tokenizers.base import Coding, Invalid, NumberCodec, Tokenizer, Wrapping
from ...tokenizers.codecs.beside import Beside
from ...tokenizers.codecs.no_numbers import NoNumbers
from ...tokenizers.codecs.reach import Ranged
from .base import CODEC, Fault, Property, Subject
from .coding import values as any_values

_KINDS = (CODEC, "representation")
_SCALES = (2.0, 10.0)
_MOST_SHOWN = 20


def codec_of_subject(subject: Subject) -> NumberCodec | None:
    """The number codec that a subject is, or writes with."""
    if subject.kind == CODEC:
        codec: NumberCodec = subject.item
        return codec
    tokenizer: Tokenizer | None = getattr(subject.item, "tokenizer", None)
    while isinstance(tokenizer, Wrapping):
        tokenizer = tokenizer.base
    found = tokenizer.codec if isinstance(tokenizer, Coding) else None
    return None if isinstance(found, NoNumbers) else found


def _codec(subject: Subject) -> NumberCodec:
    found = codec_of_subject(subject)
    if found is None:
        raise TypeError(f"{subject.name} has no number codec")
    return found


def _has_codec(subject: Subject) -> bool:
    return codec_of_subject(subject) is not None


def _in_tokens(subject: Subject) -> bool:
    """Whether the tokens say the number: what is wished of a code is not wished where there is none."""
    return _has_codec(subject) and not isinstance(codec_of_subject(subject), Beside)


def _ranged(subject: Subject) -> bool:
    return isinstance(codec_of_subject(subject), Ranged)


def _values(subject: Subject) -> st.SearchStrategy[float]:
    """Numbers within the codec's reach, of any magnitude there, and short ones."""
    codec = _codec(subject)
    if not isinstance(codec, Ranged):
        return any_values(subject) if subject.kind == CODEC else st.floats(allow_nan=False, allow_infinity=False)
    low, high = (max(codec.reach[0], 1e-300), min(codec.reach[1], 1e300))
    if not 0 < low < high:
        return st.just(low)
    spread = st.floats(math.log(low), math.log(high)).map(math.exp)
    short = st.builds(lambda m, e: float(f"{m}e{e}"), st.integers(1, 999), st.integers(-3, 3))
    both = st.one_of(short, spread).map(lambda v: min(max(v, low), high))
    return st.builds(lambda v, negative: -v if negative else v, both, st.booleans())


def _pairs(subject: Subject) -> st.SearchStrategy[tuple[float, float]]:
    return st.tuples(_values(subject), _values(subject))


def _shown(code: Sequence[str]) -> str:
    rest = f" … ({len(code)} tokens)" if len(code) > _MOST_SHOWN else ""
    return " ".join(code[:_MOST_SHOWN]) + rest


def single_token(subject: Subject, value: float) -> Fault | None:
    """Every number is one token."""
    code = _codec(subject).write(value)
    return None if len(code) == 1 else Fault("tokens", f"{value!r} is written {_shown(code)}")


def unique(subject: Subject, pair: tuple[float, float]) -> Fault | None:
    """Different numbers are written differently: nothing is rounded away."""
    codec = _codec(subject)
    for value in pair:
        if codec.round(value) != value:
            return Fault("rounded", f"{value!r} is written as {codec.round(value)!r} is")
    return None


def magnitude_order(subject: Subject, pair: tuple[float, float]) -> Fault | None:
    """Codes of positive numbers, compared token by token in the order of the codec's tokens, are ordered as the numbers are."""
    codec = _codec(subject)
    rank = {t: i for i, t in enumerate(codec.tokens)}
    low, high = sorted(abs(v) for v in pair)
    first, second = codec.write(low), codec.write(high)
    if [rank[t] for t in first] <= [rank[t] for t in second]:
        return None
    return Fault("order", f"{low!r} < {high!r}, but {_shown(first)} comes after {_shown(second)}")


def close(subject: Subject, value: float) -> Fault | None:
    """The next number that is written otherwise differs in one token."""
    codec = _codec(subject)
    following = _next(codec, value)
    if following is None:
        return None
    a, b = codec.write(value), codec.write(following)
    if len(a) == len(b) and sum(s != t for s, t in zip(a, b, strict=True)) <= 1:
        return None
    return Fault("far apart", f"{codec.round(value)!r} is {_shown(a)}, the next, {codec.round(following)!r}, {_shown(b)}")


def _next(codec: NumberCodec, value: float) -> float | None:
    """The least number above that is written otherwise, by bisection; None near the end of the range."""
    here = codec.round(value)
    step = max(abs(here), 1e-12) * 1e-15
    while codec.round(here + step) == here:
        step *= 2.0
        if not math.isfinite(here + step) or step > 1e6 * max(abs(here), 1.0):
            return None
    low, high = here, here + step
    for _ in range(80):
        middle = low / 2 + high / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if codec.round(middle) == here else (low, middle)
    return high


def robust(subject: Subject, example: tuple[float, int, int]) -> Fault | None:
    """A changed token of a number gives the next number up or down, or none: no small slip is a large one."""
    codec, (value, place, choice) = _codec(subject), example
    code = codec.write(value)
    at, token = place % len(code), codec.tokens[choice % len(codec.tokens)]
    changed = [*code[:at], token, *code[at + 1 :]]
    reading = codec.read(changed, 0)
    if token == code[at] or isinstance(reading, Invalid) or reading[1] != len(code):
        return None
    here, there = codec.round(value), reading[0]
    low, high = sorted((here, there))
    following = _next(codec, low)
    if following is not None and codec.round(following) == high:
        return None
    return Fault("slip", f"{_shown(code)} is {here!r}, with {token} in place of {code[at]} it is {there!r}", at, code[at], token)


def scale_invariant(subject: Subject, value: float) -> Fault | None:
    """Numbers of any magnitude are rounded alike: twice or ten times a number, or the codec's base times, is rounded to as many
    times what the number is. Told apart from the noise of floats."""
    codec = _codec(subject)
    low, high = codec.reach if isinstance(codec, Ranged) else (0.0, math.inf)
    scales = [s for s in (*_SCALES, float(getattr(codec, "base", 10))) if low <= abs(value) and abs(value) * s <= high]
    if not scales or any(math.isclose(codec.round(value * s), codec.round(value) * s, rel_tol=1e-13) for s in scales):
        return None
    s = scales[0]
    return Fault("scale", f"{value!r} is rounded to {codec.round(value)!r}, {s:g} times it to {codec.round(value * s)!r}")


def _slips(subject: Subject) -> st.SearchStrategy[tuple[float, int, int]]:
    return st.tuples(_values(subject), st.integers(0, 99), st.integers(0, 2**17))


DESIDERATA: tuple[Property, ...] = (
    Property("single token", "every number is one token", _KINDS, _values, single_token, when=_has_codec),
    Property("uniqueness", "different numbers are written differently", _KINDS, _pairs, unique, when=_has_codec),
    Property("magnitude order", "codes are ordered as magnitudes are", _KINDS, _pairs, magnitude_order, when=_in_tokens),
    Property("closeness", "the next number differs in one token", _KINDS, _values, close, when=_in_tokens),
    Property("robustness", "a changed token gives the next number, or none", _KINDS, _slips, robust, when=_in_tokens),
    Property("scale invariance", "all magnitudes are rounded alike", _KINDS, _values, scale_invariant, when=_ranged),
)


def desiderata_of(subject: Subject) -> Sequence[Property]:
    """Those that are wished of a subject's kind, whether they apply to it or not; none where it has no number codec."""
    return [p for p in DESIDERATA if subject.kind in p.kinds and _has_codec(subject)]
