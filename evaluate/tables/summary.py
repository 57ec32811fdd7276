"""The columns of summary.csv, one row per representation, and which of them a page shows."""

from __future__ import annotations

from functools import partial

from .column import Column, Table
from .measures import (
    BY_SAMPLE,
    CONSTRAINED,
    DECODINGS,
    GIVEN_VALID,
    SPLITS,
    Q,
    family,
    floors,
    phrased,
    retrieved,
    suffix,
)

ATS = (4, 16, 64)
"""The m of κ@m."""
_FEW, _OVER_EXPRESSIONS = "expressions", "mean over expressions"
_OF_TOKENS = "the measured expressions, as the model writes them"
EXPECTED_MAXIMUM = "expected maximum over {m} random valid edits (unbiased); none where an expression has too few"
_BITS = (
    "next-token loss of the model in bits per held-out expression, which is no count of tokens and no file size. * The code "
    "rounds, and what it "
    "drops need not be predicted: compare among those without a star"
)


averaged = partial(Column, kind=float, unit="distance", estimator=_OVER_EXPRESSIONS, interval=_FEW)
"""A figure of each expression, averaged over expressions; a distance if nothing else is said."""

# fmt: off
_NAMES = (
    Column("representation", "the spec, as -r takes it", str, title="representation"),
    Column("domain", "the domain", str, title="domain"),
    Column("metric", "what distances are measured by", str, title="metric"),
    Column("invalid", "what an edit that does not decode counts as: exclude, worst or zero", str, title="invalid edits"),
)
_KAPPA = (
    Column("vocabulary_size", "content tokens in the vocabulary fitted to the data, which κ, fidelity error and tokens are of",
           int, "tokens", title="V", digits=0),
    averaged("tokens", "tokens per expression", unit="tokens", title="tokens", digits=1, better="less", claimed=-1,
             label="sequence length (tokens)"),
    averaged("fidelity_error", "distance that encoding and decoding alone move the meaning", title="fidelity error",
             short="fidelity",
             better="less", claimed=-1),
    averaged("validity", "share of edits that decode to a system of the same dimension: of each expression, then averaged over "
        "expressions",
             unit="share", title="validity", claimed=+1, label="validity of edits"),
    averaged("redundancy", "share of edits within the metric's ε (0.01) of the original's behavior", unit="share",
             title="redundancy"),
    averaged("kappa_mean", "mean distance that one edit moves the meaning, averaged over expressions",
             estimator="mean over edits, then over expressions", title="κ mean", better="less", claimed=-1, family=True),
    averaged("kappa_difference", "paired difference of κ mean to the smoothest that is no control; the interval is for it alone",
             estimator="mean over the expressions that both measured", title="Δκ"),
    *(averaged(f"kappa@{m}", EXPECTED_MAXIMUM.format(m=m), title=f"κ@{m}", claimed=-1, family=True) for m in ATS),
    averaged("sup", "largest distance found per expression (Eq. 1); a lower bound where the neighborhood was sampled, or an "
        "edit has no distance",
             title="sup"),
    Column("sup_exact", "whether sup is that of the whole neighborhood, and no lower bound", bool, title="sup exact"),
    Column("n_expressions", "expressions that κ rests on: those with an edit that counts", int, "expressions",
           title="expressions", digits=0),
    Column("n_given", "expressions given", int, "expressions", title="given", digits=0),
    Column("n_edits", "edits drawn", int, "edits", title="edits", digits=0),
    Column("n_valid", "edits that decode to a system of the same dimension", int, "edits", title="valid edits", digits=0),
    Column("n_diverged", "edits that decode and diverge: held at the edge of a box", int, "edits", title="diverged", digits=0),
    Column("n_undefined", "edits that have no value somewhere where the original has one: such points count as far as can be",
           int, "edits", title="undefined", digits=0),
    Column("n_unresolved", "edits whose simulation could not be resolved: counted, without a distance", int, "edits",
           title="unresolved", digits=0),
)
_COSTS = (
    Column("parameters", "parameters of the model", int, "parameters", title="parameters", digits=0),
    Column("flops", "cost of a training", float, "FLOPs", "mean over trainings", title="FLOPs", digits=0),
    Column("n_test", "behaviors that Q is measured on", int, "test behaviors", title="test behaviors", digits=0),
    Column("seeds", "trainings that Q is averaged over", int, "trainings", title="trainings", digits=0),
)
_ALONG = (
    Column("coupling", "Spearman's rho of −bits with Q over the checkpoints of a training: whether meaning follows compression",
           float, "correlation", "mean over trainings", "trainings, from six on", title="coupling"),
    Column("coupling_pooled", "the same over the checkpoints of all trainings together; its interval is always empty",
           float, "correlation", "Spearman's rho", "nothing", title="coupling, pooled"),
    Column("gradient_alignment",
           "cosine of the next-token gradient with an estimate of the gradient of Q, at the last checkpoint; noise draws it "
           "towards 0",
           float, "cosine", "mean over trainings", "trainings, from two on", title="gradient alignment"),
    Column("gradient_alignment_corrected", "the same over the part of the estimate that two independent halves share; its "
        "interval is always empty",
           float, "cosine", "mean over trainings", "nothing", title="alignment, corrected"),
)
ALONG = tuple(c.name for c in _ALONG)
"""What the checkpoints of trainings say together."""
_UNCERTAIN = (
    Column("entropy_sensitivity",
           "rank correlation of the model's entropy at a token with the mean distance of the edits there, over the tokens of "
           f"{_OF_TOKENS}",
           float, "correlation", "Spearman's rho over all tokens", _FEW, title="entropy and κ"),
    Column("entropy_sensitivity_p", "its p, by permutations of the tokens within each expression", float, "probability",
           "share of 1,000 random orders", title="p"),
    Column("entropy_sensitivity_within", "the same correlation within an expression", float, "correlation", _OVER_EXPRESSIONS,
           _FEW,
           title="within expressions"),
    Column("top_entropy_sensitivity", "share of an expression's sensitivity that its most uncertain fifth of tokens carries; "
        "0.2 by chance",
           float, "share", "ratio of sums over expressions", _FEW, title="at uncertain tokens"),
    Column("token_entropy", "the model's entropy at a token", float, "bits", "mean over tokens, then over expressions", _FEW,
           title="token entropy"),
    Column("token_surprisal", "the model's surprisal at the true token", float, "bits", "mean over tokens, then over "
        "expressions", _FEW,
           title="token surprisal"),
    Column("n_token_expressions", "expressions that the columns of entropy rest on", int, "expressions", title="expressions",
           digits=0),
    Column("n_model_tokens", "tokens that the columns of entropy rest on", int, "tokens", title="tokens", digits=0),
)
_INTRINSIC = (
    averaged("unigram_bits", "bits per expression under the tokens' own frequencies, no model: its average code length if "
        "tokens were independent",
             unit="bits", title="unigram bits", short="bits", digits=1),
    averaged("naive_bits", "bits per expression where every token of the vocabulary costs the same, no model", unit="bits",
             title="L log₂ V",
             digits=1),
    averaged("number_fragments", "tokens that write part of a coefficient", unit="tokens", title="tokens/number", digits=2),
    averaged("operator_fragments", "tokens that write part of an operator's or function's name", unit="tokens",
             title="tokens/operator", digits=2),
    averaged("alignment", "share of tokens that write part of exactly one node of the tree; a merged token that reaches "
             "across a node's end is none of them", unit="share", title="aligned", digits=2),
)
_VOCABULARY = (
    Column("vocabulary_use", "share of the vocabulary that occurs", float, "share", title="V used", digits=2),
    Column("shannon_efficiency", "Shannon entropy of the tokens over its largest value", float, "share", title="H / log₂ "
        "V", digits=2),
    Column("renyi_efficiency", "Rényi efficiency: the tokens' Rényi entropy of order 2.5 over its largest value, log₂ V; "
           "1 where all tokens are equally frequent, lower the more a few of them dominate (Zouhar et al. 2023)", float, "share",
           title="Rényi eff.",
           digits=2),
)
PER_EXPRESSION, OF_ALL = ("tokens", *(c.name for c in _INTRINSIC)), tuple(c.name for c in _VOCABULARY)
"""Intrinsic measures: averages over expressions, and those of all expressions together."""
_LAST = (
    Column("lossless", "whether it reads back what it writes, so that its next-token losses compare", bool, presence="newer"),
    Column("vocabulary_learned", "content tokens in the vocabulary fitted to the training expressions, which Q and bits are of",
           int, "tokens", title="V learned", digits=0),
    Column("n_trained_on", "expressions that κ was measured on and training happened to draw as well", int, "expressions",
           title="trained on",
           digits=0),
    Column("precision", "what trainings computed in, '' where it is not known or there are none", str, title="precision"),
    Column("note", "when not to believe a row", str, title="note"),
)
# fmt: on
BITS = Column(
    "bits",
    _BITS,
    float,
    "bits",
    "mean over trainings",
    "trainings",
    title="NTP bits",
    short="bits",
    digits=1,
    better="less",
    claimed=-1,
    label="next-token loss of lossless codes (bits per expression)",
)


