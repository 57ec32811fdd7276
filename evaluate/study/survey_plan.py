"""A study of tokenizers that people have: which, in which notations, over which expressions; nothing is trained."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from ...grammars.errors import SpecError
from ...tokenizers.wrappers.pretrained_files import not_installed
from ..compare.plan import CompareOptions, ComparisonOptions, ComparisonPlan, sources
from ..domains.domain import domain as find_domain
from ..domains.domain import domain_word
from ..tables.survey import MEASURES

PRIMARY = ("kappa_mean", "tokens", "number_fragments", "kept")
"""The measures of which pairs are compared, as the study's protocol chose them."""
ADDED = ("silent", "kappa_moving")
"""Measures that were added when the first tables had been seen: described, and in no comparison."""
DESCRIBED = tuple(c.name for c in MEASURES if c.name not in (*PRIMARY, *ADDED))
SHOWN = (28.0, 0.5, 2.667, 0.001, 1000.0, 12345.678, 6.02e23)
"""Numbers of which the page shows how each tokenizer breaks them."""
EDITS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A study by name: what it asks, of which tokenizers over which notations. `references` are measured beside them."""

    name: str
    title: str
    notations: tuple[str, ...]
    tokenizers: tuple[str, ...]
    references: tuple[str, ...]

    @property
    def representations(self) -> tuple[str, ...]:
        return tuple(f"{notation} | hf:{name}" for notation in self.notations for name in self.tokenizers)


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyPlan:
    """What a survey measures, all that a number depends on. `representations` are compared, `references` are not."""

    representations: tuple[str, ...]
    references: tuple[str, ...]
    data: tuple[str, ...]
    domain: str
    metric: str
    edits_per_expression: int = EDITS
    seed: int = 0

    @property
    def every(self) -> tuple[str, ...]:
        return (*self.representations, *(r for r in self.references if r not in self.representations))

    def as_dict(self) -> dict[str, Any]:
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}

    def command(self, name: str, given: Sequence[str]) -> str:
        """The command line that repeats it; `given`: representations that are not the study's own."""
        words = ["kappabar", "compare", "--study", name]
        words += [word for spec in given for word in ("-r", spec)] + [word for source in self.data for word in ("--data", source)]
        return shlex.join([*words, "--domain", self.domain, "--metric", self.metric, "--seed", str(self.seed)])


def surveyed(
    asked: Survey, representations: Sequence[str] | None, data: str | Sequence[str] | None, options: CompareOptions
) -> SurveyPlan:
    """The plan that options ask for: those of `compare` that are of training are refused. Raises `SpecError`."""
    _check_options(asked, options)
    domain = find_domain(options.get("domain") or "ode")
    specs = tuple(dict.fromkeys(map(domain.canonical, representations or asked.representations)))
    if missing := not_installed(part.removeprefix("hf:") for spec in specs for part in spec.split(" | ") if part[:3] == "hf:"):
        raise SpecError(
            f"the study {asked.name!r} reads tokenizers of packages that are not installed here: {', '.join(missing)}; "
            f"pip install {' '.join(missing)}, or with --target FOLDER into a folder on PYTHONPATH"
        )
    return SurveyPlan(
        representations=specs,
        references=tuple(map(domain.canonical, asked.references)),
        data=sources(data, ("bank",)),
        domain=domain_word(options.get("domain") or "ode"),
        metric=options.get("metric") or domain.metric,
        seed=options.get("seed") or 0,
    )


def _check_options(asked: Survey, options: CompareOptions) -> None:
    own = {"domain", "metric", "seed", "strict"}
    defaults = {f.name: f.default for f in fields(ComparisonPlan)}
    for name in ComparisonOptions.__annotations__:
        value: object = options.get(name)
        if name not in own and value is not None and value != defaults.get(name):
            raise SpecError(
                f"the study {asked.name!r} trains nothing and measures as its protocol says: leave --{_flag(name)} out"
            )


def _flag(name: str) -> str:
    return name.replace("_", "-")


def place(spec: str) -> dict[str, str]:
    """A representation by notation and tokenizer: `infix | chars | hf:x` -> infix, x; `latex | chars` -> latex, characters."""
    parts = spec.split(" | ")
    kept = [p for p in parts[:-1] if p != "chars"]
    last = "characters" if parts[-1] == "chars" else parts[-1].removeprefix("hf:")
    return {"representation": spec, "notation": " | ".join(kept) or parts[-1], "tokenizer": last}


def pairs(specs: Iterable[str]) -> list[tuple[str, str]]:
    """What is compared: all tokenizers with each other within a notation, and each with itself in the notations that follow."""
    known = [(spec, place(spec)) for spec in specs]
    return [
        (a, b)
        for i, (a, one) in enumerate(known)
        for b, other in known[i + 1 :]
        if (one["notation"] == other["notation"]) != (one["tokenizer"] == other["tokenizer"])
    ]
