"""What is said beside the κ of a representation: of its vocabulary, and of its numbers."""

from __future__ import annotations

from collections.abc import Sequence

from ...representations.representation import Representation
from ...tokenizers.codecs.reach import range_text
from .measure import Measured


def foreign(representation: Representation, measured: Sequence[Measured]) -> list[str]:
    """A note on the tokens of a vocabulary that stand in no expression, where edits to them were not drawn."""
    tokens = max((m.undrawn.foreign for m in measured if m.undrawn is not None), default=0)
    if not tokens:
        return []
    of = f"{tokens:,} of {len(representation.vocabulary):,} tokens stand in no expression"
    return [f"{of}: edits to them are counted as invalid, and drawn are the others"]


def out_of_range(representation: Representation, fallen: Sequence[tuple[int, int]]) -> list[str]:
    """A note on coefficients that the number codec cannot say, of (how many, of how many) by expression; none where it says
    all."""
    codec, n, total = representation.codec, sum(few for few, _ in fallen), sum(all_ for _, all_ in fallen)
    if codec is None or not n:
        return []
    where = f"in {sum(few > 0 for few, _ in fallen)} of {len(fallen)} expressions"
    return [f"{n} of {total} coefficients, {where}, lie outside {range_text(codec)} and become its outermost numbers, or zero"]