def _decoded(name: str, title: str, text: str, unit: str, estimator: str, decoding: str, *, digits: int = 3) -> Column:
    heading, meaning = phrased(title, text, decoding, "")
    return Column(name + decoding, meaning, float, unit, estimator, title=heading, digits=digits)


def _kept() -> tuple[Column, ...]:
    """Numbers of a training's summary that are in the table as they are, averaged over trainings."""
    columns: list[Column] = []
    for decoding in DECODINGS:
        columns += [
            _decoded("flops_per_sample", "FLOPs/sample", "cost of a sample", "FLOPs", "mean over samples", decoding, digits=0),
            _decoded(
                "distinct_items",
                "distinct answers",
                "share of different answers among all test behaviors' that decode",
                "share",
                "mean over trainings",
                decoding,
            ),
        ]
    columns.append(
        Column(
            f"removed{CONSTRAINED}",
            "probability that the mask took, per token",
            float,
            "probability",
            "mean over tokens",
            title="masked",
        )
    )
    for split, (title, where) in SPLITS.items():
        count = Column(
            f"n_items{suffix(split)}",
            f"test behaviors {where}",
            float,
            "test behaviors",
            "mean over trainings",
            title=title,
            digits=0,
        )
        columns += [count, *floors(split)]
    means = (
        "Q of each behavior's own mean, as a constant that knows the truth (of symbols: the most frequent, of a sequence none); "
        "of values to be written, of training's median"
    )
    still = Column("floor_constant", means, float, "quality", "mean over test behaviors", title="Q of the mean")
    return (*columns, *(column for split in ("", *SPLITS) for column in retrieved(split)), still)


