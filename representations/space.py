"""The space that a search draws representations from: rewrites x notation x number codec x vocabulary, as data.

Every point has the same coordinates, so that what a sampler learns about one point tells it something about the next: two
rewrites, a notation, a codec and a vocabulary by name, and for the arguments of whichever codec and vocabulary it is, shares
from 0 to 1 of their ranges. `Space.spec` prints a point as a canonical spec; `Space.point` finds the point of a spec.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..grammars.errors import SpecError
from ..grammars.operators import BUILT_IN, Operators
from ..tokenizers.catalog import CODECS, NOTATIONS, WRAPPERS
from ..tokenizers.parts import Notation
from .representation import canonical
from .rewrites.catalog import REWRITES, Entry

NONE = "none"
"""The rewrite, codec or vocabulary that is left out."""
DEPTH = 2
"""Rewrites in a row, at most."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole-number argument from `low` to `high`; `log`: equal shares for equal ratios."""

    low: int
    high: int
    log: bool = False

    def at(self, share: float) -> str:
        """The value at a share from 0 to 1 of the range: each whole number gets an equal part of its scale."""
        if self.log:
            value = math.exp(math.log(self.low) + share * (math.log(self.high + 1) - math.log(self.low)))
        else:
            value = self.low + share * (self.high + 1 - self.low)
        return str(min(max(int(value), self.low), self.high))

    def share(self, text: str) -> float | None:
        """A share at which `at` gives the value; None where the value lies outside."""
        if not (text.isdecimal() and self.low <= int(text) <= self.high):
            return None
        middle = int(text) + 0.5
        if not self.log:
            return (middle - self.low) / (self.high + 1 - self.low)
        return math.log(middle / self.low) / math.log((self.high + 1) / self.low)


@dataclass(frozen=True, slots=True)
class Words:
    """An argument, or several that go together only so ('4,2'), out of a few in their natural order."""

    choices: tuple[str, ...]

    def at(self, share: float) -> str:
        return self.choices[min(int(share * len(self.choices)), len(self.choices) - 1)]

    def share(self, text: str) -> float | None:
        return (self.choices.index(text) + 0.5) / len(self.choices) if text in self.choices else None


@dataclass(frozen=True, slots=True)
class TunablePart:
    """A codec or wrapper that takes arguments, and their ranges. `over`: the notations that it works over; () for all.

    `redundant`: a code that buys a low κ with redundancy alone (the falsifier of the theory), or one whose numbers no token
    edit can touch: left out unless it is asked for.
    """

    name: str
    arguments: tuple[Whole | Words, ...] = ()
    over: tuple[str, ...] = ()
    redundant: bool = False

    def fits(self, notations: Sequence[Notation]) -> bool:
        """Whether it works over any of these."""
        return not self.over or any(n.name in self.over for n in notations)

    def text(self, shares: tuple[float, ...]) -> str:
        values = [text for a, u in zip(self.arguments, shares, strict=False) if (text := a.at(u))]
        return f"{self.name}:{','.join(values)}" if values else self.name


