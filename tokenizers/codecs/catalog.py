"""The built-in number codecs by name: what a spec may say of each, and how it is fitted."""

from __future__ import annotations

from collections.abc import Sequence

from ..parts import Argument, Codec
from .binned import mulaw, residual, twohot
from .bins import MAX_BINS, MODES, Bins
from .bit_token import BitToken
from .bits import MAX_BITS_EXPONENT, MAX_BITS_MANTISSA, Bits
from .centers import Centers, FileName
from .digits import MAX_DIGITS, Digits, Floats
from .fone import Fone
from .gray import GRAY_MODES, MAX_THERMO, gray, thermo
from .grouped import DIRECTIONS, Grouped
from .one_token import MAX_FP_DIGITS, MAX_FP_EXPONENT, OneToken
from .radix import MAX_BASE, Radix
from .xval import XVal


def _digits(values: Sequence[float], digits: int, direction: str) -> Digits | Grouped:
    return Grouped.fit(values, digits, direction) if direction else Digits.fit(values, digits)


def _e2e(values: Sequence[float], digits: int, chunks: int) -> Floats:
    return Floats(digits, chunks)


def _fp(values: Sequence[float], digits: int, exponent: int) -> OneToken:
    return OneToken(digits, exponent)


def _base(values: Sequence[float], base: int, digits: int) -> Radix:
    return Radix.fit(values, base, digits)


def _signed(values: Sequence[float], digits: int, base: int) -> Radix:
    return Radix.fit(values, base, digits, balanced=True)


def _bits(values: Sequence[float], exponent: int, mantissa: int) -> Bits:
    return Bits(exponent, mantissa)


def _bittoken(values: Sequence[float], exponent: int, mantissa: int) -> BitToken:
    return BitToken(exponent, mantissa)


def _fone(values: Sequence[float], whole: int, decimals: int) -> Fone:
    return Fone(whole, decimals)


def _xval(values: Sequence[float]) -> XVal:
    return XVal()


BUILT_IN_CODECS: dict[str, Codec] = {
    c.name: c
    for c in (
        Codec(
            "digits",
            "sign, digits, exponent; rtl, ltl: in groups of three, from the right or from the left",
            _digits,
            (Argument("DIGITS", 3, 1, MAX_DIGITS), Argument("DIRECTION", "", choices=DIRECTIONS)),
        ),
        Codec(
            "e2e",
            "sign, mantissa in chunks, exponent",
            _e2e,
            (Argument("DIGITS", 4, 1, MAX_DIGITS), Argument("CHUNKS", 1, 1, MAX_DIGITS)),
        ),
        Codec(
            "bins",
            "one token per number, of K",
            Bins.fit,
            (Argument("K", 64, 1, MAX_BINS), Argument("MODE", "log", choices=MODES)),
        ),
        Codec(
            "residual",
            "coarse bin, then fine bin within it",
            residual,
            (Argument("K1", 16, 2, MAX_BINS), Argument("K2", 16, 2, MAX_BINS)),
        ),
        Codec(
            "mulaw",
            "one token per number, of K evenly spaced after μ-law companding",
            mulaw,
            (Argument("K", 64, 3, MAX_BINS), Argument("MU", 255)),
        ),
        Codec(
            "twohot",
            "the center below, then the weight of the next in steps of 1/W",
            twohot,
            (Argument("K", 64, 3, MAX_BINS), Argument("W", 16, 1, MAX_BINS)),
        ),
        Codec(
            "gray",
            "bins whose neighbors differ in one token; snake: nothing else is one token away",
            gray,
            (Argument("K", 64, 3, MAX_BINS), Argument("MODE", "snake", choices=GRAY_MODES)),
        ),
        Codec("thermo", "K tokens, as many ones as the number's rank", thermo, (Argument("K", 32, 2, MAX_THERMO),)),
        Codec(
            "fp",
            "one token per float of D digits, exponents up to E",
            _fp,
            (Argument("D", 3, 1, MAX_FP_DIGITS), Argument("E", 7, 0, MAX_FP_EXPONENT)),
        ),
        Codec("base", "sign, D digits in base B, exponent", _base, (Argument("B", 100, 2, MAX_BASE), Argument("D", 2, 1, 50))),
        Codec(
            "signed",
            "D balanced digits in base B without a sign, exponent",
            _signed,
            (Argument("D", 3, 1, 50), Argument("B", 10, 3, MAX_BASE)),
        ),
        Codec(
            "bits",
            "the bits of an IEEE 754 number with E exponent and M mantissa bits",
            _bits,
            (Argument("E", 8, 2, MAX_BITS_EXPONENT), Argument("M", 7, 1, MAX_BITS_MANTISSA)),
        ),
        Codec("xval", "the token NUM; values beside the tokens, where no edit touches them", _xval),
        Codec(
            "fone",
            "the token NUM; beside it Fourier features of W digits before the point and D after it",
            _fone,
            (Argument("W", 5, 1, MAX_DIGITS), Argument("D", 5, 0, MAX_DIGITS)),
        ),
        Codec(
            "bittoken",
            "the token NUM; beside it the bits of an IEEE 754 number with E exponent and M mantissa bits",
            _bittoken,
            (Argument("E", 11, 2, MAX_BITS_EXPONENT), Argument("M", 52, 1, MAX_BITS_MANTISSA)),
        ),
        Codec("centers", "the nearest of the centers in a file that search wrote", Centers.load, (FileName("FILE", "FILE"),)),
    )
}
