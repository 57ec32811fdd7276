"""Options that commands share: one word, one meaning."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from ..evaluate.results.shown import shown
from ..grammars.errors import ConditionError
from . import complete as c

Text = Annotated[
    str, typer.Argument(metavar="TEXT", help="a system, for instance \"x' = y; y' = -x @ x=1, y=0; T=10\"", show_default=False)
]
DomainName = Annotated[
    str,
    typer.Option(
        "--domain",
        metavar="NAME",
        help="ode, map, function, arithmetic, proof, program, fold, rna, audio, language, or module:Object",
        autocompletion=c.domain,
    ),
]
Specs = Annotated[
    list[str],
    typer.Option(
        "-r", "--representation", metavar="SPEC", help="a spec such as 'prefix | digits:3' (repeatable)", autocompletion=c.spec
    ),
]
Spec = Annotated[
    str, typer.Option("-r", "--representation", metavar="SPEC", help="a spec such as 'prefix | digits:3'", autocompletion=c.spec)
]
Sources = Annotated[
    list[str], typer.Option("--data", metavar="SOURCE", help="bank, sample:N, or a file (repeatable)", autocompletion=c.source)
]
MetricName = Annotated[
    str | None,
    typer.Option(
        "--metric", metavar="NAME", help="relative-l2, bounded-l2, attractor, or module:Object", autocompletion=c.metric
    ),
]
Invalids = Annotated[
    str,
    typer.Option(
        "--invalid",
        metavar="POLICY",
        help="edits that do not decode: exclude, worst or zero",
        autocompletion=c.closed(*c.POLICIES),
    ),
]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="seed of everything random", min=0, max=2**63 - 1)]
Json = Annotated[bool, typer.Option("--json", help="one JSON document on standard output, nothing else")]
Quiet = Annotated[bool, typer.Option("--quiet", help="no progress on standard error")]
Jobs = Annotated[int, typer.Option("--jobs", metavar="N", help="how much to do at once; 0 for all cores", min=0)]
Scheduler = Annotated[
    str | None,
    typer.Option("--scheduler", metavar="ADDRESS", help="a running Dask cluster, such as tcp://host:8786, instead of --jobs"),
]
Strict = Annotated[bool, typer.Option("--strict", help="stop at the first unreadable line of a source")]
Debug = Annotated[bool, typer.Option("--debug", help="a traceback on errors")]
Rtol = Annotated[float | None, typer.Option("--rtol", help="relative tolerance (default: 1e-6)")]
Atol = Annotated[
    float | None, typer.Option("--atol", help="absolute tolerance, in units of each variable's size (default: 1e-12)")
]
Box = Annotated[
    float | None, typer.Option("--box", metavar="X", help="what goes beyond ±X is diverged (default: 1e15 in the system's units)")
]
MaxStep = Annotated[
    float | None, typer.Option("--max-step", metavar="TIME", help="the longest step of the solver (default: none)")
]
MaxSteps = Annotated[
    int | None,
    typer.Option("--max-steps", metavar="N", help="steps after which to give up (default: 500,000; 20,000 of an edit)", min=1),
]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="a new or empty folder")]
Budget = Annotated[
    str | None,
    typer.Option(
        "--budget",
        metavar="NAME",
        help="tiny (seconds, for a look), quick (minutes; default), study, or full (hours)",
        autocompletion=c.closed(*c.BUDGETS),
    ),
]
Seeds = Annotated[
    int | None, typer.Option("--seeds", metavar="N", help="trainings per representation (default: 1; 3 with --study)", min=1)
]
Rounds = Annotated[
    int | None,
    typer.Option(
        "--rounds", metavar="N", help="instead of --seeds: up to N rounds of trainings, until every pair is decided", min=1
    ),
]
Minutes = Annotated[float | None, typer.Option("--minutes", metavar="N", help="instead: as many rounds as fit into this time")]
Until = Annotated[
    str | None,
    typer.Option(
        "--until",
        metavar="decided",
        help="instead: rounds until every pair is decided, at most 40",
        autocompletion=c.closed("decided"),
    ),
]
LearnFrom = Annotated[
    str | None,
    typer.Option(
        "--learn-from",
        metavar="WHAT",
        help="data (--data itself, in five folds), like-data (a sampler fitted to it), or sampler; default: by --data",
        autocompletion=c.closed("sampler", "data", "like-data"),
    ),
]
Margin = Annotated[float, typer.Option("--margin", metavar="X", help="difference in Q within which two are equal")]
MostLost = Annotated[
    float,
    typer.Option("--max-fidelity-error", metavar="X", help="what a representation may lose by rounding and be recommended"),
]
StudyName = Annotated[
    str | None,
    typer.Option(
        "--study",
        metavar="NAME",
        help="answer a question by a fixed protocol: hypothesis (several comparisons), tokenizers (of language models), "
        "dial:code, dial:semantics, dial:redundancy or dial:region",
        autocompletion=c.closed(*c.STUDIES),
    ),
]
DomainOrNone = Annotated[
    str | None,
    typer.Option(
        "--domain",
        metavar="NAME",
        help="ode (default), map, function, arithmetic, proof, program, fold, rna, audio, language, or module:Object; with "
        "--study both of its own",
        autocompletion=c.domain,
    ),
]
TrainingObjective = Annotated[
    str,
    typer.Option(
        "--objective",
        metavar="NAME",
        help="what training minimizes: next-token, multi-token:K, entropy:SHARE, entropy-weighted",
        autocompletion=c.closed(*c.TRAINING),
    ),
]
ModelSize = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="SIZE",
        help="0.3M, 0.8M, 3M, 10M or 30M (default: the budget's own)",
        autocompletion=c.closed(*c.MODELS),
    ),
]
Device = Annotated[
    str, typer.Option("--device", metavar="NAME", help="where to train: cpu, cuda or cuda:N", autocompletion=c.closed(*c.DEVICES))
]
Board = Annotated[Path | None, typer.Option("--tensorboard", metavar="DIR", help="also write training curves for TensorBoard")]
RunOut = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="folder of the run (default: a new one under runs/)")]
KappaOut = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="folder of the run: every edit, tables, figures and a page")
]
Subject = Annotated[
    str,
    typer.Argument(
        metavar="SPEC", help="a spec, the name of a codec, rewrite or edit operator, or module:Object", autocompletion=c.subject
    ),
]
SpecialTokens = Annotated[bool, typer.Option("--special-tokens", help="add <pad>, <bos> and <eos> after the content tokens")]
Template = Annotated[
    str,
    typer.Option(
        "--template",
        metavar="NAME",
        help="what the tokenizer puts around every text: none, bos, eos or bos-eos (which add the special tokens)",
        autocompletion=c.closed(*c.TEMPLATES),
    ),
]
MaxLength = Annotated[
    int | None,
    typer.Option(
        "--max-length",
        metavar="N",
        help="tokens of the longest sequence, model_max_length  [default: the power of two from 512 on that all fit in]",
        min=1,
    ),
]
Texts = Annotated[
    Path | None,
    typer.Option("--texts", metavar="FILE", help="also write the expressions as token texts to this new file, one a line"),
]
Resume = Annotated[bool, typer.Option("--resume", help="go on with what --out holds")]
AcceptVersion = Annotated[
    bool, typer.Option("--accept-version", help="with --resume: go on though versions differ; both are recorded")
]
Edits = Annotated[
    str,
    typer.Option(
        "--edits",
        metavar="NAME",
        help="token, transpose, coefficient, tree, natural (other ways to write the text), plausible, "
        "plausible-whole (which train a model first: minutes), or module:Object",
        autocompletion=c.edits,
    ),
]
Objectives = Annotated[
    list[str],
    typer.Option(
        "--objective",
        metavar="NAMES",
        help="mean, sup, kappa@M, quantile@Q, fidelity, tokens, invalid, vocabulary, uncounted; commas or repeated",
        autocompletion=c.objectives,
    ),
]
Trials = Annotated[int, typer.Option("--trials", metavar="N", help="representations to try, and again at random", min=1)]
SamplerName = Annotated[
    str, typer.Option("--sampler", metavar="NAME", help="gp, tpe, nsga2 or random", autocompletion=c.closed(*c.SAMPLERS))
]
Storage = Annotated[str | None, typer.Option("--storage", metavar="URL", help="Optuna storage (default: search.db in --out)")]
EditsPerExpression = Annotated[
    int, typer.Option("--edits-per-expression", metavar="N", help="edits drawn per expression; 0 enumerates all", min=0)
]
HeldOut = Annotated[float, typer.Option("--held-out", help="share of the expressions that only scores the front")]
Redundant = Annotated[bool, typer.Option("--redundant", help="also search the controls, which lower κ by redundancy")]
MaxFidelityError = Annotated[
    float | None,
    typer.Option(
        "--max-fidelity-error", metavar="X", help="what the front may lose by rounding  [default: as the line-up's worst]"
    ),
]
MinValid = Annotated[
    float | None,
    typer.Option("--min-valid", metavar="X", help="share of edits that must decode  [default: as the line-up's worst]"),
]
SearchOut = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="folder for front, trials, figure and specs")]
Junit = Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="also write JUnit XML to this file")]
Examples = Annotated[int, typer.Option("--examples", metavar="N", help="examples drawn per property", min=1)]
Starts = Annotated[list[str], typer.Option("--x0", metavar="NUMBERS", help="initial condition, for instance 1,1,1 (repeatable)")]
What = Annotated[
    str,
    typer.Argument(
        metavar="WHAT",
        help="domains, representations, codecs, rewrites, metrics, edits, bank or columns",
        autocompletion=c.closed(*c.LISTS),
    ),
]
Quality = Annotated[
    int, typer.Option("--quality", metavar="N", help="at the end, train a model on N points of the front, the knee first", min=0)
]


def echo(lines: Iterable[str]) -> None:
    """Print lines of text."""
    typer.echo(shown("\n".join(lines)))


def numbers(text: str) -> list[float]:
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        raise ConditionError(f"--x0 {text!r} is not a list of numbers; write for instance --x0 1,0.5") from None
    for part, value in zip(text.split(","), values, strict=True):
        if value == 0 and any(c in "123456789" for c in part.lower().partition("e")[0]):
            raise ConditionError(f"--x0 {part.strip()} is too small for a float")
    return values


def was_interrupted(error: BaseException) -> bool:
    """Whether an error came of a keyboard interrupt."""
    seen: set[int] = set()
    chain: BaseException | None = error
    while chain is not None and id(chain) not in seen:
        if isinstance(chain, KeyboardInterrupt):
            return True
        seen.add(id(chain))
        chain = chain.__cause__ or chain.__context__
    return False
