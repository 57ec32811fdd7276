"""The columns of a study's tables: its trainings, representations, predictors and domains."""

from __future__ import annotations

from dataclasses import replace

from .column import Column, Table
from .measures import BY_SAMPLE, floors
from .summary import EXPECTED_MAXIMUM, SUMMARY, averaged

SHARES = {BY_SAMPLE[n].column: n for n in ("r2_above_0.9", "within_10", "within_1", "within_0.1", "exact", "skeleton", "valid")}
"""Shares of a training's samples, which have no intervals here, with their columns of samples.parquet."""
_FLOORS = floors("")

# fmt: off
_DOMAIN = (SUMMARY["domain"], SUMMARY["representation"], SUMMARY["metric"])
_KAPPA = (
    Column("control", "whether it corrects every edit", bool),
    SUMMARY["vocabulary_size"],
    SUMMARY["n_expressions"],
    Column("n_expressions_bank", "expressions of the bank that κ rests on", int, "expressions", title="expressions of the bank"),
    SUMMARY["kappa_mean"], SUMMARY["kappa@4"], SUMMARY["kappa@16"], SUMMARY["sup"],
    averaged("kappa_worst", "κ mean where an edit that does not decode counts as the largest distance", title="κ, invalid worst",
             label="κ mean, invalid edits at the largest distance", claimed=-1, family=True),
    averaged("kappa_zero", "κ mean where an edit that does not decode counts as no distance", title="κ, invalid zero",
             label="κ mean, invalid edits at distance zero", claimed=-1, family=True),
    averaged("kappa_per_tree", "κ mean of each expression over that of its tree edits", unit="ratio", title="κ over tree",
             label="κ mean over that of tree edits", digits=2, claimed=-1, family=True),
    averaged("kappa_bank", "κ mean on the bank", title="κ of the bank", label="κ mean on the bank", claimed=-1, family=True),
    averaged("plausible_mean", "κ mean where edits are those that a trained model finds plausible", title="κ mean, plausible",
             label="κ mean, plausible edits", claimed=-1, family=True),
    *(averaged(f"plausible@{m}", f"the same: {EXPECTED_MAXIMUM.format(m=m)}", title=f"κ@{m}, plausible", label=f"κ@{m}, "
        "plausible edits",
               claimed=-1, family=True) for m in (4, 16)),
    averaged("plausible_validity", "share of plausible edits that decode to a system of the same dimension", unit="share",
    title="validity, plausible"),
    SUMMARY["tokens"], replace(SUMMARY["validity"], digits=2), SUMMARY["redundancy"], SUMMARY["fidelity_error"],
)
_TRAINED = (
    replace(SUMMARY["bits"], title="bits", interval=""),
    replace(SUMMARY["quality_share"], interval=""),
)
_CONSTRAINED = replace(SUMMARY["quality_constrained"], interval="")
_BARE = {name: replace(SUMMARY[name], interval="") for name in SHARES}
_BARE["within_1"] = replace(_BARE["within_1"], title="within a hundredth", digits=2)
_BARE["sample_validity"] = replace(_BARE["sample_validity"], claimed=+1, label="validity of the model's samples (a part of Q)")
_SHARES = tuple(_BARE.values())
_OVER_SEEDS = "mean over trainings"

STUDY = Table("study.parquet", "one row per domain, representation and seed", (
    *_DOMAIN, *_KAPPA,
    Column("seed", "number of the training", int),
    Column("status", "ok, or why the training gave no quality", str),
    *_TRAINED, *_FLOORS, _CONSTRAINED, SUMMARY["n_test"], replace(SUMMARY["precision"], presence="newer"), SUMMARY["parameters"],
    SUMMARY["flops"],
    Column("seconds", "time of the training", float, "seconds", digits=0),
    SUMMARY["quality"], *_SHARES,
))
REPRESENTATIONS = Table("representations.parquet", "one row per domain and representation, trainings averaged", (
    *_DOMAIN, *_KAPPA, SUMMARY["seeds"],
    Column("n_failed", "trainings that gave no quality", int, "trainings"),
    SUMMARY["quality"], *_TRAINED, _CONSTRAINED, *_SHARES, *_FLOORS,
    replace(SUMMARY["n_test"], kind=float, estimator=_OVER_SEEDS),
    replace(SUMMARY["quality_valid"], interval="", presence="newer"),
))
PREDICTORS = Table("predictors.parquet", "one row per domain, predictor, target, with or without the control, and what is "
    "given", (
    Column("domain", "the domain, or all: ranks within each", str),
    Column("control", "whether the error-correcting control counts", bool),
    Column("predictor", "the column of study.parquet that ranks", str),
    Column("target", "the column that is ranked", str),
    Column("given", "columns that are given, with commas between; '' for none", str),
    Column("rho", "rank correlation, partial where something is given", float, "correlation", "Spearman's rho of means over "
        "trainings"),
    Column("low", "lower limit of its 95 % interval", float, "correlation", "bootstrap over representations and seeds"),
    Column("high", "upper limit of its 95 % interval", float, "correlation", "bootstrap over representations and seeds"),
    Column("p", "of no relation", float, "probability", "by permutation of whole representations"),
    Column("p_holm", "p after Holm, over the predictors with nothing given", float, "probability"),
    Column("p_exact", "whether p is over all permutations", bool),
    Column("n", "representations", int, "representations"),
    Column("n_rows", "rows of domains and representations", int, "rows"),
    Column("seeds", "the most trainings of one", int, "trainings"),
    Column("least_rho", "the least |rho| of which chance alone would be unlikely", float, "correlation"),
    Column("expected", "the sign that is claimed for the predictor", int),
    Column("whole", "whether the predictor is a part of the target, so that its correlation is no prediction", bool),
))
DOMAINS = Table("domains.parquet", "one row per domain", (
    SUMMARY["domain"], SUMMARY["metric"],
    Column("data", "where κ's expressions are from", str),
    Column("budget", "the budget of trainings", str),
    Column("seeds", "trainings of each representation", int, "trainings"),
    Column("n_representations", "representations", int, "representations"),
    Column("n_trained", "representations with a training that gave quality", int, "representations"),
    Column("n_trainings", "trainings", int, "trainings"),
    Column("n_failed", "trainings that gave no quality", int, "trainings"),
    Column("n_expressions", "the most expressions that a representation's κ rests on", int, "expressions"),
    Column("n_expressions_bank", "the same of the bank", int, "expressions"),
    SUMMARY["n_test"], SUMMARY["n_trained_on"], replace(SUMMARY["precision"], presence="newer"), *_FLOORS[:2],
    averaged("kappa_tree", "κ mean under tree edits, which no representation can influence", title="κ of trees"),
    Column("intraclass", "share of the variance of one training's Q that lies between representations", float, "share", "ICC(1) "
        "by mean squares",
           "representations", digits=2),
    Column("sd_between", "standard deviation of Q between representations", float, "quality"),
    Column("sd_within", "standard deviation of Q between trainings of one representation", float, "quality"),
    Column("freedom_within", "degrees of freedom of sd_within", int, presence="newer"),
    Column("seconds_training", "time of all trainings", float, "seconds", digits=0),
    Column("seconds", "time that the study took in this domain", float, "seconds", digits=0),
    Column("hours", "the same", float, "hours", digits=2),
    Column("command", "the command that repeats the study", str),
    Column("versions", "versions that it was made with, as JSON", str),
))
# fmt: on
