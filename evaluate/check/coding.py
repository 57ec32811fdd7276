"""Properties of number codecs."""

from __future__ import annotations

import math
import sys
from itertools import pairwise

from hypothesis import strategies as st

from ...grammars.errors import EncodeError
from ...grammars.tree import ARITY, CONSTANTS
from ...tokenizers.alphabet import WHOLE_EXPONENTS
from ...tokenizers.base import Invalid, NumberCodec
from .base import Bounded, Fault, Subject, passed_on

_TAKEN = {*ARITY, *CONSTANTS, *"()|[]", "x_0", *(f"^{n}" for n in WHOLE_EXPONENTS)}
_FACTORS = (0.1, 0.3, 0.5, 0.9, 1.0, 1.1, 2.0, 5.0, 10.0)
_SLACK = 1e-15
"""What a float differs from the decimal number that it stands for, more or less: no error of a codec."""


def values(subject: Subject) -> st.SearchStrategy[float]:
    """Finite floats: whole and short ones, of every magnitude, and both neighbors of what the codec reads. Shrinks to 0."""
    codec: NumberCodec = subject.item
    plain = st.one_of(
        st.integers(-1000, 1000).map(float),
        st.builds(lambda m, e: float(f"{m}e{e}"), st.integers(-999, 999), st.integers(-3, 0)),
        st.decimals(-1000, 1000, places=3, allow_nan=False, allow_infinity=False).map(float),
        st.builds(lambda m, e: float(f"{m}e{e}"), st.integers(-9999, 9999), st.integers(-110, 110)),
        st.floats(allow_nan=False, allow_infinity=False),
    )

    def near(value: float, up: bool) -> float:
        """The least or greatest float that rounds as its neighbors do not: the edge between two codes, if it is near."""
        try:
            center = codec.round(value)
            far = codec.round(math.nextafter(center, math.inf if up else -math.inf) * 4 if center else (1.0 if up else -1.0))
            return _edge(codec, center, far)
        except BaseException as e:  # a broken codec; `round trip` says so
            passed_on(e)
            return value

    return st.one_of(plain, plain, st.builds(near, plain, st.booleans()))


def _edge(codec: NumberCodec, low: float, high: float) -> float:
    """By bisection, a float next to which the rounding changes from that of `low`."""
    start = codec.round(low)
    for _ in range(70):
        middle = low / 2 + high / 2
        if middle in (low, high):
            break
        if codec.round(middle) == start:
            low = middle
        else:
            high = middle
    return low if math.isfinite(low) else 0.0


def round_trip(subject: Subject, value: float) -> Fault | None:
    """read(write(v)) is round(v), within the code's length; round gives a fixed point that is written the same."""
    codec: NumberCodec = subject.item
    code = list(codec.write(value))
    if not code or (wrong := [t for t in code if t not in codec.tokens]):
        return Fault("foreign token", f"{value!r} is written {code}; {wrong if code else 'nothing'} is not in the vocabulary", 0)
    expected = codec.round(value)
    if not math.isfinite(expected):
        return Fault("not finite", f"{value!r} is rounded to {expected!r}")
    reading = codec.read(code, 0)
    if isinstance(reading, Invalid):
        return Fault(
            "unreadable", f"{value!r} is written {' '.join(code)}, which is not read: {reading.reason}", reading.position
        )
    if reading[0] != expected:
        return Fault("numbers", f"{value!r} is written {' '.join(code)} and read as {reading[0]!r}; round says {expected!r}")
    if reading[1] != len(code):
        return Fault("length", f"{' '.join(code)} has {len(code)} tokens, read stops after {reading[1]}", reading[1])
    if codec.round(expected) != expected or list(codec.write(expected)) != list(codec.write(reading[0])):
        return Fault("not a fixed point", f"{value!r} is rounded to {expected!r}, and that to {codec.round(expected)!r}")
    return None


def ordered(subject: Subject, pair: tuple[float, float]) -> Fault | None:
    """Rounding keeps the order: a larger number is not rounded to a smaller one."""
    codec: NumberCodec = subject.item
    chain = sorted({value * factor for value in pair for factor in _FACTORS if math.isfinite(value * factor)})
    for low, high in pairwise(chain):
        if codec.round(low) > codec.round(high):
            return Fault("order", f"{low!r} < {high!r} are rounded to {codec.round(low)!r} > {codec.round(high)!r}")
    return None


def contexts(subject: Subject) -> st.SearchStrategy[tuple[float, list[str], list[str]]]:
    """A value, and what stands before and after its code."""
    around = st.lists(st.sampled_from([*subject.item.tokens, "+", "x_0"]), max_size=4)
    return st.tuples(values(subject), around, around)


