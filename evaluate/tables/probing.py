"""The columns of Section 5.2, measured: what single edits of texts do to an embedding, and beside a simulator."""

from __future__ import annotations

from .column import Column, Table
from .summary import averaged

# fmt: off
CLAIMS = Table("claims.csv", "one row per claim of Section 5.2 that is compared", (
    Column("claim", "what the paper says, in a phrase", str, title="claim"),
    Column("measure", "what is compared", str, title="measure"),
    Column("a", "of which edits, or texts", str, title="a"),
    Column("b", "of which others", str, title="b"),
    Column("n", "pairs: the same place of the same sentence, or texts of as many pieces", int, "pairs", title="n"),
    Column("mean_a", "mean over a", float, "", title="mean of a"),
    Column("mean_b", "mean over b", float, "", title="mean of b"),
    Column("difference", "a less b", float, "", "mean over pairs", title="a less b"),
    Column("low", "lower limit of its interval", float, "", "simultaneous over all claims"),
    Column("high", "upper limit of its interval", float, "", "simultaneous over all claims"),
    Column("outcome", "as the paper says, reversed, not shown, or not measured", str, title="outcome"),
))
METRICS = Table("metrics.csv", "one row per domain and group of edits, under the embedder and under the simulator", (
    Column("domain", "whose equations", str, title="equations"),
    Column("group", "by what edits are grouped: all, kind or class", str, title="by"),
    Column("edits", "which edits: all of them, of a kind, or of characters that stand for something", str, title="edits"),
    averaged("embedded", "mean distance of embeddings, half of 1 less their cosine", title="embedder"),
    averaged("simulated", "mean distance of behaviors, bounded-l2", title="simulator"),
    averaged("correlation", "Spearman's rho of the two distances over an expression's edits", unit="", title="rank correlation"),
    Column("n_expressions", "expressions with enough edits that differ", int, "expressions", title="n"),
    Column("n_edits", "edits that decode", int, "edits", title="edits"),
))
EXAMPLES = Table("examples.csv", "one row per sentence that is shown", (
    Column("sentence", "the sentence", str, title="sentence"),
    Column("word", "the word of it that is replaced", str, title="word"),
    Column("synonym", "a word that means the same", str, title="synonym"),
    Column("plausible", "a word that is likely behind the one before", str, title="plausible"),
    Column("random", "any word of the sentences", str, title="random"),
    Column("synonym_moved", "how far the embedding moves with it", float, "distance"),
    Column("plausible_moved", "how far the embedding moves with it", float, "distance"),
    Column("random_moved", "how far the embedding moves with it", float, "distance"),
))
# fmt: on
