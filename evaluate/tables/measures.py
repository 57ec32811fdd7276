"""What a model's samples are measured by, and the columns that follow by rule: each measure, over all test items and each split
of them, in free-running and in constrained decoding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .column import Column

TOLERANCES = {"within_10": 0.1, "within_5": 0.05, "within_2": 0.02, "within_1": 0.01, "within_0.5": 0.005, "within_0.1": 0.001}
"""The tolerance curve: relative L2 errors within which a behavior counts as found."""
CHOICES = (1, 2, 4, 8, 16)
"""The k of Q@k: samples of one observation, of which the best by observed error is taken."""
NEW_SKELETON, NEW_COEFFICIENTS = "new-skeleton", "new-coefficients"
NEW_FORM, KNOWN_FORM = "new-form", "known-form"
SPLITS = {
    NEW_SKELETON: ("new skeletons", "where training shows no tree that is the same but for its coefficients"),
    NEW_COEFFICIENTS: ("new coefficients", "where training shows the same tree but for its coefficients"),
    NEW_FORM: ("new forms", "where training shows no equation that is the same but for order, signs and constants"),
    KNOWN_FORM: ("known forms", "where training shows the same equation but for order, signs and constants"),
}
"""Two ways to divide the tests, by skeleton and by form (`task.forms`), each item on one side of both: in a title, and in
words."""
CONSTRAINED = "_constrained"
DECODINGS = {
    "": ("", ""),
    CONSTRAINED: ("constrained", "where the model may only write what the representation's grammar allows"),
}
"""How samples are drawn: in a title, and in words."""
COEFFICIENT_ERROR = "coefficient_error"
"""Relative error of a sample's coefficients, their median; only where its skeleton is right. Summed up by the median over
items."""
OVER = "test behaviors and seeds"


@dataclass(frozen=True, slots=True)
class Measure:
    """What a sample is measured by: its column in samples.parquet, and `column` of its mean in summary.csv, with what that is
    headed by and means. `share`: whether it is yes or no of each sample. `once`: measured in free-running decoding alone, once
    for each test item."""

    sample: str
    column: str
    title: str
    help: str
    share: bool = True
    once: bool = False
    better: str = ""
    short: str = ""

    @property
    def of_training(self) -> str:
        """The name of its mean in the summary of one training (trainings.parquet), which is older than that in summary.csv."""
        return self.sample if self.share else self.column

    def mean(self, decoding: str = "", split: str = "") -> Column:
        """The column of its mean over some items. `decoding`, `split`: of `DECODINGS` and `SPLITS`, '' for free-running and for
        all items."""
        name = self.column + decoding + suffix(split)
        kind = "share of samples" if self.share else "mean over samples"
        estimator = f"{kind}, over test behaviors" if self.once else f"{kind}, over test behaviors and seeds"
        title, text = phrased(self.title, self.help, decoding, split)
        better = self.better if not decoding and not split else ""
        unit = "quality" if self.column.startswith("quality") else "share"
        return Column(name, text, float, unit, estimator, OVER, title=title, short=self.short, better=better)


def suffix(split: str) -> str:
    """'new-skeleton' -> '_new_skeleton', '' -> ''."""
    return f"_{split.replace('-', '_')}" if split else ""


def phrased(title: str, text: str, decoding: str, split: str) -> tuple[str, str]:
    """Title and meaning of a measure over some items in some decoding."""
    (decoded, under), (some, where) = DECODINGS[decoding], SPLITS.get(split, ("", ""))
    if not decoding and not split:
        return title, text
    return " ".join(filter(None, (title, decoded))) + (f", {some}" if split else ""), " ".join(
        filter(None, (title, under, where))
    )


Q = Measure(
    "q", "quality", "Q", "semantic quality of what the model writes (Eq. 3): 0 none, 1 perfect", share=False, better="more"
)
GIVEN_VALID = Measure(
    "q_valid",
    "quality_valid",
    "Q given valid",
    "Q over the samples that decode alone: Q is about this times the share that decodes",
    share=False,
    better="more",
)
"""Of a sample its q where it decodes, None where it does not."""


def _within(name: str, limit: float) -> Measure:
    return Measure(name, name, f"≤ {100 * limit:g} %", f"share of test behaviors within {100 * limit:g} % relative error")


def _best(k: int) -> tuple[Measure, Measure]:
    of = f"of the best of {k} samples by observed error" if k > 1 else "of one sample at temperature 1"
    close = f"share of test behaviors within 1 % relative error, {of}"
    return Measure(f"q@{k}", f"quality@{k}", f"Q@{k}", f"Q {of}", share=False, once=True), Measure(
        f"within_1@{k}", f"within_1@{k}", f"≤ 1 % @{k}", close, once=True
    )


_CHOSEN = [_best(k) for k in CHOICES]
MEASURES = (
    Q,
    Measure("r2_above_0.9", "r2_share", "R² > 0.9", "share of test behaviors fitted with R² above 0.9"),
    *(_within(name, limit) for name, limit in TOLERANCES.items()),
    Measure("exact", "exact_match", "exact", "share of samples that are the tree that the representation makes of the true one"),
    Measure("skeleton", "skeleton_match", "skeleton", "share of samples whose tree is right but for its coefficients"),
    Measure("valid", "sample_validity", "valid samples", "share of the model's samples that decode", short="valid"),
    GIVEN_VALID,
    Measure("distinct", "distinct", "distinct", "share of different trees among the samples of one test behavior that decode",
            share=False, once=True),
    *(pair[0] for pair in _CHOSEN),
    *(pair[1] for pair in _CHOSEN),
)  # fmt: skip
BY_SAMPLE = {m.sample: m for m in MEASURES}
"""By column of samples.parquet."""


def measures_in(decoding: str) -> tuple[Measure, ...]:
    """What is measured in a decoding: of `MEASURES` those that are not of free-running alone."""
    return tuple(m for m in MEASURES if not (decoding and m.once))


def family(decoding: str, split: str) -> Iterator[Column]:
    """All columns of one decoding and one split, in the order of summary.csv."""
    tail = decoding + suffix(split)
    yield from (m.mean(decoding, split) for m in measures_in(decoding))
    title, text = phrased("Q share", "Q between prior sampling (0) and the representation's own round trip (1)", decoding, split)
    yield Column(
        f"quality_share{tail}", text, float, "share", "Q's, floor and ceiling taken as known", OVER, title=title, digits=2
    )
    title, text = phrased(
        "coefficient error",
        "relative error of a sample's coefficients, their median, where its skeleton is right",
        decoding,
        split,
    )
    yield Column(f"{COEFFICIENT_ERROR}{tail}", text, float, "share", "median over test behaviors", "test behaviors", title=title)
    title, text = phrased("right skeletons", "test behaviors that coefficient_error rests on", decoding, split)
    yield Column(f"n_skeleton{tail}", text, int, "test behaviors", title=title, digits=0)


def floors(split: str) -> tuple[Column, ...]:
    """What Q is held against: sampling without learning, retrieval, and the representation's own round trip."""
    named = (
        ("floor_prior", "Q of the prior", "Q of sampling without learning: the floor"),
        ("floor_nearest", "Q of retrieval", "Q of copying the nearest training behavior"),
        ("ceiling", "ceiling", "Q of the representation's own round trip"),
    )
    out = []
    for name, title, text in named:
        heading, meaning = phrased(title, text, "", split)
        out.append(Column(name + suffix(split), meaning, float, "quality", "mean over test behaviors", title=heading))
    return tuple(out)


def retrieved(split: str) -> tuple[Column, ...]:
    """The tolerance curve of retrieval."""
    out = []
    for name, limit in TOLERANCES.items():
        title, text = phrased(
            f"retrieval ≤ {100 * limit:g} %", f"share of test behaviors that retrieval meets within {100 * limit:g} %", "", split
        )
        out.append(
            Column(f"nearest_{name}{suffix(split)}", text, float, "share", "share over test behaviors", title=title, digits=2)
        )
    return tuple(out)


def is_share(sample: str) -> bool:
    """Whether a column of samples.parquet is yes or no of each sample, so that its mean is a share."""
    return BY_SAMPLE[sample].share
