"""The columns of a table of domains: of each expression, and of each domain, distribution and representation."""

from __future__ import annotations

from dataclasses import replace

from .column import Column, Table
from .summary import SUMMARY, averaged

# fmt: off
_PLACE = (
    Column("domain", "what expressions are of", str, title="domain"),
    Column("distribution", "where they come from: what people write (natural), or drawn without regard to that (uniform); of "
           "both such as have a meaning", str, title="expressions"),
    SUMMARY["representation"],
)


def _share(name: str, help: str, title: str) -> Column:
    return averaged(name, help, unit="share", title=title)


_MEASURES = (
    averaged("kappa_mean", "mean distance that a token edit which decodes moves the meaning", title="κ mean"),
    averaged("kappa@16", "expected largest distance of 16 such edits; of the table only where it is known of every expression",
             title="κ@16"),
    averaged("sup", "largest distance of such edits, exact or a lower bound", title="sup"),
    _share("silent", "share of such edits that leave the meaning where it is, within the metric's ε", "silent"),
    averaged("kappa_moving", "κ mean of those that are not silent", title="κ mean of the others"),
    _share("validity", "share of all edits of one token that decode", "validity"),
    _share("redundancy", "share of all edits of one token that leave the meaning where it is, within the metric's ε",
           "redundancy"),
    _share("near", "share of all edits of one token that move the meaning by no more than a twentieth of two apart", "near"),
    _share("undefined", "share of the edits that decode whose meaning is undefined somewhere, which counts as far as can be",
           "undefined"),
    averaged("tokens", "tokens per expression", unit="tokens", title="tokens", digits=1),
    averaged("apart", "mean distance of two independent expressions of the same domain and distribution", title="two apart"),
)
BY_EXPRESSION = Table("kappa-by-expression.parquet", "one row per domain, distribution, representation and expression", (
    *_PLACE,
    Column("expression", "the expression's name", str),
    *(replace(c, estimator="", interval="") for c in _MEASURES),
))
BY_DOMAIN = Table("kappa-by-domain.parquet", "one row per domain, distribution and representation", (
    *_PLACE,
    Column("control", "whether it is the error-correcting control, which stands for no domain", bool),
    Column("metric", "how far two meanings are apart", str),
    averaged("mean_relative", "κ mean over the mean distance of two independent expressions, of the same expressions",
             title="κ over two apart"),
    *_MEASURES,
    Column("exact", "whether every neighborhood was enumerated, and all that decodes in it has a distance", bool),
    Column("vocabulary", "tokens of the vocabulary", int, "tokens", title="V"),
    Column("n_expressions", "expressions with an edit that decodes", int, "expressions", title="n"),
    Column("n_compared", "of these such as have one to be held against: mean_relative is over them", int, "expressions",
           title="n compared"),
    Column("n_given", "expressions given", int, "expressions"),
    Column("status", "ok, not installed (a package that the domain needs), or why nothing was measured", str),
))
# fmt: on
