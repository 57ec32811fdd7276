"""Edit operators with one mistake each, for `kappabar check` to find. Loaded by name: `check_faults.operators:Repeats`."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kappabar.evaluate.edits.base import Edit, Neighborhood, Promises, Steps, draw_ranks
from kappabar.evaluate.results.categorical import Categorical

UNIT = Promises(exact=True, symmetric=True, inverse="insertion<->deletion", unit=True)


def apply(ids, kind, position, token):
    """The sequence after an edit."""
    if kind == "deletion":
        return ids[:position] + ids[position + 1 :]
    return [*ids[:position], token, *ids[position + (kind == "substitution") :]]


@dataclass(frozen=True)
class Sound:
    """The exact unit neighborhood, for the others to spoil."""

    name: str = "spoiled"
    promises: Promises = UNIT

    def moves(self, ids, size):
        """(kind, position, token) of every distinct neighbor."""
        found = [("substitution", i, t) for i in range(len(ids)) for t in range(size) if t != ids[i]]
        found += [("insertion", i, t) for i in range(len(ids) + 1) for t in range(size) if i == len(ids) or t != ids[i]]
        return found + [("deletion", i, -1) for i in range(len(ids)) if i == 0 or ids[i] != ids[i - 1]]

    def neighborhood(self, representation, tree, limit, rng):
        ids = representation.encode(tree)
        moves = self.moves(ids, len(representation.vocabulary))
        drawn = [moves[r] for r in draw_ranks(len(moves), limit, rng)]
        return Neighborhood(len(moves), tuple(Edit(*s, representation.decode(apply(ids, *s))) for s in drawn))


@dataclass(frozen=True)
class Repeats(Sound):
    """Inserts a token before its equal, which inserting it after gives again."""

    def moves(self, ids, size):
        found = [s for s in super().moves(ids, size) if s[0] != "insertion"]
        return found + [("insertion", i, t) for i in range(len(ids) + 1) for t in range(size)]


@dataclass(frozen=True)
class MissesLast(Sound):
    """The last position is not substituted."""

    def moves(self, ids, size):
        return [s for s in super().moves(ids, size) if s[:2] != ("substitution", len(ids) - 1)]


@dataclass(frozen=True)
class MissesAppended(Sound):
    """Nothing is inserted at the end."""

    def moves(self, ids, size):
        return [s for s in super().moves(ids, size) if s[:2] != ("insertion", len(ids))]


@dataclass(frozen=True)
class DistanceZero(Sound):
    """A token may be substituted by itself."""

    def moves(self, ids, size):
        return [*super().moves(ids, size), ("substitution", 0, ids[0])]


@dataclass(frozen=True)
class DistanceTwo(Sound):
    """Exchanges neighbors and calls it a unit edit."""

    def neighborhood(self, representation, tree, limit, rng):
        ids = representation.encode(tree)
        places = [i for i in range(len(ids) - 1) if ids[i] != ids[i + 1]]
        swapped = [[*ids[:i], ids[i + 1], ids[i], *ids[i + 2 :]] for i in places]
        edits = [Edit("transposition", i, -1, representation.decode(s)) for i, s in zip(places, swapped, strict=True)]
        drawn = draw_ranks(len(edits), limit, rng)
        return Neighborhood(len(edits), tuple(edits[r] for r in drawn))


@dataclass(frozen=True)
class OtherResult(Sound):
    """Says one token and edits the next as well."""

    def neighborhood(self, representation, tree, limit, rng):
        ids = representation.encode(tree)
        found = super().neighborhood(representation, tree, limit, rng)
        twice = apply(ids, "substitution", len(ids) - 1, 0)
        edits = [replace(e, result=representation.decode(apply(twice, e.kind, e.position, e.token))) for e in found.edits]
        return Neighborhood(found.size, tuple(edits))


@dataclass(frozen=True)
class NoLimit(Sound):
    """Takes no notice of the limit."""

    def neighborhood(self, representation, tree, limit, rng):
        return super().neighborhood(representation, tree, None, rng)


@dataclass(frozen=True)
class WrongSize(Sound):
    """The size is what was drawn, not what there is."""

    def neighborhood(self, representation, tree, limit, rng):
        found = super().neighborhood(representation, tree, limit, rng)
        return Neighborhood(len(found.edits), found.edits)


@dataclass(frozen=True)
class FirstOnes(Sound):
    """Draws with replacement."""

    def neighborhood(self, representation, tree, limit, rng):
        found = super().neighborhood(representation, tree, None, rng)
        if limit is None or limit >= found.size:
            return found
        return Neighborhood(found.size, tuple(found.edits[int(i)] for i in rng.integers(0, max(1, limit // 2), size=limit)))


@dataclass(frozen=True)
class Unseeded(Sound):
    """Draws from a generator of its own."""

    def neighborhood(self, representation, tree, limit, rng):
        return super().neighborhood(representation, tree, limit, np.random.default_rng())


@dataclass(frozen=True)
class Upwards(Sound):
    """Substitutes higher ids only, and promises a way back."""

    promises: Promises = Promises(symmetric=True, unit=True)  # noqa: RUF009

    def moves(self, ids, size):
        return [("substitution", i, t) for i in range(len(ids)) for t in range(ids[i] + 1, size)]


@dataclass(frozen=True)
class NoDeletions(Sound):
    """Inserts, and promises that deleting undoes it."""

    promises: Promises = Promises(inverse="insertion<->deletion", unit=True)  # noqa: RUF009

    def moves(self, ids, size):
        return [s for s in super().moves(ids, size) if s[0] == "insertion"]


@dataclass(frozen=True)
class OutOfRange(Sound):
    """Names the token after the last."""

    promises: Promises = Promises()  # noqa: RUF009

    def neighborhood(self, representation, tree, limit, rng):
        found = super().neighborhood(representation, tree, limit, rng)
        return Neighborhood(found.size, tuple(replace(e, token=e.token + 1) for e in found.edits))


@dataclass(frozen=True)
class Raises(Sound):
    """Fails on a sequence of one token."""

    def moves(self, ids, size):
        return super().moves(ids, size)[: 1 // (len(ids) - 1) + 10**9]


@dataclass(frozen=True)
class OtherColumns(Sound):
    """What it says in columns deletes where it inserts."""

    def token_steps(self, ids, vocabulary_size, limit, rng):
        found = self.moves(ids, vocabulary_size)
        moves = [found[r] for r in draw_ranks(len(found), limit, rng)]
        positions = np.array([p for _, p, _ in moves], dtype=np.int32)
        tokens = np.array([t for _, _, t in moves], dtype=np.int32)
        return Steps(len(found), Categorical.of([k for k, _, _ in moves]), positions, positions + 1, tokens)


class HalfDrawn(Sound):
    """Under a limit it draws from the first half of the neighborhood."""

    def neighborhood(self, representation, tree, limit, rng):
        whole = super().neighborhood(representation, tree, None, rng)
        half = len(whole.edits) // 2
        if limit is None or limit > half:
            return super().neighborhood(representation, tree, limit, rng)
        return Neighborhood(whole.size, tuple(whole.edits[r] for r in draw_ranks(half, limit, rng)))


class RareDeletions(Sound):
    """Under a limit it leaves out half of the deletions that it draws, and takes the next edits in their place."""

    def neighborhood(self, representation, tree, limit, rng):
        whole = super().neighborhood(representation, tree, None, rng)
        order = rng.permutation(whole.size)
        late = [r for r in order if whole.edits[r].kind == "deletion" and rng.random() < 0.5]
        kept = [*(r for r in order if r not in late), *late][:limit]
        return Neighborhood(whole.size, tuple(whole.edits[r] for r in sorted(kept)))
