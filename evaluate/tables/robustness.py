"""The columns of what natural edits do: a row for each rewriting, and one for each kind."""

from __future__ import annotations

from .column import Column, Table
from .folder import EXPRESSION
from .summary import SUMMARY

FATES = ("stays", "moves", "unread", "unresolved", "lost")
"""What becomes of a rewriting: it decodes to the same meaning (within the metric's ε), to another one, or to none; its simulation
has no end; or the tokenizer has no token for some of its characters. Each has exactly one."""

# fmt: off
_MEANINGS = {
    "stays": "decode to the same meaning, within the metric's ε",
    "moves": "decode to another meaning",
    "unread": "have tokens and do not decode",
    "unresolved": "decode to what could not be simulated to the end",
    "lost": "hold a character for which the tokenizer has no token",
}
_KIND = Column("kind", "the way of writing", str, title="written with")
_OVER = "expressions"
_MEAN = "mean over expressions"


def _share(name: str, help: str, title: str) -> Column:
    return Column(name, help, float, "share", _MEAN, _OVER, title=title, digits=3)


REWRITINGS = Table("rewritings.parquet", "one row per rewriting, of natural edits", (
    SUMMARY["representation"], *EXPRESSION, _KIND,
    Column("text", "the text", str),
    Column("fate", "what became of it: " + ", ".join(FATES), str),
    Column("reason", "why it has no tokens or does not decode, or how its simulation ended", str),
    Column("distance", "distance of its behavior to the original's; none where it has none", float, "distance"),
    Column("tokens_before", "tokens of the original", int, "tokens"),
    Column("tokens", "its tokens; none where it cannot be encoded", int, "tokens"),
    Column("apart", "substitutions, insertions and deletions of tokens between the two", int, "tokens"),
    Column("kept", "tokens of the original that it keeps, in their order: the longest common subsequence", int, "tokens"),
))
ROBUSTNESS = Table("robustness.csv", "one row per representation and kind of rewriting; all: every kind", (
    SUMMARY["representation"], _KIND,
    Column("n_expressions", "expressions that can be written so", int, "expressions", title="expressions", digits=0),
    Column("n_rewritings", "rewritings of them", int, "rewritings", title="rewritings", digits=0),
    _share("encoded", "share of rewritings that the tokenizer can encode", "encoded"),
    *(_share(fate, f"share of rewritings that {_MEANINGS[fate]}", fate) for fate in FATES),
    _share("apart", "edit distance between the tokens of both, over the longer's number", "tokens apart"),
    _share("kept", "share of the original's tokens that stay, in their order", "tokens kept"),
    Column("longer", "tokens that it takes more", float, "tokens", _MEAN, _OVER, title="tokens more", digits=2),
    Column("moved", "distance of those that decode to another meaning", float, "distance", _MEAN, _OVER, title="moved by"),
))
# fmt: on
