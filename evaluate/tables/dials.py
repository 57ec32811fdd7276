"""The columns of studies that turn κ̄ alone."""

from __future__ import annotations

from .column import Column, Table
from .summary import SUMMARY

PLACES = 4
"""Of a word of the code dial."""

# fmt: off
CODE_DIAL = Table("dial.parquet", "one row per training, each on a table of its own", (
    Column("draw", "number of the training, of its table and of its seeds", int, title="training"),
    Column("level", "its level: the kind of table and how far it lies between the natural one and the worst", str, title="level"),
    Column("kind", "the kind of table", str, title="kind"),
    Column("role", "main: its slope is tested; control or contrast: shown beside", str, title="role"),
    Column("kappa", "κ̄ over replacements of one token of a number's word, of this table", float, "distance",
           title="κ̄ within words"),
    Column("early", "how early a word says what its number is: 1 with its first token, 0 with its last alone", float, "share",
           title="early"),
    Column("arbitrary", "words that do not mean what digits would", float, "share", title="out of place"),
    *(Column(f"place_{i}", f"bits of token {i} of a number given those before it, as often as values are drawn", float, "bits",
             title=f"bits of token {i}") for i in range(1, PLACES + 1)),
    Column("status", "ok, or why there is no quality", str, title="status"),
    Column("copied", "words written right at the end of copying", float, "share", title="copied"),
    Column("copy_examples", "examples shown until so many words were copied", int, "examples", title="examples to copy"),
    Column("bits", "held-out next-token loss at the end", float, "bits", title="bits"),
    Column("quality", "semantic quality Q", float, "Q", title="Q"),
    Column("quality_share", "Q as a share of what there is between the prior and the round trip", float, "share",
           title="normalized Q"),
    Column("floor_prior", SUMMARY["floor_prior"].help, float, "Q", title="prior"),
    Column("ceiling", SUMMARY["ceiling"].help, float, "Q", title="round trip"),
    Column("flops", "of the training, copying left out", float, "FLOPs", title="FLOPs", digits=0),
    Column("tokens", "tokens of a test expression, mean", float, "tokens", title="tokens", digits=1),
))
# fmt: on
