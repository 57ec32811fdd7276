"""Intrinsic measures of a tokenizer: what can be said of an encoding without any meaning or model.

Every figure is of the expressions given, under the representation's own rewrites. Sources: Zouhar et al. 2023 ("Tokenization and
the Noiseless Channel", Eq. 5 and 7) for the efficiencies. Deviation from their program: the largest entropy is that of the whole
vocabulary, log2 V, not of the tokens that occur, because representations are compared by the vocabulary a model must learn.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import log2
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...grammars.tree import Node, Path, System, coefficients
from ...representations.representation import Representation
from ...tokenizers.base import Token, TokenClass
from ...tokenizers.codecs.reach import falls_out
from ..statistics.estimate import Estimate
from ..statistics.intervals import mean_estimate
from ..tables.summary import OF_ALL, PER_EXPRESSION
from .writing import base_tokens, exponents, nodes_of

Floats = NDArray[np.float64]

ALPHA = 2.5
"""Order of the Rényi entropy: the one that predicts translation quality best in Zouhar et al. 2023."""
MOST_KEPT = 1 << 23
"""Tokens whose ids are kept, 16 MiB as a rule: beyond, an expression adds to the counts but has no ids and no bits of its own."""
_NAMES = (TokenClass.OPERATOR, TokenClass.FUNCTION)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Intrinsic:
    """Measures of n expressions, in columns (n,) so that intervals can resample expressions; NaN where one has none.

    `vocabulary`: the V tokens' texts. `counts` (V,): how often each occurs. `tokens`: tokens per expression. `number_fragments`:
    tokens that write part of a coefficient, averaged over the coefficients (whole exponents and named constants are none).
    `operator_fragments`: tokens that write part of an operator's or function's name, averaged over those nodes; brackets are no
    name. `alignment`: the share of tokens that write part of exactly one node; a merged token that reaches across a node's end
    counts against it. These are as fine as the notation's own account of which node a token writes. `ids` and `starts` (n + 1,):
    the token ids, see `sequence`. `sizes` (n,): the V of the vocabulary that wrote each expression, where there were several, of
    which `vocabulary` is then the union (see `folded`); None where it is one.
    """

    representation: str
    vocabulary: tuple[str, ...]
    counts: NDArray[np.int64]
    tokens: Floats
    number_fragments: Floats
    operator_fragments: Floats
    alignment: Floats
    ids: NDArray[np.int64]
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.tokens)

    def sequence(self, i: int) -> tuple[int, ...]:
        """The token ids of expression i; empty where they were not kept."""
        return tuple(self.ids[self.starts[i] : self.starts[i + 1]].tolist())

    def texts(self, i: int) -> tuple[str, ...]:
        return tuple(self.vocabulary[t] for t in self.sequence(i))

    @property
    def probabilities(self) -> Floats:
        """Unigram distribution over the vocabulary: (V,), all zero without tokens."""
        return np.asarray(self.counts / max(int(self.counts.sum()), 1))

    @property
    def entropy(self) -> float:
        """Shannon entropy of the unigram distribution, in bits per token."""
        p = self.probabilities[self.counts > 0]
        return float(-(p @ np.log2(p)))

    @property
    def unigram_bits(self) -> Floats:
        """Code length of each expression under the unigram distribution of all of them: -sum log2 p(token), in bits. The
        distribution itself is not paid for."""
        with np.errstate(divide="ignore"):
            each = -np.log2(self.probabilities)[self.ids]
        sums = np.concatenate([np.zeros(1), np.cumsum(each)])
        total: Floats = sums[self.starts[1:]] - sums[self.starts[:-1]]
        return np.where(np.diff(self.starts) == self.tokens, total, np.nan)

    @property
    def naive_bits(self) -> Floats:
        """L log2 V: what each expression takes where every token costs the same."""
        return self.tokens * (self._largest if self.sizes is None else np.log2(self.sizes))

    @property
    def vocabulary_use(self) -> float:
        """The share of the vocabulary that occurs."""
        return float((self.counts > 0).mean()) if len(self.counts) else float("nan")

    @property
    def shannon_efficiency(self) -> float:
        """Entropy over log2 V; NaN for a vocabulary of one."""
        return self._efficiency(self.entropy)

    @property
    def renyi_efficiency(self) -> float:
        """Rényi entropy of order 2.5 over log2 V: punishes frequent tokens more. NaN for a vocabulary of one."""
        p = self.probabilities[self.counts > 0]
        return self._efficiency(float(np.log2((p**ALPHA).sum())) / (1.0 - ALPHA) if len(p) else 0.0)

    @property
    def _largest(self) -> float:
        """log2 V, averaged over tokens where there are several vocabularies."""
        if self.sizes is not None and self.tokens.any():
            return float(self.tokens @ np.log2(self.sizes) / self.tokens.sum())
        return log2(len(self.vocabulary)) if self.vocabulary else 0.0

    def _efficiency(self, entropy: float) -> float:
        return entropy / self._largest if self._largest > 0 and self.counts.any() else float("nan")

    def estimate(self, measure: str) -> Estimate:
        """One of `PER_EXPRESSION`, averaged over expressions, or of `OF_ALL`, which have no interval."""
        if measure in OF_ALL:
            return Estimate(self.share(measure), float("nan"), float("nan"))
        values = self.column(measure)
        if measure == "unigram_bits" and not np.isfinite(values).all():  # some were not kept: the mean is still exact
            return Estimate(self.entropy * float(self.tokens.mean()), float("nan"), float("nan"))
        return mean_estimate(values, (0.0, 1.0 if measure == "alignment" else np.inf))

    def column(self, measure: str) -> Floats:
        """One of `PER_EXPRESSION` per expression: (n,)."""
        return {
            "tokens": self.tokens,
            "unigram_bits": self.unigram_bits,
            "naive_bits": self.naive_bits,
            "number_fragments": self.number_fragments,
            "operator_fragments": self.operator_fragments,
            "alignment": self.alignment,
        }[measure]

    def share(self, measure: str) -> float:
        """One of `OF_ALL`."""
        return {
            "vocabulary_use": self.vocabulary_use,
            "shannon_efficiency": self.shannon_efficiency,
            "renyi_efficiency": self.renyi_efficiency,
        }[measure]

    def as_dict(self) -> dict[str, Any]:
        shares = {name: None if np.isnan(v := self.share(name)) else v for name in OF_ALL}
        return {"vocabulary_size": len(self.vocabulary)} | shares | {m: self.estimate(m).as_dict() for m in PER_EXPRESSION}

    def document(self) -> dict[str, Any]:
        """Everything, for a run's folder; `from_document` reads it."""
        columns = {n: [None if np.isnan(v) else v for v in self.column(n)] for n in _STORED}
        sequences = [" ".join(map(str, self.sequence(i))) for i in range(len(self))]
        return {
            "representation": self.representation,
            "vocabulary": list(self.vocabulary),
            "counts": self.counts.tolist(),
            "ids": sequences,
            "sizes": None if self.sizes is None else self.sizes.tolist(),
        } | columns

    @staticmethod
    def from_document(document: dict[str, Any]) -> Intrinsic:
        tokens, numbers, operators, aligned = (
            np.array([np.nan if v is None else v for v in document[n]], np.float64) for n in _STORED
        )
        sequences = [np.array([int(word) for word in s.split()], np.int64) for s in document["ids"]]
        starts = np.concatenate([[0], np.cumsum([len(s) for s in sequences])]).astype(np.int64)
        ids = np.concatenate([np.zeros(0, np.int64), *sequences])
        counts = np.array(document["counts"], np.int64)
        sizes = document.get("sizes")
        return Intrinsic(
            representation=document["representation"],
            vocabulary=tuple(document["vocabulary"]),
            counts=counts,
            tokens=tokens,
            number_fragments=numbers,
            operator_fragments=operators,
            alignment=aligned,
            ids=ids,
            starts=starts,
            sizes=None if sizes is None else np.array(sizes, np.int64),
        )


