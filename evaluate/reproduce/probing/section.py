"""Section 5.2 measured: a sentence embedder and a small word model probed by single edits; the embedder beside a simulator."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isnan
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....grammars.errors import NotInstalledError
from ....grammars.files.write import write_text
from ...domains.language.embedding import sentence_model
from ...domains.language.sampling import sentences
from ...domains.observers.embeddings import cosine_distance
from ...events import Advanced, Finished, Listener, Started, silent
from ...results.files import SCHEMA, write_json
from ...results.notebook import displayed
from ...statistics.estimate import LEVEL
from ...statistics.intervals import limits
from ...streams import generator
from ...tables.column import Row
from ...tables.probing import CLAIMS, EXAMPLES, METRICS
from .equations import edited, metric_rows
from .texts import KINDS, TextEdits, text_edits
from .wordnet import synonyms
from .words import Bigrams, WordEdit, word_edits

if TYPE_CHECKING:
    import polars as pl

Floats = NDArray[np.float64]

STAGE, FILE = "Section 5.2", "probing.json"
DOMAINS = ("ode", "function")
AS_SAID, REVERSED, NOT_SHOWN, NOT_MEASURED = "as the paper says", "reversed", "not shown", "not measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """`sentences`: with an edited word each; `texts`: of each kind, `each` edits of each; `edits`: of each equation."""

    sentences: int = 400
    texts: int = 300
    each: int = 8
    edits: int = 400


@displayed("folder", "sentences")
@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """Everything measured. `claims`: rows of claims.csv; `metrics`: of metrics.csv; `examples`: of examples.csv, to look at;
    `sentences`: the verdict of each claim; `missing`: what was not installed, and so not measured."""

    folder: Path
    seed: int
    sizes: Sizes
    claims: tuple[Row, ...]
    metrics: tuple[Row, ...]
    examples: tuple[Row, ...]
    missing: tuple[str, ...]
    sentences: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The document of probing.json."""
        rows = {"claims": self.claims, "metrics": self.metrics, "examples": self.examples}
        more = {"schema": SCHEMA, "section": "5.2", "seed": self.seed, "sizes": asdict(self.sizes)}
        plainly = {name: list(own) for name, own in rows.items()}
        return more | plainly | {"missing": list(self.missing), "sentences": list(self.sentences), "run": str(self.folder)}

    def lines(self) -> list[str]:
        """What it found, for a terminal."""
        return [*self.sentences, *self.missing, f"page: {self.folder / 'index.md'}"]

    def to_frame(self) -> pl.DataFrame:
        """The claims."""
        return CLAIMS.frame(self.claims)


