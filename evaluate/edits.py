"""Edit operators: the unit steps whose effect on meaning κ measures.

`TokenEdits` is the exact neighbourhood of concepts.md: for a sequence of length L over V tokens with r runs of equal
neighbours, L(V-1) substitutions, L(V-1)+V insertions and r deletions, all distinct. Each has a rank, so that a part
of a neighbourhood too large to enumerate is drawn uniformly without replacement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..grammars.errors import SpecError, did_you_mean
from ..grammars.plugins import load_object
from ..grammars.tree import Node, Path, coefficient_paths, with_value
from ..representations.representation import Representation
from ..tokenizers.base import Invalid


@dataclass(frozen=True, slots=True)
class Edit:
    """One neighbour: the kind of step, the token position it touches, the token's new id (-1: none) and the outcome.

    `position` counts tokens of the original; an insertion stands before that token, or at the end.
    `result` is the edited tree, or why there is none.
    """

    kind: str
    position: int
    token: int
    result: Node | Invalid


@dataclass(frozen=True, slots=True)
class Neighborhood:
    """The edits of one expression. `size` counts the whole neighbourhood, `edits` may be a uniform sample of it."""

    size: int
    edits: tuple[Edit, ...]

    @property
    def exact(self) -> bool:
        return len(self.edits) == self.size


class EditOperator(Protocol):
    """What `--edits` names. `limit` bounds the number of edits; a generator decides which, where it binds."""

    @property
    def name(self) -> str: ...

    def neighborhood(
        self, representation: Representation, tree: Node, limit: int | None, rng: np.random.Generator
    ) -> Neighborhood: ...


@dataclass(frozen=True, slots=True)
class TokenNeighbors:
    """The unit neighbourhood of a token sequence, by rank: substitutions, then insertions, then deletions."""

    ids: tuple[int, ...]
    vocabulary_size: int

    @property
    def runs(self) -> list[int]:
        """Positions at which a run of equal tokens begins."""
        return [i for i, t in enumerate(self.ids) if i == 0 or self.ids[i - 1] != t]

    @property
    def counts(self) -> tuple[int, int, int]:
        """Numbers of substitutions, insertions and deletions."""
        length, v = len(self.ids), self.vocabulary_size
        return length * (v - 1), length * (v - 1) + v, len(self.runs)

    def __len__(self) -> int:
        return sum(self.counts)

    def at(self, rank: int) -> tuple[str, int, int]:
        """The edit of a rank: kind, position, new token (-1 for a deletion)."""
        substitutions, insertions, deletions = self.counts
        if not 0 <= rank < substitutions + insertions + deletions:
            raise IndexError(rank)
        others = self.vocabulary_size - 1
        if rank < substitutions:
            position, choice = divmod(rank, others)
            return "substitution", position, self._other(position, choice)
        rank -= substitutions
        if rank < insertions:
            if rank >= len(self.ids) * others:
                return "insertion", len(self.ids), rank - len(self.ids) * others
            # Inserting a token before its equal repeats inserting it after: only the latter is counted.
            position, choice = divmod(rank, others)
            return "insertion", position, self._other(position, choice)
        return "deletion", self.runs[rank - insertions], -1

    def _other(self, position: int, choice: int) -> int:
        """The choice-th token that differs from the one at `position`."""
        return choice + (choice >= self.ids[position])

    def apply(self, kind: str, position: int, token: int) -> list[int]:
        ids = list(self.ids)
        if kind == "substitution":
            ids[position] = token
        elif kind == "insertion":
            ids.insert(position, token)
        else:
            del ids[position]
        return ids


def draw_ranks(size: int, limit: int | None, rng: np.random.Generator) -> Sequence[int]:
    """All ranks, or `limit` distinct ones drawn uniformly and sorted."""
    if limit is None or size <= limit:
        return range(size)
    return sorted(int(i) for i in rng.choice(size, size=limit, replace=False, shuffle=False))


@dataclass(frozen=True, slots=True)
class TokenEdits:
    """Substitution, insertion and deletion of one token."""

    name: str = "token"

    def neighborhood(
        self, representation: Representation, tree: Node, limit: int | None, rng: np.random.Generator
    ) -> Neighborhood:
        neighbors = TokenNeighbors(tuple(representation.encode(tree)), len(representation.vocabulary))
        edits = []
        for rank in draw_ranks(len(neighbors), limit, rng):
            kind, position, token = neighbors.at(rank)
            edits.append(Edit(kind, position, token, representation.decode(neighbors.apply(kind, position, token))))
        return Neighborhood(len(neighbors), tuple(edits))


@dataclass(frozen=True, slots=True)
class CoefficientEdits:
    """Each coefficient multiplied by 1 + step and 1 - step (Section 5.1 of the paper); a zero is moved by ± step.

    Works on the decoded tree, so no tokenizer influences it. `position` is the first token that writes the number.
    """

    step: float = 0.01
    name: str = "coefficient"

    def neighborhood(
        self, representation: Representation, tree: Node, limit: int | None, rng: np.random.Generator
    ) -> Neighborhood:
        reference = representation.decode(representation.encode(tree))
        if isinstance(reference, Invalid):
            return Neighborhood(0, ())
        starts: dict[tuple[int, ...], int] = {}
        for i, token in enumerate(representation.tokenize(tree)):
            starts.setdefault(token.path, i)
        paths = coefficient_paths(reference)
        ranks = draw_ranks(2 * len(paths), limit, rng)
        edits = [self._nudge(reference, paths[rank // 2], 1 - 2 * (rank % 2), starts) for rank in ranks]
        return Neighborhood(2 * len(paths), tuple(edits))

    def _nudge(self, tree: Node, path: tuple[int, ...], sign: int, starts: dict[tuple[int, ...], int]) -> Edit:
        return Edit("nudge", starts.get(path, 0), -1, nudged(tree, path, sign * self.step))


def nudged(tree: Node, path: Path, step: float) -> Node:
    """The tree with the coefficient at `path` multiplied by 1 + step; a zero becomes `step` (`nudge_scale`)."""
    return with_value(tree, path, (tree.at(path).value or 0.0) + step * nudge_scale(tree, path))


def nudge_scale(tree: Node, path: Path) -> float:
    """What a relative step of a coefficient is relative to: its value, or 1 for a zero."""
    return tree.at(path).value or 1.0


EDITS: dict[str, EditOperator] = {"token": TokenEdits(), "coefficient": CoefficientEdits()}


def edit_operator(name: str) -> EditOperator:
    """The operator of that name, or the user's own as `module:Object`. Raises `SpecError`."""
    if ":" in name:
        found = load_object(name)
        operator: EditOperator = found() if isinstance(found, type) else found  # type: ignore[assignment]
        return operator
    if name not in EDITS:
        raise SpecError(
            f"unknown edit operator {name!r}{did_you_mean(name, EDITS)}; there are {', '.join(EDITS)}, or module:Object"
        )
    return EDITS[name]


def kind_of_position(kinds: Sequence[str], position: int) -> str:
    """Class of the token that an edit touches; an insertion at the end touches the last."""
    return kinds[min(position, len(kinds) - 1)] if kinds else "structure"


__all__ = [
    "EDITS", "CoefficientEdits", "Edit", "EditOperator", "Neighborhood", "TokenEdits", "TokenNeighbors", "edit_operator", "nudge_scale",
    "nudged",
]  # fmt: skip
