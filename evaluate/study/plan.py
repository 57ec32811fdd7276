"""What a study compares: a line-up of representations, in several domains, each an ordinary comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...grammars.errors import SpecError, did_you_mean
from ...tokenizers.wrappers.pretrained_files import PACKAGES
from ..compare.plan import CompareOptions, ComparisonPlan, planned, sources
from ..dials.code.plan import CodeDial
from ..dials.redundancy.plan import RedundancyDial
from ..dials.region.plan import RegionDial
from ..dials.semantics.plan import SemanticsDial
from ..domains.domain import domain_word
from .survey_plan import Survey

LINE_UP = (
    "infix | chars",
    "infix | chars | bpe:512",
    "infix | digits:3",
    "prefix | digits:3",
    "prefix | e2e:3,1",
    "postfix | digits:3",
    "tree | digits:3",
    "rules | digits:3",
    "nary | digits:3",
    "sort | prefix | digits:3",
    "prefix | bins:64,log",
    "prefix | bins:256,quantile",
    "prefix | digits:3 | bpe:512",
    "prefix | digits:3 | repeat:3",
)
"""Notation, number codec and merging vary one at a time around `prefix | digits:3`. The last is the error-correcting control."""

REFERENCE = "infix | chars"
"""Writes every tree exactly: tree edits under it are the domain's own roughness, a reference line for all representations."""

EXPRESSIONS = 60
_OTHER_STREAM = 7919


@dataclass(frozen=True, slots=True)
class Question:
    """A study by name: what it asks, of what, where."""

    name: str
    title: str
    representations: tuple[str, ...]
    domains: tuple[str, ...]
    seeds: int
    budget: str


Study = Question | Survey | CodeDial | SemanticsDial | RedundancyDial | RegionDial

STUDIES: dict[str, Study] = {
    "hypothesis": Question(
        "hypothesis", "Does roughness predict semantic quality?", LINE_UP, ("function", "ode"), seeds=3, budget="study"
    ),
    "tokenizers": Survey(
        name="tokenizers",
        title="How do the tokenizers that language models have take equations?",
        notations=("infix", "latex"),
        tokenizers=tuple(PACKAGES),
        references=("infix | chars", "latex | chars"),
    ),
    "dial:code": CodeDial(
        name="dial:code",
        title="Does Q fall where only the meaning of code words is turned?",
        main=6,
        beside=2,
        corrected=1,
        longer=1,
        budget="quick",
    ),
    "dial:semantics": SemanticsDial(
        name="dial:semantics", title="Does Q fall where only the roughness of φ is turned?", seeds=4, budget="quick"
    ),
    "dial:redundancy": RedundancyDial(
        name="dial:redundancy",
        title="Is Q higher where more tokens are synonyms, the vocabulary being as large?",
        main=3,
        beside=1,
        budget="quick",
    ),
    "dial:region": RegionDial(
        name="dial:region",
        title="Is Q lower where an expression's own κ is higher?",
        domains=("function", "ode"),
        representations=("prefix | digits:3", "infix | chars", "prefix | bins:64,log"),
        seeds=8,
        budget="quick",
    ),
}


def question(name: str) -> Study:
    """The study of that name. Raises `SpecError`."""
    if name not in STUDIES:
        raise SpecError(f"unknown study {name!r}{did_you_mean(name, STUDIES)}; there are {', '.join(STUDIES)}")
    return STUDIES[name]


def default_data(seed: int) -> tuple[str, ...]:
    """Expressions for κ from the distribution that is learned from, by another stream of its generator."""
    return (f"sample:{EXPRESSIONS}:{seed + _OTHER_STREAM}",)


def plans(
    asked: Question, representations: Sequence[str] | None, data: str | Sequence[str] | None, options: CompareOptions
) -> dict[str, ComparisonPlan]:
    """One comparison per domain, of the options' domain alone where they have one."""
    read = sources(data, default_data(options["seed"]))
    domain = options.get("domain")
    return {
        name: _curves_apart(
            planned(options, name, representations or asked.representations, read, seeds=asked.seeds, budget=asked.budget), name
        )
        for name in ((domain_word(domain),) if domain else asked.domains)
    }


def _curves_apart(plan: ComparisonPlan, name: str) -> ComparisonPlan:
    """Representations have equal names in all domains."""
    return replace(plan, tensorboard=str(Path(plan.tensorboard) / name)) if plan.tensorboard else plan
