"""The columns of a study of tokenizers: expressions, and what follows from them."""

from __future__ import annotations

from dataclasses import replace

from .column import Column, Table
from .robustness import FATES, ROBUSTNESS
from .summary import SUMMARY, averaged

# fmt: off
_PLACE = (
    SUMMARY["representation"],
    Column("notation", "how the text is written: its notation, and rewrites before it", str, title="notation"),
    Column("tokenizer", "what cuts the text into tokens", str, title="tokenizer"),
)


def _share(name: str, help: str, title: str) -> Column:
    return averaged(name, help, unit="share", title=title)


_ROBUST = (
    *(ROBUSTNESS[name] for name in ("kept", "apart", "longer", "encoded")),
    *(ROBUSTNESS[name] for name in FATES),
)
MEASURES = (
    averaged("kappa_mean", "mean distance that a token edit which decodes moves the meaning", title="κ mean"),
    averaged("kappa@16", "expected largest distance of 16 such edits", title="κ@16"),
    _share("silent", "share of the token edits that decode and leave the meaning where it is, within the metric's ε, of all that "
           "decode", "silent"),
    averaged("kappa_moving", "κ mean of the token edits that decode and are not silent", title="κ mean of the others"),
    _share("validity", "share of all edits of one token that decode", "validity"),
    averaged("tokens", "tokens per expression", unit="tokens", title="tokens", digits=1),
    averaged("number_fragments", "tokens that write part of a coefficient, over the coefficients", unit="tokens",
             title="tokens per number", digits=2),
    _share("single_token", "share of coefficients that one token writes", "numbers of one token"),
    *_ROBUST,
)
"""Each a figure of an expression, averaged over expressions."""
EXPRESSIONS = Table("expressions.parquet", "one row per representation and expression", (
    *_PLACE,
    Column("expression", "the expression's name", str),
    Column("n_valid", "drawn token edits that decode", int, "edits"),
    *(replace(c, estimator="", interval="", presence="newer" if c.name in FATES else "always") for c in MEASURES),
))
TOKENIZERS = Table("tokenizers.parquet", "one row per representation", (
    *_PLACE,
    Column("reference", "whether it is a line to read by, and in no comparison", bool),
    Column("vocabulary_size", "tokens of the vocabulary", int, "tokens", title="V"),
    Column("possible", "tokens that can stand in an expression", int, "tokens", title="possible"),
    Column("blank", "of these, tokens of white space alone", int, "tokens", title="white space"),
    Column("n_expressions", "expressions measured", int, "expressions", title="n"),
    *MEASURES,
))
PAIRS = Table("pairs.parquet", "one row per primary measure and pair that the protocol compares", (
    Column("measure", "the column of expressions.parquet", str),
    Column("a", "a representation", str),
    Column("b", "another", str),
    Column("n", "expressions with a value under both", int, "expressions"),
    Column("difference", "a less b", float, "", "mean over expressions of paired differences"),
    Column("low", "lower limit of its interval", float, "", "simultaneous over all pairs and measures"),
    Column("high", "upper limit of its interval", float, "", "simultaneous over all pairs and measures"),
    Column("outcome", "less, more, alike (no difference in any expression) or open", str),
))
NUMBERS = Table("numbers.parquet", "one row per representation and number of tokens", (
    *_PLACE,
    Column("pieces", "tokens that write part of a coefficient", int, "tokens"),
    Column("count", "coefficients written so", int, "coefficients"),
))
BREAKS = Table("breaks.parquet", "one row per representation and number looked at", (
    *_PLACE,
    Column("number", "the number", str),
    Column("written", "its text, with a space between tokens", str),
))
CLASSES = Table("classes.parquet", "one row per representation and class of the edited token", (
    *_PLACE,
    Column("class", "what the edited token stands for", str),
    Column("share", "share of the drawn edits that decode", float, "share"),
    averaged("kappa_mean", "mean distance of those", title="κ mean"),
))
ROBUST = replace(ROBUSTNESS, name="robustness.parquet", columns=(*_PLACE, *tuple(ROBUSTNESS)[1:]))
# fmt: on