# Ranges of what makes sense for a model to learn: 1 bin or 60,000 merges are legal specs and no use.
_MERGES = Whole(64, 4096, log=True)
_CODECS = (
    TunablePart("digits", (Whole(1, 5), Words(("", "rtl", "ltl")))),
    TunablePart("e2e", (Words(("1,1", "2,1", "3,1", "4,1", "4,2", "5,5", "6,3", "6,2")),)),
    TunablePart("bins", (Whole(8, 1024, log=True), Words(("log", "quantile", "uniform")))),
    TunablePart("residual", (Whole(4, 64, log=True), Whole(4, 64, log=True))),
    TunablePart("mulaw", (Whole(8, 1024, log=True), Words(("16", "64", "255", "1000", "10000")))),
    TunablePart("twohot", (Whole(4, 256, log=True), Words(("2", "4", "8", "16", "32")))),
    TunablePart("gray", (Whole(8, 512, log=True), Words(("snake", "reflected")))),
    TunablePart("thermo", (Whole(4, 64, log=True),)),
    TunablePart("fp", (Whole(1, 3), Words(("3", "5", "7", "10")))),
    TunablePart("base", (Words(("2", "4", "8", "16", "32", "64", "100", "256")), Whole(1, 6))),
    TunablePart("signed", (Whole(1, 5), Words(("3", "5", "7", "9", "10", "11", "21", "51", "101", "501")))),
    TunablePart("bits", (Words(("4", "5", "6", "8", "11")), Whole(1, 23))),
    TunablePart("xval", redundant=True),
    TunablePart("fone", (Whole(1, 8), Whole(0, 7)), redundant=True),
    TunablePart("bittoken", (Whole(2, 11), Whole(1, 52)), redundant=True),
)
_VOCABULARIES = (
    TunablePart("bpe", (_MERGES,)),
    TunablePart("unigram", (_MERGES,)),
    TunablePart("patches", (_MERGES, Whole(2, 4))),
    TunablePart("kmers", (Whole(2, 4),), over=("symbols",)),
    TunablePart("dct", (Words(("8", "16", "32")), Whole(8, 255, log=True)), over=("symbols",)),
    TunablePart("vq", (Whole(16, 1024, log=True), Words(("2", "4", "8"))), over=("symbols",)),
    TunablePart("macros", (Whole(8, 256, log=True),), over=("prefix",)),
    TunablePart("checksum", redundant=True),
    TunablePart("repeat", (Words(("3", "5")),), redundant=True),
)
_ONLY_FOR: dict[str, tuple[str, ...]] = {"chebyshev": ("function",), "bernstein": ("function",)}
"""Rewrites that mean something in some domains only."""
_PLAINER = {"latex": "infix", "three-address": "dag"}
"""Notations that say what another says, in more tokens; LaTeX is read by a grammar, so far more slowly: left out."""
_FILES = ("centers",)
"""Codecs that read a file, and so have no default."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A coordinate with names for values."""

    name: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """A coordinate from 0 to 1."""

    name: str


Dimension = Choice | Share
Point = dict[str, str | float]


@dataclass(frozen=True, slots=True)
class Space:
    """`notations`: each with its level where it has any ('infix | chars'); those with a codec after them are in `coded`.
    `alphabet`: what they write; of one's own, it has the notations and rewrites that it does not lack anything for, and codecs
    where it has numbers."""

    rewrites: tuple[str, ...]
    notations: tuple[str, ...]
    coded: tuple[str, ...]
    codecs: tuple[TunablePart, ...]
    vocabularies: tuple[TunablePart, ...]
    alphabet: Operators = BUILT_IN

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """The coordinates, the same for every point."""
        deepest = max((len(c.arguments) for c in self.codecs), default=0)
        longest = max((len(v.arguments) for v in self.vocabularies), default=0)
        return (
            *(Choice(f"rewrite {i + 1}", (NONE, *self.rewrites)) for i in range(DEPTH if self.rewrites else 0)),
            Choice("notation", (*self.notations, *self.coded)),
            *([Choice("codec", tuple(c.name for c in self.codecs))] if self.codecs else []),
            *(Share(f"codec {i + 1}") for i in range(deepest)),
            Choice("vocabulary", (NONE, *(v.name for v in self.vocabularies))),
            *(Share(f"vocabulary {i + 1}") for i in range(longest)),
        )

    def spec(self, point: Mapping[str, str | float]) -> str:
        """The canonical spec of a point. Coordinates that the point does not use say nothing."""
        slots = [str(point[f"rewrite {i + 1}"]) for i in range(DEPTH if self.rewrites else 0)]
        # The same rewrite twice in a row is written once: for nearly all of them, that is the same.
        parts = [r for i, r in enumerate(slots) if r != NONE and (i == 0 or slots[i - 1] != r)]
        notation = str(point["notation"])
        parts.append(notation)
        if notation in self.coded:
            parts.append(_text(self.codecs, "codec", point))
        if any(v.name == point["vocabulary"] and notation in (v.over or (notation,)) for v in self.vocabularies):
            parts.append(_text(self.vocabularies, "vocabulary", point))
        return canonical(" | ".join(parts), self.alphabet)

    def point(self, spec: str) -> Point:
        """A point that prints as `spec`. Raises `SpecError` where the space has none."""
        full = canonical(spec, self.alphabet)
        parts = full.split(" | ")
        rewrites: list[str] = []
        while parts and parts[0] in self.rewrites:
            rewrites.append(parts.pop(0))
        point: Point = {d.name: d.options[0] if isinstance(d, Choice) else 0.5 for d in self.dimensions}
        for i, name in enumerate(rewrites[:DEPTH]):
            point[f"rewrite {i + 1}"] = name
        written = next((n for n in (parts[:2], parts[:1]) if " | ".join(n) in self.notations), None)
        if written is not None:
            point["notation"], rest = " | ".join(written), parts[len(written) :]
        else:
            point["notation"], rest = parts[0], parts[2:]
            _place(self.codecs, "codec", "".join(parts[1:2]), point)
        if rest:
            _place(self.vocabularies, "vocabulary", rest[0], point)
        if self._holds(point) and self.spec(point) == full:
            return point
        raise SpecError(f"{full!r} lies outside the space that is searched")

    def _holds(self, point: Point) -> bool:
        return all(point[d.name] in d.options for d in self.dimensions if isinstance(d, Choice))

    def plain(self) -> tuple[str, ...]:
        """The catalog's plain entries: every notation with its default, every codec, vocabulary and rewrite at its default
        arguments."""
        base = self._base
        return self._within([*self.notations, *self.coded], self.plain_numbers(), [f"{r} | {base}" for r in self.rewrites])

    def plain_numbers(self) -> tuple[str, ...]:
        """Of these, the codecs and vocabularies, over one notation."""
        base = self._base
        codecs = [f"{base} | {c.name}" for c in self.codecs if base in self.coded]
        return self._within(codecs, [f"{base} | {v.name}" for v in self.vocabularies])

    @property
    def _base(self) -> str:
        every = (*self.notations, *self.coded)
        return "prefix" if "prefix" in every else every[0]

    def _within(self, *texts: Sequence[str]) -> tuple[str, ...]:
        specs: dict[str, None] = {}
        for text in (t for those in texts for t in those):
            try:
                full = canonical(text, self.alphabet)
                self.point(full)
            except SpecError:
                continue  # its default lies outside the ranges searched
            specs[full] = None
        return tuple(specs)


