"""Number codecs with one mistake each, for `kappabar check` to find. Loaded by name: `check_faults.codecs:FirstThree`."""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from decimal import ROUND_DOWN, Decimal

from kappabar.tokenizers.base import Invalid
from kappabar.tokenizers.codecs.bins import Bins
from kappabar.tokenizers.codecs.digits import Digits, Floats


class Sound:
    """Three digits without a mistake, for the others to spoil."""

    inner = Digits(3)

    @property
    def spec(self):
        return "spoiled"

    @property
    def tokens(self):
        return self.inner.tokens

    def write(self, value):
        return self.inner.write(value)

    def read(self, tokens, start):
        return self.inner.read(tokens, start)

    def round(self, value):
        return self.inner.round(value)


class FirstThree(Sound):
    """A number is read from its first three tokens: the mantissa's last digit and the exponent play no part."""

    def read(self, tokens, start):
        found = self.inner.read(tokens, start)
        if isinstance(found, Invalid):
            return found
        code = tokens[start : start + 3]
        return float(f"{code[0][1]}{code[1]}{code[2]}e-1"), found[1]


class FirstChunk(Sound):
    """Of a mantissa in two chunks the first is read (a published decoder does)."""

    inner = Floats(4, 2)

    def read(self, tokens, start):
        found = self.inner.read(tokens, start)
        if isinstance(found, Invalid):
            return found
        return self.inner.round(float(f"{tokens[start][1]}{tokens[start + 1][1:]}{tokens[start + 3].lower()}")), found[1]


class SignedZero(Sound):
    """-0.0 is written with a minus, which reading refuses."""

    def write(self, value):
        return ["N-", "0", "0", "0", "E0"] if value == 0.0 and math.copysign(1.0, value) < 0 else self.inner.write(value)


class EdgeTooFar(Bins):
    """Bins counted from the second edge: every number lands one bin too low."""

    __slots__ = ()

    def _bin(self, value):
        return bisect_right(self.edges[1:], value)


class NoLastBin(Bins):
    """A number beyond the last center has no bin."""

    __slots__ = ()

    def write(self, value):
        return [self.tokens[bisect_right(self.edges, value) + (value > self.centers[-1])]]


class Truncates(Sound):
    """Cuts digits off, and declares the error of rounding."""

    reach, worst_error = Digits(3).reach, Digits(3).worst_error

    def round(self, value):
        return self.inner.round(float(self._cut(value)))

    def write(self, value):
        return self.inner.write(float(self._cut(value)))

    def _cut(self, value):
        if value == 0 or not 1e-12 <= abs(value) <= 9.99e12:
            return value
        exact = Decimal(repr(float(value)))
        return exact.quantize(Decimal(1).scaleb(exact.adjusted() - 2), rounding=ROUND_DOWN)


class Greedy(Sound):
    """Reads the digits that follow its code as its own."""

    def read(self, tokens, start):
        found = self.inner.read(tokens, start)
        if isinstance(found, Invalid):
            return found
        value, end = found
        while end < len(tokens) and tokens[end].isdigit():
            end += 1
        return value, end


class ReadRaises(Sound):
    """A token that it does not know raises KeyError."""

    def read(self, tokens, start):
        known = {t: t for t in self.tokens}
        return self.inner.read([known[t] for t in tokens], start)


class Disordered(Sound):
    """Ones are written and rounded as tens: 1.5 -> 15."""

    def round(self, value):
        found = self.inner.round(value)
        return self.inner.round(found * 10) if 1 <= found < 10 else found

    def write(self, value):
        return self.inner.write(self.round(value))


class TakesPlus(Sound):
    """Signs are written as the operators are."""

    @property
    def tokens(self):
        return tuple({"N+": "+", "N-": "-"}.get(t, t) for t in self.inner.tokens)

    def write(self, value):
        return [{"N+": "+", "N-": "-"}.get(t, t) for t in self.inner.write(value)]

    def read(self, tokens, start):
        return self.inner.read([{"+": "N+", "-": "N-"}.get(t, t) for t in tokens], start)


class WritesNan(Sound):
    """Not a number is written as zero."""

    def write(self, value):
        return self.inner.write(0.0 if math.isnan(value) else value)


class Forgets(Sound):
    """Saved and loaded, two digits have become three."""

    def __init__(self, digits=2):
        self.inner = Digits(digits)

    def to_json(self):
        return json.dumps({})

    @classmethod
    def from_json(cls, text):
        return cls(3, **json.loads(text))