_STORED = ("tokens", "number_fragments", "operator_fragments", "alignment")


@dataclass(frozen=True, slots=True, eq=False)
class Gauged:
    """What one expression contributes: its token ids, its values of the columns of the same names in `Intrinsic`, and how many
    coefficients it has and how many of them fall out of the number codec's range."""

    ids: NDArray[np.int32]
    number_fragments: float
    operator_fragments: float
    alignment: float
    coefficients: int = 0
    fallen: int = 0


def gauged(representation: Representation, system: Node | System, ids: Sequence[int] | None = None) -> Gauged:
    """One expression under a representation, bound to it where it must be; `ids`: its encoding, where that is known already.

    Raises `EncodeError`.
    """
    tree = representation.rewrite(system)
    known = representation.tokenizer.encode(tree) if ids is None else ids
    numbers, codec = coefficients(tree), representation.codec
    fallen = 0 if codec is None else sum(falls_out(codec, v) for v in numbers)
    fragments = _fragments(tree, base_tokens(representation.tokenizer, tree))
    return Gauged(np.array(known, np.int32), *fragments, len(numbers), fallen)


@dataclass(slots=True, eq=False)
class Gauge:
    """Adds expressions up one by one, in memory that hardly grows: counts, four numbers each, and up to `MOST_KEPT` ids."""

    representation: Representation
    _counts: NDArray[np.int64] = field(init=False)
    _columns: array[float] = field(init=False)
    _ids: array[int] = field(init=False)
    _starts: array[int] = field(init=False)

    def __post_init__(self) -> None:
        size = len(self.representation.vocabulary)
        self._counts = np.zeros(size, np.int64)
        self._columns = array("d")
        self._ids = array("H" if size <= 1 << 16 else "L")
        self._starts = array("q", [0])

    def add(self, system: Node | System) -> None:
        """Take one expression in. Raises `EncodeError`, and then leaves everything as it was."""
        self.take(gauged(self.representation, system))

    def take(self, one: Gauged) -> None:
        """Take in an expression that was gauged elsewhere, under the same vocabulary."""
        self._counts += np.bincount(one.ids, minlength=len(self._counts))
        self._columns.extend((float(len(one.ids)), one.number_fragments, one.operator_fragments, one.alignment))
        if len(self._ids) + len(one.ids) <= MOST_KEPT:
            self._ids.extend(one.ids.tolist())
        self._starts.append(len(self._ids))

    def result(self) -> Intrinsic:
        tokens, numbers, operators, aligned = np.array(self._columns, np.float64).reshape(-1, len(_STORED)).T
        r = self.representation
        ids, starts = np.array(self._ids, np.int64), np.array(self._starts, np.int64)
        return Intrinsic(
            representation=r.spec,
            vocabulary=r.vocabulary.tokens,
            counts=self._counts.copy(),
            tokens=tokens,
            number_fragments=numbers,
            operator_fragments=operators,
            alignment=aligned,
            ids=ids,
            starts=starts,
        )


