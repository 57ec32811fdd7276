"""Number codec whose centers, and how they are written, come from a file: what the local searches of `search` find.

`centers:FILE` reads a JSON document {"format": "kappabar centers 1", "centers": [rising numbers], "codes": [[digit, …], …]}.
Without codes, center i is the one token `C<i>`. With codes (one per center, all of one length, all distinct, digits from 0),
center i is written digit by digit, `C0.3 C1.5` being digits 3 and 5: each position has tokens of its own, so that a token
alone says where in the number it stands. A number goes to the nearest center, by ratio between two of one sign, by difference
otherwise; beyond the ends to the outermost. A sequence of digits that is no center's code is invalid.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from ...grammars.errors import SpecError
from ..parts import Argument, Value
from .bins import MAX_BINS, edge_between
from .codebook import Codebook
from .stated import State, Stated

FORMAT = "kappabar centers 1"
_MAX_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class FileName(Argument):
    """An argument that names a file, relative to the current directory. A spec's own marks (| , :) cannot be part of it. `what`:
    where such a file comes from."""

    what: str = "as kappabar search writes it"

    def parse(self, part: str, text: str) -> Value:
        if text:
            return text
        raise SpecError(f"{part} needs a file; write {part}:{self.name}, {self.what}")


@dataclass(frozen=True, slots=True)
class Centers(Stated):
    """Numbers as the nearest of the given centers. `codes` empty: one token each. See the file's description above."""

    centers: tuple[float, ...]
    codes: tuple[tuple[int, ...], ...] = ()
    file: str = ""
    tokens: tuple[str, ...] = field(init=False, compare=False, repr=False)
    _book: Codebook = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        _check(self.centers, self.codes, self.file or "centers")
        texts = tuple(_text(c) for c in self.codes) or tuple((f"C{i}",) for i in range(len(self.centers)))
        sizes = [1 + max(c[j] for c in self.codes) for j in range(len(self.codes[0]))] if self.codes else []
        tokens = tuple(f"C{j}.{d}" for j, size in enumerate(sizes) for d in range(size)) or tuple(t for (t,) in texts)
        object.__setattr__(self, "tokens", tokens)
        edges = tuple(edge_between(a, b, True) for a, b in pairwise(self.centers))
        object.__setattr__(self, "_book", Codebook(self.spec, self.centers, edges, texts))

    @property
    def spec(self) -> str:
        return f"centers:{self.file}"

    @property
    def length(self) -> int:
        """Tokens per number."""
        return len(self._book.codes[0])

    @property
    def reach(self) -> tuple[float, float]:
        """Smallest and largest magnitude of a center that is not zero: what lies beyond is clamped. (0, 0) if all are zero."""
        sizes = [abs(c) for c in self.centers if c]
        return (min(sizes), max(sizes)) if sizes else (0.0, 0.0)

    @property
    def worst_error(self) -> float:
        """Largest relative error of a value between the first and the last center of either sign; infinite where values near
        zero become something else, or something else zero."""
        worst = 0.0
        for (low, high), edge in zip(pairwise(self.centers), self._book.edges, strict=True):
            if low <= 0 <= high:
                return math.inf
            worst = max(worst, abs(edge - low) / abs(edge), abs(high - edge) / abs(edge))
        return worst

    def write(self, value: float) -> list[str]:
        return self._book.write(value)

    @property
    def start(self) -> State:
        return self._book.start

    def value(self, texts: Sequence[str]) -> float:
        """See `stated.Stated`."""
        return self._book.value(texts)

    def round(self, value: float) -> float:
        return self._book.round(value)

    def index(self, value: float) -> int:
        """Which center a number goes to. Raises `EncodeError` where it is not finite."""
        return self._book.rank(value)

    @classmethod
    def load(cls, values: Sequence[float], file: str) -> Centers:
        """Read a file; `values`, a corpus' coefficients, play no part. Raises `SpecError` where it does not hold centers."""
        document = _read(file)
        try:
            centers = tuple(float(c) for c in document["centers"])
            codes = tuple(tuple(_digit(d) for d in code) for code in document.get("codes", ()))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            raise SpecError(f"{file} holds no centers; it is not a file that kappabar search wrote") from None
        return cls(centers, codes, file)

    def dumps(self) -> str:
        """What the file of this codec holds."""
        document = {"format": FORMAT, "centers": list(self.centers), "codes": [list(c) for c in self.codes]}
        return json.dumps(document, indent=1) + "\n"


def _read(file: str) -> dict[str, Any]:
    path = Path(file)
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise SpecError(f"{file} is too large to hold centers")
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SpecError(f"cannot read the centers in {file}: {error.strerror or error}") from None
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise SpecError(f"{file} holds no centers; it is not a file that kappabar search wrote") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise SpecError(f"{file} holds no centers; it is not a file that kappabar search wrote")
    return document


def _digit(item: object) -> int:
    if isinstance(item, int) and not isinstance(item, bool):
        return item
    raise ValueError(item)


def _text(code: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(f"C{j}.{d}" for j, d in enumerate(code))


def _check(centers: tuple[float, ...], codes: tuple[tuple[int, ...], ...], where: str) -> None:
    if not 1 <= len(centers) <= MAX_BINS or any(not math.isfinite(c) for c in centers):
        raise SpecError(f"{where}: 1 to {MAX_BINS:,} finite centers are needed")
    if any(not (a < b) for a, b in pairwise(centers)):
        raise SpecError(f"{where}: the centers must rise strictly")
    if not codes:
        return
    if len(codes) != len(centers) or len(set(codes)) != len(codes) or len({len(c) for c in codes}) != 1 or not codes[0]:
        raise SpecError(f"{where}: every center needs a code of its own, all of one length")
    if any(not 0 <= d < MAX_BINS for c in codes for d in c):
        raise SpecError(f"{where}: digits of codes are whole numbers from 0")
