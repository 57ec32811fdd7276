"""What a survey measures of one representation: κ of token edits, natural edits, and how numbers break into tokens."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from ...grammars.errors import EncodeError
from ...grammars.print.infix import format_number
from ...grammars.tree import Node, Path, System, number, system
from ...representations.representation import Representation
from ...tokenizers.base import Partial, TokenClass
from ...tokenizers.wrappers.pretrained import Pretrained
from ...tokenizers.wrappers.pretrained_files import version_of
from ..domains.domain import domain as find_domain
from ..edits.natural import NaturalEdits
from ..edits.token import TokenEdits
from ..events import Listener
from ..kappa.kappa import Kappa, measure_all
from ..kappa.silence import silence
from ..kappa.weighing import share
from ..kappa.writing import base_tokens, exponents
from ..statistics.intervals import mean_estimate
from ..tables.column import Row
from ..tables.robustness import FATES
from ..tables.survey import BREAKS, CLASSES, EXPRESSIONS, NUMBERS, ROBUST
from .survey_plan import SHOWN, SurveyPlan, place

Part = dict[str, Any]
_ROBUST = ("kept", "apart", "longer", "encoded", *FATES)


def measured(plan: SurveyPlan, spec: str, systems: Sequence[System], listen: Listener) -> Part:
    """All of one representation, which writes a text: rows of tables by name, and what its tokenizer is."""
    domain = find_domain(plan.domain)
    chosen = domain.representation(spec, [s.tree for s in systems])
    distance = domain.distance(plan.metric)
    token, rewritten = (
        measure_all(
            chosen, systems, domain, distance, operator, edits_per_expression=limit, seed=plan.seed, listen=listen, condense=True
        )
        for operator, limit in ((TokenEdits(), plan.edits_per_expression), (NaturalEdits(), None))
    )
    known = {(s.name or "unnamed"): s for s in systems}
    broken = {m.name: number_tokens(chosen, known[m.name]) for m in token.measured}
    pieces = sorted(Counter(n for each in broken.values() for n in each).items())
    rows: dict[str, Iterable[Row]] = {
        "expressions": _expressions(spec, token, rewritten, broken),
        "robustness": (ROBUST.row(place(spec) | row) for row in rewritten.robustness.rows()),
        "numbers": (NUMBERS.row(place(spec) | {"pieces": n, "count": count}) for n, count in pieces),
        "breaks": (BREAKS.row(place(spec) | {"number": format_number(v), "written": written(chosen, v)}) for v in SHOWN),
        "classes": _classes(spec, token),
    }
    return {
        "representation": spec,
        "tokenizer": _identity(chosen),
        "skipped": [[s.name, s.reason] for s in token.skipped],
        **{name: [_plain(row) for row in table] for name, table in rows.items()},
    }


def _plain(row: Row) -> Row:
    """As JSON has it."""
    return {name: None if isinstance(v, float) and math.isnan(v) else v for name, v in row.items()}


def _identity(chosen: Representation) -> Part:
    """What the tokenizer is: its size, and, of one that was trained elsewhere, its package and a digest of its model."""
    tokenizer, size = chosen.tokenizer, len(chosen.vocabulary)
    found: Part = {
        "blank": 0,
        "vocabulary_size": size,
        "possible": len(tokenizer.possible) if isinstance(tokenizer, Partial) else size,
    }
    if isinstance(tokenizer, Pretrained):
        digest = hashlib.sha256(tokenizer.model.encode()).hexdigest()
        found |= {"blank": tokenizer.blank, "package": version_of(tokenizer.source), "sha256": digest}
    return found


def _expressions(spec: str, token: Kappa, rewritten: Kappa, broken: dict[str, list[int]]) -> Iterator[Row]:
    robust = {name: rewritten.robustness.column(name) for name in _ROBUST}
    places = {m.name: i for i, m in enumerate(rewritten.measured)}
    means, sixteen = token.means, token.each_at(16)
    silent, moving = silence(token)
    for i, m in enumerate(token.measured):
        numbers = broken[m.name]
        figures = {
            "kappa_mean": means[i],
            "kappa@16": sixteen[i],
            "silent": silent[i],
            "kappa_moving": moving[i],
            "validity": share(m, ~m.outcomes.mask("invalid")),
            "tokens": float(m.n_tokens),
            "number_fragments": float(np.mean(numbers)) if numbers else math.nan,
            "single_token": float(np.mean(np.array(numbers) == 1)) if numbers else math.nan,
            **{name: values[places[m.name]] for name, values in robust.items()},
        }
        row = place(spec) | {"expression": m.name, "n_valid": m.n_valid} | {k: float(v) for k, v in figures.items()}
        yield EXPRESSIONS.row(row)


def number_tokens(chosen: Representation, given: System) -> list[int]:
    """Of each coefficient, by how many tokens it is written: those that write part of it, whatever else they write. Whole
    exponents that are part of a power's symbol are none."""
    tree = chosen.rewrite(given)
    inside = exponents(tree)
    counts: dict[Path, int] = {path: 0 for path, node in tree.walk() if node.is_number and path not in inside}
    for parts in base_tokens(chosen.tokenizer, tree):
        for path in {t.path for t in parts if t.kind is TokenClass.NUMBER and t.path in counts}:
            counts[path] += 1
    return [n for n in counts.values() if n]


def written(chosen: Representation, value: float) -> str:
    """A number as its tokens cut it: `2.667` -> `2 . 667`, spaces of its own as `␣`. '' where the tokenizer has no token for some
    of it."""
    tree: Node = system(number(value))
    try:
        return " ".join("".join(t.text for t in parts).replace(" ", "␣") for parts in base_tokens(chosen.tokenizer, tree))
    except EncodeError:
        return ""


def _classes(spec: str, token: Kappa) -> Iterator[Row]:
    """Which tokens the edits that decode touch, pooled over expressions; κ of each class is a mean over expressions."""
    valid = sum(m.n_valid for m in token.measured)
    for word in sorted({w for m in token.measured for w in m.classes.words()}):
        masks = [m.classes.mask(word) & ~m.outcomes.mask("invalid") for m in token.measured]
        number_of = sum(m.number(mask) for m, mask in zip(token.measured, masks, strict=True))
        means = [_mean(token, i, mask) for i, mask in enumerate(masks)]
        estimate = mean_estimate(means, (0.0, token.d_max))
        row = place(spec) | {"class": word, "share": number_of / valid if valid else math.nan, "kappa_mean": estimate}
        yield CLASSES.row(row)


def _mean(token: Kappa, i: int, mask: Any) -> float:
    sample = token.sample(token.measured[i], mask)
    return sample.mean() if len(sample) else math.nan