def self_delimiting(subject: Subject, example: tuple[float, list[str], list[str]]) -> Fault | None:
    """A code is read the same wherever it stands, whatever comes before or after."""
    codec: NumberCodec = subject.item
    value, before, after = example
    code = list(codec.write(value))
    reading = codec.read([*before, *code, *after], len(before))
    alone = codec.read(code, 0)
    if isinstance(alone, Invalid):
        return None
    expected = (alone[0], alone[1] + len(before))
    if reading == expected:
        return None
    context = f"{' '.join(before)} [{' '.join(code)}] {' '.join(after)}"
    return Fault("not self-delimiting", f"{value!r} reads as {reading} in {context}, not {expected}", len(before))


def sequences(subject: Subject) -> st.SearchStrategy[tuple[list[str], int]]:
    """Texts to read, foreign ones among them, and where to start: a code with one change, or any."""
    tokens = [*subject.item.tokens, "+", "x_0", "?"]

    @st.composite
    def changed(draw: st.DrawFn) -> tuple[list[str], int]:
        try:
            code = list(subject.item.write(draw(values(subject))))
        except BaseException as e:
            passed_on(e)
            code = []
        at = draw(st.integers(0, len(code)))
        end = at + draw(st.integers(0, 1))
        return [*code[:at], *draw(st.lists(st.sampled_from(tokens), max_size=1)), *code[end:]], 0

    any_ = st.lists(st.sampled_from(tokens), max_size=8).flatmap(
        lambda texts: st.tuples(st.just(texts), st.integers(0, len(texts)))
    )
    return st.one_of(changed(), any_)


def total(subject: Subject, example: tuple[list[str], int]) -> Fault | None:
    """`read` gives a finite fixed point of `round` and where it ends, or `Invalid` at a position from `start` on."""
    codec: NumberCodec = subject.item
    texts, start = example
    try:
        reading = codec.read(texts, start)
    except BaseException as e:  # whatever it is, read promised not to
        passed_on(e)
        return Fault(f"raises {type(e).__name__}", f"read raises {type(e).__name__}: {' '.join(str(e).split())[:200]}", start)
    if isinstance(reading, Invalid):
        inside = start <= reading.position <= len(texts)
        return (
            None if inside else Fault("position", f"Invalid at position {reading.position} of {len(texts)} from {start}", start)
        )
    value, end = reading
    if not start < end <= len(texts):
        return Fault("end", f"a number from {start} to {end} of {len(texts)} tokens", start)
    if not math.isfinite(value):
        return Fault("not finite", f"{' '.join(texts[start:end])} is read as {value!r}", start)
    if codec.round(value) != value:
        return Fault(
            "not a fixed point", f"{' '.join(texts[start:end])} is read as {value!r}, rounded to {codec.round(value)!r}", start
        )
    return None


def zero(subject: Subject, _: object) -> Fault | None:
    """Zero has no sign: -0.0 is written as 0.0 is."""
    codec: NumberCodec = subject.item
    if list(codec.write(-0.0)) != list(codec.write(0.0)):
        return Fault("sign of zero", f"-0.0 is written {codec.write(-0.0)}, 0.0 {codec.write(0.0)}")
    reading = codec.read(list(codec.write(-0.0)), 0)
    if not isinstance(reading, Invalid) and math.copysign(1.0, reading[0]) < 0 and reading[0] == 0.0:
        return Fault("sign of zero", "zero is read as -0.0")
    return None


def refuses(subject: Subject, _: object) -> Fault | None:
    """What is no finite number is refused by `EncodeError`."""
    for value in (math.nan, math.inf, -math.inf):
        try:
            code = subject.item.write(value)
        except EncodeError:
            continue
        return Fault("writes what is no number", f"{value!r} is written {code}; raise EncodeError")
    return None


def tokens(subject: Subject, _: object) -> Fault | None:
    """The codec's texts differ from one another and from those of notations; `spec` is one line."""
    codec: NumberCodec = subject.item
    texts = list(codec.tokens)
    if not texts or len(set(texts)) != len(texts):
        return Fault("collision", "the codec has no tokens" if not texts else "the codec has a token twice")
    if clash := _TAKEN & set(texts):
        return Fault("collision", f"the token {min(clash)!r} is a symbol of the notations", texts.index(min(clash)), min(clash))
    return None if codec.spec and "\n" not in codec.spec else Fault("spec", f"the spec {codec.spec!r} is not one line")


def declares_error(subject: Subject) -> bool:
    return isinstance(subject.item, Bounded)


def worst_error(subject: Subject, value: float) -> Fault | None:
    """Within `reach`, and between the least and the greatest number that is written, the error is at most the declared one."""
    codec = subject.item
    low, high = codec.reach
    least, greatest = codec.round(-sys.float_info.max), codec.round(sys.float_info.max)
    side = abs(codec.round(math.copysign(low, value)))
    covered = low <= abs(value) <= high and least <= value <= greatest and low <= side <= low * (1 + codec.worst_error)
    if not covered or not math.isfinite(codec.worst_error):
        return None
    error = abs(codec.round(value) - value)
    if error <= (codec.worst_error + _SLACK) * abs(value):
        return None
    return Fault(
        "error",
        f"{value!r} is rounded to {codec.round(value)!r}: relative error {error / abs(value):.3g}, declared "
        f"{codec.worst_error:.3g}",
    )
