"""Every property, as data. A new one is an entry here, and a method of a suite in `suites.py`. Needs the extra `test`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from hypothesis import strategies as st

from ...grammars.draw.strategies import systems
from ...grammars.tree import Node
from . import coding, even, operating, reading, rewriting, smoothness, texts, values, writing
from .base import CODEC, OPERATOR, REPRESENTATION, REWRITE, WRITERS, Property, Subject
from .identities import near_truths
from .small import small_attempts, small_systems, small_trees
from .strategies import attempts, drawn_trees, tame_systems


def _once(_: Subject) -> st.SearchStrategy[None]:
    return st.none()


def _nothing(_: Subject) -> st.SearchStrategy[Any]:
    return st.nothing()


def _trees(subject: Subject) -> st.SearchStrategy[Any]:
    return drawn_trees(subject)


def _tame(subject: Subject) -> st.SearchStrategy[Any]:
    return drawn_trees(subject, tame=True)


def _behaving(subject: Subject) -> st.SearchStrategy[Any]:
    tame = tame_systems(subject, 6)
    if not subject.domain.operators.built_in:
        return tame
    return st.one_of(tame, tame, systems(subject.grammar, max_dim=2, max_leaves=4))


def _saveable(subject: Subject) -> st.SearchStrategy[Any]:
    return coding.values(subject) if subject.kind == CODEC else drawn_trees(subject)


def _pairs(subject: Subject) -> st.SearchStrategy[Any]:
    values = coding.values(subject)
    near = st.builds(lambda value, factor: (value, value * factor), values, st.floats(0.05, 1.0))
    return st.one_of(st.tuples(values, values), near)


def _few_small(subject: Subject) -> Iterator[Node]:
    """Small trees, each at the price of a decoding per token."""
    return islice(small_trees(subject), _FEW)


_FEW = 40
_REWRITING = (REWRITE, REPRESENTATION)
_MEASURED = (*WRITERS, OPERATOR)

PROPERTIES: tuple[Property, ...] = (
    Property("vocabulary", "texts differ, ids are their places, each has a class", WRITERS, _once, reading.vocabulary),
    Property("spec", "a spec names the same representation when read back", (REPRESENTATION,), _once, reading.spec,
             when=reading.is_spec),
    Property("texts", "the grammar reads what the alphabet writes", WRITERS, _trees, texts.read_as_written, first=small_trees,
             when=texts.has_texts),
    Property("ids", "encode gives ids of the vocabulary, the same each time", WRITERS, _trees, writing.ids,
             first=small_trees),
    Property("round trip", "what is written reads back, up to the declared rounding", WRITERS, _trees, writing.round_trip,
             first=small_trees),
    Property("classes and nodes", "each token has the class and the node that it writes", WRITERS, _trees, writing.classes,
             first=small_trees),
    Property("decode is total", "decode gives a tree or Invalid, and never raises", WRITERS, attempts, reading.total,
             first=small_attempts),
    Property("decode is deterministic", "decode depends on its argument alone", WRITERS, attempts, reading.deterministic),
    Property("decode reads all", "what stands before or after a whole sequence is read", WRITERS, _trees, reading.reads_all,
             first=_few_small, cost=40),
    Property("decode is closed", "what decodes can be written and read back", WRITERS, attempts, reading.closed,
             first=small_attempts),
    Property(
        "save and load", "what is saved and loaded is the same", (*WRITERS, CODEC), _saveable, reading.saved,
        when=reading.is_saved, cost=10
    ),
    Property("codec tokens", "the codec's texts are its own", (CODEC,), _once, coding.tokens),
    Property("codec round trip", "read(write(v)) is round(v)", (CODEC,), coding.values, coding.round_trip),
    Property("codec order", "rounding keeps the order of numbers", (CODEC,), _pairs, coding.ordered),
    Property("codec error", "the error is within the declared one", (CODEC,), coding.values, coding.worst_error,
             when=coding.declares_error),
    Property("codec zero", "zero has no sign", (CODEC,), _once, coding.zero),
    Property("codec refuses", "nan and infinities are refused", (CODEC,), _once, coding.refuses),
    Property("codec delimits itself", "a code reads the same wherever it stands", (CODEC,), coding.contexts,
             coding.self_delimiting),
    Property("codec read is total", "read gives a number or Invalid, and never raises", (CODEC,), coding.sequences, coding.total),
    Property("rewrite is total", "any tree gives a well-formed one", _REWRITING, _trees, rewriting.total,
             first=small_trees, when=rewriting.rewrites),
    Property("rewrite is idempotent", "twice is once", (REWRITE,), _trees, rewriting.idempotent,
             first=small_trees, when=rewriting.says_idempotent),
    Property(
        "rewrite keeps the meaning", "the behavior stays the same", _REWRITING, _behaving, rewriting.meaning,
        first=small_systems, when=rewriting.rewrites, cost=2,
    ),
    Property("rewrite keeps the values", "right sides have the values that they had", _REWRITING, _tame, values.kept,
             first=near_truths, when=values.applies),
    Property("edits are well-formed", "kind, position, token, weight, result", (OPERATOR,), operating.wild, operating.well_formed,
             cost=40),
    Property(
        "edits are enumerated", "every neighbor once, as many as counted", (OPERATOR,), operating.examples, operating.enumerated,
        when=operating.promises_exact, cost=40,
    ),
    Property(
        "edits are unit steps", "distance exactly one", (OPERATOR,), operating.examples, operating.unit_distance,
        when=operating.promises_unit, cost=40,
    ),
    Property(
        "edits are complete", "no unit edit of a kind is missing", (OPERATOR,), operating.examples, operating.complete,
        when=operating.promises_all, cost=40,
    ),
    Property(
        "edits in columns", "steps and neighborhood agree", (OPERATOR,), operating.examples, operating.in_columns,
        when=operating.has_steps, cost=40,
    ),
    Property("limit", "a limit draws a part of the whole", (OPERATOR,), operating.examples, operating.limited, cost=40),
    Property(
        "draws are even", "under a limit each edit is as likely as any", (OPERATOR,), _nothing, even.even, first=even.examples,
        when=operating.promises_exact, cost=40,
    ),
    Property(
        "edits are deterministic", "equal seeds, equal edits", (OPERATOR,), operating.examples, operating.deterministic,
        when=operating.promises_deterministic, cost=40,
    ),
    Property(
        "edits are symmetric", "neighbors of neighbors", (OPERATOR,), operating.plain, operating.symmetric,
        when=operating.promises_symmetric, cost=40,
    ),
    Property(
        "edits have inverses", "what one kind does, the other undoes", (OPERATOR,), operating.plain, operating.inverse,
        when=operating.promises_inverse, cost=40,
    ),
    Property("kappa family", "0 <= mean <= kappa@m <= sup", _MEASURED, smoothness.examples, smoothness.family, cost=100),
    Property("kappa of identity", "nothing changed is no distance", WRITERS, smoothness.examples, smoothness.identity, cost=40),
    Property("kappa renumbered", "ids are names only", WRITERS, smoothness.examples, smoothness.renumbered, cost=100),
    Property(
        "kappa renumbered by edits", "an exact unit operator does not look at ids", (OPERATOR,), smoothness.examples,
        smoothness.renumbered, when=operating.promises_all, cost=100,
    ),
)  # fmt: skip
BY_NAME = {p.name: p for p in PROPERTIES}


def properties_of(subject: Subject) -> tuple[Property, ...]:
    """Those that apply to a subject, in order."""
    return tuple(p for p in PROPERTIES if p.applies(subject))
