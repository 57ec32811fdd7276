"""Natural edits: the same expression in the other ways in which people and tools write its text.

No unit step, and no mistake: `2*x_0`, `2 x_0` and `2.0*x_0` mean the same, and a model that is trained on one meets the others.
What they make of the tokens, and what decoding makes of these, is a representation's robustness, beside its κ: see
`kappa/robustness.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...grammars.errors import SpecError
from ...grammars.tree import Node, system, variable
from ...representations.representation import Representation
from ...tokenizers.base import Invalid
from .base import Edit, Neighborhood, Promises, Rewriting, draw_ranks

_PROMISES = Promises()


@dataclass(frozen=True, slots=True)
class NaturalEdits:
    """The text written in another way, wherever that way applies: `2x`, `**`, `·`, spaces, `1e-3`, `.5`, `−`, names, parentheses.

    Of representations whose tokens are of a text (infix or LaTeX by characters, merges of these, `hf:`); others are refused. The
    kinds are the names of the ways, each at most once: the new text is encoded by the tokenizer and decoded again. `position` is
    the first token that differs; where no token is found for a character, the edit is `Invalid` and has no tokens. Order is kept,
    and so is meaning; of renamed variables, to whoever is told the names.
    """

    name: str = "natural"
    promises: Promises = _PROMISES

    def refusal(self, representation: Representation) -> str:
        """See `base.Choosing`."""
        if representation.other_ways(system(variable(0))) is not None:
            return ""
        return (
            f"{representation.spec!r} writes no text that people write in other ways; natural edits are of 'infix | chars', "
            "'latex | chars', and bpe, unigram or hf over these, in the built-in operators"
        )

    def neighborhood(
        self, representation: Representation, tree: Node, limit: int | None, rng: np.random.Generator
    ) -> Neighborhood:
        """Raises `EncodeError` where the vocabulary cannot write the tree, `SpecError` where there is no text."""
        texts = representation.other_ways(tree)
        if texts is None:
            raise SpecError(self.refusal(representation))
        ids = representation.encode(tree)
        every = list(texts.items())
        edits = []
        for rank in draw_ranks(len(every), limit, rng).tolist():
            way, text = every[rank]
            written = representation.encode_text(text)
            if isinstance(written, Invalid):
                edits.append(Edit(way, 0, -1, Invalid(written.reason, 0), rewriting=Rewriting(text, None)))
                continue
            rewriting = Rewriting(text, tuple(written))
            edits.append(Edit(way, _differ(ids, written), -1, representation.decode(written), rewriting=rewriting))
        return Neighborhood(len(every), tuple(edits))


def _differ(a: Sequence[int], b: Sequence[int]) -> int:
    """The first place where two sequences differ; the end of the first, where they do not before."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
