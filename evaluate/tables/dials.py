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
    Column("role", "main: its slope is tested; control, contrast, corrected, longer: shown beside", str, title="role"),
    Column("kappa", "κ̄ over replacements of one token of a number's word, of this table, each token sent once", float,
           "distance", title="κ̄ within words"),
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
    *(Column(f"share_{n}", f"normalized Q at the end of a training of {n} times the budget, of those that go on to 16", float,
             "share", title=f"normalized Q at {n}") for n in (1, 4, 16)),
    Column("examples_to", "examples until normalized Q is 0.5, of those that go on to 16 times the budget", float, "examples",
           title="examples to 0.5", digits=0),
))

SEMANTICS_DIAL = Table("semantics.parquet", "one row per training (family, seed, observed level) and level that is scored", (
    Column("draw", "number of the training", int, title="training"),
    Column("family", "which coefficients are told from each other, in what system", str, title="family"),
    Column("seed", "which of the trainings of the family and observed level: those of one seed have batches, noise and first "
           "weights in common", int, title="seed"),
    Column("observed", "horizon up to which the behavior goes that is observed", float, "time", title="observed to", digits=0),
    Column("scored", "horizon up to which behaviors are compared", float, "time", title="scored to", digits=0),
    Column("kappa", "κ̄ over substitutions of one token of a coefficient by another of its place, at the level that is scored",
           float, "distance", title="κ̄ of coefficients"),
    Column("kappa_edits", "κ̄ over all edits of one token that decode, there", float, "distance", title="κ̄ of all edits"),
    Column("kappa_observed", "κ̄ over substitutions of one token of a coefficient, at the level that is observed", float,
           "distance", title="κ̄ observed"),
    Column("status", "ok, or why there is no quality", str, title="status"),
    Column("bits", "held-out next-token loss at the end", float, "bits", title="bits"),
    Column("quality", "semantic quality Q of greedy answers", float, "Q", title="Q"),
    Column("drawn", "Q of answers drawn at temperature 1", float, "Q", title="Q drawn"),
    Column("right", "greedy answers that are the expression itself", float, "share", title="right"),
    Column("valid", "greedy answers that decode", float, "share", title="valid"),
    Column("planted", "Q of the truth with the greedy answers' errors planted in other tests", float, "Q", title="planted"),
    Column("retrieval", "Q of the training expression whose observation is nearest", float, "Q", title="retrieval"),
    Column("prior", "Q of an expression drawn from training", float, "Q", title="prior"),
    Column("attainable", "Q of the best answer by the exact posterior given the noisy observation", float, "Q",
           title="attainable"),
    Column("posterior", "Q of a draw from it", float, "Q", title="posterior"),
    Column("flops", "of the training", float, "FLOPs", title="FLOPs", digits=0),
    Column("tokens", "tokens of a test expression, mean", float, "tokens", title="tokens", digits=1),
    Column("sequences", "digest of the token sequences that are learned and of which of them each batch has", str,
           title="sequences"),
    Column("weights", "digest of the weights of the model that is scored", str, title="weights"),
))

REDUNDANCY_DIAL = Table("redundancy.parquet", "one row per training, each with synonyms of digits of its own", (
    Column("draw", "number of the training, of its synonyms and of its seeds", int, title="training"),
    Column("synonyms", "digits that have synonyms", int, "digits", title="with synonyms"),
    Column("written", "yes: synonyms are written; no: they are only read", str, title="written"),
    Column("kappa", "κ̄ over replacements of one token of a number's word by another of its place", float, "distance",
           title="κ̄ within words"),
    Column("redundancy", "the share of these that changes nothing", float, "share", title="redundancy"),
    Column("kappa_edits", "κ̄ over all edits of one token that decode, of drawn ones", float, "distance", title="κ̄ of all edits"),
    Column("validity", "edits of one token that decode, of all", float, "share", title="validity", digits=4),
    Column("choice", "entropy of the free choice among synonyms in a test expression, mean", float, "bits", title="choice"),
    Column("vocabulary", "tokens of the vocabulary", int, "tokens", title="V"),
    Column("tokens", "tokens of a test expression, mean", float, "tokens", title="tokens", digits=1),
    Column("status", "ok, or why there is no quality", str, title="status"),
    Column("bits", "held-out next-token loss at the end", float, "bits", title="bits"),
    Column("bits_beyond", "that less the entropy of the free choice in the same expressions", float, "bits",
           title="bits beyond choice"),
    Column("quality", "semantic quality Q", float, "Q", title="Q"),
    Column("quality_share", "Q as a share of what there is between the prior and the round trip", float, "share",
           title="normalized Q"),
    Column("floor_prior", SUMMARY["floor_prior"].help, float, "Q", title="prior"),
    Column("ceiling", SUMMARY["ceiling"].help, float, "Q", title="round trip"),
    Column("flops", "of the training", float, "FLOPs", title="FLOPs", digits=0),
))

REGION_DIAL = Table("items.parquet", "one row per training (domain, representation, seed) and test expression", (
    Column("draw", "number of the training", int, title="training"),
    Column("domain", "where expressions are from", str, title="domain"),
    Column("representation", "as what they are written", str, title="representation"),
    Column("seed", "which of the tasks of the domain: those of one seed have training, tests, batches and noise in common", int,
           title="seed"),
    Column("item", "number of the test in its task", int, title="test"),
    Column("status", "ok, or why there is no quality", str, title="status"),
    Column("kappa", "κ of the test expression: the mean distance of its token edits that decode, drawn", float, "distance",
           title="κ(s)"),
    Column("size", "nodes of its tree", int, "nodes", title="nodes"),
    Column("depth", "depth of its tree", int, "levels", title="depth"),
    Column("tokens", "tokens that write it", int, "tokens", title="tokens"),
    Column("nearest", "distance to the training expression that behaves most like it, of those that look most like it", float,
           "distance", title="nearest training behavior"),
    Column("quality", "q of the model's greedy answer", float, "q", title="q"),
    Column("planted", "q of its truth with token edits, equally frequent everywhere, that cost in the mean what the model's "
           "errors do", float, "q", title="planted"),
    Column("edits", "how many of these, in the mean", float, "edits", title="edits planted"),
    Column("retrieval", "q of the training expression whose observation is nearest", float, "q", title="retrieval"),
    Column("prior", "q of expressions drawn from training, mean", float, "q", title="prior"),
    Column("ceiling", "q of the representation's own round trip", float, "q", title="round trip"),
))
# fmt: on