def intrinsic(representation: Representation, systems: Iterable[Node | System]) -> Intrinsic:
    """Intrinsic measures of a representation over these expressions. Raises `EncodeError` for one that it cannot write."""
    gauge = Gauge(representation)
    for system in systems:
        gauge.add(system)
    return gauge.result()


def _fragments(tree: Node, tokens: Sequence[tuple[Token, ...]]) -> tuple[float, float, float]:
    """Tokens per coefficient, tokens per operator or function, share of tokens within one node."""
    numbers: dict[Path, int] = {}
    names: dict[Path, int] = {}
    for path, node in tree.walk():
        if node.is_number:
            numbers[path] = 0
        elif node.children and path:
            names[path] = 0
    inside = exponents(tree)
    for path in inside:
        del numbers[path]
    aligned = 0
    for parts in tokens:
        if len(parts) == 1:
            aligned += parts[0].kind is not TokenClass.MIXED
            written = [(parts[0].kind, parts[0].path)]
        else:
            aligned += len(nodes_of(parts, inside)) == 1
            written = list(dict.fromkeys([(t.kind, t.path) for t in parts]))
        for kind, path in written:
            counter = numbers if kind is TokenClass.NUMBER else names if kind in _NAMES else None
            if counter is not None and path in counter:
                counter[path] += 1
    return _mean(numbers.values()), _mean(names.values()), aligned / len(tokens) if tokens else float("nan")


def _mean(counts: Iterable[int]) -> float:
    values = [c for c in counts if c]  # what no token says (a codec may leave it out) has no fragments
    return sum(values) / len(values) if values else float("nan")