def _text(parts: tuple[TunablePart, ...], coordinate: str, point: Mapping[str, str | float]) -> str:
    part = next(p for p in parts if p.name == point[coordinate])
    return part.text(tuple(float(point[f"{coordinate} {i + 1}"]) for i in range(len(part.arguments))))


def _place(parts: tuple[TunablePart, ...], coordinate: str, text: str, point: Point) -> None:
    """Set the coordinates of a part from its text; an unknown part is left to the final comparison."""
    name, _, given = text.partition(":")
    part = next((p for p in parts if p.name == name), None)
    point[coordinate] = name
    if part is None:
        return
    words = given.split(",") if given else []
    for i, argument in enumerate(part.arguments):
        last = i == len(part.arguments) - 1
        share = argument.share(",".join(words[i:]) if last else "".join(words[i : i + 1]))
        point[f"{coordinate} {i + 1}"] = 0.5 if share is None else share


def space(domain: str = "ode", redundant: bool = False, alphabet: Operators = BUILT_IN) -> Space:
    """The space over everything built in that is known here with ranges; other codecs take part with their defaults.
    `alphabet`: the domain's.

    `redundant` adds the controls: codes that lower κ by redundancy, and add nothing to meaning.
    """
    known = {c.name: c for c in _CODECS}
    codecs = (known.get(name, TunablePart(name)) for name in CODECS if name not in _FILES)
    rewrites = tuple(_plain(r) for r in REWRITES.values() if domain in _ONLY_FOR.get(r.name, (domain,)) and r.works(alphabet))
    notations = [n for n in NOTATIONS.values() if n.name not in _PLAINER and n.works(alphabet)]
    levels = tuple(f"{n.name} | {level}" if level else n.name for n in notations for level in n.levels_of(alphabet))
    coded = tuple(n.name for n in notations if n.build is not None)
    return Space(
        rewrites,
        levels if alphabet.numbers else (*levels, *coded),
        coded if alphabet.numbers else (),
        tuple(c for c in codecs if redundant or not c.redundant) if alphabet.numbers else (),
        tuple(
            v
            for v in _VOCABULARIES
            if v.name in WRAPPERS
            and (redundant or not v.redundant)
            and not WRAPPERS[v.name].lacks(alphabet)
            and v.fits(notations)
        ),
        alphabet,
    )


def _plain(entry: Entry) -> str:
    """The canonical text of a rewrite with its default arguments."""
    return entry.make(*(a.default for a in entry.arguments)).spec
