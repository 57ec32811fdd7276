"""Numbers as text: on the page, in Markdown and in LaTeX with digits as their intervals allow (`number`), on the terminal and in
notebooks with as many as their column has (`cell`)."""

from __future__ import annotations

from math import floor, isfinite, isinf, isnan, log10

_LARGE = 1e6


def decimals(half: float, most: int = 6) -> int:
    """How many decimals a value has whose interval is `half` wide on either side: two digits of an error that begins with 1 or 2,
    one of a larger one (0.0123 -> 3, 0.04 -> 2, 12 -> 0)."""
    exponent = floor(log10(half))
    leading = round(half / 10.0**exponent, 9)  # 0.3 is 2.9999… tenths
    return min(most, max(0, (1 if leading < 3 else 0) - exponent))


def number(value: float, low: float | None, high: float | None, digits: int) -> tuple[str, str]:
    """The value's text and its interval's ('' without one). `digits`: decimals where there is no interval."""
    if not isfinite(value):
        return "-", ""
    if low is None or high is None or not (isfinite(low) and isfinite(high)):
        return _plain(value, digits), ""
    if low == high:
        return _plain(value, digits), ""
    n_decimals = decimals((high - low) / 2)
    return _plain(value, n_decimals), f"{_plain(low, n_decimals)} … {_plain(high, n_decimals)}"


def _plain(value: float, n_decimals: int) -> str:
    if abs(value) >= _LARGE:
        return f"{value:.3g}"
    text = f"{value:.{n_decimals}f}"
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text


def cell(value: float | None, low: float | None = None, high: float | None = None, digits: int = 3) -> str:
    """A value with so many decimals, and its interval with one less, where there is one."""
    if value is None or isnan(value):
        return "-"
    if isinf(value):
        return "inf" if value > 0 else "-inf"
    if low is None or high is None or not isfinite(low):
        return f"{value:.{digits}f}"
    shorter = max(digits - 1, 1)  # an interval need not be as wide on either side
    return f"{value:.{digits}f} ({low:.{shorter}f}…{high:.{shorter}f})"
