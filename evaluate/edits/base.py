"""What an edit operator is: the unit step whose effect on meaning κ measures, and what it promises about its steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ...grammars.tree import Node, Path
from ...representations.representation import Representation
from ...tokenizers.base import Invalid
from ..results.categorical import Categorical


@dataclass(frozen=True, slots=True)
class Rewriting:
    """A whole text instead of another, and its token ids; None where the tokenizer has no token for some of it."""

    text: str
    ids: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Edit:
    """One neighbor: the kind of step, the token position it touches, the token's new id (-1: none) and the outcome.

    `position` counts tokens of the original; an insertion stands before that token, or at the end.
    `result` is the edited tree, or why there is none. `weight`: what the edit counts under the operator's law, where it
    enumerates one that is not uniform; an edit that was drawn with the law counts 1. `rewriting`: of an edit that is no step from
    token to token, the whole that it makes.
    """

    kind: str
    position: int
    token: int
    result: Node | Invalid
    weight: float = 1.0
    rewriting: Rewriting | None = None


@dataclass(frozen=True, slots=True)
class Neighborhood:
    """The edits of one expression. `size` counts the whole neighborhood, `edits` may be a sample of it: a uniform one, or one
    drawn with the operator's law. `foreign`: how many tokens stand in no sequence that decodes, where substitutions by these and
    insertions of them are counted in `size` and not drawn: `edits` is then all, or a uniform sample, of the others."""

    size: int
    edits: tuple[Edit, ...]
    foreign: int = 0

    @property
    def repeats(self) -> bool:
        """Whether an edit is there twice, as where they were drawn with replacement."""
        return len({(e.kind, e.position, e.token, e.result, e.rewriting) for e in self.edits}) < len(self.edits)

    @property
    def exact(self) -> bool:
        """Whether this is all of it."""
        return not self.foreign and len(self.edits) == self.size and not self.repeats


@dataclass(frozen=True, slots=True, eq=False)
class Undrawn:
    """Edits that are invalid for certain, and so have no row: substitutions by, and insertions of, `foreign` tokens of which none
    stands in any sequence that decodes. `classes` (L,): of the sequence's tokens."""

    foreign: int
    classes: Categorical

    @property
    def total(self) -> int:
        """Of L tokens: L substitutions by each foreign one, and L + 1 insertions."""
        return self.foreign * (2 * len(self.classes) + 1)

    def at(self, position: int) -> int:
        """Those that touch one token; an insertion at the end touches the last."""
        return self.foreign * (2 + (position == len(self.classes) - 1))

    def of(self, column: str, word: str) -> int:
        """Those of a kind (`kinds`), or that touch tokens of a class (`classes`)."""
        length = len(self.classes)
        if column == "kinds":
            return self.foreign * {"substitution": length, "insertion": length + 1}.get(word, 0)
        return sum(self.at(int(i)) for i in np.flatnonzero(self.classes.mask(word)))

    def words(self, column: str) -> list[str]:
        return ["insertion", "substitution"] if column == "kinds" else self.classes.words()


@dataclass(frozen=True, slots=True)
class Promises:
    """What an operator says of itself, and `kappabar check` holds it to.

    exact: without a limit every neighbor appears exactly once, and `size` is their number. symmetric: b is a neighbor of a
    whenever a is one of b. inverse: which kind undoes which, for instance "insertion<->deletion"; empty where nothing is
    promised. unit: every neighbor is at Levenshtein distance exactly 1 from the token sequence, by a step of the kind
    "substitution", "insertion" or "deletion"; with `exact`, all of these of its kinds. deterministic: equal arguments and
    generators in equal states give equal edits. own: the edits are of the expression, as the rewrites have it, and not of what
    its tokens decode to; their distances are then to the behavior of that, so that no tokenizer has a part in them.
    """

    exact: bool = False
    symmetric: bool = False
    inverse: str = ""
    unit: bool = False
    deterministic: bool = True
    own: bool = False


@runtime_checkable
class EditOperator(Protocol):
    """What `--edits` names. `limit` bounds the number of edits; a generator decides which, where it binds."""

    @property
    def name(self) -> str: ...

    @property
    def promises(self) -> Promises: ...

    def neighborhood(
        self, representation: Representation, tree: Node, limit: int | None, rng: np.random.Generator
    ) -> Neighborhood: ...


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """Edits that replace a run of tokens by at most one, in columns: ids[positions:ends] becomes tokens (-1: nothing).

    `size` counts the whole neighborhood; `kinds` names the steps.
    """

    size: int
    kinds: Categorical
    positions: NDArray[np.int32]
    ends: NDArray[np.int32]
    tokens: NDArray[np.int32]


@runtime_checkable
class Choosing(Protocol):
    """An edit operator that does not take every representation."""

    def refusal(self, representation: Representation) -> str:
        """Why it has no edits for this one, in one line; '' where it has."""
        ...


@runtime_checkable
class SequenceOperator(Protocol):
    """An edit operator on token sequences that can also say what it does in columns, for which there is a fast path.

    `token_steps` and `neighborhood` describe the same edits in the same order, for generators in equal states.
    """

    def token_steps(self, ids: Sequence[int], vocabulary_size: int, limit: int | None, rng: np.random.Generator) -> Steps: ...


def draw_ranks(size: int, limit: int | None, rng: np.random.Generator) -> NDArray[np.int64]:
    """All ranks, or `limit` distinct ones drawn uniformly, in order.

    Uniformly over the whole neighborhood, not by strata: of the edits drawn, those that decode are then a uniform sample of all
    that do, which is what makes `kappa@m` unbiased. By strata it would not be: how many decode in each is not known.
    """
    if limit is None or size <= limit:
        return np.arange(size)
    return np.sort(rng.choice(size, size=limit, replace=False, shuffle=False))


def first_tokens(representation: Representation, tree: Node) -> dict[Path, int]:
    """The position of the first token that writes each node of the tree, by path, as far as the tokens say."""
    tokens: dict[Path, int] = {}
    for i, token in enumerate(representation.tokenize(tree)):
        tokens.setdefault(token.path, i)
    return tokens


def position_of(path: Path, starts: Mapping[Path, int]) -> int:
    """Where a node is written, by what `first_tokens` gave: a merged token has the path of a subtree that holds all its nodes."""
    while path and path not in starts:
        path = path[:-1]
    return starts.get(path, 0)