_KEPT = _kept()
KEPT = tuple(c.name for c in _KEPT)
"""What a training's summary has under the same name."""


def _columns() -> tuple[Column, ...]:
    first = [
        BY_SAMPLE[n].mean() for n in ("q", "r2_above_0.9", "within_10", "within_1", "within_0.1", "exact", "skeleton", "valid")
    ]
    families = {c.name: c for decoding in DECODINGS for split in ("", *SPLITS) for c in family(decoding, split)}
    # Who reads the table by the order of its columns finds them where they were: new ones follow.
    begun = (*_NAMES, *_KAPPA, BITS, *first, *floors(""), families["quality_share"], *_COSTS)
    there = {c.name for c in begun}
    rest = [c for c in families.values() if c.name not in there]
    return (*begun, *rest, *_KEPT, *_ALONG, *_UNCERTAIN, *_INTRINSIC, *_VOCABULARY, *_LAST)


SUMMARY = Table("summary.csv", "one row per representation", _columns(), apart=("quality_share", "coefficient_error"))

MEASURED = tuple(
    name for name, c in SUMMARY.stored.items() if c in (*_NAMES, *_KAPPA, *_INTRINSIC, *_VOCABULARY) or c.name == "note"
)
"""The columns that need no model, limits included: those of a run of κ alone."""

_PLACE = "places that significant differences of {} leave open; 1 is {}"
PLACES = Table(
    "the ranking",
    "one row per representation, in no file",
    (
        Column("place_kappa", _PLACE.format("κ mean", "smoothest"), str, title="place by κ"),
        Column("place_quality", _PLACE.format("Q", "the best").replace("; 1 is", ", 1"), str, title="place by Q"),
    ),
)

MAIN = ("representation", "place_kappa", "kappa_mean", "fidelity_error", "validity", "place_quality", "quality", "bits", "tokens",
        "vocabulary_size", "note")  # fmt: skip
"""What a page shows at once, and Markdown and LaTeX alone."""
READ = (
    *MAIN[:-2], "redundancy", "vocabulary_size", "kappa_difference", "kappa@4", "kappa@16", "sup", "n_expressions", "n_edits",
    "n_undefined",
    "n_unresolved", "quality_share", Q.mean(CONSTRAINED).name, "vocabulary_learned", "n_trained_on", "r2_share", "within_10",
    "within_1",
    "within_0.1", "sample_validity", GIVEN_VALID.column, "quality_new_form", "quality_known_form", "floor_prior", "floor_nearest",
    "floor_constant", "n_test",
    "seeds", *PER_EXPRESSION[1:], *OF_ALL, "note",
)  # fmt: skip
"""What a page shows, some of it on demand, in the order that it is read."""
SHOWN = tuple(PLACES[name] if name.startswith("place_") else SUMMARY[name] for name in READ)
