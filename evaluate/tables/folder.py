"""The columns of a run's other tables: edits, tokens, what models wrote, and their trainings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .column import Column, Presence, Table
from .measures import (
    COEFFICIENT_ERROR,
    CONSTRAINED,
    DECODINGS,
    GIVEN_VALID,
    SPLITS,
    TOLERANCES,
    floors,
    measures_in,
    retrieved,
    suffix,
)
from .summary import SUMMARY

# fmt: off
_REPRESENTATION = SUMMARY["representation"]
_SEED = Column("seed", "which of the representation's trainings it is of", int)
EXPRESSION = (
    Column("expression", "the expression's name", str),
    Column("item", "its number among those that κ was measured on", int),
)
_TOKEN = (
    Column("position", "the token's place in the sequence, from 0", int),
    Column("token", "its id", int),
    Column("token_text", "its text", str),
)
EDITS = Table("edits.parquet", "one row per edit", (
    replace(_REPRESENTATION, presence="newer"),
    replace(EXPRESSION[0], presence="newer"),
    EXPRESSION[1],
    Column("kind", "kind of edit: substitution, insertion, deletion, or an operator's own", str),
    Column("class", "what the edited token stands for", str),
    Column("position", "where the sequence is edited, from 0", int),
    Column("token", "the new token's id, −1 where no token is new", int),
    Column("token_text", "its text; none where no token is new, and where κ was measured without the intrinsic "
        "measures", str, presence="newer"),
    Column("tree", "number of the tree that the edited sequence decodes to, −1 where it does not decode: equal trees have equal "
        "numbers", int),
    Column("outcome", "ok, diverged, undefined, unresolved or invalid", str),
    Column("reason", "why it does not decode, or how it ended, in words", str),
    Column("distance", "distance of its behavior to the original's; none where it has none", float, "distance"),
    Column("weight", "what it counts in κ: 1 where all edits count the same", float),
))
TOKENS = Table("tokens.parquet", "one row per token of each expression: what positions in edits.parquet are of", (_REPRESENTATION,
                                                                                                                  *EXPRESSION,
*_TOKEN))
MODEL_TOKENS = Table("tokens_model.parquet", "one row per training and token of the measured expressions, as its model writes "
    "them", (
    _REPRESENTATION, _SEED, *EXPRESSION, *_TOKEN,
    Column("class", "what the token stands for", str),
    Column("entropy", "the model's entropy before it", float, "bits"),
    Column("surprisal", "the model's surprisal at it", float, "bits"),
    Column("sensitivity", "mean distance of the edits at it; none where no edit counts", float, "distance", "mean over edits"),
    Column("n_edits", "edits that count there", int, "edits"),
))
HISTORY = Table("training.parquet", "one row per training and measurement along it", (
    _REPRESENTATION, _SEED,
    Column("bits", "held-out next-token loss per expression", float, "bits"),
    Column("step", "steps done", int, "steps"),
    Column("train_loss_bits", "next-token loss per expression since the last row", float, "bits", "mean over batches"),
    Column("val_bits_per_expression", "bits, under its older name", float, "bits"),
    Column("val_bits_per_token", "held-out next-token loss per token", float, "bits"),
    Column("quality", "Q of greedy samples of a part of the test behaviors", float, "quality", "mean over test behaviors"),
    Column("seconds", "time of training so far", float, "seconds"),
    Column("tokens_seen", "tokens trained on so far", int, "tokens"),
    Column("systems", "different systems trained on so far", int, "systems", presence="newer"),
    Column("flops", "cost of training so far", float, "FLOPs"),
    Column("ended", "whether a training of so many steps ends like this, its learning rate come down to nothing; before the last "
        "row on a copy, of which all of the row is", bool, presence="newer"),
    Column("objective", "what is minimized", str, presence="newer"),
    Column("objective_loss", "it since the last row", float, "", "mean over batches", presence="newer"),
    Column("gradient_norm", "norm of the gradient since the last row, before it is clipped", float, "", "mean over "
        "steps", presence="newer"),
    Column("lr", "learning rate", float, presence="newer"),
    Column("gradient_alignment", "cosine of the next-token gradient with an estimate of the gradient of Q", float, "cosine",
           presence="sometimes"),
    Column("gradient_alignment_se", "its standard error over observations", float, "cosine", presence="sometimes"),
    Column("gradient_alignment_corrected", "the same over what two independent halves of the estimate share", float, "cosine",
           presence="sometimes"),
    Column("gradient_alignment_corrected_se", "its standard error over observations", float, "cosine", presence="sometimes"),
    Column("gradient_quality", "Q of the samples that the estimate is from", float, "quality", presence="sometimes"),
    Column("gradient_items", "observations that it is from", int, presence="sometimes"),
    Column("gradient_samples", "samples of each", int, presence="sometimes"),
    Column("gradient_note", "what to hold against it, or why there is none", str, presence="sometimes"),
))
# fmt: on


def _sample(decoding: str) -> Iterator[Column]:
    """What one sample comes to."""
    words = (
        Column("text", "what was written, in infix; none where it does not decode", str),
        Column("status", "ok, diverged, undefined, unresolved or invalid", str),
        Column(
            "q", "1 − bounded distance to the true behavior; 0 where it does not decode or cannot be simulated", float, "quality"
        ),
        Column("r2", "R², at most 1", float, ""),
        Column("relative_l2", "relative L2 error", float, "share"),
        Column("r2_above_0.9", "whether R² is above 0.9", bool),
        *(Column(name, f"whether the relative error is at most {100 * limit:g} %", bool) for name, limit in TOLERANCES.items()),
        Column("exact", "whether it is the tree that the representation makes of the true one", bool),
        Column("skeleton", "whether it is right but for its coefficients", bool),
        Column(
            COEFFICIENT_ERROR,
            "relative error of its coefficients, their median; only where its skeleton is right",
            float,
            "share",
        ),
        Column("valid", "whether it decodes", bool),
        Column(GIVEN_VALID.sample, "its q where it decodes", float, "quality"),
        Column("reason", "why it does not decode, or has no q", str),
        Column("length", "its tokens", int, "tokens"),
        Column("log_probability", "of the sequence under the model", float, "nats"),
    )
    # Rows of the first versions had fewer measures; not every representation has a grammar.
    needed = {"q", "valid"} if not decoding else frozenset[str]()
    for column in words:
        presence: Presence = "always" if column.name in needed else "sometimes" if decoding else "newer"
        yield replace(column, name=column.name + decoding, presence=presence)


def _chosen() -> Iterator[Column]:
    """What several samples of one observation come to, in each of its rows."""
    for measure in measures_in(""):
        if measure.once:
            yield Column(measure.sample, measure.help, float, "share" if measure.share else "quality", presence="sometimes")


SAMPLES = Table(
    "samples.parquet",
    "one row per training, test behavior and sample: what models wrote",
    (
        replace(_REPRESENTATION, presence="newer"),
        replace(_SEED, presence="newer"),
        Column("item", "number of the test behavior", int),
        Column("sample", "number of the sample", int),
        Column("name", "name of the true expression", str, presence="newer"),
        Column("dim", "variables of the true expression", int, presence="newer"),
        Column("split", "new-skeleton or new-coefficients: whether training shows its skeleton", str, presence="newer"),
        Column("form", "new-form or known-form: whether training shows its form", str, presence="newer"),
        Column("target", "the true expression, in infix", str, presence="newer"),
        *_sample(""),
        *_sample(CONSTRAINED),
        *_chosen(),
    ),
)


def _summed(split: str) -> Iterator[Column]:
    """What the samples of one training sum up to, over some of the items."""
    tail = suffix(split)
    yield Column(f"n_items{tail}", SUMMARY[f"n_items{tail}"].help if tail else "test behaviors", int, "test behaviors")
    prior, nearest, ceiling = floors(split)
    yield from (prior, ceiling, nearest, *retrieved(split))
    for decoding in DECODINGS:
        end = decoding + tail
        yield from (replace(m.mean(decoding, split), name=m.of_training + end) for m in measures_in(decoding))
        yield from (SUMMARY[f"{name}{end}"] for name in ("quality_share", COEFFICIENT_ERROR, "n_skeleton"))


def _trainings() -> Iterator[Column]:
    yield from (_REPRESENTATION, _SEED, SUMMARY["parameters"], SUMMARY["precision"], SUMMARY["flops"])
    yield Column("seconds", "time of the training", float, "seconds")
    rest = [c for split in ("", *SPLITS) for c in _summed(split)]
    for status in ("ok", "diverged", "undefined", "unresolved", "invalid"):
        rest.append(Column(f"n_{status}", f"samples whose status is {status}", int, "samples"))
    rest += [SUMMARY[f"distinct_items{decoding}"] for decoding in DECODINGS]
    for decoding in DECODINGS:
        rest += [SUMMARY[f"removed{decoding}"]] if decoding else []
        seconds = Column(f"seconds_per_sample{decoding}", "time of a sample", float, "seconds", "mean over samples")
        rest += [SUMMARY[f"flops_per_sample{decoding}"], seconds]
    rest.append(SUMMARY["floor_constant"])
    rest.append(Column(f"note{CONSTRAINED}", "why it was not decoded under a grammar", str))
    # A training that stopped has floors and ceiling alone.
    needed = {c.name for c in floors("")}
    yield from (c if c.name in needed else replace(c, presence="sometimes") for c in rest)


TRAININGS = Table(
    "trainings.parquet", "one row per training: its summary, and its cost in FLOPs and seconds", tuple(_trainings())
)