def measure(
    folder: Path, seed: int = 0, wordnet: Path | None = None, sizes: Sizes | None = None, listen: Listener = silent
) -> Probed:
    """Measure Section 5.2. Raises NotInstalledError where the extra `language` is not installed; without WordNet the claims on
    synonyms are not measured, and it says so."""
    chosen = sizes or Sizes()
    listen(Started(STAGE, 3))
    sentence_model()
    missing: list[str] = []
    pairs, examples = _words(sentences(), seed, wordnet, chosen, missing)
    listen(Advanced(STAGE, 1))
    pairs += _kinds(seed, chosen)
    listen(Advanced(STAGE, 1))
    metrics = [row for name in DOMAINS for row in metric_rows(name, edited(name, chosen.edits, seed, listen))]
    listen(Advanced(STAGE, 1))
    listen(Finished(STAGE))
    claims = claim_rows(pairs)
    return Probed(
        folder=folder,
        seed=seed,
        sizes=chosen,
        claims=tuple(map(_plainly, claims)),
        metrics=tuple(map(_plainly, metrics)),
        examples=tuple(examples),
        missing=tuple(missing),
        sentences=tuple(said(claims, metrics)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Paired values (n,) of a and b, of which the paper says that a is less."""

    claim: str
    measure: str
    a: str
    b: str
    first: Floats
    second: Floats


EMBEDDING, NEXT_WORD = "distance of embeddings", "movement of the next-word distribution"
LONGER = f"{EMBEDDING}, times the length in pieces"


def _moved(texts: Sequence[str], others: Sequence[str]) -> Floats:
    """How far the embeddings of some texts are from those of as many others, (n,)."""
    both = sentence_model().embed([*texts, *others])
    pairs = zip(both[: len(texts)], both[len(texts) :], strict=True)
    return np.array([float(cosine_distance(a[:, None], b[:, None])) for a, b in pairs])


def _words(
    texts: Sequence[str], seed: int, wordnet: Path | None, sizes: Sizes, missing: list[str]
) -> tuple[list[Compared], list[Row]]:
    """Synonyms and plausible words against random ones, in the same places."""
    try:
        alike: Mapping[str, Sequence[str]] = synonyms(wordnet)
    except NotInstalledError as e:
        missing.append(str(e))
        return [], []
    model = Bigrams.of(texts)
    known = set(model.words)
    alike = {word: near for word, others in alike.items() if (near := [w for w in others if w in known])}
    edits = word_edits(texts, model, alike, sizes.sentences, generator(seed, "probing", 0))
    own = [e.sentence for e in edits]
    moved = {name: _moved(own, [e.text(getattr(e, name)) for e in edits]) for name in ("synonym", "plausible", "random")}
    follows = {name: np.array([model.moved(e.word, getattr(e, name)) for e in edits]) for name in ("synonym", "random")}
    claim, others = "meaning-preserving edits move less than random ones", "plausible edits move less than random ones"
    pairs = [
        _pair(claim, EMBEDDING, ("a synonym", moved["synonym"]), ("a random word", moved["random"])),
        _pair(claim, NEXT_WORD, ("a synonym", follows["synonym"]), ("a random word", follows["random"])),
        _pair(others, EMBEDDING, ("a plausible word", moved["plausible"]), ("a random word", moved["random"])),
    ]
    return pairs, [_example(e, i, moved) for i, e in enumerate(edits[:6])]


def _pair(claim: str, measure: str, a: tuple[str, Floats], b: tuple[str, Floats]) -> Compared:
    return Compared(claim=claim, measure=measure, a=a[0], b=b[0], first=a[1], second=b[1])


def _example(edit: WordEdit, i: int, moved: Mapping[str, Floats]) -> Row:
    words = {name: getattr(edit, name) for name in moved}
    distances = {f"{name}_moved": float(d[i]) for name, d in moved.items()}
    return EXAMPLES.row({"sentence": edit.sentence, "word": edit.word} | words | distances)


def _kinds(seed: int, sizes: Sizes) -> list[Compared]:
    """Each kind of mathematical text against prose of as many pieces."""
    prose, *others = KINDS.items()
    plain_texts = text_edits(prose[1](), 8 * sizes.texts, sizes.each, generator(seed, "probing", 1))
    found = []
    for i, (name, texts) in enumerate(others, start=2):
        edits = text_edits(texts(), sizes.texts, sizes.each, generator(seed, "probing", i))
        pairs = matched(edits, plain_texts)
        mine, beside = ([_mean_moved(pair[side]) for pair in pairs] for side in (0, 1))
        length = np.array([pair[0].pieces for pair in pairs], float)
        claim = "the embedder finds mathematical text smoother than prose"
        a, b = np.array(mine), np.array(beside)
        found.append(_pair(claim, EMBEDDING, (name, a), (prose[0], b)))
        found.append(_pair(claim, LONGER, (name, a * length), (prose[0], b * length)))
    return found


def matched(edits: Sequence[TextEdits], others: Sequence[TextEdits]) -> list[tuple[TextEdits, TextEdits]]:
    """Each with another of as many pieces, none twice; those for which none is left are left out."""
    left: dict[int, list[TextEdits]] = {}
    for one in others:
        left.setdefault(one.pieces, []).append(one)
    return [(one, left[one.pieces].pop()) for one in edits if left.get(one.pieces)]


def _mean_moved(one: TextEdits) -> float:
    return float(_moved([one.text] * len(one.edited), one.edited).mean())


def claim_rows(pairs: Sequence[Compared]) -> list[Row]:
    """Paired differences with intervals that hold over all of them together, by Bonferroni."""
    level = 1 - (1 - LEVEL) / max(len(pairs), 1)
    rows = []
    for one in pairs:
        differences = one.first - one.second
        low, high = limits(differences, level)
        outcome = AS_SAID if high < 0 else REVERSED if low > 0 else NOT_SHOWN
        place = {"claim": one.claim, "measure": one.measure, "a": one.a, "b": one.b, "n": len(differences)}
        means = {"mean_a": _mean(one.first), "mean_b": _mean(one.second), "difference": _mean(differences)}
        rows.append(
            CLAIMS.row(place | means | {"low": low, "high": high, "outcome": outcome if len(differences) else NOT_MEASURED})
        )
    return rows


def _plainly(row: Row) -> Row:
    """As its document has it: None for what is no number."""
    return {k: None if isinstance(v, float) and isnan(v) else v for k, v in row.items()}


def _mean(values: Floats) -> float:
    return fmean(values.tolist()) if len(values) else float("nan")


def said(claims: Sequence[Row], metrics: Sequence[Row]) -> list[str]:
    """A verdict in words for each claim, and what the embedder and the simulator have in common."""
    sentences = [
        f"{r['claim'][0].upper()}{r['claim'][1:]} ({r['measure']}; {r['a']} and {r['b']}): {r['outcome']}; {r['mean_a']:.3f} and "
        f"{r['mean_b']:.3f}, difference {r['difference']:+.3f} ({r['low']:+.3f} to {r['high']:+.3f}), n = {r['n']}."
        for r in claims
    ]
    for r in metrics:
        if r["group"] == "all" and r["n_expressions"]:
            limits_ = "" if r["correlation_low"] is None else f" ({r['correlation_low']:+.2f} to {r['correlation_high']:+.2f})"
            sentences.append(
                f"Of single edits of equations of `{r['domain']}` the embedder and the simulator rank alike by a correlation of "
                f"{r['correlation']:+.2f}{limits_}, mean over {r['n_expressions']} equations; on average such an edit moves the "
                f"embedding by {r['embedded']:.3f} and the behavior by {r['simulated']:.3f} of the largest distance."
            )
    return sentences


def write(result: Probed) -> None:
    """The tables and the document of a result."""
    write_text(result.folder / CLAIMS.name, CLAIMS.frame(result.claims).write_csv())
    write_text(result.folder / EXAMPLES.name, EXAMPLES.frame(result.examples).write_csv())
    write_text(result.folder / METRICS.name, METRICS.frame(result.metrics).write_csv())
    document = {name: value for name, value in result.as_dict().items() if name != "run"}  # wherever it lies
    write_json(result.folder / FILE, json.loads(json.dumps(document)))
